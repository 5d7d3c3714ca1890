"""Leaving at once: the button and Escape, what stays behind, and coming back; the second factor in a real browser."""

import base64

import pytest
from django.contrib.sessions.models import Session
from django_otp.oath import totp
from playwright.sync_api import expect

from mrc.audit import AuditEvent
from tests.browser.conftest import PHONE
from tests.browser.test_every_page import SIDEWAYS, serious_findings
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

NEUTRAL = "https://neutral.example/weather"


@pytest.fixture
def open_tab(open_page, settings):
    """A tab that was opened on a page of the program; the neutral page is made up."""
    settings.QUICK_EXIT_URL = NEUTRAL

    def opened(user, *paths):
        page = open_page(None, "about:blank")
        page.context.route("https://neutral.example/**", lambda route: route.fulfill(body="<h1>Weather</h1>"))
        page.goto(paths[0]) if user is None else sign_in_by_hand(page, user)
        for path in paths:
            page.goto(path)
        return page

    return opened


def sign_in_by_hand(page, user):
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def is_left(page):
    expect(page.get_by_role("heading", name="Weather")).to_be_visible()
    assert page.url == NEUTRAL


def origin(page):
    return page.evaluate("location.origin")


def escape(page, times=3):
    for _n in range(times):
        page.keyboard.press("Escape")


@pytest.mark.parametrize("how", ["button", "key"])
def test_leaving_ends_the_session_and_asks_nothing_though_something_is_typed(open_tab, staff, how):
    page = open_tab(staff, "/cards/new/")
    page.on("dialog", lambda dialog: pytest.fail("It asked."))
    page.get_by_label("Native language").fill("Khmer")
    page.get_by_role("button", name="Leave now").click() if how == "button" else escape(page)
    is_left(page)
    for _n in range(50):
        if not Session.objects.exists():
            break
        page.wait_for_timeout(100)
    assert not Session.objects.exists()
    assert AuditEvent.objects.filter(action="sign_out", actor=staff).count() == 1
    page.wait_for_timeout(300)
    assert page.context.cookies() == []


def test_nothing_of_the_page_comes_back_with_the_button_back(open_tab, staff):
    page = open_tab(staff, "/cards/", "/cards/new/")
    length = page.evaluate("history.length")
    escape(page)
    is_left(page)
    assert page.evaluate("history.length") == length  # the page itself is not in it any more
    for _n in range(2):
        page.go_back(wait_until="commit")
        is_left(page)


def test_two_presses_do_nothing_nor_do_slow_ones_nor_a_key_that_is_held_down(open_tab, staff):
    page = open_tab(staff, "/cards/new/")
    escape(page, 2)
    page.get_by_label("Native language").fill("Khmer")
    page.wait_for_timeout(2_100)
    escape(page, 2)
    page.wait_for_timeout(2_100)
    for _n in range(5):
        page.keyboard.down("Escape")  # without letting go: the browser repeats it
    page.keyboard.up("Escape")
    expect(page.get_by_label("Native language")).to_have_value("Khmer")
    assert Session.objects.exists()


def test_nothing_is_seen_while_the_other_page_is_on_its_way(open_tab, staff):
    page = open_tab(staff, "/cards/new/")
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}));"
    assert page.evaluate(f"() => {{ {press * 3} return getComputedStyle(document.documentElement).display }}") == "none"
    is_left(page)


def test_who_comes_back_on_purpose_can_go_back_and_forth_as_ever(open_tab, staff):
    page = open_tab(staff, "/cards/")
    escape(page)
    is_left(page)
    for path in ("/sign-in/", "/nothing/"):
        page.goto(path)
    page.go_back()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_key_works_while_a_question_is_open_and_in_a_field(open_tab, staff):
    page = open_tab(staff, "/cards/new/")
    page.evaluate("document.getElementById('confirm').showModal()")
    escape(page)
    is_left(page)


def test_it_is_on_pages_before_signing_in_and_on_pages_that_are_not_there(open_tab, staff):
    for path in ("/sign-in/", "/nothing/"):
        page = open_tab(None, path)
        page.get_by_role("button", name="Leave now").click()
        is_left(page)


