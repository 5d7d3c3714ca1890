"""The page of report tables: who sees which numbers and links, what one can ask, and how bad questions are answered."""

import re
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.conftest import make_user
from tests.factories import make_card, make_case, make_closed_case, make_service
from tests.reports.questions import asked, make_every_answer, page_tables

PAGE = "/reports/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def one_of_each(in_a):
    make_closed_case(in_a, gender="woman", sector="fishing")
    make_case(in_a, gender="man")
    make_service(make_card(in_a, name="Sok Chenda", gender="woman"))
    return in_a


def records_page(*where):
    return reverse("reports:records", args=where)


# --- what is asked -----------------------------------------------------------------------------------------------


@time_machine.travel(date(2026, 11, 22))
def test_without_a_question_last_quarter_of_all_centres_is_shown(in_a, centre_b, sign_in, two_centre_coordinator):
    make_closed_case(in_a, closed_on=date(2026, 9, 30))
    with centre_scope([centre_b]):
        make_closed_case(centre_b, closed_on=date(2026, 7, 1))
    page = sign_in(two_centre_coordinator).get(PAGE)
    assert page_tables(page)["cases_closed"].rows == [["All", "0", "2", "0", "2"]]
    assert "01/07/2026 – 30/09/2026" in page.content.decode()


@time_machine.travel(date(2026, 11, 22))
@pytest.mark.parametrize(
    ("period", "closed"),
    [("last_quarter", 1), ("this_quarter", 2), ("this_year", 4), ("last_year", 3)],
)
def test_a_period_can_be_named(in_a, sign_in, coordinator, period, closed):
    days = [date(2026, 8, 1)] + 2 * [date(2026, 11, 1)] + [date(2026, 1, 1)] + 3 * [date(2025, 12, 31)]
    for day in days:
        make_closed_case(in_a, opened_on=date(2025, 1, 1), closed_on=day)
    page = sign_in(coordinator).get(PAGE, {"centre": "PNH", "period": period})
    assert page_tables(page)["cases_closed"].rows[0][-1] == str(closed)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("01/08/2026", "31/08/2026"),
        ("2026-08-01", "2026-08-31"),
        ("01/08/2569", "31.8.2569"),
        ("๑/๘/๒๕๖๙", "๓๑/๘/๒๕๖๙"),
    ],
)
def test_own_dates_are_understood_in_both_eras(in_a, sign_in, coordinator, first, last):
    make_closed_case(in_a, closed_on=date(2026, 8, 31))
    make_closed_case(in_a, closed_on=date(2026, 9, 1))
    page = sign_in(coordinator).get(PAGE, {"centre": "PNH", "period": "own", "from": first, "to": last})
    assert page_tables(page)["cases_closed"].rows[0][-1] == "1"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"from": "2026-09-30", "to": "2026-07-01"},
         "The period ends before it begins (30/09/2026). Are the two days swapped?"),
        ({"from": "yesterday", "to": "2026-09-30"}, "“yesterday” is not a date. Write day/month/year"),
        ({"from": "07/31/2026", "to": "2026-09-30"}, "There is no month 31. Are day and month swapped?"),
        ({"from": "31/02/2026", "to": "2026-09-30"}, "There is no day 31 in month 2 of 2026."),
        ({"from": "", "to": "2026-09-30"}, "Write the first day of the period."),
        ({"from": "2026-09-30"}, "Write its last day."),
        ({"from": "\0", "to": "2026-09-30"}, "is not a date"),
        ({"from": "9" * 3000, "to": "2026-09-30"}, "is not a date"),
        ({"period": "for ever"}, "Select a valid choice"),
        ({"period": "\0"}, "Select a valid choice"),
        ({"centre": []}, "Choose at least one centre."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["reports:tables", "reports:download"])
def test_a_question_that_cannot_be_answered_says_what_is_wrong(in_a, sign_in, coordinator, name, question, says):
    where = reverse(name, args=["xlsx"] if name.endswith("download") else [])
    page = sign_in(coordinator).get(where, {"centre": "PNH", "period": "own", **question})
    assert page.status_code == 422
    assert says in page.content.decode()
    if question.get("to"):
        assert f'value="{"01/07" if "07-01" in question["to"] else "30/09"}/2026"' in page.content.decode()
    assert not AuditEvent.objects.filter(action="export").exists()


def test_dates_left_over_are_not_asked_for_when_the_period_is_named(in_a, sign_in, coordinator):
    question = {"centre": "PNH", "period": "this_year", "from": "nonsense", "to": "1/1/1"}
    assert sign_in(coordinator).get(PAGE, question).status_code == 200


