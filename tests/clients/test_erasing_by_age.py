"""Identities are erased by the retention period of their centre, counted from the last service."""

import io
from datetime import date

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from clients.models import Erasure, Identity
from harvesting.models import DrawOutcome, SampleDraw
from mrc import audit
from mrc.access import centre_scope
from tests.factories import make_card, make_case, make_interview, make_service


def expired(*options):
    out = io.StringIO()
    call_command("erase_expired", *options, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(date(2026, 11, 2)):
        yield


@pytest.fixture
def old(in_a):
    """Cards of 2024 and what keeps some of them: {name: card}."""
    names = ("forgotten", "served", "open case", "closed case", "begun interview", "abandoned interview", "nameless")
    cards = {
        name: make_card(in_a, name="" if name == "nameless" else name, registered_on=date(2024, 1, 10))
        for name in names
    }
    make_service(cards["served"], received_on=date(2025, 11, 3))
    make_service(cards["forgotten"], received_on=date(2025, 11, 2))
    make_case(in_a, client=cards["open case"])
    make_interview(cards["begun interview"], held_on=date(2025, 11, 3), is_finished=False)
    make_interview(cards["abandoned interview"], held_on=date(2025, 11, 2), is_finished=False)
    return cards


def test_identities_are_erased_a_year_after_the_last_service_unless_something_is_still_open(old, in_a):
    assert old["forgotten"].reference in expired("--dry-run")
    assert Identity.objects.filter(card__in=old.values()).count() == 6
    told = expired()
    assert "3 identities erased." in told
    erased = set(Erasure.objects.filter(why="expired").values_list("card__reference", flat=True))
    assert erased == {old[name].reference for name in ("forgotten", "closed case", "abandoned interview")}
    kept = set(Identity.objects.filter(card__in=old.values()).values_list("card", flat=True))
    assert kept == {old[name].pk for name in ("served", "open case", "begun interview")}
    assert "0 identities erased." in expired()


def test_who_is_on_the_list_of_this_year_is_kept_until_the_interview_is_held_or_refused(old, in_a):
    draw = SampleDraw.objects.create(
        centre=in_a, year=2026, drawn_on=date(2026, 9, 1), seed="seed", size=2, women_wanted=1, frame={},
        order={"woman": [old["forgotten"].pk], "man": [], "other": []}, seats={"woman": 1, "man": 0, "other": 0},
    )  # fmt: skip
    assert old["forgotten"].reference not in expired("--dry-run")
    DrawOutcome.objects.create(draw=draw, card=old["forgotten"], reason="refused", happened_on=date(2026, 9, 2))
    assert old["forgotten"].reference in expired("--dry-run")


def test_the_command_of_every_night_needs_nobody_to_be_signed_in(centre_a):
    with centre_scope([centre_a]), audit.acting(None, "test"):
        card = make_card(centre_a, name="forgotten", registered_on=date(2024, 1, 10))
    assert "1 identity erased." in expired()
    with centre_scope([centre_a]), audit.identities_opened():
        assert not Identity.objects.filter(card=card).exists()
        assert Erasure.objects.get(card=card).why == "expired"


def test_each_centre_keeps_identities_as_long_as_it_says(old, in_a):
    in_a.months_kept = 36
    in_a.save()
    assert "0 identities erased." in expired()


def test_the_coordinator_is_told_30_days_before(old, coordinator, staff, sign_in):
    text = sign_in(coordinator).get(reverse("todo_identities_to_erase")).content.decode()
    assert old["forgotten"].reference in text and old["served"].reference in text
    assert "03/11/2026" in text  # a year after the last service
    assert old["open case"].reference not in text and old["nameless"].reference not in text
    assert sign_in(staff).get(reverse("todo_identities_to_erase")).status_code == 403
