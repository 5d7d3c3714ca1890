"""By what the list of activities is narrowed."""

import django_filters
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from mrc.filters import DayFilter, OfOwnCentres


class ActivityFilter(OfOwnCentres):
    COUNTED, NOT_COUNTED = "yes", "no"
    HEAD_COUNTS = [(COUNTED, _("Counted")), (NOT_COUNTED, _("Not counted yet"))]

    kind = django_filters.ChoiceFilter(label=_("Kind of activity"), choices=Activity.Kind.choices)
    audience = django_filters.ChoiceFilter(label=_("Held for"), choices=Activity.Audience.choices)
    ended_from = DayFilter("ends_on", "gte", label=_("Last day from"))
    ended_to = DayFilter("ends_on", "lte", label=_("Last day until"))
    head_count = django_filters.ChoiceFilter(label=_("Head-count"), choices=HEAD_COUNTS, method="of_head_count")

    class Meta:
        model = Activity
        fields = ()

    def of_head_count(self, activities, name, value):
        return activities.with_head_count() if value == self.COUNTED else activities.without_head_count()
