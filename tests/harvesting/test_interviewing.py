"""From the draw to the finished interview, through the pages."""

from datetime import date

import lxml.html
import pytest
from django.urls import reverse

from harvesting import draws, services
from harvesting.models import Answer, DrawOutcome, Interview, Question, Questionnaire, SampleDraw
from harvesting.services import QuestionEntry
from mrc.access import centre_scope
from tests.harvesting.test_draws import make_client

DRAW_NEW = "/harvesting/draws/new/"


@pytest.fixture
def clients(in_a, time_machine):
    time_machine.move_to("2026-09-01 09:00", tick=False)
    return [make_client(in_a, gender) for gender in ["woman"] * 3 + ["man"] * 3]


@pytest.fixture
def browser(sign_in, coordinator, clients):
    return sign_in(coordinator)


@pytest.fixture
def draw(browser):
    browser.post(DRAW_NEW, {"centre": "PNH", "year": 2026, "size": 4, "women_wanted": 2})
    return SampleDraw.objects.get()


@pytest.fixture
def interview(browser, draw):
    card = draw.order["woman"][0]
    person = next(place.card for place in draws.places_of(draw) if place.card.pk == card)
    browser.post(reverse("harvesting:interview_begin", args=[draw.uid, person.uid]))
    return Interview.objects.get()


def save_answer(browser, interview, question, value, **page):
    name = f"question-{question.pk}"
    return browser.post(
        reverse("harvesting:answer_save", args=[interview.uid]),
        {**page, name: value},
        headers={"HX-Request": "true", "HX-Trigger-Name": name},
    )


def test_the_frame_is_shown_before_the_draw(browser):
    page = browser.get(DRAW_NEW).content.decode()
    assert "Eligible" in page and "Already interviewed that year" in page
    assert not SampleDraw.objects.exists()


def test_a_coordinator_draws_and_sees_the_people_by_name(browser, draw):
    assert draw.drawn == 4
    page = browser.get(draw.get_absolute_url()).content.decode()
    assert page.count("Made Up") == 4


def test_staff_see_the_draw_and_cannot_draw(sign_in, staff, draw):
    browser = sign_in(staff)
    assert browser.get(draw.get_absolute_url()).status_code == 200
    assert browser.get(DRAW_NEW).status_code == 403


def test_another_centre_does_not_find_the_draw(sign_in, coordinator_b, draw):
    assert sign_in(coordinator_b).get(draw.get_absolute_url()).status_code == 404


def test_a_draw_with_more_women_than_people_is_refused(browser):
    answer = browser.post(DRAW_NEW, {"centre": "PNH", "year": 2026, "size": 2, "women_wanted": 3})
    assert answer.status_code == 422
    assert "There cannot be more women than people." in answer.content.decode()


def test_a_draw_with_fewer_women_than_the_share_is_refused_and_says_how_many(browser):
    answer = browser.post(DRAW_NEW, {"centre": "PNH", "year": 2026, "size": 5, "women_wanted": 2})
    assert answer.status_code == 422
    assert "Of 5 people at least 3 must be women." in answer.content.decode()
    assert not SampleDraw.objects.exists()


def test_the_draw_is_of_the_frame_that_is_shown(sign_in, two_centre_coordinator, clients):
    browser = sign_in(two_centre_coordinator)
    assert browser.get(DRAW_NEW, {"centre": "CNX", "year": "2027"}).context["rows"][0][2] == 0
    page = browser.get(DRAW_NEW, {"centre": "PNH", "year": "2027"})
    assert page.context["rows"][0][2] == 6
    [form] = [one for one in lxml.html.fromstring(page.content.decode()).forms if "size" in one.fields]
    assert [form.inputs[name].type for name in ("centre", "year")] == ["hidden", "hidden"]
    browser.post(DRAW_NEW, dict(form.form_values()))
    draw = SampleDraw.objects.get()
    assert (draw.centre.code, draw.year, sum(draw.frame["eligible"].values())) == ("PNH", 2027, 6)


def test_a_year_of_the_buddhist_era_is_read(browser):
    assert browser.get(DRAW_NEW, {"year": "2569"}).context["year"] == 2026


def test_a_draw_is_verified_on_its_page(browser, draw):
    assert "Still the same frame" in browser.get(draw.get_absolute_url() + "?verify=yes").content.decode()


