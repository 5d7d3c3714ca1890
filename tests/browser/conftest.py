"""A real browser against the running program. Where no Chromium is installed, these tests are skipped and say so.

Playwright's ``wait_for_function`` evaluates text in the page, which the policy of the program forbids: use ``expect``.
"""

import shutil

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

BINARIES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def chromium():
    path = next((found for found in map(shutil.which, BINARIES) if found), None)
    if not path:
        pytest.skip("NOT tested in a browser: none of " + ", ".join(BINARIES) + " is installed.")
    connection = connections["default"]
    with sync_playwright() as playwright:
        # Playwright keeps an event loop running in this thread, and Django gives a loop a connection of its own; that
        # one would not know what to put back after a test. So the tests go on with the connection they began with.
        connections["default"] = connection
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server, sign_in):
    """Opens a page of the program as a user (None: nobody is signed in); what the browser complains of is in
    ``page.complaints``."""
    contexts = []

    def open_as(user, path="/", viewport=DESKTOP, **options):
        context = chromium.new_context(base_url=live_server.url, viewport=viewport, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        if user is not None:
            session = sign_in(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        watch(page, live_server.url)
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()


def watch(page, origin):
    """Collects breaches of the policy, errors of scripts and requests to anywhere else."""
    page.complaints = []
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " (e) => console.error(`POLICY ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`))"
    )
    page.on("console", lambda message: "POLICY" in message.text and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(f"script: {error}"))
    page.on(
        "request",
        lambda request: (
            request.url.startswith((origin, "data:")) or page.complaints.append(f"asks elsewhere: {request.url}")
        ),
    )
