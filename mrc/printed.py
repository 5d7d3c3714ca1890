"""How numbers and texts are printed, alike in every kind of file; and what stands above the tables of a report."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from mrc import dates

# What a file cannot hold: control characters but tab and line feed, halves of surrogate pairs, two noncharacters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text):
    """The text without what a file cannot hold."""
    text = str(text)
    return text if text.isprintable() else UNPRINTABLE.sub("", text)


def show_number(value):
    """A number as it is printed in a document and on a page."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return f"{value:.1%}" if isinstance(value, float) else str(value)


def report_facts(report):
    """(name, text) of what stands above the tables in every file."""
    return [
        (_("Centres"), "; ".join(str(centre) for centre in report.centres)),
        (_("Period"), str(report.period)),
        (_("Made on"), f"{dates.show_day(report.made_at.date())} {report.made_at:%H:%M}"),
        *([(_("Hidden numbers"), report.note)] if getattr(report, "note", "") else []),
    ]


def grid_headings(grid):
    """The headings of a grid's columns, with that of the percentages where it has any."""
    shares = [grid.base_heading] if grid.base is not None else []
    return [str(text) for text in (grid.table.row_heading, *(column.heading for column in grid.columns), *shares)]


def shares_of(grid, row):
    """The percentage of a row, in a list of its own: empty for tables without percentages."""
    return [grid.share(row)] if grid.base is not None else []
