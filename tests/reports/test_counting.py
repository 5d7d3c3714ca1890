"""The counting rules of DOMAIN: one example of each table, counted by hand, and the rules about periods and persons."""

from datetime import date

import pytest

from legal_cases.models import GroupComplaint
from mrc.dates import Period
from tests.factories import make_activity, make_card, make_case, make_closed_case, make_interview, make_service
from tests.reports.questions import CODES, tables_of


def row(women=0, men=0, other=0):
    return {"women": women, "men": men, "other": other, "total": women + men + other}


@pytest.fixture
def example(in_a):
    """Four cases closed in the quarter, two just outside, three that are open at one time or another."""
    group = GroupComplaint.objects.create(centre=in_a, title="No rest day", title_hash=1)
    make_closed_case(
        in_a, gender="woman", sector="fishing", legal_status="regular", source="migrant_worker", group=group,
        subjects=["wages_withheld", "no_rest_day"], opened_on=date(2026, 6, 30), closed_on=date(2026, 7, 1),
        requested_amount="1000", requested_currency="USD", awarded_amount="500.50", awarded_currency="USD",
    )  # fmt: skip
    make_closed_case(
        in_a, gender="man", sector="fishing", legal_status="irregular", group=group, resolution="court",
        opened_on=date(2026, 1, 15), closed_on=date(2026, 9, 30), remedies=["compensation", "higher_wages"],
        requested_amount="2000", requested_currency="THB", sanction="fine",
    )  # fmt: skip
    make_closed_case(
        in_a, gender="other", source="other", subjects=[], opened_on=None, duration_months=13,
        closed_on=date(2026, 8, 1), resolution="dropped", remedies=["none"], sanction="unknown",
    )  # fmt: skip
    make_closed_case(
        in_a, gender="woman", sector="domestic_work", legal_status="regular", source="ngo", subjects=["forced_labour"],
        opened_on=date(2026, 5, 1), closed_on=date(2026, 8, 15), resolution="administrative", sanction="warning",
        remedies=["documents_returned"], requested_amount="100", requested_currency="KHR",
        awarded_amount="0", awarded_currency="USD",
    )  # fmt: skip
    make_closed_case(in_a, gender="man", opened_on=date(2026, 9, 1), closed_on=date(2026, 10, 1), group=group)
    make_closed_case(in_a, gender="man", opened_on=date(2026, 2, 1), closed_on=date(2026, 6, 30))
    make_case(in_a, gender="woman", opened_on=None)
    make_case(in_a, gender="other", opened_on=date(2026, 9, 30))
    make_case(in_a, gender="woman", opened_on=date(2026, 10, 1))
    GroupComplaint.objects.create(centre=in_a, title="Still open", title_hash=2)
    woman = make_card(in_a, gender="woman", registered_on=date(2026, 7, 1))
    man = make_card(in_a, gender="man", registered_on=date(2026, 9, 30))
    other = make_card(in_a, gender="other", registered_on=date(2026, 10, 1))
    earlier = make_card(in_a, gender="woman", registered_on=date(2026, 6, 30))
    for card, category, day in (
        (woman, "counselling", date(2026, 7, 1)),
        (woman, "counselling", date(2026, 9, 30)),
        (woman, "legal_assistance", date(2026, 7, 1)),
        (man, "counselling", date(2026, 8, 1)),
        (other, "networking", date(2026, 9, 30)),
        (earlier, "counselling", date(2026, 6, 30)),
        (earlier, "counselling", date(2026, 10, 1)),
    ):
        make_service(card, category=category, received_on=day)
    make_activity(in_a, heads=(12, 8, 0), ends_on=date(2026, 7, 1), participants=[woman, man])
    make_activity(in_a, heads=(0, 0, 3), starts_on=date(2026, 6, 30), ends_on=date(2026, 9, 30))
    make_activity(in_a, kind="meeting", participants=[woman, other])
    make_activity(in_a, kind="outreach")
    make_activity(in_a, heads=(99, 99, 99), starts_on=date(2026, 9, 30), ends_on=date(2026, 10, 1))
    make_activity(in_a, heads=(99, 99, 99), ends_on=date(2026, 6, 30))
    make_interview(woman, held_on=date(2026, 7, 1))
    make_interview(other, held_on=date(2026, 9, 30))
    make_interview(man, held_on=date(2026, 8, 1), is_finished=False)
    make_interview(man, held_on=date(2026, 10, 1))
    return in_a


