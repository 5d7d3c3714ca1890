"""The columns of the lists of outcome harvesting."""

from django.utils.translation import gettext_lazy as _

from mrc.columns import ListColumn

INTERVIEW_COLUMNS = (
    ListColumn(_("Client card"), lambda interview: interview.card.reference, is_link=True),
    ListColumn(_("Date of interview"), "interviewed_on"),
    ListColumn(_("State"), lambda interview: _("Finished") if interview.is_finished else _("Draft")),
    ListColumn(_("Gender"), "get_gender_display"),
    ListColumn(_("Sector of work"), "get_sector_display"),
    ListColumn(_("Interviewer"), "interviewer"),
)

STORY_COLUMNS = (
    ListColumn(_("Client card"), lambda story: story.interview.card.reference, is_link=True),
    ListColumn(_("Title"), "title"),
    ListColumn(_("Outcome"), "get_outcome_display"),
    ListColumn(_("Gender"), lambda story: story.interview.get_gender_display()),
    ListColumn(_("Date of interview"), lambda story: story.interview.interviewed_on),
)
