"""The sample draw: who is eligible, by chance and so that anyone can check it."""

from collections import Counter
from datetime import date

import pytest

from harvesting import draws
from harvesting.models import DrawOutcome, NeverChanged, SampleDraw
from tests.factories import make_card, make_interview, make_service

DRAWN_ON = date(2026, 9, 1)


def make_client(centre, gender="woman", *, served_on=date(2026, 1, 5), consents=("keep_data", "follow_up"), **identity):
    card = make_card(
        centre, gender=gender, consents=consents, registered_on=date(2026, 1, 5),
        name="Made Up", identity=identity or {"telephone": "012 345 678"},
    )  # fmt: skip
    make_service(card, received_on=served_on)
    return card


@pytest.mark.parametrize(
    ("drawn_on", "latest"),
    [
        (date(2026, 2, 28), date(2025, 8, 31)),
        (date(2026, 2, 27), date(2025, 8, 27)),
        (date(2024, 2, 29), date(2023, 8, 31)),
        (date(2026, 8, 30), date(2026, 2, 28)),
        (date(2026, 8, 31), date(2026, 2, 28)),
        (date(2026, 7, 1), date(2026, 1, 1)),
    ],
)
def test_a_first_service_lies_six_calendar_months_before_the_draw(drawn_on, latest):
    assert draws.latest_first_service(drawn_on) == latest


def test_each_client_who_cannot_be_drawn_is_counted_with_the_first_reason(in_a):
    make_client(in_a)
    make_client(in_a, "man")
    make_client(in_a, served_on=date(2026, 3, 2))
    make_client(in_a, "man", consents=["keep_data"])
    make_client(in_a, "other", safe_contact="ask the neighbour")
    make_card(in_a, gender="man")
    frame = draws.frame_of(in_a, 2026, DRAWN_ON)
    assert frame.counts["eligible"] == {"woman": 1, "man": 1, "other": 0}
    assert {reason: sum(by_gender.values()) for reason, by_gender in frame.not_eligible.items()} == {
        "no_service": 1, "too_recent": 1, "no_consent": 1, "no_way_to_reach": 1, "interviewed": 0,
    }  # fmt: skip


@pytest.mark.parametrize("way", ["telephone", "email", "address"])
def test_one_way_to_reach_the_person_is_enough(in_a, way):
    make_client(in_a, **{way: "made-up@example.org"})
    assert draws.frame_of(in_a, 2026, DRAWN_ON).counts["eligible"]["woman"] == 1


@pytest.mark.parametrize(
    ("days", "eligible"),
    [
        ({"given_on": date(2026, 9, 1)}, 1),
        ({"given_on": date(2026, 9, 2)}, 0),
        ({"withdrawn_on": date(2026, 9, 1)}, 0),
        ({"withdrawn_on": date(2026, 9, 2)}, 1),
    ],
)
def test_the_consent_is_that_of_the_day_of_the_draw(in_a, days, eligible):
    make_client(in_a).consents.filter(purpose="follow_up").update(**days)
    frame = draws.frame_of(in_a, 2026, DRAWN_ON)
    assert frame.counts["eligible"]["woman"] == eligible
    assert frame.not_eligible["no_consent"]["woman"] == 1 - eligible


def test_who_was_interviewed_that_year_is_not_drawn_again(in_a):
    make_client(in_a, "man")
    make_interview(make_client(in_a), held_on=date(2026, 3, 1))
    frame = draws.frame_of(in_a, 2026, DRAWN_ON)
    assert frame.counts["eligible"] == {"woman": 0, "man": 1, "other": 0}
    assert frame.not_eligible["interviewed"] == {"woman": 1, "man": 0, "other": 0}
    assert draws.frame_of(in_a, 2027, DRAWN_ON).counts["eligible"]["woman"] == 1


def test_a_later_service_does_not_make_an_old_client_too_recent(in_a):
    make_service(make_client(in_a), received_on=date(2026, 8, 30))
    assert draws.frame_of(in_a, 2026, DRAWN_ON).counts["eligible"]["woman"] == 1


