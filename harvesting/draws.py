"""The sample draw of section 3.3: who can be interviewed, and who is, by chance and so that anyone can check it.

The order is that of SHA-256 over the seed and the card: the same frame and seed give the same list on any machine.
"""

import calendar
import hashlib
import json
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from clients.models import ClientCard, Consent, Identity, ServiceReceived
from harvesting.models import Interview, SampleDraw
from mrc import audit, restricted
from mrc.choices import Gender

# Section 3.3: four interviews a year, at least half with women, services at least six months beforehand.
SIZE = 4
SHARE_OF_WOMEN = 50  # per cent
WOMEN_WANTED = 2
MONTHS_BEFORE = 6


class NotEligible(models.TextChoices):
    """Why a client is not in the frame; the first reason that holds."""

    NO_SERVICE = "no_service", _("No service recorded")
    TOO_RECENT = "too_recent", _("First service less than six months before")
    NO_CONSENT = "no_consent", _("No consent to follow-up contact")
    NO_WAY_TO_REACH = "no_way_to_reach", _("No telephone, e-mail or address")
    INTERVIEWED = "interviewed", _("Already interviewed that year")


@dataclass(frozen=True)
class Frame:
    """``eligible``: gender -> primary keys of cards, ascending; ``not_eligible``: reason -> gender -> count."""

    eligible: dict
    not_eligible: dict

    @property
    def counts(self):
        return {
            "eligible": {gender: len(cards) for gender, cards in self.eligible.items()},
            "not_eligible": self.not_eligible,
        }

    @property
    def digest(self):
        return hashlib.sha256(json.dumps(self.eligible, sort_keys=True).encode()).hexdigest()


def latest_first_service(drawn_on):
    """The last day on which a first service lies at least six calendar months before the draw.

    Served on 31 August, a client is eligible from the last day of February.
    """
    months = drawn_on.year * 12 + drawn_on.month - 1 - MONTHS_BEFORE
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    is_end_of_month = drawn_on.day == calendar.monthrange(drawn_on.year, drawn_on.month)[1]
    return date(year, month + 1, last_day if is_end_of_month else min(drawn_on.day, last_day))


def _records(year, drawn_on, interviewed_before=None):
    """What a frame asks of a card, as query sets of records with a ``card``, as of the day of a draw:
    (services, services early enough, consents, identities with a way to reach the person, interviews).
    """
    services = ServiceReceived.objects.order_by()
    consents = Consent.objects.order_by().filter(
        Q(withdrawn_on=None) | Q(withdrawn_on__gt=drawn_on),
        purpose=Consent.Purpose.FOLLOW_UP,
        given_on__lte=drawn_on,
    )
    reachable = Identity.objects.filter(
        Q(telephone__isrecorded=True) | Q(email__isrecorded=True) | Q(address__isrecorded=True)
    )
    interviews = Interview.objects.order_by().filter(interviewed_on__year=year)
    if interviewed_before:
        interviews = interviews.filter(created_at__lt=interviewed_before)
    early = services.filter(received_on__lte=latest_first_service(drawn_on))
    return services, early, consents, reachable, interviews


def eligible_cards(year, drawn_on):
    """The cards that a frame would call eligible, each asked by itself: quick to say whether there is one."""
    asked = [Exists(records.filter(card=OuterRef("pk"))) for records in _records(year, drawn_on)]
    _served, early, consented, reachable, interviewed = asked
    return ClientCard.objects.filter(early, consented, reachable, ~interviewed)


@restricted.included()
def frame_of(centre, year, drawn_on, *, interviewed_before=None):
    """Who could be drawn on that day, and how many could not and why. One query.

    ``interviewed_before``: count only interviews begun before this time, to look again at an earlier draw.
    """
    # Sets that the database makes once, and not a question that it asks for every card.
    sets = [Q(pk__in=records.values("card")) for records in _records(year, drawn_on, interviewed_before)]
    served, early, consented, reachable, interviewed = sets
    # The first that holds. Who was served early enough, which is nearly everybody, is asked for nothing in vain.
    reason = Case(
        When(~early & ~served, then=Value(NotEligible.NO_SERVICE.value)),
        When(~early, then=Value(NotEligible.TOO_RECENT.value)),
        When(~consented, then=Value(NotEligible.NO_CONSENT.value)),
        When(~reachable, then=Value(NotEligible.NO_WAY_TO_REACH.value)),
        When(interviewed, then=Value(NotEligible.INTERVIEWED.value)),
        default=Value(""),
    )
    cards = ClientCard.objects.filter(centre=centre).annotate(reason=reason)
    rows = cards.order_by("pk").values_list("pk", "gender", "reason")
    eligible = {gender: [] for gender in Gender.values}
    refused = Counter()
    for pk, gender, reason in rows.iterator(chunk_size=10_000):
        if reason:
            refused[reason, gender] += 1
        else:
            eligible[gender].append(pk)
    not_eligible = {
        reason: {gender: refused[reason, gender] for gender in Gender.values} for reason in NotEligible.values
    }
    return Frame(eligible, not_eligible)


