"""Erasures and backups: who was erased is erased again when an older backup is put back, and nobody else is."""

import runpy
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from clients.models import ClientCard, Identity
from mrc import audit, erasures
from mrc.access import centre_scope
from tests.backup.places import another_database, every_row, make_backup, run
from tests.conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def erase(records, sign_in):
    """Erase the identity of the marked card as a coordinator does."""
    centre, made = records
    desk = sign_in(make_user("chief", "coordinator", centre))
    assert desk.post(f"/cards/{made[ClientCard].uid}/erase/").status_code == 302


def identities(centre):
    with centre_scope([centre]), audit.identities_opened():
        return [identity.name for identity in Identity.objects.all()]


@pytest.fixture
def start_server(monkeypatch):
    """What each process of it does first; the server of the tests forgets on purpose."""
    monkeypatch.setattr("mrc.databases.check_server", lambda connection: None)
    return lambda: runpy.run_module("mrc.wsgi")


def test_a_restore_of_a_backup_from_before_an_erasure_erases_again(records, file, tmp_path, sign_in):
    centre, made = records
    erase(records, sign_in)
    with another_database(tmp_path):
        told = run("restore", str(file))
        assert "Erased again: 1 identity." in told
        assert identities(centre) == []
        with centre_scope([centre]):
            card = ClientCard.objects.get(pk=made[ClientCard].pk)
            assert (card.ethnicity, card.gender, card.erasures.count()) == ("", "woman", 2)  # one was there before
        assert "as they were written" in run("verify_audit")


def test_a_server_erases_again_before_it_serves_an_older_copy_that_was_put_back_by_hand(records, sign_in, start_server):
    centre, made = records
    erase(records, sign_in)
    with centre_scope([centre]), audit.acting(None, "test"):
        Identity.objects.create(card=made[ClientCard], name="As before")
        made[ClientCard].erasures.first().delete()
    assert identities(centre) == ["As before"]
    start_server()
    assert identities(centre) == []


def test_a_server_does_not_start_with_a_forged_ledger(records, sign_in, settings, start_server):
    erase(records, sign_in)
    ledger = Path(settings.MRC_ERASURES)
    ledger.write_text(ledger.read_text().replace(str(records[1][ClientCard].uid), str(records[1]["-open"].uid)))
    with pytest.raises(ImproperlyConfigured, match="the signature of a line is wrong"):
        start_server()


def test_who_came_back_after_an_erasure_is_not_erased_by_a_later_backup(records, tmp_path, sign_in):
    centre, made = records
    erase(records, sign_in)
    with centre_scope([centre]), audit.identities_opened(), audit.acting(None, "test"):
        Identity.objects.create(card=made[ClientCard], name="Back again")
    path = make_backup(tmp_path)
    with another_database(tmp_path):
        assert "Erased again: 0 identities." in run("restore", str(path))
        assert identities(centre) == ["Back again"]


def test_without_the_ledger_nothing_is_put_back_unless_it_is_asked_for(records, file, tmp_path, sign_in, settings):
    centre, made = records
    erase(records, sign_in)
    ledger = settings.MRC_ERASURES
    with another_database(tmp_path):
        settings.MRC_ERASURES = str(tmp_path / "another machine.log")
        with pytest.raises(CommandError, match="no ledger of erasures at .*another machine.log.*Bring the file"):
            run("restore", str(file))
        assert every_row() == {}
        run("restore", str(file), "--without-erasures")
        assert identities(centre) == [made[Identity].name]
        settings.MRC_ERASURES = ledger  # the file is found again: the nightly command catches up
        assert "Erased again" in run("erase_expired")
        assert identities(centre) == []


def test_the_ledger_of_another_installation_is_not_taken_for_ours(records, file, tmp_path, settings):
    settings.MRC_ERASURES = str(tmp_path / "new.log")
    erasures.begin()
    with another_database(tmp_path), pytest.raises(CommandError, match="is not the one that this backup belongs to"):
        run("restore", str(file))


def test_a_forged_ledger_stops_the_restore(records, file, tmp_path, sign_in, settings):
    erase(records, sign_in)
    ledger = Path(settings.MRC_ERASURES)
    ledger.write_text(ledger.read_text().replace(str(records[1][ClientCard].uid), str(records[1]["-open"].uid)))
    with another_database(tmp_path):
        with pytest.raises(CommandError, match="signature of a line is wrong"):
            run("restore", str(file))
        assert every_row() == {}


def test_a_backup_carries_the_ledger_to_a_new_machine(records, tmp_path, sign_in, settings):
    erase(records, sign_in)
    path = make_backup(tmp_path)
    carried = Path(settings.MRC_ERASURES).read_text()
    settings.MRC_ERASURES = str(tmp_path / "new.log")
    with another_database(tmp_path):
        run("restore", str(path), "--without-erasures")
        assert Path(settings.MRC_ERASURES).read_text() == carried
        assert identities(records[0]) == []


def test_the_ledger_is_signed_anew_when_the_keys_rotate(records, sign_in, settings):
    erase(records, sign_in)
    before = erasures.read(erasures.text())
    old = settings.MRC_VAULT_KEYS
    settings.MRC_VAULT_KEYS = [Fernet.generate_key().decode(), *old]
    run("rotate_vault_keys")
    settings.MRC_VAULT_KEYS = settings.MRC_VAULT_KEYS[:1]
    assert erasures.read(erasures.text()) == before
    settings.MRC_VAULT_KEYS = old
    with pytest.raises(erasures.LedgerError, match="needs a key"):
        erasures.read(erasures.text())
