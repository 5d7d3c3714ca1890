"""Pages on which a consent is taken back and an identity erased; who has seen a record; the file for the person."""

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from django.views.generic.detail import SingleObjectMixin

from activities.models import Participant
from clients import forgetting, person_file, seen
from clients.models import ClientCard, Consent, Erasure
from harvesting.models import Interview, Story
from legal_cases.models import LegalCase
from mrc import audit, dates
from mrc.documents import DOCX
from mrc.fields import DayField
from mrc.forms import NamesMissingMixin, show_refusal
from mrc.views import DetailPage, Page, UidMixin

PER_PAGE = 100

# What follows when a consent is taken back, in plain words.
CONSEQUENCES = {
    Consent.Purpose.KEEP_DATA: gettext_lazy(
        "The identity is erased now, and cannot be brought back: what is listed below goes, what is counted stays. All "
        "other consents end with it."
    ),
    Consent.Purpose.FOLLOW_UP: gettext_lazy(
        "The person is not called any more and is in no new sample for interviews. On a list that is drawn already, "
        "write down that the person refuses; the next one follows."
    ),
    Consent.Purpose.REFERRAL: gettext_lazy(
        "Nothing about the person is given to others any more. Tell those who were told already that the consent ended."
    ),
    Consent.Purpose.STORY: gettext_lazy(
        "The story never leaves the centre any more: it is in no new report and no download. A report that was handed "
        "in with it shows from now on that it was withdrawn; copies on paper or in files that were sent stay with "
        "those who have them."
    ),
}


class OneCard(Page, UidMixin, SingleObjectMixin):
    """A page that asks before something happens to a card. The person's name is not on it."""

    model = ClientCard

    def get_queryset(self):
        return ClientCard.objects.select_related("centre")

    def dispatch(self, request, *args, **kwargs):
        if self.has_permission():
            self.object = self.get_object()
        return super().dispatch(request, *args, **kwargs)


class ConsentForm(NamesMissingMixin, forms.Form):
    """The day on which a consent was taken back."""

    on = DayField(label=gettext_lazy("Taken back on"), help_text=gettext_lazy("Day/month/year."))

    def __init__(self, *args, consent, **kwargs):
        super().__init__(*args, **kwargs)
        self.consent = consent
        self.initial.setdefault("on", dates.today())

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on < self.consent.given_on:
            raise forms.ValidationError(_("The consent was given later than this day. Check both dates."))
        return on


class ConsentWithdraw(OneCard, FormView):
    """Taking back a consent, in one step, after saying what it means."""

    permission_required = ("clients.change_clientcard", "clients.view_identity")
    form_class = ConsentForm
    template_name = "clients/consent_withdraw.html"

    def dispatch(self, request, *args, **kwargs):
        if self.has_permission():
            in_force = Consent.objects.filter(card__uid=self.kwargs["uid"], withdrawn_on=None)
            self.consent = in_force.select_related("card__centre").filter(purpose=self.kwargs["purpose"]).first()
            if self.consent is None:
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "consent": self.consent}

    def get_title(self):
        return _("Take back a consent: %(purpose)s") % {"purpose": self.consent.get_purpose_display()}

    def get_context_data(self, **kwargs):
        erases = self.consent.purpose == Consent.Purpose.KEEP_DATA
        return super().get_context_data(
            consent=self.consent,
            consequence=CONSEQUENCES[self.consent.purpose],
            what_goes=what_goes(self.object) if erases else None,
            **kwargs,
        )

    def form_valid(self, form):
        try:
            forgetting.withdraw(consent=self.consent, on=form.cleaned_data["on"])
        except forms.ValidationError as error:
            show_refusal(form, error)
            return self.form_invalid(form)
        return redirect(self.object)

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


class Erase(OneCard, FormView):
    """Erasing the identity because the person asks for it."""

    permission_required = ("clients.add_erasure", "clients.view_identity")
    form_class = forms.Form
    template_name = "clients/erase.html"
    title = gettext_lazy("Erase the identity")

    def get_context_data(self, **kwargs):
        return super().get_context_data(what_goes=what_goes(self.object), **kwargs)

    def form_valid(self, form):
        forgetting.erase(card=self.object, why=Erasure.Why.REQUEST)
        return redirect(self.object)


def what_goes(card):
    """What the page that asks says beside the sentences: how many records lose their texts, and what concerns several
    people, which somebody has to look through.
    """
    cases = LegalCase.objects.filter(client=card)
    return {
        "cases": cases.count(),
        "interviews": Interview.objects.filter(card=card).count(),
        "stories": Story.objects.filter(interview__card=card).count(),
        "services": card.services.count(),
        "groups": [case.group for case in cases.exclude(group=None).select_related("group")],
        "activities": [one.activity for one in Participant.objects.filter(card=card).select_related("activity")],
    }


class Seen(DetailPage):
    """Who has seen a person's record, when and why, to be printed."""

    permission_required = ("clients.view_readers", "clients.view_clientcard")
    model = ClientCard
    template_name = "clients/seen.html"

    def get_queryset(self):
        return ClientCard.objects.select_related("centre")

    def get_title(self):
        return _("Who has seen the record %(reference)s") % {"reference": self.object.reference}

    def get_context_data(self, **kwargs):
        with transaction.atomic():
            self.object.audit_event(audit.AuditEvent.Action.LOOK_UP).save()
        page = Paginator(seen.entries_about(self.object), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            entries=[seen.in_words(entry) for entry in page],
            page_obj=page,
            is_paginated=page.has_other_pages(),
            **kwargs,
        )


class PersonFile(OneCard, FormView):
    """All that is stored about a person as a document, after a question: it names the person and leaves the program."""

    permission_required = ("clients.export_person", "clients.view_identity")
    form_class = forms.Form
    template_name = "clients/person_file.html"
    title = gettext_lazy("File for the person")

    def form_valid(self, form):
        card = self.object
        with transaction.atomic():
            card.audit_event(audit.AuditEvent.Action.EXPORT, why="person_file", format="docx").save()
        return HttpResponse(
            person_file.write(card),
            content_type=DOCX,
            headers={"Content-Disposition": f'attachment; filename="{card.reference}.docx"'},
        )
