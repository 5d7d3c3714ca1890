"""What a report table is: a declaration (Table), the records that it counts (Source), and the computed numbers (Grid).

``compute`` answers all tables of a report in a handful of queries, whatever the period, the number of centres or of
records. Screen, XLSX, DOCX, CSV and JSON render Grids and know nothing else; the records behind a number come from
the same declaration (``Table.records``).
"""

import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, F, Model, Q, Sum, Value
from django.db.models.functions import Cast, Round
from django.utils.translation import gettext_lazy as _

from mrc.access import OutsideScope, centre_scope, in_scope
from mrc.choices import FIRST_CURRENCIES
from reports.slices import GENDER, NOT_RECORDED, TOTAL, Countries, Slice, Slices, amount_not_recorded, currency

COMPLAINANTS = "complainants"
CASES = "cases"
PERSONS = "persons"
CONTACTS = "contacts"
PARTICIPANTS = "participants"
MONEY = "money"
UNITS = {
    COMPLAINANTS: _("complainants"),
    CASES: _("cases"),
    PERSONS: _("persons"),
    CONTACTS: _("contacts"),
    PARTICIPANTS: _("participants"),
    MONEY: _("amounts"),
}
ALL_RECORDS = Slice(TOTAL, _("Total"), _("Total"), Q())
ALL_CASES = Slice(TOTAL, _("Number of cases"), _("Number of cases"), Q())
ALL_PERSONS = Slice(TOTAL, _("Number of persons"), _("Number of persons"), Q())
NUMBER = Slice(TOTAL, _("Number"), _("Number"), Q())
AMOUNT = Slice("amount", _("Amount"), _("Amount"), Q())
NUMBER_OF_CASES = Slice("cases", _("Cases"), _("Cases"), Q())


@dataclass(frozen=True)
class Source:
    """Records of a period: the model, its queryset method (start, end), and the permission to see one of them."""

    model: type[Model]
    method: str
    permission: str

    def between(self, period):
        return getattr(self.model.objects.order_by(), self.method)(period.start, period.end)


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """A table that counts records: one row for each slice of ``rows``, one column for each of ``columns`` and a total.

    ``rows_overlap``: a record can be in several rows, so that they add up to more than the total.
    """

    code: str
    title: Any
    unit: str
    source: Source
    rows: Slices
    columns: Slices = GENDER
    rows_overlap: bool = False
    note: Any = ""
    row_heading: Any = ""

    @property
    def counted_with(self):
        """Tables that are equal in this are counted in one pass over their records."""
        return type(self), self.source, self.columns

    @property
    def counted_model(self):
        """The model of the records behind a number."""
        return self.source.model

    @property
    def printed_columns(self):
        return (*self.columns, ALL_RECORDS) if self.columns.field else (NUMBER,)

    @staticmethod
    def count(tables, records):
        """{table code: {row code: {column code: number}}} with the row ``total``.

        Questions with one answer are answered together: by filtered counts, and those whose answers are countries by
        grouping. One with several answers needs a query of its own, which starts at the counted records: where an
        answer is missing, it finds the record all the same.
        """
        columns = tables[0].columns
        grouped = {f"row{i}": table for i, table in enumerate(tables) if isinstance(table.rows, Countries)}
        groups = {name: F(table.rows.field) for name, table in grouped.items()}
        single = [(table, row) for table in tables if not table.rows_overlap for row in table.rows]
        counts = {f"n{i}": Count("pk", filter=row.condition) for i, (_table, row) in enumerate(single)}
        numbers = {table.code: defaultdict(lambda: defaultdict(int)) for table in tables}
        for found in _split(records, columns, **groups).annotate(**counts, n=Count("pk")):
            for table in tables:
                _add(numbers[table.code][TOTAL], columns, found, found["n"])
            for i, (table, row) in enumerate(single):
                _add(numbers[table.code][row.code], columns, found, found[f"n{i}"])
            for name, table in grouped.items():
                _add(numbers[table.code][table.rows.code_of(found[name])], columns, found, found["n"])
        for table in tables:
            if table.rows_overlap:
                for found in _split(records, columns, row=F(table.rows.field)).annotate(n=Count("pk")):
                    _add(numbers[table.code][table.rows.code_of(found["row"])], columns, found, found["n"])
        return numbers

    def grid(self, numbers):
        totals = {code: row[TOTAL] for code, row in numbers.items()}
        rows = [self._grid_row(row, numbers[row.code]) for row in self.rows.printed(totals)]
        return Grid(self, self.printed_columns, tuple(rows), total=self._grid_row(self.total_row, numbers[TOTAL]))

    def _grid_row(self, row, numbers):
        return GridRow(row, tuple(numbers[column.code] for column in self.printed_columns))

    @property
    def total_row(self):
        """Where rows overlap, the last row is no sum, and its heading says what it is."""
        if not self.rows_overlap:
            return ALL_RECORDS
        return ALL_PERSONS if self.unit == PERSONS else ALL_CASES

    def row(self, code):
        """The slice of a row, also of the total. Raises KeyError."""
        if code == TOTAL:
            return self.total_row
        if code not in self.rows:
            raise KeyError(code)
        return self.rows[code]

    def column(self, code):
        """The slice of a column, also of the total. Raises KeyError."""
        return {column.code: column for column in self.printed_columns}[code]

    def records(self, period, row_code, column_code):
        """Exactly the records behind one number, as a queryset. Raises KeyError for a row or column that is none."""
        return self.source.between(period).filter(self.row(row_code).condition, self.column(column_code).condition)


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonsAndContacts(Table):
    """A table of services. The unit says what is counted: contacts, or persons, each once however often served.

    ``person`` is the foreign key from the record to the person.
    """

    person: str

    @property
    def counted_model(self):
        is_person = self.unit == PERSONS
        return self.source.model._meta.get_field(self.person).related_model if is_person else self.source.model

    @property
    def counted_with(self):
        return *super().counted_with, self.rows

    @staticmethod
    def count(tables, records):
        """Both numbers in one pass: one row a person inside, added up by gender outside."""
        columns, rows = tables[0].columns, tables[0].rows
        numbers = {table.code: defaultdict(lambda: defaultdict(int)) for table in tables}
        for value, *found in _by_person(records, tables[0].person, columns.field, [row.condition for row in rows]):
            pairs = zip(found[::2], found[1::2], strict=True)
            for code, (persons, contacts) in zip([TOTAL, *(row.code for row in rows)], pairs, strict=True):
                for table in tables:
                    number = persons if table.unit == PERSONS else contacts
                    _add(numbers[table.code][code], columns, {"column": value}, int(number))
        return numbers

    def records(self, period, row_code, column_code):
        found = super().records(period, row_code, column_code)
        if self.unit != PERSONS:
            return found
        return self.counted_model.objects.filter(pk__in=found.values(self.person))


