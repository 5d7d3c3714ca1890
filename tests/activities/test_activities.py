"""Entering, finding, editing and deleting activities: what is kept, what is refused and why."""

from datetime import date

import pytest
from django.urls import reverse

from activities.models import Activity
from clients.models import ServiceReceived
from mrc.audit import AuditEvent
from tests.activities.conftest import make_activity, name_people
from tests.factories import make_card, make_service

NEW = "/activities/new/"
ANSWERS = {
    "kind": "training",
    "audience": "beneficiaries",
    "title": "Before you leave: សិទ្ធិ",
    "topic": "Contracts\nand wages",
    "place": "Commune hall",
    "starts_on": "09/07/2026",
    "ends_on": "10/07/2026",
    "women": "12",
    "men": "8",
    "other": "0",
}
TRAINING = "information_education_training"


def errors_of(response):
    assert response.status_code == 422
    return {name: " ".join(messages) for name, messages in response.context["form"].errors.items()}


def training_days(card):
    return list(card.services.filter(category=TRAINING).order_by("received_on").values_list("received_on", flat=True))


# --- entering --------------------------------------------------------------------------------------------------------


def test_an_activity_is_saved_with_its_head_count_and_leads_to_its_page(desk, in_a):
    response = desk.post(NEW, ANSWERS)
    activity = Activity.objects.get()
    assert response.headers["Location"] == f"/activities/{activity.uid}/"
    assert (activity.centre, activity.kind, activity.audience) == (in_a, "training", "beneficiaries")
    assert (activity.title, activity.topic) == (ANSWERS["title"], ANSWERS["topic"])
    assert (activity.starts_on, activity.ends_on) == (date(2026, 7, 9), date(2026, 7, 10))
    assert (activity.women, activity.men, activity.other) == (12, 8, 0)
    page = desk.get(response.headers["Location"]).content.decode()
    for shown in ("Before you leave: សិទ្ធិ", "Contracts<br>and wages", "09/07/2026 – 10/07/2026", "Commune hall"):
        assert shown in page


def test_one_day_needs_no_last_day_and_heads_may_wait(desk, in_a):
    assert desk.post(NEW, ANSWERS | {"ends_on": "", "women": "", "men": "", "other": ""}).status_code == 302
    activity = Activity.objects.get()
    assert activity.starts_on == activity.ends_on == date(2026, 7, 9)
    assert (activity.has_head_count, activity.heads) == (False, None)
    assert "not counted" in desk.get("/activities/").content.decode()


