"""Reminders of progress reports: on the To do page of coordinators, and on the first page of programme officers."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mrc import audit
from mrc.access import agreement_scope
from tests.conftest import make_user
from tests.factories import make_agreement, make_report
from tests.reports.test_agreements import submit

REPORTS = {"reports_overdue", "reports_returned", "reports_due"}


def waiting_on(page):
    """{centre: {code of the kind: number}} of the kinds about reports."""
    return {
        centre.code: {one.kind.code: one.number for one in waiting if one.kind.code in REPORTS}
        for centre, waiting in page.context["centres"]
    }


@pytest.mark.parametrize(
    ("day", "waits"),
    [
        (date(2025, 12, 31), {}),
        (date(2026, 3, 30), {}),
        (date(2026, 3, 31), {"reports_due": 1}),
        (date(2026, 4, 30), {"reports_due": 1}),
        (date(2026, 5, 1), {"reports_overdue": 1}),
        (date(2026, 7, 30), {"reports_overdue": 1, "reports_due": 1}),
        (date(2027, 2, 1), {"reports_overdue": 4}),
    ],
)
def test_a_report_is_announced_thirty_days_before_it_is_due_and_until_it_is_handed_in(
    agreement, sign_in, coordinator, day, waits
):
    with time_machine.travel(day):
        page = sign_in(coordinator).get("/to-do/")
    assert waiting_on(page) == {"PNH": waits}


@time_machine.travel(date(2026, 5, 1))
def test_what_came_back_is_announced_and_what_is_handed_in_is_not(in_agreement, sign_in, coordinator):
    report = submit(make_report(in_agreement, 1))
    browser = sign_in(coordinator)
    assert waiting_on(browser.get("/to-do/")) == {"PNH": {}}
    report.state = "draft"
    report.save()
    submit(report, number=2, decision="returned", comment="Section 9")
    page = browser.get("/to-do/")
    assert waiting_on(page) == {"PNH": {"reports_returned": 1}}
    assert report.get_absolute_url() in page.content.decode()
    listed = browser.get("/to-do/reports-returned/")
    assert [period.report for period in listed.context["object_list"]] == [report]


@time_machine.travel(date(2026, 5, 1))
def test_a_report_of_two_centres_is_announced_once_and_only_to_who_belongs_to_both(
    centre_a, centre_b, sign_in, coordinator, two_centre_coordinator
):
    make_agreement("MOU-AB", centre_a, centre_b)
    browser = sign_in(two_centre_coordinator)
    assert waiting_on(browser.get("/to-do/")) == {"CNX": {"reports_overdue": 1}, "PNH": {}}
    assert browser.get("/to-do/number/").content == b"1"
    assert waiting_on(sign_in(coordinator).get("/to-do/")) == {"PNH": {}}


@time_machine.travel(date(2026, 5, 1))
def test_staff_are_not_reminded_of_reports(agreement, sign_in, staff, legal_officer):
    for user in (staff, legal_officer):
        browser = sign_in(user)
        assert waiting_on(browser.get("/to-do/")) == {"PNH": {}}
        assert browser.get("/to-do/reports-overdue/").status_code == 403


@time_machine.travel(date(2026, 5, 1))
def test_a_programme_officer_finds_what_waits_for_a_decision_on_the_first_page(
    in_agreement, agreement_b, sign_in, programme_officer, coordinator
):
    browser = sign_in(programme_officer)
    assert "None. What a centre submits is announced here." in browser.get("/").content.decode()
    report = submit(make_report(in_agreement, 1))
    make_report(in_agreement, 2)
    with agreement_scope([agreement_b]), audit.acting(None, "test"):
        other = submit(make_report(agreement_b, 1))
    text = browser.get("/").content.decode()
    assert f'href="{report.get_absolute_url()}">MOU-2026-01, 01/01/2026 – 31/03/2026' in text
    assert text.count("/reports/progress/") == 1 and str(other.uid) not in text
    assert "Reports waiting for your decision" not in sign_in(coordinator).get("/").content.decode()


def test_reminders_cost_the_same_for_many_reports(centre_a, sign_in):
    browser = sign_in(make_user("c", "coordinator", centre_a))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/to-do/").status_code == 200
        return len(captured)

    make_agreement("MOU-1", centre_a, starts_on=date(2024, 1, 1), ends_on=date(2024, 6, 30))
    few = queries()
    for number in range(8):
        make_agreement(f"MORE-{number}", centre_a, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31), rhythm=1)
    assert queries() == few
