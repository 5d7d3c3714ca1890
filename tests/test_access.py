"""Access by construction: what happens to code that forgets the scope."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.test.utils import isolate_apps
from django_scopes.exceptions import ScopeError

from clients.models import ClientCard, Identity, ServiceReceived
from mrc import access, audit
from mrc.access import CentreOwned, OutsideScope, Record, centre_manager, centre_scope, every_centre
from mrc.models import Centre, User
from tests.factories import make_card, make_service


@pytest.fixture
def card(in_a):
    return make_card(in_a, name="Chan Dara", consents=["keep_data"])


def test_a_query_without_a_scope_is_refused(centre_a):
    with pytest.raises(ScopeError):
        ClientCard.objects.count()


def test_a_record_of_another_centre_is_not_found(centre_b, card):
    with centre_scope([centre_b]):
        assert not ClientCard.objects.filter(pk=card.pk).exists()


def test_a_record_cannot_be_written_for_a_centre_out_of_scope(centre_a, centre_b):
    with centre_scope([centre_b]), pytest.raises(OutsideScope):
        make_card(centre_a)


def test_records_cannot_be_written_in_bulk_for_a_centre_out_of_scope(centre_a, centre_b, card):
    with centre_scope([centre_b]), pytest.raises(OutsideScope):
        ServiceReceived.objects.bulk_create(
            [ServiceReceived(card=card, centre=centre_b, category="counselling", received_on=card.registered_on)]
        )


def test_a_child_of_another_centre_is_refused(centre_a, centre_b, card):
    with centre_scope([centre_a, centre_b]), pytest.raises(OutsideScope):
        ServiceReceived.objects.create(
            card=card, centre=centre_b, category="counselling", received_on=card.registered_on
        )


def test_an_identity_cannot_be_read_without_an_entry_in_the_audit(centre_a, card):
    with centre_scope([centre_a]):
        audit._identities_open.set(False)
        with pytest.raises(audit.IdentityClosed):
            Identity.objects.get(card=card)
        with audit.reading_identities([card], "card"):
            assert Identity.objects.get(card=card).name == "Chan Dara"
    assert audit.AuditEvent.objects.filter(action="view_identity", record=card.uid).count() == 1


def test_what_is_written_is_in_the_audit_without_a_value(card):
    make_service(card)
    card.ethnicity = "Khmer"
    card.save()
    entries = audit.AuditEvent.objects.filter(record=card.uid)
    assert [(e.action, e.model) for e in entries.order_by("pk")] == [
        ("create", "clients.ClientCard"),
        ("create", "clients.Consent"),
        ("create", "clients.Identity"),
        ("create", "clients.ServiceReceived"),
        ("change", "clients.ClientCard"),
    ]
    assert entries.order_by("pk").last().detail == {"fields": ["ethnicity"]}
    assert "Khmer" not in str(list(entries.values_list("detail")))


def test_an_audit_entry_is_never_changed_and_never_deleted(card):
    entries = audit.AuditEvent.objects.all()
    entry = entries.first()
    for attempt in (
        entry.save,
        entry.delete,
        entries.delete,
        lambda: entries.update(action="search"),
        lambda: entries.bulk_update([entry], ["action"]),
        lambda: entries.update_or_create(pk=entry.pk, defaults={"action": "search"}),
    ):
        with pytest.raises(audit.AppendOnly):
            attempt()


# --- the scope -------------------------------------------------------------------------------------------------------


def test_every_kind_of_query_is_refused_without_a_scope(centre_a):
    for query in (
        lambda: ClientCard.objects.all(),
        lambda: ClientCard.objects.filter(pk=1),
        lambda: ClientCard.objects.get(pk=1),
        lambda: ClientCard.objects.update(ethnicity="x"),
        lambda: ClientCard.objects.first(),
        lambda: list(ClientCard.objects.iterator()),
    ):
        with pytest.raises(ScopeError):
            query()
    with pytest.raises(OutsideScope):
        ClientCard.objects.bulk_create([ClientCard(centre=centre_a, reference="X", registered_on="2026-07-01")])
    with pytest.raises(OutsideScope):
        ClientCard(centre=centre_a, reference="X", registered_on="2026-07-01").save()


def test_an_empty_scope_shows_nothing(card):
    with centre_scope([]):
        assert ClientCard.objects.count() == 0


def test_leaving_the_scope_needs_a_reason(card):
    with pytest.raises(ValueError, match="why"), every_centre(""):
        pass
    with every_centre("counting in a test"):
        assert ClientCard.objects.count() == 1


def test_a_record_of_another_centre_is_neither_changed_nor_deleted(centre_a, centre_b, card):
    with centre_scope([centre_b]):
        assert ClientCard.objects.update(ethnicity="x") == 0
        assert ClientCard.objects.all().delete()[0] == 0
        for attempt in (card.save, card.delete):
            with pytest.raises(OutsideScope):
                attempt()
    with centre_scope([centre_a]):
        assert ClientCard.objects.get().ethnicity == ""


def test_a_record_is_not_moved_to_another_centre_by_an_update_in_bulk(centre_a, centre_b, card):
    with centre_scope([centre_a, centre_b]), pytest.raises(OutsideScope):
        ClientCard.objects.update(centre=centre_b)


def test_whose_records_a_person_sees(
    staff, legal_officer, coordinator, two_centre_coordinator, programme_officer, administrator, stranger, centre_a
):
    superuser = User.objects.create_superuser("installation@example.org")
    superuser.centres.add(centre_a)
    for user, count in {
        staff: 1,
        legal_officer: 1,
        coordinator: 1,
        two_centre_coordinator: 2,
        programme_officer: 0,
        administrator: 0,
        stranger: 0,
        superuser: 0,
        AnonymousUser(): 0,
    }.items():
        assert len(access.record_centre_ids(user)) == count, user


def test_a_centre_that_is_switched_off_is_seen_by_nobody(two_centre_coordinator, programme_officer, centre_a, centre_b):
    Centre.objects.filter(pk=centre_a.pk).update(is_active=False)
    assert access.record_centre_ids(two_centre_coordinator) == [centre_b.pk]
    assert access.report_centres(programme_officer) == []


def test_aggregates_of_a_centre_of_somebody_else_are_refused(programme_officer, administrator, centre_a, centre_b):
    with access.aggregates_of(programme_officer, [centre_a]):
        assert ClientCard.objects.count() == 0
    for user, centres in ((programme_officer, [centre_a, centre_b]), (administrator, [centre_a])):
        with pytest.raises(OutsideScope), access.aggregates_of(user, centres):
            pass


# --- the check --------------------------------------------------------------------------------------------------------


def findings(isolated, monkeypatch, settings):
    settings.DOMAIN_APPS = ["mrc"]
    monkeypatch.setattr(access, "apps", isolated)
    return [(problem.id, problem.msg) for problem in access.models_belong_to_a_centre()]


@pytest.fixture
def check(monkeypatch, settings):
    """The findings about the models that are declared in this test."""
    with isolate_apps("mrc") as isolated:
        yield lambda: findings(isolated, monkeypatch, settings)


def test_the_models_of_the_program_pass_the_check():
    assert access.models_belong_to_a_centre() == []


def test_a_model_without_a_centre_and_without_a_reason_stops_the_start(check):
    class Note(models.Model):
        class Meta:
            app_label = "mrc"

    assert check() == [("mrc.E001", "mrc.Note does not say to which centre it belongs.")]


def test_a_shared_model_says_why(check):
    class Holiday(models.Model):
        shared_because = "holidays are those of the country"

        class Meta:
            app_label = "mrc"

    assert check() == []


def test_a_path_that_is_no_required_foreign_key_stops_the_start(check):
    class Missing(CentreOwned):
        class Meta:
            app_label = "mrc"

    class Optional(Record):
        centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="+")

        class Meta:
            app_label = "mrc"

    class NoKey(CentreOwned):
        centre = models.IntegerField()

        class Meta:
            app_label = "mrc"

    assert {problem for problem, _message in check()} == {"mrc.E002"}
    assert len(check()) == 3


def test_a_path_that_leads_elsewhere_stops_the_start(check):
    class Astray(CentreOwned):
        centre = models.ForeignKey(User, models.PROTECT, related_name="+")

        class Meta:
            app_label = "mrc"

    assert check() == [("mrc.E003", "mrc.Astray.centre_path does not lead to mrc.Centre.")]


def test_a_manager_without_a_scope_stops_the_start(check):
    class Open(CentreOwned):
        centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
        objects = models.Manager()

        class Meta:
            app_label = "mrc"

    class SecondManager(CentreOwned):
        centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
        objects = centre_manager()
        unscoped = models.Manager()

        class Meta:
            app_label = "mrc"

    assert [problem for problem, _message in check()] == ["mrc.E004", "mrc.E004"]
