"""The second factor: who must have one, setting it up, signing in with it, recovery codes, a lost phone."""

import base64
import re

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django_otp.oath import totp

from mrc import second_factor
from mrc.audit import AuditEvent
from mrc.models import User
from mrc.second_factor import RecoveryCode, SecondFactor
from tests.conftest import PASSWORD, cursor_of_everything, make_user
from tests.test_settings import run

NOON = "2026-08-03T12:00:00+07:00"
USUAL = {"legal_officer", "coordinator", "programme_officer", "administrator"}


@pytest.fixture(autouse=True)
def needed(settings):
    settings.SECOND_FACTOR = USUAL


def code_of(secret, later=0):
    """What the app shows, or will show so many half minutes later."""
    return f"{totp(base64.b32decode(secret.replace(' ', '')), drift=later):06}"


def secret_on(page):
    return re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.content.decode())[1]


def codes_on(page):
    return re.findall(r"<li><code>([a-z2-7 ]+)</code>", page.content.decode())


def give_password(client, user, **more):
    return client.post("/sign-in/", {"username": user.email, "password": PASSWORD, **more})


def set_up(client, user):
    """Signs in for the first time and sets up the app. Returns (secret, recovery codes)."""
    give_password(client, user)
    secret = secret_on(client.get("/second-factor/"))
    answer = client.post("/second-factor/", {"one_time_code": code_of(secret)})
    assert answer.url == "/second-factor/codes/"
    return secret, codes_on(client.get("/second-factor/codes/"))


@pytest.fixture
def enrolled(client, coordinator):
    """(secret, recovery codes) of a coordinator, half an hour ago; the client is signed out."""
    with time_machine.travel("2026-08-03T11:30:00+07:00", tick=False):
        made = set_up(client, coordinator)
        client.post("/sign-out/")
    with time_machine.travel(NOON, tick=False):
        yield made


def entries(action):
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


# --- who must have one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["legal_officer", "coordinator", "programme_officer", "administrator"])
def test_a_role_that_needs_one_reaches_nothing_before_it_is_set_up(client, centre_a, role):
    give_password(client, make_user("new", role, centre_a, is_staff=role == "administrator"))
    for path in ("/", "/cards/", "/reports/", "/admin/", "/password/", "/sign-in/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.url.startswith("/second-factor/?next=/"), path
    page = client.get("/second-factor/").content.decode()
    assert "Your role needs a second factor" in page
    assert "Client cards" not in page


def test_the_account_of_the_installation_needs_one_too(client, db):
    give_password(client, make_user("root", "", is_superuser=True, is_staff=True))
    assert client.get("/admin/").url.startswith("/second-factor/")


def test_centre_staff_need_none_unless_the_setting_says_all(client, staff, settings):
    give_password(client, staff)
    assert client.get("/").status_code == 200
    settings.SECOND_FACTOR = USUAL | {"staff"}
    assert client.get("/").url.startswith("/second-factor/")


def test_a_part_of_a_page_leads_there_too_and_signing_out_works(client, coordinator):
    give_password(client, coordinator)
    part = client.get("/to-do/number/", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"].startswith("/second-factor/")
    assert part.content == b""
    assert client.post("/sign-out/").url == "/sign-in/"


@pytest.mark.parametrize(("value", "finding"), [("", ""), ("all", ""), ("none", "mrc.W001"), ("staff", "coordinator")])
def test_the_check_of_a_deployment_names_roles_that_are_left_out(value, finding):
    result = run(["manage.py", "check", "--deploy"], SECOND_FACTOR=value)
    assert ("mrc.W001" in result.stderr) == bool(finding)
    assert finding in result.stderr


@pytest.mark.parametrize("value", ["coordinators", "all,staff", ","])
def test_a_role_that_there_is_not_stops_the_start(value):
    result = run(["-c", "import django; django.setup()"], SECOND_FACTOR=value)
    assert result.returncode
    assert "SECOND_FACTOR names" in result.stderr


def test_the_demo_says_how_its_sign_ins_stand_to_the_second_factor(settings, db, capsys):
    settings.SECOND_FACTOR = set()
    call_command("demo", cards=1)
    assert "SECOND_FACTOR is none here" in capsys.readouterr().out


# --- setting it up ---------------------------------------------------------------------------------------------------


def test_setting_up_leads_to_recovery_codes_and_then_to_the_page_that_was_asked_for(client, coordinator):
    assert give_password(client, coordinator, next="/cards/").url == "/cards/"
    page = client.get("/cards/", follow=True)
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    typed = {"one_time_code": code_of(secret_on(page)), "next": "/cards/"}
    shown = client.post("/second-factor/", typed, follow=True)
    assert len(set(codes_on(shown))) == 10
    assert client.post("/second-factor/codes/", {"next": "/cards/"}).url == "/cards/"
    assert client.get("/cards/").status_code == 200
    assert client.get("/second-factor/codes/").url == "/second-factor/"  # never again
    assert 'class="key"' not in client.get("/second-factor/").content.decode()
    assert [entry.detail for entry in entries("factor_set_up")] == [{"user": coordinator.pk}]


def test_a_wrong_first_code_sets_nothing_up_and_the_key_stays_the_same(client, coordinator):
    give_password(client, coordinator)
    secret = secret_on(client.get("/second-factor/"))
    answer = client.post("/second-factor/", {"one_time_code": code_of(secret, later=5)})
    assert "not the code that belongs to the picture" in answer.content.decode()
    assert secret_on(answer) == secret
    assert not SecondFactor.objects.exists()


def test_the_secret_and_the_codes_are_in_no_column_and_no_entry_in_clear(client, coordinator):
    secret, codes = set_up(client, coordinator)
    stored = []
    with cursor_of_everything() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            stored += [str(value) for row in cursor.fetchall() for value in row]
    stored += [str(session.get_decoded()) for session in Session.objects.all()]
    everything = "\n".join(stored)
    for text in (secret.replace(" ", ""), *(code.replace(" ", "") for code in codes)):
        assert text not in everything
    assert SecondFactor.objects.get().secret == secret.replace(" ", "")


def test_other_sessions_of_the_account_end_when_it_is_set_up(client, staff, sign_in):
    elsewhere = sign_in(staff)
    set_up(client, staff)
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").url == "/sign-in/?next=/"


# --- signing in with it ----------------------------------------------------------------------------------------------


def test_the_passphrase_alone_opens_nothing(client, coordinator, enrolled):
    assert give_password(client, coordinator).url == "/sign-in/code/"
    assert client.get("/").url == "/sign-in/?next=/"
    assert "_auth_user_id" not in client.session
    assert len(entries("sign_in")) == 1  # of the day it was set up


def test_passphrase_and_code_open_the_page_that_was_asked_for(client, coordinator, enrolled):
    give_password(client, coordinator, next="/cards/")
    assert client.post("/sign-in/code/", {"one_time_code": f" {code_of(enrolled[0])} "}).url == "/cards/"
    assert client.get("/cards/").status_code == 200


def test_whoever_has_one_is_asked_for_it_where_it_is_not_needed_too(client, coordinator, enrolled, settings):
    settings.SECOND_FACTOR = set()
    assert give_password(client, coordinator).url == "/sign-in/code/"


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_phone_may_be_half_a_minute_wrong(client, coordinator, enrolled, drift):
    give_password(client, coordinator)
    assert client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0], drift)}).status_code == 302


