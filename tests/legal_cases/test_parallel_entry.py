"""Several people open, close and add at the same moment: no number twice, no gap, one record for one page."""

import uuid
from datetime import date

import pytest

from legal_cases.models import CaseEvent, GroupComplaint, LegalCase, Party
from mrc.access import centre_scope
from mrc.models import ReferenceCounter
from tests.clients.test_parallel_entry import at_once
from tests.factories import make_case
from tests.legal_cases.pages import CLOSING, COMPLAINT, GROUP, NEW

PEOPLE = 6

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def desks(sign_in, legal_officer):
    return [sign_in(legal_officer) for _number in range(PEOPLE)]


def test_parallel_opening_gives_every_case_a_number_and_leaves_no_gap(desks, centre_a):
    def open_four(desk):
        return [desk.post(NEW, COMPLAINT | {"employer": "Sea Star"}).status_code for _number in range(4)]

    statuses = at_once([lambda desk=desk: open_four(desk) for desk in desks])
    assert statuses == [[302] * 4] * PEOPLE
    with centre_scope([centre_a]):
        references = LegalCase.objects.order_by("reference").values_list("reference", flat=True)
        assert list(references) == [f"PNH-L2026-{number:04}" for number in range(1, PEOPLE * 4 + 1)]
        assert Party.objects.count() == 1


def test_one_page_sent_many_times_at_once_makes_one_case_and_no_gap(desks, centre_a):
    page = COMPLAINT | {"submission": str(uuid.uuid4())}
    answers = at_once([lambda desk=desk: desk.post(NEW, page) for desk in desks])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    with centre_scope([centre_a]):
        assert LegalCase.objects.get().reference == "PNH-L2026-0001"
        assert ReferenceCounter.objects.get().last == 1


def test_one_group_complaint_sent_many_times_at_once_is_opened_once(desks, centre_a):
    page = GROUP | {"submission": str(uuid.uuid4())}
    answers = at_once([lambda desk=desk: desk.post("/cases/groups/new/", page) for desk in desks])
    assert {answer.status_code for answer in answers} <= {302, 422}
    with centre_scope([centre_a]):
        assert GroupComplaint.objects.count() == 1
        assert LegalCase.objects.count() == 3


def test_two_people_closing_one_case_at_once_one_is_asked(desks, centre_a):
    with centre_scope([centre_a]):
        case = make_case(centre_a)
    url = f"{case.get_absolute_url()}close/"
    typed = CLOSING | {"version": "1"}
    statuses = at_once([lambda desk=desk: desk.post(url, typed).status_code for desk in desks])
    assert sorted(statuses) == [302] + [409] * (PEOPLE - 1)
    with centre_scope([centre_a]):
        case.refresh_from_db()
        assert (case.version, case.closed_on) == (2, date(2026, 8, 15))
        assert CaseEvent.objects.get().kind == "closed"


def test_a_group_closed_by_several_at_once_is_closed_once(desks, centre_a):
    assert desks[0].post("/cases/groups/new/", GROUP).status_code == 302
    with centre_scope([centre_a]):
        group = GroupComplaint.objects.get()
        typed = CLOSING | {"cases": [str(uid) for uid in group.cases.values_list("uid", flat=True)]}
    url = f"{group.get_absolute_url()}close/"
    statuses = at_once([lambda desk=desk: desk.post(url, typed).status_code for desk in desks])
    assert sorted(statuses) == [302] + [422] * (PEOPLE - 1)
    with centre_scope([centre_a]):
        assert CaseEvent.objects.filter(kind="closed").count() == 3
        assert set(LegalCase.objects.values_list("version", flat=True)) == {2}


def test_one_step_sent_many_times_at_once_is_one_step(desks, centre_a):
    with centre_scope([centre_a]):
        case = make_case(centre_a)
    line = {"happened_on": "01/09/2026", "kind": "contact", "submission": str(uuid.uuid4())}
    url = f"{case.get_absolute_url()}history/"
    assert at_once([lambda desk=desk: desk.post(url, line).status_code for desk in desks]) == [302] * PEOPLE
    with centre_scope([centre_a]):
        assert case.events.count() == 1
