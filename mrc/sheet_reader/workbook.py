"""What a workbook holds: its sheets, shared texts and styles, and the rows of a sheet, one by one."""

import re
from datetime import datetime, timedelta

from archive import Refused

MOST_TEXT = 32_767  # characters that a spreadsheet program keeps in a cell
LAST_ROW, LAST_COLUMN = 1_048_576, 200  # of a sheet; of a table that can be meant for an import
NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # "strict" workbooks
)
RELATION_ID = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
ESCAPED = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)")  # how _x0041_ is written, that it is not read as A
BUILT_IN_DAYS = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
BUILT_IN_SPAN = 46
NO_CODE = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)  # of a number format
SPAN = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
DAY_LETTERS = re.compile("[dmhys]", re.IGNORECASE)


def named(*pairs):
    """{name of an element with its namespace: function} for (name, function)."""
    return {f"{namespace} {name}": function for namespace in NAMESPACES for name, function in pairs}


# --- what the sheet refers to --------------------------------------------------------------------------------------


class Workbook:
    """Sheets in their order [(title, state, relation)], and whether days are counted from 1904."""

    def __init__(self, parts):
        self.sheets, self.is_1904 = [], False
        parts.parse(parts.workbook, named(("sheet", self.sheet), ("workbookPr", self.properties)))

    def sheet(self, attributes):
        relation = next((attributes[name] for name in RELATION_ID if name in attributes), "")
        self.sheets.append((attributes["name"], attributes.get("state", "visible"), relation))

    def properties(self, attributes):
        self.is_1904 = attributes.get("date1904") in ("1", "true", "on")


class Texts:
    """The shared texts, with the runs of rich text joined; how a word is spoken (``rPh``) is left out."""

    def __init__(self, parts):
        self.all, self.runs, self.is_text, self.is_spoken = [], [], False, False
        starts = named(("si", self.begin), ("t", self.begin_text), ("rPh", self.begin_spoken))
        ends = named(("si", self.finish), ("t", self.end_text), ("rPh", self.end_spoken))
        if name := parts.of_kind("sharedStrings"):
            parts.parse(name, starts, ends, self.add)

    def begin(self, attributes):
        self.runs = []

    def begin_text(self, attributes):
        self.is_text = not self.is_spoken

    def begin_spoken(self, attributes):
        self.is_spoken = True

    def end_text(self):
        self.is_text = False

    def end_spoken(self):
        self.is_spoken = False

    def add(self, text):
        if self.is_text:
            self.runs.append(text)

    def finish(self):
        self.all.append("".join(self.runs))


class Styles:
    """``kinds``: what the number of a cell of each style is: "number", "day" or "span"."""

    def __init__(self, parts):
        self.kinds, self.codes, self.is_cells = [], {}, False
        starts = named(("numFmt", self.format), ("cellXfs", self.begin), ("xf", self.style))
        if name := parts.of_kind("styles"):
            parts.parse(name, starts, named(("cellXfs", self.finish)))

    def format(self, attributes):
        self.codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")

    def begin(self, attributes):
        self.is_cells = True

    def finish(self):
        self.is_cells = False

    def style(self, attributes):
        if self.is_cells:
            self.kinds.append(self.kind(int(attributes.get("numFmtId", 0))))

    def kind(self, number):
        if number not in self.codes:
            return "span" if number == BUILT_IN_SPAN else "day" if number in BUILT_IN_DAYS else "number"
        code = NO_CODE.sub("", self.codes[number].partition(";")[0])
        return "span" if SPAN.search(code) else "day" if DAY_LETTERS.search(code) else "number"


# --- the sheet -----------------------------------------------------------------------------------------------------


