"""The profile of beneficiaries (Annex 5, section 7): an example counted by hand, and the lists behind its numbers."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from benchmarks import profile as benchmark
from benchmarks.report import numbers_of
from mrc import dates
from mrc.access import centre_scope
from mrc.dates import Period
from mrc.models import Centre
from reports.annexes import PROFILE_OF_BENEFICIARIES, SERVICES_PROVIDED, TABLES_BY_CODE
from reports.services import SECTIONS
from reports.tables import compute
from tests.factories import make_card, make_service
from tests.reports.questions import QUARTER, asked, make_every_answer
from tests.reports.test_counting import row


def profile(*centres, period=QUARTER):
    return {grid.code: grid for grid in compute(PROFILE_OF_BENEFICIARIES, period, centres)}


def numbers(grid):
    """{row: {column: number}} of what is not zero, in printed order, and the total."""
    data = grid.as_data()
    return {code: cells for code, cells in data["rows"].items() if any(cells.values())}, data["total"]


@pytest.fixture
def example(in_a):
    """Five persons served in the quarter, one of them three times; one served just before and one just after."""
    people = {
        "counsellor": make_card(
            in_a, gender="woman", birth_year=2011, nationality="KH", destination_country="TH", sector="domestic_work",
            beneficiary_kind="potential_migrant", legal_permission="yes",
        ),
        "twice": make_card(
            in_a, gender="woman", birth_year=2008, nationality="KH", destination_country="MY", sector="domestic_work",
            beneficiary_kind="potential_migrant", legal_permission="unsure",
        ),
        "late": make_card(
            in_a, gender="man", birth_year=2009, nationality="MM", destination_country="TH", sector="fishing",
            beneficiary_kind="migrant_worker", legal_permission="no",
        ),
        "blank": make_card(in_a, gender="other"),
        "old": make_card(
            in_a, gender="man", birth_year=1971, nationality="VN", sector="other", beneficiary_kind="family_member",
            registered_on=date(2019, 1, 1),
        ),
    }  # fmt: skip
    make_service(people["counsellor"], received_on=date(2026, 7, 1))
    for day, category in ((2, "counselling"), (3, "counselling"), (3, "legal_assistance")):
        make_service(people["twice"], received_on=date(2026, 8, day), category=category)
    make_service(people["late"], received_on=date(2026, 9, 30), category="networking")
    make_service(people["blank"], received_on=date(2026, 7, 5))
    make_service(people["old"], received_on=date(2026, 7, 6))
    for day in (date(2026, 6, 30), date(2026, 10, 1)):
        make_service(make_card(in_a, gender="woman", nationality="KH", birth_year=1990), received_on=day)
    make_card(in_a, gender="woman", nationality="LA")
    return in_a


EVERYBODY = row(2, 2, 1)
COUNTED_BY_HAND = {
    "profile_gender": {"all": EVERYBODY},
    "profile_age": {"15_17": row(1, 1), "18_24": row(1), "55_over": row(0, 1), "not_recorded": row(other=1)},
    "profile_nationality": {"KH": row(2), "MM": row(0, 1), "VN": row(0, 1), "not_recorded": row(other=1)},
    "profile_destination": {"TH": row(1, 1), "MY": row(1), "not_recorded": row(0, 1, 1)},
    "profile_sector": {
        "fishing": row(0, 1), "domestic_work": row(2), "other": row(0, 1), "unknown": row(other=1),
    },
    "profile_beneficiary_kind": {
        "potential_migrant": row(2), "migrant_worker": row(0, 1), "family_member": row(0, 1),
        "not_recorded": row(other=1),
    },
    "profile_legal_permission": {
        "yes": row(1), "no": row(0, 1), "unsure": row(1), "not_recorded": row(0, 1, 1),
    },
    "services_persons": {"counselling": row(2, 1, 1), "legal_assistance": row(1), "networking": row(0, 1)},
}  # fmt: skip


@pytest.mark.parametrize("code", COUNTED_BY_HAND)
def test_the_table_is_as_counted_by_hand(example, code):
    assert numbers(profile(example)[code]) == (COUNTED_BY_HAND[code], EVERYBODY)


def test_every_table_has_an_example_counted_by_hand():
    assert [table.code for table in PROFILE_OF_BENEFICIARIES] == list(COUNTED_BY_HAND)


def test_every_table_has_the_total_of_the_persons_who_received_services(in_a):
    make_every_answer(in_a)
    totals = {code: grid.total.values for code, grid in profile(in_a).items()}
    assert set(totals.values()) == {totals["services_persons"]} and totals["services_persons"][-1] == 30


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [
        (2026, "under_15"), (2012, "under_15"), (2011, "15_17"), (2009, "15_17"), (2008, "18_24"), (2002, "18_24"),
        (2001, "25_34"), (1992, "25_34"), (1991, "35_44"), (1982, "35_44"), (1981, "45_54"), (1972, "45_54"),
        (1971, "55_over"), (1900, "55_over"), (None, "not_recorded"),
    ],
)  # fmt: skip
def test_a_year_of_birth_is_in_the_band_of_the_age_reached_in_the_year_of_the_end(in_a, birth_year, band):
    make_service(make_card(in_a, birth_year=birth_year))
    assert list(numbers(profile(in_a)["profile_age"])[0]) == [band]


def test_the_age_is_that_at_the_end_of_the_period_asked_for(in_a):
    card = make_card(in_a, birth_year=2008)
    for year in (2025, 2026):
        make_service(card, received_on=date(year, 7, 1))
    earlier = profile(in_a, period=Period(date(2025, 7, 1), date(2025, 9, 30)))
    both = profile(in_a, period=Period(date(2025, 7, 1), date(2026, 9, 30)))
    assert list(numbers(earlier["profile_age"])[0]) == ["15_17"]
    assert numbers(both["profile_age"]) == ({"18_24": row(1)}, row(1))


def test_countries_stand_by_number_then_by_code_and_the_unknown_last(in_a):
    for nationality in ("TH", "LA", "", "", "", "VN", "VN", "KH"):
        make_service(make_card(in_a, nationality=nationality))
    grid = profile(in_a)["profile_nationality"]
    assert [line.slice.code for line in grid.rows] == ["VN", "KH", "LA", "TH", "not_recorded"]


def test_countries_are_named_in_the_language_of_the_reader(in_a):
    make_service(make_card(in_a, nationality="VN"))
    [line] = profile(in_a)["profile_nationality"].rows
    for language, name in (("en", "Vietnam"), ("th", "เวียดนาม")):
        with override(language):
            assert str(line.slice.heading) == name


def test_a_period_without_services_has_empty_tables_that_still_print_their_rows(in_a):
    make_card(in_a, nationality="KH")
    seen = profile(in_a)
    assert all(grid.is_empty for grid in seen.values())
    assert seen["profile_nationality"].rows == ()
    assert len(seen["profile_age"].rows) == 7 and len(seen["profile_sector"].rows) == 12


def test_every_number_has_a_list_of_exactly_so_many_cards(in_a, sign_in, coordinator):
    make_every_answer(in_a)
    browser = sign_in(coordinator)
    for code, grid in profile(in_a).items():
        for line in grid.printed_rows:
            for column, number in zip(grid.columns, line.values, strict=True):
                where = reverse("reports:records", args=[code, line.slice.code, column.code])
                listed = browser.get(where, asked(in_a)).context["page_obj"].paginator.object_list
                assert listed.count() == len({card.pk for card in listed}) == number, where


def test_a_list_holds_each_person_once_however_often_served(example, sign_in, coordinator):
    where = reverse("reports:records", args=["profile_nationality", "KH", "women"])
    listed = sign_in(coordinator).get(where, asked(example))
    assert sorted(card.birth_year for card in listed.context["object_list"]) == [2008, 2011]
    assert "Nationality: Cambodia, Women" in listed.content.decode()


@pytest.mark.parametrize("code", ["profile_nationality", "profile_destination"])
@pytest.mark.parametrize(("country", "status"), [("KH", 200), ("ZW", 200), ("kh", 404), ("KHM", 404), ("all", 404)])
def test_a_row_of_countries_is_found_by_its_code_alone(example, sign_in, coordinator, code, country, status):
    where = reverse("reports:records", args=[code, country, "total"])
    assert sign_in(coordinator).get(where, asked(example)).status_code == status


def test_a_programme_officer_opens_no_number_of_the_profile(example, sign_in, programme_officer):
    where = reverse("reports:records", args=["profile_age", "15_17", "total"])
    assert sign_in(programme_officer).get(where, asked(example)).status_code == 403


def test_persons_of_another_centre_are_not_counted_and_two_centres_are_the_sum(example, centre_b):
    with centre_scope([centre_b]):
        make_service(make_card(centre_b, gender="man", nationality="MM"))
    assert profile(example)["profile_gender"].total.values == (2, 2, 1, 5)
    with centre_scope([example, centre_b]):
        both = profile(example, centre_b)
    assert both["profile_gender"].total.values == (2, 3, 1, 6)
    assert numbers(both["profile_nationality"])[0]["MM"] == row(0, 2)


def test_the_whole_profile_takes_two_queries_whatever_the_rows(in_a):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            profile(in_a)
        return len(captured)

    assert queries() == 2
    make_every_answer(in_a)
    assert queries() == 2


def test_a_table_that_is_asked_for_twice_is_counted_once(example):
    grids = compute([*SERVICES_PROVIDED, *PROFILE_OF_BENEFICIARIES], QUARTER, [example])
    persons = [grid.total.values for grid in grids if grid.code == "services_persons"]
    assert persons == [(2, 2, 1, 5)] * 2


def test_the_profile_is_no_part_of_the_ordinary_tables_but_its_numbers_can_be_opened():
    ordinary = {table.code for _heading, tables in SECTIONS for table in tables}
    codes = {table.code for table in PROFILE_OF_BENEFICIARIES}
    assert codes & ordinary == {"services_persons"} and codes <= set(TABLES_BY_CODE)


def test_the_profile_says_the_same_as_hand_written_sql(db):
    call_command("demo", stdout=StringIO())
    centres = list(Centre.objects.all())
    for period in (Period(date(2000, 1, 1), dates.today()), dates.quarter_before(dates.today())):
        for some in (centres, centres[:1]):
            with centre_scope(some), connection.cursor() as cursor:
                program = numbers_of(compute(PROFILE_OF_BENEFICIARIES, period, some))
                by_hand = benchmark.by_hand(cursor, [centre.pk for centre in some], period.start, period.end)
            assert program == by_hand
            assert len(by_hand) > 50
