"""The page of the gender analysis and its file."""

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from mrc.access import aggregates_of
from mrc.exports import XLSX
from reports.forms import ReportForm
from reports.gender import analyse, analysis_xlsx
from reports.services import record_export
from reports.slices import GENDER
from reports.tables import ALL_RECORDS
from reports.views import AnswerPage, ShownGrid


class GenderForm(ReportForm):
    """Centres and period; everything is by gender here."""

    def __init__(self, *args):
        super().__init__(*args)
        del self.fields["by_gender"]


class GenderPage(AnswerPage):
    """Everything that is counted by gender, side by side (section 3.4)."""

    template_name = "reports/gender.html"
    address = "reports:gender"
    title = _("Gender analysis")
    form_class = GenderForm

    def make_report(self):
        with aggregates_of(self.request.user, self.form.centres):
            return analyse(centres=self.form.centres, period=self.form.period)

    def answer(self):
        report = self.make_report()
        sections = [
            (section, [(line, ShownGrid(line.grid, self.link_of(line.grid)).cells(line.row)) for line in section.lines])
            for section in report.sections
        ]
        return {"report": report, "sections": sections, "columns": (*GENDER, ALL_RECORDS)}


class GenderFile(GenderPage):
    """The same numbers as a spreadsheet. What leaves the program is in the audit, in the same transaction."""

    def get(self, request, *args, **kwargs):
        if not self.form.offered or not self.form.is_valid():
            return super().get(request)
        with transaction.atomic():
            report = self.make_report()
            record_export(report, "xlsx")
        response = HttpResponse(analysis_xlsx(report), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="{report.file_name}.xlsx"'
        return response
