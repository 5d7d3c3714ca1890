"""Client cards (Annex 1): what is counted, and apart from it, encrypted, what names a person."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.querysets import ClientCardQuerySet, ServiceQuerySet
from mrc.access import CentreOwned, Record, centre_manager
from mrc.audit import require_open_identities
from mrc.choices import Gender, Sector, country_name
from mrc.models import Centre
from mrc.restricted import Restrictable
from mrc.vault import EncryptedDateField, EncryptedTextField


class BeneficiaryKind(models.TextChoices):
    """Section 1.2."""

    POTENTIAL_MIGRANT = "potential_migrant", _("Potential migrant")
    MIGRANT_WORKER = "migrant_worker", _("Migrant worker")
    RETURNED_MIGRANT = "returned_migrant", _("Returned migrant")
    FAMILY_MEMBER = "family_member", _("Family member")


class LegalPermissionPlan(models.TextChoices):
    """Annex 1 (3)."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("Unsure")


class ServiceCategory(models.TextChoices):
    """Annex 1 (4), the CLIENTS system."""

    COUNSELLING = "counselling", _("Counselling")
    LEGAL_ASSISTANCE = "legal_assistance", _("Legal assistance")
    INFORMATION_EDUCATION_TRAINING = (
        "information_education_training",
        _("Information, education and training"),
    )
    NETWORKING = "networking", _("Networking")
    UNION_MEMBERSHIP = "union_membership", _("Trade union or association membership")
    SKILLS_CERTIFICATION = "skills_certification", _("Skills certification")


