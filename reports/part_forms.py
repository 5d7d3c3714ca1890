"""Forms of the parts of a progress report: stories, case studies, actions, and the decision about it."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from mrc.fields import RecordsField, TextField
from mrc.forms import NamesMissingMixin, Section, SectionedFormMixin, form_field
from mrc.models import Centre
from reports.models import ActionStatus, CaseStudy, MajorAction, SubmittedReport

MOST_PEOPLE = 1_000_000  # in a case study


class StoryChoice(RecordsField):
    def label_from_instance(self, story):
        interview = story.interview
        facts = [story.get_outcome_display(), interview.get_gender_display(), str(interview.interviewed_on.year)]
        return f"{story.title} ({', '.join(map(str, facts))})"


class StoriesForm(SectionedFormMixin, forms.Form):
    """Which stories the report tells. Offered are those whose person agrees to the use of the story."""

    stories = StoryChoice(
        label=_("Stories"),
        queryset=None,
        to_field_name="uid",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A story without consent to its use is not offered. Names in a story must be changed."),
    )

    def __init__(self, *args, stories, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["stories"].queryset = stories


def part_field(db_field, **kwargs):
    """As mrc.forms.form_field; a number of people that nobody counts is mistyped."""
    if isinstance(db_field, models.PositiveIntegerField):
        kwargs["max_value"] = MOST_PEOPLE
    return form_field(db_field, **kwargs)


class CaseStudyForm(SectionedFormMixin, forms.ModelForm):
    """Annex 6, in its order."""

    sections = (
        Section("", ("centre", "result"), "title"),
        Section(_("Summary of activity"), "summary"),
        Section(_("Impact"), "impact"),
        Section(_("Learning"), "learning"),
        Section(
            _("Subjects"), ("women", "men", "other"), intro=_("The people whom the case study is about, by gender.")
        ),
    )

    class Meta:
        model = CaseStudy
        fields = ["centre", "result", "title", "summary", "impact", "learning", "women", "men", "other"]
        formfield_callback = part_field

    def __init__(self, *args, centres, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["centre"].queryset = Centre.objects.filter(pk__in=[centre.pk for centre in centres])
        self.fields["centre"].empty_label = None
        self.fields["impact"].required = self.fields["learning"].required = True


class ActionForm(SectionedFormMixin, forms.ModelForm):
    """An action of section 9 and how far it is."""

    status = forms.ChoiceField(label=_("Status"), choices=ActionStatus.Status)
    sections = (Section("", "text", ("responsible", "due_on", "status")),)

    class Meta:
        model = MajorAction
        fields = ["text", "responsible", "due_on"]
        formfield_callback = form_field

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["due_on"].past_only = False
        self.fields["responsible"].required = self.fields["due_on"].required = True


class ActionStatusForm(SectionedFormMixin, forms.Form):
    """How far an action of an earlier report is now. What it said stays as it was reported."""

    status = forms.ChoiceField(label=_("Status"), choices=ActionStatus.Status)
    sections = (Section("", "status"),)


class DecisionForm(NamesMissingMixin, forms.Form):
    """Accept a report, or return it with a comment."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=SubmittedReport.Decision,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the report is accepted or returned.")},
    )
    comment = TextField(
        label=_("Comment"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when the report is returned: what is to be changed. No names of clients."),
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("decision") == SubmittedReport.Decision.RETURNED and not cleaned.get("comment"):
            self.add_error("comment", ValidationError(_("Say what is to be changed before the report comes back.")))
        return cleaned
