"""Published tables under attack: an integer solver over made-up data sets, and one who knows the rule itself.

The data sets are made up without a database, by the declarations that count real records. PUBLICATION_ROUNDS makes
more of them (``make soak``).
"""

import os
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mrc.dates import Period
from reports.disclosure import Counts, Limits, Search, capacity
from reports.publication import HIDDEN, OTHERS, as_kept, family_of, publish, versions_of
from reports.slices import NOT_RECORDED, TOTAL
from reports.tables import Amounts, GridRow
from reports.versions import Region
from tests.reports.attacker import Attack
from tests.reports.made_up import ALL_TABLES, GROUPS, grids_of, make_records, returning, seeded, shortened, together

ROUNDS = int(os.environ.get("PUBLICATION_ROUNDS", "1"))
SHORT = [shortened(table, 3) for table in ALL_TABLES]
FAMILIES = sorted({family_of(table) for table in SHORT})
SIZES, SKEWS = (5, 8, 12, 30, 80, 300), (1.2, 2, 4)
GENDERS = ((50, 40, 10), (98, 1, 1), (100, 0, 0), (40, 60, 0))
QUARTERS = [Period(date(2026, m, 1), date(2026, m + 2, day)) for m, day in ((1, 31), (4, 30), (7, 30))]
QUARTER = Region(frozenset([1]), QUARTERS[0])
HALF_YEAR = Region(frozenset([1]), Period(QUARTERS[0].start, QUARTERS[1].end))
BY_CODE = {table.code: table for table in ALL_TABLES}


def some_tables(chance):
    """Tables of one family, at most four of them, so that thousands of data sets can be attacked."""
    family = chance.choice(FAMILIES)
    tables = [table for table in SHORT if family_of(table) == family]
    codes = {table.code for table in chance.sample(tables, min(4, len(tables)))}
    return [table for table in tables if table.code in codes or table.code == "services_persons"]


def numbers_of(grids):
    """{(table, row, column): number} of everything that is printed."""
    return {
        (grid.code, row.slice.code, column.code): value
        for grid in grids
        for row in (*grid.rows, grid.total, grid.not_recorded)
        if row
        for column, value in zip(grid.columns, row.values, strict=True)
    }


def small_ones(grids):
    return [
        where
        for where, value in numbers_of(grids).items()
        if value is not HIDDEN and not isinstance(value, Decimal) and value is not None and 1 <= value <= 4
    ]


def cases(tables, *records):
    """Grids of closed cases: (gender, {table code: [rows]}) each, so many times."""
    made = [{"id": i, "gender": gender, "answers": answers} for i, (gender, answers) in enumerate(records)]
    return grids_of(tables, {family_of(tables[0]): made})


def by_sector(**counts):
    """Grids of "cases closed" and "sector" for {sector: (women, men, other)}."""
    records = [
        (gender, {"sector": [sector], "cases_closed": ["all"]})
        for sector, numbers in counts.items()
        for gender, number in zip(("women", "men", "other"), numbers, strict=True)
        for _i in range(number)
    ]
    return cases([BY_CODE["cases_closed"], BY_CODE["sector"]], *records)


# --- the attacks -------------------------------------------------------------------------------------------------


def test_no_hidden_number_is_recovered_from_a_publication():
    """Thousands of data sets; every number that is no small one may be shown, no hidden one may be found."""
    hidden = 0
    for seed in range(2000 * ROUNDS):
        chance = seeded(seed)
        tables = some_tables(chance)
        records = make_records(tables, chance, chance.choice(SIZES), chance.choice(SKEWS), chance.choice(GENDERS))
        grids = grids_of(tables, records)
        published = publish(grids)
        assert not small_ones(published), seed
        attack = Attack([(None, published, grids)])
        hidden += len(attack.cells)
        assert attack.recovered() == {}, seed
    assert hidden > 10_000


def test_no_hidden_number_is_recovered_from_a_whole_report():
    for seed in range(15 * ROUNDS):
        chance = seeded(seed)
        grids = grids_of(ALL_TABLES, make_records(ALL_TABLES, chance, 400, 1.5, GENDERS[0]))
        published = publish(grids)
        assert not small_ones(published), seed
        attack = Attack([(None, published, grids)])
        assert len(attack.cells) > 100
        assert attack.recovered() == {}, seed


