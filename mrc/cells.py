"""How one cell of an import is read and one of an export is written: text, day, code, ... each in one class.

``read`` takes what the spreadsheet holds and gives what the form takes; ``write`` is its opposite. What is typed is
judged by the form fields (mrc/fields.py); here it is only brought into the shape that they take.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc import dates
from mrc.choices import wording
from mrc.spreadsheets import BadCell

LONGEST_SHOWN = 80
MOST_DIGITS = 15  # that a spreadsheet keeps of a number
BUDDHIST_YEAR = re.compile(r"(?<!\d)2[4-7]\d\d(?!\d)")
ALLOWED_SHOWN = 12  # codes named in a sentence


def shown(value):
    """A cell as a person sees it in the spreadsheet, on one line and not too long."""
    text = " ".join(whole(value).split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def whole(value):
    """A cell as a person sees it in the spreadsheet, with all its lines."""
    if isinstance(value, BadCell):
        value = value.shown
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        value = f"{value.day:02}/{value.month:02}/{value.year}"
    elif isinstance(value, float):
        value = _digits(value)
    elif isinstance(value, Decimal):
        value = f"{value:,.2f}"
    return str("" if value is None else value)


def _digits(number):
    """A number of a spreadsheet without the noise of binary fractions and without ``.0``."""
    return f"{Decimal(f'{number:.{MOST_DIGITS}g}'):f}"


def is_buddhist(value):
    """Whether a day or year was written in the Buddhist era."""
    if isinstance(value, date):
        return value.year > dates.BUDDHIST_FROM
    return bool(BUDDHIST_YEAR.search(dates.ascii_digits(shown(value))))


class Kind:
    """What all kinds of cell share. ``choices``: its code list, if any. ``empty``: what an empty cell gives."""

    explanation = ""
    number_format = "@"
    choices = ()
    is_day = False
    empty = ""

    def offered(self):
        """What the template offers in a drop-down list."""
        return []

    def write(self, value):
        return value


class Text(Kind):
    """Text. A telephone number that the spreadsheet took for a number comes back as its digits."""

    explanation = gettext_lazy("Text.")

    def read(self, value):
        if isinstance(value, (date, time, timedelta)):
            raise ValidationError(
                _("The spreadsheet has turned this into a date or time. Format the cell as text and type it again.")
            )
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float)):
            if abs(value) >= 10**MOST_DIGITS:
                raise ValidationError(
                    _("A spreadsheet keeps only 15 digits of a number. Format the cell as text and type it again.")
                )
            return _digits(value)
        return str(value)

    def write(self, value):
        return value or None


class Number(Text):
    explanation = gettext_lazy("A whole number.")
    number_format = "General"
    empty = None

    def write(self, value):
        return value


class Year(Number):
    explanation = gettext_lazy("A year with four digits; one of the Buddhist era is recognised.")
    is_day = True


class Country(Text):
    explanation = gettext_lazy("A country by its name or its two-letter code (ISO 3166-1), for example TH.")


class Currency(Text):
    explanation = gettext_lazy("A currency by its three-letter code (ISO 4217), for example THB.")


class Day(Kind):
    explanation = gettext_lazy("A date: dd/mm/yyyy, YYYY-MM-DD or a date of the spreadsheet; also in the Buddhist era.")
    number_format = "dd/mm/yyyy"
    is_day = True
    empty = None

    def read(self, value):
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        return shown(value)


class Days(Day):
    """Several days, separated by ``;``."""

    explanation = gettext_lazy("One or more dates, separated by ; – for example 03/02/2026; 17/05/2026.")
    number_format = "@"
    empty = ()

    def read(self, value):
        parts = [value] if isinstance(value, date) else [part for part in shown_parts(value) if part]
        days = []
        for part in parts:
            try:
                days.append(dates.parse_day(part))
            except ValueError as error:
                raise ValidationError(str(error)) from error
            if days[-1] > dates.today():
                raise ValidationError(
                    _("%(day)s is in the future. Check the year.") % {"day": dates.show_day(days[-1])}
                )
        return tuple(sorted(set(days)))

    def write(self, value):
        return value[0] if len(value) == 1 else "; ".join(day.isoformat() for day in value) or None


class Amount(Kind):
    explanation = gettext_lazy("An amount of money: a number, or text such as 1,035,557.50.")
    number_format = "#,##0.00"
    empty = None

    def read(self, value):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return Decimal(_digits(value))
        return shown(value)


class Code(Kind):
    """One answer of a code list, by its code or its label in any language of the interface."""

    explanation = gettext_lazy("One of these answers, by code or wording.")

    def __init__(self, choices):
        self.choices = choices

    def offered(self):
        return [str(label) for label in self.choices.labels]

    def read(self, value):
        return self.code(Text().read(value))

    def code(self, text):
        code = codes_by_label(self.choices).get(_key(text))
        if code is None:
            values = self.choices.values
            allowed = ", ".join(values[:ALLOWED_SHOWN]) + (" …" if len(values) > ALLOWED_SHOWN else "")
            raise ValidationError(
                _("“%(text)s” is not one of the answers. Write one of: %(allowed)s")
                % {"text": shown(text), "allowed": allowed}
            )
        return code

    def write(self, value):
        return value or None


class Codes(Code):
    """Several answers of a code list, separated by ``;``."""

    explanation = gettext_lazy("One or more of these answers, separated by ;")
    empty = ()

    def read(self, value):
        return tuple(dict.fromkeys(self.code(part) for part in shown_parts(value, None) if part))

    def write(self, value):
        return "; ".join(value) or None


class YesNo(Kind):
    explanation = gettext_lazy("yes or no (also true, false, 1, 0, x).")
    empty = False

    def offered(self):
        return [_("Yes"), _("No")]

    def read(self, value):
        answer = yes_or_no(value)
        if answer is None:
            raise ValidationError(_("“%(text)s” is neither yes nor no.") % {"text": shown(value)})
        return answer

    def write(self, value):
        return "yes" if value else "no"


def yes_or_no(value):
    """True or False for what says yes or no in any language of the interface; else None."""
    return _yes_and_no().get(_key(shown(value)))


@cache
def _yes_and_no():
    answers = dict.fromkeys(("yes", "true", "1", "x", "y"), True) | dict.fromkeys(("no", "false", "0", "n"), False)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            answers |= {_key(_("Yes")): True, _key(_("No")): False}
    return answers


@cache
def codes_by_label(choices):
    """Code and label in every language (also without its remark in brackets) -> code."""
    codes, short = {}, {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, label in choices.choices:
                codes[_key(label)] = code
                short[_key(wording(label))] = code
    return short | codes | {_key(code): code for code in choices.values}


def _key(text):
    return " ".join(str(text).casefold().split())


def shown_parts(value, longest=LONGEST_SHOWN):
    """The parts of a cell between the ``;``."""
    text = shown(value) if not isinstance(value, str) else value
    return [part.strip()[:longest] for part in text.split(";")]
