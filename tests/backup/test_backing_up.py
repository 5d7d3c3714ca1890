"""Backups: what is put back is what was there, table by table and row by row; a file that was touched is refused; and
nothing is half done."""

import io
import os
import sqlite3
import stat
import tarfile
import threading
import time
from pathlib import Path

import pyrage
import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, connections

from clients.models import ClientCard, Identity
from mrc import audit, audit_chain, backup, dumping
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from mrc.dumping import PostgresStore, SqliteStore, store
from mrc.models import Centre
from tests.backup.conftest import PUBLIC, SECRET
from tests.backup.places import another_database, every_row, make_backup, run
from tests.conftest import cursor_of_everything, make_user, run_all
from tests.factories import make_card

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


# --- the drill --------------------------------------------------------------------------------------------------------


def test_a_backup_put_back_into_an_empty_place_is_the_same_in_every_table(records, tmp_path):
    there = every_row()
    path = make_backup(tmp_path)
    assert sum(map(len, there.values())) > 200
    with another_database(tmp_path):
        assert every_row() == {}
        told = run("restore", str(path))
        back = every_row()
        assert "Put back:" in told
        assert "as they were written" in run("verify_audit")
        for table in there:
            if table == "mrc_auditevent":  # and one that tells of the restoring
                assert set(there[table]) <= set(back[table]) and len(back[table]) == len(there[table]) + 1
            else:
                assert back[table] == ([] if table == "django_session" else there[table]), table
        entry = AuditEvent.objects.latest("pk")
        assert (entry.action, entry.channel) == ("import", "restore")


def test_after_restoring_the_program_works_and_the_database_still_refuses(file, tmp_path, sign_in):
    with another_database(tmp_path):
        run("restore", str(file))
        desk = sign_in(make_user("new.staff", "staff", Centre.objects.get()))
        answers = {"registered_on": "01/07/2026", "gender": "woman"}
        assert desk.post("/cards/new/", answers).status_code == 302
        refusal = "permission denied" if connection.vendor == "postgresql" else "never changed"
        with pytest.raises(Exception, match=refusal), connection.cursor() as cursor:
            cursor.execute("DELETE FROM mrc_auditevent")


def test_identities_in_a_restored_database_are_read_with_the_keys_of_the_vault(file, tmp_path, records):
    with another_database(tmp_path):
        run("restore", str(file))
        with centre_scope([records[0]]), audit.identities_opened():
            assert Identity.objects.get().name == records[1][Identity].name


def test_a_database_that_was_only_migrated_is_empty(file, tmp_path):
    with another_database(tmp_path):
        call_command("migrate", verbosity=0)
        assert "Put back:" in run("restore", str(file))
        assert Centre.objects.count() == 1


def test_a_backup_is_one_moment_while_others_write(centre_a, tmp_path, monkeypatch):
    """Cards and their entries in the audit are written together: a copy has both of each or none."""
    stop = threading.Event()
    written = []

    def enter_cards():
        while not stop.is_set():
            with centre_scope([centre_a]), audit.acting(None, "test"):
                written.append(make_card(centre_a).pk)
            time.sleep(0.002)  # a person pauses too; SQLite lets nobody in between otherwise
        connections.close_all()

    writers = [threading.Thread(target=enter_cards) for _number in range(3)]
    for writer in writers:
        writer.start()
    try:
        while len(written) < 5:
            time.sleep(0.01)
        before = len(written)
        path = make_backup(tmp_path)
        assert len(written) > before
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    with another_database(tmp_path):
        run("restore", str(path))
        with cursor_of_everything() as cursor:
            cursor.execute("SELECT uid FROM clients_clientcard")
            cards = sorted(str(uid).replace("-", "") for (uid,) in cursor.fetchall())
        told = AuditEvent.objects.filter(action="create", model="clients.ClientCard").values_list("record", flat=True)
        assert sorted(uid.hex for uid in told) == cards
        assert before <= len(cards)


# --- what a backup is -------------------------------------------------------------------------------------------------


def test_a_backup_is_for_its_owner_alone_and_names_nobody(file, records):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    content = file.read_bytes()
    for readable in (b"SQLite format 3", b"PGDMP", b"clients_clientcard", b"qzaclients"):
        assert readable not in content


