"""Backups: a file that only the holder of a secret key opens, tried out before it counts.

The format is age (age-encryption.org), so that a backup opens in many years with nothing but the tool of that name:
inside is a tar of the database, a manifest of every table, and the vault's signature of it. This machine knows public
keys alone: who takes it away reads no backup. Names and texts in it are still sealed by MRC_VAULT_KEYS.
"""

import io
import json
import os
import tarfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from mrc import audit_chain, erasures, vault
from mrc.dumping import BackupError, Contents, store

FORMAT = "mrc-backup-1"
PURPOSE = "backup"
MANIFEST, SIGNATURE, HELP = "manifest.json", "manifest.signature", "README.txt"
ERASURES = "erasures.log"
HELP_TEXT = """A backup of MRC cases. It is put back with: python manage.py restore FILE
Without the program: database.sqlite3 is a database of SQLite; database.pgdump is read by pg_restore.
Names and texts in it are encrypted with the keys in MRC_VAULT_KEYS (Fernet), which are not in here.
"""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``migrations``: the versions of the tables; ``digest``: SHA-256 of the copy."""

    made_at: str
    vendor: str
    digest: str
    migrations: list
    audit_head: str
    contents: Contents
    format: str = FORMAT

    def as_text(self):
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_text(cls, text):
        values = json.loads(text)
        return cls(**{**values, "contents": Contents(**values["contents"])})

    @property
    def rows(self):
        return sum(count for count, _digest in self.contents.tables.values())


# --- keys ------------------------------------------------------------------------------------------------------------


def new_key():
    """(what stands in MRC_BACKUP_RECIPIENTS, what is kept in a safe)"""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def recipients():
    if not settings.MRC_BACKUP_RECIPIENTS:
        raise BackupError(
            _("MRC_BACKUP_RECIPIENTS is not set. Make a key with: python manage.py backup --new-key (see README).")
        )
    try:
        return [pyrage.x25519.Recipient.from_str(key.strip()) for key in settings.MRC_BACKUP_RECIPIENTS]
    except pyrage.RecipientError as error:
        raise BackupError(_("MRC_BACKUP_RECIPIENTS must be public keys, age1…, separated by commas.")) from error


def identity_of(secret):
    try:
        return pyrage.x25519.Identity.from_str(secret.strip())
    except pyrage.IdentityError as error:
        raise BackupError(_("The key must be the secret one, AGE-SECRET-KEY-1….")) from error


# --- making ----------------------------------------------------------------------------------------------------------


def make(folder):
    """Write a backup into a folder and try it out; returns its path and its manifest. What is there stays there."""
    keys = recipients()
    erasures.begin()
    # For trying it out, and then forgotten: the secret key is not on this machine.
    own = pyrage.x25519.Identity.generate()
    path = Path(folder) / f"mrc-{timezone.now():%Y-%m-%dT%H%M%SZ}.age"
    partial = path.with_suffix(".partial")
    with TemporaryDirectory(prefix="mrc-backup-") as place, _new_file(partial) as file:
        packed = Path(place, "packed.tar")
        _pack(packed, *_copy(Path(place, store().file_name)))
        with open(packed, "rb") as source:
            pyrage.encrypt_io(source, file, [*keys, own.to_public()])
        file.flush()
        os.fsync(file.fileno())
        manifest = verify(partial, own)
        try:
            os.link(partial, path)  # unlike renaming, never over a file that is there
        except FileExistsError as error:
            raise BackupError(_("%(path)s is there already and was not touched.") % {"path": path}) from error
        _sync_folder(path.parent)
    return path, manifest


@contextmanager
def _new_file(path):
    """A file that nobody else reads, and that is gone afterwards."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise BackupError(
            _("%(path)s is there: another backup is being made, or one was cut short; then delete it.") % {"path": path}
        ) from error
    try:
        with open(descriptor, "wb") as file:
            yield file
    finally:
        path.unlink()


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(path):
    """Copy the database to this path; returns the path and the manifest."""
    head = audit_chain.heads_as_text()  # before the copy: all of it is in there
    contents = store().dump(path)
    connection.close()
    return path, Manifest(
        made_at=timezone.now().isoformat(timespec="seconds"),
        vendor=store().vendor,
        digest=vault.fingerprint_of_file(path),
        migrations=sorted(map(".".join, MigrationLoader(connection).applied_migrations)),
        audit_head=head,
        contents=contents,
    )


def _pack(packed, database, manifest):
    text = manifest.as_text()
    with tarfile.open(packed, "w", format=tarfile.PAX_FORMAT) as archive:
        signature = vault.sign(PURPOSE, text)
        for name, content in ((HELP, HELP_TEXT), (MANIFEST, text), (SIGNATURE, signature)):
            _add_text(archive, name, content)
        archive.add(database, arcname=database.name)
        _add_text(archive, ERASURES, erasures.text())


def _add_text(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content.encode())
    archive.addfile(member, io.BytesIO(content.encode()))


