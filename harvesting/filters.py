"""Filters of the lists of interviews and stories."""

import django_filters
from django.utils.translation import gettext_lazy as _

from harvesting.models import Interview, Story
from mrc.choices import Gender


class InterviewFilter(django_filters.FilterSet):
    gender = django_filters.ChoiceFilter(label=_("Gender"), choices=Gender.choices)
    is_finished = django_filters.ChoiceFilter(
        label=_("State"), choices=[("true", _("Finished")), ("false", _("Draft"))], method="with_state"
    )
    year = django_filters.NumberFilter(
        label=_("Year"), field_name="interviewed_on", lookup_expr="year", max_value=9999, min_value=1
    )

    class Meta:
        model = Interview
        fields = []

    def with_state(self, records, name, value):
        return records.filter(is_finished=value == "true")


class StoryFilter(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Story.Outcome.choices)
    year = django_filters.NumberFilter(
        label=_("Year"), field_name="interview__interviewed_on", lookup_expr="year", max_value=9999, min_value=1
    )

    class Meta:
        model = Story
        fields = []
