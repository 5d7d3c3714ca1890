"""The page of a progress report: written by coordinators, read by programme officers once it is submitted."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView, View

from mrc import dates
from mrc.access import aggregates_of, centre_scope, record_centre_ids
from mrc.fields import TextField
from mrc.views import Page
from reports import submitting
from reports.annexes import TABLES_BY_CODE
from reports.columns import COLUMNS, RELATED
from reports.content import frozen_content, live_content
from reports.models import ProgressReport, ReportText, SubmittedReport
from reports.part_forms import DecisionForm
from reports.progress_page import ShownReport
from reports.readiness import activities_to_count, missing_before_submission, repeated_passages
from reports.sections import section_of
from reports.slices import GENDER, TOTAL
from results.models import IndicatorDefinition
from results.services import changed_results

WITH_AGREEMENT = "period__agreement__organization"
TEXT = TextField(
    required=False,
    max_length=20_000,
    widget=forms.Textarea,
    error_messages={"max_length": gettext_lazy("This text is too long: at most 20,000 characters can be kept.")},
)


class ReportPage(Page):
    """A page about one progress report. Who does not write it sees it from its first submission on."""

    permission_required = "reports.view_progressreport"

    @cached_property
    def report(self):
        reports = ProgressReport.objects.select_related(WITH_AGREEMENT)
        report = get_object_or_404(reports, uid=self.kwargs["uid"])
        if not self.is_writer and not self.submissions_of(report):
            raise Http404
        return report

    @property
    def is_writer(self):
        return self.request.user.has_perm("reports.change_progressreport")

    def submissions_of(self, report):
        return list(
            report.submissions.select_related("submitted_by", "decided_by")
            .defer("content", "members")
            .order_by("number")
        )

    def get_title(self):
        return _("Progress report, %(period)s") % {"period": self.report.period}

    def get_context_data(self, **kwargs):
        return super().get_context_data(report=self.report, agreement=self.report.agreement, **kwargs)


class WriterPage(ReportPage):
    """A page on which the report is written."""

    permission_required = ("reports.view_progressreport", "reports.change_progressreport")


class ReportDetail(ReportPage, TemplateView):
    """While it is written: the report as it stands, with a field for every text. Else: what was submitted last."""

    template_name = "reports/progress.html"

    def get_context_data(self, **kwargs):
        submissions = self.submissions_of(self.report)
        context = {"submissions": submissions, "last": submissions[-1] if submissions else None}
        context["newest"] = len(submissions)
        if self.is_writer and self.report.is_writable:
            context["shown"] = self.shown_live()
        else:
            submission = SubmittedReport.objects.defer("members").get(pk=submissions[-1].pk)
            context |= {"shown": ShownReport(frozen_content(submission), self.report.uid), "submission": submission}
            context["decision_form"] = decision_form_for(self.request, self.report)
        return super().get_context_data(**context, **kwargs)

    def shown_live(self):
        versions = dict(ReportText.objects.filter(report=self.report).values_list("key", "version"))
        user = self.request.user
        return ShownReport(
            live_content(self.report),
            self.report.uid,
            is_writable=True,
            versions=versions,
            may_open=lambda table: user.has_perms(["reports.view_cell_records", table.source.permission]),
        )


class TextSave(WriterPage, View):
    """Saves one text while it is typed, and says so in a line. Two versions of one text are never mixed."""

    http_method_names = ["post"]

    def post(self, request, *args, key, **kwargs):
        try:
            section = section_of(key)
        except KeyError:
            raise Http404 from None
        try:
            text = TEXT.clean(request.POST.get("text", ""))
            stored = submitting.save_text(report=self.report, key=key, text=text, version=self.version)
        except submitting.Conflict as conflict:
            return self.answer("reports/progress/conflict.html", {"stored": conflict.stored}, status=409)
        except ValidationError as error:
            return HttpResponse(" ".join(error.messages), status=422, content_type="text/plain")
        if not request.htmx:
            messages.success(request, _("Saved."))
            return redirect(f"{self.report.get_absolute_url()}#{section.code}")
        return self.answer("reports/progress/saved.html", {"stored": stored, "at": timezone.localtime()})

    @property
    def version(self):
        number = self.request.POST.get("version", "")
        return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0

    def answer(self, template, context, status=200):
        return render(self.request, template, {"report": self.report, **context}, status=status)


class ReportSubmit(WriterPage, TemplateView):
    """What is still missing, what repeats an earlier report, and the button that hands the report in."""

    permission_required = (*WriterPage.permission_required, "reports.submit_progressreport")
    template_name = "reports/submit.html"
    title = gettext_lazy("Before you submit")

    def get(self, request, *args, **kwargs):
        if not self.report.is_writable:
            return redirect(self.report.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_title(self):
        return self.title

    def get_context_data(self, **kwargs):
        content = live_content(self.report)
        missing = [*missing_before_submission(content), *activities_to_count(self.report, dates.today())]
        return super().get_context_data(
            shown=ShownReport(content, self.report.uid),
            needed=[one for one in missing if one.is_needed],
            advised=[one for one in missing if not one.is_needed],
            repeated=repeated_passages(self.report, content),
            **kwargs,
        )

    def post(self, request, *args, **kwargs):
        try:
            submitting.submit(report=self.report)
        except ValidationError as error:
            return self.render_to_response(self.get_context_data(refused=error.messages), status=422)
        messages.success(request, _("The report is submitted. Its numbers and texts are kept as they are now."))
        return redirect(self.report.get_absolute_url())


class ReportCorrect(WriterPage, View):
    """Begin a corrected version of a submitted or accepted report."""

    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        try:
            submitting.begin_correction(report=self.report)
            messages.success(request, _("You can write again. What was submitted before stays as it was."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(self.report.get_absolute_url())


# --- what was submitted ------------------------------------------------------------------------------------------


class SubmittedPage(Page):
    """A page about one submission of a report."""

    permission_required = "reports.view_submittedreport"

    @cached_property
    def submission(self):
        submissions = SubmittedReport.objects.select_related(
            f"report__{WITH_AGREEMENT}", "submitted_by", "decided_by"
        ).defer("members")
        return get_object_or_404(submissions, uid=self.kwargs["uid"])

    @property
    def report(self):
        return self.submission.report

    def get_title(self):
        return _("Progress report, %(period)s, version %(number)s") % {
            "period": self.report.period,
            "number": self.submission.number,
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{"submission": self.submission, "report": self.report, "agreement": self.report.agreement, **kwargs}
        )


class SubmittedDetail(SubmittedPage, TemplateView):
    """A version as it was handed in."""

    template_name = "reports/progress.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            shown=ShownReport(frozen_content(self.submission), self.report.uid),
            last=self.submission,
            newest=self.report.submissions.count(),
            is_intact=submitting.is_intact(self.submission),
            **kwargs,
        )


def decision_form_for(request, report, data=None):
    """The form by which a programme officer accepts or returns a report; None where there is nothing to decide."""
    waits = report.state == ProgressReport.State.SUBMITTED
    return DecisionForm(data) if waits and request.user.has_perm("reports.decide_progressreport") else None


class ReportDecide(SubmittedDetail):
    """Accept a submission, or return it with a comment."""

    permission_required = ("reports.view_submittedreport", "reports.decide_progressreport")

    def get(self, request, *args, **kwargs):
        return redirect(self.report.get_absolute_url())

    def post(self, request, *args, **kwargs):
        form = DecisionForm(request.POST)
        if form.is_valid():
            try:
                submitting.decide(submission=self.submission, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None if not hasattr(error, "error_dict") else "comment", error.messages)
            else:
                messages.success(request, _("Your decision is recorded; the coordinators see it with the report."))
                return redirect(self.report.get_absolute_url())
        return self.render_to_response(self.get_context_data(decision_form=form), status=422)


class SubmittedChanges(SubmittedPage, TemplateView):
    """The numbers that are others now than when the report was submitted."""

    template_name = "reports/changes.html"

    def get_context_data(self, **kwargs):
        with aggregates_of(self.request.user, list(self.report.agreement.centres.all())):
            changes = submitting.changes_since(self.submission)
        user = self.request.user
        may = {
            code: user.has_perms(["reports.view_cell_records", table.source.permission])
            for code, table in TABLES_BY_CODE.items()
        }
        return super().get_context_data(
            changes=[(change, may[change.table.code]) for change in changes], results=self.changed_results(), **kwargs
        )

    def changed_results(self):
        """(indicator, heading of the column, as submitted, now) of each result that was typed in and was changed."""
        headings = {column.code: column.heading for column in GENDER} | {TOTAL: _("Total")}
        rows = frozen_content(self.submission).indicators
        return [
            (row, "" if row.unit == IndicatorDefinition.Unit.TEXT else headings[column], old, new)
            for row, column, old, new in changed_results(rows, self.report.period)
        ]

    def get_title(self):
        return _("Changed since submission")


class ChangedRecords(SubmittedPage, ListView):
    """The records behind a number that changed, for those who may see them."""

    template_name = "reports/changed_records.html"
    paginate_by = 25

    def get_permission_required(self):
        table = TABLES_BY_CODE.get(self.kwargs["table"])
        return [
            "reports.view_submittedreport",
            "reports.view_cell_records",
            *([table.source.permission] if table else []),
        ]

    def get(self, request, *args, **kwargs):
        seen = record_centre_ids(request.user)
        centres = [centre for centre in self.report.agreement.centres.all() if centre.pk in seen]
        with centre_scope(centres):
            return super().get(request, *args, **kwargs).render()

    @cached_property
    def change(self):
        where = self.kwargs["table"], self.kwargs["row"], self.kwargs["column"]
        for change in submitting.changes_since(self.submission):
            if (change.table.code, change.row.code, change.column.code) == where:
                return change
        raise Http404

    def get_queryset(self):
        model = self.change.table.counted_model
        records = model.objects.filter(pk__in=self.change.records)
        return records.select_related(*RELATED.get(model, [])).order_by(*model._meta.ordering)

    def get_title(self):
        return _("Changed since submission: %(table)s") % {"table": self.change.table.title}

    def get_context_data(self, **kwargs):
        gone = len(self.change.records) - self.object_list.count()
        return super().get_context_data(
            columns=COLUMNS[self.object_list.model],
            change=self.change,
            row=self.change.row,
            column=self.change.column,
            gone=gone,
            empty=_("No record that is still there is behind this difference."),
            **kwargs,
        )
