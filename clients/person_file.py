"""All that is stored about a person as one document, for that person, in the order of clients/person.py.

Every column of every record is in it unless the declaration says why not; nothing of another client is.
"""

from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clients import seen
from clients.person import PARTS
from harvesting.models import Answer, AnswerChoice
from harvesting.services import shown_answer
from mrc import audit, dates
from mrc.choices import country_name
from mrc.documents import Paper

WIDTHS = (5.5, 11.5)
SEEN_WIDTHS = (3.0, 4.0, 4.5, 5.5)
NOT_SHOWN = {"id", "uid", "version", "created_at", "token"}  # of the program alone
COUNTRIES = ("nationality", "destination_country")


def write(card):
    """The file (DOCX). The caller writes the entry of the audit."""
    with audit.identities_opened():
        paper = Paper(organization=str(card.centre), remark=card.reference)
        paper.title(_("All that is stored about you"))
        paper.text(
            _("Card %(reference)s, %(centre)s, on %(day)s.")
            % {"reference": card.reference, "centre": card.centre, "day": dates.show_day(dates.today())}
        )
        for part in PARTS:
            if not part.left_out:
                _write_part(paper, part, card)
    _write_seen(paper, card)
    return paper.content()


def _write_part(paper, part, card):
    records = list(_records(part, card))
    if not records:
        return
    names = part.model._meta
    paper.heading(capfirst(names.verbose_name if len(records) == 1 else names.verbose_name_plural))
    for record in records:
        rows = [(lines, False) for lines in shown_fields(part, record)]
        if rows:
            paper.table((_("What"), _("As it is stored")), rows, WIDTHS)


def _records(part, card):
    records = part.of(card).order_by("pk")
    related = [one.name for one in part.model._meta.concrete_fields if one.is_relation]
    records = records.select_related(*related) if related else records
    return records.select_related("answer__question") if part.model is AnswerChoice else records


def shown_fields(part, record):
    """(label, value) of every column that says something."""
    for column in part.model._meta.concrete_fields:
        if column.name in NOT_SHOWN or column.name in part.hidden or _leads_to_the_card(part, column):
            continue
        if text := shown(record, column):
            yield capfirst(str(column.verbose_name)), text


def _leads_to_the_card(part, column):
    """The record above this one, which has a section of its own."""
    return column.is_relation and column.name == part.path.partition("__")[0] and part.model is not AnswerChoice


def shown(record, column):
    value = getattr(record, column.name)
    if isinstance(record, (Answer, AnswerChoice)):
        return _shown_answer(record, column)
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if column.choices:
        return str(getattr(record, f"get_{column.name}_display")())
    if column.name in COUNTRIES:
        return country_name(value)
    if isinstance(column, models.DateField):  # and of times, whose day is enough
        return dates.show_day(value)
    return str(value)


def _shown_answer(record, column):
    """Beside an answer stands its question; a chosen code is shown by its label."""
    if isinstance(record, Answer):
        question = record.question
        return question.text if column.name == "question" else shown_answer(question, record.text)
    question = record.answer.question
    return question.text if column.name == "answer" else shown_answer(question, [record.code])


def _write_seen(paper, card):
    paper.heading(_("Who has seen your record"))
    rows = []
    for when, name, role, what, why in map(seen.in_words, seen.entries_about(card)):
        when = timezone.localtime(when)
        day = f"{dates.show_day(when.date())} {when:%H:%M}"
        rows.append(((day, f"{name}\n{role}".strip(), what, why), False))
    paper.table((_("When"), _("Who"), _("What"), _("Why")), rows, SEEN_WIDTHS)
