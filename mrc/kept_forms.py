"""A form that arrives when its session has ended is kept, encrypted, in the session until its user has signed in again.

Pages made with mrc.views.FormPage then show it as it was typed, unsaved. Other addresses ask whether to send it again.
Nothing is kept for anybody else who signs in in that browser, and no password and no file ever.
"""

import json

from django.contrib.sessions.models import Session
from django.http import QueryDict
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from mrc import vault
from mrc.models import User
from mrc.sessions import SessionStore
from mrc.views import FormPage

KEPT = "kept_forms"  # {address: sealed fields}
OWNER = "kept_for"
AT_MOST = 3
LONGEST = 200_000  # characters, encrypted
NEVER_KEPT = ("csrfmiddlewaretoken", "password", "one_time_code")  # parts of names of fields


def typed(request):
    """{name: values} of what is posted, without passwords, codes and the token of the page."""
    return {name: values for name, values in request.POST.lists() if not any(word in name for word in NEVER_KEPT)}


def keep(request, user_id):
    """Keep what is posted for this user (primary key as text). Nobody else has used this browser since."""
    fields = typed(request)
    sealed = vault.seal(json.dumps(fields))
    if request.htmx or not fields or len(sealed) > LONGEST:
        return
    earlier = request.session.get(KEPT, {}) if request.session.get(OWNER) == user_id else {}
    kept = {**earlier, request.get_full_path(): sealed}
    request.session[KEPT] = dict(list(kept.items())[-AT_MOST:])
    request.session[OWNER] = user_id


def forget(centre_id):
    """Drop every form that is kept for somebody of this centre: what it says about whom cannot be told."""
    users = {str(pk) for pk in User.objects.filter(centres=centre_id).values_list("pk", flat=True)}
    for stored in Session.objects.all().iterator():
        session = stored.get_decoded()
        if KEPT in session and session.get(OWNER) in users:
            del session[KEPT], session[OWNER]
            stored.session_data = SessionStore().encode(session)
            stored.save(update_fields=["session_data"])


def take(request):
    """The fields (QueryDict) that were kept for this address and this user, once; else None."""
    if KEPT not in request.session:
        return None
    if request.session[OWNER] != str(request.user.pk):
        del request.session[KEPT], request.session[OWNER]
        return None
    sealed = request.session[KEPT].pop(request.get_full_path(), None)
    request.session.modified = True
    if sealed is None:
        return None
    fields = QueryDict(mutable=True)
    for name, values in json.loads(vault.unseal(sealed)).items():
        fields.setlist(name, values)
    return fields


def show_again(request, view):
    """Goes on as if the kept form came now, marked so that the page does not save it; or asks whether to send it.

    Returns a response if the view is not to be called.
    """
    fields = take(request)
    if fields is None:
        return None
    if not issubclass(getattr(view, "view_class", object), FormPage):
        hidden = [(name, value) for name, values in fields.lists() for value in values]
        context = {"title": _("Not sent yet"), "fields": hidden, "address": request.get_full_path()}
        return render(request, "registration/kept_form.html", context)
    request.method = "POST"
    request.POST, request._files = fields, MultiValueDict()
    request.is_kept_form = True
    return None
