"""A progress report from its first text to the last of its parts, as coordinators write it."""

import re
from datetime import date

import pytest
from django.urls import reverse

from clients.models import Consent
from harvesting.models import Story
from reports.models import (
    ActionStatus,
    CaseStudy,
    MajorAction,
    ProgressReport,
    ReportText,
)
from tests.factories import (
    make_card,
    make_interview,
    make_report,
)
from tests.reports.writing import CASE_STUDY, page, write

# --- writing -----------------------------------------------------------------------------------------------------


def test_the_page_of_a_report_has_the_nine_sections_of_annex_5_in_order(report, coordinator, sign_in):
    found = page(sign_in(coordinator).get(report.get_absolute_url()))
    headings = [heading.text_content().strip() for heading in found.xpath("//*[@class='report-body']/section/h2")]
    assert [heading[:2] for heading in headings] == [f"{n}." for n in range(1, 10)]
    assert "Services for migrant workers" in found.xpath("//*[@class='report-head']")[0].text_content()


def test_a_text_is_saved_as_one_types_and_is_there_again(report, coordinator, sign_in):
    browser = sign_in(coordinator)
    answer = write(browser, report, "summary", "Two centres opened.\n\nឃ្មុំ")
    assert "Saved at" in answer.content.decode() and 'value="1"' in answer.content.decode()
    assert write(browser, report, "summary", "Three centres opened.", version=1).status_code == 200
    area = page(browser.get(report.get_absolute_url())).get_element_by_id("text-summary")
    assert area.text.strip() == "Three centres opened."
    assert ReportText.objects.get(report=report, key="summary").version == 2


def test_two_people_write_two_sections_at_the_same_time(report, coordinator, two_centre_coordinator, sign_in):
    assert write(sign_in(coordinator), report, "summary", "Mine.").status_code == 200
    assert write(sign_in(two_centre_coordinator), report, "emerging_issues", "Hers.").status_code == 200
    assert dict(ReportText.objects.values_list("key", "text")) == {"summary": "Mine.", "emerging_issues": "Hers."}


def test_of_two_versions_of_one_text_neither_is_lost(report, coordinator, two_centre_coordinator, sign_in):
    write(sign_in(coordinator), report, "summary", "Mine.")
    answer = write(sign_in(two_centre_coordinator), report, "summary", "Hers.")
    assert answer.status_code == 409
    assert "Mine." in answer.content.decode()
    assert ReportText.objects.get().text == "Mine."
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode())[1]
    assert write(sign_in(two_centre_coordinator), report, "summary", "Both.", version).status_code == 200
    assert ReportText.objects.get().text == "Both."


@pytest.mark.parametrize("key", ["nothing", "step:1:progress", "summary:more", "gap:", "actions", "%0a", "a" * 300])
def test_a_place_that_is_none_is_not_there(report, coordinator, sign_in, key):
    assert write(sign_in(coordinator), report, key, "Text").status_code == 404
    assert not ReportText.objects.exists()


@pytest.mark.parametrize(("text", "says"), [("a\x00b", "cannot be printed"), ("x" * 20_001, "20,000")])
def test_a_text_that_cannot_be_kept_is_refused_with_a_sentence(report, coordinator, sign_in, text, says):
    answer = write(sign_in(coordinator), report, "summary", text)
    assert answer.status_code == 422
    assert says in answer.content.decode()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "٣"])
def test_a_version_that_is_none_counts_as_the_first(report, coordinator, sign_in, version):
    assert write(sign_in(coordinator), report, "summary", "Text", version).status_code == 200


def test_a_text_can_be_saved_without_scripts(report, coordinator, sign_in):
    url = reverse("reports:text_save", args=[report.uid, "summary"])
    answer = sign_in(coordinator).post(url, {"text": "Typed.", "version": "0"})
    assert answer.status_code == 302 and answer.url.endswith("#summary")
    assert ReportText.objects.get().text == "Typed."


def test_staff_and_other_centres_find_no_report(report, staff, coordinator_b, sign_in):
    assert sign_in(staff).get(report.get_absolute_url()).status_code == 403
    assert sign_in(coordinator_b).get(report.get_absolute_url()).status_code == 404
    assert write(sign_in(coordinator_b), report, "summary", "Text").status_code == 404


def test_who_belongs_to_one_of_two_centres_does_not_see_the_report_of_both(
    report, centre_b, coordinator, two_centre_coordinator, sign_in
):
    report.agreement.centres.add(centre_b)
    assert sign_in(coordinator).get(report.get_absolute_url()).status_code == 404
    assert sign_in(two_centre_coordinator).get(report.get_absolute_url()).status_code == 200


