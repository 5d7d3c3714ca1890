"""What is missing on client cards and can be asked when the person comes back: consent, gender."""

from datetime import timedelta

from django.db.models import Exists, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from clients import forgetting
from clients.columns import BIRTH_YEAR, GENDER, NATIONALITY, REFERENCE, REGISTERED
from clients.models import ClientCard, Consent, ServiceReceived
from mrc.choices import Gender
from mrc.columns import ListColumn
from mrc.todo import Kind

PERMISSION = "clients.view_clientcard"


def without_consent_answer(today):
    """Cards without any consent, given or withdrawn. A pseudonym is an answer: the person wishes not to be named."""
    return ClientCard.objects.filter(~Exists(Consent.objects.filter(card=OuterRef("pk"))), is_pseudonym=False)


def without_gender(today):
    return ClientCard.objects.filter(gender=Gender.OTHER)


def erased_soon(today):
    return forgetting.due(today + timedelta(days=forgetting.SOON))


def listed_by_age(cards):
    """The one that goes first at the top."""
    last = (
        ServiceReceived.objects.order_by().filter(card=OuterRef("pk")).values("card").annotate(last=Max("received_on"))
    )
    cards = cards.select_related("centre").annotate(last_service_on=Subquery(last.values("last")))
    return cards.order_by(Greatest("registered_on", Coalesce("last_service_on", "registered_on")), "pk")


ERASED_ON = ListColumn(_("Erased on"), lambda card: forgetting.kept_until(card, card.last_service_on))


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
        code="identities_to_erase",
        title=_("Identities that will be erased in the next 30 days"),
        advice=_(
            "They were kept as long as the centre keeps them. Nothing is to be done if the person is not in touch any "
            "more; numbers do not change. A new service, an open case or an interview to be held keeps the identity."
        ),
        permission="clients.add_erasure",
        records=erased_soon,
        listed=listed_by_age,
        columns=(REFERENCE, REGISTERED, ListColumn(_("Last service"), "last_service_on"), ERASED_ON),
        rank=95,
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
