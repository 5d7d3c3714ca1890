"""Pages of the theory of change: the tree as a diagram, and its steps and assumptions without a diagram tool."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, TemplateView, View

from mrc.access import report_agreements
from mrc.views import CreatePage, Page, UidMixin, UpdatePage
from results import services, tree, writing
from results.forms import AssumptionForm, StepForm
from results.models import Assumption, Step

RISKS = list(Assumption.Risk.values)  # the highest first


class AgreementPage(Page):
    """A page about an agreement of the reader, named by its uid."""

    @cached_property
    def agreement(self):
        own = report_agreements(self.request.user).select_related("organization")
        return get_object_or_404(own, uid=self.kwargs["uid"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"agreement": self.agreement, **kwargs})


class Theory(AgreementPage, TemplateView):
    """The theory of change as a diagram, and its assumptions, the riskiest first."""

    permission_required = "results.view_step"
    template_name = "results/theory.html"
    title = gettext_lazy("Theory of change")

    def get_context_data(self, **kwargs):
        steps = services.steps_in_order(self.agreement)
        by_pk = {step.pk: step for step in steps}
        for step in steps:
            step.known_assumptions, step.known_indicators = [], []
        assumptions = list(Assumption.objects.filter(step__agreement=self.agreement))
        for assumption in assumptions:
            assumption.step = by_pk[assumption.step_id]
            assumption.step.known_assumptions.append(assumption)
        for tracked in services.tracked_indicators(self.agreement, steps):
            tracked.step.known_indicators.append(tracked)
        assumptions.sort(key=lambda assumption: RISKS.index(assumption.risk))
        impacts = [step for step in steps if step.level == tree.IMPACT]
        return super().get_context_data(impacts=impacts, assumptions=assumptions, **kwargs)


class StepMixin:
    """What the pages of a step share: where it is, and the page that it came from."""

    model = Step
    template_name = "results/form.html"

    def get_queryset(self):
        return Step.objects.select_related("agreement", "parent")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"agreement": self.agreement, **kwargs})

    def get_cancel_url(self):
        return reverse("results:theory", args=[self.agreement.uid])

    def get_success_url(self):
        return self.object.get_absolute_url()


def numbered(step):
    """The same step with its number in the tree."""
    return next(one for one in services.steps_in_order(step.agreement) if one.pk == step.pk)


class ImpactAdd(StepMixin, AgreementPage, CreatePage):
    """The end goal, with which a theory of change begins."""

    permission_required = "results.add_step"
    form_class = StepForm
    title = gettext_lazy("Add an impact")

    def get_form_kwargs(self):
        step = Step(agreement=self.agreement, level=tree.IMPACT)
        return {**super().get_form_kwargs(), "instance": step}


class StepAdd(StepMixin, CreatePage):
    """A step below another: what must happen before the other can."""

    permission_required = "results.add_step"
    form_class = StepForm

    @cached_property
    def parent(self):
        return get_object_or_404(self.get_queryset().exclude(level=tree.ACTIVITY), uid=self.kwargs["uid"])

    @property
    def agreement(self):
        return self.parent.agreement

    def get_title(self):
        return _("Add a step below %(step)s") % {"step": numbered(self.parent)}

    def get_form_kwargs(self):
        levels = self.parent.levels_below
        step = Step(agreement=self.agreement, parent=self.parent, level=levels[0].value)
        return {**super().get_form_kwargs(), "instance": step, "levels": levels}


class StepEdit(StepMixin, UpdatePage):
    permission_required = "results.change_step"
    form_class = StepForm

    @property
    def agreement(self):
        return self.object.agreement

    def get_title(self):
        return _("Edit %(step)s") % {"step": numbered(self.object)}

    def get_form_kwargs(self):
        steps = services.steps_in_order(self.agreement)
        parents = [step for step in steps if step.level in tree.ABOVE[self.object.level]]
        return {**super().get_form_kwargs(), "parents": parents}


class StepMove(Page, UidMixin, View):
    """One place up or down among the steps beside it."""

    permission_required = "results.change_step"
    model = Step

    def post(self, request, *args, uid, **kwargs):
        step = get_object_or_404(Step.objects.select_related("agreement", "parent"), uid=uid)
        direction = request.POST.get("direction")
        if direction not in (writing.UP, writing.DOWN):
            return HttpResponseBadRequest(_("Say where to: up or down."))
        writing.move_step(step=step, direction=direction)
        return redirect(step.get_absolute_url())


class DeletePage(Page, UidMixin, DetailView):
    """Deleting after a question. ``reasons`` say why it cannot be; then the page only says so."""

    template_name = "results/delete.html"
    question = deleted = ""
    reasons = ()

    @property
    def agreement(self):
        return self.object.agreement

    def get_context_data(self, **kwargs):
        words = {"question": self.question, "reasons": self.reasons, "agreement": self.agreement}
        return super().get_context_data(**{**words, "back": self.get_back_url(), **kwargs})

    def get_back_url(self):
        return self.object.get_absolute_url()

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        back = reverse("results:theory", args=[self.agreement.uid])
        try:
            self.carry_out()
        except ValidationError as error:
            return self.render_to_response(self.get_context_data(reasons=error.messages), status=409)
        messages.success(request, self.deleted)
        return redirect(back)


class StepDelete(DeletePage):
    permission_required = "results.delete_step"
    model = Step
    question = gettext_lazy("Delete this step of the theory of change? It cannot be brought back.")
    deleted = gettext_lazy("The step is deleted.")

    def get_queryset(self):
        return Step.objects.select_related("agreement")

    def get_title(self):
        return _("Delete %(step)s") % {"step": numbered(self.object)}

    @property
    def reasons(self):
        return writing.what_hangs_on(self.object)

    def carry_out(self):
        writing.delete_step(step=self.object)


class AssumptionMixin:
    """What the pages of an assumption share."""

    model = Assumption
    template_name = "results/form.html"

    def get_queryset(self):
        return Assumption.objects.select_related("step__agreement")

    @property
    def agreement(self):
        return self.step.agreement

    def get_context_data(self, **kwargs):
        about = {"agreement": self.agreement, "step": numbered(self.step)}
        return super().get_context_data(**{**about, **kwargs})

    def get_cancel_url(self):
        return self.step.get_absolute_url()

    def get_success_url(self):
        return self.object.get_absolute_url()


class AssumptionAdd(AssumptionMixin, CreatePage):
    permission_required = "results.change_step"
    form_class = AssumptionForm
    title = gettext_lazy("Add an assumption")

    @cached_property
    def step(self):
        return get_object_or_404(Step.objects.select_related("agreement"), uid=self.kwargs["uid"])

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instance": Assumption(step=self.step)}


class AssumptionEdit(AssumptionMixin, UpdatePage):
    permission_required = "results.change_step"
    form_class = AssumptionForm
    title = gettext_lazy("Edit the assumption")

    @property
    def step(self):
        return self.object.step


class AssumptionDelete(DeletePage):
    permission_required = "results.change_step"
    model = Assumption
    title = gettext_lazy("Delete the assumption")
    question = gettext_lazy("Delete this assumption? It cannot be brought back.")
    deleted = gettext_lazy("The assumption is deleted.")

    def get_queryset(self):
        return Assumption.objects.select_related("step__agreement")

    @property
    def agreement(self):
        return self.object.step.agreement

    def carry_out(self):
        self.object.delete()
