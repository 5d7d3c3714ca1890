"""Pages of indicators: how SMART they are, their definitions, targets, typed results, and what was reached."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from mrc import dates
from mrc.access import aggregates_of
from mrc.views import CreatePage, DetailPage, UpdatePage
from results import history, services, writing
from results.figure_forms import RESULT, TARGET, FiguresForm, Line
from results.forms import HINTED, DefinitionForm, RevisionForm, hints_on, show_hints
from results.models import Indicator, IndicatorDefinition, Step
from results.views import AgreementPage, DeletePage, numbered


class IndicatorList(AgreementPage, TemplateView):
    """All indicators as they are defined today, step by step, with the hints on them."""

    permission_required = "results.view_indicator"
    template_name = "results/indicators.html"
    title = gettext_lazy("Indicators")

    def get_context_data(self, **kwargs):
        steps = services.steps_in_order(self.agreement)
        tracked = services.tracked_indicators(self.agreement, steps)
        coming = history.coming_period(self.agreement)
        shown = [history.History(one, [], coming) for one in tracked]
        return super().get_context_data(indicators=shown, steps=steps, coming=coming, **kwargs)


class Results(AgreementPage, TemplateView):
    """Target, result and trend of every indicator."""

    permission_required = ("results.view_indicator", "reports.view_tables")
    template_name = "results/results.html"
    title = gettext_lazy("Results")

    def get_context_data(self, **kwargs):
        tracked = services.tracked_indicators(self.agreement)
        periods = history.begun_periods(self.agreement)
        with aggregates_of(self.request.user, self.agreement.centres.all()):
            shown = history.histories(self.agreement, tracked, periods, self.request.user)
        measured = [one for one in shown if one.results]
        return super().get_context_data(histories=measured, most=history.MOST_PERIODS, **kwargs)


class Hints(AgreementPage, View):
    """Hints on an indicator while it is typed; nothing is saved."""

    permission_required = "results.change_indicator"

    def post(self, request, *args, **kwargs):
        self.agreement  # noqa: B018  a stranger's is 404
        found = hints_on(request.POST)
        return HttpResponse(format_html_join("", "{}", ((show_hints(name, found, renews=True),) for name in HINTED)))


class IndicatorMixin:
    """What the pages of an indicator share."""

    model = Indicator

    def get_queryset(self):
        return Indicator.objects.select_related("step__agreement")

    @property
    def agreement(self):
        return self.object.agreement

    @cached_property
    def tracked(self):
        """The indicator with everything that is known of it."""
        known = services.tracked_indicators(self.agreement)
        return next(one for one in known if one.indicator.pk == self.object.pk)

    def get_context_data(self, **kwargs):
        about = {"agreement": self.agreement, "tracked": self.tracked}
        return super().get_context_data(**{**about, **kwargs})


class IndicatorDetail(IndicatorMixin, DetailPage):
    """An indicator: what it measures, since when, and what was aimed at and reached in each period."""

    permission_required = ("results.view_indicator", "reports.view_tables")
    template_name = "results/indicator_detail.html"

    def get_title(self):
        return self.tracked.current.name

    def get_context_data(self, **kwargs):
        periods = history.shown_periods(self.agreement)
        with aggregates_of(self.request.user, self.agreement.centres.all()):
            [shown] = history.histories(self.agreement, [self.tracked], periods, self.request.user)
        typed = any(not one.definition.measure for one in shown.results)
        may_correct = writing.may_be_corrected(self.tracked.definitions[-1])
        return super().get_context_data(history=shown, is_typed=typed, may_correct=may_correct, **kwargs)


class IndicatorAdd(CreatePage):
    """A new indicator of a step."""

    permission_required = "results.add_indicator"
    model = IndicatorDefinition
    form_class = DefinitionForm
    template_name = "results/form.html"

    @cached_property
    def step(self):
        return numbered(get_object_or_404(Step.objects.select_related("agreement"), uid=self.kwargs["uid"]))

    def get_title(self):
        return _("Add an indicator of %(step)s") % {"step": self.step}

    def get_form_kwargs(self):
        definition = IndicatorDefinition(indicator=Indicator(step=self.step))
        return {**super().get_form_kwargs(), "instance": definition, "agreement": self.step.agreement}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"agreement": self.step.agreement, "step": self.step, **kwargs})

    def get_cancel_url(self):
        return reverse("results:indicators", args=[self.step.agreement.uid])

    def save(self, form):
        return writing.add_indicator(step=self.step, definition=form.instance).indicator

    def get_success_url(self):
        return self.object.get_absolute_url()


class IndicatorCorrect(UpdatePage):
    """Putting a definition right in place, as long as no report that is handed in used it."""

    permission_required = "results.change_indicator"
    model = IndicatorDefinition
    template_name = "results/form.html"
    title = gettext_lazy("Correct the indicator")
    success_message = gettext_lazy("The indicator is corrected.")

    def get_queryset(self):
        return IndicatorDefinition.objects.select_related("indicator__step__agreement")

    def get_form_class(self):
        return RevisionForm if self.object.reason else DefinitionForm

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "agreement": self.object.indicator.agreement}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"agreement": self.object.indicator.agreement, **kwargs})


class IndicatorRevise(CreatePage):
    """A definition that holds from a later day on, with the reason; earlier periods keep theirs."""

    permission_required = "results.change_indicator"
    model = IndicatorDefinition
    form_class = RevisionForm
    template_name = "results/form.html"
    title = gettext_lazy("Revise the indicator")
    success_message = gettext_lazy("The revision is saved.")

    @cached_property
    def indicator(self):
        found = Indicator.objects.select_related("step__agreement")
        return get_object_or_404(found, uid=self.kwargs["uid"])

    def get_form_kwargs(self):
        last = self.indicator.definitions.last()
        kept = {name: getattr(last, name) for name in DefinitionForm.Meta.fields if name != "valid_from"}
        revision = IndicatorDefinition(indicator=self.indicator, **kept)
        initial = {"valid_from": dates.today()}
        return {**super().get_form_kwargs(), "instance": revision, "initial": initial, "agreement": self.agreement}

    @property
    def agreement(self):
        return self.indicator.agreement

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"agreement": self.agreement, **kwargs})

    def get_cancel_url(self):
        return self.indicator.get_absolute_url()


class FiguresPage(IndicatorMixin, UpdatePage):
    """What the pages of targets and of typed results share."""

    permission_required = "results.change_indicator"
    form_class = FiguresForm
    template_name = "results/figures.html"
    kind = intro = ""

    def get_form_kwargs(self):
        about = {"tracked": self.tracked, "kind": self.kind, "lines": list(self.lines())}
        return {**super().get_form_kwargs(), **about}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"intro": self.intro, **kwargs})

    def measured(self):
        """(period, definition that holds in it)."""
        for period in self.agreement.periods.all():
            if definition := self.tracked.definition_for(period):
                yield period, definition


class Targets(FiguresPage):
    title = gettext_lazy("Targets")
    success_message = gettext_lazy("The targets are saved.")
    kind = TARGET
    intro = gettext_lazy(
        "What is to be reached in each reporting period. Give women, men and other/unknown, or only the total. "
        "The targets of a report that is handed in stay as they were."
    )

    def lines(self):
        reported = writing.handed_in(self.agreement)
        for period, definition in self.measured():
            shown = self.tracked.target(period) if period.pk in reported else None
            yield Line(period, definition.unit, self.kind, shown)


class TypedResults(FiguresPage):
    title = gettext_lazy("Results")
    success_message = gettext_lazy("The results are saved.")
    kind = RESULT
    intro = gettext_lazy(
        "What was reached in each reporting period that has begun. Give women, men and other/unknown, or only the "
        "total; leave everything empty where it is not known."
    )

    def lines(self):
        today = dates.today()
        for period, definition in self.measured():
            if period.starts_on <= today and not definition.measure:
                yield Line(period, definition.unit, self.kind)


class IndicatorDelete(DeletePage):
    permission_required = "results.delete_indicator"
    model = Indicator
    title = gettext_lazy("Delete the indicator")
    question = gettext_lazy(
        "Delete this indicator with its definitions? Do this only if it was written down by mistake: it cannot be "
        "brought back."
    )
    deleted = gettext_lazy("The indicator is deleted.")

    def get_queryset(self):
        return Indicator.objects.select_related("step__agreement")

    @property
    def reasons(self):
        return writing.what_depends_on(self.object)

    def carry_out(self):
        writing.delete_indicator(indicator=self.object)
