"""Agreements, and the progress reports that are written under them. The tables of a report are computed, never stored,
until the report is submitted: then what was handed in is kept whole (SubmittedReport).
"""

import uuid
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from harvesting.models import Story
from mrc import dates
from mrc.access import AgreementOwned, AgreementRecord, Record, agreement_manager, centre_manager
from mrc.models import Centre, Organization, currency_choices
from mrc.vault import EncryptedTextField
from reports.publication_models import PublishedTables  # noqa: F401  a model of its own file
from reports.querysets import CaseStudyQuerySet


class ReportTables(models.Model):
    """No table of the database: carries the permissions on the report tables."""

    shared_because = "it has no rows"

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("view_tables", "Can see the report tables"),
            ("view_cell_records", "Can open the records behind a number"),
        ]


# --- agreements --------------------------------------------------------------------------------------------------


class Agreement(models.Model):
    """A service contract or implementation agreement: who is paid for which centres, and when reports are due.

    The head of Annex 5.
    """

    shared_because = "a contract names no client; pages offer a user the own agreements only (access.report_agreements)"

    class Rhythm(models.IntegerChoices):
        """Months that one report covers."""

        MONTHLY = 1, _("Every month")
        QUARTERLY = 3, _("Every quarter")
        HALF_YEARLY = 6, _("Every half year")
        YEARLY = 12, _("Every year")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=300)
    number = models.CharField(_("agreement number"), max_length=60, unique=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="agreements", verbose_name=_("implementing organization")
    )
    location = models.CharField(_("location"), max_length=200, blank=True)
    centres = models.ManyToManyField(
        Centre,
        related_name="agreements",
        verbose_name=_("centres covered"),
        help_text=_("Only people who belong to all of these centres see the reports, which add them up."),
    )
    starts_on = models.DateField(_("start date"))
    ends_on = models.DateField(_("end date"))
    total_value = models.DecimalField(
        _("total value"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, choices=currency_choices, blank=True)
    rhythm = models.PositiveSmallIntegerField(_("reports"), choices=Rhythm, default=Rhythm.QUARTERLY)
    days_until_due = models.PositiveSmallIntegerField(
        _("days until a report is due"),
        default=30,
        validators=[MaxValueValidator(365)],
        help_text=_("Counted from the last day of the period. Each due date can be changed below."),
    )
    sample_size = models.PositiveSmallIntegerField(
        _("interviews a centre and year"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many people are drawn for outcome harvesting."),
    )
    share_of_women = models.PositiveSmallIntegerField(
        _("of them women, at least (%)"), default=50, validators=[MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-starts_on", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="agreement_ends_after_it_starts",
                violation_error_message=_("The end date must be after the start date."),
            ),
            models.CheckConstraint(
                condition=Q(total_value=None, currency="") | (Q(total_value__isnull=False) & ~Q(currency="")),
                name="agreement_value_with_currency",
                violation_error_message=_("Give the total value and its currency, or neither."),
            ),
        ]

    def __str__(self):
        return f"{self.number} – {self.title}"

    def get_absolute_url(self):
        return reverse("reports:agreement_detail", args=[self.uid])

    @property
    def running(self):
        """From its start to its end."""
        return dates.Period(self.starts_on, self.ends_on)

    def is_running(self, day: date):
        return self.starts_on <= day <= self.ends_on


class ReportingPeriod(models.Model):
    """A period of an agreement for which a report is due. Made from the agreement's dates (reports/agreements.py)."""

    shared_because = "dates of a contract, kept by administrators"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="periods", verbose_name=_("agreement"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    due_on = models.DateField(_("report due on"))

    class Meta:
        verbose_name = _("reporting period")
        verbose_name_plural = _("reporting periods")
        ordering = ["agreement", "starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "starts_on"], name="one_reporting_period_a_start"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on"), due_on__gte=F("ends_on")),
                name="reporting_period_in_order",
                violation_error_message=_("A period ends after it starts, and its report is due after it ends."),
            ),
        ]

    def __str__(self):
        return str(self.period)

    @property
    def period(self):
        return dates.Period(self.starts_on, self.ends_on)

    @property
    def is_last(self):
        """Whether its report is the final one, with which all legal assistance records are submitted (section 3.2)."""
        return self.ends_on >= self.agreement.ends_on


