"""Opening, reading and editing a legal assistance record (Annex 2)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from legal_cases import services
from legal_cases.models import LegalCase, Party
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card, make_case, make_closed_case
from tests.legal_cases.pages import COMPLAINT, NEW, answers_of, errors


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


@pytest.fixture
def desk(sign_in, legal_officer):
    return sign_in(legal_officer)


# --- opening -----------------------------------------------------------------------------------------------------


def test_a_case_is_opened_with_everything_that_is_typed(desk, legal_officer, in_a):
    page = desk.post(
        NEW,
        COMPLAINT
        | {
            "source": "other",
            "source_other": "A journalist",
            "subjects": ["forced_labour", "other"],
            "subjects_other": "Threats",
            "employer": "Sea Star  Co., Ltd.",
            "agency": "ปลาทอง จำกัด",
            "requested_amount": "1,035,557.50",
            "requested_currency": "thb",
            "remarks": "First line\r\nsecond line",
        },
    )
    case = LegalCase.objects.get()
    assert page.headers["Location"] == case.get_absolute_url()
    assert case.reference == "PNH-L2026-0001"
    assert (case.nationality, case.destination_country) == ("KH", "TH")
    assert (case.employer.name, case.agency.name) == ("Sea Star  Co., Ltd.", "ปลาทอง จำกัด")
    assert (case.requested_amount, case.requested_currency) == (Decimal("1035557.50"), "THB")
    assert case.remarks == "First line\nsecond line"
    assert {subject.code for subject in case.subjects.all()} == {"forced_labour", "other"}
    (event,) = case.events.all()
    assert (event.kind, event.happened_on, event.recorded_by) == ("opened", date(2026, 6, 1), legal_officer)


def test_the_record_is_shown_in_the_order_of_the_paper_form(desk, in_a):
    case = make_closed_case(
        in_a,
        requested_amount=Decimal("1035557.5"),
        requested_currency="THB",
        resolution="dropped",
        dropped_reason="She went home",
        remedies=["none"],
    )
    page = desk.get(case.get_absolute_url()).content.decode()
    parts = [
        "1. Personal", "2. Source", "3. Subject", "4. Duration", "5. Case resolved", "6. Remedy",
        "THB 1,035,557.50", "8. Total", "not recorded", "9. Sanction", "10. Remarks", "History of the case",
    ]  # fmt: skip
    places = [page.index(part, page.index("7. Total") if "THB" in part or "8." in part else 0) for part in parts[:8]]
    assert places == sorted(places)
    assert all(part in page for part in parts)
    assert "She went home" in page


def test_an_unknown_amount_is_not_shown_as_zero(desk, in_a):
    page = desk.get(make_case(in_a).get_absolute_url()).content.decode()
    assert page.count("not recorded") >= 2
    assert "0.00" not in page
    zero = make_case(in_a, requested_amount=0, requested_currency="USD")
    assert "USD 0.00" in desk.get(zero.get_absolute_url()).content.decode()


def test_the_opening_day_is_today_unless_it_is_emptied(desk, in_a):
    offered = answers_of(desk.get(NEW))
    assert (offered["opened_on"], offered["sector"], offered["legal_status"]) == ("10/09/2026", "unknown", "unknown")
    assert desk.post(NEW, COMPLAINT | {"opened_on": ""}).status_code == 302
    case = LegalCase.objects.get()
    assert case.opened_on is None
    assert case.reference == "PNH-L2026-0001"
    assert "not recorded" in desk.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"gender": ""}, "gender", "Choose one of these"),
        ({"subjects": []}, "subjects", "Choose at least one subject"),
        ({"subjects": ["other"]}, "subjects_other", "Write which other subject"),
        ({"subjects_other": "Threats"}, "subjects_other", "Choose “Other” among the subjects"),
        ({"source": "other"}, "source_other", "Write which other source"),
        ({"source_other": "A journalist"}, "source_other", "Choose “Other” as the source"),
        ({"requested_amount": "100"}, "requested_currency", "for example KHR"),
        ({"requested_currency": "THB"}, "requested_amount", "Write the amount"),
        ({"requested_amount": "43,0818", "requested_currency": "THB"}, "requested_amount", "in one way only"),
        ({"opened_on": "11/09/2026"}, "opened_on", "in the future"),
        ({"client": "PNH-2026-99999"}, "client", "There is no client card PNH-2026-99999 in this centre"),
        ({"group": "No such group"}, "group", "There is no group complaint of this title"),
    ],
)
def test_what_cannot_be_saved_is_named_and_nothing_typed_is_lost(desk, in_a, typed, field, says):
    page = desk.post(NEW, COMPLAINT | {"remarks": "Keep me", **typed})
    assert errors(page) == {field}
    assert says in str(page.context["form"].errors[field])
    assert "Keep me" in page.content.decode()
    assert not LegalCase.objects.exists()
    assert not Party.objects.exists()


def test_the_same_page_sent_twice_makes_one_case(desk, in_a):
    answers = COMPLAINT | {"submission": str(desk.get(NEW).context["submission"])}
    first, second = desk.post(NEW, answers), desk.post(NEW, answers)
    assert first.headers["Location"] == second.headers["Location"]
    assert LegalCase.objects.count() == 1


# --- the client card ---------------------------------------------------------------------------------------------


def test_a_case_opened_from_a_card_has_its_profile_and_is_linked(desk, in_a):
    card = make_card(in_a, name="Chan Dara", nationality="MM", destination_country="TH", sector="seafood")
    page = desk.get(NEW, {"card": card.uid})
    answers = answers_of(page)
    assert "Chan Dara" not in page.content.decode()
    profile = ("client", "gender", "nationality", "destination_country", "sector")
    assert [answers[name] for name in profile] == [
        card.reference, "woman", "Myanmar (Burma)", "Thailand", "seafood",
    ]  # fmt: skip
    assert desk.post(f"{NEW}?card={card.uid}", answers | {"subjects": ["termination"]}).status_code == 302
    case = LegalCase.objects.get()
    assert (case.client, case.nationality) == (card, "MM")
    assert card.reference in desk.get(case.get_absolute_url()).content.decode()


def test_a_card_is_linked_by_its_number_in_any_case(desk, in_a):
    card = make_card(in_a)
    desk.post(NEW, COMPLAINT | {"client": card.reference.lower()})
    assert LegalCase.objects.get().client == card


def test_a_card_of_another_centre_is_refused_like_one_that_does_not_exist(desk, in_a, centre_b):
    with centre_scope([centre_b]):
        foreign = make_card(centre_b)
    assert desk.get(NEW, {"card": foreign.uid}).status_code == 404
    assert desk.get(NEW, {"card": "x"}).status_code == 404
    refusals = [desk.post(NEW, COMPLAINT | {"client": reference}) for reference in (foreign.reference, "CNX-0")]
    sentences = [page.context["form"].errors["client"][0] for page in refusals]
    assert sentences[0].replace(foreign.reference, "CNX-0") == sentences[1]


# --- several centres ---------------------------------------------------------------------------------------------


def test_somebody_with_two_centres_chooses_one_and_links_only_its_cards(
    sign_in, two_centre_coordinator, centre_a, centre_b
):
    desk = sign_in(two_centre_coordinator)
    with centre_scope([centre_a]):
        card = make_card(centre_a)
    assert errors(desk.post(NEW, COMPLAINT)) == {"centre"}
    assert errors(desk.post(NEW, COMPLAINT | {"centre": centre_b.pk, "client": card.reference})) == {"client"}
    assert desk.post(NEW, COMPLAINT | {"centre": centre_a.pk, "client": card.reference}).status_code == 302
    with centre_scope([centre_a]):
        assert LegalCase.objects.get().client == card


def test_a_centre_of_somebody_else_cannot_be_chosen(sign_in, two_centre_coordinator, centre_a, centre_b):
    two_centre_coordinator.centres.set([centre_a])
    desk = sign_in(two_centre_coordinator)
    assert desk.post(NEW, COMPLAINT | {"centre": centre_b.pk}).status_code == 302
    with centre_scope([centre_a, centre_b]):
        assert LegalCase.objects.get().centre == centre_a


# --- parties -----------------------------------------------------------------------------------------------------


def test_an_employer_is_found_again_however_it_is_typed_and_offered(desk, in_a):
    desk.post(NEW, COMPLAINT | {"employer": "Sea Star Co."})
    desk.post(NEW, COMPLAINT | {"employer": "  SEA   STAR co. ", "agency": "Sea Star Co."})
    first, second = LegalCase.objects.order_by("pk")
    assert first.employer == second.employer
    assert {party.kind for party in Party.objects.all()} == {"employer", "agency"}
    page = desk.get(NEW).content.decode()
    offered = page.split('<datalist id="employers">')[1].split("</datalist>")[0]
    assert offered.count("option value") == 1
    assert "Sea Star Co." in offered
    assert 'list="employers"' in page


def test_the_currency_of_the_centre_is_offered_first(desk, in_a):
    assert '<datalist id="currencies"><option value="KHR">' in desk.get(NEW).content.decode()


def test_an_employer_of_another_centre_is_neither_offered_nor_shared(desk, in_a, centre_b):
    with centre_scope([centre_b]):
        services.find_or_create_party(centre=centre_b, kind="employer", name="Hidden Factory")
    assert "Hidden Factory" not in desk.get(NEW).content.decode()
    desk.post(NEW, COMPLAINT | {"employer": "Hidden Factory"})
    assert LegalCase.objects.get().employer.centre == in_a


# --- editing -----------------------------------------------------------------------------------------------------


@pytest.fixture
def case(desk, in_a):
    desk.post(NEW, COMPLAINT | {"employer": "Sea Star Co.", "requested_amount": "100", "requested_currency": "USD"})
    return LegalCase.objects.get()


def edit(case):
    return f"{case.get_absolute_url()}edit/"


def test_the_page_holds_what_is_stored_and_saving_it_changes_nothing(desk, case):
    before = LegalCase.objects.values().get(), list(case.subjects.values()), list(case.events.values())
    assert desk.post(edit(case), answers_of(desk.get(edit(case)))).status_code == 302
    after = LegalCase.objects.values().get(), list(case.subjects.values()), list(case.events.values())
    assert after[0].pop("version") == before[0].pop("version") + 1
    assert before == after


def test_subjects_are_changed_and_the_audit_says_so(desk, legal_officer, case):
    answers = answers_of(desk.get(edit(case)))
    desk.post(edit(case), answers | {"subjects": ["no_rest_day", "termination"], "employer": "", "sector": "retail"})
    case.refresh_from_db()
    assert {subject.code for subject in case.subjects.all()} == {"no_rest_day", "termination"}
    assert case.employer is None
    changes = AuditEvent.objects.filter(record=case.uid, action="change", actor=legal_officer).order_by("pk")
    assert [entry.detail["fields"] for entry in changes] == [["employer", "sector", "version"], ["subjects"]]


def test_two_people_editing_are_shown_both_versions_with_their_subjects(desk, sign_in, coordinator, case):
    mine, theirs = answers_of(desk.get(edit(case))), answers_of(desk.get(edit(case)))
    sign_in(coordinator).post(edit(case), theirs | {"subjects": ["termination"]})
    page = desk.post(edit(case), mine | {"remarks": "Mine", "subjects": ["forced_labour"]})
    assert page.status_code == 409
    shown = {label: (stored, typed) for label, stored, typed in page.context["differences"]}
    assert shown["Subject of the complaint"] == ("Termination of employment", "Forced labour")
    assert shown["Remarks"] == ("", "Mine")
    assert set(shown) == {"Subject of the complaint", "Remarks"}
    again = mine | {"remarks": "Mine", "subjects": ["forced_labour"], "version": page.context["version"]}
    assert desk.post(edit(case), again).status_code == 302
    case.refresh_from_db()
    assert case.remarks == "Mine"
    assert [subject.code for subject in case.subjects.all()] == ["forced_labour"]


def test_the_opening_day_can_be_corrected_and_the_history_follows(desk, case):
    answers = answers_of(desk.get(edit(case)))
    desk.post(edit(case), answers | {"opened_on": "15/05/2026"})
    assert [event.happened_on for event in case.events.all()] == [date(2026, 5, 15)]
    answers = answers_of(desk.get(edit(case)))
    answers.pop("opened_on")
    desk.post(edit(case), answers)
    assert not case.events.exists()


def test_the_duration_of_a_closed_case_follows_its_opening_day(desk, in_a):
    case = make_closed_case(in_a, opened_on=date(2026, 6, 1), closed_on=date(2026, 8, 15))
    answers = answers_of(desk.get(edit(case)))
    assert desk.post(edit(case), answers | {"opened_on": "16/06/2026"}).status_code == 302
    case.refresh_from_db()
    assert case.duration_months == 1
    page = desk.post(edit(case), answers_of(desk.get(edit(case))) | {"opened_on": "16/08/2026"})
    assert errors(page) == {"opened_on"}
    assert "The case was closed on 15/08/2026" in page.content.decode()


# --- who may -----------------------------------------------------------------------------------------------------


def test_legal_officers_and_coordinators_see_the_case_and_no_one_else(
    sign_in, case, legal_officer, coordinator, staff, programme_officer, coordinator_b, stranger
):
    url = case.get_absolute_url()
    for user in (legal_officer, coordinator):
        assert [sign_in(user).get(page).status_code for page in (url, edit(case), NEW)] == [200] * 3
    for user in (staff, programme_officer):
        assert [sign_in(user).get(page).status_code for page in (url, edit(case), NEW, "/cases/")] == [403] * 4
    for user in (coordinator_b, stranger):
        assert [sign_in(user).get(page).status_code for page in (url, edit(case))] == [404] * 2


def test_coordinators_see_who_changed_the_record(sign_in, desk, coordinator, case):
    answers = answers_of(desk.get(edit(case)))
    desk.post(edit(case), answers | {"sector": "retail"})
    page = sign_in(coordinator).get(case.get_absolute_url()).content.decode()
    assert "Changed: legal case (Sector of work)" in page
    assert "Who entered and changed this record" not in desk.get(case.get_absolute_url()).content.decode()
