"""What is written together when a legal assistance record is opened, changed, closed and reopened, with its history."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from legal_cases import rules
from legal_cases.models import CaseEvent, CaseRemedy, CaseSubject, GroupComplaint, LegalCase, Party, Remedy
from mrc import audit, dates, vault
from mrc.choices import wording
from mrc.services import next_references

BATCH = 500
CLOSING_FIELDS = (
    "closed_on",
    "duration_months",
    "resolution",
    "dropped_reason",
    "remedies_other",
    "requested_amount",
    "requested_currency",
    "awarded_amount",
    "awarded_currency",
    "sanction",
    "remarks",
)


@dataclass
class CaseEntry:
    """A new record with its multiple answers (Annex 2 (3) and (6)). With a closing day it is a closed case.

    ``subjects`` None: not recorded, as in records of earlier years that are imported.
    """

    case: LegalCase
    subjects: Iterable[str] | None
    remedies: Iterable[str] = ()


# --- opening and changing ----------------------------------------------------------------------------------------


def open_case(*, case, subjects):
    """Write a new record, with its reference number. Raises ValidationError by field."""
    return open_cases(entries=[CaseEntry(case, subjects)])[0]


@transaction.atomic
def open_cases(*, entries):
    """Write many new records in few queries; returns them in the same order. Raises ValidationError by field."""
    entries = list(entries)
    for entry in entries:
        rules.set_duration(entry.case)
        rules.check(entry.case, subjects=entry.subjects, remedies=entry.remedies)
    cases = [entry.case for entry in entries]
    _give_references(cases)
    LegalCase.objects.bulk_create(cases, batch_size=BATCH)
    _write_answers(CaseSubject, ((entry.case, entry.subjects or ()) for entry in entries))
    _write_answers(CaseRemedy, ((entry.case, entry.remedies) for entry in entries))
    events = [_event(case, CaseEvent.Kind.OPENED, case.opened_on) for case in cases if case.opened_on]
    events += [_event(case, CaseEvent.Kind.CLOSED, case.closed_on) for case in cases if case.is_closed]
    CaseEvent.objects.bulk_create(events, batch_size=BATCH)
    return cases


@transaction.atomic
def change_case(*, case, subjects):
    """Write the changed answers of a record, open or closed. Raises ValidationError by field.

    ``subjects`` None: they stay as they are.
    """
    rules.set_duration(case)
    rules.check(case, subjects=subjects, remedies=_codes(case.remedies))
    _move_version_on(case)
    case.save()
    if subjects is not None:
        _replace_answers(CaseSubject, case, "subjects", subjects)
    _date_of_event(case, CaseEvent.Kind.OPENED, case.opened_on)
    return case


def _give_references(cases):
    """Numbers by centre and year of opening (today's, if that is not known), in the order of the cases."""
    series = defaultdict(list)
    for case in cases:
        series[case.centre_id, (case.opened_on or dates.today()).year].append(case)
    # Always in the same order, so that two transactions never wait for each other's counter.
    for (_centre_id, year), members in sorted(series.items(), key=lambda item: item[0]):
        references = next_references(members[0].centre, f"L{year}", 4, len(members))
        for case, reference in zip(members, references, strict=True):
            case.reference = reference


# --- closing and reopening ---------------------------------------------------------------------------------------


@transaction.atomic
def close_case(*, case, remedies):
    """Close a case that carries its closing answers, or correct those of a closed one. The duration is computed if the
    opening date is known. Raises ValidationError by field.
    """
    was_open = LegalCase.objects.filter(pk=case.pk, closed_on=None).exists()
    _prepare_closing(case, remedies)
    case.save()
    _replace_answers(CaseRemedy, case, "remedies", remedies)
    if was_open:
        _event(case, CaseEvent.Kind.CLOSED, case.closed_on).save()
    else:
        _date_of_event(case, CaseEvent.Kind.CLOSED, case.closed_on)
    return case


@transaction.atomic
def close_cases(*, cases, remedies):
    """Close many open cases, each of which carries its closing answers, with the same remedies, in few queries.

    Raises ValidationError by field, and without a field if one of them was changed since it was loaded.
    """
    _require_unchanged(cases)
    for case in cases:
        _prepare_closing(case, remedies)
    LegalCase.objects.bulk_update(cases, [*CLOSING_FIELDS, "version"], batch_size=BATCH)
    _write_answers(CaseRemedy, ((case, remedies) for case in cases))
    events = [_event(case, CaseEvent.Kind.CLOSED, case.closed_on) for case in cases]
    CaseEvent.objects.bulk_create(events, batch_size=BATCH)
    return cases


def _require_unchanged(cases):
    """Locks the cases until the end of the transaction."""
    stored = LegalCase.objects.filter(pk__in=[case.pk for case in cases]).select_for_update(of=("self",))
    versions = dict(stored.values_list("pk", "version"))
    if changed := [case.reference for case in cases if versions.get(case.pk) != case.version]:
        raise ValidationError(
            _("Somebody else changed %(references)s meanwhile. Nothing is saved yet; look at the list and save again.")
            % {"references": ", ".join(changed)}
        )


def _prepare_closing(case, remedies):
    if not case.is_closed:
        raise ValidationError({"closed_on": _("Write the day on which the case was closed.")})
    rules.set_duration(case)
    rules.check(case, remedies=remedies)
    _move_version_on(case)


@transaction.atomic
def reopen_case(*, case, on, reason):
    """Take the closing back. What it said stays in the history and is offered when the case is closed again.

    Raises ValidationError by field ("on", "reason").
    """
    if not case.is_closed:
        raise ValidationError(_("This case is open."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the case is reopened.")})
    if not case.closed_on <= on <= dates.today():
        raise ValidationError(
            {
                "on": _("Write a day from %(day)s, when the case was closed, to today.")
                % {"day": dates.show_day(case.closed_on)}
            }
        )
    remedies = _codes(case.remedies)
    note = f"{reason.strip()}\n\n{closing_in_words(case, remedies)}"
    event = _event(case, CaseEvent.Kind.REOPENED, on, note=note, closing=_closing_codes(case, remedies))
    case.closed_on = case.duration_months = None
    case.resolution = case.sanction = ""
    _move_version_on(case)
    case.save()
    _replace_answers(CaseRemedy, case, "remedies", [])
    event.save()
    return case


def _closing_codes(case, remedies):
    return {
        "duration_months": case.duration_months,
        "resolution": case.resolution,
        "remedies": remedies,
        "sanction": case.sanction,
    }


def closing_in_words(case, remedies):
    """What the closing of a case says, a line for each answer of Annex 2 (4) to (9)."""
    labels = "; ".join(wording(Remedy(code).label) for code in remedies)
    lines = [
        (_("Was closed on"), dates.show_day(case.closed_on)),
        (_("Duration in months"), case.duration_months),
        (_("Resolved through"), wording(case.get_resolution_display())),
        (_("Why it was dropped"), case.dropped_reason),
        (_("Remedies"), labels),
        (_("Other remedy"), case.remedies_other),
        (_("Compensation awarded"), _amount_in_words(case.awarded_amount, case.awarded_currency)),
        (_("Sanction"), case.get_sanction_display()),
    ]
    return "\n".join(f"{label}: {value}" for label, value in lines if value not in ("", None))


def _amount_in_words(amount, currency):
    return f"{currency} {amount:,.2f}" if amount is not None else ""


def earlier_closing(case):
    """The codes of the closing that was last taken back ({} if none): duration_months resolution remedies sanction."""
    event = case.events.filter(kind=CaseEvent.Kind.REOPENED).first() if case.pk else None
    return event.closing if event else {}


# --- history -----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_event(*, case, happened_on, kind, note="", next_due=None):
    """Add a step to the history of a case. Raises ValidationError by field."""
    event = _event(case, kind, happened_on, note=note, next_due=next_due)
    event.full_clean(exclude=["case", "recorded_by"], validate_unique=False, validate_constraints=False)
    if kind in CaseEvent.AUTOMATIC:
        raise ValidationError({"kind": _("The program writes this step itself.")})
    event.save()
    return event


def _event(case, kind, happened_on, **fields):
    return CaseEvent(case=case, kind=kind, happened_on=happened_on, recorded_by=audit.actor(), **fields)


def _date_of_event(case, kind, day):
    """The step that the program wrote follows its date in the record: moved, added or, if unknown, taken away."""
    event = case.events.filter(kind=kind).first()
    if day is None and event:
        event.delete()
    elif day and event is None:
        _event(case, kind, day).save()
    elif day and event.happened_on != day:
        event.happened_on = day
        event.save()


# --- groups and parties ------------------------------------------------------------------------------------------


def normalised(name):
    """A name as it is compared: any case, any blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def find_party(*, centre, kind, name):
    hashes = vault.search_hashes(f"party:{kind}", [centre.pk], [normalised(name)])
    return Party.objects.filter(centre=centre, kind=kind, name_hash__in=hashes).first()


def find_or_create_party(*, centre, kind, name):
    """The employer or agency (Party.Kind) of this name in the centre; None for an empty name."""
    if not name.strip():
        return None
    party = Party(centre=centre, kind=kind, name=name.strip())
    party.name_hash = name_hash(party)
    return find_party(centre=centre, kind=kind, name=name) or _create_or_find(
        party, lambda: find_party(centre=centre, kind=kind, name=name)
    )


def find_group(*, centre, title):
    hashes = vault.search_hashes("group", [centre.pk], [normalised(title)])
    return GroupComplaint.objects.filter(centre=centre, title_hash__in=hashes).first()


def find_or_create_group(*, centre, title, description="", opened_on=None):
    """The group complaint of this title in the centre; None for an empty title. An existing one is not changed."""
    if not title.strip():
        return None
    group = GroupComplaint(centre=centre, title=title.strip(), description=description, opened_on=opened_on)
    group.title_hash = title_hash(group)
    return find_group(centre=centre, title=title) or _create_or_find(
        group, lambda: find_group(centre=centre, title=title)
    )


def name_hash(party):
    return vault.search_hash(f"party:{party.kind}", party.centre_id, normalised(party.name))


def title_hash(group):
    return vault.search_hash("group", group.centre_id, normalised(group.title))


def _create_or_find(record, find):
    """Write a record that is unique by its hash; if somebody else wrote it in this very moment, take that one."""
    record.clean_fields(exclude=["centre"])
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError:
        found = find()
        if found is None:
            raise
        return found
    return record


# What a card says of a complainant of a group where the shared answers leave it open.
FROM_CARD = {"nationality": "", "destination_country": "", "sector": "unknown"}
# What every complainant of a group gets from the answers typed once.
SHARED_FIELDS = (
    "nationality",
    "destination_country",
    "sector",
    "legal_status",
    "source",
    "source_other",
    "subjects_other",
    "opened_on",
    "requested_amount",
    "requested_currency",
    "remarks",
)


@transaction.atomic
def open_group_cases(*, group, shared, subjects, genders=(), cards=()):
    """Open a case for each complainant of a group; returns them.

    ``shared``: an unsaved LegalCase with the answers that all of them get (and its employer and agency).
    ``genders``: one Gender for each complainant without a client card. ``cards``: the client cards of the others, which
    give the gender, and the profile where the shared answers leave it open.
    """
    cases = [_group_case(group, shared, gender=gender) for gender in genders]
    cases += [_group_case(group, shared, gender=card.gender, card=card) for card in cards]
    return open_cases(entries=[CaseEntry(case, subjects) for case in cases])


def _group_case(group, shared, *, gender, card=None):
    answers = {name: getattr(shared, name) for name in SHARED_FIELDS}
    if card:
        answers |= {name: getattr(card, name) for name, unanswered in FROM_CARD.items() if answers[name] == unanswered}
    parties = {"employer": shared.employer, "agency": shared.agency}
    return LegalCase(centre=group.centre, group=group, client=card, gender=gender, **parties, **answers)


# --- multiple answers --------------------------------------------------------------------------------------------


def _codes(answers):
    return list(answers.values_list("code", flat=True))


def _write_answers(model, answers):
    rows = [model(case=case, code=code) for case, codes in answers for code in dict.fromkeys(codes)]
    model.objects.bulk_create(rows, batch_size=BATCH)


def _replace_answers(model, case, name, codes):
    """Make these the subjects or remedies of a case, and say so in the audit if they differ."""
    stored = _codes(getattr(case, name))
    if set(stored) == set(codes):
        return
    model.objects.filter(case=case).exclude(code__in=codes).delete()
    _write_answers(model, [(case, [code for code in codes if code not in stored])])
    case.audit_event(audit.AuditEvent.Action.CHANGE, fields=[name]).save()


def _move_version_on(case):
    """Whoever edits an older version of this record will be shown both. Doing it twice moves it on once."""
    case.version = getattr(case, "_loaded", {}).get("version", 0) + 1
