"""Restricted records: only who is named, and coordinators, find and open them; they are counted like every other.

For whom is not named a restricted record does not exist, nor what hangs on it: the managers of mrc/access.py leave both
out of every query of the request. What counts says so with ``included()``. Forgetting that shows a number too small,
never a record. A page that lists less than was counted says by how much (``left_out``).
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mrc import audit

# {restrictable model: primary keys that the reader does not find}. Nothing outside requests: commands have no reader.
_hidden = ContextVar("hidden", default=MappingProxyType({}))


class Restrictable(models.Model):
    """A record that can be restricted."""

    is_restricted = models.BooleanField(_("restricted"), default=False, editable=False)
    named_readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False, verbose_name=_("who may open it")
    )

    class Meta:
        abstract = True


@transaction.atomic
def restrict(record, *, readers):
    """Restrict a record to these users and the coordinators, or name others."""
    record.is_restricted = True
    record.save()
    _name(record, readers)
    return record


@transaction.atomic
def lift(record):
    """Show a record to everybody of its centre again."""
    record.is_restricted = False
    record.save()
    _name(record, [])
    return record


def _name(record, readers):
    before, after = (sorted(user.pk for user in users) for users in (record.named_readers.all(), readers))
    if before != after:
        record.named_readers.set(readers)
        event = record.audit_event(audit.AuditEvent.Action.CHANGE, fields=["named_readers"], readers=after)
        event.save()


@contextmanager
def read_by(user):
    """Queries inside, in the scope that is open, do not find restricted records in which the user is not named."""
    models_of = {model._meta.label: model for model in apps.get_models() if issubclass(model, Restrictable)}
    first, *more = (
        model.objects.filter(is_restricted=True).exclude(named_readers=user).order_by().values_list(Value(label), "pk")
        for label, model in models_of.items()
    )
    hidden = {}
    for label, key in first.union(*more, all=True):  # one query
        hidden.setdefault(models_of[label], set()).add(key)
    with _hiding(hidden):
        yield


def included():
    """Queries made inside find restricted records too: for what is counted or kept in step, never for what is shown."""
    return _hiding({})


@contextmanager
def _hiding(hidden):
    token = _hidden.set(hidden)
    try:
        yield
    finally:
        _hidden.reset(token)


@cache
def chains(model):
    """((chain of foreign keys, restrictable model to which it leads), ...); ``pk`` leads to the record itself."""
    found = [("pk", model)] if issubclass(model, Restrictable) else []
    for field in model._meta.concrete_fields:
        if not field.is_relation or field.related_model is model:
            continue
        for chain, above in chains(field.related_model):
            found.append((field.name if chain == "pk" else f"{field.name}__{chain}", above))
    return tuple(found)


def without_hidden(queryset):
    hidden = _hidden.get()
    for chain, above in chains(queryset.model) if hidden else ():
        if above in hidden:
            queryset = queryset.exclude(**{f"{chain}__in": hidden[above]})
    return queryset


def is_hidden(record):
    """Whether the record, or one on which it hangs, is not found by the reader."""
    hidden = _hidden.get()
    return any(
        above in hidden and _follow(record, chain) in hidden[above]
        for chain, above in (chains(type(record)) if hidden else ())
    )


def _follow(record, chain):
    """The primary key at the end of a chain, or None where a link is empty."""
    *steps, last = chain.split("__")
    for step in steps:
        record = getattr(record, step)
        if record is None:
            return None
    return record.pk if last == "pk" else getattr(record, f"{last}_id")


def shown_reference(record):
    """The reference number in a list, with a word where the record is restricted."""
    return (
        gettext("%(reference)s (restricted)") % {"reference": record.reference}
        if record.is_restricted
        else record.reference
    )


def left_out(make):
    """How many records of a query set the reader does not find. ``make``: function that makes it."""
    if not _hidden.get():
        return 0
    with included():
        counted = make().count()
    return counted - make().count()
