"""Import and export in the browser: upload, preview, confirm or cancel; template; export. The same for every app.

``paths`` gives the URLs of an app from its Importer and the filters of its list.
"""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView, TemplateView, View

from mrc import audit, cells, dates, spreadsheets, vault
from mrc.access import every_centre, record_centre_ids
from mrc.exports import XLSX, write_rows
from mrc.forms import NamesMissingMixin
from mrc.imports import ChangedMeanwhile
from mrc.models import Centre, PendingImport, Submission
from mrc.spreadsheets import BROWSER, MEGABYTE, SpreadsheetRefused
from mrc.views import Page

KEPT = timedelta(days=1)
MOST_ROWS, MOST_CHANGES, MOST_PROBLEMS, MOST_REMARKS, MOST_ERAS = 50, 500, 200, 100, 10


class SpreadsheetPage(Page):
    """What all pages here share: the app's importer, and the permission by its name."""

    importer = None
    filterset_class = None
    action = "import"

    def get_permission_required(self):
        meta = self.importer.model._meta
        return [f"{meta.app_label}.{self.action}_{meta.model_name}"]

    @property
    def kept_as(self):
        """What an upload is of: pages of another kind do not find it."""
        return self.importer.model._meta.label

    def url(self, name, *args):
        return reverse(f"{self.importer.model._meta.app_label}:{name}", args=args)

    def uploads(self):
        """What this user has uploaded here and neither imported nor cancelled."""
        return PendingImport.objects.filter(uploaded_by=self.request.user, records=self.kept_as)

    def file(self, content, name):
        return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)


