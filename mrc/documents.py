"""Everything that is written as DOCX: the building blocks of a document, and the documents that are no more than these.

python-docx makes the package, with its styles, header and footer. The body is written as text: so a table takes a
tenth of the time, and a document of thousands of pages is never held in memory whole.
"""

import io
import re
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.translation import get_language
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from mrc.printed import grid_headings, printable, report_facts, shares_of, show_number

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT_NAME = "Arial"
# Every Windows with Word has these two; where they are missing, another font with the letters takes their place.
FONT_OF_OTHER_SCRIPTS, FONT_OF_BURMESE = "Leelawadee UI", "Myanmar Text"
WIDTH = 17.0  # centimetres between the margins
GRID_WIDTHS = (5.2, 2.2, 2.2, 2.4, 2.2, 2.8)
FEW_WIDTHS = (5.2, 3.6, 2.8)  # of tables without gender: an amount in riel stands in one line
LONG_ROW = 1500  # characters; a longer one may begin on one page and end on the next
STYLE_SIZES = {"Title": 20, "Heading 1": 14, "Heading 2": 11, "Heading 3": 10}  # points
INK, SHADE = RGBColor(0x1F, 0x3A, 0x4D), "E8EEF2"
LANGUAGES = {"en": "en-GB", "th": "th-TH", "km": "km-KH", "lo": "lo-LA", "my": "my-MM", "vi": "vi-VN"}


@dataclass(frozen=True)
class Script:
    """Letters that Word sets in the font “for complex scripts” (w:cs), and only if it is told their language."""

    letters: Any
    font: str
    language: str
    is_from_right: bool = False


def _script(letters, *more):
    # Blanks, digits and signs between two such letters belong to them, or they would be set in another font.
    return Script(re.compile(f"[{letters}](?:[{letters}\u200b-\u200d\\s\\d.,:;()-]*[{letters}\u200b-\u200d])?"), *more)


SCRIPTS = (
    _script("\u0e00-\u0e7f", FONT_OF_OTHER_SCRIPTS, "th-TH"),
    _script("\u0e80-\u0eff", FONT_OF_OTHER_SCRIPTS, "lo-LA"),
    _script("\u1780-\u17ff\u19e0-\u19ff", FONT_OF_OTHER_SCRIPTS, "km-KH"),
    _script("\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f", FONT_OF_BURMESE, "my-MM"),
    _script("\u0590-\u05ff", FONT_NAME, "he-IL", True),
    _script("\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc", FONT_NAME, "ar-SA", True),
)

# --- building blocks: each is a piece of WordprocessingML --------------------------------------------------------


def runs(text, *, bold=False, italic=False, size=None):
    """A text without line breaks; ``size`` in points."""
    text = printable(text)
    marks = ("<w:b/><w:bCs/>" if bold else "") + ("<w:i/><w:iCs/>" if italic else "")
    sizes = f'<w:sz w:val="{size * 2}"/><w:szCs w:val="{size * 2}"/>' if size else ""
    if text.isascii():
        return _run(text, marks + sizes)
    return "".join(
        _run(piece, _of_script(script, marks, sizes) if script else marks + sizes) for piece, script in _pieces(text)
    )


def _run(text, properties):
    content = escape(text).replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
    properties = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{content}</w:t></w:r>'


def _of_script(script, marks, sizes):
    font = "".join(f' w:{slot}="{script.font}"' for slot in ("ascii", "hAnsi", "cs"))
    direction = "<w:rtl/>" if script.is_from_right else "<w:cs/>"
    return f'<w:rFonts{font}/>{marks}{sizes}{direction}<w:lang w:bidi="{script.language}"/>'


def _pieces(text):
    """(piece of the text, its Script or None for Latin and everything else)."""
    found = sorted(
        ((match.span(), script) for script in SCRIPTS for match in script.letters.finditer(text)),
        key=lambda one: one[0],
    )
    done = 0
    for (start, end), script in found:
        if start > done:
            yield text[done:start], None
        yield text[start:end], script
        done = end
    if done < len(text):
        yield text[done:], None


