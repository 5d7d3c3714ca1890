"""Writing a progress report in the browser: texts save themselves, and two people lose nothing."""

import re

import pytest
from playwright.sync_api import expect

from mrc import audit
from mrc.access import agreement_scope, centre_scope
from reports.models import ReportText
from tests.factories import make_report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def report(centre_a, agreement):
    with centre_scope([centre_a]), agreement_scope([agreement]), audit.acting(None, "test"):
        yield make_report(agreement)


def test_a_text_saves_itself_while_one_types(open_page, coordinator, report):
    page = open_page(coordinator, report.get_absolute_url())
    summary = page.get_by_role("textbox", name="Overall summary of progress to date")
    summary.press_sequentially("Open on Sundays.")
    expect(page.locator("#text-summary-state")).to_contain_text("Saved at")
    summary.press_sequentially(" Closed on Mondays.")
    expect(page.locator("#text-summary-state input[name=version]")).to_have_value("2")
    page.reload()
    expect(summary).to_have_value("Open on Sundays. Closed on Mondays.")
    assert ReportText.objects.get().version == 2
    assert page.complaints == []


def test_two_people_who_write_the_same_text_both_see_what_the_other_wrote(
    open_page, coordinator, two_centre_coordinator, report
):
    hers, mine = (open_page(user, report.get_absolute_url()) for user in (two_centre_coordinator, coordinator))
    label = "Emerging issues faced by beneficiaries and intermediaries"
    hers.get_by_role("textbox", name=label).fill("Fees are asked for twice.")
    expect(hers.locator("#text-emerging_issues-state")).to_contain_text("Saved at")
    mine.get_by_role("textbox", name=label).fill("Passports are kept.")
    conflict = mine.locator("#text-emerging_issues-state")
    expect(conflict).to_contain_text("Fees are asked for twice.")
    assert ReportText.objects.get().text == "Fees are asked for twice."
    mine.get_by_role("textbox", name=label).fill("Fees are asked for twice, and passports are kept.")
    mine.get_by_role("button", name=re.compile("instead")).click()
    expect(conflict).to_contain_text("Saved at")
    assert ReportText.objects.get().text == "Fees are asked for twice, and passports are kept."
    assert mine.complaints == []
