"""What is written together: an activity, its participants, and the service that each participation is."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from activities.models import Activity, Participant
from clients.models import ClientCard, ServiceCategory, ServiceReceived
from mrc import audit, dates, restricted
from mrc.imports import in_parts

TRAINING = ServiceCategory.INFORMATION_EDUCATION_TRAINING
BATCH = 500


@restricted.included()
@transaction.atomic
def save_activity(*, activity):
    """Write an activity. When its last day changes, the services of its participants move there with it.

    Raises ValidationError.
    """
    has_moved = "ends_on" in activity.changed_fields()
    activity.full_clean(exclude=["centre"], validate_unique=False, validate_constraints=False)
    activity.save()
    if has_moved:
        _move_services(activity)
    return activity


@restricted.included()
@transaction.atomic
def delete_activity(*, activity):
    """Delete an activity that nobody is named in. Raises ValidationError."""
    activity = _locked(activity)
    if activity.participants.exists():
        raise ValidationError(_("Participants are named. Remove them first: the services they received go with them."))
    activity.delete()


@transaction.atomic
def add_participants(*, activity, cards):
    """Put clients on the list of an activity; each receives the training service once, on its last day.

    Returns the participants that are new on the list. Raises ValidationError before the last day.
    """
    activity = _locked(activity)
    if not activity.is_over:
        raise ValidationError(
            _("The last day is %(day)s. Who took part can be written down from that day on.")
            % {"day": dates.show_day(activity.ends_on)}
        )
    named = set(activity.participants.values_list("card", flat=True))
    new = {card.pk: card for card in cards if card.pk not in named}
    services = _give_services(activity, list(new.values()))
    participants = [Participant(activity=activity, card=card, service=services[pk]) for pk, card in new.items()]
    return Participant.objects.bulk_create(participants, batch_size=BATCH)


def add_participant(*, activity, card):
    """Put one client on the list. Returns whether the client was not on it before. Raises ValidationError."""
    return bool(add_participants(activity=activity, cards=[card]))


@transaction.atomic
def remove_participant(*, activity, card):
    """Take a client off the list, and the service with it unless another activity of that day gave it too."""
    activity = _locked(activity)
    _lock([card])
    participant = activity.participants.select_related("card", "service").filter(card=card).first()
    if participant is None:
        return
    service = participant.service
    participant.delete()
    if service and not service.participations.exists():
        service.delete()


def _locked(activity):
    """The activity as it is stored; nobody else edits it or its list until the end of the transaction."""
    return Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)


def _lock(cards):
    """Whoever adds a service to one of these cards at the same time waits (clients.services.add_service)."""
    for some in in_parts(sorted(card.pk for card in cards)):
        list(ClientCard.objects.filter(pk__in=some).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _give_services(activity, cards):
    """{card: the service of a participation, or None where it was recorded by hand before}. Cards are locked."""
    _lock(cards)
    services = _services_of_that_day(activity)
    new = {
        card.pk: ServiceReceived(
            card=card,
            centre_id=activity.centre_id,
            category=TRAINING,
            received_on=activity.ends_on,
            staff_member=audit.actor(),
        )
        for card in cards
        if card.pk not in services
    }
    ServiceReceived.objects.bulk_create(new.values(), batch_size=BATCH)
    return services | new


def _services_of_that_day(activity):
    """{card: the training service on the last day of the activity, or None if it is of no participation}."""
    of_participation = Exists(Participant.objects.filter(service=OuterRef("pk")))
    services = ServiceReceived.objects.filter(
        centre=activity.centre_id, category=TRAINING, received_on=activity.ends_on
    )
    services = services.annotate(is_of_participation=of_participation).defer("note")
    return {service.card_id: service if service.is_of_participation else None for service in services}


def _move_services(activity):
    """Take the services of the participants to the last day of the activity. It is locked.

    A service that another activity of the old day shares stays there; on a new day that has the service already,
    that one is kept.
    """
    participants = list(activity.participants.select_related("card", "service").defer("service__note"))
    _lock([participant.card for participant in participants])
    elsewhere = Participant.objects.filter(service=OuterRef("pk")).exclude(activity=activity)
    here = ServiceReceived.objects.filter(participations__activity=activity)
    shared = set(here.filter(Exists(elsewhere)).values_list("pk", flat=True))
    on_new_day = _services_of_that_day(activity)
    leaving, others = [], []
    for participant in participants:
        may_leave = participant.service and participant.service_id not in shared
        (leaving if may_leave and participant.card_id not in on_new_day else others).append(participant)
    _redate([participant.service for participant in leaving], activity.ends_on)
    _replace_services(activity, others, shared)


def _redate(services, day):
    for service in services:
        service.received_on = day
    ServiceReceived.objects.bulk_update(services, ["received_on"], batch_size=BATCH)


def _replace_services(activity, participants, shared):
    """Give each of these participants the service of the new day in place of the one they had."""
    services = _give_services(activity, [participant.card for participant in participants])
    left = [one.service_id for one in participants if one.service_id and one.service_id not in shared]
    for participant in participants:
        participant.service = services[participant.card_id]
        participant.save(update_fields=["service"])
    if left:
        ServiceReceived.objects.filter(pk__in=left).delete()
