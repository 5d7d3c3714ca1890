"""The individual legal assistance records as filled forms of Annex 2, one on a page, without names.

They are handed in with the final report (section 3.2). No client card and no employer or agency is read for them.
"""

from collections import defaultdict
from functools import cache
from itertools import islice

from django.utils.translation import gettext as _

from legal_cases.models import (
    CaseRemedy,
    CaseSubject,
    ComplaintSource,
    ComplaintSubject,
    LegalCase,
    Remedy,
    Resolution,
    Sanction,
)  # fmt: skip
from mrc.choices import Gender, LegalStatus
from mrc.documents import SHADE, WIDTH, Paper, cell, paragraph, paragraphs, runs, table, table_row
from mrc.printed import show_number

TICKED, EMPTY = "☒", "☐"
COLUMNS = 6  # of the form; an answer takes one, two or three sixths of its width
SMALL = 9  # points
CASES_AT_A_TIME = 500
CODES = (
    "reference", "centre__code", "gender", "nationality", "destination_country", "sector", "legal_status", "source",
    "duration_months", "resolution", "requested_amount", "requested_currency", "awarded_amount", "awarded_currency",
    "sanction",
)  # fmt: skip
WORDS = ("source_other", "subjects_other", "dropped_reason", "remedies_other")


def final_cases(agreement):
    """The cases whose records are handed in: closed while the agreement ran, in its centres; inside their scope."""
    closed = LegalCase.objects.closed_between(agreement.starts_on, agreement.ends_on)
    return closed.filter(centre__in=agreement.centres.all())


def legal_records_docx(cases, with_remarks, *, with_words=True, organization=""):
    """The forms of these cases as a document. ``with_words``: what was typed under “specify”.

    Remarks and words that are left out are not even read.
    """
    title = _("Legal assistance records")
    form = AnnexTwo(with_remarks, with_words)
    pages = (form.page(case, *answers) for case, *answers in _with_answers(cases.only(*form.fields)))
    return Paper(title, organization=organization, remark=title).content(pages)


def _with_answers(cases):
    """(case, codes of its subjects, codes of its remedies), by centre and reference, some hundred in three queries."""
    found = cases.select_related("centre").order_by("centre__code", "reference").iterator(chunk_size=CASES_AT_A_TIME)
    while batch := list(islice(found, CASES_AT_A_TIME)):
        answers = [_codes(model, batch) for model in (CaseSubject, CaseRemedy)]
        yield from ((case, *(codes[case.pk] for codes in answers)) for case in batch)


def _codes(model, cases):
    codes = defaultdict(tuple)
    for case, code in model.objects.filter(case__in=cases).order_by("code").values_list("case", "code"):
        codes[case] += (code,)
    return codes


