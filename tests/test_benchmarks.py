"""What ``make bench`` measures, checked at a small size: the numbers are right, and no page asks more and more."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from benchmarks import draw, gender, hand_sql, progress, report, rows
from benchmarks.results import PageQueries, Ratio, Run, Stages, page, shown
from clients.models import ClientCard
from harvesting.draws import frame_of
from harvesting.models import SampleDraw
from legal_cases.imports import CaseImporter
from legal_cases.models import LegalCase
from mrc import dates
from mrc.access import agreement_scope, centre_scope
from mrc.imports import Importer
from mrc.models import Centre
from reports.annexes import TABLES
from reports.gender import TABLES as ANALYSED
from reports.models import CaseStudy
from reports.tables import compute
from tests.factories import make_agreement, make_report


@pytest.fixture
def region(db):
    call_command("demo", stdout=StringIO())


def periods():
    today = dates.today()
    return {
        "ever": dates.Period(date(2000, 1, 1), today),
        "this year": dates.year_of(today),
        "last quarter": dates.quarter_before(today),
        "a day": dates.Period(today, today),
    }


def test_the_report_says_the_same_as_hand_written_sql(region):
    centres = list(Centre.objects.all())
    for name, period in periods().items():
        for some in (centres, centres[:1], centres[2:4]):
            with centre_scope(some), connection.cursor() as cursor:
                program = report.numbers_of(compute(TABLES, period, some))
                by_hand = hand_sql.compute(cursor, [centre.pk for centre in some], period.start, period.end)
            assert program == by_hand, name
            assert name == "a day" or len(by_hand) > 20


def test_the_gender_analysis_says_the_same_as_hand_written_sql(region):
    centres = list(Centre.objects.all())
    agreement = make_agreement("TEST", centres[0])
    with centre_scope(centres[:1]), agreement_scope([agreement]):
        case_study = {"centre": centres[0], "report": make_report(agreement), "title": "Radio"}
        for result in CaseStudy.Result.values:
            CaseStudy.objects.create(**case_study, result=result, women=2, men=3, other=1)
    for name, period in periods().items():
        for some in (centres, centres[:1], centres[2:4]):
            with centre_scope(some):
                found = gender.program(some, period)
                assert found == gender.by_hand(some, period), name
                assert name == "a day" or len(found) > 20
    with centre_scope(centres):
        tables = {table for _when, table, _row, _column in gender.program(centres, periods()["ever"])}
    assert tables == {table.code for table in ANALYSED}


def test_a_wrong_number_stops_the_benchmark():
    right = {("sector", f"row{number}", "total"): number for number in range(1, 60)}
    report.check_equal(right, dict(right))
    with pytest.raises(SystemExit, match="1 numbers .* by hand 7"):
        report.check_equal({**right, ("sector", "row7", "total"): 8}, right)


def test_a_draw_finds_the_people_and_the_reasons_that_hand_written_sql_finds(region):
    today = dates.today()
    for centre in Centre.objects.all():
        with centre_scope([centre]):
            for day in (today, today + timedelta(days=200)):
                eligible, refused = draw.by_hand(centre.pk, day)
                draw.check_equal(frame_of(centre, day.year, day), eligible, refused)
                assert sum(map(len, eligible.values())) > 0 and refused
    refused["no_consent", "woman"] += 1
    with centre_scope([centre]), pytest.raises(SystemExit, match="Reasons"):
        draw.check_equal(frame_of(centre, day.year, day), eligible, refused)
    eligible["woman"].pop()
    with centre_scope([centre]), pytest.raises(SystemExit, match="other people"):
        draw.check_equal(frame_of(centre, day.year, day), eligible, refused)


def test_nothing_of_a_measured_draw_stays(region):
    centre = Centre.objects.order_by("pk").first()

    def counts():
        with centre_scope([centre]):
            return ClientCard.objects.count(), SampleDraw.objects.count()

    before = counts()
    [ratio] = draw.measure()
    assert ratio.queries < ratio.most_queries
    assert counts() == before


def test_no_page_makes_more_queries_for_more_rows(region):
    few, many = rows.counts(10), rows.counts(60)
    assert many == few
    assert {"clients:list", "clients:detail", "legal_cases:list", "legal_cases:group_detail"} <= set(few)


def test_the_queries_of_a_progress_report_do_not_grow_with_its_centres(region):
    with transaction.atomic():
        one, many = progress.measure()
        transaction.set_rollback(True)
    assert one.queries == many.queries < 150
    assert all(one.times.values()) and many.what.startswith("27 centres")


def test_nothing_of_the_rows_stays(region):
    centres = Centre.objects.count()
    rows.counts(3)
    assert Centre.objects.count() == centres


def test_a_missed_budget_is_named():
    slow = Ratio("Report", 30.0, 10.0, 9, most=1.5, most_queries=15)
    greedy = Ratio("Report", 10.0, 10.0, 15, most=1.5, most_queries=15)
    good = Ratio("Report", 14.9, 10.0, 14, most=1.5, most_queries=15)
    growing = PageQueries("clients:detail", 24, 1014)
    one = Stages("One centre", {"numbers": 20.0, "DOCX": 30.0}, 60)
    stages = [one, Stages("27 centres", {"numbers": 90.0, "DOCX": 40.0}, 61)]
    run = Run("SQLite", "3.40", 120, [slow, greedy, good], [growing, PageQueries("home", 11, 11)], stages)
    assert run.missed == [slow, greedy, growing, *stages]
    assert shown(run).count("MISSED") == 3 and "clients:detail" in shown(run)
    assert "61 queries" in shown(run) and " 50 " in shown(run)
    written = page([run], cards=100_000, day=date(2026, 11, 22), machine="2 cores", versions="Python 3.11")
    assert "| Report" in written and "3.00×" in written and "22 November 2026" in written


def test_an_export_read_by_columns_says_what_the_records_say(region):
    for centre in Centre.objects.filter(code__in=["PNH", "MSO"]):
        with centre_scope([centre]):
            importer, cases = CaseImporter(centre), LegalCase.objects.order_by("pk")
            by_columns, by_records = list(importer.export(cases)), list(Importer.export(importer, cases))
        assert by_columns == by_records
        assert len(by_columns) > 15
