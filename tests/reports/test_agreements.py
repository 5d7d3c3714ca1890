"""Agreements: what administrators enter, what coordinators and programme officers see of them, and their periods."""

from datetime import UTC, date, datetime

import lxml.html
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc import audit
from mrc.access import agreement_scope
from reports.models import ProgressReport, SubmittedReport
from tests.conftest import make_user
from tests.factories import make_agreement, make_report

NOVEMBER = time_machine.travel(date(2026, 11, 22))
LIST = "/reports/agreements/"


def submit(report, *, number=1, decision="", comment="", day=date(2026, 10, 20)):
    """Hand in a report, and decide about it, with what the pages of agreements read."""
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    SubmittedReport.objects.create(
        report=report, number=number, submitted_at=at, content="{}", digest="0" * 64, decision=decision,
        decided_at=at if decision else None, comment=comment,
    )  # fmt: skip
    report.state = decision or "submitted"
    report.save()
    return report


def texts(page):
    """The table of a page as it is read: a list of texts for each row."""
    assert page.status_code == 200, page.status_code
    table = lxml.html.document_fromstring(page.content.decode()).xpath("//table")[0]
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in table.xpath("./tbody/tr")
    ]


def shapes(page):
    """The CSS classes that draw the state of each row of the table."""
    table = lxml.html.document_fromstring(page.content.decode()).xpath("//table")[0]
    return [row.xpath(".//span/@class")[0] for row in table.xpath("./tbody/tr")]


def begin(browser, agreement, starts_on="2026-07-01"):
    return browser.post(reverse("reports:report_begin", args=[agreement.uid]), {"starts_on": starts_on})


# --- an agreement and its periods ----------------------------------------------------------------------------------


@NOVEMBER
def test_the_head_of_annex_5_stands_on_the_page(in_agreement, sign_in, coordinator):
    agreement = in_agreement
    agreement.location, agreement.total_value, agreement.currency = "Phnom Penh", "50000.00", "USD"
    agreement.save()
    text = sign_in(coordinator).get(agreement.get_absolute_url()).content.decode()
    for fact in (
        "Services for migrant workers", "MOU-2026-01", "Made-up Workers&#x27; Union", "PNH – Phnom Penh",
        "01/01/2026 – 31/12/2026", "USD 50,000.00", "Every quarter", "4 interviews a centre and year",
    ):  # fmt: skip
        assert fact in text


def test_what_is_not_agreed_is_not_recorded_and_not_zero(agreement, sign_in, coordinator):
    page = lxml.html.document_fromstring(sign_in(coordinator).get(agreement.get_absolute_url()).content.decode())
    facts = dict(zip(page.xpath("//dl/dt/text()"), page.xpath("//dl/dd/text()"), strict=False))
    assert facts["Total value of agreement"] == "not recorded"


@pytest.mark.parametrize(
    ("day", "states"),
    [
        (date(2025, 12, 31), ["Not begun"] * 4),
        (date(2026, 1, 1), ["Period running", "Not begun", "Not begun", "Not begun"]),
        (date(2026, 4, 1), ["Due", "Period running", "Not begun", "Not begun"]),
        (date(2026, 4, 30), ["Due", "Period running", "Not begun", "Not begun"]),
        (date(2026, 5, 1), ["Overdue by 1 day", "Period running", "Not begun", "Not begun"]),
        (date(2026, 8, 1), ["Overdue by 93 days", "Overdue by 2 days", "Period running", "Not begun"]),
    ],
)
def test_each_period_says_whether_its_report_is_due(agreement, sign_in, coordinator, day, states):
    with time_machine.travel(day):
        rows = texts(sign_in(coordinator).get(agreement.get_absolute_url()))
    assert [row[2] for row in rows] == states
    assert [row[:2] for row in rows] == [
        ["01/01/2026 – 31/03/2026", "30/04/2026"],
        ["01/04/2026 – 30/06/2026", "30/07/2026"],
        ["01/07/2026 – 30/09/2026", "30/10/2026"],
        ["01/10/2026 – 31/12/2026", "30/01/2027"],
    ]