ALL_FOUR = row(2, 1, 1)
# Only what is not zero; the codes of every list, in order, are tested apart.
COUNTED_BY_HAND = {
    "cases_closed": ({"all": ALL_FOUR}, ALL_FOUR),
    "open_at_end": ({"all": row(1, 1, 1)}, row(1, 1, 1)),
    "group_complaints": ({"all": {"total": 1}}, {"total": 1}),
    "sector": ({"fishing": row(1, 1), "domestic_work": row(1), "unknown": row(other=1)}, ALL_FOUR),
    "legal_status": ({"regular": row(2), "irregular": row(0, 1), "unknown": row(other=1)}, ALL_FOUR),
    "source": (
        {"migrant_worker": row(1), "ngo": row(1), "other": row(other=1), "not_recorded": row(0, 1)},
        ALL_FOUR,
    ),
    "subject": (
        {"wages_withheld": row(1, 1), "no_rest_day": row(1), "forced_labour": row(1), "not_recorded": row(other=1)},
        ALL_FOUR,
    ),
    "duration": ({"under_1": row(1), "1_3": row(1), "7_12": row(0, 1), "over_12": row(other=1)}, ALL_FOUR),
    "resolution": (
        {"court": row(0, 1), "administrative": row(1), "informal": row(1), "dropped": row(other=1)},
        ALL_FOUR,
    ),
    "remedy": (
        {"compensation": row(1, 1), "higher_wages": row(0, 1), "documents_returned": row(1), "none": row(other=1)},
        ALL_FOUR,
    ),
    "sanction": ({"fine": row(0, 1), "warning": row(1), "none": row(1), "unknown": row(other=1)}, ALL_FOUR),
    "cards_registered": ({"all": row(1, 1)}, row(1, 1)),
    "services_persons": (
        {"counselling": row(1, 1), "legal_assistance": row(1), "networking": row(other=1)},
        row(1, 1, 1),
    ),
    "services_contacts": (
        {"counselling": row(2, 1), "legal_assistance": row(1), "networking": row(other=1)},
        row(3, 1, 1),
    ),
    "activity_participants": ({"training": row(12, 8, 3), "meeting": row(1, 0, 1)}, row(13, 8, 4)),
    "interviews": ({"all": row(1, 0, 1)}, row(1, 0, 1)),
}
AMOUNTS_BY_HAND = {
    "compensation_requested": (
        {
            "USD": {"amount": "1000.00", "cases": 1},
            "MMK": {"amount": "0.00", "cases": 0},
            "MYR": {"amount": "0.00", "cases": 0},
            "THB": {"amount": "2000.00", "cases": 1},
            "VND": {"amount": "0.00", "cases": 0},
            "KHR": {"amount": "100.00", "cases": 1},
        },
        1,
    ),
    "compensation_awarded": (
        {
            "USD": {"amount": "500.50", "cases": 2},
            "MMK": {"amount": "0.00", "cases": 0},
            "MYR": {"amount": "0.00", "cases": 0},
            "THB": {"amount": "0.00", "cases": 0},
            "VND": {"amount": "0.00", "cases": 0},
        },
        2,
    ),
}


def test_every_table_has_an_example_counted_by_hand():
    assert set(COUNTED_BY_HAND) | set(AMOUNTS_BY_HAND) == set(CODES)


@pytest.mark.parametrize("code", COUNTED_BY_HAND)
def test_the_table_is_as_counted_by_hand(example, sign_in, coordinator, code):
    table = tables_of(sign_in(coordinator), example)[code]
    rows, total = COUNTED_BY_HAND[code]
    assert {name: cells for name, cells in table["rows"].items() if any(cells.values())} == rows
    assert table["total"] == total


