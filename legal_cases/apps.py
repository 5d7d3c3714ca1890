from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LegalCasesConfig(AppConfig):
    name = "legal_cases"
    verbose_name = _("Legal cases")
