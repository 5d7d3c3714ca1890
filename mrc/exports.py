"""Everything that is written as a spreadsheet or a document: the only file that writes through openpyxl or docx.

Text of users never becomes a formula, and characters that a spreadsheet cannot hold are left out.
"""

import re
import tempfile
from itertools import islice

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_000_000  # a sheet holds 1,048,576
# What XML cannot hold: control characters but tab and line breaks, halves of surrogate pairs, two noncharacters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LISTS_SHEET = "Lists"


# --- records: many rows, streamed --------------------------------------------------------------------------------


def write_rows(columns, rows, sheet_title, choices=None):
    """An XLSX file (open, at its beginning) with the headings ``columns`` and below them ``rows``.

    ``rows``: any iterable of sequences of None, text, numbers, dates; it is read once and never held in memory.
    ``choices``: heading -> texts, offered as a drop-down list in the column; other values can be typed all the same,
    because a cell may hold several answers.
    """
    book = Workbook(write_only=True)
    rows = iter(rows)
    sheet = _record_sheet(book, columns, sheet_title)
    _offer(book, sheet, columns, choices or {})
    while True:
        for row in islice(rows, ROWS_OF_A_SHEET):
            sheet.append([_cell(sheet, value) for value in row])
        following = next(rows, None)
        if following is None:
            break
        sheet = _record_sheet(book, columns, f"{sheet_title} {len(book.worksheets)}")
        sheet.append([_cell(sheet, value) for value in following])
    file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    book.save(file)
    file.seek(0)
    return file


def _record_sheet(book, columns, title):
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    for number, heading in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(len(heading) + 3, 12), 40)
    sheet.append([_bold(sheet, heading) for heading in columns])
    return sheet


def _bold(sheet, text):
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet, value):
    """The value, or for a text that openpyxl would take for a formula or an error, a cell that holds it as text."""
    if not isinstance(value, str):
        return value
    value = UNPRINTABLE.sub("", value)
    if value[:1] not in ("=", "#"):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _offer(book, sheet, columns, choices):
    """Drop-down lists for the columns of ``choices``; the texts stand on a sheet of their own."""
    offered = [heading for heading in columns if choices.get(heading)]
    if not offered:
        return
    lists = book.create_sheet(LISTS_SHEET)
    lists.append([_bold(lists, heading) for heading in offered])
    longest = max(len(choices[heading]) for heading in offered)
    for number in range(longest):
        lists.append([_cell(lists, text) for text in (_nth(choices[heading], number) for heading in offered)])
    for number, heading in enumerate(offered, 1):
        letter, target = get_column_letter(number), get_column_letter(columns.index(heading) + 1)
        rule = DataValidation(
            type="list",
            formula1=f"={LISTS_SHEET}!${letter}$2:${letter}${len(choices[heading]) + 1}",
            allow_blank=True,
            showErrorMessage=False,
        )
        rule.add(f"{target}2:{target}{ROWS_OF_A_SHEET}")
        sheet.data_validations.append(rule)


def _nth(texts, number):
    return str(texts[number]) if number < len(texts) else None
