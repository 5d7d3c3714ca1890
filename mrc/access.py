"""Who sees what, and nowhere else: the scope, the base classes of all records, the middleware, the check.

Every model of the domain belongs to a centre, or to an agreement that covers several, and states the chain of foreign
keys that leads to it, or says why it is shared. Its manager refuses to run a query outside a scope: forgetting is an
error page and never a leak.
"""

import uuid
from contextlib import contextmanager, nullcontext

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager, scope, scopes_disabled
from django_scopes.state import get_scope

from mrc import audit, dates, restricted

STAFF = "staff"
LEGAL_OFFICER = "legal_officer"
COORDINATOR = "coordinator"
PROGRAMME_OFFICER = "programme_officer"
ADMINISTRATOR = "administrator"
ROLES = {
    STAFF: _("Centre staff"),
    LEGAL_OFFICER: _("Legal officer"),
    COORDINATOR: _("Coordinator"),
    PROGRAMME_OFFICER: _("Programme officer"),
    ADMINISTRATOR: _("Administrator"),
}
# Roles that see the records of their centres. The others see none, whatever their permissions.
RECORD_ROLES = {STAFF, LEGAL_OFFICER, COORDINATOR}
OWNERS = {"centre": "mrc.Centre", "agreement": "reports.Agreement"}  # kind of scope -> model


class OutsideScope(RuntimeError):
    """A record was written for an owner that is not in scope, or linked to a record of another owner."""


# --- the scope ---------------------------------------------------------------------------------------------------


@contextmanager
def centre_scope(centres):
    """Queries inside see the records of these centres (instances or primary keys) and of no other."""
    with scope(centre=[getattr(centre, "pk", centre) for centre in centres]):
        yield


@contextmanager
def agreement_scope(agreements):
    """Queries inside see what belongs to these agreements (instances or primary keys), beside what was in scope."""
    with scope(agreement=[getattr(agreement, "pk", agreement) for agreement in agreements]):
        yield


@contextmanager
def every_centre(reason):
    """The one way out of the scope. ``reason`` is for the reader; a test lists the places that call this."""
    if not reason:
        raise ValueError("Say why every centre must be seen.")
    with scopes_disabled():
        yield


def record_centre_ids(user):
    """Primary keys of the centres whose records this user may see: none for roles that see aggregates or accounts."""
    if not user.is_authenticated or user.is_superuser or not RECORD_ROLES & user.role_names:
        return []
    return [centre.pk for centre in user.active_centres]


def report_centres(user):
    """The centres whose aggregates this user may see."""
    return list(user.active_centres) if user.is_authenticated and user.has_perm("reports.view_tables") else []


def report_agreements(user):
    """The agreements whose progress reports this user may see: those of which every centre is in ``report_centres``.

    A report adds up all centres of its agreement, so that one centre more than the reader's would tell of strangers.
    """
    Agreement = apps.get_model("reports", "Agreement")
    if not user.is_authenticated or user.is_superuser or not user.has_perm("reports.view_progressreport"):
        return Agreement.objects.none()
    mine = [centre.pk for centre in report_centres(user)]
    foreign = Agreement.centres.through.objects.filter(agreement=OuterRef("pk")).exclude(centre__in=mine)
    return Agreement.objects.filter(~Exists(foreign), centres__in=mine).distinct()


@contextmanager
def aggregates_of(user, centres):
    """Scope for computing report tables. Refuses a centre that the user may not see in a report."""
    allowed = {centre.pk for centre in report_centres(user)}
    if not {centre.pk for centre in centres} <= allowed:
        raise OutsideScope("A report was asked for a centre of somebody else.")
    with centre_scope(centres), restricted.included():
        yield


def in_scope(owner_id, kind="centre"):
    """Whether what belongs to this centre (or agreement) may be read and written here. Raises outside any scope."""
    state = get_scope()
    if state.get("_enabled") is False:
        return True
    if kind not in state:
        raise OutsideScope("No scope is open.")
    return owner_id in state[kind]


def ids_in_scope(kind):
    """Primary keys of the centres or agreements in scope. Raises outside any scope."""
    state = get_scope()
    if kind not in state:
        raise OutsideScope("No scope is open.")
    return state[kind]


