"""Who took part: found among the client cards or entered, named once, counted once, taken off; the list to sign."""

from datetime import date

import pytest
from django.urls import reverse

from activities.models import Activity, Participant
from clients.models import ClientCard, Consent, Identity, ServiceReceived
from clients.services import add_service, save_card
from mrc.audit import AuditEvent
from tests.activities.conftest import make_activity, name_people
from tests.factories import make_card, make_service

TRAINING = "information_education_training"


def known(centre, name, **fields):
    """A client card that is found by name."""
    card = ClientCard(centre=centre, **{"registered_on": date(2026, 7, 1), "gender": "woman", **fields})
    return save_card(card=card, identity={"name": name}, consents={"keep_data": (date(2026, 7, 1), "spoken")})


def url_of(name, activity, *more):
    return reverse(f"activities:{name}", args=[activity.uid, *more])


def search(desk, activity, text, **headers):
    return desk.post(url_of("participant_search", activity), {"q": text}, headers=headers)


def add(desk, activity, card, **headers):
    return desk.post(url_of("participant_add", activity), {"card": card.uid}, headers=headers)


def lines_of(response):
    reconciliation = response.context["reconciliation"]
    return [(line.heads, line.names, line.in_words) for line in (*reconciliation.lines, reconciliation.total)]


# --- heads and names -------------------------------------------------------------------------------------------------


def test_heads_and_names_stand_side_by_side_and_are_never_added(desk, in_a):
    activity = make_activity(in_a, heads=(12, 1, 0))
    name_people(activity, make_card(in_a), make_card(in_a), make_card(in_a, gender="man"))
    response = desk.get(activity.get_absolute_url())
    assert lines_of(response) == [
        (12, 2, "10 without a name"),
        (1, 1, "everybody is named"),
        (0, 0, "nobody"),
        (13, 3, "10 without a name"),
    ]
    assert "more names than heads" not in response.content.decode()


def test_more_names_than_heads_are_said_in_words_also_when_the_total_hides_it(desk, in_a):
    activity = make_activity(in_a, heads=(5, 0, 0))
    name_people(activity, make_card(in_a), make_card(in_a, gender="man"))
    response = desk.get(activity.get_absolute_url())
    assert lines_of(response)[1] == (0, 1, "1 name more than heads")
    assert "There are more names than heads" in response.content.decode()
    assert "4 without a name" in response.content.decode()
    assert "3 without a name" not in response.content.decode()


def test_before_the_heads_are_counted_the_page_says_that_names_are_reported(desk, in_a):
    response = desk.get(name_people(make_activity(in_a), make_card(in_a)).get_absolute_url())
    assert lines_of(response)[0] == (None, 1, "not counted")
    assert "until then the report counts the names" in response.content.decode()


# --- finding and adding ----------------------------------------------------------------------------------------------


def test_a_participant_is_found_by_name_and_gets_the_training_service_once(desk, staff, in_a):
    activity, card = make_activity(in_a), known(in_a, "Nguyễn Hồng Ngữ")
    found = search(desk, activity, "nguyen hong ngu")
    assert found.context["found"] == [(card, False)]
    assert "Nguyễn Hồng Ngữ" in found.content.decode()
    assert add(desk, activity, card).headers["Location"] == f"{activity.get_absolute_url()}#people"
    service = ServiceReceived.objects.get()
    assert (service.card, service.category, service.received_on) == (card, TRAINING, date(2026, 7, 10))
    assert service.staff_member == staff
    assert search(desk, activity, "nguyen").context["found"] == [(card, True)]
    add(desk, activity, card)
    assert Participant.objects.count() == ServiceReceived.objects.count() == 1