class AnnexTwo:
    """The form. Its words and boxes are made once, so that a page of it costs little."""

    def __init__(self, with_remarks, with_words):
        self.with_remarks, self.with_words = with_remarks, with_words
        self.fields = (*CODES, *(WORDS if with_words else ()), *(("remarks",) if with_remarks else ()))
        self.pages = 0
        choices = (Gender, LegalStatus, ComplaintSource, ComplaintSubject, Resolution, Remedy, Sanction)
        self.boxes = {
            (choice, one.value, is_ticked): _box(one.label, is_ticked)
            for choice in choices
            for one in choice
            for is_ticked in (True, False)
        }
        self.question = {number: _question(f"{number}. {text}") for number, text in _questions().items()}
        self.lines = cache(self.lines)  # most cases have the answers of others

    def page(self, case, subjects, remedies):
        """The form of a case; ``subjects`` and ``remedies`` are codes."""
        title = runs(_("Legal assistance record")) + runs(f"    {case.centre.code}  {case.reference}", size=SMALL)
        self.pages += 1
        begins_page = self.pages > 1
        rows = "".join(self._rows(case, subjects, remedies))
        top = paragraph(title, style="Heading1", begins_page=begins_page)
        return top + table([rows], [WIDTH / COLUMNS] * COLUMNS)

    def _rows(self, case, subjects, remedies):
        """The questions in the order of the form, with its numbers."""
        yield self.question[1]
        yield from self._person(case)
        yield self.question[2]
        yield self.lines(ComplaintSource, (case.source,), 3, "other", goes_down=False)
        yield self._specified(ComplaintSource.OTHER, case.source == "other", case, "source_other")
        yield self.question[3]
        yield self.lines(ComplaintSubject, subjects, 2, "other")
        yield self._specified(ComplaintSubject.OTHER, "other" in subjects, case, "subjects_other")
        yield self.question[4]
        yield _row((show_number(case.duration_months), COLUMNS))
        yield self.question[5]
        yield self.lines(Resolution, (case.resolution,), 3, "dropped")
        yield self._specified(Resolution.DROPPED, case.resolution == "dropped", case, "dropped_reason")
        yield self.question[6]
        yield self.lines(Remedy, remedies, 2, "other")
        yield self._specified(Remedy.OTHER, "other" in remedies, case, "remedies_other")
        for number, name in ((7, "requested"), (8, "awarded")):
            yield self.question[number]
            yield _row((_amount(case, name), COLUMNS))
        yield self.question[9]
        yield self.lines(Sanction, (case.sanction,), 3)
        yield self.question[10]
        remarks = (case.remarks or "–") if self.with_remarks else _("Not included")
        yield table_row([cell(paragraphs(remarks, size=SMALL), WIDTH, columns=COLUMNS)], stays_whole=False)

    def _person(self, case):
        yield _row(
            (f"{_('Nationality')}: {case.nationality_name or '–'}", 3),
            (f"{_('Destination country')}: {case.destination_country_name or '–'}", 3),
        )
        yield self._on_a_line(_("Gender"), Gender, case.gender)
        yield _row((f"{_('Sector of work')}: {case.get_sector_display()}", COLUMNS))
        yield self._on_a_line(_("Legal status"), LegalStatus, case.legal_status)

    def _on_a_line(self, name, choices, answer):
        boxes = runs("   ", size=SMALL).join(self.boxes[choices, one, one == answer] for one in choices)
        return table_row([cell(paragraph(runs(f"{name}:  ", size=SMALL) + boxes), WIDTH, columns=COLUMNS)])

    def lines(self, choices, answers, columns, last="", *, goes_down=True):
        """All answers but ``last`` with a box before each.

        On the paper form they go down column by column, or (``goes_down`` false) line by line.
        """
        listed = [one for one in choices if one != last]
        number = -(-len(listed) // columns)
        found = [
            listed[line::number] if goes_down else listed[line * columns : (line + 1) * columns]
            for line in range(number)
        ]
        return "".join(
            _boxes([self.boxes[choices, one, one in answers] for one in line], COLUMNS // columns) for line in found
        )

    def _specified(self, answer, is_ticked, case, name):
        """The answer that asks for words, on a line of its own with them."""
        text = getattr(case, name) if self.with_words else ""
        words = runs(f": {' '.join(text.split())}", size=SMALL) if text else ""
        return _boxes([self.boxes[type(answer), answer, is_ticked] + words], COLUMNS)


def _questions():
    return {
        1: _("Personal information"),
        2: _("Source of complaint?"),
        3: _("Subject of the complaint? (Select all that apply)"),
        4: _("Duration of the case (months)?"),
        5: _("Case resolved through?"),
        6: _("Remedy obtained for complainant? (Select all that apply)"),
        7: _("Total amount of financial compensation requested?"),
        8: _("Total amount of financial compensation awarded?"),
        9: _("Sanction applied to offender?"),
        10: _("Remarks?"),
    }


def _amount(case, name):
    amount = getattr(case, f"{name}_amount")
    return _("Not recorded") if amount is None else f"{show_number(amount)} {getattr(case, f'{name}_currency')}"


def _question(text):
    text = paragraph(runs(text, bold=True, size=SMALL), keeps_next=True)
    return table_row([cell(text, WIDTH, shade=SHADE, columns=COLUMNS)])


def _box(label, is_ticked):
    """A box and its answer; a ticked one stands out in print too."""
    return runs(f"{TICKED if is_ticked else EMPTY} {label}", bold=is_ticked, size=SMALL)


def _boxes(boxes, columns):
    return table_row([cell(paragraph(box), WIDTH * columns / COLUMNS, columns=columns) for box in boxes])


def _row(*texts):
    """``texts``: (text, how many columns it takes)."""
    return table_row(
        [cell(paragraphs(text, size=SMALL), WIDTH * columns / COLUMNS, columns=columns) for text, columns in texts]
    )
