"""Spreadsheets from outside: judged before they are parsed, then read cell by cell; and the template to fill in.

A file is refused with a sentence that says what it is and what to do. What a cell cannot tell in one way only (a
formula, an error) is handed on as BadCell, so that the reader can name the cell.
"""

import io
import re
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from mrc.exports import LISTS_SHEET, write_rows

MEGABYTE = 1024 * 1024
MOST_PARTS = 1_000
MOST_DEPTH = 64  # of XML elements in each other
MOST_RATIO = 200  # unpacked to packed, of parts larger than a megabyte
MOST_STRINGS = 64 * MEGABYTE  # the texts of all cells are held in memory
LAST_ROW, LAST_COLUMN = 1_048_576, 200  # of a sheet; of a table that can be meant for an import
CHUNK = 256 * 1024
ESCAPED = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)")  # how _x0041_ is written, that it is not read as A


@dataclass(frozen=True)
class Limits:
    """How large a spreadsheet may be: rows that hold something, bytes of the file, bytes unpacked."""

    rows: int
    packed: int
    unpacked: int


BROWSER = Limits(rows=5_000, packed=10 * MEGABYTE, unpacked=100 * MEGABYTE)
COMMAND = Limits(rows=100_000, packed=60 * MEGABYTE, unpacked=600 * MEGABYTE)


class SpreadsheetRefused(ValueError):
    """The file cannot be read as a whole; the text says why and what to do."""


@dataclass(frozen=True)
class BadCell:
    """A cell whose content cannot be used: what it shows and why not."""

    shown: str
    reason: str


@dataclass
class Sheet:
    """The first visible sheet: ``headings`` {column: text} and ``rows`` [(number, {column: value})] without empty ones.

    ``others``: titles of the visible sheets that are not read.
    """

    title: str
    headings: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    others: list = field(default_factory=list)


