"""Questionnaires in versions, interviews from the first answer on, and people who could not be interviewed."""

import json
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clients.models import ClientCard
from harvesting import annex3, draws
from harvesting.models import Answer, AnswerChoice, DrawOutcome, Interview, Question, Questionnaire, SampleDraw
from mrc import audit, dates, restricted, vault
from mrc.choices import Gender
from reports.agreements import sampling_rules

# --- questionnaires ----------------------------------------------------------------------------------------------


@dataclass
class QuestionEntry:
    """A question as it is typed. An empty ``code`` is a new question."""

    text: str
    kind: str = Question.Kind.TEXT
    section: str = ""
    help_text: str = ""
    options: tuple = ()
    is_required: bool = False
    code: str = ""


def newest_questionnaires(centre):
    """The newest version of each questionnaire of a centre, the last one written first."""
    return list(Questionnaire.objects.filter(centre=centre, replaced_by=None))


def questionnaires_in_use(centre):
    """The same; a centre that has none begins with that of Annex 3."""
    return newest_questionnaires(centre) or [standard_questionnaire(centre)]


def standard_questionnaire(centre):
    """The questionnaire of Annex 3, for this centre."""
    entries = [QuestionEntry(text=_(text), section=_(part), code=code) for code, part, text in annex3.QUESTIONS]
    return save_questionnaire(questionnaire=Questionnaire(centre=centre, title=_(annex3.TITLE)), entries=entries)


@transaction.atomic
def save_questionnaire(*, questionnaire, entries):
    """Write a questionnaire with its questions. One that was used in an interview is kept, and a new version written.

    Returns the questionnaire that holds these questions.
    """
    if not entries:
        raise ValidationError(_("Write at least one question."))
    if questionnaire.pk and questionnaire.interviews.exists():
        questionnaire = Questionnaire(
            centre=questionnaire.centre,
            title=questionnaire.title,
            number=questionnaire.number + 1,
            replaces_id=questionnaire.pk,
        )
    questionnaire.full_clean(exclude=["centre", "replaces"], validate_constraints=False)
    questionnaire.save()
    Question.objects.filter(questionnaire=questionnaire).delete()
    codes = set()
    questions = []
    for position, entry in enumerate(entries, 1):
        code = _code_of(entry, codes)
        codes.add(code)
        questions.append(
            Question(
                questionnaire=questionnaire,
                code=code,
                position=position,
                section=entry.section,
                text=entry.text,
                help_text=entry.help_text,
                kind=entry.kind,
                options=list(entry.options),
                is_required=entry.is_required,
            )
        )
    Question.objects.bulk_create(questions)
    return questionnaire


def _code_of(entry, taken):
    """A short code that names the question in every later version."""
    wanted = entry.code or slugify(entry.text, allow_unicode=True)[:40] or "question"
    code, number = wanted, 2
    while code in taken:
        code, number = f"{wanted}-{number}", number + 1
    return code


# --- interviews --------------------------------------------------------------------------------------------------


@transaction.atomic
def begin_interview(*, card, questionnaire, draw=None):
    """A draft, with the profile of the client card to be confirmed. Beginning twice gives the same interview: that of
    the draw, or the draft of the year.
    """
    ClientCard.objects.select_for_update(of=("self",)).get(pk=card.pk)  # who begins at the same time waits
    year = draw.year if draw else dates.today().year
    begun = Q(interviewed_on__year=year, is_finished=False)
    if draw:
        begun |= Q(draw=draw)
    if interview := Interview.objects.filter(begun, card=card).first():
        return interview
    interview = Interview(
        centre_id=card.centre_id,
        card=card,
        draw=draw,
        questionnaire=questionnaire,
        interviewed_on=dates.today(),
        interviewer=audit.actor(),
        gender=card.gender,
        nationality=card.nationality,
        community_of_origin=card.community_of_origin,
        sector=card.sector,
    )
    interview.full_clean(exclude=["centre", "card", "draw", "questionnaire", "interviewer"], validate_constraints=False)
    interview.save()
    return interview


def as_stored(question, value):
    """What is kept of an answer (text, a list of codes, or nothing): codes of a closed question, else a text."""
    if question.kind in Question.CLOSED_KINDS:
        return sorted({code for code in ([value] if isinstance(value, str) else value or ()) if code})
    return "" if value in (None, "") else str(value)


