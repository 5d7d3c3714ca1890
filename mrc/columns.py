"""The columns of a list on screen."""

from dataclasses import dataclass
from typing import Any

from mrc import dates


@dataclass(frozen=True)
class ListColumn:
    """A column: its heading and how to get the value from a record (name of an attribute or function)."""

    title: Any
    value: Any
    is_link: bool = False  # to the record's own page
    css_class: str = ""

    def of(self, record):
        if callable(self.value):
            value = self.value(record)
        else:
            value = getattr(record, self.value)
            value = value() if callable(value) else value
        return dates.show_day(value) if hasattr(value, "toordinal") else value
