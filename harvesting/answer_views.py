"""The page and the file of answers across interviews."""

from functools import partial

from django import forms
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from harvesting import answers
from harvesting.models import Question
from mrc import audit, restricted
from mrc.access import centre_scope, record_centre_ids, report_agreements
from mrc.choices import Gender
from mrc.exports import XLSX, write_rows
from mrc.fields import YearField
from mrc.forms import NamesMissingMixin
from mrc.views import Page

ALL = ("", _("All"))


class AnswersForm(NamesMissingMixin, forms.Form):
    """Which answers: of which question, programme or centre, gender and year. A programme is known by its agreement."""

    question = forms.ChoiceField(label=_("Question"), required=False)
    agreement = forms.ChoiceField(label=_("All centres of an agreement"), required=False)
    centre = forms.ChoiceField(label=_("Centre"), required=False)
    gender = forms.ChoiceField(label=_("Gender"), required=False, choices=[ALL, *Gender.choices])
    year = YearField(label=_("Year"), required=False, latest=2100, example=2026)

    def __init__(self, *args, questions, centres, agreements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["question"].choices = [("", "–"), *((question.code, question.text) for question in questions)]
        self.fields["centre"].choices = [ALL, *((centre.code, str(centre)) for centre in centres)]
        self.fields["agreement"].choices = [ALL, *((uid, str(one)) for uid, one in agreements.items())]
        if len(centres) < 2:
            del self.fields["centre"]
        if len(centres) < 2 or not agreements:
            del self.fields["agreement"]
        self.agreements = agreements

    def clean(self):
        cleaned = super().clean()
        agreement, code = self.agreements.get(cleaned.get("agreement")), cleaned.get("centre")
        if agreement and code and code not in {centre.code for centre in agreement.centres.all()}:
            self.errors.pop("question", None)  # nobody was asked it in no centre
            self.add_error("centre", _("The agreement does not cover this centre. Choose one of the two."))
        return cleaned


class Answers(Page, TemplateView):
    """All answers to a question side by side; counts by gender where it has choices."""

    permission_required = "harvesting.view_interview"
    template_name = "harvesting/answers.html"
    title = _("Answers across interviews")

    @cached_property
    def agreements(self):
        """{identifier: agreement} of those whose centres are all the reader's."""
        agreements = report_agreements(self.request.user).prefetch_related("centres")
        return {str(agreement.uid): agreement for agreement in agreements.order_by("number")}

    @cached_property
    def centres(self):
        """Those that are asked for. One of somebody else, or such an agreement, is one that does not exist."""
        found = {centre.code: centre for centre in self.request.user.active_centres}
        code, uid = (self.request.GET.get(name, "") for name in ("centre", "agreement"))
        if (code and code not in found) or (uid and uid not in self.agreements):
            raise Http404
        covered = {centre.code for centre in self.agreements[uid].centres.all()} if uid else set(found)
        return [centre for centre in found.values() if centre.code in covered and code in ("", centre.code)]

    def get(self, request, *args, **kwargs):
        allowed = record_centre_ids(request.user)
        with centre_scope(centre for centre in self.centres if centre.pk in allowed):
            return self.answer(request)

    def answer(self, request):
        questions = answers.questions_asked()
        form = AnswersForm(
            request.GET, questions=questions, centres=request.user.active_centres, agreements=self.agreements
        )
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        wanted = {name: form.cleaned_data[name] for name in ("gender", "year")}
        return self.render(form, questions, partial(answers.finished_interviews, **wanted))

    def render(self, form, questions, interviews):
        code = form.cleaned_data["question"] or (questions[0].code if questions else "")
        question = next((one for one in questions if one.code == code), None)
        found = counted = list(answers.answers_to(code, interviews())) if question else []
        left_out = restricted.left_out(lambda: answers.answers_to(code, interviews())) if question else 0
        if left_out:
            with restricted.included():
                counted = list(answers.answers_to(code, interviews()))
        is_closed = question is not None and question.kind in Question.CLOSED_KINDS
        return self.render_to_response(
            self.get_context_data(
                form=form,
                question=question,
                answers=[(answer, answers.shown(answer)) for answer in found],
                counts=answers.choice_counts(question, counted) if is_closed else None,
                counted=len(counted),
                left_out=left_out,
                genders=Gender.labels,
                query=self.request.GET.urlencode(),
            )
        ).render()


class AnswersFile(Answers):
    """All answers, one row an interview and one column a question."""

    permission_required = "harvesting.export_interview"

    def render(self, form, questions, interviews):
        headings, rows = answers.side_by_side(questions, interviews())
        with transaction.atomic():
            audit.record(
                audit.AuditEvent.Action.EXPORT,
                centre_id=self.centres[0].pk if len(self.centres) == 1 else None,
                model="harvesting.Interview",
                records=len(rows),
            )
        return FileResponse(
            write_rows(headings, rows, str(_("Answers"))),
            as_attachment=True,
            filename="answers.xlsx",
            content_type=XLSX,
        )
