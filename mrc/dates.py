"""Days as people write them (Gregorian or Buddhist era), periods and completed months. Storage is always Gregorian."""

import calendar
import re
import unicodedata
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

BUDDHIST_OFFSET = 543
BUDDHIST_FROM = 2400  # a year above this is one of the Buddhist era
EARLIEST_YEAR = 1900
LONGEST_REPEATED = 40  # characters of what was typed, in a sentence that refuses it

# Whether days are shown in the Buddhist era; the middleware sets it from the user's centres.
shows_buddhist_era = ContextVar("shows_buddhist_era", default=False)


def today():
    return timezone.localdate()


def ascii_digits(text):
    """The text with the decimal digits of every script as 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def parse_day(text):
    """A date from ``dd/mm/yyyy`` or ``YYYY-MM-DD`` (also with . or - and digits of other scripts, also Buddhist era).

    Raises ValueError with a sentence that says what is wrong and what to write instead.
    """
    if isinstance(text, datetime):
        text = text.date()
    if isinstance(text, date):
        return _gregorian(text.year, text.month, text.day)
    text = str(text).strip()
    digits = ascii_digits(text)
    if match := re.fullmatch(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})", digits):
        day, month, year = map(int, match.groups())
    elif match := re.fullmatch(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T ]00:00(?::00)?)?", digits):
        year, month, day = map(int, match.groups())
    else:
        if len(text) > LONGEST_REPEATED:
            text = f"{text[:LONGEST_REPEATED]}…"
        raise ValueError(_("“%(text)s” is not a date. Write day/month/year, for example 31/08/2026.") % {"text": text})
    return _gregorian(year, month, day)


def gregorian_year(year):
    """The same year in the Gregorian calendar, whichever of the two it is written in."""
    return year - BUDDHIST_OFFSET if year > BUDDHIST_FROM else year


def _gregorian(year, month, day):
    year = gregorian_year(year)
    if month > 12:
        if day <= 12:
            raise ValueError(
                _("There is no month %(month)s. Are day and month swapped? Write day/month/year, for example %(day)s.")
                % {"month": month, "day": f"{month:02}/{day:02}/{year}" if month <= 31 else "31/08/2026"}
            )
        raise ValueError(
            _("There is no month %(month)s. Write day/month/year, for example 31/08/2026.") % {"month": month}
        )
    if not EARLIEST_YEAR <= year <= 2200:
        raise ValueError(_("The year %(year)s cannot be right. Write it with four digits.") % {"year": year})
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(
            _("There is no day %(day)s in month %(month)s of %(year)s.") % {"day": day, "month": month, "year": year}
        ) from None


def show_day(day):
    """``dd/mm/yyyy`` in the calendar of the reader's centre."""
    if not day:
        return ""
    return f"{day.day:02}/{day.month:02}/{show_year(day.year)}"


def show_year(year):
    """A year (or none) in the calendar of the reader's centre."""
    return year + BUDDHIST_OFFSET if year and shows_buddhist_era.get() else year


def completed_months(start, end):
    """Whole months from start to end (31 Jan to 28 Feb is 0, 15 Jan to 15 Feb is 1). DOMAIN: duration of a case."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def add_months(day, months):
    """The same day so many months later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Period:
    """From ``start`` to ``end``, both included."""

    start: date
    end: date

    def __str__(self):
        return f"{show_day(self.start)} – {show_day(self.end)}"

    @property
    def before(self):
        """The period before: as many whole months where it is made of whole months, else as many days."""
        last = self.start - timedelta(days=1)
        if self.start.day == 1 and (self.end + timedelta(days=1)).day == 1:
            return Period(add_months(self.start, -completed_months(self.start, self.end + timedelta(days=1))), last)
        return Period(self.start - (self.end - last), last)


def quarter_of(day):
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    month = first.month + 2
    return Period(first, date(day.year, month, calendar.monthrange(day.year, month)[1]))


def quarter_before(day):
    return quarter_of(quarter_of(day).start - timedelta(days=1))


def year_of(day):
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))
