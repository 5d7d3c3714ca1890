"""The pages of a list after the first: the same order, and only the keys of the rows before them are read."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import ClientCard
from legal_cases.models import CaseSubject, GroupComplaint, LegalCase
from legal_cases.services import title_hash

LAST_DAY = date(2026, 7, 1)


def make_cards(centre, numbers):
    ClientCard.objects.bulk_create(
        ClientCard(
            centre=centre,
            reference=f"PNH-{number:05}",
            gender="man",
            registered_on=LAST_DAY - timedelta(days=number // 2),
        )
        for number in numbers
    )


def make_cases(centre, numbers, **fields):
    cases = [LegalCase(centre=centre, reference=f"PNH-L{n:04}", gender="man", **fields) for n in numbers]
    LegalCase.objects.bulk_create(cases)
    subjects = ("wages_withheld", "no_rest_day")
    CaseSubject.objects.bulk_create(CaseSubject(case=case, code=code) for case in cases for code in subjects)


def references(page):
    assert page.status_code == 200
    return [record.reference for record in page.context["object_list"]]


def test_the_pages_of_a_list_hold_every_record_once_and_in_order(sign_in, staff, in_a):
    make_cards(in_a, range(60))
    desk = sign_in(staff)
    shown = [reference for number in (1, 2, 3) for reference in references(desk.get(f"/cards/?page={number}"))]
    assert shown == list(ClientCard.objects.values_list("reference", flat=True))
    assert desk.get("/cards/?page=4").status_code == 404


def test_a_filter_of_several_answers_holds_on_the_later_pages(sign_in, legal_officer, in_a):
    make_cases(in_a, range(40), opened_on=LAST_DAY)
    make_cases(in_a, range(40, 45), opened_on=LAST_DAY, sector="fishing")
    desk, query = sign_in(legal_officer), "sector=unknown&subject=no_rest_day"
    shown = [reference for number in (1, 2) for reference in references(desk.get(f"/cases/?{query}&page={number}"))]
    assert len(shown) == len(set(shown)) == 40
    assert "PNH-L0044" not in shown


def test_counts_in_a_list_are_right_on_the_later_pages(sign_in, legal_officer, in_a):
    for number in range(30):
        group = GroupComplaint(centre=in_a, title=f"Farm {number}", opened_on=LAST_DAY - timedelta(days=number))
        group.title_hash = title_hash(group)
        group.save()
    make_cases(in_a, range(3), group=GroupComplaint.objects.last())
    page = sign_in(legal_officer).get("/cases/groups/?page=2")
    found = [(group.title, group.case_count, group.open_count) for group in page.context["object_list"]]
    assert len(found) == 5 and [row for row in found if row[1]] == [found[-1]] and found[-1][1:] == (3, 3)


@pytest.mark.parametrize("url", ["/cards/?page=2", "/cases/?page=2"])
def test_of_the_rows_before_a_page_only_the_keys_are_read_however_many_they_are(sign_in, coordinator, in_a, url):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert len(references(desk.get(url))) == 25
        return [query["sql"] for query in captured]

    desk = sign_in(coordinator)
    make_cards(in_a, range(50))
    make_cases(in_a, range(50))
    few = queries()
    [skipping] = [sql for sql in few if "OFFSET" in sql]
    assert skipping.partition(" FROM ")[0].count(",") == 0
    make_cards(in_a, range(50, 300))
    make_cases(in_a, range(50, 300))
    assert len(queries()) == len(few)
