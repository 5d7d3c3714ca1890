"""Form fields for what people type: days in two eras, countries by name or code, amounts, plain texts.

The same fields read a form in the browser and a row of a spreadsheet, so that both accept and refuse the same.
"""

import math
import re
import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField
from django.utils.translation import gettext_lazy as _

from mrc import dates
from mrc.choices import country_code, country_name, currencies


def clean_text(value):
    """NFC, no control characters but line breaks, no blanks at the ends. Raises ValidationError."""
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in "\n\t" for c in value):
        raise ValidationError(
            _("There is a character here that cannot be printed. Type the text again."), code="control"
        )
    return value.strip()


class TextField(forms.CharField):
    """Text without control characters, on one line unless the widget has several."""

    def clean(self, value):
        return super().clean(clean_text(self.to_python(value)))


class DayField(forms.DateField):
    """A day, typed as day/month/year in the Gregorian calendar or the Buddhist era; shown in the reader's calendar."""

    widget = forms.TextInput

    def __init__(self, *, past_only=True, **kwargs):
        self.past_only = past_only
        kwargs.pop("input_formats", None)
        super().__init__(**kwargs)
        self.widget.attrs.update(
            {"inputmode": "numeric", "placeholder": _("dd/mm/yyyy"), "autocomplete": "off", "maxlength": 30}
        )

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return dates.parse_day(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def validate(self, value):
        super().validate(value)
        if value and self.past_only and value > dates.today():
            raise ValidationError(
                _("%(day)s is in the future. Check the year.") % {"day": dates.show_day(value)}, code="future"
            )

    def prepare_value(self, value):
        return dates.show_day(value) if hasattr(value, "year") else value

    def has_changed(self, initial, data):
        try:
            return super().has_changed(initial, self.to_python(data))
        except ValidationError:
            return True


class YearField(forms.Field):
    """A year in the Gregorian calendar or the Buddhist era, at most this one unless ``latest`` says another; shown in
    the reader's calendar. ``example``: a year that is right, for the sentence that refuses another.
    """

    widget = forms.TextInput

    def __init__(self, *, latest=None, example=1990, **kwargs):
        self.latest, self.example = latest, example
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off", "maxlength": 10, "class": "num"})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        text = str(value).strip()
        example = dates.show_year(self.example)
        if not re.fullmatch(r"\d{4}(\.0)?", text):  # a spreadsheet may hold the number 1990.0
            raise ValidationError(
                _("Write the year with four digits, for example %(example)s."),
                params={"example": example},
                code="invalid",
            )
        year = dates.gregorian_year(int(dates.ascii_digits(text[:4])))
        if not dates.EARLIEST_YEAR <= year <= (self.latest or dates.today().year):
            raise ValidationError(
                _("The year %(year)s cannot be right. Write it with four digits, for example %(example)s."),
                params={"year": text, "example": example},
                code="invalid",
            )
        return year

    def prepare_value(self, value):
        return dates.show_year(value) if isinstance(value, int) else value

    def has_changed(self, initial, data):
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class CountryField(TextField):
    """A country by ISO code or by name in any language of the interface. The page offers ``datalist#countries``."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget.attrs.update({"list": "countries", "autocomplete": "off", "maxlength": 80})

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        code = country_code(text)
        if code is None:
            raise ValidationError(
                _("“%(text)s” is not a country. Write its name or its two-letter code, for example TH.")
                % {"text": text[:60]},
                code="country",
            )
        return code

    def prepare_value(self, value):
        return country_name(value) if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value) else value


class AmountField(forms.DecimalField):
    """An amount of money: ``1,035,557.50``. Refuses anything that could be read in two ways."""

    widget = forms.TextInput

    def __init__(self, **kwargs):
        super().__init__(**{"max_digits": 14, "decimal_places": 2, "min_value": 0, **kwargs})
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "maxlength": 30, "class": "amount"})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        text = str(value).strip()
        digits = dates.ascii_digits(text)
        if isinstance(value, (int, float, Decimal)) and math.isfinite(value):  # a cell of a spreadsheet
            digits = f"{Decimal(text):f}".removesuffix(".0")
        if re.fullmatch(r"-\d.*", digits):
            raise ValidationError(_("An amount cannot be negative."), code="negative")
        if not re.fullmatch(r"(\d{1,3}(,\d{3})+|\d+)(\.\d{1,2})?", digits):
            raise self.refusal(text)
        return Decimal(digits.replace(",", ""))

    def refusal(self, text):
        return ValidationError(
            _("“%(text)s” is not an amount that can be read in one way only. Write digits, for example 1,035,557.50.")
            % {"text": text[:40]},
            code="invalid",
        )

    def prepare_value(self, value):
        return f"{value:,.2f}" if isinstance(value, Decimal) else value


class CurrencyField(TextField):
    """A currency by its ISO 4217 code. The page offers ``datalist#currencies``."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget.attrs.update({"list": "currencies", "autocomplete": "off", "maxlength": 3, "class": "currency"})

    def clean(self, value):
        code = super().clean(value).upper()
        if code and code not in currencies():
            raise ValidationError(
                _("“%(text)s” is not a currency. Write its three-letter code, for example THB.") % {"text": code[:20]},
                code="currency",
            )
        return code


class RecordsField(forms.ModelMultipleChoiceField):
    """Several records by their keys. What no key can be is refused here: the database would answer an error."""

    def _check_values(self, value):
        for key in value:
            if self.to_field_name is None and not _can_be_key(key):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(key)[:20]}
                )
        return super()._check_values(value)


def _can_be_key(key):
    try:
        return len(str(key)) <= 20 and abs(int(key)) <= BigIntegerField.MAX_BIGINT
    except ValueError:
        return True  # no number at all: Django says so
