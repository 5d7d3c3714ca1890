"""Which legal cases. A case counts in the period that contains its closing date, bounds included."""

from django.db.models import Q

from mrc.access import CentreQuerySet


class LegalCaseQuerySet(CentreQuerySet):
    def open(self):
        return self.filter(closed_on=None)

    def closed(self):
        return self.exclude(closed_on=None)

    def closed_between(self, start, end):
        return self.filter(closed_on__range=(start, end))

    def open_at_end(self, start, end):
        """Open at the end of the period. A case whose opening date is unknown counts as opened before."""
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=end)).filter(Q(closed_on=None) | Q(closed_on__gt=end))


class CaseAnswerQuerySet(CentreQuerySet):
    """Subjects and remedies: rows (case, code)."""

    def of_cases_closed_between(self, start, end):
        return self.filter(case__closed_on__range=(start, end))
