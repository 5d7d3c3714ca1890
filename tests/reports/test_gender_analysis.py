"""The gender analysis: the numbers of the report tables side by side, their shares, changes, marks, charts and file."""

import io
from datetime import date

import lxml.etree
import lxml.html
import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from harvesting.models import Story
from mrc.access import OutsideScope, centre_scope
from mrc.audit import AuditEvent
from mrc.charts import Bar, BarChart
from mrc.dates import Period
from reports.gender import SECTIONS, Counts, analyse
from reports.models import CaseStudy
from reports.tables import PARTICIPANTS
from reports.views import COUNTED
from tests.conftest import make_user
from tests.factories import (
    make_activity,
    make_card,
    make_case,
    make_closed_case,
    make_interview,
    make_report,
    make_service,
)
from tests.reports.questions import QUARTER, asked, make_every_answer, page_tables, tables_of

PAGE, FILE = "/reports/gender/", "/reports/gender/file/"
BEFORE = date(2026, 6, 15)  # in the quarter before QUARTER


def make_story(card, held_on=date(2026, 9, 1)):
    return Story.objects.create(interview=make_interview(card, held_on=held_on), title="Paid", outcome="positive")


@pytest.fixture
def full(in_agreement):
    """Every line of the analysis counts somebody, now and in the quarter before."""
    [centre] = in_agreement.centres.all()
    make_every_answer(centre)
    for gender in ("woman", "woman", "man", "other"):
        make_story(make_card(centre, gender=gender))
    report = make_report(in_agreement)
    for result, numbers in (("worked", (2, 1, 0)), ("mixed", (0, 3, 1)), ("did_not_work", (1, 1, 1))):
        women, men, other = numbers
        CaseStudy.objects.create(
            centre=centre, report=report, title="Radio", result=result, women=women, men=men, other=other
        )
    make_activity(centre, kind="meeting", heads=(3, 9, 0), ends_on=BEFORE)
    make_card(centre, gender="woman", registered_on=BEFORE)
    return centre


def lines_of(response):
    """{line: [women, men, other, total, share, before, change in points, change in women]} of the page."""
    return {heading: texts for table in page_tables(response).values() for heading, *texts in table.rows}


# --- the numbers -------------------------------------------------------------------------------------------------


def test_everything_that_is_counted_by_gender_has_its_line(full, sign_in, coordinator):
    lines = lines_of(sign_in(coordinator).get(PAGE, asked(full)))
    assert list(lines) == [
        "Client cards registered",
        "Persons who received services", "Counselling", "Legal assistance", "Information, education and training",
        "Networking", "Trade union or association membership", "Skills certification",
        "Participants of activities", "Training", "Meeting", "Outreach", "Other",
        "Cases closed", "Open at the end of the period",
        "Outcome harvesting interviews", "Subjects of stories",
        "Subjects of case studies", "What worked", "Worked in part", "What did not work",
    ]  # fmt: skip
    for heading, (women, men, other, total, *_rest) in lines.items():
        assert int(women) + int(men) + int(other) == int(total) > 0, heading


def test_the_numbers_are_those_of_the_report_tables(full, sign_in, coordinator):
    browser = sign_in(coordinator)
    analysed = page_tables(browser.get(PAGE, asked(full)))
    numbers = {code: [row[1:5] for row in table.rows] for code, table in analysed.items()}
    reported = tables_of(browser, full)
    codes = {
        "clients": ["cards_registered", "services_persons"],
        "activities": ["activity_participants"],
        "complainants": ["cases_closed", "open_at_end"],
        "harvesting": ["interviews"],
    }
    for section, tables in codes.items():
        rows = []
        for table in map(reported.get, tables):
            parts = table["rows"].values() if len(table["rows"]) > 1 else []
            rows += [[str(number) for number in row.values()] for row in (table["total"], *parts)]
        assert numbers[section][: len(rows)] == rows, section


def test_a_story_counts_by_the_gender_and_date_of_its_interview(in_a, sign_in, coordinator):
    make_story(make_card(in_a, gender="woman"))
    make_story(make_card(in_a, gender="man"), held_on=date(2026, 6, 30))
    make_story(make_card(in_a, gender="man"), held_on=date(2026, 10, 1))
    lines = lines_of(sign_in(coordinator).get(PAGE, asked(in_a)))
    assert lines["Subjects of stories"] == ["1", "0", "0", "1", "100.0% of 1", "0.0% of 1", "+100.0", "+1"]