def paragraph(content, *, style="", align="", keeps_next=False, begins_page=False):
    """``content``: runs. ``keeps_next``: on one page with the paragraph that follows."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += "<w:keepNext/>" if keeps_next else ""
    properties += "<w:pageBreakBefore/>" if begins_page else ""
    properties += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def paragraphs(text, *, bold=False, italic=False, size=None, **layout):
    """One for each line of the text that says something."""
    lines = list(filter(str.strip, printable(text).split("\n"))) or [""]
    return "".join(paragraph(runs(line, bold=bold, italic=italic, size=size), **layout) for line in lines)


def cell(content, width, *, shade="", columns=1):
    """``content``: paragraphs; ``width`` in centimetres; ``columns``: how many it spans."""
    properties = f'<w:tcW w:w="{_twips(width)}" w:type="dxa"/>'
    properties += f'<w:gridSpan w:val="{columns}"/>' if columns > 1 else ""
    properties += f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def table_row(cells, *, is_heading=False, stays_whole=True):
    """``is_heading``: repeated on every page that the table reaches."""
    properties = ("<w:cantSplit/>" if stays_whole else "") + ("<w:tblHeader/>" if is_heading else "")
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(rows, widths):
    """``rows``: of ``table_row``; ``widths`` of the columns in centimetres."""
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    properties = '<w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/><w:tblLayout w:type="fixed"/>'
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _twips(centimetres):
    return round(centimetres * 567)


# --- a document --------------------------------------------------------------------------------------------------


class Paper:
    """A document of A4 pages, written from top to bottom, in the language of the reader.

    ``title`` is that of the file, not printed; ``organization`` and ``remark`` stand at the top of every page.
    """

    def __init__(self, title="", *, organization="", remark=""):
        self._package = _package(printable(title), printable(organization), printable(remark))
        self._parts = []

    def title(self, text):
        self.add(paragraphs(text, style="Title"))

    def heading(self, text, level=1, *, begins_page=False):
        line = " ".join(printable(text).split())
        self.add(paragraph(runs(line), style=f"Heading{level}", begins_page=begins_page))

    def text(self, text, **look):
        self.add(paragraphs(text, **look))

    def table(self, headings, rows, widths):
        """A table of texts, under headings that are repeated on every page.

        ``rows``: (texts, whether the first line of the first text stands out).
        """
        top = [
            cell(paragraphs(text, bold=True, keeps_next=True), width, shade=SHADE)
            for text, width in zip(headings, widths, strict=True)
        ]
        body = [
            table_row(
                [
                    cell(_with_first_line(text) if stands_out and not number else paragraphs(text), width)
                    for number, (text, width) in enumerate(zip(texts, widths, strict=True))
                ],
                stays_whole=sum(map(len, texts)) < LONG_ROW,
            )
            for texts, stands_out in rows
        ]
        self.add(table([table_row(top, is_heading=True), *body], widths) + paragraph(""))

    def head(self, rows, widths):
        """A table without headings: ``rows`` of texts whose first line says what the rest is."""
        cells = ([cell(_with_first_line(text), width) for text, width in zip(row, widths, strict=True)] for row in rows)
        self.add(table(map(table_row, cells), widths) + paragraph(""))

    def numbers(self, headings, rows):
        """A small table of numbers, each row with its heading."""
        widths = GRID_WIDTHS[: len(headings)]
        lines = [[row[0], *map(show_number, row[1:])] for row in rows]
        body = [_numbers(line, widths, keeps_next=line is not lines[-1]) for line in lines]
        self.add(table([_numbers(headings, widths, is_heading=True, shade=SHADE, bold=True), *body], widths))
        self.add(paragraph(""))

    def grid(self, grid, level=2):
        """The table of a grid with its title (a heading of that level) and note; it stays together on a page."""
        self.heading(grid.caption, level)
        headings = grid_headings(grid)
        widths = (FEW_WIDTHS if len(headings) <= len(FEW_WIDTHS) else GRID_WIDTHS)[: len(headings)]
        rows = [_numbers(headings, widths, is_heading=True, shade=SHADE, bold=True)]
        last = grid.printed_rows[-1] if grid.printed_rows and not grid.table.note else None
        for row in grid.printed_rows:
            texts = [row.slice.heading, *(show_number(value) for value in (*row.values, *shares_of(grid, row)))]
            rows.append(_numbers(texts, widths, bold=row is grid.total, keeps_next=row is not last))
        self.add(table(rows, widths) + paragraphs(grid.table.note, italic=True, size=9))

    def add(self, part):
        """A piece of the body, made of the blocks above."""
        self._parts.append(part)

    def content(self, more=()):
        """The file. ``more``: further pieces, which are read one by one."""
        file = io.BytesIO()
        with ZipFile(self._package) as blank, ZipFile(file, "w", ZIP_DEFLATED) as whole:
            for item in blank.infolist():
                content = blank.read(item)
                with whole.open(item.filename, "w") as part:
                    if item.filename != "word/document.xml":
                        part.write(content)
                        continue
                    before, end, after = content.partition(b"<w:sectPr")
                    part.write(before)
                    for pieces in (self._parts, more):
                        for piece in pieces:
                            part.write(piece.encode())
                    part.write(end + after)
        return file.getvalue()


def _with_first_line(text):
    """Paragraphs of which the first is bold."""
    first, _break, rest = printable(text).partition("\n")
    return paragraphs(first, bold=True) + (paragraphs(rest) if rest.strip() else "")


def _numbers(texts, widths, *, bold=False, shade="", is_heading=False, keeps_next=True):
    """A row of a table of numbers: the first text to the left, the others to the right."""
    look = {"bold": bold, "keeps_next": keeps_next}
    cells = [
        cell(paragraphs(text, align="right" if number else "left", **look), width, shade=shade)
        for number, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    return table_row(cells, is_heading=is_heading)


def _package(title, organization, remark):
    """An empty document with its styles, header and footer."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title, organization, ""
    properties.language = _language()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    _set_styles(document)
    if organization or remark:
        _fill_header(section, organization, remark)
    _number_pages(section.footer.paragraphs[0])
    file = io.BytesIO()
    document.save(file)
    return file


