"""Organizations, centres and users, and what every app needs beside its records: reference counters, submissions."""

import uuid
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from mrc import vault
from mrc.access import CentreOwned
from mrc.audit import AuditEvent  # noqa: F401  a model of this app
from mrc.choices import countries, currencies
from mrc.second_factor import RecoveryCode, SecondFactor  # noqa: F401
from mrc.throttling import KnownBrowser, WrongTries  # noqa: F401


def country_choices():
    return list(countries("en").items())


def currency_choices():
    return [(code, f"{code} – {name}") for code, name in currencies().items()]


class Organization(models.Model):
    """An implementing partner that runs centres."""

    shared_because = "partners are named in reports and in the admin"

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("Government agency")
        TRADE_UNION = "trade_union", _("Trade union")
        CIVIL_SOCIETY = "civil_society", _("Civil society organization")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Centre(models.Model):
    """A migrant worker resource centre (MRC)."""

    shared_because = "it is the tenant; pages offer a user the own centres only"

    class Calendar(models.TextChoices):
        GREGORIAN = "gregorian", _("Gregorian")
        BUDDHIST = "buddhist", _("Buddhist era")

    code = models.CharField(
        _("code"),
        max_length=8,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9]{1,7}\Z", _("Two to eight capital letters and digits, first a letter."))
        ],
        help_text=_("Short and for ever: it is part of every reference number, for example PNH."),
    )
    name = models.CharField(_("name"), max_length=200)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="centres", verbose_name=_("organization")
    )
    country = models.CharField(_("country"), max_length=2, choices=country_choices)
    place = models.CharField(_("place"), max_length=200, blank=True)
    currency = models.CharField(
        _("local currency"),
        max_length=3,
        choices=currency_choices,
        default="USD",
        help_text=_("Offered first for amounts."),
    )
    calendar = models.CharField(
        _("calendar"),
        max_length=10,
        choices=Calendar,
        default=Calendar.GREGORIAN,
        help_text=_("For showing and typing dates. Both eras are understood wherever a date is typed."),
    )
    months_kept = models.PositiveSmallIntegerField(
        _("months until an identity is erased"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_(
            "Counted from the last service, or from the registration if that is later. An open legal case or an "
            "interview still to be held this year keeps the identity until it is done. What is counted stays for ever."
        ),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Nobody sees or enters records of a centre that is not active."),
    )

    class Meta:
        verbose_name = _("centre")
        verbose_name_plural = _("centres")
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} – {self.name}"


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email, password=None, **fields):
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username):
        return self.get(email=username.strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, by e-mail. The role is a group; the centres say whose records are meant."""

    shared_because = "accounts are managed in the admin; they hold nothing of a client"

    email = models.EmailField(_("e-mail"), unique=True, help_text=_("Used to sign in."))
    name = models.CharField(_("name"), max_length=150, blank=True)
    centres = models.ManyToManyField(
        Centre,
        verbose_name=_("centres"),
        blank=True,
        related_name="users",
        help_text=_("Whose records this person works with or, for programme officers, whose numbers."),
    )
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Switch off instead of deleting."))
    date_joined = models.DateTimeField(_("added"), auto_now_add=True)
    second_factor_at = models.DateTimeField(_("second factor since"), null=True, editable=False)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_in_any_case",
                violation_error_message=_("There is a user with this e-mail."),
            )
        ]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return str(self)

    get_short_name = get_full_name

    def _get_session_auth_hash(self, secret=None):
        """What a session must still fit to: whatever changes here ends the sessions of before."""
        marks = [
            self.password,
            *sorted(self.role_names),
            *sorted(str(centre.pk) for centre in self.active_centres),
            str((self.is_staff, self.is_superuser, self.second_factor_at)),
        ]
        return salted_hmac("mrc.User.session", "\0".join(marks), secret=secret, algorithm="sha256").hexdigest()

    def clean(self):
        super().clean()
        self.email = self.email.strip().lower()

    @cached_property
    def role_names(self):
        """The roles of this user (names of groups)."""
        return {group.name for group in self.groups.all()}

    @cached_property
    def active_centres(self):
        return list(self.centres.filter(is_active=True).select_related("organization"))

    @property
    def writes_buddhist_era(self):
        """Whether every centre of this user keeps its dates in the Buddhist era."""
        return bool(self.active_centres) and all(
            centre.calendar == Centre.Calendar.BUDDHIST for centre in self.active_centres
        )


class ReferenceCounter(CentreOwned):
    """The last number given in a series of reference numbers of a centre."""

    is_audited = False

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    series = models.CharField(max_length=20, help_text="for example 2026 or L2026")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["centre", "series"], name="one_counter_a_series")]


class Submission(CentreOwned):
    """A form that was saved, by the random token that the page carried: sending it twice makes one record."""

    is_audited = False

    token = models.UUIDField(primary_key=True, default=uuid.uuid4)
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    url = models.CharField(max_length=200, help_text="where the page of what was saved is")
    at = models.DateTimeField(auto_now_add=True)


class PendingImport(CentreOwned):
    """A spreadsheet between its preview and the decision to import it, encrypted; of use to who uploaded it only."""

    is_audited = False  # the import itself is; this copy is gone within a day

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="+")
    uploaded_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    records = models.CharField(max_length=60, help_text="kind of record, for example clients.ClientCard")
    sealed_content = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)

    @property
    def content(self):
        return vault.unseal_bytes(self.sealed_content)
