"""What was published of the report tables, so that a later version can hold back for it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mrc.dates import Period
from mrc.models import Centre
from mrc.vault import EncryptedTextField


class PublishedTables(models.Model):
    """One version that was published: whose and which days, and what was shown. Never changed and never deleted."""

    shared_because = (
        "holds numbers that are public; no page shows it, and the next version must know it, whoever published it"
    )

    centres = models.ManyToManyField(Centre, related_name="+", verbose_name=_("centres"))
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to (included)"))
    content = EncryptedTextField(_("what was shown"), max_length=10_000_000)  # JSON of publication.as_kept
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("published tables")
        verbose_name_plural = _("published tables")
        ordering = ["pk"]
        default_permissions = ("add",)

    def __str__(self):
        return str(self.period)

    @property
    def period(self):
        return Period(self.period_start, self.period_end)
