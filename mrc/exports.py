"""Everything that is written as a spreadsheet, and the kinds of file in which the report tables can be had. XlsxWriter
streams the rows of records, in two thirds of the time that openpyxl takes; openpyxl styles reports.

Text of users never becomes a formula, and characters that a spreadsheet cannot hold are left out.
"""

import csv
import io
import json
import re
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import Any
from unicodedata import category

import xlsxwriter
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from xlsxwriter.utility import xl_range_abs

from mrc.documents import DOCX, report_docx
from mrc.printed import grid_headings, printable, report_facts, shares_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_000_000  # a sheet holds 1,048,576
ROWS_AT_A_TIME = 2000
DAY_FORMAT = "yyyy-mm-dd"
LISTS_SHEET = "Lists"


# --- records: many rows, streamed --------------------------------------------------------------------------------


def write_rows(columns, rows, sheet_title, choices=None):
    """An XLSX file (open, at its beginning) with the headings ``columns`` and below them ``rows``.

    ``rows``: any iterable of sequences of None, text, numbers, dates; it is read once and never held in memory whole.
    ``choices``: heading -> texts, offered as a drop-down list in the column; other values can be typed all the same,
    because a cell may hold several answers.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    with tempfile.TemporaryDirectory() as folder:  # rows wait here for the end; nothing stays if they cannot be read
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder, "default_date_format": DAY_FORMAT})
        rows = _in_batches(rows)
        sheet = _record_sheet(book, columns, sheet_title)
        _offer(book, sheet, columns, choices or {})
        _fill(sheet, islice(rows, ROWS_OF_A_SHEET))
        for number, first in enumerate(rows, 2):  # only a sheet that is full leaves a row over
            sheet = _record_sheet(book, columns, f"{sheet_title} {number}")
            _fill(sheet, chain([first], islice(rows, ROWS_OF_A_SHEET - 1)))
        book.close()
    file.seek(0)
    return file


def _in_batches(rows):
    """The same rows, made many at a time: making and writing them one by one takes a sixth longer."""
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        yield from batch


def _record_sheet(book, columns, title):
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    _set_up_pages(sheet)
    for number, heading in enumerate(columns):
        sheet.set_column(number, number, min(max(len(heading) + 3, 12), 40))
    _write_headings(book, sheet, columns)
    return sheet


def _set_up_pages(sheet):
    """Printed, every page says what its columns and rows are: the headings, and the first column, which names them."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    sheet.set_footer("&L&A&R&P / &N")


def _write_headings(book, sheet, headings):
    bold = book.add_format({"bold": True})
    for number, heading in enumerate(headings):
        sheet.write_string(0, number, _spreadsheet_text(heading), bold)


def _fill(sheet, rows):
    """The rows below the headings. A text is written as text, whatever it looks like."""
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, _spreadsheet_text(value))
            elif value is not None:
                sheet.write(number, column, value)


def _spreadsheet_text(text):
    """The text without what a spreadsheet cannot hold. What begins with ``<r>``, XlsxWriter would take for XML that is
    written already: a blank before it, which an import leaves out, keeps it a text.
    """
    text = printable(text)
    return f" {text}" if text.startswith("<r>") else text


def _offer(book, sheet, columns, choices):
    """Drop-down lists for the columns of ``choices``; the texts stand on a sheet of their own."""
    offered = [heading for heading in columns if choices.get(heading)]
    if not offered:
        return
    lists = book.add_worksheet(LISTS_SHEET)
    _write_headings(book, lists, offered)
    _fill(lists, zip_longest(*(map(str, choices[heading]) for heading in offered)))
    for number, heading in enumerate(offered):
        last, target = len(choices[heading]), columns.index(heading)
        texts = f"={LISTS_SHEET}!{xl_range_abs(1, number, last, number)}"
        rule = {"validate": "list", "source": texts, "show_error": False}
        sheet.data_validation(1, target, ROWS_OF_A_SHEET - 1, target, rule)


# --- report tables: a report (reports/services.py) as a file ---------------------------------------------------------

