"""Forms of outcome harvesting: the draw, who could not be interviewed, the interview, the questionnaire."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from harvesting import services
from harvesting.models import DrawOutcome, Interview, Question, Questionnaire
from mrc import dates
from mrc.fields import CountryField, DayField, TextField, clean_text
from mrc.forms import NamesMissingMixin, Section, SectionedFormMixin, form_field

MOST_IN_A_SAMPLE = 100
MOST_QUESTIONS = 60
YES_NO = (("yes", _("Yes")), ("no", _("No")))


class DrawForm(SectionedFormMixin, forms.Form):
    """What is drawn from the frame that the page shows: as the agreement asks, else four, at least half of them women.

    ``rules``: reports.agreements.SamplingRules of the centre.
    """

    centre = forms.ChoiceField(label=_("Centre"), widget=forms.HiddenInput)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100, widget=forms.HiddenInput)
    size = forms.IntegerField(
        label=_("How many people"),
        min_value=1,
        max_value=MOST_IN_A_SAMPLE,
        help_text=_("Four a year, unless the agreement says otherwise."),
    )
    women_wanted = forms.IntegerField(label=_("Of them women, at least"), min_value=0, max_value=MOST_IN_A_SAMPLE)

    def __init__(self, *args, rules, centres=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.rules = rules
        self.initial |= {"size": rules.size, "women_wanted": rules.women_wanted}
        if rules.number:
            asks = _("%(size)s a year, %(women)s of them women, as agreement %(number)s asks.")
            values = {"size": rules.size, "women": rules.women_wanted, "number": rules.number}
            self.fields["size"].help_text = asks % values
        self.centres = {centre.code: centre for centre in centres}
        self.fields["centre"].choices = [(code, str(centre)) for code, centre in self.centres.items()]

    sections = (Section("", "centre", "year", ("size", "women_wanted")),)

    def clean_centre(self):
        return self.centres[self.cleaned_data["centre"]]

    def clean(self):
        size, women = self.cleaned_data.get("size"), self.cleaned_data.get("women_wanted")
        if size and women is not None and women > size:
            self.add_error("women_wanted", _("There cannot be more women than people."))
        elif size and women is not None and women < self.rules.women_of(size):
            few = _("Of %(size)s people at least %(women)s must be women. Only an agreement can ask for fewer.")
            self.add_error("women_wanted", few % {"size": size, "women": self.rules.women_of(size)})
        return self.cleaned_data


class OutcomeForm(NamesMissingMixin, forms.ModelForm):
    """One line: why a drawn person could not be interviewed."""

    class Meta:
        model = DrawOutcome
        fields = ["reason", "happened_on", "note"]
        formfield_callback = form_field

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("happened_on", dates.today())


def question_field(question, *, is_needed):
    """The form field of a question."""
    options = [(option["code"], option["label"]) for option in question.options]
    common = {"label": question.text, "help_text": question.help_text, "required": is_needed}
    if question.kind == Question.Kind.ONE_CHOICE:
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
    if question.kind == Question.Kind.SEVERAL_CHOICES:
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
    if question.kind == Question.Kind.YES_NO:
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **common)
    if question.kind == Question.Kind.NUMBER:
        return forms.DecimalField(max_digits=14, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
    if question.kind == Question.Kind.DATE:
        return DayField(past_only=False, **common)
    return TextField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}), **common)


def field_name(question):
    return f"question-{question.pk}"


def before_name(name):
    return f"before-{name}"


class InterviewForm(SectionedFormMixin, forms.ModelForm):
    """An interview in the order of Annex 3: the profile, then the questions of its questionnaire.

    What is required is asked for when the interview is finished, not before; from then on it cannot be taken out.
    Several people may have it open. For each question the page says which answer it began with (``befores``), so that
    what others wrote meanwhile is left where nothing was typed, and shown where it was.
    """

    nationality = CountryField(label=_("Nationality"), required=False)

    class Meta:
        model = Interview
        fields = [
            "interviewed_on", "gender", "nationality", "community_of_origin", "sector", "legal_status",
            "is_profile_confirmed",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.questions = {field_name(question): question for question in self.instance.questionnaire.questions.all()}
        self.fields["is_profile_confirmed"].required = self.instance.is_finished
        self.answers = answers = services.answers_of(self.instance)
        self.decided = set()  # names of questions of which the page now shows what others wrote
        for name, question in self.questions.items():
            self.fields[name] = question_field(question, is_needed=self.instance.is_finished and question.is_required)
            answer = answers.get(question.code)
            several = question.kind == Question.Kind.SEVERAL_CHOICES
            if answer:
                self.initial[name] = answer if several or isinstance(answer, str) else answer[0]
            if question.kind == Question.Kind.DATE and answer:
                self.initial[name] = dates.parse_day(answer)
            self.fields[name].widget.attrs |= self.saved_as_typed()

    def saved_as_typed(self):
        """htmx sends the answer when typing pauses; the line above the form says that it is saved."""
        return {
            "hx-post": reverse("harvesting:answer_save", args=[self.instance.uid]),
            "hx-trigger": "change, input changed delay:1500ms",
            "hx-target": "#saved",
            "hx-sync": "closest form:queue all",
        }

    def stored_state(self, name):
        return services.state_of(self.answers.get(self.questions[name].code))

    @property
    def befores(self):
        """(name of a hidden field, state of the stored answer) of each question."""
        for name in self.questions:
            sent = None if name in self.decided else self.data.get(before_name(name))
            yield before_name(name), sent or self.stored_state(name)

    def get_sections(self):
        parts = {}
        for name, question in self.questions.items():
            parts.setdefault(question.section, []).append(name)
        profile = Section(
            _("1. Profile"),
            ("interviewed_on", "gender", "nationality"),
            ("community_of_origin", "sector", "legal_status"),
            "is_profile_confirmed",
            intro=_("Taken from the client card. Read it to the person and correct what has changed."),
        )
        return [profile, *(Section(part, *names) for part, names in parts.items())]

    def clean(self):
        super().clean()
        self.unchanged = set()
        for name in self.questions:
            if name not in self.errors:
                self.compare_with_others(name)

    def compare_with_others(self, name):
        """Keep what somebody else wrote since the page was shown, or ask where something else is typed here."""
        question, stored = self.questions[name], self.stored_state(name)
        before = self.data.get(before_name(name), stored)
        typed = services.state_of(services.as_stored(question, self.cleaned_data[name]))
        if typed == stored or (before != stored and typed == before):
            self.unchanged.add(name)
        elif before != stored:
            theirs = services.shown_answer(question, self.answers.get(question.code)) or _("(no answer)")
            told = _("Somebody else wrote here meanwhile: “%(theirs)s”. Saving again puts what is typed in its place.")
            self.add_error(name, told % {"theirs": theirs})
            self.decided.add(name)

    def clean_interviewed_on(self):
        day = self.cleaned_data["interviewed_on"]
        if self.instance.draw and day.year != self.instance.draw.year:
            raise forms.ValidationError(
                _("This interview belongs to the draw of %(year)s. Write a day of that year."),
                params={"year": self.instance.draw.year},
            )
        return day

    def save(self, commit=True):
        interview = super().save(commit)
        for name, question in self.questions.items():
            if name not in self.unchanged:
                services.save_answer(interview=interview, question=question, value=self.cleaned_data[name])
        return interview


class QuestionnaireForm(NamesMissingMixin, forms.ModelForm):
    """The name of a questionnaire. ``centres``: whose a new one may be; asked for if there are several."""

    class Meta:
        model = Questionnaire
        fields = ["centre", "title"]
        formfield_callback = form_field

    def __init__(self, *args, centres=(), **kwargs):
        super().__init__(*args, **kwargs)
        if len(centres) > 1:
            self.fields["centre"].queryset = centres
            self.fields["centre"].to_field_name = "code"
            return
        del self.fields["centre"]
        if centres:
            self.instance.centre = centres[0]


class QuestionForm(NamesMissingMixin, forms.Form):
    """One question of a questionnaire."""

    code = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    text = TextField(label=_("Question"), required=False, max_length=500)
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=Question.Kind.choices, initial=Question.Kind.TEXT)
    options = forms.CharField(
        label=_("Choices, one a line"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    section = TextField(label=_("Part"), required=False, max_length=100)
    help_text = TextField(label=_("Help"), required=False, max_length=500)
    is_required = forms.BooleanField(label=_("Required"), required=False)

    def clean_options(self):
        return tuple(services.options_from_lines(clean_text(self.cleaned_data["options"])))

    def clean(self):
        kind, options = self.cleaned_data.get("kind"), self.cleaned_data.get("options", ())
        needs_options = kind in (Question.Kind.ONE_CHOICE, Question.Kind.SEVERAL_CHOICES)
        if self.cleaned_data.get("text") and needs_options and len(options) < 2 and "options" not in self.errors:
            self.add_error("options", _("Write at least two choices, one a line."))
        if not needs_options:
            self.cleaned_data["options"] = ()
        return self.cleaned_data

    def entry(self):
        values = {
            name: self.cleaned_data[name] for name in self.fields if name in services.QuestionEntry.__annotations__
        }
        return services.QuestionEntry(**values)


QuestionFormSet = forms.formset_factory(
    QuestionForm, extra=3, max_num=MOST_QUESTIONS, validate_max=True, can_order=True, can_delete=True
)
