"""Likely duplicates of the same centre are shown before a new card is saved; the user decides."""

import pytest

from clients import services
from clients.models import ClientCard
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card

NEW = "/cards/new/"
ANSWERS = {"registered_on": "01/07/2026", "gender": "woman", "consents": ["keep_data"]}


def make_known(centre, name, telephone="", **fields):
    card = make_card(centre, name=name, identity={"telephone": telephone}, consents=["keep_data"], **fields)
    services.index_identities([card])
    return card


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


@pytest.mark.parametrize(
    ("stored", "typed", "why"),
    [
        ({"name": "Nguyễn Hồng Ngữ"}, {"name": "Ngu Nguyen Hong"}, "same name"),
        ({"name": "SOTH Sopheap", "birth_year": 1990}, {"name": "Sopheap Soth"}, "same name"),
        (
            {"name": "SOTH Sopheap", "birth_year": 1990},
            {"name": "Ms Sopheap Soth", "birth_year": "2533"},
            "same name, same year of birth",
        ),
        ({"name": "SOTH Sopheap", "birth_year": 1990}, {"name": "Soth Sopheap", "birth_year": "1991"}, "same name"),
        (
            {"name": "Tin Soe Lwin", "birth_year": 1990},
            {"name": "Ko Tin Soe Lwinn", "birth_year": "1990"},
            "similar name, same year of birth",
        ),
        ({"name": "Thida", "birth_year": 1990}, {"name": "Ma Thida", "birth_year": "1990"}, "same year of birth"),
        ({"name": "Chan Dara", "telephone": "012 345 678"}, {"telephone": "+855 12345678"}, "same telephone No."),
        (
            {"name": "Chan Dara", "telephone": "012 345 678"},
            {"name": "Dara Chan", "telephone": "012345678"},
            "same telephone No., same name",
        ),
        ({"name": "ကိုတင်စိုးလွင်"}, {"name": "တင်စိုးလွင်"}, "same name"),
        ({"name": "นายสมชาย ใจดี"}, {"name": "สมชาย ใจดี"}, "same name"),
    ],
)
def test_somebody_like_a_known_person_is_shown_first_and_saved_when_the_user_says_so(desk, in_a, stored, typed, why):
    card = make_known(in_a, **stored)
    response = desk.post(NEW, ANSWERS | typed)
    assert response.status_code == 409
    [shown] = response.context["duplicates"]
    assert shown == card
    assert why in ", ".join(shown.reasons)
    page = response.content.decode()
    assert f'<a href="{card.get_absolute_url()}" target="_blank"' in page
    assert stored["name"] in page
    assert typed.get("name", "") in page
    assert ClientCard.objects.count() == 1
    assert desk.post(NEW, ANSWERS | typed | {"somebody_else": "yes"}).status_code == 302
    assert ClientCard.objects.count() == 2


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ({"name": "SOTH Sopheap"}, {"name": "Soth Dara"}),
        ({"name": "SOTH Sopheap", "birth_year": 1990}, {"name": "Soth Sopheap", "birth_year": "1970"}),
        ({"name": "Thida", "birth_year": 1990}, {"name": "Thida"}),
        ({"name": "Tin Soe Lwin", "birth_year": 1990}, {"name": "Tin Soe Aung", "birth_year": "1991"}),
        ({"name": "Chan Dara", "telephone": "012 345 678"}, {"telephone": "012 345 679"}),
        ({"name": "Chan Dara"}, {"name": ""}),
    ],
)
def test_somebody_else_is_saved_without_a_question(desk, in_a, stored, typed):
    make_known(in_a, **stored)
    assert desk.post(NEW, ANSWERS | typed).status_code == 302


def test_the_buttons_ask_again_or_save(desk, in_a):
    make_known(in_a, "Chan Dara")
    page = desk.post(NEW, ANSWERS | {"name": "Chan Dara"}).content.decode()
    assert page.index("Check again") < page.index("This is somebody else: save the new card")
    assert "Save the card" not in page
    assert desk.post(NEW, ANSWERS | {"name": "Chan Dara"}).status_code == 409


def test_nobody_of_another_centre_is_shown(desk, centre_a, centre_b):
    with centre_scope([centre_b]):
        make_known(centre_b, "Chan Dara", "012 345 678")
    assert desk.post(NEW, ANSWERS | {"name": "Chan Dara", "telephone": "012 345 678"}).status_code == 302


def test_only_cards_of_the_chosen_centre_are_shown(sign_in, two_centre_coordinator, centre_a, centre_b):
    with centre_scope([centre_b]):
        make_known(centre_b, "Chan Dara")
    desk = sign_in(two_centre_coordinator)
    assert desk.post(NEW, ANSWERS | {"name": "Chan Dara", "centre": "PNH"}).status_code == 302
    assert desk.post(NEW, ANSWERS | {"name": "Chan Dara", "centre": "CNX"}).status_code == 409


def test_names_that_are_shown_are_in_the_audit(desk, in_a):
    card = make_known(in_a, "Chan Dara")
    desk.post(NEW, ANSWERS | {"name": "Chan Dara"})
    entry = AuditEvent.objects.get(action="view_identity")
    assert (entry.record, entry.detail) == (card.uid, {"why": "duplicates"})


def test_a_form_with_errors_is_corrected_before_anything_is_compared(desk, in_a):
    make_known(in_a, "Chan Dara")
    response = desk.post(NEW, ANSWERS | {"name": "Chan Dara", "gender": ""})
    assert response.status_code == 422
    assert "duplicates" not in response.context
