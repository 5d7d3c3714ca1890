"""The version of report tables for publication (counting rule 9): small counts are hidden so that they stay hidden.

What is published. Genders and rows (answers) are joined into groups: the genders of a family of tables (those that
count the same records, and so share their totals) alike in all of them, the rows of each table for itself. A number
is shown if it stands in no group, or if its whole group is 0; all others are HIDDEN, whether they are small or not.
Nothing tells why a number is hidden. A pattern of groups is used only if every sum that can be worked out from it (a
total, a number, what a group holds together, in a table of several answers also how many did *not* give one) is 0 or
at least the threshold. If there is no such pattern, the tables of the family are hidden whole.

What is promised. For every hidden number there are records that would give exactly the same publication, in which it
is 0, and others in which it is the sum of its group, which is at least the threshold: within a group, answers can be
exchanged between records without any shown number, total, percentage or sibling table noticing. In tables of several
answers a record can have any answers of the group; in the tables of services, contacts can be moved with their row
(both tables join the same rows). An amount is hidden with its number of cases. Rows that are printed only where there
is somebody (countries, further currencies) are never marked as hidden: they are in a row "Others".

Other versions. What is left when published parts are taken away from a whole (quarters from a year, centres from their
sum, a version from a corrected one of the same centres and days) is a publication too: the larger version joins at
least what the parts join, and no sum of what is left may be small. Parts must be published before the whole; a part
of what is already published, or a period that overlaps in part, is hidden whole. Persons do not add up over time
(counting rule 5): of nested periods only those with equal groups are shown. From several versions together no number
from 1 to 4 can be recovered; of a version that was hidden whole, a 0 or a number that is not small can become known.

Who knows the rule knows that a group holds a small number. Rows are joined in printed order and not by size, so that
the choice of the other members says nothing about their sizes; a test looks at all small tables that lead to the same
publication. Not promised: that nobody can guess (a group of two with a sum of 300 hides one small and one large
number), that nothing follows from knowing some of the persons, and that a large number tells nothing of those in it
(if all have the same answer, everybody's answer is known).
"""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mrc.choices import FIRST_CURRENCIES
from reports.annexes import PERSONS_SERVED, SERVICES_RECEIVED
from reports.disclosure import THRESHOLD, Counts, Pattern, Search, capacity
from reports.slices import NOT_RECORDED, TOTAL, Countries, Slice
from reports.tables import CONTACTS, Amounts, Grid, GridRow, PersonsAndContacts
from reports.versions import Surroundings, Version

OTHERS = "others"
HEADING_OF_OTHERS = _("Others, not shown apart")
NOTE = _("Numbers from 1 to %(most)s, and others from which they could be worked out, are hidden. Hidden is not zero.")


class Hidden:
    """A number that is not published. Printed as a word, in files and on pages; it cannot be counted with."""

    def __str__(self):
        return str(_("hidden"))

    def __repr__(self):
        return "HIDDEN"


HIDDEN = Hidden()


@dataclass(frozen=True)
class PublishedGrid(Grid):
    """A grid in which numbers are hidden. ``version``: what is shown of its family; None if that is hidden whole."""

    version: Version | None = None

    @property
    def base_heading(self):
        return super().base_heading if self.base is not HIDDEN else _("Percentage")

    def share(self, row):
        if HIDDEN in (self.base, row.values[-1]):
            return HIDDEN
        return super().share(row)

    def without_gender(self):
        plain = super().without_gender()
        return self if plain is self else replace(self, columns=plain.columns, rows=plain.rows, total=plain.total)

    def _row_data(self, row):
        return {code: "hidden" if value is HIDDEN else value for code, value in super()._row_data(row).items()}

    def as_data(self):
        data = super().as_data()
        return data | {"not_recorded": "hidden"} if data.get("not_recorded") is HIDDEN else data


def publish(grids, region=None, earlier=(), threshold=THRESHOLD):
    """The same grids with HIDDEN in place of what is not published.

    ``region``: whose records of which days these are; ``earlier``: what was published before, oldest first, each as
    ``versions_of`` reads it. The same question has the same answer, so that publishing again reveals nothing.
    """
    families = {}
    for grid in grids:
        families.setdefault(family_of(grid.table), []).append(grid)
    published = {}
    for name, family in families.items():
        before = [versions[name] for versions in earlier if name in versions]
        published |= _publish_family(family, _region_of(name, region), before, threshold)
    return tuple(published[grid.code] for grid in grids)


def family_of(table):
    """The name of what a table counts. Tables of one family count the same records, or the same persons."""
    source = SERVICES_RECEIVED if table.source == PERSONS_SERVED else table.source
    return f"{source.model._meta.label}.{source.method}"


def _region_of(name, region):
    return region.last_day if region and name.endswith(".open_at_end") else region


