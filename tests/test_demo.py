"""The demo: made once, the same for the same seed, with every state and answer, and never beside real records."""

import datetime
from collections import Counter
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction

from clients.models import ClientCard, Consent, Erasure, Identity, ServiceReceived
from harvesting.models import SampleDraw
from legal_cases.models import (
    CaseEvent,
    CaseRemedy,
    CaseSubject,
    ComplaintSource,
    ComplaintSubject,
    GroupComplaint,
    LegalCase,
    Remedy,
    Resolution,
    Sanction,
)
from legal_cases.rules import check
from mrc import audit, dates
from mrc.access import ROLES, every_centre
from mrc.demo.cast import CODES, PASSWORD, sign_ins
from mrc.models import Centre, Organization, ReferenceCounter, User


class Undone(Exception):
    """Takes a demo back."""


def demo(*arguments):
    output = StringIO()
    call_command("demo", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def region(db):
    """The default demo, seen whole."""
    demo()
    with every_centre("the test looks at the whole demo"), audit.identities_opened():
        yield


def facts():
    """What is counted and who is named, without what is random by nature (identifiers, times, cipher texts)."""
    with every_centre("the test compares two demos"), audit.identities_opened():
        return (
            list(
                ClientCard.objects.order_by("reference").values_list("reference", "registered_on", "gender", "sector")
            ),
            list(Identity.objects.order_by("card__reference").values_list("name", "telephone", "date_of_birth")),
            list(ServiceReceived.objects.order_by("pk").values_list("card__reference", "category", "received_on")),
            list(LegalCase.objects.order_by("reference").values_list("reference", "closed_on", "awarded_amount")),
            list(CaseEvent.objects.order_by("pk").values_list("case__reference", "kind", "happened_on", "next_due")),
        )


def test_people_of_every_role_can_sign_in_with_what_is_printed(db, settings):
    printed = demo("--cards", "7")
    assert {person.role for person in sign_ins()} == set(ROLES)
    for person in sign_ins():
        [line] = [line for line in printed.splitlines() if line.startswith(person.email + " ")]
        assert PASSWORD in line and str(ROLES[person.role]) in line and all(code in line for code in person.centres)
        user = authenticate(username=person.email, password=PASSWORD)
        assert user.role_names == {person.role}
        assert {centre.code for centre in user.active_centres} == set(person.centres)
    assert any(user.centres.count() == 2 for user in User.objects.filter(groups__name="coordinator"))
    assert User.objects.get(groups__name="administrator").is_staff


def test_it_looks_like_a_region(region):
    assert Organization.objects.count() >= 3 and len(set(Organization.objects.values_list("kind", flat=True))) >= 3
    assert {"KH", "LA", "MM", "TH", "VN", "MY"} <= set(Centre.objects.values_list("country", flat=True))
    assert set(Centre.objects.filter(country="TH").values_list("calendar", flat=True)) == {"buddhist"}
    assert ClientCard.objects.count() == 400
    assert 100 <= LegalCase.objects.count() <= 150
    names = "".join(identity.name for identity in Identity.objects.all())
    for first, last in ("ក៿", "ກໝ", "က၏", "กู", "अह", "অহ", "ạỹ", "AZ"):
        assert any(first <= sign <= last for sign in names), f"no name in the script {first}..{last}"


def test_every_organization_has_an_agreement_with_reports_to_write(region):
    today = dates.today()
    for organization in Organization.objects.all():
        (agreement,) = organization.agreements.all()
        assert set(agreement.centres.all()) == set(organization.centres.all())
        assert agreement.is_running(today) and agreement.currency
        assert agreement.periods.filter(ends_on__lt=today).count() in (2, 4)
        assert agreement.periods.filter(due_on__gte=today).exists()
    draws = SampleDraw.objects.filter(centre__organization__name="Saphan Foundation")
    assert {draw.size for draw in draws} == {6}


def test_the_services_reach_over_several_quarters_up_to_now(region):
    days = ServiceReceived.objects.values_list("received_on", flat=True)
    quarters = {dates.quarter_of(day).start for day in days}
    assert len(quarters) >= 6 and max(days) <= dates.today()
    assert dates.today() - max(days) < datetime.timedelta(days=15)
    assert 2 <= ServiceReceived.objects.count() / ClientCard.objects.count() <= 4


def test_every_answer_and_state_of_a_case_occurs(region):
    assert set(CaseSubject.objects.values_list("code", flat=True)) == set(ComplaintSubject.values)
    assert set(CaseRemedy.objects.values_list("code", flat=True)) == set(Remedy.values)
    cases = LegalCase.objects.all()
    assert {case.resolution for case in cases} == {"", *Resolution.values}
    assert {case.sanction for case in cases} == {"", *Sanction.values}
    assert {case.source for case in cases} == set(ComplaintSource.values)
    assert len({case.awarded_currency for case in cases} - {""}) >= 5
    assert any(case.is_closed and case.requested_amount is None for case in cases)
    assert any(case.is_closed and case.opened_on is None for case in cases)
    assert any(case.client_id is None for case in cases)
    reopened = CaseEvent.objects.filter(kind=CaseEvent.Kind.REOPENED)
    assert reopened.filter(case__closed_on=None).exists() and reopened.exclude(case__closed_on=None).exists()
    overdue = CaseEvent.objects.filter(case__closed_on=None, next_due__lt=dates.today())
    assert overdue.exists()


def test_every_case_keeps_the_rules(region):
    for case in LegalCase.objects.prefetch_related("subjects", "remedies"):
        subjects, remedies = ([answer.code for answer in answers.all()] for answers in (case.subjects, case.remedies))
        check(case, subjects=subjects, remedies=remedies)


def test_a_group_of_about_thirty_ends_differently_for_its_people(region):
    sizes = {group: list(group.cases.all()) for group in GroupComplaint.objects.all()}
    assert len(sizes) >= 3
    largest = max(sizes.values(), key=len)
    assert 25 <= len(largest) <= 35
    assert len({case.resolution for case in largest}) >= 3


def test_without_consent_there_is_a_pseudonym_and_no_contact(region):
    consented = set(Consent.objects.filter(purpose="keep_data", withdrawn_on=None).values_list("card", flat=True))
    without = [card for card in ClientCard.objects.filter(erasures=None) if card.pk not in consented]
    assert len(without) > 10
    for card in without:
        assert card.is_pseudonym
        identity = card.identity
        assert not any((identity.address, identity.telephone, identity.email, identity.emergency_telephone))


def test_in_each_centre_the_identity_of_one_person_whose_case_is_over_was_erased(region):
    erasures = Erasure.objects.select_related("card__centre")
    assert Counter(erasure.card.centre.code for erasure in erasures) == dict.fromkeys(CODES, 1)
    for erasure in erasures:
        assert not Identity.objects.filter(card=erasure.card).exists()
        assert not Consent.objects.filter(card=erasure.card, withdrawn_on=None).exists()
        assert erasure.card.legal_cases.filter(closed_on__isnull=False).exists()
        assert not any(case.remarks for case in erasure.card.legal_cases.all())


def test_the_counters_go_on_after_the_last_number(region):
    for counter in ReferenceCounter.objects.select_related("centre"):
        model = LegalCase if counter.series.startswith("L") else ClientCard
        given = model.objects.filter(reference__startswith=f"{counter.centre.code}-{counter.series}-")
        assert given.count() == counter.last


def test_a_second_run_changes_nothing_and_prints_the_sign_ins_again(region):
    before, entries = facts(), audit.AuditEvent.objects.count()
    printed = demo("--cards", "50", "--seed", "other")
    assert "already here" in printed and "coordinator.pnh@demo.example" in printed
    assert facts() == before and audit.AuditEvent.objects.count() == entries


@pytest.mark.parametrize("seed, is_same", [("1", True), ("2", False)])
def test_the_same_seed_makes_the_same_data(db, seed, is_same):
    def made(*arguments):
        with pytest.raises(Undone), transaction.atomic():
            demo("--cards", "60", *arguments)
            found.append(facts())
            raise Undone

    found = []
    made("--seed", "1")
    made("--seed", seed)
    assert (found[0] == found[1]) is is_same


def test_it_is_refused_beside_a_real_centre(centre_a):
    with pytest.raises(CommandError, match="Set DATABASE_URL to an empty database"):
        demo()
    assert list(Centre.objects.all()) == [centre_a] and not User.objects.exists()


def test_it_is_refused_beside_a_real_user(stranger):
    with pytest.raises(CommandError):
        demo()
    assert not Centre.objects.exists()


def test_a_demo_that_fails_leaves_nothing(db, monkeypatch):
    monkeypatch.setattr("mrc.demo.cases.open_cases", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo("--cards", "20")
    assert not (Centre.objects.exists() or User.objects.exists() or Organization.objects.exists())


@pytest.mark.parametrize("cards", ["0", "-1", "many", "1.5", "2000001"])
def test_a_number_of_cards_that_makes_no_sense_is_refused(db, cards):
    with pytest.raises(CommandError, match="whole number from 1 to 2000000"):
        demo("--cards", cards)
    assert not Centre.objects.exists()


@pytest.mark.parametrize("cards", [1, 13, 250])
def test_exactly_as_many_cards_as_asked_for(db, cards):
    demo("--cards", str(cards))
    with every_centre("the test counts the whole demo"):
        assert ClientCard.objects.count() == cards
        counted = Counter(ServiceReceived.objects.values_list("card", flat=True))
        assert len(counted) == cards
