"""What the commands ``import_cards`` and ``import_cases`` share."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from mrc import audit, cells, spreadsheets
from mrc.access import centre_scope
from mrc.imports import ChangedMeanwhile
from mrc.management.centres import find_centres
from mrc.spreadsheets import SpreadsheetRefused

ROWS_SHOWN = 10


class ImportCommand(BaseCommand):
    """Imports FILE into a centre: all or nothing. Problems stand on standard error, a line each."""

    importer = None  # subclass of mrc.imports.Importer
    channel = ""

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE.xlsx")
        parser.add_argument("--centre", required=True, metavar="CODE")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen and change nothing")

    def handle(self, *args, file, centre, dry_run, **options):
        [centre] = find_centres([centre])
        content = read_file(Path(file))
        with centre_scope([centre]), audit.acting(None, self.channel):
            importer = self.importer(centre)
            try:
                preview = importer.check(content, spreadsheets.COMMAND)
                self.refuse_problems(preview)
                if dry_run:
                    self.show(preview)
                    return
                importer.write(preview)
            except (SpreadsheetRefused, ChangedMeanwhile) as error:
                raise CommandError(str(error)) from error
        self.show_remarks(preview)
        self.stdout.write(f"Imported into {centre.code}: {counts(preview)}.")

    def refuse_problems(self, preview):
        for problem in preview.problems:
            self.stderr.write(str(problem))
        if preview.problems:
            number = len(preview.problems)
            raise CommandError(f"Nothing was imported: {number} problem{'s' if number > 1 else ''}.")

    def show(self, preview):
        self.show_remarks(preview)
        for row in preview.rows[:ROWS_SHOWN]:
            what = "new" if row.is_new else f"changes {', '.join(row.changes)}" if row.changes else "unchanged"
            self.stdout.write(f"Row {row.number}: {what}")
        if len(preview.rows) > ROWS_SHOWN:
            self.stdout.write(f"... and {len(preview.rows) - ROWS_SHOWN} more rows")
        self.stdout.write(f"Would import: {counts(preview)}. Nothing was changed.")

    def show_remarks(self, preview):
        for reason, number, where in preview.warnings_by_reason():
            more = f" and {number - len(where.split(', '))} more" if number > len(where.split(", ")) else ""
            self.stdout.write(f"Warning: {preview.sheet}!{where}{more}: {reason}")
        for cell, written, read in preview.eras:
            self.stdout.write(f"Buddhist era: {preview.sheet}!{cell}: {written} is read as {read}")
        for title, number, is_new in preview.groups:
            self.stdout.write(f"Group complaint ({'new' if is_new else 'known'}): {cells.shown(title)}: {number} rows")
        for title in preview.unread_sheets:
            self.stdout.write(f"Not read: sheet {title}")


def counts(preview):
    created, changed, unchanged = len(preview.created), len(preview.changed), len(preview.unchanged)
    return f"{created} created, {changed} changed, {unchanged} unchanged"


def read_file(path):
    """The content of the file; one byte more than is allowed is enough to refuse it."""
    try:
        with path.open("rb") as file:
            return file.read(spreadsheets.COMMAND.packed + 1)
    except FileNotFoundError:
        raise CommandError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise CommandError(f"{path} is a directory, not a spreadsheet.") from None
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