def _publish_family(grids, region, earlier, threshold):
    tables = {grid.code: counts_of(grid) for grid in grids}
    new = Version(region, tables)
    around = Surroundings(new, earlier if region else ())
    pattern = None
    if (limits := around.limits) is not None:
        tables = {code: _with_rows_of(table, limits.equal) for code, table in tables.items()}
        new = replace(new, tables=tables)
        around = Surroundings(new, earlier if region else ())
        pattern = Search(tables, [tables, *around.differences()], limits, threshold).best()
    view = _View(tables, pattern, around)
    version = Version(region, view.shown_tables(grids), pattern) if pattern else None
    return {grid.code: replace(view.grid(grid), version=version) for grid in grids}


def _with_rows_of(table, patterns):
    """A table without an end of rows, also with the rows that must be shown apart although they are 0."""
    more = {row for pattern in patterns for row in pattern.apart.get(table.code, ())} - set(table.rows)
    return replace(table, rows=(*table.rows, *sorted(more))) if table.is_open and more else table


# --- reading grids -----------------------------------------------------------------------------------------------


def counts_of(grid):
    """The counts of a grid: amounts are left out, their numbers of cases stay."""
    if isinstance(grid.table, Amounts):
        return _counts_of_amounts(grid)
    numbers = {row.slice.code: _line(grid, row) for row in grid.rows}
    is_open = isinstance(grid.table.rows, Countries)
    declared = [row.code for row in grid.table.rows]
    rows = [*sorted(set(numbers) - {NOT_RECORDED}), NOT_RECORDED] if is_open else declared
    if len(rows) == 1 and not is_open:
        rows, numbers = [], {}  # one row that is the total
    columns = tuple(column.code for column in grid.columns if column.code != TOTAL)
    return Counts(
        grid.code,
        tuple(rows),
        columns,
        numbers | {TOTAL: _line(grid, grid.total)},
        is_open=is_open,
        overlaps=grid.table.rows_overlap,
        follows=_follows(grid.table),
        adds_up=_adds_up(grid.table),
    )


def _line(grid, row):
    return {column.code: value for column, value in zip(grid.columns, row.values, strict=True) if value is not HIDDEN}


def _follows(table):
    """Contacts have the groups of rows of the persons."""
    return "services_persons" if isinstance(table, PersonsAndContacts) and table.unit == CONTACTS else ""


def _adds_up(table):
    """Persons who were served, and groups, can come again in the next period."""
    return family_of(table) not in RETURNING or table.unit == CONTACTS


RETURNING = {"clients.ServiceReceived.received_between", "legal_cases.GroupComplaint.with_cases_closed_between"}


def _counts_of_amounts(grid):
    numbers = {row.slice.code: row.values[-1] for row in (*grid.rows, grid.not_recorded)}
    numbers[TOTAL] = sum(numbers.values())
    others = sorted(set(numbers) - {TOTAL, NOT_RECORDED, *FIRST_CURRENCIES})
    rows = (*FIRST_CURRENCIES, *others, NOT_RECORDED)
    lines = {code: {TOTAL: number} for code, number in numbers.items()}
    return Counts(grid.code, rows, (), lines, is_open=True)


# --- hiding ------------------------------------------------------------------------------------------------------


