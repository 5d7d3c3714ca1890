"""The same tables summed over chosen centres and agreements, for any period, and never a record or a name."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc import audit
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from mrc.models import Centre
from tests.conftest import make_user
from tests.factories import make_agreement, make_card, make_closed_case, make_service
from tests.reports.questions import asked, page_tables

PAGE = "/reports/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
NEVER = "7d9f2c1e-0000-4000-8000-000000000000"


@pytest.fixture
def centre_c(centre_a):
    return Centre.objects.create(
        code="BTB", name="Battambang", organization=centre_a.organization, country="KH", currency="KHR"
    )


@pytest.fixture
def region(centre_a, centre_b, centre_c):
    """In centre A one case is closed, in B two, in C four; each with as many clients served."""
    for centre, count in ((centre_a, 1), (centre_b, 2), (centre_c, 4)):
        with centre_scope([centre]), audit.acting(None, "test"), audit.identities_opened():
            for number in range(count):
                make_closed_case(centre, gender="woman", sector="fishing")
                make_service(make_card(centre, name=f"Sok Chenda {number}", gender="woman"))


@pytest.fixture
def officer(region, centre_a, centre_b, centre_c):
    return make_user("regional", "programme_officer", centre_a, centre_b, centre_c)


@pytest.fixture
def of_a_and_c(centre_a, centre_c):
    return make_agreement("MOU-AC", centre_a, centre_c)


@pytest.fixture
def of_b_and_c(centre_b, centre_c):
    return make_agreement("MOU-BC", centre_b, centre_c)


def question(*centres, agreements=(), **more):
    return asked(*centres, **more) | {"agreement": [str(agreement.uid) for agreement in agreements]}


def closed(page):
    return page_tables(page)["cases_closed"].rows[0][-1]


def test_numbers_are_summed_over_the_centres_that_are_ticked_and_those_of_agreements(
    officer, centre_a, centre_b, of_a_and_c, of_b_and_c, sign_in
):
    browser = sign_in(officer)
    for centres, agreements, number in (
        ([centre_a], [], "1"),
        ([centre_a, centre_b], [], "3"),
        ([], [of_a_and_c], "5"),
        ([centre_b], [of_a_and_c], "7"),
        ([centre_a], [of_a_and_c], "5"),
        ([], [of_a_and_c, of_b_and_c], "7"),  # a centre that both cover counts once
    ):
        page = browser.get(PAGE, question(*centres, agreements=agreements))
        assert closed(page) == number
        assert page_tables(page)["services_persons"].rows[0][4] == number


@pytest.mark.parametrize("file_format", ["json", "xlsx", "docx", "csv"])
def test_files_ask_the_same_question_and_are_in_the_audit_of_every_centre(
    officer, centre_a, centre_c, of_a_and_c, sign_in, file_format
):
    browser = sign_in(officer)
    page = browser.get(PAGE, question(agreements=[of_a_and_c])).content.decode()
    (where,) = re.findall(rf'href="(/reports/file/{file_format}/[^"]*)"', page)
    response = browser.get(where.replace("&amp;", "&"))
    assert f"report-BTB-PNH-2026-07-01-2026-09-30.{file_format}" in response["Content-Disposition"]
    assert {entry.centre_id for entry in AuditEvent.objects.filter(action="export")} == {centre_a.pk, centre_c.pk}
    if file_format == "json":
        assert response.json()["tables"]["cases_closed"]["total"]["women"] == 5
        assert response.json()["centres"] == ["BTB", "PNH"]


def test_any_period_can_be_asked_for(officer, of_a_and_c, sign_in):
    days = {"period": "own", "from": "15/08/2569", "to": "2026-08-15"}
    assert closed(sign_in(officer).get(PAGE, question(agreements=[of_a_and_c]) | days)) == "5"
    days = {"period": "own", "from": "16/08/2026", "to": "31/12/2027"}
    assert closed(sign_in(officer).get(PAGE, question(agreements=[of_a_and_c]) | days)) == "0"


def test_a_programme_officer_sees_no_record_and_no_name(officer, centre_a, of_a_and_c, sign_in):
    browser = sign_in(officer)
    page = browser.get(PAGE, question(agreements=[of_a_and_c]))
    assert not any(table.links for table in page_tables(page).values())
    assert "Chenda" not in page.content.decode() and "TEST" not in page.content.decode()
    where = reverse("reports:records", args=["sector", "fishing", "women"])
    assert browser.get(where, question(agreements=[of_a_and_c])).status_code == 403
    assert not AuditEvent.objects.filter(action="view_identity").exists()


def test_a_coordinator_of_all_its_centres_opens_the_records_behind_a_number(
    region, centre_a, centre_c, of_a_and_c, sign_in
):
    browser = sign_in(make_user("two", "coordinator", centre_a, centre_c))
    page = browser.get(PAGE, question(agreements=[of_a_and_c]))
    row = [cells[0] for cells in page_tables(page)["sector"].rows].index("Fishing")
    listed = browser.get(page_tables(page)["sector"].links[row, 0])
    assert len(listed.context["object_list"]) == 5


def test_an_agreement_of_somebody_else_is_answered_like_one_that_never_was(
    region, centre_a, of_a_and_c, agreement_b, sign_in, staff, coordinator, programme_officer
):
    for reader in (staff, coordinator, programme_officer):
        browser = sign_in(reader)
        wheres = [PAGE, reverse("reports:download", args=["json"]), reverse("reports:gender")]
        for where in wheres:
            answers = [
                browser.get(where, asked(centre_a) | {"agreement": uid})
                for uid in (of_a_and_c.uid, agreement_b.uid, NEVER, "", "\0", "PNH", str(of_a_and_c.uid).upper())
            ]
            assert {answer.status_code for answer in answers} == {404}
            assert len({TOKEN.sub("", answer.content.decode()) for answer in answers}) == 1


def test_agreements_are_offered_to_those_who_have_some(region, centre_a, agreement, sign_in, staff, coordinator):
    assert agreement.number in sign_in(coordinator).get(PAGE).content.decode()
    page = sign_in(staff).get(PAGE).content.decode()
    assert agreement.number not in page and "agreement" not in page


def test_neither_a_centre_nor_an_agreement_is_no_question(region, agreement, sign_in, coordinator):
    page = sign_in(coordinator).get(PAGE, question())
    assert page.status_code == 422 and "Choose at least one centre or agreement." in page.content.decode()
    assert "agreement" in page.context["form"].fields


def test_only_one_agreement_is_one_click_away(region, agreement, sign_in, coordinator, centre_a):
    browser = sign_in(coordinator)
    page = browser.get(PAGE, asked(centre_a)).content.decode()
    (where,) = re.findall(r'class="only-this" href="([^"]*)"', page)
    again = browser.get(where.replace("&amp;", "&"))
    assert again.context["form"].period == browser.get(PAGE, asked(centre_a)).context["form"].period
    assert closed(again) == "1"


def test_the_page_of_an_agreement_leads_to_its_tables(region, of_a_and_c, officer, sign_in):
    browser = sign_in(officer)
    page = browser.get(of_a_and_c.get_absolute_url()).content.decode()
    (where,) = re.findall(r'href="(/reports/\?agreement=[^"]*)"', page)
    tables = browser.get(where.replace("&amp;", "&"))
    assert closed(tables) == "5"
    assert tables.context["report"].period.start == date(2026, 1, 1)


def test_many_agreements_cost_as_much_as_one(officer, centre_a, centre_c, of_a_and_c, sign_in):
    browser = sign_in(officer)

    def queries(agreements):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE, question(agreements=agreements)).status_code == 200
        return len(captured)

    few = queries([of_a_and_c])
    more = [make_agreement(f"MOU-{number}", centre_a, centre_c) for number in range(12)]
    assert queries([of_a_and_c, *more]) == few
