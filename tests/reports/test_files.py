"""The tables as files: every cell of the spreadsheet, the document, the CSV and the JSON equals the one on the page."""

import csv
import io
from decimal import Decimal

import docx
import openpyxl
import pytest
from django.urls import reverse

from legal_cases.models import GroupComplaint
from mrc.printed import show_number
from tests.factories import make_closed_case
from tests.reports.questions import CODES, asked, make_every_answer, page_tables, tables_of


@pytest.fixture
def full(in_a):
    make_every_answer(in_a, count=12)
    return in_a


def download(browser, file_format, centre, **more):
    response = browser.get(reverse("reports:download", args=[file_format]), asked(centre, **more))
    assert response.status_code == 200
    return response.content


def sheet_of(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert len(book.worksheets) == 1
    return book.active


def sheet_tables(sheet):
    """{caption: [[heading, values ...], ...]} of a sheet: a table is what has a frame, its caption stands above it."""
    tables, caption = {}, None
    for row in sheet.iter_rows():
        values = [cell.value for cell in row if cell.border.left.style]
        if not values:
            caption = row[0].value or caption
        else:
            tables.setdefault(caption, []).append(values)
    return tables


def as_shown(value):
    """A value of a cell as the page prints it. A share is between 0 and 1; openpyxl reads 1.0 as 1."""
    return value if isinstance(value, str) else show_number(value)


@pytest.mark.parametrize("more", [{}, {"by_gender": "on"}], ids=["as printed in the annex", "by gender everywhere"])
def test_every_cell_of_the_spreadsheet_equals_that_of_the_page(full, sign_in, coordinator, more):
    browser = sign_in(coordinator)
    page = page_tables(browser.get(reverse("reports:tables"), asked(full, **more)))
    sheet = sheet_of(download(browser, "xlsx", full, **more))
    written = sheet_tables(sheet)
    assert list(written) == [table.caption for table in page.values()]
    for table in page.values():
        headings, *rows = written[table.caption]
        assert [heading or "" for heading in headings] == table.columns
        shares = table.columns[-1].startswith("% of")
        shown = [
            [
                row[0],
                *(as_shown(Decimal(str(v)) if money(table, x) and v is not None else v) for x, v in enumerate(row[1:])),
            ]
            for row in rows
        ]
        if shares:
            shown = [[*cells[:-1], f"{row[-1]:.1%}"] for cells, row in zip(shown, rows, strict=True)]
        assert shown == table.rows, table.caption


def money(table, column):
    return table.columns[0] == "Currency" and column == 0


def test_numbers_are_numbers_and_amounts_have_two_places(full, sign_in, coordinator):
    rows = sheet_tables(sheet_of(download(sign_in(coordinator), "xlsx", full)))["Compensation requested (amounts)"]
    assert rows[0] == ["Currency", "Amount", "Cases"]
    assert isinstance(rows[1][1], (int, float)) and isinstance(rows[1][2], int)
    sheet = sheet_of(download(sign_in(coordinator), "xlsx", full))
    (cell,) = [cell for cell in sheet["A"] if cell.value == "US$"][:1]
    assert sheet.cell(cell.row, 2).number_format == "#,##0.00"


@pytest.mark.parametrize("more", [{}, {"by_gender": "on"}], ids=["as printed in the annex", "by gender everywhere"])
def test_every_cell_of_the_document_equals_that_of_the_page(full, sign_in, coordinator, more):
    browser = sign_in(coordinator)
    page = page_tables(browser.get(reverse("reports:tables"), asked(full, **more)))
    document = docx.Document(io.BytesIO(download(browser, "docx", full, **more)))
    captions = [text.text for text in document.paragraphs if text.style.name == "Heading 2"]
    written = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    assert dict(zip(captions, written, strict=True)) == {
        table.caption: [table.columns, *table.rows] for table in page.values()
    }
    assert all(table.rows[0]._tr.trPr.xpath("w:tblHeader") for table in document.tables)
    assert "PAGE" in document.sections[0].footer._element.xml


def test_the_json_equals_the_page(full, sign_in, coordinator):
    browser = sign_in(coordinator)
    page = page_tables(browser.get(reverse("reports:tables"), asked(full, by_gender="on")))
    tables = tables_of(browser, full)
    assert list(tables) == list(page) == CODES
    for code, table in tables.items():
        lines = list(table["rows"].values())
        if len(page[code].rows) > len(lines):
            lines.append(table["total"] if "total" in table else {"amount": "–", "cases": table["not_recorded"]})
        shown = [[str(value).replace(",", "") for value in row[1 : 1 + len(lines[0])]] for row in page[code].rows]
        assert shown == [[str(value) for value in line.values()] for line in lines], code


def test_the_csv_has_a_line_for_each_number_of_the_json(full, sign_in, coordinator):
    browser = sign_in(coordinator)
    lines = list(csv.DictReader(io.StringIO(download(browser, "csv", full).decode("utf-8-sig"))))
    written = {(line["table"], line["row"], line["column"]): line["value"] for line in lines}
    assert len(written) == len(lines)
    for code, table in tables_of(browser, full).items():
        for row, cells in table["rows"].items():
            for column, value in cells.items():
                assert written[code, row, column] == str(value)


def test_the_json_says_period_centres_and_units(full, sign_in, coordinator):
    response = sign_in(coordinator).get(reverse("reports:download", args=["json"]), asked(full))
    data = response.json()
    assert data["period"] == {"from": "2026-07-01", "to": "2026-09-30"}
    assert data["centres"] == ["PNH"]
    assert {code: table["unit"] for code, table in data["tables"].items()} == {
        "cases_closed": "complainants", "open_at_end": "complainants", "group_complaints": "cases",
        "sector": "complainants", "legal_status": "complainants", "source": "complainants", "subject": "complainants",
        "duration": "cases", "resolution": "cases", "remedy": "complainants", "compensation_requested": "money",
        "compensation_awarded": "money", "sanction": "cases", "cards_registered": "persons",
        "services_persons": "persons", "services_contacts": "contacts",
        "activity_participants": "participants", "interviews": "persons",
    }  # fmt: skip
    overlapping = {code for code, table in data["tables"].items() if table.get("rows_overlap")}
    assert overlapping == {"subject", "remedy", "services_persons"}


def test_the_sheet_says_what_it_is_and_fits_the_width_of_a_page(full, sign_in, coordinator):
    sheet = sheet_of(download(sign_in(coordinator), "xlsx", full))
    assert [sheet.cell(number, 1).value for number in (1, 2, 3)] == [
        "Legal assistance outcomes, services and activities",
        "Centres: PNH – Phnom Penh",
        "Period: 01/07/2026 – 30/09/2026",
    ]
    assert sheet["A4"].value.startswith("Made on: ")
    assert sheet.freeze_panes == "A5" and sheet.print_title_rows == "$1:$4"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    notes = [cell.value for cell in sheet["A"] if cell.value and str(cell.value).startswith("Several answers")]
    assert len(notes) == 2


def test_days_are_written_in_the_calendar_of_the_reader(in_b, sign_in, coordinator_b):
    sheet = sheet_of(download(sign_in(coordinator_b), "xlsx", in_b))
    assert sheet["A3"].value == "Period: 01/07/2569 – 30/09/2569"
    response = sign_in(coordinator_b).get(reverse("reports:download", args=["json"]), asked(in_b))
    assert response.json()["period"]["from"] == "2026-07-01"


@pytest.mark.parametrize("file_format", ["xlsx", "docx", "csv", "json"])
def test_the_name_of_a_centre_never_becomes_a_formula_and_breaks_no_file(full, sign_in, coordinator, file_format):
    full.name = '=HYPERLINK("http://example.org")\x0b ศูนย์ <b>'
    full.save()
    content = download(sign_in(coordinator), file_format, full)
    if file_format == "xlsx":
        assert not [cell for row in sheet_of(content).iter_rows() for cell in row if cell.data_type == "f"]
        assert sheet_of(content)["A2"].value == 'Centres: PNH – =HYPERLINK("http://example.org") ศูนย์ <b>'
    if file_format == "docx":
        texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]
        assert 'Centres: PNH – =HYPERLINK("http://example.org") ศูนย์ <b>' in texts


def test_no_file_holds_the_text_of_a_record(in_a, sign_in, coordinator):
    group = GroupComplaint.objects.create(centre=in_a, title="Secret title", title_hash=1)
    make_closed_case(in_a, group=group, remarks="Secret remark", source="other", source_other="Secret source")
    for file_format in ("csv", "json"):
        assert b"Secret" not in download(sign_in(coordinator), file_format, in_a)
