"""Pages of the parts of a progress report that are records of their own: stories told, case studies, actions."""

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from clients.models import Consent
from harvesting.models import Story
from mrc.forms import show_refusal
from mrc.views import CreatePage, DetailPage, FormPage, UpdatePage
from reports import submitting
from reports.content import actions_of
from reports.models import CaseStudy, MajorAction, ProgressReport, ReportStory
from reports.part_forms import ActionForm, ActionStatusForm, CaseStudyForm, StoriesForm
from reports.report_views import WriterPage


class PartPage(WriterPage, FormPage):
    """A form about a part of a report that is being written; one that is submitted leads back to its page."""

    anchor = ""

    def dispatch(self, request, *args, **kwargs):
        if self.has_permission() and not self.report.is_writable:
            return redirect(self.report.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)

    def get_title(self):
        return self.title

    def get_success_url(self):
        return f"{self.report.get_absolute_url()}#{self.anchor}"

    get_cancel_url = get_success_url


class StoriesTold(PartPage, FormView):
    """Choose the stories of section 5."""

    title = gettext_lazy("Stories of this report")
    form_class = StoriesForm
    template_name = "reports/part_form.html"
    anchor = "stories"

    def get_form_kwargs(self):
        consent = Consent.objects.filter(purpose=Consent.Purpose.STORY, withdrawn_on=None)
        offered = Story.objects.filter(
            interview__centre__in=self.report.agreement.centres.all(), interview__card__consents__in=consent
        )
        return {**super().get_form_kwargs(), "stories": offered.select_related("interview").distinct()}

    def get_initial(self):
        return {"stories": ReportStory.objects.filter(report=self.report).values_list("story__uid", flat=True)}

    def form_valid(self, form):
        submitting.tell_stories(report=self.report, stories=form.cleaned_data["stories"])
        return redirect(self.get_success_url())


class CaseStudyNew(PartPage, CreatePage):
    """A case study for section 6."""

    permission_required = (*WriterPage.permission_required, "reports.add_casestudy")
    model = CaseStudy
    form_class = CaseStudyForm
    title = gettext_lazy("New case study")
    anchor = "case_studies"

    def get_form_kwargs(self):
        return {
            **super().get_form_kwargs(),
            "instance": CaseStudy(report=self.report),
            "centres": self.report.agreement.centres.all(),
        }


class CaseStudyMixin:
    """Finds the case study by its identifier, with its report."""

    model = CaseStudy
    anchor = "case_studies"

    def get_queryset(self):
        return CaseStudy.objects.select_related("report__period__agreement__organization", "centre")


class CaseStudyEdit(CaseStudyMixin, UpdatePage):
    permission_required = ("reports.view_casestudy", "reports.change_casestudy")
    form_class = CaseStudyForm
    title = gettext_lazy("Case study")

    def get_queryset(self):
        return super().get_queryset().filter(report__state__in=ProgressReport.WRITABLE)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        return {**kwargs, "centres": self.object.report.agreement.centres.all()}

    def get_success_url(self):
        return f"{self.object.report.get_absolute_url()}#{self.anchor}"

    get_cancel_url = get_success_url


class CaseStudyDelete(CaseStudyMixin, DetailPage):
    """Asks before a case study is deleted."""

    permission_required = ("reports.view_casestudy", "reports.delete_casestudy")
    template_name = "reports/case_study_delete.html"

    def get_queryset(self):
        return super().get_queryset().filter(report__state__in=ProgressReport.WRITABLE)

    def get_title(self):
        return _("Delete the case study?")

    def post(self, request, *args, **kwargs):
        study = self.get_object()
        study.delete()
        return redirect(f"{study.report.get_absolute_url()}#{self.anchor}")


# --- actions -----------------------------------------------------------------------------------------------------


class ActionNew(PartPage, CreatePage):
    """An action for section 9."""

    model = MajorAction
    form_class = ActionForm
    title = gettext_lazy("New action")
    anchor = "actions"

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instance": MajorAction(report=self.report)}

    def save(self, form):
        return submitting.save_action(report=self.report, action=form.instance, status=form.cleaned_data["status"])


class ActionEdit(PartPage, FormView):
    """An action of this report is edited whole; of one that was carried over only the status moves on."""

    title = gettext_lazy("Action")
    template_name = "reports/part_form.html"
    anchor = "actions"

    def dispatch(self, request, *args, **kwargs):
        if self.has_permission():
            self.action = get_object_or_404(
                MajorAction.objects.select_related("report__period"),
                uid=kwargs["action_uid"],
                report__period__agreement=self.report.agreement,
            )
            self.planned = next((one for one in actions_of(self.report) if one.uid == str(self.action.uid)), None)
            if self.planned is None:
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self):
        return ActionStatusForm if self.planned.is_carried_over else ActionForm

    def get_form_kwargs(self):
        instance = {} if self.planned.is_carried_over else {"instance": self.action}
        return {**super().get_form_kwargs(), **instance, "initial": {"status": self.planned.status}}

    def get_context_data(self, **kwargs):
        carried = self.planned if self.planned.is_carried_over else None
        return super().get_context_data(carried=carried, **kwargs)

    def form_valid(self, form):
        action = getattr(form, "instance", self.action)
        try:
            submitting.save_action(report=self.report, action=action, status=form.cleaned_data["status"])
        except ValidationError as error:
            show_refusal(form, error)
            return self.form_invalid(form)
        return redirect(self.get_success_url())