@pytest.mark.parametrize("how", ["button", "key"])
def test_leaving_one_tab_leaves_every_tab_of_the_program(open_tab, staff, how):
    page = open_tab(staff, "/cards/")
    other, strange = page.context.new_page(), page.context.new_page()
    other.goto(f"{origin(page)}/cards/new/")
    other.on("dialog", lambda dialog: pytest.fail("It asked."))
    other.get_by_label("Native language").fill("Khmer")
    strange.goto("https://neutral.example/other")
    page.get_by_role("button", name="Leave now").click() if how == "button" else escape(page)
    is_left(page)
    is_left(other)
    assert strange.url == "https://neutral.example/other"


def test_it_is_in_the_administration_too(open_tab, administrator):
    page = open_tab(administrator, "/admin/")
    assert page.title() == "Workspace"
    escape(page)
    is_left(page)


@pytest.mark.parametrize("how", ["button", "key"])
def test_the_small_windows_of_the_administration_have_it_and_take_the_large_one_along(open_tab, administrator, how):
    page = open_tab(administrator, "/admin/mrc/centre/add/")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Add another organization").click()
    small = opened.value
    small.get_by_label("Name").fill("Made-up")
    small.get_by_role("button", name="Leave now").click() if how == "button" else escape(small)
    is_left(small)
    is_left(page)


def test_without_scripts_the_button_leaves_too(open_page, staff, settings):
    settings.QUICK_EXIT_URL = NEUTRAL
    page = open_page(staff, "/", java_script_enabled=False)
    page.context.route("https://neutral.example/**", lambda route: route.fulfill(body="<h1>Weather</h1>"))
    page.get_by_role("button", name="Leave now").click()
    is_left(page)
    assert not Session.objects.exists()


def test_the_second_factor_is_set_up_on_a_phone_and_by_axe(open_page, coordinator, settings):
    settings.SECOND_FACTOR = {"coordinator"}
    page = open_page(None, "/sign-in/", viewport=PHONE)
    sign_in_by_hand(page, coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your authenticator app")
    assert page.evaluate(SIDEWAYS) <= 0
    picture = page.locator("img.qr")
    assert picture.evaluate("image => image.naturalWidth") > 50
    secret = page.locator("code.key").inner_text().replace(" ", "")

    def type_code(later):
        page.locator("[name=one_time_code]").fill(f"{totp(base64.b32decode(secret), drift=later):06}")
        page.keyboard.press("Enter")

    type_code(-1)
    expect(page.locator(".codes li")).to_have_count(10)
    assert page.evaluate(SIDEWAYS) <= 0
    page.get_by_role("button", name="I have put them away").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    page.get_by_role("button", name="Sign out").click()
    sign_in_by_hand(page, coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    assert page.evaluate(SIDEWAYS) <= 0
    type_code(1)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    assert page.complaints == []


def test_axe_finds_nothing_serious_on_the_way_in(open_page, coordinator, settings):
    settings.SECOND_FACTOR = {"coordinator"}
    page = open_page(coordinator, "/second-factor/", bypass_csp=True)
    found = {"set up": serious_findings(page)}
    secret = page.locator("code.key").inner_text().replace(" ", "")
    page.locator("[name=one_time_code]").fill(f"{totp(base64.b32decode(secret)):06}")
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    found["codes"] = serious_findings(page)
    page.goto("/second-factor/")
    found["change"] = serious_findings(page)
    page.get_by_role("button", name="Sign out").click()
    sign_in_by_hand(page, coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    found["code"] = serious_findings(page)
    assert found == {"set up": [], "codes": [], "change": [], "code": []}


def test_a_form_comes_back_when_the_session_ends_between_the_check_and_the_sending(open_page, staff, in_a):
    page = open_page(None, "/sign-in/")
    sign_in_by_hand(page, staff)
    page.goto("/cards/new/")
    page.get_by_label("Native language").fill("Khmer")

    def end_then_send(route):
        if route.request.method == "POST":
            Session.objects.update(expire_date="2026-01-01T00:00:00Z")
        route.continue_()

    page.route(f"{origin(page)}/cards/new/", end_then_send)
    page.locator(".form-actions [type=submit]").click()
    page.get_by_label("E-mail").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#errors")).to_contain_text("All that you typed is here")
    expect(page.get_by_label("Native language")).to_have_value("Khmer")


@pytest.mark.parametrize("path", ["/", "/cards/new/", "/nothing/", "/cases/"])
def test_the_title_of_every_page_is_the_same_and_tells_nothing(open_page, staff, path):
    assert open_page(staff, path).title() == "Workspace"
