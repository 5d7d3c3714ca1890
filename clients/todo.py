"""What is missing on client cards and can be asked when the person comes back: consent, gender."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from clients.columns import BIRTH_YEAR, GENDER, NATIONALITY, REFERENCE, REGISTERED
from clients.models import ClientCard, Consent
from mrc.choices import Gender
from mrc.todo import Kind

PERMISSION = "clients.view_clientcard"


def without_consent_answer(today):
    """Cards without any consent, given or withdrawn. A pseudonym is an answer: the person wishes not to be named."""
    return ClientCard.objects.filter(~Exists(Consent.objects.filter(card=OuterRef("pk"))), is_pseudonym=False)


def without_gender(today):
    return ClientCard.objects.filter(gender=Gender.OTHER)


def listed(cards):
    """The newest first: whoever came last comes back the soonest."""
    shown = ("gender", "birth_year", "nationality", "registered_on")
    return cards.only("uid", "centre_id", "reference", *shown).order_by("-registered_on", "-id")


KINDS = (
    Kind(
        code="cards_without_consent",
        title=_("Client cards without an answer on consent"),
        advice=_(
            "Ask when the person comes back, and tick what was agreed to. Who agrees to nothing is kept under a "
            "pseudonym: tick that the name is one."
        ),
        permission=PERMISSION,
        records=without_consent_answer,
        listed=listed,
        columns=(REFERENCE, GENDER, BIRTH_YEAR, REGISTERED),
        rank=80,
        is_pressing=False,
    ),
    Kind(
        code="cards_without_gender",
        title=_("Client cards with gender other/unknown"),
        advice=_("Ask when the person comes back, if it was not asked. Where it is right as it stands, leave it."),
        permission=PERMISSION,
        records=without_gender,
        listed=listed,
        columns=(REFERENCE, BIRTH_YEAR, NATIONALITY, REGISTERED),
        rank=90,
        is_pressing=False,
    ),
)
