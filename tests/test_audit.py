"""The audit: whoever changes, deletes, inserts or exchanges entries is refused, and found out where the refusal is off;
and no identity is shown whose reading cannot be written down."""

import io
import re
import threading
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)

from clients.models import Identity
from mrc import audit, audit_chain
from mrc.audit import AuditEvent
from tests.conftest import run_all
from tests.factories import make_card
from tests.marked_records import mark
from tests.site_map import addresses, pages_of
from tests.visits import PERSONAS, World, ask

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def verify(*arguments):
    out = io.StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def sql(statement, values=()):  # what stands in the statements of these tests is written here
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def broken_by(*statements):
    """What the command says after somebody took down the refusal of the database and did this."""
    run_all(audit_chain.NO_WALL[connection.vendor])
    for statement in statements:
        sql(*statement) if isinstance(statement, tuple) else sql(statement)
    with pytest.raises(CommandError) as refused:
        verify()
    return str(refused.value).partition("\n")[2]


@pytest.fixture
def entries(db, centre_a):
    """Ten entries, oldest first."""
    with audit.acting(None, "test"):
        for number in range(10):
            audit.record("create", centre_id=centre_a.pk, model="clients.ClientCard", fields=[f"field {number}"])
    return list(AuditEvent.objects.order_by("pk"))


# --- the database refuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mrc_auditevent SET action = 'search'",
        "UPDATE mrc_auditevent SET actor_id = NULL WHERE number = 3",
        "UPDATE mrc_auditevent SET number = number WHERE number = -1",
        "DELETE FROM mrc_auditevent",
        "DELETE FROM mrc_auditevent WHERE number = 10",
        "TRUNCATE mrc_auditevent",
        "TRUNCATE mrc_auditevent CASCADE",
        "INSERT OR REPLACE INTO mrc_auditevent SELECT * FROM mrc_auditevent WHERE number = 3",
        "INSERT INTO mrc_auditevent SELECT * FROM mrc_auditevent WHERE number = 3",
        "INSERT INTO mrc_auditevent SELECT * FROM mrc_auditevent WHERE number = 3"
        " ON CONFLICT (id) DO UPDATE SET action = 'search'",
        "SET session_replication_role = replica; DELETE FROM mrc_auditevent",
    ],
)
def test_the_database_refuses_to_change_entries_whoever_asks(entries, statement):
    if connection.vendor == "sqlite" and statement == "UPDATE mrc_auditevent SET number = number WHERE number = -1":
        sql(statement)  # asks row by row, and there is no such row
    else:
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(statement)
    assert "10 entries" in verify()
    assert list(AuditEvent.objects.order_by("pk")) == entries