def test_a_hidden_number_could_be_none_and_could_be_many():
    """The promise in full: for all that is published, 0 is possible, and a number that is not small is."""
    for seed in range(40 * ROUNDS):
        chance = seeded(seed)
        tables = some_tables(chance)
        grids = grids_of(tables, make_records(tables, chance, chance.choice(SIZES), 2, chance.choice(GENDERS)))
        attack = Attack([(None, publish(grids), grids)])
        for where, (variable, _true) in attack.cells.items():
            least, most = attack.bounds(variable)
            assert least == 0 and most >= 5, (seed, where)


def hide_small_ones_only(grids):
    """What one would do first."""

    def hide(row):
        small = [isinstance(value, int) and 1 <= value <= 4 for value in row.values]
        if isinstance(row.values[0], Decimal):
            small = [small[-1]] * 2
        return GridRow(row.slice, tuple(HIDDEN if s else v for s, v in zip(small, row.values, strict=True)))

    return tuple(
        replace(
            grid,
            rows=tuple(map(hide, grid.rows)),
            total=grid.total and hide(grid.total),
            not_recorded=grid.not_recorded and hide(grid.not_recorded),
        )
        for grid in grids
    )


def test_the_attacker_finds_what_is_hidden_without_care():
    """Else the tests above would prove nothing."""
    found = 0
    for seed in range(80):
        chance = seeded(seed)
        tables = some_tables(chance)
        grids = grids_of(tables, make_records(tables, chance, 30, 2))
        attack = Attack([(None, hide_small_ones_only(grids), grids)])
        recovered = attack.recovered()
        assert all(attack.cells[cell][1] == true for cell, true in recovered.items())
        found += any(1 <= true <= 4 for true in recovered.values())
    assert found > 20


def publications(chance, tables):
    """Versions of overlapping regions of two centres and three quarters, in any order: [(region, shown, true)]."""
    size, skew, genders = chance.choice(SIZES[:5]), chance.choice(SKEWS), chance.choice(GENDERS)
    centres, quarters = chance.choice([(1, 2), (1, 3), (2, 1), (2, 2)])
    records = {}
    for centre in range(centres):
        before = {}
        for quarter in range(quarters):
            made = make_records(tables, chance, chance.choice([0, size, size]), skew, genders)
            records[centre, quarter] = returning(made, before, chance)
            before = together(before, made)
    earlier, found = [], []
    for own, first, last in _wanted(chance, centres, quarters):
        parts = {q: together(*[records[centre, q] for centre in sorted(own)]) for q in range(first, last + 1)}
        stock = {name: members for name, members in parts[last].items() if name.endswith("open_at_end")}
        grids = grids_of(tables, together(*parts.values()) | stock)
        region = Region(own, Period(QUARTERS[first].start, QUARTERS[last].end))
        published = publish(grids, region, earlier)
        assert numbers_of(publish(grids, region, earlier)) == numbers_of(published)
        earlier.append(versions_of(as_kept(published), region))
        found.append((region, published, grids))
    return found


def _wanted(chance, centres, quarters):
    """[(centres, first and last quarter)]: often all parts and the whole, and then often the smaller ones first."""
    wanted = []
    for _i in range(chance.randint(2, 5)):
        first = chance.randrange(quarters)
        own = frozenset(chance.sample(range(centres), chance.randint(1, centres)))
        wanted.append((own, first, chance.randrange(first, quarters)))
    if chance.random() < 0.5:
        wanted = [(frozenset([centre]), q, q) for centre in range(centres) for q in range(quarters)]
        wanted.append((frozenset(range(centres)), 0, quarters - 1))
        chance.shuffle(wanted)
    if chance.random() < 0.7:
        wanted.sort(key=lambda asked: len(asked[0]) * (asked[2] - asked[1] + 1))
    return list(dict.fromkeys(wanted))


def test_no_small_number_is_recovered_from_several_publications():
    """What was hidden whole may become known later where it is no small number; one from 1 to 4 never does."""
    shown = 0
    for seed in range(150 * ROUNDS):
        chance = seeded(seed)
        versions = publications(chance, some_tables(chance))
        recovered = Attack(versions).recovered()
        assert not [where for where, true in recovered.items() if 1 <= true <= 4], seed
        for (number, code, *_where), true in recovered.items():
            (grid,) = [grid for grid in versions[number][1] if grid.code == code]
            assert grid.version is None, (seed, true)
        shown += sum(1 for _region, published, _true in versions[1:] for grid in published if grid.version)
    assert shown > 60 * ROUNDS