def test_with_htmx_only_the_people_come_back(desk, in_a):
    activity, card = make_activity(in_a), known(in_a, "Chan Dara")
    for response in (
        search(desk, activity, "dara", hx_request="true"),
        add(desk, activity, card, hx_request="true"),
        desk.post(url_of("participant_remove", activity, card.uid), headers={"hx-request": "true"}),
    ):
        page = response.content.decode().strip()
        assert response.status_code == 200
        assert page.startswith('<div id="people">')
        assert "<html" not in page
        assert "Heads counted" in page
    assert not Participant.objects.exists()


def test_what_is_searched_is_in_no_address_and_no_audit(desk, in_a):
    activity = make_activity(in_a)
    known(in_a, "Chan Dara")
    search(desk, activity, "Chan Dara")
    entry = AuditEvent.objects.get(action="search")
    assert (entry.centre_id, entry.detail) == (in_a.pk, {"kinds": ["name"], "hits": 1})
    assert AuditEvent.objects.filter(action="view_identity", detail__why="search").count() == 1
    assert desk.get(url_of("participant_search", activity)).headers["Location"] == activity.get_absolute_url()


@pytest.mark.parametrize("text", ["", " ", "x" * 201, "a\x00b"])
def test_a_search_that_makes_no_sense_is_refused_by_name(desk, in_a, text):
    response = search(desk, make_activity(in_a), text)
    assert response.status_code == 422
    assert response.context["search_form"].errors["q"]


@pytest.mark.parametrize(
    "text", ["%", "'; DROP TABLE activities_activity; --", "𒀀", "0" * 200, "<script>alert(1)</script>"]
)
def test_a_hostile_search_finds_nobody_and_is_shown_as_text(desk, in_a, text):
    response = search(desk, make_activity(in_a), text)
    assert response.context["found"] == []
    assert "<script>alert" not in response.content.decode()
    assert "No card of this centre fits" in response.content.decode()


def test_only_cards_of_the_centre_of_the_activity_take_part(sign_in, two_centre_coordinator, in_a, centre_b):
    from mrc.access import centre_scope

    with centre_scope([centre_b]):
        elsewhere = known(centre_b, "Chan Dara")
    activity = make_activity(in_a)
    desk = sign_in(two_centre_coordinator)
    assert search(desk, activity, "Dara").context["found"] == []
    assert search(desk, activity, elsewhere.reference).context["found"] == []
    assert add(desk, activity, elsewhere).status_code == 422
    assert not Participant.objects.exists()


@pytest.mark.parametrize("card", ["", "x", "7b0d3b0e-7a2c-4f0b-9c8e-1f2d3c4b5a69", "' OR 1=1"])
def test_a_card_that_is_none_is_refused_with_a_sentence(desk, in_a, card):
    response = desk.post(url_of("participant_add", make_activity(in_a)), {"card": card})
    assert response.status_code == 422
    assert "This centre has no such client card" in response.content.decode()


def test_nobody_has_taken_part_before_the_last_day(desk, in_a):
    activity, card = make_activity(in_a, ends_on=date(2026, 8, 16)), make_card(in_a)
    assert "from the last day on, 16/08/2026" in desk.get(activity.get_absolute_url()).content.decode()
    response = add(desk, activity, card)
    assert response.status_code == 409
    assert "The last day is 16/08/2026" in response.content.decode()
    assert desk.get(url_of("participant_new", activity)).status_code == 302
    response = desk.post(url_of("participant_new", activity), {"registered_on": "01/07/2026", "gender": "man"})
    assert response.status_code == 422
    assert not ServiceReceived.objects.exists()
    assert ClientCard.objects.count() == 1


def test_two_activities_of_one_day_are_one_service(desk, in_a):
    card = make_card(in_a)
    first, second = make_activity(in_a), make_activity(in_a, kind="meeting")
    name_people(first, card)
    name_people(second, card)
    assert ServiceReceived.objects.count() == 1
    desk.post(url_of("participant_remove", first, card.uid))
    assert ServiceReceived.objects.count() == 1
    desk.post(url_of("participant_remove", second, card.uid))
    assert ServiceReceived.objects.count() == 0


