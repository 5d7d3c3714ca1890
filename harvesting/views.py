"""Pages of outcome harvesting: how far the year is, sample draws, interviews from the first answer to the last."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from clients.forgetting import erasure_of_texts
from clients.models import ClientCard
from clients.services import read_names
from harvesting import draws, services
from harvesting.columns import INTERVIEW_COLUMNS
from harvesting.filters import InterviewFilter
from harvesting.forms import DrawForm, InterviewForm, OutcomeForm, before_name
from harvesting.models import Interview, SampleDraw
from mrc import dates
from mrc.choices import Gender
from mrc.views import CentreChoiceMixin, DetailPage, FormPage, ListPage, Page, SubmitOnceMixin, UidMixin, UpdatePage
from reports.agreements import sampling_rules


class Overview(Page, TemplateView):
    """How far the interviews of the year are, for each centre, and the draws made."""

    permission_required = "harvesting.view_interview"
    template_name = "harvesting/overview.html"
    title = gettext_lazy("Outcome harvesting")

    def get_context_data(self, **kwargs):
        year = dates.today().year
        centres = self.request.user.active_centres
        return super().get_context_data(
            year=year,
            progress=[(centre, services.progress(centre, year)) for centre in centres],
            draws=SampleDraw.objects.select_related("centre", "drawn_by").defer("order")[:50],
            **kwargs,
        )


# --- draws -------------------------------------------------------------------------------------------------------


class DrawNew(SubmitOnceMixin, CentreChoiceMixin, FormPage, FormView):
    """Shows the frame of a centre and year first: who can be drawn, who cannot and why; then draws from it."""

    permission_required = "harvesting.add_sampledraw"
    form_class = DrawForm
    template_name = "harvesting/draw_new.html"
    title = gettext_lazy("Draw a sample")

    def get_initial(self):
        return {"centre": self.request.GET.get("centre", ""), "year": _year(self.request.GET.get("year"))}

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        code = self.request.POST.get("centre") or kwargs["initial"]["centre"]
        centres = list(kwargs["centres"])
        centre = next((one for one in centres if one.code == code), centres[0])
        kwargs["initial"]["centre"] = centre.code
        return {**kwargs, "rules": sampling_rules(centre, dates.today())}

    def get_context_data(self, **kwargs):
        form = kwargs.get("form") or self.get_form()
        centre = form.centres[form.initial["centre"]]
        year = _year(form["year"].value())
        return super().get_context_data(
            **{
                "form": form,
                "centre": centre,
                "year": year,
                "rows": _frame_rows(draws.frame_of(centre, year, dates.today()).counts),
                "earlier": SampleDraw.objects.filter(centre=centre, year=year).defer("order"),
                "genders": Gender.labels,
                **kwargs,
            }
        )

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def save(self, form):
        return draws.draw_sample(drawn_on=dates.today(), **form.cleaned_data)

    def get_success_url(self):
        return self.object.get_absolute_url()


def _year(text):
    """The year that is asked for, in either calendar; this year if it is none."""
    try:
        year = dates.gregorian_year(int(text))
    except (TypeError, ValueError):
        year = 0
    return year if 2000 <= year <= 2100 else dates.today().year


def _frame_rows(counts):
    """(heading, numbers by gender, total) of a frame: eligible first, then each reason why not."""
    rows = [(_("Eligible"), counts["eligible"])]
    rows += [(reason.label, counts["not_eligible"][reason.value]) for reason in draws.NotEligible]
    return [
        (heading, [numbers[gender] for gender in Gender.values], sum(numbers.values())) for heading, numbers in rows
    ]


class DrawDetail(DetailPage):
    """The people drawn, those who could not be interviewed and who follows; and whether the frame still holds."""

    permission_required = ("harvesting.view_sampledraw", "clients.view_identity")
    model = SampleDraw
    template_name = "harvesting/draw_detail.html"
    outcome_form = None
    outcome_for = None

    def get_queryset(self):
        return SampleDraw.objects.select_related("centre", "drawn_by")

    def get_title(self):
        year = dates.show_year(self.object.year)
        return _("Sample of %(centre)s, %(year)s") % {"centre": self.object.centre.code, "year": year}

    def get_context_data(self, **kwargs):
        draw = self.object
        places = draws.places_of(draw)
        standing = Counter(place.gender for place in places if not place.outcome)
        read_names([place.card for place in places if place.card], "draw")
        return super().get_context_data(
            places=places,
            genders=Gender.labels,
            rows=_frame_rows(draw.frame),
            missing_women=max(draw.women_wanted - draw.seats[Gender.WOMAN], 0),
            empty_places=[
                (gender.label, draw.seats[gender] - standing[gender])
                for gender in Gender
                if standing[gender] < draw.seats[gender]
            ],
            questionnaires=services.newest_questionnaires(draw.centre),
            verification=draws.verify(draw) if "verify" in self.request.GET else None,
            outcome_form=self.outcome_form,
            blank_outcome_form=OutcomeForm(),
            outcome_for=self.outcome_for,
            **kwargs,
        )

    def drawn_card(self):
        return get_object_or_404(ClientCard.objects.select_related("centre"), uid=self.kwargs["card_uid"])


class OutcomeAdd(DrawDetail):
    """Write down that a drawn person refused or could not be reached."""

    permission_required = (*DrawDetail.permission_required, "harvesting.add_drawoutcome")

    def get(self, request, *args, **kwargs):
        return redirect("harvesting:draw_detail", uid=self.kwargs["uid"])

    def post(self, request, *args, **kwargs):
        self.object, card = self.get_object(), self.drawn_card()
        form = OutcomeForm(request.POST)
        if form.is_valid():
            try:
                services.could_not_interview(draw=self.object, card=card, **form.cleaned_data)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                messages.success(request, _("Written down. The next of the same gender follows, if there is one."))
            return redirect(self.object.get_absolute_url())
        self.outcome_form, self.outcome_for = form, card.uid
        return self.render_to_response(self.get_context_data(), status=422)


class InterviewBegin(DrawDetail):
    """Begin the interview of a drawn person, with the questionnaire that is chosen, else the last one of the centre."""

    permission_required = "harvesting.add_interview"

    def get(self, request, *args, **kwargs):
        return redirect("harvesting:draw_detail", uid=self.kwargs["uid"])

    def post(self, request, *args, **kwargs):
        draw, card = self.get_object(), self.drawn_card()
        place = next((one for one in draws.places_of(draw) if one.card == card), None)
        if place is None:
            raise Http404
        if place.outcome:
            messages.error(request, _("It is written down that this person was not interviewed."))
            return redirect(draw.get_absolute_url())
        questionnaires = services.questionnaires_in_use(draw.centre)
        chosen = (one for one in questionnaires if str(one.uid) == request.POST.get("questionnaire"))
        questionnaire = next(chosen, questionnaires[0])
        interview = services.begin_interview(card=card, questionnaire=questionnaire, draw=draw)
        return redirect("harvesting:interview_edit", uid=interview.uid)


# --- interviews --------------------------------------------------------------------------------------------------


class InterviewList(ListPage):
    permission_required = "harvesting.view_interview"
    model = Interview
    filterset_class = InterviewFilter
    columns = INTERVIEW_COLUMNS
    title = gettext_lazy("Interviews")
    empty = gettext_lazy("No interview yet. Draw a sample, then begin with a person on the list.")

    def get_queryset(self):
        return Interview.objects.select_related("card", "interviewer")


class InterviewDetail(DetailPage):
    permission_required = "harvesting.view_interview"
    model = Interview
    template_name = "harvesting/interview_detail.html"

    def get_queryset(self):
        return Interview.objects.select_related("card__centre", "interviewer", "questionnaire", "draw")

    def get_title(self):
        return _("Interview with %(reference)s") % {"reference": self.object.card.reference}

    def get_context_data(self, **kwargs):
        answers = services.answers_of(self.object)
        questions = self.object.questionnaire.questions.all()
        return super().get_context_data(
            answers=[(question, services.shown_answer(question, answers.get(question.code))) for question in questions],
            erasure=erasure_of_texts(self.object, self.object.card),
            **kwargs,
        )


class InterviewEdit(UpdatePage):
    """The questionnaire. Each answer is saved as it is typed; the button saves them all and works without a script."""

    permission_required = "harvesting.change_interview"
    model = Interview
    form_class = InterviewForm
    template_name = "harvesting/interview_edit.html"
    submit_label = gettext_lazy("Save")

    def get_queryset(self):
        return Interview.objects.select_related("card__centre", "questionnaire", "draw")

    def get_title(self):
        return _("Interview with %(reference)s") % {"reference": self.object.card.reference}

    def get_context_data(self, **kwargs):
        progress = services.progress(self.object.card.centre, self.object.interviewed_on.year)
        return super().get_context_data(progress=progress, **kwargs)


class AnswerSave(Page, UidMixin, View):
    """Saves the one answer that was just typed. Says so in a line; a wrong one is named and not saved."""

    permission_required = "harvesting.change_interview"
    http_method_names = ["post"]

    @transaction.atomic
    def post(self, request, *args, **kwargs):
        # Two who save at once come one after the other, and the second sees what the first wrote.
        interviews = Interview.objects.select_related("questionnaire").select_for_update(of=("self",))
        interview = get_object_or_404(interviews, uid=self.kwargs["uid"])
        form = InterviewForm(request.POST, instance=interview)
        name = request.htmx.trigger_name or ""
        question = form.questions.get(name)
        if question is None:
            return HttpResponse(_("No question of this interview was sent."), status=400, content_type="text/plain")
        form.is_valid()
        if name in form.errors:
            return HttpResponse(
                f"{question.text}: {' '.join(form.errors[name])}", status=422, content_type="text/plain"
            )
        services.save_answer(interview=interview, question=question, value=form.cleaned_data[name])
        state = services.state_of(services.as_stored(question, form.cleaned_data[name]))
        context = {"at": timezone.localtime(), "before": before_name(name), "state": state}
        return render(request, "harvesting/saved.html", context)


class InterviewFinish(InterviewDetail):
    """From now on the interview counts."""

    permission_required = "harvesting.change_interview"

    def get(self, request, *args, **kwargs):
        return redirect("harvesting:interview_detail", uid=self.kwargs["uid"])

    def post(self, request, *args, **kwargs):
        interview = self.get_object()
        try:
            services.finish_interview(interview=interview)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(reverse("harvesting:interview_edit", args=[interview.uid]))
        messages.success(request, _("The interview is finished and counts."))
        return redirect(interview.get_absolute_url())
