"""Making backups and putting them back, as the tests do it: commands, an empty place, and what a database holds."""

import io
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from mrc.dumping import PostgresStore
from tests.conftest import cursor_of_everything


def run(command, *arguments, typed="", monkeypatch=None):
    out, err = io.StringIO(), io.StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    call_command(command, *arguments, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def make_backup(folder):
    told = run("backup", str(folder))
    return Path(told.partition(": ")[0])


@contextmanager
def another_database(tmp_path):
    """An empty place; the program works with it meanwhile."""
    settings = connection.settings_dict
    connection.close()
    name = settings["NAME"]
    if connection.vendor == "sqlite":
        settings["NAME"] = str(tmp_path / "empty.sqlite3")
        try:
            yield
        finally:
            connection.close()
            settings["NAME"] = name
        return
    with PostgresStore().temporary_database() as parameters:
        settings["NAME"] = parameters["dbname"]
        try:
            yield
        finally:
            connection.close()
            settings["NAME"] = name


def every_row():
    """{table: every row as the database tells it}, read without the code under test."""
    with cursor_of_everything() as cursor:
        return {table.name: rows_of(cursor, table.name) for table in connection.introspection.get_table_list(cursor)}


def rows_of(cursor, table):
    cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
    return sorted(
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row]) for row in cursor.fetchall()
    )
