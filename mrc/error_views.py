"""Pages for what is not the reader's fault: a database that does not answer, and errors of the program."""

import sys

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views.defaults import server_error as error_of_the_program

from mrc.databases import is_away
from mrc.kept_forms import typed

TRY_AGAIN_AFTER = "30"  # seconds


def server_error(request):
    """503 while the database is away, which keeps what was typed; else 500."""
    if is_away(sys.exc_info()[1]):
        return database_is_away(request)
    return error_of_the_program(request)


def database_is_away(request):
    """Rendered without a request: nobody can say who asks."""
    fields = [(name, value) for name, values in typed(request).items() for value in values]
    if fields:
        fields.append(("csrfmiddlewaretoken", get_token(request)))
    page = render_to_string("503.html", {"fields": fields, "address": request.get_full_path()})
    return HttpResponse(page, status=503, headers={"Retry-After": TRY_AGAIN_AFTER})
