"""Agreements: their reporting periods, made from their dates, and where each report stands."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mrc import dates
from reports.models import ProgressReport, ReportingPeriod, SubmittedReport


def periods_between(start, end, months):
    """Periods of so many months from ``start`` to ``end``; the last one may be shorter."""
    periods = []
    while start <= end:
        following = dates.add_months(periods[0].start if periods else start, months * (len(periods) + 1))
        periods.append(dates.Period(start, min(following - timedelta(days=1), end)))
        start = following
    return periods


@transaction.atomic
def plan_periods(agreement):
    """Make the reporting periods from the agreement's dates, beside those of which a report is already written.

    A due date that somebody changed stays if its period stays. Returns the periods in order.
    """
    wanted = {period.start: period for period in periods_between(*_span(agreement))}
    kept = []
    for row in agreement.periods.all():
        period = wanted.get(row.starts_on)
        if period is None or period.end != row.ends_on:
            try:
                with transaction.atomic():
                    row.delete()
                continue
            except ProtectedError:  # its report is written
                pass
        kept.append(row)
    for period in wanted.values():
        if not any(row.starts_on <= period.end and row.ends_on >= period.start for row in kept):
            due_on = period.end + timedelta(days=agreement.days_until_due)
            kept.append(agreement.periods.create(starts_on=period.start, ends_on=period.end, due_on=due_on))
    return sorted(kept, key=lambda row: row.starts_on)


def _span(agreement):
    return agreement.starts_on, agreement.ends_on, agreement.rhythm


@dataclass(frozen=True)
class PeriodStatus:
    """Where the report of a period stands, for the lists of coordinators and programme officers."""

    period: ReportingPeriod
    report: ProgressReport | None
    last: SubmittedReport | None
    today: date

    @cached_property
    def code(self):
        """``future``, ``running``, ``due``, ``late``, ``draft``, ``submitted``, ``returned`` or ``accepted``."""
        if self.report and self.report.state != ProgressReport.State.DRAFT:
            return self.report.state
        if self.today > self.period.due_on:
            return "late"
        if self.today > self.period.ends_on:
            return "due"
        if self.report:
            return "draft"
        return "running" if self.today >= self.period.starts_on else "future"

    @property
    def label(self):
        return STATUS_LABELS[self.code]

    @property
    def days_late(self):
        return (self.today - self.period.due_on).days if self.code == "late" else 0


STATUS_LABELS = {
    "future": _("Not begun"),
    "running": _("Period running"),
    "due": _("Due"),
    "late": _("Overdue"),
    **{state.value: state.label for state in ProgressReport.State},
}


def period_statuses(agreements, today=None):
    """{agreement pk: [PeriodStatus in order]} in three queries, inside the scope of the agreements."""
    today = today or dates.today()
    keys = [agreement.pk for agreement in agreements]
    reports = {report.period_id: report for report in ProgressReport.objects.filter(period__agreement__in=keys)}
    submitted = SubmittedReport.objects.filter(report__in=reports.values()).order_by("number").defer("content")
    last = {submission.report_id: submission for submission in submitted}
    found = {key: [] for key in keys}
    for period in ReportingPeriod.objects.filter(agreement__in=keys).select_related("agreement"):
        report = reports.get(period.pk)
        found[period.agreement_id].append(PeriodStatus(period, report, last.get(report.pk) if report else None, today))
    return found
