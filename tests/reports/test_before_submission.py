"""What is pointed out before a report is submitted: each line leads to its place, and what is told again is shown."""

from datetime import date

import lxml.html
import pytest
from django.urls import reverse

from harvesting.models import Story
from mrc.access import agreement_scope
from reports.models import CaseStudy, ReportStory, ReportText
from tests.factories import make_agreement, make_card, make_closed_case, make_interview, make_report
from tests.results.making import make_figure, make_indicator, make_step

PASSAGE = " ".join(f"word{i}" for i in range(40))


def looked_at(browser, report):
    response = browser.get(reverse("reports:report_submit", args=[report.uid]))
    assert response.status_code == 200
    return lxml.html.document_fromstring(response.content.decode())


def advice(browser, report):
    """{sentence: address} of everything that is missing or worth a look."""
    links = looked_at(browser, report).xpath("//*[@class='checks']//a")
    return {link.text_content(): link.get("href") for link in links}


def passages(browser, report):
    """{heading of the section: the passage that an earlier report holds}."""
    lines = looked_at(browser, report).xpath("//li[blockquote]")
    return {line.find("a").text_content(): line.find("blockquote").text_content() for line in lines}


def test_what_an_indicator_lacks_is_one_click_away(in_agreement, report, coordinator, sign_in):
    impact = make_step(in_agreement, "impact")
    typed = make_indicator(impact, name="Typed")
    computed = make_indicator(impact, name="Share", measure="share_with_remedy", unit="percentage")
    told = make_indicator(impact, name="Told")
    make_figure(told, 3, total=5)
    make_figure(told, 3, "result", total=4)
    browser = sign_in(coordinator)
    links = advice(browser, report)
    for sentence, name, indicator in (
        ("Indicator “Typed” has no target for this period.", "targets", typed),
        ("Indicator “Typed” has no result.", "typed_results", typed),
        ("Indicator “Share” has no result.", "indicator_detail", computed),
    ):
        assert links[sentence] == reverse(f"results:{name}", args=[indicator.uid])
        assert browser.get(links[sentence]).status_code == 200
    page, place = links["Indicator “Told”: the result is not explained."].split("#")
    field = lxml.html.document_fromstring(browser.get(page).content.decode()).get_element_by_id(place)
    assert field.tag == "textarea" and str(told.uid) in field.get("hx-post")


@pytest.mark.parametrize("number", [1, 2])
def test_one_doubtful_record_is_not_spoken_of_as_several(in_agreement, centre_a, report, coordinator, sign_in, number):
    for _i in range(number):
        make_closed_case(centre_a, gender="other", remedies=("none",))
        make_closed_case(centre_a, remedies=("unknown",))
    sentences = set(advice(sign_in(coordinator), report))
    assert (
        sentences
        >= {
            1: {
                "1 case was closed without any remedy.",
                "The remedy of 1 closed case is unknown.",
                "1 closed case: gender other or unknown.",
            },
            2: {
                "2 cases were closed without any remedy.",
                "The remedy of 2 closed cases is unknown.",
                "2 closed cases: gender other or unknown.",
            },
        }[number]
    )


def test_an_outcome_without_progress_leads_to_the_field_for_it(in_agreement, report, coordinator, sign_in):
    outcome = make_step(in_agreement, "outcome", parent=make_step(in_agreement, "impact"))
    browser = sign_in(coordinator)
    page, place = advice(browser, report)["Outcome 1: no progress is described."].split("#")
    field = lxml.html.document_fromstring(browser.get(page).content.decode()).get_element_by_id(place)
    assert field.get("hx-post").endswith(f"step:{outcome.uid}:progress/")


def test_a_passage_of_an_earlier_report_is_pointed_out(in_agreement, report, coordinator, sign_in):
    earlier = make_report(in_agreement, quarter=2)
    ReportText.objects.create(report=earlier, key="summary", text=f"In spring: {PASSAGE}. The end.")
    ReportText.objects.create(report=report, key="emerging_issues", text=f"New: {PASSAGE.upper()}, and more.")
    ReportText.objects.create(report=report, key="summary", text="word1 word2 word3 in another order")
    assert passages(sign_in(coordinator), report) == {
        "8. Emerging issues faced by beneficiaries and intermediaries": PASSAGE.upper()
    }


def test_a_case_study_and_a_story_that_were_told_before_are_pointed_out(
    in_agreement, centre_a, report, coordinator, sign_in
):
    earlier = make_report(in_agreement, quarter=2)
    card = make_card(centre_a, consents=["story"])
    story = Story.objects.create(
        interview=make_interview(card), outcome="positive", title="A road home", background=f"Then {PASSAGE}."
    )
    for one, learning in ((earlier, f"Ask first. {PASSAGE.upper()}"), (report, f"{PASSAGE}, again")):
        ReportStory.objects.create(report=one, story=story)
        CaseStudy.objects.create(
            report=one, centre=centre_a, title="Night classes", summary="Classes.", impact="Few.", learning=learning
        )
    found = passages(sign_in(coordinator), report)
    assert found == {
        "5. Outcome harvesting stories": f"Then {PASSAGE}",
        "6. Case studies of activities implemented": PASSAGE,
    }


def test_a_report_under_the_agreement_before_is_an_earlier_report_too(report, centre_a, centre_b, coordinator, sign_in):
    for number, centre in (("MOU-2025-01", centre_a), ("MOU-2025-02", centre_b)):
        before = make_agreement(number, centre, starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
        with agreement_scope([before]):
            ReportText.objects.create(report=make_report(before), key="summary", text=f"{centre.code}: {PASSAGE}")
    ReportText.objects.create(report=report, key="emerging_issues", text=f"{PASSAGE} and {PASSAGE}")
    ReportText.objects.create(report=report, key="gaps", text=f"CNX: {PASSAGE}")
    found = passages(sign_in(coordinator), report)
    assert set(found.values()) == {PASSAGE}, "only what a report of the own centres says"
