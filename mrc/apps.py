from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MrcConfig(AppConfig):
    name = "mrc"
    verbose_name = _("Centres and users")

    def ready(self):
        from mrc import access  # noqa: F401  registers the system check
