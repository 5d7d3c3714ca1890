"""The XLSX export of all legal cases, against openpyxl (write-only) alone writing the same cells."""

import tempfile

from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from benchmarks.timing import compare
from legal_cases.models import LegalCase
from mrc.access import centre_scope
from mrc.demo.cast import DOMAIN
from mrc.models import Centre, User

ROUNDS = 3


def measure():
    coordinator = _coordinator_of_all()
    browser = Client()
    browser.force_login(coordinator)

    def program():
        response = browser.get(reverse("legal_cases:export"))
        if response.status_code != 200:
            raise SystemExit(f"Export: {response.status_code}")
        return b"".join(response)

    rows = _cells(program())
    with centre_scope(coordinator.active_centres):
        cases = LegalCase.objects.count()
    if len(rows) != cases + 1:
        raise SystemExit(f"The export has {len(rows) - 1} rows for {cases} cases.")

    def plain():
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
        with tempfile.TemporaryFile() as file:
            book.save(file)

    what = f"XLSX export of {cases:,} legal cases"
    yield compare(what, program, plain, rounds=ROUNDS, most=1.3)


def _coordinator_of_all():
    """The north's coordinator sees every centre, in this database that is made for measuring only."""
    user = User.objects.get(email=f"coordinator.north@{DOMAIN}")
    user.centres.set(Centre.objects.all())
    return user


def _cells(content):
    with tempfile.TemporaryFile() as file:
        file.write(content)
        book = load_workbook(file, read_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
