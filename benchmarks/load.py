"""``python -m benchmarks load``: sixty people at work on PostgreSQL, and again while somebody guesses at passwords.

Gunicorn as it is deployed, PostgreSQL with its own settings, and the visitors share the cores of this machine.
LOAD_CARDS and LOAD_SECONDS set another size for a quick trial; results.md is written at the full size only.
"""

import json
import math
import os
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from benchmarks.machine import machine, versions
from benchmarks.processes import fill, production_settings, run_python
from benchmarks.results import put, table
from benchmarks.visitors import exchange

FULL_SIZE = 100_000
FULL_SECONDS = 600
THINK = 5
# How many people of each role are at work.
ROLES = {"staff": 35, "legal_officer": 10, "coordinator": 10, "programme_officer": 3, "administrator": 2}
GUESSES_EACH_SECOND = 50
ADDRESSES_THAT_GUESS = 10
WORKERS = 4
HEADING = "Load"
HEADINGS = ("Page", "Times", "Median ms", "p95 ms", "p99 ms", "Longest ms", "Verdict")
INTRODUCTION = """# Load

`python -m benchmarks load` on {day}: {people} people at work for {minutes:g} minutes on PostgreSQL with {cards:,}
client cards, who think {think} seconds between two pages on average; then the same while {guesses} wrong sign-ins a
second arrive from {addresses} addresses, for the accounts of the same people and for accounts that there are not.

{machine}. {versions}. Gunicorn with {workers} workers, PostgreSQL and the people share these cores.

The times are those that a browser waits. A page is an error if anything else comes than what was asked for.
"""


@dataclass(frozen=True)
class Latency:
    """How long people waited for one page, in milliseconds."""

    page: str
    times: list
    errors: int = 0

    @property
    def cells(self):
        figures = statistics.median(self.times), self.part(0.95), self.part(0.99), max(self.times)
        return self.page, f"{len(self.times):,}", *(f"{figure:,.0f}" for figure in figures)

    def part(self, share):
        """The time within which this share of the pages came (nearest rank)."""
        return sorted(self.times)[math.ceil(share * len(self.times)) - 1]

    @property
    def verdict(self):
        return f"{self.errors} errors" if self.errors else "no error"


@dataclass(frozen=True)
class Load:
    """What the people of one run have seen."""

    what: str
    seconds: int
    times: dict
    errors: list
    guesses: dict

    @property
    def text(self):
        """A section of results.md."""
        rows = [Latency(page, times, self.errors_of(page)) for page, times in sorted(self.times.items())]
        number = sum(len(row.times) for row in rows if not row.page.startswith("Wrong"))
        told = f"{number:,} pages, {number / self.seconds:.1f} a second; {len(self.errors)} errors."
        if self.guesses:
            tries, checked = sum(self.guesses.values()), self.guesses.get("200", 0)
            told += f" {tries:,} wrong sign-ins, {tries / self.seconds:.1f} a second, of which {checked:,} were checked"
            told += " and the others told to wait before anything was hashed."
        return f"## {self.what}\n\n{told}\n\n{table(HEADINGS, rows)}"

    def errors_of(self, page):
        return sum(f": {page}: " in error for error in self.errors)


def main():
    cards = int(os.environ.get("LOAD_CARDS", FULL_SIZE))
    seconds = int(os.environ.get("LOAD_SECONDS", FULL_SECONDS))
    with server(cards) as (address, people, version):
        runs = [
            visit(f"{len(people)} people at work", address, people, seconds=seconds),
            visit("The same under wrong sign-ins", address, people, seconds=seconds, attack=attack_on(people)),
        ]
    errors = [error for run in runs for error in run.errors]
    print("\n".join([*(run.text for run in runs), *errors[:20]]))
    if (cards, seconds) == (FULL_SIZE, FULL_SECONDS) and not errors:
        put(HEADING, "\n".join([introduction(cards, seconds, version), *(run.text for run in runs)]))
    return 1 if errors else 0


