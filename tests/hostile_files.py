"""Files that somebody could upload to do harm, or by mistake. REFUSED: what the sentence must say; READ: the rows.

Every entry is a function, so that a file is made only for the test that needs it.
"""

import io
import struct
import zipfile
from datetime import datetime, time

from tests.sheets import MAIN, SHEET, part, repack, sheet_xml, text_row, with_shared_texts, with_sheet, workbook

MEGABYTE = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
HEAD = text_row(1, "name", "gender")
ROW = text_row(2, "Sok Dara", "man")
GOOD_ROWS = [(2, {1: "Sok Dara", 2: "man"})]
BOMB = f'<!DOCTYPE x [<!ENTITY a "{"a" * 1000}"><!ENTITY b "{"&a;" * 1000}"><!ENTITY c "{"&b;" * 1000}">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>'
WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"


def good():
    return workbook(["name", "gender"], ["Sok Dara", "man"])


# --- pieces --------------------------------------------------------------------------------------------------------


def zip_of(parts, method=zipfile.ZIP_DEFLATED):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return output.getvalue()


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def in_table_of_contents(content, offset, data, name=SHEET):
    """The archive with bytes of the entry of a part in its table of contents replaced."""
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    return content[: at + offset] + data + content[at + offset + len(data) :]


def sizes_that_lie(unpacked):
    """The sheet says of itself, at both places, that it is this large."""
    content = with_sheet(HEAD + ROW * 1 + " " * 3 * MEGABYTE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(SHEET).header_offset
    content = content[: at + 22] + struct.pack("<L", unpacked) + content[at + 26 :]
    return in_table_of_contents(content, 24, struct.pack("<L", unpacked))


def parts_in_each_other():
    """Two names for the same bytes, as in a bomb that repeats one packed kernel thousands of times."""
    content = repack(good(), {"xl/a.bin": bytes(5000)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        offset = archive.getinfo(SHEET).header_offset
    return in_table_of_contents(content, 42, struct.pack("<L", offset), "xl/a.bin")


def with_two_parts_of_one_name(name):
    """``zipfile`` warns when it writes a name twice; names of one length are exchanged instead."""
    content = repack(good(), {"xl/worksheets/sheet9.xml": sheet_xml(text_row(1, "other"))})
    return content.replace(b"xl/worksheets/sheet9.xml", name)


def a_link():
    output = io.BytesIO(good())
    with zipfile.ZipFile(output, "a") as archive:
        link = zipfile.ZipInfo("xl/media/image1.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return output.getvalue()


def with_zip64():
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(good()).items():
            with archive.open(name, "w", force_zip64=True) as target:
                target.write(content)
    return output.getvalue()


def corrupted(offset, length=40):
    content = good()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(SHEET).header_offset + offset
    return content[:at] + bytes(length) + content[at + length :]


def many_entries(number):
    """A table of contents with entries for parts that are nowhere."""
    entry = (
        b"PK\x01\x02" + struct.pack("<HHHHHHLLLHHHHHLL", 20, 20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"xl/ab"
    )
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 65535, 65535, len(entry) * number, 30, 0)
    return b"PK\x03\x04" + bytes(26) + entry * number + end


def nested(depth=6):
    content = zip_of({f"{n}.bin": bytes(MEGABYTE) for n in range(4)})
    for level in range(depth):
        content = zip_of({f"xl/{level}-{n}.zip": content for n in range(4)})
    return repack(good(), {"xl/embeddings/inner.zip": content})


def styled(number_format, *cells, is_1904=False):
    """A workbook whose style 1 has this number format; ``cells``: XML of the cells of row 2."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="{number_format}"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    content = repack(with_sheet(HEAD + f'<row r="2">{"".join(cells)}</row>'), {STYLES: styles})
    if not is_1904:
        return content
    return repack(content, {WORKBOOK: part(content, WORKBOOK).replace("<workbookPr/>", '<workbookPr date1904="1"/>')})


def in_utf_16(content):
    """Every XML part in UTF-16, as the standard allows."""
    return zip_of(
        {
            name: ('<?xml version="1.0" encoding="UTF-16"?>' + data.decode().partition("?>")[2]).encode("utf-16")
            if data.startswith(b"<?xml")
            else data.decode().encode("utf-16")
            for name, data in parts_of(content).items()
        }
    )


def with_head(head):
    """The sheet of the good workbook behind this declaration, in the encoding that it names."""
    return repack(good(), {SHEET: head})


def merged(book):
    book.active.merge_cells("A1:B1")


def several(book):
    book.create_sheet("Hidden", 0).append(["secret"])
    book["Hidden"].sheet_state = "hidden"
    book.create_sheet("Notes").append(["note"])
    book.active = 1


def a_cell(content, **attributes):
    return '<c r="A2"' + "".join(f' {name}="{value}"' for name, value in attributes.items()) + f">{content}</c>"


def row_2(cells):
    return with_sheet(HEAD + f'<row r="2">{cells}</row>')


# --- refused -------------------------------------------------------------------------------------------------------

ODD, DAMAGED, LARGE, DECLARED = "no spreadsheet program does", "damaged", "unpacks to a very large", "declarations"

REFUSED = {
    # other kinds of file
    "nothing": (lambda: b"", "is empty"),
    "only NUL": (lambda: bytes(5000), "is empty"),
    "text": (lambda: b"name,gender\nSok Dara,man\n", "plain text, for example CSV"),
    "text in UTF-16": (lambda: "name,gender\n".encode("utf-16"), "is not a spreadsheet"),
    "a web page": (lambda: b"\n<html><table><tr><td>name</td></tr></table></html>", "a web page"),
    "XML of a spreadsheet": (lambda: b'<?xml version="1.0"?><Workbook/>', "a web page or XML"),
    "a PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a spreadsheet"),
    "random bytes": (lambda: b"\x00\x01\x02\x03" * 700, "is not a spreadsheet"),
    "an old workbook": (lambda: OLE, "old Excel format"),
    "a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "an open document": (lambda: zip_of({"mimetype": "application/vnd.oasis", "content": "<a/>"}), "not an Excel"),
    "a text document": (
        lambda: zip_of({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}),
        "another kind of",
    ),
    "another archive": (lambda: zip_of({"readme": "hello"}), "an archive, but not an Excel workbook"),
    # broken and dishonest archives
    "only the first bytes of an archive": (lambda: b"PK\x03\x04", DAMAGED),
    "half a file": (lambda: good()[: len(good()) // 2], DAMAGED),
    "corrupted bytes": (lambda: corrupted(60), DAMAGED),
    "a wrong checksum": (lambda: in_table_of_contents(good(), 16, b"\1\2\3\4"), DAMAGED),
    "a table of contents that points elsewhere": (lambda: in_table_of_contents(good(), 42, b"\xff\xff\0\0"), DAMAGED),
    "a size that is too small": (lambda: sizes_that_lie(100), DAMAGED),
    "a size that is too large": (lambda: sizes_that_lie(40 * MEGABYTE), LARGE),
    "parts in each other": (parts_in_each_other, ODD),
    "two parts of one name": (lambda: with_two_parts_of_one_name(b"xl/worksheets/sheet1.xml"), ODD),
    "two parts whose names differ in case": (lambda: with_two_parts_of_one_name(b"xl/Worksheets/sheet1.xml"), ODD),
    "two thousand parts": (lambda: repack(good(), {f"xl/{n}.bin": b"" for n in range(2_000)}), ODD),
    "two hundred thousand parts that are nowhere": (lambda: many_entries(190_000), ODD),
    "a name that climbs out": (lambda: repack(good(), {"xl/../../../etc/cron.d/x": "x"}), ODD),
    "a name from the root": (lambda: repack(good(), {"/etc/passwd": "x"}), ODD),
    "a link to a file": (a_link, ODD),
    "packed with another method": (lambda: zip_of(parts_of(good()), zipfile.ZIP_LZMA), ODD),
    "an archive with a password": (lambda: in_table_of_contents(good(), 8, b"\1\0"), "protected with a password"),
    # bombs
    "more than ten megabytes": (lambda: good() + bytes(10 * MEGABYTE), "larger than 10 MB"),
    "a bomb of zeros": (lambda: repack(good(), {"xl/media/image1.png": bytes(20 * MEGABYTE)}), LARGE),
    "a bomb in the sheet": (lambda: with_sheet(" " * (20 * MEGABYTE)), LARGE),
    "a bomb in the texts": (lambda: with_shared_texts("<si><t>a</t></si>" * 5_000_000), LARGE),
    "one huge attribute": (lambda: with_sheet(f'<row r="{"1" * 5_000_000}"/>'), LARGE),
    "entities": (lambda: with_sheet(text_row(1, "&c;"), prolog=BOMB), DECLARED),
    "an entity from outside": (lambda: with_sheet(text_row(1, "&a;"), prolog=OUTSIDE), DECLARED),
    "a parameter entity from outside": (lambda: with_sheet(HEAD, prolog=PARAMETER), DECLARED),
    "a document type": (lambda: with_sheet(HEAD, prolog='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'), DECLARED),
    "entities in the texts": (lambda: with_shared_texts("<si><t>&c;</t></si>", prolog=BOMB), DECLARED),
    "entities in the workbook": (lambda: repack(good(), {WORKBOOK: BOMB + part(good(), WORKBOOK)}), DECLARED),
    "entities in the styles": (lambda: repack(good(), {STYLES: BOMB + f'<styleSheet xmlns="{MAIN}"/>'}), DECLARED),
    "entities in UTF-16": (
        lambda: with_head((BOMB + sheet_xml(text_row(1, "&c;"))).encode("utf-16")),
        DECLARED,
    ),
    "elements in elements": (lambda: with_sheet("<row>" * 10_000 + "</row>" * 10_000), DECLARED),
    "a text a million times": (
        lambda: with_shared_texts(
            f"<si><t>{'a' * 30_000}</t></si>",
            "".join(f'<row r="{n}">' + '<c t="s"><v>0</v></c>' * 20 + "</row>" for n in range(1, 1_000)),
        ),
        "too much time or memory",
    ),
    # XML that is none
    "broken XML": (lambda: repack(good(), {SHEET: part(good(), SHEET)[:-30]}), DAMAGED),
    "NUL in XML": (lambda: with_sheet(text_row(1, "na\x00me")), DAMAGED),
    "control characters in XML": (lambda: with_sheet(text_row(1, "na\x08\x1bme")), DAMAGED),
    "a character that cannot be": (lambda: with_sheet(text_row(1, "na&#xD800;me")), DAMAGED),
    "an encoding that is not kept": (lambda: with_head(b'<?xml version="1.0"?><a>\xff\xfe</a>'), DAMAGED),
    "an encoding that nobody knows": (lambda: with_head(b'<?xml version="1.0" encoding="x-none"?><a/>'), DAMAGED),
    # what must not be in a list of people
    "macros": (lambda: repack(good(), {"xl/vbaProject.bin": b"x"}), "macros"),
    "macros under another name": (lambda: repack(good(), {"xl/my/VBAPROJECT.BIN": b"x"}), "macros"),
    "links to files": (lambda: repack(good(), {"xl/externalLinks/externalLink1.xml": "<a/>"}), "linked to other files"),
    # workbooks without a table
    "no sheet": (lambda: repack(good(), {}, without=[SHEET]), "no visible sheet"),
    "no workbook": (lambda: repack(good(), {}, without=[WORKBOOK]), DAMAGED),
    "an empty sheet": (lambda: workbook(), "is empty"),
    "only hidden sheets": (
        lambda: repack(good(), {WORKBOOK: part(good(), WORKBOOK).replace('"visible"', '"veryHidden"')}),
        "no visible sheet",
    ),
    # sheets that are no table
    "merged headings": (lambda: workbook(["name", None], ["Sok", "Dara"], change=merged), "A1:B1 are merged"),
    "a cell far to the right": (lambda: row_2('<c r="XFD2"><v>1</v></c>'), "column XFD or row 2, far outside"),
    "a row of 16,384 cells": (
        lambda: with_sheet('<row r="1">' + "<c><v>1</v></c>" * 16_384 + "</row>"),
        "column GS or row 1, far outside",
    ),
    "a column that cannot be": (lambda: with_sheet('<row r="1"><c r="ABCDEFGH1"><v>1</v></c></row>'), DAMAGED),
    "a row far below": (lambda: with_sheet(HEAD + '<row r="99999999999"><c><v>1</v></c></row>'), "far outside"),
    "two million empty rows": (
        lambda: with_sheet(HEAD + ROW + "".join(f'<row r="{n}"/>' for n in range(3, 2_000_003))),
        ("row 1048577, far outside", "needs too much time"),  # on a machine that is busy
    ),
    "a row that is no number": (lambda: with_sheet('<row r="one"><c><v>1</v></c></row>'), DAMAGED),
    "a negative row": (lambda: with_sheet('<row r="-1"><c><v>1</v></c></row>'), ODD),
    "the same row twice": (lambda: with_sheet(HEAD + ROW + ROW), ODD),
    "the same cell twice": (lambda: row_2('<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>'), ODD),
    "a text that does not exist": (lambda: row_2(a_cell("<v>999</v>", t="s")), DAMAGED),
    "a text before the first": (
        lambda: with_shared_texts("<si><t>a</t></si>", HEAD + f'<row r="2">{a_cell("<v>-1</v>", t="s")}</row>'),
        DAMAGED,
    ),
    "a style before the first": (lambda: styled("0", a_cell("<v>1</v>", s="-1")), DAMAGED),
    "a number that is none": (lambda: row_2(a_cell("<v>1e</v>")), DAMAGED),
    "a style that does not exist": (lambda: row_2(a_cell("<v>1</v>", s="4000")), DAMAGED),
    "a truth that is neither": (lambda: row_2(a_cell("<v>2</v>", t="b")), DAMAGED),
    "a kind of cell that nobody knows": (lambda: row_2(a_cell("<v>2</v>", t="zz")), DAMAGED),
    "50,000 rows": (
        lambda: with_sheet("".join(text_row(n, f"name {n}", "man") for n in range(1, 50_001))),
        "5,000 rows",
    ),
}

# --- read correctly --------------------------------------------------------------------------------------------------

FORMULA, ERROR = ("=1+1", "paste the value"), ("#REF!", "an error of the spreadsheet")
LONG = "a" * 32_767

# What is read; (shown, part of the reason) is a cell that cannot be used.
READ = {
    "an ordinary file": (good, GOOD_ROWS),
    "a lying size that is huge": (lambda: with_sheet(HEAD + ROW, before='<dimension ref="A1:XFD1048576"/>'), GOOD_ROWS),
    "a lying size that is small": (lambda: with_sheet(HEAD + ROW, before='<dimension ref="A1:A1"/>'), GOOD_ROWS),
    "a negative size": (lambda: with_sheet(HEAD + ROW, before='<dimension ref="A-5:B-1"/>'), GOOD_ROWS),
    "no size": (lambda: with_sheet(HEAD + ROW), GOOD_ROWS),
    "many empty rows": (
        lambda: with_sheet(HEAD + ROW + "".join(f'<row r="{n}"/>' for n in range(3, 400_000))),
        GOOD_ROWS,
    ),
    "rows far apart": (lambda: with_sheet(HEAD + text_row(1_048_576, "a", "b")), [(1_048_576, {1: "a", 2: "b"})]),
    "zip64": (with_zip64, GOOD_ROWS),
    "nothing compressed": (lambda: zip_of(parts_of(good()), zipfile.ZIP_STORED), GOOD_ROWS),
    "an archive in the archive": (nested, GOOD_ROWS),
    "bytes behind the archive": (lambda: good() + b"\0" * 50, GOOD_ROWS),
    "UTF-16": (lambda: in_utf_16(good()), GOOD_ROWS),
    "a byte order mark": (lambda: with_head(b"\xef\xbb\xbf" + sheet_xml(HEAD + ROW).encode()), GOOD_ROWS),
    "Latin letters in their old encoding": (
        lambda: with_head(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + sheet_xml(HEAD + ROW).encode("latin-1")),
        GOOD_ROWS,
    ),
    "hidden and further sheets": (
        lambda: workbook(["name"], ["Sok"], title="Cards", change=several),
        [(2, {1: "Sok"})],
    ),
    "entities in a part that is not read": (lambda: repack(good(), {"docProps/app.xml": BOMB + "<a/>"}), GOOD_ROWS),
    "a formula": (lambda: row_2(a_cell("<f>1+1</f><v>2</v>")), [(2, {1: FORMULA})]),
    "a formula that runs a program": (
        lambda: row_2(a_cell("<f>cmd|'/c calc'!A1</f><v>2</v>")),
        [(2, {1: ("=cmd|'/c calc'!A1", "paste the value")})],
    ),
    "text that looks like a formula": (
        lambda: row_2(a_cell("<is><t>=1+1</t></is>", t="inlineStr")),
        [(2, {1: "=1+1"})],
    ),
    "an error": (lambda: row_2(a_cell("<v>#REF!</v>", t="e")), [(2, {1: ERROR})]),
    "a number without end": (lambda: row_2(a_cell("<v>1e999</v>")), [(2, {1: ("1e999", "an error")})]),
    "NaN": (lambda: row_2(a_cell("<v>NaN</v>")), [(2, {1: ("NaN", "an error")})]),
    "numbers as text": (lambda: row_2(a_cell("<v>012</v>", t="str")), [(2, {1: "012"})]),
    "numbers": (lambda: row_2(a_cell("<v>5</v>") + "<c><v>-1.5E-3</v></c>"), [(2, {1: 5, 2: -0.0015})]),
    "truths": (lambda: row_2(a_cell("<v>1</v>", t="b") + '<c t="b"><v>0</v></c>'), [(2, {1: True, 2: False})]),
    "rich text": (
        lambda: with_shared_texts(
            "<si><t>h</t></si><si><r><t>Sok </t></r><r><rPr><b/></rPr><t>Dara</t></r><rPh><t>sound</t></rPh></si>",
            '<row r="1"><c t="s"><v>0</v></c></row><row r="2"><c t="s"><v>1</v></c></row>',
        ),
        [(2, {1: "Sok Dara"})],
    ),
    "rich text in the cell": (
        lambda: row_2(a_cell("<is><r><t>Sok </t></r><r><t>Dara</t></r></is>", t="inlineStr")),
        [(2, {1: "Sok Dara"})],
    ),
    "an escape of an escape": (
        lambda: row_2(a_cell("<is><t>_x005F_x0041_</t></is>", t="inlineStr")),
        [(2, {1: "_x0041_"})],
    ),
    "the longest cell": (lambda: with_sheet(HEAD + text_row(2, LONG)), [(2, {1: LONG})]),
    "a cell that is longer": (
        lambda: with_sheet(HEAD + text_row(2, LONG + "a")),
        [(2, {1: (LONG[:100], "Shorten it")})],
    ),
    "a cell of several lines": (lambda: with_sheet(HEAD + text_row(2, "a\nb&#13;\tc")), [(2, {1: "a\nb\r\tc"})]),
    "letters of every direction and none": (
        lambda: with_sheet(HEAD + text_row(2, "\u202ecba", "e\u0301" * 50 + "\U0001f600\ufeff")),
        [(2, {1: "\u202ecba", 2: "e\u0301" * 50 + "\U0001f600\ufeff"})],
    ),
    "cells with blanks": (
        lambda: with_sheet(HEAD + text_row(2, "\u00a0 ", "\u3000") + text_row(3, "a")),
        [(3, {1: "a"})],
    ),
    "a day": (lambda: styled("dd/mm/yyyy", a_cell("<v>46204</v>", s="1")), [(2, {1: datetime(2026, 7, 1)})]),
    "a day counted from 1904": (
        lambda: styled("dd/mm/yyyy", a_cell("<v>44742</v>", s="1"), is_1904=True),
        [(2, {1: datetime(2026, 7, 1)})],
    ),
    "a day of the Buddhist era": (
        lambda: styled("[$-107041E]d/m/yyyy", a_cell("<v>244531</v>", s="1")),
        [(2, {1: datetime(2569, 7, 1)})],
    ),
    "a negative day": (
        lambda: styled("dd/mm/yyyy", a_cell("<v>-5</v>", s="1")),
        [(2, {1: ("-5.0", "does not exist")})],
    ),
    "a day after the last": (
        lambda: styled("yyyy", a_cell("<v>99999999</v>", s="1")),
        [(2, {1: ("99999999.0", "does not exist")})],
    ),
    "a day as ISO": (lambda: row_2(a_cell("<v>2026-07-01</v>", t="d")), [(2, {1: datetime(2026, 7, 1)})]),
    "a time": (lambda: styled("hh:mm", a_cell("<v>0.5</v>", s="1")), [(2, {1: time(12)})]),
    "a span without end": (
        lambda: styled("[h]:mm", a_cell("<v>1e300</v>", s="1")),
        [(2, {1: ("1e+300", "does not exist")})],
    ),
    "money is no day": (lambda: styled("[Red]#,##0.00&quot;days&quot;", a_cell("<v>5</v>", s="1")), [(2, {1: 5})]),
}
