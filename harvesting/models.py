"""Outcome harvesting (section 3.3, Annexes 3 and 4): sample draws, questionnaires, interviews and stories."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import ClientCard
from harvesting.querysets import DrawQuerySet, InterviewQuerySet, NeverChanged, StoryQuerySet
from mrc.access import CentreOwned, Record, centre_manager
from mrc.choices import Gender, LegalStatus, Sector
from mrc.models import Centre
from mrc.vault import EncryptedTextField


class Questionnaire(Record):
    """The questions of an interview, in one version. A changed questionnaire is a new version; answers keep theirs."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    title = models.CharField(_("title"), max_length=200)
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["-id"]

    def __str__(self):
        return _("%(title)s, version %(number)s") % {"title": self.title, "number": self.number}

    def get_absolute_url(self):
        return reverse("harvesting:questionnaire_detail", args=[self.uid])


class Question(CentreOwned):
    """One question. ``code`` names the same question in every version and, for Annex 3, in every centre."""

    centre_path = "questionnaire__centre"
    audited_with = "questionnaire"

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        ONE_CHOICE = "one_choice", _("One choice")
        SEVERAL_CHOICES = "several_choices", _("Several choices")
        YES_NO = "yes_no", _("Yes or no")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")

    CLOSED_KINDS = (Kind.ONE_CHOICE, Kind.SEVERAL_CHOICES, Kind.YES_NO)

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="questions")
    code = models.CharField(max_length=60, editable=False)
    position = models.PositiveSmallIntegerField(_("order"))
    section = models.CharField(_("part of the questionnaire"), max_length=100, blank=True)
    text = models.CharField(_("question"), max_length=500)
    help_text = models.CharField(_("help"), max_length=500, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=20, choices=Kind, default=Kind.TEXT)
    options = models.JSONField(_("choices"), default=list, blank=True, help_text=_("One choice a line."))
    is_required = models.BooleanField(_("required"), default=False)

    objects = centre_manager(path="questionnaire__centre")

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["questionnaire", "code"], name="one_code_a_questionnaire")]

    def __str__(self):
        return self.text


