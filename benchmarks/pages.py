"""Pages as the browser gets them, against a bare view that renders the same template with the same data held ready.

The bare view stands behind the same sign-in and asks the database for nothing. The list is compared with its template
alone as well, without session, middleware and user.
"""

from django.http import HttpResponse
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import clear_url_caches, path, reverse

from benchmarks.timing import compare, queries_of
from clients.models import ClientCard
from mrc import audit, urls
from mrc.access import centre_scope
from mrc.demo.cast import DOMAIN
from mrc.models import User

ROUNDS = 30
MOST = 3
BARE = "bare/"


def measure():
    user = User.objects.get(email=f"coordinator.pnh@{DOMAIN}")
    browser = Client()
    browser.force_login(user)
    yield from _list(browser, user)
    for what, text in (("whole name", _a_name(user)), ("one common word", "Sok")):
        yield _against_bare_view(f"Card search, {what}", browser, "post", reverse("clients:search"), {"q": text})


def _list(browser, user):
    address = reverse("clients:list")
    yield _against_bare_view("Card list, first page", browser, "get", address, {})
    template, context = _template_of(browser.get(address))
    request = RequestFactory().get(address)
    request.user = user

    def alone():
        return template.render(context, request)

    def program():
        return browser.get(address)

    alone()
    if queries := queries_of(alone):
        raise SystemExit(f"The template of the list alone makes {queries} queries: it is no baseline.")
    yield compare("Card list, against its template alone", program, alone, rounds=ROUNDS, most=MOST)


def _against_bare_view(what, browser, method, address, data):
    def program():
        return _visit(browser, method, address, data)

    template, context = _template_of(program())

    def bare_view(request):
        return HttpResponse(template.render(context, request))

    urls.urlpatterns[:] = [one for one in urls.urlpatterns if str(one.pattern) != BARE] + [path(BARE, bare_view)]
    clear_url_caches()

    def bare():
        return _visit(browser, method, f"/{BARE}", data)

    if bare().content.count(b"<tr") != program().content.count(b"<tr"):
        raise SystemExit(f"{what}: the bare view shows something else.")
    return compare(what, program, bare, rounds=ROUNDS, most=MOST)


def _visit(browser, method, address, data):
    response = getattr(browser, method)(address, data)
    if response.status_code != 200:
        raise SystemExit(f"{address}: {response.status_code}")
    return response


def _template_of(response):
    """The template of a page and its context, all of it loaded."""
    context = {**response.context_data, "object_list": list(response.context_data["object_list"])}
    return get_template(response.template_name[0]), context


def _a_name(user):
    """The name on a card, in full, as staff type it."""
    with centre_scope(user.active_centres):
        card = ClientCard.objects.filter(is_pseudonym=False, identity__isnull=False).order_by("pk")[100]
        with audit.reading_identities([card], "benchmark"):
            return card.identity.name
