"""The columns of the lists of cases and of group complaints."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from mrc import dates
from mrc.choices import wording
from mrc.columns import ListColumn
from mrc.restricted import shown_reference


def state(case):
    return format_html('<span class="status status-{}">{}</span>', "closed" if case.is_closed else "open", case.state)


def subjects(case):
    return "; ".join(wording(subject.get_code_display()) for subject in case.subjects.all())


def next_step(case):
    """The day, and by word whether it has passed."""
    if not case.next_due:
        return ""
    if case.next_due >= dates.today():
        return dates.show_day(case.next_due)
    return format_html(
        '<span class="status status-overdue">{}</span> {}', _("Overdue since"), dates.show_day(case.next_due)
    )


def client(case):
    return case.client.reference if case.client_id else ""


def group(case):
    return case.group.title if case.group_id else ""


REFERENCE = ListColumn(_("Reference No."), shown_reference, is_link=True)
CENTRE = ListColumn(_("Centre"), lambda record: record.centre.code)
ABOUT = (
    ListColumn(_("State"), state),
    ListColumn(_("Gender"), "get_gender_display"),
    ListColumn(_("Sector of work"), "get_sector_display"),
    ListColumn(_("Subject"), subjects, css_class="wide"),
    ListColumn(_("Opened on"), "opened_on"),
    ListColumn(_("Closed on"), "closed_on"),
    ListColumn(_("Next step due"), next_step),
)
CLIENT = ListColumn(_("Client card"), client, css_class="nowrap")
CASES = (REFERENCE, *ABOUT, ListColumn(_("Group complaint"), group), CLIENT)
CASES_OF_CENTRES = (REFERENCE, CENTRE, *CASES[1:])
CASES_OF_GROUP = (REFERENCE, *ABOUT, CLIENT)

GROUPS = (
    ListColumn(_("Title"), "title", is_link=True),
    ListColumn(_("Opened on"), "opened_on"),
    ListColumn(_("Complainants"), "case_count", css_class="num"),
    ListColumn(_("Of them open"), "open_count", css_class="num"),
)
GROUPS_OF_CENTRES = (GROUPS[0], CENTRE, *GROUPS[1:])