def test_who_refuses_is_written_down_with_the_reason(browser, draw):

    person = draws.places_of(draw)[0].card
    url = reverse("harvesting:outcome_add", args=[draw.uid, person.uid])
    refused = browser.post(url, {"reason": "", "happened_on": "01/09/2026"})
    assert refused.status_code == 422
    assert browser.post(url, {"reason": "refused", "happened_on": "01/09/2026"}).status_code == 302
    assert "Refused" in browser.get(draw.get_absolute_url()).content.decode()


def test_who_is_not_interviewed_is_written_down_once(browser, draw):
    person = draws.places_of(draw)[0].card
    url = reverse("harvesting:outcome_add", args=[draw.uid, person.uid])
    assert browser.post(url, {"reason": "refused", "happened_on": "01/09/2026"}).status_code == 302
    again = browser.post(url, {"reason": "unreachable", "happened_on": "01/09/2026"}, follow=True)
    assert "It is written down already that this person was not interviewed." in again.content.decode()
    assert DrawOutcome.objects.get().reason == "refused"


def test_when_nobody_is_left_to_follow_the_place_stays_empty_and_the_page_says_so(browser, draw):
    women = [place.card for place in draws.places_of(draw) if place.gender == "woman"]
    assert "stay empty" not in browser.get(draw.get_absolute_url()).content.decode()
    while women:
        url = reverse("harvesting:outcome_add", args=[draw.uid, women.pop().uid])
        browser.post(url, {"reason": "unreachable", "happened_on": "01/09/2026"})
        places = [place for place in draws.places_of(draw) if place.gender == "woman"]
        women = [place.card for place in places if not place.outcome]
    text = " ".join(browser.get(draw.get_absolute_url()).content.decode().split())
    assert f"These places stay empty: Woman {draw.seats['woman']}" in text
    assert len([place for place in draws.places_of(draw) if place.gender == "man"]) == draw.seats["man"]


def test_whose_interview_was_begun_can_still_refuse_until_it_is_finished(browser, draw, interview):
    url = reverse("harvesting:outcome_add", args=[draw.uid, interview.card.uid])
    page = browser.get(draw.get_absolute_url()).content.decode()
    assert "Interview begun" in page and f'action="{url}"' in page
    Interview.objects.update(is_finished=True)
    assert f'action="{url}"' not in browser.get(draw.get_absolute_url()).content.decode()
    finished = browser.post(url, {"reason": "refused", "happened_on": "01/09/2026"}, follow=True)
    assert "The interview with this person is finished." in finished.content.decode()
    Interview.objects.update(is_finished=False)
    assert browser.post(url, {"reason": "refused", "happened_on": "01/09/2026"}).status_code == 302
    page = browser.get(draw.get_absolute_url()).content.decode()
    assert "Refused" in page and "Interview begun" in page and f'action="{url}"' not in page


def test_an_interview_begins_with_the_profile_of_the_card_and_annex_3(interview):
    assert (interview.gender, interview.is_finished) == ("woman", False)
    assert Questionnaire.objects.get().questions.count() == 13


@pytest.mark.parametrize(
    ("query", "number"),
    [({"year": "2026"}, 1), ({"year": "2569"}, 1), ({"year": "2025"}, 0), ({"year": "26"}, 0), ({"centre": "CNX"}, 0)],
)
def test_the_list_of_interviews_is_narrowed_by_year_in_either_calendar_and_by_centre(
    sign_in, two_centre_coordinator, interview, query, number
):
    page = sign_in(two_centre_coordinator).get("/harvesting/interviews/", query)
    assert len(page.context["object_list"]) == number


def test_beginning_twice_gives_the_same_interview(browser, draw, interview):
    begin = reverse("harvesting:interview_begin", args=[draw.uid, interview.card.uid])
    for changed in ({}, {"is_finished": True}, {"is_finished": False, "interviewed_on": date(2027, 1, 5)}):
        if changed:
            Interview.objects.update(**changed)
        assert browser.post(begin).url == reverse("harvesting:interview_edit", args=[interview.uid])
        assert Interview.objects.count() == 1


