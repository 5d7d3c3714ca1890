"""Access by construction: what happens to code that forgets the scope."""

import pytest
from django_scopes.exceptions import ScopeError

from clients.models import ClientCard, Identity, ServiceReceived
from mrc import audit
from mrc.access import OutsideScope, centre_scope
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
    entry = audit.AuditEvent.objects.first()
    for attempt in (entry.save, entry.delete, audit.AuditEvent.objects.all().delete):
        with pytest.raises(audit.AppendOnly):
            attempt()