def test_the_attacker_subtracts_publications_that_do_not_know_of_each_other():
    first = by_sector(fishing=(30, 40, 10), agriculture=(3, 0, 0), construction=(20, 0, 0))
    second = by_sector(fishing=(30, 40, 10), agriculture=(8, 0, 0), construction=(20, 0, 0))
    both = by_sector(fishing=(60, 80, 20), agriculture=(11, 0, 0), construction=(40, 0, 0))
    asked = [(first, QUARTER), (second, Region(QUARTER.centres, QUARTERS[1])), (both, HALF_YEAR)]
    for remembers in (False, True):
        earlier, versions = [], []
        for grids, region in asked:
            published = publish(grids, region, earlier)
            earlier += [versions_of(as_kept(published), region)] if remembers else []
            versions.append((region, published, grids))
        recovered = Attack(versions).recovered()
        assert (recovered.get((0, "sector", "agriculture", "women")) == 3) is not remembers
        assert bool(recovered) is not remembers


def publication_of(table):
    """(what is shown, what is hidden) of one table of counts."""
    tables = {table.code: table}
    pattern = Search(tables, [tables], Limits()).best()
    cells = [(row, column) for row in (*table.rows, TOTAL) for column in (*table.columns, TOTAL)]
    if pattern is None:
        return (), tuple(cells)

    def is_shown(row, column):
        is_apart = row == TOTAL or row in pattern.apart[table.code]
        if is_apart and column not in pattern.joined:
            return True
        blocks = pattern.blocks(table) if column == TOTAL else [pattern.block_of(table, column)]
        apart = pattern.apart[table.code]
        return not sum(table.at(row, b) if is_apart else capacity(table, table, apart, row, b) for b in blocks)

    shown = {cell: table.numbers[cell[0]][cell[1]] for cell in cells if is_shown(*cell)}
    return tuple(shown.items()), tuple(cell for cell in cells if cell not in shown)


def shares_of(total, count):
    """All ways to put ``total`` into so many numbers."""
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in shares_of(total - first, count - 1):
            yield first, *others


@pytest.mark.parametrize(
    ("rows", "columns", "most"), [(3, 1, 24), (4, 1, 20), (5, 1, 13), (1, 3, 20), (2, 3, 10), (3, 2, 10)]
)
def test_who_knows_the_rule_recovers_nothing_either(rows, columns, most):
    """All tables up to a size, brought together by what is published of them: each hidden number has several values."""
    genders = ("women", "men", "other")[:columns] if columns > 1 else ()
    codes = tuple(f"row{i}" for i in range(rows))
    worlds = defaultdict(list)
    for total in range(most + 1):
        for numbers in shares_of(total, rows * columns):
            lines = {code: numbers[i * columns : (i + 1) * columns] for i, code in enumerate(codes)}
            counts = {code: {**dict(zip(genders, line, strict=bool(genders))), TOTAL: sum(line)} if genders else
                      {TOTAL: sum(line)} for code, line in lines.items()}  # fmt: skip
            counts[TOTAL] = {c: sum(counts[code][c] for code in codes) for c in (*genders, TOTAL)}
            worlds[publication_of(Counts("table", codes, genders, counts))].append(counts)
    assert len(worlds) > 100
    for (shown, hidden), possible in worlds.items():
        for row, column in hidden:
            assert len({counts[row][column] for counts in possible}) > 1, (shown, possible)


# --- what is hidden and what is shown ----------------------------------------------------------------------------


def test_large_numbers_and_zeros_are_shown_as_they_are():
    grids = by_sector(fishing=(10, 20, 5), agriculture=(7, 9, 6))
    shown, true = numbers_of(publish(grids)), numbers_of(grids)
    assert shown == true
    assert shown["sector", "domestic_work", "women"] == 0


def test_a_small_number_is_hidden_with_its_neighbour_and_the_sums_stay():
    shown = numbers_of(publish(by_sector(fishing=(30, 40, 0), agriculture=(2, 1, 0), construction=(20, 20, 0))))
    assert shown["sector", "agriculture", "total"] is HIDDEN
    neighbours = [shown["sector", row, "total"] for row in ("fishing", "construction")]
    assert neighbours.count(HIDDEN) == 1
    assert shown["cases_closed", "total", "women"] == 52 and shown["sector", "total", "total"] == 113


