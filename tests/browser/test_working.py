"""Working in the browser: the keyboard alone, parts of a page, two people, a lost connection; nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from clients.models import ClientCard, ServiceReceived
from legal_cases.models import CaseEvent
from legal_cases.services import find_or_create_group
from mrc import dates
from mrc.exports import XLSX
from tests.browser.conftest import PHONE
from tests.conftest import PASSWORD
from tests.factories import make_activity, make_card, make_case, make_service
from tests.sheets import workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

SAVE = ".form-actions [type=submit]"


@pytest.fixture
def card(in_a):
    return make_card(in_a, name="Chan Dara", consents=["keep_data"], ethnicity="Khmer")


def tab_to(page, field):
    """Presses Tab until the field has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == field:
            return
    raise AssertionError(f"{field} cannot be reached with Tab")


def test_a_card_is_entered_with_the_keyboard_alone(open_page, staff, in_a):
    page = open_page(None, "/")
    keys = page.keyboard
    keys.type("staff.a@example.org")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    keys.press("Tab")
    keys.press("Enter")  # skip to the content
    keys.press("Tab")
    expect(page.get_by_role("link", name="New client card")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New client card")
    tab_to(page, "consents")
    keys.press("Space")
    tab_to(page, "name")
    keys.type("សុខ ចាន់ធី")
    tab_to(page, "gender")
    keys.type("Wo")
    keys.press("Control+s")
    expect(page.locator(".notice-success")).to_have_text("The card is saved.")
    expect(page.get_by_text("សុខ ចាន់ធី")).to_be_visible()
    card = ClientCard.objects.get()
    assert (card.gender, card.identity.name, card.registered_on) == ("woman", "សុខ ចាន់ធី", dates.today())


def test_a_service_is_added_and_taken_back_without_a_new_page(open_page, staff, card):
    page = open_page(staff, card.get_absolute_url())
    page.evaluate("window.isStillHere = true")
    services = page.locator("#services")
    services.get_by_label("Type of service").select_option("counselling")
    services.get_by_role("button", name="Add the service").click()
    expect(services.locator("tbody tr")).to_have_count(1)
    assert ServiceReceived.objects.get().received_on == dates.today()
    services.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="No, go back").click()
    expect(services.locator("tbody tr")).to_have_count(1)
    services.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Yes").click()
    expect(services.locator("tbody tr")).to_have_count(0)
    assert not ServiceReceived.objects.exists()
    assert page.evaluate("window.isStillHere")
    assert page.complaints == []


def test_a_step_of_a_case_is_added_without_a_new_page(open_page, legal_officer, in_a):
    case = make_case(in_a)
    page = open_page(legal_officer, case.get_absolute_url())
    page.evaluate("window.isStillHere = true")
    history = page.locator("#history")
    assert min(field.bounding_box()["height"] for field in history.locator(".form-control, .form-select").all()) >= 44
    history.get_by_label("What happened").select_option("mediation")
    history.get_by_role("button", name="Add").click()
    expect(history.locator("tbody")).to_contain_text("Mediation meeting")
    assert CaseEvent.objects.filter(case=case, kind="mediation", happened_on=dates.today()).count() == 1
    assert page.evaluate("window.isStillHere")
    assert page.complaints == []


def test_saving_twice_quickly_makes_one_card(open_page, staff, in_a):
    page = open_page(staff, "/cards/new/")
    page.get_by_label("Gender").select_option("man")
    page.locator(SAVE).dblclick()
    expect(page.locator(".notice-success")).to_have_text("The card is saved.")
    assert ClientCard.objects.count() == 1


def test_two_people_who_edit_one_card_see_both_versions(open_page, staff, coordinator, card):
    first, second = open_page(staff, f"{card.get_absolute_url()}edit/"), open_page(coordinator, card.get_absolute_url())
    second.get_by_role("link", name="Edit the card").click()
    second.get_by_label("Ethnicity").fill("Cham")
    second.locator(SAVE).click()
    expect(second.locator(".notice-success")).to_have_text("Saved.")
    first.get_by_label("Ethnicity").fill("Kuy")
    first.locator(SAVE).click()
    conflict = first.locator("#conflict")
    expect(conflict).to_be_focused()
    expect(conflict.locator("tbody tr")).to_have_text("EthnicityChamKuy")
    first.get_by_role("button", name="Save what is typed here").click()
    expect(first.locator(".notice-success")).to_have_text("Saved.")
    assert ClientCard.objects.get().ethnicity == "Kuy"


def test_errors_are_summed_up_and_lead_to_their_fields(open_page, legal_officer, in_a):
    page = open_page(legal_officer, "/cases/new/")
    page.locator(SAVE).click()
    errors = page.locator("#errors")
    expect(errors).to_be_focused()
    errors.get_by_role("link", name="Gender").click()
    expect(page.get_by_label("Woman")).to_be_focused()


