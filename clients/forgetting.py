"""Taking back a consent, and erasing what names a person: on request, when the consent to keep it ends, or by its age.

What is erased and what stays is declared in clients/person.py. Counts never change. What is about several people (group
complaints, activities, employers, texts of reports) is not touched; the page that asks says to look through it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from clients.models import ClientCard, Consent, Erasure, Identity, ServiceReceived
from clients.person import PARTS
from harvesting.models import Interview
from harvesting.todo import interviews_owed
from legal_cases.models import LegalCase
from mrc import audit, dates, erasures, kept_forms
from mrc.access import centre_scope, every_centre, ids_in_scope
from mrc.models import Centre, PendingImport

GIVEN_UP = 12  # months after the day of an interview that was begun and never finished
SOON = 30  # days before an identity is erased by its age in which the coordinator is told


@transaction.atomic
def withdraw(*, consent, on):
    """Take a consent back. Without that to keep personal data the identity is erased. Raises ValidationError."""
    consent.withdrawn_on = on
    consent.full_clean(exclude=["card", "recorded_by"], validate_unique=False)
    consent.save()
    if consent.purpose == Consent.Purpose.KEEP_DATA:
        erase(card=consent.card, why=Erasure.Why.WITHDRAWN)


@transaction.atomic
def erase(*, card, why, again=None):
    """Erase what names the person of a card, everywhere. Returns the Erasure.

    ``again``: entry of the ledger (mrc.erasures.Entry) of an erasure that a restored database does not know of.
    """
    ClientCard.objects.select_for_update(of=("self",)).get(pk=card.pk)  # who edits the card waits, and is told
    with audit.identities_opened():
        for part in PARTS:
            _erase_part(part, card)
    for consent in Consent.objects.filter(card=card, withdrawn_on=None):
        consent.withdrawn_on = max(dates.today(), consent.given_on)
        consent.save()
    # Somebody may be typing or importing the person at this moment; these copies are encrypted whole.
    kept_forms.forget(card.centre_id)
    PendingImport.objects.filter(centre=card.centre_id).delete()
    erasure = Erasure(card=card, why=why, erased_by=audit.actor())
    if again:
        erasure.uid, erasure.at = again.erasure, datetime.fromisoformat(again.at)
    erasure.save()
    card.audit_event(audit.AuditEvent.Action.ERASE, why=why, again=bool(again)).save()
    if not again:
        entry = erasures.Entry(str(erasure.uid), str(card.uid), erasure.at.isoformat(), why)
        erasures.append([entry])
    return erasure


def erasure_of_texts(record, card):
    """The Erasure that took the texts of a record (legal case, interview, story) of this card or None; None if none."""
    return card.erased_after(record.created_at) if card else None


def _erase_part(part, card):
    if not (part.is_deleted or part.erased):
        return  # it may not even be in scope: reports belong to agreements
    records = part.of(card).order_by()
    if not records.exists():
        return
    if part.is_deleted:
        records.delete()
        return
    values = dict.fromkeys(part.erased, "")
    if any(one.name == "version" for one in part.model._meta.concrete_fields):
        values["version"] = F("version") + 1  # a page that is open with the old texts cannot write them back
    records.update(**values)


# --- by age ------------------------------------------------------------------------------------------------------


def due(day):
    """Cards in scope whose identity is to be erased by its age on that day: so many months of their centre after the
    last service, or after the registration if that is later; unless a case is open or an interview is still owed or was
    begun within a year.
    """
    services = ServiceReceived.objects.order_by().filter(card=OuterRef("pk"))
    over = Q(pk__in=[])
    for centre in Centre.objects.filter(pk__in=ids_in_scope("centre")):
        last_day = dates.add_months(day, -centre.months_kept)
        over |= Q(centre=centre, registered_on__lte=last_day) & ~Exists(services.filter(received_on__gt=last_day))
    open_cases = LegalCase.objects.order_by().filter(client=OuterRef("pk"), closed_on=None)
    since = dates.add_months(day, -GIVEN_UP)
    begun = Interview.objects.order_by().filter(card=OuterRef("pk"), is_finished=False, interviewed_on__gt=since)
    return ClientCard.objects.filter(
        over,
        ~Exists(open_cases),
        ~Exists(begun),
        Exists(Identity.objects.filter(card=OuterRef("pk"))),
    ).exclude(pk__in=interviews_owed(day).values("pk"))


def erase_expired(day, *, is_dry_run=False):
    """Erase every identity that is due, card by card, and yield the cards."""
    with every_centre("retention is due in every centre, whoever is on duty"):
        centres = list(Centre.objects.all())
    for centre in centres:
        with centre_scope([centre]):
            for card in list(due(day).order_by("pk")):
                if not is_dry_run:
                    erase(card=card, why=Erasure.Why.EXPIRED)
                yield card


# --- after a restore ---------------------------------------------------------------------------------------------


def not_erased_here():
    """(entry of the ledger, card) of every erasure that this database does not know of."""
    ledger = erasures.read(erasures.text())
    entries = {entry.erasure: entry for entry in ledger.entries} if ledger else {}
    known = {str(uid) for uid in Erasure.objects.filter(uid__in=entries).values_list("uid", flat=True)}
    missing = {entry.card: entry for uid, entry in entries.items() if uid not in known}
    cards = ClientCard.objects.filter(uid__in=missing).select_related("centre")
    return [(missing[str(card.uid)], card) for card in cards]


@transaction.atomic
def erase_again(channel):
    """Erase whom the ledger names and the database still knows, and return how many. All or nothing.

    Several processes of a server that starts do it one after the other.
    """
    with every_centre("a restored database holds people of every centre again"), audit.acting(None, channel):
        if not not_erased_here():
            return 0
        list(Centre.objects.select_for_update().order_by("pk"))
        missing = not_erased_here()  # by another process while this one waited
        for entry, card in missing:
            erase(card=card, why=entry.why, again=entry)
    return len(missing)


def kept_until(card, last_on):
    """The day on which the identity of a card is erased by its age. ``last_on``: of its last service, or None."""
    return dates.add_months(max(card.registered_on, last_on or card.registered_on), card.centre.months_kept)
