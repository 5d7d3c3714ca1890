"""What holds on every page: the policy, no request to anywhere else, 360 pixels, and what axe finds."""

from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from mrc import audit
from mrc.access import centre_scope
from tests.browser.conftest import PHONE
from tests.conftest import make_user
from tests.factories import make_case, make_service
from tests.marked_records import make_centre, make_uploads
from tests.site_map import addresses, pages_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def records():
    """(users by role, {model: record}) of a centre with a record of every kind."""
    centre, made = make_centre("a")
    coordinator = make_user("coordinator.qza", "coordinator", centre)
    made |= make_uploads(centre, coordinator)
    with centre_scope([centre]), audit.acting(None, "test"):
        made["open case"] = make_case(centre)
    users = {
        "coordinator": coordinator,
        "programme officer": make_user("officer.qza", "programme_officer", centre),
        "administrator": make_user("administrator", "administrator", is_staff=True),
        "nobody": None,
    }
    return users, made


def pages_with_text(user, made, browser):
    """The addresses that answer this user with a page; files and refusals are not looked at."""
    for address in addresses():
        for page in pages_of(address.key):
            try:
                url = address.url(page.arguments_for(made))
            except KeyError:
                continue
            if page.question:
                url += "?" + urlencode(page.question("QZA"))
            answer = browser.get(url)
            answer.close()  # a file that is not read
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                yield url


def test_a_request_to_anywhere_else_would_be_seen(records, open_page):
    page = open_page(None, "/sign-in/")
    page.evaluate("fetch('https://example.org/').catch(() => 0)")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
    page.wait_for_timeout(200)
    assert any("connect-src" in complaint for complaint in page.complaints)
    assert any("img-src" in complaint for complaint in page.complaints)


@pytest.mark.parametrize(
    ("role", "least"), [("coordinator", 60), ("programme officer", 10), ("administrator", 15), ("nobody", 1)]
)
def test_every_page_keeps_the_policy_asks_nobody_else_and_fits_360_pixels(role, least, records, open_page, sign_in):
    users, made = records
    user = users[role]
    urls = ["/nothing/", *pages_with_text(user, made, sign_in(user) if user else Client())]
    assert len(urls) > least
    page = open_page(user, viewport=PHONE)
    found = {}
    for url in urls:
        page.goto(url)
        too_wide = page.evaluate(SIDEWAYS)
        # Django's own admin is not made for phones; what it loads and runs is looked at all the same.
        if too_wide > 0 and not url.startswith("/admin/"):
            page.complaints.append(f"{too_wide} pixels too wide")
        if page.complaints:
            found[url], page.complaints[:] = list(page.complaints), []
    assert found == {}


def test_axe_finds_nothing_serious(records, open_page):
    users, made = records
    coordinator = users["coordinator"]
    case, card = made["open case"], next(record for model, record in made.items() if "ClientCard" in str(model))
    with centre_scope([card.centre_id]), audit.acting(None, "test"):
        make_service(card)
    paths = [
        "/",
        "/cards/",
        "/cards/new/",
        card.get_absolute_url(),
        "/cases/",
        "/cases/new/",
        "/reports/",
        "/password/",
    ]
    paths += [case.get_absolute_url(), f"{case.get_absolute_url()}close/", "/cases/groups/", "/cards/import/"]
    found = {}
    pages = [(open_page(None, "/sign-in/", bypass_csp=True), "/sign-in/")]
    signed_in = open_page(coordinator, bypass_csp=True)
    for page, path in [*pages, *((signed_in, path) for path in paths)]:
        page.goto(path)
        serious = serious_findings(page)
        if serious:
            found[path] = serious
    signed_in.goto("/cards/new/")
    signed_in.locator(".form-actions [type=submit]").click()
    signed_in.locator("#errors").wait_for()
    assert (found, serious_findings(signed_in)) == ({}, [])


def serious_findings(page):
    violations = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]
