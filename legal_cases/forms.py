"""The legal assistance record (Annex 2) on its pages: opening, editing, closing, reopening, a step of the history."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from legal_cases import services
from legal_cases.answers import ClosingAnswers, OpeningAnswers
from legal_cases.models import CaseEvent, GroupComplaint, LegalCase, Party
from mrc import dates
from mrc.fields import DayField, TextField, clean_text
from mrc.forms import NamesMissingMixin, Section, SectionedFormMixin, form_field

MOST_SUGGESTED = 300


class ComplaintForm(OpeningAnswers):
    """The complaint as typed in the browser, with the employer and the recruitment agency by name."""

    employer = TextField(
        label=_("Employer"), required=False, max_length=200, widget=forms.TextInput(attrs={"list": "employers"})
    )
    agency = TextField(
        label=_("Recruitment agency"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "agencies"}),
    )

    class Meta(OpeningAnswers.Meta):
        pass

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["subjects"].required = True
        for kind in Party.Kind.values:
            party = getattr(self.instance, kind)
            self.initial.setdefault(kind, party.name if party else "")
        if self.instance._state.adding:
            self.initial.setdefault("opened_on", dates.today())
        self.fields["opened_on"].help_text = _(
            "Leave empty if it is not known; the duration is then typed in when the case is closed."
        )

    def suggestions(self):
        """{id of a datalist: names} of employers and agencies of the form's centres, the newest first."""
        parties = self._of_centre(Party)
        return {
            "employers": [party.name for party in parties.filter(kind=Party.Kind.EMPLOYER)[:MOST_SUGGESTED]],
            "agencies": [party.name for party in parties.filter(kind=Party.Kind.AGENCY)[:MOST_SUGGESTED]],
        }

    def _of_centre(self, model):
        records = model.objects.order_by("-pk")
        return records.filter(centre=self.instance.centre_id) if self.instance.centre_id else records

    def take_parties(self, case):
        for kind in Party.Kind:
            name = self.cleaned_data[kind]
            setattr(case, kind, services.find_or_create_party(centre=case.centre, kind=kind, name=name))

    def get_sections(self):
        gender = ["gender"] if "gender" in self.fields else []
        return [
            self.first_section(),
            Section(
                _("1. Personal information"),
                *gender,
                ("nationality", "destination_country"),
                "sector",
                "legal_status",
            ),
            Section(_("2. Source of complaint"), "source", "source_other"),
            Section(_("3. Subject of the complaint (select all that apply)"), "subjects", "subjects_other"),
            Section(
                _("Employer and recruitment agency"),
                ("employer", "agency"),
                intro=_("Whom the complaint is about. Names that were typed before are offered."),
            ),
            Section(
                _("7. Total amount of financial compensation requested"),
                ("requested_amount", "requested_currency"),
                intro=self.amount_intro,
            ),
            Section(_("10. Remarks"), "remarks"),
        ]

    amount_intro = _("Leave empty if it is not known. That is not the same as 0.")

    def centre_row(self):
        return ["centre"] if "centre" in self.fields else []


class CaseForm(ComplaintForm):
    """Opening a case, from a client ``card`` or without one, and editing it."""

    group = TextField(
        label=_("Group complaint"),
        required=False,
        max_length=200,
        help_text=_("Title of a group complaint of this centre, if the case belongs to one."),
        widget=forms.TextInput(attrs={"list": "groups"}),
    )

    class Meta(ComplaintForm.Meta):
        pass

    def __init__(self, *args, card=None, initial=None, **kwargs):
        super().__init__(*args, initial={**profile_of(card), **(initial or {})}, **kwargs)

    def clean_group(self):
        title = self.cleaned_data["group"]
        if not title or not self.centre:
            return None
        group = services.find_group(centre=self.centre, title=title)
        if group is None:
            raise forms.ValidationError(
                _("There is no group complaint of this title in this centre. Open it first, or leave this empty."),
                code="group",
            )
        return group

    def problems(self):
        found = super().problems()
        case = self.instance
        if case.closed_on and case.opened_on and case.closed_on < case.opened_on:
            found["opened_on"] = _t("The case was closed on %(day)s. It cannot be opened after that.") % {
                "day": dates.show_day(case.closed_on)
            }
        return found

    def suggestions(self):
        groups = self._of_centre(GroupComplaint).only("title", "centre_id")[:MOST_SUGGESTED]
        return {**super().suggestions(), "groups": [group.title for group in groups]}

    def first_section(self):
        return Section("", *self.centre_row(), ("opened_on", "client"), "group")

    def save(self):
        case = self.instance
        case.client, case.group = self.cleaned_data["client"], self.cleaned_data["group"]
        self.take_parties(case)
        save = services.open_case if case._state.adding else services.change_case
        return save(case=case, subjects=self.cleaned_data["subjects"])