FONT_NAME = "Arial"
COLUMN_WIDTHS = (44, 16, 12, 15, 12, 18)  # the row's heading, three genders, the total, the percentage
THIN = Side(style="thin", color="B8C0C8")
FRAME = Border(top=THIN, bottom=THIN, left=THIN, right=THIN)
SHADE = PatternFill("solid", start_color="E8EEF2")
RIGHT = Alignment(horizontal="right", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
TOP = Alignment(horizontal="left", vertical="top", wrap_text=True)
TOP_RIGHT = Alignment(horizontal="right", vertical="top")
NUMBERS = (int, float, Decimal)
CHARACTERS = 1.1  # of a text of 10 points, in a unit of the width of a column
HIGHEST_ROW = 400  # points; a spreadsheet allows 409
MOST_LINES = 20  # of a row, with room for signs above and below the letters
HIGH_LETTERS = "\u0590"  # from here on
LONGEST_SHEET_TITLE = 31
NOT_IN_SHEET_TITLES = re.compile(r"[\[\]:*?/\\']")
NUMBER_FORMATS = {Decimal: "#,##0.00", float: "0.0%"}


@dataclass(frozen=True)
class SheetTable:
    """A table on a sheet. ``rows``: (values, whether they are printed bold)."""

    caption: Any
    headings: list
    rows: list
    note: Any = ""


def report_xlsx(report):
    """One sheet, A4 wide: title, centres and period on every page, the tables in printed order."""
    sections = [(heading, [grid_table(grid) for grid in grids]) for heading, grids in report.sections]
    return tables_xlsx(_("Report tables"), report.title, report_facts(report), sections)


def grid_table(grid):
    rows = [([row.slice.heading, *row.values, *shares_of(grid, row)], row is grid.total) for row in grid.printed_rows]
    return SheetTable(grid.caption, grid_headings(grid), rows, grid.table.note)


def tables_xlsx(sheet_title, title, facts, sections, widths=COLUMN_WIDTHS):
    """A sheet of tables. ``facts``: (name, text) of what stands above them; ``sections``: (heading, SheetTables)."""
    book = Book()
    lines = book.sheet(sheet_title, widths)
    lines.text(title, size=15, bold=True)
    for name, text in facts:
        lines.text(f"{name}: {text}")
    lines.freeze()
    for heading, tables in sections:
        lines.skip()
        lines.text(heading, size=13, bold=True)
        for table in tables:
            lines.skip()
            lines.table(table)
    return book.content()


class Book:
    """A workbook whose sheets are written from top to bottom."""

    def __init__(self):
        self.book = Workbook()
        self.book.remove(self.book.active)

    def sheet(self, title, widths=COLUMN_WIDTHS):
        """The Lines of a further sheet, A4 wide. A title has room for 31 characters, some of which it cannot hold."""
        title = NOT_IN_SHEET_TITLES.sub(" ", printable(title))[:LONGEST_SHEET_TITLE]
        sheet = self.book.create_sheet(title)
        _set_up_sheet(sheet, widths)
        return Lines(sheet, widths)

    def content(self):
        file = io.BytesIO()
        self.book.save(file)
        return file.getvalue()


def _set_up_sheet(sheet, widths):
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if len(widths) > len(COLUMN_WIDTHS) else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "&P / &N"
    sheet.sheet_view.showGridLines = False
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width


class Lines:
    """Writes a sheet from top to bottom. ``number``: the row written last."""

    def __init__(self, sheet, widths):
        self.sheet, self.widths, self.number = sheet, widths, 0

    def skip(self):
        self.number += 1

    def freeze(self):
        """What is written so far stays in sight, and stands on every printed page."""
        self.sheet.print_title_rows = f"1:{self.number}"
        self.sheet.freeze_panes = f"A{self.number + 1}"

    def text(self, text, *, size=10, **font):
        """A text over the whole width, in as many lines as it needs."""
        characters = int(sum(self.widths) * CHARACTERS * 10 / size)
        for piece in _pieces(printable(text), characters):
            self.number += 1
            cell = self._put(1, piece)
            cell.font, cell.alignment = Font(name=FONT_NAME, size=size, **font), TOP
            self.sheet.merge_cells(
                start_row=self.number, start_column=1, end_row=self.number, end_column=len(self.widths)
            )
            self.sheet.row_dimensions[self.number].height = _height(piece, characters) * size / 10

    def row(self, values, *, bold=False, fill=None, height=None):
        """A row of a table of numbers: the first value to the left, the others to the right."""
        self._cells(values, [LEFT, *[RIGHT] * len(values)], bold, fill)
        self.sheet.row_dimensions[self.number].height = height

    def words(self, values, *, bold=False, fill=None):
        """A row of a table of texts, with a number here and there. A text that is too long goes on in further rows."""
        widths = [int(width * CHARACTERS) for width in self.widths]
        pieces = [
            [value] if isinstance(value, NUMBERS) or value is None else _pieces(printable(value), width)
            for value, width in zip(values, widths, strict=False)
        ]
        for part in zip_longest(*pieces):
            self._cells(part, [TOP_RIGHT if isinstance(one, NUMBERS) else TOP for one in part], bold, fill)
            texts = [(one, width) for one, width in zip(part, widths, strict=False) if isinstance(one, str)]
            self.sheet.row_dimensions[self.number].height = max([15, *(_height(*one) for one in texts)])

    def _cells(self, values, alignments, bold, fill):
        self.number += 1
        for column, (value, alignment) in enumerate(zip(values, alignments, strict=False), 1):
            cell = self._put(column, value)
            cell.font, cell.border, cell.alignment = Font(name=FONT_NAME, size=10, bold=bold), FRAME, alignment
            cell.number_format = NUMBER_FORMATS.get(type(value), "General")
            if fill:
                cell.fill = fill

    def table(self, table):
        if table.caption:
            self.text(table.caption, bold=True)
        height = 14 * max(-(-len(text) // width) for text, width in zip(table.headings, self.widths, strict=False))
        self.row(table.headings, bold=True, fill=SHADE, height=height if height > 14 else None)
        for values, is_bold in table.rows:
            self.row(values, bold=is_bold, fill=SHADE if is_bold else None)
        if table.note:
            self.text(table.note, size=9, italic=True, color="505A64")

    def _put(self, column, value):
        """A number as a number, a text as a text, whatever it looks like."""
        cell = self.sheet.cell(self.number, column)
        if isinstance(value, NUMBERS) or value is None:
            cell.value = value
        else:
            cell.value = printable(value)
            cell.data_type = "s"
        return cell


def _pieces(text, characters):
    """The text in pieces, each of which fits into a row of a sheet. ``characters``: of a line."""
    pieces, height = [""], 0
    for line in text.split("\n"):
        while _lines(line, characters) > MOST_LINES:
            room = characters * (MOST_LINES - 1)
            cut = line.rfind(" ", 1, room) + 1 or room
            pieces, height, line = [*pieces, line[:cut]], MOST_LINES, line[cut:]
        lines = _lines(line, characters)
        if height + lines > MOST_LINES:
            pieces, height = [*pieces, line], lines
        else:
            pieces[-1], height = f"{pieces[-1]}\n{line}" if height else line, height + lines
    return pieces if pieces[0] or len(pieces) == 1 else pieces[1:]


def _lines(line, characters):
    """How many lines of so many characters it takes; signs above and below a letter take no room of their own."""
    length = len(line) if line.isascii() else sum(category(letter) != "Mn" for letter in line)
    return 1 + length // characters


def _height(text, characters):
    """Of a text of 10 points in a row, in points. Letters with signs above and below need more room."""
    lines = sum(_lines(line, characters) for line in text.split("\n"))
    return lines * (13.5 if max(text, default="") < HIGH_LETTERS else HIGHEST_ROW / MOST_LINES)


def report_csv(report):
    """One number on a line, with the codes and the words of its table, row and column."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["table", "title", "unit", "row", "row_heading", "column", "column_heading", "value"])
    for grid in report.grids:
        for row in grid.printed_rows:
            for column, value in zip(grid.columns, row.values, strict=True):
                if value is not None:
                    slices = [row.slice.code, row.slice.heading, column.code, column.heading]
                    writer.writerow([grid.code, grid.title, grid.table.unit, *slices, value])
    return file.getvalue().encode("utf-8-sig")  # with the mark by which a spreadsheet program knows the encoding


def report_json(report):
    return json.dumps(report.as_data(), indent=2, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class FileFormat:
    """A kind of file in which a report can be had."""

    name: Any
    content_type: str
    write: Any  # report -> bytes


REPORT_FORMATS = {
    "xlsx": FileFormat("XLSX", XLSX, report_xlsx),
    "docx": FileFormat("DOCX", DOCX, report_docx),
    "csv": FileFormat("CSV", "text/csv; charset=utf-8", report_csv),
    "json": FileFormat("JSON", "application/json", report_json),
}
