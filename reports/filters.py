"""By what the list of agreements is narrowed."""

import django_filters
from django.utils.translation import gettext_lazy as _

from reports import agreements
from reports.models import Agreement


class AgreementFilter(django_filters.FilterSet):
    """For agreements with their counts (agreements.with_counts)."""

    LABELS = {
        agreements.LATE: _("With an overdue report"),
        agreements.DUE: _("With a report that is due"),
        agreements.SUBMITTED: _("With a submitted report, to be decided"),
        agreements.RETURNED: _("With a returned report"),
        agreements.ACCEPTED: _("With an accepted report"),
    }

    state = django_filters.ChoiceFilter(label=_("State"), choices=list(LABELS.items()), method="of_state")

    class Meta:
        model = Agreement
        fields = ()

    def of_state(self, agreements, name, value):
        return agreements.filter(**{f"{value}_count__gt": 0})