@pytest.mark.parametrize("code", AMOUNTS_BY_HAND)
def test_amounts_are_as_added_by_hand_a_currency_at_a_time(example, sign_in, coordinator, code):
    table = tables_of(sign_in(coordinator), example)[code]
    rows, not_recorded = AMOUNTS_BY_HAND[code]
    assert list(table["rows"].items()) == list(rows.items())
    assert table == {"unit": "money", "rows": rows, "not_recorded": not_recorded}


def test_a_person_served_in_january_and_may_is_one_person_in_each_quarter_and_one_in_the_year(
    in_a, sign_in, coordinator
):
    card = make_card(in_a, gender="woman")
    make_service(card, received_on=date(2026, 1, 10))
    make_service(card, received_on=date(2026, 5, 20))
    browser = sign_in(coordinator)
    seen = {}
    for name, period in {
        "first quarter": Period(date(2026, 1, 1), date(2026, 3, 31)),
        "second quarter": Period(date(2026, 4, 1), date(2026, 6, 30)),
        "year": Period(date(2026, 1, 1), date(2026, 12, 31)),
    }.items():
        tables = tables_of(browser, in_a, period=period)
        seen[name] = [
            tables[code]["rows"]["counselling"]["women"] for code in ("services_persons", "services_contacts")
        ]
        assert tables["services_persons"]["total"]["total"] == 1
    assert seen == {"first quarter": [1, 1], "second quarter": [1, 1], "year": [1, 2]}


def test_a_period_includes_its_first_and_its_last_day(example, sign_in, coordinator):
    browser = sign_in(coordinator)
    for first, last, women, men in (
        (date(2026, 7, 1), date(2026, 7, 1), 1, 0),
        (date(2026, 7, 2), date(2026, 9, 29), 1, 0),
        (date(2026, 9, 30), date(2026, 9, 30), 0, 1),
    ):
        closed = tables_of(browser, example, period=Period(first, last))["cases_closed"]["total"]
        assert (closed["women"], closed["men"]) == (women, men)


def test_each_complainant_of_a_group_is_a_case_and_the_group_is_one(in_a, sign_in, coordinator):
    group = GroupComplaint.objects.create(centre=in_a, title="Garment factory", title_hash=1)
    for gender in ("woman", "woman", "man"):
        make_closed_case(in_a, gender=gender, group=group)
    tables = tables_of(sign_in(coordinator), in_a)
    assert tables["cases_closed"]["total"] == row(2, 1)
    assert tables["group_complaints"]["total"] == {"total": 1}


def test_two_centres_together_are_the_sum_of_both_and_no_other(in_a, centre_b, sign_in, two_centre_coordinator):
    from mrc.access import centre_scope

    make_closed_case(in_a, gender="woman")
    with centre_scope([centre_b]):
        make_closed_case(centre_b, gender="man")
    browser = sign_in(two_centre_coordinator)
    assert tables_of(browser, in_a)["cases_closed"]["total"] == row(1)
    assert tables_of(browser, centre_b)["cases_closed"]["total"] == row(0, 1)
    assert tables_of(browser, in_a, centre_b)["cases_closed"]["total"] == row(1, 1)


def test_large_amounts_are_added_to_the_last_hundredth(in_a, sign_in, coordinator):
    for amount in ("999999999999.99", "999999999999.99", "0.01", "0.29"):
        make_closed_case(in_a, awarded_amount=amount, awarded_currency="VND")
    awarded = tables_of(sign_in(coordinator), in_a)["compensation_awarded"]["rows"]["VND"]
    assert awarded == {"amount": "2000000000000.28", "cases": 4}


def test_a_period_in_which_nothing_happened_is_all_zeros(in_a, sign_in, coordinator):
    for code, table in tables_of(sign_in(coordinator), in_a).items():
        cells = [value for cells in table["rows"].values() for value in cells.values()]
        assert cells and set(cells) <= {0, "0.00"}, code
        assert "not_recorded" not in table["rows"], code
