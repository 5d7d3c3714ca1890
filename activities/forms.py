"""An activity as it is filled in, the new card of a participant, and how many lines an attendance list has."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from activities import services
from activities.models import Activity
from clients.forms import FIRST_SERVICE, CardForm
from mrc import dates
from mrc.forms import NamesMissingMixin, Section, SectionedFormMixin, form_field

HEADS = ("women", "men", "other")
MOST_HEADS = 100_000
A_YEAR = timedelta(days=366)  # longer or farther ahead, a year is mistyped
MOST_BLANK_ROWS = 200
SHORTEST_LIST = 20


def activity_field(db_field, **kwargs):
    """As mrc.forms.form_field; an activity may lie ahead, and heads may be typed in the digits of any script."""
    if db_field.name in HEADS:
        return forms.IntegerField(
            label=db_field.verbose_name,
            required=False,
            min_value=0,
            max_value=MOST_HEADS,
            widget=forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 10, "class": "num"}
            ),
            error_messages={"invalid": _("Write a whole number, for example 25; 0 if there was none.")},
        )
    if db_field.name in ("starts_on", "ends_on"):
        kwargs["past_only"] = False
    return form_field(db_field, **kwargs)


class ActivityForm(SectionedFormMixin, forms.ModelForm):
    """An activity with its head-count. ``centres``: where a new one may be held; asked for if there are several."""

    class Meta:
        model = Activity
        fields = ["centre", "kind", "audience", "title", "topic", "place", "starts_on", "ends_on", *HEADS]
        formfield_callback = activity_field

    sections = (
        Section(
            _("The activity"),
            "centre",
            ("kind", "audience"),
            "title",
            "topic",
            ("place", "starts_on", "ends_on"),
        ),
        Section(
            _("Head-count"),
            ("women", "men", "other"),
            intro=_(
                "Everybody who was there, with or without a client card. Leave all three empty until they are counted."
            ),
        ),
    )

    def __init__(self, *args, centres=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].required = False
        self.fields["ends_on"].help_text = _(
            "Leave empty if it was one day. It counts in the period that contains its last day."
        )
        if centres is not None and len(centres) > 1:
            self.fields["centre"].queryset = centres
            self.fields["centre"].to_field_name = "code"
            return
        del self.fields["centre"]
        if centres is not None:
            self.instance.centre = centres[0]

    def get_sections(self):
        return [section.only(self.fields) for section in self.sections]

    def clean(self):
        self._clean_days()
        self._clean_heads()
        return self.cleaned_data

    def _clean_days(self):
        first = self.cleaned_data.get("starts_on")
        if not first or "ends_on" in self.errors:
            return
        last = self.cleaned_data["ends_on"] = self.cleaned_data["ends_on"] or first
        if last < first:
            self.add_error("ends_on", _("The last day is before the first day. Check both."))
        elif last - first > A_YEAR:
            self.add_error("ends_on", _("The last day is more than a year after the first day. Check both years."))
        elif last - dates.today() > A_YEAR:
            self.add_error("ends_on", _("The last day is more than a year ahead. Check the year."))
        elif last > dates.today() and self.instance.pk and self.instance.participants.exists():
            self.add_error(
                "ends_on", _("Participants are named, so the activity cannot be still ahead. Check the day.")
            )

    def _clean_heads(self):
        """Unknown is not zero: a head-count is complete or is none."""
        if any(name in self.errors for name in HEADS):
            return
        missing = [name for name in HEADS if self.cleaned_data.get(name) is None]
        if len(missing) == len(HEADS):
            return
        for name in missing:
            self.add_error(name, _("Fill in all three numbers or none: write 0 if there was none."))
        last = self.cleaned_data.get("ends_on")
        if last and last > dates.today():
            self.add_error("ends_on", _("Heads are counted, so the activity cannot be still ahead. Check the day."))

    def save(self):
        return services.save_activity(activity=self.instance)


class ParticipantCardForm(CardForm):
    """A new client card of a participant. The participation is the first service, so none is asked for."""

    def __init__(self, *args, activity, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["registered_on"] = activity.ends_on
        for name in FIRST_SERVICE:
            del self.fields[name]


class BlankRowsForm(NamesMissingMixin, forms.Form):
    """How many lines without a name an attendance list has, for people without a client card."""

    rows = forms.IntegerField(
        label=_("Blank lines"),
        min_value=0,
        max_value=MOST_BLANK_ROWS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4, "class": "num"}),
        error_messages={"invalid": _("Write a whole number from 0 to 200.")},
    )


def blank_rows(activity, names):
    """As many lines as people were there without being named; before they are counted, enough for a full page."""
    if activity.has_head_count:
        return min(max(activity.heads - names, 0), MOST_BLANK_ROWS)
    return max(SHORTEST_LIST - names, 0)