# --- a new card ------------------------------------------------------------------------------------------------------

PERSON = {"registered_on": "10/07/2026", "gender": "man", "name": "Ko Tin Soe Lwin", "consents": ["keep_data"]}


def test_somebody_without_a_card_is_entered_and_is_on_the_list(desk, in_a):
    activity = make_activity(in_a)
    url = url_of("participant_new", activity)
    form = desk.get(url).context["form"]
    assert 'value="10/07/2026"' in str(form["registered_on"])
    assert "service_category" not in form.fields
    assert desk.post(url, PERSON).headers["Location"] == activity.get_absolute_url()
    card = activity.participants.get().card
    assert (card.reference, card.gender) == ("PNH-2026-00001", "man")
    assert [service.category for service in card.services.all()] == [TRAINING]


def test_without_consent_a_new_participant_is_kept_under_a_pseudonym_only(desk, in_a):
    url = url_of("participant_new", make_activity(in_a))
    response = desk.post(url, PERSON | {"consents": []})
    assert response.status_code == 422
    assert "only a pseudonym is kept" in response.content.decode()
    assert not ClientCard.objects.exists()
    assert desk.post(url, PERSON | {"consents": [], "is_pseudonym": "on"}).status_code == 302
    assert Participant.objects.count() == 1


def test_a_likely_duplicate_can_be_put_on_the_list_instead(desk, in_a):
    activity, card = make_activity(in_a), known(in_a, "Tin Soe Lwin", gender="man")
    url = url_of("participant_new", activity)
    response = desk.post(url, PERSON)
    assert response.status_code == 409
    assert f'name="card" value="{card.uid}"' in response.content.decode()
    assert not Participant.objects.exists()
    assert desk.post(url, PERSON | {"somebody_else": "yes"}).status_code == 302
    assert ClientCard.objects.count() == 2
    add(desk, activity, card)
    assert activity.participants.count() == 2


def test_a_new_card_is_of_the_centre_of_the_activity(sign_in, two_centre_coordinator, centre_b, in_a):
    activity = make_activity(in_a)
    url = url_of("participant_new", activity)
    sign_in(two_centre_coordinator).post(url, PERSON | {"centre": centre_b.code})
    assert ClientCard.objects.get().centre == in_a


# --- removing --------------------------------------------------------------------------------------------------------


def test_removing_asks_first_and_takes_the_service_along(desk, in_a):
    card, other = make_card(in_a), make_card(in_a)
    activity = name_people(make_activity(in_a), card, other)
    url = url_of("participant_remove", activity, card.uid)
    assert f"Take {card.reference} off the list" in desk.get(url).content.decode()
    assert activity.participants.count() == 2
    assert desk.post(url).headers["Location"] == f"{activity.get_absolute_url()}#people"
    assert [one.card for one in activity.participants.all()] == [other]
    assert [one.card for one in ServiceReceived.objects.all()] == [other]
    assert desk.post(url).status_code == 404


def test_a_service_that_was_recorded_by_hand_before_stays_when_the_participant_goes(desk, in_a):
    card = make_card(in_a)
    make_service(card, category=TRAINING, received_on=date(2026, 7, 10))
    activity = name_people(make_activity(in_a), card)
    assert ServiceReceived.objects.count() == 1
    desk.post(url_of("participant_remove", activity, card.uid))
    assert ServiceReceived.objects.count() == 1


def test_the_service_can_be_taken_off_the_card_and_the_name_stays_on_the_list(desk, in_a):
    card = make_card(in_a)
    activity = name_people(make_activity(in_a), card)
    desk.post(reverse("clients:service_delete", args=[card.uid, card.services.get().uid]))
    assert not ServiceReceived.objects.exists()
    assert activity.participants.count() == 1
    desk.post(url_of("participant_remove", activity, card.uid))
    assert activity.participants.count() == 0


