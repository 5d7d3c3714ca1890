"""Pages of stories: written from an interview, checked, printed, handed on only with consent."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.forgetting import erasure_of_texts
from clients.models import Consent, Identity
from harvesting import stories
from harvesting.columns import STORY_COLUMNS
from harvesting.filters import StoryFilter
from harvesting.models import Interview, Story
from harvesting.story_forms import StoryForm
from mrc import audit
from mrc.documents import DOCX, text_docx
from mrc.views import CreatePage, DetailPage, ListPage, UpdatePage


def may_leave(story):
    """Whether the person agreed to the use of the story. Without it the story never leaves the centre."""
    return story.interview.card.consents.filter(purpose=Consent.Purpose.STORY, withdrawn_on=None).exists()


def identity_of(story):
    with audit.reading_identities([story.interview.card], "story"):
        return Identity.objects.filter(card=story.interview.card).first()


class StoryList(ListPage):
    permission_required = "harvesting.view_story"
    model = Story
    filterset_class = StoryFilter
    columns = STORY_COLUMNS
    title = gettext_lazy("Stories")
    empty = gettext_lazy("No story yet. A story is written from a finished interview.")

    def get_queryset(self):
        return Story.objects.select_related("interview__card")


class StoryNew(CreatePage):
    """A story from an interview. Beginning it twice leads to the one that is there."""

    permission_required = "harvesting.add_story"
    model = Story
    form_class = StoryForm
    title = gettext_lazy("New story")
    template_name = "harvesting/story_form.html"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(self.permission_required):
            raise PermissionDenied
        interviews = Interview.objects.select_related("card__centre")
        self.interview = get_object_or_404(interviews, uid=self.kwargs["interview_uid"])
        story = Story.objects.filter(interview=self.interview).first()
        if story is None and not self.interview.is_finished:
            messages.error(request, _("A story is written from a finished interview. Finish this one first."))
            return redirect(self.interview.get_absolute_url())
        return redirect(story.get_absolute_url()) if story else super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "instance": Story(interview=self.interview)}

    def get_cancel_url(self):
        return self.interview.get_absolute_url()

    def get_context_data(self, **kwargs):
        return super().get_context_data(**balance_context(self.interview), **kwargs)


class StoryDetail(DetailPage):
    """The story on one page, with what is to be seen to before it is handed on."""

    permission_required = ("harvesting.view_story", "clients.view_identity")
    model = Story
    template_name = "harvesting/story_detail.html"

    def get_queryset(self):
        return Story.objects.select_related("interview__card__centre")

    def get_title(self):
        return _("Story from %(reference)s") % {"reference": self.object.interview.card.reference}

    def get_context_data(self, **kwargs):
        story = self.object
        return super().get_context_data(
            parts=stories.parts_of(story),
            words=stories.count_words(story),
            fewest=stories.FEWEST_WORDS,
            most=stories.MOST_WORDS,
            still_named=stories.still_named(story, identity_of(story)),
            may_leave=may_leave(story),
            erasure=erasure_of_texts(story, story.interview.card),
            **balance_context(story.interview),
            **kwargs,
        )


def balance_context(interview):
    year = interview.interviewed_on.year
    return {"year": year, "balance": list(stories.balance(interview.card.centre, year).items())}


class StoryEdit(UpdatePage):
    permission_required = "harvesting.change_story"
    model = Story
    form_class = StoryForm
    template_name = "harvesting/story_form.html"

    def get_queryset(self):
        return Story.objects.select_related("interview__card__centre")

    def get_title(self):
        return _("Story from %(reference)s") % {"reference": self.object.interview.card.reference}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**balance_context(self.object.interview), **kwargs)


class StoryDocument(StoryDetail):
    """The story as DOCX, for the report. Refused without consent to the use of the story.

    Nothing in it leads back to the client card, the name of the file neither.
    """

    def get(self, request, *args, **kwargs):
        self.object = story = self.get_object()
        if not may_leave(story):
            return self.render_to_response(self.get_context_data(is_refused=True), status=409)
        with transaction.atomic():
            story.audit_event(audit.AuditEvent.Action.EXPORT, format="docx").save()
        response = HttpResponse(text_docx(story.title, stories.parts_of(story)), content_type=DOCX)
        response["Content-Disposition"] = f'attachment; filename="story-{story}.docx"'
        return response
