"""``rotate_vault_keys``: afterwards the old key can be taken away, and everything opens and is found."""

from datetime import date
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from clients import search, services
from clients.models import ClientCard, Identity, IdentityKey, ServiceReceived
from legal_cases.models import LegalCase, Party
from legal_cases.services import find_or_create_group, find_or_create_party, find_party
from mrc import vault
from mrc.audit import AuditEvent
from mrc.management.commands import rotate_vault_keys
from mrc.models import PendingImport
from tests.conftest import cursor_of_everything
from tests.factories import make_card, make_case, make_service

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def records(in_a, staff, settings):
    """Records of every kind that has something encrypted, written with the old key."""
    settings.MRC_VAULT_KEYS = [OLD]
    identity = {"telephone": "012 345 678", "email": "dara@example.org", "date_of_birth": date(1990, 12, 31)}
    card = make_card(in_a, name="Chan Dara", identity=identity, consents=["keep_data"], heard_about="Radio")
    services.index_identities([card])
    make_service(card, note="First talk")
    employer = find_or_create_party(centre=in_a, kind=Party.Kind.EMPLOYER, name="Made-up Garments")
    group = find_or_create_group(centre=in_a, title="Unpaid wages")
    make_case(in_a, employer=employer, group=group, remarks="Slow")
    PendingImport.objects.create(
        centre=in_a, uploaded_by=staff, records="clients.ClientCard", sealed_content=vault.seal_bytes(b"PK")
    )
    settings.MRC_VAULT_KEYS = [NEW, OLD]
    return card


def rotate():
    out = StringIO()
    call_command("rotate_vault_keys", stdout=out)
    return out.getvalue()


def found(centre, text):
    return [card.pk for card in search.find_cards(text, [centre]).cards]


def test_after_rotation_everything_opens_and_is_found_without_the_old_key(records, in_a, settings):
    assert "clients.Identity: 1 records, 1 encrypted anew" in rotate()
    settings.MRC_VAULT_KEYS = [NEW]
    identity = Identity.objects.get()
    assert (identity.name, identity.date_of_birth, identity.address) == ("Chan Dara", date(1990, 12, 31), "")
    assert ClientCard.objects.get().heard_about == "Radio"
    assert ServiceReceived.objects.get().note == "First talk"
    assert LegalCase.objects.get().remarks == "Slow"
    assert PendingImport.objects.get().content == b"PK"
    for text in ("Dara", "012345678", "dara@example.org"):
        assert found(in_a, text) == [records.pk]
    case = LegalCase.objects.get()
    assert find_party(centre=in_a, kind="employer", name="made-up garments") == case.employer
    assert find_or_create_group(centre=in_a, title="Unpaid wages") == case.group


def test_before_and_during_rotation_everything_opens_and_is_found(records, in_a):
    assert found(in_a, "Dara Chan") == [records.pk]
    later = make_card(in_a, name="Dara Chan")
    services.index_identities([later])
    assert set(found(in_a, "Dara")) == {records.pk, later.pk}
    assert {card.pk for card in services.likely_duplicates(centre=in_a, name="Chan Dara")} == {records.pk, later.pk}


def test_without_rotation_the_old_key_is_needed_and_nothing_is_overwritten(records, in_a, settings):
    settings.MRC_VAULT_KEYS = [NEW]
    with pytest.raises(vault.VaultError):
        Identity.objects.get()
    with pytest.raises(CommandError, match="o key in MRC_VAULT_KEYS opens this"):
        rotate()
    settings.MRC_VAULT_KEYS = [NEW, OLD]
    assert Identity.objects.get().name == "Chan Dara"


def test_stopped_half_way_it_goes_on_and_run_again_it_changes_nothing(records, in_a, settings, monkeypatch):
    monkeypatch.setattr(rotate_vault_keys, "BATCH", 2)
    settings.MRC_VAULT_KEYS = [OLD]
    services.index_identities([make_card(in_a, name=f"Person {number}") for number in "abcde"])
    settings.MRC_VAULT_KEYS = [NEW, OLD]
    index = rotate_vault_keys.index_identities
    calls = []

    def stops_at_the_second(cards):
        calls.append(cards)
        if len(calls) == 2:
            raise KeyboardInterrupt
        index(cards)

    monkeypatch.setattr(rotate_vault_keys, "index_identities", stops_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.setattr(rotate_vault_keys, "index_identities", index)
    assert "clients.Identity: 6 records, 4 encrypted anew" in rotate()
    keys = set(IdentityKey.objects.values_list("pk"))
    assert "clients.Identity: 6 records, 0 encrypted anew" in rotate()
    assert set(IdentityKey.objects.values_list("pk")) == keys
    settings.MRC_VAULT_KEYS = [NEW]
    assert found(in_a, "Person e")


def test_no_encrypted_column_of_any_model_is_left_with_the_old_key(records, settings):
    rotate()
    settings.MRC_VAULT_KEYS = [NEW]
    checked = 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, (vault.EncryptedField, models.BinaryField)):
                continue
            with cursor_of_everything() as cursor:
                cursor.execute(f'SELECT "{field.column}" FROM "{model._meta.db_table}"')  # noqa: S608
                values = [value for (value,) in cursor.fetchall() if value]
            assert all(map(vault.is_newest, values)), field
            checked += len(values)
    assert checked >= 9


def test_the_audit_tells_of_the_rotation_without_a_value(records):
    rotate()
    entries = AuditEvent.objects.filter(channel="rotate_vault_keys")
    assert {entry.model for entry in entries} >= {"clients.Identity", "legal_cases.Party"}
    assert "Dara" not in str(list(entries.values()))
