"""Records as a spreadsheet: what ``mrc.exports.write_rows`` makes of hostile texts, and its drop-down lists."""

import gc
import tempfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from mrc import exports, spreadsheets
from mrc.fields import clean_text


def written(columns, rows, **more):
    with exports.write_rows(columns, rows, "Cards", **more) as file:
        return openpyxl.load_workbook(file)


def test_values_come_back_as_they_were():
    values = ["PNH-2026-00001", date(2026, 8, 31), 12, Decimal("1035557.50"), None, "Nguyễn Hồng Ngữ"]
    sheet = written(list("abcdef"), [values])["Cards"]
    read = [cell.value for cell in sheet[2]]
    assert [read[0], read[1].date(), *read[2:]] == values
    assert sheet["B2"].is_date and sheet.freeze_panes == "A2"


def test_a_printed_page_has_the_headings_the_first_column_and_its_number():
    sheet = written(list("abc"), [[1, 2, 3]])["Cards"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)  # A4
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")
    assert (sheet.oddFooter.left.text, sheet.oddFooter.right.text) == ("&A", "&P / &N")


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", '=HYPERLINK("x")', "{=1+1}", "#N/A", "#REF!", "+1", "-1", "@SUM(A1)", "=", "0012", "1e5", ""),
        *("https://example.org/", "mailto:a@example.org", "internal:Lists!A1", "&amp; <b>", "two\nlines", "a\ttab"),
    ],
)
def test_a_text_stays_a_text(text):
    cell = written(["a", "b"], [[text, "after"]])["Cards"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


@pytest.mark.parametrize("text", ["<r><t>bold</t></r>", "<r></worksheet></r>", "_x0041_", "_x005F_"])
def test_a_text_that_looks_like_the_inside_of_a_spreadsheet_comes_back_as_it_was(text):
    with exports.write_rows(["remarks"], [[text]], "Cards") as file:
        [(_number, cells)] = spreadsheets.read_sheet(file.read(), spreadsheets.BROWSER).rows
    assert clean_text(cells[1]) == text


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # closed unread
def test_nothing_of_the_records_stays_on_the_disk_if_they_cannot_be_read_to_the_end(monkeypatch, tmp_path):
    def rows():
        yield ["Somebody's name"]
        raise RuntimeError("The database went away.")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="went away"):
        exports.write_rows(["name"], rows(), "Cards")
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["a\x00b", "a\rb", "a\x07b", "a\x1bb", "a\ud800b", "a\uffffb"])
def test_a_character_that_a_sheet_cannot_hold_is_left_out(text):
    assert written(["a"], [[text]])["Cards"]["A2"].value == "ab"


def test_rows_are_read_one_by_one():
    def rows():
        yield ["first"]
        yield ["second"]

    assert [row[0].value for row in written(["a"], rows())["Cards"].iter_rows()] == ["a", "first", "second"]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(exports, "ROWS_OF_A_SHEET", 2)
    book = written(["a"], [[number] for number in range(5)])
    read = {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in book}
    assert read == {"Cards": ["a", 0, 1], "Cards 2": ["a", 2, 3], "Cards 3": ["a", 4]}


def test_no_rows_leave_the_headings():
    assert [row[0].value for row in written(["a"], [])["Cards"].iter_rows()] == ["a"]


def test_a_column_offers_its_choices():
    book = written(
        ["reference", "gender", "sector"], [], choices={"sector": ["Fishing", "=Other"], "gender": ["Woman"]}
    )
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in book["Cards"].data_validations.dataValidation}
    assert rules == {"B2": "Lists!$A$2", "C2": "Lists!$B$2:$B$3"}
    assert [[cell.value for cell in row] for row in book["Lists"].iter_rows()] == [
        ["gender", "sector"],
        ["Woman", "Fishing"],
        [None, "=Other"],
    ]
