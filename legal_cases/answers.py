"""The two halves of the legal assistance record (Annex 2) as forms, read and checked the same wherever they are typed.

The pages inherit one half each (forms.py), a row of a spreadsheet both. What the answers must say together is in
rules.py.
"""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clients.models import ClientCard
from legal_cases import rules, services
from legal_cases.models import ComplaintSubject, LegalCase, Remedy
from mrc.choices import LegalStatus, Sector
from mrc.fields import AmountField, CountryField, CurrencyField, TextField
from mrc.forms import SectionedFormMixin, form_field

COUNTRIES = ("nationality", "destination_country")
CURRENCIES = ("requested_currency", "awarded_currency")
AMOUNTS = ("requested_amount", "awarded_amount")
RADIOS = ("gender", "legal_status", "source", "resolution", "sanction")
# A rule is silent while one of the answers that it compares could not be read.
COMPARES = {
    "source_other": ("source",),
    "subjects_other": ("subjects",),
    "remedies_other": ("remedies",),
    "dropped_reason": ("resolution",),
    "duration_months": ("opened_on", "closed_on"),
    "requested_currency": ("requested_amount",),
    "requested_amount": ("requested_currency",),
    "awarded_currency": ("awarded_amount",),
    "awarded_amount": ("awarded_currency",),
}


def case_field(db_field, **kwargs):
    """The form field of a column of LegalCase, as mrc/fields.py reads it."""
    kinds = dict.fromkeys(COUNTRIES, CountryField) | dict.fromkeys(CURRENCIES, CurrencyField)
    kinds |= dict.fromkeys(AMOUNTS, AmountField)
    name = db_field.name
    if name in kinds:
        return kinds[name](label=capfirst(db_field.verbose_name), required=False, help_text=db_field.help_text)
    if name in RADIOS:
        # Only the source can be left open on the paper form.
        unanswered = [("", _("Not recorded"))] if name == "source" else []
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name),
            choices=[*unanswered, *db_field.choices],
            widget=forms.RadioSelect,
            required=name == "gender",
            initial=db_field.get_default(),
            error_messages={"required": _("Choose one of these.")},
        )
    return form_field(db_field, **kwargs)


def references_in(text):
    """The reference numbers in a text, upper-cased, each once, in their order."""
    return list(dict.fromkeys(text.upper().replace(",", " ").replace(";", " ").split()))


def cards_by_reference(centre, references):
    """{reference: client card} of the cards of this centre."""
    cards = ClientCard.objects.filter(centre=centre, reference__in=references)
    return {card.reference: card for card in cards}


class CaseRecordForm(SectionedFormMixin, forms.ModelForm):
    """What all forms on a legal assistance record share: the centre, and the rules beside their fields.

    ``centres``: the query set from which a new record's centre is chosen; not needed if ``instance`` has one.
    """

    class Meta:
        model = LegalCase
        fields = ()
        formfield_callback = case_field

    def __init__(self, *args, centres=None, **kwargs):
        super().__init__(*args, **kwargs)
        if centres is None or self.instance.centre_id:
            return
        if len(centres) == 1:
            self.instance.centre = centres[0]
        else:
            choice = forms.ModelChoiceField(centres, label=_("Centre"), empty_label=_("Choose"))
            self.fields = {"centre": choice, **self.fields}

    @property
    def centre(self):
        """The centre of the record; None while it is not chosen."""
        chosen = getattr(self, "cleaned_data", {}).get("centre")
        return chosen or (self.instance.centre if self.instance.centre_id else None)

    def problems(self):
        """{field: sentence} of the rules that what is typed breaks together."""
        return rules.amounts(self.instance)

    def _post_clean(self):
        if self.centre:
            self.instance.centre = self.centre
        super()._post_clean()
        rules.set_duration(self.instance)
        for name, sentence in self.problems().items():
            if self.has_error(name, "required"):
                del self._errors[name]
            if not {name, *COMPARES.get(name, ())} & self._errors.keys():
                self.add_error(name if name in self.fields else None, sentence)

    def validate_unique(self):
        """Nothing that is typed here is unique."""


class OpeningAnswers(CaseRecordForm):
    """Annex 2 (1) to (3), (7) and (10): the complainant and the complaint. The client card is typed by reference."""

    client = TextField(
        label=_("Client card"),
        required=False,
        max_length=40,
        help_text=_("Reference No. of the complainant's card in this centre, if there is one."),
    )
    group = TextField(label=_("Group complaint"), required=False, max_length=200, help_text=_("Its title, if any."))
    subjects = forms.MultipleChoiceField(
        label=_("Subject of the complaint"),
        choices=ComplaintSubject.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta(CaseRecordForm.Meta):
        fields = (
            "gender",
            "nationality",
            "destination_country",
            "sector",
            "legal_status",
            "source",
            "source_other",
            "subjects_other",
            "opened_on",
            "requested_amount",
            "requested_currency",
            "remarks",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sector"].required = False
        if self.instance.pk:
            stored = set(self.instance.subjects.values_list("code", flat=True))
            self.initial["subjects"] = [code for code in ComplaintSubject.values if code in stored]
            self.initial["client"] = self.instance.client.reference if self.instance.client_id else ""
            self.initial["group"] = self.instance.group.title if self.instance.group_id else ""

    def clean_sector(self):
        return self.cleaned_data["sector"] or Sector.UNKNOWN

    def clean_legal_status(self):
        return self.cleaned_data["legal_status"] or LegalStatus.UNKNOWN

    def clean_client(self):
        """The card with this reference, or None."""
        reference = self.cleaned_data["client"].upper()
        if not reference or not self.centre:
            return None
        card = cards_by_reference(self.centre, [reference]).get(reference)
        if card is None:
            raise forms.ValidationError(
                _("There is no client card %(reference)s in this centre. Check the number, or leave it empty."),
                params={"reference": reference},
                code="card",
            )
        return card

    def problems(self):
        subjects = self.cleaned_data.get("subjects", [])
        return super().problems() | rules.opening(self.instance) | rules.subjects_of(self.instance, subjects)


class ClosingAnswers(CaseRecordForm):
    """Annex 2 (4) to (10): how the case ended."""

    remedies = forms.MultipleChoiceField(
        label=_("Remedy obtained for complainant"),
        choices=Remedy.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    duration_months = forms.IntegerField(
        label=_("Duration of the case (months)"),
        min_value=0,
        max_value=600,
        required=False,
        help_text=_("Completed months, because the opening date is not known."),
    )

    class Meta(CaseRecordForm.Meta):
        fields = services.CLOSING_FIELDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            stored = set(self.instance.remedies.values_list("code", flat=True))
            self.initial["remedies"] = [code for code in Remedy.values if code in stored]

    def is_closing(self):
        """Whether these are the answers of a closed case. In a row of a spreadsheet, the closing day says so."""
        return self.instance.is_closed or self.has_error("closed_on")

    def problems(self):
        rule = rules.closing if self.is_closing() else rules.not_closed
        return super().problems() | rule(self.instance, self.cleaned_data.get("remedies", []))
