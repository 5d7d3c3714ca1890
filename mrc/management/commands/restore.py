"""``manage.py restore FILE``: puts a backup into an empty database, all or nothing; --replace puts it over another.

The secret key is MRC_BACKUP_KEY of the environment, or one line of standard input.
"""

import sys
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients import forgetting
from mrc import audit, backup, erasures
from mrc.backup import BackupError
from mrc.dumping import store
from mrc.management.keys import read_backup_key


class Command(BaseCommand):
    help = "Put a backup into an empty database, all or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="also over what is there; asks for the name of the database"
        )

        parser.add_argument(
            "--without-erasures",
            action="store_true",
            help="also where the ledger of erasures is lost: who was erased after the backup comes back",
        )

    def handle(self, *, file, replace, without_erasures, **options):
        self.replace = replace
        try:
            key = backup.identity_of(read_backup_key())
            manifest, ledger = backup.restore(file, key, self.may_replace, without_erasures=without_erasures)
        except BackupError as error:
            raise CommandError(error) from error
        self.stdout.write(
            _("Put back: %(rows)s rows in %(tables)s tables as of %(when)s; all are those of the backup.")
            % {"rows": manifest.rows, "tables": len(manifest.contents.tables), "when": manifest.made_at}
        )
        self.migrate()
        self.erase_again(ledger)
        Session.objects.all().delete()
        with audit.acting(None, "restore"):
            audit.record(audit.AuditEvent.Action.IMPORT, records=manifest.rows, as_of=manifest.made_at)
        self.stdout.write(_("Everybody signs in again. The audit goes on from here:"))
        self.stdout.write(manifest.audit_head)

    def may_replace(self, rows):
        name = store().name
        if not self.replace:
            raise CommandError(
                _("%(name)s is not empty (%(rows)s rows), and nothing was changed. --replace puts the backup over it.")
                % {"name": name, "rows": rows}
            )
        self.stderr.write(
            _("All %(rows)s rows of %(name)s will be gone. To go on, type its name:") % {"name": name, "rows": rows}
        )
        if sys.stdin.readline().strip() != name:
            raise CommandError(_("That is not its name, and nothing was changed."))
        return True

    def erase_again(self, ledger):
        """Before anything else can be read: who was erased after the backup was made is erased again."""
        erasures.bring_in(ledger)
        erased = forgetting.erase_again("restore")
        self.stdout.write(
            ngettext("Erased again: %(n)s identity.", "Erased again: %(n)s identities.", erased) % {"n": erased}
        )

    def migrate(self):
        """What a newer version of the program has changed in the tables."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write(_("The backup is of an older version: its tables are brought up to date."))
            call_command("migrate", interactive=False, verbosity=0)
