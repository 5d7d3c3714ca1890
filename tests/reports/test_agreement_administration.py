"""What administrators enter about agreements, what is refused, and that no report is shown to them."""

from datetime import date

import pytest
import time_machine

from mrc.access import agreement_scope
from mrc.audit import AuditEvent
from mrc.models import Centre
from reports.models import Agreement, ProgressReport
from tests.conftest import make_user
from tests.factories import make_agreement, make_report

ADD = "/admin/reports/agreement/add/"
NOVEMBER = time_machine.travel(date(2026, 11, 22))


@pytest.fixture
def desk(administrator, sign_in):
    return sign_in(administrator)


def entries(centre, **changes):
    """The form of a new agreement as an administrator fills it in."""
    return {
        "seen": "",
        "title": "Services for migrant workers",
        "number": "MOU-7",
        "organization": centre.organization_id,
        "location": "Phnom Penh",
        "centres": [centre.pk],
        "starts_on": "01/01/2026",
        "ends_on": "31/12/2026",
        "total_value": "50,000.00",
        "currency": "USD",
        "rhythm": "3",
        "days_until_due": "30",
        "sample_size": "4",
        "share_of_women": "50",
        **changes,
    }


def page_of(agreement):
    return f"/admin/reports/agreement/{agreement.pk}/change/"


def as_shown(page):
    """What a browser would send back from the page of an agreement if nothing were typed."""
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: form.fields[name].prepare_value(value) for name, value in sent.items()}
    sent["centres"] = [centre.pk for centre in form.instance.centres.all()]
    for one in page.context["inline_admin_formsets"]:
        for part in (one.formset.management_form, *one.formset.forms):
            sent |= {part.add_prefix(name): part.fields[name].prepare_value(part[name].value()) for name in part.fields}
    return {name: "" if value is None else value for name, value in sent.items()}


def save(desk, agreement, **changes):
    return desk.post(page_of(agreement), as_shown(desk.get(page_of(agreement))) | changes, follow=True)


def told(page):
    assert page.status_code == 200
    return [str(message) for message in page.context["messages"]]


def errors_of(page):
    assert page.status_code == 200, page.status_code
    return page.context["adminform"].form.errors


def quarters(agreement):
    return [f"{row.period}, {row.due_on}" for row in agreement.periods.order_by("starts_on")]


# --- entering ------------------------------------------------------------------------------------------------------


def test_an_agreement_is_entered_and_its_reporting_periods_are_made(desk, centre_a):
    page = desk.post(ADD, entries(centre_a), follow=True)
    agreement = Agreement.objects.get(number="MOU-7")
    assert list(agreement.centres.all()) == [centre_a]
    assert (agreement.total_value, agreement.currency) == (50000, "USD")
    assert quarters(agreement) == [
        "01/01/2026 – 31/03/2026, 2026-04-30",
        "01/04/2026 – 30/06/2026, 2026-07-30",
        "01/07/2026 – 30/09/2026, 2026-10-30",
        "01/10/2026 – 31/12/2026, 2027-01-30",
    ]
    assert "4 reporting periods were made." in told(page)
    entry = AuditEvent.objects.get(model="reports.Agreement")
    assert (entry.action, entry.detail) == ("create", {"pk": agreement.pk})


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": ""}, "title", "“Title” is required. Fill it in."),
        ({"title": "x" * 301}, "title", "at most 300 characters"),
        ({"title": "Bell\x07"}, "title", "cannot be printed"),
        ({"number": ""}, "number", "“Agreement number” is required. Fill it in."),
        ({"number": "MOU-2026-01"}, "number", "already exists"),
        ({"location": "\0"}, "location", "cannot be printed"),
        ({"organization": ""}, "organization", "“Implementing organization” is required. Choose one."),
        ({"organization": "9" * 40}, "organization", "Select a valid choice"),
        ({"centres": []}, "centres", "“Centres covered” is required. Choose one."),
        ({"centres": ["999999"]}, "centres", "Select a valid choice"),
        ({"centres": ["\0"]}, "centres", "Null characters are not allowed."),
        ({"starts_on": ""}, "starts_on", "“Start date” is required. Fill it in."),
        ({"starts_on": "soon"}, "starts_on", "“soon” is not a date. Write day/month/year"),
        ({"starts_on": "9" * 5000}, "starts_on", "is not a date"),
        ({"ends_on": "31/02/2026"}, "ends_on", "There is no day 31 in month 2 of 2026."),
        ({"ends_on": "31/12/2025"}, "ends_on", "ends before it starts (01/01/2026). Are the two dates swapped?"),
        ({"ends_on": "01/01/2026"}, "ends_on", "ends before it starts"),
        ({"ends_on": "31/12/2062"}, "ends_on", "more than 15 years after the start. Check the year."),
        ({"total_value": ""}, "total_value", "Write the total value, or take the currency away."),
        ({"currency": ""}, "currency", "Choose the currency of the total value."),
        ({"currency": "XYZ"}, "currency", "Select a valid choice"),
        ({"total_value": "5.000,00"}, "total_value", "is not an amount that can be read in one way only"),
        ({"total_value": "-1"}, "total_value", "An amount cannot be negative."),
        ({"total_value": "9" * 13}, "total_value", "no more than 12 digits before the decimal point"),
        ({"rhythm": "2"}, "rhythm", "Select a valid choice"),
        ({"days_until_due": "366"}, "days_until_due", "less than or equal to 365"),
        ({"days_until_due": "9" * 30}, "days_until_due", "less than or equal to 365"),
        ({"sample_size": "0"}, "sample_size", "greater than or equal to 1"),
        ({"sample_size": "101"}, "sample_size", "less than or equal to 100"),
        ({"share_of_women": "101"}, "share_of_women", "less than or equal to 100"),
        ({"share_of_women": "half"}, "share_of_women", "Enter a whole number."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(desk, agreement, centre_a, changes, field, says):
    errors = errors_of(desk.post(ADD, entries(centre_a, **changes)))
    assert list(errors) == [field]
    assert says in errors[field][0]
    assert Agreement.objects.get() == agreement


@pytest.mark.parametrize(("start", "end"), [("01/01/2569", "31/12/2569"), ("๑/๑/๒๕๖๙", "2026-12-31")])
def test_dates_are_understood_in_both_eras(desk, centre_a, start, end):
    desk.post(ADD, entries(centre_a, starts_on=start, ends_on=end))
    agreement = Agreement.objects.get()
    assert (agreement.starts_on, agreement.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))