class _View:
    """What a reader sees of the tables of a family under a pattern (None: nothing, but what is known anyway)."""

    def __init__(self, tables, pattern, around):
        self.tables, self.pattern, self.around = tables, pattern, around

    def grid(self, grid):
        is_money = isinstance(grid.table, Amounts)
        rows, not_recorded = grid.rows, grid.not_recorded
        if is_money or self.tables[grid.code].is_open:
            rows = self._rows_without_end(grid)
        elif self.tables[grid.code].rows:
            rows = [self._row(grid, row) for row in grid.table.rows]
        else:
            rows = [self._row(grid, row.slice) for row in grid.rows]
        if is_money:
            not_recorded = self._row(grid, grid.not_recorded.slice)
        total = grid.total and self._row(grid, grid.total.slice)
        return PublishedGrid(grid.table, grid.columns, tuple(rows), total, not_recorded)

    def shown_tables(self, grids):
        """{code: counts} with the numbers that are shown, and the amounts beside them."""
        shown = {}
        for grid in grids:
            table = self.tables[grid.code]
            always = {*self.pattern.apart[grid.code], NOT_RECORDED, *FIRST_CURRENCIES}
            listed = [row for row in table.rows if not table.is_open or row in always]
            lines = {row: self._shown_line(table, row) for row in (*listed, TOTAL)}
            if isinstance(grid.table, Amounts):
                for row in grid.rows:
                    if lines.get(row.slice.code):
                        lines[row.slice.code]["amount"] = str(row.values[0])
            shown[grid.code] = replace(table, rows=tuple(listed), numbers=lines)
        return shown

    def _shown_line(self, table, row):
        columns = (*table.columns, TOTAL)
        values = {column: self._number(table.code, row, column) for column in columns}
        return {column: value for column, value in values.items() if value is not HIDDEN}

    def _rows_without_end(self, grid):
        """The rows that always stand there, those that can be shown, all others together, and "not recorded"."""
        is_money = isinstance(grid.table, Amounts)
        always = FIRST_CURRENCIES if is_money else ()
        apart = self.pattern.apart[grid.code] if self.pattern else ()
        order = [row.slice.code for row in grid.rows]
        more = sorted(set(apart) - {NOT_RECORDED, *always}, key=lambda code: (code not in order, code))
        more.sort(key=lambda code: order.index(code) if code in order else len(order))
        others = Slice(OTHERS, HEADING_OF_OTHERS, HEADING_OF_OTHERS, Q())
        last = [] if is_money else [self._row(grid, grid.table.row(NOT_RECORDED))]
        rows = [self._row(grid, grid.table.row(code)) for code in (*always, *more)]
        return [*rows, GridRow(others, self._others(grid, {*always, *more})), *last]

    def _others(self, grid, listed):
        """What the rows hold that are not listed; hidden where a listed row is joined with them."""
        table, listed = self.tables[grid.code], listed | {NOT_RECORDED}
        if isinstance(grid.table, Amounts):
            return None, self._others_in(table, listed, TOTAL)
        return tuple(self._others_in(table, listed, column.code) for column in grid.columns)

    def _others_in(self, table, listed, column):
        if self.pattern is None:
            patterns = [version.pattern for version in self.around.around]
            rows = {OTHERS}.union(*(pattern.apart.get(table.code, ()) for pattern in patterns)) - listed
            numbers = [table.numbers[row][column] for row in {*table.rows} - listed if row in table.numbers]
            is_none = not sum(numbers) and all(self.is_shown(table.code, row, column) for row in rows)
            return 0 if is_none else HIDDEN
        apart = self.pattern.apart[table.code]
        block = self.pattern.block_of(table, column)
        joined = self._room(table, OTHERS, column)
        if joined and (listed - apart or (column != TOTAL and len(block) > 1)):
            return HIDDEN
        return joined

    def _row(self, grid, row):
        if isinstance(grid.table, Amounts):
            return GridRow(row, self._money(grid, row.code))
        return GridRow(row, tuple(self._number(grid.code, row.code, column.code) for column in grid.columns))

    def _number(self, code, row, column):
        table = self.tables[code]
        row = row if table.rows else TOTAL
        number = table.numbers[row][column] if row in table.numbers else 0
        return number if self.is_shown(code, row, column) else HIDDEN

    def _money(self, grid, code):
        """(amount, number of cases). An amount that alone was corrected would tell by how much."""
        number = self._number(grid.code, code, TOTAL)
        if code == NOT_RECORDED:
            return None, number
        found = {row.slice.code: row.values[0] for row in grid.rows}
        amount = found.get(code, Decimal("0.00"))
        is_told = number is not HIDDEN and not self.around.tells_an_amount(grid.code, code, number, amount)
        return (amount if is_told else HIDDEN), number

    def is_shown(self, code, row, column):
        """Whether a number is printed: it stands alone, its group is empty, or the other versions say it anyway."""
        table, pattern = self.tables[code], self.pattern
        if pattern:
            is_apart = row == TOTAL or row in pattern.apart[code]
            if is_apart and (column == TOTAL or column not in pattern.joined):
                return True
            if is_apart and not table.at(row, pattern.joined):
                return True
            if not is_apart and not min(self._room(other, row, column) for other in self._group_of(table)):
                return True
        return self.around.settles(code, row, column, pattern)

    def _room(self, table, row, column):
        """The most that a joined row can hold in a column."""
        blocks = self.pattern.blocks(table) if column == TOTAL else [self.pattern.block_of(table, column)]
        return sum(capacity(table, table, self.pattern.apart[table.code], row, block) for block in blocks)

    def _group_of(self, table):
        """Tables whose rows are empty together."""
        first = table.follows or table.code
        return [other for other in self.tables.values() if first in (other.code, other.follows)]


# --- keeping -----------------------------------------------------------------------------------------------------


def as_kept(grids):
    """What was shown, as plain data: {family: {...}}. No hidden number is in it."""
    kept = {}
    for grid in grids:
        if grid.version:
            kept[family_of(grid.table)] = {
                "joined": sorted(grid.version.pattern.joined),
                "tables": {
                    code: asdict(table) | {"apart": sorted(grid.version.pattern.apart[code])}
                    for code, table in grid.version.tables.items()
                },
            }
    return kept


def versions_of(kept, region):
    """{family: version} of what ``as_kept`` made, for ``earlier`` of ``publish``."""
    found = {}
    for name, family in kept.items():
        apart = {code: frozenset(table["apart"]) for code, table in family["tables"].items()}
        tables = {code: _kept_counts(table) for code, table in family["tables"].items()}
        found[name] = Version(_region_of(name, region), tables, Pattern(frozenset(family["joined"]), apart))
    return found


def _kept_counts(table):
    fields = {name: value for name, value in table.items() if name != "apart"}
    return Counts(**fields | {"rows": tuple(table["rows"]), "columns": tuple(table["columns"])})
