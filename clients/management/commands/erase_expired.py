"""``manage.py erase_expired [--dry-run]``: erases the identities that were kept long enough. Run it every night.

It also erases again whom the ledger of erasures names and the database still knows.
"""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients import forgetting
from mrc import audit, dates
from mrc.erasures import LedgerError


class Command(BaseCommand):
    help = "Erases the identities whose time is over (see the centre in the administration); counts stay."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say which cards, and change nothing")

    def handle(self, *, dry_run, **options):
        with audit.acting(None, "erase_expired"):
            if not dry_run:
                self.erase_again()
            found = 0
            for card in forgetting.erase_expired(dates.today(), is_dry_run=dry_run):
                found += 1
                self.stdout.write(card.reference)
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:  # what was overwritten does not linger in the write-ahead log
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.stdout.write(
            ngettext("%(n)s identity would be erased.", "%(n)s identities would be erased.", found) % {"n": found}
            if dry_run
            else ngettext("%(n)s identity erased.", "%(n)s identities erased.", found) % {"n": found}
        )

    def erase_again(self):
        try:
            again = forgetting.erase_again("erase_expired")
        except LedgerError as error:
            raise CommandError(error) from error
        if again:
            self.stdout.write(_("Erased again, as the ledger of erasures says: %(n)s.") % {"n": again})
