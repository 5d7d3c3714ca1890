"""What is typed in on the way to results: a step, an assumption, the definition of an indicator."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from mrc.fields import AmountField
from mrc.forms import Section, SectionedFormMixin, form_field
from results import smart, tree, writing
from results.measures import MEASURES, offered
from results.models import Assumption, IndicatorDefinition, Step
from results.values import NUMBER, PERCENTAGE, TEXT, whole

HINTED = ("name", "source")
MOST_WORDS = 12  # of a step, where it is offered among others


class NumberField(AmountField):
    """A number with at most two decimals, typed with or without commas, in the digits of any script."""

    def refusal(self, text):
        return ValidationError(
            _("“%(text)s” is not a number that can be read in one way only. Write digits, for example 1,250 or 12.5."),
            code="invalid",
            params={"text": text[:40]},
        )

    def prepare_value(self, value):
        value = whole(value) if not isinstance(value, str) else value
        return f"{value:,}" if isinstance(value, int) else super().prepare_value(value)


class StepForm(SectionedFormMixin, forms.ModelForm):
    """A step. ``levels``: those that a new one may have. ``parents``: the steps that it may contribute to."""

    parent = forms.ChoiceField(label=_("contributes to"))

    class Meta:
        model = Step
        fields = ["level", "text"]
        formfield_callback = form_field

    def __init__(self, *args, levels=(), parents=(), **kwargs):
        super().__init__(*args, **kwargs)
        if len(levels) > 1:
            self.fields["level"].choices = [(level.value, level.label) for level in levels]
            self.fields["level"].widget = forms.RadioSelect(choices=self.fields["level"].choices)
            self.initial["level"] = levels[0].value
        else:
            del self.fields["level"]
        self.parents = {str(step.uid): step for step in parents}
        if parents:
            words = (
                (uid, Truncator(f"{step.label}: {step.text}").words(MOST_WORDS)) for uid, step in self.parents.items()
            )
            self.fields["parent"].choices = list(words)
            self.initial["parent"] = str(self.instance.parent.uid)
        else:
            del self.fields["parent"]
        self.fields["text"].help_text = EXAMPLES.get(self.instance.level, "")
        self.order_fields(["level", "parent", "text"])

    def clean_parent(self):
        self.instance.parent = self.parents[self.cleaned_data["parent"]]
        return self.cleaned_data["parent"]

    def save(self):
        return writing.save_step(step=self.instance)


# Section 1.3.
EXAMPLES = {
    tree.IMPACT: _(
        "The long-term goal that the project contributes to, for example: labour rights and social protection of "
        "migrant workers are strengthened."
    ),
    tree.OUTCOME: _(
        "A result that should emerge from the outputs, for example: access to justice is increased for migrant workers."
    ),
    tree.OUTPUT: _(
        "The product or service that results from the activities, for example: migrant workers receive legal "
        "assistance for their complaints."
    ),
    tree.ACTIVITY: _("What is done, for example: legal assistance for migrants whose labour rights were violated."),
}


class AssumptionForm(SectionedFormMixin, forms.ModelForm):
    class Meta:
        model = Assumption
        fields = ["text", "risk", "response"]
        formfield_callback = form_field
        widgets = {"risk": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["risk"].choices = Assumption.Risk.choices
        self.fields["text"].help_text = _(
            "A condition or resource that is needed, for example: partners in the country of destination are concerned "
            "about the rights of migrant workers."
        )


def definition_field(db_field, **kwargs):
    """As mrc.forms.form_field; a definition may hold from a day to come, and the measures come in groups."""
    if db_field.name == "valid_from":
        kwargs["past_only"] = False
    if db_field.name == "baseline_value":
        return NumberField(label=db_field.verbose_name, required=False)
    return form_field(db_field, **kwargs)


class DefinitionForm(SectionedFormMixin, forms.ModelForm):
    """The first definition of an indicator, or the correction of one that no report has used."""

    class Meta:
        model = IndicatorDefinition
        fields = ["name", "measure", "unit", "source", "baseline_value", "baseline_on", "baseline_text", "valid_from"]
        formfield_callback = definition_field
        widgets = {"unit": forms.RadioSelect}

    what = Section(_("What is measured"), "name", "measure", "unit", "source")
    baseline = Section(
        _("Baseline"),
        ("baseline_value", "baseline_on"),
        "baseline_text",
        intro=_("How things stood before: what results are compared with."),
    )
    sections = (what, baseline, Section(_("Since when"), "valid_from"))

    def __init__(self, *args, agreement, **kwargs):
        super().__init__(*args, **kwargs)
        usual = {agreement.currency, *(centre.currency for centre in agreement.centres.all())}
        if (measure := MEASURES.get(self.instance.measure)) and measure.code.startswith("awarded:"):
            usual.add(measure.row)
        self.fields["measure"].choices = [("", _("Typed in by hand")), *offered(usual)]
        self.fields["unit"].choices = IndicatorDefinition.Unit.choices
        self.fields["unit"].required = False
        self.fields["unit"].help_text = _("A computed result brings its own unit.")
        self.fields["valid_from"].help_text = _(
            "It is measured in the reporting periods that end on this day or later."
        )
        self.initial["valid_from"] = self.initial.get("valid_from") or first_day(agreement)
        self._give_hints(reverse("results:hints", args=[agreement.uid]))

    def _give_hints(self, address):
        """Hints beside the fields, renewed while one types."""
        asks = {"hx-post": address, "hx-trigger": "change", "hx-swap": "none", "hx-sync": "closest form:replace"}
        for name in (*HINTED, "measure", "unit"):
            self.fields[name].widget.attrs.update(asks)
        found = self.hints()
        for name in HINTED:
            words = self.fields[name].help_text
            self.fields[name].help_text = format_html("{}{}", words, show_hints(name, found))

    def hints(self):
        """On what is typed, or on what is stored; none for an empty form."""
        if self.is_bound:
            return hints_on(self.data)
        return list(smart.of_definition(self.instance)) if self.instance.name else []

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        measure = MEASURES.get(cleaned.get("measure"))
        cleaned["unit"] = measure.unit if measure else cleaned.get("unit") or NUMBER
        value = cleaned.get("baseline_value")
        if value is not None and cleaned["unit"] == TEXT:
            self.add_error("baseline_value", _("The unit is a text. Write the baseline in words, below."))
        if value is not None and cleaned["unit"] == PERCENTAGE and value > 100:
            self.add_error("baseline_value", _("A percentage is at most 100."))
        if value is not None and not cleaned.get("baseline_on") and "baseline_on" not in self.errors:
            self.add_error("baseline_on", _("Write the day on which the baseline was measured."))
        return cleaned

    def save(self):
        return writing.save_definition(definition=self.instance)


class RevisionForm(DefinitionForm):
    """A later definition of an indicator, with its day and its reason. Periods before keep theirs."""

    class Meta(DefinitionForm.Meta):
        fields = [*DefinitionForm.Meta.fields, "reason", "is_dropped"]

    sections = (
        DefinitionForm.what,
        DefinitionForm.baseline,
        Section(
            _("The revision"),
            "valid_from",
            "reason",
            "is_dropped",
            intro=_("The reporting periods that end before this day keep the definition that held then."),
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True


def first_day(agreement):
    """From when a definition can hold: after what is handed in."""
    reported = writing.last_handed_in(agreement)
    return reported.ends_on + timedelta(days=1) if reported else agreement.starts_on


def hints_on(typed):
    """Hints on the answers of a form as they are typed."""
    measure = MEASURES.get(typed.get("measure"))
    definition = IndicatorDefinition(
        name=typed.get("name", "")[:500],
        source=typed.get("source", "")[:300],
        measure=measure.code if measure else "",
        unit=measure.unit if measure else typed.get("unit", NUMBER),
    )
    return list(smart.of_definition(definition))


def show_hints(name, hints, renews=False):
    """The hints beside a field, read out when they change. ``renews``: they take the place of those on the page."""
    lines = format_html_join("", "<p>{}</p>", ((hint.text,) for hint in hints if hint.field == name))
    swap = format_html(' hx-swap-oob="{}"', "true") if renews else ""
    return format_html('<div class="hints" id="hints-{}" aria-live="polite"{}>{}</div>', name, swap, lines)
