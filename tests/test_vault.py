"""Encryption of identity fields: what is stored, and what happens with wrong keys."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from clients.models import ClientCard, Identity
from mrc import vault
from tests.factories import make_card


@pytest.fixture
def card(in_a):
    return make_card(in_a, name="Sok Chenda", identity={"telephone": "012 345 678"}, community_of_origin="Takeo")


def stored(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def test_the_database_holds_no_name(card):
    assert Identity.objects.get(card=card).name == "Sok Chenda"
    (name,) = stored("clients_identity", "name")
    assert name.startswith(vault.PREFIX) and "Sok Chenda" not in name


def test_the_same_name_is_stored_differently_each_time(card, in_a):
    make_card(in_a, name="Sok Chenda")
    first, second = stored("clients_identity", "name")
    assert first != second


def test_plain_text_in_an_encrypted_column_is_refused(card):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_identity SET name = 'Sok Chenda'")
    with pytest.raises(vault.VaultError, match="clients.Identity.name holds text that is not encrypted"):
        Identity.objects.get(card=card)


def test_a_missing_key_shows_nothing_and_overwrites_nothing(card, settings):
    before = stored("clients_identity", "name")
    settings.MRC_VAULT_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(vault.VaultError, match="no key in MRC_VAULT_KEYS opens this value"):
        Identity.objects.get(card=card)
    assert stored("clients_identity", "name") == before


def test_a_new_key_in_front_still_opens_what_the_old_one_wrote(card, settings):
    settings.MRC_VAULT_KEYS = [Fernet.generate_key().decode(), *settings.MRC_VAULT_KEYS]
    assert Identity.objects.get(card=card).name == "Sok Chenda"


@pytest.mark.parametrize("lookup", ["name", "name__contains", "name__isnull", "name__in"])
def test_an_encrypted_column_cannot_be_searched(in_a, lookup):
    with pytest.raises(FieldError):
        Identity.objects.filter(**{lookup: "Sok"}).exists()


def test_whether_something_is_recorded_is_known_without_opening_it(card, in_a):
    make_card(in_a, name="Sok Chenda")
    assert Identity.objects.filter(telephone__isrecorded=True).get().card == card
    assert Identity.objects.filter(telephone__isrecorded=False).count() == 1


def test_search_hashes_differ_between_centres_purposes_and_keys(settings):
    first = vault.search_hash("name", 1, "sok")
    assert first == vault.search_hash("name", 1, "sok")
    assert first not in {vault.search_hash("name", 2, "sok"), vault.search_hash("telephone", 1, "sok")}
    old = settings.MRC_VAULT_KEYS
    settings.MRC_VAULT_KEYS = [Fernet.generate_key().decode(), *old]
    assert vault.search_hash("name", 1, "sok") != first
    assert first in vault.search_hashes("name", [1], ["sok"])


def test_a_card_without_an_identity_is_a_card_all_the_same(card):
    Identity.objects.all().delete()
    assert ClientCard.objects.filter(pk=card.pk).exists()
