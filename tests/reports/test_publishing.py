"""The page and the files of the version for publication: what is recognisable as hidden, and what is kept of it."""

import csv
import io
import json
from datetime import date
from urllib.parse import urlencode

import docx
import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc.access import centre_scope
from mrc.audit import AuditEvent
from mrc.dates import Period
from reports.models import PublishedTables
from tests.factories import make_closed_case
from tests.reports.questions import asked, make_every_answer, page_tables

PAGE = "/reports/publication/"
NOTE = "Numbers from 1 to 4, and others from which they could be worked out, are hidden. Hidden is not zero."
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def some_cases(in_a):
    """Sixteen cases of women: nine in fishing, one in agriculture, six in construction."""
    for sector, number in (("fishing", 9), ("agriculture", 1), ("construction", 6)):
        for _i in range(number):
            make_closed_case(in_a, gender="woman", sector=sector, requested_amount=10, requested_currency="USD")
    return in_a


def publish(browser, *centres, file_format="json", **more):
    response = browser.post(f"{PAGE}{file_format}/?{_query(asked(*centres, **more))}")
    assert response.status_code == 200
    return response


def _query(question):
    return urlencode(question, doseq=True)


def test_the_page_shows_what_may_be_published_and_publishes_nothing(some_cases, sign_in, coordinator):
    page = sign_in(coordinator).get(PAGE, asked(some_cases))
    tables = page_tables(page)
    rows = {heading: cells for heading, *cells in tables["sector"].rows}
    assert rows["Agriculture"] == ["hidden", "0", "0", "hidden", "hidden"]
    assert rows["Domestic work"] == ["0", "0", "0", "0", "0.0%"]
    assert rows["Total"][:4] == ["16", "0", "0", "16"]
    assert tables["compensation_requested"].rows[0] == ["US$", "160.00", "16"]
    assert '<a href="/reports/" aria-current="page">Report tables</a>' in page.content.decode()
    assert NOTE in page.content.decode() and "Not published yet." in page.content.decode()
    assert not any(table.links for table in tables.values())
    assert not PublishedTables.objects.exists()


def test_the_exact_page_leads_to_it_for_those_who_publish(some_cases, sign_in, coordinator, staff, programme_officer):
    for user, leads in ((coordinator, True), (programme_officer, True), (staff, False)):
        page = sign_in(user).get(reverse("reports:tables"), asked(some_cases)).content.decode()
        assert (f'href="{PAGE}?' in page) is leads
        assert sign_in(user).get(PAGE, asked(some_cases)).status_code == (200 if leads else 403)
        assert sign_in(user).post(f"{PAGE}csv/?{_query(asked(some_cases))}").status_code == (200 if leads else 403)


