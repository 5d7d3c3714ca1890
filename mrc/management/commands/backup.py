"""``manage.py backup FOLDER``: the whole database into a new encrypted file there, tried out before it counts.

--new-key makes the pair of keys that this needs; --verify FILE tries a backup out again, with the secret key.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mrc import audit, backup
from mrc.backup import BackupError
from mrc.management.keys import read_backup_key


class Command(BaseCommand):
    help = "Write an encrypted backup of the whole database into a folder, and try it out."

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("folder", nargs="?", metavar="FOLDER", type=Path, help="where the new file is made")
        what.add_argument("--verify", metavar="FILE", type=Path, help="put a backup back in a temporary place, compare")
        what.add_argument("--new-key", action="store_true", help="print a new pair of keys and do nothing else")

    def handle(self, *, folder, verify, new_key, **options):
        try:
            if new_key:
                self.print_new_key()
            elif verify:
                self.tell(verify, backup.verify(verify, backup.identity_of(read_backup_key())))
            else:
                self.tell(*self.make(folder))
        except BackupError as error:
            raise CommandError(error) from error

    def make(self, folder):
        try:
            path, manifest = backup.make(folder)
        except OSError as error:
            raise CommandError(
                _("No backup was made in %(folder)s: %(why)s") % {"folder": folder, "why": error.strerror or error}
            ) from error
        with audit.acting(None, "backup"):
            audit.record(audit.AuditEvent.Action.EXPORT, records=manifest.rows)
        return path, manifest

    def tell(self, path, manifest):
        self.stdout.write(
            _("%(path)s: %(rows)s rows in %(tables)s tables as of %(when)s, put back and compared: all are the same.")
            % {
                "path": path,
                "rows": manifest.rows,
                "tables": len(manifest.contents.tables),
                "when": manifest.made_at,
            }
        )
        self.stdout.write(manifest.audit_head)

    def print_new_key(self):
        public, secret = backup.new_key()
        self.stdout.write(f"MRC_BACKUP_RECIPIENTS={public}")
        self.stdout.write(f"MRC_BACKUP_KEY={secret}")
        self.stderr.write(
            _(
                "The first line belongs into the environment of the server. The second opens every backup: print it, "
                "keep it in a safe with MRC_VAULT_KEYS, and keep it off the server."
            )
        )