@NOVEMBER
def test_the_state_of_a_report_is_said_in_words_and_by_a_shape(in_agreement, sign_in, coordinator, programme_officer):
    submit(make_report(in_agreement, 1), decision="accepted", day=date(2026, 4, 20))
    submit(make_report(in_agreement, 2), decision="returned", comment="Section 9 is empty.")
    submit(make_report(in_agreement, 3))
    make_report(in_agreement, 4)
    for reader in (coordinator, programme_officer):
        page = sign_in(reader).get(in_agreement.get_absolute_url())
        assert [row[2] for row in texts(page)] == [
            "Accepted on 20/04/2026",
            "Returned on 20/10/2026 Section 9 is empty.",
            "Submitted on 20/10/2026",
            "Draft",
        ]
        assert shapes(page) == [
            "status status-accepted", "status status-returned", "status status-submitted", "status status-draft"
        ]  # fmt: skip


@NOVEMBER
def test_a_report_that_is_begun_and_not_handed_in_is_late_all_the_same(in_agreement, sign_in, coordinator):
    make_report(in_agreement, 3)
    rows = texts(sign_in(coordinator).get(in_agreement.get_absolute_url()))
    assert rows[2][2] == "Overdue by 23 days Draft begun"


@NOVEMBER
def test_a_report_that_is_being_corrected_was_handed_in_and_is_not_late(in_agreement, sign_in, coordinator):
    report = submit(submit(make_report(in_agreement, 1)), number=2, decision="accepted")
    report.state = "draft"
    report.save()
    browser = sign_in(coordinator)
    rows = texts(browser.get(in_agreement.get_absolute_url()))
    assert len(rows) == 4
    assert rows[0][2] == "Being corrected; submitted on 20/10/2026"
    assert texts(browser.get(LIST))[0][4:9] == ["2", "0", "0", "0", "0"]


# --- beginning a report --------------------------------------------------------------------------------------------


@NOVEMBER
def test_a_coordinator_begins_a_report_once_however_often_the_button_is_pressed(agreement, sign_in, coordinator):
    browser = sign_in(coordinator)
    page = browser.get(agreement.get_absolute_url()).content.decode()
    assert page.count("Write the report") == 4
    leads_to = {begin(browser, agreement).url for _again in range(2)}
    with agreement_scope([agreement]):
        (report,) = ProgressReport.objects.all()
    assert str(report.period) == "01/07/2026 – 30/09/2026"
    assert leads_to == {report.get_absolute_url()}
    assert audit.AuditEvent.objects.filter(model="reports.ProgressReport", action="create").count() == 1
    assert browser.get(agreement.get_absolute_url()).content.decode().count("Write the report") == 3


@time_machine.travel(date(2026, 6, 30))
def test_a_report_is_not_begun_before_its_period(agreement, sign_in, coordinator):
    browser = sign_in(coordinator)
    assert browser.get(agreement.get_absolute_url()).content.decode().count("Write the report") == 2
    page = browser.post(reverse("reports:report_begin", args=[agreement.uid]), {"starts_on": "2026-07-01"}, follow=True)
    assert "This period begins on 01/07/2026. Its report can be begun from that day on." in page.content.decode()
    with agreement_scope([agreement]):
        assert not ProgressReport.objects.exists()


@NOVEMBER
@pytest.mark.parametrize("starts_on", ["", "2026-07-02", "yesterday", "\0", "9" * 5000, "31/02/2026"])
def test_a_period_that_is_not_there_any_more_is_answered_with_those_that_are(
    agreement, sign_in, coordinator, starts_on
):
    browser = sign_in(coordinator)
    answer = begin(browser, agreement, starts_on)
    assert answer.url == agreement.get_absolute_url()
    assert "The periods of this agreement were changed meanwhile." in browser.get(answer.url).content.decode()
    with agreement_scope([agreement]):
        assert not ProgressReport.objects.exists()


@NOVEMBER
def test_nobody_else_begins_a_report(agreement, sign_in, staff, legal_officer, programme_officer, coordinator_b):
    for user, status in {staff: 403, legal_officer: 403, programme_officer: 403, coordinator_b: 404}.items():
        assert begin(sign_in(user), agreement).status_code == status
    text = sign_in(programme_officer).get(agreement.get_absolute_url()).content.decode()
    assert "Write the report" not in text
    with agreement_scope([agreement]):
        assert not ProgressReport.objects.exists()


# --- who sees which agreement --------------------------------------------------------------------------------------


def test_an_agreement_is_for_those_who_belong_to_all_of_its_centres(
    agreement, agreement_b, centre_a, centre_b, sign_in, coordinator, two_centre_coordinator, stranger
):
    both = make_agreement("MOU-BOTH", centre_a, centre_b)
    for user, seen in {
        coordinator: {agreement},
        two_centre_coordinator: {agreement, agreement_b, both},
        stranger: set(),
    }.items():
        browser = sign_in(user)
        assert set(browser.get(LIST).context["object_list"]) == seen
        for one in (agreement, agreement_b, both):
            assert browser.get(one.get_absolute_url()).status_code == (200 if one in seen else 404)
    assert "No agreement is yours yet." in sign_in(stranger).get(LIST).content.decode()


