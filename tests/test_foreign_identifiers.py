"""Identifiers of another centre typed into forms and addresses: nothing of that centre is changed, linked or shown."""

import re
from pathlib import Path

import lxml.html
import pytest
from django.conf import settings

from clients.models import ClientCard, Identity
from legal_cases.models import GroupComplaint, LegalCase, Party
from mrc.access import Owned
from tests.marked_records import everything_of, links_between_centres, owned_models
from tests.site_map import acceptable, addresses, pages_of
from tests.visits import PERSONAS, World, ask, foreign_marks

# What a page fills in by itself and nobody chooses.
NOT_CHOSEN = {"csrfmiddlewaretoken", "submission", "version"}
# Pages of the account, where there is nothing to choose.
LEFT_OUT = ("admin", "login", "logout", "password")


@pytest.fixture
def world(db):
    return World().build()


def relations():
    """Names under which a form might take a record: every foreign key between records, and how pages call them."""
    names = {
        field.name
        for model in owned_models()
        for field in model._meta.concrete_fields
        if field.is_relation and (issubclass(field.related_model, Owned) or field.name == "centre")
    }
    return names | {f"{name}_id" for name in names} | {"cards", "cases", "uid", "id", "pk", "service", "party"}


def identifiers(made, centre):
    """By what a record of a centre can be named: identifiers, the number and code of the centre, references, names."""
    records = [made[model] for model in (ClientCard, LegalCase, GroupComplaint, Party)]
    texts = [made[ClientCard].reference, made[GroupComplaint].title, made[Party].name]
    return [*(str(record.uid) for record in records), str(centre.pk), centre.code, *texts]


def without(text, typed):
    """A page may show again what was typed into it."""
    return re.sub("|".join(map(re.escape, typed)), "", text, flags=re.IGNORECASE)


def post_forms(text, url):
    """(where it is sent, the answers that are in it, the names that somebody could choose) of every form of a page."""
    for form in lxml.html.document_fromstring(text).forms:
        to = form.get("hx-post") or form.get("action") or url
        if form.method.lower() == "post" and not to.startswith(("/sign-out/", "/leave/", "/password/")):
            answers = {}
            for name, value in form.form_values():
                answers.setdefault(name, []).append(value)
            yield to, answers, chosen_names(form)


def chosen_names(form):
    """Hidden inputs, and those choices that are numbers or identifiers of records."""
    names = set()
    for element in form.iter("input", "select"):
        values = [option.get("value") or "" for option in element.iter("option")] or [element.get("value") or ""]
        is_record = any(re.fullmatch(r"\d+|[0-9a-f-]{36}", value) for value in values)
        if element.name and (element.get("type") == "hidden" or is_record):
            names.add(element.name)
    return (names | ({element.name for element in form.iter("input", "select", "textarea")} & relations())) - NOT_CHOSEN


def own_pages(browser, world, letter):
    """(key, url, page, html) of every page of the program that this browser opens."""
    for address in addresses():
        for page in pages_of(address.key):
            if page.kind == "admin" or address.key.startswith(LEFT_OUT):
                continue
            url = address.url(page.arguments_for(world.made[letter]))
            asked = page.question(world.codes[letter]) if page.question else {}
            response, _text = ask(browser, "get", url, asked)
            if response.status_code == 200 and "html" in response.headers["Content-Type"]:
                yield address.key, url, page, response.content.decode()


def test_answers_that_are_all_right_are_saved(world):
    """Else the refusals below would prove nothing."""
    browser, refused = world.browser(PERSONAS["coordinator"]), set()
    forms = [
        (key, to, {**answers, **valid})
        for key, url, page, text in own_pages(browser, world, "a")
        for to, answers, _names in post_forms(text, url)
        if (valid := acceptable(to, key, page))
    ]
    assert len(forms) >= 8
    for key, to, answers in forms:
        response, text = ask(browser, "post", to, answers)
        if response.status_code != 302:
            errors = response.context["form"].errors if response.context and "form" in response.context else text
            refused.add(f"{key}: {response.status_code} {str(errors)[:300]}")
    assert not refused, "Correct what PAGES[...].valid names in tests/answers.py:\n" + "\n".join(refused)