class CentreScopeMiddleware:
    """Opens the scope of the signed-in user's centres and agreements and names the user to the audit."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        shown = dates.shows_buddhist_era.set(user.is_authenticated and user.writes_buddhist_era)
        try:
            agreements = list(report_agreements(user).values_list("pk", flat=True))
            with audit.acting(user, "web"), scope(centre=record_centre_ids(user), agreement=agreements), _read_by(user):
                response = self.get_response(request)
        finally:
            dates.shows_buddhist_era.reset(shown)
        if user.is_authenticated:
            # Nothing of a page stays on a shared computer, and nothing is kept by a proxy.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def _read_by(user):
    """Who sees records and is no coordinator does not find those that are restricted to others."""
    reads_some = bool(record_centre_ids(user)) and COORDINATOR not in user.role_names
    return restricted.read_by(user) if reads_some else nullcontext()


# --- records -----------------------------------------------------------------------------------------------------


class OwnedQuerySet(models.QuerySet):
    """Writes in bulk obey the same rules as ``save()``: in scope, one owner with the parent, in the audit."""

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            obj.check_scope()
        with transaction.atomic():
            created = super().bulk_create(objs, *args, **kwargs)
            audit.record_many(obj.audit_event(audit.AuditEvent.Action.CREATE) for obj in objs if obj.is_audited)
        return created

    def bulk_update(self, objs, fields, *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            obj.check_scope()
        with transaction.atomic():
            updated = super().bulk_update(objs, fields, *args, **kwargs)
            audit.record_many(
                obj.audit_event(audit.AuditEvent.Action.CHANGE, fields=sorted(fields)) for obj in objs if obj.is_audited
            )
        return updated

    def update(self, **values):
        for name in values:
            if self.model._meta.get_field(name).is_relation:
                raise OutsideScope(f"Change {name} through save(), which checks the centre.")
        with transaction.atomic():
            count = super().update(**values)
            if self.model.is_audited:
                audit.record(
                    audit.AuditEvent.Action.CHANGE,
                    model=self.model._meta.label,
                    fields=sorted(values),
                    records=count,
                )
        return count

    def delete(self):
        with transaction.atomic():
            deleted = super().delete()
            if self.model.is_audited:
                audit.record(audit.AuditEvent.Action.DELETE, model=self.model._meta.label, records=deleted[0])
        return deleted

    delete.queryset_only = True
    delete.alters_data = True
    update.alters_data = True


def centre_manager(queryset=OwnedQuerySet, path="centre"):
    """The manager of a record whose chain of foreign keys to its centre is ``path``."""
    return _scoped_manager(queryset, centre=path)


def agreement_manager(queryset=OwnedQuerySet, path="agreement"):
    """The manager of a record whose chain of foreign keys to its agreement is ``path``."""
    return _scoped_manager(queryset, agreement=path)


def _scoped_manager(queryset, **kind_and_path):
    [kind] = kind_and_path

    class Manager(models.Manager.from_queryset(queryset)):
        def get_queryset(self):
            return restricted.without_hidden(super().get_queryset())

        def bulk_create(self, objs, *args, **kwargs):
            in_scope(None, kind)  # raises outside any scope, where the query set is not one of ours
            return super().bulk_create(objs, *args, **kwargs)

    return ScopedManager(_manager_class=Manager, **kind_and_path)


class Owned(models.Model):
    """What records of centres and of agreements share: no write out of scope, and each change in the audit, where it is
    put down to their ``owning_centre_id``.
    """

    owner_kind = ""  # of the scope that protects it: centre or agreement
    is_audited = True
    audited_with = ""  # the foreign key to the record on whose page the entries are shown; empty: the record itself

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db, field_names, values):
        instance = super().from_db(db, field_names, values)
        instance._loaded = dict(zip(field_names, values, strict=False))
        return instance

    @classmethod
    def owner_path(cls):
        """The chain of foreign keys that leads to the owner."""
        return getattr(cls, f"{cls.owner_kind}_path")

    @property
    def owner_id(self):
        record = self
        *steps, last = self.owner_path().split("__")
        for step in steps:
            record = getattr(record, step)
        return getattr(record, f"{last}_id")

    def check_scope(self):
        """Raises OutsideScope unless the record's owner is in scope and is that of every record it points to."""
        if not in_scope(self.owner_id, self.owner_kind):
            raise OutsideScope(f"{self._meta.label} of a {self.owner_kind} that is not in scope.")
        if restricted.is_hidden(self):
            raise OutsideScope(f"{self._meta.label} that is restricted to others.")
        for field in self._meta.concrete_fields:
            if not field.is_relation or not issubclass(field.related_model, Owned):
                continue
            parent = getattr(self, field.name) if getattr(self, field.attname) is not None else None
            if parent is not None and not self.has_same_owner(parent):
                raise OutsideScope(f"{self._meta.label}.{field.name} belongs to another {parent.owner_kind}.")

    def has_same_owner(self, other):
        """Whether both belong to one centre, both to one agreement, or one to a centre that the other's covers."""
        if self.owner_kind == other.owner_kind:
            return self.owner_id == other.owner_id
        centre, agreement = (self, other) if self.owner_kind == "centre" else (other, self)
        return _covers(agreement.owner_id, centre.owner_id)

    def changed_fields(self):
        loaded = getattr(self, "_loaded", {})
        return sorted(
            field.name
            for field in self._meta.concrete_fields
            if field.attname in loaded and loaded[field.attname] != getattr(self, field.attname)
        )

    def audit_event(self, action, **detail):
        return audit.event(
            action,
            centre_id=self.owning_centre_id,
            model=self._meta.label,
            record=self.audited_uid,
            **detail,
        )

    @property
    def audited_uid(self):
        return getattr(self, self.audited_with).audited_uid if self.audited_with else self.uid

    def save(self, *args, **kwargs):
        self.check_scope()
        adding = self._state.adding
        changed = self.changed_fields()
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.is_audited and adding:
                self.audit_event(audit.AuditEvent.Action.CREATE).save()
            elif self.is_audited and changed:
                self.audit_event(audit.AuditEvent.Action.CHANGE, fields=changed).save()
        self._loaded = {
            field.attname: self.__dict__[field.attname]
            for field in self._meta.concrete_fields
            if field.attname in self.__dict__
        }

    def delete(self, *args, **kwargs):
        self.check_scope()
        with transaction.atomic():
            if self.is_audited:
                self.audit_event(audit.AuditEvent.Action.DELETE).save()
            return super().delete(*args, **kwargs)


