"""The form of a story: the five parts of section 3.3."""

from django import forms
from django.utils.translation import gettext_lazy as _

from harvesting.models import Story
from mrc.forms import Section, SectionedFormMixin, form_field


class StoryForm(SectionedFormMixin, forms.ModelForm):
    """A story. Parts may be empty while it is written."""

    class Meta:
        model = Story
        fields = ["title", "outcome", *Story.PARTS, "has_changed_names"]
        formfield_callback = form_field

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["has_changed_names"] = False  # whoever changed them says so

    sections = (
        Section("", ("title", "outcome")),
        Section(_("1. Background of the person"), "background"),
        Section(_("2. The event that led to the MRC"), "event"),
        Section(_("3. The assistance provided by the MRC"), "assistance"),
        Section(_("4. The outcome of the assistance"), "outcome_text"),
        Section(_("5. What should be learned from the story"), "lesson", "has_changed_names"),
    )