def test_a_list_asked_for_with_a_bad_period_leads_back_to_the_form(in_a, sign_in, coordinator):
    where = records_page("cases_closed", "all", "total")
    page = sign_in(coordinator).get(where, {"centre": "PNH", "period": "own", "from": "x"}, follow=True)
    assert page.status_code == 422 and "“x” is not a date" in page.content.decode()


# --- what is shown -----------------------------------------------------------------------------------------------


def test_a_zero_is_printed_and_an_empty_period_says_so(in_a, sign_in, coordinator):
    page = sign_in(coordinator).get(PAGE, asked(in_a))
    tables = page_tables(page)
    assert tables["sector"].rows[0] == ["Fishing", "0", "0", "0", "0", "–"]
    assert tables["compensation_awarded"].rows[0] == ["US$", "0.00", "0"]
    assert not any(table.links for table in tables.values())
    assert "Nothing is recorded for this period: every number is 0." in page.content.decode()


def test_percentages_have_the_number_of_cases_as_base_which_is_printed(in_a, sign_in, coordinator):
    for subjects in (["wages_withheld", "no_rest_day"], ["wages_withheld"], ["no_rest_day"], []):
        make_closed_case(in_a, gender="man", subjects=subjects)
    page = sign_in(coordinator).get(PAGE, asked(in_a))
    table = page_tables(page)["subject"]
    assert table.columns[-1] == "% of 4 cases"
    rows = {heading: cells for heading, *cells in table.rows}
    assert rows["Wage withheld"] == ["0", "2", "0", "2", "50.0%"]
    assert rows["Not recorded"] == ["0", "1", "0", "1", "25.0%"]
    assert rows["Number of cases"] == ["0", "4", "0", "4", "100.0%"]
    assert "the rows add up to more than the number of cases" in page.content.decode()


def test_rows_that_count_cases_are_by_gender_only_when_asked(one_of_each, sign_in, coordinator):
    browser = sign_in(coordinator)
    plain = page_tables(browser.get(PAGE, asked(one_of_each)))
    split = page_tables(browser.get(PAGE, asked(one_of_each, by_gender="on")))
    for code in ("duration", "resolution", "sanction"):
        assert plain[code].columns == ["", "Number", "% of 1 cases"]
        assert split[code].columns == ["", "Women", "Men", "Other/unknown", "Total", "% of 1 cases"]
    assert plain["resolution"].rows[2] == ["Informal", "1", "100.0%"]
    assert split["resolution"].rows[2] == ["Informal", "1", "0", "0", "1", "100.0%"]


# --- who sees what -----------------------------------------------------------------------------------------------

CASE_TABLES = {"cases_closed", "open_at_end", "sector", "subject", "remedy", "compensation_awarded"}
CARD_TABLES = {"cards_registered", "services_persons", "services_contacts"}


@pytest.mark.parametrize(
    ("role", "linked"),
    [
        ("coordinator", CASE_TABLES | CARD_TABLES),
        ("legal_officer", CASE_TABLES | CARD_TABLES),
        ("staff", CARD_TABLES),
        ("programme_officer", set()),
    ],
)
def test_everybody_sees_the_numbers_and_those_who_may_see_the_records_a_link(one_of_each, sign_in, role, linked):
    browser = sign_in(make_user("reader", role, one_of_each))
    tables = page_tables(browser.get(PAGE, asked(one_of_each)))
    assert tables["cases_closed"].rows == [["All", "1", "0", "0", "1"]]
    assert tables["services_persons"].rows[0][:3] == ["Counselling", "1", "0"]
    assert {code for code in CASE_TABLES | CARD_TABLES if tables[code].links} == linked
    for code, status in (("sector", CASE_TABLES), ("services_persons", CARD_TABLES)):
        where = records_page(code, "total", "total")
        assert browser.get(where, asked(one_of_each)).status_code == (200 if status <= linked else 403)


def test_an_administrator_sees_no_numbers(in_a, sign_in, administrator):
    for where in (PAGE, reverse("reports:download", args=["json"]), records_page("sector", "total", "total")):
        assert sign_in(administrator).get(where, asked(in_a)).status_code == 403


def test_another_centre_is_answered_like_one_that_does_not_exist(in_a, centre_b, sign_in, coordinator):
    browser = sign_in(coordinator)
    with centre_scope([centre_b]):
        make_closed_case(centre_b)
    for where in (PAGE, reverse("reports:download", args=["json"]), records_page("sector", "total", "total")):
        answers = [browser.get(where, asked(in_a) | {"centre": code}) for code in ("CNX", "XXX", "\0", "pnh")]
        answers.append(browser.get(where, asked(in_a, centre_b)))
        assert {answer.status_code for answer in answers} == {404}
        assert len({TOKEN.sub("", answer.content.decode()) for answer in answers}) == 1


