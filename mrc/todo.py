"""What waits for somebody: kinds of work that each app declares, found in the records each time and never stored.

An app states its kinds in a module ``todo``, as ``KINDS``. A kind is shown to who may see its records, and its number
and its list come from the same query set.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import IntegerField, Subquery
from django.urls import reverse
from django.utils.module_loading import module_has_submodule

from mrc import dates
from mrc.access import centre_scope, record_centre_ids
from mrc.models import User

MOST_SHOWN = 99  # the navigation says "99+" beyond; nobody counts further, and the database need not either


@dataclass(frozen=True)
class Kind:
    """One kind of work that waits.

    ``records``: function of today -> the query set of what waits; called inside a scope. ``listed``: the same query
    set -> in its order, the most urgent first, with what ``columns`` show.
    ``permission``: that of the page of such a record. ``advice``: what to do, as a sentence. ``rank``: what hurts a
    person first has the smallest. ``is_pressing``: it is part of the number in the navigation; what can be done only
    when a person comes back is not, or it would hide what has a day.
    """

    code: str
    title: Any
    advice: Any
    permission: str
    records: Callable
    listed: Callable
    columns: tuple
    rank: int
    is_pressing: bool = True

    @property
    def url_name(self):
        return f"todo_{self.code}"

    @property
    def route(self):
        return f"to-do/{self.code.replace('_', '-')}/"

    @property
    def url(self):
        return reverse(self.url_name)


@dataclass(frozen=True)
class Waiting:
    """What waits of one kind: how many, and the first few."""

    kind: Kind
    number: int
    first: list

    @property
    def has_more(self):
        return self.number > len(self.first)


class CountOf(Subquery):
    """The number of rows of a query set as an expression."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


@cache
def kinds():
    """All that apps declare, what hurts a person first at the top."""
    configs = [apps.get_app_config(label) for label in settings.DOMAIN_APPS]
    modules = [import_module(f"{one.name}.todo") for one in configs if module_has_submodule(one.module, "todo")]
    return tuple(sorted((kind for module in modules for kind in getattr(module, "KINDS", ())), key=lambda k: k.rank))


def kinds_for(user):
    """The kinds whose records this user may see: none for roles that see no records."""
    return [kind for kind in kinds() if user.has_perm(kind.permission)] if record_centre_ids(user) else []


def waiting(user, kinds, *, first):
    """The Waiting of each kind of which something waits in the scope, with so many records each."""
    today = dates.today()
    found = {kind: kind.records(today) for kind in kinds}
    numbers = _count(user, found.values())
    return [
        Waiting(kind, number, list(kind.listed(records)[:first]))
        for (kind, records), number in zip(found.items(), numbers, strict=True)
        if number
    ]


def number_for(user):
    """How many pressing things wait for this user in all centres, or one more than MOST_SHOWN. One query to count."""
    pressing = [kind for kind in kinds_for(user) if kind.is_pressing]
    if not pressing:
        return 0
    today = dates.today()
    with centre_scope(record_centre_ids(user)):
        numbers = _count(user, [kind.records(today) for kind in pressing], most=MOST_SHOWN + 1)
    return sum(numbers)


def shown_number(number):
    """As the navigation says it; empty for none."""
    return f"{MOST_SHOWN}+" if number > MOST_SHOWN else str(number or "")


def pressing_number(waiting):
    return sum(one.number for one in waiting if one.kind.is_pressing)


def _count(user, querysets, most=None):
    """The length of each query set, ``most`` at most, all in one query: a row of users with a number for each."""
    numbers = [CountOf(records.order_by().values("pk")[:most]) for records in querysets]
    row = User.objects.filter(pk=user.pk).values_list(*numbers).get() if numbers else ()
    return [number or 0 for number in row]  # NULL stands for a query set that can hold nothing