def test_days_of_the_buddhist_era_and_digits_of_other_scripts_are_read(desk, in_a):
    desk.post(NEW, ANSWERS | {"starts_on": "๐๙/๐๗/๒๕๖๙", "ends_on": "10/07/2569", "women": "១២"})
    activity = Activity.objects.get()
    assert (activity.starts_on, activity.ends_on, activity.women) == (date(2026, 7, 9), date(2026, 7, 10), 12)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": ""}, "title", "required"),
        ({"title": "  "}, "title", "required"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"kind": "party"}, "kind", "not one of the available choices"),
        ({"audience": ""}, "audience", "required"),
        ({"starts_on": ""}, "starts_on", "required"),
        ({"starts_on": "07/31/2026"}, "starts_on", "Are day and month swapped"),
        ({"ends_on": "08/07/2026"}, "ends_on", "before the first day"),
        ({"ends_on": "10/07/2126"}, "ends_on", "more than a year after"),
        ({"starts_on": "09/07/2126", "ends_on": ""}, "ends_on", "more than a year ahead"),
        ({"ends_on": "16/08/2026"}, "ends_on", "Heads are counted"),
        ({"women": ""}, "women", "write 0 if there was none"),
        ({"women": "-1"}, "women", "greater than or equal to 0"),
        ({"men": "many"}, "men", "Write a whole number"),
        ({"men": "8.5"}, "men", "Write a whole number"),
        ({"men": "99999999999999999999"}, "men", "less than or equal to 100000"),
        ({"topic": "a\x00b"}, "topic", "cannot be printed"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name_and_nothing_typed_is_lost(desk, in_a, changes, field, says):
    response = desk.post(NEW, ANSWERS | changes)
    errors = errors_of(response)
    assert set(errors) == {field}
    assert says in errors[field]
    assert "Commune hall" in response.content.decode()
    assert not Activity.objects.exists()


def test_an_activity_ahead_can_be_entered_and_is_not_counted_yet(desk, in_a):
    ahead = {"starts_on": "01/09/2026", "ends_on": "", "women": "", "men": "", "other": ""}
    assert desk.post(NEW, ANSWERS | ahead).status_code == 302
    assert Activity.objects.get().ends_on == date(2026, 9, 1)
    assert not Activity.objects.to_count(date(2026, 8, 15)).exists()
    assert Activity.objects.to_count(date(2026, 9, 1)).exists()


def test_the_same_page_sent_twice_saves_one_activity(desk, in_a):
    page = ANSWERS | {"submission": "7b0d3b0e-7a2c-4f0b-9c8e-1f2d3c4b5a69"}
    first, second = desk.post(NEW, page), desk.post(NEW, page)
    assert first.headers["Location"] == second.headers["Location"]
    assert Activity.objects.count() == 1


def test_somebody_with_two_centres_chooses_one_and_no_other(sign_in, two_centre_coordinator, in_b):
    desk = sign_in(two_centre_coordinator)
    assert "centre" in errors_of(desk.post(NEW, ANSWERS))
    assert "centre" in errors_of(desk.post(NEW, ANSWERS | {"centre": "XXX"}))
    assert desk.post(NEW, ANSWERS | {"centre": "CNX"}).status_code == 302
    assert Activity.objects.get().centre == in_b


def test_naming_another_centre_changes_nothing_for_somebody_with_one(desk, centre_b, in_a):
    assert desk.post(NEW, ANSWERS | {"centre": centre_b.code}).status_code == 302
    assert Activity.objects.get().centre == in_a


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Late", "Counted", "Early"]),
        ("kind=outreach", ["Early"]),
        ("audience=intermediaries", ["Counted"]),
        ("ended_from=11/07/2026", ["Late"]),
        ("ended_to=2026-07-10", ["Counted", "Early"]),
        ("ended_from=01/06/2026&ended_to=30/06/2026", ["Early"]),
        ("head_count=yes", ["Counted"]),
        ("head_count=no", ["Late", "Early"]),
        ("kind=meeting", []),
    ],
)
def test_the_list_is_narrowed_by_kind_audience_days_and_head_count(desk, in_a, query, titles):
    make_activity(in_a, title="Early", kind="outreach", starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 2))
    make_activity(in_a, title="Counted", audience="intermediaries", heads=(0, 0, 0))
    make_activity(in_a, title="Late", ends_on=date(2026, 8, 1))
    response = desk.get(f"/activities/?{query}")
    assert [activity.title for activity in response.context["object_list"]] == titles


@pytest.mark.parametrize("query", ["ended_from=yesterday", "kind=party", "head_count=maybe", "ended_to=%00", "page=x"])
def test_filters_that_make_no_sense_break_nothing(desk, in_a, query):
    make_activity(in_a)
    assert desk.get(f"/activities/?{query}").status_code in (200, 404)


def test_the_list_shows_heads_beside_names_and_zero_is_not_unknown(desk, in_a):
    name_people(make_activity(in_a, heads=(0, 0, 0)), make_card(in_a), make_card(in_a))
    [activity] = desk.get("/activities/").context["object_list"]
    assert (activity.heads, activity.names_count) == (0, 2)
    assert '<td class="num">0</td><td class="num">2</td>' in desk.get("/activities/").content.decode()


def test_the_list_of_somebody_with_two_centres_can_be_narrowed_to_one(sign_in, two_centre_coordinator, in_a, centre_b):
    make_activity(in_a)
    desk = sign_in(two_centre_coordinator)
    assert len(desk.get("/activities/?centre=PNH").context["object_list"]) == 1
    assert len(desk.get("/activities/?centre=CNX").context["object_list"]) == 0


