"""Visiting every address as every persona, and reading everything that comes back: pages, headers, cookies, files."""

import io
import re
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from mrc.access import ADMINISTRATOR, COORDINATOR, LEGAL_OFFICER, PROGRAMME_OFFICER, STAFF
from mrc.audit import AuditEvent
from mrc.models import Centre, Organization, User
from mrc.sessions import WHOLE
from reports.models import ReportingPeriod
from tests.conftest import PASSWORD
from tests.marked_records import make_centre, make_uploads, marks_of
from tests.site_map import CARDS, CASES, REPORTS, TABLES, Page, addresses, pages_of

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CODE = re.compile(r"QZ[A-CX]\b")  # of the centres, and of one that never was
# Letters drawn by chance, among which a mark would be found now and then: tokens of forms, values of cookies.
BY_CHANCE = re.compile(r"\b[A-Za-z0-9]{64}\b|\b(?<=csrftoken=)\w+|\b(?<=sessionid=)\w+")
CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
DONE = {200, 302, 400, 405, 409, 413, 422}
OTHER_METHODS = ("options", "put", "patch", "delete")


@dataclass(frozen=True)
class Persona:
    """Somebody who opens pages. ``centres``: letters of the centres."""

    role: str = ""
    centres: str = ""
    is_superuser: bool = False
    is_active: bool = True

    @property
    def is_signed_in(self):
        return self.is_active and (self.role or self.is_superuser)

    def may_see(self, letter, app):
        if app == "mrc":
            return bool(self.is_signed_in) and (
                letter in self.centres or self.role == ADMINISTRATOR or self.is_superuser
            )
        # An amount that only one case has is the sum in the report tables too.
        roles = ROLES_OF_APPS.get(app, CASES)
        sees_tables = app == "amounts" and self.is_superuser
        return self.is_active and (self.role in roles or sees_tables) and letter in self.centres


ROLES_OF_APPS = {
    "clients": CARDS,
    "activities": CARDS,
    "harvesting": CARDS,
    "amounts": TABLES,
    "reports": REPORTS,
    "results": REPORTS,
}
PERSONAS = {
    "anonymous": Persona(),
    "staff": Persona(STAFF, "a"),
    "staff of another centre": Persona(STAFF, "b"),
    "legal officer": Persona(LEGAL_OFFICER, "a"),
    "legal officer of another centre": Persona(LEGAL_OFFICER, "b"),
    "coordinator": Persona(COORDINATOR, "a"),
    "coordinator of two centres": Persona(COORDINATOR, "ab"),
    "coordinator of another centre": Persona(COORDINATOR, "b"),
    "programme officer": Persona(PROGRAMME_OFFICER, "a"),
    "programme officer of another centre": Persona(PROGRAMME_OFFICER, "b"),
    "administrator": Persona(ADMINISTRATOR),
    "superuser": Persona(centres="a", is_superuser=True),
    "stranger without a centre": Persona(COORDINATOR),
    "account that is switched off": Persona(COORDINATOR, "a", is_active=False),
}


@dataclass
class World:
    """Three centres with marked records, and the browser of a persona."""

    centres: dict = field(default_factory=dict)  # letter -> Centre
    made: dict = field(default_factory=dict)  # letter -> {model: record}

    @property
    def codes(self):
        return {letter: centre.code for letter, centre in self.centres.items()}

    def build(self):
        begin_numbers_at(10_000_000)
        for letter in "abc":
            self.centres[letter], self.made[letter] = make_centre(letter)
            self.made[letter][Centre] = self.centres[letter]
            self.made[letter][Organization] = self.centres[letter].organization
            self.made[letter][User] = User.objects.create_user(f"colleague.{letter}@example.org", name="Colleague")
            self.made[letter][User].centres.add(self.centres[letter])
            self.made[letter][User].groups.add(Group.objects.get(name=STAFF))  # may be named a reader
            self.made[letter][AuditEvent] = AuditEvent.objects.first()
        return self

    def browser(self, persona):
        browser = Client(raise_request_exception=False)
        if persona.role or persona.is_superuser:
            user = User.objects.create_user(
                "visitor@example.org",
                PASSWORD,
                name="Visitor",
                is_superuser=persona.is_superuser,
                is_staff=persona.is_superuser or persona.role == ADMINISTRATOR,
            )
            user.centres.set(self.centres[letter] for letter in persona.centres)
            if persona.role:
                user.groups.add(Group.objects.get(name=persona.role))
            for letter in persona.centres[:1]:
                self.made[letter] |= make_uploads(self.centres[letter], user)
            browser.force_login(user)
            # What a request does is undone (``ask``), also that it prolongs its session: this one lasts a long drill.
            Session.objects.update(expire_date=timezone.now() + WHOLE)
            if not persona.is_active:
                User.objects.filter(pk=user.pk).update(is_active=False)
        return browser


