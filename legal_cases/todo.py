"""What waits in legal cases: steps that are overdue, due today or within a week, and cases in which nothing happens."""

from datetime import timedelta

from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from legal_cases.columns import next_step
from legal_cases.models import CaseEvent, LegalCase
from mrc import dates
from mrc.columns import ListColumn
from mrc.todo import Kind

SOON = timedelta(days=7)
QUIET = timedelta(days=30)
PERMISSION = "legal_cases.view_legalcase"


def steps_overdue(today):
    return CaseEvent.objects.still_due().filter(next_due__lt=today)


def steps_today(today):
    return CaseEvent.objects.still_due().filter(next_due=today)


def steps_soon(today):
    return CaseEvent.objects.still_due().filter(next_due__gt=today, next_due__lte=today + SOON)


def listed_steps(steps):
    return steps.select_related("case").defer("note").order_by("next_due", "pk")


def quiet_cases(today):
    """Open cases in which nothing happened for 30 days, without those whose next step is announced above already."""
    day = today - QUIET
    happened = CaseEvent.objects.filter(case=OuterRef("pk"), happened_on__gt=day)
    announced = CaseEvent.objects.still_due().filter(case=OuterRef("pk"), next_due__lte=today + SOON)
    opened = Q(opened_on=None) | Q(opened_on__lte=day)
    return LegalCase.objects.open().filter(opened, ~Exists(happened), ~Exists(announced))


def listed_quiet_cases(cases):
    cases = cases.only("uid", "reference", "centre_id", "opened_on", "closed_on")
    cases = cases.annotate(last_step_on=Max("events__happened_on")).with_next_due()
    return cases.order_by(F("last_step_on").asc(nulls_first=True), "pk")


def due(event):
    if event.next_due >= dates.today():
        return dates.show_day(event.next_due)
    return format_html(
        '<span class="status status-overdue">{}</span> {}', _("Overdue since"), dates.show_day(event.next_due)
    )


STEP_COLUMNS = (
    ListColumn(_("Case"), lambda event: _link(event.case)),
    ListColumn(_("Due"), due),
    ListColumn(_("Last step"), lambda event: f"{event.get_kind_display()}, {dates.show_day(event.happened_on)}"),
)
QUIET_COLUMNS = (
    ListColumn(_("Case"), "reference", is_link=True),
    ListColumn(_("Last step"), "last_step_on"),
    ListColumn(_("Opened on"), "opened_on"),
    ListColumn(_("Next step due"), next_step),
)


def _link(case):
    return format_html('<a href="{}">{}</a>', case.get_absolute_url(), case.reference)


KINDS = (
    Kind(
        code="steps_overdue",
        title=_("Steps overdue"),
        advice=_("Take the step, or write in the case why not and when it will be."),
        permission=PERMISSION,
        records=steps_overdue,
        listed=listed_steps,
        columns=STEP_COLUMNS,
        rank=10,
    ),
    Kind(
        code="steps_today",
        title=_("Steps due today"),
        advice=_("Take the step today and write it in the case."),
        permission=PERMISSION,
        records=steps_today,
        listed=listed_steps,
        columns=STEP_COLUMNS,
        rank=20,
    ),
    Kind(
        code="quiet_cases",
        title=_("Open cases without a step for 30 days"),
        advice=_("Speak with the complainant, write it in the case, and give the day of the next step."),
        permission=PERMISSION,
        records=quiet_cases,
        listed=listed_quiet_cases,
        columns=QUIET_COLUMNS,
        rank=30,
    ),
    Kind(
        code="steps_soon",
        title=_("Steps due within seven days"),
        advice=_("Prepare the step: papers, transport, an interpreter."),
        permission=PERMISSION,
        records=steps_soon,
        listed=listed_steps,
        columns=STEP_COLUMNS,
        rank=40,
    ),
)
