"""Finding a person: by words of the name in any script and order, telephone, e-mail or reference (DOMAIN)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients import services
from clients.models import ClientCard, Identity
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card

SEARCH = "/cards/search/"


def make_known(centre, name="", **identity):
    card = make_card(centre, name=name, identity=identity, consents=["keep_data"])
    services.index_identities([card])
    return card


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


def found(desk, text):
    response = desk.post(SEARCH, {"q": text})
    assert response.status_code == 200
    return [card.reference for card in response.context["object_list"]]


@pytest.mark.parametrize(
    ("name", "searched"),
    [
        ("Nguyễn Hồng Ngữ", "Nguyen Hong Ngu"),
        ("Nguyễn Hồng Ngữ", "NGUYỄN HỒNG NGỮ"),
        ("Nguyễn Hồng Ngữ", "ngu nguyen"),
        ("Nguyễn Hồng Ngữ", "Chị Ngữ"),
        ("Nguyen Hong Ngu", "Nguyễn Hồng Ngữ"),
        ("Đặng Văn Đức", "Dang Van Duc"),
        ("SOTH Sopheap", "Sopheap Soth"),
        ("SOTH Sopheap", "soth  sopheap"),
        ("SOTH Sopheap", "Lok SOTH SOPHEAP"),
        ("SOTH Sopheap", "SothSopheap"),
        ("SothSopheap", "Soth Sopheap"),
        ("Ko Tin Soe Lwin", "Tin Soe Lwin"),
        ("Tin Soe Lwin", "Ko Tin Soe Lwin"),
        ("U Tin Soe Lwin", "Ko Tin Soe Lwin"),
        ("Daw Thida", "Thida"),
        ("Ko Ko", "Ko Ko"),
        ("Mrs. Somchai Jaidee", "Somchai Jaidee"),
        ("K’Sor H’Bia", "ksor hbia"),
        ("สมชาย ใจดี", "สมชาย"),
        ("สมชาย ใจดี", "ใจดี สมชาย"),
        ("สมชาย ใจดี", "สมชายใจดี"),
        ("สมชายใจดี", "สมชาย ใจดี"),
        ("นายสมชาย ใจดี", "สมชาย"),
        ("สมหญิง รักดี", "นางสาวสมหญิง รักดี"),
        ("น.ส.สมหญิง รักดี", "สมหญิง"),
        ("สมหญิง รักดี", "น.ส. สมหญิง"),
        ("ທ້າວ ບຸນມີ ວົງສາ", "ບຸນມີ"),
        ("ບຸນມີ ວົງສາ", "ທ້າວບຸນມີ"),
        ("ນາງບົວຄຳ", "ບົວຄຳ"),
        ("លោកស្រី ស៊ុត សុភាព", "សុភាព ស៊ុត"),
        ("ស៊ុត សុភាព", "លោកស្រីសុភាព"),
        ("ស៊ុត\u200bសុភាព", "ស៊ុតសុភាព"),
        ("ကိုတင်စိုးလွင်", "တင်စိုးလွင်"),
        ("ကိုတင်စိုးလွင်", "စိုးလွင်"),
        ("တင်စိုးလွင်", "ကို တင် စိုး လွင်"),
        ("ဒေါ်သန္တာအောင်", "သန္တာ"),
        ("မောင်မောင်", "မောင်မောင်"),
    ],
)
def test_a_person_is_found_by_name(desk, in_a, name, searched):
    card = make_known(in_a, name)
    make_known(in_a, "Somebody Else")
    make_known(in_a, "คนอื่น มาก")
    assert found(desk, searched) == [card.reference]


@pytest.mark.parametrize("searched", ["Client 12", "client 12", "12 client", "Client12", "Client", "12"])
def test_a_person_is_found_by_a_pseudonym_with_a_number(desk, in_a, searched):
    card = make_known(in_a, "Client 12")
    make_known(in_a, "Somebody Else 13", telephone="012 345 678")
    assert found(desk, searched) == [card.reference]


@pytest.mark.parametrize("searched", ["Hong Ngu Soth", "Ngoc", "Nguy", "สมศรี", "တင်အောင်"])
def test_all_words_have_to_fit(desk, in_a, searched):
    for name in ("Nguyễn Hồng Ngữ", "SOTH Sopheap", "สมชาย ใจดี", "တင်စိုးလွင်"):
        make_known(in_a, name)
    assert found(desk, searched) == []


def test_those_who_have_the_title_too_come_first(desk, in_a):
    with_title = make_known(in_a, "Anh Nguyen Tuan")
    without = make_known(in_a, "Tuan Nguyen")
    assert found(desk, "Nguyen Tuan Anh") == [with_title.reference, without.reference]


@pytest.mark.parametrize(
    ("telephone", "searched"),
    [
        ("012 345 678", "012345678"),
        ("012 345 678", "+855 12 345 678"),
        ("012 345 678", "00855-12-345-678"),
        ("+66 81 234 5678", "081-234-5678"),
        ("๐๘๑ ๒๓๔ ๕๖๗๘", "0812345678"),
        ("081 234 5678", "๐๘๑๒๓๔๕๖๗๘"),
        ("012 345 678", "345678"),
        ("097 555 4321 / 012 345 678", "012345678"),
        ("097 555 4321; 012 345 678", "097 555 4321"),
        ("012,345,678", "012 345 678"),
        ("12345", "12345"),
        ("ask at the shop: 012 345 678", "tel. 012 345 678"),
    ],
)
def test_a_person_is_found_by_the_digits_of_the_telephone(desk, in_a, telephone, searched):
    own = make_known(in_a, "Chan Dara", telephone=telephone)
    make_known(in_a, "Somebody Else", telephone="099 111 222")
    assert found(desk, searched) == [own.reference]


def test_a_person_is_found_by_the_telephone_of_the_emergency_contact(desk, in_a):
    card = make_known(in_a, "Chan Dara", emergency_telephone="+84 90 123 4567")
    assert found(desk, "090 123 4567") == [card.reference]


def test_a_person_is_found_by_the_whole_email_only(desk, in_a):
    card = make_known(in_a, "Chan Dara", email="Dara@Example.org")
    assert found(desk, "dara@example.org") == [card.reference]
    assert found(desk, "dara@example") == []


def test_a_card_is_found_by_its_reference(desk, in_a):
    card = ClientCard.objects.create(
        centre=in_a, reference="PNH-2026-00042", registered_on=date(2026, 7, 1), gender="man"
    )
    for searched in ("PNH-2026-00042", "pnh-2026-00042", " PNH 2026 00042 ", "PNH–2026–00042", "2026-00042"):
        assert found(desk, searched) == [card.reference]
    assert found(desk, "PNH-2026-0004") == []


def test_nobody_of_another_centre_is_found(sign_in, staff_b, two_centre_coordinator, centre_a, centre_b, desk):
    with centre_scope([centre_a, centre_b]):
        in_a = make_known(centre_a, "Chan Dara", telephone="012 345 678")
        in_b = make_known(centre_b, "Dara Chan", telephone="012345678")
    for searched in ("Chan Dara", "012 345 678"):
        assert found(desk, searched) == [in_a.reference]
        assert found(sign_in(staff_b), searched) == [in_b.reference]
        assert set(found(sign_in(two_centre_coordinator), searched)) == {in_a.reference, in_b.reference}
    assert found(desk, in_b.reference) == []


def test_a_changed_name_is_found_and_the_old_one_is_not(desk, in_a):
    card = make_known(in_a, "Chan Dara")
    services.save_card(card=card, identity={"name": "Chan Sophea"}, consents={"keep_data": (card.registered_on, "")})
    assert found(desk, "Sophea") == [card.reference]
    assert found(desk, "Dara") == []


def test_who_sees_no_records_cannot_search(sign_in, programme_officer, administrator, in_a):
    for user in (programme_officer, administrator):
        assert sign_in(user).post(SEARCH, {"q": "Dara"}).status_code == 403


def test_the_search_is_in_the_audit_without_its_text_and_so_is_every_name_shown(desk, staff, in_a):
    card = make_known(in_a, "Chan Dara")
    found(desk, "Dara Chan")
    search = AuditEvent.objects.get(action="search")
    assert (search.actor, search.centre_id, search.detail) == (staff, in_a.pk, {"kinds": ["name"], "hits": 1})
    viewed = AuditEvent.objects.get(action="view_identity")
    assert (viewed.record, viewed.detail) == (card.uid, {"why": "search"})


def test_what_is_searched_stands_in_no_address(desk, in_a):
    page = desk.get("/cards/").content.decode()
    assert '<form method="post" action="/cards/search/"' in page
    response = desk.get(SEARCH, {"q": "Dara"})
    assert response.status_code == 200
    assert "Dara" not in response.content.decode()


def test_more_than_fifty_are_cut_and_the_page_says_how_to_narrow(desk, in_a):
    cards = [make_card(in_a, name="Chan Dara") for _number in range(51)]
    services.index_identities(cards)
    response = desk.post(SEARCH, {"q": "dara"})
    assert len(response.context["object_list"]) == 50
    assert "More than 50 cards fit" in response.content.decode()
    assert "Add another word of the name" in response.content.decode()


def test_nothing_found_says_what_to_try(desk, in_a):
    page = desk.post(SEARCH, {"q": "Dara"}).content.decode()
    assert "No card fits" in page
    assert "last six digits" in page


@pytest.mark.parametrize("text", ["", "   ", "\x00", "a" * 10_000, "Dara\x1b[2J"])
def test_what_cannot_be_searched_is_refused_with_a_sentence(desk, in_a, text):
    response = desk.post(SEARCH, {"q": text})
    assert response.status_code == 422
    assert response.context["form"].errors["q"]


@pytest.mark.parametrize(
    "text", ["😀", "'; DROP TABLE", "%", "@", "0", "-", "\u202edara", "9" * 200, "ก" * 200, "a " * 99]
)
def test_odd_texts_find_nobody(desk, in_a, text):
    make_known(in_a, "Somebody Else", telephone="012 345 678")
    assert found(desk, text) == []


def test_a_search_takes_the_same_number_of_queries_however_many_fit(desk, in_a):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            desk.post(SEARCH, {"q": "dara"})
        return len(captured)

    services.index_identities([make_card(in_a, name="Chan Dara")])
    queries()
    few = queries()
    services.index_identities([make_card(in_a, name="Chan Dara") for _number in range(40)])
    assert queries() == few <= 16


def test_the_database_holds_neither_name_nor_number_in_clear(in_a):
    card = make_known(in_a, "Chan Dara", telephone="012 345 678", email="dara@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, telephone, email FROM clients_identity WHERE card_id = %s", [card.pk])
        stored = str(cursor.fetchall())
        cursor.execute("SELECT kind, digest FROM clients_identitykey")
        stored += str(cursor.fetchall())
    for text in ("Dara", "dara", "345 678", "12345678", "example.org"):
        assert text not in stored
    assert Identity.objects.get(card=card).name == "Chan Dara"
