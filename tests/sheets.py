"""Spreadsheets for tests: good ones through openpyxl, and pieces to build those that no program writes."""

import io
import zipfile

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows, title="Cards", change=None):
    """An XLSX file (bytes) of these rows; ``change`` may do anything to the openpyxl workbook before it is saved."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def repack(content, parts, without=()):
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts and name not in without:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return output.getvalue()


def part(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def sheet_xml(rows, before="", after="", prolog=""):
    """The XML of a sheet whose rows are given as XML."""
    return f'{prolog}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def text_row(number, *texts):
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


def with_sheet(rows, **kwargs):
    """A workbook whose sheet is this XML."""
    return repack(workbook(["x"]), {SHEET: sheet_xml(rows, **kwargs)})


def with_shared_texts(texts, rows='<row r="1"><c t="s"><v>0</v></c></row>', prolog=""):
    """A workbook whose cells refer to these shared texts (XML)."""
    relations = "xl/_rels/workbook.xml.rels"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Type="{office}/sharedStrings" Target="sharedStrings.xml" Id="rId90"/></Relationships>'
    content = with_sheet(rows)
    related = part(content, relations).replace("</Relationships>", one)
    return repack(content, {relations: related, "xl/sharedStrings.xml": f'{prolog}<sst xmlns="{MAIN}">{texts}</sst>'})