@dataclass(frozen=True, eq=False, kw_only=True)
class Participants(Table):
    """A table that adds up a number that each record holds. Behind a number is the list of the records that have a
    part in it, each with its part.

    The values of ``columns`` are annotations of the records; ``rows`` are answers of one field.
    """

    unit: str = PARTICIPANTS

    @staticmethod
    def count(tables, records):
        numbers = {table.code: defaultdict(lambda: defaultdict(int)) for table in tables}
        for table in tables:
            sums = {f"sum_{column.code}": Sum(column.value) for column in table.columns}
            for found in records.values(row=F(table.rows.field)).annotate(**sums):
                for code in (TOTAL, table.rows.code_of(found["row"])):
                    for column in table.columns:
                        numbers[table.code][code][column.code] += found[f"sum_{column.code}"]
                        numbers[table.code][code][TOTAL] += found[f"sum_{column.code}"]
        return numbers

    def records(self, period, row_code, column_code):
        has_part = reduce(or_, (column.condition for column in self.columns))
        return super().records(period, row_code, column_code).filter(has_part)


@dataclass(frozen=True, eq=False, kw_only=True)
class Amounts(Table):
    """A table of money: a row for each currency, those of Annex 5 first. Currencies are never added to each other."""

    amount: str  # the fields <amount>_amount and <amount>_currency

    rows: Slices = Slices("", ())
    columns: Slices = Slices("", ())
    unit: str = MONEY
    row_heading: Any = _("Currency")

    @property
    def printed_columns(self):
        return AMOUNT, NUMBER_OF_CASES

    @property
    def currency_field(self):
        return f"{self.amount}_currency"

    @staticmethod
    def count(tables, records):
        return {table.code: table.amounts(records) for table in tables}

    def amounts(self, records):
        """{currency, or empty for amounts not recorded: (sum, number of records)}; sums are exact, in hundredths."""
        hundredths = Cast(Round(F(f"{self.amount}_amount") * 100), BigIntegerField())
        found = records.values(currency=F(self.currency_field)).annotate(n=Count("pk"), sum=Sum(hundredths))
        return {row["currency"]: (Decimal(row["sum"] or 0).scaleb(-2), row["n"]) for row in found}

    def grid(self, numbers):
        _none, n = numbers.get("", (None, 0))
        not_recorded = GridRow(self.row(NOT_RECORDED), (None, n))
        others = sorted(set(numbers) - {"", *FIRST_CURRENCIES})
        nothing = (Decimal("0.00"), 0)
        rows = [GridRow(self.row(code), numbers.get(code, nothing)) for code in (*FIRST_CURRENCIES, *others)]
        return Grid(self, self.printed_columns, tuple(rows), not_recorded=not_recorded)

    def row(self, code):
        if code == NOT_RECORDED:
            return amount_not_recorded(self.currency_field)
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise KeyError(code)
        return currency(code, self.currency_field)


