"""``manage.py rotate_vault_keys``: everything encrypted anew with the newest key, so that older keys can be taken away.

Put the new key first into MRC_VAULT_KEYS, restart the server, run this, take the older keys out, restart. What is done
stays done: stopped half-way, it goes on from there when it is run again.
"""

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from clients.models import ClientCard, Identity
from clients.services import index_identities
from legal_cases.models import GroupComplaint, Party
from legal_cases.services import name_hash, title_hash
from mrc import audit, erasures, vault
from mrc.access import every_centre

BATCH = 200
FILE = "sealed_"  # how the columns of encrypted files begin
# Columns that hold a keyed hash of what the record says, and how it is made.
HASHES = {Party: {"name_hash": name_hash}, GroupComplaint: {"title_hash": title_hash}}


class Command(BaseCommand):
    help = "Encrypts every encrypted value with the newest key of MRC_VAULT_KEYS and renews the keyed hashes."

    def handle(self, **options):
        with (
            every_centre("a vault key protects all centres"),
            audit.acting(None, "rotate_vault_keys"),
            audit.identities_opened(),
        ):
            try:
                for model in encrypted_models():
                    seen, renewed = rotate(model)
                    self.stdout.write(f"{model._meta.label}: {seen} records, {renewed} encrypted anew")
            except vault.VaultError as error:
                raise CommandError(
                    _("%(problem)s Put the key with which it was written back and run this again.") % {"problem": error}
                ) from error
            audit.vouch_with_newest_key()
            erasures.sign_anew()
        self.stdout.write(_("Everything opens with the newest key; the older ones can be taken out."))


def encrypted_models():
    """The models that have anything encrypted."""
    for label in settings.DOMAIN_APPS:
        yield from (model for model in apps.get_app_config(label).get_models() if encrypted_columns(model))


def encrypted_columns(model):
    """Names of the columns that hold encrypted texts and encrypted files."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, vault.EncryptedField)
        or (isinstance(field, models.BinaryField) and field.name.startswith(FILE))
    ]


def rotate(model):
    """(number of records, how many of them were encrypted anew)"""
    seen = renewed = 0
    last = None
    while True:
        with transaction.atomic():
            records = next_batch(model, last)
            renewed += renew(model, records)
        if not records:
            return seen, renewed
        seen, last = seen + len(records), records[-1].pk


def next_batch(model, last):
    """The next records by primary key, locked; each has the text that is stored in a column as ``stored_<name>``."""
    stored = {
        f"stored_{name}": Cast(name, models.TextField())
        for name in encrypted_columns(model)
        if isinstance(model._meta.get_field(name), vault.EncryptedField)
    }
    records = model.objects.order_by("pk").annotate(**stored).select_for_update(of=("self",))
    return list((records if last is None else records.filter(pk__gt=last))[:BATCH])


def renew(model, records):
    """Encrypt anew what an older key holds, and renew the hashes; returns how many records the former were."""
    columns = encrypted_columns(model)
    old = [record for record in records if not all(is_newest(record, name) for name in columns)]
    for record in old:
        for name in columns:
            if name.startswith(FILE):
                setattr(record, name, vault.seal_bytes(vault.unseal_bytes(getattr(record, name))))
    write(model, old, columns)
    if model is Identity:
        index_identities(ClientCard.objects.filter(identity__in=records))
    for column, make in HASHES.get(model, {}).items():
        renamed = [record for record in records if getattr(record, column) != make(record)]
        for record in renamed:
            setattr(record, column, make(record))
        write(model, renamed, [column])
    return len(old)


def is_newest(record, name):
    return vault.is_newest(getattr(record, name if name.startswith(FILE) else f"stored_{name}"))


def write(model, records, columns):
    """Write the columns, which encrypts texts with the newest key; one entry in the audit, not one a record."""
    for record in records:  # several times faster than bulk_update, whose statement grows with rows times columns
        values = {name: getattr(record, name) for name in columns}
        models.QuerySet(model).filter(pk=record.pk).update(**values)
    if records:
        audit.record(audit.AuditEvent.Action.CHANGE, model=model._meta.label, fields=columns, records=len(records))