def test_nothing_but_the_tool_age_is_needed_to_read_a_backup(file, tmp_path):
    opened = pyrage.decrypt(file.read_bytes(), [pyrage.x25519.Identity.from_str(SECRET)])
    with tarfile.open(fileobj=io.BytesIO(opened)) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "opened", filter="data")
    assert names[:3] == ["README.txt", "manifest.json", "manifest.signature"]
    content = (tmp_path / "opened" / names[3]).read_bytes()
    assert content.startswith(b"SQLite format 3" if connection.vendor == "sqlite" else b"PGDMP")


def test_a_backup_is_on_the_disk_before_it_is_told(records, tmp_path, monkeypatch):
    waited_for = []
    monkeypatch.setattr(backup.os, "fsync", lambda descriptor: waited_for.append(os.fstat(descriptor).st_ino))
    path = make_backup(tmp_path)
    assert waited_for[-2:] == [path.stat().st_ino, tmp_path.stat().st_ino]


def test_a_backup_is_never_written_over_another(file, monkeypatch):
    content = file.read_bytes()
    monkeypatch.setattr(backup.timezone, "now", lambda: audit.AuditEvent.objects.latest("at").at)
    taken = file.parent / f"mrc-{backup.timezone.now():%Y-%m-%dT%H%M%SZ}.age"
    taken.exists() or taken.write_bytes(b"something")
    before = taken.read_bytes()
    with pytest.raises(CommandError, match="is there already and was not touched"):
        run("backup", str(file.parent))
    assert (taken.read_bytes(), file.read_bytes()) == (before, content)
    assert not list(file.parent.glob("*.partial"))


def test_making_a_backup_is_in_the_audit(file):
    entry = AuditEvent.objects.latest("pk")
    assert (entry.action, entry.channel) == ("export", "backup")
    assert entry.detail["records"] > 200


