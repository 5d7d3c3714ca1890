"""Measures: results that are counted by the program. Each reads a number of a report table (reports/annexes.py), so
that an indicator can never disagree with the table, and its number opens into the same records.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mrc.choices import currencies
from reports import annexes
from reports.slices import TOTAL
from reports.tables import AMOUNT, Table
from results.values import NUMBER, PERCENTAGE, Values


@dataclass(frozen=True)
class Measure:
    """The number in one row of a report table. With ``base``, a percentage of that row of another table.

    ``group``: the heading under which it is offered.
    """

    code: str
    label: Any
    group: Any
    table: Table
    row: str = TOTAL
    base: tuple | None = None  # (table, code of the row)

    @property
    def unit(self):
        return PERCENTAGE if self.base else NUMBER

    @property
    def tables(self):
        return [self.table, *([self.base[0]] if self.base else [])]

    def values(self, grids):
        """The result from the grids of a period, {code: Grid}, by gender where the table is. Raises KeyError."""
        numbers = _numbers(grids[self.table.code], self.row)
        if self.base:
            return Values.of_parts(numbers, _numbers(grids[self.base[0].code], self.base[1]))
        if AMOUNT.code in numbers:
            return Values.of_numbers(NUMBER, {"total": numbers[AMOUNT.code]}, records=numbers["cases"])
        return Values.of_numbers(NUMBER, numbers)


def _numbers(grid, code):
    """{column: number} of a row. A row that is not printed because nothing is in it holds zeros."""
    rows = {TOTAL: grid.total} | {row.slice.code: row for row in grid.rows}
    found = rows[code].values if code in rows else [0] * len(grid.columns)
    return {column.code: number for column, number in zip(grid.columns, found, strict=True)}


def _rows(table, group, name):
    """A measure for each row of a table."""
    for row in table.rows:
        yield Measure(f"{table.code}:{row.code}", format_lazy("{}: {}", name, row.label), group, table, row.code)


def _declared():
    tables = annexes.TABLES_BY_CODE
    services, cases, activities = _("Services"), _("Legal assistance"), _("Activities and interviews")
    persons, contacts = tables["services_persons"], tables["services_contacts"]
    closed, remedied = tables["cases_closed"], tables["cases_with_remedy"]
    participants = tables["activity_participants"]
    yield Measure("cards_registered", _("Client cards registered"), services, tables["cards_registered"])
    yield Measure("persons_served", _("Persons served"), services, persons)
    yield from _rows(persons, services, _("Persons served"))
    yield Measure("contacts", _("Services received (contacts)"), services, contacts)
    yield from _rows(contacts, services, _("Services received"))
    yield Measure("cases_closed", _("Cases closed (each complainant is a case)"), cases, closed)
    yield Measure("open_at_end", _("Cases open at the end of the period"), cases, tables["open_at_end"])
    yield from _rows(tables["resolution"], cases, _("Cases closed"))
    yield Measure("cases_with_remedy", _("Cases closed with a remedy"), cases, remedied)
    share = _("Cases closed with a remedy, in % of the cases closed")
    yield Measure("share_with_remedy", share, cases, remedied, base=(closed, TOTAL))
    yield Measure("participants", _("Participants of activities"), activities, participants)
    yield from _rows(participants, activities, _("Participants of activities"))
    yield Measure("interviews", _("Outcome harvesting interviews"), activities, tables["interviews"])
    for code in currencies():
        label = format_lazy("{}, {}", _("Compensation awarded"), code)
        yield Measure(f"awarded:{code}", label, _("Compensation"), tables["compensation_awarded"], code)


MEASURES = {measure.code: measure for measure in _declared()}


def measure_choices():
    """Every measure, for the column of the model; a form offers those that concern its agreement."""
    return [(code, measure.label) for code, measure in MEASURES.items()]


def offered(usual_currencies):
    """[(group, [(code, label)])] of all measures, of the currencies those given."""
    groups = {}
    for code, measure in MEASURES.items():
        if not code.startswith("awarded:") or measure.row in usual_currencies:
            groups.setdefault(measure.group, []).append((code, measure.label))
    return list(groups.items())


def tables_of(measures):
    """The tables that these measures read, each once."""
    return tuple({table.code: table for measure in measures for table in measure.tables}.values())
