"""Filters and tags for templates."""

from functools import cache

from django import template
from django.apps import apps
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.html import format_html_join
from django.utils.text import capfirst

from mrc import dates
from mrc.choices import countries, country_name, currencies, wording

register = template.Library()
OPTION = '<option value="{}">{}</option>'


@cache
def country_options():
    """Kept, as there are hundreds and every form has them: by English name, with the code beside it."""
    return format_html_join("", OPTION, ((name, code) for code, name in countries("en").items()))


@cache
def currency_options(first):
    return format_html_join("", OPTION, ({code: currencies()[code] for code in first} | currencies()).items())


@register.simple_tag
def site_title():
    """What stands on the tab and in the history of the browser, on every page: it tells others nothing."""
    return settings.SITE_TITLE


@register.simple_tag
def quick_exit_url():
    return settings.QUICK_EXIT_URL


@register.simple_tag
def mark_of(user):
    """By what a page tells whether it is still the same person who reads it; it names nobody."""
    return salted_hmac("mrc.cover", str(user.pk)).hexdigest()[:16]


@register.simple_tag
def session_seconds():
    return settings.SESSION_COOKIE_AGE


@register.simple_tag(takes_context=True)
def datalists(context, form):
    """The choices for inputs of countries and currencies, where the form has such inputs; those of the reader first."""
    used = {field.widget.attrs.get("list") for field in form.fields.values()}
    first = tuple(centre.currency for centre in context["user"].active_centres)
    lists = {"countries": country_options, "currencies": lambda: currency_options(first)}
    found = ((name, options()) for name, options in lists.items() if name in used)
    return format_html_join("", '<datalist id="{}">{}</datalist>', found)


@register.filter(expects_localtime=True)
def day(value):
    """A date as dd/mm/yyyy in the calendar of the reader's centre."""
    return dates.show_day(value)


@register.filter
def year(value):
    """A year in the calendar of the reader's centre."""
    return dates.show_year(value)


@register.filter
def answer(label):
    """The label of an answer as it is read: “Other”, where the form says “Other (specify)”."""
    return wording(label)


@register.filter
def kinds(record):
    """What records like this one are called, many of them."""
    return capfirst(record._meta.verbose_name_plural)


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


@register.filter
def what_happened(entry):
    """An entry of the audit as a sentence: what was done to which kind of record, and the fields that changed."""
    model = apps.get_model(entry.model)
    what = f"{entry.get_action_display()}: {model._meta.verbose_name}"
    # Answers that are rows of their own (subjects, remedies) have no name but that of the relation.
    fields = [str(getattr(model._meta.get_field(name), "verbose_name", name)) for name in shown_fields(entry)]
    return f"{what} ({', '.join(map(capfirst, fields))})" if fields else what


def shown_fields(entry):
    return [name for name in entry.detail.get("fields", []) if name != "version"]