class SampleDraw(Record):
    """Who is to be interviewed in a year, drawn by chance from the clients served at least six months before.

    The seed, the frame and the whole order are kept, so that anyone can draw again and compare.
    """

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    year = models.PositiveSmallIntegerField(_("year"))
    drawn_on = models.DateField(_("drawn on"))
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("drawn by")
    )
    seed = models.CharField(_("seed"), max_length=40)
    size = models.PositiveSmallIntegerField(_("how many people"), default=4)
    women_wanted = models.PositiveSmallIntegerField(_("of them women, at least"), default=2)
    frame = models.JSONField(_("frame"), help_text="how many are eligible and not, by gender and reason")
    frame_digest = models.CharField(_("digest of the frame"), max_length=64)
    order = models.JSONField(_("order"), help_text="gender -> primary keys of the eligible cards in the drawn order")
    seats = models.JSONField(_("drawn"), help_text="gender -> how many people were drawn")

    objects = centre_manager(DrawQuerySet)

    class Meta:
        verbose_name = _("sample draw")
        verbose_name_plural = _("sample draws")
        ordering = ["-year", "-id"]

    def __str__(self):
        return f"{self.centre.code} {self.year}"

    def get_absolute_url(self):
        return reverse("harvesting:draw_detail", args=[self.uid])

    @property
    def drawn(self):
        """How many people were drawn."""
        return sum(self.seats.values())

    def save(self, *args, **kwargs):
        if self.pk:
            raise NeverChanged("A sample draw is never changed; make a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise NeverChanged("A sample draw is never deleted.")


class DrawOutcome(CentreOwned):
    """A drawn person who could not be interviewed, and why; the next of the same gender follows."""

    centre_path = "draw__centre"
    audited_with = "draw"

    class Reason(models.TextChoices):
        REFUSED = "refused", _("Refused")
        UNREACHABLE = "unreachable", _("Could not be reached")

    draw = models.ForeignKey(SampleDraw, models.PROTECT, related_name="outcomes")
    card = models.ForeignKey(ClientCard, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    happened_on = models.DateField(_("date"))
    note = EncryptedTextField(_("note"), max_length=1000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = centre_manager(path="draw__centre")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["draw", "card"], name="one_outcome_a_person")]


class Interview(Record):
    """A follow-up interview with a client, from the first answer on."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+", verbose_name=_("centre"))
    card = models.ForeignKey(ClientCard, models.PROTECT, related_name="interviews", verbose_name=_("client card"))
    draw = models.ForeignKey(
        SampleDraw, models.PROTECT, null=True, blank=True, related_name="interviews", verbose_name=_("sample draw")
    )
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="interviews")
    interviewed_on = models.DateField(_("date of interview"))
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("interviewer")
    )
    gender = models.CharField(_("gender"), max_length=10, choices=Gender)
    nationality = models.CharField(_("nationality"), max_length=2, blank=True)
    community_of_origin = EncryptedTextField(_("community of origin"))
    sector = models.CharField(_("sector of work"), max_length=20, choices=Sector, default=Sector.UNKNOWN)
    legal_status = models.CharField(_("legal status"), max_length=10, choices=LegalStatus, default=LegalStatus.UNKNOWN)
    is_profile_confirmed = models.BooleanField(_("profile confirmed with the person"), default=False)
    is_finished = models.BooleanField(_("finished"), default=False)

    objects = centre_manager(InterviewQuerySet)

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering = ["-interviewed_on", "-id"]
        permissions = [("export_interview", "Can export answers of interviews")]
        indexes = [models.Index(fields=["centre", "interviewed_on"], name="interview_period")]
        constraints = [models.CheckConstraint(condition=Q(gender__in=Gender.values), name="interview_gender")]

    def __str__(self):
        return f"{self.card.reference} {self.interviewed_on:%Y}"

    def get_absolute_url(self):
        return reverse("harvesting:interview_detail", args=[self.uid])


class Answer(CentreOwned):
    """The answer to one question: free text encrypted, chosen codes in clear because they are counted."""

    centre_path = "interview__centre"
    audited_with = "interview"

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    text = EncryptedTextField(_("answer"), max_length=10_000, lines=4)

    objects = centre_manager(path="interview__centre")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interview", "question"], name="one_answer_a_question")]


class AnswerChoice(CentreOwned):
    """One choice of an answer to a closed question."""

    centre_path = "answer__interview__centre"
    is_audited = False

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="choices")
    code = models.CharField(max_length=60)

    objects = centre_manager(path="answer__interview__centre")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "code"], name="one_choice_an_answer")]


class Story(Record):
    """A one-page story made from an interview, in the five parts of section 3.3."""

    class Outcome(models.TextChoices):
        """Section 3.3: equal efforts for positive and negative outcomes."""

        POSITIVE = "positive", _("Positive")
        NEGATIVE = "negative", _("Negative")
        MIXED = "mixed", _("Mixed")

    PARTS = ("background", "event", "assistance", "outcome_text", "lesson")

    centre_path = "interview__centre"

    interview = models.OneToOneField(Interview, models.PROTECT, related_name="story", verbose_name=_("interview"))
    title = EncryptedTextField(_("title"), blank=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    background = EncryptedTextField(_("background of the person"), max_length=5000, lines=4)
    event = EncryptedTextField(_("event that led to the MRC"), max_length=5000, lines=4)
    assistance = EncryptedTextField(_("assistance provided"), max_length=5000, lines=4)
    outcome_text = EncryptedTextField(_("outcome of the assistance"), max_length=5000, lines=4)
    lesson = EncryptedTextField(_("what should be learned"), max_length=5000, lines=4)
    has_changed_names = models.BooleanField(_("the names are changed"), default=True)

    objects = centre_manager(StoryQuerySet, path="interview__centre")

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = ["-id"]

    def __str__(self):
        return str(self.uid)[:8]

    def get_absolute_url(self):
        return reverse("harvesting:story_detail", args=[self.uid])
