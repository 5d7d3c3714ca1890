"""Restricted records: found and opened by who is named and by coordinators, counted as before (mrc/restricted.py)."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import Participant
from clients import search, services
from clients.models import ClientCard, ServiceReceived
from harvesting.draws import draw_sample
from harvesting.models import DrawOutcome, Interview, SampleDraw, Story
from legal_cases.models import GroupComplaint, LegalCase
from mrc import dates, restricted
from mrc.access import OutsideScope, centre_scope, every_centre
from mrc.audit import AuditEvent
from tests.answers import CARD_ANSWERS, CASE_ANSWERS
from tests.conftest import make_user
from tests.factories import make_activity, make_card, make_case, make_closed_case, make_interview, make_service
from tests.harvesting.test_answers import hold_interview, make_questionnaire
from tests.marked_records import AMOUNTS, BIRTHS, RECORDS, everything_of, mark, text_fields
from tests.visits import DONE, PERSONAS, World, masked, visits

THIRD_QUARTER = {"centre": "PNH", "period": "own", "from": "2026-07-01", "to": "2026-09-30"}
HANGING = [model for model in RECORDS if restricted.chains(model)]
# What a reader of the tables reads: a sum of money that only one case has is a number of the report.
TABLES = ("reports:tables", "reports:download", "reports:gender", "reports:gender_file", "reports:records")


def restrict(record, *readers):
    restricted.restrict(record, readers=readers)
    return record


def restrict_page(record):
    return reverse(f"{record._meta.app_label}:restrict", args=[record.uid])


def text_of(browser, address, data=None):
    response = browser.get(address, data)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


@pytest.fixture
def law_desk(sign_in, legal_officer):
    return sign_in(legal_officer)


@pytest.fixture
def lead(sign_in, coordinator):
    return sign_in(coordinator)


@pytest.fixture
def world(db):
    return World().build()


# --- the proof: for whom is not named the record does not exist ------------------------------------------------------


def hidden_marks(letter):
    texts = [mark(letter, model, field) for model in HANGING for field in text_fields(model)]
    born, amount = BIRTHS[letter], AMOUNTS[letter]
    days = [f"{born:%d/%m/%Y}", f"{born:%Y-%m-%d}"]
    return re.compile("|".join(map(re.escape, [*texts, *days, str(amount), f"{amount:,}"])), re.IGNORECASE)


def restrict_in(world, *labels):
    with every_centre("a test restricts records of its own"):
        for label in labels:
            restrict(world.made["a"][label])


def answer_of(visit):
    return visit.response.status_code, masked(visit)


@pytest.mark.parametrize("name", ["staff", "legal officer"])
def test_who_is_not_named_gets_the_answers_of_a_record_that_never_was(world, name):
    persona, problems, answers = PERSONAS[name], [], {}
    restrict_in(world, ClientCard)
    hidden, hidden_pages = hidden_marks("a"), 0
    uids = {str(record.uid) for model, record in world.made["a"].items() if model in HANGING and hasattr(record, "uid")}
    uids.add(str(world.made["a"]["-open"].uid))
    for visit in visits(world.browser(persona), persona, world):
        shown = set() if visit.key in TABLES else {found.lower() for found in hidden.findall(visit.text)}
        if shown:
            problems.append(f"{visit} shows {sorted(shown)}")
        if visit.whose == "own" and any(uid in visit.url for uid in uids):
            hidden_pages += 1
            answers[visit.key, id(visit.page), visit.method] = visit
        elif visit.whose == "own" and visit.response.status_code not in DONE | {403}:
            problems.append(f"{visit}: is not restricted")
        own = answers.get((visit.key, id(visit.page), visit.method))
        if own and visit.whose == "unused" and answer_of(own) != answer_of(visit):
            problems.append(f"{own}: differs from a record that never was")
    assert not problems, "\n".join(problems)
    assert hidden_pages > (25 if name == "staff" else 40)


def test_the_proof_is_not_empty_coordinators_still_see_what_is_restricted(world):
    restrict_in(world, ClientCard, LegalCase)
    persona, hidden = PERSONAS["coordinator"], hidden_marks("a")
    pages = {visit.key for visit in visits(world.browser(persona), persona, world) if hidden.search(visit.text)}
    assert {"clients:detail", "clients:list", "legal_cases:detail", "harvesting:interview_detail"} <= pages


def test_everything_that_hangs_on_a_card_is_restricted_with_it():
    labels = {model._meta.label for model in HANGING}
    assert {
        "clients.Identity",
        "clients.ServiceReceived",
        "legal_cases.LegalCase",
        "legal_cases.CaseEvent",
        "activities.Participant",
        "harvesting.Interview",
        "harvesting.Answer",
        "harvesting.Story",
    } <= labels
    assert dict(restricted.chains(LegalCase)) == {"pk": LegalCase, "client": ClientCard}
    assert not restricted.chains(GroupComplaint)


def test_a_query_that_forgets_finds_too_little_and_a_write_is_refused(in_a, staff):
    hidden, other = restrict(make_card(in_a)), make_card(in_a)
    service = make_service(hidden)
    with restricted.read_by(staff):
        assert list(ClientCard.objects.all()) == [other]
        assert not ServiceReceived.objects.exists() and not hidden.services.exists()
        for record in (hidden, service):
            with pytest.raises(OutsideScope, match="restricted to others"):
                record.save()
        with pytest.raises(OutsideScope, match="restricted to others"):
            make_service(hidden)
        with restricted.included():
            assert ClientCard.objects.count() == 2
        assert ClientCard.objects.count() == 1
    assert ClientCard.objects.count() == 2  # commands have no reader


# --- restricting, naming, lifting ------------------------------------------------------------------------------------


def test_staff_restrict_a_card_at_once_to_themselves_and_the_coordinators(desk, law_desk, lead, in_a, staff):
    card = make_card(in_a, name="Made-up Person")
    assert restrict_page(card) in text_of(desk, card.get_absolute_url())
    assert "Restrict to me and the coordinators" in text_of(desk, restrict_page(card))
    response = desk.post(restrict_page(card), {"version": card.version}, follow=True)
    assert "Restricted: only who is named" in response.content.decode()
    card.refresh_from_db()
    assert card.is_restricted and list(card.named_readers.all()) == [staff]
    assert [one.get(card.get_absolute_url()).status_code for one in (desk, lead, law_desk)] == [200, 200, 404]
    assert f"{card.reference} (restricted)" in text_of(desk, "/cards/")
    assert card.reference not in text_of(law_desk, "/cards/")


def test_only_coordinators_name_others_and_lift(desk, law_desk, lead, in_a, staff, legal_officer):
    card = restrict(make_card(in_a), staff)
    page = text_of(desk, restrict_page(card))
    assert "Only a coordinator changes this." in page and "<button" not in page.split("<main")[1].split("</main")[0]
    assert desk.post(restrict_page(card), {"version": card.version}).status_code == 403
    answers = {"version": card.version, "is_restricted": "on", "named_readers": [legal_officer.pk]}
    assert lead.post(restrict_page(card), answers).status_code == 302
    assert [one.get(card.get_absolute_url()).status_code for one in (desk, law_desk)] == [404, 200]
    card.refresh_from_db()
    assert lead.post(restrict_page(card), {"version": card.version}).status_code == 302
    card.refresh_from_db()
    assert not card.is_restricted and not card.named_readers.exists()
    assert [one.get(card.get_absolute_url()).status_code for one in (desk, law_desk)] == [200, 200]


def test_only_colleagues_of_the_centre_who_open_such_records_can_be_named(lead, in_a, centre_b, staff, legal_officer):
    strangers = [make_user("staff.x", "staff", centre_b), make_user("off", "staff", in_a, is_active=False)]
    card, case = make_card(in_a), make_case(in_a)
    offered = lead.get(restrict_page(card)).context["form"].fields["named_readers"].queryset
    assert set(offered) == {staff, legal_officer}
    assert set(lead.get(restrict_page(case)).context["form"].fields["named_readers"].queryset) == {legal_officer}
    wrong = [(card, strangers[0].pk), (card, strangers[1].pk), (case, staff.pk), (card, 2**63), (card, "9" * 5000)]
    for record, key in wrong:
        answers = {"version": record.version, "is_restricted": "on", "named_readers": [key]}
        response = lead.post(restrict_page(record), answers)
        assert response.status_code == 422 and "is not one of the available choices" in response.content.decode()
        record.refresh_from_db()
        assert not record.is_restricted


def test_two_coordinators_who_decide_at_the_same_time_are_told(lead, in_a, staff):
    card = make_card(in_a)
    answers = {"version": card.version, "is_restricted": "on", "named_readers": [staff.pk]}
    assert lead.post(restrict_page(card), answers).status_code == 302
    response = lead.post(restrict_page(card), {"version": card.version, "is_restricted": "on"})
    assert response.status_code == 409 and "Saved meanwhile" in response.content.decode()
    assert list(card.named_readers.all()) == [staff]


def test_restricting_naming_and_lifting_are_in_the_audit(lead, in_a, staff):
    card = make_card(in_a)
    lead.post(restrict_page(card), {"version": card.version, "is_restricted": "on", "named_readers": [staff.pk]})
    card.refresh_from_db()
    lead.post(restrict_page(card), {"version": card.version})
    entries = (
        AuditEvent.objects.filter(record=card.uid, action="change").order_by("pk").values_list("detail", flat=True)
    )
    assert list(entries) == [
        {"fields": ["is_restricted", "version"]},
        {"fields": ["named_readers"], "readers": [staff.pk]},
        {"fields": ["is_restricted", "version"]},
        {"fields": ["named_readers"], "readers": []},
    ]
    assert "Who may open it" in text_of(lead, card.get_absolute_url())


def test_a_case_is_restricted_alone_or_with_its_card(law_desk, lead, in_a):
    card = make_card(in_a)
    of_card, alone = make_case(in_a, client=card), make_case(in_a, client=card)
    restrict(alone)
    assert law_desk.get(alone.get_absolute_url()).status_code == 404
    cases = text_of(law_desk, card.get_absolute_url())
    assert of_card.reference in cases and alone.reference not in cases
    assert law_desk.get(of_card.get_absolute_url()).status_code == 200
    restrict(card)
    assert law_desk.get(of_card.get_absolute_url()).status_code == 404
    assert "Restricted with the client card" in text_of(lead, of_card.get_absolute_url())
    assert law_desk.get("/cases/").context["paginator"].count == 0


# --- what is typed ---------------------------------------------------------------------------------------------------


def test_a_restricted_person_is_not_found_hinted_at_or_linked(desk, law_desk, lead, in_a):
    card = make_card(in_a, name="Soth Sopheap", identity={"telephone": "012 345 678"}, consents=["keep_data"])
    services.index_identities([card])
    restrict(card)
    typed = {**CARD_ANSWERS, "name": "Soth Sopheap", "telephone": "012345678", "consents": ["keep_data"]}
    del typed["somebody_else"]
    for text in ("Soth Sopheap", "012345678", card.reference):
        assert lead.post("/cards/search/", {"q": text}).context["found"].cards == [card]
        assert desk.post("/cards/search/", {"q": text}).context["found"].cards == []
    assert lead.post("/cards/new/", typed).status_code == 409
    assert desk.post("/cards/new/", typed).status_code == 302
    said = []
    for reference in (card.reference, "PNH-TEST-99999"):
        response = law_desk.post("/cases/new/", {**CASE_ANSWERS, "client": reference})
        assert response.status_code == 422
        said.append([error.replace(reference, "…") for error in response.context["form"].errors["client"]])
    assert said[0] == said[1] != []
    assert law_desk.get("/cases/new/", {"card": card.uid}).status_code == 404
    assert not LegalCase.objects.exists()


def test_a_restricted_person_is_not_put_on_a_list_or_taken_off_it(desk, in_a):
    card, other = restrict(make_card(in_a)), make_card(in_a)
    activity = make_activity(in_a, participants=[card, other])
    later = make_activity(in_a)
    before = everything_of(in_a)
    add = desk.post(reverse("activities:participant_add", args=[later.uid]), {"card": card.uid})
    assert add.status_code == 422 and "This centre has no such client card." in add.content.decode()
    remove = desk.post(reverse("activities:participant_remove", args=[activity.uid, card.uid]))
    assert remove.status_code == 404
    assert everything_of(in_a) == before


def test_a_command_has_no_reader_and_finds_restricted_people(in_a):
    card = make_card(in_a, name="Soth Sopheap")
    services.index_identities([card])
    restrict(card)
    with centre_scope([in_a]):
        assert search.find_cards("Soth Sopheap", [in_a]).cards == [card]


# --- what is counted -------------------------------------------------------------------------------------------------


def counts_of(browser):
    """Every number that the reader is told, on the pages that count."""
    numbers = {}
    for address in ("/reports/", "/reports/gender/"):
        page = browser.get(address, THIRD_QUARTER).content.decode().split("<main")[1]
        numbers[address] = re.findall(r">\s*([\d.,%]+)\s*<", page)
    numbers["file"] = browser.get("/reports/file/json/", THIRD_QUARTER).json()["tables"]
    numbers["home"] = browser.get("/").context["figures"]
    return numbers


def test_what_is_restricted_is_counted_as_before(desk, law_desk, programme_officer, sign_in, in_a):
    card = make_card(in_a)
    make_service(card)
    make_closed_case(in_a, client=card, gender="woman")
    make_interview(card)
    make_activity(in_a, participants=[card])
    readers = [desk, law_desk]
    before = [counts_of(one) for one in readers]
    restrict(card)
    assert [counts_of(one) for one in readers] == before
    for code in ("services_persons", "cases_closed", "activity_participants", "interviews"):
        assert before[0]["file"][code]["total"]["total"] == 1, code
    officer = sign_in(programme_officer)
    assert officer.get("/reports/file/json/", THIRD_QUARTER).json()["tables"] == before[0]["file"]


def test_the_list_behind_a_number_says_what_it_does_not_show(desk, lead, in_a):
    make_service(make_card(in_a))
    make_service(restrict(make_card(in_a)))
    address = reverse("reports:records", args=["services_persons", "total", "total"])
    page = desk.get(address, THIRD_QUARTER)
    assert page.context["paginator"].count == 1
    assert "One restricted record is counted and not shown here." in page.content.decode()
    page = lead.get(address, THIRD_QUARTER)
    assert page.context["paginator"].count == 2 and "not shown here" not in page.content.decode()


def test_a_group_complaint_and_an_activity_say_what_they_do_not_show(law_desk, in_a):
    group = GroupComplaint.objects.create(centre=in_a, title="Wages", title_hash=1)
    shown, hidden = make_case(in_a, group=group), restrict(make_case(in_a, group=group))
    page = text_of(law_desk, group.get_absolute_url())
    assert "2 complainants" in page and "One restricted record is counted" in page
    assert shown.reference in page and hidden.reference not in page
    card = restrict(make_card(in_a))
    activity = make_activity(in_a, heads=(1, 0, 0), participants=[card])
    page = text_of(law_desk, activity.get_absolute_url())
    assert "everybody is named" in page and "One restricted record is counted" in page and card.reference not in page
    assert law_desk.get("/activities/").context["object_list"][0].names_count == 1


def test_an_activity_that_moves_takes_the_services_of_restricted_participants_along(desk, in_a):
    card = restrict(make_card(in_a))
    activity = make_activity(in_a)
    service = make_service(card, category="information_education_training", received_on=activity.ends_on)
    Participant.objects.create(activity=activity, card=card, service=service)
    answers = {
        "version": activity.version, "kind": "training", "audience": "beneficiaries", "title": "Rights at work",
        "starts_on": "12/07/2026", "ends_on": "12/07/2026", "women": "1", "men": "0", "other": "0",
    }  # fmt: skip
    assert desk.post(reverse("activities:edit", args=[activity.uid]), answers).status_code == 302
    service.refresh_from_db()
    assert service.received_on == date(2026, 7, 12)


def test_a_drawn_person_keeps_the_place_and_is_not_named(desk, lead, in_a):
    cards = [
        make_card(in_a, registered_on=date(2025, 1, 1), consents=["keep_data", "follow_up"], name="N",
                  identity={"telephone": "012 345 678"})
        for _number in range(6)
    ]  # fmt: skip
    for card in cards:
        make_service(card, received_on=date(2025, 1, 1))
    draw = draw_sample(centre=in_a, year=2026, drawn_on=date(2026, 9, 1), seed="seed")
    drawn = draw.order["woman"]
    hidden = restrict(ClientCard.objects.get(pk=drawn[0]))
    for browser, names in ((desk, 3), (lead, 4)):
        page = browser.get(draw.get_absolute_url(), {"verify": "yes"})
        text = page.content.decode()
        assert len(page.context["places"]) == 4
        assert text.count('id="card-') == names and (hidden.reference in text) == (names == 4)
        assert ("Restricted record" in text) == (names == 3)
        assert "Still the same frame" in text
    url = reverse("harvesting:outcome_add", args=[draw.uid, hidden.uid])
    refusal = {"reason": "refused", "happened_on": "02/09/2026"}
    assert desk.post(url, refusal).status_code == 404
    assert lead.post(url, refusal).status_code == 302
    assert len(desk.get(draw.get_absolute_url()).context["places"]) == 5  # the next follows for everybody


def test_the_first_page_and_outcome_harvesting_count_what_is_restricted(desk, law_desk, in_a):
    today = dates.today()
    card = make_card(in_a, registered_on=today)
    make_case(in_a, client=card)
    questionnaire = make_questionnaire(in_a)
    hidden, shown = (hold_interview(in_a, questionnaire, "woman", safe="yes") for _number in range(2))
    for interview, day in ((hidden, today), (shown, today)):
        Interview.objects.filter(pk=interview.pk).update(interviewed_on=day)
        Story.objects.create(interview=interview, outcome="positive", title="Paid at last")

    def numbers():
        answers = desk.get("/harvesting/answers/", {"question": "safe"}).context
        return [
            law_desk.get("/").context["figures"],
            desk.get("/harvesting/").context["progress"],
            desk.get(reverse("harvesting:story_detail", args=[shown.story.uid])).context["balance"],
            (answers["counts"], answers["counted"]),
        ]

    before = numbers()
    assert dict(before[0][2:])["Open cases"] == 1 and before[1][0][1].finished == 2 and before[3][1] == 2
    for one in (card, hidden.card):
        restrict(one)
    assert numbers() == before
    assert "One restricted record is counted" in text_of(desk, "/harvesting/answers/", {"question": "safe"})


def test_who_follows_for_a_restricted_person_is_asked_for_an_interview(desk, in_a):
    first, second = restrict(make_card(in_a)), make_card(in_a)
    year = dates.today().year
    draw = SampleDraw.objects.create(
        centre=in_a, year=year, drawn_on=date(year, 1, 1), seed="seed", size=1, women_wanted=1, frame={},
        order={"woman": [first.pk, second.pk], "man": [], "other": []}, seats={"woman": 1, "man": 0, "other": 0},
    )  # fmt: skip
    owed = reverse("todo_interviews_owed")
    assert second.reference not in text_of(desk, owed)
    DrawOutcome.objects.create(draw=draw, card=first, reason="refused", happened_on=date(year, 1, 2))
    assert second.reference in text_of(desk, owed)


# --- speed -----------------------------------------------------------------------------------------------------------


def test_restricted_records_cost_no_query_a_record(desk, in_a):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert desk.get("/cards/").status_code == 200
        return len(captured)

    make_card(in_a)
    restrict(make_card(in_a))
    queries()
    few = queries()
    for _number in range(20):
        make_card(in_a)
        restrict(make_card(in_a))
    assert queries() == few
