"""What is checked in a story before it is handed on: its length, the year's balance, names that still stand in it."""

import re
from collections import Counter
from dataclasses import dataclass

from django.utils.text import capfirst

from clients import names
from harvesting.models import Story
from mrc import restricted

# Section 3.3: a one-page story; about so many words fit on one page.
FEWEST_WORDS, MOST_WORDS = 400, 600
SHORTEST_NAME = 3  # letters; a shorter one ("An", "Do") is a name only where it is written with a capital
SHORTEST_PLACE = 4
SHORTEST_NUMBER = 6  # digits
NAME_FIELDS = ("name", "emergency_name")
NUMBER_FIELDS = ("telephone", "emergency_telephone")
MAIL_FIELDS = ("email", "emergency_email")
PLACE_FIELDS = ("address", "emergency_address")
FIRST_WITHOUT_BLANKS = "\u0e00"  # from here on come the scripts without blanks between words


def text_of(story):
    return "\n".join([story.title, *(getattr(story, part) for part in Story.PARTS)])


def parts_of(story):
    """(heading, text) of the five parts."""
    return [(capfirst(Story._meta.get_field(part).verbose_name), getattr(story, part)) for part in Story.PARTS]


def count_words(story):
    """Words of the five parts. Scripts without blanks count about five letters a word."""
    text = " ".join(getattr(story, part) for part in Story.PARTS)
    words = text.split()
    without_blanks = sum(len(word) for word in words if re.search("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]", word))
    others = sum(not re.search("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]", word) for word in words)
    return others + round(without_blanks / 5)


@dataclass(frozen=True)
class StillNamed:
    """Something of the client that still stands in the story."""

    field: str
    text: str


def still_named(story, identity):
    """Names, telephone numbers, e-mails and addresses of the client that stand in the story."""
    if identity is None:
        return []
    text = text_of(story)
    digits, plain = names.digits_of(text), names.plain(text)
    found = [(field, word) for field in NAME_FIELDS for word in _name_words_in(text, getattr(identity, field))]
    for field in NUMBER_FIELDS:
        numbers = names.telephone_query(getattr(identity, field))
        found += [(field, number) for number in numbers if len(number) >= SHORTEST_NUMBER and number in digits]
    for field in MAIL_FIELDS:
        mail = names.email_key(getattr(identity, field))
        found += [(field, mail)] if mail and mail in plain else []
    for field in PLACE_FIELDS:
        parts = [part.strip() for part in re.split(r"[,;\n]", getattr(identity, field))]
        found += [(field, part) for part in parts if len(part) >= SHORTEST_PLACE and names.plain(part) in plain]
    return [StillNamed(str(identity._meta.get_field(field).verbose_name), part) for field, part in found]


def _name_words_in(text, name):
    """The words of a name that stand in a text, without titles; in scripts that have no blanks between words, anywhere
    in it.
    """
    plain, words = names.plain(text), set(names.words_of(text))
    with_capital = {names.plain(word) for word in re.findall(r"\w{2,}", text) if word[0].isupper()}
    for word in names.without_titles(dict.fromkeys(_words(name))):
        if word[0] >= FIRST_WITHOUT_BLANKS:
            is_there = len(word) >= SHORTEST_NAME and word in plain
        else:
            is_there = word in (words if len(word) >= SHORTEST_NAME else with_capital)
        if is_there:
            yield word


def _words(name):
    """The words of a name as they are compared, those without blanks inside whole and without a title before them."""
    for part in name.split():
        joined = names.joined_name(part)
        yield from [joined] if joined >= FIRST_WITHOUT_BLANKS else names.name_words(part)


@restricted.included()
def balance(centre, year):
    """{outcome: number of stories} of the interviews of a year. The manual asks for equal effort."""
    outcomes = Story.objects.filter(interview__centre=centre, interview__interviewed_on__year=year)
    counts = Counter(outcomes.values_list("outcome", flat=True))
    return {outcome: counts[outcome.value] for outcome in Story.Outcome}
