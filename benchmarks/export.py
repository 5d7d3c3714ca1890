"""The XLSX export of 10,000 legal cases of one centre, against openpyxl (write-only) alone writing the same cells."""

import random
import tempfile
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from benchmarks.timing import compare
from clients.models import ClientCard
from legal_cases.models import LegalCase
from mrc import audit, dates
from mrc.access import centre_scope
from mrc.demo.answers import Turns
from mrc.demo.cases import CaseMaker
from mrc.demo.cast import CENTRES, DOMAIN
from mrc.demo.region import Place, analyze
from mrc.models import User

CASES = 10_000
ROUNDS = 3


def measure():
    user = User.objects.get(email=f"coordinator.pnh@{DOMAIN}")
    [centre] = user.active_centres
    with centre_scope([centre]):
        wanted = min(CASES, ClientCard.objects.count())
        _fill_up(Place(CENTRES[0], centre, user, user), wanted - LegalCase.objects.count())
        cases = LegalCase.objects.count()
    browser = Client()
    browser.force_login(user)

    def program():
        response = browser.get(reverse("legal_cases:export"))
        if response.status_code != 200:
            raise SystemExit(f"Export: {response.status_code}")
        return b"".join(response)

    rows = _cells(program())
    if len(rows) != cases + 1:
        raise SystemExit(f"The export has {len(rows) - 1} rows for {cases} cases.")

    def plain():
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
        with tempfile.TemporaryFile() as file:
            book.save(file)

    yield compare(f"XLSX export of {cases:,} legal cases", program, plain, rounds=ROUNDS, most=1.3)


def _fill_up(place, missing):
    """More cases than the demo gives one centre. They stay: this database is made for measuring and comes last."""
    today = dates.today()
    start = today - timedelta(days=1000)
    maker = CaseMaker(rng=random.Random(1), place=place, start=start, today=today, turns=Turns())
    for _number in range(missing):
        maker.alone()
    with audit.acting(None, "benchmark"):
        maker.write()
    analyze()


def _cells(content):
    with tempfile.TemporaryFile() as file:
        file.write(content)
        book = load_workbook(file, read_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