def test_the_head_of_the_audit_in_a_backup_shows_what_was_cut_off_later(file, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(run("backup", "--verify", str(file)))
    run_all(audit_chain.NO_WALL[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mrc_auditevent WHERE number > 20")
    with pytest.raises(CommandError, match="the end of the chain was cut off"):
        run("verify_audit", "--against", str(kept))
    run_all(audit_chain.WALL[connection.vendor])


def test_whoever_holds_one_of_several_keys_opens_it(records, tmp_path, settings, monkeypatch):
    public, secret = backup.new_key()
    settings.MRC_BACKUP_RECIPIENTS = [PUBLIC, public]
    path = make_backup(tmp_path)
    for key in (SECRET, secret):
        monkeypatch.setenv("MRC_BACKUP_KEY", key)
        assert "all are the same" in run("backup", "--verify", str(path))


def test_the_key_can_be_typed_and_is_not_shown(file, monkeypatch):
    monkeypatch.delenv("MRC_BACKUP_KEY")
    told = run("backup", "--verify", str(file), typed=f"{SECRET}\n", monkeypatch=monkeypatch)
    assert "all are the same" in told and SECRET not in told


def test_a_new_pair_of_keys_fits(records, tmp_path, settings, monkeypatch):
    told = dict(line.split("=") for line in run("backup", "--new-key").splitlines()[:2])
    settings.MRC_BACKUP_RECIPIENTS = [told["MRC_BACKUP_RECIPIENTS"]]
    path = make_backup(tmp_path)
    monkeypatch.setenv("MRC_BACKUP_KEY", told["MRC_BACKUP_KEY"])
    assert "all are the same" in run("backup", "--verify", str(path))


def test_no_copy_stays_in_the_temporary_folder(file, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    run("backup", "--verify", str(file))
    time.sleep(1)  # names of backups have seconds
    make_backup(tmp_path)
    assert os.listdir(place) == []


# --- what is refused --------------------------------------------------------------------------------------------------

CHUNK = 64 * 1024 + 16  # of the format age: what is read and proven at a time


def body(content):
    return content.index(b"\n", content.index(b"\n--- ") + 1) + 1 + 16


def swapped(content):
    start = body(content)
    first, second = content[start : start + CHUNK], content[start + CHUNK : start + 2 * CHUNK]
    return content[:start] + second + first + content[start + 2 * CHUNK :]


TOUCHED = {
    "empty": lambda content: b"",
    "the beginning alone": lambda content: content[:100],
    "cut off by one byte": lambda content: content[:-1],
    "cut off at the end of a chunk": lambda content: content[: body(content) + CHUNK],
    "a chunk missing": lambda content: content[: body(content)] + content[body(content) + CHUNK :],
    "two chunks exchanged": swapped,
    "one bit": lambda content: content[:90_000] + bytes([content[90_000] ^ 1]) + content[90_001:],
    "one bit of the head": lambda content: content.replace(b"X25519", b"X25518", 1),
    "one byte more": lambda content: content + b"\0",
    "another file": lambda content: b"PK\3\4" + content,
}


@pytest.mark.parametrize("how", TOUCHED)
def test_a_file_that_was_touched_is_refused_and_nothing_is_changed(file, tmp_path, how):
    touched = tmp_path / "touched.age"
    touched.write_bytes(TOUCHED[how](file.read_bytes()))
    for command in (["backup", "--verify"], ["restore"]):
        with another_database(tmp_path):
            with pytest.raises(CommandError, match=r"touched\.age (is no backup|was not made for this key)"):
                run(*command, str(touched))
            assert every_row() == {}
            connection.close()
        Path(tmp_path, "empty.sqlite3").unlink(missing_ok=True)


def forged(file, tmp_path, change):
    """The same backup, opened, changed and closed again by somebody who has the public key and not the vault's."""
    opened = tmp_path / "forged"
    content = pyrage.decrypt(file.read_bytes(), [pyrage.x25519.Identity.from_str(SECRET)])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(opened, filter="data")
    change(opened)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(opened.iterdir()):
            archive.add(path, arcname=path.name)
    to = tmp_path / "forged.age"
    to.write_bytes(pyrage.encrypt(packed.getvalue(), [pyrage.x25519.Recipient.from_str(PUBLIC)]))
    return to


def change_copy(folder):
    [path] = folder.glob("database.*")
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def change_manifest(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"clients_clientcard"', '"clients_otherthing"').replace("2", "3", 1))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (change_copy, "was changed: the copy in it is not the one of its manifest"),
        (change_manifest, "was changed: its signature is wrong"),
        (lambda folder: (folder / "manifest.signature").unlink(), "is no backup of this program"),
        (lambda folder: [path.unlink() for path in folder.glob("database.*")], "was changed: the copy in it"),
    ],
)
def test_a_file_made_by_somebody_else_with_our_public_key_is_refused(file, tmp_path, change, sentence):
    with another_database(tmp_path), pytest.raises(CommandError, match=sentence):
        run("restore", str(forged(file, tmp_path, change)))


def test_another_key_does_not_open_it(file, tmp_path, monkeypatch):
    monkeypatch.setenv("MRC_BACKUP_KEY", backup.new_key()[1])
    with another_database(tmp_path), pytest.raises(CommandError, match="was not made for this key"):
        run("restore", str(file))


@pytest.mark.parametrize(("key", "sentence"), [("", "The secret key is missing"), ("AGE", "must be the secret one")])
def test_what_is_no_key_is_refused(file, monkeypatch, key, sentence):
    monkeypatch.delenv("MRC_BACKUP_KEY")
    with pytest.raises(CommandError, match=sentence):
        run("restore", str(file), typed=f"{key}\n", monkeypatch=monkeypatch)


def test_without_the_keys_of_the_vault_it_is_not_put_back(file, tmp_path, settings):
    settings.MRC_VAULT_KEYS = [Fernet.generate_key().decode()]
    with another_database(tmp_path), pytest.raises(CommandError, match="needs a key that is not in MRC_VAULT_KEYS"):
        run("restore", str(file))


@pytest.mark.parametrize(
    ("recipients", "sentence"),
    [([], "MRC_BACKUP_RECIPIENTS is not set"), (["age1xyz"], "must be public keys"), ([SECRET], "must be public keys")],
)
def test_without_a_public_key_no_backup_is_made(records, tmp_path, settings, recipients, sentence):
    settings.MRC_BACKUP_RECIPIENTS = recipients
    with pytest.raises(CommandError, match=sentence):
        run("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(records, tmp_path):
    with pytest.raises(CommandError, match="No backup was made in .*nowhere: No such file or directory"):
        run("backup", str(tmp_path / "nowhere"))


def one_row_more(number, digest):
    return [number + 1, digest]


def another_row(number, digest):
    return [number, digest[::-1]]


@pytest.mark.parametrize("there_was", [one_row_more, another_row])
def test_a_copy_that_does_not_give_back_what_was_there_is_no_backup(records, tmp_path, monkeypatch, there_was):
    dump = type(store()).dump

    def forgetful(self, path):
        contents = dump(self, path)
        table = "clients_clientcard" if self.vendor == "sqlite" else "public.clients_clientcard"
        contents.tables[table] = there_was(*contents.tables[table])
        return contents

    monkeypatch.setattr(type(store()), "dump", forgetful)
    with pytest.raises(CommandError, match="does not give back what was copied: .*clients_clientcard: "):
        run("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL builds indexes anew from the rows of the copy")
def test_a_database_with_a_damaged_index_is_named_and_makes_no_backup(records, tmp_path):
    """Its rows can all be read: nobody would notice before the day on which the copy is needed."""
    with another_database(tmp_path):
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'mrc_auditevent'")
            [page, *_others] = (number for (number,) in cursor.fetchall())
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [size] = cursor.execute("PRAGMA page_size").fetchone()
        connection.close()
        with open(tmp_path / "empty.sqlite3", "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\x0a" + b"\0" * (size - 1))
        (tmp_path / "kept").mkdir()
        with pytest.raises(CommandError, match="The copy is damaged"):
            run("backup", str(tmp_path / "kept"))
        assert list((tmp_path / "kept").iterdir()) == []


# --- over a database that is not empty -----------------------------------------------------------------------------


def test_over_a_database_with_records_nothing_is_put_back_unless_its_name_is_typed(file, monkeypatch):
    name = store().name
    there = every_row()
    with pytest.raises(CommandError, match="is not empty .* nothing was changed"):
        run("restore", str(file))
    for typed in ("", "yes\n", name + "x\n"):
        with pytest.raises(CommandError, match="That is not its name, and nothing was changed"):
            run("restore", str(file), "--replace", typed=typed, monkeypatch=monkeypatch)
    assert every_row() == there


def test_replacing_brings_back_what_was_there_and_takes_away_what_came_later(file, tmp_path, monkeypatch, records):
    with another_database(tmp_path):
        run("restore", str(file))
        with centre_scope([records[0]]):
            make_card(records[0])
            assert ClientCard.objects.count() == 2
            run("restore", str(file), "--replace", typed=f"{store().name}\n", monkeypatch=monkeypatch)
            assert ClientCard.objects.count() == 1


def test_what_fails_half_way_leaves_everything_as_it_was(file, tmp_path, monkeypatch, records):
    """The connection breaks, or the machine stops, after half of the tables were put back."""
    with another_database(tmp_path):
        run("restore", str(file))
        there = every_row()
        stop_half_way(monkeypatch)
        with pytest.raises((CommandError, sqlite3.Error)):
            run("restore", str(file), "--replace", typed=f"{store().name}\n", monkeypatch=monkeypatch)
        connection.close()
        assert every_row() == there


def stop_half_way(monkeypatch):
    if connection.vendor == "sqlite":

        def copy(path, to):
            def stop(status, remaining, total):
                if remaining < total / 2:
                    raise sqlite3.OperationalError("disk I/O error")

            with sqlite3.connect(path) as source, sqlite3.connect(to) as target:
                source.backup(target, pages=10, progress=stop)

        monkeypatch.setattr(dumping, "_copy_sqlite", copy)
        return
    monkeypatch.setattr(dumping, "EMPTY", dumping.EMPTY + "CREATE TABLE mrc_submission (in_the_way int);\n")


def test_a_backup_of_a_newer_program_is_refused(file, tmp_path, monkeypatch):
    known = backup.MigrationLoader(None).disk_migrations
    fewer = {key: value for key, value in known.items() if key != ("mrc", "0003_audit_chain")}
    monkeypatch.setattr(backup, "MigrationLoader", lambda _connection: type("Known", (), {"disk_migrations": fewer}))
    with another_database(tmp_path), pytest.raises(CommandError, match=r"newer version .*\(mrc\.0003_audit_chain\)"):
        run("restore", str(file))


def test_a_backup_of_the_other_kind_of_database_is_refused(file, tmp_path, monkeypatch):
    other = SqliteStore if connection.vendor == "postgresql" else PostgresStore
    monkeypatch.setattr(backup, "store", other)
    with pytest.raises(CommandError, match="The backup is of .* and DATABASE_URL is "):
        run("restore", str(file))
