"""Services received: one line, one date, no page change; taken back after a question."""

from datetime import date

import pytest
import time_machine

from clients.models import ServiceReceived
from mrc.audit import AuditEvent
from tests.factories import make_card, make_service

LINE = {"category": "legal_assistance", "received_on": "10/08/2026", "note": "Advice on wages"}
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def in_august():
    with time_machine.travel(date(2026, 8, 15)):
        yield


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


@pytest.fixture
def card(in_a):
    return make_card(in_a, name="Chan Dara", consents=["keep_data"])


@pytest.fixture
def line(card):
    return f"{card.get_absolute_url()}services/"


def removal(service):
    return f"{service.card.get_absolute_url()}services/{service.uid}/delete/"


def test_the_line_begins_with_today(desk, card):
    page = desk.get(card.get_absolute_url())
    assert 'value="15/08/2026"' in str(page.context["service_form"]["received_on"])


def test_a_service_is_added_without_a_page_change(desk, staff, card, line):
    response = desk.post(line, LINE, **HTMX)
    text = response.content.decode()
    assert response.status_code == 200
    assert text.lstrip().startswith('<section class="panel" id="services">')
    assert "Legal assistance" in text
    assert "10/08/2026" in text
    service = ServiceReceived.objects.get()
    assert (service.card, service.centre, service.staff_member) == (card, card.centre, staff)
    assert (service.received_on, service.note) == (date(2026, 8, 10), "Advice on wages")


def test_a_service_is_added_without_javascript(desk, card, line):
    response = desk.post(line, LINE, follow=True)
    assert response.redirect_chain == [(f"{card.get_absolute_url()}#services", 302)]
    assert "Service added." in response.content.decode()
    assert ServiceReceived.objects.count() == 1


def test_services_are_shown_newest_first(desk, card):
    for day in (3, 20, 11):
        make_service(card, received_on=date(2026, 7, day))
    shown = desk.get(card.get_absolute_url()).context["services"]
    assert [service.received_on.day for service in shown] == [20, 11, 3]


def test_the_same_service_on_the_same_day_is_said_to_be_there_and_what_is_typed_stays(desk, card, line):
    desk.post(line, LINE, **HTMX)
    response = desk.post(line, LINE | {"note": "Second talk"}, **HTMX)
    assert response.status_code == 422
    assert "already recorded for this day" in response.content.decode()
    assert "Second talk" in response.content.decode()
    assert ServiceReceived.objects.get().note == "Advice on wages"
    assert desk.post(line, LINE | {"received_on": "11/08/2026"}, **HTMX).status_code == 200
    assert desk.post(line, LINE | {"category": "counselling"}, **HTMX).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"category": ""}, "category", "required"),
        ({"category": "massage"}, "category", "not one of the available choices"),
        ({"received_on": ""}, "received_on", "required"),
        ({"received_on": "16/08/2026"}, "received_on", "in the future"),
        ({"received_on": "08/31/2026"}, "received_on", "Are day and month swapped"),
        ({"note": "x" * 2001}, "note", "at most 2000"),
        ({"note": "a\x00b"}, "note", "cannot be printed"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_and_without_javascript(desk, card, line, changes, field, says):
    for headers in ({}, HTMX):
        response = desk.post(line, LINE | changes, **headers)
        assert response.status_code == 422
        assert says in str(response.context["service_form"].errors[field])
    assert not ServiceReceived.objects.exists()


def test_a_mistaken_service_is_removed_after_a_question(desk, card):
    service = make_service(card)
    kept = make_service(card, category="networking")
    question = desk.get(removal(service))
    assert "no longer be counted" in question.content.decode()
    assert ServiceReceived.objects.count() == 2
    response = desk.post(removal(service))
    assert response.headers["Location"] == f"{card.get_absolute_url()}#services"
    assert ServiceReceived.objects.get() == kept
    assert AuditEvent.objects.filter(record=card.uid, action="delete", model="clients.ServiceReceived").count() == 1


def test_a_mistaken_service_is_removed_without_a_page_change(desk, card):
    service = make_service(card)
    page = desk.get(card.get_absolute_url()).content.decode()
    assert f'hx-post="{removal(service)}"' in page
    assert "hx-confirm=" in page
    response = desk.post(removal(service), **HTMX)
    assert "No service is recorded yet" in response.content.decode()
    assert not ServiceReceived.objects.exists()


def test_a_service_of_another_card_or_centre_is_not_there(sign_in, staff_b, desk, card, line, in_a):
    service = make_service(card)
    other = make_card(in_a)
    assert desk.post(f"{other.get_absolute_url()}services/{service.uid}/delete/").status_code == 404
    foreign = sign_in(staff_b)
    assert foreign.post(removal(service)).status_code == 404
    assert foreign.post(line, LINE).status_code == 404
    assert ServiceReceived.objects.get() == service


def test_who_sees_no_records_adds_and_removes_no_service(sign_in, programme_officer, card, line):
    service = make_service(card)
    browser = sign_in(programme_officer)
    assert browser.post(line, LINE).status_code == 403
    assert browser.post(removal(service)).status_code == 403
    assert ServiceReceived.objects.count() == 1
