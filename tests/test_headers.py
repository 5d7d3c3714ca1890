"""What a browser may do stands on every answer: pages, files, redirects, errors of every kind, static files.

Every page has the way out, and a title that tells nothing (the administration puts "Error:" before it).
"""

import pytest
from django.conf import settings
from django.test import Client

from mrc import views
from tests.conftest import PASSWORD
from tests.site_map import addresses, pages_of
from tests.visits import PERSONAS, World, ask

NEEDED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# What default-src does not say for them stands in the policy itself.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
CLOSED = ("camera=()", "geolocation=()", "microphone=()")
ON_A_PAGE = ("data-leave=", "/static/js/exit", "Workspace</title>")


def missing(response):
    """What is not as it must be on any answer."""
    headers = response.headers
    found = [name for name, value in NEEDED.items() if headers.get(name) != value]
    policy = headers.get("Content-Security-Policy", "")
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    if directives != POLICY:
        found.append(f"Content-Security-Policy: {policy}")
    found += [name for name in CLOSED if name not in headers.get("Permissions-Policy", "")]
    is_static = response.request["PATH_INFO"].startswith(settings.STATIC_URL)
    if not is_static and "no-store" not in headers.get("Cache-Control", ""):
        found.append(f"Cache-Control: {headers.get('Cache-Control')}")
    text = "" if response.streaming else response.content.decode(errors="replace")
    if "<html" in text and "http-equiv" not in text:  # that which leads to the other site is no page to leave
        found += [part for part in ON_A_PAGE if part not in text]
    return found + [name for name in ("Access-Control-Allow-Origin", "X-Powered-By", "Server") if name in headers]


def fail(*args, **kwargs):
    raise ZeroDivisionError


def get_file(browser):
    response = browser.get("/static/css/mrc.css")
    assert b"--" in b"".join(response.streaming_content)
    return response


@pytest.fixture
def answers(sign_in, coordinator, in_a, monkeypatch, settings):
    """{what happened: (the status that it must have, the answer)}."""
    browser = sign_in(coordinator, raise_request_exception=False)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(coordinator)
    found = {
        "a page": (200, browser.get("/")),
        "a page for everybody": (200, Client().get("/sign-in/")),
        "a redirect to signing in": (302, Client().get("/")),
        "a form with mistakes": (422, browser.post("/cards/new/", {})),
        "a form that is saved": (302, browser.post("/cards/new/", {"gender": "woman", "registered_on": "01/07/2026"})),
        "a file": (200, browser.get("/cards/import/template/")),
        "a missing page": (404, browser.get("/nothing/")),
        "a page that is not allowed": (403, browser.get("/admin/")),
        "a form without its token": (403, strict.post("/cards/new/", {})),
        "a method that is not allowed": (405, browser.get("/sign-out/")),
        "a strange method": (405, browser.generic("BREW", "/cards/")),
        "another host": (400, browser.get("/", headers={"host": "evil.example.org"})),
        "too many fields": (400, browser.post("/cards/new/", {f"field{n}": "" for n in range(3_000)})),
        "too large": (
            400,
            browser.post("/cards/new/", "a" * 3_000_000, content_type="application/x-www-form-urlencoded"),
        ),
        "a static file": (200, get_file(browser)),
        "a static file that is not there": (404, browser.get("/static/nothing.css")),
        "an address without its slash": (301, browser.get("/cards")),
    }
    monkeypatch.setattr(views.Home, "get", fail)
    found["an error of the program"] = (500, browser.get("/"))
    settings.SECURE_SSL_REDIRECT = True
    found["plain HTTP"] = (301, Client().get("/"))
    found["another host by plain HTTP"] = (400, Client().get("/", headers={"host": "evil.example.org"}))
    return found


def test_every_kind_of_answer_has_every_header_and_every_page_the_way_out(answers):
    assert {name: response.status_code for name, (_status, response) in answers.items()} == {
        name: status for name, (status, _response) in answers.items()
    }
    lacking = {name: missing(response) for name, (_status, response) in answers.items()}
    assert {name: found for name, found in lacking.items() if found} == {}


@pytest.mark.parametrize("persona", ["anonymous", "coordinator", "programme officer", "administrator"])
def test_every_page_has_every_header_and_the_way_out(persona, db):
    world, lacking, seen = World().build(), {}, 0
    browser = world.browser(PERSONAS[persona])
    for address in addresses():
        for page in pages_of(address.key):
            try:
                url = address.url(page.arguments_for(world.made["a"]))
            except KeyError:
                continue  # an upload of somebody else
            for method, question in (("get", ""), ("get", "?_popup=1"), ("post", ""), ("options", "")):
                response, _text = ask(browser, method, url + question)
                seen += 1
                if found := missing(response):
                    lacking[f"{method} {address.key} {question} {response.status_code}"] = found
    assert lacking == {}
    assert seen > 300


def test_static_files_may_be_kept_and_nothing_else(client, db):
    assert "max-age" in get_file(client).headers["Cache-Control"]
    assert client.get("/sign-in/").headers["Cache-Control"].count("no-store") == 1


def test_with_https_a_browser_never_comes_back_without(client, db, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert client.get("/sign-in/", secure=True).headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_what_a_browser_keeps_is_out_of_reach_of_scripts_and_other_sites_and_gone_with_the_window(
    client, staff, settings
):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": staff.email, "password": PASSWORD})
    session, form, browser = (client.cookies[name] for name in ("sessionid", "csrftoken", "browser"))
    assert [one["secure"] for one in (session, form, browser)] == [True] * 3
    assert [one["samesite"] for one in (session, form, browser)] == ["Lax"] * 3
    assert [one["httponly"] for one in (session, browser)] == [True] * 2
    assert [(one["max-age"], one["expires"]) for one in (session, form)] == [("", "")] * 2


def test_leaving_takes_everything_along_and_nobody_else_can_send_somebody_there_to_take_it(client, staff):
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": staff.email, "password": PASSWORD})
    before = set(client.cookies)
    assert before == {"sessionid", "csrftoken", "browser"}
    strange = Client().post("/leave/")
    assert "Clear-Site-Data" not in strange.headers and not strange.cookies
    left = client.post("/leave/")
    assert left.headers["Clear-Site-Data"] == '"cache"'
    assert {name for name, cookie in left.cookies.items() if cookie["max-age"] == 0} == before
