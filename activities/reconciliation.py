"""Heads and names of an activity side by side. They are never added."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activities.querysets import HEADS
from mrc import restricted


@dataclass(frozen=True)
class Line:
    """Heads counted (None: not counted) and names recorded, of one gender or of all."""

    label: Any
    heads: int | None
    names: int

    @property
    def has_more_names(self):
        return self.heads is not None and self.names > self.heads

    @property
    def in_words(self):
        """What the two numbers say together."""
        if self.heads is None:
            return _("not counted")
        if self.has_more_names:
            more = self.names - self.heads
            return ngettext("%(n)s name more than heads", "%(n)s names more than heads", more) % {"n": more}
        if self.names == self.heads:
            return _("everybody is named") if self.heads else _("nobody")
        unnamed = self.heads - self.names
        return ngettext("%(n)s without a name", "%(n)s without a name", unnamed) % {"n": unnamed}


@dataclass(frozen=True)
class Reconciliation:
    """The lines of women, men, other/unknown, and the total."""

    lines: tuple
    total: Line

    @property
    def has_more_names(self):
        return any(line.has_more_names for line in (*self.lines, self.total))


def reconcile(activity):
    """Heads and names of an activity. One query."""
    with restricted.included():
        named = dict(activity.participants.values_list("card__gender").annotate(Count("pk")).order_by())
    lines = tuple(
        Line(gender.label, getattr(activity, column), named.get(gender.value, 0)) for gender, column in HEADS.items()
    )
    return Reconciliation(lines, Line(gettext_lazy("Total"), activity.heads, sum(named.values())))
