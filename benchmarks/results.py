"""The figures of a run and how they are printed and written down."""

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "results.md"


@dataclass(frozen=True)
class Ratio:
    """The program and its baseline, in milliseconds. ``queries``: of the program."""

    what: str
    program: float
    baseline: float
    queries: int
    most: float
    most_queries: int | None = None

    @property
    def ratio(self):
        return self.program / self.baseline

    @property
    def is_met(self):
        return self.ratio <= self.most and (self.most_queries is None or self.queries < self.most_queries)

    @property
    def budget(self):
        return f"≤ {self.most:g}×" + (f", < {self.most_queries} queries" if self.most_queries else "")

    @property
    def cells(self):
        ratio = f"{self.ratio:.2f}×"
        return self.what, f"{self.program:.1f}", f"{self.baseline:.1f}", ratio, str(self.queries), self.budget

    @property
    def verdict(self):
        return "met" if self.is_met else "MISSED"


@dataclass(frozen=True)
class PageQueries:
    """How many queries a page makes with few rows and with many."""

    page: str
    few: int
    many: int

    @property
    def is_met(self):
        return self.few == self.many

    @property
    def cells(self):
        return self.page, str(self.few), str(self.many)

    @property
    def verdict(self):
        return "met" if self.is_met else "MISSED"


@dataclass(frozen=True)
class Stages:
    """How long each stage of one piece of work takes, in milliseconds, and the queries of all of them."""

    what: str
    times: dict
    queries: int

    @property
    def cells(self):
        total = f"{sum(self.times.values()):.0f}"
        return self.what, *(f"{taken:.0f}" for taken in self.times.values()), total

    @property
    def verdict(self):
        return f"{self.queries} queries"


@dataclass(frozen=True)
class Run:
    """What was measured in one database."""

    database: str
    version: str
    seconds_to_fill: float
    ratios: list
    pages: list
    stages: list

    @property
    def missed(self):
        """Figures over their budget, and pieces of work whose queries grow with what they are about."""
        growing = self.stages if len({one.queries for one in self.stages}) > 1 else []
        return [*(figure for figure in (*self.ratios, *self.pages) if not figure.is_met), *growing]


RATIO_HEADINGS = ("What", "Program ms", "Baseline ms", "Ratio", "Queries", "Budget", "Verdict")
STAGES = "Progress report, ms"
PAGE_HEADINGS = ("Page", "10 rows", "1,000 rows", "Verdict")
INTRODUCTION = """# Benchmarks

`make bench` on {day}: {cards:,} client cards, about three services a card and a legal case to every ten cards.

{machine}. {versions}.

- **Report**: all tables of Annex 5 section 4, services, activities and interviews, against the same numbers by
  hand-written SQL (`hand_sql.py`); the run stops if one number differs.
- **Gender analysis** (section 3.4), of this period and the one before, likewise.
- **Profile of beneficiaries** (Annex 5 section 7), likewise (`profile.py`).
- **Card list, card search**: the page through the whole program, against a bare view behind the same sign-in that
  renders the same template with the same data held ready; the list also against its template alone, without session,
  middleware and database.
- **Sample draw**: all cards as the frame of one centre, drawn and stored, against hand-written SQL that finds the same
  people and the same reasons; the run stops if they differ.
- **Progress report**: the whole of it, stage by stage, of one centre for a quarter and of 27 centres for a year; the
  number of queries is the same.
- **XLSX export**: the download, against openpyxl in write-only mode alone writing the same cells.
- **Queries of every page**, opened by a coordinator or an administrator, with 10 and with 1,000 cards, services of one
  card, cases of one group, events of one case: equal.
"""


def page(runs, *, cards, day, machine, versions):
    """results.md."""
    parts = [INTRODUCTION.format(day=f"{day:%d %B %Y}", cards=cards, machine=machine, versions=versions)]
    for run in runs:
        parts.append(f"## {run.database}\n\nFilled by `manage.py demo` in {run.seconds_to_fill:.0f} seconds.\n")
        parts.append(table(RATIO_HEADINGS, run.ratios))
        parts.append(_stages_table(run))
        parts.append(table(PAGE_HEADINGS, run.pages))
    return "\n".join(parts)


def put(heading, text, file=FILE):
    """Write the part of results.md under this heading; those of other benchmarks stay."""
    written = file.read_text() if file.exists() else ""
    parts = {part.partition("\n")[0]: part for part in re.split("(?m)^(?=# )", written) if part}
    parts[f"# {heading}"] = text
    file.write_text("\n\n".join(part.strip() for part in parts.values()) + "\n")


def shown(run):
    """The figures of one database for the terminal."""
    parts = [f"\n{run.database} {run.version}, filled in {run.seconds_to_fill:.0f} seconds"]
    parts.append(table(RATIO_HEADINGS, run.ratios))
    parts.append(_stages_table(run))
    growing = [figure for figure in run.pages if not figure.is_met]
    parts.append(f"{len(run.pages)} pages, of which {len(growing)} make more queries at 1,000 rows than at 10.")
    parts += [table(PAGE_HEADINGS, growing)] if growing else []
    return "\n".join(parts)


def _stages_table(run):
    return table((STAGES, *run.stages[0].times, "All", "Queries"), run.stages)


def table(headings, figures):
    """A table that reads well in a terminal and in Markdown: text, numbers, text."""
    rows = [headings, *((*figure.cells, figure.verdict) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:-1]), "-" * widths[-1]]
    return "\n".join("| " + " | ".join(_aligned(row, widths)) + " |" for row in (rows[0], rule, *rows[1:])) + "\n"


def _aligned(cells, widths):
    first, *numbers, last = zip(cells, widths, strict=True)
    return [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in numbers), f"{last[0]:<{last[1]}}"]
