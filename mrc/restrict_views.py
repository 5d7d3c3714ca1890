"""The page on which a record is restricted, its readers are named, and the restriction is lifted (mrc/restricted.py).

Whoever may change a record can restrict it at once, to themselves and the coordinators; the rest is for coordinators.
"""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc import restricted
from mrc.access import COORDINATOR
from mrc.fields import RecordsField
from mrc.forms import NamesMissingMixin
from mrc.models import User
from mrc.views import UpdatePage


class RestrictToMeForm(NamesMissingMixin, forms.Form):
    """For who is no coordinator: nothing to fill in."""

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance = instance


class RestrictForm(RestrictToMeForm):
    """For coordinators. Ticked already: to restrict is what most come for."""

    is_restricted = forms.BooleanField(
        label=gettext_lazy("Restricted"),
        required=False,
        help_text=gettext_lazy("Untick to show the record to everybody of the centre again."),
    )
    named_readers = RecordsField(
        label=gettext_lazy("Who may open it, beside the coordinators"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["named_readers"].queryset = colleagues(instance)
        self.initial = {
            "is_restricted": True,
            "named_readers": list(instance.named_readers.values_list("pk", flat=True)),
        }

    def save(self):
        readers = self.cleaned_data["named_readers"]
        if self.cleaned_data["is_restricted"]:
            return restricted.restrict(self.instance, readers=readers)
        return restricted.lift(self.instance)


def colleagues(record):
    """Who of the centre opens such records without being a coordinator."""
    label, name = record._meta.app_label, record._meta.model_name
    may = Q(groups__permissions__codename=f"view_{name}", groups__permissions__content_type__app_label=label)
    staff = User.objects.filter(may, is_active=True, centres=record.centre_id).exclude(groups__name=COORDINATOR)
    return staff.order_by("name", "email").distinct()


class RestrictPage(UpdatePage):
    template_name = "restrict.html"

    @property
    def decides(self):
        return COORDINATOR in self.request.user.role_names

    def get_form_class(self):
        return RestrictForm if self.decides else RestrictToMeForm

    def get_queryset(self):
        return super().get_queryset().select_related("centre")

    def get_title(self):
        return _("Restrict %(reference)s") % {"reference": self.object.reference}

    def get_context_data(self, **kwargs):
        above = reverse(f"{self.model._meta.app_label}:list")
        return super().get_context_data(decides=self.decides, above=above, **kwargs)

    def save(self, form):
        if self.decides:
            return form.save()
        if self.object.is_restricted:
            raise PermissionDenied(_("Only a coordinator changes who may open a restricted record."))
        return restricted.restrict(self.object, readers=[self.request.user])

    def get_success_url(self):
        return self.object.get_absolute_url()