@transaction.atomic
def save_answer(*, interview, question, value):
    """Write one answer (text, a list of codes, or empty), replacing the earlier one."""
    kept = as_stored(question, value)
    answer = Answer.objects.filter(interview=interview, question=question).first()
    if not kept:
        if answer:
            answer.delete()
        return None
    codes = kept if isinstance(kept, list) else []
    answer = answer or Answer(interview=interview, question=question)
    answer.text = "" if codes else kept
    answer.save()
    AnswerChoice.objects.filter(answer=answer).delete()
    AnswerChoice.objects.bulk_create([AnswerChoice(answer=answer, code=code) for code in codes])
    return answer


def state_of(kept):
    """A short text that is the same as long as the kept answer is: shows whether somebody has changed it."""
    return vault.fingerprint(json.dumps(kept or ""))[:16]


def answers_of(interview):
    """{question code: text or list of codes} of an interview. Two queries."""
    answers = interview.answers.select_related("question").prefetch_related("choices")
    return {
        answer.question.code: sorted(choice.code for choice in answer.choices.all())
        if answer.question.kind in Question.CLOSED_KINDS
        else answer.text
        for answer in answers
    }


def shown_answer(question, answer):
    """An answer as a person reads it: the labels of the chosen codes, a day in the reader's calendar."""
    if not answer:
        return ""
    if question.kind == Question.Kind.YES_NO:
        return {"yes": _("Yes"), "no": _("No")}[answer[0]]
    if question.kind in Question.CLOSED_KINDS:
        labels = {option["code"]: option["label"] for option in question.options}
        return "; ".join(labels.get(code, code) for code in answer)
    return dates.show_day(dates.parse_day(answer)) if question.kind == Question.Kind.DATE else answer


@transaction.atomic
def finish_interview(*, interview):
    """Count the interview from now on. Raises ValidationError naming what is missing."""
    answered = answers_of(interview)
    required = interview.questionnaire.questions.filter(is_required=True)
    missing = [question.text for question in required if question.code not in answered]
    if not interview.is_profile_confirmed:
        raise ValidationError(_("Confirm the profile with the person first: tick it in part 1."))
    if missing:
        raise ValidationError(_("These questions must be answered: %(questions)s") % {"questions": " · ".join(missing)})
    interview.is_finished = True
    interview.version += 1
    interview.save()
    return interview


# --- draws -------------------------------------------------------------------------------------------------------


@transaction.atomic
def could_not_interview(*, draw, card, reason, happened_on, note=""):
    """Write down that a drawn person refused or could not be reached; the next of the same gender follows.

    Raises ValidationError.
    """
    draw = SampleDraw.objects.select_for_update(of=("self",)).get(pk=draw.pk)  # who writes at the same time waits
    place = next((one for one in draws.places_of(draw) if one.card == card), None)
    if place is None:
        raise ValidationError(_("This person is not on the list of the draw."))
    if place.outcome:
        raise ValidationError(_("It is written down already that this person was not interviewed."))
    if place.interview and place.interview.is_finished:
        raise ValidationError(_("The interview with this person is finished. There is nothing to write down."))
    outcome = DrawOutcome(
        draw=draw, card=card, reason=reason, happened_on=happened_on, note=note, recorded_by=audit.actor()
    )
    outcome.full_clean(exclude=["draw", "card", "recorded_by"])
    outcome.save()
    return outcome


@dataclass(frozen=True)
class Progress:
    """Interviews finished in a year against those wanted: “2 of 4 this year, 1 woman”."""

    finished: int
    women: int
    wanted: int
    women_wanted: int


@restricted.included()
def progress(centre, year):
    """How far the interviews of a year are: wanted is what was drawn, or what the agreement asks for. Three queries."""
    genders = list(
        Interview.objects.finished().filter(centre=centre, interviewed_on__year=year).values_list("gender", flat=True)
    )
    draw = SampleDraw.objects.filter(centre=centre, year=year).only("size", "women_wanted", "centre").first()
    asked = draw or sampling_rules(centre, min(dates.today(), date(year, 12, 31)))
    return Progress(len(genders), genders.count(Gender.WOMAN), asked.size, asked.women_wanted)


def options_from_lines(text):
    """Choices typed one a line, as codes with labels."""
    labels = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    options, taken = [], set()
    for label in labels:
        code, number = slugify(label, allow_unicode=True)[:50] or "choice", 2
        while code in taken:
            code, number = f"{code[:45]}-{number}", number + 1
        taken.add(code)
        options.append({"code": code, "label": label})
    return options
