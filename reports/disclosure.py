"""Which numbers of some tables may be shown side by side: arithmetic on counts, without records and without pages.

A Pattern joins columns (genders) and rows (answers) into groups. What is published under a pattern is, in effect, the
sums over its groups, and a pattern is safe if each of these sums is 0 or no small number. reports/publication.py says
why that protects what is inside a group.
"""

from dataclasses import dataclass, field
from functools import cached_property

from reports.slices import NOT_RECORDED, TOTAL

THRESHOLD = 5  # counts from 1 to one less are small


@dataclass(frozen=True)
class Counts:
    """The numbers of one table: {row: {column: number}}, with the row and the column ``total``; absent is 0.

    ``is_open``: beside ``rows`` any other row could have been there (countries, currencies).
    ``overlaps``: a record can be in several rows; the row "not recorded" excludes all others.
    ``follows``: the code of the table whose groups of rows hold for this one too.
    ``adds_up``: whether the numbers of two quarters add up to those of the half year.
    """

    code: str
    rows: tuple
    columns: tuple
    numbers: dict
    is_open: bool = False
    overlaps: bool = False
    follows: str = ""
    adds_up: bool = True

    def at(self, row, block):
        """How many are in a row and in one of the columns of ``block``. KeyError where that is not known."""
        if row not in self.numbers:
            return 0
        line = self.numbers[row]
        if len(block) == 1:
            return line[next(iter(block))]
        return line[TOTAL] - sum(line[column] for column in self.columns if column not in block)


@dataclass(frozen=True)
class Difference:
    """What is left of a table when others are taken from it."""

    whole: object
    parts: tuple

    def at(self, row, block):
        return self.whole.at(row, block) - sum(part.at(row, block) for part in self.parts)


@dataclass(frozen=True)
class Pattern:
    """``joined``: columns that are not shown apart, in any table. ``apart``: {table: rows that are shown apart}."""

    joined: frozenset
    apart: dict = field(default_factory=dict)

    def blocks(self, table):
        """The groups of columns of a table. One without columns has one group, which is everything."""
        if not table.columns:
            return [frozenset()]
        alone = [frozenset([column]) for column in table.columns if column not in self.joined]
        return [*alone, self.joined] if self.joined else alone

    def block_of(self, table, column):
        if column == TOTAL:
            return frozenset(table.columns)
        return self.joined if column in self.joined else frozenset([column])


@dataclass(frozen=True)
class Limits:
    """What a pattern must obey because of other versions. ``joined``: columns that it must join; ``apart``: {table: the
    rows that at most it may show apart}; ``equal``: patterns that it must not be coarser than either.
    """

    joined: frozenset = frozenset()
    apart: dict = field(default_factory=dict)
    equal: tuple = ()

    def allow(self, pattern):
        return all(
            pattern.joined == other.joined and all(rows <= pattern.apart[code] for code, rows in other.apart.items())
            for other in self.equal
        )


def is_small(number, threshold):
    """Also of a difference that is negative, which tells how many were taken away."""
    return 0 < abs(number) < threshold


def joined_sum(table, numbers, apart, block):
    """What the rows that are not apart hold together, in a table whose rows add up."""
    return numbers.at(TOTAL, block) - sum(numbers.at(row, block) for row in apart)


def capacity(table, numbers, apart, row, block):
    """The most that a row which is not apart can hold, for all that is shown of a table; the least is always 0."""
    if not table.overlaps:
        return joined_sum(table, numbers, apart, block)
    if row == NOT_RECORDED:
        return numbers.at(TOTAL, block) - max((numbers.at(other, block) for other in apart), default=0)
    return numbers.at(TOTAL, block) - (numbers.at(NOT_RECORDED, block) if NOT_RECORDED in apart else 0)


def small_sums(table, numbers, pattern, threshold):
    """Whether a sum that the pattern shows of this table is small: a total, a row, the joined rows, or its absence."""
    apart = pattern.apart[table.code]
    return any(
        is_small(number, threshold)
        for block in pattern.blocks(table)
        for number in (
            numbers.at(TOTAL, block),
            *(number for row in apart for number in row_sums(table, numbers, row, block)),
            *([] if table.overlaps or not table.rows else [joined_sum(table, numbers, apart, block)]),
        )
    )


def row_sums(table, numbers, row, block):
    """What is known when a row is shown. Where rows overlap, also how many are not in it."""
    number = numbers.at(row, block)
    return [number, numbers.at(TOTAL, block) - number] if table.overlaps else [number]


