"""Targets and results of indicators over the reporting periods, and their charts."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from mrc import dates
from mrc.access import record_centre_ids
from mrc.charts import Bar, BarChart
from mrc.models import User
from reports.models import Agreement, ReportingPeriod
from results import services, smart
from results.measures import MEASURES
from results.models import IndicatorDefinition
from results.services import Tracked
from results.values import GENDERS, PERCENTAGE, TEXT, Values

MOST_PERIODS = 12  # that have begun, the latest of them: three years of quarters, or a year of months


@dataclass(frozen=True)
class PeriodResult:
    """An indicator in a reporting period. ``result`` is None before the period begins.

    ``url``: of the records behind a computed result; empty for who may not see them.
    """

    period: ReportingPeriod
    definition: IndicatorDefinition
    target: Values
    result: Values | None
    url: str = ""

    @property
    def share(self):
        """The part of the target that was reached, 0.9 for 90 %; None where there is nothing to compare."""
        return self.result.share_of(self.target) if self.result else None

    @property
    def shown_share(self):
        """“90.0% of 50”: a percentage with its base."""
        if self.share is None:
            return ""
        return _("%(share)s of %(target)s") % {"share": f"{self.share:.1%}", "target": self.target.shown}

    @property
    def by_gender(self):
        """[(result, its base, target)] of women, men, other/unknown as they are printed."""
        results = self.result.shown_by_gender if self.result else [("–", "")] * len(GENDERS)
        targets = (number for number, _base in self.target.shown_by_gender)
        return [(*result, target) for result, target in zip(results, targets, strict=True)]


@dataclass(frozen=True)
class History:
    """An indicator over the periods in which it is measured."""

    tracked: Tracked
    results: list
    coming: ReportingPeriod | None

    @property
    def indicator(self):
        return self.tracked.indicator

    @property
    def definition(self):
        return self.tracked.current

    @property
    def hints(self):
        """Why it is not SMART, on the definition that holds today."""
        period = self.coming
        measured = period is not None and self.tracked.definition_for(period)
        target = self.tracked.target(period) if measured else None
        return list(smart.of_definition(self.definition, period if measured else None, target))

    @property
    def has_split(self):
        """Whether anything of it is known by gender."""
        return any(one.target.has_split or (one.result and one.result.has_split) for one in self.results)

    @property
    def chart(self):
        """Bars of the periods with a result, the target as a line; None for texts and where nothing is known."""
        unit = self.definition.unit
        known = [one for one in self.results if one.result and one.result.total is not None]
        known = [one for one in known if one.definition.unit == unit]
        if unit == TEXT or not known:
            return None
        is_split = unit != PERCENTAGE and all(one.result.has_split for one in known)
        ends = [float(number) for one in known for number in (one.result.total, one.target.total) if number]
        return BarChart(
            code=f"chart-{self.indicator.uid}",
            title=self.definition.name,
            description=_("A bar for each period: %(bars)s.")
            % {"bars": "; ".join(f"{one.period}: {_bar_text(one)}" for one in known)},
            series=(_("Women"), _("Men"), _("Other/unknown")) if is_split else (_("Result"),),
            bars=tuple(_bar(one, is_split) for one in known),
            mark_label=_("Target") if any(one.target.total is not None for one in known) else "",
            most=100 if unit == PERCENTAGE else max(ends, default=1),
        )


def _bar(one, is_split):
    numbers = [getattr(one.result, gender) for gender in GENDERS] if is_split else [one.result.total]
    values = tuple(number if isinstance(number, int) else float(number) for number in numbers)
    mark = None if one.target.total is None else float(one.target.total)
    label = f"{one.period}: {one.shown_share}" if one.shown_share else str(one.period)
    return Bar(label, one.result.shown, values, mark)


def _bar_text(one):
    return f"{one.result.shown} ({one.shown_share})" if one.shown_share else one.result.shown


def begun_periods(agreement):
    """The latest ``MOST_PERIODS`` of those that have begun, in order."""
    begun = agreement.periods.filter(starts_on__lte=dates.today()).order_by("-starts_on")[:MOST_PERIODS]
    return list(begun)[::-1]


def shown_periods(agreement):
    """Those that have begun, as ``begun_periods``, and those to come."""
    return [*begun_periods(agreement), *agreement.periods.filter(starts_on__gt=dates.today())]


def coming_period(agreement):
    """The reporting period that runs or comes next: the one for which targets are needed."""
    return agreement.periods.filter(ends_on__gte=dates.today()).order_by("starts_on").first()


def histories(agreement, tracked, periods, user):
    """[History] of these indicators over these periods, inside a scope that holds the centres of the agreement.

    The tables are computed once for each period that has begun, whatever the number of indicators. ``user``: who
    reads; only who may see the records of all centres gets links to them.
    """
    centres, today, coming = list(agreement.centres.all()), dates.today(), coming_period(agreement)
    grids = {period.pk: services.grids_for(tracked, period, centres) for period in periods if period.starts_on <= today}
    sees_records = {centre.pk for centre in centres} <= set(record_centre_ids(user))
    links = Links(agreement, user if sees_records else None)
    return [History(one, list(_results(one, periods, grids, links)), coming) for one in tracked]


def _results(tracked, periods, grids, links):
    for period in periods:
        if definition := tracked.definition_for(period):
            has_begun = period.pk in grids
            result = tracked.result(period, grids[period.pk]) if has_begun else None
            url = links.url(definition, period) if result and result.total else ""
            yield PeriodResult(period, definition, tracked.target(period), result, url)


@dataclass(frozen=True)
class Links:
    """From a computed result to the records behind it. ``user``: None for who may not see records."""

    agreement: Agreement
    user: User | None

    def url(self, definition, period):
        """The list of exactly the records that were counted; those of which a percentage is the part. Or empty."""
        measure = MEASURES.get(definition.measure)
        if not measure or not self.user:
            return ""
        if not self.user.has_perms(["reports.view_cell_records", measure.table.source.permission]):
            return ""
        where = {"table": measure.table.code, "row": measure.row, "column": measure.table.printed_columns[-1].code}
        days = {"from": period.starts_on.isoformat(), "to": period.ends_on.isoformat()}
        question = urlencode({"agreement": self.agreement.uid, "period": "own", **days})
        return f"{reverse('reports:records', kwargs=where)}?{question}"
