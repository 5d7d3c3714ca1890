"""A progress report from its submission to its acceptance, as coordinators and programme officers do it."""

import re
from datetime import date

import pytest
from django.urls import reverse

from mrc.access import agreement_scope, centre_scope
from reports import freezing
from reports.content import frozen_content, live_members
from reports.models import (
    CaseStudy,
    NeverChanged,
    SubmittedReport,
)
from tests.factories import (
    make_activity,
    make_card,
    make_case,
    make_closed_case,
    make_service,
)
from tests.reports.writing import page, submit, write, write_what_is_needed


@pytest.fixture
def submitted(report, coordinator, sign_in):
    browser = sign_in(coordinator)
    write_what_is_needed(browser, report)
    assert submit(browser, report).status_code == 302
    return SubmittedReport.objects.get(report=report)


# --- submitting --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_said_with_a_link_to_its_place_and_stops_the_submission(
    report, centre_a, coordinator, sign_in
):
    make_closed_case(centre_a, remedies=())
    make_activity(centre_a, ends_on=date(2026, 7, 10))
    make_activity(centre_a, ends_on=date(2026, 6, 30))  # in the period before
    browser, url = sign_in(coordinator), reverse("reports:report_submit", args=[report.uid])
    found = page(browser.get(url))
    links = {link.text_content(): link.get("href") for link in found.xpath("//*[@class='checks']//a")}
    assert links["Section 1. Overall summary of progress to date is empty."].endswith("#summary")
    [without_remedy] = [href for text, href in links.items() if "no remedy" in text]
    assert (
        f"/{centre_a.code}-" in browser.get(without_remedy).content.decode()
        or browser.get(without_remedy).context["page_obj"].paginator.count == 1
    )
    [not_counted] = [href for text, href in links.items() if "no head-count" in text]
    assert browser.get(not_counted).status_code == 200
    refused = submit(browser, report)
    assert refused.status_code == 422 and "case study" in refused.content.decode()
    assert not SubmittedReport.objects.exists()
    write_what_is_needed(browser, report)
    assert submit(browser, report).status_code == 302
    report.refresh_from_db()
    assert report.state == "submitted"


def test_a_submitted_report_is_not_written_any_more(submitted, coordinator, sign_in):
    browser, report = sign_in(coordinator), submitted.report
    assert write(browser, report, "summary", "Later.", 1).status_code == 422
    assert not page(browser.get(report.get_absolute_url())).xpath("//textarea")
    for name in ("case_study_new", "action_new", "stories_told", "report_submit"):
        answer = browser.get(reverse(f"reports:{name}", args=[report.uid]))
        assert answer.status_code == 302, name
    study = CaseStudy.objects.get()
    assert browser.post(reverse("reports:case_study_delete", args=[study.uid])).status_code == 404
    assert submit(browser, report).status_code == 422
    assert SubmittedReport.objects.count() == 1


def test_numbers_and_texts_are_kept_as_they_were_submitted(report, centre_a, coordinator, sign_in):
    browser = sign_in(coordinator)
    make_closed_case(centre_a, gender="woman")
    write_what_is_needed(browser, report)
    submit(browser, report)
    submission = SubmittedReport.objects.get()
    browser.get(report.get_absolute_url())  # where it is said that it is submitted
    before = browser.get(reverse("reports:submitted", args=[submission.uid])).content.decode()
    late = make_closed_case(centre_a, gender="man", remedies=("none",))
    CaseStudy.objects.filter(report=report).update(title="Changed behind its back")
    after = browser.get(reverse("reports:submitted", args=[submission.uid])).content.decode()
    assert re.sub(r'value="\w+"', "", before) == re.sub(r'value="\w+"', "", after)
    assert "Night classes" in after
    changes = page(browser.get(reverse("reports:submitted_changes", args=[submission.uid])))
    rows = {row[0].text_content(): [cell.text_content() for cell in row[1:]] for row in changes.xpath("//tbody/tr")}
    assert rows["Cases closed: All, Men"] == ["0", "1", "1"]
    assert rows["Remedy: None, Total"] == ["0", "1", "1"]
    assert "Cases closed: All, Women" not in rows
    assert "Cases closed: Total, Men" not in rows, "a table of one row is printed without its total"
    [link] = [one.get("href") for one in changes.xpath("//tbody//a") if "/cases_closed/all/men/" in one.get("href")]
    assert [case.pk for case in browser.get(link).context["object_list"]] == [late.pk]


