"""Which legal cases. A case counts in the period that contains its closing date, bounds included."""

from django.db.models import Exists, OuterRef, Q

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


class GroupComplaintQuerySet(CentreQuerySet):
    def with_cases_closed_between(self, start, end):
        """Group complaints of which at least one complainant's case was closed in the period."""
        cases = self.model._meta.get_field("cases").related_model.objects.closed_between(start, end)
        return self.filter(pk__in=cases.exclude(group=None).values("group"))


class CaseEventQuerySet(CentreQuerySet):
    def due_by(self, day):
        """The steps of open cases of which the next one is due by this day, the most urgent first.

        A due date holds until one is written later in the case, or until something happened on that day or after it:
        a hearing stays announced although somebody rang meanwhile.
        """
        others = self.model.objects.filter(case=OuterRef("case")).exclude(pk=OuterRef("pk"))
        later = Q(happened_on__gt=OuterRef("happened_on")) | Q(
            happened_on=OuterRef("happened_on"), pk__gt=OuterRef("pk")
        )
        return (
            self.filter(case__closed_on=None, next_due__lte=day)
            .exclude(Exists(others.filter(happened_on__gte=OuterRef("next_due"))))
            .exclude(Exists(others.filter(later, next_due__isnull=False)))
            .order_by("next_due", "pk")
        )
