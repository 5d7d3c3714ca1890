"""The list of cases: what it shows, how it is narrowed, finding one, and that its cost does not grow."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from legal_cases.models import CaseEvent, CaseSubject, LegalCase
from legal_cases.services import find_or_create_group
from mrc.access import centre_scope
from tests.factories import make_card, make_case, make_closed_case

LIST = "/cases/"


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


@pytest.fixture
def desk(sign_in, legal_officer):
    return sign_in(legal_officer)


def references(page):
    assert page.status_code == 200
    return [case.reference for case in page.context["object_list"]]


def test_a_row_shows_the_case_and_the_newest_comes_first(desk, in_a):
    card = make_card(in_a)
    group = find_or_create_group(centre=in_a, title="Closed factory")
    first = make_case(in_a, subjects=("wages_withheld", "no_rest_day"), sector="fishing", client=card, group=group)
    CaseEvent.objects.create(case=first, kind="contact", happened_on=date(2026, 7, 1), next_due=date(2026, 9, 9))
    second = make_closed_case(in_a)
    page = desk.get(LIST)
    assert references(page) == [second.reference, first.reference]
    row = page.content.decode().split("<tr>")[-1]
    for shown in (
        "Open", "Man", "Fishing", "Wages withheld; No rest day", "01/06/2026", "Overdue since", "09/09/2026",
        "Closed factory", card.reference, f'href="{first.get_absolute_url()}"',
    ):  # fmt: skip
        assert shown in row
    assert "15/08/2026" in page.content.decode().split("<tr>")[-2]


def test_an_answer_is_read_without_what_the_form_asks_besides(desk, in_a):
    case = make_closed_case(
        in_a, subjects=["other"], subjects_other="Threats", resolution="dropped", dropped_reason="Went home"
    )
    row = desk.get(LIST).content.decode().split("<tr>")[-1]
    page = desk.get(case.get_absolute_url()).content.decode()
    assert ">Other<" in row and "Other: Threats" in page and "Case dropped: Went home" in page
    assert "specify" not in row + page


def test_an_empty_list_says_what_to_do(desk, in_a):
    assert "Open the first one" in desk.get(LIST).content.decode()


@pytest.fixture
def made(in_a):
    """One case that fits each filter, and one that fits none."""
    cases = {
        "closed": make_closed_case(in_a, opened_on=date(2025, 1, 1), closed_on=date(2025, 3, 1), resolution="court"),
        "woman": make_case(in_a, gender="woman"),
        "fishing": make_case(in_a, sector="fishing"),
        "regular": make_case(in_a, legal_status="regular"),
        "forced": make_case(in_a, subjects=("forced_labour", "no_rest_day")),
        "overdue": make_case(in_a),
        "soon": make_case(in_a),
        "none": make_case(in_a),
    }
    for name, due in (("overdue", date(2026, 9, 9)), ("soon", date(2026, 9, 17))):
        CaseEvent.objects.create(case=cases[name], kind="contact", happened_on=date(2026, 8, 1), next_due=due)
    return cases


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"state": "closed"}, {"closed"}),
        ({"gender": "woman"}, {"woman"}),
        ({"sector": "fishing"}, {"fishing"}),
        ({"legal_status": "regular"}, {"regular"}),
        ({"subject": "forced_labour"}, {"forced"}),
        ({"resolution": "court"}, {"closed"}),
        ({"opened_to": "31/12/2025"}, {"closed"}),
        ({"closed_from": "01/03/2568", "closed_to": "2025-03-01"}, {"closed"}),
        ({"closed_from": "02/03/2025"}, set()),
        ({"next_step": "overdue"}, {"overdue"}),
        ({"next_step": "soon"}, {"soon"}),
        ({"state": "open", "gender": "woman", "sector": "fishing"}, set()),
    ],
)
def test_the_list_is_narrowed(desk, made, filters, fits):
    assert set(references(desk.get(LIST, filters))) == {made[name].reference for name in fits}


def test_the_rest_is_in_the_list_of_open_cases(desk, made):
    assert len(references(desk.get(LIST, {"state": "open"}))) == 7
    assert len(references(desk.get(LIST, {"opened_from": "01/01/2026"}))) == 7


@pytest.mark.parametrize("value", ["\x00", "x" * 10_000, "-1", "1e400", "31/13/2026", "'; DROP TABLE"])
def test_a_filter_that_makes_no_sense_is_no_error(desk, made, value):
    names = ("state", "gender", "subject", "opened_from", "closed_to", "next_step", "centre")
    assert desk.get(LIST, dict.fromkeys(names, value)).status_code == 200
    assert desk.get(LIST, {"page": value}).status_code == 404


def test_a_case_is_found_by_its_number_without_the_number_in_the_address(desk, made):
    case = made["woman"]
    page = desk.post(LIST, {"reference": f" {case.reference.lower()} "})
    assert page.headers["Location"] == case.get_absolute_url()


@pytest.mark.parametrize("typed", ["", "PNH-L1", "\x00", "x" * 10_000, "%", "' OR 1=1"])
def test_a_number_that_is_not_there_is_said_so(desk, made, typed):
    page = desk.post(LIST, {"reference": typed})
    assert page.status_code == 422
    assert page.context["find_form"].errors["reference"]
    assert len(references_of_page(page)) == len(made)


def references_of_page(page):
    return [case.reference for case in page.context["object_list"]]


def test_a_case_of_another_centre_is_neither_listed_nor_found(desk, in_a, centre_b):
    with centre_scope([centre_b]):
        foreign = make_case(centre_b)
    assert references(desk.get(LIST)) == []
    page = desk.post(LIST, {"reference": foreign.reference})
    assert f"There is no case {foreign.reference} in your centres." in page.content.decode()


def test_somebody_with_two_centres_sees_and_chooses_the_centre(
    sign_in, two_centre_coordinator, desk, centre_a, centre_b
):
    with centre_scope([centre_a, centre_b]):
        cases = [make_case(centre_a), make_case(centre_b)]
    browser = sign_in(two_centre_coordinator)
    assert len(references(browser.get(LIST))) == 2
    assert references(browser.get(LIST, {"centre": centre_b.code})) == [cases[1].reference]
    assert '<td class="">CNX</td>' in browser.get(LIST).content.decode()
    assert 'name="centre"' not in desk.get(LIST).content.decode()


def many_cases(centre, count):
    card, group = make_card(centre), find_or_create_group(centre=centre, title=f"Group of {count}")
    cases = LegalCase.objects.bulk_create(
        LegalCase(
            centre=centre,
            reference=f"{centre.code}-M{count}-{number:05}",
            gender="man",
            client=card,
            group=group,
            opened_on=date(2026, 1, 1) + timedelta(days=number % 200),
        )
        for number in range(count)
    )
    codes = ("wages_withheld", "forced_labour")
    CaseSubject.objects.bulk_create(CaseSubject(case=case, code=code) for case in cases for code in codes)
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, kind="contact", happened_on=date(2026, 8, 1), next_due=date(2026, 9, 1)) for case in cases
    )


@pytest.mark.parametrize("url", [LIST, f"{LIST}?next_step=overdue", f"{LIST}groups/"])
def test_the_number_of_queries_does_not_grow_with_the_records(desk, in_a, url):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    many_cases(in_a, 10)
    few = queries()
    many_cases(in_a, 990)
    assert queries() == few
    assert few <= 12