def test_a_centre_that_is_not_active_is_not_offered(in_a, sign_in, coordinator):
    in_a.is_active = False
    in_a.save()
    page = sign_in(coordinator).get(PAGE)
    assert page.status_code == 200 and "You belong to no active centre yet" in page.content.decode()
    assert sign_in(coordinator).get(PAGE, asked(in_a)).status_code == 404


def test_who_belongs_to_no_centre_is_told_so_everywhere(db, sign_in, stranger):
    browser = sign_in(stranger)
    for where in (PAGE, reverse("reports:download", args=["xlsx"])):
        page = browser.get(where)
        assert page.status_code == 200 and "You belong to no active centre yet" in page.content.decode()
    listed = browser.get(records_page("services_persons", "total", "total"))
    assert listed.status_code == 200 and not listed.context["object_list"]


def test_a_user_for_installation_sees_no_record(one_of_each, sign_in):
    user = make_user("root", "", one_of_each, is_superuser=True)
    browser = sign_in(user)
    assert not any(table.links for table in page_tables(browser.get(PAGE, asked(one_of_each))).values())
    listed = browser.get(records_page("cards_registered", "all", "total"), asked(one_of_each))
    assert not listed.context["object_list"]


def test_a_list_of_cards_shows_no_name_and_opens_no_identity(one_of_each, sign_in, coordinator):
    page = sign_in(coordinator).get(records_page("cards_registered", "all", "women"), asked(one_of_each))
    (card,) = page.context["object_list"]
    assert card.reference in page.content.decode()
    assert "Chenda" not in page.content.decode()
    assert not AuditEvent.objects.filter(action="view_identity").exists()


@pytest.mark.parametrize(
    "where",
    [
        ("nothing", "all", "total"),
        ("sector", "nothing", "total"),
        ("sector", "fishing", "nothing"),
        ("sector", "not_recorded", "total"),
        ("compensation_awarded", "usd", "amount"),
        ("compensation_awarded", "total", "cases"),
        ("compensation_awarded", "USD", "women"),
        ("group_complaints", "all", "women"),
    ],
)
def test_a_number_that_does_not_exist_is_not_found(in_a, sign_in, coordinator, where):
    assert sign_in(coordinator).get(records_page(*where), asked(in_a)).status_code == 404


# --- what it costs and leaves behind -----------------------------------------------------------------------------


def test_the_page_asks_as_many_questions_of_the_database_for_many_records_as_for_few(in_a, sign_in, coordinator):
    browser = sign_in(coordinator)

    def queries(where, **question):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(where, asked(in_a) | question).status_code == 200
        return len(captured)

    addresses = [PAGE, *(records_page(code, "total", "total") for code in ("sector", "services_contacts"))]
    make_every_answer(in_a, count=2)
    few = [queries(where) for where in addresses]
    for number in range(12):
        make_closed_case(in_a, sector="retail", requested_amount=number, requested_currency="JPY")
        make_service(make_card(in_a), category="networking")
    assert [queries(where) for where in addresses] == few


@pytest.mark.parametrize("file_format", ["xlsx", "docx", "csv", "json"])
def test_a_download_is_in_the_audit_of_each_centre(in_a, centre_b, sign_in, two_centre_coordinator, file_format):
    where = reverse("reports:download", args=[file_format])
    response = sign_in(two_centre_coordinator).get(where, asked(in_a, centre_b))
    assert response.status_code == 200
    name = f"report-CNX-PNH-2026-07-01-2026-09-30.{file_format}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    entries = AuditEvent.objects.filter(action="export", actor=two_centre_coordinator)
    assert {entry.centre_id for entry in entries} == {in_a.pk, centre_b.pk}
    assert entries[0].detail == {"format": file_format, "period": ["2026-07-01", "2026-09-30"]}


def test_a_programme_officer_can_download_the_numbers_of_the_assigned_centres(one_of_each, sign_in, programme_officer):
    response = sign_in(programme_officer).get(reverse("reports:download", args=["json"]), asked(one_of_each))
    assert response.json()["tables"]["cases_closed"]["total"]["women"] == 1


def test_a_file_of_another_kind_does_not_exist(in_a, sign_in, coordinator):
    assert sign_in(coordinator).get(reverse("reports:download", args=["pdf"]), asked(in_a)).status_code == 404