def begin_numbers_at(first):
    """The next records that a form may name by their number: no number that is typed by chance is one of theirs."""
    with connection.cursor() as cursor:
        for model in (Organization, Centre, User, ReportingPeriod):
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first])


@dataclass
class Visit:
    """One request and what came back."""

    key: str
    page: Page
    method: str
    whose: str  # "own", "foreign", "mixed" or "unused": the identifiers in the address
    url: str
    response: Any
    text: str  # everything that came back, in one text

    def __str__(self):
        return f"{self.method.upper()} {self.key} ({self.whose} identifiers) {self.url} -> {self.response.status_code}"


def ask(browser, method, url, data=None, look=None, **extra):
    """The response to a request of which nothing stays behind, with its whole text.

    ``look`` is called before all of it is undone.
    """
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    with transaction.atomic():
        response = getattr(browser, method)(url, data, **extra)
        text = everything_in(response)
        if look:
            look(response, text)
        transaction.set_rollback(True)
    browser.cookies.clear()
    browser.cookies.load(cookies)
    return response, text


def everything_in(response):
    """Headers, cookies and body of a response as one text; the parts of a spreadsheet or document one by one."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    parts = [str(response.headers), response.cookies.output(), *_texts(body)]
    return "\n".join(parts)


def _texts(body):
    if not body.startswith(b"PK"):
        return [body.decode("utf-8", errors="replace")]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        inside = [text for name in archive.namelist() for text in _texts(archive.read(name))]
        return [*archive.namelist(), *inside]


def masked(visit):
    """What came back without what is random in every response, and without the identifiers that were sent."""
    text = CSRF_TOKEN.sub("", CODE.sub("", visit.text))
    text = re.sub(r"(csrftoken|sessionid)=\w+|Content-Length': '\d+'|expires=[^;]+;", "", text)
    return UUID.sub("", text)


def unused(arguments):
    """The same address for a record that never was."""
    return {name: uuid.uuid4() if isinstance(value, uuid.UUID) else value for name, value in arguments.items()}


def variants(page, persona, world):
    """(whose identifiers, arguments, question) of the addresses of a page: own, another's, and never used ones."""
    own, foreign = persona.centres[:1] or "a", [letter for letter in "abc" if letter not in persona.centres][-1]
    arguments = page.arguments_for(world.made[own])
    if page.question:
        for whose, code in {"own": world.codes[own], "foreign": world.codes[foreign], "unused": "QZX"}.items():
            yield whose, arguments, page.question(code)
        return
    yield "own", arguments, {}
    if page.kind != "record":
        return
    others = page.arguments_for(world.made[foreign])
    yield "foreign", others, {}
    yield "unused", unused(arguments), {}
    identifiers = [name for name, value in arguments.items() if isinstance(value, uuid.UUID)]
    if len(identifiers) > 1:
        for name in identifiers:
            yield "mixed", {**arguments, name: others[name]}, {}


def ask_for_good(browser, method, url):
    """The same, and what it does is done."""
    response = getattr(browser, method)(url)
    return response, everything_in(response)


def visits(browser, persona, world, methods=("get", "post"), how=ask):
    """Every address with every kind of identifier."""
    for address in addresses():
        for page in pages_of(address.key):
            for whose, arguments, question in variants(page, persona, world):
                url = address.url(arguments) + (f"?{urlencode(question)}" if question else "")
                for method in methods if whose == "own" or page.kind != "tables" else methods[:1]:
                    yield Visit(address.key, page, method, whose, url, *how(browser, method, url))


def foreign_marks(persona, text):
    return sorted(found for found in marks_of(BY_CHANCE.sub("", text)) if not persona.may_see(*found))
