"""Import of an attendance list in the browser: the pages of mrc/import_views.py, for one activity."""

from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities import imports
from activities.imports import AttendanceImporter
from activities.models import Activity
from clients.services import read_names
from mrc import import_views
from mrc.import_views import BROWSER, MOST_ROWS


class OfActivity:
    """``activity_uid`` in the URL says which activity; ``uid`` is that of the upload, as on all pages of imports."""

    importer = AttendanceImporter

    def get_permission_required(self):
        return ["activities.import_participant", "clients.add_clientcard", "clients.view_identity"]

    def has_permission(self):
        """With the permission, the activity must be one of an own centre (404)."""
        return super().has_permission() and bool(self.activity)

    def dispatch(self, request, *args, activity_uid, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def activity(self):
        return get_object_or_404(Activity.objects.select_related("centre"), uid=self.kwargs["activity_uid"])

    @property
    def kept_as(self):
        return f"attendance {self.activity.uid}"

    def url(self, name, *args):
        if name == "list":
            return f"{self.activity.get_absolute_url()}#people"
        return reverse(f"activities:{name}", args=[self.activity.uid, *args]) if name != "export" else ""

    def check(self, upload):
        importer = AttendanceImporter(self.activity)
        return importer, importer.check(upload.content, BROWSER)

    def get_context_data(self, **kwargs):
        return super().get_context_data(activity=self.activity, **kwargs)


class Upload(OfActivity, import_views.Upload):
    template_name = "activities/import.html"
    title = gettext_lazy("Import an attendance list")

    def get_form_kwargs(self):
        centre = self.activity.centre_id
        return {**super().get_form_kwargs(), "centres": [centre]}


class Preview(OfActivity, import_views.Preview):
    template_name = "activities/import_preview.html"

    def check(self, upload):
        self.importer, preview = super().check(upload)
        return self.importer, preview

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        importer, preview = self.importer, context["preview"]
        if preview.problems:
            return context
        lines = [(row, importer.kinds[row.number]) for row in preview.rows[:MOST_ROWS]]
        read_names([row.record for row, kind in lines if kind in (imports.NAMED, imports.ON_LIST)], "import")
        return context | {
            "lines": lines,
            "numbers": {kind: len(importer.of_kind(kind)) for kind in imports.KINDS},
            "heads": self.heads_in_words(importer.heads),
            "differing_heads": self.differing_heads(importer.counted()),
        }

    def differing_heads(self, counted):
        """(head-count that is recorded, that of the sheet) in words, where they differ; the recorded one stays."""
        recorded = {column: getattr(self.activity, column) for column in counted}
        if not self.activity.has_head_count or recorded == counted:
            return None
        return self.heads_in_words(recorded), self.heads_in_words(counted)

    def heads_in_words(self, heads):
        return heads and _("women %(women)s, men %(men)s, other/unknown %(other)s") % heads


class Confirm(OfActivity, import_views.Confirm):
    def check(self, upload):
        self.importer, preview = super().check(upload)
        return self.importer, preview

    def in_words(self, preview):
        new, known = (len(self.importer.of_kind(kind)) for kind in (imports.NEW_CARD, imports.NAMED))
        parts = [
            ngettext("%(n)s new card", "%(n)s new cards", new) % {"n": new},
            ngettext("%(n)s known client", "%(n)s known clients", known) % {"n": known},
        ]
        return _("Imported: %(what)s put on the list.") % {"what": ", ".join(parts)}


class Cancel(OfActivity, import_views.Cancel):
    pass


class Problems(OfActivity, import_views.Problems):
    pass


class Template(OfActivity, import_views.Template):
    pass


FOLDER = "<uuid:activity_uid>/participants/import/"
paths = [
    path(FOLDER, Upload.as_view(), name="import"),
    path(f"{FOLDER}template/", Template.as_view(), name="import_template"),
    path(f"{FOLDER}<uuid:uid>/", Preview.as_view(), name="import_preview"),
    path(f"{FOLDER}<uuid:uid>/confirm/", Confirm.as_view(), name="import_confirm"),
    path(f"{FOLDER}<uuid:uid>/cancel/", Cancel.as_view(), name="import_cancel"),
    path(f"{FOLDER}<uuid:uid>/problems/", Problems.as_view(), name="import_problems"),
]
