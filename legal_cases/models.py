"""Legal assistance records (Annex 2): one complainant each, in a group complaint too, with their history."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import ClientCard
from legal_cases.querysets import CaseEventQuerySet, GroupComplaintQuerySet, LegalCaseQuerySet
from mrc import dates
from mrc.access import CentreOwned, Record, centre_manager
from mrc.choices import Gender, LegalStatus, Sector, country_name
from mrc.models import Centre
from mrc.restricted import Restrictable
from mrc.vault import EncryptedTextField


class ComplaintSource(models.TextChoices):
    """Annex 2 (2)."""

    MIGRANT_WORKER = "migrant_worker", _("Migrant worker")
    FAMILY_FRIEND = "family_friend", _("Family member or friend")
    NGO = "ngo", _("Non-governmental organization")
    TRADE_UNION = "trade_union", _("Trade union")
    GOVERNMENT = "government", _("Government agency")
    COMMUNITY_LEADER = "community_leader", _("Local community leader")
    OTHER = "other", _("Other (specify)")


class ComplaintSubject(models.TextChoices):
    """Annex 2 (3), select all that apply."""

    WAGES_WITHHELD = "wages_withheld", _("Wages withheld")
    WAGES_UNDERPAID = "wages_underpaid", _("Underpayment of wages")
    WAGES_BELOW_MINIMUM = "wages_below_minimum", _("Wages below legal minimum")
    LIVING_CONDITIONS = "living_conditions", _("Poor living conditions")
    SAFETY_HEALTH = "safety_health", _("Occupational safety and health concerns")
    EXCESSIVE_HOURS = "excessive_hours", _("Excessive work hours")
    LEAVE_REFUSED = "leave_refused", _("Unable to take leave")
    NO_REST_DAY = "no_rest_day", _("No rest day")
    BENEFITS_NOT_PROVIDED = "benefits_not_provided", _("Health or social benefits not provided")
    WORKPLACE_ACCIDENT = "workplace_accident", _("Workplace accident")
    SEXUAL_HARASSMENT = "sexual_harassment", _("Sexual harassment")
    PHYSICAL_ABUSE = "physical_abuse", _("Physical abuse")
    DOCUMENTS_RETAINED = "documents_retained", _("Retention of identification documents")
    TERMINATION = "termination", _("Termination of employment")
    DEPLOYMENT_DELAY = "deployment_delay", _("Delay in deployment")
    DOCUMENTS_NOT_PROVIDED = "documents_not_provided", _("Documents paid for not provided")
    FEES_OVERCHARGED = "fees_overcharged", _("Overcharging on fees")
    WAGE_DEDUCTIONS = "wage_deductions", _("Unlawful wage deductions")
    CONTRACT_SUBSTITUTION = "contract_substitution", _("Contract substitution")
    MISSING_PERSON = "missing_person", _("Missing persons")
    STRANDED_DETAINED = "stranded_detained", _("Stranded/detained in receiving country")
    FORCED_LABOUR = "forced_labour", _("Forced labour")
    OTHER = "other", _("Other (specify)")


class Resolution(models.TextChoices):
    """Annex 2 (5)."""

    COURT = "court", _("Court hearing")
    ADMINISTRATIVE = "administrative", _("Administrative process")
    INFORMAL = "informal", _("Informal mediation")
    DROPPED = "dropped", _("Case dropped (specify why)")


class Remedy(models.TextChoices):
    """Annex 2 (6), select all that apply."""

    COMPENSATION = "compensation", _("Monetary compensation")
    HIGHER_WAGES = "higher_wages", _("Higher wages")
    BETTER_WORKING_CONDITIONS = "better_working_conditions", _("Better working conditions")
    BETTER_LIVING_CONDITIONS = "better_living_conditions", _("Better living conditions")
    REINSTATEMENT = "reinstatement", _("Reinstatement to work")
    DEPLOYMENT = "deployment", _("Deployment to destination country")
    PERSON_LOCATED = "person_located", _("Missing person located")
    DOCUMENTS_RETURNED = "documents_returned", _("Return of identification documents")
    DOCUMENTS_PROVIDED = "documents_provided", _("Provision of identification documents")
    RETURNED_ORIGIN = "returned_origin", _("Return to country of origin")
    OTHER = "other", _("Other (specify)")
    NONE = "none", _("None")
    UNKNOWN = "unknown", _("Unknown")


class Sanction(models.TextChoices):
    """Annex 2 (9)."""

    PRISON = "prison", _("Prison sentence")
    ADMINISTRATIVE_PENALTY = "administrative_penalty", _("Administrative penalty")
    FINE = "fine", _("Monetary fine")
    WARNING = "warning", _("Warning")
    NONE = "none", _("None")
    UNKNOWN = "unknown", _("Unknown")


# Answers that stand alone (Annex 2 (6)).
EXCLUSIVE_REMEDIES = (Remedy.NONE, Remedy.UNKNOWN)


class Party(Record):
    """An employer or a recruitment agency that is complained of, shared by the cases of a centre."""

    class Kind(models.TextChoices):
        EMPLOYER = "employer", _("Employer")
        AGENCY = "agency", _("Recruitment agency")

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = EncryptedTextField(_("name"), blank=False)
    name_hash = models.BigIntegerField(editable=False, help_text="keyed hash of the name, to find it again")

    class Meta:
        verbose_name = _("employer or agency")
        verbose_name_plural = _("employers and agencies")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["centre", "kind", "name_hash"], name="one_party_a_name")]

    def __str__(self):
        return self.name


class GroupComplaint(Record):
    """A complaint that several people bring together; each of them has a record of their own."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    title = EncryptedTextField(
        _("title"), blank=False, help_text=_("Short, as you speak of it: “Unpaid wages, garment factory”.")
    )
    title_hash = models.BigIntegerField(editable=False, help_text="keyed hash of the title, to find it again")
    description = EncryptedTextField(_("description"), max_length=5000, lines=3)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)

    objects = centre_manager(GroupComplaintQuerySet)

    class Meta:
        verbose_name = _("group complaint")
        verbose_name_plural = _("group complaints")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["centre", "title_hash"], name="one_group_a_title")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("legal_cases:group_detail", args=[self.uid])