def test_what_is_typed_survives_a_lost_connection_and_the_end_of_the_session(open_page, staff, in_a):
    page = open_page(staff, "/cards/new/")
    page.get_by_label("Native language").fill("Khmer")
    page.get_by_label("Gender").select_option("man")
    page.context.set_offline(True)
    page.locator(SAVE).click()
    expect(page.locator("#messages")).to_contain_text("There is no connection.")
    page.context.set_offline(False)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.locator(SAVE).click()
    expect(page.locator("#messages")).to_contain_text("You are signed out.")
    expect(page.get_by_label("Native language")).to_have_value("Khmer")
    page.context.add_cookies(cookies)
    page.locator(SAVE).click()
    expect(page.locator(".notice-success")).to_have_text("The card is saved.")
    assert ClientCard.objects.get().native_language == "Khmer"


def test_a_page_that_was_open_before_signing_in_again_can_still_be_saved(open_page, staff, in_a):
    page = open_page(None, "/sign-in/")

    def sign_in_here(tab):
        tab.get_by_label("E-mail").fill("staff.a@example.org")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.get_by_role("heading", level=1)).to_contain_text("Today")

    sign_in_here(page)
    page.goto("/cards/new/")
    page.get_by_label("Gender").select_option("man")
    page.context.clear_cookies(name="sessionid")
    other = page.context.new_page()
    other.goto("/sign-in/")
    sign_in_here(other)
    page.locator(SAVE).click()
    expect(page.locator(".notice-success")).to_have_text("The card is saved.")


def test_leaving_a_form_with_unsaved_typing_asks_first(open_page, staff, in_a):
    page = open_page(staff, "/cards/new/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Native language").press_sequentially("Khmer")
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(page.get_by_label("Native language")).to_have_value("Khmer")
    assert asked == ["beforeunload"]


def test_a_part_of_a_page_that_fails_says_so_and_keeps_what_is_typed(open_page, staff, card):
    make_service(card)
    page = open_page(staff, card.get_absolute_url())
    services = page.locator("#services")
    services.get_by_label("Note").fill("rang twice")
    page.context.set_offline(True)
    services.get_by_role("button", name="Add the service").click()
    expect(page.locator("#messages")).to_contain_text("There is no connection.")
    page.context.set_offline(False)
    page.context.clear_cookies(name="sessionid")
    services.get_by_role("button", name="Add the service").click()
    expect(page.locator("#messages")).to_contain_text("You are signed out.")
    expect(services.get_by_label("Note")).to_have_value("rang twice")


def test_the_number_of_things_to_do_comes_after_the_page_and_takes_no_message_away(open_page, staff, in_a):
    make_activity(in_a, ends_on=dates.today())
    card = make_card(in_a, consents=["keep_data"])
    page = open_page(staff, f"{card.get_absolute_url()}edit/")
    number = page.get_by_role("link", name="To do").locator(".count")
    expect(number).to_have_text("1")
    with page.expect_response("**/to-do/number/"):
        page.locator(SAVE).first.click()
    expect(number).to_have_text("1")
    expect(page.locator(".notice-success")).to_be_visible()
    page.route("**/to-do/number/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/cards/")
    page.wait_for_timeout(200)  # for a message that must not come
    expect(page.locator("#messages .notice")).to_have_count(0)


def test_on_a_phone_old_and_new_of_an_import_stand_side_by_side(open_page, coordinator, card):
    page = open_page(coordinator, "/cards/import/", viewport=PHONE)
    content = workbook(["reference", "community_of_origin"], [card.reference, "A village behind the river"])
    page.get_by_label("Spreadsheet").set_input_files({"name": "cards.xlsx", "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="Show what it would do").click()
    after = page.locator(".old-and-new tbody td").nth(1)
    expect(after).to_have_text("A village behind the river")
    box = after.bounding_box()
    assert box["x"] + box["width"] <= PHONE["width"]
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".notice-success")).to_contain_text("1 was changed")
    assert ClientCard.objects.get().community_of_origin == "A village behind the river"


def test_on_a_phone_rows_of_cases_are_low_and_labels_stand_beside_their_boxes(open_page, legal_officer, in_a):
    group = find_or_create_group(centre=in_a, title="Wages of three months, and fees that nobody agreed to")
    subjects = ["documents_retained", "wages_withheld"]
    cases = [make_case(in_a, group=group, subjects=subjects, client=make_card(in_a)) for _number in range(3)]
    page = open_page(legal_officer, "/cases/", viewport=PHONE)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    assert max(row.bounding_box()["height"] for row in rows.all()) < 80
    page.goto(f"{group.get_absolute_url()}close/")
    box, label = page.get_by_label(cases[0].reference), page.get_by_text(cases[0].reference)
    assert label.bounding_box()["y"] < box.bounding_box()["y"] + box.bounding_box()["height"]
