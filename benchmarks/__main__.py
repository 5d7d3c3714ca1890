"""``make bench``: fills SQLite and PostgreSQL with a large demo, measures, prints, writes benchmarks/results.md.

BENCH_CARDS sets another size for a quick trial; results.md is written at the full size only. SKIP_POSTGRESQL leaves
PostgreSQL out and says so. PostgreSQL is the server of DATABASE_URL, else one that is started here.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

from benchmarks.machine import machine, versions
from benchmarks.results import PageQueries, Ratio, Run, Stages, page, shown

FULL_SIZE = 100_000
HERE = Path(__file__).resolve().parent
VAR = HERE.parent / "var"


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
        (HERE / "results.md").write_text(text)
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
    settings = {
        "DATABASE_URL": url,
        "DEBUG": "false",
        "HTTPS": "false",
        "SECOND_FACTOR": "none",  # who opens pages here has no app
        "ALLOWED_HOSTS": "testserver",
        "SECRET_KEY": os.urandom(40).hex(),
        "MRC_VAULT_KEYS": Fernet.generate_key().decode(),
    }
    run_python("manage.py", "migrate", "--verbosity", "0", **settings)
    run_python("manage.py", "collectstatic", "--no-input", "--verbosity", "0", **settings)
    started = time.perf_counter()
    run_python("manage.py", "demo", "--cards", str(cards), **settings)
    seconds = time.perf_counter() - started
    with tempfile.NamedTemporaryFile() as file:
        run_python("-m", "benchmarks.measure", file.name, **settings)
        figures = json.load(file)
    kinds = {"ratios": Ratio, "pages": PageQueries, "stages": Stages}
    made = {name: [kind(**one) for one in figures[name]] for name, kind in kinds.items()}
    return Run(name, figures["version"], seconds, **made)


def run_python(*arguments, **settings):
    command = subprocess.run(
        [sys.executable, *arguments], cwd=HERE.parent, env={**os.environ, **settings}, text=True, capture_output=True
    )
    if command.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{command.stderr}")


if __name__ == "__main__":
    sys.exit(main())