def introduction(cards, seconds, version):
    return INTRODUCTION.format(
        day=f"{datetime.now(UTC):%d %B %Y}",
        people=sum(ROLES.values()),
        minutes=seconds / 60,
        cards=cards,
        think=THINK,
        guesses=GUESSES_EACH_SECOND,
        addresses=ADDRESSES_THAT_GUESS,
        machine=machine(),
        versions=versions({"PostgreSQL": version}),
        workers=WORKERS,
    )


def visit(what, address, people, *, seconds, think=THINK, attack=None):
    """Let these people work so many seconds, and ``attack`` (see visitors.py) go on meanwhile."""
    print(f"{what}: {seconds} seconds ...", file=sys.stderr, flush=True)
    given = {"server": address, "people": people, "seconds": seconds, "think": think, "attack": attack}
    return Load(what, seconds, **json.loads(run_python("-m", "benchmarks.visitors", given=json.dumps(given))))


def attack_on(people, each_second=GUESSES_EACH_SECOND):
    """Guesses at the accounts of these people and at as many that there are not."""
    emails = [person["email"] for person in people]
    return {
        "each_second": each_second,
        "emails": emails + [f"nobody.{email}" for email in emails],
        "addresses": [f"203.0.113.{number}" for number in range(1, ADDRESSES_THAT_GUESS + 1)],
    }


@contextmanager
def server(cards):
    """(where it listens, who can sign in, version of PostgreSQL) of the program with so many cards."""
    from tests.crash import WebServer

    with database() as url, tempfile.TemporaryDirectory(prefix="mrc-load-") as folder:
        settings = {**production_settings(url, "127.0.0.1"), "PROXIES": "1"}  # people say where they come from
        print(f"Filling with {cards:,} client cards ...", file=sys.stderr, flush=True)
        fill(cards, settings)
        told = json.loads(run_python("-m", "benchmarks.load", **settings))
        web = WebServer(url, Path(folder) / "log", workers=WORKERS, **settings)
        web.start()
        try:
            warm_up(f"127.0.0.1:{web.port}")
            yield f"127.0.0.1:{web.port}", told["people"], told["version"]
        finally:
            web.kill()


def warm_up(address):
    """Each process of the server reads the program at its first page; nobody is to wait for that here."""
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda _number: exchange(address, "GET", "/sign-in/", None, {}), range(10 * WORKERS)))


@contextmanager
def database():
    """The server of DATABASE_URL, else one that is started here; its user is one whom the rules of a database bind."""
    from tests.crash import PostgresServer

    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="mrc-load-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        postgres = PostgresServer(Path(folder) / "pg")
        postgres.start()
        try:
            with closing(psycopg2.connect(f"host={postgres.folder} user=postgres dbname=postgres")) as administrator:
                administrator.autocommit = True
                administrator.cursor().execute("CREATE ROLE load LOGIN")
                administrator.cursor().execute("CREATE DATABASE load OWNER load")
            yield f"postgresql://load@/load?host={postgres.folder}"
        finally:
            postgres.kill()


def make_people():
    """An account for everybody who is to work, in the centres of the demo by turns; returns what visitors need."""
    from django.contrib.auth.models import Group

    from mrc.demo.cast import DOMAIN, PASSWORD
    from mrc.models import Centre, User

    centres = list(Centre.objects.order_by("pk"))
    hashed = User.objects.get(email=f"programme@{DOMAIN}").password  # once: hashing is slow on purpose
    people = []
    for role, number in ROLES.items():
        group = Group.objects.get(name=role)
        for turn in range(number):
            email, is_staff = f"{role}.{turn}.at.work@{DOMAIN}", role == "administrator"
            user = User.objects.create(email=email, name=f"Person {turn}", password=hashed, is_staff=is_staff)
            user.groups.add(group)
            centre = turn % len(centres)
            user.centres.set({"administrator": [], "programme_officer": centres}.get(role, [centres[centre]]))
            people.append({"email": email, "password": PASSWORD, "role": role, "address": f"198.51.100.{centre + 1}"})
    return people


def prepare():
    """In a process of its own, in the database that was filled."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc.settings")
    django.setup()
    from django.db import connection

    from benchmarks.machine import database_version
    from mrc import audit

    with audit.acting(None, "benchmark"):
        people = make_people()
    json.dump({"people": people, "version": database_version(connection)}, sys.stdout)


if __name__ == "__main__":
    prepare()
