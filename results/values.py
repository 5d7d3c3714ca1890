"""A target or a result of one period: by gender and in all, or a text. Nothing here asks the database."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

NUMBER, PERCENTAGE, TEXT = "number", "percentage", "text"
GENDERS = ("women", "men", "other")
COLUMNS = (*GENDERS, "total")
ONE_DECIMAL = Decimal("0.1")


def whole(number):
    """42 for 42.00: what has no fraction is a whole number. None stays None."""
    if number is None or isinstance(number, int):
        return number
    return int(number) if number == number.to_integral_value() else number


def percent(number, base):
    """How many of a hundred, with one decimal; None without a base."""
    if number is None or not base:
        return None
    return (100 * Decimal(number) / Decimal(base)).quantize(ONE_DECIMAL, ROUND_HALF_UP)


def show(number, unit):
    """A number as it is printed: 1,250; 1,250.50; 45.0%. A dash where nothing is known."""
    if number is None:
        return "–"
    if unit == PERCENTAGE:
        return f"{Decimal(number):.1f}%"
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"


def with_base(text, base):
    """A percentage or an amount with what it is of: “75.0% (6 of 8)”."""
    return f"{text} ({base})" if base else text


@dataclass(frozen=True)
class Values:
    """What was aimed at or reached. ``None`` is not known, and never 0.

    ``parts``: of percentages, {column: (how many, of how many)}. ``records``: how many records an amount is from.
    """

    unit: str
    women: int | Decimal | None = None
    men: int | Decimal | None = None
    other: int | Decimal | None = None
    total: int | Decimal | None = None
    text: str = ""
    parts: dict = field(default_factory=dict)
    records: int | None = None

    @classmethod
    def of_numbers(cls, unit, numbers, **more):
        """``numbers``: {column: number}. Without a total of its own, numbers of all genders add up to it."""
        numbers = {column: whole(numbers.get(column)) for column in COLUMNS}
        if numbers["total"] is None and unit == NUMBER and None not in (split := [numbers[g] for g in GENDERS]):
            numbers["total"] = sum(split)
        return cls(unit, **numbers, **more)

    @classmethod
    def of_parts(cls, numbers, bases):
        """A percentage for each column: ``numbers`` of ``bases``."""
        numbers, bases = (cls.of_numbers(NUMBER, one) for one in (numbers, bases))
        parts = {
            column: (getattr(numbers, column), getattr(bases, column))
            for column in COLUMNS
            if getattr(numbers, column) is not None and getattr(bases, column) is not None
        }
        return cls(PERCENTAGE, **{column: percent(*pair) for column, pair in parts.items()}, parts=parts)

    @property
    def is_known(self):
        return bool(self.text) or any(getattr(self, column) is not None for column in COLUMNS) or bool(self.parts)

    @property
    def has_split(self):
        """Whether it is known by gender."""
        return any(getattr(self, column) is not None for column in GENDERS)

    @property
    def base(self):
        """What a percentage is of, or how many records an amount is from: “18 of 40”, “3 cases”. Else empty."""
        if "total" in self.parts:
            return self.bases["total"]
        if self.records is None:
            return ""
        return ngettext("from %(records)s case", "from %(records)s cases", self.records) % {"records": self.records}

    @property
    def shown(self):
        """The total, or the text, as it is printed."""
        return self.text if self.unit == TEXT else show(self.total, self.unit)

    @property
    def shown_by_gender(self):
        """[(number, its base)] of women, men, other/unknown as they are printed."""
        return [(show(getattr(self, one), self.unit), self.bases.get(one, "")) for one in GENDERS]

    @property
    def bases(self):
        """{column: “6 of 8”} of a percentage; empty for what is none."""
        words = _("%(number)s of %(base)s")
        return {column: words % {"number": number, "base": base} for column, (number, base) in self.parts.items()}

    def share_of(self, target):
        """How much of a target this is, 0.9 for 90 %; None where either is unknown or the target is 0."""
        if self.unit == TEXT or self.total is None or not target.total:
            return None
        return float(self.total / Decimal(target.total))

    def as_dict(self):
        """{"women", "men", "other", "total"}, or {"text"}."""
        return {"text": self.text} if self.unit == TEXT else {column: getattr(self, column) for column in COLUMNS}
