"""Who has seen a person's record, when and why: the entries of the audit about the card and what belongs to it."""

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Erasure
from clients.person import PARTS
from mrc.access import ROLES
from mrc.audit import AuditEvent

Action = AuditEvent.Action
# Code that ``audit.reading_identities`` was given -> why the identity was shown.
WHY = {
    "card": gettext_lazy("opened the client card"),
    "edit": gettext_lazy("opened the client card to change it"),
    "list": gettext_lazy("looked through the list of client cards; the name was on the page"),
    "search": gettext_lazy("searched for a person; this card was among those found"),
    "duplicates": gettext_lazy("entered a new card; this one was shown as possibly the same person"),
    "story": gettext_lazy("opened the story"),
    "draw": gettext_lazy("opened the list of people drawn for interviews"),
    "attendance": gettext_lazy("printed the attendance list of an activity"),
    "activity": gettext_lazy("opened an activity in which the person took part"),
    "import": gettext_lazy("imported an attendance list with the person on it"),
    "preview": gettext_lazy("looked at what an import would change; the stored answers were on the page"),
    "person_file": gettext_lazy("made the file of all that is stored, for the person"),
    "benchmark": gettext_lazy("measured how fast the program is"),
}
# Records of the person that have a page of their own: their entries bear their identifier, not that of the card.
WITH_PAGE = ("legal_cases.LegalCase", "harvesting.Interview", "harvesting.Story")


def entries_about(card):
    """Entries about the card, its cases, interviews and stories; and exports and imports of whole lists of its centre
    since it was entered, which may have held it: the audit says how many records there were, not which.
    """
    records = [card.uid]
    for part in PARTS:
        if part.label in WITH_PAGE:
            records += part.of(card).order_by().values_list("uid", flat=True)
    entries = AuditEvent.objects.filter(Q(record__in=records) | in_bulk(card))
    return entries.select_related("actor").prefetch_related("actor__groups")


def in_bulk(card):
    models = [part.label for part in PARTS]
    of_lists = Q(centre_id=card.centre_id) | Q(centre_id=None)
    return of_lists & Q(
        record=None, action__in=(Action.EXPORT, Action.IMPORT), model__in=models, at__gte=card.created_at
    )


def in_words(entry):
    """(when, who, role, what, why) as a person reads it."""
    return entry.at, *who(entry), what(entry), why(entry)


def who(entry):
    if entry.actor is None:
        return _("the operator of the machine (%(command)s)") % {"command": entry.channel}, ""
    return str(entry.actor), ", ".join(str(ROLES[name]) for name in sorted(entry.actor.role_names & set(ROLES)))


def what(entry):
    """What was done with which kind of record."""
    names = {part.label: part.model._meta.verbose_name for part in PARTS}
    return f"{entry.get_action_display()}: {names.get(entry.model, entry.model)}"


def why(entry):
    detail = entry.detail
    if entry.record is None:
        number = detail.get("records", detail.get("created", 0) + detail.get("changed", 0))
        return _("a list of %(n)s records of the centre, which may have held this one") % {"n": number}
    if fields := [name for name in detail.get("fields", ()) if name != "version"]:
        return _("fields: %(fields)s") % {"fields": ", ".join(fields_in_words(entry.model, fields))}
    code = detail.get("why", "")
    if entry.action == Action.ERASE:
        return str(dict(Erasure.Why.choices).get(code, code))
    return str(WHY.get(code, code))


def fields_in_words(label, fields):
    columns = {
        one.name: str(getattr(one, "verbose_name", one.name)) for one in apps.get_model(label)._meta.get_fields()
    }
    return [columns.get(name, name) for name in fields]
