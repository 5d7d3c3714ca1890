"""Every measure says what the report table says."""

import json

import pytest

from legal_cases.models import EXCLUSIVE_REMEDIES, LegalCase
from reports.services import make_report
from reports.tables import compute
from results.measures import MEASURES, offered
from results.services import tables_needed
from results.values import COLUMNS
from tests.factories import make_closed_case
from tests.reports.questions import QUARTER, make_every_answer


@pytest.fixture
def counted(in_a):
    """(grids, the tables of the report as JSON) of a quarter in which every answer occurs."""
    make_every_answer(in_a)
    make_closed_case(in_a, awarded_amount="1250.50", awarded_currency="USD", remedies=["compensation", "other"])
    make_closed_case(in_a, awarded_amount="90", awarded_currency="KHR", gender="woman", remedies=["unknown"])
    grids = {grid.code: grid for grid in compute(tables_needed(), QUARTER, [in_a])}
    return grids, json.loads(json.dumps(make_report(centres=[in_a], period=QUARTER).as_data()))["tables"]


def row_of(measure, tables):
    table = tables[measure.table.code]
    if measure.row == "total":
        return table["total"]
    return table["rows"].get(measure.row, {})


def test_every_measure_is_the_number_of_the_report(counted):
    grids, tables = counted
    compared = 0
    for measure in MEASURES.values():
        if measure.table.code not in tables:
            assert measure.table.code == "cases_with_remedy"
            continue
        row, found = row_of(measure, tables), measure.values(grids)
        if measure.code.startswith("awarded:"):
            assert f"{found.total:.2f}" == row.get("amount", "0.00"), measure.code
            assert found.records == row.get("cases", 0)
        else:
            assert {column: getattr(found, column) for column in COLUMNS} == row, measure.code
        compared += 1
    assert compared == len(MEASURES) - 2
    assert MEASURES["persons_served"].values(grids).total > 0


def test_cases_with_a_remedy_are_those_closed_less_those_without(counted, in_a):
    grids, tables = counted
    closed = LegalCase.objects.closed_between(QUARTER.start, QUARTER.end)
    with_some = {
        case.pk
        for case in closed.prefetch_related("remedies")
        if {remedy.code for remedy in case.remedies.all()} - set(EXCLUSIVE_REMEDIES)
    }
    found = MEASURES["cases_with_remedy"].values(grids)
    assert 0 < found.total == len(with_some) < tables["cases_closed"]["total"]["total"]
    assert found.women + found.men + found.other == found.total
    share = MEASURES["share_with_remedy"].values(grids)
    assert share.parts["total"] == (found.total, tables["cases_closed"]["total"]["total"])
    assert share.parts["women"] == (found.women, tables["cases_closed"]["total"]["women"])


def test_the_six_categories_and_every_way_of_resolving_are_measures():
    groups = {str(group): [code for code, _label in choices] for group, choices in offered({"USD", "THB"})}
    assert len([code for code in groups["Services"] if code.startswith("services_persons:")]) == 6
    assert len([code for code in groups["Legal assistance"] if code.startswith("resolution:")]) == 4
    assert len([code for code in groups["Activities and interviews"] if ":" in code]) == 4
    assert groups["Compensation"] == ["awarded:USD", "awarded:THB"]


def test_a_quarter_without_records_has_zeros_and_percentages_of_nothing_are_not_known(in_a):
    grids = {grid.code: grid for grid in compute(tables_needed(), QUARTER, [in_a])}
    for measure in MEASURES.values():
        found = measure.values(grids)
        assert found.total == (None if measure.base else 0), measure.code
