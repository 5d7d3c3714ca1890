"""A flow that is stopped at any of its queries has done all or nothing.

Every form of every page that changes something, and the commands, are sent again and again; the database refuses the
first query, then the second, and so on to the last. What stands in it afterwards is what was there before or what the
undisturbed flow makes. ``make soak`` stops at every query (SOAK=1); the suite at a few of each flow.
"""

import io
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from mrc.audit import AuditEvent
from mrc.models import Organization
from tests.clients.test_imports import FULL
from tests.conftest import cursor_of_everything
from tests.legal_cases.test_imports import CLOSED
from tests.sheets import workbook
from tests.site_map import acceptable
from tests.test_foreign_identifiers import own_pages, post_forms
from tests.visits import PERSONAS, World, everything_in

# Reading is written down before anything is shown, whatever happens to what is saved afterwards.
READING = {AuditEvent.Action.VIEW_IDENTITY, AuditEvent.Action.SEARCH}
# The session is written after the page; the last numbers of tables are given once whether they are used or not.
LEFT_OUT = {"django_session", "sqlite_sequence"}
PLACES_IN_THE_SUITE = (0.45, 0.7, 0.9)  # of all queries of a flow: the writing is in its second half


@pytest.fixture
def world(db):
    return World().build()


class StopsAt:
    """Lets the database refuse the n-th query of those that do something; taking back works."""

    def __init__(self, number=None):
        self.number, self.count, self.last = number, 0, ""

    def __call__(self, execute, statement, values, many, context):
        if not statement.startswith("ROLLBACK"):
            self.count += 1
            if self.count == self.number:
                self.last = statement
                raise OperationalError("The machine stops here.")
        return execute(statement, values, many, context)


@contextmanager
def as_outside_a_test():
    """The outermost transaction of the program can be taken back by itself, as it is where no test is around it."""
    base, enter = len(connection.atomic_blocks), transaction.Atomic.__enter__

    def outermost(block):
        if len(connection.atomic_blocks) == base:
            block.savepoint = True
        return enter(block)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction.Atomic, "__enter__", outermost)
        yield
    connection.needs_rollback = False  # a statement by itself, outside of any transaction of the program, fails alone


def everything():
    """{table: every row}, without entries that tell of reading."""
    with cursor_of_everything() as cursor:
        tables = {table.name for table in connection.introspection.get_table_list(cursor)} - LEFT_OUT
        return {table: rows_of(cursor, table) for table in sorted(tables)}


def rows_of(cursor, table):
    which = ""
    if table == "mrc_auditevent":
        which = f"WHERE action NOT IN ({', '.join(map(repr, map(str, READING)))})"
    cursor.execute(f'SELECT * FROM "{table}" {which}')  # noqa: S608
    # Files are the same objects of memory never; their bytes are.
    return Counter(
        tuple(repr(bytes(value)) if isinstance(value, memoryview) else repr(value) for value in row)
        for row in cursor.fetchall()
    )


def difference(before, after):
    """{table: (rows that are gone, rows that came)}, which is the same whatever the identifiers of new rows."""
    return {
        table: (sum((before[table] - after[table]).values()), sum((after[table] - before[table]).values()))
        for table in before
        if before[table] != after[table]
    }


@dataclass
class Flow:
    name: str
    run: object  # function without arguments; what it raises is an error page

    def stopped_at(self, number=None):
        """(the wrapper, what it leaves); all of it is undone."""
        stop = StopsAt(number)
        with transaction.atomic():
            before = everything()
            with as_outside_a_test(), connection.execute_wrapper(stop):
                try:
                    self.run()
                except OperationalError:
                    assert number  # undisturbed, no flow breaks
            left = difference(before, everything())
            transaction.set_rollback(True)
        return stop, left

    def halves(self, places):
        """What is neither all nor nothing. Raises if the undisturbed flow changes nothing."""
        undisturbed, all_of_it = self.stopped_at()
        for number in sorted({min(undisturbed.count, max(1, place)) for place in places(undisturbed.count)}):
            stop, left = self.stopped_at(number)
            if left and left != all_of_it:
                yield f"{self.name}, query {number} of {undisturbed.count} ({stop.last[:90]}): {left} of {all_of_it}"


def chosen_places(count):
    if os.environ.get("SOAK"):
        return range(1, count + 1)
    return [round(count * place) for place in PLACES_IN_THE_SUITE]


def sending(browser, to, answers):
    def send():
        cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
        everything_in(browser.post(to, answers))
        browser.cookies.clear()
        browser.cookies.load(cookies)

    return send


def forms_of(persona, world):
    """The forms of every page of this persona, each kind once, that change something when they are sent."""
    browser, seen = world.browser(persona), set()
    for key, url, page, text in list(own_pages(browser, world, "a")):
        for to, answers, _names in post_forms(text, url):
            kind = (key if to == url else to.rsplit("/", 2)[1], frozenset(answers))
            if kind not in seen:
                seen.add(kind)
                flow = Flow(f"{key}: {to}", sending(browser, to, {**answers, **acceptable(to, key, page)}))
                if flow.stopped_at()[1]:
                    yield flow


@pytest.mark.parametrize(("persona", "at_least"), [("coordinator", 40), ("programme officer", 1)])
def test_every_form_saves_all_or_nothing(world, persona, at_least):
    flows = list(forms_of(PERSONAS[persona], world))
    assert len(flows) >= at_least, [flow.name for flow in flows]
    problems = [problem for flow in flows for problem in flow.halves(chosen_places)]
    assert not problems, "\n".join(problems)


def commands(world, tmp_path, monkeypatch):
    code = world.codes["a"]
    (tmp_path / "cards.xlsx").write_bytes(workbook(list(FULL), list(FULL.values()), list(FULL.values())))
    (tmp_path / "cases.xlsx").write_bytes(workbook(list(CLOSED), list(CLOSED.values()), list(CLOSED.values())))

    def command(name, *arguments, typed=""):
        def run():
            monkeypatch.setattr("sys.stdin", io.StringIO(typed))
            call_command(name, *arguments, stdout=io.StringIO(), stderr=io.StringIO())

        return Flow(name, run)

    yield command("import_cards", str(tmp_path / "cards.xlsx"), f"--centre={code}")
    yield command("import_cases", str(tmp_path / "cases.xlsx"), f"--centre={code}")
    yield command("add_centre", "NEW", "--name", "New", "--country", "KH")
    yield command(
        "add_user", "new@example.org", "--role", "staff", "--centre", code, typed="sixteen quiet rivers and a boat\n"
    )


def test_commands_do_all_or_nothing(world, tmp_path, monkeypatch):
    problems = []
    for flow in commands(world, tmp_path, monkeypatch):
        assert flow.stopped_at()[1], f"{flow.name} changes nothing"
        problems += flow.halves(chosen_places)
    assert not problems, "\n".join(problems)


def test_a_flow_that_does_half_is_found(world):
    """Else the tests above would prove nothing."""

    def half():
        Organization.objects.create(name="First")
        Organization.objects.create(name="Second")

    flow = Flow("half", half)
    assert list(flow.halves(lambda count: range(1, count + 1)))
    assert not list(Flow("whole", transaction.atomic(half)).halves(lambda count: range(1, count + 1)))
