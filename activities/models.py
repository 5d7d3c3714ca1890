"""Activities: trainings, meetings, outreach, and who took part. Heads and names are reconciled, never added."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activities.querysets import ActivityQuerySet
from clients.models import ClientCard, ServiceReceived
from mrc import dates
from mrc.access import CentreOwned, Record, centre_manager
from mrc.models import Centre
from mrc.vault import EncryptedTextField


class Activity(Record):
    """Something a centre held for beneficiaries or for intermediaries, with the heads that were counted there."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("Training")
        MEETING = "meeting", _("Meeting")
        OUTREACH = "outreach", _("Outreach")
        OTHER = "other", _("Other")

    class Audience(models.TextChoices):
        """Section 1.2."""

        BENEFICIARIES = "beneficiaries", _("Beneficiaries")
        INTERMEDIARIES = "intermediaries", _("Intermediaries")

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    kind = models.CharField(_("kind of activity"), max_length=20, choices=Kind)
    audience = models.CharField(
        _("held for"),
        max_length=20,
        choices=Audience,
        default=Audience.BENEFICIARIES,
        help_text=_("Beneficiaries: migrants and their families. Intermediaries: officials, unions, employers."),
    )
    title = EncryptedTextField(_("title"), blank=False)
    topic = EncryptedTextField(_("topic"), max_length=1000, lines=2)
    place = EncryptedTextField(_("place"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), help_text=_("It counts in the period that contains its last day."))
    women = models.PositiveIntegerField(_("women"), null=True, blank=True)
    men = models.PositiveIntegerField(_("men"), null=True, blank=True)
    other = models.PositiveIntegerField(_("other/unknown"), null=True, blank=True)

    objects = centre_manager(ActivityQuerySet)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-ends_on", "-id"]
        indexes = [models.Index(fields=["centre", "ends_on"], name="activity_period")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="activity_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(women=None, men=None, other=None)
                | Q(women__isnull=False, men__isnull=False, other__isnull=False),
                name="activity_heads_of_all_or_none",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {dates.show_day(self.ends_on)}"

    def get_absolute_url(self):
        return reverse("activities:detail", args=[self.uid])

    @property
    def has_head_count(self):
        return self.women is not None

    @property
    def heads(self):
        """All heads, or None when they were not counted."""
        return self.women + self.men + self.other if self.has_head_count else None

    @property
    def days(self):
        """Its day, or its first and last day."""
        if self.starts_on == self.ends_on:
            return dates.show_day(self.ends_on)
        return str(dates.Period(self.starts_on, self.ends_on))

    @property
    def is_over(self):
        """Whether its last day has come: before, nobody has taken part."""
        return self.ends_on <= dates.today()


class Participant(CentreOwned):
    """A person with a client card who took part by name.

    ``service``: the training service that the participation is. Empty if that service of that day was recorded on the
    card by hand before, or was taken off the card by hand later.
    """

    centre_path = "activity__centre"
    audited_with = "activity"

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="participants", verbose_name=_("activity"))
    card = models.ForeignKey(ClientCard, models.PROTECT, related_name="participations", verbose_name=_("client card"))
    service = models.ForeignKey(
        ServiceReceived,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="participations",
        verbose_name=_("service received"),
    )

    objects = centre_manager(path="activity__centre")

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        permissions = [("import_participant", "Can import attendance lists")]
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["activity", "card"], name="one_participation_a_card")]
