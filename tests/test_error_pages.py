"""Pages that say no: each says what happened and what to do, and needs nothing that may be broken."""

from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from mrc import views


@pytest.fixture
def broken(monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(views.Home, "get", fail)


def test_an_error_of_the_program_says_that_nothing_is_saved_by_half(sign_in, staff, broken):
    answer = sign_in(staff, raise_request_exception=False).get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "nothing was saved by half" in page
    assert "ZeroDivisionError" not in page
    assert "Sign out" not in page  # no user is asked for: the database may be what failed
    assert 'href="/static/css/mrc.css"' in page


def test_an_address_that_does_not_exist_says_where_to_look(sign_in, staff):
    answer = sign_in(staff).get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_page_that_the_role_does_not_allow_says_whom_to_ask(sign_in, staff):
    answer = sign_in(staff).get("/cases/")
    assert answer.status_code == 403
    assert "ask your coordinator or an administrator" in answer.content.decode()


def test_a_refusal_with_a_reason_of_its_own_gives_it(sign_in, stranger):
    answer = sign_in(stranger).get("/cards/new/")
    assert answer.status_code == 403
    assert "You belong to no active centre." in answer.content.decode()


def test_a_page_that_is_too_old_says_that_nothing_was_saved(staff):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)
    answer = browser.post("/cards/new/", {"gender": "woman"})
    assert answer.status_code == 403
    assert "Nothing was saved." in answer.content.decode()


def test_the_sign_in_page_tells_strangers_nothing(client, db):
    page = client.get("/sign-in/").content.decode()
    assert "Client cards" not in page
    assert "/admin/" not in page
    answer = client.post("/sign-in/", {"username": "nobody@example.org", "password": "wrong"}).content.decode()
    assert 'id="errors"' in answer
    assert "do not fit together" in answer


def test_a_password_is_changed_and_a_weak_one_is_refused_with_a_reason(sign_in, staff):
    browser = sign_in(staff)
    typed = {"old_password": "sixteen quiet rivers", "new_password1": "short", "new_password2": "short"}
    refused = browser.post("/password/", typed).content.decode()
    assert 'id="errors"' in refused
    assert "at least 12 characters" in refused
    good = {**typed, "new_password1": "nineteen loud rivers", "new_password2": "nineteen loud rivers"}
    done = browser.post("/password/", good, follow=True).content.decode()
    assert "Your password is changed." in done


def test_every_file_that_a_page_names_is_there(client, db):
    class Files(HTMLParser):
        def __init__(self):
            super().__init__()
            self.named = []

        def handle_starttag(self, tag, attrs):
            self.named += [value for name, value in attrs if name in ("href", "src") and "/static/" in (value or "")]

    files = Files()
    files.feed(client.get("/sign-in/").content.decode())
    assert len(files.named) > 5
    assert [name for name in files.named if not finders.find(name.removeprefix(settings.STATIC_URL))] == []
