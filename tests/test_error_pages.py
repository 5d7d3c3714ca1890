"""Pages that say no: each says what happened and what to do, and needs nothing that may be broken."""

from contextlib import contextmanager
from html.parser import HTMLParser

import psycopg2
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.contrib.staticfiles import finders
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

from mrc import views
from tests.answers import CARD_ANSWERS


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


@contextmanager
def database_away(error=OperationalError, at=""):
    """The database answers no query that begins so."""

    def refuse(execute, statement, values, many, context):
        if statement.startswith(at):
            raise error("the server closed the connection") from psycopg2.Error()
        return execute(statement, values, many, context)

    with connection.execute_wrapper(refuse):
        yield


# psycopg2 calls it a DatabaseError and no more where the connection breaks in the middle of an answer.
AWAY = [OperationalError, InterfaceError, DatabaseError]


@pytest.mark.parametrize("error", AWAY)
def test_a_database_that_is_away_is_said_and_is_no_error_of_the_program(sign_in, staff, error):
    browser = sign_in(staff, raise_request_exception=False)
    with database_away(error):
        answer = browser.get("/cards/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    page = answer.content.decode()
    assert "The database does not answer" in page
    assert 'href="/cards/"' in page
    assert "server closed" not in page


def test_what_was_typed_while_the_database_was_away_is_sent_again_and_saved_once(sign_in, staff):
    browser = sign_in(staff, raise_request_exception=False)
    sent = {
        **CARD_ANSWERS,
        "is_pseudonym": "on",
        "name": 'Made-up "Quoted" <Person>',
        "submission": "6a1f0c1e-1111-4111-8111-111111111111",
    }
    with database_away():
        away = browser.post("/cards/new/", sent)
    assert away.status_code == 503
    kept = hidden_fields(away.content.decode())
    assert {name: values for name, values in kept.items() if name in sent} == {
        name: value if isinstance(value, list) else [value] for name, value in sent.items()
    }
    assert kept["csrfmiddlewaretoken"]
    first, second = browser.post("/cards/new/", kept), browser.post("/cards/new/", kept)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url


def test_no_password_stands_on_the_page_that_says_so(client, db):
    client.raise_request_exception = False
    with database_away():
        answer = client.post("/sign-in/", {"username": "a@example.org", "password": "sixteen quiet rivers"})
    assert answer.status_code == 503
    assert "a@example.org" in answer.content.decode()
    assert "sixteen" not in answer.content.decode()


def test_a_query_that_the_database_refuses_is_an_error_of_the_program(sign_in, staff):
    browser = sign_in(staff, raise_request_exception=False)
    with database_away(ProgrammingError):
        assert browser.get("/cards/").status_code == 500


@pytest.mark.parametrize("error", AWAY)
def test_a_session_that_cannot_be_written_is_no_bad_request(sign_in, staff, error):
    browser = sign_in(staff, raise_request_exception=False)
    with database_away(error, at='UPDATE "django_session"'):
        answer = browser.post("/cards/new/", CARD_ANSWERS)  # the message "saved" goes into the session
    assert answer.status_code == 503
    assert len(hidden_fields(answer.content.decode())) > 3


def test_a_session_that_was_ended_elsewhere_meanwhile_is_no_database_that_is_away(sign_in, staff):
    def end_it(execute, statement, values, many, context):
        if statement.startswith('INSERT INTO "clients_clientcard"'):
            Session.objects.all().delete()
        return execute(statement, values, many, context)

    browser = sign_in(staff, raise_request_exception=False)
    with connection.execute_wrapper(end_it):
        answer = browser.post("/cards/new/", CARD_ANSWERS)
    assert answer.status_code == 400
    assert "you were signed out in another window meanwhile" in answer.content.decode()


def test_more_than_is_taken_at_once_is_refused_with_a_page_that_says_what_to_do(sign_in, staff):
    answer = sign_in(staff).post("/cards/new/", {f"field{n}": "" for n in range(3_000)})
    assert answer.status_code == 400
    assert "More was sent at once than the program takes" in answer.content.decode()


def hidden_fields(page):
    class Fields(HTMLParser):
        def __init__(self):
            super().__init__()
            self.values = {}

        def handle_starttag(self, tag, attrs):
            attrs = dict(attrs)
            if tag == "input" and attrs.get("type") == "hidden":
                self.values.setdefault(attrs["name"], []).append(attrs["value"])

    fields = Fields()
    fields.feed(page)
    return fields.values


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