def test_a_record_that_moved_to_another_row_is_behind_both_differences(report, centre_a, coordinator, sign_in):
    browser = sign_in(coordinator)
    case = make_closed_case(centre_a, gender="woman", sector="fishing")
    make_closed_case(centre_a, gender="woman", sector="fishing")
    write_what_is_needed(browser, report)
    submit(browser, report)
    case.sector = "seafood"
    case.save()
    submission = SubmittedReport.objects.get()
    for row in ("fishing", "seafood"):
        url = reverse("reports:changed_records", args=[submission.uid, "sector", row, "women"])
        assert [one.pk for one in browser.get(url).context["object_list"]] == [case.pk]
    url = reverse("reports:changed_records", args=[submission.uid, "cases_closed", "all", "women"])
    assert browser.get(url).status_code == 404  # this number did not change


def test_an_amount_that_was_corrected_is_not_behind_another_number_of_cases(report, centre_a, coordinator, sign_in):
    browser = sign_in(coordinator)
    first = make_closed_case(centre_a, awarded_amount="100", awarded_currency="USD")
    write_what_is_needed(browser, report)
    submit(browser, report)
    first.awarded_amount = "150"
    first.save()
    late = make_closed_case(centre_a, awarded_amount="20", awarded_currency="USD")
    submission = SubmittedReport.objects.get()
    for column, behind in (("amount", {first.pk, late.pk}), ("cases", {late.pk})):
        url = reverse("reports:changed_records", args=[submission.uid, "compensation_awarded", "USD", column])
        assert {case.pk for case in browser.get(url).context["object_list"]} == behind


def test_a_deleted_record_is_counted_behind_the_difference(report, centre_a, coordinator, sign_in):
    browser = sign_in(coordinator)
    service = make_service(make_card(centre_a))
    write_what_is_needed(browser, report)
    submit(browser, report)
    service.delete()
    submission = SubmittedReport.objects.get()
    url = reverse("reports:changed_records", args=[submission.uid, "services_contacts", "counselling", "women"])
    answer = browser.get(url)
    assert list(answer.context["object_list"]) == [] and answer.context["gone"] == 1
    assert "1 record" in answer.content.decode()


def test_what_was_submitted_is_never_changed_and_never_deleted(submitted):
    submitted.content = "{}"
    with pytest.raises(NeverChanged):
        submitted.save()
    with pytest.raises(NeverChanged):
        submitted.delete()


def test_a_version_whose_content_was_changed_in_the_database_says_so(submitted, coordinator, sign_in):
    browser, url = sign_in(coordinator), reverse("reports:submitted", args=[submitted.uid])
    assert "its digest does not fit" not in browser.get(url).content.decode()
    SubmittedReport.objects.filter(pk=submitted.pk).update(content=submitted.content.replace("Night", "Day"))
    assert "its digest does not fit" in browser.get(url).content.decode()


# --- returning and accepting -------------------------------------------------------------------------------------


def test_a_programme_officer_sees_a_report_from_its_submission_on(report, programme_officer, coordinator, sign_in):
    officer = sign_in(programme_officer)
    assert officer.get(report.get_absolute_url()).status_code == 404
    write_what_is_needed(sign_in(coordinator), report)
    submit(sign_in(coordinator), report)
    text = officer.get(report.get_absolute_url()).content.decode()
    assert "What is to be said about summary." in text and "Night classes" in text
    assert "textarea" in text  # the comment of the decision, and nothing else
    assert write(officer, report, "summary", "Mine").status_code == 403


def test_a_report_comes_back_with_a_comment_and_is_submitted_again(submitted, programme_officer, coordinator, sign_in):
    officer, writer, report = sign_in(programme_officer), sign_in(coordinator), submitted.report
    decide = reverse("reports:report_decide", args=[submitted.uid])
    silent = officer.post(decide, {"decision": "returned", "comment": " "})
    assert silent.status_code == 422 and "comment" in silent.context["decision_form"].errors
    assert officer.post(decide, {}).status_code == 422
    assert officer.post(decide, {"decision": "returned", "comment": "Explain the fall."}).status_code == 302
    assert "Explain the fall." in writer.get(report.get_absolute_url()).content.decode()
    assert write(writer, report, "summary", "It fell because of the flood.", 1).status_code == 200
    assert "flood" not in officer.get(report.get_absolute_url()).content.decode()
    assert submit(writer, report).status_code == 302
    assert "flood" in officer.get(report.get_absolute_url()).content.decode()
    assert list(report.submissions.order_by("number").values_list("number", "decision")) == [(1, "returned"), (2, "")]
    first = officer.get(reverse("reports:submitted", args=[submitted.uid])).content.decode()
    assert "flood" not in first and "What is to be said about summary." in first


