"""Spreadsheets that are not what they say: each is refused with a sentence, quickly and in little memory."""

import io
import time
import tracemalloc
import zipfile

import pytest

from mrc.spreadsheets import BROWSER, COMMAND, BadCell, SpreadsheetRefused, read_sheet
from tests.sheets import SHEET, part, repack, sheet_xml, text_row, with_shared_texts, with_sheet, workbook

GOOD = workbook(["name", "gender"], ["Sok Dara", "man"])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
HEAD = text_row(1, "name", "gender")
MEGABYTE = 1024 * 1024


def zip_of(**parts):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return output.getvalue()


def marked_as_encrypted(content):
    """The archive with the flag of a password in its table of contents."""
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 8] + bytes([content[at + 8] | 1]) + content[at + 9 :]


def with_two_parts_of_one_name(content):
    output = io.BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(output, "a") as archive:
        archive.writestr(SHEET, sheet_xml(text_row(1, "other")))
    return output.getvalue()


def with_corrupted_bytes(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(SHEET).header_offset + 60
    return content[:at] + bytes(40) + content[at + 40 :]


def merged(book):
    book.active.merge_cells("A1:B1")


def hidden(book):
    book.create_sheet("Second")
    book.active.sheet_state = "hidden"
    book["Second"].sheet_state = "hidden"


BOMB = f'<!DOCTYPE x [<!ENTITY a "{"a" * 1000}"><!ENTITY b "{"&a;" * 1000}"><!ENTITY c "{"&b;" * 1000}">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

HOSTILE = {
    "nothing": (b"", "is empty"),
    "only NUL": (bytes(5000), "is empty"),
    "text": (b"name,gender\nSok Dara,man\n", "plain text, for example CSV"),
    "a web page": (b"\n<html><table><tr><td>name</td></tr></table></html>", "a web page"),
    "XML of a spreadsheet": (b'<?xml version="1.0"?><Workbook/>', "a web page or XML"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
    "random bytes": (b"\x00\x01\x02\x03" * 700, "is not a spreadsheet"),
    "an old workbook": (OLE, "old Excel format"),
    "a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "an archive with a password": (marked_as_encrypted(GOOD), "protected with a password"),
    "another archive": (zip_of(readme="hello"), "an archive, but not an Excel workbook"),
    "a text document": (zip_of(**{"[Content_Types].xml": "<a/>", "word__document.xml": "<a/>"}), "another kind of"),
    "an open document": (zip_of(mimetype="application/vnd.oasis", content="<a/>"), "not an Excel workbook"),
    "half a file": (GOOD[: len(GOOD) // 2], "damaged"),
    "corrupted bytes": (with_corrupted_bytes(GOOD), "damaged"),
    "two parts of one name": (with_two_parts_of_one_name(GOOD), "no spreadsheet program"),
    "two thousand parts": (repack(GOOD, {f"xl/{n}.bin": b"" for n in range(2_000)}), "no spreadsheet program"),
    "no sheet": (repack(GOOD, {}, without=[SHEET]), "no visible sheet"),
    "no workbook": (repack(GOOD, {}, without=["xl/workbook.xml"]), "damaged"),
    "broken XML": (repack(GOOD, {SHEET: part(GOOD, SHEET)[:-30]}), "damaged"),
    "NUL in XML": (with_sheet(text_row(1, "na\x00me")), "damaged"),
    "entities": (with_sheet(text_row(1, "&c;"), prolog=BOMB), "declarations"),
    "an entity from outside": (with_sheet(text_row(1, "&a;"), prolog=OUTSIDE), "declarations"),
    "entities in the texts": (
        with_shared_texts("<si><t>&c;</t></si>", prolog=BOMB),
        "declarations",
    ),
    "elements in elements": (with_sheet("<row>" * 10_000 + "</row>" * 10_000), "declarations"),
    "macros": (repack(GOOD, {"xl/vbaProject.bin": b"x"}), "macros"),
    "links to files": (repack(GOOD, {"xl/externalLinks/externalLink1.xml": "<a/>"}), "linked to other files"),
    "a bomb of zeros": (repack(GOOD, {"xl/media/image1.png": bytes(20 * MEGABYTE)}), "unpacks to a very large"),
    "a bomb in the sheet": (with_sheet(" " * (20 * MEGABYTE)), "unpacks to a very large"),
    "an empty sheet": (workbook(), "is empty"),
    "only hidden sheets": (
        repack(
            GOOD, {"xl/workbook.xml": part(GOOD, "xl/workbook.xml").replace('state="visible"', 'state="veryHidden"')}
        ),
        "no visible sheet",
    ),
    "merged headings": (workbook(["name", None], ["Sok", "Dara"], change=merged), "A1:B1 are merged"),
    "a cell far to the right": (with_sheet(HEAD + '<row r="2"><c r="XFD2"><v>1</v></c></row>'), "far outside"),
    "a column that cannot be": (with_sheet('<row r="1"><c r="ABCDEFGH1"><v>1</v></c></row>'), "damaged"),
    "a row far below": (with_sheet(HEAD + '<row r="99999999999"><c><v>1</v></c></row>'), "far outside"),
    "a row that is no number": (with_sheet('<row r="one"><c><v>1</v></c></row>'), "damaged"),
    "a text that does not exist": (with_sheet('<row r="1"><c r="A1" t="s"><v>999</v></c></row>'), "damaged"),
    "a number that is none": (with_sheet('<row r="1"><c r="A1"><v>1e</v></c></row>'), "damaged"),
    "50,000 rows": (with_sheet("".join(text_row(n, f"name {n}", "man") for n in range(1, 50_001))), "5,000 rows"),
    "more than ten megabytes": (GOOD + bytes(BROWSER.packed), "larger than 10 MB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name):
    content, words = HOSTILE[name]
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(SpreadsheetRefused) as refusal:
        read_sheet(content, BROWSER)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert time.process_time() - began < 20
    assert memory < 100 * MEGABYTE


def test_an_ordinary_file_is_read():
    sheet = read_sheet(GOOD, BROWSER)
    assert (sheet.title, sheet.headings) == ("Cards", {1: "name", 2: "gender"})
    assert sheet.rows == [(2, {1: "Sok Dara", 2: "man"})]


def test_a_sheet_full_of_empty_rows_below_the_data_does_no_harm():
    empty = "".join(f'<row r="{number}"/>' for number in range(3, 1_048_577))
    content = with_sheet(HEAD + text_row(2, "Sok Dara", "man") + empty)
    began = time.process_time()
    assert read_sheet(content, BROWSER).rows == [(2, {1: "Sok Dara", 2: "man"})]
    assert time.process_time() - began < 20


def test_the_size_that_a_sheet_states_is_not_believed():
    rows = HEAD + text_row(2, "Sok Dara", "man")
    for stated in ("A1:XFD1048576", "A1:A1", "B7"):
        sheet = read_sheet(with_sheet(rows, before=f'<dimension ref="{stated}"/>'), BROWSER)
        assert sheet.rows == [(2, {1: "Sok Dara", 2: "man"})]


def test_rows_far_apart_keep_their_numbers_and_cells_with_blanks_are_empty():
    rows = HEAD + text_row(2, "\u00a0 ", "  ") + text_row(70_000, "Sok Dara", "man")
    assert [number for number, values in read_sheet(with_sheet(rows), BROWSER).rows] == [70_000]


def test_a_formula_and_an_error_are_marked_and_a_text_that_looks_like_one_is_text():
    cells = '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="e"><v>#REF!</v></c>'
    sheet = read_sheet(with_sheet(HEAD + f'<row r="2">{cells}</row>' + text_row(3, "=1+1", "@x")), BROWSER)
    formula, error = sheet.rows[0][1].values()
    assert isinstance(formula, BadCell)
    assert formula.shown == "=1+1"
    assert "paste the value" in formula.reason
    assert isinstance(error, BadCell)
    assert sheet.rows[1][1] == {1: "=1+1", 2: "@x"}


def test_the_first_visible_sheet_is_read_and_the_others_are_named():
    def add_sheets(book):
        book.create_sheet("Lists", 0).append(["woman"])
        book.create_sheet("Hidden", 0).append(["secret"])
        book["Hidden"].sheet_state = "hidden"
        book.create_sheet("Notes").append(["note"])
        book.active = book.sheetnames.index("Cards")

    sheet = read_sheet(workbook(["name"], ["Sok"], change=add_sheets), BROWSER)
    assert (sheet.title, sheet.others) == ("Cards", ["Notes"])


def test_the_command_takes_more_rows_than_the_browser():
    content = with_sheet("".join(text_row(n, f"name {n}") for n in range(1, 6_002)))
    assert len(read_sheet(content, COMMAND).rows) == 6_000
    with pytest.raises(SpreadsheetRefused, match="5,000 rows.*with the command"):
        read_sheet(content, BROWSER)
