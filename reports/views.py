"""The page of report tables, its files, and the records behind a number."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView, TemplateView

from mrc import restricted
from mrc.access import aggregates_of, centre_scope, record_centre_ids, report_agreements, report_centres
from mrc.exports import REPORT_FORMATS
from mrc.printed import show_number
from mrc.views import Page
from reports import gender
from reports.annexes import TABLES_BY_CODE
from reports.columns import COLUMNS, RELATED
from reports.forms import ReportForm
from reports.services import make_report, record_export

COUNTED = TABLES_BY_CODE | gender.ONLY_HERE


class ReportPage(Page):
    """What the pages of reports share: the question in the address.

    A centre or an agreement of somebody else is one that does not exist.
    """

    permission_required = "reports.view_tables"
    title = _("Report tables")
    form_class = ReportForm

    @cached_property
    def form(self):
        user, asked = self.request.user, self.request.GET
        agreements = report_agreements(user).prefetch_related("centres")
        form = self.form_class(asked, report_centres(user), agreements)
        if set(asked.getlist("centre")) - set(form.offered):
            raise Http404
        if set(asked.getlist("agreement")) - set(form.offered_agreements):
            raise Http404
        return form

    def make_report(self):
        with aggregates_of(self.request.user, self.form.centres):
            return make_report(
                centres=self.form.centres, period=self.form.period, by_gender=self.form.cleaned_data["by_gender"]
            )


class AnswerPage(ReportPage, TemplateView):
    """What is asked for, for the chosen centres and period; without an acceptable question, the form and what is wrong.

    ``address``: the name of its own, to which the form leads.
    """

    address = ""

    def get(self, request, *args, **kwargs):
        context = self.get_context_data(form=self.form, question_url=reverse(self.address))
        if not self.form.offered:
            return self.render_to_response(context)
        if not self.form.is_valid():
            return self.render_to_response(context, status=422)
        return self.render_to_response(context | self.answer() | {"query": self.form.query})

    def answer(self):
        """What the template shows: ``report`` (with centres, period, made_at) and more."""
        raise NotImplementedError

    def link_of(self, grid):
        """The question that leads on from a number of this grid; empty where the reader may not see the records."""
        user = self.request.user
        may = user.has_perms(["reports.view_cell_records", grid.table.source.permission])
        in_scope = {centre.pk for centre in self.form.centres} <= set(record_centre_ids(user))
        return self.form.query if may and in_scope else ""


class ReportTables(AnswerPage):
    """All tables for the chosen centres and period."""

    template_name = "reports/tables.html"
    address = "reports:tables"

    def answer(self):
        report = self.make_report()
        sections = [
            (heading, [ShownGrid(grid, self.link_of(grid)) for grid in grids]) for heading, grids in report.sections
        ]
        return {"report": report, "sections": sections, "formats": REPORT_FORMATS}


class ReportDownload(ReportTables):
    """The same tables as a file. What leaves the program is in the audit, in the same transaction."""

    def get(self, request, *args, file_format, **kwargs):
        if file_format not in REPORT_FORMATS:
            raise Http404
        if not self.form.offered or not self.form.is_valid():
            return super().get(request)
        wanted = REPORT_FORMATS[file_format]
        with transaction.atomic():
            report = self.make_report()
            record_export(report, file_format)
        response = HttpResponse(wanted.write(report), content_type=wanted.content_type)
        response["Content-Disposition"] = f'attachment; filename="{report.file_name}.{file_format}"'
        return response


class CellRecords(ReportPage, ListView):
    """Exactly the records behind one number, for those who may see them."""

    template_name = "reports/records.html"
    paginate_by = 25

    def get_permission_required(self):
        table = COUNTED.get(self.kwargs["table"])
        return ["reports.view_tables", "reports.view_cell_records", *([table.source.permission] if table else [])]

    def get(self, request, *args, **kwargs):
        if self.form.offered and not self.form.is_valid():
            return redirect(f"{reverse('reports:tables')}?{request.GET.urlencode()}")
        seen = record_centre_ids(request.user)
        with centre_scope(centre for centre in self.centres if centre.pk in seen):
            return super().get(request, *args, **kwargs).render()

    @property
    def centres(self):
        return self.form.centres if self.form.offered else []

    @cached_property
    def cell(self):
        """(table, row, column) that the address names."""
        try:
            table = COUNTED[self.kwargs["table"]]
            return table, table.row(self.kwargs["row"]), table.column(self.kwargs["column"])
        except KeyError:
            raise Http404 from None

    def get_queryset(self):
        table, row, column = self.cell
        if not self.form.offered:
            return table.source.model.objects.none()
        records = table.records(self.form.period, row.code, column.code)
        related = RELATED.get(records.model, [])
        return records.select_related(*related).order_by(*records.model._meta.ordering)

    def get_title(self):
        table, row, column = self.cell
        names = [row.label, column.label] if column.code in table.columns else [row.label]
        return f"{table.title}: {', '.join(map(str, names))}"

    def get_context_data(self, **kwargs):
        context = {
            "columns": COLUMNS[self.object_list.model],
            "centres": self.centres,
            "empty": _("No record is behind this number."),
            "left_out": restricted.left_out(self.get_queryset),
        }
        if self.form.offered:
            context |= {"query": self.form.query, "asked_for": self.form.period}
        return super().get_context_data(**context, **kwargs)


@dataclass(frozen=True)
class ShownCell:
    """A number as it is printed, and the address of its records (empty: no link)."""

    text: str
    url: str


@dataclass(frozen=True)
class ShownGrid:
    """A grid as the page shows it. ``query``: the question that its links carry on; empty: no links."""

    grid: object
    query: str

    @property
    def rows(self):
        """(row, its cells, its percentage, whether it is the total)."""
        for row in self.grid.printed_rows:
            share = show_number(self.grid.share(row)) if self.grid.base is not None else ""
            yield row, self.cells(row), share, row is self.grid.total

    def cells(self, row):
        return [self._cell(row, column, value) for column, value in zip(self.grid.columns, row.values, strict=True)]

    def _cell(self, row, column, value):
        records = row.values[-1] if isinstance(value, Decimal) else value  # an amount of 0.00 can be that of a case
        if not records or not self.query:
            return ShownCell(show_number(value), "")
        where = {"table": self.grid.code, "row": row.slice.code, "column": column.code}
        return ShownCell(show_number(value), f"{reverse('reports:records', kwargs=where)}?{self.query}")
