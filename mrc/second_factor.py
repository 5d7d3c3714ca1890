"""The second factor: six digits of an authenticator app, or one of the recovery codes; whoever must have one.

The arithmetic of the codes (RFC 6238) is that of django-otp. Its tables keep secrets in clear, so these are our own:
the secret is encrypted, of a recovery code only the digest is kept, and no code opens the door twice.
"""

import base64
import io
import re
import secrets
import time
from urllib.parse import quote, urlencode

import qrcode
from django.conf import settings
from django.core import checks
from django.db import models, transaction
from django.utils import timezone
from django_otp.oath import TOTP
from qrcode.image.svg import SvgPathImage

from mrc import audit, vault
from mrc.access import ADMINISTRATOR, COORDINATOR, LEGAL_OFFICER, PROGRAMME_OFFICER

SECRET_BYTES = 20  # RFC 4226, section 4
STEPS_OF_TOLERANCE = 1  # phones whose clock is half a minute wrong
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10  # 80 bits of chance: a digest without a salt cannot be turned back
USUALLY = {LEGAL_OFFICER, COORDINATOR, PROGRAMME_OFFICER, ADMINISTRATOR}
Action = audit.AuditEvent.Action


class SecondFactor(models.Model):
    """The secret that a user shares with an authenticator app."""

    shared_because = "belongs to an account; holds nothing of a client"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    secret = vault.EncryptedTextField()
    last_step = models.BigIntegerField(default=-1, help_text="the half minute of the last code that was accepted")


class RecoveryCode(models.Model):
    """A code on paper, for when the phone is lost. It goes with its use."""

    shared_because = "belongs to an account; holds nothing of a client"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the code")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_digest_a_recovery_code")]


def is_required(user):
    """Whether this user must have a second factor: by role, and whoever opens the administration."""
    roles = set(user.role_names)
    if user.is_superuser or user.is_staff:
        roles.add(ADMINISTRATOR)
    return bool(roles & settings.SECOND_FACTOR)


def is_missing(user):
    return user.second_factor_at is None and is_required(user)


@checks.register(checks.Tags.security, deploy=True)
def check_setting(app_configs, **kwargs):
    """``check --deploy`` names the roles that could have a second factor by default and do not."""
    left_out = sorted(USUALLY - settings.SECOND_FACTOR)
    if not left_out:
        return []
    roles = ", ".join(left_out)
    return [
        checks.Warning(
            f"SECOND_FACTOR leaves out {roles}: a stolen passphrase alone opens what they may open.",
            hint="Take SECOND_FACTOR out of the environment, or name these roles in it.",
            id="mrc.W001",
        )
    ]


# --- setting up --------------------------------------------------------------------------------------------------


def new_secret():
    """A secret as one types it: 32 letters and digits (base 32)."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def in_fours(text):
    """The same text in groups that can be read out."""
    return " ".join(re.findall(".{1,4}", text))


def address_for_the_app(secret, user):
    """What the QR code says. The app on the phone names the site neutrally: others see the phone, too."""
    label = f"{settings.SITE_TITLE}:{user.email}"
    return f"otpauth://totp/{quote(label)}?{urlencode({'secret': secret, 'issuer': settings.SITE_TITLE})}"


def qr_code(text):
    """A picture as the address of an image (data:), so that the secret is in no file and no log."""
    picture = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(picture)
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()


@transaction.atomic
def set_up(user, secret, code):
    """Take this secret for the user if the code shows that the app has it. Returns new recovery codes, or None."""
    step = _step_of(secret, code, after=-1)
    if step is None:
        return None
    SecondFactor.objects.update_or_create(user=user, defaults={"secret": secret, "last_step": step})
    user.second_factor_at = timezone.now()
    user.save(update_fields=["second_factor_at"])
    audit.record(Action.FACTOR_SET_UP, user=user.pk)
    return new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user):
    """Fresh codes in place of the old ones; they can be shown now and never again."""
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower() for _n in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=vault.fingerprint(code)) for code in codes)
    audit.record(Action.RECOVERY_CODES_MADE, user=user.pk, codes=len(codes))
    return codes


@transaction.atomic
def remove(user):
    """For a lost phone. The user signs in with the passphrase alone and, if one is needed, sets up another."""
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    user.second_factor_at = None
    user.save(update_fields=["second_factor_at"])
    audit.record(Action.FACTOR_REMOVED, user=user.pk)


# --- asking ------------------------------------------------------------------------------------------------------


def accepts(user, typed):
    """Whether this is a code of the user's app or a recovery code. Either is used up by it."""
    typed = re.sub(r"[\s-]", "", typed).lower()
    is_right = _accepts_code(user, typed) if typed.isdecimal() else _accepts_recovery_code(user, typed)
    if not is_right:
        audit.record(Action.FACTOR_FAILED, user=user.pk)
    return is_right


def _accepts_code(user, typed):
    factor = SecondFactor.objects.filter(user=user).first()
    step = _step_of(factor.secret, typed, after=factor.last_step) if factor else None
    # Of two requests with one code that arrive together, the condition lets one pass.
    return step is not None and bool(SecondFactor.objects.filter(user=user, last_step__lt=step).update(last_step=step))


def _accepts_recovery_code(user, typed):
    with transaction.atomic():
        used, _kinds = RecoveryCode.objects.filter(user=user, digest=vault.fingerprint(typed)).delete()
        if used:
            audit.record(Action.RECOVERY_CODE_USED, user=user.pk, left=codes_left(user))
    return bool(used)


def codes_left(user):
    return RecoveryCode.objects.filter(user=user).count()


def _step_of(secret, code, after):
    """The half minute that a code belongs to, if it is right and later than the last one accepted; else None."""
    code = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    totp = TOTP(base64.b32decode(secret))
    totp.time = time.time()
    return totp.t() if totp.verify(int(code), STEPS_OF_TOLERANCE, after + 1) else None
