"""Pages of participants: found among the client cards or entered as new cards, removed, and the list to sign."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from activities import services
from activities.forms import BlankRowsForm, ParticipantCardForm, blank_rows
from activities.models import Activity, Participant
from activities.views import ActivityDetail, people_of
from clients.forms import SearchForm
from clients.models import ClientCard
from clients.search import MOST_SHOWN, find_cards
from clients.services import read_names
from clients.views import CardNew
from mrc import audit
from mrc.audit import AuditEvent
from mrc.views import DetailPage, Page

ADDING = (*ActivityDetail.permission_required, "activities.add_participant")


class PeoplePart(ActivityDetail):
    """Answers a form of the part of the page with the participants: that part to htmx, else the whole page."""

    permission_required = ADDING

    def get(self, request, *args, **kwargs):
        return redirect("activities:detail", uid=self.kwargs["uid"])

    def answer(self, *, status=200, **context):
        if self.request.htmx:
            context = {**people_of(self.object), **context}
            return render(self.request, "activities/people.html", context, status=status)
        return self.render_to_response(self.get_context_data(**context), status=status)

    def done(self, notice):
        if self.request.htmx:
            return self.answer(notice=notice)
        messages.success(self.request, notice)
        return redirect(self.object.get_absolute_url() + "#people")


class ParticipantSearch(PeoplePart):
    """Finds client cards of the centre of the activity. What is searched is posted and written down nowhere."""

    def post(self, request, *args, **kwargs):
        self.object = activity = self.get_object()
        form = SearchForm(request.POST, auto_id="person_%s")
        if not form.is_valid():
            return self.answer(search_form=form, status=422)
        found = find_cards(form.cleaned_data["q"], [activity.centre])
        # A reference number in full is found in every centre of the reader.
        cards = [card for card in found.cards if card.centre_id == activity.centre_id]
        audit.record(
            AuditEvent.Action.SEARCH,
            centre_id=activity.centre_id,
            model=ClientCard._meta.label,
            kinds=found.kinds,
            hits=len(cards),
        )
        read_names(cards, "search")
        on_list = set(activity.participants.filter(card__in=cards).values_list("card", flat=True))
        return self.answer(
            search_form=form,
            is_searched=True,
            found=[(card, card.pk in on_list) for card in cards],
            has_more=found.has_more,
            most_shown=MOST_SHOWN,
        )


class ParticipantAdd(PeoplePart):
    """Puts a client card of the centre on the list."""

    def post(self, request, *args, **kwargs):
        self.object = activity = self.get_object()
        card = card_of(activity, request.POST.get("card"))
        if card is None:
            return self.answer(
                problem=_("This centre has no such client card. Search for the person again."), status=422
            )
        try:
            is_new = services.add_participant(activity=activity, card=card)
        except ValidationError as error:
            return self.answer(problem=error.messages[0], status=409)
        return self.done(_("The person is on the list.") if is_new else _("The person was on the list already."))


def card_of(activity, uid):
    """The client card of the centre of the activity with this identifier, or None."""
    try:
        uid = uuid.UUID(uid or "")
    except ValueError:
        return None
    return ClientCard.objects.filter(uid=uid, centre=activity.centre_id).first()


class ParticipantNew(CardNew):
    """A new client card of the centre of the activity, whose person is put on the list at once."""

    permission_required = (*CardNew.permission_required, "activities.add_participant")
    form_class = ParticipantCardForm
    template_name = "activities/new_card.html"
    title = gettext_lazy("New participant")
    submit_label = gettext_lazy("Save the card and put the person on the list")
    success_message = gettext_lazy("The card is saved, and the person is on the list.")

    @cached_property
    def activity(self):
        return get_object_or_404(Activity.objects.select_related("centre"), uid=self.kwargs["uid"])

    def get(self, request, *args, **kwargs):
        if not self.activity.is_over:
            return redirect(self.activity)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        activity = self.activity
        return {**super().get_form_kwargs(), "centres": [activity.centre], "activity": activity}

    def get_context_data(self, **kwargs):
        return super().get_context_data(activity=self.activity, **kwargs)

    def get_cancel_url(self):
        return self.activity.get_absolute_url()

    get_success_url = get_cancel_url

    @transaction.atomic
    def save(self, form):
        card = form.save()
        services.add_participant(activity=self.activity, card=card)
        return card


class ParticipantRemove(Page, DetailView):
    """Taking somebody off the list who did not take part, after a question."""

    permission_required = "activities.delete_participant"
    template_name = "activities/participant_remove.html"
    title = gettext_lazy("Remove a participant")

    def get_object(self, queryset=None):
        participants = Participant.objects.select_related("activity__centre", "card")
        return get_object_or_404(participants, activity__uid=self.kwargs["uid"], card__uid=self.kwargs["card_uid"])

    def post(self, request, *args, **kwargs):
        participant = self.get_object()
        activity = participant.activity
        services.remove_participant(activity=activity, card=participant.card)
        notice = _("The person is taken off the list.")
        if request.htmx:
            return render(request, "activities/people.html", {**people_of(activity), "notice": notice})
        messages.success(request, notice)
        return redirect(activity.get_absolute_url() + "#people")


class AttendanceList(DetailPage):
    """The list to print and to sign: the named participants in the order of their reference, then blank lines."""

    permission_required = ActivityDetail.permission_required
    model = Activity
    template_name = "activities/attendance.html"

    def get_queryset(self):
        return Activity.objects.select_related("centre")

    def get_title(self):
        return _("Attendance list")

    def get_context_data(self, **kwargs):
        participants = list(self.object.participants.select_related("card").order_by("card__reference"))
        read_names([participant.card for participant in participants], "attendance")
        suggested = blank_rows(self.object, len(participants))
        form = BlankRowsForm(self.request.GET if "rows" in self.request.GET else {"rows": suggested})
        first, blank = len(participants) + 1, form.cleaned_data["rows"] if form.is_valid() else suggested
        return super().get_context_data(
            participants=participants, blank_numbers=range(first, first + blank), form=form, **kwargs
        )
