"""The nine sections of the technical progress report (Annex 5), and the places in them where a text is written."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Section:
    """A section in printed order. ``help_text`` says what belongs there, after section 4.1 of the manual.

    ``has_text``: whether the section has a text of its own, under the key ``code``; ``is_needed``: whether it must
    be written before the report can be submitted.
    """

    number: int
    code: str
    title: Any
    help_text: Any = ""
    has_text: bool = True
    is_needed: bool = False

    @property
    def heading(self):
        return f"{self.number}. {self.title}"


SECTIONS = (
    Section(
        1,
        "summary",
        _("Overall summary of progress to date"),
        _("As brief and direct as possible: what changed in this period, and what did not."),
        is_needed=True,
    ),
    Section(
        2,
        "outcomes",
        _("Progress towards achievement of outcomes"),
        _("For each outcome and activity: what was achieved, why, and what will be done better."),
        has_text=False,
    ),
    Section(
        3,
        "indicators",
        _("Performance indicator results"),
        _("Target and result of each indicator. Explain the result and what will be done to improve it."),
        has_text=False,
    ),
    Section(
        4,
        "legal_assistance",
        _("Legal assistance outcomes"),
        _("The tables are counted from the cases closed in the period. Add what a reader needs to understand them."),
    ),
    Section(
        5,
        "stories",
        _("Outcome harvesting stories"),
        _("One-page stories from follow-up interviews, positive and negative alike."),
        has_text=False,
    ),
    Section(
        6,
        "case_studies",
        _("Case studies of activities implemented"),
        _("At least one. An activity that failed teaches as much as one that worked."),
        has_text=False,
    ),
    Section(
        7,
        "gaps",
        _("Profile of beneficiaries reached and analysis of gaps in service coverage"),
        _("Who was reached, who was not, and why."),
        is_needed=True,
    ),
    Section(
        8,
        "emerging_issues",
        _("Emerging issues faced by beneficiaries and intermediaries"),
        _("What is new: laws, risks, demands, conflicts."),
        is_needed=True,
    ),
    Section(
        9,
        "actions",
        _("Major actions required to improve results"),
        _("Each with who is responsible, by when, and how far it is. It stays in every report until it is done."),
        has_text=False,
    ),
)
SECTIONS_BY_CODE = {section.code: section for section in SECTIONS}

PROGRESS, EXPLANATION = "progress", "explanation"
UID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TEXT_KEYS = re.compile(
    "|".join(
        [
            *(section.code for section in SECTIONS if section.has_text),
            rf"step:{UID}:(?:{PROGRESS}|{EXPLANATION})",
            rf"indicator:{UID}",
            r"gap:[A-Za-z0-9_:-]{1,70}",
        ]
    )
)


def step_key(uid, part):
    """Where the progress of an outcome or activity, or its explanation, is written (section 2)."""
    return f"step:{uid}:{part}"


def indicator_key(uid):
    """Where the result of an indicator is explained (section 3)."""
    return f"indicator:{uid}"


def gap_key(code):
    """Where a fact that the numbers show is commented on (section 7)."""
    return f"gap:{code}"


def anchor_of(key):
    """The place of a text on the page of the report: its key as an identifier without colons."""
    return "text-" + key.replace(":", "-")


def section_of(key):
    """The section in which a text stands. Raises KeyError for a key that is no place in the report."""
    if not TEXT_KEYS.fullmatch(key):
        raise KeyError(key)
    kind = key.partition(":")[0]
    return SECTIONS_BY_CODE[{"step": "outcomes", "indicator": "indicators", "gap": "gaps"}.get(kind, kind)]
