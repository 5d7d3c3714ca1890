"""``manage.py progress_report``: the report tables of some centres, or the whole report of a period of an agreement.

--centre CODE [--centre CODE ...] --from DAY --to DAY --format json|xlsx|docx|csv --output PATH [--by-gender]
--agreement NUMBER --from DAY --to DAY --format json|xlsx|docx --output PATH [--draft]
"""

import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from mrc import audit
from mrc.access import agreement_scope, centre_scope
from mrc.dates import Period, parse_day
from mrc.exports import REPORT_FORMATS
from mrc.management.centres import find_centres
from reports.content import latest_content, live_content
from reports.files import PROGRESS_FORMATS, record_progress_export
from reports.models import Agreement, ProgressReport
from reports.services import make_report, record_export

STANDARD_OUTPUT = "-"


class Command(BaseCommand):
    help = (
        "Write the tables of Annex 5, section 4, and the services of one or more centres into a file; "
        "or the whole progress report of an agreement, as it was submitted last."
    )

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--centre", action="append", metavar="CODE", help="tables; may be given repeatedly")
        what.add_argument("--agreement", metavar="NUMBER", help="the report of its period that has these days")
        parser.add_argument("--from", dest="start", required=True, metavar="YYYY-MM-DD", help="first day")
        parser.add_argument("--to", dest="end", required=True, metavar="YYYY-MM-DD", help="last day, included")
        parser.add_argument("--format", dest="file_format", required=True, choices=REPORT_FORMATS)
        parser.add_argument("--output", required=True, metavar="PATH", help="a file, or - for standard output")
        parser.add_argument("--by-gender", action="store_true", help="rows that count cases are by gender as well")
        parser.add_argument("--draft", action="store_true", help="the report as it stands now, also after submission")

    def handle(self, *args, centre, agreement, start, end, file_format, output, by_gender, draft, **options):
        period = Period(read_day("--from", start), read_day("--to", end))
        if period.end < period.start:
            raise CommandError(f"The period ends ({end}) before it begins ({start}).")
        with audit.acting(None, "progress_report"):
            if centre:
                refuse_if(draft, "--draft", "--centre")
                self.write_tables(find_centres(centre), period, file_format, output, by_gender)
            else:
                refuse_if(by_gender, "--by-gender", "--agreement")
                self.write_report(find_agreement(agreement), period, file_format, output, draft)

    def write_tables(self, centres, period, file_format, output, by_gender):
        with centre_scope(centres):
            report = make_report(centres=centres, period=period, by_gender=by_gender)
            content = REPORT_FORMATS[file_format].write(report)
            with transaction.atomic():
                record_export(report, file_format)
                self.write(content, output)

    def write_report(self, agreement, period, file_format, output, draft):
        if file_format not in PROGRESS_FORMATS:
            raise CommandError(f"A whole report is written as {', '.join(PROGRESS_FORMATS)}, not as {file_format}.")
        with centre_scope(agreement.centres.all()), agreement_scope([agreement]):
            report = find_report(agreement, period)
            content = (None if draft else latest_content(report)) or live_content(report)
            with transaction.atomic():
                record_progress_export(report, content, file_format)
                self.write(PROGRESS_FORMATS[file_format].write(content), output)

    def write(self, content, output):
        if output == STANDARD_OUTPUT:
            self.stdout.buffer.write(content)
            return
        try:
            write_whole(content, Path(output))
        except (OSError, ValueError) as error:
            raise CommandError(f"{output} cannot be written: {getattr(error, 'strerror', None) or error}.") from error


def find_agreement(number):
    agreement = Agreement.objects.filter(number=number).first()
    if agreement is None:
        known = ", ".join(Agreement.objects.values_list("number", flat=True)) or "none yet"
        raise CommandError(f"There is no agreement {number}. Agreements: {known}.")
    return agreement


def find_report(agreement, period):
    """The report of the reporting period with exactly these days, which somebody has begun."""
    found = agreement.periods.filter(starts_on=period.start, ends_on=period.end).first()
    if found is None:
        known = ", ".join(f"{one.starts_on} to {one.ends_on}" for one in agreement.periods.all()) or "none yet"
        raise CommandError(
            f"{agreement.number} has no reporting period from {period.start} to {period.end}. Periods: {known}."
        )
    report = ProgressReport.objects.select_related("period__agreement__organization").filter(period=found).first()
    if report is None:
        raise CommandError(
            f"The report from {period.start} to {period.end} is not begun yet, so there is nothing to write."
        )
    return report


def refuse_if(is_given, option, other):
    if is_given:
        raise CommandError(f"{option} cannot be given with {other}.")


def read_day(option, text):
    try:
        return parse_day(text)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from error


def write_whole(content, path):
    """Put the file in place when it is complete: who reads it meanwhile sees the old one or the new one."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a terminal; a folder refuses
        return
    path = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".progress_report.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_of(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode_of(path):
    """The mode of the file that is replaced, else what the umask leaves of 666."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
