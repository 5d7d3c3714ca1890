"""What earlier published versions say about the tables of a new one, and how far the new one must hold back for them.

Versions whose regions (centres and days) share nothing say nothing about each other. Where one holds another, their
difference is a set of records too: it is published with them, whether somebody prints it or not.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from math import prod

from mrc.dates import Period
from reports.disclosure import Difference, Limits, Pattern, capacity
from reports.slices import TOTAL

MOST_COMBINATIONS = 64  # of versions of the regions inside a larger one; beyond, nothing more is published


@dataclass(frozen=True)
class Region:
    """Whose records of which days. ``centres``: primary keys."""

    centres: frozenset
    period: Period

    @property
    def last_day(self):
        """The region of what is counted on one day, the last."""
        return replace(self, period=Period(self.period.end, self.period.end))

    def meets(self, other):
        mine, theirs = self.period, other.period
        return bool(self.centres & other.centres) and mine.start <= theirs.end and theirs.start <= mine.end

    def holds(self, other):
        mine, theirs = self.period, other.period
        return self.centres >= other.centres and mine.start <= theirs.start and theirs.end <= mine.end


@dataclass(frozen=True, eq=False)
class Version:
    """What is, or would be, published of a family of tables: {code: Counts}. ``pattern``: None where nothing was."""

    region: Region
    tables: dict
    pattern: Pattern | None = None

    def without(self, parts):
        """{code: numbers} of what is left when other versions are taken away, for the tables in which that counts
        something: of persons, who can come again, only one period can be taken away at a time.
        """
        adds_up = len(parts) == 1 or all(part.region.period == self.region.period for part in parts)
        return {
            code: Difference(table, tuple(part.tables[code] for part in parts))
            for code, table in self.tables.items()
            if (adds_up or table.adds_up) and all(code in part.tables for part in parts)
        }


class Surroundings:
    """The earlier versions that a new one meets: the same region, those inside it, those around it or across."""

    def __init__(self, new, earlier):
        self.new = new
        met = [version for version in earlier if version.pattern and version.region.meets(new.region)]
        self.same = [version for version in met if version.region == new.region]
        self.inside = [v for v in met if new.region.holds(v.region) and v.region != new.region]
        self.around = [v for v in met if v.region.holds(new.region) and v.region != new.region]
        self.is_first_inside = len(self.same) + len(self.inside) == len(met)
        self.beside = [v for v in earlier if v.pattern and not v.region.meets(new.region)]

    @property
    def limits(self):
        """What the pattern must obey, or None if nothing can be published: parts come before the whole, so that the
        whole, which has more to hide in, can hold back for them.
        """
        if not self.is_first_inside or _combinations(self.inside) > MOST_COMBINATIONS:
            return None
        patterns = [version.pattern for version in (*self.same, *self.inside)]
        apart = {}
        for version in (*self.same, *self.inside):
            for code, rows in version.pattern.apart.items():
                if not _is_known_whole(version, code):
                    apart[code] = apart.get(code, rows) & rows
        joined = frozenset().union(*(pattern.joined for pattern in patterns))
        others = [v.pattern for v in self.inside if v.region.period != self.new.region.period]
        adds_up = all(table.adds_up for table in self.new.tables.values())
        return Limits(joined, apart, equal=() if adds_up else tuple(others))

    def differences(self):
        """[{code: numbers}] of the new version to the same and to what is inside, in which no sum may be small."""
        alone = [(version,) for version in (*self.same, *self.inside)]
        same_period = [v for v in self.inside if v.region.period == self.new.region.period]
        families = dict.fromkeys([*alone, *_families(self.inside), *_families(same_period)])
        return [self.new.without(parts) for parts in families if parts]

    def settles(self, code, row, column, pattern):
        """Whether the other versions alone say what a number is: then it is no secret, and shown."""
        if not self.inside and not self.around:
            return False
        own = self.new.tables[code].numbers.get(row, {}).get(column, 0)
        if self._least(code, row, column) == own == self._most(code, row, column):
            return True
        return bool(pattern) and any(
            self._is_all_of_it(parts, code, row, column, pattern, own) for parts in _families(self.inside, True)
        )

    def _is_all_of_it(self, parts, code, row, column, pattern, own):
        """Whether nothing is left beside these versions in which there could be more."""
        table, rest = self.new.tables[code], self.new.without(parts).get(code)
        numbers = [_number(part, code, row, column) for part in parts]
        if not parts or rest is None or None in numbers or sum(numbers) != own:
            return False
        return _at_most(table, rest, pattern, row, column) == 0

    def tells_an_amount(self, code, row, number, amount):
        """Whether another version shows another amount of the same cases."""
        for parts in [(version,) for version in self.same] + _families(self.inside):
            lines = [part.tables[code].numbers.get(row, {}) for part in parts if code in part.tables]
            if not lines or any("amount" not in line for line in lines):
                continue
            shown = sum(Decimal(line["amount"]) for line in lines)
            if sum(line[TOTAL] for line in lines) == number and shown != amount:
                return True
        return False

    def _least(self, code, row, column):
        """What the versions inside show already."""
        sums = [sum(numbers) for numbers in self._numbers(self.inside, code, row, column, self.new.region.period)]
        return max(sums, default=0)

    def _most(self, code, row, column):
        """What the versions around and beside leave for this one; None if they say nothing."""
        table, left = self.new.tables[code], []
        for whole in self.around:
            beside = [version for version in self.beside if whole.region.holds(version.region)]
            if not table.adds_up:
                beside = [version for version in beside if version.region.period == whole.region.period]
            for parts in ((), *_families(beside)):
                if rest := whole.without(parts).get(code):
                    left.append(_at_most(table, rest, whole.pattern, row, column))
        return min(left, default=None)

    def _numbers(self, versions, code, row, column, period):
        """The numbers of versions that can be added, for every choice of them."""
        if not self.new.tables[code].adds_up:
            alone = [[version] for version in versions]
            choices = alone + _families([version for version in versions if version.region.period == period])
        else:
            choices = _families(versions)
        return [[_number(version, code, row, column) or 0 for version in choice] for choice in choices]


def _at_most(table, numbers, pattern, row, column):
    """The most that a number can be, for what a pattern shows."""
    block, apart = pattern.block_of(table, column), pattern.apart[table.code]
    if row == TOTAL or row in apart:
        return numbers.at(row, block)
    return capacity(table, numbers, apart, row, block)


def _number(version, code, row, column):
    """A number as it is shown; None where it is hidden. What stands in no row is 0 if the rows are complete."""
    table = version.tables.get(code)
    if table is None:
        return None
    if row in table.numbers:
        return table.numbers[row].get(column)
    return 0 if _is_known_whole(version, code) else None


def _is_known_whole(version, code):
    """Whether a table without an end of rows shows all that have a number."""
    table = version.tables.get(code)
    if table is None or not table.is_open:
        return False
    everything = frozenset(table.columns)
    return sum(table.at(row, everything) for row in version.pattern.apart[code]) == table.at(TOTAL, everything)


def _families(versions, newest_only=False):
    """The largest regions among these, which have nothing in common, with one version of each: every choice of them."""
    by_region = {}
    for version in versions:
        by_region.setdefault(version.region, []).append(version)
    largest = [r for r in by_region if not any(other != r and other.holds(r) for other in by_region)]
    return list(product(*(by_region[region][-1:] if newest_only else by_region[region] for region in largest)))


def _combinations(versions):
    regions = [version.region for version in versions]
    return prod(regions.count(region) for region in set(regions))
