"""Pages as the browser gets them, against a bare view that renders the same template with the same data held ready.

The bare view asks the database for nothing and passes no middleware: what remains is the template itself.
"""

from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

from benchmarks.timing import compare, queries_of
from clients.models import ClientCard
from mrc import audit
from mrc.access import centre_scope
from mrc.demo.cast import DOMAIN
from mrc.models import User

ROUNDS = 30


def measure():
    user = User.objects.get(email=f"coordinator.pnh@{DOMAIN}")
    name = _a_name(user)
    yield _measure("Card list, first page", user, "get", reverse("clients:list"), {}, most=3)
    yield _measure("Card search, whole name", user, "post", reverse("clients:search"), {"q": name}, most=3)
    yield _measure("Card search, one common word", user, "post", reverse("clients:search"), {"q": "Sok"}, most=3)


def _a_name(user):
    """A name that one card has: in full, as staff type it."""
    with centre_scope(user.active_centres):
        card = ClientCard.objects.filter(is_pseudonym=False, identity__isnull=False).order_by("pk")[100]
        with audit.reading_identities([card], "benchmark"):
            return card.identity.name


def _measure(what, user, method, address, data, *, most):
    browser = Client()
    browser.force_login(user)

    def program():
        response = getattr(browser, method)(address, data)
        if response.status_code != 200:
            raise SystemExit(f"{what}: {response.status_code}")
        return response

    bare = _bare_view(program(), user, getattr(RequestFactory(), method)(address, data))
    return compare(what, program, bare, rounds=ROUNDS, most=most)


def _bare_view(response, user, request):
    """A view with nothing to do but to render: the page's template with the page's context, all of it loaded."""
    template = get_template(response.template_name[0])
    context = {**response.context_data, "object_list": list(response.context_data["object_list"])}
    request.user = user

    def view():
        return template.render(context, request)

    view()
    if queries := queries_of(view):
        raise SystemExit(f"The bare view of {request.path} makes {queries} queries: it is no baseline.")
    return view