def read_sheet(content, limits):
    """The first visible sheet of an XLSX file (bytes). Raises SpreadsheetRefused."""
    _refuse_other_kinds(content)
    if len(content) > limits.packed:
        raise SpreadsheetRefused(
            _("The file is larger than %(size)s MB. Split it into smaller ones.") % {"size": limits.packed // MEGABYTE}
        )
    with _refusing_damaged_files():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _judge_parts(archive.infolist(), limits)
            scans = {part.filename: _scan(archive, part) for part in archive.infolist() if _is_xml(part.filename)}
        if max(scan.filled_rows for scan in scans.values()) > limits.rows + 1:
            raise SpreadsheetRefused(_too_many_rows(limits))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return _read_book(book, scans)
        finally:
            book.close()


# --- what the file is --------------------------------------------------------------------------------------------


def _refuse_other_kinds(content):
    if not content.strip(b"\0 \r\n\t"):
        raise SpreadsheetRefused(_("The file is empty."))
    if content.startswith(b"PK\x03\x04"):
        return
    start = content[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            kind = _("The file is protected with a password.")
        else:
            kind = _("The file is in the old Excel format (.xls) or is another old Office document.")
    elif start.startswith(b"%pdf"):
        kind = _("The file is a PDF.")
    elif start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        kind = _("The file is a web page or XML, whatever its name says.")
    elif b"\0" not in content[:2000]:
        kind = _("The file is plain text, for example CSV.")
    else:
        kind = _("The file is not a spreadsheet.")
    raise SpreadsheetRefused(_with_advice(kind))


def _with_advice(kind):
    return f"{kind} " + _(
        "Open it in a spreadsheet program and save it as “Excel workbook (.xlsx)” without password and without macros."
    )


@contextmanager
def _refusing_damaged_files():
    """Whatever the libraries raise about a broken file, as one sentence; their warnings are of no use to a reader."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SpreadsheetRefused:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RecursionError,
        OverflowError,
        expat.ExpatError,
        ParseError,
        InvalidFileException,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:
        raise SpreadsheetRefused(_with_advice(_("The file is damaged or is not a spreadsheet."))) from error


def _judge_parts(parts, limits):
    """Judge the parts of the archive by its table of contents: nothing is unpacked yet."""
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS or len(set(names)) < len(names):
        raise SpreadsheetRefused(_with_advice(_("The file is put together in a way that no spreadsheet program does.")))
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise SpreadsheetRefused(_with_advice(_("The file is an archive, but not an Excel workbook.")))
    if not any(name.startswith("xl/") for name in names):
        raise SpreadsheetRefused(_with_advice(_("The file is another kind of Office document, not an Excel workbook.")))
    if any(part.flag_bits & 1 for part in parts):
        raise SpreadsheetRefused(_with_advice(_("The file is protected with a password.")))
    if any("vbaproject" in name.lower() for name in names):
        raise SpreadsheetRefused(_with_advice(_("The file holds macros (a program).")))
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise SpreadsheetRefused(
            _("The file is linked to other files. In the spreadsheet program choose “Edit links”, break them and save.")
        )
    too_dense = any(part.file_size > MEGABYTE and part.file_size > MOST_RATIO * part.compress_size for part in parts)
    strings = max((part.file_size for part in parts if "sharedstrings" in part.filename.lower()), default=0)
    if too_dense or strings > MOST_STRINGS or sum(part.file_size for part in parts) > limits.unpacked:
        raise SpreadsheetRefused(
            _("The file is small but unpacks to a very large one. Copy the rows into a new workbook and save that.")
        )


# --- what its XML holds ------------------------------------------------------------------------------------------


def _is_xml(name):
    return name.lower().endswith((".xml", ".rels", ".vml"))


class _Scan:
    """Reads a part without keeping it: refuses entities, and finds how far the cells of a sheet really reach."""

    def __init__(self):
        self.row = self.column = self.depth = 0
        self.last_row = self.last_column = self.filled_rows = 0
        self.merged = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self.parser.EntityDeclHandler = self.refuse
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def refuse(self, *declaration):
        raise SpreadsheetRefused(_with_advice(_("The file holds declarations that no spreadsheet program writes.")))

    def start(self, name, attributes):
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self.refuse()
        name = name.rpartition(" ")[2]
        if name == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif name == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            self.column = column_index_from_string(letters) if letters else self.column + 1
        elif name in ("v", "is", "f"):
            self.filled_rows += self.row != self.last_row
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))

    def end(self, name):
        self.depth -= 1


def _scan(archive, part):
    scan = _Scan()
    with archive.open(part) as source:
        while chunk := source.read(CHUNK):
            scan.parser.Parse(chunk, False)
    scan.parser.Parse(b"", True)
    return scan


# --- the sheet ---------------------------------------------------------------------------------------------------


def _read_book(book, scans):
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and sheet.title != LISTS_SHEET]
    if not visible:
        raise SpreadsheetRefused(_("The workbook has no visible sheet."))
    first, *others = visible
    scan = scans[first._worksheet_path.lstrip("/")]
    if scan.merged:
        raise SpreadsheetRefused(
            _("Sheet “%(sheet)s”: the cells %(cells)s are merged. Take the merge back and fill every cell.")
            % {"sheet": first.title, "cells": ", ".join(scan.merged[:5])}
        )
    if scan.last_column > LAST_COLUMN or scan.last_row > LAST_ROW:
        raise SpreadsheetRefused(
            _("Sheet “%(sheet)s”: something stands in column %(column)s or row %(row)s, far outside. Delete it.")
            % {"sheet": first.title, "column": get_column_letter(min(scan.last_column, 18_278)), "row": scan.last_row}
        )
    sheet = Sheet(first.title, others=[other.title for other in others])
    _read_rows(sheet, first, scan)
    return sheet


def _read_rows(sheet, worksheet, scan):
    """The size that the sheet states of itself is not believed: the scan has seen how far the cells reach."""
    if not scan.last_row:
        raise SpreadsheetRefused(_("Sheet “%(sheet)s” is empty.") % {"sheet": sheet.title})
    worksheet.reset_dimensions()
    rows = worksheet.iter_rows(min_row=1, max_row=scan.last_row, max_col=scan.last_column)
    for number, cells in enumerate(rows, 1):
        values = {column: value for column, cell in enumerate(cells, 1) if (value := _value(cell)) is not None}
        if number == 1:
            sheet.headings = values
        elif values:
            sheet.rows.append((number, values))


def _too_many_rows(limits):
    if limits.rows < COMMAND.rows:
        advice = _("Split it, or ask whoever runs the program to import it with the command.")
    else:
        advice = _("Split it.")
    return _("The sheet has more than %(most)s rows.") % {"most": f"{limits.rows:,}"} + f" {advice}"


def _value(cell) -> Any:
    """What a cell holds: text, number, date, truth; None when it is blank; BadCell when it cannot be used."""
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if cell.data_type == "f":
        shown = value if isinstance(value, str) else "="
        return BadCell(shown, _("This cell holds a formula. Copy it and paste the value in its place."))
    if cell.data_type == "e":
        return BadCell(str(value), _("This cell holds an error of the spreadsheet. Type the value."))
    return ESCAPED.sub("_", value) if isinstance(value, str) else value


# --- the template ------------------------------------------------------------------------------------------------


def address(column, row):
    """The name of a cell, for example F12."""
    return f"{get_column_letter(column)}{row}"


def write_template(columns, title):
    """An XLSX file (bytes) with the headings and drop-down lists of these mrc.imports.Column, and what each means."""
    offered = {column.name: column.kind.offered() for column in columns}
    with write_rows([column.name for column in columns], [], str(title), offered) as file:
        book = load_workbook(file)
    if LISTS_SHEET in book.sheetnames:
        book[LISTS_SHEET].sheet_state = "hidden"
    for number, column in enumerate(columns, 1):
        book.worksheets[0].column_dimensions[get_column_letter(number)].number_format = column.kind.number_format
    _explain(book.create_sheet(_("Columns"), 1), columns)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _explain(sheet, columns):
    sheet.append([_("Column"), _("What it holds"), _("How to write it"), _("Answers: code – wording")])
    for column in columns:
        answers = [f"{code} – {label}" for code, label in getattr(column.kind.choices, "choices", ())]
        sheet.append([column.name, str(column.explanation), str(column.kind.explanation), "\n".join(answers)])
    for letter, width in zip("ABCD", (32, 60, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
