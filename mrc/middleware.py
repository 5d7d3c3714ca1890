"""Who comes in: nobody without a session that still lasts, and nobody who must have a second factor and has none."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from mrc import kept_forms, second_factor, sessions

# What is there for somebody who has to set up the second factor first.
WITHOUT_SECOND_FACTOR = {"second_factor", "recovery_codes", "logout", "quick_exit"}


class SignedInMiddleware(LoginRequiredMiddleware):
    """Every page but those that say they are public needs a session; what is sent without one is kept for its user."""

    def process_request(self, request):
        request.ended_of = sessions.find_ended(request)

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated:
            return super().process_view(request, view, args, kwargs)
        if second_factor.is_missing(request.user) and request.resolver_match.view_name not in WITHOUT_SECOND_FACTOR:
            return self.lead_to_second_factor(request)
        if request.method == "GET":
            return kept_forms.show_again(request, view)
        return None

    def handle_no_permission(self, request, view):
        owner = request.ended_of or request.session.get(kept_forms.OWNER)
        if request.method == "POST" and owner:
            kept_forms.keep(request, owner)
        return super().handle_no_permission(request, view)

    def lead_to_second_factor(self, request):
        if request.method == "POST":
            kept_forms.keep(request, str(request.user.pk))
        answer = redirect_to_login(request.get_full_path(), reverse("second_factor"))
        return HttpResponseClientRedirect(answer.url) if request.htmx else answer
