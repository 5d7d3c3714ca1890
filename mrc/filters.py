"""By what every list can be narrowed: the centre, days, years and countries as people write them."""

import django_filters
from django.utils.translation import gettext_lazy as _

from mrc.access import record_centre_ids
from mrc.fields import CountryField, DayField, YearField
from mrc.models import Centre


class DayFilter(django_filters.Filter):
    field_class = DayField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, past_only=False, **kwargs)


class YearFilter(django_filters.Filter):
    """The year of a day, in either calendar."""

    field_class = YearField

    def __init__(self, field_name, **kwargs):
        super().__init__(field_name, "year", label=_("Year"), latest=2100, example=2026, **kwargs)


class CountryFilter(django_filters.Filter):
    field_class = CountryField


def own_centres(request):
    return Centre.objects.filter(pk__in=record_centre_ids(request.user))


def centre_filter(field_name="centre"):
    return django_filters.ModelChoiceFilter(field_name, label=_("Centre"), queryset=own_centres, to_field_name="code")


class OfOwnCentres(django_filters.FilterSet):
    """The filter of the centre, for readers who have several."""

    centre = centre_filter()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if len(record_centre_ids(self.request.user)) < 2:
            del self.filters["centre"]
