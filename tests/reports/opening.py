"""Documents that the program wrote, as the tests read them."""

import io
import zipfile

import docx
import openpyxl
from docx.oxml.ns import qn


def opened(content):
    return docx.Document(io.BytesIO(content))


def said(element):
    return element.xpath("string()")


def text_of(document):
    """Everything that the body of a document says."""
    return "\n".join(map(said, document.element.body.iter(qn("w:p"))))


def plain(content):
    """All texts and numbers of a file, in its order."""
    if not content.startswith(b"PK"):
        return content.decode()
    if "word/document.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist():
        return text_of(opened(content))
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
