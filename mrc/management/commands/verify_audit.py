"""``manage.py verify_audit [--against FILE]``: whether the audit is as it was written; prints its head.

Run it every night and append what it prints to a file on another machine: ``--against`` that file finds entries that
were cut off the end, which nothing inside the database can tell.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mrc import audit_chain


class Command(BaseCommand):
    help = "Checks every entry of the audit, names the first that was changed, deleted, inserted or exchanged."

    def add_arguments(self, parser):
        parser.add_argument("--against", metavar="FILE", type=Path, help="what this command printed on earlier days")

    def handle(self, *, against, **options):
        earlier = self.read(against) if against else ""
        found = audit_chain.breaks() + audit_chain.breaks_against(earlier)
        if found:
            raise CommandError(
                _("The audit was tampered with, or the database is damaged. The first broken entry of each chain:\n")
                + "\n".join(map(str, found))
            )
        heads = audit_chain.heads()
        self.stdout.write(
            _("%(entries)s entries in %(chains)s chains, all as they were written.")
            % {"entries": sum(number for _lane, number, _digest in heads), "chains": len(heads)}
        )
        self.stdout.write(audit_chain.heads_as_text())

    def read(self, path):
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("%(path)s cannot be read: %(why)s") % {"path": path, "why": error}) from error
        if not any(audit_chain.heads_in(text)):
            raise CommandError(_("%(path)s holds no line that begins with audit-head.") % {"path": path})
        return text
