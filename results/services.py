"""What the theory of change and its indicators say of a period, for pages and the progress report (Annex 5, 2 and 3).

Everything is read in a fixed number of queries, however many steps and indicators there are.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal

from mrc import dates
from reports.tables import compute
from results import tree
from results.measures import MEASURES, tables_of
from results.models import Indicator, IndicatorDefinition, PeriodFigure, Step
from results.values import GENDERS, Values, show, with_base

TARGET, RESULT = PeriodFigure.Kind.TARGET, PeriodFigure.Kind.RESULT
EARLIER = 3  # periods before this one, whose results stand beside its own


def steps_in_order(agreement):
    """The steps of the theory of change in the order of the tree, numbered as in Annex 5 (``label``), in one query."""
    return tree.numbered(Step.objects.filter(agreement=agreement))


def tables_needed():
    """Every report table that some measure reads. Those that a report prints anyway are among them."""
    return tables_of(MEASURES.values())


# --- indicators --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tracked:
    """An indicator with everything that is known of it: its step, its definitions in order, its targets and results."""

    indicator: Indicator
    step: Step
    definitions: tuple
    figures: dict  # (pk of the period, kind) -> PeriodFigure

    @property
    def current(self):
        """The definition that holds today, or else the first one that will."""
        return self.definition_on(dates.today()) or self.definitions[0]

    @property
    def last(self):
        return self.definitions[-1]

    def definition_on(self, day):
        """The definition that holds on a day; None before the first."""
        held = [definition for definition in self.definitions if definition.valid_from <= day]
        return held[-1] if held else None

    def definition_for(self, period):
        """The definition of a reporting period: the one that holds on its last day. None where none is measured."""
        definition = self.definition_on(period.ends_on)
        return None if definition is None or definition.is_dropped else definition

    def target(self, period):
        return self._values(period, TARGET)

    def typed_result(self, period):
        return self._values(period, RESULT)

    def result(self, period, grids):
        """The result of a period: counted in ``grids`` ({code: Grid} of the period), or what was typed in."""
        measure = MEASURES.get(self.definition_for(period).measure)
        return measure.values(grids) if measure else self.typed_result(period)

    def _values(self, period, kind):
        unit = self.definition_for(period).unit
        figure = self.figures.get((period.pk, kind))
        return figure.values(unit) if figure else Values(unit)


def tracked_indicators(agreement, steps=None):
    """The indicators of an agreement in the order of the tree, in three queries (four without ``steps``)."""
    steps = {step.pk: step for step in (steps_in_order(agreement) if steps is None else steps)}
    indicators = Indicator.objects.filter(step__agreement=agreement)
    definitions, figures = {}, {}
    for definition in IndicatorDefinition.objects.filter(indicator__step__agreement=agreement):
        definitions.setdefault(definition.indicator_id, []).append(definition)
    for figure in PeriodFigure.objects.filter(indicator__step__agreement=agreement):
        figures.setdefault(figure.indicator_id, {})[figure.period_id, figure.kind] = figure
    places = {pk: place for place, pk in enumerate(steps)}
    return [
        Tracked(one, steps[one.step_id], tuple(definitions[one.pk]), figures.get(one.pk, {}))
        for one in sorted(indicators, key=lambda one: (places[one.step_id], one.pk))
    ]


def grids_for(tracked, period, centres):
    """{code: Grid} of the tables that the indicators read in a reporting period; nothing where all are typed in.

    Inside a scope that holds the centres; raises OutsideScope for one that it does not.
    """
    definitions = filter(None, (one.definition_for(period) for one in tracked))
    tables = tables_of(MEASURES[one.measure] for one in definitions if one.measure)
    return {grid.code: grid for grid in compute(tables, period.period, centres)} if tables else {}


# --- a row of Annex 5, section 3 ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator in a progress report, as plain values that can be kept.

    ``target`` and ``result``: {"women", "men", "other", "total"} with int, Decimal or None, or {"text"}. ``share``: the
    part of the target that was reached, 0.9 for 90 %, and ``base`` what it is a part of; both empty where there is no
    number to compare. ``result_base``: of what a result in percent is (“18 of 40”), and ``gender_bases``: the same by
    gender, {column: text}. ``previous``: earlier periods, the oldest first, each {"from", "to", "target", "result",
    "base"} with days as YYYY-MM-DD. A row that was kept earlier may lack ``gender_bases``, and "base".
    """

    uid: str
    step_label: str
    name: str
    unit: str
    source: str
    baseline: str
    target: dict
    result: dict
    share: float | None
    base: str
    result_base: str
    is_computed: bool
    previous: tuple = ()
    gender_bases: dict = field(default_factory=dict)

    def as_data(self):
        return _encoded(asdict(self))

    @classmethod
    def from_data(cls, data):
        names = {one.name for one in fields(cls)}
        row = {name: value for name, value in data.items() if name in names}
        for name in ("target", "result"):
            row[name] = _decoded(row[name])
        earlier = (
            {**one, "target": _decoded(one["target"]), "result": _decoded(one["result"])} for one in row["previous"]
        )
        return cls(**{**row, "previous": tuple(earlier)})

    @property
    def target_text(self):
        return self.text_of(self.target)

    @property
    def result_text(self):
        """The result as it is printed; a percentage with its base."""
        return with_base(self.text_of(self.result), self.result_base)

    @property
    def result_bases(self):
        """{column: of what the result is}, as far as it is a percentage or an amount."""
        return {**self.gender_bases, **({"total": self.result_base} if self.result_base else {})}

    @property
    def printed_result(self):
        """{column: number as it is printed} by gender and in all; a text stands under "total"."""
        by_gender = {column: show(self.result.get(column), self.unit) for column in GENDERS}
        return {**by_gender, "total": self.result_text}

    def text_of(self, values):
        """A target or result as it is printed: the text, or the number in all."""
        if "text" in values:
            return values["text"] or "–"
        return show(values["total"], self.unit)