class Search:
    """Finds the pattern that shows most. ``checks``: a list of {table: numbers} in which no sum may be small: the
    tables themselves first, then their differences to other versions.

    Rows are joined in the order in which they are printed and not by size: who knows the rule learns nothing about
    sizes from the choice.
    """

    def __init__(self, tables, checks, limits, threshold=THRESHOLD):
        self.tables, self.checks, self.limits, self.threshold = tables, checks, limits, threshold

    def best(self):
        """The pattern, or None where even the totals may not be shown."""
        found = [pattern for joined in self.choices if (pattern := self.pattern(joined))]
        return max(found, key=self.shown) if found else None

    @cached_property
    def choices(self):
        columns = next((table.columns for table in self.tables.values() if table.columns), ())
        if not columns:
            return [frozenset()]
        first, *others = columns
        last = others[-1]
        pairs = [others, [first, last], [first, *others[:-1]]]
        joined = [frozenset(), *(frozenset(pair) for pair in pairs), frozenset(columns)]
        return [choice for choice in dict.fromkeys(joined) if self.limits.joined <= choice]

    def pattern(self, joined):
        """The pattern for a choice of columns, or None if there is no safe one."""
        pattern = Pattern(joined)
        for table in self.tables.values():
            if self._any_small(table, pattern, lambda numbers, block: [numbers.at(TOTAL, block)]):
                return None
            if table.columns and len(joined) == 2 and self._is_extreme_joined(table, joined):
                return None
        for table in self.tables.values():
            if table.follows not in self.tables:
                group = [table, *(other for other in self.tables.values() if other.follows == table.code)]
                apart = self._rows_apart(group, pattern)
                pattern.apart.update({member.code: apart for member in group})
        return pattern if self.limits.allow(pattern) and not self._is_unsafe(pattern) else None

    def _is_unsafe(self, pattern):
        """The answer is looked at once more as a whole, however it was found."""
        return any(
            small_sums(table, numbers[table.code], pattern, self.threshold)
            for numbers in self.checks
            for table in self.tables.values()
            if table.code in numbers
        )

    def _any_small(self, table, pattern, sums):
        return any(
            is_small(number, self.threshold)
            for numbers in self.checks
            if table.code in numbers
            for block in pattern.blocks(table)
            for number in sums(numbers[table.code], block)
        )

    def _rows_apart(self, group, pattern):
        rows = group[0].rows
        joined = [row for row in rows if self._must_join(group, pattern, row)]
        if not joined:
            return frozenset(rows)
        start = rows.index(joined[0])
        waiting = [row for row in (*rows[start:], *rows[:start]) if row not in joined and self._is_used(group, row)]
        while waiting and not self._is_enough(group, pattern, joined):
            joined.append(waiting.pop(0))
        return frozenset(rows) - set(joined) if waiting else frozenset()

    def _must_join(self, group, pattern, row):
        return any(
            row not in self.limits.apart.get(table.code, group[0].rows)
            or self._any_small(table, pattern, lambda numbers, block, table=table: row_sums(table, numbers, row, block))
            for table in group
        )

    def _is_used(self, group, row):
        return any(self.checks[0][table.code].at(row, frozenset(table.columns)) for table in group)

    def _is_enough(self, group, pattern, joined):
        """At least two rows, and together no small number."""
        if len(joined) < 2 and not group[0].is_open:
            return False
        apart = frozenset(group[0].rows) - set(joined)
        if any(self._is_extreme(table, joined) for table in group if not table.overlaps):
            return False
        return not any(
            self._any_small(
                table,
                pattern,
                lambda numbers, block, table=table: [joined_sum(table, numbers, apart, block)],
            )
            for table in group
            if not table.overlaps
        )

    def _is_extreme_joined(self, table, joined):
        numbers = self.checks[0][table.code]
        return numbers.at(TOTAL, joined) in (len(joined), len(joined) * (self.threshold - 1))

    def _is_extreme(self, table, rows):
        """Whether numbers that are all small could have this sum in one way only: all 1, or all the largest."""
        numbers = self.checks[0][table.code]
        found = [number for row in rows if (number := numbers.at(row, frozenset(table.columns)))]
        return sum(found) in (len(found), len(found) * (self.threshold - 1))

    def shown(self, pattern):
        """How many numbers that are not 0 a pattern shows."""
        numbers = self.checks[0]
        return sum(
            1
            for table in self.tables.values()
            for row in (TOTAL, *pattern.apart[table.code])
            for column in (TOTAL, *table.columns)
            if column not in pattern.joined and numbers[table.code].at(row, pattern.block_of(table, column))
        )
