"""The analysis of gaps (Annex 5, section 7): what the numbers show, offered to the writer of a report to comment on.

A fact says its numbers and what they are a part of, and names the cell whose records are behind it. It judges nothing
and explains nothing: why it is so, and what to do, is for people to write. A rule is a function that reads Grids.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.slices import NOT_RECORDED, TOTAL
from reports.tables import UNITS

NOTABLE_SHARE = 0.1  # unknown answers, cases without remedy, cases dropped: more than this
NOTABLE_FALL = 0.25  # against the period before: more than this
LEAST_BASE_OF_A_FALL = 10
LEAST_BASE_OF_A_PERCENTAGE = 5
UNKNOWN = "unknown"
NO_ANSWER = {UNKNOWN, NOT_RECORDED}

# Section 3.4: for all activities, the goal is to reach at least an equal number of women as men.
AS_MANY_WOMEN_AS_MEN = ("services_persons", "cases_closed", "activity_participants", "interviews")
# (what was not done at all, the number that says that the centre was at work)
NOTHING_DONE = (
    ("services_persons", "cards_registered"),
    ("cases_closed", "services_persons"),
    ("activity_participants", "services_persons"),
    ("interviews", "services_persons"),
)
# (where complaints are about, those who were informed before)
COMPLAINED_AND_INFORMED = (("sector", "informed_sector"), ("case_destination", "informed_destination"))
GENDER_ASKED = ("profile_gender", "cases_closed", "activity_participants")
UNKNOWN_ANSWERS = (
    ("profile_age", NOT_RECORDED),
    ("profile_nationality", NOT_RECORDED),
    ("profile_beneficiary_kind", NOT_RECORDED),
    ("profile_sector", UNKNOWN),
    ("sector", UNKNOWN),
    ("legal_status", UNKNOWN),
    ("remedy", UNKNOWN),
    ("remedy", NOT_RECORDED),
)
FALLING_TOTALS = (
    "cards_registered", "services_persons", "services_contacts", "cases_closed", "activity_participants", "interviews",
)  # fmt: skip
FALLING_ROWS = (
    "services_persons", "profile_age", "profile_nationality", "profile_destination", "profile_sector",
    "profile_beneficiary_kind", "activity_participants",
)  # fmt: skip

COMPLAINTS_ONLY_NOW = _(
    "%(what)s: %(part)s. Persons who received information, education and training and plan to work there: "
    "0 of %(informed)s."
)
COMPLAINTS = _(
    "%(what)s: %(part)s. Persons who received information, education and training and plan to work there: "
    "0 of %(informed)s; in the period before: 0 of %(informed_before)s."
)


class Severity(IntEnum):
    """The order in which facts are offered."""

    PEOPLE = 1  # who may be in danger, or was left out
    WORK = 2  # what was done less than before, or had no result
    RECORDS = 3  # what is not known


@dataclass(frozen=True)
class Fact:
    """``code`` is the same in every report: a comment is kept under it. ``table``, ``row``, ``column``: the cell with
    ``number``, of which the list of records is as long; ``base``: what the number is compared with.
    """

    code: str
    severity: Severity
    table: str
    row: str
    column: str
    number: int
    base: int
    message: Any
    values: Mapping = field(compare=False)

    @property
    def text(self):
        """A sentence in the language of the reader, with the numbers."""
        return str(self.message) % self.values


def find_gaps(grids, before):
    """The facts in ``grids`` ({table code: Grid}), the most serious first. ``before``: the grids of a period of the
    same length just before; empty where there is none.

    A rule about a table that is not among the grids says nothing: a report may be older than the table.
    """
    now, earlier = _Numbers(grids), _Numbers(before)
    facts = [fact for rule in RULES for fact in rule(now, earlier)]
    return sorted(facts, key=lambda fact: fact.severity)


class _Numbers:
    """The grids, read by codes. What is in no grid is 0."""

    def __init__(self, grids):
        self.grids = grids
        self.cells = {
            (code, line.slice.code, column.code): number
            for code, grid in grids.items()
            for line in (*grid.rows, *filter(None, [grid.total]))
            for column, number in zip(grid.columns, line.values, strict=True)
        }

    def __contains__(self, table):
        return table in self.grids

    def of(self, table, row=TOTAL, column=TOTAL):
        return self.cells.get((table, row, column), 0)

    def rows(self, table):
        """The codes of the rows, without those for no answer; none for a table with one row, which is its total."""
        codes = [line.slice.code for line in self.grids[table].rows] if table in self.grids else []
        return [code for code in codes if code not in NO_ANSWER] if codes != ["all"] else []

    def fact(self, rule, severity, table, row, message, *, base, column=TOTAL, **values):
        """A Fact about a cell. The message may use %(what)s, %(part)s, %(unit)s, %(number)s, %(base)s and values."""
        declared = self.grids[table].table
        number = self.of(table, row, column)
        known = {
            "what": _named(declared.title, None if row == TOTAL else declared.row(row).label),
            "part": _part(number, base, UNITS[declared.unit]),
            "unit": UNITS[declared.unit],
            "number": number,
            "base": base,
        }
        code = f"{rule}:{table}:{row.lower()}"
        return Fact(code, severity, table, row, column, number, base, message, known | values)


def _name_it(title, label):
    return f"{title}, {label}" if label else str(title)


def _say_part(number, base, unit):
    """“12 of 40 persons (30%)”; of a handful, a percentage says too much."""
    values = {"number": number, "base": base, "unit": unit}
    if base < LEAST_BASE_OF_A_PERCENTAGE:
        return gettext("%(number)s of %(base)s %(unit)s") % values
    values["percent"] = f"{number / base:.0%}"
    return gettext("%(number)s of %(base)s %(unit)s (%(percent)s)") % values


_named = lazy(_name_it, str)
_part = lazy(_say_part, str)


# --- rules: who was left out -------------------------------------------------------------------------------------


def minors(now, before):
    """Persons under 18 who were served: their protection is a matter of its own."""
    for row in ("under_15", "15_17"):
        if now.of("profile_age", row):
            yield now.fact(
                "minors", Severity.PEOPLE, "profile_age", row, _("Persons under 18. %(what)s: %(part)s."),
                base=now.of("profile_age"),
            )  # fmt: skip


def fewer_women(now, before):
    for table in AS_MANY_WOMEN_AS_MEN:
        for row in (TOTAL, *now.rows(table)):
            women, men = now.of(table, row, "women"), now.of(table, row, "men")
            if women < men:
                yield now.fact(
                    "women_under_half", Severity.PEOPLE, table, row, _("%(what)s: women are %(part)s, men %(men)s."),
                    base=now.of(table, row), column="women", men=men,
                )  # fmt: skip


def received_by_nobody(now, before):
    """Kinds of service that nobody received, while others were."""
    served = now.of("services_persons")
    for row in now.rows("services_persons") if served else ():
        if not now.of("services_persons", row):
            was = before.of("services_persons", row)
            yield now.fact(
                "nobody", Severity.PEOPLE, "services_persons", row,
                _("%(what)s: 0 of %(base)s persons served; in the period before: %(was)s.")
                if was else _("%(what)s: 0 of %(base)s persons served."),
                base=served, was=was,
            )  # fmt: skip


def complaints_without_information(now, before):
    """Where complaints come from, although nobody who plans to go there was informed, now or in the period before."""
    for complained, informed in COMPLAINED_AND_INFORMED:
        if informed not in now:
            continue
        for row in now.rows(complained):
            if row == "other" or not now.of(complained, row) or now.of(informed, row) or before.of(informed, row):
                continue
            yield now.fact(
                "complaints_without_information", Severity.PEOPLE, complained, row,
                COMPLAINTS_ONLY_NOW if informed not in before else COMPLAINTS,
                base=now.of(complained), informed=now.of(informed), informed_before=before.of(informed),
            )  # fmt: skip


# --- rules: the work ---------------------------------------------------------------------------------------------


def nothing_done(now, before):
    for table, other in NOTHING_DONE:
        base = now.of(other)
        if table in now and base and not now.of(table):
            yield now.fact(
                "nothing", Severity.WORK, table, TOTAL, _("%(what)s: 0 in this period. %(other)s: %(base)s."),
                base=base, other=now.grids[other].title,
            )  # fmt: skip


def without_result(now, before):
    """Cases that were closed without any remedy, or dropped."""
    for rule, table, row, message in (
        ("without_remedy", "remedy", "none", _("Cases closed without any remedy: %(part)s.")),
        ("dropped", "resolution", "dropped", _("Cases dropped: %(part)s.")),
    ):
        base = now.of(table)
        if now.of(table, row) > NOTABLE_SHARE * base:
            yield now.fact(rule, Severity.WORK, table, row, message, base=base)


def falls(now, before):
    """Numbers that fell by more than a quarter, first totals, then rows."""
    cells = [(table, TOTAL) for table in FALLING_TOTALS]
    cells += [(table, row) for table in FALLING_ROWS for row in before.rows(table)]
    said = {(fact.table, fact.row) for fact in received_by_nobody(now, before)}
    for table, row in cells:
        number, was = now.of(table, row), before.of(table, row)
        if table not in now or (table, row) in said or was < LEAST_BASE_OF_A_FALL:
            continue
        if was - number > NOTABLE_FALL * was:
            yield now.fact(
                "fall", Severity.WORK, table, row,
                _("%(what)s: %(number)s %(unit)s; in the period before: %(base)s %(unit)s (%(change)s)."),
                base=was, change=f"−{(was - number) / was:.0%}",
            )  # fmt: skip


# --- rules: what is not known ------------------------------------------------------------------------------------


def gender_unknown(now, before):
    for table in GENDER_ASKED:
        base = now.of(table)
        if now.of(table, TOTAL, "other") > NOTABLE_SHARE * base:
            yield now.fact(
                "gender_unknown", Severity.RECORDS, table, TOTAL,
                _("%(what)s: the gender of %(part)s is other or unknown."), base=base, column="other",
            )  # fmt: skip


def answer_unknown(now, before):
    for table, row in UNKNOWN_ANSWERS:
        base = now.of(table)
        if now.of(table, row) > NOTABLE_SHARE * base:
            yield now.fact("unknown", Severity.RECORDS, table, row, _("%(what)s: %(part)s."), base=base)


RULES = (
    minors,
    fewer_women,
    received_by_nobody,
    complaints_without_information,
    nothing_done,
    without_result,
    falls,
    gender_unknown,
    answer_unknown,
)
