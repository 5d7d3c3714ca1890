"""From the draw to the finished interview, through the pages."""

from datetime import date

import pytest
from django.urls import reverse

from harvesting import draws
from harvesting.models import Answer, Interview, Questionnaire, SampleDraw
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


def save_answer(browser, interview, question, value):
    name = f"question-{question.pk}"
    return browser.post(
        reverse("harvesting:answer_save", args=[interview.uid]),
        {name: value},
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


def test_a_draw_is_verified_on_its_page(browser, draw):
    assert "Still the same frame" in browser.get(draw.get_absolute_url() + "?verify=yes").content.decode()


def test_who_refuses_is_written_down_with_the_reason(browser, draw):

    person = draws.places_of(draw)[0].card
    url = reverse("harvesting:outcome_add", args=[draw.uid, person.uid])
    refused = browser.post(url, {"reason": "", "happened_on": "01/09/2026"})
    assert refused.status_code == 422
    assert browser.post(url, {"reason": "refused", "happened_on": "01/09/2026"}).status_code == 302
    assert "Refused" in browser.get(draw.get_absolute_url()).content.decode()


def test_an_interview_begins_with_the_profile_of_the_card_and_annex_3(interview):
    assert (interview.gender, interview.is_finished) == ("woman", False)
    assert Questionnaire.objects.get().questions.count() == 13


def test_beginning_twice_gives_the_same_interview(browser, draw, interview):
    browser.post(reverse("harvesting:interview_begin", args=[draw.uid, interview.card.uid]))
    assert Interview.objects.count() == 1


def test_each_answer_is_saved_as_it_is_typed(browser, interview):
    question = interview.questionnaire.questions.first()
    assert "Saved at" in save_answer(browser, interview, question, "From a neighbour").content.decode()
    assert Answer.objects.get().text == "From a neighbour"
    save_answer(browser, interview, question, "From the radio")
    assert Answer.objects.get().text == "From the radio"
    save_answer(browser, interview, question, "")
    assert not Answer.objects.exists()


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
