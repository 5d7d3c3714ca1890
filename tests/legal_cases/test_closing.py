"""Closing a case, correcting its closing, reopening it, and the steps of its history."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from legal_cases.models import CaseEvent, LegalCase
from tests.factories import make_case, make_closed_case
from tests.legal_cases.pages import CLOSING, answers_of, errors


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


@pytest.fixture
def desk(sign_in, legal_officer):
    return sign_in(legal_officer)


@pytest.fixture
def case(in_a):
    return make_case(in_a, opened_on=date(2026, 6, 16))


def close(case):
    return f"{case.get_absolute_url()}close/"


def kinds(case):
    return [event.kind for event in case.events.all()]


# --- closing -----------------------------------------------------------------------------------------------------


def test_a_case_is_closed_and_its_duration_computed(desk, case):
    typed = CLOSING | {
        "version": 1,
        "remedies": ["compensation", "other"],
        "remedies_other": "An apology",
        "awarded_amount": "5,000",
        "awarded_currency": "THB",
        "remarks": "Paid in cash",
    }
    assert desk.post(close(case), typed).headers["Location"] == case.get_absolute_url()
    case.refresh_from_db()
    assert (case.closed_on, case.duration_months, case.resolution) == (date(2026, 8, 15), 1, "informal")
    assert (case.awarded_amount, case.awarded_currency) == (Decimal("5000.00"), "THB")
    assert {remedy.code for remedy in case.remedies.all()} == {"compensation", "other"}
    assert kinds(case) == ["closed"]
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "Other: An apology" in page
    assert "THB 5,000.00" in page


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"closed_on": ""}, "closed_on", "Write the day on which the case was closed"),
        ({"closed_on": "15/06/2026"}, "closed_on", "before it was opened, on 16/06/2026"),
        ({"closed_on": "11/09/2026"}, "closed_on", "in the future"),
        ({"resolution": ""}, "resolution", "Choose how the case was resolved"),
        ({"resolution": "dropped"}, "dropped_reason", "Write why the case was dropped"),
        ({"dropped_reason": "Went home"}, "dropped_reason", "Choose “Case dropped”"),
        ({"remedies": []}, "remedies", "Choose at least one remedy"),
        ({"remedies": ["none", "compensation"]}, "remedies", "“None” excludes every other remedy"),
        ({"remedies": ["unknown", "none"]}, "remedies", "excludes every other remedy"),
        ({"remedies": ["other"]}, "remedies_other", "Write which other remedy"),
        ({"remedies_other": "An apology"}, "remedies_other", "Choose “Other” among the remedies"),
        ({"sanction": ""}, "sanction", "Choose the sanction"),
        ({"awarded_amount": "5"}, "awarded_currency", "Write the currency"),
        ({"awarded_currency": "THB"}, "awarded_amount", "Write the amount"),
        ({"awarded_amount": "1.60 crore", "awarded_currency": "INR"}, "awarded_amount", "in one way only"),
    ],
)
def test_a_case_is_not_closed_without_its_answers(desk, case, typed, field, says):
    page = desk.post(close(case), CLOSING | {"version": 1, "remarks": "Keep me", **typed})
    assert errors(page) == {field}
    assert says in str(page.context["form"].errors[field])
    assert "Keep me" in page.content.decode()
    case.refresh_from_db()
    assert not case.is_closed
    assert not case.remedies.exists()


def test_an_empty_closing_form_names_every_answer_that_is_missing(desk, case):
    page = desk.post(close(case), {"version": 1})
    assert errors(page) == {"closed_on", "resolution", "remedies", "sanction"}
    assert "This field is required" not in page.content.decode()


def test_the_duration_is_typed_only_if_the_opening_day_is_not_known(desk, in_a):
    case = make_case(in_a, opened_on=None)
    assert errors(desk.post(close(case), CLOSING | {"version": 1})) == {"duration_months"}
    for typed in ("-1", "1.5", "601", "two", "1e400"):
        assert errors(desk.post(close(case), CLOSING | {"version": 1, "duration_months": typed})) == {"duration_months"}
    desk.post(close(case), CLOSING | {"version": 1, "duration_months": "7"})
    case.refresh_from_db()
    assert case.duration_months == 7


def test_a_typed_duration_is_not_asked_for_and_not_taken_if_it_can_be_computed(desk, case):
    assert "duration_months" not in answers_of(desk.get(close(case)))
    desk.post(close(case), CLOSING | {"version": 1, "duration_months": "99"})
    case.refresh_from_db()
    assert case.duration_months == 1


def test_a_case_may_be_closed_on_the_day_it_was_opened(desk, case):
    desk.post(close(case), CLOSING | {"version": 1, "closed_on": "16/06/2569"})
    case.refresh_from_db()
    assert (case.closed_on, case.duration_months) == (date(2026, 6, 16), 0)


def test_two_people_closing_the_same_case_are_shown_both_closings(desk, sign_in, coordinator, case):
    sign_in(coordinator).post(close(case), CLOSING | {"version": 1})
    mine = CLOSING | {"version": 1, "resolution": "court", "remedies": ["compensation", "higher_wages"]}
    page = desk.post(close(case), mine)
    assert page.status_code == 409
    shown = {label: (stored, typed) for label, stored, typed in page.context["differences"]}
    assert shown == {
        "Case resolved through": ("Informal mediation", "Court hearing"),
        "Remedy obtained for complainant": ("Monetary compensation", "Monetary compensation, Higher wages"),
    }
    case.refresh_from_db()
    assert case.resolution == "informal"
    assert desk.post(close(case), mine | {"version": page.context["version"]}).status_code == 302
    case.refresh_from_db()
    assert case.resolution == "court"
    assert kinds(case) == ["closed"]


def test_the_closing_of_a_closed_case_is_corrected_without_a_second_closing(desk, case):
    desk.post(close(case), CLOSING | {"version": 1})
    page = desk.get(close(case))
    assert "Correct the closing of" in page.content.decode()
    desk.post(close(case), answers_of(page) | {"closed_on": "20/08/2026", "remedies": ["none"]})
    case.refresh_from_db()
    assert (case.closed_on, case.duration_months) == (date(2026, 8, 20), 2)
    assert [remedy.code for remedy in case.remedies.all()] == ["none"]
    assert [(event.kind, event.happened_on) for event in case.events.all()] == [("closed", date(2026, 8, 20))]


# --- reopening ---------------------------------------------------------------------------------------------------


@pytest.fixture
def dropped(in_a):
    return make_closed_case(
        in_a,
        opened_on=date(2026, 6, 1),
        resolution="dropped",
        dropped_reason="He went home",
        remedies=["none"],
        sanction="warning",
        awarded_amount=5,
        awarded_currency="USD",
    )


def reopen(case):
    return f"{case.get_absolute_url()}reopen/"


def test_reopening_keeps_what_the_closing_said_and_offers_it_again(desk, dropped):
    desk.post(reopen(dropped), {"version": 1, "on": "01/09/2026", "reason": "He came back"})
    dropped.refresh_from_db()
    assert not dropped.is_closed
    assert (dropped.resolution, dropped.sanction, dropped.duration_months) == ("", "", None)
    assert not dropped.remedies.exists()
    note = dropped.events.get(kind="reopened").note
    for said in ("He came back", "15/08/2026", "months: 2", "Case dropped", "He went home", "None", "Warning", "USD 5"):
        assert said in note
    assert "He came back" in desk.get(dropped.get_absolute_url()).content.decode()
    offered = answers_of(desk.get(close(dropped)))
    assert {name: offered.get(name) for name in ("resolution", "dropped_reason", "remedies", "sanction")} == {
        "resolution": "dropped",
        "dropped_reason": "He went home",
        "remedies": ["none"],
        "sanction": "warning",
    }
    assert offered["closed_on"] == "10/09/2026"
    assert desk.post(close(dropped), offered).status_code == 302
    assert kinds(dropped) == ["closed", "reopened"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"reason": "  "}, "reason"), ({"on": "14/08/2026"}, "on"), ({"on": "11/09/2026"}, "on"), ({"on": ""}, "on")],
)
def test_reopening_needs_a_reason_and_a_day_after_the_closing(desk, dropped, typed, field):
    page = desk.post(reopen(dropped), {"version": 1, "on": "01/09/2026", "reason": "He came back", **typed})
    assert errors(page) == {field}
    dropped.refresh_from_db()
    assert dropped.is_closed


def test_an_open_case_is_not_reopened(desk, dropped, case):
    typed = {"version": 1, "on": "01/09/2026", "reason": "He came back"}
    desk.post(reopen(dropped), typed)
    page = desk.post(reopen(dropped), typed, follow=True)
    assert "This case is open." in page.content.decode()
    assert kinds(dropped) == ["reopened"]
    assert desk.get(reopen(case)).status_code == 302


def test_closing_and_reopening_need_their_permission(desk, legal_officer, case, dropped):
    legal_officer.groups.get().permissions.remove(
        *legal_officer.groups.get().permissions.filter(codename="close_legalcase")
    )
    assert desk.post(close(case), CLOSING | {"version": 1}).status_code == 403
    assert desk.post(reopen(dropped), {"version": 1, "on": "01/09/2026", "reason": "x"}).status_code == 403
    assert LegalCase.objects.closed().get() == dropped
    page = desk.get(case.get_absolute_url()).content.decode()
    assert close(case) not in page


# --- history -----------------------------------------------------------------------------------------------------


def history(case):
    return f"{case.get_absolute_url()}history/"


def test_a_step_is_added_in_one_line_with_and_without_javascript(desk, legal_officer, case):
    line = {"happened_on": "01/09/2026", "kind": "mediation", "note": "He offered half", "next_due": "20/09/2026"}
    page = desk.post(history(case), line, follow=True)
    assert page.redirect_chain == [(case.get_absolute_url(), 302)]
    partial = desk.post(history(case), line | {"note": "Second"}, follow=True, headers={"HX-Request": "true"})
    assert 'id="history"' in partial.content.decode()
    assert "He offered half" in partial.content.decode()
    assert "Next step due 20/09/2026" in partial.content.decode()
    assert [(event.note, event.recorded_by) for event in case.events.all()] == [
        ("Second", legal_officer), ("He offered half", legal_officer),
    ]  # fmt: skip


def test_a_step_sent_twice_is_one_step(desk, case):
    submission = desk.get(case.get_absolute_url()).context["submission"]
    line = {"happened_on": "01/09/2026", "kind": "contact", "submission": str(submission)}
    assert [desk.post(history(case), line).status_code for _time in range(2)] == [302, 302]
    assert case.events.count() == 1


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"happened_on": ""}, "happened_on", "required"),
        ({"happened_on": "11/09/2026"}, "happened_on", "in the future"),
        ({"kind": ""}, "kind", "required"),
        ({"kind": "closed"}, "kind", "Select a valid choice"),
        ({"next_due": "31/08/2026"}, "next_due", "cannot be due before"),
        ({"next_due": "soon"}, "next_due", "is not a date"),
        ({"note": "a\x00b"}, "note", "cannot be printed"),
        ({"note": "x" * 5001}, "note", "at most 5000"),
    ],
)
def test_a_step_that_cannot_be_saved_comes_back_with_what_was_typed(desk, case, typed, field, says):
    page = desk.post(history(case), {"happened_on": "01/09/2026", "kind": "contact", "note": "Keep me", **typed})
    assert page.status_code == 422
    assert set(page.context["event_form"].errors) == {field}
    assert says in page.content.decode()
    if "note" not in typed:
        assert "Keep me" in page.content.decode()
    assert not case.events.exists()


def test_the_next_step_holds_until_another_is_named_or_its_day_has_come(desk, case):
    def shown():
        return LegalCase.objects.with_next_due().get(pk=case.pk).next_due

    def step(day, due=None):
        return CaseEvent.objects.create(case=case, kind="contact", happened_on=day, next_due=due)

    step(date(2026, 7, 1), due=date(2026, 8, 1))
    assert shown() == date(2026, 8, 1)
    assert "Next step overdue since" in desk.get(case.get_absolute_url()).content.decode()
    step(date(2026, 7, 20))
    assert shown() == date(2026, 8, 1)
    step(date(2026, 7, 21), due=date(2026, 9, 30))
    assert shown() == date(2026, 9, 30)
    with time_machine.travel(date(2026, 10, 2)):
        step(date(2026, 10, 1))
    assert shown() is None
    step(date(2026, 9, 9), due=date(2026, 9, 20))
    assert shown() is None


def test_a_step_due_on_the_day_of_opening_is_due(in_a):
    case = make_case(in_a, opened_on=date(2026, 9, 10))
    CaseEvent.objects.create(case=case, kind="opened", happened_on=date(2026, 9, 10))
    CaseEvent.objects.create(case=case, kind="contact", happened_on=date(2026, 9, 10), next_due=date(2026, 9, 10))
    assert LegalCase.objects.with_next_due().get().next_due == date(2026, 9, 10)


def test_a_closed_case_has_no_next_step(in_a):
    case = make_closed_case(in_a)
    CaseEvent.objects.create(case=case, kind="contact", happened_on=date(2026, 7, 1), next_due=date(2026, 12, 1))
    assert LegalCase.objects.with_next_due().get().next_due is None
