"""Plain functions that make valid records; a test names only what it is about. Call them inside a centre's scope."""

from datetime import date
from itertools import count

from activities.models import Activity, Participant
from clients.models import ClientCard, Consent, Identity, ServiceReceived
from harvesting.models import Interview, Questionnaire
from legal_cases.models import CaseRemedy, CaseSubject, LegalCase
from mrc.dates import completed_months
from reports.agreements import plan_periods
from reports.models import Agreement, ProgressReport

_numbers = count(1)


def make_card(centre, *, name="", identity=None, consents=(), **fields):
    fields = {"registered_on": date(2026, 7, 1), "gender": "woman", **fields}
    card = ClientCard.objects.create(centre=centre, reference=f"{centre.code}-TEST-{next(_numbers):05}", **fields)
    for purpose in consents:
        Consent.objects.create(card=card, purpose=purpose, given_on=card.registered_on, how="spoken")
    if name or identity:
        Identity.objects.create(card=card, name=name, **(identity or {}))
    return card


def make_service(card, *, category="counselling", received_on=date(2026, 7, 1), **fields):
    return ServiceReceived.objects.create(
        card=card, centre=card.centre, category=category, received_on=received_on, **fields
    )


def make_case(centre, *, subjects=("wages_withheld",), **fields):
    fields = {"gender": "man", "opened_on": date(2026, 6, 1), **fields}
    case = LegalCase.objects.create(centre=centre, reference=f"{centre.code}-LTEST-{next(_numbers):04}", **fields)
    for code in subjects:
        CaseSubject.objects.create(case=case, code=code)
    return case


def make_closed_case(centre, *, closed_on=date(2026, 8, 15), remedies=("compensation",), **fields):
    opened_on = fields.setdefault("opened_on", date(2026, 6, 1))
    if "duration_months" not in fields:
        fields["duration_months"] = completed_months(opened_on, closed_on)
    fields = {"resolution": "informal", "sanction": "none", **fields}
    case = make_case(centre, closed_on=closed_on, **fields)
    for code in remedies:
        CaseRemedy.objects.create(case=case, code=code)
    return case


def make_activity(centre, *, heads=None, participants=(), **fields):
    """``heads``: women, men, other/unknown, or None where they were not counted."""
    women, men, other = heads or (None, None, None)
    fields = {"kind": "training", "title": "Rights at work", "ends_on": date(2026, 7, 10), **fields}
    fields.setdefault("starts_on", fields["ends_on"])
    activity = Activity.objects.create(centre=centre, women=women, men=men, other=other, **fields)
    for card in participants:
        Participant.objects.create(activity=activity, card=card)
    return activity


def make_interview(card, *, held_on=date(2026, 9, 1), is_finished=True):
    questionnaire, _created = Questionnaire.objects.get_or_create(centre=card.centre, title="Annex 3")
    return Interview.objects.create(
        centre=card.centre, card=card, questionnaire=questionnaire, gender=card.gender, interviewed_on=held_on,
        is_finished=is_finished,
    )  # fmt: skip


def make_agreement(number, *centres, **fields):
    """An agreement of these centres with its reporting periods: the quarters of 2026, unless the dates differ."""
    fields = {
        "title": "Services for migrant workers",
        "organization": centres[0].organization,
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        **fields,
    }
    agreement = Agreement.objects.create(number=number, **fields)
    agreement.centres.set(centres)
    plan_periods(agreement)
    return agreement


def make_report(agreement, quarter=3):
    """The report of a quarter, counted from 1 at the start of the agreement; inside the agreement's scope."""
    return ProgressReport.objects.create(period=agreement.periods.all()[quarter - 1])
