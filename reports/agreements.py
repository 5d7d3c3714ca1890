"""Agreements: their reporting periods, made from their dates, where each report stands, and the sample they ask for."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, CharField, Count, Exists, F, Min, OuterRef, ProtectedError, Q, Value, When
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harvesting import draws
from mrc import dates
from mrc.access import agreement_scope
from reports.models import Agreement, ProgressReport, ReportingPeriod, SubmittedReport

# --- reporting periods -------------------------------------------------------------------------------------------


def periods_between(start, end, months):
    """Periods of so many months from ``start`` to ``end``; the last one may be shorter."""
    periods = []
    while start <= end:
        following = dates.add_months(periods[0].start if periods else start, months * (len(periods) + 1))
        periods.append(dates.Period(start, min(following - timedelta(days=1), end)))
        start = following
    return periods


@dataclass(frozen=True)
class Plan:
    """What planning changed: numbers of periods, and those that stay although they no longer fit the agreement.

    ``misfits``: their reports or targets are written.
    """

    made: int
    removed: int
    misfits: list


@transaction.atomic
def plan_periods(agreement):
    """Make the reporting periods from the agreement's dates, around those for which something is written.

    A due date that somebody changed stays if its period stays.
    """
    wanted = periods_between(agreement.starts_on, agreement.ends_on, agreement.rhythm)
    kept, misfits, removed = [], [], {}
    for row in agreement.periods.all():
        if row.period in wanted:
            kept.append(row.period)
        elif _delete(row):
            removed[row.period] = row.due_on
        else:
            kept.append(row.period)
            misfits.append(row)
    planned = [part for period in wanted for part in _free_parts(period, kept)]
    for part in planned:
        due_on = removed.get(part) or part.end + timedelta(days=agreement.days_until_due)
        agreement.periods.create(starts_on=part.start, ends_on=part.end, due_on=due_on)
    return Plan(len(set(planned) - set(removed)), len(set(removed) - set(planned)), misfits)


def _free_parts(period, taken):
    """What is left of a period beside those that are taken, as periods in order."""
    start = period.start
    for other in sorted(taken, key=lambda one: one.start):
        if other.end < start or other.start > period.end:
            continue
        if other.start > start:
            yield dates.Period(start, other.start - timedelta(days=1))
        start = other.end + timedelta(days=1)
    if start <= period.end:
        yield dates.Period(start, period.end)


def move_due_dates(agreement, days_before):
    """Due dates that nobody changed follow the agreement's ``days_until_due``, which was ``days_before``."""
    for row in agreement.periods.all():
        if row.due_on == row.ends_on + timedelta(days=days_before):
            row.due_on = row.ends_on + timedelta(days=agreement.days_until_due)
            row.save(update_fields=["due_on"])


def _delete(row):
    """Whether the period could be deleted: what is written for it protects it, also from those who may not look."""
    try:
        with agreement_scope([row.agreement_id]), transaction.atomic():
            row.delete()
    except ProtectedError:
        return False
    return True


# --- where each report stands ------------------------------------------------------------------------------------

LATE, DUE, DRAFT, RUNNING, FUTURE = "late", "due", "draft", "running", "future"
SUBMITTED, RETURNED, ACCEPTED = (
    ProgressReport.State.SUBMITTED.value,
    ProgressReport.State.RETURNED.value,
    ProgressReport.State.ACCEPTED.value,
)
STATUS_LABELS = {
    FUTURE: gettext_lazy("Not begun"),
    RUNNING: gettext_lazy("Period running"),
    DUE: gettext_lazy("Due"),
    LATE: gettext_lazy("Overdue"),
    **{state.value: state.label for state in ProgressReport.State},
}
COUNTED = (LATE, DUE, SUBMITTED, RETURNED, ACCEPTED)


def standing(today, path=""):
    """The code of STATUS_LABELS for a reporting period, as an expression. ``path`` leads to the period.

    A report that was handed in and is being corrected is a draft, and never late.
    """
    report = f"{path}report"
    was_submitted = Exists(SubmittedReport.objects.filter(report__period=OuterRef(f"{path}pk")))
    return Case(
        When(**{f"{report}__state__in": [SUBMITTED, RETURNED, ACCEPTED]}, then=F(f"{report}__state")),
        When(was_submitted, then=Value(DRAFT)),
        When(**{f"{path}due_on__lt": today}, then=Value(LATE)),
        When(**{f"{path}ends_on__lt": today}, then=Value(DUE)),
        When(**{f"{report}__isnull": False}, then=Value(DRAFT)),
        When(**{f"{path}starts_on__lte": today}, then=Value(RUNNING)),
        default=Value(FUTURE),
        output_field=CharField(),
    )


