"""Pages of group complaints: list, one group with its cases, complainants added together, cases closed together."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from legal_cases import columns
from legal_cases.filters import GroupFilter
from legal_cases.group_forms import ComplainantsForm, GroupClosingForm, GroupForm, GroupOpenForm
from legal_cases.models import GroupComplaint, LegalCase
from legal_cases.services import SHARED_FIELDS
from legal_cases.views import listed
from mrc.views import CentreChoiceMixin, CreatePage, DetailPage, ListPage, UpdatePage


class GroupList(ListPage):
    permission_required = "legal_cases.view_groupcomplaint"
    template_name = "legal_cases/group_list.html"
    title = _("Group complaints")
    empty = _("No group complaint yet. Open one when several people complain together.")
    filterset_class = GroupFilter

    def get_queryset(self):
        return GroupComplaint.objects.select_related("centre").with_case_counts().defer("description").order_by("-id")

    @property
    def columns(self):
        return columns.GROUPS_OF_CENTRES if len(self.request.user.active_centres) > 1 else columns.GROUPS


class GroupDetail(DetailPage):
    """A group complaint and the case of each complainant."""

    permission_required = "legal_cases.view_groupcomplaint"
    template_name = "legal_cases/group_detail.html"
    model = GroupComplaint

    def get_queryset(self):
        return GroupComplaint.objects.select_related("centre").with_case_counts()

    def get_context_data(self, **kwargs):
        cases = list(listed(LegalCase.objects.filter(group=self.object)).order_by("pk"))
        return super().get_context_data(
            object_list=cases,
            columns=columns.CASES_OF_GROUP,
            open_count=sum(not case.is_closed for case in cases),
            left_out=self.object.case_count - len(cases),
            **kwargs,
        )


class GroupNew(CentreChoiceMixin, CreatePage):
    """A group complaint with its first complainants."""

    permission_required = ("legal_cases.add_groupcomplaint", "legal_cases.add_legalcase")
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = GroupOpenForm
    title = _("Open a group complaint")
    submit_label = _("Open the cases")
    success_message = _("The group complaint and the case of each complainant are open.")

    def get_cancel_url(self):
        return reverse("legal_cases:group_list")

    def get_success_url(self):
        return self.object.get_absolute_url()


class GroupEdit(UpdatePage):
    permission_required = "legal_cases.change_groupcomplaint"
    model = GroupComplaint
    form_class = GroupForm

    def get_title(self):
        return _t("Edit the group complaint")


class OfGroupMixin:
    """For pages that write several cases of the group in the URL."""

    @cached_property
    def group(self):
        return get_object_or_404(GroupComplaint.objects.select_related("centre"), uid=self.kwargs["uid"])

    def get_cancel_url(self):
        return self.group.get_absolute_url()

    get_success_url = get_cancel_url

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instance": LegalCase(centre=self.group.centre)}

    def get_context_data(self, **kwargs):
        return super().get_context_data(group=self.group, **kwargs)


class GroupAdd(OfGroupMixin, CreatePage):
    """More complainants of a group; the answers of its first case are offered."""

    permission_required = ("legal_cases.change_groupcomplaint", "legal_cases.add_legalcase")
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = ComplainantsForm
    title = _("Add complainants")
    submit_label = _("Open the cases")
    success_message = _("The case of each complainant is open.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "complaint": self.group}

    def get_initial(self):
        first = self.group.cases.select_related("employer", "agency").order_by("pk").first()
        if first is None:
            return {"opened_on": self.group.opened_on}
        parties = {kind: getattr(first, kind).name if getattr(first, kind) else "" for kind in ("employer", "agency")}
        subjects = list(first.subjects.values_list("code", flat=True))
        shared = {name: getattr(first, name) for name in SHARED_FIELDS if name != "remarks"}
        return shared | parties | {"subjects": subjects}


class GroupClose(OfGroupMixin, CreatePage):
    """Several open cases of a group closed with one form."""

    permission_required = "legal_cases.close_legalcase"
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = GroupClosingForm
    title = _("Close cases of the group together")
    submit_label = _("Close the chosen cases")
    success_message = _("The chosen cases are closed.")

    def get_form_kwargs(self):
        cases = self.group.cases.open().select_related("centre", "client").order_by("pk")
        return {**super().get_form_kwargs(), "open_cases": list(cases)}

    def save(self, form):
        form.save()
        return self.group