def test_neither_value_nor_currency_is_an_answer_too(desk, centre_a):
    desk.post(ADD, entries(centre_a, total_value="", currency=""))
    assert Agreement.objects.get().total_value is None


def test_nobody_else_enters_agreements(sign_in, centre_a, staff, coordinator, programme_officer):
    for user in (staff, coordinator, programme_officer):
        assert sign_in(user).post(ADD, entries(centre_a)).status_code == 403
    assert not Agreement.objects.exists()


# --- periods -------------------------------------------------------------------------------------------------------


def test_a_due_date_is_changed_and_stays_when_the_agreement_is_saved_again(desk, agreement):
    page = save(desk, agreement, **{"periods-1-due_on": "15/08/2569"})
    assert quarters(agreement)[1] == "01/04/2026 – 30/06/2026, 2026-08-15"
    assert not any("period" in message and "made" in message for message in told(page))
    save(desk, agreement, title="Another title")
    assert quarters(agreement)[1] == "01/04/2026 – 30/06/2026, 2026-08-15"
    fields = [entry.detail["fields"] for entry in AuditEvent.objects.filter(model="reports.Agreement").order_by("pk")]
    assert fields == [["periods"], ["title"]]


@pytest.mark.parametrize("due_on", ["29/06/2026", "02/07/2027", "", "soon", "\0"])
def test_a_due_date_that_cannot_be_is_refused_at_its_period(desk, agreement, due_on):
    before = quarters(agreement)
    page = save(desk, agreement, **{"periods-1-due_on": due_on})
    (formset,) = page.context["inline_admin_formsets"]
    assert [list(form.errors) for form in formset.formset.forms] == [[], ["due_on"], [], []]
    assert quarters(agreement) == before


def test_due_dates_that_nobody_changed_follow_the_days_until_due(desk, agreement):
    save(desk, agreement, **{"periods-1-due_on": "15/08/2026"})
    save(desk, agreement, days_until_due="10")
    assert [row.split(", ")[1] for row in quarters(agreement)] == [
        "2026-04-10", "2026-08-15", "2026-10-10", "2027-01-10"
    ]  # fmt: skip


def test_another_rhythm_makes_the_periods_anew(desk, agreement):
    page = save(desk, agreement, rhythm="6")
    assert quarters(agreement) == [
        "01/01/2026 – 30/06/2026, 2026-07-30",
        "01/07/2026 – 31/12/2026, 2027-01-30",
    ]
    assert {"4 reporting periods were removed.", "2 reporting periods were made."} <= set(told(page))


def test_a_period_whose_report_is_begun_stays_and_the_others_are_planned_around_it(desk, in_agreement):
    make_report(in_agreement, 2)
    for _again in range(2):
        page = save(desk, in_agreement, rhythm="12", ends_on="31/12/2027")
        assert quarters(in_agreement) == [
            "01/01/2026 – 31/03/2026, 2026-04-30",
            "01/04/2026 – 30/06/2026, 2026-07-30",
            "01/07/2026 – 31/12/2026, 2027-01-30",
            "01/01/2027 – 31/12/2027, 2028-01-30",
        ]
        says = "The period 01/04/2026 – 30/06/2026 stays although it does not fit the dates:"
        assert f"{says} its report or its targets are written." in told(page)
        assert ProgressReport.objects.count() == 1
    assert "2 reporting periods were made." not in told(page)


def test_a_shorter_agreement_ends_its_last_period_earlier(desk, agreement):
    save(desk, agreement, ends_on="15/08/2026")
    assert quarters(agreement)[2:] == ["01/07/2026 – 15/08/2026, 2026-09-14"]