def test_pages_take_the_same_number_of_queries_however_many_records(
    desk, in_a, django_assert_num_queries, django_assert_max_num_queries
):
    activity = name_people(make_activity(in_a), make_card(in_a, name="Chan Dara", consents=["keep_data"]))
    detail, attendance = (reverse(f"activities:{name}", args=[activity.uid]) for name in ("detail", "attendance"))
    desk.get("/activities/")
    counted = []
    for _more in range(2):
        for url in ("/activities/", detail, attendance):
            with django_assert_max_num_queries(25) as queries:
                desk.get(url)
            counted.append(len(queries))
        name_people(activity, *(make_card(in_a, name="Chan Dara", consents=["keep_data"]) for _ in range(12)))
        for day in range(1, 12):
            name_people(make_activity(in_a, ends_on=date(2026, 7, 9 + day)), make_card(in_a))
    assert counted[:3] == counted[3:]


# --- editing ---------------------------------------------------------------------------------------------------------


def edit(desk, activity, **changes):
    url = reverse("activities:edit", args=[activity.uid])
    version = desk.get(url).context["version"]
    return desk.post(url, {**ANSWERS, "version": version, **changes})


def test_a_change_of_the_last_day_takes_the_services_of_the_participants_with_it(desk, staff, in_a):
    cards = [make_card(in_a) for _ in range(3)]
    activity = name_people(make_activity(in_a), *cards)
    ids = set(ServiceReceived.objects.values_list("pk", flat=True))
    assert edit(desk, activity, ends_on="12/07/2026").status_code == 302
    assert [training_days(card) for card in cards] == [[date(2026, 7, 12)]] * 3
    assert set(ServiceReceived.objects.values_list("pk", flat=True)) == ids


def test_another_change_leaves_the_services_where_they_are(desk, in_a):
    card = make_card(in_a)
    activity = name_people(make_activity(in_a), card)
    assert edit(desk, activity, starts_on="01/07/2026", title="Other").status_code == 302
    assert training_days(card) == [date(2026, 7, 10)]


def test_a_service_that_another_activity_of_the_old_day_shares_stays_there(desk, in_a):
    both, one = make_card(in_a), make_card(in_a)
    activity = name_people(make_activity(in_a), both, one)
    name_people(make_activity(in_a, kind="meeting"), both)
    assert training_days(both) == [date(2026, 7, 10)]
    edit(desk, activity, ends_on="12/07/2026")
    assert training_days(both) == [date(2026, 7, 10), date(2026, 7, 12)]
    assert training_days(one) == [date(2026, 7, 12)]


def test_on_a_day_that_has_the_service_already_it_counts_once(desk, in_a):
    by_hand, by_activity = make_card(in_a), make_card(in_a)
    kept = make_service(by_hand, category=TRAINING, received_on=date(2026, 7, 12))
    name_people(make_activity(in_a, ends_on=date(2026, 7, 12)), by_activity)
    activity = name_people(make_activity(in_a), by_hand, by_activity)
    assert edit(desk, activity, ends_on="12/07/2026").status_code == 302
    assert training_days(by_hand) == training_days(by_activity) == [date(2026, 7, 12)]
    assert edit(desk, activity, ends_on="13/07/2026").status_code == 302
    assert training_days(by_hand) == [date(2026, 7, 12), date(2026, 7, 13)]
    assert ServiceReceived.objects.filter(pk=kept.pk, received_on=date(2026, 7, 12)).exists()


def test_with_participants_an_activity_cannot_be_moved_ahead(desk, in_a):
    card = make_card(in_a)
    activity = name_people(make_activity(in_a), card)
    no_heads = {"women": "", "men": "", "other": ""}
    errors = errors_of(edit(desk, activity, ends_on="16/08/2026", **no_heads))
    assert "Participants are named" in errors["ends_on"]
    assert training_days(card) == [date(2026, 7, 10)]


