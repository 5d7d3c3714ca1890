"""Defining an indicator, setting targets, typing results, revising: what is accepted, refused, and kept."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc import dates
from mrc.audit import AuditEvent
from reports.models import ProgressReport, ReportText
from results.measures import MEASURES
from results.models import Indicator, IndicatorDefinition, PeriodFigure
from results.services import tracked_indicators
from tests.factories import make_closed_case, make_report
from tests.results.making import make_figure, make_indicator

ANSWERS = {
    "name": "Number of migrants trained on their labour rights",
    "measure": "",
    "unit": "number",
    "source": "Training participant list",
    "baseline_value": "1,250",
    "baseline_on": "31/12/2025",
    "baseline_text": "",
    "valid_from": "01/01/2026",
}


@pytest.fixture
def window(sign_in, coordinator):
    return sign_in(coordinator)


@pytest.fixture
def end_of_year(monkeypatch):
    """All reporting periods of 2026 have begun."""
    monkeypatch.setattr(dates, "today", lambda: date(2026, 11, 20))


def post(window, name, record, /, **answers):
    return window.post(reverse(f"results:{name}", args=[record.uid]), answers)


def refused(page):
    assert page.status_code == 422, page.status_code
    return {name: " ".join(messages) for name, messages in page.context["form"].errors.items()}


# --- the definition ----------------------------------------------------------------------------------------------


def test_an_indicator_is_added_with_its_baseline_and_shown(window, theory):
    answer = post(window, "indicator_add", theory["output"], **ANSWERS)
    assert answer.status_code == 302
    definition = IndicatorDefinition.objects.get()
    assert (definition.baseline_value, definition.valid_from) == (Decimal(1250), date(2026, 1, 1))
    page = window.get(answer.url).content.decode()
    for text in (ANSWERS["name"], "1,250 (31/12/2025)", "Training participant list", "Output 1.1"):
        assert text in page


def test_a_computed_result_brings_its_own_unit(window, theory):
    post(window, "indicator_add", theory["output"], **{**ANSWERS, "baseline_value": "", "measure": "share_with_remedy"})
    assert IndicatorDefinition.objects.get().unit == "percentage"


def test_a_new_indicator_holds_from_the_start_of_the_agreement_or_after_what_is_handed_in(window, in_agreement, theory):
    address = reverse("results:indicator_add", args=[theory["output"].uid])
    assert 'value="01/01/2026"' in window.get(address).content.decode()
    ProgressReport.objects.filter(pk=make_report(in_agreement, 1).pk).update(state="submitted")
    assert 'value="01/04/2026"' in window.get(address).content.decode()


def test_measures_of_the_currencies_that_concern_the_agreement_are_offered(window, theory):
    page = window.get(reverse("results:indicator_add", args=[theory["output"].uid]))
    choices = dict(page.context["form"].fields["measure"].choices)
    awarded = [code for code, _label in choices["Compensation"]]
    assert awarded == ["awarded:KHR"]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": ""}, "name", "Indicator” is required"),
        ({"measure": "made_up"}, "measure", "made_up"),
        ({"unit": "litres"}, "unit", "litres"),
        ({"baseline_on": ""}, "baseline_on", "Write the day on which the baseline was measured."),
        ({"baseline_value": "1.2.3"}, "baseline_value", "not a number that can be read in one way only"),
        ({"baseline_value": "120", "unit": "percentage"}, "baseline_value", "at most 100"),
        ({"unit": "text"}, "baseline_value", "Write the baseline in words"),
        ({"valid_from": "31/12/2025"}, "valid_from", "Choose a day of the agreement"),
        ({"valid_from": "soon"}, "valid_from", "not a date"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_lost(window, theory, wrong, field, says):
    page = post(window, "indicator_add", theory["output"], **{**ANSWERS, **wrong})
    errors = refused(page)
    assert list(errors) == [field] and says in errors[field]
    assert ANSWERS["source"] in page.content.decode()
    assert not Indicator.objects.exists()


def test_hints_stand_beside_the_fields_and_refuse_nothing(window, theory):
    typed = {**ANSWERS, "name": "50 more migrants are aware of their rights", "source": ""}
    answer = post(window, "indicator_add", theory["output"], **typed)
    assert answer.status_code == 302
    page = window.get(answer.url).content.decode()
    for part in ("“more” assumes a direction", "“50” looks like a target", "Begin with the unit", "No data source",
                 "No target for"):  # fmt: skip
        assert part in page
    definition = IndicatorDefinition.objects.get()
    form = window.get(reverse("results:indicator_correct", args=[definition.uid])).content.decode()
    assert "assumes a direction" in form and "No data source" in form
    listed = window.get(reverse("results:indicators", args=[definition.indicator.agreement.uid])).content.decode()
    assert "assumes a direction" in listed


def test_hints_are_renewed_while_one_types_and_nothing_is_saved(window, in_agreement, theory):
    answer = post(window, "hints", in_agreement, name="More rights", source="Survey")
    text = answer.content.decode()
    assert "assumes a direction" in text and 'id="hints-source"' in text and "No data source" not in text
    assert not Indicator.objects.exists()
    assert post(window, "hints", in_agreement, name="<script>", source="x").content.decode().count("<script>") == 0


# --- revisions ---------------------------------------------------------------------------------------------------


def revise(window, indicator, /, **answers):
    kept = {**ANSWERS, "valid_from": "01/07/2026", "reason": "The register is new", **answers}
    return post(window, "indicator_revise", indicator, **kept)


def test_a_revision_holds_from_its_day_and_earlier_periods_keep_what_held(window, in_agreement, indicator):
    assert revise(window, indicator, name="Number of people trained", valid_from="15/08/2026").status_code == 302
    [tracked] = tracked_indicators(in_agreement)
    names = [tracked.definition_for(period).name for period in in_agreement.periods.all()]
    assert names == ["Number of cases closed"] * 2 + ["Number of people trained"] * 2
    page = window.get(indicator.get_absolute_url()).content.decode()
    assert "The register is new" in page and "15/08/2026" in page and "First definition" in page


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"reason": ""}, "reason", "required"),
        ({"valid_from": "01/01/2026"}, "valid_from", "The definition before holds from 01/01/2026."),
        ({"valid_from": "01/01/2027"}, "valid_from", "Choose a day of the agreement"),
    ],
)
def test_a_revision_needs_a_reason_and_a_later_day(window, indicator, wrong, field, says):
    errors = refused(revise(window, indicator, **wrong))
    assert list(errors) == [field] and says in errors[field]
    assert IndicatorDefinition.objects.count() == 1


def test_nothing_changes_what_a_report_that_is_handed_in_was_written_with(window, in_agreement, indicator):
    report = make_report(in_agreement, 2)
    ProgressReport.objects.filter(pk=report.pk).update(state="submitted")
    errors = refused(revise(window, indicator, valid_from="30/06/2026"))
    assert "01/04/2026 – 30/06/2026 is handed in" in errors["valid_from"]
    definition = indicator.definitions.get()
    page = post(window, "indicator_correct", definition, **{**ANSWERS, "version": 1})
    assert page.status_code == 422 and "Revise it instead" in page.content.decode()
    assert "handed in" in refused(post(window, "indicator_add", indicator.step, **ANSWERS))["valid_from"]
    assert revise(window, indicator, valid_from="01/07/2026").status_code == 302


def test_a_mistake_is_corrected_in_place_before_a_report_is_handed_in(window, indicator):
    definition = indicator.definitions.get()
    answer = post(window, "indicator_correct", definition, **{**ANSWERS, "name": "Number corrected", "version": 1})
    assert answer.status_code == 302
    assert IndicatorDefinition.objects.get().name == "Number corrected"
    revise(window, indicator)
    page = post(window, "indicator_correct", definition, **{**ANSWERS, "version": 2})
    assert page.status_code == 422 and "A later definition" in page.content.decode()


def test_an_indicator_that_is_no_longer_measured_leaves_later_periods(window, in_agreement, indicator):
    assert revise(window, indicator, is_dropped="on").status_code == 302
    [tracked] = tracked_indicators(in_agreement)
    measured = [tracked.definition_for(period) is not None for period in in_agreement.periods.all()]
    assert measured == [True, True, False, False]


# --- targets and results -----------------------------------------------------------------------------------------


def save(window, name, indicator, quarters, version=1):
    """``quarters``: {first day of the quarter: {column: text}}."""
    answers = {f"{start}-{column}": text for start, given in quarters.items() for column, text in given.items()}
    return post(window, name, indicator, version=version, **answers)


def figures(kind):
    found = PeriodFigure.objects.filter(kind=kind).select_related("period").order_by("period__starts_on")
    return [(one.period.starts_on.month, one.women, one.men, one.other, one.total) for one in found]


def test_targets_are_split_by_gender_or_given_in_all(window, indicator):
    answer = save(
        window,
        "targets",
        indicator,
        {
            "2026-01-01": {"women": "25", "men": "25"},
            "2026-04-01": {"total": "60"},
            "2026-07-01": {"women": "10", "men": "20", "other": "5", "total": "35"},
        },
    )
    assert answer.status_code == 302
    assert figures("target") == [(1, 25, 25, 0, None), (4, None, None, None, 60), (7, 10, 20, 5, None)]
    assert AuditEvent.objects.filter(record=indicator.uid, model="results.PeriodFigure").count() == 3


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"women": "25"}, "men", "Fill in all three"),
        ({"women": "1", "men": "2", "other": "3", "total": "7"}, "total", "add up to 6"),
        ({"total": "-4"}, "total", "negative"),
        ({"total": "many"}, "total", "not a number"),
        ({"total": "1" * 20}, "total", "digits"),
    ],
)
def test_a_wrong_target_is_named_and_nothing_is_lost(window, indicator, given, field, says):
    page = save(window, "targets", indicator, {"2026-01-01": given, "2026-04-01": {"total": "4242"}})
    errors = refused(page)
    assert says in errors[f"2026-01-01-{field}"] and "4242" in page.content.decode()
    assert not PeriodFigure.objects.exists()


def test_the_other_genders_of_a_result_are_not_guessed(window, indicator, end_of_year):
    errors = refused(save(window, "typed_results", indicator, {"2026-01-01": {"women": "3", "men": "2"}}))
    assert "Fill in all three" in errors["2026-01-01-other"]
    assert save(window, "typed_results", indicator, {"2026-01-01": {"women": "3", "men": "2", "other": "0"}}).url
    assert figures("result") == [(1, 3, 2, 0, None)]


def test_a_target_that_is_emptied_is_gone_and_another_stays(window, indicator):
    save(window, "targets", indicator, {"2026-01-01": {"total": "5"}, "2026-04-01": {"total": "6"}})
    save(window, "targets", indicator, {"2026-04-01": {"total": "6"}}, version=2)
    assert figures("target") == [(4, None, None, None, 6)]


def test_a_target_in_percent_is_at_most_100_and_a_result_has_its_base(window, theory, end_of_year):
    indicator = make_indicator(theory["output"], unit="percentage")
    errors = refused(save(window, "targets", indicator, {"2026-01-01": {"total": "101"}}))
    assert "at most 100" in errors["2026-01-01-total"]
    errors = refused(save(window, "typed_results", indicator, {"2026-01-01": {"total": "4"}}))
    assert "Write of how many" in errors["2026-01-01-base_total"]
    errors = refused(save(window, "typed_results", indicator, {"2026-01-01": {"total": "4", "base_total": "3"}}))
    assert "more than all" in errors["2026-01-01-total"]
    assert save(window, "typed_results", indicator, {"2026-01-01": {"total": "3", "base_total": "4"}}).url
    page = window.get(indicator.get_absolute_url()).content.decode()
    assert "75.0%" in page and "(3 of 4)" in page


def test_a_result_in_words(window, theory, end_of_year):
    indicator = make_indicator(theory["impact"], unit="text")
    save(window, "typed_results", indicator, {"2026-07-01": {"text": "The ministry asks for advice"}})
    assert "The ministry asks for advice" in window.get(indicator.get_absolute_url()).content.decode()


def test_results_are_typed_only_for_periods_that_have_begun(window, indicator, monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: date(2026, 5, 1))
    form = window.get(reverse("results:typed_results", args=[indicator.uid])).context["form"]
    assert [line.period.starts_on.month for line in form.lines] == [1, 4]
    save(window, "typed_results", indicator, {"2026-07-01": {"total": "9"}})
    assert not PeriodFigure.objects.exists()


def test_computed_results_are_not_typed(window, theory, end_of_year):
    indicator = make_indicator(theory["output"], measure="cases_closed")
    page = window.get(reverse("results:typed_results", args=[indicator.uid]))
    assert page.context["form"].lines == [] and "its results are computed" in page.content.decode()
    save(window, "typed_results", indicator, {"2026-01-01": {"total": "9"}})
    assert not PeriodFigure.objects.exists()


def test_the_target_of_a_report_that_is_handed_in_stays(window, in_agreement, indicator):
    make_figure(indicator, 1, total=50)
    ProgressReport.objects.filter(pk=make_report(in_agreement, 1).pk).update(state="accepted")
    save(window, "targets", indicator, {"2026-01-01": {"total": "5"}, "2026-04-01": {"total": "6"}})
    assert figures("target") == [(1, None, None, None, 50), (4, None, None, None, 6)]
    assert "(handed in)" in window.get(reverse("results:targets", args=[indicator.uid])).content.decode()


def test_two_people_setting_targets_lose_nothing(window, indicator):
    save(window, "targets", indicator, {"2026-01-01": {"total": "5"}})
    page = save(window, "targets", indicator, {"2026-01-01": {"total": "7"}})
    assert page.status_code == 409
    assert ("Total, 01/01/2026 – 31/03/2026", "5", "7") in page.context["differences"]
    assert figures("target") == [(1, None, None, None, 5)]


# --- deleting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["", "figure", "text"])
def test_an_indicator_is_deleted_only_if_nothing_rests_on_it(window, in_agreement, indicator, what):
    if what == "figure":
        make_figure(indicator, 1, total=5)
    elif what == "text":
        ReportText.objects.create(report=make_report(in_agreement), key=f"indicator:{indicator.uid}", text="Late")
    page = post(window, "indicator_delete", indicator)
    assert page.status_code == (409 if what else 302)
    assert Indicator.objects.exists() == bool(what)
    if what:
        assert "no longer measured" in page.content.decode()


# --- results over the periods ------------------------------------------------------------------------------------


def test_results_stand_as_table_and_chart_with_the_base_of_each_percentage(
    window, in_agreement, indicator, end_of_year
):
    make_figure(indicator, 1, women=25, men=25, other=0)
    make_figure(indicator, 1, "result", women=30, men=14, other=1)
    make_figure(indicator, 2, total=60)
    make_figure(indicator, 2, "result", women=20, men=10, other=0)
    page = window.get(reverse("results:results", args=[in_agreement.uid]))
    text = page.content.decode()
    assert "90.0% of 50" in text and "50.0% of 60" in text and "target 25" in text
    [shown] = page.context["histories"]
    chart = shown.chart
    assert [bar.values for bar in chart.bars] == [(30, 14, 1), (20, 10, 0)]
    assert [bar.mark for bar in chart.bars] == [50.0, 60.0] and chart.most == 60.0
    assert '<svg role="img"' in text and "45 (90.0% of 50)" in chart.description
    assert (chart.bars[0].label, chart.bars[0].text) == ("01/01/2026 – 31/03/2026: 90.0% of 50", "45")


def test_a_period_without_a_result_has_no_bar_and_nothing_known_no_chart(window, in_agreement, indicator, end_of_year):
    page = window.get(reverse("results:results", args=[in_agreement.uid]))
    assert page.context["histories"][0].chart is None
    make_figure(indicator, 2, "result", total=4)
    page = window.get(reverse("results:results", args=[in_agreement.uid]))
    assert len(page.context["histories"][0].chart.bars) == 1


def test_a_programme_officer_sees_results_of_the_agreement(
    sign_in, programme_officer, in_agreement, theory, end_of_year
):
    indicator = make_indicator(theory["output"], measure="cases_closed")
    make_closed_case(in_agreement.centres.get())
    window = sign_in(programme_officer)
    page = window.get(reverse("results:results", args=[in_agreement.uid]))
    assert [one.result.total for one in page.context["histories"][0].results] == [0, 0, 1, 0]
    text = window.get(indicator.get_absolute_url()).content.decode()
    assert "Enter results" not in text and "Set targets" not in text
    assert save(window, "targets", indicator, {"2026-01-01": {"total": "5"}}).status_code == 403


@pytest.mark.parametrize("measure", ["cases_with_remedy", "share_with_remedy", "awarded:USD"])
def test_a_computed_result_opens_into_exactly_its_records(
    window, sign_in, programme_officer, in_agreement, theory, end_of_year, measure
):
    centre = in_agreement.centres.get()
    for remedy in ("compensation", "documents_returned", "none"):
        amount = {"awarded_amount": "100", "awarded_currency": "USD"} if remedy != "none" else {}
        make_closed_case(centre, remedies=[remedy], **amount)
    indicator = make_indicator(theory["output"], measure=measure, unit=MEASURES[measure].unit)
    page = window.get(indicator.get_absolute_url())
    [*_earlier, third, _fourth] = page.context["history"].results
    listed = window.get(third.url)
    assert listed.status_code == 200 and len(listed.context["object_list"]) == 2
    assert third.url.replace("&", "&amp;") in page.content.decode()
    page = sign_in(programme_officer).get(indicator.get_absolute_url())
    assert [one.url for one in page.context["history"].results] == [""] * 4


@pytest.mark.parametrize("name", ["results", "indicators", "indicator_detail", "targets", "typed_results"])
def test_no_page_asks_more_for_more_indicators(window, in_agreement, theory, name):
    indicator = make_indicator(theory["output"], measure="cases_closed")
    address = reverse(f"results:{name}", args=[indicator.uid if "_" in name or name == "targets" else in_agreement.uid])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert window.get(address).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _number in range(12):
        make_figure(make_indicator(theory["activity"], measure="cases_closed"), 1, total=3)
    assert queries() == few


def test_a_period_to_come_shows_its_target_and_no_result(window, indicator, monkeypatch):
    monkeypatch.setattr(dates, "today", lambda: date(2026, 5, 1))
    make_figure(indicator, 4, total=8)
    make_figure(indicator, 4, "result", total=3)
    first, *_others, last = window.get(indicator.get_absolute_url()).context["history"].results
    assert (last.target.total, last.result, last.shown_share) == (8, None, "")
    assert first.result is not None