def test_a_request_cannot_bring_periods_of_its_own_or_leave_out_those_that_there_are(desk, agreement):
    sent = as_shown(desk.get(page_of(agreement)))
    forged = {"periods-TOTAL_FORMS": "9", "periods-8-due_on": "01/01/2027", "periods-8-starts_on": "01/12/2026"}
    assert desk.post(page_of(agreement), sent | forged).status_code == 302
    assert agreement.periods.count() == 4
    for hostile in ({"periods-INITIAL_FORMS": "9" * 12}, {"periods-TOTAL_FORMS": "x"}, {"periods-0-id": "\0"}):
        assert desk.post(page_of(agreement), sent | hostile).status_code == 200
    assert agreement.periods.count() == 4


# --- two people ----------------------------------------------------------------------------------------------------


def test_who_saves_later_is_told_what_is_stored_and_can_save_knowingly(desk, agreement):
    first, second = (as_shown(desk.get(page_of(agreement))) for _window in range(2))
    assert desk.post(page_of(agreement), first | {"location": "Siem Reap"}).status_code == 302
    page = desk.post(page_of(agreement), second | {"location": "Battambang", "title": "New title"})
    (error,) = errors_of(page)["__all__"]
    assert "Somebody else changed this agreement" in error
    assert "Location: Siem Reap; " in error or "Location: Siem Reap." in error
    assert "Title: Services for migrant workers" in error
    agreement.refresh_from_db()
    assert agreement.location == "Siem Reap"
    again = as_shown(page)
    assert (again["location"], again["title"]) == ("Battambang", "New title")
    assert desk.post(page_of(agreement), again).status_code == 302
    agreement.refresh_from_db()
    assert (agreement.location, agreement.title) == ("Battambang", "New title")


def test_due_dates_of_periods_that_are_gone_are_refused_with_a_sentence(desk, agreement):
    opened = as_shown(desk.get(page_of(agreement)))
    save(desk, agreement, rhythm="1")
    page = desk.post(page_of(agreement), opened | {"periods-1-due_on": "15/08/2026"})
    assert "The periods of this agreement were made anew meanwhile." in page.content.decode()
    assert agreement.periods.count() == 12


# --- warnings ------------------------------------------------------------------------------------------------------


def test_a_centre_of_another_organization_is_allowed_with_a_warning(desk, centre_a, centre_b):
    page = desk.post(ADD, entries(centre_a, centres=[centre_a.pk, centre_b.pk]), follow=True)
    assert Agreement.objects.get().centres.count() == 2
    says = "CNX belongs to Made-up Women's Association, not to the organization of this agreement. Is it meant?"
    assert [message for message in told(page) if "belongs to" in message] == [says]


@NOVEMBER
def test_a_centre_that_is_switched_off_while_its_agreement_runs_is_warned_of(desk, centre_a, agreement):
    old = make_agreement("MOU-OLD", centre_a, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    assert told(desk.get(page_of(agreement))) == []
    Centre.objects.filter(pk=centre_a.pk).update(is_active=False)
    says = "Nobody will see the reports while PNH is switched off."
    assert told(desk.get(page_of(agreement))) == [says]
    assert told(save(desk, agreement, title="Another title")).count(says) == 1
    assert told(save(desk, agreement, _continue="yes")).count(says) == 1
    assert told(desk.get(page_of(old))) == []
    assert "PNH (switched off)" in desk.get("/admin/reports/agreement/").content.decode()


# --- what administrators do not see --------------------------------------------------------------------------------


@NOVEMBER
def test_an_agreement_with_a_report_is_not_deleted_and_nothing_of_the_report_is_shown(desk, in_agreement):
    make_report(in_agreement, 3)
    url = f"/admin/reports/agreement/{in_agreement.pk}/delete/"
    for page in (desk.get(url), desk.post(url, {"post": "yes"})):
        text = page.content.decode()
        assert page.status_code == 200
        assert "What is written under it: reports, theory of change or indicators. Set its end date instead." in text
        assert "01/07/2026" not in text and "Progress report" not in text
    assert Agreement.objects.get() == in_agreement and ProgressReport.objects.count() == 1


def test_an_agreement_without_a_report_is_deleted_with_its_periods(desk, agreement):
    desk.post(f"/admin/reports/agreement/{agreement.pk}/delete/", {"post": "yes"})
    assert not Agreement.objects.exists()
    assert AuditEvent.objects.filter(model="reports.Agreement", action="delete").exists()


def test_the_pages_of_an_agreement_do_not_say_whether_there_is_a_report(desk, in_agreement):
    def page():
        shown = desk.get(page_of(in_agreement))
        return as_shown(shown), shown.content.decode().count("period")

    before = page()
    make_report(in_agreement, 3)
    assert page() == before


def test_administrators_are_in_the_scope_of_no_agreement(administrator, agreement):
    from mrc.access import report_agreements

    administrator.centres.set(agreement.centres.all())
    assert list(report_agreements(administrator)) == []
    assert list(report_agreements(make_user("c", "coordinator", *agreement.centres.all()))) == [agreement]
    with agreement_scope([]):
        assert not ProgressReport.objects.exists()
