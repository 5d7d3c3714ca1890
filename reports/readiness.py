"""What is still missing before a report can be submitted, what its reader should look at, and texts that repeat."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from activities.models import Activity
from harvesting.models import Story
from reports.models import CaseStudy, ProgressReport, ReportText
from reports.sections import (
    EXPLANATION,
    PROGRESS,
    SECTIONS,
    SECTIONS_BY_CODE,
    Section,
    anchor_of,
    indicator_key,
    section_of,
    step_key,
)
from reports.slices import NOT_RECORDED, TOTAL

SHINGLE = 12  # words in a row that are no coincidence
SHORTEST_REPEAT = 120  # characters of a passage worth pointing out


@dataclass(frozen=True)
class Missing:
    """Something that is missing. ``is_needed``: without it the report cannot be submitted.

    ``anchor`` names the place on the page of the report; ``cell`` (table, row, column) the records behind a number.
    """

    text: Any
    anchor: str = ""
    cell: tuple = ()
    url: str = ""
    is_needed: bool = False


def missing_before_submission(content):
    """Everything that is missing in a ReportContent: first what must be there, in the order of the sections."""
    found = [*_texts(content), *_outcomes(content), *_indicators(content), *_stories(content), *_numbers(content)]
    found += _actions(content)
    return sorted(found, key=lambda one: not one.is_needed)


def _texts(content):
    for section in SECTIONS:
        if section.is_needed and not content.texts.get(section.code, "").strip():
            yield Missing(
                _("Section %(heading)s is empty.") % {"heading": section.heading}, section.code, is_needed=True
            )
    if not content.case_studies:
        text = _("There is no case study. The manual asks for one with each report; one that failed is welcome.")
        yield Missing(text, "case_studies", is_needed=True)
    for study in content.case_studies:
        for name in ("impact", "learning"):
            if not getattr(study, name):
                field = CaseStudy._meta.get_field(name).verbose_name
                text = _("The case study “%(title)s” says nothing under “%(field)s”.")
                yield Missing(text % {"title": study.title, "field": field}, "case_studies", is_needed=True)


def _outcomes(content):
    for step in content.steps:
        written = [content.texts.get(step_key(step.uid, part), "") for part in (PROGRESS, EXPLANATION)]
        if step.level in ("outcome", "activity") and not any(written):
            place = anchor_of(step_key(step.uid, PROGRESS))
            yield Missing(_("%(step)s: no progress is described.") % {"step": step.label}, place)
    if not content.steps:
        yield Missing(_("The agreement has no theory of change yet, so section 2 is empty."), "outcomes")


def _indicators(content):
    if not content.indicators:
        yield Missing(_("The agreement has no indicators yet, so section 3 is empty."), "indicators")
    for row in content.indicators:
        name = {"name": row.name}
        if not _is_known(row.target):
            url = reverse("results:targets", args=[row.uid])
            yield Missing(_("Indicator “%(name)s” has no target for this period.") % name, url=url)
        if not _is_known(row.result):
            url = reverse(f"results:{'indicator_detail' if row.is_computed else 'typed_results'}", args=[row.uid])
            yield Missing(_("Indicator “%(name)s” has no result.") % name, url=url)
        elif not content.texts.get(key := indicator_key(row.uid)):
            yield Missing(_("Indicator “%(name)s”: the result is not explained.") % name, anchor_of(key))


def _is_known(values):
    return any(value not in (None, "") for value in values.values())


def _stories(content):
    if not content.stories:
        yield Missing(_("No outcome harvesting story is told in this report."), "stories")


def _numbers(content):
    """Records that leave a number doubtful; each leads to exactly these records."""
    for cell, text in DOUBTFUL:
        table, row, column = cell
        number = _number(content.grids.get(table), row, column)
        if number:
            yield Missing(text % {"n": number}, cell=cell)


def _number(grid, row, column):
    if grid is None:
        return 0
    rows = {one.slice.code: one for one in (*grid.rows, grid.total, grid.not_recorded) if one}
    if row not in rows:
        return 0
    return dict(zip((one.code for one in grid.columns), rows[row].values, strict=True)).get(column) or 0


DOUBTFUL = (
    (
        ("remedy", NOT_RECORDED, TOTAL),
        ngettext_lazy("%(n)s closed case has no remedy recorded.", "%(n)s closed cases have no remedy recorded.", "n"),
    ),
    (
        ("remedy", "none", TOTAL),
        ngettext_lazy("%(n)s case was closed without any remedy.", "%(n)s cases were closed without any remedy.", "n"),
    ),
    (
        ("remedy", "unknown", TOTAL),
        ngettext_lazy(
            "The remedy of %(n)s closed case is unknown.", "The remedy of %(n)s closed cases is unknown.", "n"
        ),
    ),
    (
        ("subject", NOT_RECORDED, TOTAL),
        ngettext_lazy("%(n)s closed case has no subject.", "%(n)s closed cases have no subject.", "n"),
    ),
    (
        ("source", NOT_RECORDED, TOTAL),
        ngettext_lazy(
            "%(n)s closed case has no source of complaint.", "%(n)s closed cases have no source of complaint.", "n"
        ),
    ),
    (
        ("cards_registered", "all", "other"),
        ngettext_lazy(
            "%(n)s new client card: gender other or unknown.", "%(n)s new client cards: gender other or unknown.", "n"
        ),
    ),
    (
        ("cases_closed", "all", "other"),
        ngettext_lazy(
            "%(n)s closed case: gender other or unknown.", "%(n)s closed cases: gender other or unknown.", "n"
        ),
    ),
    (
        ("compensation_awarded", NOT_RECORDED, "cases"),
        ngettext_lazy(
            "The compensation awarded is not recorded for %(n)s closed case.",
            "The compensation awarded is not recorded for %(n)s closed cases.",
            "n",
        ),
    ),
)


def _actions(content):
    if not content.actions:
        yield Missing(_("No action to improve results is planned."), "actions")
    for action in content.actions:
        if not action.responsible or not action.due_on:
            text = _("An action has no responsible person or no date: %(text)s")
            yield Missing(text % {"text": action.text[:60]}, "actions")


def activities_to_count(report, today):
    """Activities of the period that are over and have no head-count."""
    period = report.period.period
    activities = Activity.objects.to_count(today).filter(
        centre__in=report.agreement.centres.all(), ends_on__range=(period.start, period.end)
    )
    for activity in activities:
        text = _("%(activity)s has no head-count: the names on its list are counted instead.")
        yield Missing(text % {"activity": activity}, url=activity.get_absolute_url())


# --- texts that repeat -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repeated:
    """A passage that stands word for word in an earlier report."""

    section: Section
    passage: str


def repeated_passages(report, content):
    """The longest passage of each text that an earlier report holds word for word (section 4.1: do not recycle).

    Case and punctuation make no difference. Actions are carried over on purpose, and not looked at.
    """
    known = set()
    for text in _earlier_texts(report):
        known.update(_shingles([word for word, _start, _end in _words(text)]))
    repeats = ((section, _longest_repeat(text, known)) for section, text in _texts_of(content))
    return [Repeated(section, passage) for section, passage in repeats if passage]


def _texts_of(content):
    """(section, text) of everything that people wrote; a story or a case study is one text."""
    for key, text in content.texts.items():
        yield section_of(key), text
    for code, parts in (("stories", Story.PARTS), ("case_studies", CaseStudy.PARTS)):
        for one in getattr(content, code):
            yield SECTIONS_BY_CODE[code], _joined(getattr(one, part) for part in parts)


def _earlier_texts(report):
    """What earlier reports of these centres say, also under other agreements, as far as they are in scope."""
    earlier = ProgressReport.objects.filter(
        period__starts_on__lt=report.period.starts_on, period__agreement__centres__in=report.agreement.centres.all()
    )
    yield from ReportText.objects.filter(report__in=earlier).values_list("text", flat=True)
    yield from map(_joined, Story.objects.filter(reports__report__in=earlier).values_list(*Story.PARTS))
    yield from map(_joined, CaseStudy.objects.filter(report__in=earlier).values_list(*CaseStudy.PARTS))


def _joined(parts):
    return "\n".join(parts)


def _words(text):
    """(word in lower case, start, end); scripts that write no blanks are taken letter by letter."""
    return [
        (match[0].casefold(), *match.span())
        for match in re.finditer(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|\w+", text)
    ]


def _shingles(words):
    return (tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _longest_repeat(text, known):
    """The passage; empty if there is none worth pointing out."""
    words = _words(text)
    first, best = None, (0, 0)
    for i, shingle in enumerate(_shingles([word for word, _start, _end in words])):
        if shingle not in known:
            first = None
            continue
        first = i if first is None else first
        passage = words[first][1], words[i + SHINGLE - 1][2]
        best = max(best, passage, key=lambda ends: ends[1] - ends[0])
    start, end = best
    return text[start:end] if end - start >= SHORTEST_REPEAT else ""
