"""The demo as a whole: the cast, agreements, centres with cards, cases, activities and interviews, then the reports.

Same seed, size and day: same data.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Q

from clients.forgetting import erase
from clients.models import Erasure
from legal_cases.models import ComplaintSubject, LegalCase
from mrc import audit
from mrc.access import centre_scope
from mrc.demo.agreements import make_agreements
from mrc.demo.answers import GROUPS, Turns
from mrc.demo.cards import write_cards
from mrc.demo.cases import CaseMaker
from mrc.demo.cast import CENTRES, CODES, DOMAIN, ORGANIZATIONS, PASSWORD, DemoCentre, sign_ins
from mrc.demo.outcomes import hold_activities, interview
from mrc.demo.reports import write_reports
from mrc.models import Centre, Organization, User
from mrc.restricted import restrict

DAYS_IN_QUARTER = 92
FEWEST_CASES = 12
VIOLENCE = (ComplaintSubject.SEXUAL_HARASSMENT, ComplaintSubject.PHYSICAL_ABUSE, ComplaintSubject.FORCED_LABOUR)
NEEDED_TEXTS = ("source_other", "subjects_other", "dropped_reason", "remedies_other")  # by some answers of a case
GROUP_SIZES = {"PNH": 31, "MSO": 7, "HTH": 5, "KUL": 4}


@dataclass(frozen=True)
class Place:
    """A centre of the demo with those of its team who enter the records."""

    made_from: DemoCentre
    centre: Centre
    staff: User
    legal_officer: User


def is_there():
    return (
        Centre.objects.filter(code__in=CODES).count() == len(CODES)
        and User.objects.filter(email__endswith=f"@{DOMAIN}").exists()
    )


def holds_other_records():
    """Whether there is anything here that the demo did not make. Every card and case belongs to a centre."""
    foreign = (
        Organization.objects.exclude(name__in=ORGANIZATIONS),
        Centre.objects.exclude(code__in=CODES, organization__name__in=ORGANIZATIONS),
        User.objects.exclude(email__endswith=f"@{DOMAIN}"),
    )
    return any(records.exists() for records in foreign)


@transaction.atomic
def make(*, cards, seed, today, tell):
    """Write the whole demo, or nothing. ``tell`` is called with a line after each centre."""
    start = today - timedelta(days=DAYS_IN_QUARTER * quarters(cards))
    turns = Turns()
    with audit.acting(None, "demo"):
        places = _make_cast()
        make_agreements({place.centre.code: place.centre for place in places}, today)
        for place, count in zip(places, shares(cards), strict=True):
            rng = random.Random(f"{seed} {place.centre.code}")
            with centre_scope([place.centre]):
                made = _fill(rng, place, count, start, today, turns)
            tell(f"{place.centre}: {count:,} client cards, {made:,} legal cases")
        write_reports(today)


def quarters(cards):
    """How far back the demo reaches: six quarters, and more where a centre would register thousands in one."""
    return max(6, min(24, cards // 4000))


def shares(cards):
    """How many of the cards belong to each centre; they add up."""
    counts = [cards * place.share // 100 for place in CENTRES]
    counts[0] += cards - sum(counts)
    return counts


def _make_cast():
    organizations = {name: Organization.objects.create(name=name, kind=kind) for name, kind in ORGANIZATIONS.items()}
    centres = {
        place.code: Centre.objects.create(
            code=place.code,
            name=place.name,
            place=place.name,
            organization=organizations[place.organization],
            country=place.country,
            currency=place.currency,
            calendar=place.calendar,
        )
        for place in CENTRES
    }
    password = make_password(PASSWORD)  # once: hashing is slow on purpose
    users = {}
    for person in sign_ins():
        user = User.objects.create(
            email=person.email, name=person.name, password=password, is_staff=person.role == "administrator"
        )
        user.groups.add(Group.objects.get(name=person.role))
        user.centres.set([centres[code] for code in person.centres])
        for code in person.centres:
            users.setdefault((person.role, code), user)
    return [
        Place(place, centres[place.code], users["staff", place.code], users["legal_officer", place.code])
        for place in CENTRES
    ]


def _fill(rng, place, count, start, today, turns):
    """Cards, a case for every tenth of them (but enough to see every state), and a group complaint in some centres.

    Returns the number of cases.
    """
    cards = [card for batch in write_cards(rng, place, count, start, today) for card in batch]
    maker = CaseMaker(rng=rng, place=place, start=start, today=today, turns=turns)
    for _number in range(max(min(count, FEWEST_CASES), count // 10)):
        maker.alone(rng.choice(cards) if rng.random() < 0.7 else None)
    size = GROUP_SIZES.get(place.made_from.code, 0)
    if 0 < size <= count:
        first = rng.randint(0, (count - size) * 2 // 3)  # long enough ago to have come to different ends
        maker.group(rng.choice(GROUPS), cards[first : first + size])
    maker.write()
    hold_activities(random.Random(rng.random()), place, cards, start, today)
    interview(place, today)
    _restrict_one(place)
    forget_somebody()
    return len(maker.made)


def _restrict_one(place):
    """The newest person who complained of violence is known to two colleagues and the coordinators."""
    violence = LegalCase.objects.filter(subjects__code__in=VIOLENCE).exclude(client=None).order_by("-id").first()
    if violence:
        restrict(violence.client, readers=[place.staff, place.legal_officer])


def forget_somebody():
    """One person of the centre, whose case is over, asked for it: the identity is erased, and all numbers stay."""
    needs_its_texts = Q(closed_on=None)
    for text in NEEDED_TEXTS:
        needs_its_texts |= Q(**{f"{text}__isrecorded": True})
    cases = LegalCase.objects.filter(client__identity__isnull=False, client__is_pseudonym=False)
    kept = LegalCase.objects.filter(needs_its_texts, client__isnull=False).values("client")
    if case := cases.exclude(client__in=kept).order_by("reference").first():
        erase(card=case.client, why=Erasure.Why.REQUEST)


def analyze():
    """Let the database count what was loaded, so that it chooses its indexes well."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
