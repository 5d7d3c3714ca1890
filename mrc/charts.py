"""Charts that templates/partials/chart_bars.html draws as inline SVG: no script, no style, readable without colour.

Positions across are percentages and texts keep their size, so that one drawing is read on a telephone and on paper.
"""

from dataclasses import dataclass
from typing import Any

LABEL, THICKNESS, GAP = 18, 18, 8  # heights in pixels: the label above a bar, the bar, and the room below it
WIDTH = 70  # per cent of the drawing that the longest bar takes; to the right of it is room for the text of each bar
ONE_DIGIT = 2.6  # per cent that a digit needs on a narrow screen


@dataclass(frozen=True)
class Bar:
    """One number for each series of the chart. ``text`` says the same in words, ``mark`` is where a line stands."""

    label: Any
    text: Any
    values: tuple
    mark: float | None = None


@dataclass(frozen=True)
class BarChart:
    """Bars of parts side by side, told apart by pattern and number: at most three ``series``.

    ``code``: unique on the page. ``most``: the number at the end of the scale; None: every bar fills it, so that
    shares are compared. ``description``: what is to be seen, for who does not see it.
    """

    code: str
    title: Any
    description: Any
    series: tuple
    bars: tuple
    mark_label: Any = ""
    most: float | None = None

    @property
    def height(self):
        return len(self.bars) * (LABEL + THICKNESS + GAP)

    @property
    def legend(self):
        """(name, fill) of each series."""
        return list(zip(self.series, self.fills, strict=True))

    @property
    def fills(self):
        """Full, striped, dotted: told apart in black and white."""
        return ("#07444a", f"url(#{self.code}-stripes)", f"url(#{self.code}-dots)")[: len(self.series)]

    @property
    def drawn(self):
        """The bars with their places in the drawing."""
        for number, bar in enumerate(self.bars):
            yield DrawnBar(bar, number * (LABEL + THICKNESS + GAP), self.most or sum(bar.values), self.fills)


@dataclass(frozen=True)
class DrawnBar:
    """A bar from ``top`` on (pixels), on a scale that ends at ``most``."""

    bar: Bar
    top: int
    most: float
    fills: tuple

    thickness = THICKNESS
    width = f"{WIDTH}%"
    text_x = f"{WIDTH + 2}%"

    @property
    def label_y(self):
        return self.top + LABEL - 6

    @property
    def y(self):
        return self.top + LABEL

    @property
    def text_y(self):
        return self.y + THICKNESS - 5

    @property
    def segments(self):
        """The parts that are more than nothing, from the left."""
        start = 0
        for number, value in enumerate(self.bar.values):
            if value:
                mark = self.most if self.bar.mark is None else self.bar.mark
                place = self._across(start), self._across(value), self._across(mark)
                yield Segment(value, *place, self.fills[number], is_dark=number == 0)
            start += value

    @property
    def mark(self):
        """(x, upper end, lower end) of the line, or None."""
        if self.bar.mark is None or not self.most:
            return None
        return percent(self._across(self.bar.mark)), self.y - 3, self.y + THICKNESS + 3

    def _across(self, value):
        return WIDTH * min(value / self.most, 1)


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in per cent of the drawing. Its number stands at the end that is further from the ``mark``, so
    that the line does not cross it.
    """

    value: Any
    start: float
    length: float
    mark: float
    fill: str
    is_dark: bool

    @property
    def x(self):
        return percent(self.start)

    @property
    def width(self):
        return percent(self.length)

    @property
    def number(self):
        """(x, anchor) of its number, or None where there is no room for it."""
        if self.length < ONE_DIGIT * (len(str(self.value)) + 1):
            return None
        end = self.start + self.length
        if abs(self.start - self.mark) >= abs(end - self.mark):
            return percent(self.start + ONE_DIGIT / 2), "start"
        return percent(end - ONE_DIGIT / 2), "end"


def percent(number):
    """As SVG reads it, whatever the language of the page."""
    return f"{number:.2f}%"
