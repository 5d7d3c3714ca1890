"""The gender analysis through the program, against the same numbers by hand (hand_sql.py). They must be equal."""

from datetime import date

from django.db import connection

from benchmarks import hand_sql
from benchmarks.report import check_equal
from benchmarks.timing import compare
from mrc import dates
from mrc.access import centre_scope
from mrc.models import Centre
from reports.gender import analyse

MOST_QUERIES = 20
COLUMNS = ("women", "men", "other", "total")


def measure():
    centres = list(Centre.objects.order_by("pk"))
    ever = dates.Period(date(2000, 1, 1), dates.today())
    with centre_scope(centres):
        check_equal(program(centres, dates.year_of(dates.today())), by_hand(centres, dates.year_of(dates.today())))
        check_equal(program(centres, ever), by_hand(centres, ever))
        yield compare(
            "Gender analysis: all centres, all years",
            lambda: analyse(centres=centres, period=ever),
            lambda: by_hand(centres, ever),
            rounds=7,
            most=1.5,
            most_queries=MOST_QUERIES,
        )


def program(centres, period):
    """The non-zero numbers of the analysis: {(now or before, table, row, column): number}."""
    numbers = {}
    for line in analyse(centres=centres, period=period).lines:
        for when, counts in (("now", line.now), ("before", line.before)):
            for column in COLUMNS:
                numbers[when, line.grid.code, line.row.slice.code, column] = getattr(counts, column)
    return {key: number for key, number in numbers.items() if number}


def by_hand(centres, period):
    pks = [centre.pk for centre in centres]
    numbers = {}
    with connection.cursor() as cursor:
        for when, one in (("now", period), ("before", period.before)):
            found = hand_sql.analyse(cursor, pks, one.start, one.end)
            numbers |= {(when, *key): number for key, number in found.items()}
    return numbers
