"""Spreadsheets from outside: read in a process of its own, so that the worst file harms no other; and the template.

A file is refused with a sentence that says what it is and what to do. What a cell cannot tell in one way only (a
formula, an error) is handed on as BadCell, so that the reader can name the cell.
"""

import io
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Thread, Timer

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from mrc.exports import LISTS_SHEET, write_rows

READER = Path(__file__).with_name("sheet_reader")
MEGABYTE = 1024 * 1024
SECONDS_A_FILE, MOST_SECONDS = 2, 60  # of the processor
LONGEST_WAIT = 4  # seconds on the clock for each second of the processor, when others keep it busy


@dataclass(frozen=True)
class Limits:
    """How large a spreadsheet may be: rows that hold something, bytes of the file, bytes unpacked, bytes of all values.

    ``memory``: bytes that the reader may use. ``seconds_a_megabyte``: of the processor, for each of the packed file,
    beside the two that every file has.
    """

    rows: int
    packed: int
    unpacked: int
    output: int
    seconds_a_megabyte: int = 0
    memory: int = 150 * MEGABYTE

    def seconds(self, size):
        return min(SECONDS_A_FILE + self.seconds_a_megabyte * (size // MEGABYTE), MOST_SECONDS)

    def as_argument(self, size):
        """What mrc/sheet_reader is told."""
        return json.dumps(
            {
                "rows": self.rows,
                "unpacked": self.unpacked,
                "output": self.output,
                "memory": self.memory,
                "seconds": self.seconds(size),
                "left_out": LISTS_SHEET,
            }
        )


BROWSER = Limits(rows=5_000, packed=10 * MEGABYTE, unpacked=100 * MEGABYTE, output=20 * MEGABYTE)
COMMAND = Limits(
    rows=100_000, packed=60 * MEGABYTE, unpacked=600 * MEGABYTE, output=300 * MEGABYTE, seconds_a_megabyte=3
)


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
    return _sheet_of(read_apart(content, limits), limits)


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


# --- the process that reads it -------------------------------------------------------------------------------------


def read_apart(content, limits, reader=READER):
    """The lines that the reader sends about the file (bytes), decoded. Raises SpreadsheetRefused.

    The process gets no environment (so no secret), no module but Python's own, and takes its other limits itself.
    """
    command = [sys.executable, "-I", "-S", "-B", str(reader), limits.as_argument(len(content))]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}, cwd="/") as process:
        clock = Timer(LONGEST_WAIT * limits.seconds(len(content)), process.kill)
        feeder = Thread(target=_feed, args=(process.stdin, content), daemon=True)
        clock.start()
        feeder.start()
        try:
            sent = process.stdout.read(limits.output + MEGABYTE)
        finally:
            process.kill()
            clock.cancel()
            feeder.join()
    try:
        lines = [json.loads(line) for line in sent.splitlines()]
    except (ValueError, RecursionError):
        lines = []  # it was stopped in the middle of a line, or is not itself any more
    if not lines or not isinstance(lines[-1], dict) or not lines[-1].keys() & {"end", "refused"}:
        raise SpreadsheetRefused(_too_much(limits))
    return lines


def _feed(pipe, content):
    with suppress(BrokenPipeError), pipe:  # the reader may have refused or died before it had read everything
        pipe.write(content)


def _sheet_of(lines, limits):
    """The Sheet that these lines of the reader describe."""
    *lines, last = lines
    if "refused" in last:
        raise SpreadsheetRefused(_reason(last.pop("refused"), last, limits))
    head, *rows = lines
    sheet = Sheet(head["title"], others=head["others"])
    for number, columns, values in rows:
        read = {column: _value(value) for column, value in zip(columns, values, strict=True)}
        if number == 1:
            sheet.headings = read
        else:
            sheet.rows.append((number, read))
    return sheet


def _value(value):
    """Text, number, date, truth; or BadCell."""
    if not isinstance(value, list):
        return value
    kind, shown = value
    if kind in BAD_CELLS:
        return BadCell(shown, str(BAD_CELLS[kind]))
    return {"day": datetime.fromisoformat, "time": time.fromisoformat, "span": _span}[kind](shown)


def _span(days):
    with suppress(OverflowError):
        return timedelta(days=days)
    return BadCell(str(days), str(BAD_CELLS["no_day"]))


BAD_CELLS = {
    "formula": gettext_lazy("This cell holds a formula. Copy it and paste the value in its place."),
    "error": gettext_lazy("This cell holds an error of the spreadsheet. Type the value."),
    "no_day": gettext_lazy("This cell holds a date that does not exist. Type it as text, for example 31/12/2026."),
    "long": gettext_lazy("This cell holds more text than a spreadsheet program keeps. Shorten it."),
}
# Why a file is refused -> (what it is, whether the advice to save it anew follows).
REASONS = {
    "damaged": (gettext_lazy("The file is damaged or is not a spreadsheet."), True),
    "odd": (gettext_lazy("The file is put together in a way that no spreadsheet program does."), True),
    "archive": (gettext_lazy("The file is an archive, but not an Excel workbook."), True),
    "office": (gettext_lazy("The file is another kind of Office document, not an Excel workbook."), True),
    "password": (gettext_lazy("The file is protected with a password."), True),
    "macros": (gettext_lazy("The file holds macros (a program)."), True),
    "declarations": (gettext_lazy("The file holds declarations that no spreadsheet program writes."), True),
    "links": (
        gettext_lazy(
            "The file is linked to other files. In the spreadsheet program choose “Edit links”, break them and save."
        ),
        False,
    ),
    "bomb": (
        gettext_lazy(
            "The file is small but unpacks to a very large one. Copy the rows into a new workbook and save that."
        ),
        False,
    ),
    "no_sheet": (gettext_lazy("The workbook has no visible sheet."), False),
    "no_cells": (gettext_lazy("Sheet “%(sheet)s” is empty."), False),
    "merged": (
        gettext_lazy("Sheet “%(sheet)s”: the cells %(cells)s are merged. Take the merge back and fill every cell."),
        False,
    ),
    "far": (
        gettext_lazy(
            "Sheet “%(sheet)s”: something stands in column %(column)s or row %(row)s, far outside. Delete it."
        ),
        False,
    ),
}


def _reason(why, values, limits):
    """The sentence of a refusal."""
    if why == "rows":
        return _("The sheet has more than %(most)s rows.") % {"most": f"{limits.rows:,}"} + f" {_smaller(limits)}"
    if why == "text":
        return _too_much(limits)
    sentence, has_advice = REASONS[why]
    if "column" in values:
        values = {**values, "column": get_column_letter(min(values["column"], 18_278))}
    sentence = str(sentence) % values
    return _with_advice(sentence) if has_advice else sentence


def _too_much(limits):
    return _("This file needs too much time or memory to be read.") + f" {_smaller(limits)}"


def _smaller(limits):
    if limits.rows < COMMAND.rows:
        return _("Split it, or ask whoever runs the program to import it with the command.")
    return _("Split it.")


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
