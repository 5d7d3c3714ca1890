"""How sessions end, at once or with time, and that nothing typed is lost by it."""

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client

from clients.models import ClientCard
from mrc.models import User
from mrc.sessions import BEGAN
from mrc.views import FormPage
from tests.answers import CARD_ANSWERS
from tests.conftest import PASSWORD, make_user
from tests.factories import make_card
from tests.marked_records import everything_of, make_centre, make_uploads
from tests.site_map import addresses, pages_of
from tests.test_second_factor import code_of, set_up

MORNING = "2026-08-03T08:00:00+07:00"


def at(time):
    return time_machine.travel(f"2026-08-03T{time}+07:00", tick=False)


def is_signed_in(window):
    return window.get("/").status_code == 200


@pytest.fixture
def window(staff, client):
    """A browser in which a staff member signed in at eight o'clock, by the door."""
    with at("08:00:00"):
        client.post("/sign-in/", {"username": staff.email, "password": PASSWORD})
        yield client


# --- with time -------------------------------------------------------------------------------------------------------


def test_twenty_minutes_without_a_request_end_a_session(window):
    with at("08:19:30"):
        assert is_signed_in(window)
    with at("08:39:00"):
        assert is_signed_in(window)
    with at("08:59:01"):
        assert not is_signed_in(window)


def test_ten_hours_end_a_session_however_busy_it_is(window):
    for hour in range(8, 18):
        for minute in range(0, 60, 15):
            with at(f"{hour:02}:{minute:02}:00"):
                assert is_signed_in(window), (hour, minute)
    with at("18:00:01"):
        assert not is_signed_in(window)
    with at("18:00:02"):
        assert not is_signed_in(window)


def test_a_session_that_does_not_say_when_it_began_is_over(window):
    session = window.session
    del session[BEGAN]
    session.save()
    assert not is_signed_in(window)


def test_a_session_is_not_written_at_every_request(window, django_assert_num_queries):
    with at("08:05:00"):
        window.get("/password/")
        end = Session.objects.get().expire_date
    with at("08:05:30"):
        window.get("/password/")
        assert Session.objects.get().expire_date == end
    with at("08:06:00"):
        window.get("/password/")
        assert Session.objects.get().expire_date > end


def test_a_session_that_ended_is_gone_from_the_database(window):
    with at("08:30:00"):
        window.get("/")
    assert not Session.objects.exists()


# --- at once ---------------------------------------------------------------------------------------------------------


def lose_the_role(user):
    user.groups.set([Group.objects.get(name="legal_officer")])


def gain_a_role(user):
    user.groups.add(Group.objects.get(name="coordinator"))


def lose_the_centre(user):
    user.centres.clear()


