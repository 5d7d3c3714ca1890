"""The client card as it is filled in (Annex 1), a service received, and the box to search for a person.

The card's form reads the page in the browser and a row of a spreadsheet: both accept and refuse the same.
"""

from django import forms
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import names, services
from clients.models import ClientCard, Consent, Identity, ServiceCategory, ServiceReceived
from mrc import dates
from mrc.choices import Sector
from mrc.fields import CountryField, DayField, TextField, YearField
from mrc.forms import CHOOSE, NOT_RECORDED, NamesMissingMixin, Section, SectionedFormMixin, form_field

# What is kept only with consent to keep personal data (DOMAIN, Consent).
NEEDS_CONSENT = tuple(name for name in services.IDENTITY_FIELDS if name != "name")
NOT_KEPT = _(
    "Without consent to keep personal data this cannot be kept. Leave it empty, or record that consent if it was given."
)
NOT_KEPT_BIRTH = _(
    "Without consent to keep personal data only the year of birth is kept. Write the year and leave the date empty, "
    "or record that consent if it was given."
)
NO_REAL_NAME = _(
    "Without consent to keep personal data only a pseudonym is kept. Say here that the name is one, or leave the name "
    "empty, or record that consent if it was given."
)
TAKEN_BACK_ON_THE_CARD = _(
    "The consent to keep personal data is taken back on the page of the card, which says what will be erased. Leave it "
    "as it was here, and take it back there."
)
FIRST_SERVICE = ("service_category", "service_received_on", "service_note")
FEWEST_DIGITS = 5  # of a telephone number


# The answers that are kept in the identity, as fields of a form.
IdentityAnswers = type(
    "IdentityAnswers",
    (forms.Form,),
    forms.fields_for_model(Identity, fields=services.IDENTITY_FIELDS, formfield_callback=form_field),
)


