"""A result that was typed in, and is another now than in the report that was submitted."""

import lxml.html
import pytest
from django.urls import reverse

from reports.models import CaseStudy, ReportText
from reports.submitting import submit
from results.models import PeriodFigure
from tests.factories import make_card, make_interview, make_report
from tests.results.making import make_figure, make_indicator


@pytest.fixture
def report(in_agreement, centre_a):
    report = make_report(in_agreement)
    for key in ("summary", "gaps", "emerging_issues"):
        ReportText.objects.create(report=report, key=key, text="As planned.")
    CaseStudy.objects.create(
        report=report, centre=centre_a, title="Night classes", summary="Classes.", impact="Few.", learning="Ask."
    )
    return report


def changes(browser, submission):
    """{what: (as submitted, now, records)} of the page "changed since submission"."""
    response = browser.get(reverse("reports:submitted_changes", args=[submission.uid]))
    assert response.status_code == 200
    page = lxml.html.document_fromstring(response.content.decode())
    cells = [[cell.xpath("string()").strip() for cell in row] for row in page.xpath("//tbody/tr")]
    return {what: tuple(more) for what, *more in cells}


def set_result(indicator, **numbers):
    PeriodFigure.objects.filter(indicator=indicator, kind="result").update(**numbers)


@pytest.mark.parametrize("who", ["coordinator", "programme_officer"])
def test_a_typed_result_that_was_changed_is_shown_with_both(report, theory, request, sign_in, who):
    trained = make_indicator(theory["output"], name="Number of people trained")
    share = make_indicator(theory["output"], name="Share of them satisfied", unit="percentage")
    words = make_indicator(theory["output"], name="Confidence", unit="text")
    same = make_indicator(theory["output"], name="Number of visits")
    make_figure(trained, 3, "result", women=3, men=4, other=0)
    make_figure(share, 3, "result", total=3, base_total=4)
    make_figure(words, 3, "result", text="They are silent.")
    make_figure(same, 3, "result", total=9)
    submission, browser = submit(report=report), sign_in(request.getfixturevalue(who))
    assert changes(browser, submission) == {}
    set_result(trained, women=5)
    set_result(share, total=30, base_total=40)
    set_result(words, text="They speak up.")
    make_figure(same, 2, "result", total=1)  # of another period
    assert changes(browser, submission) == {
        "Number of people trained, Women": ("3", "5", "Typed in"),
        "Number of people trained, Total": ("7", "9", "Typed in"),
        "Share of them satisfied, Total": ("75.0% (3 of 4)", "75.0% (30 of 40)", "Typed in"),
        "Confidence": ("They are silent.", "They speak up.", "Typed in"),
    }


def test_a_typed_result_that_is_gone_or_came_later_is_a_difference(report, theory, coordinator, sign_in):
    gone, late = (make_indicator(theory["output"], name=name) for name in ("Gone", "Late"))
    make_figure(gone, 3, "result", total=7)
    submission, browser = submit(report=report), sign_in(coordinator)
    PeriodFigure.objects.filter(indicator=gone).delete()
    make_figure(late, 3, "result", total=2)
    assert changes(browser, submission) == {
        "Gone, Total": ("7", "–", "Typed in"),
        "Late, Total": ("–", "2", "Typed in"),
    }


def test_a_computed_result_changes_with_its_table_and_is_not_said_twice(report, theory, centre_a, coordinator, sign_in):
    make_indicator(theory["output"], name="Number of interviews held", measure="interviews")
    submission, browser = submit(report=report), sign_in(coordinator)
    make_interview(make_card(centre_a, gender="woman"))
    found = changes(browser, submission)
    assert ("0", "1", "1") in found.values()
    assert not [what for what in found if what.startswith("Number of interviews held")]


def test_an_indicator_that_is_measured_no_longer_is_no_difference(report, theory, coordinator, sign_in):
    indicator = make_indicator(theory["output"])
    make_figure(indicator, 3, "result", total=7)
    submission, browser = submit(report=report), sign_in(coordinator)
    indicator.definitions.update(is_dropped=True)
    assert changes(browser, submission) == {}