def be_switched_off(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def get_another_password(user):
    user.set_password("seventeen loud lakes")
    user.save()


def open_the_admin(user):
    User.objects.filter(pk=user.pk).update(is_staff=True)


def lose_the_centre_for_everybody(user):
    user.centres.update(is_active=False)


@pytest.mark.parametrize(
    "change",
    [
        lose_the_role,
        gain_a_role,
        lose_the_centre,
        be_switched_off,
        get_another_password,
        open_the_admin,
        lose_the_centre_for_everybody,
    ],
)
def test_what_changes_an_account_ends_its_sessions_at_once(window, staff, legal_officer, sign_in, change):
    colleague = sign_in(make_user("colleague", "staff"))
    assert is_signed_in(window)
    change(User.objects.get(pk=staff.pk))
    assert not is_signed_in(window)
    assert is_signed_in(colleague)


def test_another_name_ends_nothing(window, staff):
    User.objects.filter(pk=staff.pk).update(name="Married Name")
    assert is_signed_in(window)


# --- nothing typed is lost -------------------------------------------------------------------------------------------

TYPED = {**CARD_ANSWERS, "name": "Chan Dara", "native_language": "Khmer", "consents": ["keep_data"]}


def test_a_form_that_arrives_too_late_is_there_again_after_signing_in(window, staff, in_a):
    with at("08:25:00"):
        answer = window.post("/cards/new/", TYPED)
        assert answer.url == "/sign-in/?next=/cards/new/"
        assert "Dara" not in str(answer.headers) + answer.cookies.output()
        assert "Dara" not in str([session.get_decoded() for session in Session.objects.all()])
        form = {"username": staff.email, "password": PASSWORD, "next": "/cards/new/"}
        page = window.post("/sign-in/", form, follow=True)
        text = page.content.decode()
        assert page.status_code == 422
        assert "You were signed out when you saved. All that you typed is here" in text
        assert 'value="Chan Dara"' in text
        assert 'value="Khmer"' in text
        assert not ClientCard.objects.exists()
        assert 'value="Chan Dara"' not in window.get("/cards/new/").content.decode()  # once
        window.post("/cards/new/", TYPED)
    assert ClientCard.objects.get().identity.name == "Chan Dara"


def test_the_same_with_a_second_factor_and_after_ten_hours(client, coordinator, in_a):
    with at("06:00:00"):
        secret, _codes = set_up(client, coordinator)
    for minutes in range(15, 10 * 60 + 1, 15):
        with at(f"{6 + minutes // 60:02}:{minutes % 60:02}:00"):
            answer = client.post("/cards/new/", TYPED) if minutes == 600 else client.get("/")
    assert answer.url == "/sign-in/?next=/cards/new/"
    with at("16:01:00"):
        client.post("/sign-in/", {"username": coordinator.email, "password": PASSWORD, "next": "/cards/new/"})
        page = client.post("/sign-in/code/", {"one_time_code": code_of(secret)}, follow=True)
        assert 'value="Chan Dara"' in page.content.decode()


def test_the_same_where_a_second_factor_is_needed_from_now_on(window, staff, in_a, settings):
    settings.SECOND_FACTOR = {"staff"}
    answer = window.post("/cards/new/", TYPED)
    assert answer.url == "/second-factor/?next=/cards/new/"
    set_up(window, staff)
    page = window.get("/cards/new/").content.decode()
    assert 'value="Chan Dara"' in page
    assert not ClientCard.objects.exists()


def test_the_version_of_an_edited_record_is_looked_at_when_it_comes_back(window, staff, in_a):
    card = make_card(in_a, ethnicity="Khmer")
    path = f"{card.get_absolute_url()}edit/"
    with at("08:25:00"):
        window.post(path, {**TYPED, "version": card.version, "ethnicity": "Kuy"})
        card.ethnicity, card.version = "Cham", card.version + 1
        card.save()
        form = {"username": staff.email, "password": PASSWORD, "next": path}
        page = window.post("/sign-in/", form, follow=True)
    assert page.status_code == 409
    assert "Kuy" in page.content.decode()
    assert ClientCard.objects.get().ethnicity == "Cham"


def test_what_is_no_page_with_a_form_is_asked_about_before_it_is_sent_again(window, staff, in_a):
    card = make_card(in_a)
    address = next(a for a in addresses() if a.key == "clients:service_add").url({"uid": card.uid})
    with at("08:25:00"):
        window.post(address, {"category": "counselling", "received_on": "2026-07-09", "note": ""})
        form = {"username": staff.email, "password": PASSWORD, "next": address}
        page = window.post("/sign-in/", form, follow=True).content.decode()
    assert "nothing was done" in page
    assert f'action="{address}"' in page
    assert '<input type="hidden" name="category" value="counselling">' in page
    assert not card.services.exists()


def test_nobody_else_who_signs_in_there_sees_what_was_typed(window, staff, legal_officer, in_a):
    with at("08:25:00"):
        window.post("/cards/new/", TYPED)
        form = {"username": legal_officer.email, "password": PASSWORD, "next": "/cards/new/"}
        page = window.post("/sign-in/", form, follow=True)
        assert page.status_code == 200
        assert "Chan Dara" not in page.content.decode()
        window.post("/sign-out/")
        form = {"username": staff.email, "password": PASSWORD, "next": "/cards/new/"}
        assert "Chan Dara" not in window.post("/sign-in/", form, follow=True).content.decode()


def test_what_is_kept_for_one_is_not_handed_on_with_what_is_kept_for_the_next(
    window, staff, legal_officer, in_a, settings
):
    settings.SECOND_FACTOR = {"legal_officer"}
    with at("08:25:00"):
        window.post("/cards/new/", TYPED)
        window.post("/sign-in/", {"username": legal_officer.email, "password": PASSWORD})
        window.post("/cases/new/", {"gender": "woman", "remarks": "Came at noon"})
        set_up(window, legal_officer)
        assert "Came at noon" in window.get("/cases/new/").content.decode()
        assert "Chan Dara" not in window.get("/cards/new/").content.decode()


def test_nothing_is_kept_for_strangers_and_no_password_ever(client, window, staff, db):
    stranger = Client()
    stranger.post("/cards/new/", TYPED)
    assert Session.objects.count() == 1
    with at("08:25:00"):
        window.post("/password/", {"old_password": PASSWORD, "new_password1": "a", "new_password2": "a"})
        assert "kept_forms" not in window.session


def test_a_form_of_another_site_is_not_kept(staff, db):
    window = Client(enforce_csrf_checks=True)
    with at("08:00:00"):
        window.force_login(staff)
    with at("08:25:00"):
        assert window.post("/cards/new/", TYPED).status_code == 403
        assert "kept_forms" not in window.session


def test_no_page_with_a_form_saves_what_was_kept(db):
    """Every one of them, with answers that it would accept."""
    centre, made = make_centre("a")
    user = make_user("coordinator.qza", "coordinator", centre)
    made |= make_uploads(centre, user)
    seen = 0
    for address in addresses():
        if not issubclass(getattr(address.view, "view_class", object), FormPage):
            continue
        for page in pages_of(address.key):
            window, url = Client(), address.url(page.arguments_for(made))
            with at("08:00:00"):
                window.force_login(user)
            with at("08:25:00"):
                shown = {"version": "1", **page.valid}
                assert window.post(url, shown).url.startswith("/sign-in/")
                before = everything_of(centre)
                window.force_login(user)
                answer = window.get(url)
                assert everything_of(centre) == before, url
                assert answer.status_code in (302, 404, 409, 422), (url, answer.status_code)
                seen += answer.status_code in (409, 422)
    assert seen > 20
