"""Which legal cases. A case counts in the period that contains its closing date, bounds included."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from mrc import dates
from mrc.access import OwnedQuerySet


class LegalCaseQuerySet(OwnedQuerySet):
    def open(self):
        return self.filter(closed_on=None)

    def closed(self):
        return self.exclude(closed_on=None)

    def closed_between(self, start, end):
        return self.filter(closed_on__range=(start, end))

    def closed_with_remedy_between(self, start, end):
        """Closed in the period with at least one remedy obtained. “None” and “Unknown” are answers, and no remedy."""
        remedies = self.model._meta.get_field("remedies").related_model.objects.exclude(code__in=["none", "unknown"])
        return self.closed_between(start, end).filter(Exists(remedies.filter(case=OuterRef("pk"))))

    def open_at_end(self, start, end):
        """Open at the end of the period. A case whose opening date is unknown counts as opened before."""
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=end)).filter(Q(closed_on=None) | Q(closed_on__gt=end))

    def with_next_due(self):
        """``next_due``: the day by which the next step is due; none for a closed case."""
        return self.annotate(next_due=Subquery(self._steps().filter(case=OuterRef("pk")).values("next_due")[:1]))

    def overdue(self):
        """Open cases whose next step was due before today."""
        return self.filter(pk__in=self._steps().filter(next_due__lt=dates.today()).values("case"))

    def due_within(self, days):
        """Open cases whose next step is due from today on, within so many days."""
        today = dates.today()
        soon = self._steps().filter(next_due__range=(today, today + timedelta(days=days)))
        return self.filter(pk__in=soon.values("case"))

    def _steps(self):
        return self.model._meta.get_field("events").related_model.objects.still_due()


class GroupComplaintQuerySet(OwnedQuerySet):
    def with_cases_closed_between(self, start, end):
        """Group complaints of which at least one complainant's case was closed in the period."""
        cases = self.model._meta.get_field("cases").related_model.objects.closed_between(start, end)
        return self.filter(pk__in=cases.exclude(group=None).values("group"))

    def with_case_counts(self):
        """``case_count`` and ``open_count``: its complainants, and those whose case is open."""
        return self.annotate(
            case_count=Count("cases"), open_count=Count("cases", filter=Q(cases__closed_on=None, cases__isnull=False))
        )


class CaseEventQuerySet(OwnedQuerySet):
    def still_due(self):
        """The steps of open cases whose next step is still to be done; of each case at most one.

        A due date holds until one is written later in the case, or until something happened on that day or after it:
        a hearing stays announced although somebody rang meanwhile.
        """
        others = self.model.objects.filter(case=OuterRef("case"))
        later = others.filter(
            Q(happened_on__gt=OuterRef("happened_on")) | Q(happened_on=OuterRef("happened_on"), pk__gt=OuterRef("pk"))
        )
        ended = later.filter(Q(next_due__isnull=False) | Q(happened_on__gte=OuterRef("next_due")))
        return self.filter(case__closed_on=None, next_due__isnull=False).exclude(Exists(ended))