def test_an_accepted_report_can_be_corrected_and_both_versions_stay(submitted, programme_officer, coordinator, sign_in):
    officer, writer, report = sign_in(programme_officer), sign_in(coordinator), submitted.report
    decide = reverse("reports:report_decide", args=[submitted.uid])
    assert officer.post(decide, {"decision": "accepted"}).status_code == 302
    assert officer.post(decide, {"decision": "returned", "comment": "No, wait."}).status_code == 422
    assert writer.post(reverse("reports:report_correct", args=[report.uid])).status_code == 302
    write(writer, report, "summary", "Corrected.", 1)
    submit(writer, report)
    submitted.refresh_from_db()
    assert submitted.decision == "accepted" and submitted.decided_by == programme_officer
    assert report.submissions.count() == 2


def test_a_version_says_whether_it_waits_is_being_corrected_or_was_replaced(
    submitted, programme_officer, coordinator, sign_in
):
    officer, writer, report = sign_in(programme_officer), sign_in(coordinator), submitted.report
    first = reverse("reports:submitted", args=[submitted.uid])

    def said():
        return [
            [word for word in ("Waiting for a decision", "Being corrected", "Replaced by version 2") if word in text]
            for text in (officer.get(url).content.decode() for url in (report.get_absolute_url(), first))
        ]

    assert said() == [["Waiting for a decision"]] * 2
    writer.post(reverse("reports:report_correct", args=[report.uid]))
    assert said() == [["Being corrected"]] * 2
    refused = officer.post(reverse("reports:report_decide", args=[submitted.uid]), {"decision": "accepted"})
    assert refused.status_code == 422
    assert "being corrected; decide about it when it is submitted again" in refused.content.decode()
    write(writer, report, "summary", "Corrected.", 1)
    submit(writer, report)
    assert said() == [["Waiting for a decision", "Replaced by version 2"], ["Replaced by version 2"]]


def test_nobody_decides_about_the_own_report(submitted, coordinator, sign_in):
    answer = sign_in(coordinator).post(reverse("reports:report_decide", args=[submitted.uid]), {"decision": "accepted"})
    assert answer.status_code == 403


def test_numbers_for_a_programme_officer_lead_to_no_record(submitted, centre_a, programme_officer, sign_in):
    with centre_scope([centre_a]), agreement_scope([submitted.report.agreement]):
        make_case(centre_a)
        make_closed_case(centre_a)
    browser = sign_in(programme_officer)
    changes = page(browser.get(reverse("reports:submitted_changes", args=[submitted.uid])))
    assert changes.xpath("//tbody/tr") and not changes.xpath("//tbody//a")
    url = reverse("reports:changed_records", args=[submitted.uid, "cases_closed", "all", "men"])
    assert browser.get(url).status_code == 403


# --- while others work -----------------------------------------------------------------------------------------------


def closing_cases(monkeypatch, centre, *, times):
    """Somebody closes a case after the numbers are read and before it is read which records they count."""
    left = iter(range(times))

    def members(period, centres):
        if next(left, None) is not None:
            make_closed_case(centre)
        return live_members(period, centres)

    monkeypatch.setattr("reports.submitting.live_members", members)


def test_a_case_that_is_closed_during_submission_is_in_all_numbers(report, coordinator, sign_in, in_a, monkeypatch):
    browser = sign_in(coordinator)
    write_what_is_needed(browser, report)
    closing_cases(monkeypatch, in_a, times=2)
    assert submit(browser, report).status_code == 302
    submission = SubmittedReport.objects.get()
    numbers = frozen_content(submission).grids["cases_closed"].rows[0].values
    counted = {pk for cell in freezing.loads(submission.members)["cases_closed"].values() for pk in cell}
    assert numbers[-1] == 2 and len(counted) == 2


def test_while_cases_are_closed_all_the_time_nothing_is_submitted(report, coordinator, sign_in, in_a, monkeypatch):
    browser = sign_in(coordinator)
    write_what_is_needed(browser, report)
    closing_cases(monkeypatch, in_a, times=100)
    response = submit(browser, report)
    assert "are being saved at this moment. Submit it again." in response.content.decode()
    assert not SubmittedReport.objects.exists()