@pytest.mark.parametrize("drift", [-3, 2])
def test_a_code_of_another_minute_is_refused(client, coordinator, enrolled, drift):
    give_password(client, coordinator)
    answer = client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0], drift)})
    assert "This code is not right" in answer.content.decode()
    assert [entry.detail for entry in entries("factor_failed")] == [{"user": coordinator.pk}]


@pytest.mark.parametrize("seconds", [0, 31, 59])
def test_a_code_opens_once_however_long_it_would_be_right(client, coordinator, enrolled, seconds):
    """Of the next half minute: it would be right for a minute and a half."""
    code = code_of(enrolled[0], later=1)
    give_password(client, coordinator)
    assert client.post("/sign-in/code/", {"one_time_code": code}).status_code == 302
    client.post("/sign-out/")
    with time_machine.travel(f"2026-08-03T12:00:{seconds:02}+07:00", tick=False):
        give_password(client, coordinator)
        assert client.post("/sign-in/code/", {"one_time_code": code}).status_code == 200


def test_the_code_has_to_follow_the_passphrase_within_five_minutes_and_for_the_same_account(
    client, coordinator, enrolled
):
    give_password(client, coordinator)
    with time_machine.travel("2026-08-03T12:05:01+07:00", tick=False):
        answer = client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0])})
        assert answer.url == "/sign-in/"
    give_password(client, coordinator)
    User.objects.filter(pk=coordinator.pk).update(is_active=False)
    assert client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0])}).url == "/sign-in/"


def test_whose_passphrase_changed_between_the_two_steps_begins_again(client, coordinator, enrolled):
    give_password(client, coordinator)
    user = User.objects.get(pk=coordinator.pk)
    user.set_password("seven other rivers run")
    user.save()
    assert client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0])}).url == "/sign-in/"
    assert client.get("/").url == "/sign-in/?next=/"


def test_codes_cannot_be_guessed_and_the_right_one_does_not_pass_while_one_waits(client, coordinator, enrolled):
    give_password(client, coordinator)
    for n in range(5):
        assert client.post("/sign-in/code/", {"one_time_code": f"00000{n}"}).status_code == 200
    answer = client.post("/sign-in/code/", {"one_time_code": code_of(enrolled[0])})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in answer.content.decode()
    assert [entry.detail for entry in entries("sign_in_paused")] == [{"by": "code", "user": coordinator.pk}]