def test_the_subjects_of_a_case_study_count_in_the_period_of_its_report(in_agreement, centre_a, sign_in, coordinator):
    for quarter, women in ((2, 4), (3, 1)):
        report = make_report(in_agreement, quarter)
        CaseStudy.objects.create(centre=centre_a, report=report, title="Radio", women=women, men=3, other=1)
    lines = lines_of(sign_in(coordinator).get(PAGE, asked(centre_a)))
    assert lines["Subjects of case studies"][:4] == ["1", "3", "1", "5"]
    assert lines["What worked"][5:] == ["50.0% of 8", "−30.0", "−3"]


def test_the_share_of_women_has_its_base_and_unknown_is_part_of_it(in_a, sign_in, coordinator):
    make_activity(in_a, kind="training", heads=(12, 8, 5))
    lines = lines_of(sign_in(coordinator).get(PAGE, asked(in_a)))
    assert lines["Training"][3:5] == ["25", "48.0% of 25 Under half not fewer than men"]
    assert lines["Meeting"][3:5] == ["0", "–"]


@pytest.mark.parametrize(
    ("women", "men", "share", "under_half"),
    [
        (1, 1, "50.0% of 2", False),
        (1000, 1001, "49.9% of 2001", True),
        (1001, 1000, "50.0% of 2001", False),
        (0, 3, "0.0% of 3", True),
        (1, 2, "33.3% of 3", True),
        (3, 0, "100.0% of 3", False),
        (0, 0, "–", False),
    ],
)
def test_rounding_does_not_hide_that_women_are_under_half(women, men, share, under_half):
    counts = Counts(women, men, 0, women + men)
    assert (str(counts), counts.is_under_half) == (share, under_half)


def test_a_line_in_which_women_are_under_half_is_marked_in_words_and_named_above(in_a, sign_in, coordinator):
    make_activity(in_a, kind="training", heads=(2, 3, 0))
    make_activity(in_a, kind="meeting", heads=(3, 2, 0))
    make_card(in_a, gender="man")
    page = sign_in(coordinator).get(PAGE, asked(in_a))
    lines = lines_of(page)
    assert lines["Training"][4] == "40.0% of 5 Under half"
    assert lines["Meeting"][4] == "60.0% of 5"
    notice = lxml.html.fromstring(page.content.decode()).find_class("notice-warning")[0].text_content()
    assert "Women are under half in 2 lines of 4" in notice
    assert "Client cards registered (0.0% of 1)" in notice
    assert "Training (40.0% of 5)" in notice
    assert "Meeting" not in notice and "Participants" not in notice


def test_women_who_are_half_or_more_everywhere_are_said_to_be(in_a, sign_in, coordinator):
    make_card(in_a, gender="woman")
    page = sign_in(coordinator).get(PAGE, asked(in_a)).content.decode()
    assert "Women are half or more in every line." in page and "Under half" not in page


# --- the period before -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (QUARTER, "01/04/2026 – 30/06/2026"),
        (Period(date(2026, 1, 1), date(2026, 12, 31)), "01/01/2025 – 31/12/2025"),
        (Period(date(2026, 3, 1), date(2026, 3, 31)), "01/02/2026 – 28/02/2026"),
        (Period(date(2026, 7, 10), date(2026, 7, 19)), "30/06/2026 – 09/07/2026"),
    ],
)
def test_the_change_is_from_the_period_of_the_same_kind_before(in_a, sign_in, coordinator, period, before):
    make_card(in_a, gender="man", registered_on=period.start)
    make_card(in_a, gender="woman", registered_on=period.end)
    for day, gender in ((period.before.start, "woman"), (period.before.end, "woman"), (period.before.end, "man")):
        make_card(in_a, gender=gender, registered_on=day)
    page = sign_in(coordinator).get(PAGE, asked(in_a, period=period))
    assert f"Compared with {before}" in page.content.decode()
    line = lines_of(page)["Client cards registered"]
    assert line == ["1", "1", "0", "2", "50.0% of 2", "66.7% of 3", "−16.7", "−1"]


