"""What is written together: steps and their order, indicators with their definitions, targets and typed results."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from mrc import dates
from reports.models import Agreement, ProgressReport, ReportText
from reports.sections import indicator_key, step_key
from results.models import Indicator, IndicatorDefinition, PeriodFigure, Step
from results.values import COLUMNS

UP, DOWN = "up", "down"
HANDED_IN = (ProgressReport.State.SUBMITTED, ProgressReport.State.ACCEPTED)
FIGURE_FIELDS = (*COLUMNS, *(f"base_{column}" for column in COLUMNS), "text")


# --- the theory of change ----------------------------------------------------------------------------------------


@transaction.atomic
def save_step(*, step):
    """Write a step; a new one, or one that was moved below another, becomes the last there. Raises ValidationError."""
    _lock(step.agreement)
    if step._state.adding or "parent" in step.changed_fields():
        last = _beside(step).order_by("-position").first()
        step.position = last.position + 1 if last else 1
    step.full_clean(validate_unique=False)
    step.save()
    return step


@transaction.atomic
def move_step(*, step, direction):
    """Exchange a step with the one before (``up``) or after it (``down``). At the end of the row nothing happens."""
    _lock(step.agreement)
    row = list(_beside(step, with_itself=True).order_by("position", "pk"))
    place = next(place for place, one in enumerate(row) if one.pk == step.pk)
    other = place + (1 if direction == DOWN else -1)
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
    for position, one in enumerate(row, start=1):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])


def _beside(step, with_itself=False):
    steps = Step.objects.filter(agreement=step.agreement, parent=step.parent)
    return steps if with_itself else steps.exclude(pk=step.pk)


def _lock(agreement):
    """Two people who change one theory of change take turns."""
    Agreement.objects.select_for_update().get(pk=agreement.pk)


def what_hangs_on(step):
    """Sentences that say why a step cannot be deleted; none if it can."""
    reasons = (
        (step.children, _("Other steps hang below it. Delete them first, or let them contribute to another step.")),
        (step.indicators, _("Indicators test it. Delete them first.")),
        (step.assumptions, _("Assumptions are written for it. Delete them first.")),
        (_texts(step, step_key(step.uid, "")), _("Progress is written for it in a report. Change its words instead.")),
    )
    return [reason for records, reason in reasons if records.exists()]


@transaction.atomic
def delete_step(*, step):
    """Delete a step that nothing hangs on. Raises ValidationError."""
    _lock(step.agreement)
    if reasons := what_hangs_on(step):
        raise ValidationError(reasons)
    step.delete()


def _texts(record, key):
    return ReportText.objects.filter(report__period__agreement=record.agreement, key__startswith=key)


# --- indicators --------------------------------------------------------------------------------------------------


@transaction.atomic
def add_indicator(*, step, definition):
    """An indicator of a step with its first definition. Raises ValidationError."""
    definition.indicator = Indicator.objects.create(step=step)
    return save_definition(definition=definition)


@transaction.atomic
def save_definition(*, definition):
    """Write a definition: the first one, a correction, or a revision. Raises ValidationError."""
    if definition.pk and not may_be_corrected(definition):
        raise ValidationError(
            _("A later definition or a report that is handed in rests on this one. Revise it instead.")
        )
    if sentence := why_not_from(definition, definition.valid_from):
        raise ValidationError({"valid_from": sentence})
    definition.full_clean(exclude=["indicator"], validate_unique=False)
    definition.save()
    return definition


def why_not_from(definition, day):
    """Why a definition cannot hold from this day; empty if it can. What was handed in keeps what held then."""
    agreement = definition.indicator.agreement
    if not agreement.starts_on <= day <= agreement.ends_on:
        return _("Choose a day of the agreement: %(running)s.") % {"running": agreement.running}
    earlier = IndicatorDefinition.objects.filter(indicator=definition.indicator).exclude(pk=definition.pk)
    if definition.pk:
        earlier = earlier.filter(valid_from__lt=definition._loaded["valid_from"])
    last = earlier.order_by("-valid_from").first()
    if last and day <= last.valid_from:
        words = {"day": dates.show_day(last.valid_from)}
        return _("The definition before holds from %(day)s. Choose a later day.") % words
    reported = last_handed_in(agreement)
    if reported and day <= reported.ends_on:
        words = {"period": reported}
        return _("The report of %(period)s is handed in and keeps what held then. Choose a later day.") % words
    return ""


def last_handed_in(agreement):
    """The latest reporting period whose report is submitted or accepted; None before the first."""
    return agreement.periods.filter(pk__in=_handed_in(agreement)).order_by("-ends_on").first()


def handed_in(agreement):
    """Primary keys of the reporting periods whose report is submitted or accepted."""
    return set(_handed_in(agreement))


def _handed_in(agreement):
    reports = ProgressReport.objects.filter(period__agreement=agreement, state__in=HANDED_IN)
    return reports.order_by().values_list("period", flat=True)


def may_be_corrected(definition):
    """Whether a definition can be corrected in place: it is the last one, and no report that is handed in used it."""
    held_from = definition._loaded["valid_from"]
    later = IndicatorDefinition.objects.filter(indicator=definition.indicator, valid_from__gt=held_from)
    last = last_handed_in(definition.indicator.agreement)
    return not later.exists() and (last is None or last.ends_on < held_from)


def what_depends_on(indicator):
    """Sentences that say why an indicator cannot be deleted; none if it can."""
    reasons = (
        (
            indicator.figures,
            _("Targets or results are written for it. Empty them first, or revise it: no longer measured."),
        ),
        (
            _texts(indicator, indicator_key(indicator.uid)),
            _("A report explains its result. Revise it instead: no longer measured."),
        ),
    )
    return [reason for records, reason in reasons if records.exists()]


@transaction.atomic
def delete_indicator(*, indicator):
    """Delete an indicator that was written down by mistake. Raises ValidationError."""
    if reasons := what_depends_on(indicator):
        raise ValidationError(reasons)
    indicator.delete()


@transaction.atomic
def save_figures(*, indicator, kind, numbers):
    """Write targets or results. ``numbers``: {ReportingPeriod: {field: value}}; of none, nothing is kept."""
    there = {figure.period_id: figure for figure in PeriodFigure.objects.filter(indicator=indicator, kind=kind)}
    for period, given in numbers.items():
        figure = there.get(period.pk) or PeriodFigure(indicator=indicator, period=period, kind=kind)
        if all(value in (None, "") for value in given.values()):
            if figure.pk:
                figure.delete()
            continue
        for name in FIGURE_FIELDS:
            setattr(figure, name, given.get(name, "" if name == "text" else None))
        figure.full_clean(exclude=["indicator", "period"], validate_unique=False)
        if not figure.pk or figure.changed_fields():
            figure.save()
    indicator.save(update_fields=["version"])
