"""What the list of client cards can be narrowed to."""

import django_filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from clients.models import BeneficiaryKind, ClientCard, ServiceCategory, ServiceReceived
from mrc.choices import Gender, Sector
from mrc.fields import CountryField, DayField
from mrc.models import Centre


def own_centres(request):
    return Centre.objects.filter(pk__in=[centre.pk for centre in request.user.active_centres])


class CountryFilter(django_filters.Filter):
    field_class = CountryField


class DayFilter(django_filters.Filter):
    field_class = DayField


class ClientCardFilter(django_filters.FilterSet):
    centre = django_filters.ModelChoiceFilter(queryset=own_centres, to_field_name="code", label=_("Centre"))
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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if len(self.request.user.active_centres) < 2:
            del self.filters["centre"]

    def with_service(self, queryset, name, value):
        return queryset.filter(Exists(ServiceReceived.objects.filter(card=OuterRef("pk"), category=value)))