class UploadForm(NamesMissingMixin, forms.Form):
    """A spreadsheet, and the centre into which it is imported if there are several."""

    centre = forms.ModelChoiceField(Centre.objects.none(), label=gettext_lazy("Centre"), to_field_name="code")
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("An Excel workbook (.xlsx) filled in like the template."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(self, *args, centres, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["centre"].queryset = Centre.objects.filter(pk__in=centres)
        if len(centres) == 1:
            self.only_centre = self.fields.pop("centre").queryset.get()

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > BROWSER.packed:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB. Split it into smaller ones.")
                % {"size": BROWSER.packed // MEGABYTE}
            )
        content = file.read()
        try:
            spreadsheets.read_sheet(content, BROWSER)
        except SpreadsheetRefused as error:
            raise forms.ValidationError(str(error)) from error
        return content


class Upload(SpreadsheetPage, FormView):
    """Chooses the spreadsheet. It is judged at once; what its rows would do is shown on the next page."""

    template_name = "imports/upload.html"
    form_class = UploadForm
    title = gettext_lazy("Import and export")

    def get_form_kwargs(self):
        centres = record_centre_ids(self.request.user)
        if not centres:
            raise PermissionDenied(_("You belong to no active centre. Ask an administrator to add you to one."))
        return {**super().get_form_kwargs(), "centres": centres}

    def get_context_data(self, **kwargs):
        meta = self.importer.model._meta
        return super().get_context_data(
            **{
                "records": meta.verbose_name_plural,
                "list_url": self.url("list"),
                "template_url": self.url("import_template"),
                "export_url": self.url("export"),
                "may_export": self.request.user.has_perm(f"{meta.app_label}.export_{meta.model_name}"),
                "most_rows": BROWSER.rows,
                "columns": self.importer.columns,
                **kwargs,
            }
        )

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form):
        forget_old_uploads()
        upload = PendingImport.objects.create(
            centre=form.cleaned_data.get("centre") or form.only_centre,
            uploaded_by=self.request.user,
            records=self.kept_as,
            sealed_content=vault.seal_bytes(form.cleaned_data["file"]),
        )
        return redirect(self.url("import_preview", upload.uid))


def forget_old_uploads():
    with every_centre("uploads are forgotten after a day, whosever they are"):
        PendingImport.objects.filter(at__lt=timezone.now() - KEPT).delete()


class UploadedPage(SpreadsheetPage):
    """Works on a spreadsheet that was uploaded."""

    def check(self, upload):
        """(importer, preview) of the upload, against what is stored now."""
        importer = self.importer(upload.centre)
        return importer, importer.check(upload.content, BROWSER)

    def get_upload(self):
        forget_old_uploads()
        return get_object_or_404(self.uploads().select_related("centre"), uid=self.kwargs["uid"])


class Preview(UploadedPage, TemplateView):
    template_name = "imports/preview.html"
    title = gettext_lazy("What the import would do")

    def get_context_data(self, **kwargs):
        upload = self.get_upload()
        importer, preview = self.check(upload)
        return super().get_context_data(
            upload=upload,
            preview=preview,
            changes=[] if preview.problems else importer.changes(preview, MOST_CHANGES),
            number_of_changes=sum(len(row.changes) for row in preview.changed),
            problems=preview.problems[:MOST_PROBLEMS],
            warnings=preview.warnings_by_reason()[:MOST_REMARKS],
            eras=preview.eras[:MOST_ERAS],
            groups=preview.groups[:MOST_REMARKS],
            rows=[(row, _shown(row, preview.columns)) for row in preview.rows[:MOST_ROWS]],
            urls={name: self.url(f"import_{name}", upload.uid) for name in ("confirm", "cancel", "problems")},
            upload_url=self.url("import"),
            **kwargs,
        )


def _shown(row, columns):
    """The answers of a row as they would be stored, for reading."""
    return [cells.shown(column.kind.write(row.values.get(column.name, column.kind.empty))) for column in columns]


class Confirm(UploadedPage, View):
    """Imports what the preview showed; if it would show anything else now, shows that. Sent twice: imported once."""

    http_method_names = ["post"]

    def post(self, request, uid):
        if earlier := Submission.objects.filter(token=uid).first():
            return redirect(earlier.url)
        upload = self.get_upload()
        importer, preview = self.check(upload)
        if preview.problems:
            return redirect(self.url("import_preview", uid))
        try:
            if request.POST.get("seen") != preview.seen:
                raise ChangedMeanwhile
            with transaction.atomic():
                Submission.objects.create(token=uid, centre=upload.centre, url=self.url("list"))
                importer.write(preview)
                upload.delete()
        except ChangedMeanwhile as error:
            messages.warning(request, str(error))
            return redirect(self.url("import_preview", uid))
        except IntegrityError:
            if earlier := Submission.objects.filter(token=uid).first():
                return redirect(earlier.url)
            raise
        messages.success(request, self.in_words(preview))
        return redirect(self.url("list"))

    def in_words(self, preview):
        """How many records were created and changed; no name."""
        created, changed = len(preview.created), len(preview.changed)
        parts = [
            ngettext("%(n)s record was created", "%(n)s records were created", created) % {"n": created},
            ngettext("%(n)s was changed", "%(n)s were changed", changed) % {"n": changed},
        ]
        return _("Imported: %(what)s.") % {"what": ", ".join(parts)}


class Cancel(UploadedPage, View):
    http_method_names = ["post"]

    def post(self, request, uid):
        self.get_upload().delete()
        messages.success(request, _("Cancelled. Nothing was imported, and the uploaded file is deleted."))
        return redirect(self.url("import"))


class Problems(UploadedPage, View):
    """The list of problems as a spreadsheet, to correct them one by one."""

    def get(self, request, uid):
        preview = self.check(self.get_upload())[1]
        rows = ([one.sheet, one.cell, one.value, one.reason] for one in preview.problems)
        headings = [_("Sheet"), _("Cell"), _("Value"), _("What to do")]
        return self.file(write_rows(headings, rows, _("Problems")), "problems.xlsx")


class Template(SpreadsheetPage, View):
    """An empty spreadsheet with drop-down lists and an explanation of each column."""

    def get(self, request):
        content = spreadsheets.write_template(self.importer.columns, self.importer.sheet_title)
        name = f"{self.importer.model._meta.app_label}-template.xlsx"
        return HttpResponse(
            content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


class Export(SpreadsheetPage, View):
    """The records of one centre that fit the filters of the list, in the columns of the import."""

    action = "export"

    def get(self, request):
        records = self.filterset_class(request.GET, queryset=self.importer.model.objects.all(), request=request)
        centres = Centre.objects.filter(pk__in=record_centre_ids(request.user))
        centre = centres.filter(code=request.GET["centre"]).first() if "centre" in request.GET else None
        if centre is None and len(centres) == 1:
            centre = centres[0]
        if centre is None or not records.is_valid():
            messages.warning(request, _("Choose the centre that you want to export."))
            return redirect(self.url("import"))
        name = f"{self.importer.model._meta.app_label}-{centre.code}-{dates.today().isoformat()}.xlsx"
        # A filter may find a record twice; comparing whole records to find out would take long.
        found = self.importer.model.objects.filter(pk__in=records.qs.filter(centre=centre).order_by().values("pk"))
        return self.file(self.write(centre, found), name)

    def write(self, centre, records):
        importer = self.importer(centre)
        model = self.importer.model
        audit.record(
            audit.AuditEvent.Action.EXPORT, centre_id=centre.pk, model=model._meta.label, records=records.count()
        )
        with audit.identities_opened():
            rows = importer.export(records.order_by("pk"))
            return write_rows([column.name for column in importer.columns], rows, str(importer.sheet_title))


def paths(importer, filterset_class):
    """The URLs of import and export of an app."""

    def view(page):
        return page.as_view(importer=importer, filterset_class=filterset_class)

    return [
        path("import/", view(Upload), name="import"),
        path("import/template/", view(Template), name="import_template"),
        path("import/<uuid:uid>/", view(Preview), name="import_preview"),
        path("import/<uuid:uid>/confirm/", view(Confirm), name="import_confirm"),
        path("import/<uuid:uid>/cancel/", view(Cancel), name="import_cancel"),
        path("import/<uuid:uid>/problems/", view(Problems), name="import_problems"),
        path("export/", view(Export), name="export"),
    ]
