"""``manage.py import_cards FILE.xlsx --centre CODE [--dry-run]``: client cards from a spreadsheet, all or nothing."""

from clients.imports import CardImporter
from mrc.import_command import ImportCommand


class Command(ImportCommand):
    help = "Import client cards from a spreadsheet into a centre, all or nothing."
    importer = CardImporter
    channel = "import_cards"