# --- progress reports --------------------------------------------------------------------------------------------


class ProgressReport(AgreementRecord):
    """The technical progress report of one period (Annex 5): from the first text to its acceptance."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        ACCEPTED = "accepted", _("Accepted")

    WRITABLE = (State.DRAFT, State.RETURNED)

    agreement_path = "period__agreement"

    period = models.OneToOneField(
        ReportingPeriod, models.PROTECT, related_name="report", verbose_name=_("reporting period")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)

    objects = agreement_manager(path="period__agreement")

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["-period__starts_on", "-id"]
        permissions = [
            ("submit_progressreport", "Can submit a progress report"),
            ("decide_progressreport", "Can accept or return a progress report"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "returned", "accepted"]), name="progress_report_state"
            )
        ]

    def __str__(self):
        return f"{self.agreement.number}, {self.period}"

    def get_absolute_url(self):
        return reverse("reports:report_detail", args=[self.uid])

    @property
    def agreement(self):
        return self.period.agreement

    @property
    def is_writable(self):
        return self.state in self.WRITABLE


class ReportText(AgreementOwned):
    """One text of a report, saved by itself so that several people can write at the same time.

    ``key`` names the place: a section (``summary``), or a part of one (``indicator:<uid>``); reports/sections.py
    says which there are.
    """

    agreement_path = "report__period__agreement"
    audited_with = "report"

    report = models.ForeignKey(ProgressReport, models.PROTECT, related_name="texts")
    key = models.CharField(max_length=80, validators=[RegexValidator(r"^[a-z_]+(:[A-Za-z0-9_:-]+)?\Z")])
    text = EncryptedTextField(_("text"), max_length=20_000, lines=6)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = agreement_manager(path="report__period__agreement")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="one_text_a_place")]


class ReportStory(AgreementOwned):
    """An outcome harvesting story that a report tells in section 5."""

    agreement_path = "report__period__agreement"
    audited_with = "report"

    report = models.ForeignKey(ProgressReport, models.PROTECT, related_name="stories")
    story = models.ForeignKey(Story, models.PROTECT, related_name="reports")

    objects = agreement_manager(path="report__period__agreement")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "story"], name="a_story_once_a_report")]


class CaseStudy(Record):
    """A case study of an activity (section 4.2, Annex 6): those of activities that failed are as welcome."""

    PARTS = ("summary", "impact", "learning")

    class Result(models.TextChoices):
        WORKED = "worked", _("What worked")
        MIXED = "mixed", _("Worked in part")
        DID_NOT_WORK = "did_not_work", _("What did not work")

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    report = models.ForeignKey(ProgressReport, models.PROTECT, related_name="case_studies", editable=False)
    title = EncryptedTextField(_("title"), blank=False)
    result = models.CharField(_("about"), max_length=20, choices=Result, default=Result.WORKED)
    summary = EncryptedTextField(
        _("summary of activity"),
        blank=False,
        max_length=5000,
        lines=5,
        help_text=_("What was done and what it was intended to achieve."),
    )
    impact = EncryptedTextField(
        _("impact"),
        max_length=5000,
        lines=5,
        help_text=_("On the beneficiaries and intermediaries involved, positive and negative."),
    )
    learning = EncryptedTextField(
        _("learning"), max_length=5000, lines=5, help_text=_("What was learned from the activity.")
    )
    women = models.PositiveIntegerField(_("women"), default=0, help_text=_("How many women the case study is about."))
    men = models.PositiveIntegerField(_("men"), default=0)
    other = models.PositiveIntegerField(_("other/unknown"), default=0)

    objects = centre_manager(CaseStudyQuerySet)

    class Meta:
        verbose_name = _("case study")
        verbose_name_plural = _("case studies")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=["worked", "mixed", "did_not_work"]), name="case_study_result"
            )
        ]

    def __str__(self):
        return f"{self.get_result_display()} ({self.centre.code})"

    def get_absolute_url(self):
        return f"{self.report.get_absolute_url()}#case_studies"


class MajorAction(AgreementRecord):
    """An action required to improve results (Annex 5, section 9). It stays in every later report until it is done."""

    report = models.ForeignKey(
        ProgressReport, models.PROTECT, related_name="actions", editable=False, verbose_name=_("raised in")
    )
    text = EncryptedTextField(_("action"), blank=False, max_length=2000, lines=3)
    responsible = EncryptedTextField(_("responsible person"), help_text=_("A colleague or partner; never a client."))
    due_on = models.DateField(_("due on"), null=True, blank=True)

    agreement_path = "report__period__agreement"
    objects = agreement_manager(path="report__period__agreement")

    class Meta:
        verbose_name = _("major action")
        verbose_name_plural = _("major actions")
        ordering = ["pk"]

    def __str__(self):
        return str(self.uid)[:8]


class ActionStatus(AgreementOwned):
    """How far an action was when a report was written."""

    class Status(models.TextChoices):
        NOT_INITIATED = "not_initiated", _("Not initiated")
        INITIATED = "initiated", _("Initiated")
        ONGOING = "ongoing", _("Ongoing")
        COMPLETED = "completed", _("Completed")
        NOT_APPLICABLE = "not_applicable", _("No longer applicable")

    DONE = (Status.COMPLETED, Status.NOT_APPLICABLE)

    agreement_path = "report__period__agreement"
    audited_with = "action"

    action = models.ForeignKey(MajorAction, models.CASCADE, related_name="statuses")
    report = models.ForeignKey(ProgressReport, models.PROTECT, related_name="action_statuses")
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.NOT_INITIATED)

    objects = agreement_manager(path="report__period__agreement")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "report"], name="one_status_a_report")]


class NeverChanged(RuntimeError):
    """Something that was handed in was to be changed or deleted."""


class SubmittedReport(AgreementRecord):
    """What was handed in: all numbers and texts as they stood, with a digest; and what was decided about it.

    A corrected version is one more of these; the earlier ones stay.
    """

    class Decision(models.TextChoices):
        RETURNED = "returned", _("Returned")
        ACCEPTED = "accepted", _("Accepted")

    DECIDED_FIELDS = {"decision", "decided_at", "decided_by", "comment"}

    agreement_path = "report__period__agreement"
    audited_with = "report"

    report = models.ForeignKey(ProgressReport, models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("version"))
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    content = EncryptedTextField(
        max_length=10_000_000, editable=False, help_text="JSON, see reports/content.py; with the digest of members"
    )
    members = EncryptedTextField(max_length=100_000_000, editable=False, help_text="JSON, see reports/freezing.py")
    digest = models.CharField(_("digest"), max_length=64, help_text="SHA-256 of the content")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    comment = EncryptedTextField(_("comment"), max_length=5000, lines=4)

    objects = agreement_manager(path="report__period__agreement")

    class Meta:
        verbose_name = _("submitted report")
        verbose_name_plural = _("submitted reports")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_submission_a_number")]

    def __str__(self):
        return f"{self.report}, {self.number}"

    def save(self, *args, **kwargs):
        if self.pk and (set(self.changed_fields()) - self.DECIDED_FIELDS or self._loaded.get("decision")):
            raise NeverChanged("What was submitted is never changed; a correction is a new submission.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise NeverChanged("What was submitted is never deleted.")

    def clean(self):
        super().clean()
        if self.decision == self.Decision.RETURNED and not self.comment:
            raise ValidationError({"comment": _("Say what is to be changed before the report comes back.")})
