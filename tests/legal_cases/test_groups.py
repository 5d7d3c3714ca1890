"""Group complaints: shared answers typed once, a record of its own for each complainant, closed together."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from legal_cases.models import CaseEvent, GroupComplaint, LegalCase
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card, make_case
from tests.legal_cases.pages import CLOSING, GROUP, answers_of, errors

NEW = "/cases/groups/new/"


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


@pytest.fixture
def desk(sign_in, legal_officer):
    return sign_in(legal_officer)


@pytest.fixture
def group(desk, in_a):
    assert desk.post(NEW, GROUP).status_code == 302
    return GroupComplaint.objects.get()


# --- opening -----------------------------------------------------------------------------------------------------


def test_each_complainant_gets_a_record_with_the_shared_answers(desk, in_a):
    cards = [make_card(in_a, gender="man", nationality="MM", sector="retail"), make_card(in_a, gender="other")]
    typed = GROUP | {
        "others": "1",
        "cards": "\n".join(card.reference.lower() for card in cards),
        "nationality": "",
        "sector": "unknown",
        "employer": "Garment Factory",
        "requested_amount": "100",
        "requested_currency": "USD",
    }
    page = desk.post(NEW, typed)
    group = GroupComplaint.objects.get()
    assert page.headers["Location"] == group.get_absolute_url()
    assert (group.title, group.opened_on) == ("Unpaid wages, garment factory", date(2026, 6, 1))
    cases = list(group.cases.order_by("pk"))
    assert [case.reference for case in cases] == [f"PNH-L2026-{number:04}" for number in range(1, 7)]
    assert [case.gender for case in cases] == ["woman", "woman", "man", "other", "man", "other"]
    assert [case.client for case in cases] == [None] * 4 + cards
    assert [case.nationality for case in cases] == [""] * 4 + ["MM", ""]
    assert [case.sector for case in cases] == ["unknown"] * 4 + ["retail", "unknown"]
    assert {case.employer.name for case in cases} == {"Garment Factory"}
    assert {case.requested_amount for case in cases} == {Decimal(100)}
    assert all({subject.code for subject in case.subjects.all()} == set(GROUP["subjects"]) for case in cases)
    assert CaseEvent.objects.filter(kind="opened", case__group=group).count() == 6
    assert AuditEvent.objects.filter(action="create", record__in=[case.uid for case in cases]).count() == 12


def test_what_is_typed_wins_over_the_card_but_not_the_gender(desk, in_a):
    card = make_card(in_a, gender="man", nationality="MM", sector="retail")
    desk.post(NEW, GROUP | {"women": "", "men": "", "cards": card.reference})
    case = LegalCase.objects.get()
    assert (case.gender, case.nationality, case.sector) == ("man", "KH", "fishing")


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"title": ""}, "title", "required"),
        ({"women": "", "men": ""}, "women", "Write how many complainants"),
        ({"women": "0", "men": "0"}, "women", "Write how many complainants"),
        ({"women": "-1"}, "women", "greater than or equal to 0"),
        ({"women": "1e400"}, "women", "whole number"),
        ({"men": "501"}, "men", "less than or equal to 500"),
        ({"women": "300", "men": "300"}, "women", "At most 500"),
        ({"cards": "PNH-2026-99999"}, "cards", "There is no client card PNH-2026-99999"),
        ({"subjects": []}, "subjects", "Choose at least one subject"),
        ({"opened_on": "31/02/2026"}, "opened_on", "There is no day 31"),
    ],
)
def test_what_cannot_be_saved_is_named_and_nothing_is_saved_by_half(desk, in_a, typed, field, says):
    page = desk.post(NEW, GROUP | {"description": "Keep me", **typed})
    assert errors(page) == {field}
    assert says in str(page.context["form"].errors[field])
    assert "Keep me" in page.content.decode()
    assert not GroupComplaint.objects.exists()
    assert not LegalCase.objects.exists()


def test_many_cases_are_opened_only_when_their_number_is_confirmed(desk, in_a):
    typed = GROUP | {"women": "60", "men": "40"}
    page = desk.post(NEW, typed)
    assert errors(page) == {"__all__"}
    assert "This opens 100 cases (60 × Woman, 40 × Man). If that is right, save again." in page.content.decode()
    assert not LegalCase.objects.exists()
    confirmed = typed | {"confirmed": page.context["form"]["confirmed"].value()}
    assert errors(desk.post(NEW, confirmed | {"women": "61"})) == {"__all__"}
    with CaptureQueriesContext(
        connection,
    ) as hundred:
        assert desk.post(NEW, confirmed).status_code == 302
    assert LegalCase.objects.filter(gender="woman").count() == 60
    assert len(hundred) < 60


def test_the_same_page_sent_twice_opens_the_cases_once(desk, in_a):
    typed = GROUP | {"submission": str(desk.get(NEW).context["submission"])}
    assert [desk.post(NEW, typed).status_code for _time in range(2)] == [302, 302]
    assert LegalCase.objects.count() == 3


def test_a_title_is_used_once_in_a_centre(desk, group):
    page = desk.post(NEW, GROUP | {"title": " unpaid WAGES,  garment factory"})
    assert errors(page) == {"title"}
    assert "There is already a group complaint of this title" in page.content.decode()


def test_a_card_of_another_centre_is_refused_like_one_that_does_not_exist(desk, in_a, centre_b):
    with centre_scope([centre_b]):
        foreign = make_card(centre_b)
    pages = [desk.post(NEW, GROUP | {"cards": reference}) for reference in (foreign.reference, "CNX-0")]
    sentences = [page.context["form"].errors["cards"][0] for page in pages]
    assert sentences[0].replace(foreign.reference, "CNX-0") == sentences[1]


# --- more complainants, and editing ------------------------------------------------------------------------------


def test_complainants_are_added_later_with_the_answers_of_the_first(desk, group, in_a):
    url = f"{group.get_absolute_url()}complainants/"
    answers = answers_of(desk.get(url))
    assert {name: answers[name] for name in ("nationality", "sector", "subjects", "opened_on")} == {
        "nationality": "Cambodia",
        "sector": "fishing",
        "subjects": GROUP["subjects"],
        "opened_on": "01/06/2026",
    }
    card = make_card(in_a)
    assert desk.post(url, answers | {"cards": card.reference, "legal_status": "regular"}).status_code == 302
    added = LegalCase.objects.order_by("pk").last()
    assert (added.group, added.client, added.reference, added.legal_status) == (
        group,
        card,
        "PNH-L2026-0004",
        "regular",
    )
    page = desk.post(url, answers | {"submission": "", "cards": card.reference})
    assert errors(page) == {"cards"}
    assert "already a complainant of this group" in page.content.decode()


def test_the_group_shows_its_cases_with_their_state(desk, group):
    first = group.cases.order_by("pk").first()
    first.closed_on, first.duration_months, first.resolution, first.sanction = date(2026, 8, 1), 2, "court", "fine"
    first.save()
    page = desk.get(group.get_absolute_url()).content.decode()
    assert all(case.reference in page for case in group.cases.all())
    assert "3 complainants, 2 open" in page
    assert page.count('status-closed">Closed') == 1
    row = desk.get("/cases/groups/").content.decode()
    assert '<td class="num">3</td><td class="num">2</td>' in row.replace("\n", "")


def test_a_group_is_edited_and_found_by_its_new_title(desk, group):
    url = f"{group.get_absolute_url()}edit/"
    answers = answers_of(desk.get(url))
    assert desk.post(url, answers | {"title": "Closed factory"}).status_code == 302
    assert errors(desk.post(NEW, GROUP | {"title": "closed FACTORY"})) == {"title"}
    assert desk.post(NEW, GROUP).status_code == 302
    page = desk.post(url, answers | {"title": GROUP["title"], "version": 2})
    assert errors(page) == {"title"}


def test_a_record_of_the_group_can_differ(desk, group):
    case = group.cases.order_by("pk").first()
    url = f"{case.get_absolute_url()}edit/"
    answers = answers_of(desk.get(url))
    assert answers["group"] == group.title
    desk.post(url, answers | {"legal_status": "regular", "group": ""})
    case.refresh_from_db()
    assert (case.legal_status, case.group) == ("regular", None)
    assert {other.legal_status for other in group.cases.all()} == {"irregular"}


# --- closing together --------------------------------------------------------------------------------------------


def close(group):
    return f"{group.get_absolute_url()}close/"


def test_chosen_cases_are_closed_together_and_the_others_stay_open(desk, group, legal_officer):
    first, second, third = group.cases.order_by("pk")
    third.opened_on, third.remarks = date(2026, 8, 1), "Her own"
    third.save()
    typed = CLOSING | {"cases": [first.uid, third.uid], "awarded_amount": "50", "awarded_currency": "USD"}
    assert desk.post(close(group), typed).status_code == 302
    first, second, third = group.cases.order_by("pk")
    assert [case.is_closed for case in (first, second, third)] == [True, False, True]
    assert [first.duration_months, third.duration_months] == [2, 0]
    assert (third.remarks, third.awarded_amount) == ("Her own", Decimal(50))
    assert [remedy.code for remedy in third.remedies.all()] == ["compensation"]
    assert third.events.first().kind == "closed"
    assert third.events.first().recorded_by == legal_officer
    assert AuditEvent.objects.filter(record=third.uid, action="change", actor=legal_officer).exists()
    url = f"{third.get_absolute_url()}close/"
    desk.post(url, answers_of(desk.get(url)) | {"remedies": ["none"], "awarded_amount": "", "awarded_currency": ""})
    assert [remedy.code for remedy in third.remedies.all()] == ["none"]
    assert [remedy.code for remedy in first.remedies.all()] == ["compensation"]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"cases": []}, "cases", "Choose at least one case"),
        ({"cases": ["x"]}, "cases", "closed meanwhile, or is not of this group"),
        ({"remedies": ["none", "unknown"]}, "remedies", "excludes every other remedy"),
        ({"closed_on": "31/05/2026"}, "closed_on", "PNH-L2026-0001: The case cannot be closed before it was opened"),
        ({"awarded_amount": "1"}, "awarded_currency", "Write the currency"),
        ({"resolution": "dropped"}, "dropped_reason", "Write why"),
    ],
)
def test_cases_are_not_closed_together_without_the_answers(desk, group, typed, field, says):
    chosen = [case.uid for case in group.cases.all()]
    page = desk.post(close(group), CLOSING | {"cases": chosen, "remarks": "Keep me", **typed})
    assert errors(page) == {field}
    assert says in str(page.context["form"].errors[field])
    assert "Keep me" in page.content.decode()
    assert not LegalCase.objects.closed().exists()


def test_the_duration_is_asked_for_if_one_opening_day_is_not_known(desk, group):
    first, second, _third = group.cases.order_by("pk")
    assert "duration_months" not in desk.get(close(group)).context["form"].fields
    second.opened_on = None
    second.save()
    typed = CLOSING | {"cases": [first.uid, second.uid]}
    assert errors(desk.post(close(group), typed)) == {"duration_months"}
    assert desk.post(close(group), typed | {"duration_months": "9"}).status_code == 302
    assert list(LegalCase.objects.closed().order_by("pk").values_list("duration_months", flat=True)) == [2, 9]


def test_a_case_closed_meanwhile_is_named_and_nothing_is_closed(desk, group):
    first, second, _third = group.cases.order_by("pk")
    desk.post(f"{first.get_absolute_url()}close/", CLOSING | {"version": 1})
    page = desk.post(close(group), CLOSING | {"cases": [first.uid, second.uid], "resolution": "court"})
    assert errors(page) == {"cases"}
    assert LegalCase.objects.closed().get() == first


def test_a_case_of_another_group_or_centre_is_not_closed(desk, group, in_a, centre_b):
    with centre_scope([centre_b]):
        foreign = make_case(centre_b)
    for other in (make_case(in_a), foreign):
        assert errors(desk.post(close(group), CLOSING | {"cases": [other.uid]})) == {"cases"}


def test_a_group_of_another_centre_is_not_found(sign_in, group, coordinator_b, staff):
    for page in ("", "edit/", "complainants/", "close/"):
        assert sign_in(coordinator_b).get(f"{group.get_absolute_url()}{page}").status_code == 404
        assert sign_in(staff).get(f"{group.get_absolute_url()}{page}").status_code == 403
    assert group.title not in sign_in(coordinator_b).get("/cases/groups/").content.decode()
    assert sign_in(staff).get("/cases/groups/").status_code == 403
    assert sign_in(staff).post(NEW, GROUP).status_code == 403


def test_closing_a_hundred_costs_few_queries(desk, group, in_a):
    for _number in range(97):
        make_case(in_a, group=group)
    typed = CLOSING | {"cases": [case.uid for case in group.cases.all()]}
    with CaptureQueriesContext(connection) as queries:
        assert desk.post(close(group), typed).status_code == 302
    assert LegalCase.objects.closed().count() == 100
    assert len(queries) < 60