def test_nobody_comes_to_the_second_step_without_the_first(client, db):
    assert client.get("/sign-in/code/").url == "/sign-in/"


# --- recovery codes --------------------------------------------------------------------------------------------------


def test_each_recovery_code_opens_once(client, coordinator, enrolled):
    code = enrolled[1][3]
    give_password(client, coordinator)
    assert client.post("/sign-in/code/", {"one_time_code": code.upper().replace(" ", "-")}).status_code == 302
    assert client.get("/").status_code == 200
    client.post("/sign-out/")
    give_password(client, coordinator)
    assert client.post("/sign-in/code/", {"one_time_code": code}).status_code == 200
    assert client.post("/sign-in/code/", {"one_time_code": enrolled[1][4]}).status_code == 302
    assert [entry.detail["left"] for entry in entries("recovery_code_used")] == [9, 8]


def test_new_recovery_codes_need_a_code_and_make_the_old_ones_useless(client, coordinator, enrolled):
    give_password(client, coordinator)
    client.post("/sign-in/code/", {"one_time_code": enrolled[1][0]})
    refused = client.post("/second-factor/", {"one_time_code": "123456", "action": "codes"})
    assert "This code is not right" in refused.content.decode()
    shown = client.post("/second-factor/", {"one_time_code": code_of(enrolled[0]), "action": "codes"}, follow=True)
    assert not set(codes_on(shown)) & set(enrolled[1])
    assert not second_factor.accepts(coordinator, enrolled[1][1])
    assert second_factor.accepts(coordinator, codes_on(shown)[0])


def test_another_phone_takes_the_place_of_the_first_when_it_has_shown_its_code(client, coordinator, enrolled):
    give_password(client, coordinator)
    client.post("/sign-in/code/", {"one_time_code": enrolled[1][0]})
    page = client.post("/second-factor/", {"one_time_code": enrolled[1][1], "action": "replace"}, follow=True)
    secret = secret_on(page)
    assert SecondFactor.objects.get().secret == enrolled[0].replace(" ", "")
    client.post("/second-factor/", {"one_time_code": code_of(secret)})
    assert SecondFactor.objects.get().secret == secret.replace(" ", "")


# --- a lost phone ----------------------------------------------------------------------------------------------------


def change_page(user):
    return f"/admin/mrc/user/{user.pk}/change/"


def account_form(user, **more):
    centres = [centre.pk for centre in user.centres.all()]
    return {
        "email": user.email,
        "name": user.name,
        "is_active": "on",
        "role": "coordinator",
        "centres": centres,
        **more,
    }


def test_an_administrator_removes_the_second_factor_of_who_lost_the_phone(
    client, coordinator, administrator, enrolled, sign_in, settings
):
    settings.SECOND_FACTOR = USUAL - {"administrator"}
    theirs = sign_in(User.objects.get(pk=coordinator.pk))
    assert theirs.get("/").status_code == 200
    window = sign_in(administrator)
    assert window.post(change_page(coordinator), account_form(coordinator)).status_code == 302
    assert SecondFactor.objects.exists()
    answer = window.post(change_page(coordinator), account_form(coordinator, remove_second_factor="on"))
    assert answer.status_code == 302
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert theirs.get("/").url == "/sign-in/?next=/"
    (entry,) = entries("factor_removed")
    assert (entry.actor, entry.detail) == (administrator, {"user": coordinator.pk})
    give_password(client, coordinator)
    assert client.get("/").url.startswith("/second-factor/")


def test_nobody_removes_their_own_and_no_administrator_that_of_the_installation(client, db, sign_in, administrator):
    root = make_user("root", "", is_superuser=True, is_staff=True)
    set_up(client, root)
    set_up(client.__class__(), administrator)
    window = sign_in(User.objects.get(pk=administrator.pk))
    assert window.post(change_page(root), account_form(root, remove_second_factor="on")).status_code == 403
    own = window.post(
        change_page(administrator), account_form(administrator, role="administrator", remove_second_factor="on")
    )
    assert "You cannot remove your own" in own.content.decode()
    assert SecondFactor.objects.count() == 2


def test_the_admin_has_the_same_door(client, administrator):
    assert client.get("/admin/login/").url.startswith("/sign-in/")
    secret, _codes = set_up(client, administrator)
    client.post("/sign-out/")
    give_password(client, administrator, next="/admin/")
    assert client.get("/admin/").status_code == 302
    assert client.post("/sign-in/code/", {"one_time_code": code_of(secret, later=1)}).url == "/admin/"
    assert client.get("/admin/").status_code == 200
