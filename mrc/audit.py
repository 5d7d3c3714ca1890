"""What is recorded on create, change, view and export, and by whom. Never a value: only which record and which fields.

An event is written in the transaction of what it tells, at the end of a chain (mrc/audit_chain.py) that shows whether
anything was changed or taken out later. Identities can be read only inside ``reading_identities``,
which writes its event first: if the event cannot be written, nothing is shown.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc import audit_chain

_actor = ContextVar("audit_actor", default=None)  # (user or None, channel)
_identities_open = ContextVar("identities_open", default=False)


class AppendOnly(RuntimeError):
    """Somebody tried to change or delete an entry of the audit."""


class IdentityClosed(RuntimeError):
    """An identity was loaded outside ``audit.reading_identities``."""


class AppendOnlyQuerySet(models.QuerySet):
    def _refuse(self, *args, **kwargs):
        raise AppendOnly("Audit entries are never changed and never deleted.")

    update = delete = bulk_update = update_or_create = _refuse

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        with transaction.atomic(using=self.db, savepoint=False):
            audit_chain.link(objs)
            return super().bulk_create(objs, *args, **kwargs)


class AuditEvent(models.Model):
    """One thing that somebody did: entered, changed, opened an identity, exported, imported, searched."""

    shared_because = "tells who did what in every centre; pages show it for records that are in scope"

    class Action(models.TextChoices):
        CREATE = "create", _("Entered")
        CHANGE = "change", _("Changed")
        DELETE = "delete", _("Deleted")
        VIEW_IDENTITY = "view_identity", _("Opened the identity")
        SEARCH = "search", _("Searched")
        IMPORT = "import", _("Imported")
        EXPORT = "export", _("Exported")
        ERASE = "erase", _("Erased the identity")
        LOOK_UP = "look_up", _("Looked up who has seen the record")
        SIGN_IN = "sign_in", _("Signed in")
        SIGN_OUT = "sign_out", _("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("Could not sign in")
        SIGN_IN_PAUSED = "sign_in_paused", _("Too many wrong tries to sign in")
        FACTOR_SET_UP = "factor_set_up", _("Second factor set up")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        FACTOR_FAILED = "factor_failed", _("Wrong code of the second factor")
        RECOVERY_CODE_USED = "recovery_code_used", _("Recovery code used")
        RECOVERY_CODES_MADE = "recovery_codes_made", _("New recovery codes")

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("who"),
    )
    channel = models.CharField(
        _("through"), max_length=40, editable=False, help_text=_("web, or the name of a command")
    )
    action = models.CharField(_("what"), max_length=20, choices=Action, editable=False)
    centre_id = models.BigIntegerField(_("centre"), null=True, editable=False)
    model = models.CharField(_("kind of record"), max_length=60, blank=True, editable=False)
    record = models.UUIDField(_("record"), null=True, editable=False)
    detail = models.JSONField(
        _("detail"), default=dict, editable=False, help_text=_("names of fields and counts; never a value")
    )
    lane = models.PositiveSmallIntegerField(_("chain"), editable=False)
    number = models.PositiveBigIntegerField(_("number in the chain"), editable=False)
    digest = models.CharField(max_length=64, editable=False, help_text="of this entry and of the digest before it")
    signature = models.CharField(max_length=80, editable=False, help_text="of the digest, by the vault")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["record", "-at"]), models.Index(fields=["centre_id", "-at"])]
        constraints = [models.UniqueConstraint(fields=["lane", "number"], name="one_entry_at_a_place_of_a_chain")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_action_display()} {self.model}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise AppendOnly("Audit entries are never changed.")
        with transaction.atomic(savepoint=False):
            audit_chain.link([self])
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly("Audit entries are never deleted.")


@contextmanager
def acting(user, channel):
    """Everything recorded inside is put down to this user (None for a command run by the machine's operator)."""
    token = _actor.set((user if user is not None and user.is_authenticated else None, channel))
    try:
        yield
    finally:
        _actor.reset(token)


def actor():
    """The user on whose behalf the code runs, or None."""
    return (_actor.get() or (None, ""))[0]


def event(action, *, centre_id=None, model="", record=None, **detail):
    """An event that is not saved yet."""
    user, channel = _actor.get() or (None, "unknown")
    return AuditEvent(
        actor=user,
        channel=channel,
        action=action,
        centre_id=centre_id,
        model=model,
        record=record,
        detail=detail,
    )


def record(action, **kwargs):
    """Write down one event, in the current transaction."""
    entry = event(action, **kwargs)
    entry.save()
    return entry


def record_many(events):
    AuditEvent.objects.bulk_create(events, batch_size=500)


def vouch_with_newest_key():
    """An entry at the end of every chain: the newest key vouches for all there is, and older keys can be taken away."""
    for lane, _number, _digest in audit_chain.heads():
        with transaction.atomic():
            audit_chain.wait_for_lane(lane)
            entry = event(AuditEvent.Action.CHANGE, model="mrc.AuditEvent")
            audit_chain.extend(lane, *audit_chain.head_of(lane), [entry])
            models.QuerySet(AuditEvent).bulk_create([entry])


@contextmanager
def reading_identities(cards, why):
    """The only place where identities of these client cards can be read; says so in the audit first.

    ``cards``: client cards that are already loaded. ``why``: a short code such as "card", "list", "export", "search".
    """
    record_many(
        event(
            AuditEvent.Action.VIEW_IDENTITY,
            centre_id=card.centre_id,
            model="clients.ClientCard",
            record=card.uid,
            why=why,
        )
        for card in cards
    )
    with identities_opened():
        yield


@contextmanager
def identities_opened():
    """Opens identities without an entry: for a caller that writes its own (an export of a thousand cards is one)."""
    token = _identities_open.set(True)
    try:
        yield
    finally:
        _identities_open.reset(token)


def require_open_identities():
    if not _identities_open.get():
        raise IdentityClosed("Read identities inside audit.reading_identities(cards, why).")


# --- signing in and out: receivers of the signals of django.contrib.auth, connected in mrc/apps.py -----------------


def signed_in(sender, request, user, **kwargs):
    with acting(user, "web"):
        record(AuditEvent.Action.SIGN_IN)


def signed_out(sender, request, user, **kwargs):
    if user is not None:
        with acting(user, "web"):
            record(AuditEvent.Action.SIGN_OUT)


def could_not_sign_in(sender, credentials, request=None, **kwargs):
    """Says whose account was meant, if there is one; never what was typed."""
    from django.contrib.auth import get_user_model

    meant = get_user_model().objects.filter(email=str(credentials.get("username", "")).strip().lower()).first()
    with acting(None, "web"):
        record(AuditEvent.Action.SIGN_IN_FAILED, **({"user": meant.pk} if meant else {}))
