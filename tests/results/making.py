"""Plain functions that make steps, indicators and their figures; call them inside the scope of the agreement."""

from results.models import Indicator, IndicatorDefinition, PeriodFigure, Step


def make_step(agreement, level, text="A step", **fields):
    return Step.objects.create(agreement=agreement, level=level, text=text, **fields)


def make_indicator(step, **fields):
    """An indicator whose first definition holds from the start of the agreement."""
    indicator = Indicator.objects.create(step=step)
    fields = {"name": "Number of cases closed", "valid_from": step.agreement.starts_on, "source": "Records", **fields}
    IndicatorDefinition.objects.create(indicator=indicator, **fields)
    return indicator


def make_figure(indicator, quarter, kind="target", **fields):
    """``quarter``: counted from 1 at the start of the agreement."""
    period = indicator.step.agreement.periods.all()[quarter - 1]
    return PeriodFigure.objects.create(indicator=indicator, period=period, kind=kind, **fields)
