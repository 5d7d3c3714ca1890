"""What is checked in a story before it is handed on: its length, the year's balance, names that still stand in it."""

import re
from collections import Counter
from dataclasses import dataclass

from clients import names
from harvesting.models import Story
from mrc import restricted

# Section 3.3: a one-page story; about so many words fit on one page.
FEWEST_WORDS, MOST_WORDS = 400, 600
SHORTEST_NAME = 3  # letters; shorter words are parts of other words too often
NAME_FIELDS = ("name", "emergency_name")
NUMBER_FIELDS = ("telephone", "emergency_telephone")
PLACE_FIELDS = ("address", "emergency_address")


def text_of(story):
    return "\n".join([story.title, *(getattr(story, part) for part in Story.PARTS)])


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
    found = [(field, word) for field in NAME_FIELDS for word in _name_words_in(plain, getattr(identity, field))]
    for field in NUMBER_FIELDS:
        keys = [key for key in names.telephone_keys(getattr(identity, field)) if len(key) >= 6]
        found += [(field, key) for key in keys[:1] if key in digits]
    for field in ("email", "emergency_email"):
        mail = names.email_key(getattr(identity, field))
        found += [(field, mail)] if mail and mail in text.casefold() else []
    for field in PLACE_FIELDS:
        parts = [part.strip() for part in re.split(r"[,\n]", getattr(identity, field))]
        found += [(field, part) for part in parts if len(part) > SHORTEST_NAME and part.casefold() in text.casefold()]
    return [StillNamed(str(identity._meta.get_field(field).verbose_name), part) for field, part in found]


def _name_words_in(plain, name):
    """The words of a name that stand in a text; in scripts that have no blanks between words, anywhere in it."""
    words = set(re.findall(r"\w+", plain))
    for word in names.without_titles(re.findall(r"\S+", names.plain(name))):
        is_latin = word[0] < "\u0e00"
        if len(word) >= SHORTEST_NAME and (word in words if is_latin else word in plain):
            yield word


@restricted.included()
def balance(centre, year):
    """{outcome: number of stories} of the interviews of a year. The manual asks for equal effort."""
    outcomes = Story.objects.filter(interview__centre=centre, interview__interviewed_on__year=year)
    counts = Counter(outcomes.values_list("outcome", flat=True))
    return {outcome: counts[outcome.value] for outcome in Story.Outcome}
