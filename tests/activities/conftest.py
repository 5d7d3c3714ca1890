"""What all tests of activities share: a day in August 2026, and plain functions that make records."""

from datetime import date

import pytest
import time_machine

from activities import services
from activities.models import Activity


@pytest.fixture(autouse=True)
def in_august():
    with time_machine.travel(date(2026, 8, 15)):
        yield


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


def make_activity(centre, *, heads=(None, None, None), ends_on=date(2026, 7, 10), **fields):
    women, men, other = heads
    fields = {"kind": "training", "title": "Rights at work", "starts_on": min(ends_on, date(2026, 7, 9)), **fields}
    return Activity.objects.create(centre=centre, ends_on=ends_on, women=women, men=men, other=other, **fields)


def name_people(activity, *cards):
    services.add_participants(activity=activity, cards=cards)
    return activity