def test_two_people_editing_see_both_versions_and_decide(desk, in_a):
    activity = make_activity(in_a, title="First", heads=(1, 1, 1))
    url = reverse("activities:edit", args=[activity.uid])
    version = desk.get(url).context["version"]
    assert desk.post(url, ANSWERS | {"version": version, "title": "Second"}).status_code == 302
    response = desk.post(url, ANSWERS | {"version": version, "title": "Third"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Second" in page
    assert "Third" in page
    assert Activity.objects.get().title == "Second"
    assert desk.post(url, ANSWERS | {"version": response.context["version"], "title": "Third"}).status_code == 302
    assert Activity.objects.get().title == "Third"


# --- deleting --------------------------------------------------------------------------------------------------------


def test_deleting_asks_and_is_refused_while_participants_are_named(sign_in, coordinator, in_a):
    desk = sign_in(coordinator)
    activity = name_people(make_activity(in_a), make_card(in_a))
    url = reverse("activities:delete", args=[activity.uid])
    assert "cannot be deleted: participants are named" in desk.get(url).content.decode()
    assert desk.post(url).status_code == 409
    assert Activity.objects.exists()
    assert ServiceReceived.objects.exists()
    desk.post(reverse("activities:participant_remove", args=[activity.uid, activity.participants.get().card.uid]))
    assert "Delete “Rights at work”" in desk.get(url).content.decode()
    assert Activity.objects.exists()
    assert desk.post(url).headers["Location"] == "/activities/"
    assert not Activity.objects.exists()


def test_only_a_coordinator_deletes(desk, in_a):
    activity = make_activity(in_a)
    url = reverse("activities:delete", args=[activity.uid])
    assert desk.get(url).status_code == desk.post(url).status_code == 403
    assert "Delete" not in desk.get(activity.get_absolute_url()).content.decode()
    assert Activity.objects.exists()


# --- who ---------------------------------------------------------------------------------------------------------


def test_what_is_typed_about_an_activity_is_stored_encrypted(desk, in_a, django_db_blocker):
    from django.db import connection

    desk.post(NEW, ANSWERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, topic, place FROM activities_activity")
        assert all(value.startswith("v1:") for value in cursor.fetchone())


def test_activities_are_for_those_who_may(sign_in, legal_officer, programme_officer, administrator, stranger, in_a):
    activity = make_activity(in_a)
    assert sign_in(legal_officer).get(activity.get_absolute_url()).status_code == 200
    for user in (programme_officer, administrator):
        browser = sign_in(user)
        for url in ("/activities/", NEW, activity.get_absolute_url()):
            assert browser.get(url).status_code == 403
    assert sign_in(stranger).get(activity.get_absolute_url()).status_code == 404
    assert sign_in(stranger).get(NEW).status_code == 403


def test_an_activity_of_another_centre_is_not_there(sign_in, coordinator_b, in_a):
    card = make_card(in_a, name="Chan Dara", consents=["keep_data"])
    activity = name_people(make_activity(in_a, title="Our own"), card)
    other = sign_in(coordinator_b)
    assert "Our own" not in other.get("/activities/").content.decode()
    for name in ("detail", "edit", "delete", "attendance", "participant_new"):
        url = reverse(f"activities:{name}", args=[activity.uid])
        assert other.get(url).status_code == 404
        assert other.post(url, ANSWERS).status_code in (404, 405)
    for name in ("participant_add", "participant_search"):
        url = reverse(f"activities:{name}", args=[activity.uid])
        assert other.post(url, {"card": card.uid, "q": "Chan"}).status_code == 404
    removal = reverse("activities:participant_remove", args=[activity.uid, card.uid])
    assert other.get(removal).status_code == other.post(removal).status_code == 404
    assert activity.participants.count() == 1


def test_the_audit_says_who_changed_which_fields_and_no_value(desk, staff, in_a):
    desk.post(NEW, ANSWERS)
    activity = Activity.objects.get()
    edit(desk, activity, title="A new title")
    changed = AuditEvent.objects.get(record=activity.uid, action="change")
    assert (changed.actor, changed.detail["fields"]) == (staff, ["title", "version"])
    assert "new title" not in str(list(AuditEvent.objects.values()))
