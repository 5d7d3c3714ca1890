"""A page that nobody uses covers itself, and so does one whose session was ended in another tab: names do not stay on a
screen. What is typed stays underneath, for the same person.
"""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_every_page import SIDEWAYS, serious_findings
from tests.browser.test_quick_exit import sign_in_by_hand
from tests.conftest import make_user
from tests.factories import make_card

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def open_form(open_page):
    """A form in which something is typed, in a browser whose clock can be put forward."""

    def opened(user, path="/cards/new/", **options):
        page = open_page(None, "/sign-in/", **options)
        page.clock.install()
        sign_in_by_hand(page, user)
        page.goto(path)
        page.get_by_label("Native language").fill("Khmer")
        return page

    return opened


def wait(page, minutes):
    page.clock.run_for(minutes * 60_000)


def is_covered(page):
    expect(page.get_by_role("heading", name="This page is covered")).to_be_visible()
    expect(page.get_by_label("Native language")).to_be_hidden()
    expect(page.locator("main")).to_be_hidden()
    expect(page.locator("header")).to_be_hidden()


def is_as_it_was(page):
    expect(page.get_by_label("Native language")).to_have_value("Khmer")
    expect(page.get_by_role("heading", name="This page is covered")).to_be_hidden()


def go_on(page):
    page.get_by_role("button", name="Go on").click()


def test_a_page_that_nobody_used_for_twenty_minutes_is_covered_and_keeps_what_is_typed(open_form, staff, in_a):
    page = open_form(staff)
    wait(page, 19)
    page.keyboard.press("Shift")
    wait(page, 19)
    is_as_it_was(page)
    wait(page, 2)
    is_covered(page)
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    is_as_it_was(page)
    wait(page, 19)
    is_as_it_was(page)
    assert page.complaints == []


def test_a_machine_that_slept_is_covered_before_anything_is_done(open_form, staff, in_a):
    page = open_form(staff)
    page.clock.set_system_time(timezone.now() + timedelta(hours=8))  # no timer of the page runs meanwhile
    page.mouse.move(100, 100)
    is_covered(page)


def test_after_the_session_ended_the_same_person_signs_in_and_goes_on(open_form, staff, in_a):
    page = open_form(staff)
    wait(page, 21)
    Session.objects.all().delete()
    go_on(page)
    expect(page.get_by_role("status")).to_contain_text("Sign in in another tab")
    is_covered(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in_by_hand(opened.value, staff)
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Today")
    go_on(page)
    is_as_it_was(page)


def test_somebody_else_who_signs_in_there_sees_nothing_of_what_was_typed(open_form, staff, centre_a, in_a):
    card = make_card(in_a, name="Chan Dara")
    page = open_form(staff, f"{card.get_absolute_url()}edit/")
    page.on("dialog", lambda dialog: pytest.fail("It asked."))
    wait(page, 21)
    Session.objects.all().delete()
    other = page.context.new_page()
    other.goto(f"{page.evaluate('location.origin')}/sign-in/")
    sign_in_by_hand(other, make_user("officer", "programme_officer", centre_a))
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this")
    assert "Khmer" not in page.content() and "Dara" not in page.content()


def test_signing_out_in_one_tab_covers_the_others(open_form, staff, in_a):
    page = open_form(staff)
    other = page.context.new_page()
    other.goto(f"{page.evaluate('location.origin')}/")
    other.get_by_role("button", name="Sign out").click()
    is_covered(page)
    go_on(page)
    expect(page.get_by_role("status")).to_contain_text("Sign in in another tab")


def test_without_a_connection_it_stays_covered_and_says_so(open_form, staff, in_a):
    page = open_form(staff)
    wait(page, 21)
    page.context.set_offline(True)
    go_on(page)
    expect(page.get_by_role("status")).to_contain_text("There is no connection")
    is_covered(page)
    page.context.set_offline(False)
    go_on(page)
    is_as_it_was(page)


def test_a_database_that_is_away_is_not_taken_for_a_session_that_ended(open_form, staff, in_a):
    page = open_form(staff)
    wait(page, 21)
    page.route("**/sign-in/", lambda route: route.fulfill(status=503, body="<html><h1>Away</h1></html>"))
    go_on(page)
    expect(page.get_by_role("status")).to_contain_text("Try again in a moment")
    expect(page.get_by_role("link", name="Sign in in another tab")).to_be_hidden()
    page.unroute("**/sign-in/")
    go_on(page)
    is_as_it_was(page)


def test_it_fits_a_phone_and_axe_finds_nothing_serious(open_form, staff, in_a):
    page = open_form(staff, viewport=PHONE, bypass_csp=True)
    wait(page, 21)
    is_covered(page)
    assert page.evaluate(SIDEWAYS) <= 0
    assert serious_findings(page) == []


def test_the_way_out_works_while_a_page_is_covered(open_form, staff, in_a, settings):
    settings.QUICK_EXIT_URL = "https://neutral.example/weather"
    page = open_form(staff)
    page.context.route("https://neutral.example/**", lambda route: route.fulfill(body="<h1>Weather</h1>"))
    wait(page, 21)
    page.get_by_role("button", name="Leave now").click()
    expect(page.get_by_role("heading", name="Weather")).to_be_visible()
