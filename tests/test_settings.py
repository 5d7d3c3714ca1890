"""A start with settings that would not be safe is refused with a sentence; a good one has no finding."""

import os
import sqlite3
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from mrc import databases
from mrc.settings import EXAMPLE_SECRET_KEY, EXAMPLE_VAULT_KEY

GOOD = {
    "DEBUG": "",
    "SECRET_KEY": "production-key-of-a-test-0123456789-0123456789-0123456789-abc",
    "MRC_VAULT_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "mrc.example.org",
    "DATABASE_URL": "sqlite:///:memory:",
    "HTTPS": "",
    "SECOND_FACTOR": "",
}

REMOTE = "postgresql://mrc:Kx8uJ2vQ4tR9@db.example.org/mrc"


def environment(**changes):
    """That of a server: nothing of the test run but its paths."""
    everything = {**os.environ, **GOOD, **changes, "DJANGO_SETTINGS_MODULE": "mrc.settings"}
    left_out = {
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        *(name for name in ("DEBUG", "HTTPS", "SECOND_FACTOR") if not everything[name]),
    }
    return {name: value for name, value in everything.items() if name not in left_out}


def run(code, **changes):
    return subprocess.run(
        [sys.executable, *code],
        cwd=settings.BASE_DIR,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
    )


def start(**changes):
    return run(["-c", "import django; django.setup()"], **changes)


def test_a_good_environment_starts():
    result = start()
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": EXAMPLE_SECRET_KEY}, "SECRET_KEY is still the example"),
        ({"MRC_VAULT_KEYS": ""}, "MRC_VAULT_KEYS is not set."),
        ({"MRC_VAULT_KEYS": " , "}, "MRC_VAULT_KEYS is not set."),
        ({"MRC_VAULT_KEYS": EXAMPLE_VAULT_KEY}, "MRC_VAULT_KEYS is still the example"),
        (
            {"MRC_VAULT_KEYS": f"{GOOD['MRC_VAULT_KEYS']},{EXAMPLE_VAULT_KEY}"},
            "MRC_VAULT_KEYS is still the example",
        ),
        ({"MRC_VAULT_KEYS": "not-a-key"}, "MRC_VAULT_KEYS must be Fernet keys"),
        ({"MRC_VAULT_KEYS": f"{GOOD['MRC_VAULT_KEYS']},c2hvcnQ="}, "MRC_VAULT_KEYS must be Fernet keys"),
        ({"SECRET_KEY": "..."}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": f"django-insecure-{GOOD['SECRET_KEY']}"}, "SECRET_KEY can be guessed"),
        ({"MRC_VAULT_KEYS": "A" * 43 + "="}, "MRC_VAULT_KEYS holds a key that can be guessed"),
        ({"DATABASE_URL": "postgresql://user:password@localhost/database"}, "still has the example password"),
        ({"DATABASE_URL": f"{REMOTE}"}, "DATABASE_URL leads to another machine (db.example.org)"),
        ({"DATABASE_URL": f"{REMOTE}?sslmode=disable"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": f"{REMOTE}?sslmode=require"}, "answers in its place"),
        ({"DATABASE_URL": "postgresql:///mrc?host=localhost,db.example.org"}, "leads to another machine"),
        ({"BACKUP_DATABASE_URL": REMOTE}, "leads to another machine"),
        ({"QUICK_EXIT_URL": "http://weather.example.org/"}, "QUICK_EXIT_URL must begin with https://"),
        ({"QUICK_EXIT_URL": "javascript:alert(1)"}, "QUICK_EXIT_URL must begin with https://"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
    ],
)
def test_a_start_that_would_not_be_safe_is_refused_with_a_sentence(changes, sentence):
    result = start(**changes)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert sentence in last
    assert all(
        secret not in last for secret in ("not-a-key", GOOD["MRC_VAULT_KEYS"], GOOD["SECRET_KEY"], "Kx8uJ2vQ4tR9")
    )


@pytest.mark.parametrize(
    "url",
    [
        f"{REMOTE}?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem",
        f"{REMOTE}?sslmode=verify-ca",
        "postgresql://mrc:Kx8uJ2vQ4tR9@localhost/mrc",
        "postgresql://mrc:Kx8uJ2vQ4tR9@127.0.0.1:5433/mrc",
        "postgresql:///mrc?host=/run/postgresql",
        "postgresql:///mrc",
    ],
)
def test_a_database_of_this_machine_or_with_verified_tls_is_accepted(url):
    result = start(DATABASE_URL=url)
    assert (result.returncode, result.stderr) == (0, "")


def serve(prepare="pass", **changes):
    """What gunicorn does first."""
    return run(["-c", f"import django; django.setup(); {prepare}; import mrc.wsgi"], **changes)


def test_a_server_starts_on_a_database_that_keeps_what_it_is_given(tmp_path):
    result = serve(DATABASE_URL=f"sqlite:///{tmp_path / 'file.sqlite3'}")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL", "keeps no write-ahead log (journal_mode is delete)"),
        ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", "does not wait for the disk"),
    ],
)
def test_a_server_does_not_start_on_a_file_that_may_lose_what_was_saved(command, sentence, tmp_path):
    options = "from django.conf import settings; settings.DATABASES['default']['OPTIONS']['init_command']"
    result = serve(f"{options} = {command!r}", DATABASE_URL=f"sqlite:///{tmp_path / 'file.sqlite3'}")
    assert result.returncode != 0
    assert sentence in result.stderr.strip().splitlines()[-1]


