"""An attacker with an integer solver: what she reads in publications, what she knows of the tables, what she finds out.

She knows every shown number, that the rows of a table add up (or, where they overlap, between which bounds), that
tables of a family share their totals, how tables bound each other, and that a region contains the smaller ones.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from reports.publication import HIDDEN, OTHERS, counts_of, family_of
from reports.slices import NOT_RECORDED, TOTAL
from reports.tables import Amounts

MOST = 10_000


@dataclass
class Equations:
    """Integer variables from 0 up, and linear relations between them."""

    low: list = field(default_factory=list)
    high: list = field(default_factory=list)
    relations: list = field(default_factory=list)  # ([(coefficient, variable)], least, most)

    def variable(self, value=None):
        self.low.append(0 if value is None else value)
        self.high.append(MOST if value is None else value)
        return len(self.low) - 1

    def add(self, terms, least, most=np.inf):
        self.relations.append((terms, least, most))

    def solve(self, objective):
        """A solution that makes ``objective``, {variable: weight}, as small as possible."""
        if not hasattr(self, "_constraint"):
            entries = [(i, v, c) for i, (terms, _least, _most) in enumerate(self.relations) for c, v in terms]
            rows, columns, weights = zip(*entries, strict=True)
            matrix = coo_array((weights, (rows, columns)), shape=(len(self.relations), len(self.low))).tocsr()
            least, most = zip(*[relation[1:] for relation in self.relations], strict=True)
            self._constraint = LinearConstraint(matrix, least, most)
        c = np.zeros(len(self.low))
        for variable, weight in objective.items():
            c[variable] = weight
        found = milp(c, constraints=self._constraint, integrality=np.ones(len(c)), bounds=Bounds(self.low, self.high))
        assert found.success, found.message  # the true numbers are a solution
        return np.rint(found.x).astype(int)


class Attack:
    """``publications``: (region or None, published grids, true grids); she uses the true ones only to check herself."""

    def __init__(self, publications):
        self.equations, self.cells, self.worlds = Equations(), {}, []
        rows = {}
        for _region, published, _true in publications:
            for grid in published:
                rows.setdefault(grid.code, {}).update({row.slice.code: None for row in _rows(grid)})
        self.rows_of = {code: [row for row in found if row != OTHERS] for code, found in rows.items()}
        for number, (region, published, true) in enumerate(publications):
            self._read(number, region, published, true)
        self._relate_regions()

    # --- what she reads ---

    def _read(self, number, region, published, true):
        world = {}
        truth = {grid.code: counts_of(grid) for grid in true}
        for grid in published:
            counts = truth[grid.code]
            shown = {row.slice.code: dict(zip(_columns(grid), _values(grid, row), strict=True)) for row in _rows(grid)}
            lines = [*self.rows_of[grid.code], OTHERS] if OTHERS in shown else self.rows_of[grid.code]
            world[grid.code] = table = {}
            for row in [*lines, TOTAL]:
                table[row] = {column: self.equations.variable() for column in _columns(grid)}
            unlisted = [row for row in lines if row not in shown or row == OTHERS]
            for row, line in shown.items():
                for column, value in line.items():
                    self._know(number, grid.code, row, column, value, table, unlisted, counts)
        self._relate_tables(world, published)
        self.worlds.append((region, published, world))

    def _know(self, number, code, row, column, value, table, unlisted, counts):
        parts = unlisted if row == OTHERS else [row]
        if value is not HIDDEN and len(parts) == 1:
            (variable,) = [table[part][column] for part in parts]
            self.equations.low[variable] = self.equations.high[variable] = value
        elif value is not HIDDEN:
            self.equations.add([(1, table[part][column]) for part in parts], value, value)
        elif len(parts) == 1:
            listed = [other for other in table if other not in (OTHERS, TOTAL)]
            line = counts.numbers.get(row, dict.fromkeys((*counts.columns, TOTAL), 0))
            true = line[column]
            if row == OTHERS:
                true = counts.numbers[TOTAL][column] - sum(
                    counts.numbers[other][column] for other in listed if other in counts.numbers
                )
            self.cells[number, code, row, column] = (table[row][column], true)

    # --- what she knows ---

    def _relate_tables(self, world, grids):
        totals = {}
        for grid in grids:
            table, counts = world[grid.code], counts_of_shape(grid)
            self._relate_rows(table, counts)
            family = (family_of(grid.table), counts.follows != "")
            totals.setdefault(family, []).append(table[TOTAL])
            if counts.follows and counts.follows in world:
                self._relate_persons(world[counts.follows], table)
        for lines in totals.values():
            for line in lines[1:]:
                for column in set(line) & set(lines[0]):
                    self._equal(line[column], lines[0][column])
        if "group_complaints" in world and "cases_closed" in world:
            groups, cases = world["group_complaints"][TOTAL][TOTAL], world["cases_closed"][TOTAL][TOTAL]
            self.equations.add([(1, cases), (-1, groups)], 0)

    def _relate_rows(self, table, counts):
        add = self.equations.add
        for line in table.values():
            if len(line) > 1:
                add([(1, line[column]) for column in line if column != TOTAL] + [(-1, line[TOTAL])], 0, 0)
        rows = [row for row in table if row != TOTAL]
        for column, total in table[TOTAL].items():
            terms = [(1, table[row][column]) for row in rows]
            if not counts.rows:
                for row in rows:
                    self._equal(table[row][column], total)
            elif not counts.overlaps:
                add([*terms, (-1, total)], 0, 0)
            else:
                add([*terms, (-1, total)], 0)
                empty = [(-1, table[NOT_RECORDED][column])] if NOT_RECORDED in table else []
                for row in rows:
                    add([(1, total), (-1, table[row][column]), *(empty if row != NOT_RECORDED else [])], 0)

    def _relate_persons(self, persons, contacts):
        """Nobody is served without a contact, and no contact is without a person."""
        for row, line in persons.items():
            for column, variable in line.items():
                self.equations.add([(1, contacts[row][column]), (-1, variable)], 0)
                if self.equations.high[variable] == 0:
                    self.equations.high[contacts[row][column]] = 0

    def _equal(self, one, other):
        self.equations.add([(1, one), (-1, other)], 0, 0)

    def _relate_regions(self):
        """A larger region is the smaller ones in it, and a rest, which is made of the same tables."""
        for region, grids, world in list(self.worlds):
            inside = [w for w in self.worlds if region and w[0] != region and region.holds(w[0])]
            largest = [w for w in inside if not any(v[0] != w[0] and v[0].holds(w[0]) for v in inside)]
            apart = [w for i, w in enumerate(largest) if all(not w[0].meets(v[0]) for v in largest[:i])]
            if apart:
                self._take_apart(grids, world, [w[2] for w in apart], _size(region) == sum(_size(w[0]) for w in apart))
            for _region, _grids, part in inside:
                self._hold(grids, world, part)

    def _take_apart(self, grids, world, parts, is_everything):
        """Nothing is left where the smaller regions cover the larger one."""
        rest = {
            code: {
                row: {c: self.equations.variable(0 if is_everything else None) for c in line} for row, line in t.items()
            }
            for code, t in world.items()
        }
        self._relate_tables(rest, grids)
        for grid in grids:
            self._add_up(grid, world, [*parts, rest])

    def _add_up(self, grid, world, parts):
        for row, line in world[grid.code].items():
            for column, variable in line.items():
                terms = [(1, part[grid.code][row][column]) for part in parts if row in part[grid.code]]
                if counts_of_shape(grid).adds_up and not _is_stock(grid):
                    self.equations.add([*terms, (-1, variable)], 0, 0)
                elif not _is_stock(grid):
                    self.equations.add([*terms, (-1, variable)], 0)

    def _hold(self, grids, world, part):
        for grid in grids:
            for row, line in world[grid.code].items():
                if not _is_stock(grid):
                    for column, variable in line.items():
                        self.equations.add([(1, variable), (-1, part[grid.code][row][column])], 0)

    # --- what she finds out ---

    def recovered(self):
        """The hidden numbers of which only one value is possible: {(publication, table, row, column): value}.

        A solution in which a number is another one settles it; many are settled at once, the others one by one.
        """
        left, before = dict(self.cells), None
        while left and len(left) != before:
            before = len(left)
            found = self.equations.solve({v: 1 if true else -1 for v, true in left.values()})
            left = {cell: (v, true) for cell, (v, true) in left.items() if found[v] == true}
        return {cell: true for cell, (v, true) in left.items() if self.bounds(v) == (true, true)}

    def bounds(self, variable):
        return tuple(self.equations.solve({variable: sign})[variable] for sign in (1, -1))


def counts_of_shape(grid):
    """What kind of table it is; the numbers of a published grid do not matter for that."""
    return SHAPES.setdefault(grid.table, counts_of(grid.table.grid(_nothing(grid.table))))


SHAPES = {}


def _nothing(table):
    from collections import defaultdict

    return {} if isinstance(table, Amounts) else defaultdict(lambda: defaultdict(int))


def _size(region):
    return len(region.centres) * ((region.period.end - region.period.start).days + 1)


def _is_stock(grid):
    return family_of(grid.table).endswith(".open_at_end")


def _rows(grid):
    found = [*grid.rows]
    if isinstance(grid.table, Amounts):
        return [*found, grid.not_recorded]
    return [*found, grid.total]


def _columns(grid):
    return [TOTAL] if isinstance(grid.table, Amounts) else [column.code for column in grid.columns]


def _values(grid, row):
    return row.values[-1:] if isinstance(grid.table, Amounts) else row.values
