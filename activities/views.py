"""Pages of activities: list, entering, editing, deleting, reading. Participants are in participant_views.py."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from activities import columns, services
from activities.filters import ActivityFilter
from activities.forms import ActivityForm
from activities.models import Activity
from activities.reconciliation import reconcile
from clients.forms import SearchForm
from clients.services import read_names
from mrc import restricted
from mrc.access import COORDINATOR
from mrc.audit import AuditEvent
from mrc.views import CentreChoiceMixin, CreatePage, DetailPage, ListPage, Page, UidMixin, UpdatePage

PARTICIPANTS_A_PAGE = 25
MOST_ENTRIES = 50  # of the audit on the page of an activity


class ActivityList(ListPage):
    permission_required = "activities.view_activity"
    model = Activity
    filterset_class = ActivityFilter
    template_name = "activities/list.html"
    title = gettext_lazy("Activities")
    empty = gettext_lazy("No activity yet. Enter the first one with “New activity”.")

    def get_queryset(self):
        return Activity.objects.for_list()

    @property
    def columns(self):
        several = len(self.request.user.active_centres) > 1
        return columns.ACTIVITIES_OF_CENTRES if several else columns.ACTIVITIES


class ActivityNew(CentreChoiceMixin, CreatePage):
    permission_required = "activities.add_activity"
    model = Activity
    form_class = ActivityForm
    template_name = "activities/form.html"
    title = gettext_lazy("New activity")
    submit_label = gettext_lazy("Save the activity")
    success_message = gettext_lazy("The activity is saved.")

    def get_cancel_url(self):
        return reverse("activities:list")


class ActivityEdit(UpdatePage):
    permission_required = "activities.change_activity"
    model = Activity
    form_class = ActivityForm
    template_name = "activities/form.html"
    success_message = gettext_lazy("The activity is saved.")

    def get_title(self):
        return _("Edit: %(activity)s") % {"activity": self.object}


class ActivityDelete(Page, UidMixin, DetailView):
    """Deleting an activity that was written down by mistake, after a question. Not while participants are named."""

    permission_required = "activities.delete_activity"
    model = Activity
    template_name = "activities/delete.html"
    title = gettext_lazy("Delete an activity")

    def get_context_data(self, **kwargs):
        with restricted.included():
            has_participants = self.object.participants.exists()
        return super().get_context_data(has_participants=has_participants, **kwargs)

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        try:
            services.delete_activity(activity=self.object)
        except ValidationError:
            return self.render_to_response(self.get_context_data(), status=409)
        messages.success(request, _("The activity is deleted."))
        return redirect("activities:list")


class ActivityDetail(DetailPage):
    """An activity with its head-count and its participants side by side."""

    permission_required = ("activities.view_activity", "clients.view_clientcard", "clients.view_identity")
    model = Activity
    template_name = "activities/detail.html"

    def get_queryset(self):
        return Activity.objects.select_related("centre")

    def get_context_data(self, **kwargs):
        page = self.request.GET.get("page")
        return super().get_context_data(
            **{**people_of(self.object, page), "history": self.history(), **kwargs},
        )

    def history(self):
        """Who entered and changed this activity and its list, for coordinators."""
        if COORDINATOR not in self.request.user.role_names:
            return None
        return AuditEvent.objects.filter(record=self.object.uid).select_related("actor")[:MOST_ENTRIES]


def people_of(activity, page=None):
    """What templates/activities/people.html shows: heads and names, a page of participants, the box to search."""
    left_out = restricted.left_out(activity.participants.all)
    participants = activity.participants.select_related("card").order_by("-pk")
    page = Paginator(participants, PARTICIPANTS_A_PAGE).get_page(page)
    read_names([participant.card for participant in page], "activity")
    return {
        "activity": activity,
        "reconciliation": reconcile(activity),
        "participants": page,
        "left_out": left_out,
        "search_form": SearchForm(auto_id="person_%s"),
    }
