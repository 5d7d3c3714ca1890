"""Pages of client cards: list, search, entering, reading, editing, and the services received."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, FormView

from clients import columns, search, services
from clients.filters import ClientCardFilter
from clients.forms import CardForm, SearchForm, ServiceForm
from clients.models import ClientCard, Consent, Identity, ServiceReceived
from mrc import audit
from mrc.access import COORDINATOR
from mrc.audit import AuditEvent
from mrc.restrict_views import RestrictPage
from mrc.views import CentreChoiceMixin, CreatePage, DetailPage, ListPage, Page, UpdatePage

MOST_ENTRIES = 50  # of the audit on the page of a card


class CardList(ListPage):
    permission_required = ("clients.view_clientcard", "clients.view_identity")
    model = ClientCard
    filterset_class = ClientCardFilter
    template_name = "clients/list.html"
    title = gettext_lazy("Client cards")
    columns = columns.LIST_COLUMNS
    empty = gettext_lazy("No client card yet. Enter the first one with “New card”.")

    def get_queryset(self):
        return ClientCard.objects.for_list()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(search_form=SearchForm(), **kwargs)
        context["object_list"] = list(context["object_list"])
        services.read_names(context["object_list"], "list")
        return context


class CardSearch(Page, FormView):
    """Finds a person. What is searched comes by POST and is written down nowhere."""

    permission_required = ("clients.view_clientcard", "clients.view_identity")
    form_class = SearchForm
    template_name = "clients/search.html"
    title = gettext_lazy("Find a person")

    def form_valid(self, form):
        centres = self.request.user.active_centres
        found = search.find_cards(form.cleaned_data["q"], centres)
        audit.record(
            AuditEvent.Action.SEARCH,
            centre_id=centres[0].pk if len(centres) == 1 else None,
            model="clients.ClientCard",
            kinds=found.kinds,
            hits=len(found.cards),
        )
        services.read_names(found.cards, "search")
        return self.render_to_response(
            self.get_context_data(
                form=form,
                found=found,
                object_list=found.cards,
                columns=columns.LIST_COLUMNS,
                most_shown=search.MOST_SHOWN,
            )
        )

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


class CardNew(CentreChoiceMixin, CreatePage):
    """Entering a card. Cards that may be the same person are shown first; the user decides."""

    permission_required = ("clients.add_clientcard", "clients.view_identity")
    model = ClientCard
    form_class = CardForm
    template_name = "clients/new.html"
    title = gettext_lazy("New client card")
    submit_label = gettext_lazy("Save the card")
    success_message = gettext_lazy("The card is saved.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_cancel_url(self):
        return reverse("clients:list")

    def form_valid(self, form):
        duplicates = [] if "somebody_else" in self.request.POST else form.likely_duplicates()
        if not duplicates:
            return super().form_valid(form)
        services.read_names(duplicates, "duplicates")
        return self.render_to_response(self.get_context_data(form=form, duplicates=duplicates), status=409)


class CardDetail(DetailPage):
    """A card with everything that belongs to it, in the order of the paper form."""

    permission_required = ("clients.view_clientcard", "clients.view_identity")
    model = ClientCard
    template_name = "clients/detail.html"
    service_form = None

    def get_queryset(self):
        return ClientCard.objects.select_related("centre")

    def get_context_data(self, **kwargs):
        card = self.object
        with audit.reading_identities([card], "card"):
            identity = Identity.objects.filter(card=card).first()
        return super().get_context_data(
            identity=identity,
            consents=consents_of(card),
            erasure=card.erasures.first(),
            cases=self.cases(),
            history=self.history(),
            **services_context(card, self.service_form),
            **kwargs,
        )

    def cases(self):
        if self.request.user.has_perm("legal_cases.view_legalcase"):
            return self.object.legal_cases.only("uid", "reference", "client_id", "closed_on")
        return []

    def history(self):
        """Who entered, changed and opened this card, for coordinators."""
        if COORDINATOR not in self.request.user.role_names:
            return None
        return AuditEvent.objects.filter(record=self.object.uid).select_related("actor")[:MOST_ENTRIES]


def consents_of(card):
    """(label of the purpose, its consents, the newest first) of every purpose, also those never agreed to."""
    given = list(card.consents.select_related("recorded_by").order_by("-pk"))
    return [(label, [one for one in given if one.purpose == purpose]) for purpose, label in Consent.Purpose.choices]


def services_context(card, form=None):
    """What templates/clients/services.html shows."""
    return {
        "card": card,
        "services": card.services.select_related("staff_member"),
        "service_form": form or ServiceForm(),
    }


class CardEdit(UpdatePage):
    permission_required = ("clients.change_clientcard", "clients.view_identity")
    model = ClientCard
    form_class = CardForm

    def get_queryset(self):
        return ClientCard.objects.select_related("centre")

    def get_title(self):
        return _("Edit %(reference)s") % {"reference": self.object.reference}

    def get_form(self, form_class=None):
        with audit.reading_identities([self.object], "edit"):
            return super().get_form(form_class)

    def conflict(self, form):
        with audit.reading_identities([self.object], "edit"):
            return super().conflict(form)


class CardRestrict(RestrictPage):
    permission_required = ("clients.change_clientcard", "clients.view_identity")
    model = ClientCard


class ServiceAdd(CardDetail):
    """One more service on a card: by htmx only that part of the page changes, without it the page comes back."""

    permission_required = (*CardDetail.permission_required, "clients.add_servicereceived")

    def get(self, request, *args, **kwargs):
        return redirect(self.get_object())

    def post(self, request, *args, **kwargs):
        self.object = self.get_object()
        form = ServiceForm(request.POST)
        if form.is_valid() and form.save_for(self.object, request.user):
            return self.added()
        self.service_form = form
        if request.htmx:
            return render(request, "clients/services.html", services_context(self.object, form), status=422)
        return self.render_to_response(self.get_context_data(), status=422)

    def added(self):
        if self.request.htmx:
            return render(
                self.request, "clients/services.html", {**services_context(self.object), "notice": _("Service added.")}
            )
        messages.success(self.request, _("Service added."))
        return redirect(self.object.get_absolute_url() + "#services")


class ServiceDelete(Page, DetailView):
    """Taking back a service that was written down by mistake, after a question."""

    permission_required = "clients.delete_servicereceived"
    template_name = "clients/service_delete.html"
    title = gettext_lazy("Remove a service")

    def get_object(self, queryset=None):
        services_here = ServiceReceived.objects.select_related("card__centre", "staff_member")
        return get_object_or_404(services_here, uid=self.kwargs["service_uid"], card__uid=self.kwargs["uid"])

    def post(self, request, *args, **kwargs):
        service = self.get_object()
        card = service.card
        service.delete()
        if request.htmx:
            context = {**services_context(card), "notice": _("Service removed.")}
            return render(request, "clients/services.html", context)
        messages.success(request, _("Service removed."))
        return redirect(card.get_absolute_url() + "#services")
