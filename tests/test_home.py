"""The first page after sign-in answers what is to be done today, for each role."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from legal_cases.models import CaseEvent
from mrc import dates
from tests.factories import make_card, make_case, make_closed_case, make_service


@pytest.fixture
def case_due(in_a):
    """Makes an open case with a step after which the next one is due in so many days."""

    def make(days, **fields):
        case = fields.pop("case", None) or make_case(in_a)
        day = dates.today() + timedelta(days=days)
        CaseEvent.objects.create(
            case=case, **{"happened_on": dates.today() - timedelta(days=40), "kind": "contact", **fields}, next_due=day
        )
        return case

    return make


def cases_on(page):
    """References of the cases that wait for a step, in the order of the page."""
    return [event.case.reference for one in page.context["waiting"] if "step" in one.kind.code for event in one.first]


def test_the_next_steps_of_open_cases_stand_there_the_most_urgent_first(sign_in, legal_officer, case_due):
    today, late, soon, far = case_due(0), case_due(-3), case_due(7), case_due(8)
    page = sign_in(legal_officer).get("/")
    assert cases_on(page) == [late.reference, today.reference, soon.reference]
    assert f"Overdue since</span> {dates.show_day(dates.today() - timedelta(days=3))}" in page.content.decode()
    assert far.reference not in cases_on(page)


def test_a_closed_case_needs_no_step(sign_in, legal_officer, case_due, centre_a):
    other = make_closed_case(centre_a)
    case_due(-3, case=other)
    page = sign_in(legal_officer).get("/")
    assert page.context["waiting"] == []
    assert "Nothing is waiting." in page.content.decode()


def test_a_case_of_another_centre_is_not_announced(sign_in, legal_officer, in_b):
    case = make_case(in_b)
    CaseEvent.objects.create(case=case, kind="contact", happened_on=dates.today(), next_due=dates.today())
    page = sign_in(legal_officer).get("/")
    assert page.context["waiting"] == []
    assert case.reference not in page.content.decode()


def test_a_hearing_stays_announced_although_somebody_rang_meanwhile(sign_in, legal_officer, case_due):
    case = case_due(2)
    CaseEvent.objects.create(case=case, kind="contact", happened_on=dates.today() - timedelta(days=1))
    assert cases_on(sign_in(legal_officer).get("/")) == [case.reference]


def test_a_step_is_done_when_something_happened_on_its_day(sign_in, legal_officer, case_due):
    case = case_due(-2)
    CaseEvent.objects.create(case=case, kind="hearing", happened_on=dates.today() - timedelta(days=2))
    assert cases_on(sign_in(legal_officer).get("/")) == []


def test_a_due_date_that_is_written_later_replaces_the_earlier_one(sign_in, legal_officer, case_due):
    case = case_due(-2)
    case_due(5, case=case, happened_on=dates.today() - timedelta(days=20))
    page = sign_in(legal_officer).get("/")
    assert [event.next_due for one in page.context["waiting"] for event in one.first] == [
        dates.today() + timedelta(days=5)
    ]


def test_the_home_page_leaves_what_does_not_press_to_the_page_to_do(sign_in, staff, in_a):
    make_card(in_a, gender="other")
    browser = sign_in(staff)
    assert browser.get("/").context["waiting"] == []
    [(_centre, waiting)] = browser.get("/to-do/").context["centres"]
    assert [one.kind.code for one in waiting] == ["cards_without_consent", "cards_without_gender"]


def test_what_was_entered_this_week_is_counted(sign_in, coordinator, in_a):
    today = dates.today()
    monday = today - timedelta(days=today.weekday())
    card = make_card(in_a, registered_on=monday)
    make_card(in_a, registered_on=monday - timedelta(days=1))
    make_service(card, received_on=today)
    make_case(in_a, opened_on=today)
    make_case(in_a, opened_on=monday - timedelta(days=1))
    figures = {str(what): number for what, number in sign_in(coordinator).get("/").context["figures"]}
    assert figures == {
        "Client cards registered this week": 1,
        "Services given this week": 1,
        "Cases opened this week": 1,
        "Open cases": 2,
    }


def test_centre_staff_sees_cards_and_nothing_of_cases(sign_in, staff, case_due):
    case = case_due(0)
    page = sign_in(staff).get("/").content.decode()
    assert "New client card" in page
    assert "Open a case" not in page
    assert case.reference not in page


def test_a_programme_officer_is_led_to_the_tables_of_the_own_centres(sign_in, programme_officer, centre_b, case_due):
    case = case_due(0)
    page = sign_in(programme_officer).get("/").content.decode()
    assert "PNH – Phnom Penh" in page
    assert 'href="/reports/' in page
    assert "CNX" not in page
    assert case.reference not in page
    assert "New client card" not in page


def test_an_administrator_is_led_to_the_administration(sign_in, administrator):
    page = sign_in(administrator).get("/").content.decode()
    assert "To the administration" in page
    assert "New client card" not in page


def test_who_belongs_to_no_centre_is_told_whom_to_ask(sign_in, stranger):
    page = sign_in(stranger).get("/").content.decode()
    assert "Ask an administrator to add you (stranger@example.org)" in page
    assert "New client card" not in page


def test_the_number_of_queries_does_not_grow_with_the_cases(sign_in, legal_officer, case_due):
    browser = sign_in(legal_officer)
    browser.get("/")
    for days in (-1, 0):
        case_due(days)
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    for _ in range(5):
        case_due(-1)
    with CaptureQueriesContext(connection) as many:
        browser.get("/")
    assert len(many) == len(few)
