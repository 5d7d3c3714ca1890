from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils.translation import gettext_lazy as _


class MrcConfig(AppConfig):
    default = True
    name = "mrc"
    verbose_name = _("Centres and users")

    def ready(self):
        from mrc import access, audit, sessions  # noqa: F401  access registers the system check

        user_logged_in.connect(sessions.began)
        user_logged_in.connect(audit.signed_in)
        user_logged_out.connect(audit.signed_out)
        user_login_failed.connect(audit.could_not_sign_in)


class AdministrationConfig(admin_apps.AdminConfig):
    """Django's admin with the site of mrc/admin_site.py."""

    default = False
    default_site = "mrc.admin_site.AdministrationSite"
