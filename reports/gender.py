"""Gender analysis (section 3.4): everything that is counted by gender side by side, and what changed since before.

The numbers are those of the report tables, by the same declarations. To add a count is to name its table in SECTIONS.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from harvesting.models import Story
from mrc import dates
from mrc.charts import Bar, BarChart
from mrc.dates import Period
from mrc.exports import SheetTable, tables_xlsx
from mrc.printed import report_facts
from reports.annexes import TABLES_BY_CODE
from reports.models import CaseStudy
from reports.slices import ALL, CASE_STUDY_RESULTS, GENDER, GENDER_OF_SUBJECT, SUBJECTS_BY_GENDER
from reports.tables import PERSONS, GridRow, Participants, Source, Table, compute

STORIES = Source(Story, "told_between", "harvesting.view_story")
CASE_STUDIES = Source(CaseStudy, "reported_between", "reports.view_casestudy")

# Counted here, and not in the tables of a report.
STORY_SUBJECTS = Table(
    code="stories",
    title=_("Subjects of stories"),
    unit=PERSONS,
    source=STORIES,
    rows=ALL,
    columns=GENDER_OF_SUBJECT,
)
CASE_STUDY_SUBJECTS = Participants(
    code="case_studies",
    title=_("Subjects of case studies"),
    unit=PERSONS,
    source=CASE_STUDIES,
    rows=CASE_STUDY_RESULTS,
    columns=SUBJECTS_BY_GENDER,
)
ONLY_HERE = {table.code: table for table in (STORY_SUBJECTS, CASE_STUDY_SUBJECTS)}


@dataclass(frozen=True)
class Section:
    """Tables that stand together."""

    code: str
    title: Any
    tables: tuple
    note: Any = ""


SECTIONS = (
    Section(
        "clients",
        _("Client cards and services"),
        (TABLES_BY_CODE["cards_registered"], TABLES_BY_CODE["services_persons"]),
        _("A person who received several kinds of service is in the line of each, and once among all persons."),
    ),
    Section(
        "activities",
        _("Activities"),
        (TABLES_BY_CODE["activity_participants"],),
        TABLES_BY_CODE["activity_participants"].note,
    ),
    Section(
        "complainants",
        _("Complainants"),
        (TABLES_BY_CODE["cases_closed"], TABLES_BY_CODE["open_at_end"]),
        _("Cases closed in the period, and cases open on its last day."),
    ),
    Section(
        "harvesting",
        _("Outcome harvesting and case studies"),
        (TABLES_BY_CODE["interviews"], STORY_SUBJECTS, CASE_STUDY_SUBJECTS),
        _(
            "A story counts in the period that contains the date of its interview, a case study in that in which the "
            "period of its progress report ends."
        ),
    ),
)
TABLES = tuple(table for section in SECTIONS for table in section.tables)


@dataclass(frozen=True)
class Counts:
    """People of a period; the three genders add up to the total."""

    women: int
    men: int
    other: int
    total: int

    @property
    def share(self):
        """The part of women, from 0 to 1; None where nobody is counted."""
        return self.women / self.total if self.total else None

    @property
    def is_under_half(self):
        return 2 * self.women < self.total

    def __str__(self):
        """“48.1% of 312”. Rounding never hides that it is under half."""
        if not self.total:
            return "–"
        tenths = round(1000 * self.women / self.total)
        share = (min(tenths, 499) if self.is_under_half else tenths) / 10
        return _("%(share)s%% of %(total)s") % {"share": f"{share:.1f}", "total": self.total}


@dataclass(frozen=True)
class Line:
    """One count. ``row``: its row in the ``grid`` of this period. ``is_part``: of the line above that is no part."""

    grid: Any
    row: GridRow
    before: Counts
    is_part: bool

    @property
    def heading(self):
        return self.row.slice.heading if self.is_part else self.grid.title

    @property
    def now(self):
        return Counts(*self.row.values)

    @property
    def points(self):
        """Percentage points by which the share of women changed; None where one of the two is unknown."""
        if self.now.share is None or self.before.share is None:
            return None
        return 100 * (self.now.share - self.before.share)

    @property
    def more_women(self):
        return self.now.women - self.before.women

    @property
    def shown_changes(self):
        """Of the share, in percentage points, and of the number of women."""
        return _signed(self.points, 1), _signed(self.more_women, 0)

    @property
    def mark(self):
        """Where women are under half: so in words."""
        return _("Under half") if self.now.is_under_half else ""

    @property
    def remark(self):
        """Where women are under half only because of people of other or unknown gender."""
        return _("not fewer than men") if self.mark and self.now.women >= self.now.men else ""


@dataclass(frozen=True)
class SectionLines:
    """The lines of a section."""

    section: Section
    lines: tuple

    @property
    def under_half(self):
        return [line for line in self.lines if line.now.is_under_half]

    @property
    def chart(self):
        bars = [
            Bar(line.heading, line.now, (line.now.women, line.now.men, line.now.other), line.now.total / 2)
            for line in self.lines
        ]
        return BarChart(
            code=f"chart-{self.section.code}",
            title=_("%(section)s: shares of women, men and other/unknown") % {"section": self.section.title},
            description=_("A bar for each line of the table, divided by gender, and a mark at one half of it."),
            series=tuple(column.label for column in GENDER),
            bars=tuple(bars),
            mark_label=_("One half"),
        )


@dataclass(frozen=True)
class GenderAnalysis:
    """The analysis of some centres together, compared with the period before."""

    centres: tuple
    period: Period
    sections: tuple
    made_at: datetime

    title = _("Gender analysis")

    @property
    def lines(self):
        return [line for section in self.sections for line in section.lines]

    @property
    def counted(self):
        """The lines in which anybody is counted."""
        return [line for line in self.lines if line.now.total]

    @property
    def under_half(self):
        return [line for section in self.sections for line in section.under_half]

    @property
    def is_over(self):
        """Whether the period is; before, its numbers still grow, and fewer than before means little."""
        return self.period.end < dates.today()

    @property
    def file_name(self):
        """Without ending: gender-PNH-2026-07-01-2026-09-30."""
        codes = "-".join(centre.code for centre in self.centres) if len(self.centres) <= 5 else "centres"
        return f"gender-{codes}-{self.period.start}-{self.period.end}"


def analyse(*, centres, period):
    """The analysis, inside a scope that holds the centres. Raises OutsideScope for a centre that it does not."""
    now, then = ({grid.code: grid for grid in compute(TABLES, asked, centres)} for asked in (period, period.before))
    sections = [SectionLines(section, tuple(_lines(section, now, then))) for section in SECTIONS]
    return GenderAnalysis(tuple(centres), period, tuple(sections), timezone.localtime())


def _signed(number, digits):
    """“+2.9”, “−3”, “0”, or a dash where it is unknown."""
    if number is None:
        return "–"
    number = round(number, digits)
    return f"{number:+.{digits}f}".replace("-", "−") if number else f"{0:.{digits}f}"


def _lines(section, now, then):
    """The total of each table, then its rows; a table of one row is one line."""
    for table in section.tables:
        grid = now[table.code]
        before = {row.slice.code: Counts(*row.values) for row in then[table.code].printed_rows}
        *parts, whole = grid.printed_rows
        for row in (whole, *parts):
            yield Line(grid, row, before[row.slice.code], is_part=row is not whole)


def analysis_xlsx(analysis):
    """The analysis as a spreadsheet: one sheet, a table for each section."""
    facts = report_facts(analysis)
    facts.insert(2, (gettext("Compared with"), str(analysis.period.before)))
    sections = [(section.section.title, [_sheet_table(section)]) for section in analysis.sections]
    widths = (44, 10, 10, 14, 10, 12, 12, 12, 12, 14, 12, 18)
    return tables_xlsx(gettext("Gender analysis"), analysis.title, facts, sections, widths)


def _sheet_table(section):
    genders = [str(column.heading) for column in GENDER]
    headings = ["", *genders, gettext("Total"), gettext("Share of women"), gettext("Women before")]
    headings += [gettext("Total before"), gettext("Share before"), gettext("Change, percentage points")]
    headings += [gettext("Change, women"), gettext("Women under half")]
    rows = [(_sheet_row(line), not line.is_part) for line in section.lines]
    return SheetTable("", headings, rows, section.section.note)


def _sheet_row(line):
    """Numbers as numbers, so that they can be calculated with."""
    points = None if line.points is None else Decimal(line.points).quantize(Decimal("0.01"))
    before = line.before.women, line.before.total, line.before.share
    mark = ", ".join(str(text) for text in (line.mark, line.remark) if text)
    return [line.heading, *line.row.values, line.now.share, *before, points, line.more_women, mark]