# --- its parts ---------------------------------------------------------------------------------------------------


def test_a_story_is_told_only_with_consent(report, centre_a, coordinator, sign_in):
    willing = make_card(centre_a, name="Somebody", consents=["story"])
    unwilling = make_card(centre_a, name="Another")
    stories = [
        Story.objects.create(interview=make_interview(card), outcome="negative", title=title, background="She left.")
        for card, title in ((willing, "A road home"), (unwilling, "Never to be told"))
    ]
    browser, url = sign_in(coordinator), reverse("reports:stories_told", args=[report.uid])
    assert "Never to be told" not in browser.get(url).content.decode()
    assert browser.post(url, {"stories": [stories[1].uid]}).status_code == 422
    assert browser.post(url, {"stories": [stories[0].uid]}).status_code == 302
    assert "A road home" in browser.get(report.get_absolute_url()).content.decode()
    Consent.objects.filter(card=willing).update(withdrawn_on=date(2026, 9, 2))
    for address in (report.get_absolute_url(), url):
        assert "A road home" not in browser.get(address).content.decode()


def test_a_case_study_is_written_changed_and_deleted(report, centre_a, coordinator, sign_in):
    browser = sign_in(coordinator)
    new = reverse("reports:case_study_new", args=[report.uid])
    refused = browser.post(new, {**CASE_STUDY, "centre": centre_a.pk, "learning": "", "women": "-1"})
    assert refused.status_code == 422
    assert {"learning", "women"} <= set(refused.context["form"].errors)
    refused = browser.post(new, {**CASE_STUDY, "centre": centre_a.pk, "women": "1000001"})
    assert list(refused.context["form"].errors) == ["women"]
    browser.post(new, {**CASE_STUDY, "centre": centre_a.pk})
    study = CaseStudy.objects.get()
    assert (study.report, study.women, study.result) == (report, 4, "did_not_work")
    edit = reverse("reports:case_study_edit", args=[study.uid])
    answers = {**CASE_STUDY, "centre": centre_a.pk, "title": "Evening classes", "version": study.version}
    assert browser.post(edit, answers).status_code == 302
    assert "Evening classes" in browser.get(report.get_absolute_url()).content.decode()
    delete = reverse("reports:case_study_delete", args=[study.uid])
    assert "Evening classes" in browser.get(delete).content.decode()
    browser.post(delete)
    assert not CaseStudy.objects.exists()


def test_a_case_study_is_not_written_for_a_centre_that_the_agreement_does_not_cover(
    report, centre_b, two_centre_coordinator, sign_in
):
    url = reverse("reports:case_study_new", args=[report.uid])
    answer = sign_in(two_centre_coordinator).post(url, {**CASE_STUDY, "centre": centre_b.pk})
    assert answer.status_code == 422 and "centre" in answer.context["form"].errors


ACTION = {"text": "Ask for a later closing hour.", "responsible": "The coordinator", "due_on": "31/12/2026"}


def test_an_action_stays_in_every_later_report_until_it_is_done(in_agreement, report, coordinator, sign_in):
    browser = sign_in(coordinator)
    new = reverse("reports:action_new", args=[report.uid])
    assert browser.post(new, {**ACTION, "status": "ongoing", "due_on": ""}).status_code == 422
    assert browser.post(new, {**ACTION, "status": "initiated"}).status_code == 302
    action = MajorAction.objects.get()
    following = make_report(in_agreement, quarter=4)
    text = browser.get(following.get_absolute_url()).content.decode()
    assert ACTION["text"] in text and "Carried over" in text and "Initiated" in text
    move = reverse("reports:action_edit", args=[following.uid, action.uid])
    assert browser.post(move, {"status": "completed", "text": "Another text"}).status_code == 302
    action.refresh_from_db()
    assert action.text == ACTION["text"]
    assert list(ActionStatus.objects.order_by("pk").values_list("status", flat=True)) == ["initiated", "completed"]
    assert "Completed" in browser.get(following.get_absolute_url()).content.decode()
    last = ProgressReport.objects.create(
        period=in_agreement.periods.create(
            starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31), due_on=date(2027, 4, 30)
        )
    )
    assert ACTION["text"] not in browser.get(last.get_absolute_url()).content.decode()
    assert browser.get(reverse("reports:action_edit", args=[last.uid, action.uid])).status_code == 404
