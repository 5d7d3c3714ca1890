"""Made-up client cards with their identities, consents and services, written in batches."""

from datetime import date, timedelta
from itertools import groupby

from clients.models import BeneficiaryKind, ClientCard, Consent, Identity, LegalPermissionPlan, ServiceReceived
from clients.services import index_identities
from mrc.choices import Sector
from mrc.demo.names import LANGUAGES
from mrc.demo.places import CITIES, COMMUNITIES, address, telephone
from mrc.services import next_references

BATCH = 1000
SECTORS = tuple(Sector)
SECTOR_WEIGHTS = (12, 8, 3, 16, 16, 6, 10, 14, 4, 6, 2, 3)
HEARD_ABOUT = (
    "radio",
    "a friend who came before",
    "village meeting",
    "union leaflet",
    "social media",
    "the commune office",
)
RELATIONSHIPS = ("mother", "father", "sister", "brother", "husband", "wife", "aunt", "neighbour")
SAFE_CONTACT = (
    "Call after 18:00",
    "Sundays only, the employer keeps the phone",
    "Write, do not call",
    "Ask for the sister",
)
PSEUDONYMS = ("Lotus", "River", "Jasmine", "Bamboo", "Mango", "Star", "Rain", "Orchid")
# Category -> how often; the manual's CLIENTS system.
SERVICES = {
    "counselling": 40, "legal_assistance": 14, "information_education_training": 26, "networking": 9,
    "union_membership": 7, "skills_certification": 4,
}  # fmt: skip
NOTES = (
    "Explained the contract before signing",
    "Asked about recruitment fees",
    "Came with a friend",
    "Checked the passport",
)


def write_cards(rng, place, count, start, today):
    """``count`` cards of a centre, registered from ``start`` to ``today``; yields them in batches, saved.

    ``place``: where they belong, see mrc.demo.region.Place.
    """
    span = (today - start).days
    days = sorted(start + timedelta(days=rng.randint(0, span)) for _number in range(count))
    for year, in_year in groupby(days, key=lambda day: day.year):
        in_year = list(in_year)
        references = next_references(place.centre, str(year), 5, count=len(in_year))
        numbered = list(zip(references, in_year, strict=True))
        for first in range(0, len(numbered), BATCH):
            cards = [_card(rng, place, *one) for one in numbered[first : first + BATCH]]
            _write(rng, place, cards, today)
            yield cards


def _write(rng, place, cards, today):
    ClientCard.objects.bulk_create(cards)
    identities = [identity for card in cards if (identity := _identity(rng, card))]
    Identity.objects.bulk_create(identities)
    Consent.objects.bulk_create(consent for card in cards for consent in _consents(rng, card, place, today))
    ServiceReceived.objects.bulk_create(service for card in cards for service in _services(rng, card, place, today))
    index_identities(cards)


def _card(rng, place, reference, day):
    nationality = rng.choice(place.made_from.nationalities)
    language = LANGUAGES[nationality]
    country = rng.choice((*place.made_from.destinations, ""))
    return ClientCard(
        centre=place.centre,
        reference=reference,
        registered_on=day,
        is_pseudonym=rng.random() < 0.08,
        gender=rng.choices(("woman", "man", "other"), (52, 46, 2))[0],
        birth_year=rng.choice((None, *range(day.year - 52, day.year - 17))),
        nationality=nationality,
        ethnicity=rng.choice(("", *language.ethnicities)),
        native_language=rng.choice(("", language.name, language.name, language.name)),
        community_of_origin=rng.choice(("", *COMMUNITIES[nationality])),
        beneficiary_kind=rng.choices(("", *BeneficiaryKind.values), (4, 40, 34, 14, 8))[0],
        heard_about=rng.choice(("", *HEARD_ABOUT)),
        destination_country=country,
        destination_city=rng.choice(("", *CITIES[country])) if country else "",
        sector=rng.choices(SECTORS, SECTOR_WEIGHTS)[0],
        legal_permission=rng.choice(("", *LegalPermissionPlan.values)),
    )


def _identity(rng, card):
    """What names the person; nothing but the pseudonym without consent; one card in fifty has none."""
    if card.is_pseudonym:
        return Identity(card=card, name=f"{rng.choice(PSEUDONYMS)} {rng.randint(2, 99)}")
    if rng.random() < 0.02:
        return None
    country = card.nationality
    language = LANGUAGES[country]
    gender = card.gender if card.gender != "other" else rng.choice(("woman", "man"))
    identity = Identity(
        card=card,
        name=language.person(rng, gender),
        address=address(rng, country) if rng.random() < 0.7 else "",
        telephone=telephone(rng, country) if rng.random() < 0.85 else "",
        email=f"{rng.choice(PSEUDONYMS).lower()}{rng.randint(100, 99999)}@mail.example" if rng.random() < 0.1 else "",
        safe_contact=rng.choice(SAFE_CONTACT) if rng.random() < 0.15 else "",
    )
    if card.birth_year and rng.random() < 0.6:
        identity.date_of_birth = date(card.birth_year, rng.randint(1, 12), rng.randint(1, 28))
    if rng.random() < 0.6:
        identity.emergency_name = language.person(rng, rng.choice(("woman", "man")))
        identity.emergency_relationship = rng.choice(RELATIONSHIPS)
        identity.emergency_telephone = telephone(rng, country)
    return identity


def _consents(rng, card, place, today):
    """Consent by purpose. A pseudonym stands where there is no consent to keep personal data."""
    given = {
        Consent.Purpose.KEEP_DATA: not card.is_pseudonym,
        Consent.Purpose.FOLLOW_UP: not card.is_pseudonym and rng.random() < 0.7,
        Consent.Purpose.REFERRAL: not card.is_pseudonym and rng.random() < 0.35,
        Consent.Purpose.STORY: rng.random() < 0.12,
    }
    how = rng.choices(Consent.How.values, (4, 5, 1))[0]
    for purpose, is_given in given.items():
        if is_given:
            withdrawn = purpose == Consent.Purpose.STORY and rng.random() < 0.2
            yield Consent(
                card=card,
                purpose=purpose,
                given_on=card.registered_on,
                how=how,
                recorded_by=place.staff,
                withdrawn_on=min(today, card.registered_on + timedelta(days=rng.randint(5, 200)))
                if withdrawn
                else None,
            )


def _services(rng, card, place, today):
    """About three contacts a card, the first on the day of registration."""
    day = card.registered_on
    contacts = set()
    for category in rng.choices(tuple(SERVICES), tuple(SERVICES.values()), k=rng.choice((1, 2, 2, 3, 3, 3, 4, 6))):
        if day <= today:
            contacts.add((category, day))
        day += timedelta(days=rng.choice((0, 7, 21, 45, 90, 180)))
    for category, day in sorted(contacts):
        yield ServiceReceived(
            card=card,
            centre=place.centre,
            category=category,
            received_on=day,
            staff_member=place.staff,
            note=rng.choice(NOTES) if rng.random() < 0.1 else "",
        )
