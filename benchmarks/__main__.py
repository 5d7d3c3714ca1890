"""``make bench``: fills SQLite and PostgreSQL with a large demo, measures, prints, writes benchmarks/results.md.
``python -m benchmarks load`` is in load.py.

BENCH_CARDS sets another size for a quick trial; results.md is written at the full size only. SKIP_POSTGRESQL leaves
PostgreSQL out and says so. PostgreSQL is the server of DATABASE_URL, else one that is started here.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime

from benchmarks import load
from benchmarks.machine import machine, versions
from benchmarks.processes import ROOT, fill, production_settings, run_python
from benchmarks.results import PageQueries, Ratio, Run, Stages, page, put, shown

FULL_SIZE = 100_000
HEADING = "Benchmarks"
VAR = ROOT / "var"


def main():
    VAR.mkdir(exist_ok=True)
    cards = int(os.environ.get("BENCH_CARDS", FULL_SIZE))
    runs = []
    for name, url in databases():
        print(f"{name}: filling with {cards:,} client cards ...", flush=True)
        runs.append(measure(name, url, cards))
        print(shown(runs[-1]), flush=True)
    if cards == FULL_SIZE and len(runs) == 2:
        text = page(
            runs,
            cards=cards,
            day=datetime.now(UTC).date(),
            machine=machine(),
            versions=versions({run.database: run.version for run in runs}),
        )
        put(HEADING, text)
    return 1 if any(run.missed for run in runs) else 0


def databases():
    """(name, URL) of each database, empty; one after the other, because two at once would measure each other."""
    file = VAR / "bench.sqlite3"
    for part in ("", "-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    yield "SQLite", f"sqlite:///{file}"
    file.unlink(missing_ok=True)
    if os.environ.get("SKIP_POSTGRESQL"):
        print("PostgreSQL was NOT measured: SKIP_POSTGRESQL is set.")
        return
    yield "PostgreSQL", postgresql_url()


def postgresql_url():
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return given
    from tests import environment  # sets variables of the tests when imported; commands here get their own

    return environment.start_own_postgresql() or environment.start_postgresql_from_pip()


def measure(name, url, cards):
    """Make the database and measure in it, each step in a process of its own, with production settings."""
    settings = production_settings(url, "testserver")
    seconds = fill(cards, settings)
    with tempfile.NamedTemporaryFile() as file:
        run_python("-m", "benchmarks.measure", file.name, **settings)
        figures = json.load(file)
    kinds = {"ratios": Ratio, "pages": PageQueries, "stages": Stages}
    made = {name: [kind(**one) for one in figures[name]] for name, kind in kinds.items()}
    return Run(name, figures["version"], seconds, **made)


if __name__ == "__main__":
    sys.exit(load.main() if sys.argv[1:] == ["load"] else main())
