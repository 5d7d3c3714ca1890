"""Every value of tests/hostile_values.py in every field of every form: never an error of the program.

The suite takes some values for each field, always the same ones; ``make soak`` takes all. Whoever runs both databases
(tests/__main__.py) also sees that both give the same answer: each run leaves its answers for the next one to compare.
"""

import json
import logging
import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import lxml.html
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template import Template
from django.test import Client
from django.urls import reverse

from tests.hostile_values import VALUES, Upload
from tests.site_map import acceptable, addresses, pages_of, view_of
from tests.visits import PERSONAS, World, ask

# 404: what is named does not exist; 413 and 400: more than may be sent, or sent in a way that no browser does.
FINE = {200, 302, 400, 403, 404, 409, 413, 422, 429}
NOT_SENT = ("/sign-out/", "/admin/logout/")
# Values for each field; ``make soak`` sets it to all of them.
EACH_FIELD = int(os.environ.get("HOSTILE_VALUES", "1"))
# What one persona is not asked for: who has two centres chooses one.
ALONE = {"coordinator of two centres": {"centre"}}
# More than a hundred thousand answers are shared by the processes that there are.
PARTS = {"coordinator": 12, "administrator": 4} if EACH_FIELD > 1 else {}
WHO = ["anonymous", "coordinator", *ALONE, "programme officer", "administrator"]
SHARES = [(persona, part) for persona in WHO for part in range(PARTS.get(persona, 1))]
# Rows of a table in a form have the same fields.
ROW = re.compile("-[0-9]+-")
SEED = 20261122


@dataclass
class Form:
    """A form of a page: where it is sent and how, and answers beside which one field gets a hostile value."""

    key: str
    url: str
    method: str
    is_multipart: bool
    answers: dict = field(default_factory=dict)
    fields: list = field(default_factory=list)

    def send(self, browser, name, value):
        answers = {**self.answers, name: value if isinstance(value, list) else [value]}
        if self.method == "get":
            texts = {key: values for key, values in answers.items() if not isinstance(values[0], Upload)}
            return ask(browser, "get", f"{self.url.partition('?')[0]}?{urlencode(texts, doseq=True)}")
        if self.is_multipart or isinstance(value, Upload):
            return ask(browser, "post", self.url, {key: _parts(values) for key, values in answers.items()})
        body = urlencode(answers, doseq=True)
        return ask(browser, "post", self.url, body, content_type="application/x-www-form-urlencoded")


def _parts(values):
    return [SimpleUploadedFile(v.name or "x", v.content) if isinstance(v, Upload) else v for v in values]


def forms_of(key, url, page, text):
    for form in lxml.html.document_fromstring(text).forms:
        posts = form.get("hx-post")
        to = posts or form.get("hx-get") or form.get("action") or url
        method = "post" if posts else form.method.lower()
        if to.startswith(NOT_SENT) or not to.startswith("/"):
            continue
        answers = {}
        for name, value in form.form_values():
            answers.setdefault(name, []).append(value)
        if page.kind == "admin" and page.valid:
            answers |= first_choices(form)
        if method == "post":
            valid = acceptable(to, key, page)
            answers |= {name: value if isinstance(value, list) else [value] for name, value in valid.items()}
        names = {element.get("name") for element in form.iter("input", "select", "textarea", "button")}
        fields = first_rows((names | set(answers)) - {None, "", "csrfmiddlewaretoken"})
        yield Form(key, to, method, form.get("enctype") == "multipart/form-data", answers, fields)


def first_choices(form):
    """The first of every list of which nothing is chosen."""
    lists = [select for select in form.iter("select") if not select.xpath("option[@selected and @value != '']")]
    return {select.name: select.xpath("option[@value != '']/@value")[:1] for select in lists}


def first_rows(names):
    """Names of fields in their order, those of a table in a form for its first row only: all rows have the same."""
    return list({ROW.sub("-", name): name for name in sorted(names, key=_natural, reverse=True)}.values())[::-1]


