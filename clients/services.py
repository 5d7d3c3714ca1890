"""What is written together: a card with its identity, the keys that find it and its consents; services received."""

from collections import defaultdict

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clients import names, search
from clients.models import ClientCard, Consent, Identity, IdentityKey, ServiceReceived
from mrc import audit, dates
from mrc.services import next_references

IDENTITY_FIELDS = tuple(field.name for field in Identity._meta.concrete_fields if field.name not in ("id", "card"))
BATCH = 500
MOST_DUPLICATES = 10


@transaction.atomic
def save_card(*, card, identity, consents):
    """Write a card with everything that belongs to it. A new card gets its reference number.

    ``identity``: values of IDENTITY_FIELDS, missing ones are empty; when all are empty the identity is deleted.
    ``consents``: {purpose: (given_on, how)} that are in force afterwards; one that is missing is withdrawn today.
    Raises ValidationError.
    """
    if card._state.adding:
        [card.reference] = next_references(card.centre, str(card.registered_on.year), 5)
    card.full_clean(exclude=["centre"], validate_unique=False, validate_constraints=False)
    card.save()
    with audit.identities_opened():
        _save_identity(card, identity)
    _save_consents(card, consents)
    return card


def _save_identity(card, values):
    stored = Identity.objects.filter(card=card).first()
    if not any(values.get(name) for name in IDENTITY_FIELDS):
        if stored:
            stored.delete()
            IdentityKey.objects.filter(card=card).delete()
        return
    identity = stored or Identity(card=card)
    identity.card = card
    for name in IDENTITY_FIELDS:
        empty = None if name == "date_of_birth" else ""
        setattr(identity, name, values.get(name) or empty)
    identity.full_clean(exclude=["card"], validate_unique=False)
    if stored and not stored.changed_fields():
        return
    identity.save()
    _index({card: identity})


def _save_consents(card, consents):
    in_force = {consent.purpose: consent for consent in Consent.objects.filter(card=card, withdrawn_on=None)}
    for purpose, (given_on, how) in consents.items():
        consent = in_force.pop(purpose, None) or Consent(card=card, purpose=purpose, recorded_by=audit.actor())
        consent.card, consent.given_on, consent.how = card, given_on, how
        if consent.pk is None or consent.changed_fields():
            consent.full_clean(exclude=["card", "recorded_by"], validate_unique=False, validate_constraints=False)
            consent.save()
    for consent in in_force.values():
        consent.card = card
        consent.withdrawn_on = max(dates.today(), consent.given_on)
        consent.save()


def read_names(cards, why):
    """Put the name, or an empty text, as ``known_name`` on each of these cards; one query, and entries in the audit."""
    with audit.reading_identities(cards, why):
        names_by_card = {identity.card_id: identity.name for identity in _names_of(cards)}
    for card in cards:
        card.known_name = names_by_card.get(card.pk, "")


def _names_of(cards):
    return Identity.objects.filter(card__in=[card.pk for card in cards]).only("card_id", "name")


@transaction.atomic
def index_identities(cards):
    """Bring the keys under which these cards are found up to date, with the newest key of the vault; any number."""
    cards = list(cards)
    for start in range(0, len(cards), BATCH):
        batch = {card.pk: card for card in cards[start : start + BATCH]}
        with audit.identities_opened():
            stored = {identity.card_id: identity for identity in Identity.objects.filter(card__in=batch)}
            _index({card: stored.get(pk) for pk, card in batch.items()})


def _index(identities):
    """Bring the keys of these cards up to date: {card: identity or None}. Cards whose keys are right stay untouched."""
    stored = defaultdict(set)
    for key in IdentityKey.objects.filter(card__in=[card.pk for card in identities]):
        stored[key.card_id].add((key.kind, key.digest))
    wanted = {card: search.keys_of(card.centre_id, one) if one else set() for card, one in identities.items()}
    changed = {card: keys for card, keys in wanted.items() if keys != stored[card.pk]}
    if not changed:
        return
    IdentityKey.objects.filter(card__in=[card.pk for card in changed]).delete()
    keys = (IdentityKey(card=card, kind=kind, digest=digest) for card in changed for kind, digest in changed[card])
    IdentityKey.objects.bulk_create(keys, batch_size=BATCH * 4)


@transaction.atomic
def add_service(*, card, category, received_on, staff_member=None, note=""):
    """Write down a service. One of the same category on the same day is the same contact: it is kept, not doubled.

    Returns (service, whether it is new). Raises ValidationError.
    """
    # Two people adding the same service at once wait here for each other.
    ClientCard.objects.select_for_update(of=("self",)).get(pk=card.pk)
    stored = ServiceReceived.objects.filter(card=card, category=category, received_on=received_on).first()
    if stored:
        return stored, False
    service = ServiceReceived(
        card=card,
        centre_id=card.centre_id,
        category=category,
        received_on=received_on,
        staff_member=staff_member,
        note=note,
    )
    service.full_clean(exclude=["card", "centre", "staff_member"], validate_unique=False, validate_constraints=False)
    service.save()
    return service, True


def likely_duplicates(*, centre, name="", birth_year=None, telephone="", exclude=None):
    """Cards of the centre that may be the same person, the likeliest first; ``card.reasons`` says why, as texts.

    The same telephone number; or all words of the name and a year of birth that does not speak against it (within a
    year, or not recorded); or all words but one of a longer name and the same year.
    """
    reasons = {pk: [_("same telephone No.")] for pk in search.cards_with_telephone(centre, telephone)}
    words = names.without_titles(names.name_words(name))
    if len(words) == 1 and not birth_year:
        words = []  # one word alone says too little
    for row in search.cards_sharing_words(centre, words).filter(_speaks_for(words, birth_year))[:MOST_DUPLICATES]:
        likeness = _("same name") if row["shared"] == len(words) else _("similar name")
        reasons.setdefault(row["card"], []).append(likeness)
        if birth_year and row["card__birth_year"] == birth_year:
            reasons[row["card"]].append(_("same year of birth"))
    reasons.pop(getattr(exclude, "pk", None), None)
    likeliest = sorted(reasons, key=lambda pk: -len(reasons[pk]))[:MOST_DUPLICATES]
    cards = ClientCard.objects.select_related("centre").in_bulk(likeliest)
    for pk in likeliest:
        cards[pk].reasons = reasons[pk]
    return [cards[pk] for pk in likeliest]


def _speaks_for(words, birth_year):
    """Which rows of ``search.cards_sharing_words`` are likely to be a person of this name and year of birth."""
    every_word, same_year = Q(shared=len(words)), Q(card__birth_year=birth_year)
    if not birth_year:
        return every_word
    if len(words) == 1:
        return every_word & same_year
    year_fits = Q(card__birth_year=None) | Q(card__birth_year__range=(birth_year - 1, birth_year + 1))
    likely = every_word & year_fits
    return likely | (Q(shared=len(words) - 1) & same_year) if len(words) > 2 else likely
