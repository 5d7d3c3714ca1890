"""Numbers as plain data, to be kept when a report is submitted; and which record counted where, to say what changed.

``members`` of a table: {cell: {primary key: what the record adds}}, a cell being "row|column"; where each record adds
1, only the list of keys. A total is the cells of its row or column together.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Case, CharField, F, Value, When

from mrc import vault
from mrc.access import centre_scope
from mrc.printed import show_number
from reports.annexes import TABLES_BY_CODE
from reports.slices import ALL, GENDER, NOT_RECORDED, TOTAL
from reports.tables import NUMBER_OF_CASES, PERSONS, Amounts, Grid, GridRow, Participants, PersonsAndContacts


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
    found = {table.code: {} for table in tables}
    with centre_scope(centres):
        for group in _asked_together(tables):
            records = group[0].source.between(period)
            if isinstance(group[0], Amounts):
                _note_amounts(group[0], records, found)
            elif isinstance(group[0], Participants):
                _note_participants(group[0], records, found)
            else:
                _note_answers(group, records, found)
    return {code: {cell: _leaf(keys) for cell, keys in cells.items()} for code, cells in found.items()}


def _asked_together(tables):
    """Tables with one answer a record are asked in one query for each kind of record, the others one by one."""
    groups = {}
    for table in tables:
        is_alone = table.rows_overlap or isinstance(table, (Amounts, Participants))
        groups.setdefault((table.code if is_alone else "", table.source, _key(table), table.columns), []).append(table)
    return groups.values()


def _key(table):
    return table.person if isinstance(table, PersonsAndContacts) and table.unit == PERSONS else "pk"


def _leaf(keys):
    """A list where every record adds 1."""
    return keys if any(value != 1 for value in keys.values()) else sorted(keys)


def _note_amounts(table, records, found):
    cells = found[table.code]
    answers = records.values_list("pk", table.currency_field, f"{table.amount}_amount")
    for pk, currency, amount in answers.iterator():
        text = "" if amount is None else f"{amount:.2f}"
        cells.setdefault(f"{currency or NOT_RECORDED}|", {})[pk] = text


def _note_participants(table, records, found):
    cells = found[table.code]
    numbers = [column.value for column in table.columns]
    for pk, row, *heads in records.values_list("pk", table.rows.field, *numbers):
        for column, number in zip(table.columns, heads, strict=True):
            if number:
                cells.setdefault(f"{table.rows.code_of(row)}|{column.code}", {})[pk] = number


def _note_answers(tables, records, found):
    columns = tables[0].columns
    asked = [_answer(columns), *(_answer(table.rows) for table in tables)]
    noted = [(found[table.code], _codes(table.rows)) for table in tables]
    column_code = _codes(columns)
    for pk, column, *rows in records.values_list(F(_key(tables[0])), *asked).iterator():
        column = column_code(column)
        for (cells, code), row in zip(noted, rows, strict=True):
            if row := code(row):
                cells.setdefault(f"{row}|{column}", {})[pk] = 1


def _answer(slices):
    """What the database is asked for: the value of the field, or for slices that are ranges, the code of the slice."""
    if not slices.field:
        return Value(slices.members[0].code if slices.members else "", output_field=CharField())
    if _are_values(slices):
        return F(slices.field)
    return Case(*(When(one.condition, then=Value(one.code)) for one in slices), output_field=CharField())


def _are_values(slices):
    return not slices.members or any(one.value is not None for one in slices)


def _codes(slices):
    """answer of the database -> code of the slice; each answer is looked up once."""
    return cache(slices.code_of) if slices.field and _are_values(slices) else lambda answer: answer


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

    ``old`` and ``new``: {table code: Grid}; members as above. A row that stands on one side only counts as 0 on the
    other.
    """
    return [
        change
        for code, grid in new.items()
        if code in old
        for change in _changes_of(old[code], grid, old_members.get(code, {}), new_members.get(code, {}))
    ]


def _changes_of(old, new, old_members, new_members):
    before, after = _cells(old), _cells(new)
    for (row, column), value in {**before, **after}.items():
        was, is_now = before.get((row, column), _nothing(value)), after.get((row, column), _nothing(value))
        if was != is_now:
            behind = _entries(old_members, row, column) ^ _entries(new_members, row, column)
            records = frozenset(pk for pk, _column, _value in behind)
            yield Change(new, new.table.row(row), new.table.column(column), was, is_now, records)


def _cells(grid):
    last = [] if grid.table.rows == ALL else [grid.total, grid.not_recorded]  # a table of one row needs no total
    return {
        (row.slice.code, column.code): value
        for row in (*grid.rows, *filter(None, last))
        for column, value in zip(grid.columns, row.values, strict=True)
        if value is not None
    }


def _nothing(value):
    return Decimal("0.00") if isinstance(value, Decimal) else 0


def _entries(cells, row, column):
    """(primary key, column, what it adds) of the records that make up a number; a record that adds 1 counts in a total
    once, in whichever of its columns it is.
    """
    found = set()
    for cell, keys in cells.items():
        its_row, its_column = cell.split("|")
        if row in (TOTAL, its_row) and (column not in GENDER or column == its_column):
            if isinstance(keys, dict) and column != NUMBER_OF_CASES.code:
                found.update((int(pk), its_column, value) for pk, value in keys.items())
            else:
                found.update((int(pk), "", 1) for pk in keys)
    return found
