"""Group complaints as forms: shared answers typed once, a record of its own for each complainant."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from legal_cases import rules, services
from legal_cases.answers import ClosingAnswers, cards_by_reference, references_in
from legal_cases.forms import CLOSING_SECTIONS, REQUIRED_TO_CLOSE, ComplaintForm
from legal_cases.models import GroupComplaint, LegalCase
from mrc import dates
from mrc.choices import Gender
from mrc.fields import TextField
from mrc.forms import Section, SectionedFormMixin, form_field

MOST_AT_ONCE = 500
ASK_FROM = 20  # more cases than this are opened only when their number was confirmed
COUNTS = {Gender.WOMAN: "women", Gender.MAN: "men", Gender.OTHER: "others"}


class GroupForm(SectionedFormMixin, forms.ModelForm):
    """What a group complaint is about."""

    class Meta:
        model = GroupComplaint
        fields = ("title", "description", "opened_on")
        formfield_callback = form_field

    def clean_title(self):
        return unused_title(self.cleaned_data["title"], self.instance.centre, self.instance)

    def save(self):
        self.instance.title_hash = services.title_hash(self.instance)
        self.instance.save()
        return self.instance


def unused_title(title, centre, group=None):
    """The title, unless another group complaint of the centre has it."""
    found = services.find_group(centre=centre, title=title) if centre else None
    if found and found != group:
        raise forms.ValidationError(
            _("There is already a group complaint of this title. Add complainants there, or change the title."),
            code="title",
        )
    return title


class ComplainantsForm(ComplaintForm):
    """Complainants of a group: how many without a client card, the cards of the others, and what all of them answer."""

    gender = client = None
    women = forms.IntegerField(label=_("Women"), min_value=0, max_value=MOST_AT_ONCE, required=False)
    men = forms.IntegerField(label=_("Men"), min_value=0, max_value=MOST_AT_ONCE, required=False)
    others = forms.IntegerField(label=_("Other/Unknown"), min_value=0, max_value=MOST_AT_ONCE, required=False)
    cards = TextField(
        label=_("Client cards"),
        required=False,
        max_length=MOST_AT_ONCE * 32,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Reference numbers of complainants who have a card in this centre, one on each line."),
    )
    confirmed = forms.IntegerField(widget=forms.HiddenInput, required=False)
    group = None
    amount_intro = _("For each complainant, not for the group together. Leave empty if it is not known.")

    class Meta(ComplaintForm.Meta):
        fields = tuple(name for name in ComplaintForm.Meta.fields if name != "gender")

    def __init__(self, *args, complaint=None, **kwargs):
        self.complaint = complaint
        super().__init__(*args, **kwargs)
        for name in COUNTS.values():
            self.fields[name].widget.attrs["class"] = "num"

    def first_section(self):
        return Section(
            _("Complainants"),
            ("women", "men", "others"),
            "cards",
            "opened_on",
            "confirmed",
            intro=_(
                "Each of them gets a record of their own with the answers below, which can differ later. Count those "
                "without a client card, and name the cards of the others."
            ),
        )

    def clean_cards(self):
        """The client cards that are named."""
        references = references_in(self.cleaned_data["cards"])
        if not references or not self.centre:
            return []
        found = cards_by_reference(self.centre, references)
        if missing := [reference for reference in references if reference not in found]:
            raise forms.ValidationError(
                _("There is no client card %(references)s in this centre. Check the numbers."),
                params={"references": ", ".join(missing[:20])},
                code="card",
            )
        cards = [found[reference] for reference in references]
        if again := self._already_in_group(cards):
            raise forms.ValidationError(
                _("%(references)s: already a complainant of this group. Take the number away."),
                params={"references": ", ".join(again[:20])},
                code="again",
            )
        return cards

    def _already_in_group(self, cards):
        if self.complaint is None:
            return []
        members = LegalCase.objects.filter(group=self.complaint, client__in=cards)
        return list(members.values_list("client__reference", flat=True))

    def clean(self):
        super().clean()
        genders, cards = self.genders(), self.cleaned_data.get("cards", [])
        total = len(genders) + len(cards)
        if self.errors.keys() & {*COUNTS.values(), "cards"}:
            return
        if not total:
            self.add_error("women", _t("Write how many complainants there are, or name their client cards."))
        elif total > MOST_AT_ONCE:
            message = _t("At most %(most)s cases can be opened at once; these are %(total)s.")
            self.add_error("women", message % {"most": MOST_AT_ONCE, "total": total})
        elif total > ASK_FROM and self.cleaned_data.get("confirmed") != total:
            self._ask(total)

    def _ask(self, total):
        """Have the number confirmed: the page that comes back carries it."""
        self.data = self.data.copy()
        self.data[self.add_prefix("confirmed")] = total
        genders = self.genders()
        counted = ", ".join(f"{genders.count(gender)} × {gender.label}" for gender in Gender if gender in genders)
        named = len(self.cleaned_data.get("cards", []))
        parts = [counted] if counted else []
        if named:
            parts.append(ngettext("%(n)s client card", "%(n)s client cards", named) % {"n": named})
        message = _t("This opens %(total)s cases (%(parts)s). If that is right, save again.")
        self.add_error(None, message % {"total": total, "parts": "; ".join(parts)})

    def genders(self):
        """One Gender for each complainant without a card."""
        return [gender for gender, name in COUNTS.items() for _n in range(self.cleaned_data.get(name) or 0)]

    def open_cases(self, group):
        self.take_parties(self.instance)
        return services.open_group_cases(
            group=group,
            shared=self.instance,
            subjects=self.cleaned_data["subjects"],
            genders=self.genders(),
            cards=self.cleaned_data["cards"],
        )

    def save(self):
        self.open_cases(self.complaint)
        return self.complaint


class GroupOpenForm(ComplainantsForm):
    """A new group complaint with its first complainants."""

    title = TextField(
        label=_("Title"), max_length=200, help_text=_("Short, as you speak of it: “Unpaid wages, garment factory”.")
    )
    description = TextField(
        label=_("Description"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    class Meta(ComplainantsForm.Meta):
        pass

    def clean_title(self):
        return unused_title(self.cleaned_data["title"], self.centre)

    def get_sections(self):
        group = Section(_("Group complaint"), *self.centre_row(), "title", "description")
        return [group, *super().get_sections()]

    def save(self):
        group = services.find_or_create_group(
            centre=self.instance.centre,
            title=self.cleaned_data["title"],
            description=self.cleaned_data["description"],
            opened_on=self.cleaned_data["opened_on"],
        )
        self.open_cases(group)
        return group


class GroupClosingForm(ClosingAnswers):
    """Several open cases of a group closed with the same answers; each can be corrected on its own afterwards."""

    cases = forms.MultipleChoiceField(
        label=_("Cases to close"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one case."),
            "invalid_choice": _("One of the cases was closed meanwhile, or is not of this group. Choose again."),
        },
    )

    class Meta(ClosingAnswers.Meta):
        pass

    def __init__(self, *args, open_cases, **kwargs):
        super().__init__(*args, **kwargs)
        self.open_cases = {str(case.uid): case for case in open_cases}
        self.fields["cases"].choices = [(uid, case_label(case)) for uid, case in self.open_cases.items()]
        self.initial.update({"cases": list(self.open_cases), "closed_on": dates.today()})
        for name in REQUIRED_TO_CLOSE:
            self.fields[name].required = True
        self.asks_duration = any(case.opened_on is None for case in open_cases)
        if not self.asks_duration:
            del self.fields["duration_months"]
        else:
            self.fields["duration_months"].help_text = _(
                "Completed months, for the cases whose opening date is not known. It is computed for the others."
            )

    def get_sections(self):
        duration = ("closed_on", "duration_months") if self.asks_duration else "closed_on"
        intro = _(
            "Each chosen record gets the answers below and can be corrected on its own later. Amounts are for each "
            "complainant; amounts and remarks that are left empty stay as each record says."
        )
        return [
            Section(_("Cases to close"), "cases", intro=intro),
            Section(_("4. Duration of the case (months)"), duration),
            *CLOSING_SECTIONS,
        ]

    def chosen(self):
        uids = self.cleaned_data.get("cases", [])
        return [case for uid, case in self.open_cases.items() if uid in uids]

    def answered(self, case):
        """The case with what is typed here; what is left empty stays as the record says."""
        for name in services.CLOSING_FIELDS:
            value = self.cleaned_data.get(name)
            if value not in (None, "") and not (name == "duration_months" and case.opened_on):
                setattr(case, name, value)
        rules.set_duration(case)
        return case

    def problems(self):
        found = rules.amounts(self.instance)
        remedies = self.cleaned_data.get("remedies", [])
        for case in self.chosen():
            for name, sentence in rules.closing(self.answered(case), remedies).items():
                found.setdefault(name, f"{case.reference}: {sentence}" if name == "closed_on" else sentence)
        return found

    def save(self):
        return services.close_cases(cases=self.chosen(), remedies=self.cleaned_data["remedies"])


def case_label(case):
    parts = [case.reference, case.get_gender_display(), case.client.reference if case.client_id else ""]
    if case.opened_on:
        parts.append(_t("opened on %(day)s") % {"day": dates.show_day(case.opened_on)})
    return " · ".join(part for part in parts if part)
