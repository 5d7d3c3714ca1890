"""Several people enter cards at the same moment: no number twice, no gap, one record for one page."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connections

from clients.models import ClientCard, ServiceReceived
from mrc.access import centre_scope
from mrc.models import ReferenceCounter
from tests.factories import make_card

NEW = "/cards/new/"
ANSWERS = {"registered_on": "01/07/2026", "gender": "woman"}
PEOPLE = 6

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def at_once(functions):
    """Results of the functions, each run in a thread with a connection of its own."""

    def run(function):
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


@pytest.fixture
def desks(sign_in, staff):
    return [sign_in(staff) for _number in range(PEOPLE)]


def test_parallel_entry_gives_every_card_a_number_and_leaves_no_gap(desks, centre_a):
    def enter_four(desk):
        return [desk.post(NEW, ANSWERS).status_code for _number in range(4)]

    statuses = at_once([lambda desk=desk: enter_four(desk) for desk in desks])
    assert statuses == [[302] * 4] * PEOPLE
    with centre_scope([centre_a]):
        references = ClientCard.objects.order_by("reference").values_list("reference", flat=True)
        assert list(references) == [f"PNH-2026-{number:05}" for number in range(1, PEOPLE * 4 + 1)]


def test_one_page_sent_many_times_at_once_makes_one_card_and_no_gap(desks, centre_a):
    page = ANSWERS | {"submission": str(uuid.uuid4()), "service_category": "counselling"}
    page["service_received_on"] = "01/07/2026"
    answers = at_once([lambda desk=desk: desk.post(NEW, page) for desk in desks])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with centre_scope([centre_a]):
        assert ClientCard.objects.get().reference == "PNH-2026-00001"
        assert ServiceReceived.objects.count() == 1
        assert ReferenceCounter.objects.get().last == 1


def test_one_service_added_by_many_at_once_is_one_contact(desks, centre_a):
    with centre_scope([centre_a]):
        card = make_card(centre_a)
    line = {"category": "counselling", "received_on": "01/07/2026", "note": ""}
    url = f"{card.get_absolute_url()}services/"
    statuses = at_once([lambda desk=desk: desk.post(url, line).status_code for desk in desks])
    assert sorted(statuses) == [302] + [422] * (PEOPLE - 1)
    with centre_scope([centre_a]):
        assert ServiceReceived.objects.get().received_on == date(2026, 7, 1)


def test_two_people_saving_one_card_at_once_one_is_asked(desks, centre_a):
    with centre_scope([centre_a]):
        card = make_card(centre_a)
    url = f"{card.get_absolute_url()}edit/"
    pages = [ANSWERS | {"version": "1", "ethnicity": f"Group {number}"} for number in range(PEOPLE)]
    statuses = at_once(
        [lambda desk=desk, page=page: desk.post(url, page).status_code for desk, page in zip(desks, pages, strict=True)]
    )
    assert sorted(statuses) == [302] + [409] * (PEOPLE - 1)
    with centre_scope([centre_a]):
        card.refresh_from_db()
        saved = pages[statuses.index(302)]["ethnicity"]
        assert (card.version, card.ethnicity) == (2, saved)
