"""Filters and tags for templates."""

from django import template

from mrc import dates
from mrc.choices import country_name

register = template.Library()


@register.filter
def day(value):
    """A date as dd/mm/yyyy in the calendar of the reader's centre."""
    return dates.show_day(value)


@register.filter
def country(code):
    return country_name(code)


@register.filter
def cells(record, columns):
    """(column, value) of a record in a list."""
    return [(column, column.of(record)) for column in columns]


@register.filter
def money(amount, currency):
    """An amount with its currency, or that it is not recorded."""
    from django.utils.translation import gettext as _

    return f"{currency} {amount:,.2f}" if amount is not None else _("not recorded")