class LegalCase(Restrictable, Record):
    """The complaint of one person, from opening to closing."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    reference = models.CharField(_("reference No."), max_length=30, unique=True, editable=False)
    client = models.ForeignKey(
        ClientCard,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_cases",
        verbose_name=_("client card"),
    )
    group = models.ForeignKey(
        GroupComplaint,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("group complaint"),
    )
    gender = models.CharField(_("gender"), max_length=10, choices=Gender)
    nationality = models.CharField(_("nationality"), max_length=2, blank=True)
    destination_country = models.CharField(_("destination country"), max_length=2, blank=True)
    sector = models.CharField(_("sector of work"), max_length=20, choices=Sector, default=Sector.UNKNOWN)
    legal_status = models.CharField(_("legal status"), max_length=10, choices=LegalStatus, default=LegalStatus.UNKNOWN)
    source = models.CharField(_("source of complaint"), max_length=20, choices=ComplaintSource, blank=True)
    source_other = EncryptedTextField(_("other source: which?"))
    subjects_other = EncryptedTextField(_("other subject: which?"))
    employer = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("employer")
    )
    agency = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recruitment agency")
    )
    opened_on = models.DateField(_("opened on"), null=True, blank=True)

    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    duration_months = models.PositiveSmallIntegerField(
        _("duration (months)"),
        null=True,
        blank=True,
        help_text=_("Completed months from opening to closing."),
    )
    resolution = models.CharField(_("case resolved through"), max_length=20, choices=Resolution, blank=True)
    dropped_reason = EncryptedTextField(_("why was the case dropped?"), max_length=1000, lines=2)
    remedies_other = EncryptedTextField(_("other remedy: which?"))
    requested_amount = models.DecimalField(
        _("compensation requested"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    requested_currency = models.CharField(_("currency"), max_length=3, blank=True)
    awarded_amount = models.DecimalField(
        _("compensation awarded"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    awarded_currency = models.CharField(_("currency"), max_length=3, blank=True)
    sanction = models.CharField(_("sanction applied to offender"), max_length=30, choices=Sanction, blank=True)
    remarks = EncryptedTextField(_("remarks"), max_length=5000, lines=3)

    objects = centre_manager(LegalCaseQuerySet)

    class Meta:
        verbose_name = _("legal case")
        verbose_name_plural = _("legal cases")
        ordering = ["-id"]
        permissions = [
            ("close_legalcase", "Can close and reopen legal cases"),
            ("import_legalcase", "Can import legal cases"),
            ("export_legalcase", "Can export legal cases"),
        ]
        indexes = [
            models.Index(fields=["centre", "closed_on"], name="case_period"),
            models.Index(fields=["closed_on"], name="case_closed"),
            models.Index(fields=["centre", "-id"], name="case_list"),
            models.Index(fields=["centre"], name="case_restricted", condition=Q(is_restricted=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(gender__in=Gender.values), name="case_gender"),
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="case_sector"),
            models.CheckConstraint(condition=Q(legal_status__in=LegalStatus.values), name="case_legal_status"),
            models.CheckConstraint(condition=Q(source__in=["", *ComplaintSource.values]), name="case_source"),
            models.CheckConstraint(
                condition=Q(closed_on=None, duration_months=None, resolution="", sanction="")
                | Q(
                    closed_on__isnull=False,
                    duration_months__isnull=False,
                    resolution__in=Resolution.values,
                    sanction__in=Sanction.values,
                ),
                name="case_closed_with_its_answers",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")),
                name="case_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(requested_amount=None, requested_currency="")
                | (Q(requested_amount__gte=0) & ~Q(requested_currency="")),
                name="case_requested_amount_with_currency",
            ),
            models.CheckConstraint(
                condition=Q(awarded_amount=None, awarded_currency="")
                | (Q(awarded_amount__gte=0) & ~Q(awarded_currency="")),
                name="case_awarded_amount_with_currency",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("legal_cases:detail", args=[self.uid])

    def validate_constraints(self, exclude=None):
        """Nothing: rules.py says the same with the name of the field, without a query, and the database has its say."""

    @property
    def is_closed(self):
        return self.closed_on is not None

    @property
    def state(self):
        return _("Closed") if self.is_closed else _("Open")

    @property
    def nationality_name(self):
        return country_name(self.nationality)

    @property
    def destination_country_name(self):
        return country_name(self.destination_country)


class CaseSubject(CentreOwned):
    """One subject of a complaint; a complaint can have several."""

    centre_path = "case__centre"
    is_audited = False  # the entry of the case names its subjects

    case = models.ForeignKey(LegalCase, models.CASCADE, related_name="subjects")
    code = models.CharField(max_length=30, choices=ComplaintSubject)

    objects = centre_manager(path="case__centre")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="one_subject_a_case"),
            models.CheckConstraint(condition=Q(code__in=ComplaintSubject.values), name="case_subject"),
        ]


class CaseRemedy(CentreOwned):
    """One remedy obtained for the complainant; there can be several."""

    centre_path = "case__centre"
    is_audited = False

    case = models.ForeignKey(LegalCase, models.CASCADE, related_name="remedies")
    code = models.CharField(max_length=30, choices=Remedy)

    objects = centre_manager(path="case__centre")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "code"], name="one_remedy_a_case"),
            models.CheckConstraint(condition=Q(code__in=Remedy.values), name="case_remedy"),
        ]


class CaseEvent(CentreOwned):
    """A step in the history of a case, with the date by which the next one is due."""

    centre_path = "case__centre"
    audited_with = "case"

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        CONTACT = "contact", _("Contact with the complainant")
        NEGOTIATION = "negotiation", _("Talk with employer or agency")
        MEDIATION = "mediation", _("Mediation meeting")
        AUTHORITY = "authority", _("Complaint to an authority")
        HEARING = "hearing", _("Court hearing")
        PAYMENT = "payment", _("Payment received")
        OTHER = "other", _("Other")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")

    # The steps that the program writes itself.
    AUTOMATIC = (Kind.OPENED, Kind.CLOSED, Kind.REOPENED)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(LegalCase, models.CASCADE, related_name="events", verbose_name=_("case"))
    happened_on = models.DateField(_("date"))
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind)
    note = EncryptedTextField(_("note"), max_length=5000, lines=2)
    next_due = models.DateField(_("next step due on"), null=True, blank=True)
    closing = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="codes of the closing that a reopening took back, offered when the case is closed again",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = centre_manager(CaseEventQuerySet, path="case__centre")

    class Meta:
        verbose_name = _("case event")
        verbose_name_plural = _("case events")
        ordering = ["-happened_on", "-id"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.happened_on}"

    def clean(self):
        super().clean()
        if self.happened_on and self.happened_on > dates.today():
            raise ValidationError({"happened_on": _("This day is in the future. Check the year.")})
        if self.happened_on and self.next_due and self.next_due < self.happened_on:
            raise ValidationError({"next_due": _("The next step cannot be due before this one happened.")})