def test_a_service_recorded_by_hand_later_is_the_same_contact(in_a):
    card = make_card(in_a)
    name_people(make_activity(in_a), card)
    assert add_service(card=card, category=TRAINING, received_on=date(2026, 7, 10))[1] is False


def test_the_audit_of_the_activity_says_who_was_added_and_removed_without_a_name(desk, staff, in_a):
    activity, card = make_activity(in_a), known(in_a, "Chan Dara")
    add(desk, activity, card)
    desk.post(url_of("participant_remove", activity, card.uid))
    entries = AuditEvent.objects.filter(record=activity.uid, model="activities.Participant").order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [("create", staff), ("delete", staff)]
    assert "Dara" not in str(list(AuditEvent.objects.values()))


# --- the list to sign ------------------------------------------------------------------------------------------------


def test_the_attendance_list_has_every_name_and_blank_lines_for_the_others(desk, in_a):
    cards = [known(in_a, "Chan Dara"), known(in_a, "Som Chai", gender="man"), make_card(in_a)]
    activity = name_people(make_activity(in_a, heads=(3, 2, 1)), *cards)
    response = desk.get(url_of("attendance", activity))
    page = response.content.decode()
    assert page.index("Chan Dara") < page.index("Som Chai")
    assert all(card.reference in page for card in cards)
    assert list(response.context["blank_numbers"]) == [4, 5, 6]
    viewed = AuditEvent.objects.filter(action="view_identity", detail__why="attendance")
    assert {entry.record for entry in viewed} == {card.uid for card in cards}


def test_the_number_of_blank_lines_can_be_chosen(desk, in_a):
    activity = make_activity(in_a, ends_on=date(2026, 8, 20))
    url = url_of("attendance", activity)
    assert len(desk.get(url).context["blank_numbers"]) == 20
    assert len(desk.get(f"{url}?rows=0").context["blank_numbers"]) == 0
    assert len(desk.get(f"{url}?rows=200").context["blank_numbers"]) == 200


@pytest.mark.parametrize("rows", ["201", "-1", "many", "9" * 30, "%00", ""])
def test_a_number_of_lines_that_makes_no_sense_is_refused_by_name(desk, in_a, rows):
    response = desk.get(f"{url_of('attendance', make_activity(in_a))}?rows={rows}")
    assert response.status_code == 200
    assert response.context["form"].errors["rows"]
    assert len(response.context["blank_numbers"]) == 20


# --- many ------------------------------------------------------------------------------------------------------------


def test_many_participants_are_shown_a_page_at_a_time_the_latest_first(desk, in_a):
    cards = [make_card(in_a) for _ in range(30)]
    activity = name_people(make_activity(in_a), *cards)
    first = desk.get(activity.get_absolute_url())
    second = desk.get(f"{activity.get_absolute_url()}?page=2")
    assert [one.card for one in first.context["participants"]] == cards[:4:-1]
    assert [one.card for one in second.context["participants"]] == cards[4::-1]
    assert desk.get(f"{activity.get_absolute_url()}?page=none").status_code == 200


def test_naming_many_takes_the_same_number_of_queries_as_naming_few(in_a, django_assert_max_num_queries):
    counted = []
    for number in (2, 60):
        cards = [make_card(in_a) for _ in range(number)]
        activity = make_activity(in_a, ends_on=date(2026, 7, 10 + len(counted)))
        with django_assert_max_num_queries(20) as queries:
            name_people(activity, *cards)
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert Activity.objects.for_list().first().names_count == 60


def test_nothing_of_a_card_is_lost_when_a_participant_is_removed(desk, in_a):
    card = known(in_a, "Chan Dara")
    activity = name_people(make_activity(in_a), card)
    desk.post(url_of("participant_remove", activity, card.uid))
    assert (Identity.objects.count(), Consent.objects.count(), ClientCard.objects.count()) == (1, 1, 1)