def drawn_order(cards, seed):
    """The cards in the order of chance that the seed gives."""
    return sorted(cards, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).digest())


def seats_of(order, size, women_wanted, seed):
    """Gender -> how many are drawn: first the women wanted, then anybody by lot. No man takes a woman's place.

    ``order``: gender -> cards in the order that ``seed`` gives, so that the lot falls on nobody far down a list.
    """
    women, by_lot = min(women_wanted, len(order[Gender.WOMAN])), max(size - women_wanted, 0)
    taken = {Gender.WOMAN: women}
    left = {
        pk: gender
        for gender, cards in order.items()
        for pk in cards[taken.get(gender, 0) : taken.get(gender, 0) + by_lot]
    }
    drawn = Counter(left[pk] for pk in drawn_order(left, seed)[:by_lot])
    return {gender: drawn[gender] + taken.get(gender, 0) for gender in order}


@transaction.atomic
def draw_sample(*, centre, year, drawn_on, size=SIZE, women_wanted=WOMEN_WANTED, seed=None):
    """Draw, and keep the frame, the seed and the whole order."""
    frame = frame_of(centre, year, drawn_on)
    seed = seed or secrets.token_hex(8)
    order = {gender: drawn_order(cards, seed) for gender, cards in frame.eligible.items()}
    draw = SampleDraw(
        centre=centre,
        year=year,
        drawn_on=drawn_on,
        drawn_by=audit.actor(),
        seed=seed,
        size=size,
        women_wanted=women_wanted,
        frame=frame.counts,
        frame_digest=frame.digest,
        order=order,
        seats=seats_of(order, size, women_wanted, seed),
    )
    draw.full_clean(exclude=["centre", "drawn_by"])
    draw.save()
    return draw


@dataclass(frozen=True)
class Place:
    """One person on the list of a draw: ``outcome`` if they refused or could not be reached, ``interview`` if held.

    ``card``: None where it is restricted and the reader is not named.
    """

    card: ClientCard | None
    gender: str
    number: int
    outcome: object = None
    interview: object = None

    @property
    def gender_label(self):
        return Gender(self.gender).label

    @property
    def is_open(self):
        """Whether it can still turn out that the person is not interviewed."""
        return not self.outcome and not (self.interview and self.interview.is_finished)


def listed(draw, replaced):
    """(gender, number in the order, primary key of the card) of the people drawn, in order.

    ``replaced``: primary keys of those who could not be interviewed; they stay, and one more of their gender follows.
    """
    chosen = []
    for gender in Gender.values:
        needed = draw.seats[gender]
        for number, pk in enumerate(draw.order[gender], 1):
            if not needed:
                break
            needed -= pk not in replaced
            chosen.append((gender, number, pk))
    return chosen


def to_interview(draw):
    """Primary keys of the cards on the list of a draw, without those who could not be interviewed."""
    replaced = {outcome.card_id for outcome in draw.outcomes.all()}
    return [pk for _gender, _number, pk in listed(draw, replaced) if pk not in replaced]


def places_of(draw):
    """The people drawn, in order, with those who were replaced and those who follow for them (same gender)."""
    with restricted.included():
        outcomes = {outcome.card_id: outcome for outcome in draw.outcomes.all()}
        interviews = {interview.card_id: interview for interview in draw.interviews.all()}
    chosen = listed(draw, outcomes)
    cards = ClientCard.objects.in_bulk([pk for _gender, _number, pk in chosen])
    return [Place(cards.get(pk), gender, number, outcomes.get(pk), interviews.get(pk)) for gender, number, pk in chosen]


@dataclass(frozen=True)
class Verification:
    """Whether the records still give the frame that was drawn from, and if not, how many came, went or have another
    gender on their card; and whether the seed gives the order and the places that are stored.
    """

    is_same_frame: bool
    is_same_order: bool
    added: int
    removed: int
    changed_gender: int


def verify(draw):
    """Draw again from today's records as of the day of the draw, and compare. Changes nothing."""
    frame = frame_of(draw.centre, draw.year, draw.drawn_on, interviewed_before=draw.created_at)
    now = {pk: gender for gender, cards in frame.eligible.items() for pk in cards}
    then = {pk: gender for gender, cards in draw.order.items() for pk in cards}
    again = {gender: drawn_order(cards, draw.seed) for gender, cards in draw.order.items()}
    seats = seats_of(again, draw.size, draw.women_wanted, draw.seed)
    return Verification(
        is_same_frame=frame.digest == draw.frame_digest,
        is_same_order=(again, seats) == (draw.order, draw.seats),
        added=len(now.keys() - then.keys()),
        removed=len(then.keys() - now.keys()),
        changed_gender=sum(now.get(pk, gender) != gender for pk, gender in then.items()),
    )
