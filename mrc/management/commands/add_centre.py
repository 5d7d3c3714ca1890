"""``manage.py add_centre CODE --name N --country CC [--organization O]``"""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from mrc import audit
from mrc.accounts import open_centre


class Command(BaseCommand):
    help = "Add a centre, with the currency and the calendar of its country."

    def add_arguments(self, parser):
        parser.add_argument("code", metavar="CODE", help="two to eight letters and digits, part of every reference")
        parser.add_argument("--name", required=True)
        parser.add_argument("--country", required=True, metavar="CC", help="two-letter code or name")
        parser.add_argument("--organization", default="", help="found by its name or made; default: the centre's name")

    def handle(self, *args, code, name, country, organization, **options):
        with audit.acting(None, "add_centre"):
            try:
                centre = open_centre(code=code, name=name, country=country, organization=organization)
            except ValidationError as error:
                raise CommandError(sentences(error)) from error
        self.stdout.write(
            f"Added {centre} ({centre.organization}), {centre.get_country_display()}, "
            f"{centre.currency}, {centre.get_calendar_display()} calendar."
        )


def sentences(error):
    """What is wrong, field by field, on one line each."""
    return "\n".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
