"""What the list of client cards can be narrowed to."""

import django_filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from clients.models import BeneficiaryKind, ClientCard, ServiceCategory, ServiceReceived
from mrc.choices import Gender, Sector
from mrc.filters import CountryFilter, DayFilter, OfOwnCentres


class ClientCardFilter(OfOwnCentres):
    gender = django_filters.ChoiceFilter(choices=Gender.choices, label=_("Gender"))
    beneficiary_kind = django_filters.ChoiceFilter(choices=BeneficiaryKind.choices, label=_("Kind of beneficiary"))
    sector = django_filters.ChoiceFilter(choices=Sector.choices, label=_("Planned sector of work"))
    nationality = CountryFilter(label=_("Nationality"))
    registered_from = DayFilter("registered_on", "gte", label=_("Registered from"))
    registered_to = DayFilter("registered_on", "lte", label=_("Registered to"))
    service = django_filters.ChoiceFilter(
        choices=ServiceCategory.choices, label=_("Service received"), method="with_service"
    )

    class Meta:
        model = ClientCard
        fields = []

    def with_service(self, queryset, name, value):
        return queryset.filter(Exists(ServiceReceived.objects.filter(card=OuterRef("pk"), category=value)))
