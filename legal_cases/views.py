"""Pages of the legal assistance record (Annex 2): list, record, opening, editing, closing, reopening, history."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormMixin, ProcessFormView

from clients.forgetting import erasure_of_texts
from clients.models import ClientCard
from legal_cases import columns
from legal_cases.filters import CaseFilter
from legal_cases.forms import CaseEventForm, CaseForm, ClosingForm, FindForm, ReopenForm
from legal_cases.models import LegalCase
from mrc.access import COORDINATOR
from mrc.audit import AuditEvent
from mrc.restrict_views import RestrictPage
from mrc.views import CentreChoiceMixin, CreatePage, DetailPage, ListPage, SubmitOnceMixin, UpdatePage

# Encrypted texts that a list does not show are not fetched for it.
NOT_LISTED = ("source_other", "subjects_other", "dropped_reason", "remedies_other", "remarks")
LATEST_CHANGES = 50


def listed(cases):
    """Cases with what columns.py shows, in three queries whatever their number."""
    cases = cases.select_related("centre", "client", "group").prefetch_related("subjects").with_next_due()
    return cases.defer(*NOT_LISTED, "group__description")


class CaseList(ListPage):
    """The cases of the reader's centres. A reference number is posted and leads to its record."""

    permission_required = "legal_cases.view_legalcase"
    template_name = "legal_cases/case_list.html"
    title = _("Legal cases")
    empty = _("No case yet. Open the first one with “Open a case”.")
    filterset_class = CaseFilter
    find_form = None

    def get_queryset(self):
        return listed(LegalCase.objects.all())

    @property
    def columns(self):
        return columns.CASES_OF_CENTRES if len(self.request.user.active_centres) > 1 else columns.CASES

    def get_context_data(self, **kwargs):
        return super().get_context_data(find_form=self.find_form or FindForm(), **kwargs)

    def post(self, request):
        self.find_form = FindForm(request.POST)
        if self.find_form.is_valid():
            return redirect(self.find_form.case)
        response = self.get(request)
        response.status_code = 422
        return response


class CaseDetail(DetailPage):
    """The record in the order of Annex 2, with its history."""

    permission_required = "legal_cases.view_legalcase"
    template_name = "legal_cases/case_detail.html"
    model = LegalCase

    def get_queryset(self):
        cases = LegalCase.objects.select_related("centre", "client", "group", "employer", "agency")
        return cases.prefetch_related("subjects", "remedies").with_next_due()

    def get_context_data(self, **kwargs):
        case = self.object
        kwargs.setdefault("submission", uuid.uuid4())
        return super().get_context_data(
            events=case.events.select_related("recorded_by"),
            event_form=kwargs.pop("event_form", None) or CaseEventForm(case=case),
            history=self.history(),
            erasure=erasure_of_texts(case, case.client),
            **kwargs,
        )

    def history(self):
        """Who entered and changed this record, for coordinators."""
        if COORDINATOR not in self.request.user.role_names:
            return None
        return AuditEvent.objects.filter(record=self.object.uid).select_related("actor")[:LATEST_CHANGES]


class CaseNew(CentreChoiceMixin, CreatePage):
    """Opening a case; ``?card=`` (the identifier of a client card) fills in the profile."""

    permission_required = "legal_cases.add_legalcase"
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = CaseForm
    title = _("Open a case")
    submit_label = _("Open the case")
    success_message = _("The case is open.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "card": self.card()}

    def card(self):
        if not self.request.GET.get("card"):
            return None
        try:
            uid = uuid.UUID(self.request.GET["card"])
        except ValueError:
            raise Http404 from None
        return get_object_or_404(ClientCard, uid=uid)

    def get_cancel_url(self):
        return reverse("legal_cases:list")


class CaseEdit(UpdatePage):
    permission_required = "legal_cases.change_legalcase"
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = CaseForm
    success_message = _("The case is saved.")

    def get_title(self):
        return _t("Edit %(reference)s") % {"reference": self.object}


class CaseRestrict(RestrictPage):
    permission_required = "legal_cases.change_legalcase"
    model = LegalCase


class CaseClose(UpdatePage):
    """Closing a case, and correcting the closing of a closed one."""

    permission_required = "legal_cases.close_legalcase"
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = ClosingForm
    success_message = _("The closing is saved.")

    def get_object(self, queryset=None):
        case = super().get_object(queryset)
        self.was_closed = case.is_closed
        return case

    def get_title(self):
        title = _t("Correct the closing of %(reference)s") if self.was_closed else _t("Close %(reference)s")
        return title % {"reference": self.object}


class CaseReopen(UpdatePage):
    permission_required = "legal_cases.close_legalcase"
    template_name = "legal_cases/case_form.html"
    model = LegalCase
    form_class = ReopenForm
    submit_label = _("Reopen the case")
    success_message = _("The case is open again.")

    def dispatch(self, request, *args, **kwargs):
        if self.has_permission() and not self.get_object().is_closed:
            messages.info(request, _t("This case is open. There is nothing to reopen."))
            return redirect(self.get_object())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self):
        return _t("Reopen %(reference)s") % {"reference": self.object}


class CaseEventAdd(SubmitOnceMixin, FormMixin, CaseDetail, ProcessFormView):
    """Adding a step to the history: the page of the record comes back, of which htmx takes the history."""

    permission_required = "legal_cases.add_caseevent"
    form_class = CaseEventForm
    success_message = ""  # the step itself is seen

    def get(self, request, *args, **kwargs):
        return redirect(self.get_object())

    def post(self, request, *args, **kwargs):
        self.case = self.object = self.get_object()
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "case": self.case}

    def get_success_url(self):
        return self.case.get_absolute_url()

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(event_form=form), status=422)
