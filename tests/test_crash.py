"""The server is killed while people save: what was acknowledged is there, once, and nothing else is broken.

The suite kills four times on each database, ``make soak`` (SOAK=1) two hundred times.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from tests.crash import YEAR, PostgresServer, WebServer, Writers, in_a_process_of_its_own

KILLS = 200 if os.environ.get("SOAK") else 4
COMMITS = 20


@pytest.fixture
def place():
    """A folder with a short path: that of PostgreSQL's socket may have 107 letters."""
    folder = Path(tempfile.mkdtemp(prefix="mrc-crash-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(place):
    """A server of its own, or None on SQLite."""
    if connection.vendor == "sqlite":
        yield None
        return
    try:
        server = PostgresServer(place / "pg")
    except FileNotFoundError as missing:
        pytest.skip(f"No PostgreSQL to kill: {missing}")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def database(place, postgres):
    return postgres.url if postgres else f"sqlite:///{place}/crash.sqlite3"


def kill_again_and_again(web, writers, postgres, chance):
    for number in range(1, KILLS + 1):
        before = len(writers.saved)
        until = time.monotonic() + 30
        while len(writers.saved) == before:  # people are saving again
            assert time.monotonic() < until, writers.answers
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.6))
        if postgres and number % 4 == 0:
            postgres.kill()
            if number % 8 == 0:  # the machine as a whole; else the web processes live on and connect again
                web.kill()
            postgres.start()
        else:
            web.kill()
        if web.process is None:
            web.start()


def test_no_acknowledged_write_is_lost_when_the_server_is_killed(place, database, postgres):
    session = in_a_process_of_its_own(database, "prepare")["session"]
    web, chance = WebServer(database, place / "log"), random.Random(KILLS)
    web.start()
    try:
        with Writers(web.port, session) as writers:
            kill_again_and_again(web, writers, postgres, chance)
            time.sleep(0.5)
    finally:
        web.kill()
    there = in_a_process_of_its_own(database, "report")
    saved, submissions, cards = writers.saved, there["submissions"], there["cards"]
    assert len(saved) > KILLS, writers.answers
    lost = {token: url for token, url in saved.items() if submissions.get(token) != url or url not in cards}
    assert not lost
    # Saved and not acknowledged: at most the last of each writer, which was never asked for again.
    assert len(submissions) - len(saved) <= len(writers.threads)
    assert sorted(submissions.values()) == sorted(cards) == there["created"]
    assert list(cards.values()) == [f"PNH-{YEAR}-{number:05}" for number in range(1, len(cards) + 1)]
    assert there["counter"] == there["identities"] == len(cards)
    assert there["integrity"] == "ok"
    assert "all as they were written" in there["audit"]
    unexpected = {answer for answer in writers.answers if answer not in ("saved", "none")}
    # While the database is away, or comes back: 503, in place of which DEBUG shows what happened.
    assert unexpected <= ({"500 ", "503 "} if postgres else set()), writers.answers
    assert writers.answers["none"], "Nobody was interrupted."


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(place, database, postgres):
    in_a_process_of_its_own(database, "prepare")
    if postgres:
        before = synced(postgres)
        settings = in_a_process_of_its_own(database, "commit", COMMITS)
        assert settings == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        assert synced(postgres) - before >= COMMITS
        return
    if not shutil.which("strace"):
        settings = in_a_process_of_its_own(database, "commit", COMMITS)
        assert settings == {"synchronous": 2}  # FULL
        pytest.skip("strace is not on this machine: the setting was checked, the calls were not counted")
    calls = {}
    for number in (0, COMMITS):
        watch = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", str(place / "calls")]
        assert in_a_process_of_its_own(database, "commit", number, before=watch) == {"synchronous": 2}
        calls[number] = len(re.findall(r"sync\(\d+<[^>]*-wal>", (place / "calls").read_text()))
    assert calls[COMMITS] - calls[0] >= COMMITS


def synced(postgres):
    """How often PostgreSQL has written its log to the disk for good."""
    database = psycopg2.connect(postgres.url)
    try:
        with database.cursor() as cursor:
            statement = "SELECT wal_sync FROM pg_stat_wal"
            if database.info.server_version >= 180000:
                statement = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        database.close()


def test_the_count_of_commits_would_notice_a_database_that_does_not_wait(place, postgres):
    """Else the test above would prove nothing."""
    if postgres:
        with psycopg2.connect(postgres.url) as database, database.cursor() as cursor:
            cursor.execute("ALTER ROLE postgres SET synchronous_commit = off")
        database.close()
        in_a_process_of_its_own(postgres.url, "prepare")
        before = synced(postgres)
        assert in_a_process_of_its_own(postgres.url, "commit", COMMITS)["synchronous_commit"] == "off"
        assert synced(postgres) - before < COMMITS
        return
    if not shutil.which("strace"):
        pytest.skip("strace is not on this machine")
    program = (
        "import sqlite3, sys; lax = sqlite3.connect('lax.sqlite3', isolation_level=None); "
        "lax.execute('PRAGMA journal_mode=WAL'); lax.execute('PRAGMA synchronous=NORMAL'); "
        "lax.execute('CREATE TABLE t (n)'); "
        "[lax.execute('INSERT INTO t VALUES (1)') for n in range(int(sys.argv[1]))]"
    )
    watch = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", str(place / "calls")]
    subprocess.run([*watch, sys.executable, "-c", program, str(COMMITS)], cwd=place, check=True)
    assert len(re.findall(r"sync\(\d+<[^>]*-wal>", (place / "calls").read_text())) < COMMITS