def _language():
    language = (get_language() or "en").partition("-")[0]
    return LANGUAGES.get(language, language)


def _set_styles(document):
    """Fonts, also those of complex scripts, and the language of the reader."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault"))[0]
    for slot in ("val", "eastAsia", "bidi"):
        defaults.find(qn("w:lang")).set(qn(f"w:{slot}"), _language())
    _set_font(defaults, 10)
    for name, size in STYLE_SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), INK
        _set_font(style.element.rPr, size)
    # Here and not in the style of paragraphs, which would also hold inside tables.
    spacing = document.styles.element.find(qn("w:docDefaults")).find(qn("w:pPrDefault"))[0].find(qn("w:spacing"))
    spacing.set(qn("w:after"), "110")
    in_tables = document.styles["Table Grid"].element.pPr.find(qn("w:spacing"))
    for side in ("before", "after"):
        in_tables.set(qn(f"w:{side}"), "20")


def _set_font(properties, size):
    """In all scripts; python-docx knows of Latin letters alone."""
    fonts = properties.find(qn("w:rFonts"))
    fonts.attrib.clear()
    for slot in ("ascii", "hAnsi", "eastAsia"):
        fonts.set(qn(f"w:{slot}"), FONT_NAME)
    fonts.set(qn("w:cs"), FONT_OF_OTHER_SCRIPTS)
    latin = properties.find(qn("w:sz"))
    others = properties.find(qn("w:szCs"))
    if others is None:
        others = OxmlElement("w:szCs")
        latin.addnext(others)
    for one in (latin, others):
        one.set(qn("w:val"), str(2 * size))


def _fill_header(section, organization, remark):
    line = section.header.paragraphs[0]
    line.style.paragraph_format.tab_stops.clear_all()
    line.style.paragraph_format.tab_stops.add_tab_stop(Cm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    line.text = f"{organization}\t{remark}"


def _number_pages(line):
    """“n / m”."""
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for field, after in (("PAGE", " / "), ("NUMPAGES", "")):
        element = OxmlElement("w:fldSimple")
        element.set(qn("w:instr"), field)
        line._p.append(element)
        line.add_run(after)


# --- documents ---------------------------------------------------------------------------------------------------


def report_docx(report):
    """The report tables (reports/services.py) as a document."""
    paper = Paper(report.title)
    paper.title(report.title)
    for name, text in report_facts(report):
        paper.text(f"{name}: {text}")
    for heading, grids in report.sections:
        paper.heading(heading)
        for grid in grids:
            paper.grid(grid)
    return paper.content()


def text_docx(title, parts):
    """A document of texts: ``parts`` are (heading, text), those without text are left out."""
    paper = Paper()
    paper.title(title)
    for heading, text in parts:
        if text:
            paper.heading(heading, 2)
            paper.text(text)
    return paper.content()
