"""``manage.py import_cases FILE.xlsx --centre CODE [--dry-run]``: legal cases from a spreadsheet, all or nothing."""

from legal_cases.imports import CaseImporter
from mrc.import_command import ImportCommand


class Command(ImportCommand):
    help = "Import legal assistance records from a spreadsheet into a centre, all or nothing."
    importer = CaseImporter
    channel = "import_cases"
