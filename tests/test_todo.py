"""The page "To do": what waits for a person, found in the records each time, and the number in the navigation."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import ClientCard, Consent, Identity
from clients.services import save_card
from harvesting.draws import draw_sample, frame_of, latest_first_service
from harvesting.models import DrawOutcome, Interview
from legal_cases.models import CaseEvent
from mrc import dates, todo
from mrc.access import centre_scope
from tests.factories import make_activity, make_card, make_case, make_closed_case, make_interview, make_service


@pytest.fixture
def today():
    return dates.today()


def waiting_on(page):
    """{code of the kind: number} of a page for a reader of one centre, in the order of the page."""
    [(_centre, waiting)] = page.context["centres"]
    return {one.kind.code: one.number for one in waiting}


def number_in_navigation(browser, address="/cards/"):
    """What stands behind "To do", once the browser has fetched it. None: there is no such link."""
    found = re.search(
        r'href="/to-do/"[^>]*>To do <span class="count"([^>]*)>([^<]*)</span></a>', _text(browser, address)
    )
    if found and 'hx-get="/to-do/number/" hx-trigger="load" data-quiet' in found[1]:
        return _text(browser, "/to-do/number/")
    return found and found[2]


def _text(browser, address):
    return browser.get(address).content.decode()


def add_step(case, *, days_ago, due_in=None):
    today = dates.today()
    return CaseEvent.objects.create(
        case=case,
        kind="contact",
        happened_on=today - timedelta(days=days_ago),
        next_due=None if due_in is None else today + timedelta(days=due_in),
    )


def make_asked_card(centre, **fields):
    """A card on which nothing is missing."""
    return make_card(centre, consents=["keep_data"], **fields)


def make_eligible(centre, today, *, gender="woman"):
    """A card that a sample can be drawn from today."""
    card = make_card(
        centre,
        consents=["keep_data", "follow_up"],
        name="Made-up Person",
        identity={"telephone": "000 123"},
        gender=gender,
        registered_on=today - timedelta(days=400),
    )
    make_service(card, received_on=latest_first_service(today))
    return card


# --- one kind after the other ------------------------------------------------------------------------------------


def test_nothing_waits_and_the_page_says_so(sign_in, coordinator, in_a):
    make_asked_card(in_a)
    browser = sign_in(coordinator)
    page = browser.get("/to-do/")
    assert waiting_on(page) == {}
    assert "Nothing is waiting." in page.content.decode()
    assert [number_in_navigation(browser, address) for address in ("/cards/", "/", "/to-do/")] == ["", "", ""]


def test_steps_are_told_apart_by_their_day(sign_in, legal_officer, in_a):
    for due_in in (-1, 0, 1, 7, 8):
        add_step(make_case(in_a), days_ago=20, due_in=due_in)
    page = sign_in(legal_officer).get("/to-do/")
    assert waiting_on(page) == {"steps_overdue": 1, "steps_today": 1, "steps_soon": 2}


def test_an_open_case_without_a_step_for_thirty_days_is_announced(sign_in, legal_officer, in_a, today):
    forgotten, seen, unknown = make_case(in_a), make_case(in_a), make_case(in_a, opened_on=None)
    fresh = make_case(in_a, opened_on=today - timedelta(days=29))
    add_step(forgotten, days_ago=30)
    add_step(seen, days_ago=29)
    make_closed_case(in_a)
    page = sign_in(legal_officer).get("/to-do/quiet-cases/")
    assert [case.reference for case in page.context["object_list"]] == [unknown.reference, forgotten.reference]
    assert fresh.reference not in page.content.decode()


def test_a_case_whose_step_is_announced_is_not_announced_twice(sign_in, legal_officer, in_a):
    add_step(make_case(in_a), days_ago=40, due_in=-5)
    planned_far_ahead = make_case(in_a)
    add_step(planned_far_ahead, days_ago=40, due_in=60)
    page = sign_in(legal_officer).get("/to-do/")
    assert waiting_on(page) == {"steps_overdue": 1, "quiet_cases": 1}
    assert planned_far_ahead.reference in page.content.decode()


def test_an_activity_that_is_over_waits_for_its_heads(sign_in, staff, in_a, today):
    make_activity(in_a, ends_on=today)
    make_activity(in_a, ends_on=today + timedelta(days=1))
    make_activity(in_a, ends_on=today, heads=(0, 0, 0))
    assert waiting_on(sign_in(staff).get("/to-do/")) == {"activities_to_count": 1}


def test_a_card_without_consent_or_gender_is_announced_and_does_not_press(sign_in, staff, in_a, today):
    never_asked = make_card(in_a)
    unknown = make_asked_card(in_a, gender="other")
    make_card(in_a, is_pseudonym=True)
    withdrawn = make_card(in_a)
    Consent.objects.create(card=withdrawn, purpose="keep_data", given_on=today, withdrawn_on=today)
    browser = sign_in(staff)
    page = browser.get("/to-do/")
    assert waiting_on(page) == {"cards_without_consent": 1, "cards_without_gender": 1}
    text = page.content.decode()
    assert never_asked.reference in text and unknown.reference in text and withdrawn.reference not in text
    assert number_in_navigation(browser) == ""


def test_a_card_is_announced_no_more_once_it_is_answered(sign_in, staff, in_a, today):
    card = make_card(in_a)
    browser = sign_in(staff)
    assert waiting_on(browser.get("/to-do/")) == {"cards_without_consent": 1}
    save_card(card=card, identity={}, consents={"keep_data": (today, "spoken")})
    assert waiting_on(browser.get("/to-do/")) == {}


def test_a_draw_is_due_while_somebody_can_be_drawn_and_nobody_was(sign_in, coordinator, staff, in_a, today):
    browser = sign_in(coordinator)
    card = make_card(in_a, consents=["follow_up"], identity={"telephone": "000 123"})
    make_service(card, received_on=latest_first_service(today) + timedelta(days=1))
    assert waiting_on(browser.get("/to-do/")) == {}
    assert sum(frame_of(in_a, today.year, today).counts["eligible"].values()) == 0
    make_eligible(in_a, today)
    assert waiting_on(browser.get("/to-do/")) == {"draws_due": 1}
    assert sum(frame_of(in_a, today.year, today).counts["eligible"].values()) == 1
    assert waiting_on(sign_in(staff).get("/to-do/")) == {}
    draw_sample(centre=in_a, year=today.year, drawn_on=today)
    assert "draws_due" not in waiting_on(browser.get("/to-do/"))


@pytest.mark.parametrize("missing", ["consent", "contact", "service"])
def test_no_draw_is_due_of_people_who_cannot_be_drawn(sign_in, coordinator, in_a, today, missing):
    card = make_eligible(in_a, today)
    {
        "consent": lambda: Consent.objects.filter(purpose="follow_up").delete(),
        "contact": lambda: Identity.objects.all().delete(),
        "service": lambda: card.services.all().delete(),
    }[missing]()
    assert "draws_due" not in waiting_on(sign_in(coordinator).get("/to-do/"))


def test_interviews_are_owed_to_the_people_on_the_list_until_they_are_held(sign_in, staff, in_a, today):
    for _ in range(6):
        make_eligible(in_a, today)
    draw = draw_sample(centre=in_a, year=today.year, drawn_on=today)
    first, second, third, fourth, fifth, _sixth = draw.order["woman"]
    browser = sign_in(staff)

    def owed():
        return {card.pk for card in browser.get("/to-do/interviews-owed/").context["object_list"]}

    assert owed() == {first, second, third, fourth}
    DrawOutcome.objects.create(draw=draw, card_id=second, reason="refused", happened_on=today)
    assert owed() == {first, third, fourth, fifth}
    card = draw_card(first)
    interview = make_interview(card, held_on=today, is_finished=False)
    page = browser.get("/to-do/interviews-owed/")
    assert owed() == {first, third, fourth, fifth}
    assert f'href="{draw.get_absolute_url()}#card-{card.uid}"' in page.content.decode()
    assert page.content.decode().count("Not begun") == 3
    Interview.objects.filter(pk=interview.pk).update(is_finished=True)
    assert owed() == {third, fourth, fifth}
    for pk in (third, fourth, fifth):
        make_interview(draw_card(pk), held_on=today)
    assert owed() == set()


def draw_card(pk):
    return ClientCard.objects.get(pk=pk)


# --- who sees what -------------------------------------------------------------------------------------------------


def test_staff_is_not_told_of_cases(sign_in, staff, legal_officer, in_a):
    case = make_case(in_a)
    add_step(case, days_ago=20, due_in=-1)
    browser = sign_in(staff)
    page = browser.get("/to-do/")
    assert waiting_on(page) == {}
    assert case.reference not in page.content.decode()
    assert number_in_navigation(browser) == ""
    assert browser.get("/to-do/steps-overdue/").status_code == 403
    assert number_in_navigation(sign_in(legal_officer)) == "1"


def test_the_roles_that_see_no_records_are_told_of_nothing(sign_in, programme_officer, administrator, in_a, today):
    make_activity(in_a, ends_on=today)
    for user in (programme_officer, administrator):
        browser = sign_in(user)
        assert browser.get("/to-do/").status_code == browser.get("/to-do/number/").status_code == 403
        assert number_in_navigation(browser, "/") is None


def test_what_waits_elsewhere_is_not_counted(sign_in, coordinator, coordinator_b, in_b, today):
    make_activity(in_b, ends_on=today)
    assert number_in_navigation(sign_in(coordinator)) == ""
    assert number_in_navigation(sign_in(coordinator_b)) == "1"


def test_who_has_several_centres_reads_one_after_the_other(sign_in, two_centre_coordinator, centre_a, centre_b, today):
    for centre, number in ((centre_a, 2), (centre_b, 1)):
        with centre_scope([centre]):
            for _ in range(number):
                make_activity(centre, ends_on=today)
    browser = sign_in(two_centre_coordinator)
    page = browser.get("/to-do/")
    found = {centre.code: [one.number for one in waiting] for centre, waiting in page.context["centres"]}
    assert found == {"PNH": [2], "CNX": [1]}
    assert number_in_navigation(browser) == number_in_navigation(browser, "/to-do/") == "3"
    address = "/to-do/activities-to-count/"
    assert len(browser.get(address).context["object_list"]) == 3
    assert len(browser.get(f"{address}?centre=CNX").context["object_list"]) == 1


def test_asking_for_the_centre_of_somebody_else_shows_the_own_only(sign_in, coordinator, centre_a, in_b, today):
    make_activity(in_b, ends_on=today)
    page = sign_in(coordinator).get("/to-do/activities-to-count/?centre=CNX")
    assert list(page.context["object_list"]) == []
    assert "Nothing of this kind is waiting." in page.content.decode()


# --- numbers and lists -----------------------------------------------------------------------------------------------


def test_the_number_is_that_of_the_list_and_the_page_shows_the_first_of_it(sign_in, staff, in_a, today):
    for number in range(30):
        make_activity(in_a, ends_on=today - timedelta(days=number))
    browser = sign_in(staff)
    page = browser.get("/to-do/")
    [(_centre, [waiting])] = page.context["centres"]
    assert waiting.number == 30 and len(waiting.first) == 5
    assert "All 30 of them" in page.content.decode()
    whole = [
        activity.pk for n in (1, 2) for activity in browser.get(f"{waiting.kind.url}?page={n}").context["page_obj"]
    ]
    assert len(whole) == 30
    assert whole[:5] == [activity.pk for activity in waiting.first]
    assert number_in_navigation(browser) == number_in_navigation(browser, "/to-do/") == "30"


def test_the_navigation_counts_to_ninety_nine(sign_in, staff, in_a, today):
    browser = sign_in(staff)
    for number in range(101):
        make_activity(in_a, ends_on=today)
        if number == 98:
            assert number_in_navigation(browser) == "99"
    assert [number_in_navigation(browser, address) for address in ("/cards/", "/", "/to-do/")] == ["99+"] * 3


def test_every_app_declares_its_kinds_and_what_hurts_a_person_first_comes_first():
    codes = [kind.code for kind in todo.kinds()]
    assert codes[:4] == ["steps_overdue", "steps_today", "quiet_cases", "steps_soon"]
    assert len(codes) == len(set(codes))


def fill(centre, rows, today):
    for _ in range(rows):
        for due_in in (-1, 0, 3):
            add_step(make_case(centre), days_ago=20, due_in=due_in)
        make_case(centre)
        make_activity(centre, ends_on=today)
        make_card(centre, gender="other")
        make_eligible(centre, today)
    draw_sample(centre=centre, year=today.year, drawn_on=today, size=rows, women_wanted=rows // 2)


def test_the_number_of_queries_does_not_grow_with_what_waits(sign_in, coordinator, in_a, today):
    def queries():
        counted = {}
        for address in ("/", "/to-do/", *(kind.url for kind in todo.kinds())):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                browser.get(address)
            counted[address] = len(captured)
        return counted

    browser = sign_in(coordinator)
    fill(in_a, 2, today)
    few = queries()
    fill(in_a, 10, today)
    assert queries() == few
    assert waiting_on(browser.get("/to-do/"))["steps_overdue"] == 12


def test_no_page_waits_for_the_count(sign_in, coordinator, in_a, today):
    fill(in_a, 3, today)
    browser = sign_in(coordinator)
    with CaptureQueriesContext(connection) as of_page:
        browser.get("/password/")
    with CaptureQueriesContext(connection) as of_number:
        browser.get("/to-do/number/")
    assert _of_records(of_page) == 0
    assert _of_records(of_number) == 3


def _of_records(queries):
    return sum(bool(re.search(r'FROM "(legal_cases|harvesting)_', query["sql"])) for query in queries)