# --- opening ---------------------------------------------------------------------------------------------------------


@contextmanager
def opened(path, identity):
    """(manifest, path of the copy) of a backup, in a temporary folder. Raises BackupError for a file that was changed.

    Nothing of the file is believed before all of it is decrypted, and its manifest bears the signature of our vault.
    """
    with TemporaryDirectory(prefix="mrc-opened-") as place:
        _decrypt(path, identity, Path(place, "packed.tar"))
        try:
            with tarfile.open(Path(place, "packed.tar")) as archive:
                archive.extractall(place, filter="data")
            text, signature = (Path(place, name).read_text() for name in (MANIFEST, SIGNATURE))
        except (tarfile.TarError, OSError, UnicodeDecodeError) as error:
            raise BackupError(_("%(path)s is no backup of this program.") % {"path": path}) from error
        manifest = _believed(text, signature, path)
        database = Path(place, "database.sqlite3" if manifest.vendor == "sqlite" else "database.pgdump")
        if not database.is_file() or vault.fingerprint_of_file(database) != manifest.digest:
            raise BackupError(
                _("%(path)s was changed: the copy in it is not the one of its manifest.") % {"path": path}
            )
        yield manifest, database


def _decrypt(path, identity, to):
    try:
        source = open(path, "rb")  # noqa: SIM115  a missing file is another sentence than one that does not open
    except OSError as error:
        raise BackupError(_("%(path)s cannot be read: %(why)s") % {"path": path, "why": error.strerror}) from error
    with source, open(to, "wb") as target:
        try:
            pyrage.decrypt_io(source, target, [identity])
        except (pyrage.DecryptError, OSError) as error:
            sentence = (
                _("%(path)s was not made for this key.")
                if "No matching keys" in str(error)
                else _("%(path)s is no backup, or it was cut off or changed: nothing of it is used. (%(why)s)")
            )
            raise BackupError(sentence % {"path": path, "why": error}) from error


def _believed(text, signature, path):
    signed = vault.is_signed(PURPOSE, text, signature)
    if signed is None:
        raise BackupError(
            _("%(path)s needs a key that is not in MRC_VAULT_KEYS: add the key that was in use when it was made.")
            % {"path": path}
        )
    if not signed:
        raise BackupError(_("%(path)s was changed: its signature is wrong.") % {"path": path})
    manifest = Manifest.from_text(text)
    if manifest.format != FORMAT:
        raise BackupError(_("%(path)s is of a newer version of this program.") % {"path": path})
    return manifest


def verify(path, identity):
    """Put a backup back in a temporary place and compare every table with its manifest, which is returned."""
    with opened(path, identity) as (manifest, database):
        _require_vendor(manifest)
        if difference := manifest.contents.difference(store().contents_of(database)):
            raise BackupError(
                _("%(path)s does not give back what was copied: %(what)s.") % {"path": path, "what": difference}
            )
    return manifest


def _require_vendor(manifest):
    if manifest.vendor != store().vendor:
        raise BackupError(
            _("The backup is of %(theirs)s and DATABASE_URL is %(ours)s: set DATABASE_URL to a database of that kind.")
            % {"theirs": manifest.vendor, "ours": store().vendor}
        )


# --- putting back ----------------------------------------------------------------------------------------------------


def restore(path, identity, may_replace, *, without_erasures=False):
    """Put a backup in the place of the database, all or nothing; returns its manifest and its ledger of erasures.

    ``may_replace``: function that is asked, with the number of rows, whether what is there may go.
    ``without_erasures``: also where the ledger of erasures is lost.
    """
    with opened(path, identity) as (manifest, database):
        _require_vendor(manifest)
        _require_known_migrations(manifest)
        ledger = _ledger_in(database.parent)
        try:
            erasures.needed(ledger, may_be_missing=without_erasures)
        except erasures.LedgerError as error:
            raise BackupError(error) from error
        if (rows := rows_of_others()) and not may_replace(rows):
            raise BackupError(_("The database is not empty, and nothing was changed."))
        store().load(database)
        if difference := manifest.contents.difference(store().contents()):
            raise BackupError(_("Put back, but it differs from the backup: %(what)s.") % {"what": difference})
    return manifest, ledger


def _ledger_in(place):
    """The ledger of erasures that a backup carries; older ones carry none."""
    file = place / ERASURES
    return file.read_text() if file.is_file() else ""


def _require_known_migrations(manifest):
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(
            _("The backup is of a newer version of this program (%(what)s). Install that version and try again.")
            % {"what": ", ".join(unknown)}
        )


# Tables that are filled in a database to which nobody has added anything yet.
FILLED_BY_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "sqlite_sequence",
}


def rows_of_others():
    """How many rows of people, centres and records there are."""
    tables = store().contents().tables
    return sum(rows for name, (rows, _digest) in tables.items() if name.rpartition(".")[2] not in FILLED_BY_MIGRATIONS)