class CardForm(SectionedFormMixin, IdentityAnswers, forms.ModelForm):
    """A client card with its identity, its consents and, when it is new, the first service.

    ``centres``: where a new card may be kept; asked for only if there are several. An instance with an identity must
    be given inside ``audit.reading_identities``. ``user`` becomes the staff member of the first service.
    """

    centre = forms.ChoiceField(label=_("Centre"))
    nationality = CountryField(label=_("Nationality"), required=False)
    destination_country = CountryField(label=_("Which country are you planning to migrate to?"), required=False)
    birth_year = YearField(
        label=_("Year of birth"),
        required=False,
        help_text=_("Filled from the date of birth. Type it if only the year is known."),
    )
    consents = forms.MultipleChoiceField(
        label=_("The person agrees to"),
        choices=Consent.Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Explain each one and tick what the person agrees to. It can be withdrawn at any time."),
    )
    consent_on = DayField(label=_("Consent given on"), required=False)
    consent_how = forms.ChoiceField(
        label=_("Consent given how"), required=False, choices=[NOT_RECORDED, *Consent.How.choices]
    )
    service_category = forms.ChoiceField(
        label=_("Type of service"), required=False, choices=[CHOOSE, *ServiceCategory.choices]
    )
    service_received_on = DayField(label=_("Date received"), required=False)
    service_note = TextField(label=_("Note"), required=False, max_length=2000)

    class Meta:
        model = ClientCard
        fields = [
            "registered_on", "is_pseudonym", "gender", "birth_year", "nationality", "ethnicity", "native_language",
            "community_of_origin", "beneficiary_kind", "heard_about", "destination_country", "destination_city",
            "sector", "legal_permission",
        ]  # fmt: skip
        labels = {
            "heard_about": _("How did you hear about the MRC?"),
            "destination_city": _("Which city are you planning to migrate to?"),
            "sector": _("What sector are you planning to work in?"),
            "legal_permission": _("Do you plan to obtain legal permission for stay and work?"),
        }
        formfield_callback = form_field

    sections = (
        Section(
            _("Registration and consent"),
            ("centre", "registered_on"),
            "consents",
            ("consent_on", "consent_how"),
            intro=_("Ask before you write. Who does not wish to be identified gives a pseudonym or no name at all."),
        ),
        Section(
            _("1. Personal information"),
            ("name", "gender", "date_of_birth"),
            ("is_pseudonym", "birth_year"),
            ("address", "telephone", "ethnicity"),
            ("safe_contact", "email", "native_language"),
            ("community_of_origin", "nationality", "beneficiary_kind"),
            "heard_about",
        ),
        Section(
            _("2. Family or friend to contact in an emergency"),
            ("emergency_name", "emergency_relationship"),
            ("emergency_address", "emergency_telephone", "emergency_email"),
        ),
        Section(
            _("3. Migration plans"),
            ("destination_country", "destination_city"),
            ("sector", "legal_permission"),
        ),
        Section(
            _("4. Support services received"),
            ("service_category", "service_received_on"),
            "service_note",
            intro=_("The first service, if one was given today. More are added on the card."),
        ),
    )

    def __init__(self, data=None, *args, centres=(), user=None, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.centres = {centre.code: centre for centre in centres}
        self.user = user
        self.in_force = {}  # the consents that are in force before saving
        self.is_new = self.instance._state.adding
        for name in services.IDENTITY_FIELDS:  # a shared computer must not offer what was typed before
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["sector"].required = False
        if self.is_new:
            self._begin_new_card()
        else:
            self._begin_edit()

    def _begin_new_card(self):
        self.initial.setdefault("registered_on", dates.today())
        self.initial.setdefault("service_received_on", dates.today())
        self.fields["consent_on"].help_text = _("Empty: the date of registration.")
        if len(self.centres) == 1:
            del self.fields["centre"]
        else:
            self.fields["centre"].choices = [CHOOSE, *((code, str(centre)) for code, centre in self.centres.items())]

    def _begin_edit(self):
        for name in ("centre", *FIRST_SERVICE):
            del self.fields[name]
        self.fields["consent_on"].help_text = _("For what is ticked for the first time now. Empty: today.")
        identity = getattr(self.instance, "identity", None)
        stored = {name: getattr(identity, name) for name in services.IDENTITY_FIELDS} if identity else {}
        self.in_force = {one.purpose: one for one in self.instance.consents.all() if not one.withdrawn_on}
        self.initial = {**stored, **self.initial, "consents": list(self.in_force)}

    def get_sections(self):
        return [section.only(self.fields) for section in self.sections if section.only(self.fields).rows]

    def clean(self):
        # Constraints of the database that a form can break are checked here, without a query for each of them.
        self._clean_consent()
        self._clean_births()
        self._clean_contacts()
        if self.is_new:
            self.instance.centre = self._chosen_centre()
            self._clean_first_service()
        return self.cleaned_data

    def clean_sector(self):
        return self.cleaned_data["sector"] or Sector.UNKNOWN

    def _chosen_centre(self):
        if "centre" in self.fields:
            return self.centres.get(self.cleaned_data.get("centre"))
        return next(iter(self.centres.values()))

    def _clean_births(self):
        born, year = self.cleaned_data.get("date_of_birth"), self.cleaned_data.get("birth_year")
        registered = self.cleaned_data.get("registered_on")
        if born and registered and born > registered:
            self.add_error("date_of_birth", _("The date of birth is after the date of registration. Check both years."))
        elif year and registered and year > registered.year:
            self.add_error("birth_year", _("The year of birth is after the date of registration. Check both years."))
        if not born or "birth_year" in self.errors:
            return
        if year and year != born.year and (self.is_new or "birth_year" in self.changed_data):
            message = _("The date of birth is in another year. Correct one of them, or leave the year empty.")
            self.add_error("birth_year", message)
        else:
            self.cleaned_data["birth_year"] = born.year

    def _clean_contacts(self):
        for name in ("telephone", "emergency_telephone"):
            number = self.cleaned_data.get(name)
            if number and len(names.digits_of(number)) < FEWEST_DIGITS:
                message = _("A telephone number has at least %(count)s digits. Notes belong into “safe contact”.")
                self.add_error(name, message % {"count": FEWEST_DIGITS})
        for name in ("email", "emergency_email"):
            try:
                if self.cleaned_data.get(name):
                    validate_email(self.cleaned_data[name])
            except forms.ValidationError:
                self.add_error(name, _("This is not an e-mail address. One looks like name@example.org."))

    def _clean_consent(self):
        if "consents" in self.errors or Consent.Purpose.KEEP_DATA in self.cleaned_data["consents"]:
            return
        if Consent.Purpose.KEEP_DATA in self.in_force:
            self.add_error("consents", TAKEN_BACK_ON_THE_CARD)
        for name in NEEDS_CONSENT:
            if self.cleaned_data.get(name):
                self.add_error(name, NOT_KEPT_BIRTH if name == "date_of_birth" else NOT_KEPT)
        if self.cleaned_data.get("name") and not self.cleaned_data.get("is_pseudonym"):
            self.add_error("is_pseudonym", NO_REAL_NAME)

    def _clean_first_service(self):
        category, day = self.cleaned_data.get("service_category"), self.cleaned_data.get("service_received_on")
        if category and not day and "service_received_on" not in self.errors:
            self.add_error("service_received_on", _("Write the date on which the service was received."))
        if not category and self.cleaned_data.get("service_note") and "service_category" not in self.errors:
            self.add_error("service_category", _("Choose the type of service to which the note belongs."))

    def consents_after(self):
        """{purpose: (given_on, how)} as services.save_card takes it; those already in force keep their date."""
        first_day = self.cleaned_data["registered_on"] if self.is_new else dates.today()
        given = (self.cleaned_data.get("consent_on") or first_day, self.cleaned_data.get("consent_how") or "")
        kept = {purpose: (consent.given_on, consent.how) for purpose, consent in self.in_force.items()}
        return {purpose: kept.get(purpose, given) for purpose in self.cleaned_data["consents"]}

    def likely_duplicates(self):
        """Cards of the centre that may be this person; ``card.reasons`` says why."""
        return services.likely_duplicates(
            centre=self.instance.centre,
            name=self.cleaned_data.get("name") or "",
            birth_year=self.cleaned_data.get("birth_year"),
            telephone=self.cleaned_data.get("telephone") or "",
            exclude=self.instance,
        )

    @transaction.atomic
    def save(self):
        card = services.save_card(
            card=self.instance,
            identity={name: self.cleaned_data.get(name) for name in services.IDENTITY_FIELDS},
            consents=self.consents_after(),
        )
        if self.is_new and self.cleaned_data.get("service_category"):
            services.add_service(
                card=card,
                category=self.cleaned_data["service_category"],
                received_on=self.cleaned_data["service_received_on"],
                staff_member=self.user,
                note=self.cleaned_data["service_note"],
            )
        return card


class ServiceForm(NamesMissingMixin, forms.ModelForm):
    """One line: a service received."""

    class Meta:
        model = ServiceReceived
        fields = ["category", "received_on", "note"]
        formfield_callback = form_field

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("received_on", dates.today())
        self.fields["note"].widget = forms.TextInput(attrs={"autocomplete": "off"})

    def save_for(self, card, staff_member):
        """Whether the service was added; if it is there already, the form says so."""
        _service, is_new = services.add_service(card=card, staff_member=staff_member, **self.cleaned_data)
        if not is_new:
            self.add_error("received_on", _("This service is already recorded for this day. It counts once a day."))
        return is_new


class SearchForm(NamesMissingMixin, forms.Form):
    """The box to search for a person. It is posted: what is searched never stands in a URL."""

    q = TextField(
        label=_("Find a person"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        help_text=_("Name (whole words, any order), telephone number, e-mail or reference number."),
    )
