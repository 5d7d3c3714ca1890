"""The door: passphrase, second factor, changing both, and leaving. The rules stand in second_factor.py, throttling.py,
sessions.py and passphrases.py."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import decorators, login, logout, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView, View

from mrc import second_factor, throttling, vault
from mrc.forms import NamesMissingMixin
from mrc.models import User

HALF = "half_signed_in"  # in the session: whose passphrase was right, until the code is
HALF_LASTS = timedelta(minutes=5)
SETTING_UP = "setting_up"  # the secret of a second factor that is not confirmed yet
SETTING_UP_LASTS = timedelta(minutes=30)
NEW_CODES = "new_recovery_codes"  # until they are put away


# --- forms -------------------------------------------------------------------------------------------------------


class CountingMixin:
    """A form on which somebody could guess."""

    paused = None

    @contextmanager
    def counting(self, counters, **detail):
        """Inside, a ValidationError is a wrong try; after too many of them it says how long to wait instead."""
        try:
            with throttling.counting(counters, **detail):
                yield
        except throttling.Paused as paused:
            self.paused = paused
            sentence = ngettext(
                "There were too many wrong tries. Wait %(minutes)s minute, then try again. Nothing is checked before.",
                "There were too many wrong tries. Wait %(minutes)s minutes, then try again. Nothing is checked before.",
                paused.minutes,
            )
            raise ValidationError(sentence % {"minutes": paused.minutes}, code="paused") from paused


class SignInForm(NamesMissingMixin, CountingMixin, AuthenticationForm):
    username = forms.EmailField(
        label=gettext_lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": gettext_lazy(
            "E-mail and password do not fit together. Check both; capital letters count in the password."
        ),
    }

    def clean_username(self):
        return self.cleaned_data["username"].lower()

    def clean(self):
        """Whoever tried too often waits before the passphrase is looked at: the right one does not pass either."""
        email = self.cleaned_data.get("username")
        if not email or not self.cleaned_data.get("password"):
            return self.cleaned_data
        with self.counting(throttling.counters_of_password(self.request, email), **_account(email)):
            return super().clean()


def _account(email):
    """For the audit: which account was meant, if there is one."""
    pk = User.objects.filter(email=email).values_list("pk", flat=True).first()
    return {"user": pk} if pk else {}


class CodeForm(NamesMissingMixin, CountingMixin, forms.Form):
    """A code of the authenticator app, or a recovery code."""

    one_time_code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "one-time-code", "spellcheck": "false"}),
        help_text=gettext_lazy("The six digits that the app shows now, or one of your recovery codes."),
    )

    def __init__(self, *args, request, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.request, self.user = request, user

    def clean_one_time_code(self):
        code = self.cleaned_data["one_time_code"]
        with self.counting(throttling.counters_of_code(self.request, self.user.email), user=self.user.pk):
            if not second_factor.accepts(self.user, code):
                raise ValidationError(
                    _("This code is not right, or it was used before. Wait until the app shows the next one.")
                )
        return code


class SetUpForm(NamesMissingMixin, forms.Form):
    """The first code, which shows that the app has the secret."""

    one_time_code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class PassphraseForm(NamesMissingMixin, CountingMixin, PasswordChangeForm):
    """A new passphrase. The old one is asked for, and cannot be guessed at by who finds the screen unlocked."""

    def __init__(self, user, *args, request, **kwargs):
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old_password(self):
        with self.counting(throttling.counters_of_password(self.request, self.user.email), user=self.user.pk):
            return super().clean_old_password()


class PausedMixin:
    """429 with the time to wait for a form that must not be checked now. What is PUT is not taken as posted."""

    http_method_names = ["get", "head", "post", "options"]

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.paused:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.paused.seconds)
        return response


# --- signing in --------------------------------------------------------------------------------------------------


def let_in(request, user, address):
    """The end of signing in, by whatever way."""
    login(request, user)
    response = HttpResponseRedirect(address)
    throttling.remember_browser(request, response, user)
    return response


class SignIn(PausedMixin, auth_views.LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        user, address = form.get_user(), self.get_success_url()
        if user.second_factor_at is None:
            return let_in(self.request, user, address)
        self.request.session[HALF] = {
            "user": user.pk,
            "account": user.get_session_auth_hash(),
            "at": timezone.now().isoformat(),
            "to": address,
        }
        self.request.session.cycle_key()
        return redirect("sign_in_code")


def half_signed_in(request):
    """Whose passphrase was right a moment ago in this session, or None."""
    half = request.session.get(HALF)
    if half is None or timezone.now() - datetime.fromisoformat(half["at"]) > HALF_LASTS:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    is_same = user is not None and constant_time_compare(half["account"], user.get_session_auth_hash())
    return user if is_same else None


@method_decorator([decorators.login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class SignInCode(PausedMixin, FormView):
    """The second step, for who has a second factor."""

    template_name = "registration/sign_in_code.html"
    form_class = CodeForm

    def dispatch(self, request, *args, **kwargs):
        self.half = half_signed_in(request)
        if request.user.is_authenticated:
            return redirect("home")
        return super().dispatch(request, *args, **kwargs) if self.half else redirect("login")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request, "user": self.half}

    def form_valid(self, form):
        address = self.request.session.pop(HALF)["to"]
        return let_in(self.request, self.half, address)


class PassphraseChange(PausedMixin, auth_views.PasswordChangeView):
    form_class = PassphraseForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "request": self.request}


# --- the second factor of who is signed in -------------------------------------------------------------------------


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SecondFactorPage(PausedMixin, auth_views.RedirectURLMixin, FormView):
    """Sets up the second factor; whoever has one shows a code of it before anything about it changes."""

    next_page = "home"

    def dispatch(self, request, *args, **kwargs):
        self.secret = self.secret_to_set_up()
        return super().dispatch(request, *args, **kwargs)

    def secret_to_set_up(self):
        """The secret that is shown until the app answers with it; None for who has a second factor and keeps it."""
        begun = self.request.session.get(SETTING_UP)
        if begun and timezone.now() - datetime.fromisoformat(begun["at"]) < SETTING_UP_LASTS:
            return vault.unseal(begun["secret"])
        return None if self.request.user.second_factor_at else self.begin()

    def begin(self):
        secret = second_factor.new_secret()
        self.request.session[SETTING_UP] = {"secret": vault.seal(secret), "at": timezone.now().isoformat()}
        return secret

    def get_template_names(self):
        return ["registration/second_factor_set_up.html" if self.secret else "registration/second_factor.html"]

    def get_form_class(self):
        return SetUpForm if self.secret else CodeForm

    def get_form_kwargs(self):
        own = {} if self.secret else {"request": self.request, "user": self.request.user}
        return {**super().get_form_kwargs(), **own}

    def get_context_data(self, **kwargs):
        user = self.request.user
        context = {"next": self.get_redirect_url(), "is_missing": second_factor.is_missing(user)}
        if self.secret:
            picture = second_factor.qr_code(second_factor.address_for_the_app(self.secret, user))
            context |= {"title": _("Set up your authenticator app"), "picture": picture}
            context["secret"] = second_factor.in_fours(self.secret)
        else:
            context |= {"title": _("Second factor"), "codes_left": second_factor.codes_left(user)}
        return super().get_context_data(**context, **kwargs)

    def form_valid(self, form):
        if self.secret:
            return self.set_up(form)
        if self.request.POST.get("action") == "replace":
            self.begin()
            return redirect("second_factor")
        return self.show_codes(second_factor.new_recovery_codes(self.request.user))

    def set_up(self, form):
        codes = second_factor.set_up(self.request.user, self.secret, form.cleaned_data["one_time_code"])
        if codes is None:
            form.add_error("one_time_code", _("This is not the code that belongs to the picture above. Try the next."))
            return self.form_invalid(form)
        del self.request.session[SETTING_UP]
        update_session_auth_hash(self.request, self.request.user)  # the others end
        return self.show_codes(codes)

    def show_codes(self, codes):
        self.request.session[NEW_CODES] = vault.seal(" ".join(codes))
        address = self.get_redirect_url()
        query = f"?{urlencode({'next': address})}" if address else ""
        return HttpResponseRedirect(reverse("recovery_codes") + query)

    def form_invalid(self, form):
        form.paused = getattr(form, "paused", None)
        return super().form_invalid(form)


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(auth_views.RedirectURLMixin, TemplateView):
    """The new recovery codes, to be printed. They are shown until somebody says that they are put away."""

    template_name = "registration/recovery_codes.html"
    next_page = "home"

    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs) if NEW_CODES in request.session else redirect("second_factor")

    def post(self, request, *args, **kwargs):
        request.session.pop(NEW_CODES, None)
        messages.success(request, _("Your second factor is set up."))
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs):
        codes = vault.unseal(self.request.session[NEW_CODES]).split()
        shown = [second_factor.in_fours(code) for code in codes]
        return super().get_context_data(
            title=_("Your recovery codes"), codes=shown, next=self.get_redirect_url(), **kwargs
        )


# --- leaving -----------------------------------------------------------------------------------------------------


@method_decorator([decorators.login_not_required, csrf_exempt, never_cache], name="dispatch")
class QuickExit(View):
    """Ends the session and shows a page of somebody else. static/js/exit.js leaves at once and only tells this page.

    Any page can send somebody here, with no harm: another site's form brings no session (its cookie is "Lax").
    """

    http_method_names = ["post"]

    def post(self, request):
        was_signed_in = request.user.is_authenticated
        logout(request)
        response = render(request, "registration/quick_exit.html", {"address": settings.QUICK_EXIT_URL})
        if was_signed_in:
            response.delete_cookie(settings.CSRF_COOKIE_NAME)
            response.delete_cookie(throttling.COOKIE)
            response.headers["Clear-Site-Data"] = '"cache"'
        return response