@pytest.fixture
def nothing_beside(monkeypatch):
    """Every refusal is logged, and tests keep the context of every template: in a hundred thousand answers nobody looks
    at either.
    """
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def forms(browser, world, letter):
    """Every form of every page that this browser opens, once."""
    seen = set()
    for address in addresses():
        for page in pages_of(address.key):
            try:
                url = address.url(page.arguments_for(world.made[letter]))
            except KeyError:
                continue  # an upload of somebody else
            asked = page.question(world.codes[letter]) if page.question else {}
            response, _text = ask(browser, "get", url, asked)
            if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
                continue
            for form in forms_of(address.key, url, page, response.content.decode()):
                known = (form.method, view_of(form.url), tuple(form.fields))
                if form.fields and known not in seen:
                    seen.add(known)
                    yield form


def answer(response, text):
    """What both databases must agree on: the status, and the fields that the page marks as wrong."""
    if response.status_code >= 400 and "is-invalid" in text:
        page = lxml.html.document_fromstring(response.content or b"<p>")
        return [response.status_code, *sorted({_bad(e) for e in page.iterfind(".//*[@class]")} - {None})]
    return [response.status_code]


def _bad(element):
    """The name of a field that is marked as wrong."""
    if "is-invalid" in element.get("class").split() and element.get("name"):
        return re.sub("[0-9]+", "#", element.get("name"))
    return None


def wanted(forms, alone, share=slice(None)):
    """(form, name of a field, name of a value, all that names them in every run), for a share of all fields.

    ``alone``: names of the only fields that are filled in, or None.
    """
    fields = [(form, place, name) for form in forms for place, name in enumerate(form.fields)]
    for form, place, name in [one for one in fields if not alone or one[2] in alone][share]:
        # Some names hold the number of a record, which differs from run to run.
        field_key = f"{form.method} {form.key} {view_of(form.url)} {place} {re.sub('[0-9]+', '#', name)}"
        chance = random.Random(f"{SEED} {field_key}")  # noqa: S311  the same values in every run
        for value in chance.sample(sorted(VALUES), min(EACH_FIELD, len(VALUES))):
            yield form, name, value, f"{field_key} {value}"


def _natural(name):
    return [int(part) if part.isdigit() else part for part in re.split("([0-9]+)", name)]


def is_wrong(response, persona):
    """An error of the program; or nobody is signed in any more, so that nothing of the form was read."""
    if response.status_code == 302 and persona.is_signed_in:
        return response.url.startswith(reverse(settings.LOGIN_URL))
    return response.status_code not in FINE


def compare(who, answers):
    """Answers of the other database that differ, in one run of tests/__main__.py; the first one only leaves its."""
    run = os.environ.get("TEST_RUN")
    if not run:
        return {}
    folder = Path(settings.VAR_DIR) / "hostile_values"
    folder.mkdir(exist_ok=True)
    other = folder / f"{run} {who} {'postgresql' if connection.vendor == 'sqlite' else 'sqlite'}.json"
    if not other.exists():
        (folder / f"{run} {who} {connection.vendor}.json").write_text(json.dumps(answers))
        return {}
    before = json.loads(other.read_text())
    assert before.keys() == answers.keys()
    differ = {key: (before[key], answers[key]) for key in answers if before[key] != answers[key]}
    if not differ:  # else they are looked at
        other.unlink()
    return differ


@pytest.mark.parametrize(("persona", "part"), SHARES)
def test_no_value_in_any_field_is_an_error_of_the_program(persona, part, db, nothing_beside):
    world = World().build()
    browser = world.browser(PERSONAS[persona])
    found = list(forms(browser, world, "a"))
    assert sum(len(form.fields) for form in found) > {"anonymous": 1, "coordinator": 300}.get(persona, 10)
    answers, wrong = {}, []
    for form, name, value, key in wanted(found, ALONE.get(persona), slice(part, None, PARTS.get(persona, 1))):
        response, text = form.send(browser, name, VALUES[value])
        answers[key] = answer(response, text)
        if is_wrong(response, PERSONAS[persona]):
            wrong.append(f"{response.status_code} {key}")
    assert answers
    assert wrong == []
    assert compare(f"{persona} {part}", answers) == {}


def test_a_token_that_no_form_of_the_program_has_is_refused(db, nothing_beside):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    [form] = [form for form in forms(browser, World().build(), "a") if view_of(form.url) == settings.LOGIN_URL]
    statuses = {form.send(browser, "csrfmiddlewaretoken", value)[0].status_code for value in VALUES.values()}
    assert statuses == {403}


def test_there_are_values_enough():
    assert len(VALUES) >= 200
