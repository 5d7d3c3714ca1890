"""All declarations of tables: codes, order, slices that lose no record, and numbers that agree with their lists."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc.access import OutsideScope, centre_scope
from mrc.dates import Period
from reports.annexes import COVERAGE, MEASURED, PROFILE_OF_BENEFICIARIES, TABLES, TABLES_BY_CODE
from reports.slices import TOTAL
from reports.tables import PARTICIPANTS, Amounts, compute
from tests.factories import make_card, make_closed_case, make_service
from tests.reports.questions import CODES, QUARTER, asked, make_every_answer, page_tables, tables_of

EVERY = list(TABLES_BY_CODE.values())
COUNTED = [table for table in EVERY if not isinstance(table, Amounts)]


@pytest.fixture
def full(in_a):
    make_every_answer(in_a)
    return in_a


def grids(centre):
    return {grid.code: grid for grid in compute(EVERY, QUARTER, [centre])}


def test_the_tables_stand_in_the_order_of_the_annex_and_each_code_is_there_once():
    assert [table.code for table in TABLES] == CODES
    assert len(EVERY) == len({*TABLES, *PROFILE_OF_BENEFICIARIES, *COVERAGE, *MEASURED})


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.code)
def test_codes_of_rows_and_columns_are_unique(table):
    for slices in (table.rows, table.printed_columns):
        codes = [member.code for member in slices]
        assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("sector", "fishing seafood entertainment domestic_work manufacturing hospitality agriculture construction "
                   "retail restaurant other unknown"),
        ("legal_status", "regular irregular unknown"),
        ("source", "migrant_worker family_friend ngo trade_union government community_leader other"),
        ("subject", "wages_withheld wages_underpaid wages_below_minimum living_conditions safety_health "
                    "excessive_hours leave_refused no_rest_day benefits_not_provided workplace_accident "
                    "sexual_harassment physical_abuse documents_retained termination deployment_delay "
                    "documents_not_provided fees_overcharged wage_deductions contract_substitution missing_person "
                    "stranded_detained forced_labour other"),
        ("duration", "under_1 1_3 4_6 7_12 over_12"),
        ("resolution", "court administrative informal dropped"),
        ("remedy", "compensation higher_wages better_working_conditions better_living_conditions reinstatement "
                   "deployment person_located documents_returned documents_provided returned_origin other none "
                   "unknown"),
        ("compensation_requested", "USD MMK MYR THB VND"),
        ("sanction", "prison administrative_penalty fine warning none unknown"),
        ("services_persons", "counselling legal_assistance information_education_training networking "
                             "union_membership skills_certification"),
    ],
)  # fmt: skip
def test_every_row_of_the_code_list_is_present_in_the_order_of_the_annex(in_a, sign_in, coordinator, code, rows):
    assert list(tables_of(sign_in(coordinator), in_a)[code]["rows"]) == rows.split()


@pytest.mark.parametrize("table", COUNTED, ids=lambda table: table.code)
def test_every_table_closes_by_gender(full, table):
    grid = grids(full)[table.code]
    for line in (*grid.rows, grid.total):
        *genders, total = line.values
        assert not genders or sum(genders) == total


@pytest.mark.parametrize("table", COUNTED, ids=lambda table: table.code)
def test_rows_add_up_to_the_total_unless_they_overlap(full, table):
    grid = grids(full)[table.code]
    total = sum(line.values[-1] for line in grid.rows)
    assert grid.total.values[-1] > 0
    assert total > grid.total.values[-1] if table.rows_overlap else total == grid.total.values[-1]


@pytest.mark.parametrize("table", COUNTED, ids=lambda table: table.code)
def test_each_record_is_in_exactly_one_row_or_in_at_least_one_where_they_overlap(full, table):
    everybody = set(table.records(QUARTER, TOTAL, TOTAL).values_list("pk", flat=True))
    codes = [line.slice.code for line in grids(full)[table.code].rows]
    found = [pk for code in codes for pk in table.records(QUARTER, code, TOTAL).values_list("pk", flat=True)]
    assert set(found) == everybody
    assert table.rows_overlap or len(found) == len(everybody)


@pytest.mark.parametrize("table", COUNTED, ids=lambda table: table.code)
def test_no_answer_is_without_an_example_here(full, table):
    """So that the tests of this module are about every row."""
    assert all(line.values[-1] for line in grids(full)[table.code].rows)


def test_there_are_cases_outside_every_list_and_they_are_counted(full):
    seen = grids(full)
    for code in ("source", "subject", "remedy"):
        assert seen[code].rows[-1].slice.code == "not_recorded", code
    assert seen["compensation_requested"].not_recorded.values[-1] > 0


def listed_parts(response, code):
    """What the records of a list add up to: each is one, or has a part of its own in the number."""
    listed = response.context["page_obj"].paginator.object_list
    if TABLES_BY_CODE[code].unit != PARTICIPANTS:
        return listed.count()
    column = response.resolver_match.kwargs["column"]
    return sum(getattr(activity, "counted" if column == TOTAL else f"counted_{column}") for activity in listed)


@pytest.mark.parametrize("code", CODES)
def test_every_number_has_a_list_that_is_as_long_as_the_number(full, sign_in, coordinator, code):
    browser = sign_in(coordinator)
    table = page_tables(browser.get(reverse("reports:tables"), asked(full, by_gender="on")))[code]
    width = len(TABLES_BY_CODE[code].printed_columns)
    for y, (_heading, *texts) in enumerate(table.rows):
        for x, text in enumerate(texts[:width]):
            # The last column counts records, in tables of money too.
            number = texts[width - 1] if isinstance(TABLES_BY_CODE[code], Amounts) else text
            if text == "–" or number == "0":
                assert (y, x) not in table.links
                continue
            listed = browser.get(table.links[y, x])
            assert listed.status_code == 200
            assert listed_parts(listed, code) == int(number), (code, y, x)


def test_a_list_of_persons_holds_each_person_once(full, sign_in, coordinator):
    where = reverse("reports:records", args=["services_persons", "total", "total"])
    listed = sign_in(coordinator).get(where, asked(full) | {"page": 2})
    references = [card.reference for card in listed.context["page_obj"].paginator.object_list]
    assert len(references) == len(set(references)) == 30
    assert len(listed.context["object_list"]) == 5


def test_the_number_of_queries_does_not_depend_on_period_centres_or_records(full, centre_b):
    def queries(centres, period=QUARTER):
        with centre_scope(centres), CaptureQueriesContext(connection) as captured:
            compute(EVERY, period, centres)
        return len(captured)

    few = queries([full])
    assert few < 15
    make_closed_case(full, awarded_amount="1", awarded_currency="JPY")
    make_service(make_card(full))
    decade = Period(QUARTER.start.replace(year=2020), QUARTER.end.replace(year=2030))
    assert queries([full, centre_b], decade) == few


def test_a_report_refuses_a_centre_that_is_not_in_scope(full, centre_b):
    with pytest.raises(OutsideScope):
        compute(TABLES, QUARTER, [full, centre_b])