def test_each_answer_is_saved_as_it_is_typed(browser, interview):
    question = interview.questionnaire.questions.first()
    assert "Saved at" in save_answer(browser, interview, question, "From a neighbour").content.decode()
    assert Answer.objects.get().text == "From a neighbour"
    save_answer(browser, interview, question, "From the radio")
    assert Answer.objects.get().text == "From the radio"
    save_answer(browser, interview, question, "")
    assert not Answer.objects.exists()


def answers_on_page(browser, interview):
    """What the page of the questionnaire sends when nothing is typed."""
    content = browser.get(reverse("harvesting:interview_edit", args=[interview.uid])).content.decode()
    [form] = [one for one in lxml.html.fromstring(content).forms if "version" in one.fields]
    return dict(form.form_values())


def texts(interview):
    return {answer.question.position: answer.text for answer in Answer.objects.filter(interview=interview)}


def test_saving_leaves_what_somebody_else_wrote_meanwhile_where_nothing_was_typed(browser, interview, sign_in, staff):
    first, second, *_others = interview.questionnaire.questions.all()
    save_answer(browser, interview, first, "From a neighbour")
    page = answers_on_page(browser, interview)
    save_answer(sign_in(staff), interview, first, "From the radio")
    edit = reverse("harvesting:interview_edit", args=[interview.uid])
    assert browser.post(edit, page | {f"question-{second.pk}": "By bus"}).status_code == 302
    assert texts(interview) == {1: "From the radio", 2: "By bus"}


def test_two_answers_to_one_question_are_shown_beside_each_other_and_the_second_save_decides(
    browser, interview, sign_in, staff
):
    first = interview.questionnaire.questions.first()
    page = answers_on_page(browser, interview) | {f"question-{first.pk}": "From a neighbour"}
    save_answer(sign_in(staff), interview, first, "From the radio")
    edit = reverse("harvesting:interview_edit", args=[interview.uid])
    told = browser.post(edit, page)
    assert told.status_code == 422
    assert "“From the radio”" in told.content.decode() and "From a neighbour" in told.content.decode()
    assert texts(interview) == {1: "From the radio"}
    [form] = [one for one in lxml.html.fromstring(told.content.decode()).forms if "version" in one.fields]
    assert browser.post(edit, dict(form.form_values())).status_code == 302
    assert texts(interview) == {1: "From a neighbour"}


def test_a_page_that_is_shown_again_for_another_reason_still_knows_what_others_wrote(
    browser, interview, sign_in, staff
):
    first, second, *_others = interview.questionnaire.questions.all()
    page = answers_on_page(browser, interview)
    save_answer(sign_in(staff), interview, first, "From the radio")
    edit = reverse("harvesting:interview_edit", args=[interview.uid])
    told = browser.post(edit, page | {f"question-{second.pk}": "a\x07b"})
    assert told.status_code == 422
    [form] = [one for one in lxml.html.fromstring(told.content.decode()).forms if "version" in one.fields]
    assert browser.post(edit, dict(form.form_values()) | {f"question-{second.pk}": "By bus"}).status_code == 302
    assert texts(interview) == {1: "From the radio", 2: "By bus"}


def test_an_answer_that_is_saved_as_it_is_typed_does_not_replace_that_of_somebody_else(
    browser, interview, sign_in, staff
):
    first = interview.questionnaire.questions.first()
    page = answers_on_page(browser, interview)
    saved = save_answer(browser, interview, first, "From a neighbour", **page)
    [state] = [one for one in lxml.html.fragments_fromstring(saved.content.decode())[1:] if one.tag == "input"]
    assert state.get("hx-swap-oob") == "true"
    page[state.get("name")] = state.get("value")  # which htmx does
    assert save_answer(browser, interview, first, "From her neighbour", **page).status_code == 200
    told = save_answer(sign_in(staff), interview, first, "From the radio", **page)
    assert told.status_code == 422
    assert "Somebody else wrote here meanwhile: “From her neighbour”" in told.content.decode()
    assert texts(interview) == {1: "From her neighbour"}


def test_an_answer_with_a_control_character_is_named_and_not_saved(browser, interview):
    answer = save_answer(browser, interview, interview.questionnaire.questions.first(), "a\x07b")
    assert answer.status_code == 422
    assert not Answer.objects.exists()