def test_the_same_frame_and_seed_give_the_same_list(in_a):
    for gender in ["woman"] * 5 + ["man"] * 5:
        make_client(in_a, gender)
    first = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON, seed="seven")
    again = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON, seed="seven")
    other = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON, seed="eight")
    assert first.order == again.order != other.order
    assert [place.card for place in draws.places_of(first)] == [place.card for place in draws.places_of(again)]


def test_at_least_half_are_women_and_missing_women_are_not_replaced_by_men(in_a):
    make_client(in_a)
    for _number in range(6):
        make_client(in_a, "man")
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    assert draw.seats == {"woman": 1, "man": 2, "other": 0}


def test_women_can_take_every_place(in_a):
    for _number in range(6):
        make_client(in_a)
    assert draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON).seats == {"woman": 4, "man": 0, "other": 0}


def test_who_refuses_stays_visible_and_the_next_of_the_same_gender_follows(in_a):
    for gender in ["woman"] * 4 + ["man"] * 4:
        make_client(in_a, gender)
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON, seed="seven")
    first = next(place for place in draws.places_of(draw) if place.gender == "woman")
    DrawOutcome.objects.create(draw=draw, card=first.card, reason="refused", happened_on=DRAWN_ON)
    places = [place for place in draws.places_of(draw) if place.gender == "woman"]
    assert len(places) == draw.seats["woman"] + 1
    assert places[0].outcome.reason == "refused"


def test_everyone_has_the_same_chance_within_gender():
    """1,000 draws of 2 of 10 women: each is expected 200 times; five standard deviations are 63."""
    cards = {"woman": list(range(10)), "man": list(range(10, 30)), "other": []}
    hits = Counter()
    for number in range(1000):
        order = {gender: draws.drawn_order(some, f"seed {number}") for gender, some in cards.items()}
        seats = draws.seats_of(order, 4, 2, f"seed {number}")
        for gender, some in order.items():
            hits.update(some[: seats[gender]])
    for gender in ("woman", "man"):
        counts = [hits[card] for card in cards[gender]]
        expected = sum(counts) / len(counts)
        assert max(abs(count - expected) for count in counts) < 5 * expected**0.5
        assert min(counts) > 0


def test_a_draw_can_be_verified_and_says_when_the_records_changed(in_a):
    client = make_client(in_a)
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    assert draws.verify(draw) == draws.Verification(True, True, 0, 0, 0)
    make_client(in_a)
    client.consents.filter(purpose="follow_up").first().delete()
    assert draws.verify(draw) == draws.Verification(False, True, 1, 1, 0)


def test_interviews_that_follow_from_a_draw_do_not_change_its_frame(in_a):
    client = make_client(in_a)
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    make_interview(client)
    assert draws.verify(draw).is_same_frame


def test_a_card_that_says_another_gender_now_is_told_when_a_draw_is_verified(in_a):
    client, _other = make_client(in_a), make_client(in_a, "man")
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    client.gender = "other"
    client.save()
    assert draws.verify(draw) == draws.Verification(False, True, 0, 0, 1)


@pytest.mark.parametrize("column", ["order", "seats"])
def test_a_draw_that_was_changed_by_hand_is_found_when_it_is_verified(in_a, column):
    for _number in range(3):
        make_client(in_a)
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    draw.order["woman"].reverse() if column == "order" else draw.seats.update(woman=1)
    assert not draws.verify(draw).is_same_order


def test_a_draw_is_never_changed_and_never_deleted(in_a):
    make_client(in_a)
    draw = draws.draw_sample(centre=in_a, year=2026, drawn_on=DRAWN_ON)
    records = SampleDraw.objects.filter(pk=draw.pk)
    for attempt in (draw.save, draw.delete, records.delete, lambda: records.update(seed="nine")):
        with pytest.raises(NeverChanged):
            attempt()