def test_every_file_says_hidden_and_holds_no_small_number(some_cases, sign_in, coordinator):
    browser = sign_in(coordinator)
    shown = page_tables(browser.get(PAGE, asked(some_cases, by_gender="on")))
    data = publish(browser, some_cases, by_gender="on").json()
    assert data["hidden"] == NOTE
    assert data["tables"]["sector"]["rows"]["agriculture"] == {
        "women": "hidden", "men": 0, "other": 0, "total": "hidden",
    }  # fmt: skip
    text = publish(browser, some_cases, file_format="csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert "hidden" in {line["value"] for line in lines}
    assert not {line["value"] for line in lines} & {"1", "2", "3", "4"}
    book = openpyxl.load_workbook(io.BytesIO(publish(browser, some_cases, file_format="xlsx", by_gender="on").content))
    cells = [cell.value for row in book.active.iter_rows() for cell in row if cell.number_format == "General"]
    assert "hidden" in cells and not {1, 2, 3, 4} & set(cells)
    assert f"Hidden numbers: {NOTE}" in cells
    document = docx.Document(io.BytesIO(publish(browser, some_cases, file_format="docx", by_gender="on").content))
    written = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    assert written == [[table.columns, *table.rows] for table in shown.values()]


@pytest.mark.parametrize("more", [{}, {"by_gender": "on"}], ids=["as printed in the annex", "by gender everywhere"])
def test_a_report_with_every_answer_is_published_without_a_small_number(in_a, sign_in, coordinator, more):
    make_every_answer(in_a, count=40)
    tables = publish(sign_in(coordinator), in_a, **more).json()["tables"]
    numbers = [
        value for table in tables.values() for line in [*table["rows"].values(), table.get("total", {})]
        for value in line.values()
    ]  # fmt: skip
    assert not {1, 2, 3, 4} & set(numbers)
    assert numbers.count("hidden") > 20 and sum(isinstance(value, int) and value > 4 for value in numbers) > 20


def test_a_download_is_kept_with_what_was_shown_and_is_in_the_audit(some_cases, sign_in, coordinator):
    publish(sign_in(coordinator), some_cases, file_format="xlsx")
    record = PublishedTables.objects.get()
    assert [record.period.start, record.period.end] == [date(2026, 7, 1), date(2026, 9, 30)]
    assert list(record.centres.all()) == [some_cases] and record.published_by == coordinator
    kept = json.loads(record.content)["legal_cases.LegalCase.closed_between"]
    assert kept["tables"]["sector"]["numbers"]["agriculture"] == {"men": 0, "other": 0}
    assert AuditEvent.objects.filter(action="export", centre_id=some_cases.pk, actor=coordinator).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM reports_publishedtables")
        assert "sector" not in cursor.fetchone()[0]


def test_publishing_again_gives_the_same_numbers_and_is_kept_once(some_cases, sign_in, coordinator):
    browser = sign_in(coordinator)
    first = publish(browser, some_cases)
    assert publish(browser, some_cases).content == first.content
    assert PublishedTables.objects.count() == 1
    assert "Published on" in browser.get(PAGE, asked(some_cases)).content.decode()
    publish(browser, some_cases, period=YEAR)
    assert publish(browser, some_cases).content == first.content


def test_a_correction_of_one_case_is_not_shown_beside_the_version_before(some_cases, sign_in, coordinator):
    browser = sign_in(coordinator)
    publish(browser, some_cases)
    make_closed_case(some_cases, gender="woman", sector="fishing")
    tables = publish(browser, some_cases).json()["tables"]
    assert tables["cases_closed"]["rows"]["all"]["women"] == "hidden"
    page = browser.get(PAGE, asked(some_cases))
    assert page_tables(page)["sector"].rows[0][1] == "hidden"


def test_what_somebody_else_published_is_considered_and_not_shown(
    some_cases, centre_b, sign_in, coordinator, two_centre_coordinator
):
    with centre_scope([centre_b]):
        for _i in range(2):
            make_closed_case(centre_b, gender="man", sector="seafood")
    alone = publish(sign_in(coordinator), some_cases).json()["tables"]
    both = publish(sign_in(two_centre_coordinator), some_cases, centre_b).json()["tables"]
    assert alone["cases_closed"]["total"]["total"] == 16
    assert both["cases_closed"]["total"] == dict.fromkeys(("women", "men", "other", "total"), "hidden")
    page = sign_in(coordinator).get(PAGE, asked(some_cases)).content.decode()
    assert "Published on" in page and "CNX" not in page


def test_nothing_is_published_of_a_centre_of_somebody_else(some_cases, sign_in, coordinator_b):
    response = sign_in(coordinator_b).post(f"{PAGE}json/?{_query(asked(some_cases))}")
    assert response.status_code == 404
    assert not PublishedTables.objects.exists()


def test_where_there_is_too_little_the_page_says_what_to_do_and_nothing_is_kept(in_a, sign_in, coordinator):
    for gender in ("woman", "man"):
        make_closed_case(in_a, gender=gender)
    browser = sign_in(coordinator)
    tables = publish(browser, in_a).json()["tables"]
    assert tables["cases_closed"]["total"]["total"] == "hidden" and tables["open_at_end"]["total"]["total"] == 0


@pytest.mark.parametrize("question", [{"from": "2026-09-30", "to": "2026-07-01"}, {"from": "yesterday"}])
def test_a_question_that_cannot_be_answered_publishes_nothing(some_cases, sign_in, coordinator, question):
    response = sign_in(coordinator).post(f"{PAGE}json/?{_query(asked(some_cases) | question)}")
    assert response.status_code == 422 and not PublishedTables.objects.exists()
    assert sign_in(coordinator).post(f"{PAGE}exe/?{_query(asked(some_cases))}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_versions(some_cases, sign_in, coordinator):
    browser = sign_in(coordinator)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE, asked(some_cases)).status_code == 200
        return len(captured)

    publish(browser, some_cases)
    few = queries()
    for month in (1, 2, 3):
        publish(browser, some_cases, period=Period(date(2026, month, 1), date(2026, month, 28)))
    assert queries() == few