def profile_of(card):
    """What a client card says for Annex 2 (1)."""
    if card is None:
        return {}
    answers = {name: getattr(card, name) for name in ("gender", "nationality", "destination_country", "sector")}
    return {"client": card.reference, "centre": card.centre_id, **answers}


CLOSING_SECTIONS = (
    Section(_("5. Case resolved through"), "resolution", "dropped_reason"),
    Section(_("6. Remedy obtained for complainant (select all that apply)"), "remedies", "remedies_other"),
    Section(_("7. Total amount of financial compensation requested"), ("requested_amount", "requested_currency")),
    Section(
        _("8. Total amount of financial compensation awarded"),
        ("awarded_amount", "awarded_currency"),
        intro=_("Leave empty if it is not known. That is not the same as 0."),
    ),
    Section(_("9. Sanction applied to offender"), "sanction"),
    Section(_("10. Remarks"), "remarks"),
)
REQUIRED_TO_CLOSE = ("closed_on", "resolution", "remedies", "sanction")


class ClosingForm(ClosingAnswers):
    """Closing a case, or correcting the closing of a closed one. What an earlier closing said is offered."""

    class Meta(ClosingAnswers.Meta):
        pass

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in REQUIRED_TO_CLOSE:
            self.fields[name].required = True
        if not self.instance.is_closed:
            self.initial.update({"closed_on": dates.today(), **services.earlier_closing(self.instance)})
        if self.instance.opened_on:
            del self.fields["duration_months"]
        else:
            self.fields["duration_months"].required = True

    def is_closing(self):
        return True

    def get_sections(self):
        opened_on = self.instance.opened_on
        computed = _("Computed when you save: the completed months from %(day)s to the day of closing.")
        duration = (
            Section(
                _("4. Duration of the case (months)"),
                "closed_on",
                intro=computed % {"day": dates.show_day(opened_on)},
            )
            if opened_on
            else Section(_("4. Duration of the case (months)"), ("closed_on", "duration_months"))
        )
        return [duration, *CLOSING_SECTIONS]

    def save(self):
        return services.close_case(case=self.instance, remedies=self.cleaned_data["remedies"])


class ReopenForm(SectionedFormMixin, forms.ModelForm):
    """Why a closed case is taken up again."""

    on = DayField(label=_("Reopened on"))
    reason = TextField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    sections = (
        Section(
            "",
            "on",
            "reason",
            intro=_(
                "The case becomes open again and is no longer counted as closed. What the closing said is kept in the "
                "history and offered when the case is closed again."
            ),
        ),
    )

    class Meta:
        model = LegalCase
        fields = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", dates.today())

    def clean_on(self):
        on = self.cleaned_data["on"]
        closed_on = self.instance.closed_on
        if closed_on and on < closed_on:
            raise forms.ValidationError(
                _("The case was closed on %(day)s. It cannot be reopened before that."),
                params={"day": dates.show_day(closed_on)},
            )
        return on

    def save(self):
        return services.reopen_case(case=self.instance, on=self.cleaned_data["on"], reason=self.cleaned_data["reason"])


class CaseEventForm(NamesMissingMixin, forms.ModelForm):
    """A step of the history, in one line."""

    class Meta:
        model = CaseEvent
        fields = ("happened_on", "kind", "note", "next_due")
        formfield_callback = form_field

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.case = case
        self.initial.setdefault("happened_on", dates.today())
        self.fields["next_due"].past_only = False
        self.fields["kind"].choices = [
            ("", _("Choose")),
            *((kind.value, kind.label) for kind in CaseEvent.Kind if kind not in CaseEvent.AUTOMATIC),
        ]
        self.fields["note"].widget.attrs["rows"] = 1

    def save(self):
        return services.add_event(case=self.instance.case, **self.cleaned_data)


class FindForm(NamesMissingMixin, forms.Form):
    """A case by its exact reference number."""

    reference = TextField(label=_("Reference No."), max_length=40)

    def clean_reference(self):
        reference = clean_text(self.cleaned_data["reference"]).upper()
        self.case = LegalCase.objects.filter(reference=reference).only("uid").first()
        if self.case is None:
            raise forms.ValidationError(
                _("There is no case %(reference)s in your centres."), params={"reference": reference}
            )
        return reference
