"""A progress report as its page shows it: the content, with the places where a text is written or read."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from harvesting.models import Story
from mrc.choices import Gender
from reports.content import ReportContent
from reports.documents import indicator_cells, tables_of_section_4, tables_of_section_7
from reports.forms import OWN
from reports.models import ActionStatus, CaseStudy
from reports.sections import EXPLANATION, PROGRESS, SECTIONS, anchor_of, gap_key, indicator_key, step_key
from reports.views import ShownGrid

LINES_OF_A_SECTION, LINES_OF_A_PART = 8, 3


@dataclass(frozen=True)
class TextPlace:
    """A place where a text is written. ``save_url`` is empty where it is only read."""

    key: str
    label: Any
    value: str
    version: int
    save_url: str
    lines: int

    @property
    def anchor(self):
        return anchor_of(self.key)


@dataclass(frozen=True)
class ShownReport:
    """What the page of a report shows.

    ``versions``: {key: version} of the texts that are stored; ``may_open``: whether the reader may open the records
    behind a number of a table.
    """

    content: ReportContent
    uid: Any
    is_writable: bool = False
    versions: dict = field(default_factory=dict)
    may_open: Any = None

    def place(self, key, label, lines=LINES_OF_A_PART):
        url = reverse("reports:text_save", args=[self.uid, key]) if self.is_writable else ""
        return TextPlace(key, label, self.content.texts.get(key, ""), self.versions.get(key, 0), url, lines)

    @cached_property
    def sections(self):
        """(section, place of its own text or None, template of its body) in printed order."""
        return [
            (
                section,
                self.place(section.code, section.title, LINES_OF_A_SECTION) if section.has_text else None,
                f"reports/progress/{section.code}.html",
            )
            for section in SECTIONS
        ]

    @property
    def steps(self):
        """(step, place of its progress, place of its explanation); no places for impact and outputs."""
        for step in self.content.steps:
            if step.level in ("outcome", "activity"):
                yield (
                    step,
                    self.place(step_key(step.uid, PROGRESS), _("Progress achieved")),
                    self.place(step_key(step.uid, EXPLANATION), _("Explanation and measures planned for improvement")),
                )
            else:
                yield step, None, None

    @property
    def indicators(self):
        """(indicator, texts of its cells, place of its explanation)"""
        for row in self.content.indicators:
            label = _("Explanation for the result of “%(name)s”") % {"name": row.name}
            about, target, result = indicator_cells(row)
            about = about.removeprefix(row.name).strip()
            yield row, (about, target, result), self.place(indicator_key(row.uid), label)

    @property
    def facts(self):
        for fact in self.content.facts:
            yield fact, self.place(gap_key(fact.code), _("Comment"), 1)

    @cached_property
    def query(self):
        """The question of the report tables that gives the same numbers."""
        query = QueryDict(mutable=True)
        query.setlist("centre", [code for code, _name in self.content.header.centres])
        query.update(
            {"period": OWN, "from": self.content.header.from_.isoformat(), "to": self.content.header.to.isoformat()}
        )
        return query.urlencode()

    def shown(self, grid):
        return ShownGrid(grid, self.query if self.may_open and self.may_open(grid.table) else "")

    @property
    def tables(self):
        """The tables of section 4."""
        return [self.shown(grid) for grid in tables_of_section_4(self.content)]

    @property
    def profile(self):
        """The tables of section 7: (heading, shown grids)."""
        return [(heading, [self.shown(grid) for grid in grids]) for heading, grids in tables_of_section_7(self.content)]

    @property
    def stories(self):
        """(story, label of its outcome, label of the gender, its parts as (heading, text))"""
        for story in self.content.stories:
            parts = [(Story._meta.get_field(part).verbose_name, getattr(story, part)) for part in Story.PARTS]
            yield story, Story.Outcome(story.outcome).label, Gender(story.gender).label, parts

    @property
    def case_studies(self):
        """(case study, label of what it is about, its parts as (heading, text))"""
        for study in self.content.case_studies:
            parts = [(CaseStudy._meta.get_field(part).verbose_name, getattr(study, part)) for part in CaseStudy.PARTS]
            yield study, CaseStudy.Result(study.result).label, parts

    @property
    def actions(self):
        for action in self.content.actions:
            yield action, ActionStatus.Status(action.status).label
