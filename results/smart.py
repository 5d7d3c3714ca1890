"""Hints where an indicator is not SMART: specific, measurable, achievable, relevant, time-bound (section 1.4).

They stand beside what was typed and refuse nothing. The words of a language are one entry of LANGUAGES.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from results.values import TEXT


@dataclass(frozen=True)
class Words:
    """``directions``: words that assume an increase or a decrease. ``units``: words that say what is measured.

    ``comparisons``: what follows a direction that compares and assumes nothing (“more than a week”).
    """

    directions: tuple
    units: tuple
    comparisons: tuple = ()


LANGUAGES = {
    "en": Words(
        directions=(
            "more", "fewer", "less", "better", "worse", "higher", "lower", "greater", "smaller", "faster", "safer",
            "increase", "increases", "increased", "increasing", "decrease", "decreases", "decreased", "decreasing",
            "improve", "improves", "improved", "improving", "improvement", "reduce", "reduces", "reduced", "reducing",
            "reduction", "raise", "raised", "rise", "decline", "declined", "grow", "growth", "strengthened", "enhanced",
        ),
        units=(
            "number", "numbers", "percentage", "percent", "per cent", "%", "proportion", "share", "rate", "ratio",
            "amount", "sum", "average", "median", "total", "count", "how many", "how much", "extent", "degree", "days",
        ),
        comparisons=("than",),
    ),
}  # fmt: skip

DIRECTION, TARGET_IN_NAME, UNIT, SOURCE, TARGET = "direction", "target_in_name", "unit", "source", "target"


@dataclass(frozen=True)
class Hint:
    """``field``: of the form beside which it stands; ``target`` is no field of the definition."""

    code: str
    field: str
    text: Any


def _any_of(words):
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _patterns():
    """(directions, units) of all languages: the language of a text is not known."""
    lists = LANGUAGES.values()
    directions = _any_of({word for one in lists for word in one.directions})
    comparisons = _any_of({word for one in lists for word in one.comparisons})
    units = _any_of({word for one in lists for word in one.units})
    return (
        re.compile(rf"(?<!\w)({directions})(?!\w)(?!\s+(?:{comparisons})(?!\w))", re.IGNORECASE),
        re.compile(rf"(?<!\w)({units})(?!\w)", re.IGNORECASE),
    )


# A year says when, and is no target; nor is a number that belongs to a word or to the number of a law.
FIGURE = re.compile(r"(?<![\w.,])(?!(?:19|20|24|25)\d\d(?![\w%]))(?<!No\. )\d[\d.,]*(?:\s?%)?(?!\w)", re.IGNORECASE)


def of_name(name, unit):
    """Hints on what the indicator says."""
    if not name:
        return
    directions, units = _patterns()
    if found := directions.search(name):
        yield Hint(
            DIRECTION,
            "name",
            _(
                "“%(word)s” assumes a direction. An indicator is directionless: it says what is measured, and the "
                "target says how much is hoped for."
            )
            % {"word": found[1]},
        )
    if found := FIGURE.search(name):
        yield Hint(
            TARGET_IN_NAME,
            "name",
            _(
                "“%(figure)s” looks like a target. Keep it out of the indicator and set it as the target of a period, "
                "so that the indicator stays when the target changes."
            )
            % {"figure": found[0].strip()},
        )
    if unit != TEXT and not units.search(name):
        yield Hint(
            UNIT,
            "name",
            _(
                "It does not say what is measured. Begin with the unit, for example “Number of …” or "
                "“Percentage of …”, so that everybody measures the same."
            ),
        )


def of_source(source):
    """A hint where nobody can look up the result."""
    if not source.strip():
        text = _(
            "No data source. Without one nobody can determine whether the result was achieved: name the list, record "
            "or survey."
        )
        yield Hint(SOURCE, "source", text)


NO_TARGET = gettext_lazy(
    "No target for %(period)s. An indicator is SMART only together with a target: without one a result tells neither "
    "success nor failure."
)


def of_definition(definition, period=None, target=None):
    """All hints on a definition. ``period``: the coming reporting period, with its ``target`` (Values)."""
    yield from of_name(definition.name, definition.unit)
    if not definition.measure:
        yield from of_source(definition.source)
    if period is not None and not target.is_known:
        yield Hint(TARGET, "target", NO_TARGET % {"period": period})