@pytest.mark.parametrize(
    ("name", "own", "other"), [("coordinator", "a", "b"), ("coordinator of two centres", "a", "c")]
)
def test_identifiers_of_another_centre_in_a_form_change_nothing_there(world, name, own, other):
    persona = PERSONAS[name]
    browser, problems, tried = world.browser(persona), [], 0
    before = {letter: everything_of(world.centres[letter]) for letter in "abc" if letter not in persona.centres}
    hostile = identifiers(world.made[other], world.centres[other])

    def look(response, text):
        if response.status_code < 400:  # something may be saved
            changed = [letter for letter, rows in before.items() if everything_of(world.centres[letter]) != rows]
            problems.extend(f"{what} changes {letter}" for letter in changed)
            problems.extend(f"{what} links {link}" for link in links_between_centres())
        if marks := foreign_marks(persona, without(text, hostile)):
            problems.append(f"{what} shows {marks}")
        if response.status_code >= 500:
            problems.append(f"{what} breaks")

    for key, url, page, text in own_pages(browser, world, own):
        for to, answers, names in post_forms(text, url):
            everything = {**answers, **acceptable(to, key, page)}
            for value in hostile:
                for field in sorted(names):
                    what, tried = f"{key}: {field}={value}", tried + 1
                    ask(browser, "post", to, {**everything, field: [value]}, look)
                what, tried = f"{key}: every relation={value}", tried + 1
                ask(browser, "post", to, {**everything, **dict.fromkeys(relations() - names, value)}, look)
    assert not problems, "\n".join(problems[:40])
    assert tried > 50
    assert ask(browser, "get", "/")[0].status_code == 200  # to the end, somebody was signed in who reads forms


def query_names(app):
    """The names that the pages of an app read from an address: those in its source, and those of its filters."""
    sources = [path.read_text() for path in Path(settings.BASE_DIR, app).glob("*.py")]
    asked = {name for text in sources for name in re.findall(r'GET(?:\.get|\.getlist)?[\[(]"(\w+)"', text)}
    filters = {name for text in sources for name in re.findall(r"(\w+) = django_filters\.Model\w+\(", text)}
    return asked | filters


def test_identifiers_of_another_centre_in_an_address_show_nothing_of_it(world):
    persona = PERSONAS["coordinator"]
    browser, problems, tried = world.browser(persona), [], set()
    hostile = identifiers(world.made["b"], world.centres["b"])
    for key, url, _page, _text in own_pages(browser, world, "a"):
        for name in query_names(key.partition(":")[0]):
            tried.add(name)
            for value in hostile:
                response, text = ask(browser, "get", url, {name: value})
                marks = foreign_marks(persona, without(text, hostile))
                if marks or response.status_code >= 500:
                    problems.append(f"{key}?{name}={value}: {response.status_code} {marks}")
    assert not problems, "\n".join(problems[:40])
    assert {"card", "centre"} <= tried
    assert ask(browser, "get", "/")[0].status_code == 200


def test_a_person_of_another_centre_is_found_by_no_word_and_no_number(world):
    """The answer is that for a person who never was."""
    browser = world.browser(PERSONAS["coordinator"])
    other = world.made["b"]
    words = [other[Identity].name, other[Identity].telephone, other[Identity].email, other[ClientCard].reference]
    for word in words:
        answers = []
        for typed in (word, "qxnever0was"):
            response, text = ask(browser, "post", "/cards/search/", {"q": typed})
            assert response.status_code in (200, 422)
            assert foreign_marks(PERSONAS["coordinator"], text.replace(typed, "")) == []
            answers.append(response.status_code)
        assert answers[0] == answers[1]