def rights():
    """What PostgreSQL lets the program do with entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) name"
            " WHERE has_table_privilege('mrc_auditevent', name)"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no rights")
def test_the_program_has_no_right_to_change_entries_and_the_trigger_refuses_who_has(entries):
    assert rights() == {"SELECT", "INSERT"}
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        sql("DELETE FROM mrc_auditevent")
    sql("GRANT UPDATE, DELETE, TRUNCATE ON mrc_auditevent TO CURRENT_USER")
    for statement in ("UPDATE mrc_auditevent SET action = 'search'", "DELETE FROM mrc_auditevent"):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            sql(statement)


def test_an_entry_outside_the_chain_is_refused(entries):
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(
            "INSERT INTO mrc_auditevent (at, channel, action, model, detail)"
            " SELECT at, channel, action, model, detail FROM mrc_auditevent WHERE number = 3"
        )


# --- the command finds ---------------------------------------------------------------------------------------------


def test_an_audit_that_nobody_touched_is_as_it_was_written(entries, in_a):
    make_card(in_a, name="Chan Dara", consents=["keep_data"])
    assert f"{AuditEvent.objects.count()} entries in 1 chains, all as they were written." in verify()


@pytest.mark.parametrize(
    "change",
    [
        "action = 'search'",
        "actor_id = (SELECT min(id) FROM mrc_user)",
        "channel = 'web'",
        "centre_id = NULL",
        "model = 'clients.Identity'",
        "record = '00000000000000000000000000000001'",
        "detail = '{}'",
        "number = 99",
    ],
)
def test_the_first_entry_that_was_changed_is_named(entries, staff, change):
    which = "= 4" if change == "number = 99" else "IN (4, 6)"
    changed = f"UPDATE mrc_auditevent SET {change} WHERE number {which}"  # noqa: S608
    assert broken_by(changed).startswith("Entry 4 of chain 1")


def test_another_time_is_a_change(entries):
    told = broken_by(("UPDATE mrc_auditevent SET at = %s WHERE number = 7", [entries[6].at + timedelta(seconds=1)]))
    assert told.startswith("Entry 7 of chain 1")
    assert "it was changed" in told


def test_an_entry_deleted_in_the_middle_is_missed(entries):
    told = broken_by("DELETE FROM mrc_auditevent WHERE number IN (5, 6)")
    assert told == f"Entry 5 of chain 1 ({entries[6].at:%Y-%m-%d %H:%M:%S} UTC): " + (
        "it is missing: this entry, or several from here to number 6, were deleted"
    )


def test_a_gap_that_was_closed_is_found(entries):
    close = "UPDATE mrc_auditevent SET number = number - 1 WHERE number = %s"
    told = broken_by("DELETE FROM mrc_auditevent WHERE number = 5", *((close, [number]) for number in range(6, 11)))
    assert told.startswith("Entry 5 of chain 1")


def test_entries_that_changed_places_are_found(entries):
    told = broken_by(
        "UPDATE mrc_auditevent SET number = 100 WHERE number = 4",
        "UPDATE mrc_auditevent SET number = 4 WHERE number = 8",
        "UPDATE mrc_auditevent SET number = 8 WHERE number = 100",
    )
    assert told.startswith("Entry 4 of chain 1") and "stands where another entry was" in told


def test_an_entry_made_without_the_key_is_found(entries):
    """The digests are right: they can be computed by anybody who reads this source."""
    last = entries[-1]
    columns = audit_chain.COLUMNS[1:]
    said = audit_chain.content_of(*(getattr(last, name) for name in columns))
    digest = audit_chain.next_digest(last.digest, 1, 11, said)
    sql(
        "INSERT INTO mrc_auditevent"
        " (at, actor_id, channel, action, centre_id, model, record, detail, lane, number, digest, signature)"
        " SELECT at, actor_id, channel, action, centre_id, model, record, detail, 1, 11, %s, signature"
        " FROM mrc_auditevent WHERE number = 10",
        [digest],
    )
    with pytest.raises(CommandError, match="Entry 11 of chain 1 .*its signature is wrong"):
        verify()


def test_what_was_cut_off_the_end_is_missed_by_a_head_kept_elsewhere(entries, tmp_path):
    kept = tmp_path / "heads.txt"
    kept.write_text(verify())
    assert "10 entries" in verify("--against", str(kept))
    audit.record("search")
    assert "11 entries" in verify("--against", str(kept))
    run_all(audit_chain.NO_WALL[connection.vendor])
    sql("DELETE FROM mrc_auditevent WHERE number > 8")
    assert "8 entries" in verify()  # nothing inside tells
    with pytest.raises(CommandError, match="Entry 10 of chain 1: it was there on .* the end of the chain was cut off"):
        verify("--against", str(kept))
    for _again in range(2):
        audit.record("search")
    with pytest.raises(CommandError, match="Entry 10 of chain 1: it is another one than on "):
        verify("--against", str(kept))


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), (b"\xff\xfe", "cannot be read"), (b"good morning", "no line")]
)
def test_a_file_without_heads_is_refused(entries, tmp_path, content, sentence):
    path = tmp_path / "heads.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        verify("--against", str(path))


# --- keys ------------------------------------------------------------------------------------------------------------


def test_old_entries_stay_proven_after_their_key_is_taken_away(entries, settings):
    settings.MRC_VAULT_KEYS = [NEW, *settings.MRC_VAULT_KEYS]
    call_command("rotate_vault_keys", stdout=io.StringIO())
    settings.MRC_VAULT_KEYS = [NEW]
    assert "11 entries" in verify()
    told = broken_by("UPDATE mrc_auditevent SET action = 'search' WHERE number = 2")
    assert told.startswith("Entry 2 of chain 1")


def test_without_rotation_entries_whose_key_is_gone_are_not_called_proven(entries, settings):
    settings.MRC_VAULT_KEYS = [NEW]
    with pytest.raises(CommandError, match="Entry 1 of chain 1 .*signed with a key that is not in MRC_VAULT_KEYS"):
        verify()


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_writers_do_not_wait_for_each_other_where_the_database_has_many():
    """On PostgreSQL a transaction that is open for long holds up nobody; on SQLite there is one writer anyway."""
    if connection.vendor == "sqlite":
        audit.record("search")
        assert "1 entries in 1 chains" in verify()
        return
    written, done = threading.Event(), threading.Event()

    def writes_slowly():
        with transaction.atomic():
            audit.record("import")
            written.set()
            done.wait(30)
            audit.record("import")
        connections.close_all()

    slow = threading.Thread(target=writes_slowly)
    slow.start()
    assert written.wait(30)
    sql("SET lock_timeout = '2s'")
    for _number in range(5):
        audit.record("search")
    assert AuditEvent.objects.count() == 5  # the slow one is not there yet
    done.set()
    slow.join()
    sql("SET lock_timeout = 0")
    assert "7 entries in 2 chains" in verify()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_writers_leave_whole_chains(monkeypatch):
    """Also where there are more writers than chains, and where some take back what they wrote."""
    monkeypatch.setattr(audit_chain, "LANES", 2)

    def write():
        for number in range(8):
            with transaction.atomic():
                audit.record("search", number=number)
                if number % 3 == 2:
                    transaction.set_rollback(True)
        connections.close_all()

    writers = [threading.Thread(target=write) for _number in range(5)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert AuditEvent.objects.count() == 5 * 6
    assert "30 entries" in verify()


# --- nothing is shown that is not written down ----------------------------------------------------------------------


def refuse_the_audit(execute, statement, values, many, context):
    if statement.startswith('INSERT INTO "mrc_auditevent"'):
        raise OperationalError("The audit cannot be written.")
    return execute(statement, values, many, context)


def test_no_page_shows_an_identity_whose_reading_cannot_be_written_down(db):
    world = World().build()
    persona = PERSONAS["coordinator"]
    browser = world.browser(persona)
    names = [mark("a", Identity, field) for field in Identity._meta.concrete_fields]
    showing, leaks = set(), []
    for address in addresses():
        for page in pages_of(address.key):
            if "coordinator" not in page.may:
                continue
            url = address.url(page.arguments_for(world.made["a"]))
            asked = page.question(world.codes["a"]) if page.question else {}
            for method, data in (("get", asked), ("post", page.valid or {"q": names[1], "kind": "person"})):
                _response, text = ask(browser, method, url, data)
                if not any(name in text for name in names):
                    continue
                showing.add(address.key)
                with connection.execute_wrapper(refuse_the_audit):
                    response, text = ask(browser, method, url, data)
                text = re.sub(r'<input type="hidden"[^>]*>', "", text)  # what was sent, to be sent again
                if response.status_code != 503 or any(name in text for name in names):
                    leaks.append(f"{method} {address.key}: {response.status_code}")
    assert not leaks, leaks
    assert {"clients:detail", "clients:list", "clients:edit", "clients:search", "activities:attendance"} <= showing
    assert len(showing) >= 8
