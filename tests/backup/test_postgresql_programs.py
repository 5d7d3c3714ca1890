"""Backups on PostgreSQL: its programs, its users, its policies, and where its password is not."""

import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection

from mrc import dumping
from mrc.dumping import BackupError, PostgresStore
from tests.backup.places import run

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def pretend_programs(folder, *versions):
    for version in versions:
        place = folder / version / "bin"
        place.mkdir(parents=True)
        for program in ("pg_dump", "pg_restore", "psql"):
            (place / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}.4 (Debian)'\n")
            (place / program).chmod(0o755)
        yield place


@pytest.mark.parametrize(("server", "chosen"), [(15, "15"), (16, "17"), (14, "15")])
def test_programs_of_the_server_are_taken_or_the_next_newer(tmp_path, monkeypatch, server, chosen):
    places = list(pretend_programs(tmp_path, "17", "15", "18"))
    monkeypatch.setattr(dumping, "_folders_of_programs", lambda: places)
    assert dumping.postgres_programs(server) == tmp_path / chosen / "bin"


@pytest.mark.parametrize(
    ("versions", "sentence"),
    [
        (["13", "15"], "The server is PostgreSQL 16, and pg_dump here is 13, 15. Install postgresql-client-16."),
        ([], "pg_dump, pg_restore and psql are not on this machine. Install postgresql-client-16."),
    ],
)
def test_programs_that_are_missing_or_too_old_are_named(tmp_path, monkeypatch, versions, sentence):
    places = list(pretend_programs(tmp_path, *versions))
    monkeypatch.setattr(dumping, "_folders_of_programs", lambda: places)
    with pytest.raises(BackupError) as refused:
        dumping.postgres_programs(16)
    assert str(refused.value) == sentence


def test_a_user_who_may_not_make_a_database_is_told_how(records, tmp_path, settings, as_superuser):
    as_superuser("CREATE ROLE backs_up LOGIN BYPASSRLS; GRANT pg_read_all_data TO backs_up")
    try:
        settings.BACKUP_DATABASE = {**connection.settings_dict, "USER": "backs_up"}
        with pytest.raises(CommandError, match="ALTER ROLE backs_up CREATEDB"):
            run("backup", str(tmp_path))
        as_superuser("ALTER ROLE backs_up CREATEDB")
        assert "all are the same" in run("backup", str(tmp_path))
    finally:
        as_superuser("DROP ROLE backs_up")


def test_a_policy_that_may_hide_rows_is_named_unless_it_does_not_bind_who_makes_the_backup(
    records, tmp_path, settings, as_superuser
):
    as_superuser("CREATE POLICY few ON clients_clientcard AS RESTRICTIVE USING (gender = 'woman')")
    as_superuser("CREATE ROLE backs_up LOGIN CREATEDB BYPASSRLS; GRANT pg_read_all_data TO backs_up")
    try:
        with pytest.raises(CommandError, match="may hide rows of clients_clientcard"):
            run("backup", str(tmp_path))
        settings.BACKUP_DATABASE = {**connection.settings_dict, "USER": "backs_up"}
        assert "all are the same" in run("backup", str(tmp_path))
    finally:
        as_superuser("DROP ROLE backs_up; DROP POLICY few ON clients_clientcard")


def test_a_password_is_not_among_the_arguments_of_a_program(monkeypatch, settings):
    called = []
    monkeypatch.setattr(dumping, "postgres_programs", lambda server: Path("/programs"))
    monkeypatch.setattr(PostgresStore, "server_version", lambda self: 15)
    monkeypatch.setattr(
        dumping.subprocess,
        "run",
        lambda command, **how: called.append((command, how)) or subprocess.CompletedProcess(command, 0),
    )
    settings.BACKUP_DATABASE = {"USER": "u", "PASSWORD": "three hidden rivers", "HOST": "h", "PORT": 5433}
    PostgresStore().run("pg_dump", ["--format=custom"])
    [(command, how)] = called
    assert "rivers" not in str(command)
    assert how["env"]["PGPASSWORD"] == "three hidden rivers"
    assert (how["env"]["PGHOST"], how["env"]["PGPORT"]) == ("h", "5433")