def test_a_gender_with_few_is_hidden_with_another_one_in_all_tables_that_share_the_total():
    shown = numbers_of(publish(by_sector(fishing=(30, 40, 2), agriculture=(10, 10, 0))))
    assert shown["cases_closed", "all", "women"] == shown["cases_closed", "total", "women"] == 40
    for row in ("fishing", "total"):
        assert shown["sector", row, "men"] is HIDDEN and shown["sector", row, "other"] is HIDDEN
    assert shown["sector", "fishing", "women"] == 30 and shown["sector", "fishing", "total"] == 72


def test_a_report_of_few_cases_is_hidden_whole_and_one_of_none_is_not():
    few = publish(by_sector(fishing=(1, 2, 0)))
    assert {value for where, value in numbers_of(few).items()} == {HIDDEN}
    none = publish(by_sector())
    assert set(numbers_of(none).values()) == {0}


@pytest.mark.parametrize(
    "counts",
    [
        dict.fromkeys(("fishing", "agriculture", "construction"), (1, 1, 1)),
        {"fishing": (3, 40, 0)},
        {"fishing": (0, 0, 9), "agriculture": (0, 0, 1)},
        {"fishing": (4, 4, 20), "agriculture": (0, 0, 6)},
        {"fishing": (100, 0, 0), "agriculture": (1, 0, 0), "construction": (5, 0, 0)},
        {"fishing": (5, 5, 5), "agriculture": (1, 1, 1), "construction": (1, 1, 1)},
    ],
    ids=["all are 1", "one row", "one gender", "small in the margin", "zeros around", "small beside small"],
)
def test_shapes_that_give_much_away(counts):
    grids = by_sector(**counts)
    published = publish(grids)
    assert not small_ones(published)
    attack = Attack([(None, published, grids)])
    assert attack.cells and attack.recovered() == {}


def test_an_amount_is_hidden_with_its_few_cases_and_a_rare_currency_is_not_even_named():
    money = BY_CODE["compensation_awarded"]
    currencies = {"USD": 9, "THB": 2, "KHR": 8, "EUR": 1, "": 7}
    answers = [
        {money.code: [code], "cases_closed": ["all"]} for code, number in currencies.items() for _ in range(number)
    ]
    grids = cases([BY_CODE["cases_closed"], money], *[("women", answer) for answer in answers])
    (grid,) = [grid for grid in publish(grids) if isinstance(grid.table, Amounts)]
    rows = {row.slice.code: row.values for row in (*grid.rows, grid.not_recorded)}
    assert rows["THB"] == (HIDDEN, HIDDEN)
    assert "EUR" not in rows and rows[OTHERS][1] is HIDDEN
    assert rows["MMK"] == (Decimal("0.00"), 0)
    assert (Decimal(900), 9) in rows.values()


def test_no_country_is_named_in_which_there_are_few():
    grids = grids_of(
        [BY_CODE["profile_nationality"]],
        {family_of(BY_CODE["profile_nationality"]): [
            {"id": i, "gender": "women", "answers": {"profile_nationality": [code]}, "contacts": {}}
            for i, code in enumerate(["MM"] * 20 + ["KH"] * 9 + ["LA"] * 2 + [NOT_RECORDED] * 6)
        ]},
    )  # fmt: skip
    (grid,) = publish(grids)
    codes = [row.slice.code for row in grid.rows]
    assert "LA" not in codes and codes[-2:] == [OTHERS, NOT_RECORDED]
    assert small_ones([grid]) == []


def test_the_percentage_of_a_hidden_number_is_hidden_and_a_hidden_base_is_not_printed():
    _all, sector = publish(by_sector(fishing=(30, 40, 0), agriculture=(2, 1, 0), construction=(20, 20, 0)))
    shares = {row.slice.code: sector.share(row) for row in sector.rows}
    assert shares["agriculture"] is HIDDEN and shares["domestic_work"] == 0
    assert "113" in str(sector.base_heading)
    _all, few = publish(by_sector(fishing=(1, 2, 0)))
    assert str(few.base_heading) == "Percentage" and few.share(few.rows[0]) is HIDDEN


def test_the_threshold_can_be_set():
    grids = by_sector(fishing=(30, 40, 10), agriculture=(9, 9, 9))
    assert HIDDEN not in numbers_of(publish(grids)).values()
    assert HIDDEN in numbers_of(publish(grids, threshold=10)).values()
    assert HIDDEN not in numbers_of(publish(by_sector(fishing=(1, 1, 1)), threshold=1)).values()


