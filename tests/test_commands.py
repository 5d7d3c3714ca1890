"""add_centre and add_user: what they make, and that a refusal says why and changes nothing."""

import io
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mrc.audit import AuditEvent
from mrc.models import Centre, Organization, User

PASSWORD = "sixteen quiet rivers"


def add_centre(*arguments):
    out = io.StringIO()
    call_command("add_centre", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def add_user(monkeypatch):
    def run(*arguments, password=PASSWORD):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command("add_user", *arguments, stdout=out)
        return out.getvalue()

    return run


def counts():
    return Centre.objects.count(), Organization.objects.count(), User.objects.count(), AuditEvent.objects.count()


@pytest.mark.parametrize(
    ("country", "code", "currency", "calendar"),
    [
        ("KH", "KH", "KHR", "gregorian"),
        ("Viet Nam", "VN", "VND", "gregorian"),
        ("thailand", "TH", "THB", "buddhist"),
        ("mm", "MM", "MMK", "gregorian"),
    ],
)
def test_a_centre_has_the_currency_and_calendar_of_its_country(db, country, code, currency, calendar):
    add_centre("NEW", "--name", "New Centre", "--country", country)
    centre = Centre.objects.get(code="NEW")
    assert (centre.country, centre.currency, centre.calendar) == (code, currency, calendar)
    assert centre.organization.name == "New Centre"
    assert centre.is_active


def test_an_organization_that_exists_is_found_whatever_its_capitals(centre_a):
    add_centre("SRP", "--name", "Siem Reap", "--country", "KH", "--organization", "MADE-UP workers' union")
    assert Centre.objects.get(code="SRP").organization == centre_a.organization


def test_adding_a_centre_is_in_the_audit(db):
    add_centre("new", "--name", "New Centre", "--country", "KH")
    entries = AuditEvent.objects.order_by("pk").values_list("action", "channel", "model", "actor")
    assert list(entries) == [
        ("create", "add_centre", "mrc.Organization", None),
        ("create", "add_centre", "mrc.Centre", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["PNH", "--name", "Again", "--country", "KH"], "code: Centre with this Code already exists."),
        (["9X", "--name", "Bad code", "--country", "KH"], "code: Two to eight capital letters and digits"),
        (["TOOLONGCODE", "--name", "Bad code", "--country", "KH"], "code: Two to eight capital letters"),
        (["NEW", "--name", "Nowhere", "--country", "Atlantis"], "country: “Atlantis” is not a country"),
        (["NEW", "--name", " ", "--country", "KH"], "This field cannot be blank"),
        (["NEW", "--name", "x" * 201, "--country", "KH", "--organization", "O"], "name: Ensure this value has at most"),
        (["NEW", "--name", "Bell\x07", "--country", "KH"], "name: There is a character here that cannot be printed"),
    ],
)
def test_a_centre_that_cannot_be_is_refused(centre_a, arguments, sentence):
    before = counts()
    with pytest.raises(CommandError, match=sentence.replace("(", r"\(")):
        add_centre(*arguments)
    assert counts() == before


@pytest.mark.parametrize("role", ["staff", "legal_officer", "coordinator", "programme_officer", "administrator"])
def test_a_user_has_one_role_and_can_sign_in_with_the_e_mail_in_any_case(centre_a, add_user, client, role):
    centre = [] if role == "administrator" else ["--centre", "pnh"]
    add_user("New.Person@Example.ORG", "--role", role, *centre)
    user = User.objects.get(email="new.person@example.org")
    assert user.role_names == {role}
    assert user.is_staff is (role == "administrator")
    assert not user.is_superuser
    assert [c.code for c in user.centres.all()] == (["PNH"] if centre else [])
    signed_in = client.post("/sign-in/", {"username": "NEW.PERSON@example.org", "password": PASSWORD})
    assert signed_in.status_code == 302


def test_a_user_can_work_in_several_centres(centre_a, centre_b, add_user):
    add_user("both@example.org", "--role", "coordinator", "--centre", "PNH", "--centre", "CNX")
    assert {c.code for c in User.objects.get().centres.all()} == {"PNH", "CNX"}


def test_the_password_is_neither_printed_nor_in_the_audit(centre_a, add_user):
    printed = add_user("new@example.org", "--role", "staff", "--centre", "PNH")
    audit = str(list(AuditEvent.objects.values()))
    assert PASSWORD not in printed + audit
    assert "new@example.org" not in audit


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        (["x@example.org", "--role", "staff"], PASSWORD, "needs at least one centre"),
        (["x@example.org", "--role", "programme_officer"], PASSWORD, "needs at least one centre"),
        (["x@example.org", "--role", "staff", "--centre", "XXX"], PASSWORD, "There is no centre XXX. Centres: PNH."),
        (["x@example.org", "--role", "boss", "--centre", "PNH"], PASSWORD, "invalid choice: 'boss'"),
        (["not an e-mail", "--role", "staff", "--centre", "PNH"], PASSWORD, "email: Enter a valid email address"),
        (["x@example.org", "--role", "staff", "--centre", "PNH"], "short", "password: This password is too short"),
        (["x@example.org", "--role", "staff", "--centre", "PNH"], "password1234", "password: .*too common"),
        (["mekongdelta1@example.org", "--role", "administrator"], "mekongdelta1", "password: .*too similar"),
        (["x@example.org", "--role", "staff", "--centre", "PNH"], "", "no password on standard input"),
        (["STAFF.A@example.org", "--role", "staff", "--centre", "PNH"], PASSWORD, "email: User with this E-mail"),
    ],
)
def test_a_user_that_cannot_be_is_refused(staff, add_user, arguments, password, sentence):
    before = counts()
    with pytest.raises(CommandError, match=sentence):
        add_user(*arguments, password=password)
    assert counts() == before


def test_a_reader_that_has_read_enough_ends_a_command_without_a_traceback():
    """As ``manage.py ... | head`` does."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "manage.py", "showmigrations"]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, "")
