"""Pages of questionnaires: that of Annex 3, or the centre's own, in versions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from django.views.generic.detail import SingleObjectMixin

from harvesting import services
from harvesting.forms import QuestionFormSet, QuestionnaireForm
from harvesting.models import Questionnaire
from mrc.access import record_centre_ids
from mrc.models import Centre
from mrc.views import DetailPage, Page, UidMixin


class QuestionnaireList(Page, TemplateView):
    permission_required = "harvesting.view_questionnaire"
    template_name = "harvesting/questionnaire_list.html"
    title = gettext_lazy("Questionnaires")

    def get_context_data(self, **kwargs):
        questionnaires = Questionnaire.objects.filter(replaced_by=None).select_related("centre")
        return super().get_context_data(questionnaires=questionnaires, **kwargs)


class QuestionnaireDetail(DetailPage):
    permission_required = "harvesting.view_questionnaire"
    model = Questionnaire
    template_name = "harvesting/questionnaire_detail.html"

    def get_queryset(self):
        return Questionnaire.objects.select_related("centre", "replaces").prefetch_related("questions")


class QuestionnaireForms(Page, TemplateView):
    """A questionnaire and its questions on one page."""

    template_name = "harvesting/questionnaire_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{"form": self.questionnaire_form(), "questions": QuestionFormSet(initial=self.initial()), **kwargs}
        )

    def questionnaire_form(self, data=None):
        return QuestionnaireForm(data, instance=self.questionnaire)

    def initial(self):
        return [
            {
                "code": question.code,
                "text": question.text,
                "kind": question.kind,
                "options": "\n".join(option["label"] for option in question.options),
                "section": question.section,
                "help_text": question.help_text,
                "is_required": question.is_required,
            }
            for question in self.questionnaire.questions.all()
        ]

    @transaction.atomic
    def post(self, request, *args, **kwargs):
        form, questions = self.questionnaire_form(request.POST), QuestionFormSet(request.POST, initial=self.initial())
        if form.is_valid() and questions.is_valid():
            kept = [one for one in questions.ordered_forms if one.cleaned_data.get("text")]
            try:
                saved = services.save_questionnaire(questionnaire=form.instance, entries=[one.entry() for one in kept])
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, _("The questionnaire is saved."))
                return redirect(saved.get_absolute_url())
        return self.render_to_response(self.get_context_data(form=form, questions=questions), status=422)


class QuestionnaireNew(QuestionnaireForms):
    """A questionnaire of the centre's own."""

    permission_required = "harvesting.add_questionnaire"
    title = gettext_lazy("New questionnaire")

    def questionnaire_form(self, data=None):
        own = record_centre_ids(self.request.user)
        if not own:
            raise PermissionDenied
        return QuestionnaireForm(data, centres=Centre.objects.filter(pk__in=own))

    def initial(self):
        return []

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"cancel_url": reverse("harvesting:questionnaire_list"), **kwargs})


class QuestionnaireEdit(UidMixin, SingleObjectMixin, QuestionnaireForms):
    """Changing a questionnaire; once it was used in an interview, this makes a new version."""

    permission_required = "harvesting.change_questionnaire"
    model = Questionnaire

    def dispatch(self, request, *args, **kwargs):
        self.object = None
        return super().dispatch(request, *args, **kwargs)

    @property
    def questionnaire(self):
        if self.object is None:
            self.object = self.get_object(Questionnaire.objects.filter(replaced_by=None).select_related("centre"))
        return self.object

    def get_title(self):
        return _("Change: %(questionnaire)s") % {"questionnaire": self.questionnaire}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{
                "cancel_url": self.questionnaire.get_absolute_url(),
                "is_used": self.questionnaire.interviews.exists(),
                **kwargs,
            }
        )
