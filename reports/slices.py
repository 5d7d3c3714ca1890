"""The rows and columns of report tables: which records each of them means, with the wording of the form and of Annex 5.

A slice names the records by a condition; the slices of one question cover every record once, unless the question
allows several answers. An answer that was left empty is a slice of its own, so that no record is lost from a total.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Activity
from clients.models import BeneficiaryKind, LegalPermissionPlan, ServiceCategory
from legal_cases.models import ComplaintSource, ComplaintSubject, Remedy, Resolution, Sanction
from mrc.choices import Gender, LegalStatus, Sector, country_name
from reports.models import CaseStudy

NOT_RECORDED = "not_recorded"
TOTAL = "total"


@dataclass(frozen=True, eq=False)
class Slice:
    """A row or a column. ``heading`` is the short wording of Annex 5, ``label`` the full one of the form."""

    code: str
    label: Any
    heading: Any
    condition: Q
    value: Any = None  # of the field, where the slice is one value of it
    is_printed_when_zero: bool = True

    @property
    def explanation(self):
        """The wording of the form, where that of Annex 5 is not just the beginning of it."""
        return "" if str(self.label).startswith(str(self.heading)) else self.label


@dataclass(frozen=True, eq=False)
class Slices:
    """The slices of one question. ``field`` is the path from the counted record to the answer."""

    field: str
    members: tuple

    def __iter__(self):
        return iter(self.members)

    def __getitem__(self, code):
        return next(member for member in self.members if member.code == code)

    def __contains__(self, code):
        return any(member.code == code for member in self.members)

    def code_of(self, value):
        """The code of the slice that holds this value of the field. Raises KeyError."""
        return {member.value: member.code for member in self.members}[value]

    def printed(self, totals):
        """The rows that stand on paper. ``totals``: {row code: number of records}."""
        return [member for member in self.members if member.is_printed_when_zero or totals.get(member.code)]


@dataclass(frozen=True, eq=False)
class Countries(Slices):
    """A row for each country that occurs, the most frequent first; records without one are in the last row."""

    members: tuple = ()

    def __getitem__(self, code):
        """Raises KeyError for what cannot be the code of a country."""
        if code == NOT_RECORDED:
            return _not_recorded(self.field, "")
        if not re.fullmatch(r"[A-Z]{2}", code):
            raise KeyError(code)
        name = _country_name(code)
        return Slice(code, name, name, Q(**{self.field: code}), code)

    def __contains__(self, code):
        return code == NOT_RECORDED or re.fullmatch(r"[A-Z]{2}", code) is not None

    def code_of(self, value):
        return value or NOT_RECORDED

    def printed(self, totals):
        found = (code for code, number in totals.items() if number and code != TOTAL)
        return [self[code] for code in sorted(found, key=lambda code: (code == NOT_RECORDED, -totals[code], code))]


_country_name = lazy(country_name, str)


def _not_recorded(field, value):
    """Where the question was left empty: the field then holds ``value``."""
    label = _("Not recorded")
    return Slice(NOT_RECORDED, label, label, Q(**{field: value}), value, is_printed_when_zero=False)


def _answers(field, choices, headings=None, *others):
    """A slice for each code of a list, then ``others``. ``headings``: those of Annex 5 that differ from the form."""
    headings = headings or {}
    members = [
        Slice(choice.value, choice.label, headings.get(choice, choice.label), Q(**{field: choice.value}), choice.value)
        for choice in choices
    ]
    return Slices(field, (*members, *others))


# --- columns -----------------------------------------------------------------------------------------------------


def _genders(field):
    return Slices(
        field,
        (
            Slice("women", _("Women"), _("Women"), Q(**{field: Gender.WOMAN}), Gender.WOMAN),
            Slice("men", _("Men"), _("Men"), Q(**{field: Gender.MAN}), Gender.MAN),
            Slice("other", _("Other/unknown"), _("Other/unknown"), Q(**{field: Gender.OTHER}), Gender.OTHER),
        ),
    )


GENDER = _genders("gender")
GENDER_OF_CLIENT = _genders("card__gender")
GENDER_OF_SUBJECT = _genders("interview__gender")
NUMBER_ONLY = Slices("", ())


def _numbers(prefix=""):
    """Columns of a number that each record holds: the field that says how many, and the records that have any."""
    fields = [(column, f"{prefix}{column.code}") for column in GENDER]
    return tuple(Slice(column.code, column.label, column.heading, Q(**{f"{f}__gt": 0}), f) for column, f in fields)


PARTICIPANTS_BY_GENDER = Slices("counted", _numbers("counted_"))
SUBJECTS_BY_GENDER = Slices("subjects", _numbers())

# --- rows --------------------------------------------------------------------------------------------------------

ALL = Slices("", (Slice("all", _("All"), _("All"), Q()),))

SECTORS = _answers("sector", Sector, {Sector.SEAFOOD: _("Seafood")})

LEGAL_STATUSES = _answers("legal_status", LegalStatus)

SOURCES = _answers(
    "source",
    ComplaintSource,
    {
        ComplaintSource.MIGRANT_WORKER: _("Migrant"),
        ComplaintSource.FAMILY_FRIEND: _("Family"),
        ComplaintSource.NGO: _("NGO"),
        ComplaintSource.GOVERNMENT: _("Government"),
        ComplaintSource.COMMUNITY_LEADER: _("Community"),
        ComplaintSource.OTHER: _("Other"),
    },
    _not_recorded("source", ""),
)

SUBJECTS = _answers(
    "subjects__code",
    ComplaintSubject,
    {
        ComplaintSubject.WAGES_WITHHELD: _("Wage withheld"),
        ComplaintSubject.WAGES_UNDERPAID: _("Underpaid"),
        ComplaintSubject.WAGES_BELOW_MINIMUM: _("Wage below"),
        ComplaintSubject.LIVING_CONDITIONS: _("Living condition"),
        ComplaintSubject.SAFETY_HEALTH: _("OSH"),
        ComplaintSubject.EXCESSIVE_HOURS: _("Work hours"),
        ComplaintSubject.LEAVE_REFUSED: _("Leave"),
        ComplaintSubject.NO_REST_DAY: _("Rest day"),
        ComplaintSubject.BENEFITS_NOT_PROVIDED: _("Benefits"),
        ComplaintSubject.WORKPLACE_ACCIDENT: _("Accident"),
        ComplaintSubject.SEXUAL_HARASSMENT: _("Harassment"),
        ComplaintSubject.PHYSICAL_ABUSE: _("Abuse"),
        ComplaintSubject.DOCUMENTS_RETAINED: _("ID retention"),
        ComplaintSubject.TERMINATION: _("Termination"),
        ComplaintSubject.DEPLOYMENT_DELAY: _("Delay"),
        ComplaintSubject.DOCUMENTS_NOT_PROVIDED: _("No documents"),
        ComplaintSubject.FEES_OVERCHARGED: _("Overcharging"),
        ComplaintSubject.WAGE_DEDUCTIONS: _("Deductions"),
        ComplaintSubject.CONTRACT_SUBSTITUTION: _("Substitution"),
        ComplaintSubject.MISSING_PERSON: _("Missing person"),
        ComplaintSubject.STRANDED_DETAINED: _("Stranded/detained"),
        ComplaintSubject.OTHER: _("Other"),
    },
    _not_recorded("subjects__code", None),
)

DURATION_BANDS = Slices(
    "duration_months",
    tuple(
        Slice(code, label, label, condition)
        for code, label, condition in (
            ("under_1", _("<1 month"), Q(duration_months=0)),
            ("1_3", _("1-3 months"), Q(duration_months__range=(1, 3))),
            ("4_6", _("4-6 months"), Q(duration_months__range=(4, 6))),
            ("7_12", _("7-12 months"), Q(duration_months__range=(7, 12))),
            ("over_12", _(">1 year"), Q(duration_months__gte=13)),
        )
    ),
)

RESOLUTIONS = _answers(
    "resolution",
    Resolution,
    {
        Resolution.COURT: _("Court"),
        Resolution.ADMINISTRATIVE: _("Administrative"),
        Resolution.INFORMAL: _("Informal"),
        Resolution.DROPPED: _("Dropped"),
    },
)

REMEDIES = _answers(
    "remedies__code",
    Remedy,
    {
        Remedy.COMPENSATION: _("Compensation"),
        Remedy.BETTER_WORKING_CONDITIONS: _("Better work"),
        Remedy.BETTER_LIVING_CONDITIONS: _("Better living"),
        Remedy.REINSTATEMENT: _("Reinstatement"),
        Remedy.DEPLOYMENT: _("Deployment"),
        Remedy.PERSON_LOCATED: _("Person located"),
        Remedy.DOCUMENTS_RETURNED: _("Docs returned"),
        Remedy.DOCUMENTS_PROVIDED: _("Docs provided"),
        Remedy.RETURNED_ORIGIN: _("Return origin"),
        Remedy.OTHER: _("Other"),
    },
    _not_recorded("remedies__code", None),
)

SANCTIONS = _answers(
    "sanction",
    Sanction,
    {
        Sanction.PRISON: _("Prison"),
        Sanction.ADMINISTRATIVE_PENALTY: pgettext_lazy("sanction", "Administrative"),
        Sanction.FINE: _("Fine"),
    },
)

SERVICES = _answers("category", ServiceCategory)

# Eighteen is a boundary, because a minor needs another kind of protection.
AGE_BANDS = Slices(
    "age",
    (
        *(
            Slice(code, label, label, condition)
            for code, label, condition in (
                ("under_15", _("Under 15"), Q(age__lt=15)),
                ("15_17", _("15-17"), Q(age__range=(15, 17))),
                ("18_24", _("18-24"), Q(age__range=(18, 24))),
                ("25_34", _("25-34"), Q(age__range=(25, 34))),
                ("35_44", _("35-44"), Q(age__range=(35, 44))),
                ("45_54", _("45-54"), Q(age__range=(45, 54))),
                ("55_over", _("55 and over"), Q(age__gte=55)),
            )
        ),
        _not_recorded("age", None),
    ),
)

NATIONALITIES = Countries("nationality")

DESTINATIONS = Countries("destination_country")

BENEFICIARY_KINDS = _answers("beneficiary_kind", BeneficiaryKind, None, _not_recorded("beneficiary_kind", ""))

LEGAL_PERMISSION_PLANS = _answers("legal_permission", LegalPermissionPlan, None, _not_recorded("legal_permission", ""))

ACTIVITY_KINDS = _answers("kind", Activity.Kind)

CASE_STUDY_RESULTS = _answers("result", CaseStudy.Result)


def currency(code, field):
    """The slice of the amounts in one currency. Annex 5 prints US$ for the dollar of the United States."""
    heading = "US$" if code == "USD" else code
    return Slice(code, heading, heading, Q(**{field: code}), code)


def amount_not_recorded(field):
    return _not_recorded(field, "")
