"""Numbers as plain data, to be kept when a report is submitted; and which record counted where, to say what changed.

``members`` of a table: {primary key: [row codes, column codes, weight]}. A record touches the numbers of its rows and
columns and of their totals; the weight is what it adds (1, heads by gender, or an amount).
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Case, CharField, F, Value, When

from mrc import vault
from mrc.access import centre_scope
from mrc.printed import show_number
from reports.annexes import TABLES_BY_CODE
from reports.slices import GENDER, NOT_RECORDED, TOTAL
from reports.tables import PERSONS, Amounts, Grid, GridRow, Participants, PersonsAndContacts


def dumps(data):
    """JSON in one form only, so that equal content has an equal digest."""
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def loads(text):
    return json.loads(text)


def digest_of(text):
    """SHA-256, as 64 hexadecimal digits."""
    return vault.fingerprint(text)


# --- numbers -----------------------------------------------------------------------------------------------------


def grid_as_data(grid):
    """{"columns": codes, "rows": [[code, values]], "total": values, "not_recorded": values}; amounts are strings."""
    return {
        "columns": [column.code for column in grid.columns],
        "rows": [[row.slice.code, _plain(row)] for row in grid.rows],
        "total": _plain(grid.total),
        "not_recorded": _plain(grid.not_recorded),
    }


def _plain(row):
    return row and [f"{value:.2f}" if isinstance(value, Decimal) else value for value in row.values]


def grids_from_data(data):
    """{table code: Grid}, without tables that the program no longer declares."""
    return {code: _grid(TABLES_BY_CODE[code], kept) for code, kept in data.items() if code in TABLES_BY_CODE}


def _grid(table, kept):
    columns = tuple(table.column(code) for code in kept["columns"])
    rows = tuple(GridRow(table.row(code), _values(values)) for code, values in kept["rows"])
    total = kept["total"] and GridRow(table.total_row, _values(kept["total"]))
    not_recorded = kept["not_recorded"] and GridRow(table.row(NOT_RECORDED), _values(kept["not_recorded"]))
    return Grid(table, columns, rows, total, not_recorded)


def _values(values):
    return tuple(Decimal(value) if isinstance(value, str) else value for value in values)


# --- members -----------------------------------------------------------------------------------------------------


def members(tables, period, centres):
    """{table code: members} of all tables, in a number of queries that depends on the tables alone."""
    with centre_scope(centres):
        return {table.code: _members_of(table, period) for table in tables}


def _members_of(table, period):
    records = table.source.between(period)
    if isinstance(table, Amounts):
        return _amounts(table, records)
    if isinstance(table, Participants):
        return _participants(table, records)
    return _answers(table, records)


def _amounts(table, records):
    found = records.values_list("pk", table.currency_field, f"{table.amount}_amount")
    return {
        str(pk): [[currency or NOT_RECORDED], [], "" if amount is None else f"{amount:.2f}"]
        for pk, currency, amount in found
    }


def _participants(table, records):
    found = {}
    for pk, row, *heads in records.values_list("pk", table.rows.field, *(column.value for column in table.columns)):
        columns = [column.code for column, number in zip(table.columns, heads, strict=True) if number]
        if columns:
            found[str(pk)] = [[table.rows.code_of(row)], columns, heads]
    return found


def _answers(table, records):
    """One query: the answers to the question of the rows and to that of the columns, of each record."""
    person = table.person if isinstance(table, PersonsAndContacts) and table.unit == PERSONS else "pk"
    answers = records.values_list(F(person), _answer(table.rows), _answer(table.columns)).distinct()
    found = {}
    for key, row, column in answers:
        rows, columns, _weight = found.setdefault(str(key), [[], [], 1])
        for codes, code in ((rows, _code(table.rows, row)), (columns, _code(table.columns, column))):
            if code and code not in codes:
                codes.append(code)
    return found


def _answer(slices):
    """What the database is asked for: the value of the field, or for slices that are ranges, the code of the slice."""
    if not slices.field:
        return Value(slices.members[0].code if slices.members else "", output_field=CharField())
    if _are_values(slices):
        return F(slices.field)
    return Case(*(When(one.condition, then=Value(one.code)) for one in slices), output_field=CharField())


def _are_values(slices):
    return not slices.members or any(one.value is not None for one in slices)


def _code(slices, answer):
    return slices.code_of(answer) if slices.field and _are_values(slices) else answer


# --- what changed ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A number that is another now than when the report was submitted."""

    grid: Grid
    row: Any
    column: Any
    old: Any
    new: Any
    records: frozenset  # primary keys of the records behind the difference

    @property
    def table(self):
        return self.grid.table

    @property
    def old_text(self):
        return show_number(self.old)

    @property
    def new_text(self):
        return show_number(self.new)


def changes(old, new, old_members, new_members):
    """Every number of the tables that differs, in printed order, with the records behind the difference.

    ``old`` and ``new``: {table code: Grid}; members as above. A row or a column that stands on one side only counts
    as 0 on the other.
    """
    return [
        change
        for code, grid in new.items()
        if code in old
        for change in _changes_of(old[code], grid, old_members.get(code, {}), new_members.get(code, {}))
    ]


def _changes_of(old, new, old_members, new_members):
    before, after = _cells(old), _cells(new)
    moved = {pk for pk in old_members.keys() | new_members.keys() if old_members.get(pk) != new_members.get(pk)}
    for (row, column), value in {**before, **after}.items():
        was, is_now = before.get((row, column), _nothing(value)), after.get((row, column), _nothing(value))
        if was != is_now:
            behind = frozenset(
                pk for pk in moved if any(_touches(one.get(pk), row, column) for one in (old_members, new_members))
            )
            yield Change(new, new.table.row(row), new.table.column(column), was, is_now, behind)


def _cells(grid):
    rows = [row for row in (*grid.rows, grid.total, grid.not_recorded) if row]
    return {
        (row.slice.code, column.code): value
        for row in rows
        for column, value in zip(grid.columns, row.values, strict=True)
        if value is not None
    }


def _nothing(value):
    return Decimal("0.00") if isinstance(value, Decimal) else 0


def _touches(entry, row, column):
    """Whether a record with this entry is one of those that make up a number."""
    if entry is None:
        return False
    rows, columns, _weight = entry
    return (row == TOTAL or row in rows) and (column not in GENDER or column in columns)
