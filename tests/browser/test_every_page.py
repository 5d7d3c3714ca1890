"""What holds on every page: the policy, no request to anywhere else, 360 pixels, and what axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe

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
    """(coordinator, administrator, {model: record}) of a centre with a record of every kind."""
    centre, made = make_centre("a")
    coordinator = make_user("coordinator.qza", "coordinator", centre)
    made |= make_uploads(centre, coordinator)
    with centre_scope([centre]), audit.acting(None, "test"):
        made["open case"] = make_case(centre)
    return coordinator, make_user("administrator", "administrator", is_staff=True), made


def pages_with_text(user, made, browser):
    """The addresses that answer this user with a page; files and refusals are not looked at."""
    for address in addresses():
        for page in pages_of(address.key):
            try:
                url = address.url(page.arguments_for(made))
            except KeyError:
                continue
            answer = browser.get(url)
            answer.close()  # a file that is not read
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                yield url


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
def test_every_page_keeps_the_policy_asks_nobody_else_and_fits_360_pixels(role, records, open_page, sign_in):
    coordinator, administrator, made = records
    user = coordinator if role == "coordinator" else administrator
    urls = list(pages_with_text(user, made, sign_in(user)))
    assert len(urls) > 10
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
    coordinator, _administrator, made = records
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
