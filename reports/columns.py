"""The columns of the lists of records behind a number. No name: a list of many records needs none."""

from django.utils.translation import gettext_lazy as _

from activities import columns as activity_columns
from activities.models import Activity
from clients.columns import BIRTH_YEAR, GENDER, KIND, NATIONALITY, REFERENCE, REGISTERED
from clients.models import ClientCard, ServiceReceived
from harvesting.columns import INTERVIEW_COLUMNS, STORY_COLUMNS
from harvesting.models import Interview, Story
from legal_cases.models import GroupComplaint, LegalCase
from mrc.choices import wording
from mrc.columns import ListColumn
from reports.models import CaseStudy

COLUMNS = {
    ClientCard: (REFERENCE, GENDER, BIRTH_YEAR, KIND, NATIONALITY, REGISTERED),
    ServiceReceived: (
        ListColumn(_("Client card"), lambda service: service.card.reference, is_link=True),
        ListColumn(_("Gender"), lambda service: service.card.get_gender_display()),
        ListColumn(_("Type of service"), "get_category_display"),
        ListColumn(_("Date received"), "received_on"),
    ),
    LegalCase: (
        REFERENCE,
        GENDER,
        ListColumn(_("Sector of work"), "get_sector_display"),
        ListColumn(_("Opened on"), "opened_on"),
        ListColumn(_("Closed on"), "closed_on"),
        ListColumn(_("Resolved through"), lambda case: wording(case.get_resolution_display())),
        ListColumn(_("Sanction"), "get_sanction_display"),
    ),
    GroupComplaint: (
        ListColumn(_("Title"), "title", is_link=True),
        ListColumn(_("Opened on"), "opened_on"),
    ),
    Activity: (
        activity_columns.TITLE,
        activity_columns.DAYS,
        activity_columns.KIND,
        ListColumn(_("Women"), lambda activity: str(activity.counted_women), css_class="num"),
        ListColumn(_("Men"), lambda activity: str(activity.counted_men), css_class="num"),
        ListColumn(_("Other/unknown"), lambda activity: str(activity.counted_other), css_class="num"),
        ListColumn(_("Total"), lambda activity: str(activity.counted), css_class="num"),
    ),
    Interview: INTERVIEW_COLUMNS,
    CaseStudy: (
        ListColumn(_("About"), "get_result_display"),
        ListColumn(_("Reported for"), lambda study: str(study.report.period)),
        ListColumn(_("Women"), lambda study: str(study.women), css_class="num"),
        ListColumn(_("Men"), lambda study: str(study.men), css_class="num"),
        ListColumn(_("Other/unknown"), lambda study: str(study.other), css_class="num"),
    ),
    Story: tuple(column for column in STORY_COLUMNS if column.value != "title"),  # a title can hold a name
}
# Loaded with the records, so that a page of the list costs the same however long it is.
RELATED = {
    ServiceReceived: ["card"],
    Activity: ["centre"],
    Interview: ["card", "interviewer"],
    Story: ["interview__card"],
    CaseStudy: ["report__period"],
}
