"""Answers across interviews: to one question side by side, counted by gender where the question has choices."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from harvesting.forms import YES_NO
from harvesting.models import Answer, Interview, Question
from harvesting.services import shown_answer
from mrc.choices import Gender


def questions_asked():
    """The questions of all questionnaires in scope, one for each code, as last asked. One query."""
    newest = {}
    for question in Question.objects.order_by("questionnaire", "position"):
        newest.pop(question.code, None)
        newest[question.code] = question
    return list(newest.values())


def finished_interviews(*, gender="", year=None):
    interviews = Interview.objects.finished().select_related("card")
    if gender:
        interviews = interviews.filter(gender=gender)
    return interviews.filter(interviewed_on__year=year) if year else interviews


def answers_to(code, interviews):
    """The answers of these interviews to a question, with question, choices and interview. Two queries."""
    answers = Answer.objects.filter(question__code=code, interview__in=interviews.order_by())
    return (
        answers.select_related("question", "interview__card")
        .prefetch_related("choices")
        .order_by("-interview__interviewed_on", "-pk")
    )


def shown(answer):
    """An answer as a person reads it."""
    if answer.question.kind in Question.CLOSED_KINDS:
        return shown_answer(answer.question, [choice.code for choice in answer.choices.all()])
    return shown_answer(answer.question, answer.text)


@dataclass(frozen=True)
class ChoiceRow:
    """How often a choice was made: one number for each gender, and the total."""

    label: str
    numbers: list
    total: int


def choice_counts(question, answers):
    """A row for each choice, zeros too; earlier versions' choices follow. They can add up to more than the answers."""
    labels = dict(YES_NO) if question.kind == Question.Kind.YES_NO else {}
    labels |= {option["code"]: option["label"] for option in question.options}
    counts = Counter()
    for answer in answers:
        earlier = {option["code"]: option["label"] for option in answer.question.options}
        for choice in answer.choices.all():
            labels.setdefault(choice.code, earlier.get(choice.code, choice.code))
            counts[choice.code, answer.interview.gender] += 1
    rows = []
    for code, label in labels.items():
        numbers = [counts[code, gender] for gender in Gender.values]
        rows.append(ChoiceRow(str(label), numbers, sum(numbers)))
    return rows


def side_by_side(questions, interviews):
    """Headings and one row an interview, for a spreadsheet: every question in a column of its own. Three queries."""
    headings = [_("Client card"), _("Date of interview"), _("Gender"), *(question.text for question in questions)]
    answers = Answer.objects.filter(interview__in=interviews.order_by()).select_related("question")
    by_interview = {}
    for answer in answers.prefetch_related("choices"):
        by_interview.setdefault(answer.interview_id, {})[answer.question.code] = shown(answer)
    rows = [
        [
            interview.card.reference,
            interview.interviewed_on,
            interview.get_gender_display(),
            *(by_interview.get(interview.pk, {}).get(question.code, "") for question in questions),
        ]
        for interview in interviews
    ]
    return headings, rows
