"""The version for publication: looked at first, then published as a file and kept."""

from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from mrc.exports import REPORT_FORMATS
from reports.publishing import publish_report, version_for_publication
from reports.services import record_export
from reports.views import AnswerPage, ShownGrid


class PublicationPage(AnswerPage):
    """What may be published for the chosen centres and period, before it is."""

    permission_required = "reports.add_publishedtables"
    title = _("Version for publication")
    template_name = "reports/publication.html"
    address = "reports:publication"

    def answer(self):
        report = version_for_publication(self.make_report())
        sections = [(heading, [ShownGrid(grid, "") for grid in grids]) for heading, grids in report.sections]
        return {"report": report, "sections": sections, "formats": REPORT_FORMATS}


class PublishFile(PublicationPage):
    """Publishes: the version is kept, its going out is in the audit, and the file is the answer."""

    http_method_names = ["post"]

    def post(self, request, *args, file_format, **kwargs):
        if file_format not in REPORT_FORMATS:
            raise Http404
        if not self.form.offered or not self.form.is_valid():
            return self.get(request)
        with transaction.atomic():
            report = publish_report(self.make_report(), request.user)
            record_export(report, file_format)
        wanted = REPORT_FORMATS[file_format]
        response = HttpResponse(wanted.write(report), content_type=wanted.content_type)
        response["Content-Disposition"] = f'attachment; filename="{report.file_name}.{file_format}"'
        return response
