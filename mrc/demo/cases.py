"""Made-up legal cases in every state: open, overdue, closed each way, dropped, reopened; alone and in groups."""

from datetime import timedelta
from decimal import Decimal

from legal_cases.models import (
    EXCLUSIVE_REMEDIES,
    CaseEvent,
    ComplaintSource,
    ComplaintSubject,
    LegalCase,
    LegalStatus,
    Remedy,
    Resolution,
    Sanction,
)
from legal_cases.services import CaseEntry, find_or_create_group, find_or_create_party, open_cases
from mrc.choices import Sector
from mrc.dates import completed_months
from mrc.demo import answers

BATCH = 1000


class CaseMaker:
    """Makes the cases of one centre. ``turns``: what comes next of each answer, shared by all centres."""

    def __init__(self, *, rng, place, start, today, turns):
        self.rng, self.place, self.start, self.today, self.turns = rng, place, start, today, turns
        self.made = []  # (entry, steps between opening and closing)
        centre = place.centre
        self.employers = [find_or_create_party(centre=centre, kind="employer", name=x) for x in answers.EMPLOYERS]
        self.agencies = [find_or_create_party(centre=centre, kind="agency", name=x) for x in answers.AGENCIES]

    def alone(self, card=None):
        """A complaint of one person, with a client card or without."""
        first = card.registered_on if card else self._day(self.start, (self.today - self.start).days)
        subjects = self.turns.some(self.turns.subject, self.rng.choice((1, 1, 2, 3)))
        self._develop(self._profile(card, self._day(first, 20)), next(self.turns.state), subjects)

    def group(self, title, cards):
        """A complaint of many against one employer; then each of them goes on alone."""
        opened = max(card.registered_on for card in cards)
        group = find_or_create_group(centre=self.place.centre, title=title, opened_on=opened)
        employer, subject = self.rng.choice(self.employers), next(self.turns.subject)
        subjects = list(dict.fromkeys([subject, ComplaintSubject.DOCUMENTS_RETAINED]))
        for card in cards:
            case = self._profile(card, opened)
            case.group, case.employer = group, employer
            self._develop(case, self.rng.choice(answers.GROUP_STATES), subjects)

    def write(self):
        """Number and save the cases in the order of opening, with their histories."""
        self.made.sort(key=lambda one: one[0].case.opened_on or self.today)
        for first in range(0, len(self.made), BATCH):
            batch = self.made[first : first + BATCH]
            open_cases(entries=[entry for entry, _steps in batch])
            CaseEvent.objects.bulk_create(step for _entry, steps in batch for step in steps)

    def _day(self, after, most):
        """A day at most so many days later, and not in the future."""
        return after + timedelta(days=self.rng.randint(0, min(most, (self.today - after).days)))

    def _profile(self, card, opened):
        rng, spec = self.rng, self.place.made_from
        source = next(self.turns.source)
        return LegalCase(
            centre=self.place.centre,
            client=card,
            gender=card.gender if card else rng.choices(("woman", "man", "other"), (45, 53, 2))[0],
            nationality=card.nationality if card else rng.choice(spec.nationalities),
            destination_country=rng.choice(spec.destinations),
            sector=card.sector if card else rng.choice(Sector.values),
            legal_status=rng.choices(LegalStatus.values, (5, 4, 1))[0],
            source=source,
            source_other="A journalist" if source == ComplaintSource.OTHER else "",
            employer=rng.choice((None, *self.employers)),
            agency=rng.choice((None, None, *self.agencies)),
            opened_on=opened,
            remarks=rng.choice(("", "", *answers.REMARKS)),
            **self._amount("requested", known=0.8),
        )

    def _amount(self, name, *, known, asked=None):
        """Amount and currency, or neither. ``known``: how probably; ``asked``: (amount, currency) requested."""
        if self.rng.random() > known:
            return {}
        currency = asked[1] if asked else self.rng.choice(self.place.made_from.currencies)
        part = self.rng.randint(30, 100)
        amount = asked[0] * part / 100 if asked else Decimal(self.rng.randint(*answers.AMOUNTS[currency]))
        return {f"{name}_amount": round(amount, 2), f"{name}_currency": currency}

    def _develop(self, case, state, subjects):
        """The case up to today: its subjects, its history and, if it is over, its closing answers."""
        case.subjects_other = "Threatened with the police" if ComplaintSubject.OTHER in subjects else ""
        is_open = state in answers.OPEN_STATES
        remedies = [] if is_open else self._close(case, state)
        steps = self._steps(case, state)
        if not is_open and self.rng.random() < 0.05:
            case.opened_on = None  # some papers give the duration only
        self.made.append((CaseEntry(case, subjects, remedies), steps))

    def _close(self, case, state):
        """Fill in the closing answers; returns the remedies."""
        rng = self.rng
        shortest, longest = rng.choice(answers.DAYS_TAKEN)
        days = (self.today - case.opened_on).days
        case.closed_on = case.opened_on + timedelta(days=rng.randint(min(shortest, days // 2), min(longest, days)))
        case.duration_months = completed_months(case.opened_on, case.closed_on)
        case.resolution = state if state in Resolution.values else Resolution.INFORMAL
        if case.resolution == Resolution.DROPPED:
            case.dropped_reason, case.sanction = rng.choice(answers.DROPPED), Sanction.NONE
            return [Remedy.NONE]
        case.sanction = next(self.turns.sanction)
        remedies = self.turns.some(self.turns.remedy, rng.choice((1, 1, 2)))
        remedies = [remedy for remedy in remedies if remedy in EXCLUSIVE_REMEDIES][:1] or remedies
        case.remedies_other = "A letter of apology" if Remedy.OTHER in remedies else ""
        if Remedy.COMPENSATION in remedies:
            asked = (case.requested_amount, case.requested_currency) if case.requested_currency else None
            for name, value in self._amount("awarded", known=0.9, asked=asked).items():
                setattr(case, name, value)
        return remedies

    def _steps(self, case, state):
        """What happened after the opening and before the closing; in an open case the last step says what is due."""
        rng, day, steps = self.rng, case.opened_on, []
        for kind in rng.sample(tuple(answers.STEPS), rng.randint(1, 3)):
            day = self._day(day, 40)
            steps.append(self._step(case, day, kind, note=answers.STEPS[kind]))
        if state.startswith("reopened"):
            steps.append(self._step(case, day, CaseEvent.Kind.CLOSED))
            day = self._day(day, 50)
            closing = {"duration_months": 0, "resolution": "informal", "remedies": ["unknown"], "sanction": "unknown"}
            note = "The employer did not pay as agreed"
            steps.append(self._step(case, day, CaseEvent.Kind.REOPENED, note=note, closing=closing))
        if case.closed_on:
            return [step for step in steps if step.happened_on < case.closed_on]
        if state == "overdue":
            steps = [self._step(case, case.opened_on, CaseEvent.Kind.CONTACT, note="Statement taken")]
            steps[0].next_due = max(case.opened_on, self.today - timedelta(days=rng.randint(2, 30)))
        else:
            steps[-1].next_due = self.today + timedelta(days=rng.randint(1, 30))
        return steps

    def _step(self, case, day, kind, **fields):
        return CaseEvent(case=case, happened_on=day, kind=kind, recorded_by=self.place.legal_officer, **fields)
