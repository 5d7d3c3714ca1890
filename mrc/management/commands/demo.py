"""``manage.py demo``: a made-up region to look at, made once and in an empty database only."""

import argparse

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from mrc import dates
from mrc.access import ROLES
from mrc.demo import region
from mrc.demo.cast import PASSWORD, sign_ins

DEFAULT_CARDS = 400


def number_of_cards(text):
    if not text.isdecimal() or not 1 <= int(text) <= 2_000_000:
        raise argparse.ArgumentTypeError(_("write a whole number from 1 to 2000000, for example 400"))
    return int(text)


class Command(BaseCommand):
    help = "Makes demo centres, people of every role, client cards and legal cases, and prints how to sign in."

    def add_arguments(self, parser):
        parser.add_argument("--cards", type=number_of_cards, default=DEFAULT_CARDS, help="how many client cards")
        parser.add_argument("--seed", default="1", help="same seed, size and day: same data")

    def handle(self, *, cards, seed, **options):
        if region.is_there():
            self.stdout.write(_("The demo is already here; nothing was changed."))
        elif region.holds_other_records():
            raise CommandError(
                _(
                    "This database holds organizations, centres or users that the demo did not make, so nothing was "
                    "changed. Set DATABASE_URL to an empty database for the demo."
                )
            )
        else:
            region.make(cards=cards, seed=seed, today=dates.today(), tell=self.stdout.write)
            region.analyze()
        self.print_sign_ins()

    def print_sign_ins(self):
        rows = [(_("E-mail"), _("Password"), _("Role"), _("Centres"))]
        rows += [
            (person.email, PASSWORD, str(ROLES[person.role]), ", ".join(person.centres) or "–") for person in sign_ins()
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        self.stdout.write("\n" + _("Who can sign in:"))
        for row in rows:
            cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        self.stdout.write("\n" + second_factor_sentence() + "\n")


def second_factor_sentence():
    if not settings.SECOND_FACTOR:
        return _(
            "These sign-ins ask for no second factor, because SECOND_FACTOR is none here. Leave it out of the "
            "environment and of .env, as for real use, and every role but centre staff sets up an authenticator app."
        )
    roles = ", ".join(str(label) for role, label in ROLES.items() if role in settings.SECOND_FACTOR)
    return _("At the first sign-in these roles set up an authenticator app: %(roles)s.") % {"roles": roles}
