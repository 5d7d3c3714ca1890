"""Spreadsheets from outside: read in a process that has nothing, and what it may use is limited."""

import json
import os
import resource
import subprocess
import time
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from mrc.spreadsheets import BROWSER, COMMAND, MEGABYTE, READER, BadCell, SpreadsheetRefused, read_apart, read_sheet
from tests.factories import make_activity
from tests.hostile_files import HEAD, READ, REFUSED, good
from tests.sheets import text_row, with_sheet, workbook

# What the measurement itself may add, and a machine that is busy.
SLACK = 1.3


class Used:
    """Processor seconds of the processes that were started, and memory of this one.

    Theirs cannot be more than they may take (see ``test_the_reader_can_open_no_file...``).
    """

    def __enter__(self):
        self.before = resource.getrusage(resource.RUSAGE_CHILDREN)
        tracemalloc.start()
        return self

    def __exit__(self, *error):
        self.here = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds = after.ru_utime + after.ru_stime - self.before.ru_utime - self.before.ru_stime

    def is_little(self):
        return self.seconds < 2 * SLACK and self.here < 100 * MEGABYTE


def readable(rows):
    return [
        (number, {column: (v.shown, v.reason) if isinstance(v, BadCell) else v for column, v in values.items()})
        for number, values in rows
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_a_sentence(name):
    make, words = REFUSED[name]
    content = make()
    with Used() as used, pytest.raises(SpreadsheetRefused) as refusal:
        read_sheet(content, BROWSER)
    assert any(one in str(refusal.value) for one in ([words] if isinstance(words, str) else words))
    assert str(refusal.value).endswith(".")
    assert used.is_little(), vars(used)


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_that_can_be_read_is_read_correctly(name):
    make, expected = READ[name]
    content = make()
    with Used() as used:
        rows = readable(read_sheet(content, BROWSER).rows)
    for (number, values), (expected_number, expected_values) in zip(rows, expected, strict=True):
        assert (number, values.keys()) == (expected_number, expected_values.keys())
        for column, value in expected_values.items():
            if isinstance(value, tuple):
                shown, reason = values[column]
                assert (shown, value[1] in reason) == (value[0], True)
            else:
                assert (values[column], type(values[column])) == (value, type(value))
    assert used.is_little(), vars(used)


def test_there_are_files_enough():
    assert len(REFUSED) + len(READ) >= 100


# --- the process ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run_reader(tmp_path):
    """Runs this Python text in the place of the reader, behind its imports; returns what it sends at the end."""

    def run(text, limits=BROWSER, content=b"PK"):
        head = f"import json, os, socket, sys\nsys.path.insert(0, {str(READER)!r})\nimport runpy\n"
        head += f"reader = runpy.run_path({str(READER / '__main__.py')!r})\n"
        path = tmp_path / "spy.py"
        path.write_text(head + text)
        return read_apart(content, limits, path)[-1]

    return run


def test_the_reader_has_no_secret_and_no_module_of_the_program(run_reader):
    seen = run_reader(
        "print(json.dumps({'end': 0, 'environment': dict(os.environ), 'path': sys.path, 'at': os.getcwd(),"
        " 'modules': sorted({name.partition('.')[0] for name in sys.modules})}))"
    )
    assert seen["environment"].keys() <= {"LC_CTYPE"}  # which Python sets for itself
    assert {"archive", "workbook"} <= set(seen["modules"])
    assert set(seen["modules"]).isdisjoint(("django", "mrc", "psycopg2", "openpyxl", "lxml"))
    assert not any("site-packages" in path for path in seen["path"])
    assert seen["at"] == "/"


CONFINED = """
reader["confine"](json.loads(sys.argv[1]))
found = {}
def attempt(name, what):
    try:
        what()
        found[name] = "done"
    except (OSError, MemoryError) as error:
        found[name] = type(error).__name__
attempt("file", lambda: open("/etc/passwd"))
attempt("new file", lambda: open("/tmp/spy", "w"))
attempt("socket", socket.socket)
attempt("memory", lambda: bytearray(200 * 1024 * 1024))
print(json.dumps({"end": 0, **found}))
"""


def test_the_reader_can_open_no_file_and_no_socket_and_takes_little_memory(run_reader):
    assert run_reader(CONFINED) == {
        "end": 0,
        "file": "OSError",
        "new file": "OSError",
        "socket": "OSError",
        "memory": "MemoryError",
    }


@pytest.mark.parametrize(
    "text",
    [
        'reader["confine"](json.loads(sys.argv[1]))\nwhile True: pass',
        'reader["confine"](json.loads(sys.argv[1]))\nx = "a" * 200_000_000',
        "os.abort()",
        "os.kill(os.getpid(), 11)",
        'print(json.dumps({"title": "x", "others": []})); os._exit(0)',
        'print(json.dumps({"end": 0})[:-3])',
        "print('[' * 100_000)",
        "import time; time.sleep(60)",
        'while True: print("[]" * 10_000)',
        "pass",
    ],
)
def test_a_reader_that_dies_or_does_not_end_gives_one_clear_sentence(text, run_reader, monkeypatch):
    monkeypatch.setattr("mrc.spreadsheets.LONGEST_WAIT", 2)
    began = time.monotonic()
    with Used() as used, pytest.raises(SpreadsheetRefused) as refusal:
        run_reader(text)
    assert str(refusal.value) == (
        "This file needs too much time or memory to be read. "
        "Split it, or ask whoever runs the program to import it with the command."
    )
    assert time.monotonic() - began < 20
    assert used.seconds < 8


def test_starting_the_reader_costs_little():
    with Used() as used:
        read_sheet(good(), BROWSER)
    assert used.seconds < 0.3


def left_open():
    """(number of files, child processes) of this process, ended ones too; tests before this may have some."""
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("what a process has open is asked of /proc")
    parents = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # one that ends meanwhile
            parents.append(int(path.read_text().rpartition(")")[2].split()[1]))
    return len(os.listdir("/proc/self/fd")), parents.count(os.getpid())


def test_no_process_stays_behind():
    before = left_open()
    for _ in range(3):
        read_sheet(good(), BROWSER)
    assert left_open() == before


def test_a_process_that_stays_behind_would_be_found():
    before = left_open()
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as process:
        process.stdout.read()
        assert left_open() != before
    assert left_open() == before


# --- limits --------------------------------------------------------------------------------------------------------


def test_the_first_visible_sheet_is_read_and_the_others_are_named():
    def add_sheets(book):
        book.create_sheet("Lists", 0).append(["woman"])
        book.create_sheet("Hidden", 0).append(["secret"])
        book["Hidden"].sheet_state = "hidden"
        book.create_sheet("Notes").append(["note"])
        book.active = book.sheetnames.index("Cards")

    sheet = read_sheet(workbook(["name"], ["Sok"], change=add_sheets), BROWSER)
    assert (sheet.title, sheet.others) == ("Cards", ["Notes"])


def test_the_command_takes_more_rows_than_the_browser():
    content = with_sheet("".join(text_row(n, f"name {n}") for n in range(1, 6_002)))
    assert len(read_sheet(content, COMMAND).rows) == 6_000
    with pytest.raises(SpreadsheetRefused, match="5,000 rows.*with the command"):
        read_sheet(content, BROWSER)


def test_a_small_file_has_two_seconds_and_a_large_one_more_with_the_command_only():
    assert [BROWSER.seconds(size * MEGABYTE) for size in (0, 1, 10)] == [2, 2, 2]
    assert [COMMAND.seconds(size * MEGABYTE) for size in (0, 1, 10, 60)] == [2, 5, 32, 60]


def test_the_texts_of_all_cells_together_are_limited():
    content = with_sheet(HEAD + "".join(text_row(n, "a" * 1000) for n in range(2, 100)))
    assert len(read_sheet(content, BROWSER).rows) == 98
    with pytest.raises(SpreadsheetRefused, match="too much time or memory"):
        read_sheet(content, replace(BROWSER, output=50_000))


# --- the doors through which a file comes ----------------------------------------------------------------------------

AT_EVERY_DOOR = [
    "a PDF",
    "half a file",
    "a link to a file",
    "a bomb of zeros",
    "entities",
    "macros",
    "a text a million times",
    "a row far below",
    "NUL in XML",
]


@pytest.fixture
def doors(sign_in, coordinator, in_a, tmp_path):
    """{name: function of a file -> what is said about it}; nothing is stored by any."""
    activity = make_activity(in_a)
    browser = sign_in(coordinator)

    def upload(url):
        def send(content):
            path = tmp_path / "list.xlsx"
            path.write_bytes(content)
            with path.open("rb") as file:
                answer = browser.post(url, {"file": file})
            assert answer.status_code == 422
            return answer.context["form"].errors["file"][0]

        return send

    def command(name):
        def run(content):
            path = tmp_path / "list.xlsx"
            path.write_bytes(content)
            with pytest.raises(CommandError) as refusal:
                call_command(name, str(path), centre="PNH")
            return str(refusal.value)

        return run

    return {
        "cards": upload("/cards/import/"),
        "cases": upload("/cases/import/"),
        "attendance": upload(reverse("activities:import", args=[activity.uid])),
        "import_cards": command("import_cards"),
        "import_cases": command("import_cases"),
    }


@pytest.mark.parametrize("name", AT_EVERY_DOOR)
def test_every_door_gives_the_same_sentence(name, doors):
    make, words = REFUSED[name]
    content = make()
    said = {door: ask(content) for door, ask in doors.items()}
    assert [door for door, sentence in said.items() if words not in sentence] == [], said


def test_the_names_of_limits_are_those_that_the_reader_knows():
    assert json.loads(BROWSER.as_argument(0)).keys() == {
        "rows",
        "unpacked",
        "output",
        "memory",
        "seconds",
        "left_out",
    }