def test_a_programme_officer_sees_an_agreement_only_with_all_of_its_centres(
    agreement, centre_a, centre_b, sign_in, programme_officer
):
    both = make_agreement("MOU-BOTH", centre_a, centre_b)
    for user, seen in (
        (programme_officer, {agreement}),
        (make_user("of.both", "programme_officer", centre_a, centre_b), {agreement, both}),
    ):
        browser = sign_in(user)
        assert set(browser.get(LIST).context["object_list"]) == seen
        for one in (agreement, both):
            assert browser.get(one.get_absolute_url()).status_code == (200 if one in seen else 404)


def test_who_does_not_write_or_read_reports_sees_no_agreement(agreement, sign_in, staff, legal_officer, administrator):
    for user in (staff, legal_officer, administrator):
        browser = sign_in(user)
        assert browser.get(LIST).status_code == 403
        assert browser.get(agreement.get_absolute_url()).status_code == 403
        assert LIST not in browser.get("/").content.decode()


def test_the_account_of_the_installation_sees_no_agreement(agreement, centre_a, sign_in):
    browser = sign_in(make_user("root", "", centre_a, is_superuser=True))
    assert list(browser.get(LIST).context["object_list"]) == []
    assert browser.get(agreement.get_absolute_url()).status_code == 404


def test_an_agreement_with_a_centre_that_is_switched_off_is_for_nobody(
    centre_a, centre_b, sign_in, two_centre_coordinator
):
    agreement = make_agreement("MOU-BOTH", centre_a, centre_b)
    centre_b.is_active = False
    centre_b.save()
    assert sign_in(two_centre_coordinator).get(agreement.get_absolute_url()).status_code == 404


