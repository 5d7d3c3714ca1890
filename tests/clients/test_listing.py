"""The list of client cards: what it shows, how it is narrowed, and that its cost does not grow with the records."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import ClientCard, Identity
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card, make_service

LIST = "/cards/"


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


def references(response):
    assert response.status_code == 200
    return [card.reference for card in response.context["object_list"]]


def test_a_row_shows_the_card_its_name_and_the_number_of_its_services(desk, in_a):
    card = make_card(
        in_a,
        name="Sunflower",
        is_pseudonym=True,
        birth_year=1990,
        nationality="KH",
        beneficiary_kind="returned_migrant",
        consents=["keep_data"],
    )
    for category in ("counselling", "networking"):
        make_service(card, category=category)
    make_card(in_a, gender="man")
    page = desk.get(LIST).content.decode()
    rows = page[page.index("<tbody>") : page.index("</tbody>")].split("<tr>")[1:]
    assert "–" in rows[0]
    assert '<td class="num">0</td>' in rows[0]
    for shown in (
        card.reference,
        "Sunflower (pseudonym)",
        "Woman",
        "1990",
        "Cambodia",
        "Returned migrant",
        "01/07/2026",
    ):
        assert shown in rows[1]
    assert '<td class="num">2</td>' in rows[1]
    assert f'href="{card.get_absolute_url()}"' in rows[1]


def test_the_newest_cards_come_first(desk, in_a):
    cards = [make_card(in_a, registered_on=date(2026, 7, day)) for day in (3, 20, 11, 20)]
    newest_first = [cards[3], cards[1], cards[2], cards[0]]
    assert references(desk.get(LIST)) == [card.reference for card in newest_first]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("gender=man", {"man"}),
        ("gender=other", set()),
        ("beneficiary_kind=migrant_worker", {"man"}),
        ("sector=fishing", {"woman"}),
        ("nationality=Cambodia", {"woman"}),
        ("nationality=kh", {"woman"}),
        ("registered_from=02/07/2026", {"man"}),
        ("registered_to=01/07/2569", {"woman"}),
        ("registered_from=01/07/2026&registered_to=02/07/2026", {"man", "woman"}),
        ("service=counselling", {"woman"}),
        ("service=networking&gender=man", set()),
        ("", {"man", "woman"}),
    ],
)
def test_the_list_is_narrowed(desk, in_a, query, kept):
    woman = make_card(in_a, nationality="KH", sector="fishing")
    make_service(woman)
    make_service(woman, received_on=date(2026, 7, 5))
    make_service(woman, category="networking")
    make_card(in_a, gender="man", registered_on=date(2026, 7, 2), beneficiary_kind="migrant_worker")
    shown = desk.get(f"{LIST}?{query}").context["object_list"]
    assert {card.gender for card in shown} == kept
    assert len(shown) == len(kept)


@pytest.mark.parametrize(
    "query",
    [
        "gender=everyone",
        "nationality=Atlantis",
        "registered_from=31.02.2026",
        "registered_to=%00",
        "service=x",
        "sector=" + "x" * 5000,
    ],
)
def test_a_filter_that_cannot_be_right_says_so_and_shows_nothing(desk, in_a, query):
    make_card(in_a)
    response = desk.get(f"{LIST}?{query}")
    assert references(response) == []
    assert response.context["filter"].form.errors
    assert '<details class="filters" open>' in response.content.decode()


@pytest.mark.parametrize("page", ["0", "2", "x", "-1", "9" * 30])
def test_a_page_that_does_not_exist_is_not_found(desk, in_a, page):
    make_card(in_a)
    assert desk.get(f"{LIST}?page={page}").status_code == 404


def test_only_cards_of_the_own_centres_are_listed_and_several_can_be_told_apart(
    sign_in, staff, two_centre_coordinator, centre_a, centre_b
):
    with centre_scope([centre_a, centre_b]):
        in_a, in_b = make_card(centre_a), make_card(centre_b)
    assert references(sign_in(staff).get(LIST)) == [in_a.reference]
    assert references(sign_in(staff).get(f"{LIST}?centre=CNX")) == [in_a.reference]
    desk = sign_in(two_centre_coordinator)
    assert set(references(desk.get(LIST))) == {in_a.reference, in_b.reference}
    assert references(desk.get(f"{LIST}?centre=CNX")) == [in_b.reference]
    assert references(desk.get(f"{LIST}?centre=XXX")) == []


def test_days_and_years_are_shown_in_the_calendar_of_the_centre(sign_in, staff_b, in_b):
    make_card(in_b, birth_year=1990)
    page = sign_in(staff_b).get(LIST).content.decode()
    assert "01/07/2569" in page
    assert "2533" in page


def test_who_sees_no_records_has_no_list(sign_in, programme_officer, administrator, stranger, in_a):
    for user in (programme_officer, administrator):
        assert sign_in(user).get(LIST).status_code == 403
    make_card(in_a)
    assert references(sign_in(stranger).get(LIST)) == []


def test_each_name_shown_is_in_the_audit_and_no_other(desk, in_a):
    for _number in range(26):
        make_card(in_a, name="Chan Dara")
    shown = desk.get(LIST).context["object_list"]
    entries = AuditEvent.objects.filter(action="view_identity")
    assert {entry.record for entry in entries} == {card.uid for card in shown}
    assert {entry.detail["why"] for entry in entries} == {"list"}


def test_an_empty_list_says_what_to_do(desk, in_a):
    page = desk.get(LIST).content.decode()
    assert "Enter the first one with “New card”" in page
    assert 'href="/cards/new/"' in page


def test_the_list_takes_the_same_number_of_queries_for_ten_cards_and_for_a_thousand(desk, in_a):
    def enter(count):
        cards = ClientCard.objects.bulk_create(
            ClientCard(
                centre=in_a,
                reference=f"PNH-{count}-{number}",
                registered_on=date(2026, 7, 1) - timedelta(days=number),
                gender="woman",
            )
            for number in range(count)
        )
        Identity.objects.bulk_create(Identity(card=card, name="Chan Dara") for card in cards)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"{LIST}?service=").status_code == 200
        return len(captured)

    enter(10)
    queries()
    ten = queries()
    enter(1000)
    assert queries() == ten <= 13