def _encoded(value):
    """Plain data: sums of money as texts with two decimals."""
    if isinstance(value, dict):
        return {key: _encoded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


def _decoded(values):
    """The numbers of a target or result, as they were before ``_encoded``."""
    if "text" in values:
        return values
    return {key: Decimal(one) if isinstance(one, str) else one for key, one in values.items()}


def indicator_rows(agreement, reporting_period, grids):
    """The indicators of a reporting period as rows of Annex 5, section 3, in the order of the theory of change.

    ``grids``: {code: Grid} of that period, holding ``tables_needed()``. The tables of the ``EARLIER`` periods before it
    are computed here, inside a scope that holds the centres of the agreement; nothing is asked for each indicator.
    """
    tracked = tracked_indicators(agreement)
    before = agreement.periods.filter(starts_on__lt=reporting_period.starts_on).order_by("-starts_on")[:EARLIER]
    centres = list(agreement.centres.all())
    earlier = [(period, grids_for(tracked, period, centres)) for period in reversed(before)]
    return [_row(one, reporting_period, grids, earlier) for one in tracked if one.definition_for(reporting_period)]


def _row(tracked, period, grids, earlier):
    definition = tracked.definition_for(period)
    target, result = tracked.target(period), tracked.result(period, grids)
    share = result.share_of(target)
    return IndicatorRow(
        uid=str(tracked.indicator.uid),
        step_label=tracked.step.label,
        name=definition.name,
        unit=definition.unit,
        source=definition.source,
        baseline=definition.baseline,
        target=target.as_dict(),
        result=result.as_dict(),
        share=share,
        base=target.shown if share is not None else "",
        result_base=result.base,
        is_computed=bool(definition.measure),
        previous=tuple(
            {
                "from": past.starts_on.isoformat(),
                "to": past.ends_on.isoformat(),
                "target": tracked.target(past).as_dict(),
                "result": (reached := tracked.result(past, past_grids)).as_dict(),
                "base": reached.base,
            }
            for past, past_grids in earlier
            if (held := tracked.definition_for(past)) and held.unit == definition.unit
        ),
        gender_bases={column: base for column, base in result.bases.items() if column in GENDERS},
    )


def changed_results(rows, reporting_period):
    """(row, column, as it was kept, as it is now) of each number or text that was typed in and is another now.

    ``rows``: those of that period, as they were kept. What is computed differs with the numbers of its table.
    """
    known = {str(one.indicator.uid): one for one in tracked_indicators(reporting_period.agreement)}
    for row in rows:
        tracked = known.get(row.uid)
        definition = tracked and tracked.definition_for(reporting_period)
        if row.is_computed or definition is None or definition.measure:
            continue
        result = tracked.typed_result(reporting_period)
        now = replace(row, unit=definition.unit, result=result.as_dict(), result_base=result.base).printed_result
        for column, old in row.printed_result.items():
            if now[column] != old:
                yield row, column, old, now[column]
