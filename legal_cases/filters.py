"""By what the lists of cases are narrowed."""

import django_filters
from django.utils.translation import gettext_lazy as _

from legal_cases.models import ComplaintSubject, GroupComplaint, LegalCase, Resolution
from mrc.choices import Gender, LegalStatus, Sector
from mrc.filters import DayFilter, OfOwnCentres


class CaseFilter(OfOwnCentres):
    OPEN, CLOSED = "open", "closed"
    STATES = [(OPEN, _("Open")), (CLOSED, _("Closed"))]
    OVERDUE, SOON = "overdue", "soon"
    NEXT_STEPS = [(OVERDUE, _("Overdue")), (SOON, _("Due within seven days"))]

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="of_state")
    next_step = django_filters.ChoiceFilter(label=_("Next step"), choices=NEXT_STEPS, method="of_next_step")
    gender = django_filters.ChoiceFilter(label=_("Gender"), choices=Gender.choices)
    sector = django_filters.ChoiceFilter(label=_("Sector of work"), choices=Sector.choices)
    legal_status = django_filters.ChoiceFilter(label=_("Legal status"), choices=LegalStatus.choices)
    subject = django_filters.ChoiceFilter("subjects__code", label=_("Subject"), choices=ComplaintSubject.choices)
    resolution = django_filters.ChoiceFilter(label=_("Resolved through"), choices=Resolution.choices)
    opened_from = DayFilter("opened_on", "gte", label=_("Opened from"))
    opened_to = DayFilter("opened_on", "lte", label=_("Opened until"))
    closed_from = DayFilter("closed_on", "gte", label=_("Closed from"))
    closed_to = DayFilter("closed_on", "lte", label=_("Closed until"))

    class Meta:
        model = LegalCase
        fields = ()

    def of_state(self, cases, name, value):
        return cases.open() if value == self.OPEN else cases.closed()

    def of_next_step(self, cases, name, value):
        return cases.overdue() if value == self.OVERDUE else cases.due_within(days=7)


class GroupFilter(OfOwnCentres):
    OPEN, CLOSED = "open", "closed"
    STATES = [(OPEN, _("With open cases")), (CLOSED, _("All cases closed"))]

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="of_state")
    opened_from = DayFilter("opened_on", "gte", label=_("Opened from"))
    opened_to = DayFilter("opened_on", "lte", label=_("Opened until"))

    class Meta:
        model = GroupComplaint
        fields = ()

    def of_state(self, groups, name, value):
        return groups.filter(open_count__gt=0) if value == self.OPEN else groups.filter(open_count=0)