def test_a_change_is_unknown_where_nobody_was_counted_and_no_change_has_no_sign(in_a, sign_in, coordinator):
    make_card(in_a, gender="woman")
    make_activity(in_a, heads=(1, 1, 0))
    make_activity(in_a, heads=(1, 1, 0), ends_on=BEFORE)
    lines = lines_of(sign_in(coordinator).get(PAGE, asked(in_a)))
    assert lines["Client cards registered"][5:] == ["–", "–", "+1"]
    assert lines["Training"][5:] == ["50.0% of 2", "0.0", "0"]


@pytest.mark.parametrize(("today", "says"), [(date(2026, 9, 30), True), (date(2026, 10, 1), False)])
def test_a_period_that_is_not_over_is_said_not_to_be(in_a, sign_in, coordinator, today, says):
    with time_machine.travel(today):
        page = sign_in(coordinator).get(PAGE, asked(in_a)).content.decode()
    assert ("The period is not over yet" in page) == says


# --- who sees what -----------------------------------------------------------------------------------------------


def listed_number(listed):
    """What the records of a list add up to: each is one, or has a part of its own in the number."""
    arguments, records = listed.resolver_match.kwargs, listed.context["page_obj"].paginator.object_list
    if COUNTED[arguments["table"]].unit == PARTICIPANTS:
        names = {"total": "counted"}
        return sum(getattr(one, names.get(arguments["column"], f"counted_{arguments['column']}")) for one in records)
    if arguments["table"] == "case_studies":
        columns = ("women", "men", "other") if arguments["column"] == "total" else (arguments["column"],)
        return sum(getattr(one, column) for one in records for column in columns)
    return records.count()


def test_every_number_opens_into_its_records(full, sign_in, coordinator):
    browser = sign_in(coordinator)
    opened = 0
    for table in page_tables(browser.get(PAGE, asked(full))).values():
        for y, (_heading, *texts) in enumerate(table.rows):
            for x, text in enumerate(texts[:4]):
                assert ((y, x) in table.links) == (text != "0")
                if (y, x) in table.links:
                    listed = browser.get(table.links[y, x])
                    assert listed.status_code == 200
                    assert listed_number(listed) == int(text), table.links[y, x]
                    opened += 1
    assert opened > 60


def test_a_programme_officer_sees_the_numbers_of_the_assigned_centres_and_no_link(
    full, centre_b, sign_in, programme_officer
):
    browser = sign_in(programme_officer)
    tables = page_tables(browser.get(PAGE, asked(full)))
    assert tables["complainants"].rows[0][4] != "0"
    assert not any(table.links for table in tables.values())
    assert browser.get(FILE, asked(full)).status_code == 200
    assert browser.get(PAGE, asked(centre_b)).status_code == 404
    assert browser.get(FILE, asked(full, centre_b)).status_code == 404
    assert browser.get(reverse("reports:records", args=["stories", "all", "total"]), asked(full)).status_code == 403


def test_staff_open_only_the_records_that_they_may_see(full, sign_in, staff):
    tables = page_tables(sign_in(staff).get(PAGE, asked(full)))
    assert tables["clients"].links and tables["activities"].links
    assert not tables["complainants"].links
    assert {y for y, _x in tables["harvesting"].links} == {0, 1}  # interviews and stories, but no case study


def test_an_administrator_sees_no_numbers_and_who_has_no_centre_is_told_so(in_a, sign_in, administrator, stranger):
    for where in (PAGE, FILE):
        assert sign_in(administrator).get(where, asked(in_a)).status_code == 403
        page = sign_in(stranger).get(where)
        assert page.status_code == 200 and "You belong to no active centre yet" in page.content.decode()


def test_several_centres_are_counted_together(in_a, centre_b, sign_in, two_centre_coordinator):
    make_card(in_a, gender="woman")
    with centre_scope([centre_b]):
        make_card(centre_b, gender="man")
    browser = sign_in(two_centre_coordinator)
    for centres, share in (([in_a, centre_b], "50.0% of 2"), ([in_a], "100.0% of 1")):
        assert lines_of(browser.get(PAGE, asked(*centres)))["Client cards registered"][4] == share


