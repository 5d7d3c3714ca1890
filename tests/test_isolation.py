"""The proof that nobody sees what is not theirs: every address, every persona, everything that comes back."""

import io
import logging
import os
import zipfile

import pytest
from django.contrib.sessions.models import Session
from django.db import DataError, connection
from django.http import HttpResponse, StreamingHttpResponse

from mrc.middleware import WITHOUT_SECOND_FACTOR
from tests.answers import CARD_ANSWERS
from tests.marked_records import (
    MARK,
    RECORDS,
    everything_of,
    everything_shared,
    links_between_centres,
    marks_of,
    text_fields,
    unmarked_texts,
)
from tests.site_map import CARDS, PAGES, addresses
from tests.visits import (
    OTHER_METHODS,
    PERSONAS,
    World,
    ask,
    ask_for_good,
    everything_in,
    foreign_marks,
    masked,
    visits,
)


@pytest.fixture
def world(db):
    return World().build()


@pytest.fixture
def log():
    """What the program prints, with what it says of errors."""
    printed, loggers = logging.StreamHandler(io.StringIO()), [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(printed)
    yield printed.stream
    for logger in loggers:
        logger.removeHandler(printed)


def expected_statuses(page, persona, visit):
    """The status that the site map says; for what is not theirs 404, or what a page answers before it looks.

    Methods that no page has are refused, or answered as GET is without a word of a record. Django's administration
    takes them for GET.
    """
    is_posted, is_strange = visit.method == "post", visit.method in OTHER_METHODS
    if not persona.is_signed_in and page.kind != "public":
        return {302}
    if persona.is_signed_in and not persona.is_superuser and persona.role not in page.may:
        return {403}
    found = expected_of_record(page, persona, visit.whose, is_posted)
    if is_strange:
        found = found if page.kind in ("admin", "public") else found & {302, 403, 404}
        found |= {405} | ({200} if visit.method == "options" else set())
    return found


def expected_of_record(page, persona, whose, is_posted):
    status = page.posted if is_posted else page.got
    if not persona.is_signed_in:
        return {page.outside[is_posted]}
    if page.kind in ("admin", "public"):
        return {status}
    # The account of the installation has no records; tables it has.
    has_centre = bool(persona.centres) and (page.kind == "tables" or not persona.is_superuser)
    if page.kind == "entry" and not has_centre:
        return {403}
    if page.of_one_centre and not is_posted and not (has_centre and len(persona.centres) == 1):
        return {302}
    if page.kind == "list" or (whose == "own" and has_centre):
        return {status}
    return {404} | {status} & ({405} if is_posted else {302, 405})


def problems_of(persona, visit):
    page, status = visit.page, visit.response.status_code
    expected = expected_statuses(page, persona, visit)
    if status not in expected:
        yield f"expected {sorted(expected)}"
    if marks := foreign_marks(persona, visit.text):
        yield f"shows {marks}"
    if not persona.is_signed_in and page.kind != "public":
        to = visit.response.headers.get("Location", "")
        if not to.startswith(("/sign-in/?next=", "/admin/login/?next=")) and visit.key != "admin:login":
            yield "does not ask to sign in"


# --- the tools of the proof ------------------------------------------------------------------------------------------


def test_every_address_has_its_line_in_the_site_map():
    known, there = set(PAGES), {address.key for address in addresses()}
    assert not there - known, "Say in tests/site_map.py, PAGES, who may open these and how their address is filled."
    assert not known - there, "These addresses are gone; take them out of tests/site_map.py."


def test_every_model_of_a_centre_has_a_marked_record():
    assert unmarked_texts() == [], "Say in tests/marked_records.py, RECORDS, how a record of these models is made."


def test_every_text_of_every_record_of_every_centre_is_marked(world):
    for letter, centre in world.centres.items():
        rows = everything_of(centre)
        for model in RECORDS:
            for field in text_fields(model):
                texts = [str(row[field.attname]) for row in rows[model._meta.label] if row[field.attname]]
                assert {MARK.search(text)[1].lower() for text in texts} == {letter}, field
    assert links_between_centres() == []


def test_a_mark_is_found_wherever_it_is_hidden():
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<t>qzbclients107zq</t>")
    cookie = HttpResponse()
    cookie.set_cookie("last", "qzbclients107zq")
    for response in (
        HttpResponse("<p>QZBclients107ZQ</p>"),
        HttpResponse(headers={"X-Name": "qzbclients107zq"}),
        HttpResponse(headers={"Location": "/cards/?q=qzbclients107zq"}),
        HttpResponse(book.getvalue()),
        StreamingHttpResponse([book.getvalue()]),
        HttpResponse("born 21/04/2451"),
        cookie,
    ):
        text = everything_in(response)
        assert marks_of(text) == {("b", "clients")}
        assert foreign_marks(PERSONAS["staff"], text) == [("b", "clients")]
        assert foreign_marks(PERSONAS["coordinator of two centres"], text) == []
    assert foreign_marks(PERSONAS["staff"], "qzalegalcases207zq") == [("a", "legalcases")]
    assert marks_of("82,827,362.52") == marks_of("82827362.52") == {("b", "amounts")}


def test_the_proof_is_not_empty_own_records_are_seen(world):
    seen = set()
    for visit in visits(world.browser(PERSONAS["coordinator"]), PERSONAS["coordinator"], world, methods=["get"]):
        seen |= marks_of(visit.text)
    assert ("a", "clients") in seen


# --- the proof -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PERSONAS)
def test_nobody_sees_what_is_not_theirs(world, name, log, mailoutbox):
    persona = PERSONAS[name]
    problems, answers = [], {}
    for visit in visits(world.browser(persona), persona, world):
        problems += [f"{visit}: {problem}" for problem in problems_of(persona, visit)]
        if visit.whose in ("foreign", "unused"):
            answers.setdefault((visit.key, id(visit.page), visit.method), {})[visit.whose] = visit
    for pair in answers.values():
        foreign, never = pair["foreign"], pair["unused"]
        same = masked(foreign) == masked(never)
        if foreign.response.status_code != never.response.status_code or not same:
            problems.append(f"{foreign}: differs from a record that never was")
    assert not problems, "\n".join(problems)
    assert not any(MARK.search(str(session.get_decoded())) for session in Session.objects.all())
    assert not marks_of(log.getvalue()) and not mailoutbox  # not of the own centre either
    assert "Not Found: /cards/" in log.getvalue() or not persona.is_signed_in or persona.role not in CARDS


def test_what_is_printed_of_an_error_holds_nothing_that_was_typed(world, log):
    def refuse(execute, statement, values, many, context):
        if statement.startswith('INSERT INTO "clients_identity"'):
            raise DataError("The identity cannot be written.")
        return execute(statement, values, many, context)

    answers = {
        **CARD_ANSWERS,
        "name": "qzaclients107zq",
        "native_language": "qzaclients108zq",
        "consents": ["keep_data"],
    }
    browser = world.browser(PERSONAS["coordinator"])
    with connection.execute_wrapper(refuse):
        response, text = ask(browser, "post", "/cards/new/", answers)
    assert response.status_code == 500 and not marks_of(text)
    assert "Traceback" in log.getvalue() and "The identity cannot be written." in log.getvalue()
    assert not marks_of(log.getvalue())


@pytest.mark.parametrize("name", ["coordinator", "programme officer", "administrator", "superuser"])
def test_without_the_second_factor_that_a_role_needs_nothing_is_reached(world, settings, name):
    """The persona "coordinator without second factor", and the others who must have one."""
    settings.SECOND_FACTOR = {"coordinator", "programme_officer", "administrator"}
    persona, problems = PERSONAS[name], []
    browser = world.browser(persona)
    before = {letter: everything_of(centre) for letter, centre in world.centres.items()}
    for visit in visits(browser, persona, world):
        if marks := marks_of(visit.text):
            problems.append(f"{visit}: shows {marks}")
        if visit.key in WITHOUT_SECOND_FACTOR:
            continue
        if not visit.response.headers.get("Location", "").startswith("/second-factor/?next="):
            problems.append(f"{visit}: does not lead to the second factor")
    assert not problems, "\n".join(problems)
    assert {letter: everything_of(centre) for letter, centre in world.centres.items()} == before


# ``make soak`` asks as everybody.
SOME = ["anonymous", "coordinator", "coordinator of another centre", "programme officer", "administrator"]


@pytest.mark.parametrize("name", PERSONAS if os.environ.get("SOAK") else SOME)
def test_asking_for_the_headers_alone_shows_nothing(world, name):
    persona = PERSONAS[name]
    browser = world.browser(persona)
    problems = [
        f"{visit}: {problem}"
        for visit in visits(browser, persona, world, methods=["head"])
        for problem in problems_of(persona, visit)
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", PERSONAS if os.environ.get("SOAK") else SOME)
def test_no_other_method_does_anything(world, name):
    persona = PERSONAS[name]
    browser = world.browser(persona)
    before = {letter: everything_of(centre) for letter, centre in world.centres.items()}, everything_shared()
    problems = [
        f"{visit}: {problem}"
        for visit in visits(browser, persona, world, methods=OTHER_METHODS, how=ask_for_good)
        for problem in problems_of(persona, visit)
    ]
    assert not problems, "\n".join(problems)
    assert ({letter: everything_of(centre) for letter, centre in world.centres.items()}, everything_shared()) == before