# --- the list ------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(centre_a):
    """Agreements of centre A in which, on 22 November 2026, different things wait."""
    quiet = make_agreement("A-QUIET", centre_a, starts_on=date(2026, 11, 1), ends_on=date(2027, 4, 30))
    due = make_agreement("B-DUE", centre_a, starts_on=date(2026, 8, 1), ends_on=date(2027, 7, 31))
    late = make_agreement("C-LATE", centre_a, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
    waiting = make_agreement("D-WAITING", centre_a, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
    returned = make_agreement("E-RETURNED", centre_a, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
    done = make_agreement("F-DONE", centre_a, starts_on=date(2025, 1, 1), ends_on=date(2025, 3, 31))
    with agreement_scope([waiting, returned, done]), audit.acting(None, "test"):
        submit(make_report(waiting, 1))
        submit(make_report(returned, 1), decision="returned", comment="Say more about section 9.")
        submit(make_report(done, 1), decision="accepted")
    return {one.number: one for one in (quiet, due, late, waiting, returned, done)}


@NOVEMBER
def test_the_list_counts_reports_by_state_and_names_the_next_due_date(several, sign_in, programme_officer):
    rows = texts(sign_in(programme_officer).get(LIST))
    assert {row[0]: row[4:] for row in rows} == {
        "A-QUIET": ["0", "0", "0", "0", "0", "02/03/2027"],
        "B-DUE": ["0", "1", "0", "0", "0", "30/11/2026"],
        "C-LATE": ["1", "0", "0", "0", "0", "30/01/2027"],
        "D-WAITING": ["0", "0", "1", "0", "0", "30/01/2027"],
        "E-RETURNED": ["0", "0", "0", "1", "0", "30/01/2027"],
        "F-DONE": ["0", "0", "0", "0", "1", "–"],
    }


@NOVEMBER
def test_what_needs_the_reader_stands_first(several, sign_in, programme_officer, coordinator):
    def order(user):
        return [row[0] for row in texts(sign_in(user).get(LIST))]

    assert order(programme_officer) == ["D-WAITING", "C-LATE", "B-DUE", "E-RETURNED", "A-QUIET", "F-DONE"]
    assert order(coordinator) == ["C-LATE", "E-RETURNED", "B-DUE", "D-WAITING", "A-QUIET", "F-DONE"]


@NOVEMBER
@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("late", ["C-LATE"]),
        ("due", ["B-DUE"]),
        ("submitted", ["D-WAITING"]),
        ("returned", ["E-RETURNED"]),
        ("accepted", ["F-DONE"]),
        ("nonsense", []),
        ("\0", []),
    ],
)
def test_the_list_is_narrowed_by_state(several, sign_in, programme_officer, state, found):
    page = sign_in(programme_officer).get(LIST, {"state": state})
    assert page.status_code == 200
    assert [one.number for one in page.context["object_list"]] == found


@NOVEMBER
def test_the_counts_of_the_list_are_those_of_the_periods(several, sign_in, coordinator):
    browser = sign_in(coordinator)
    for one in browser.get(LIST).context["object_list"]:
        codes = [status.code for status in browser.get(one.get_absolute_url()).context["statuses"]]
        for code in ("late", "due", "submitted", "returned", "accepted"):
            assert codes.count(code) == getattr(one, f"{code}_count"), (one, code)


@NOVEMBER
def test_a_long_list_comes_in_pages_and_costs_the_same(several, centre_a, sign_in, programme_officer):
    browser = sign_in(programme_officer)

    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    detail = several["D-WAITING"].get_absolute_url()
    few = queries(LIST), queries(detail)
    for number in range(30):
        made = make_agreement(f"G-{number:02}", centre_a, starts_on=date(2025, 1, 1), rhythm=1)
        with agreement_scope([made]), audit.acting(None, "test"):
            submit(make_report(made, 1))
    assert (queries(LIST), queries(made.get_absolute_url())) == few
    page = browser.get(LIST, {"page": 2, "state": "submitted"})
    assert len(page.context["object_list"]) == 6 and "state=submitted" in page.content.decode()


# --- what an agreement asks of outcome harvesting --------------------------------------------------------------------


def drawn_as_offered(browser, **question):
    """(size, women wanted, help beside the size) that the page of a draw offers."""
    page = lxml.html.document_fromstring(browser.get(reverse("harvesting:draw_new"), question).content.decode())
    value = {name: page.xpath(f"//input[@name='{name}']/@value")[0] for name in ("size", "women_wanted")}
    return value["size"], value["women_wanted"], page.xpath("//*[@id='id_size_helptext']")[0].text_content()


@NOVEMBER
def test_a_draw_offers_what_the_agreement_of_the_centre_asks_and_says_so(centre_a, sign_in, coordinator):
    browser = sign_in(coordinator)
    offered = "4", "2", "Four a year, unless the agreement says otherwise."
    assert drawn_as_offered(browser) == offered
    make_agreement("OLD", centre_a, starts_on=date(2025, 1, 1), ends_on=date(2026, 11, 21), sample_size=30)
    make_agreement("LATER", centre_a, starts_on=date(2026, 11, 23), ends_on=date(2027, 12, 31), sample_size=20)
    assert drawn_as_offered(browser) == offered
    make_agreement("MOU-5", centre_a, sample_size=5, share_of_women=50)
    assert drawn_as_offered(browser) == ("5", "3", "5 a year, 3 of them women, as agreement MOU-5 asks.")
    make_agreement("MOU-6", centre_a, sample_size=6, share_of_women=0)
    assert drawn_as_offered(browser) == ("6", "0", "6 a year, 0 of them women, as agreement MOU-6 asks.")


@NOVEMBER
def test_each_centre_is_offered_what_its_own_agreement_asks(centre_a, centre_b, sign_in, two_centre_coordinator):
    make_agreement("MOU-A", centre_a, sample_size=8, share_of_women=75)
    browser = sign_in(two_centre_coordinator)
    assert drawn_as_offered(browser, centre="PNH")[:2] == ("8", "6")
    assert drawn_as_offered(browser, centre="CNX")[:2] == drawn_as_offered(browser)[:2] == ("4", "2")


@NOVEMBER
def test_the_interviews_of_the_year_are_counted_against_what_the_agreement_asks(centre_a, sign_in, staff):
    make_agreement("MOU-5", centre_a, sample_size=5, share_of_women=60)
    text = " ".join(sign_in(staff).get(reverse("harvesting:overview")).content.decode().split())
    assert "Interviews: 0 of 5 this year, 0 women (at least 3)" in text


@NOVEMBER
def test_an_agreement_that_covers_several_centres_asks_it_of_each(centre_a, centre_b, sign_in, coordinator):
    make_agreement("MOU-AB", centre_a, centre_b, sample_size=9)
    assert drawn_as_offered(sign_in(coordinator))[:2] == ("9", "5")
