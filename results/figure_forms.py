"""Targets and typed results of an indicator: a line for each reporting period, split by gender or only in all."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mrc.fields import TextField
from mrc.forms import NamesMissingMixin
from reports.models import ReportingPeriod
from results import writing
from results.forms import NumberField
from results.models import PeriodFigure
from results.values import COLUMNS, GENDERS, PERCENTAGE, TEXT, Values

LABELS = {
    "women": _("Women"),
    "men": _("Men"),
    "other": _("Other/unknown"),
    "total": _("Total"),
    "base_women": _("Of women"),
    "base_men": _("Of men"),
    "base_other": _("Of other/unknown"),
    "base_total": _("Of all"),
    "text": _("In words"),
}
TARGET, RESULT = PeriodFigure.Kind.TARGET, PeriodFigure.Kind.RESULT


@dataclass(frozen=True)
class Line:
    """A reporting period in the form. ``shown``: what stands there where it cannot be changed."""

    period: ReportingPeriod
    unit: str
    kind: str
    shown: Values | None = None

    @property
    def has_bases(self):
        return self.unit == PERCENTAGE and self.kind == RESULT

    @property
    def columns(self):
        if self.unit == TEXT:
            return ("text",)
        return (*COLUMNS, *(f"base_{one}" for one in COLUMNS)) if self.has_bases else COLUMNS

    def name(self, column):
        return f"{self.period.starts_on.isoformat()}-{column}"

    def field(self, column):
        label = f"{LABELS[column]}, {self.period}"
        if column == "text":
            widget = forms.Textarea(attrs={"rows": 2})
            field = TextField(label=label, required=False, max_length=1000, widget=widget)
        else:
            field = NumberField(label=label, required=False)
        field.short_label = LABELS[column]
        field.widget.attrs |= {"class": "form-control", "aria-label": label}
        return field


class FiguresForm(NamesMissingMixin, forms.Form):
    """``lines``: the periods of the indicator (``instance``) for which there can be a target or result."""

    def __init__(self, *args, instance, tracked, kind, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.indicator, self.kind, self.lines = instance, kind, lines
        for line in self.open_lines:
            figure = tracked.figures.get((line.period.pk, line.kind))
            for column in line.columns:
                self.fields[line.name(column)] = line.field(column)
                self.initial[line.name(column)] = getattr(figure, column, None)

    @property
    def open_lines(self):
        return [line for line in self.lines if line.shown is None]

    @property
    def rows(self):
        """(line, [(field, field of its base or None)]) as the page shows them."""
        for line in self.lines:
            columns = () if line.shown else COLUMNS if line.unit != TEXT else line.columns
            yield line, [(self[line.name(one)], self[line.name(f"base_{one}")] if line.has_bases else None)
                         for one in columns]  # fmt: skip

    def clean(self):
        self.numbers = {}
        for line in self.open_lines:
            given = {column: self.cleaned_data.get(line.name(column)) for column in line.columns}
            if not any(line.name(column) in self.errors for column in line.columns):
                self._check(line, given)
            self.numbers[line.period] = given
        return self.cleaned_data

    def _check(self, line, given):
        if line.unit == TEXT:
            return
        if line.has_bases:
            self._check_bases(line, given)
        elif line.unit == PERCENTAGE:
            for column in COLUMNS:
                if (given[column] or 0) > 100:
                    self.add_error(line.name(column), _t("A percentage is at most 100."))
        else:
            self._check_split(line, given, "")

    def _check_bases(self, line, given):
        """A result in percent is how many of how many: both, and not more than all."""
        for column in COLUMNS:
            number, base = given[column], given[f"base_{column}"]
            if number is not None and base is None:
                self.add_error(
                    line.name(f"base_{column}"), _t("Write of how many, so that the percentage has its base.")
                )
            elif number is None and base is not None:
                self.add_error(line.name(column), _t("Write how many of them; 0 if there was none."))
            elif number is not None and number > base:
                self.add_error(line.name(column), _t("These are more than all of whom they are a part."))
        self._check_split(line, given, "base_")
        self._check_split(line, given, "")

    def _check_split(self, line, given, prefix):
        """All three genders or none; a total beside them says the same and is not kept."""
        names = [f"{prefix}{one}" for one in GENDERS]
        total = f"{prefix}total"
        if line.kind == TARGET and None not in (given["women"], given["men"]):
            given["other"] = given["other"] or 0  # a plan for women and men is one for nobody else
        missing = [name for name in names if given[name] is None]
        if len(missing) == len(names):
            return
        for name in missing:
            self.add_error(line.name(name), _t("Fill in all three, 0 if there was none; or only the total."))
        if missing or given[total] is None:
            return
        if (added := sum(given[name] for name in names)) != given[total]:
            words = {"added": f"{added:,.2f}".removesuffix(".00")}
            self.add_error(line.name(total), _t("Women, men and other/unknown add up to %(added)s.") % words)
        given[total] = None

    def save(self):
        writing.save_figures(indicator=self.indicator, kind=self.kind, numbers=self.numbers)
        return self.indicator
