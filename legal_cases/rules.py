"""What the answers of one legal assistance record (Annex 2) must say together.

Forms show these sentences beside their fields, services refuse to write a record that breaks one, and imports name
the cell: one place for all three. Each function returns {field: sentence}.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from legal_cases.models import EXCLUSIVE_REMEDIES, ComplaintSource, ComplaintSubject, Remedy, Resolution
from mrc import dates


def check(case, *, subjects=None, remedies=()):
    """Raises ValidationError (by field) unless the record may be written. ``subjects`` None: they are not changed."""
    relations = [field.name for field in case._meta.concrete_fields if field.is_relation]
    case.clean_fields(exclude=["reference", *relations])
    found = opening(case) | amounts(case)
    if subjects is not None:
        found |= subjects_of(case, subjects)
    found |= closing(case, remedies) if case.is_closed else not_closed(case, remedies)
    if found:
        raise ValidationError(found)


def is_left_out(case, text):
    """Whether a text that belongs to an answer is missing. What was erased with the person's name is not asked for."""
    return not text and not _is_erased(case)


def _is_erased(case):
    return bool(case.pk and case.client_id and case.client.erased_after(case.created_at))


def set_duration(case):
    """Write the completed months of a closed case whose opening date is known; else what was typed stays."""
    if case.is_closed and case.opened_on:
        case.duration_months = max(dates.completed_months(case.opened_on, case.closed_on), 0)


def opening(case):
    """Annex 2 (2), and the day of opening."""
    found = {}
    if case.opened_on and case.opened_on > dates.today():
        found["opened_on"] = _("The case cannot be opened in the future.")
    if case.source == ComplaintSource.OTHER and is_left_out(case, case.source_other):
        found["source_other"] = _("Write which other source the complaint came from.")
    if case.source_other and case.source != ComplaintSource.OTHER:
        found["source_other"] = _("Choose “Other” as the source of the complaint, or empty this text.")
    return found


def subjects_of(case, subjects):
    """Annex 2 (3)."""
    if not subjects:
        return {"subjects": _("Choose at least one subject of the complaint.")}
    if unknown := set(subjects) - set(ComplaintSubject.values):
        return {"subjects": _("There is no subject “%(code)s”.") % {"code": min(unknown)}}
    if ComplaintSubject.OTHER in subjects and is_left_out(case, case.subjects_other):
        return {"subjects_other": _("Write which other subject the complaint has.")}
    if case.subjects_other and ComplaintSubject.OTHER not in subjects:
        return {"subjects_other": _("Choose “Other” among the subjects, or empty this text.")}
    return {}


def amounts(case):
    """Annex 2 (7) and (8): an amount and its currency, or neither."""
    found = {}
    for name in ("requested", "awarded"):
        amount, currency = getattr(case, f"{name}_amount"), getattr(case, f"{name}_currency")
        if amount is not None and not currency:
            found[f"{name}_currency"] = _("Write the currency of this amount, for example %(code)s.") % {
                "code": case.centre.currency if case.centre_id else "USD"
            }
        if currency and amount is None:
            found[f"{name}_amount"] = _("Write the amount, or empty the currency if the amount is not known.")
    return found


def not_closed(case, remedies):
    """An open case has no answers of Annex 2 (4) to (6) and (9)."""
    if case.resolution or case.sanction or case.duration_months is not None or remedies:
        return {"closed_on": _("Write the day on which the case was closed, or empty the closing answers.")}
    return {}


def closing(case, remedies):
    """Annex 2 (4) to (6) and (9)."""
    found = closing_day(case)
    if case.duration_months is None and not case.opened_on:
        found["duration_months"] = _("Write the duration in completed months, because the opening date is not known.")
    if not case.resolution:
        found["resolution"] = _("Choose how the case was resolved.")
    if case.resolution == Resolution.DROPPED and is_left_out(case, case.dropped_reason):
        found["dropped_reason"] = _("Write why the case was dropped.")
    if case.resolution and case.dropped_reason and case.resolution != Resolution.DROPPED:
        found["dropped_reason"] = _("Choose “Case dropped”, or empty this text.")
    if not case.sanction:
        found["sanction"] = _("Choose the sanction: “None” if there was none, “Unknown” if it is not known.")
    return found | remedies_of(case, remedies)


def closing_day(case):
    if case.closed_on is None:
        return {"closed_on": _("Write the day on which the case was closed.")}
    if case.closed_on > dates.today():
        return {"closed_on": _("The case cannot be closed in the future.")}
    if case.opened_on and case.closed_on < case.opened_on:
        day = dates.show_day(case.opened_on)
        return {"closed_on": _("The case cannot be closed before it was opened, on %(day)s.") % {"day": day}}
    return {}


def remedies_of(case, remedies):
    """Annex 2 (6)."""
    if not remedies:
        return {"remedies": _("Choose at least one remedy: “None” if there was none, “Unknown” if it is not known.")}
    if unknown := set(remedies) - set(Remedy.values):
        return {"remedies": _("There is no remedy “%(code)s”.") % {"code": min(unknown)}}
    for exclusive in EXCLUSIVE_REMEDIES:
        if exclusive in remedies and len(set(remedies)) > 1:
            return {
                "remedies": _("“%(label)s” excludes every other remedy. Take it away, or the others.")
                % {"label": exclusive.label}
            }
    if Remedy.OTHER in remedies and is_left_out(case, case.remedies_other):
        return {"remedies_other": _("Write which other remedy was obtained.")}
    if case.remedies_other and Remedy.OTHER not in remedies:
        return {"remedies_other": _("Choose “Other” among the remedies, or empty this text.")}
    return {}
