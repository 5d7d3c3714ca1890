"""``manage.py add_user EMAIL --role ROLE [--centre CODE ...]``, password from standard input."""

import sys
from getpass import getpass

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from mrc import audit
from mrc.access import ROLES
from mrc.accounts import open_account
from mrc.management.centres import find_centres
from mrc.management.commands.add_centre import sentences


class Command(BaseCommand):
    help = "Add a user. The password is read from standard input (one line)."

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=list(ROLES))
        parser.add_argument("--centre", action="append", default=[], metavar="CODE", help="may be given several times")
        parser.add_argument("--name", default="")

    def handle(self, *args, email, role, centre, name, **options):
        centres = find_centres(centre)
        with audit.acting(None, "add_user"):
            try:
                user = open_account(email=email, password=read_password(), role=role, centres=centres, name=name)
            except ValidationError as error:
                raise CommandError(sentences(error)) from error
        codes = ", ".join(centre.code for centre in centres)
        self.stdout.write(f"Added {user.email}, {ROLES[role]}{f' of {codes}' if codes else ''}.")


def read_password():
    """One line of standard input; on a terminal it is asked for and not shown."""
    password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("There is no password on standard input. Write it on one line.")
    return password
