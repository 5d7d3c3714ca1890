"""Filters of the lists of interviews and stories."""

import django_filters
from django.utils.translation import gettext_lazy as _

from harvesting.models import Interview, Story
from mrc.choices import Gender
from mrc.filters import OfOwnCentres, YearFilter, centre_filter


class InterviewFilter(OfOwnCentres):
    gender = django_filters.ChoiceFilter(label=_("Gender"), choices=Gender.choices)
    is_finished = django_filters.ChoiceFilter(
        label=_("State"), choices=[("true", _("Finished")), ("false", _("Draft"))], method="with_state"
    )
    year = YearFilter("interviewed_on")

    class Meta:
        model = Interview
        fields = []

    def with_state(self, records, name, value):
        return records.filter(is_finished=value == "true")


class StoryFilter(OfOwnCentres):
    centre = centre_filter("interview__centre")
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Story.Outcome.choices)
    year = YearFilter("interview__interviewed_on")

    class Meta:
        model = Story
        fields = []