class Sheet:
    """Reads the rows of a sheet one by one and sends each on. Sizes that the sheet states of itself are not read."""

    def __init__(self, title, book, texts, styles, limits, send):
        self.title, self.texts, self.kinds, self.limits, self.send = title, texts.all, styles.kinds, limits, send
        self.epoch = datetime(1904, 1, 1) if book.is_1904 else datetime(1899, 12, 30)
        self.row = self.column = self.filled = 0
        self.has_headings = False
        self.columns, self.values, self.merged, self.places = [], [], [], {}
        self.kind = self.style = ""
        self.content, self.formula, self.runs = None, None, []
        self.goes_to = None  # where the text goes that is met
        self.is_spoken = False
        self.starts = named(
            ("row", self.begin_row),
            ("c", self.begin_cell),
            ("v", self.begin_value),
            ("f", self.begin_formula),
            ("t", self.begin_text),
            ("rPh", self.begin_spoken),
            ("mergeCell", self.merge),
        )
        self.ends = named(
            ("row", self.end_row),
            ("c", self.end_cell),
            ("v", self.end_text),
            ("f", self.end_text),
            ("t", self.end_text),
            ("rPh", self.end_spoken),
        )

    def read(self, parts, name):
        parts.parse(name, self.starts, self.ends, self.add)
        if self.merged:
            raise Refused("merged", sheet=self.title, cells=", ".join(self.merged))
        if not (self.filled or self.has_headings):
            raise Refused("no_cells", sheet=self.title)

    def begin_row(self, attributes):
        number = int(attributes["r"]) if "r" in attributes else self.row + 1
        if number <= self.row:
            raise Refused("odd")
        if number > LAST_ROW:
            raise Refused("far", sheet=self.title, column=1, row=number)
        self.row, self.column = number, 0

    def begin_cell(self, attributes):
        place = attributes.get("r", "")
        column = self.number_of(place.rstrip("0123456789")) if place else self.column + 1
        if column <= self.column:
            raise Refused("odd")
        self.column = column
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s")
        self.content, self.formula = None, None

    def number_of(self, letters):
        """A is 1, Z is 26, AA is 27."""
        if letters not in self.places:
            if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) < 4):
                raise ValueError(letters)
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - ord("A") + 1
            self.places[letters] = number
        return self.places[letters]

    def begin_value(self, attributes):
        self.content = self.goes_to = []

    def begin_formula(self, attributes):
        self.formula = self.goes_to = []

    def begin_text(self, attributes):
        if not self.is_spoken:
            self.content = self.goes_to = self.content or []

    def begin_spoken(self, attributes):
        self.is_spoken = True

    def end_spoken(self):
        self.is_spoken = False

    def end_text(self):
        self.goes_to = None

    def add(self, text):
        if self.goes_to is not None:
            self.goes_to.append(text)

    def merge(self, attributes):
        if len(self.merged) < 5:
            self.merged.append(attributes.get("ref", "")[:20])

    def end_cell(self):
        if self.content is None and self.formula is None:
            return
        value = self.value()
        if value is None:
            return
        if self.column > LAST_COLUMN:
            raise Refused("far", sheet=self.title, column=self.column, row=self.row)
        self.columns.append(self.column)
        self.values.append(value)

    def end_row(self):
        if not self.values:
            return
        if self.row == 1:
            self.has_headings = True
        else:
            self.filled += 1
            if self.filled > self.limits["rows"]:
                raise Refused("rows")
        self.send([self.row, self.columns, self.values])
        self.columns, self.values = [], []

    # What a cell holds; None when it is blank.

    def value(self):
        if self.formula is not None:
            return ["formula", "=" + "".join(self.formula)[:MOST_TEXT]]
        content, kind = "".join(self.content), self.kind
        if kind == "n":
            return self.number(content.strip()) if content.strip() else None
        if kind == "s":
            content = self.texts[_index(content)]
        if kind in ("s", "str", "inlineStr"):
            return self.text(content)
        if kind == "b":
            return {"1": True, "true": True, "0": False, "false": False}[content.strip()]
        if kind == "e":
            return ["error", content[:MOST_TEXT]]
        if kind == "d":
            return ["day", datetime.fromisoformat(content.strip()).replace(tzinfo=None).isoformat()]
        raise ValueError(kind)

    def text(self, content):
        if not content or content.isspace():
            return None
        if len(content) > MOST_TEXT:
            return ["long", content[:100]]
        return ESCAPED.sub("_", content) if "_x005F_" in content else content

    def number(self, content):
        if "_" in content or not content.isascii():
            raise ValueError(content)
        number = float(content)
        if number != number or number in (float("inf"), float("-inf")):
            return ["error", content[:100]]
        kind = self.kinds[_index(self.style)] if self.style else "number"
        if kind == "number":
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        return ["span", number] if kind == "span" else self.day(number)

    def day(self, number):
        """A day or time of day. The calendar of spreadsheets has a 29th of February 1900, which never was."""
        if 0 <= number < 1:
            return ["time", (self.epoch + timedelta(days=number)).time().isoformat()]
        if 0 < number < 60 and self.epoch.year == 1899:
            number += 1
        try:
            day = self.epoch + timedelta(days=number)
        except OverflowError:
            day = None
        if day is None or number < 0:
            return ["no_day", str(number)]
        if day.microsecond:
            day = (day + timedelta(milliseconds=500)).replace(microsecond=0)  # binary fractions of a second
        return ["day", day.isoformat()]


def _index(text):
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