def test_an_analysis_refuses_a_centre_that_is_not_in_scope(in_a, centre_b):
    with pytest.raises(OutsideScope):
        analyse(centres=[in_a, centre_b], period=QUARTER)


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [PAGE, FILE])
def test_a_question_that_cannot_be_answered_says_what_is_wrong_and_keeps_what_was_typed(
    in_a, sign_in, coordinator, where
):
    page = sign_in(coordinator).get(where, {"centre": "PNH", "period": "own", "from": "30/09/2026", "to": "1/7/2026"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "The period ends before it begins (30/09/2026). Are the two days swapped?" in text
    assert 'value="01/07/2026"' in text and f'action="{PAGE}"' in text
    assert not AuditEvent.objects.filter(action="export").exists()


def test_a_period_without_anybody_says_so(in_a, sign_in, coordinator):
    page = sign_in(coordinator).get(PAGE, asked(in_a))
    assert "Nobody is counted in this period." in page.content.decode()
    assert not any(table.links for table in page_tables(page).values())


def test_the_tables_and_the_analysis_lead_to_each_other_with_the_same_question(in_a, sign_in, coordinator):
    browser = sign_in(coordinator)
    for one, other in (("/reports/", PAGE), (PAGE, "/reports/")):
        page = lxml.html.fromstring(browser.get(one, asked(in_a)).content.decode())
        [link] = [a for a in page.xpath("//main//a/@href") if a.startswith(f"{other}?")]
        answer = browser.get(link)
        assert answer.status_code == 200 and "01/07/2026 – 30/09/2026" in answer.content.decode()


def test_the_page_asks_as_many_questions_of_the_database_for_many_records_as_for_few(full, sign_in, coordinator):
    browser = sign_in(coordinator)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE, asked(full)).status_code == 200
        return len(captured)

    few = queries()
    for _number in range(12):
        make_case(full)
        make_closed_case(full)
        make_story(make_card(full))
        make_service(make_card(full))
        make_activity(full, participants=[make_card(full)])
    assert queries() == few < 30


# --- the charts --------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def charts_of(response):
    return lxml.html.fromstring(response.content.decode()).xpath("//figure/svg")


def test_each_section_has_a_chart_that_names_itself_and_shows_each_line_with_its_share(full, sign_in, coordinator):
    page = sign_in(coordinator).get(PAGE, asked(full))
    charts, tables = charts_of(page), page_tables(page)
    assert len(charts) == len(tables) == len(SECTIONS)
    for chart, table in zip(charts, tables.values(), strict=True):
        assert chart.get("role") == "img"
        title, description = chart.find("title"), chart.find("desc")
        assert chart.get("aria-labelledby") == title.get("id") and "shares of women, men" in title.text
        assert chart.get("aria-describedby") == description.get("id")
        texts = [text.text_content() for text in chart.findall("text")]
        for heading, *cells in table.rows:
            assert heading in texts
            assert cells[4].split(" Under half")[0] in texts
    ids = lxml.html.fromstring(page.content.decode()).xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_parts_of_a_bar_are_told_apart_by_pattern_and_number(in_a, sign_in, coordinator):
    make_activity(in_a, kind="training", heads=(30, 50, 20))
    chart = charts_of(sign_in(coordinator).get(PAGE, asked(in_a)))[1]
    parts = [
        part for part in chart.find_class("chart-part") if part.get("y") == chart.find_class("chart-part")[0].get("y")
    ]
    assert [part.get("fill") for part in parts] == [
        "#07444a", "url(#chart-activities-stripes)", "url(#chart-activities-dots)",
    ]  # fmt: skip
    assert {pattern.get("id") for pattern in chart.iter("pattern")} == {
        "chart-activities-stripes", "chart-activities-dots",
    }  # fmt: skip
    assert [part.get("width") for part in parts] == ["21.00%", "35.00%", "14.00%"]
    texts = [text.text_content() for text in chart.findall("text")]
    assert texts[:5] == ["Participants of activities", "30", "50", "20", "30.0% of 100"]
    marks = chart.find_class("chart-mark")
    assert marks and {mark.get("x1") for mark in marks} == {"35.00%"}  # the middle of a scale of 70 per cent


def test_a_chart_has_no_script_and_no_style_and_is_sound(full, sign_in, coordinator):
    for chart in charts_of(sign_in(coordinator).get(PAGE, asked(full))):
        sound = lxml.etree.fromstring(lxml.etree.tostring(chart))
        for element in sound.iter():
            assert element.tag not in ("script", "style", "foreignObject")
            assert not any(name == "style" or name.startswith("on") for name in element.attrib)


def chart_of(*bars, **more):
    return BarChart(code="c", title="T", description="D", series=("Women", "Men", "Other"), bars=bars, **more)


def test_a_number_stands_where_the_mark_does_not_cross_it():
    [bar] = chart_of(Bar("A", "", (100, 0, 0), mark=50)).drawn
    assert [part.number for part in bar.segments] == [("1.30%", "start")]
    [bar] = chart_of(Bar("A", "", (30, 70, 0), mark=50)).drawn
    assert [part.number for part in bar.segments] == [("1.30%", "start"), ("68.70%", "end")]


def test_a_number_without_room_is_left_to_the_table():
    [bar] = chart_of(Bar("A", "", (1, 9999, 0))).drawn
    assert [part.number is None for part in bar.segments] == [True, False]


def test_bars_can_have_a_scale_and_marks_of_their_own():
    bars = [Bar("A", "", (50, 0, 0), mark=100), Bar("B", "", (300, 0, 0)), Bar("C", "", (0, 0, 0), mark=0)]
    first, second, third = chart_of(*bars, most=200).drawn
    assert [part.width for part in first.segments] == ["17.50%"] and first.mark[0] == "35.00%"
    assert [part.width for part in second.segments] == ["70.00%"] and second.mark is None  # no further than the scale
    assert list(third.segments) == [] and third.mark[0] == "0.00%"
    [empty] = chart_of(Bar("A", "–", (0, 0, 0), mark=0)).drawn
    assert list(empty.segments) == [] and empty.mark is None


# --- the file ----------------------------------------------------------------------------------------------------


def test_the_spreadsheet_holds_the_numbers_of_the_page(full, sign_in, coordinator):
    browser = sign_in(coordinator)
    lines = lines_of(browser.get(PAGE, asked(full)))
    response = browser.get(FILE, asked(full))
    assert response["Content-Disposition"] == 'attachment; filename="gender-PNH-2026-07-01-2026-09-30.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows() if row[0].border.left.style]
    written = {row[0]: row[1:] for row in rows if row[0]}
    assert list(written) == list(lines)
    for heading, (women, men, other, total, share, before, points, more) in lines.items():
        row = written[heading]
        assert row[:4] == [int(women), int(men), int(other), int(total)]
        mark = [row[10].replace(",", "")] if row[10] else []
        assert share.split(" ", 3) == [f"{row[4]:.1%}", "of", total, *mark]
        assert before == (f"{row[7]:.1%} of {row[6]}" if row[6] else "–")
        assert points == ("–" if row[8] is None else f"{row[8]:+.1f}".replace("-", "−")) or abs(row[8]) < 0.05
        assert more == (f"{row[9]:+}".replace("-", "−") if row[9] else "0")
    texts = [row[0].value for row in sheet.iter_rows()]
    assert "Compared with: 01/04/2026 – 30/06/2026" in texts and "Centres: PNH – Phnom Penh" in texts
    assert sheet.page_setup.orientation == "landscape"


def test_the_file_is_in_the_audit_of_each_centre(in_a, centre_b, sign_in, two_centre_coordinator):
    assert sign_in(two_centre_coordinator).get(FILE, asked(in_a, centre_b)).status_code == 200
    entries = AuditEvent.objects.filter(action="export", actor=two_centre_coordinator)
    assert {entry.centre_id for entry in entries} == {in_a.pk, centre_b.pk}
    assert entries[0].detail["format"] == "xlsx" and entries[0].detail["period"] == ["2026-07-01", "2026-09-30"]


def test_a_user_for_installation_sees_no_record(full, sign_in):
    tables = page_tables(sign_in(make_user("root", "", full, is_superuser=True)).get(PAGE, asked(full)))
    assert not any(table.links for table in tables.values())