def _covers(agreement_id, centre_id):
    through = apps.get_model("reports", "Agreement").centres.through
    return through.objects.filter(agreement=agreement_id, centre=centre_id).exists()


class CentreOwned(Owned):
    """A record of a centre. ``centre_path`` is the chain of foreign keys that leads to the centre."""

    owner_kind = "centre"
    centre_path = "centre"

    objects = centre_manager()

    class Meta:
        abstract = True

    @property
    def owning_centre_id(self):
        return self.owner_id


class AgreementOwned(Owned):
    """A record of an agreement, which covers one or more centres. ``agreement_path`` leads to the agreement."""

    owner_kind = "agreement"
    agreement_path = "agreement"

    objects = agreement_manager()

    class Meta:
        abstract = True

    @property
    def owning_centre_id(self):
        """The first of the agreement's centres."""
        through = apps.get_model("reports", "Agreement").centres.through
        centres = through.objects.filter(agreement=self.owner_id).order_by("centre__code")
        return centres.values_list("centre", flat=True).first()


class WithPage(models.Model):
    """A record with a page of its own: a random identifier for its URL and a version for two people editing it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        abstract = True


class Record(WithPage, CentreOwned):
    """A record of a centre with a page of its own."""

    class Meta:
        abstract = True


class AgreementRecord(WithPage, AgreementOwned):
    """A record of an agreement with a page of its own."""

    class Meta:
        abstract = True


# --- the check ---------------------------------------------------------------------------------------------------


@checks.register
def models_belong_to_a_centre(app_configs=None, **kwargs):
    """Refuses to start with a model of the domain that neither belongs to a centre nor says why it is shared."""
    problems = []
    for label in settings.DOMAIN_APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if not model._meta.auto_created:
                problems += _problems_of(model)
    return problems


def _problems_of(model):
    if not issubclass(model, Owned):
        if getattr(model, "shared_because", ""):
            return []
        hint = "Inherit from mrc.access.CentreOwned or AgreementOwned, or say why it is shared in `shared_because`."
        return [checks.Error(f"{model._meta.label} does not say to which centre it belongs.", hint=hint, id="mrc.E001")]
    problems = []
    current = model
    name = f"{model.owner_kind}_path"
    for step in model.owner_path().split("__"):
        try:
            field = current._meta.get_field(step)
        except FieldDoesNotExist:
            field = None
        if field is None or not field.is_relation or field.null:
            message = f"{model._meta.label}.{name}: {step} is no required foreign key of {current._meta.label}."
            return [checks.Error(message, id="mrc.E002")]
        current = field.related_model
    if current._meta.label != OWNERS[model.owner_kind]:
        message = f"{model._meta.label}.{name} does not lead to {OWNERS[model.owner_kind]}."
        problems.append(checks.Error(message, id="mrc.E003"))
    with scope():
        if not all(hasattr(manager.get_queryset(), "missing_scopes") for manager in model._meta.managers):
            problems.append(checks.Error(f"{model._meta.label} has a manager without a scope.", id="mrc.E004"))
    return problems
