"""Signing in and out, who stays out, and what of it is written down."""

import pytest

from mrc.audit import AuditEvent
from tests.conftest import PASSWORD


def sign_ins():
    return list(AuditEvent.objects.filter(action__startswith="sign").order_by("pk"))


def test_everything_but_signing_in_asks_to_sign_in_first(client, db):
    response = client.get("/")
    assert (response.status_code, response.url) == (302, "/sign-in/?next=/")


@pytest.mark.parametrize("typed", ["staff.a@example.org", "Staff.A@EXAMPLE.org", "  staff.a@example.org "])
def test_signing_in_by_e_mail_in_any_case(client, staff, typed):
    response = client.post("/sign-in/", {"username": typed, "password": PASSWORD})
    assert (response.status_code, response.url) == (302, "/")
    assert client.get("/").status_code == 200
    (entry,) = sign_ins()
    assert (entry.action, entry.actor, entry.channel, entry.detail) == ("sign_in", staff, "web", {})


def test_signing_in_leads_to_the_page_that_was_asked_for(client, administrator):
    form = {"username": "administrator@example.org", "password": PASSWORD, "next": "/admin/mrc/user/"}
    assert client.post("/sign-in/", form).url == "/admin/mrc/user/"


def test_signing_in_never_leads_to_another_site(client, staff):
    form = {"username": "staff.a@example.org", "password": PASSWORD, "next": "https://example.com/"}
    assert client.post("/sign-in/", form).url == "/"


def test_a_wrong_password_is_written_down_with_the_account_and_without_what_was_typed(client, staff):
    response = client.post("/sign-in/", {"username": "Staff.A@example.org", "password": "a wrong password"})
    assert response.status_code == 200
    assert "E-mail and password do not fit together" in response.content.decode()
    (entry,) = sign_ins()
    assert (entry.action, entry.actor, entry.detail) == ("sign_in_failed", None, {"user": staff.pk})


def test_an_unknown_e_mail_gets_the_same_answer_and_is_not_kept(client, staff):
    known = client.post("/sign-in/", {"username": "staff.a@example.org", "password": "a wrong password"})
    unknown = client.post("/sign-in/", {"username": "nobody@example.org", "password": "a wrong password"})
    assert unknown.status_code == known.status_code
    sentence = "E-mail and password do not fit together"
    assert sentence in known.content.decode()
    assert sentence in unknown.content.decode()
    assert sign_ins()[-1].detail == {}
    assert "nobody" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("typed", ["", "no e-mail", "a\0b@example.org", "x" * 5000 + "@example.org"])
def test_nonsense_for_an_e_mail_is_refused_and_not_kept(client, db, typed):
    response = client.post("/sign-in/", {"username": typed, "password": PASSWORD})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_is_posted_and_written_down(staff, sign_in):
    window = sign_in(staff)
    assert window.get("/sign-out/").status_code == 405
    assert window.post("/sign-out/").url == "/sign-in/"
    assert window.get("/").status_code == 302
    assert [(entry.action, entry.actor) for entry in sign_ins()] == [("sign_in", staff), ("sign_out", staff)]


def test_an_account_that_is_switched_off_is_signed_out_at_once_and_cannot_come_back(staff, sign_in, client):
    window = sign_in(staff)
    assert window.get("/").status_code == 200
    staff.is_active = False
    staff.save()
    assert window.get("/").url == "/sign-in/?next=/"
    assert client.post("/sign-in/", {"username": staff.email, "password": PASSWORD}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_new_password_ends_the_sessions_on_other_machines(staff, sign_in):
    here, elsewhere = sign_in(staff), sign_in(staff)
    form = {"old_password": PASSWORD, "new_password1": "seventeen loud lakes", "new_password2": "seventeen loud lakes"}
    assert here.post("/password/", form).url == "/password/changed/"
    assert here.get("/password/changed/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_weak_new_password_is_refused(staff, sign_in):
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    response = sign_in(staff).post("/password/", form)
    assert response.status_code == 200
    assert "too short" in response.content.decode()
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)


def test_pages_of_a_session_are_never_kept_by_browser_or_proxy(staff, sign_in):
    assert "no-store" in sign_in(staff).get("/").headers["Cache-Control"]


def test_signing_in_without_the_token_of_the_page_is_refused_with_a_sentence(staff, db):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": staff.email, "password": PASSWORD})
    assert response.status_code == 403
