"""How it is measured: program and baseline by turns, so that a busy machine slows both; the median of the turns."""

import statistics
import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.results import Ratio


def compare(what, program, baseline, *, rounds, **budget):
    """The Ratio of two functions, after one turn of each that warms both up. ``budget``: see Ratio."""
    program()
    baseline()
    pairs = [(_milliseconds(program), _milliseconds(baseline)) for _turn in range(rounds)]
    taken, limit = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Ratio(what, taken, limit, queries_of(program), **budget)


def _milliseconds(work):
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def queries_of(work):
    """How many there are, without the renewal of a session, which comes with whatever page is open as a minute ends."""
    with CaptureQueriesContext(connection) as captured:
        work()
    return sum(not query["sql"].startswith('UPDATE "django_session"') for query in captured)
