"""What waits under agreements: progress reports that are overdue, returned, or due within thirty days."""

from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from mrc.access import ids_in_scope
from mrc.columns import ListColumn
from mrc.todo import Kind
from reports.agreements import DRAFT, DUE, LATE, RETURNED, RUNNING, standing
from reports.models import Agreement, ReportingPeriod

DAYS_AHEAD = 30


def periods_in_scope(today):
    """The reporting periods of the agreements in scope, put down to the first centre of each."""
    through = Agreement.centres.through.objects.filter(agreement=OuterRef("agreement")).order_by("centre__code")
    periods = ReportingPeriod.objects.filter(agreement__in=ids_in_scope("agreement"))
    periods = periods.annotate(first_centre=Subquery(through.values("centre")[:1]), standing=standing(today))
    return periods.filter(first_centre__in=ids_in_scope("centre"))


def reports_overdue(today):
    return periods_in_scope(today).filter(standing=LATE)


def reports_returned(today):
    return periods_in_scope(today).filter(standing=RETURNED)


def reports_due(today):
    until = today + timedelta(days=DAYS_AHEAD)
    return periods_in_scope(today).filter(standing__in=[DUE, DRAFT, RUNNING], due_on__range=(today, until))


def listed_periods(periods):
    return periods.select_related("agreement", "report").order_by("due_on", "pk")


def period_link(period):
    """To the report, or where it is begun."""
    page = getattr(period, "report", None) or period.agreement
    return format_html('<a href="{}">{}</a>', page.get_absolute_url(), period)


COLUMNS = (
    ListColumn(_("Period"), period_link),
    ListColumn(_("Agreement"), lambda period: period.agreement.number),
    ListColumn(_("Report due on"), "due_on"),
)
WRITES = {"permission": "reports.change_progressreport", "listed": listed_periods, "columns": COLUMNS}

KINDS = (
    Kind(
        code="reports_overdue",
        title=_("Progress reports overdue"),
        advice=_("Write and submit the report; tell the programme officer if it takes longer."),
        records=reports_overdue,
        rank=42,
        **WRITES,
    ),
    Kind(
        code="reports_returned",
        title=_("Progress reports that came back"),
        advice=_("Read the comment on the page of the report, correct it and submit it again."),
        records=reports_returned,
        rank=44,
        **WRITES,
    ),
    Kind(
        code="reports_due",
        title=_("Progress reports due within thirty days"),
        advice=_("Several people can write different sections at the same time."),
        records=reports_due,
        rank=46,
        **WRITES,
    ),
)
