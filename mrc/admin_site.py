"""Django's admin as this program serves it. Apart from mrc/admin.py, which Django loads only when the site stands."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class AdministrationSite(admin.AdminSite):
    """Django's admin with the sign-in page of the program, and without the redirect that opens any record by number."""

    site_header = site_title = _("MRC administration")
    index_title = _("Organizations, centres and users")

    def has_permission(self, request):
        """Signed in without the role: refused as everywhere, and not asked to sign in once more."""
        if request.user.is_authenticated and not super().has_permission(request):
            raise PermissionDenied
        return super().has_permission(request)

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        if self.has_permission(request):
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next", ""))

    login.login_required = False

    def get_urls(self):
        return [url for url in super().get_urls() if getattr(url, "name", "") not in {"view_on_site", "autocomplete"}]