@pytest.fixture
def postgresql(db):
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    with connection.cursor() as cursor:
        yield cursor


def test_a_server_does_not_start_on_the_postgresql_of_the_tests(postgresql):
    """It forgets what it is given."""
    result = serve(DATABASE_URL=os.environ["DATABASE_URL"])
    assert result.returncode != 0
    assert "PostgreSQL may lose what was saved: fsync is off" in result.stderr.strip().splitlines()[-1]


def test_a_server_does_not_start_with_a_user_whom_no_rule_binds(postgresql, as_superuser, monkeypatch):
    monkeypatch.setattr(databases, "DURABLE", {"synchronous_commit": databases.DURABLE["synchronous_commit"]})
    databases.check_server(connection)
    as_superuser("CREATE ROLE mrc_of_a_test BYPASSRLS; GRANT mrc_of_a_test TO mrc_tests")
    try:
        postgresql.execute("SELECT count(*) FROM pg_auth_members")  # hears that there is a new member
        postgresql.execute("SET LOCAL ROLE mrc_of_a_test")
        with pytest.raises(ImproperlyConfigured, match="ALTER ROLE mrc_of_a_test NOSUPERUSER NOBYPASSRLS"):
            databases.check_server(connection)
        postgresql.execute("RESET ROLE")
    finally:
        as_superuser("DROP ROLE mrc_of_a_test")


def test_a_server_does_not_start_where_commits_are_acknowledged_too_early(postgresql, monkeypatch):
    monkeypatch.setattr(databases, "DURABLE", {"synchronous_commit": databases.DURABLE["synchronous_commit"]})
    postgresql.execute("SET LOCAL synchronous_commit = off")
    with pytest.raises(ImproperlyConfigured, match="synchronous_commit is off"):
        databases.check_server(connection)


def test_the_examples_do_in_development():
    result = start(DEBUG="true", SECRET_KEY="", MRC_VAULT_KEYS="", ALLOWED_HOSTS="")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_deployment_check_has_no_finding():
    result = run(["manage.py", "check", "--deploy", "--fail-level", "INFO"])
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout + result.stderr


def test_https_is_the_default_and_plain_http_is_for_one_machine():
    code = "from mrc import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"
    assert run(["-c", code]).stdout.split() == ["True", "True", "True"]
    assert run(["-c", code], HTTPS="false").stdout.split() == ["False", "False", "False"]


def test_what_a_proxy_says_is_believed_only_where_there_is_one():
    code = "from mrc import settings as s; print(s.SECURE_PROXY_SSL_HEADER, s.PROXIES)"
    assert run(["-c", code], BEHIND_PROXY="").stdout.split() == ["None", "0"]
    assert run(["-c", code], BEHIND_PROXY="true").stdout.strip() == "('HTTP_X_FORWARDED_PROTO', 'https') 1"


def test_sqlite_waits_for_other_writers_and_loses_nothing_in_a_power_cut(tmp_path):
    path = tmp_path / "file.sqlite3"
    code = (
        "import django; django.setup()\n"
        "from django.db import connection, transaction\n"
        "with connection.cursor() as cursor:\n"
        "    for name in ('journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys'):\n"
        "        print(cursor.execute(f'PRAGMA {name}').fetchone()[0])\n"
        "    cursor.execute('CREATE TABLE t (n int)')\n"
        "with transaction.atomic():\n"
        "    print('begun', flush=True); input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment(DATABASE_URL=f"sqlite:///{path}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline().strip() for _ in range(5)]
        full = "2"
        assert lines == ["wal", full, "20000", "1", "begun"]
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO t VALUES (1)")
        assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)  # readers do not wait
        other.close()
        process.communicate("\n", timeout=30)
    assert process.returncode == 0
