"""What a reader asks a report for: centres or agreements, and a period. It is sent in the address.

It holds codes, random identifiers and days only.
"""

from contextlib import suppress

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from mrc import dates
from mrc.dates import Period
from mrc.fields import DayField
from mrc.forms import NamesMissingMixin

THIS_QUARTER, LAST_QUARTER, THIS_YEAR, LAST_YEAR, OWN = "this_quarter", "last_quarter", "this_year", "last_year", "own"


def named_periods():
    """{code: (name, period)} of the periods that need no dates."""
    today = dates.today()
    this_year = dates.year_of(today)
    return {
        LAST_QUARTER: (_("Last quarter"), dates.quarter_before(today)),
        THIS_QUARTER: (_("This quarter"), dates.quarter_of(today)),
        THIS_YEAR: (_("This year"), this_year),
        LAST_YEAR: (_("Last year"), dates.year_of(this_year.start.replace(year=this_year.start.year - 1))),
    }


class ReportForm(NamesMissingMixin, forms.Form):
    """Without any answer: all centres of the reader, last quarter. An agreement stands for its centres.

    ``agreements``: those of the reader, with their centres.
    """

    centre = forms.MultipleChoiceField(
        label=_("Centres"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    agreement = forms.MultipleChoiceField(
        label=_("All centres of an agreement"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    period = forms.ChoiceField(label=_("Period"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    by_gender = forms.BooleanField(
        label=_("By gender everywhere"),
        required=False,
        help_text=_("Annex 5 counts duration, resolution and sanction by cases only."),
    )

    def __init__(self, data, centres, agreements=()):
        data = data.copy() if data else QueryDict(mutable=True)
        if not data:
            data.setlist("centre", [centre.code for centre in centres])
        data.setdefault("period", LAST_QUARTER)
        for name in ("from", "to"):
            with suppress(ValueError):  # what is no day stays as it was typed, for the reader to correct
                data[name] = dates.show_day(dates.parse_day(data.get(name, "")))
        super().__init__(data)
        self.offered = {centre.code: centre for centre in centres}
        self.offered_agreements = {str(agreement.uid): agreement for agreement in agreements}
        self.named = named_periods()
        self.fields["centre"].choices = [(code, str(centre)) for code, centre in self.offered.items()]
        self.fields["agreement"].choices = [
            (uid, f"{one.number} ({', '.join(centre.code for centre in one.centres.all())})")
            for uid, one in self.offered_agreements.items()
        ]
        if not agreements:
            del self.fields["agreement"]
        self.fields["period"].choices = [
            *((code, f"{name}, {period}") for code, (name, period) in self.named.items()),
            (OWN, _("Other dates")),
        ]
        # "from" cannot be the name of an attribute; it is the word that a reader of the address expects.
        days = {
            "from": DayField(label=_("From"), required=False, past_only=False),
            "to": DayField(label=_("To (included)"), required=False, past_only=False),
        }
        by_gender = self.fields.pop("by_gender")
        self.fields |= {**days, "by_gender": by_gender}

    def clean(self):
        cleaned = super().clean()
        if not self._errors.keys() & {"centre", "agreement"} and not self.centres:
            either = _("Choose at least one centre or agreement.")
            self.add_error("centre", either if self.offered_agreements else _("Choose at least one centre."))
        if cleaned.get("period") in self.named:
            for name in ("from", "to"):  # whatever is left in them is not asked for
                self._errors.pop(name, None)
            self.period = self.named[cleaned["period"]][1]
        elif cleaned.get("period") == OWN:
            self._clean_days(cleaned)
        return cleaned

    def _clean_days(self, cleaned):
        for name, message in (("from", _("Write the first day of the period.")), ("to", _("Write its last day."))):
            if name not in self._errors and not cleaned.get(name):
                self.add_error(name, message)
        start, end = cleaned.get("from"), cleaned.get("to")
        if start and end and end < start:
            message = _("The period ends before it begins (%(start)s). Are the two days swapped?")
            self.add_error("to", ValidationError(message, params={"start": dates.show_day(start)}))
        elif start and end:
            self.period = Period(start, end)

    @property
    def choices(self):
        """The questions whose answers are ticked."""
        return [self[name] for name in ("centre", "agreement", "period") if name in self.fields]

    @property
    def agreements(self):
        return [self.offered_agreements[uid] for uid in self.cleaned_data.get("agreement", [])]

    @property
    def centres(self):
        """Those that are ticked and those of the agreements, each once."""
        codes = {centre.code for agreement in self.agreements for centre in agreement.centres.all()}
        codes |= set(self.cleaned_data["centre"])
        return [centre for code, centre in self.offered.items() if code in codes]

    @property
    def query(self):
        """The same question with the days written out, so that its address means the same next quarter."""
        query = QueryDict(mutable=True)
        query.setlist("centre", self.cleaned_data["centre"])
        query.setlist("agreement", [str(agreement.uid) for agreement in self.agreements])
        query.update(
            {"period": OWN, "from": self.period.start.isoformat(), "to": self.period.end.isoformat()},
        )
        if self.cleaned_data.get("by_gender"):
            query["by_gender"] = "on"
        return query.urlencode()
