"""Which case studies belong to a period."""

from mrc.access import OwnedQuerySet


class CaseStudyQuerySet(OwnedQuerySet):
    def reported_between(self, start, end):
        """Case studies of reports whose period ends in the period given, bounds included."""
        return self.filter(report__period__ends_on__range=(start, end))
