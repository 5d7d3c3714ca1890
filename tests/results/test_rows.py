"""What the progress report takes from here: the steps in order and the rows of indicators."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mrc.access import centre_scope
from reports.annexes import TABLES
from reports.documents import indicator_cells
from reports.tables import compute
from results.services import IndicatorRow, indicator_rows, steps_in_order, tables_needed
from tests.factories import make_activity, make_closed_case
from tests.results.making import make_figure, make_indicator, make_step


def grids_of(agreement, quarter=3):
    period = agreement.periods.all()[quarter - 1].period
    tables = dict.fromkeys([*TABLES, *tables_needed()])
    return {grid.code: grid for grid in compute(tables, period, list(agreement.centres.all()))}


def rows_of(agreement, quarter=3):
    return indicator_rows(agreement, agreement.periods.all()[quarter - 1], grids_of(agreement, quarter))


def test_steps_stand_in_the_order_of_the_tree_with_the_numbers_of_annex_5(in_agreement, theory):
    assert [(step.label, step.depth) for step in steps_in_order(in_agreement)] == [
        ("Impact", 0),
        ("Outcome 1", 1),
        ("Output 1.1", 2),
        ("Activity 1.1.1", 3),
        ("Outcome 2", 1),
        ("Activity 2.1", 2),
    ]


def test_outcomes_are_numbered_through_below_several_impacts(in_agreement, theory):
    second = make_step(in_agreement, "impact", position=2)
    make_step(in_agreement, "outcome", parent=second)
    labels = [step.label for step in steps_in_order(in_agreement)]
    assert labels[0] == "Impact 1" and labels[-2:] == ["Impact 2", "Outcome 3"]


def test_numbers_follow_the_order_and_are_not_stored(in_agreement, theory):
    theory["justice"].position = 3
    theory["justice"].save()
    labels = {step.text: step.label for step in steps_in_order(in_agreement)}
    assert labels["Safer migration"] == "Outcome 1" and labels["Legal assistance"] == "Activity 2.1.1"


def test_the_order_takes_one_query_however_many_steps(in_agreement, theory, django_assert_num_queries):
    for place in range(30):
        make_step(in_agreement, "activity", parent=theory["output"], position=place)
    with django_assert_num_queries(1):
        assert len(steps_in_order(in_agreement)) == 36


def test_a_typed_result_stands_beside_its_target_by_gender(in_agreement, indicator):
    make_figure(indicator, 3, women=25, men=25, other=0)
    make_figure(indicator, 3, "result", women=30, men=14, other=1)
    [row] = rows_of(in_agreement)
    assert (row.step_label, row.name, row.unit, row.source) == (
        "Output 1.1", "Number of cases closed", "number", "Records",
    )  # fmt: skip
    assert row.target == {"women": 25, "men": 25, "other": 0, "total": 50}
    assert row.result == {"women": 30, "men": 14, "other": 1, "total": 45}
    assert (row.share, row.base, row.is_computed) == (0.9, "50", False)


def test_what_is_not_known_is_not_zero(in_agreement, indicator):
    [row] = rows_of(in_agreement)
    assert row.target == row.result == {"women": None, "men": None, "other": None, "total": None}
    assert (row.share, row.base, row.target_text, row.result_text) == (None, "", "–", "–")


def test_a_target_of_zero_has_no_share(in_agreement, indicator):
    make_figure(indicator, 3, total=0)
    make_figure(indicator, 3, "result", total=3)
    assert rows_of(in_agreement)[0].share is None


def test_a_percentage_is_printed_with_its_base(in_agreement, theory):
    indicator = make_indicator(theory["output"], unit="percentage")
    make_figure(indicator, 3, total=50)
    make_figure(
        indicator, 3, "result", women=5, base_women=10, men=4, base_men=30, other=0, base_other=0
    )  # fmt: skip
    [row] = rows_of(in_agreement)
    assert row.result == {"women": Decimal("50.0"), "men": Decimal("13.3"), "other": None, "total": Decimal("22.5")}
    assert (row.result_text, row.share, row.base) == ("22.5% (9 of 40)", 0.45, "50.0%")
    assert row.result_bases == {"women": "5 of 10", "men": "4 of 30", "other": "0 of 0", "total": "9 of 40"}


def test_a_percentage_of_an_earlier_period_comes_with_its_base(in_agreement, theory):
    indicator = make_indicator(theory["output"], unit="percentage")
    make_figure(indicator, 2, "result", total=3, base_total=4)
    assert [one["base"] for one in rows_of(in_agreement)[0].previous] == ["", "3 of 4"]


def test_a_row_that_was_kept_without_all_bases_is_read_all_the_same(in_agreement, theory):
    indicator = make_indicator(theory["output"], unit="percentage")
    make_figure(indicator, 2, "result", total=1, base_total=2)
    make_figure(indicator, 3, "result", women=5, base_women=10, men=4, base_men=30, other=0, base_other=0)
    data = json.loads(json.dumps(rows_of(in_agreement)[0].as_data()))
    del data["gender_bases"]
    for one in data["previous"]:
        del one["base"]
    kept = IndicatorRow.from_data(data)
    assert kept.result_bases == {"total": "9 of 40"}
    assert "Women: 50.0%\n" in indicator_cells(kept)[2] and indicator_cells(kept)[2].endswith(": 50.0%")


def test_a_computed_result_is_the_number_of_the_table(in_agreement, theory):
    for gender in ("woman", "woman", "man", "other"):
        make_closed_case(in_agreement.centres.get(), gender=gender)
    make_closed_case(in_agreement.centres.get(), remedies=["none"])
    make_indicator(theory["output"], measure="cases_with_remedy")
    make_indicator(theory["output"], measure="share_with_remedy", unit="percentage")
    number, share = rows_of(in_agreement)
    assert number.result == {"women": 2, "men": 1, "other": 1, "total": 4} and number.is_computed
    assert share.result["total"] == Decimal("80.0") and share.result_base == "4 of 5"


def test_an_amount_says_from_how_many_cases_it_is(in_agreement, theory):
    make_closed_case(in_agreement.centres.get(), awarded_amount="1250.50", awarded_currency="USD")
    make_indicator(theory["output"], measure="awarded:USD")
    [row] = rows_of(in_agreement)
    assert row.result_text == "1,250.50 (from 1 case)" and row.result["women"] is None


def test_results_of_earlier_periods_come_with_it(in_agreement, theory):
    centre = in_agreement.centres.get()
    typed = make_indicator(theory["impact"])
    make_figure(typed, 2, "result", total=7)
    make_indicator(theory["training"], measure="participants")
    make_activity(centre, heads=(3, 2, 0), ends_on=in_agreement.periods.all()[0].ends_on)
    by_hand, counted = rows_of(in_agreement)
    assert [one["from"] for one in counted.previous] == ["2026-01-01", "2026-04-01"]
    assert [one["result"]["total"] for one in by_hand.previous] == [None, 7]
    assert [one["result"]["total"] for one in counted.previous] == [5, 0]


def test_a_row_is_kept_and_read_back_as_it_was(in_agreement, theory):
    make_closed_case(in_agreement.centres.get(), awarded_amount="1250.50", awarded_currency="USD")
    make_figure(make_indicator(theory["impact"], unit="text"), 3, "result", text="Officials listen")
    make_indicator(theory["output"], measure="awarded:USD")
    make_indicator(theory["output"], measure="share_with_remedy", unit="percentage")
    for row in rows_of(in_agreement):
        assert IndicatorRow.from_data(json.loads(json.dumps(row.as_data()))) == row


def test_queries_do_not_grow_with_the_indicators(in_agreement, theory):
    def queries():
        grids = grids_of(in_agreement)
        with CaptureQueriesContext(connection) as captured:
            assert indicator_rows(in_agreement, in_agreement.periods.all()[2], grids)
        return len(captured)

    make_figure(make_indicator(theory["output"], measure="cases_closed"), 1, total=3)
    few = queries()
    for _number in range(20):
        make_figure(make_indicator(theory["activity"], measure="cases_closed"), 1, total=3)
    assert queries() == few


def test_an_agreement_of_two_centres_adds_them_up(two_centre_coordinator, centre_a, centre_b, agreement, in_agreement):
    agreement.centres.add(centre_b)
    with centre_scope([centre_a, centre_b]):
        for centre in (centre_a, centre_b):
            make_closed_case(centre)
        make_indicator(make_step(agreement, "impact"), measure="cases_closed")
        assert rows_of(agreement)[0].result["total"] == 2


@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
def test_an_indicator_is_measured_from_its_first_definition_on(in_agreement, theory, quarter):
    period = in_agreement.periods.all()[2]
    make_indicator(theory["output"], valid_from=period.ends_on)
    assert len(rows_of(in_agreement, quarter)) == (1 if quarter > 2 else 0)