class ClientCard(Restrictable, Record):
    """A person known to a centre, as far as the person is counted. The name is in Identity."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    reference = models.CharField(_("reference No."), max_length=30, unique=True, editable=False)
    registered_on = models.DateField(_("date of registration"), help_text=_("Day/month/year."))
    is_pseudonym = models.BooleanField(
        _("the name is a pseudonym"),
        default=False,
        help_text=_("Tick if the person does not wish to be identified. Needed without consent to keep personal data."),
    )
    gender = models.CharField(_("gender"), max_length=10, choices=Gender)
    birth_year = models.PositiveSmallIntegerField(
        _("year of birth"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2200)],
        help_text=_("Filled from the date of birth. Type it if only the year is known."),
    )
    nationality = models.CharField(_("nationality"), max_length=2, blank=True)
    ethnicity = models.CharField(_("ethnicity"), max_length=100, blank=True)
    native_language = models.CharField(_("native language"), max_length=100, blank=True)
    community_of_origin = EncryptedTextField(_("community of origin"), help_text=_("Village or district and province."))
    beneficiary_kind = models.CharField(_("kind of beneficiary"), max_length=20, choices=BeneficiaryKind, blank=True)
    heard_about = EncryptedTextField(_("how did you hear about the MRC"))
    destination_country = models.CharField(_("planned destination country"), max_length=2, blank=True)
    destination_city = models.CharField(_("planned destination city"), max_length=100, blank=True)
    sector = models.CharField(_("planned sector of work"), max_length=20, choices=Sector, default=Sector.UNKNOWN)
    legal_permission = models.CharField(
        _("plans to obtain legal permission for stay and work"),
        max_length=10,
        choices=LegalPermissionPlan,
        blank=True,
    )

    objects = centre_manager(ClientCardQuerySet)

    class Meta:
        verbose_name = _("client card")
        verbose_name_plural = _("client cards")
        ordering = ["-registered_on", "-id"]
        permissions = [
            ("import_clientcard", "Can import client cards"),
            ("export_clientcard", "Can export client cards"),
        ]
        indexes = [
            models.Index(fields=["centre", "-registered_on", "-id"], name="card_list"),
            models.Index(fields=["centre"], name="card_restricted", condition=models.Q(is_restricted=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(gender__in=Gender.values), name="card_gender"),
            models.CheckConstraint(condition=models.Q(sector__in=Sector.values), name="card_sector"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("clients:detail", args=[self.uid])

    def erased_after(self, moment):
        """The last Erasure of what names this person since that moment, or None."""
        return next((erasure for erasure in self.erasures.all() if erasure.at >= moment), None)

    @property
    def nationality_name(self):
        return country_name(self.nationality)

    @property
    def destination_country_name(self):
        return country_name(self.destination_country)


class Identity(CentreOwned):
    """What names a person, encrypted. May be absent; deleting it leaves every count as it was."""

    centre_path = "card__centre"
    audited_with = "card"

    card = models.OneToOneField(ClientCard, models.CASCADE, related_name="identity", verbose_name=_("client card"))
    name = EncryptedTextField(
        _("name"), help_text=_("As the person says it, in any script. One field, no surname needed.")
    )
    date_of_birth = EncryptedDateField(_("date of birth"), help_text=_("Day/month/year. Leave empty if not known."))
    address = EncryptedTextField(_("address"), max_length=500, lines=2)
    telephone = EncryptedTextField(_("telephone No."), max_length=100)
    email = EncryptedTextField(_("email"), max_length=254)
    safe_contact = EncryptedTextField(
        _("safe contact"), max_length=500, lines=2, help_text=_("When and how it is safe to call or write.")
    )
    emergency_name = EncryptedTextField(_("name of the contact"))
    emergency_relationship = EncryptedTextField(_("relationship"), max_length=100)
    emergency_address = EncryptedTextField(_("current address of the contact"), max_length=500, lines=2)
    emergency_telephone = EncryptedTextField(_("telephone No. of the contact"), max_length=100)
    emergency_email = EncryptedTextField(_("email of the contact"), max_length=254)

    objects = centre_manager(path="card__centre")

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")

    def __str__(self):
        return f"identity of {self.card_id}"

    @classmethod
    def from_db(cls, db, field_names, values):
        require_open_identities()
        return super().from_db(db, field_names, values)


class IdentityKey(CentreOwned):
    """A keyed hash under which an identity is found: a word of the name, the end of a telephone number, an e-mail."""

    centre_path = "card__centre"
    is_audited = False

    class Kind(models.TextChoices):
        NAME = "name", "name"
        TELEPHONE = "telephone", "telephone"
        EMERGENCY_TELEPHONE = "emergency", "emergency telephone"
        EMAIL = "email", "email"

    card = models.ForeignKey(ClientCard, models.CASCADE, related_name="identity_keys")
    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.BigIntegerField()

    objects = centre_manager(path="card__centre")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "kind", "card"], name="one_key_a_card")]


class Consent(CentreOwned):
    """What the person agreed to, one row for each purpose. Withdrawing keeps the row and its dates."""

    centre_path = "card__centre"
    audited_with = "card"

    class Purpose(models.TextChoices):
        KEEP_DATA = "keep_data", _("Keep personal data")
        FOLLOW_UP = "follow_up", _("Follow-up contact")
        REFERRAL = "referral", _("Share for a referral")
        STORY = "story", _("Use of the story")

    class How(models.TextChoices):
        WRITTEN = "written", _("Written")
        SPOKEN = "spoken", _("Spoken")
        THUMBPRINT = "thumbprint", _("Thumbprint")

    card = models.ForeignKey(ClientCard, models.CASCADE, related_name="consents", verbose_name=_("client card"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    given_on = models.DateField(_("given on"))
    how = models.CharField(_("how"), max_length=20, choices=How, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = centre_manager(path="card__centre")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "purpose"],
                condition=models.Q(withdrawn_on=None),
                name="one_consent_in_force_a_purpose",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_on=None) | models.Q(withdrawn_on__gte=models.F("given_on")),
                name="consent_withdrawn_after_given",
            ),
        ]


class Erasure(CentreOwned):
    """That what names a person was erased, when and why. What is counted stayed."""

    centre_path = "card__centre"
    is_audited = False  # the entry of the erasing itself tells of it

    class Why(models.TextChoices):
        REQUEST = "request", _("The person asked for it")
        WITHDRAWN = "withdrawn", _("The consent to keep personal data was taken back")
        EXPIRED = "expired", _("The time for which identities are kept was over")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    card = models.ForeignKey(ClientCard, models.PROTECT, related_name="erasures", verbose_name=_("client card"))
    why = models.CharField(_("why"), max_length=10, choices=Why)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("erased by")
    )

    objects = centre_manager(path="card__centre")

    class Meta:
        verbose_name = _("erasure of an identity")
        verbose_name_plural = _("erasures of the identity")
        ordering = ["-pk"]
        permissions = [
            ("view_readers", "Can see who has seen a person's record"),
            ("export_person", "Can export all that is stored about a person"),
        ]


class ServiceReceived(CentreOwned):
    """One contact: a service of one of the six CLIENTS categories that a person received on one day."""

    audited_with = "card"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    card = models.ForeignKey(ClientCard, models.PROTECT, related_name="services", verbose_name=_("client card"))
    category = models.CharField(_("type of service"), max_length=40, choices=ServiceCategory)
    received_on = models.DateField(_("date received"))
    staff_member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("staff member"),
    )
    note = EncryptedTextField(_("note"), max_length=2000)

    objects = centre_manager(ServiceQuerySet)

    class Meta:
        verbose_name = _("service received")
        verbose_name_plural = _("services received")
        ordering = ["-received_on", "-id"]
        indexes = [models.Index(fields=["centre", "received_on", "category", "card"], name="service_period")]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "category", "received_on"],
                name="one_contact_a_day",
                violation_error_message=_("This service is already recorded for this day."),
            ),
            models.CheckConstraint(condition=models.Q(category__in=ServiceCategory.values), name="service_category"),
        ]

    def __str__(self):
        return f"{self.get_category_display()} {self.received_on}"

    def get_absolute_url(self):
        """The page on which the service is shown: that of the client card."""
        return self.card.get_absolute_url()