@dataclass(frozen=True)
class GridRow:
    """A row of numbers, in the order of the grid's columns."""

    slice: Slice
    values: tuple


@dataclass(frozen=True)
class Grid:
    """The numbers of one table. A table of money has no total, but the number of cases whose amount is unknown."""

    table: Table
    columns: tuple
    rows: tuple
    total: GridRow | None = None
    not_recorded: GridRow | None = None

    @property
    def code(self):
        return self.table.code

    @property
    def title(self):
        return self.table.title

    @property
    def caption(self):
        """“Sector of work (complainants)”: the title with what is counted, where there is more than a number."""
        return f"{self.title} ({self.unit_label})" if len(self.table.printed_columns) > 1 else self.title

    @property
    def unit_label(self):
        return UNITS[self.table.unit]

    @property
    def base(self):
        """What percentages refer to: the number of cases, persons or contacts. None where there are no percentages."""
        return self.total.values[-1] if self.total and len(self.rows) > 1 else None

    @property
    def base_heading(self):
        """“% of 32 cases”: a percentage is printed with its base (counting rule 7)."""
        unit = UNITS[CASES] if self.table.unit == COMPLAINANTS else self.unit_label
        return _("%% of %(base)s %(unit)s") % {"base": self.base, "unit": unit}

    def share(self, row):
        """The part of the base, from 0 to 1, or None without a base."""
        return row.values[-1] / self.base if self.base else None

    @property
    def printed_rows(self):
        """The rows as they stand on paper; a table of one row needs no total."""
        last = self.total if self.base is not None else self.not_recorded
        return (*self.rows, last) if last else self.rows

    @property
    def is_empty(self):
        return not any(any(row.values) for row in (*self.rows, self.total, self.not_recorded) if row)

    def without_gender(self):
        """Rows that count cases print only the number of cases, unless more is asked for (counting rule 6)."""
        if self.table.unit != CASES:
            return self
        rows = tuple(GridRow(row.slice, row.values[-1:]) for row in self.rows)
        return Grid(self.table, (NUMBER,), rows, GridRow(self.total.slice, self.total.values[-1:]))

    def as_data(self):
        """The grid as JSON holds it: {"unit", "rows": {code: {column: number}}, "total", ...}."""
        data = {"unit": self.table.unit}
        if self.table.rows_overlap:
            data["rows_overlap"] = True
        data["rows"] = {row.slice.code: self._row_data(row) for row in self.rows}
        if self.total:
            data["total"] = self._row_data(self.total)
        if self.not_recorded:
            data["not_recorded"] = self.not_recorded.values[-1]
        return data

    def _row_data(self, row):
        return {
            column.code: f"{value:.2f}" if isinstance(value, Decimal) else value
            for column, value in zip(self.columns, row.values, strict=True)
        }


def compute(tables, period, centres):
    """The grids of all tables for these centres together. Raises OutsideScope for a centre that is not in scope."""
    together = defaultdict(list)
    for table in dict.fromkeys(tables):  # a table that is asked for in two places is counted once
        together[table.counted_with].append(table)
    numbers = {}
    with _narrowed_to(centres):
        for group in together.values():
            numbers |= group[0].count(group, group[0].source.between(period))
    return [table.grid(numbers[table.code]) for table in tables]


@contextmanager
def _narrowed_to(centres):
    if not all(in_scope(centre.pk) for centre in centres):
        raise OutsideScope("A report was asked for a centre that is not in scope.")
    with centre_scope(centres):
        yield


def _split(records, columns, **values):
    """The records grouped by the field of the columns (as ``column``) and by ``values``."""
    return records.values(column=F(columns.field) if columns.field else Value(""), **values)


def _add(row, columns, found, number):
    row[TOTAL] += number
    if columns.field:
        row[columns.code_of(found["column"])] += number


def _by_person(records, person, field, conditions):
    """Rows (value of the person's field, persons, records, and the same two numbers for each condition).

    The inner query is an ordinary one, inside the scope. The ORM cannot group its result once more, and distinct
    counts in one query take twice to four times as long, hence these few words of SQL around it.
    """
    found = {f"n{i}": Count("pk", filter=condition) for i, condition in enumerate(conditions)}
    inner = records.values(person_id=F(person)).annotate(n=Count("pk"), **found)
    sql, parameters = inner.query.sql_with_params()
    model = records.model._meta.get_field(person).related_model
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    column = quote(model._meta.get_field(field.removeprefix(f"{person}__")).column)
    numbers = ", ".join(f"COUNT(NULLIF({n}, 0)), SUM({n})" for n in ("n", *found))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.{column}, {numbers} FROM ({sql}) s"  # noqa: S608  names from the models, values as parameters
            f" JOIN {table} p ON p.{key} = s.person_id GROUP BY p.{column}",
            parameters,
        )
        return cursor.fetchall()
