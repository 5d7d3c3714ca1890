"""Answers across interviews."""

import io
from datetime import date
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from harvesting import services
from harvesting.models import Interview, Questionnaire
from harvesting.services import QuestionEntry
from mrc.access import centre_scope
from tests.factories import make_agreement, make_card

ANSWERS = "/harvesting/answers/"


def hold_interview(centre, questionnaire, gender, **answers):
    interview = Interview.objects.create(
        centre=centre, card=make_card(centre, gender=gender), questionnaire=questionnaire, gender=gender,
        interviewed_on=date(2026, 9, 1), is_finished=True,
    )  # fmt: skip
    for question in questionnaire.questions.all():
        services.save_answer(interview=interview, question=question, value=answers.get(question.code))
    return interview


def make_questionnaire(centre):
    entries = [
        QuestionEntry(text="Is it safe?", kind="yes_no", code="safe"),
        QuestionEntry(
            text="What helped?", kind="several_choices", code="helped",
            options=({"code": "letter", "label": "The letter"}, {"code": "visit", "label": "The visit"}),
        ),
        QuestionEntry(text="In your words?", code="words"),
    ]  # fmt: skip
    return services.save_questionnaire(questionnaire=Questionnaire(centre=centre, title="Ours"), entries=entries)


@pytest.fixture
def browser(sign_in, coordinator, in_a):
    questionnaire = make_questionnaire(in_a)
    hold_interview(in_a, questionnaire, "woman", safe="yes", helped=["letter", "visit"], words="=It helped")
    hold_interview(in_a, questionnaire, "man", safe="no", helped=["visit"], words="Not much")
    return sign_in(coordinator)


def test_free_answers_stand_side_by_side(browser):
    page = browser.get(ANSWERS, {"question": "words"}).content.decode()
    assert "=It helped" in page and "Not much" in page


def test_answers_are_filtered_by_gender(browser):
    page = browser.get(ANSWERS, {"question": "words", "gender": "man"}).content.decode()
    assert "Not much" in page and "=It helped" not in page


@pytest.mark.parametrize(("year", "found"), [("2026", True), ("2569", True), ("๒๕๖๙", True), ("2025", False)])
def test_answers_are_filtered_by_the_year_in_either_calendar(browser, year, found):
    page = browser.get(ANSWERS, {"question": "words", "year": year}).content.decode()
    assert ("Not much" in page) is found


@pytest.mark.parametrize("year", ["26", "2200", "soon"])
def test_a_year_that_cannot_be_right_is_named_at_its_field(browser, year):
    answer = browser.get(ANSWERS, {"question": "words", "year": year})
    assert answer.status_code == 422
    assert "four digits, for example 2026" in answer.context["form"].errors["year"][0]


def test_closed_questions_are_counted_by_gender(browser):
    answer = browser.get(ANSWERS, {"question": "helped"})
    rows = [(row.label, row.numbers, row.total) for row in answer.context["counts"]]
    assert rows == [("The letter", [1, 0, 0], 1), ("The visit", [1, 1, 0], 2)]
    answer = browser.get(ANSWERS, {"question": "safe"})
    assert [(row.label, row.total) for row in answer.context["counts"]] == [("Yes", 1), ("No", 1)]


def test_the_file_has_a_row_for_each_interview_and_text_stays_text(browser):
    content = b"".join(browser.get(ANSWERS + "file/").streaming_content)
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows())
    assert [cell.value for cell in rows[0]][3:] == ["Is it safe?", "What helped?", "In your words?"]
    assert {row[5].value for row in rows[1:]} == {"=It helped", "Not much"}
    assert all(row[5].data_type == "s" for row in rows[1:])


def test_staff_read_answers_and_cannot_take_them_away_as_a_file(sign_in, staff, browser):
    other = sign_in(staff)
    assert other.get(ANSWERS).status_code == 200
    assert other.get(ANSWERS + "file/").status_code == 403


def test_answers_of_another_centre_are_not_there(sign_in, coordinator_b, browser):
    other = sign_in(coordinator_b)
    assert "In your words?" not in other.get(ANSWERS).content.decode()
    assert other.get(ANSWERS, {"centre": "PNH"}).status_code == 404


def test_a_programme_is_the_centres_of_its_agreement(sign_in, two_centre_coordinator, browser, centre_a, centre_b):
    with centre_scope([centre_b]):
        hold_interview(centre_b, make_questionnaire(centre_b), "woman", words="From the north")
    both, south = make_agreement("MOU-BOTH", centre_a, centre_b), make_agreement("MOU-SOUTH", centre_a)
    desk = sign_in(two_centre_coordinator)

    def answers(**asked):
        return {text for _answer, text in desk.get(ANSWERS, {"question": "words", **asked}).context["answers"]}

    assert answers() == answers(agreement=both.uid) == {"=It helped", "Not much", "From the north"}
    assert answers(agreement=south.uid) == {"=It helped", "Not much"}
    assert answers(agreement=both.uid, centre="CNX") == {"From the north"}
    page = desk.get(ANSWERS, {"question": "words", "agreement": south.uid, "centre": "CNX"})
    assert page.status_code == 422
    assert page.context["form"].errors == {
        "centre": ["The agreement does not cover this centre. Choose one of the two."]
    }
    assert browser.get(ANSWERS, {"question": "words", "agreement": south.uid}).status_code == 200
    for uid in (both.uid, uuid4(), "x"):  # not all centres of the first are this reader's
        assert browser.get(ANSWERS, {"question": "words", "agreement": uid}).status_code == 404


@pytest.mark.parametrize("query", [{"question": "nothing"}, {"year": "abc"}, {"gender": "x"}, {"year": "99999"}])
def test_a_question_that_cannot_be_answered_is_refused(browser, query):
    assert browser.get(ANSWERS, query).status_code == 422
