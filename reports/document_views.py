"""Progress reports as files, and the individual records that are handed in with the final one.

What leaves the program is in the audit of every centre that the agreement covers, in the same transaction.
"""

from collections import Counter

from django import forms
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, View

from mrc import audit
from mrc.documents import DOCX
from mrc.forms import NamesMissingMixin
from mrc.views import Page
from reports.content import frozen_content, live_content
from reports.files import PROGRESS_FORMATS, file_name, record_progress_export
from reports.legal_records import final_cases, legal_records_docx
from reports.models import ProgressReport, SubmittedReport

AGREEMENT = "period__agreement__organization"


def attachment(content, content_type, name):
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


class ProgressDownload(Page, View):
    """The report as it stands now, as a file: for those who write it. Who decides about it reads what is submitted."""

    permission_required = ("reports.view_progressreport", "reports.change_progressreport")

    def get(self, request, *args, uid, file_format, **kwargs):
        if file_format not in PROGRESS_FORMATS:
            raise Http404
        with transaction.atomic():
            report, content = self.find(uid)
            record_progress_export(report, content, file_format)
        wanted = PROGRESS_FORMATS[file_format]
        return attachment(wanted.write(content), wanted.content_type, file_name(content, file_format))

    def find(self, uid):
        report = get_object_or_404(ProgressReport.objects.select_related(AGREEMENT), uid=uid)
        return report, live_content(report)


class SubmittedDownload(ProgressDownload):
    """A version of the report as it was submitted, as a file."""

    permission_required = "reports.view_submittedreport"

    def find(self, uid):
        submission = get_object_or_404(
            SubmittedReport.objects.select_related(f"report__{AGREEMENT}").defer("members"), uid=uid
        )
        return submission.report, frozen_content(submission)


class FinalRecordsForm(NamesMissingMixin, forms.Form):
    with_remarks = forms.BooleanField(
        label=_("Include the remarks (10. Remarks)"),
        required=False,
        help_text=_("They may name people or places. Read them first."),
    )
    without_words = forms.BooleanField(
        label=_("Leave out what was typed under “Other (specify)” and “Case dropped (specify why)”"),
        required=False,
        help_text=_("The boxes stay ticked. Leave it out where these words could tell who the person is."),
    )


class FinalRecords(Page, FormView):
    """The individual legal assistance records as forms, after a question. They are records of centres: coordinators
    download them and hand them over; a programme officer never opens one here.
    """

    permission_required = ("reports.view_progressreport", "legal_cases.export_legalcase")
    template_name = "reports/final_records.html"
    form_class = FinalRecordsForm
    title = _("Individual legal assistance records")

    @cached_property
    def report(self):
        return get_object_or_404(ProgressReport.objects.select_related(AGREEMENT), uid=self.kwargs["uid"])

    @cached_property
    def counts(self):
        """{primary key of a centre: how many of its records are handed in}."""
        cases = final_cases(self.report.agreement)
        return Counter(cases.order_by().values_list("centre", flat=True))

    def get_context_data(self, **kwargs):
        context = {"report": self.report, "agreement": self.report.agreement, "number": self.counts.total()}
        return super().get_context_data(**context, **kwargs)

    def form_valid(self, form):
        agreement = self.report.agreement
        if not self.report.period.is_last or not self.counts:
            return self.render_to_response(self.get_context_data(form=form), status=422)
        with_remarks, with_words = form.cleaned_data["with_remarks"], not form.cleaned_data["without_words"]
        with transaction.atomic():
            self.record_export(with_remarks, with_words)
            content = legal_records_docx(
                final_cases(agreement), with_remarks, with_words=with_words, organization=agreement.organization.name
            )
        number = slugify(agreement.number) or "agreement"
        return attachment(content, DOCX, f"legal-assistance-records-{number}.docx")

    def record_export(self, with_remarks, with_words):
        audit.record_many(
            audit.event(
                audit.AuditEvent.Action.EXPORT,
                centre_id=centre,
                model="legal_cases.LegalCase",
                format="docx",
                records=number,
                remarks=with_remarks,
                words=with_words,
            )
            for centre, number in self.counts.items()
        )
