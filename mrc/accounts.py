"""Opening centres and accounts: the rules that the admin and the commands share."""

from babel.numbers import get_territory_currencies
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from mrc import audit
from mrc.access import ADMINISTRATOR, PROGRAMME_OFFICER, RECORD_ROLES, ROLES
from mrc.choices import country_code, currencies
from mrc.fields import clean_text
from mrc.models import Centre, Organization, User

# Roles that mean nothing without a centre.
ROLES_OF_CENTRES = RECORD_ROLES | {PROGRAMME_OFFICER}
BUDDHIST_ERA_COUNTRIES = {"TH"}


def usual_currency(country):
    """The currency in which amounts are most often given in this country (alpha-2 code)."""
    return next((code for code in get_territory_currencies(country) if code in currencies()), "USD")


def usual_calendar(country):
    return Centre.Calendar.BUDDHIST if country in BUDDHIST_ERA_COUNTRIES else Centre.Calendar.GREGORIAN


@transaction.atomic
def open_centre(*, code, name, country, organization=""):
    """A new centre with the currency and the calendar of its country. Raises ValidationError and changes nothing.

    ``country``: its ISO code or its name. ``organization``: a name, found or made; empty: the name of the centre.
    """
    iso_code = country_code(country)
    if iso_code is None:
        raise ValidationError(
            {"country": _("“%(text)s” is not a country. Write its name or its two-letter code.") % {"text": country}}
        )
    name, organization = _text("name", name), _text("organization", organization)
    centre = Centre(
        code=code.strip().upper(),
        name=name,
        country=iso_code,
        currency=usual_currency(iso_code),
        calendar=usual_calendar(iso_code),
        organization=_organization(organization or name),
    )
    centre.full_clean()
    centre.save()
    audit.record(audit.AuditEvent.Action.CREATE, centre_id=centre.pk, model=centre._meta.label)
    return centre


def _text(field, value):
    try:
        return clean_text(value)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def _organization(name):
    found = Organization.objects.filter(name__iexact=name).first()
    if found:
        return found
    organization = Organization(name=name)
    organization.full_clean()
    organization.save()
    audit.record(audit.AuditEvent.Action.CREATE, model=organization._meta.label, pk=organization.pk)
    return organization


@transaction.atomic
def open_account(*, email, password, role, centres=(), name=""):
    """A new account. ``centres``: instances. Raises ValidationError and changes nothing."""
    user = User(email=email.strip().lower(), name=_text("name", name), is_staff=role == ADMINISTRATOR)
    require_centres(role, centres)
    user.full_clean(exclude=["password"], validate_constraints=False)  # the e-mail is unique, and in small letters
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(password)
    user.save()
    user.centres.set(centres)
    give_role(user, role)
    audit.record(audit.AuditEvent.Action.CREATE, model=user._meta.label, pk=user.pk)
    return user


def require_centres(role, centres):
    """Raises ValidationError for a role that works with centres when there is none."""
    if role in ROLES_OF_CENTRES and not centres:
        raise ValidationError(
            {"centres": _("The role “%(role)s” needs at least one centre.") % {"role": ROLES[role]}}, code="required"
        )


def give_role(user, role):
    """The user's one role. Only administrators open the admin."""
    user.groups.set([Group.objects.get(name=role)])
    vars(user).pop("role_names", None)
    if user.is_staff != (role == ADMINISTRATOR or user.is_superuser):
        user.is_staff = not user.is_staff
        user.save(update_fields=["is_staff"])
