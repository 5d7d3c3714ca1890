"""The columns of the list of client cards and of what a search found."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc import dates
from mrc.columns import ListColumn
from mrc.restricted import shown_reference


def shown_name(card):
    """The name that ``services.read_names`` has put on the card, and whether it is a pseudonym."""
    if card.known_name and card.is_pseudonym:
        return _("%(name)s (pseudonym)") % {"name": card.known_name}
    return card.known_name


REFERENCE = ListColumn(gettext_lazy("Reference No."), "reference", is_link=True)
REFERENCE_OR_RESTRICTED = ListColumn(gettext_lazy("Reference No."), shown_reference, is_link=True)
NAME = ListColumn(gettext_lazy("Name"), shown_name)
GENDER = ListColumn(gettext_lazy("Gender"), "get_gender_display")
BIRTH_YEAR = ListColumn(gettext_lazy("Born"), lambda card: dates.show_year(card.birth_year), css_class="num")
KIND = ListColumn(gettext_lazy("Kind of beneficiary"), "get_beneficiary_kind_display")
NATIONALITY = ListColumn(gettext_lazy("Nationality"), "nationality_name")
REGISTERED = ListColumn(gettext_lazy("Registered on"), "registered_on")
SERVICES = ListColumn(gettext_lazy("Services"), lambda card: str(card.services_count), css_class="num")

LIST_COLUMNS = (REFERENCE_OR_RESTRICTED, NAME, GENDER, BIRTH_YEAR, KIND, NATIONALITY, REGISTERED, SERVICES)