# --- other versions ----------------------------------------------------------------------------------------------


def kept(grids, region, earlier=()):
    return versions_of(as_kept(publish(grids, region, earlier)), region)


def test_publishing_again_gives_the_same():
    grids = by_sector(fishing=(30, 40, 2), agriculture=(2, 1, 0), construction=(20, 20, 0))
    first = publish(grids, QUARTER)
    again = publish(grids, QUARTER, [kept(grids, QUARTER)])
    assert numbers_of(again) == numbers_of(first)


def test_a_correction_of_few_cases_hides_where_they_were_moved():
    before = kept(by_sector(fishing=(30, 40, 10), agriculture=(20, 10, 10), construction=(20, 20, 10)), QUARTER)
    corrected = by_sector(fishing=(31, 40, 10), agriculture=(19, 10, 10), construction=(20, 20, 10))
    shown = numbers_of(publish(corrected, QUARTER, [before]))
    assert shown["sector", "fishing", "total"] is shown["sector", "agriculture", "women"] is HIDDEN
    assert shown["sector", "construction", "women"] == 20 and shown["cases_closed", "all", "women"] == 70


def test_one_case_more_than_in_the_version_before_hides_all_that_is_counted_with_it():
    before = kept(by_sector(fishing=(30, 40, 10)), QUARTER)
    shown = numbers_of(publish(by_sector(fishing=(31, 40, 10)), QUARTER, [before]))
    assert set(shown.values()) == {HIDDEN}
    assert HIDDEN not in numbers_of(publish(by_sector(fishing=(36, 40, 10)), QUARTER, [before])).values()


def test_what_a_part_hides_the_whole_hides_too_and_what_is_left_is_no_small_number():
    quarter = by_sector(fishing=(30, 40, 10), agriculture=(1, 0, 0), construction=(10, 0, 0), seafood=(20, 0, 0))
    year = by_sector(fishing=(60, 80, 20), agriculture=(16, 0, 0), construction=(20, 10, 0), seafood=(22, 8, 0))
    alone = numbers_of(publish(year, HALF_YEAR))
    after = numbers_of(publish(year, HALF_YEAR, [kept(quarter, QUARTER)]))
    assert alone["sector", "agriculture", "total"] == 16 and after["sector", "agriculture", "total"] is HIDDEN
    assert alone["sector", "seafood", "women"] == 22 and after["sector", "seafood", "women"] is HIDDEN
    assert after["sector", "fishing", "women"] == 60


def test_a_part_of_what_is_published_and_what_overlaps_in_part_are_hidden_whole():
    grids = by_sector(fishing=(30, 40, 10))
    whole = kept(by_sector(fishing=(60, 80, 20)), HALF_YEAR)
    later = Region(frozenset([1]), Period(QUARTERS[1].start, QUARTERS[2].end))
    other = Region(frozenset([2]), QUARTERS[0])
    assert set(numbers_of(publish(grids, QUARTER, [whole])).values()) == {HIDDEN, 0}  # 0 where the whole is 0
    assert set(numbers_of(publish(grids, later, [whole])).values()) == {HIDDEN}
    assert numbers_of(publish(grids, other, [whole])) == numbers_of(grids)


def test_an_amount_that_alone_was_corrected_is_hidden():
    money = BY_CODE["compensation_awarded"]
    answers = [("women", {money.code: ["USD"], "cases_closed": ["all"]})] * 9
    (grid,) = cases([money], *answers)
    before = kept([grid], QUARTER)
    rows = tuple(replace(row, values=(Decimal("1000.00"), 9)) if row.slice.code == "USD" else row for row in grid.rows)
    (corrected,) = publish([replace(grid, rows=rows)], QUARTER, [before])
    assert corrected.rows[0].values == (HIDDEN, 9)


def test_what_is_kept_of_a_version_holds_no_hidden_number():
    data = as_kept(publish(by_sector(fishing=(30, 40, 0), agriculture=(2, 1, 0), construction=(20, 20, 0))))
    (family,) = data.values()
    lines = family["tables"]["sector"]["numbers"]
    assert lines["agriculture"] == {"other": 0}
    assert lines[TOTAL]["total"] == 113
    assert GROUPS not in data