def test_an_interview_is_finished_only_with_a_confirmed_profile(browser, interview):
    url = reverse("harvesting:interview_finish", args=[interview.uid])
    browser.post(url)
    assert not Interview.objects.get().is_finished
    edit = reverse("harvesting:interview_edit", args=[interview.uid])
    form = {
        "interviewed_on": "01/09/2026", "gender": "woman", "nationality": "Cambodia", "sector": "fishing",
        "legal_status": "regular", "is_profile_confirmed": "on", "version": "1",
    }  # fmt: skip
    assert browser.post(edit, form).status_code == 302
    browser.post(url)
    assert Interview.objects.get().is_finished
    assert "1 of 4 this year" in browser.get("/harvesting/").content.decode()


def test_an_answered_questionnaire_is_kept_and_a_change_makes_a_new_version(browser, interview):
    questionnaire = interview.questionnaire
    form = {
        "title": "Our own", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-ORDER": "1",
        "form-0-text": "Is it safe to talk?", "form-0-kind": "yes_no",
    }  # fmt: skip
    browser.post(reverse("harvesting:questionnaire_edit", args=[questionnaire.uid]), form)
    new = Questionnaire.objects.get(replaces=questionnaire)
    assert (new.number, new.questions.count()) == (2, 1)
    questionnaire.refresh_from_db()
    assert questionnaire.questions.count() == 13


OUR_OWN = {
    "title": "Our own", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-ORDER": "1",
    "form-0-text": "Is it safe to talk?", "form-0-kind": "yes_no",
}  # fmt: skip


def test_who_works_in_two_centres_says_whose_questionnaire_it_is(sign_in, two_centre_coordinator, in_b, in_a):
    browser = sign_in(two_centre_coordinator)
    refused = browser.post("/harvesting/questionnaires/new/", OUR_OWN)
    assert refused.status_code == 422 and "“Centre” is required. Choose one." in refused.content.decode()
    assert browser.post("/harvesting/questionnaires/new/", {**OUR_OWN, "centre": "CNX"}).status_code == 302
    with centre_scope([in_b]):
        assert Questionnaire.objects.get().centre == in_b


def test_of_several_questionnaires_one_is_chosen_for_the_interview(browser, draw, clients):
    first, second = (
        services.save_questionnaire(
            questionnaire=Questionnaire(centre=draw.centre, title=title), entries=[QuestionEntry(text="How are you?")]
        )
        for title in ("Of fishers", "Of builders")
    )
    page = browser.get(draw.get_absolute_url()).content.decode()
    assert page.index("Of builders, version 1") < page.index("Of fishers, version 1")
    one, other = (place.card for place in draws.places_of(draw)[:2])
    browser.post(reverse("harvesting:interview_begin", args=[draw.uid, one.uid]), {"questionnaire": first.uid})
    browser.post(reverse("harvesting:interview_begin", args=[draw.uid, other.uid]), {"questionnaire": "nothing"})
    assert Interview.objects.get(card=one).questionnaire == first
    assert Interview.objects.get(card=other).questionnaire == second


def test_what_is_required_cannot_be_taken_out_of_a_finished_interview(browser, interview):
    question = interview.questionnaire.questions.first()
    Question.objects.filter(pk=question.pk).update(is_required=True)
    save_answer(browser, interview, question, "From a neighbour")
    Interview.objects.update(is_finished=True, is_profile_confirmed=True)
    emptied = save_answer(browser, interview, question, "")
    assert emptied.status_code == 422 and "is required. Fill it in." in emptied.content.decode()
    form = {"interviewed_on": "01/09/2026", "gender": "woman", "sector": "fishing", "legal_status": "regular"}
    answer = browser.post(reverse("harvesting:interview_edit", args=[interview.uid]), {**form, "version": "1"})
    assert answer.status_code == 422
    assert {f"question-{question.pk}", "is_profile_confirmed"} <= set(answer.context["form"].errors)
    assert Answer.objects.get().text == "From a neighbour"
    assert Interview.objects.get().is_profile_confirmed


def test_a_choice_without_choices_is_refused(browser, in_a):
    form = {
        "title": "Our own", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-ORDER": "1",
        "form-0-text": "Which?", "form-0-kind": "one_choice",
    }  # fmt: skip
    answer = browser.post("/harvesting/questionnaires/new/", form)
    assert answer.status_code == 422
    assert "Write at least two choices, one a line." in answer.content.decode()


def test_the_interview_counts_in_the_year_of_its_date(interview):
    assert interview.interviewed_on == date(2026, 9, 1)
