"""The ledger of erasures, by which a restored backup erases again: it names nobody, and no changed line is believed."""

import pytest
from django.urls import reverse

from mrc import erasures
from tests.factories import make_card


@pytest.fixture
def card(in_a):
    return make_card(in_a, name="Srey")


@pytest.fixture
def desk(coordinator, sign_in):
    return sign_in(coordinator)


def erasing(card):
    return reverse("clients:erase", kwargs={"uid": card.uid})


def test_the_ledger_names_nobody_and_a_changed_line_is_not_believed(desk, card):
    desk.post(erasing(card))
    [entry] = erasures.read(erasures.text()).entries
    assert (entry.card, entry.why) == (str(card.uid), "request")
    assert card.reference not in erasures.text() and "Srey" not in erasures.text()
    with pytest.raises(erasures.LedgerError, match="signature"):
        erasures.read(erasures.text().replace("request", "expired"))


def test_what_a_power_cut_left_of_a_line_is_cut_off(desk, card, in_a):
    desk.post(erasing(card))
    with open(erasures.path(), "a") as file:
        file.write('{"erasure": "half')
    other = make_card(in_a, name="Dara")
    desk.post(erasing(other))
    assert [entry.card for entry in erasures.read(erasures.text()).entries] == [str(card.uid), str(other.uid)]
