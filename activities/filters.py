"""By what the list of activities is narrowed."""

import django_filters
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from mrc.access import record_centre_ids
from mrc.fields import DayField
from mrc.models import Centre


class DayFilter(django_filters.Filter):
    field_class = DayField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, past_only=False, **kwargs)


def own_centres(request):
    return Centre.objects.filter(pk__in=record_centre_ids(request.user))


class ActivityFilter(django_filters.FilterSet):
    COUNTED, NOT_COUNTED = "yes", "no"
    HEAD_COUNTS = [(COUNTED, _("Counted")), (NOT_COUNTED, _("Not counted yet"))]

    centre = django_filters.ModelChoiceFilter(label=_("Centre"), queryset=own_centres, to_field_name="code")
    kind = django_filters.ChoiceFilter(label=_("Kind of activity"), choices=Activity.Kind.choices)
    audience = django_filters.ChoiceFilter(label=_("Held for"), choices=Activity.Audience.choices)
    ended_from = DayFilter("ends_on", "gte", label=_("Last day from"))
    ended_to = DayFilter("ends_on", "lte", label=_("Last day until"))
    head_count = django_filters.ChoiceFilter(label=_("Head-count"), choices=HEAD_COUNTS, method="of_head_count")

    class Meta:
        model = Activity
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if len(record_centre_ids(self.request.user)) < 2:
            del self.filters["centre"]

    def of_head_count(self, activities, name, value):
        return activities.with_head_count() if value == self.COUNTED else activities.without_head_count()