def with_counts(agreements, today):
    """The agreements, inside their scope, with ``late_count`` and so on for each state of COUNTED, and ``next_due``.

    ``next_due``: the next day from today on by which a report is to be handed in.
    """
    state = standing(today, "periods__")
    counts = {f"{code}_count": Count("periods", filter=Exact(state, Value(code))) for code in COUNTED}
    to_come = Q(periods__due_on__gte=today) & ~Q(periods__report__state__in=[SUBMITTED, ACCEPTED])
    return agreements.annotate(**counts, next_due=Min("periods__due_on", filter=to_come))


@dataclass(frozen=True)
class PeriodStatus:
    """Where the report of a period stands, for the pages of coordinators and programme officers.

    ``code``: ``future``, ``running``, ``due``, ``late``, ``draft``, ``submitted``, ``returned`` or ``accepted``.
    """

    period: ReportingPeriod
    report: ProgressReport | None
    last: SubmittedReport | None
    code: str
    today: date

    @property
    def label(self):
        return STATUS_LABELS[self.code]

    @property
    def days_late(self):
        return (self.today - self.period.due_on).days if self.code == LATE else 0

    @property
    def may_be_begun(self):
        return self.report is None and self.period.starts_on <= self.today


def period_statuses(agreements, today=None):
    """{agreement pk: [PeriodStatus in order]} in three queries, inside the scope of the agreements."""
    today = today or dates.today()
    keys = [agreement.pk for agreement in agreements]
    reports = {report.period_id: report for report in ProgressReport.objects.filter(period__agreement__in=keys)}
    submitted = (
        SubmittedReport.objects.filter(report__in=reports.values()).order_by("number").defer("content", "members")
    )
    last = {submission.report_id: submission for submission in submitted}
    found = {key: [] for key in keys}
    periods = ReportingPeriod.objects.filter(agreement__in=keys).annotate(standing=standing(today))
    for period in periods.select_related("agreement"):
        report = reports.get(period.pk)
        submission = last.get(report.pk) if report else None
        found[period.agreement_id].append(PeriodStatus(period, report, submission, period.standing, today))
    return found


@transaction.atomic
def begin_report(*, agreement, starts_on):
    """The report of the period that starts on this day: the one that there is, or a new one.

    Raises ReportingPeriod.DoesNotExist, and ValidationError before the period has begun.
    """
    Agreement.objects.select_for_update().get(pk=agreement.pk)  # its periods are not planned anew meanwhile
    period = agreement.periods.get(starts_on=starts_on)
    if period.starts_on > dates.today():
        raise ValidationError(
            _("This period begins on %(day)s. Its report can be begun from that day on.")
            % {"day": dates.show_day(period.starts_on)}
        )
    return ProgressReport.objects.get_or_create(period=period)[0]


# --- what an agreement asks of outcome harvesting ------------------------------------------------------------------


@dataclass(frozen=True)
class SamplingRules:
    """How many people are interviewed in a centre and year, and how many of them are women, at least (section 3.3).

    ``number``: that of the agreement that says so; empty where none does.
    """

    size: int = draws.SIZE
    share_of_women: int = draws.SHARE_OF_WOMEN
    number: str = ""

    @property
    def women_wanted(self):
        return self.women_of(self.size)

    def women_of(self, size):
        """How many of so many people are women, at least."""
        return ceil(size * self.share_of_women / 100)


def sampling_rules(centre, day):
    """What the agreement that covers the centre on that day asks for; of several, the one with the most interviews."""
    running = Agreement.objects.filter(centres=centre, starts_on__lte=day, ends_on__gte=day)
    agreement = running.order_by("-sample_size", "-share_of_women", "number").first()
    if agreement is None:
        return SamplingRules()
    return SamplingRules(agreement.sample_size, agreement.share_of_women, agreement.number)
