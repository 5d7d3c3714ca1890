"""``manage.py progress_report --centre CODE [--centre CODE ...] --from DAY --to DAY --format F --output PATH``"""

import os
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from mrc import audit
from mrc.access import centre_scope
from mrc.dates import Period, parse_day
from mrc.exports import REPORT_FORMATS
from mrc.models import Centre
from reports.services import make_report, record_export

STANDARD_OUTPUT = "-"


class Command(BaseCommand):
    help = "Write the tables of Annex 5, section 4, and the services of one or more centres into a file."

    def add_arguments(self, parser):
        parser.add_argument("--centre", action="append", required=True, metavar="CODE", help="may be given repeatedly")
        parser.add_argument("--from", dest="start", required=True, metavar="YYYY-MM-DD", help="first day")
        parser.add_argument("--to", dest="end", required=True, metavar="YYYY-MM-DD", help="last day, included")
        parser.add_argument("--format", dest="file_format", required=True, choices=REPORT_FORMATS)
        parser.add_argument("--output", required=True, metavar="PATH", help="a file, or - for standard output")
        parser.add_argument("--by-gender", action="store_true", help="rows that count cases are by gender as well")

    def handle(self, *args, centre, start, end, file_format, output, by_gender, **options):
        period = Period(read_day("--from", start), read_day("--to", end))
        if period.end < period.start:
            raise CommandError(f"The period ends ({end}) before it begins ({start}).")
        centres = find_centres(centre)
        with centre_scope(centres), audit.acting(None, "progress_report"):
            report = make_report(centres=centres, period=period, by_gender=by_gender)
            content = REPORT_FORMATS[file_format].write(report)
            with transaction.atomic():
                record_export(report, file_format)
                self.write(content, output)

    def write(self, content, output):
        if output == STANDARD_OUTPUT:
            self.stdout.buffer.write(content)
            return
        try:
            write_whole(content, Path(output))
        except (OSError, ValueError) as error:
            raise CommandError(f"{output} cannot be written: {getattr(error, 'strerror', None) or error}.") from error


def find_centres(codes):
    """The centres in the order of their codes, each once."""
    centres = list(Centre.objects.filter(code__in=codes))
    missing = sorted(set(codes) - {centre.code for centre in centres})
    if missing:
        known = ", ".join(Centre.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no centre {', '.join(missing)}. Centres: {known}.")
    return centres


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
