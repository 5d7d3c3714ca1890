"""All report tables through the program, against the same numbers by hand (hand_sql.py). They must be equal."""

from datetime import date
from decimal import Decimal

from django.db import connection

from benchmarks import hand_sql
from benchmarks.timing import compare
from mrc import dates
from mrc.access import centre_scope
from mrc.models import Centre
from reports.annexes import TABLES
from reports.tables import compute

MOST_QUERIES = 15


def measure():
    centres = list(Centre.objects.order_by("pk"))
    ever = dates.Period(date(2000, 1, 1), dates.today())
    quarter = dates.quarter_before(dates.today())
    yield _measure("Report: all centres, all years", centres, ever, most=1.5, rounds=7)
    yield _measure("Report: one centre, one quarter", centres[:1], quarter, most=5, rounds=25)


def _measure(what, centres, period, *, most, rounds):
    pks = [centre.pk for centre in centres]

    def program():
        return compute(TABLES, period, centres)

    def by_hand():
        with connection.cursor() as cursor:
            return hand_sql.compute(cursor, pks, period.start, period.end)

    with centre_scope(centres):
        check_equal(numbers_of(program()), by_hand())
        return compare(what, program, by_hand, rounds=rounds, most=most, most_queries=MOST_QUERIES)


def numbers_of(grids):
    """The non-zero numbers of grids, as hand_sql.compute gives them: {(table, row, column): number}."""
    numbers = {}
    for grid in grids:
        data = grid.as_data()
        rows = {**data["rows"], **({"total": data["total"]} if grid.code.startswith("services_") else {})}
        for row, columns in rows.items():
            for column, value in columns.items():
                numbers[grid.code, row, column] = Decimal(value)
        numbers[grid.code, "", "not_recorded"] = data.get("not_recorded", 0)
    return {key: number for key, number in numbers.items() if number}


def check_equal(program, by_hand):
    """Raises SystemExit naming the first numbers that differ: a fast wrong report is worth nothing."""
    differing = sorted(key for key in program.keys() | by_hand.keys() if program.get(key) != by_hand.get(key))
    if differing:
        shown = "; ".join(f"{key}: program {program.get(key)}, by hand {by_hand.get(key)}" for key in differing[:5])
        raise SystemExit(f"{len(differing)} numbers of the report differ from hand-written SQL. {shown}")
    if len(by_hand) < 50:
        raise SystemExit(f"Only {len(by_hand)} numbers: the database is too small to say anything.")
