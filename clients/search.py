"""How a person is found: by keyed hashes of name words, telephone numbers and e-mail, or by the reference number.

The database holds no name that could be compared, so nothing is decrypted until the cards that fit are known.
"""

import re
from dataclasses import dataclass, field

from django.db.models import Count, Q

from clients import names
from clients.models import ClientCard, IdentityKey
from mrc.vault import search_hash, search_hashes

MOST_SHOWN = 50
MOST_WORDS = 12  # of a search
Kind = IdentityKey.Kind
TELEPHONES = (Kind.TELEPHONE, Kind.EMERGENCY_TELEPHONE)


@dataclass
class Found:
    """What a search found: ``kinds`` of comparison that were made, cards (the best first), whether there are more."""

    kinds: list = field(default_factory=list)
    cards: list = field(default_factory=list)
    has_more: bool = False


def keys_of(centre_id, identity):
    """The different (kind, digest) under which an identity is found, with the newest key of the vault."""
    texts = {
        Kind.NAME: names.name_keys(identity.name),
        Kind.TELEPHONE: names.telephone_keys(identity.telephone),
        Kind.EMERGENCY_TELEPHONE: names.telephone_keys(identity.emergency_telephone),
        Kind.EMAIL: [names.email_key(identity.email)] if identity.email else [],
    }
    return {(kind.value, search_hash(kind.value, centre_id, text)) for kind, some in texts.items() for text in some}


def find_cards(text, centres):
    """The cards of these centres that fit the text: an e-mail, a reference, a telephone number or words of a name."""
    text = text.strip()
    centre_ids = [centre.pk for centre in centres]
    if "@" in text:
        return _cards_in_order([Kind.EMAIL.value], _with_key([Kind.EMAIL], centre_ids, [names.email_key(text)]))
    kinds, pks = [], []
    if names.digits_of(text):
        kinds, pks = ["reference", "telephone"], _by_digits(text, centres)
    if words := names.name_words(text)[:MOST_WORDS]:  # digits too: a pseudonym may be “Client 12”
        kinds = [*kinds, Kind.NAME.value]
        pks += _by_name(words, names.joined_name(text), centre_ids)[: MOST_SHOWN + 1]
    return _cards_in_order(kinds, pks)


def _with_key(kinds, centre_ids, texts):
    """Primary keys of the cards that have any of these texts, newest first."""
    digests = [digest for kind in kinds for digest in search_hashes(kind.value, centre_ids, texts)]
    keys = IdentityKey.objects.filter(kind__in=kinds, digest__in=digests)
    return list(keys.order_by("-card").values_list("card", flat=True).distinct()[: MOST_SHOWN + 1])


def _by_digits(text, centres):
    """Primary keys of the cards with this reference number, in full or without the centre's code, or this telephone."""
    reference = re.sub(r"[\s\-‐-―]+", "-", text.upper())
    references = [reference, *(f"{centre.code}-{reference}" for centre in centres)]
    pks = list(ClientCard.objects.filter(reference__in=references).values_list("pk", flat=True)[: MOST_SHOWN + 1])
    return pks + _with_key(TELEPHONES, [centre.pk for centre in centres], names.telephone_query(text))


def _by_name(words, joined, centre_ids):
    """Primary keys of the cards whose name has all the words but titles, or is the same without blanks.

    Those that have the titles too come first.
    """
    core = search_hashes(Kind.NAME.value, centre_ids, names.without_titles(words))
    whole = search_hashes(Kind.NAME.value, centre_ids, [joined])
    every = search_hashes(Kind.NAME.value, centre_ids, words)
    return (
        IdentityKey.objects.filter(kind=Kind.NAME, digest__in={*every, *whole})
        .values("card")
        .annotate(
            words=Count("pk", filter=Q(digest__in=every)),
            core_words=Count("pk", filter=Q(digest__in=core)),
            is_whole=Count("pk", filter=Q(digest__in=whole)),
        )
        .filter(Q(core_words=len(names.without_titles(words))) | Q(is_whole__gt=0))
        .order_by("-words", "-card")
        .values_list("card", flat=True)
    )


def cards_with_telephone(centre, telephone):
    """Primary keys of the cards of this centre with any of the numbers as the person's own."""
    return _with_key([Kind.TELEPHONE], [centre.pk], names.telephone_query(telephone))


def cards_sharing_words(centre, words):
    """Rows {card, card__birth_year, shared: how many of these words the name has} of this centre, the most first."""
    digests = search_hashes(Kind.NAME.value, [centre.pk], words)
    keys = IdentityKey.objects.filter(kind=Kind.NAME, digest__in=digests)
    return keys.values("card", "card__birth_year").annotate(shared=Count("pk")).order_by("-shared", "-card")


def _cards_in_order(kinds, pks):
    pks = list(dict.fromkeys(pks))
    cards = ClientCard.objects.for_list().in_bulk(pks[:MOST_SHOWN])
    return Found(kinds, [cards[pk] for pk in pks[:MOST_SHOWN] if pk in cards], len(pks) > MOST_SHOWN)
