"""Stories: written from an interview, checked for names, and never out of the centre without consent."""

import io
from datetime import date

import lxml.html
import pytest
from django.urls import reverse
from docx import Document

from clients.models import Consent
from harvesting import services
from harvesting.models import Interview, Story
from tests.factories import make_card

PARTS = {
    "background": "She is from a village.",
    "event": "Her wages were withheld.",
    "assistance": "The centre wrote to the employer.",
    "outcome_text": "She was paid.",
    "lesson": "Keep the pay slips.",
}


@pytest.fixture
def interview(in_a):
    card = make_card(
        in_a, name="Sok Chenda", consents=["keep_data", "follow_up"],
        identity={"telephone": "012 345 678", "address": "House 7, Toul Kork, Phnom Penh"},
    )  # fmt: skip
    questionnaire = services.standard_questionnaire(in_a)
    return Interview.objects.create(
        centre=in_a, card=card, questionnaire=questionnaire, interviewed_on=date(2026, 9, 1), gender="woman",
        is_finished=True, is_profile_confirmed=True,
    )  # fmt: skip


@pytest.fixture
def browser(sign_in, coordinator):
    return sign_in(coordinator)


def write_story(browser, interview, **changed):
    url = reverse("harvesting:story_new", args=[interview.uid])
    form = {"title": "Paid at last", "outcome": "positive", **PARTS, "has_changed_names": "on", **changed}
    return browser.post(url, form)


def test_a_story_is_written_from_an_interview(browser, interview):
    assert write_story(browser, interview).status_code == 302
    page = browser.get(Story.objects.get().get_absolute_url()).content.decode()
    assert "Paid at last" in page and "1 positive, 0 negative, 0 mixed" in page


def test_a_second_story_from_the_same_interview_leads_to_the_first(browser, interview):
    write_story(browser, interview)
    assert write_story(browser, interview).url == Story.objects.get().get_absolute_url()


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_story_is_written_from_an_interview_that_is_not_finished(browser, interview, method):
    Interview.objects.update(is_finished=False)
    url = reverse("harvesting:story_new", args=[interview.uid])
    form = {"title": "Paid at last", "outcome": "positive", **PARTS} if method == "post" else {}
    page = getattr(browser, method)(url, form, follow=True)
    assert page.redirect_chain[-1][0] == interview.get_absolute_url()
    assert "Finish this one first." in page.content.decode()
    assert not Story.objects.exists()


def test_what_still_names_the_person_is_pointed_out(browser, interview):
    write_story(browser, interview, background="Chenda lives in Toul Kork, call 855 12-345-678.")
    page = browser.get(Story.objects.get().get_absolute_url()).content.decode()
    assert "“chenda”" in page and "“12345678”" in page and "“Toul Kork”" in page


def test_a_story_with_changed_names_is_not_complained_of(browser, interview):
    write_story(browser, interview)
    assert "could be recognised" not in browser.get(Story.objects.get().get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("named", "written", "found"),
    [
        ({"telephone": "012 345 678 / 098 765 432"}, "Her sister has 098-765 432.", "“98765432”"),
        ({"name": "Sok, Chenda"}, "Sok came in May.", "“sok”"),
        ({"name": "Sok-Chenda"}, "Chenda came in May.", "“chenda”"),
        ({"name": "Mary O'Brien"}, "Mrs O’Brien came in May.", "“obrien”"),
        ({"name": "Vũ Thị An"}, "In May An came.", "“an”"),
        ({"name": "Mr Ly Vu"}, "Ly Vu came in May.", "“ly”"),
        ({"name": "นายสมชาย"}, "เรื่องของสมชายที่ไปทำงาน", "“สมชาย”"),
        ({"name": "ဒေါ်တင်စိုးဝင်း"}, "တင်စိုးဝင်းသည်", "“တင်စိုးဝင်း”"),
        ({"address": "12 Trần Phú; Đà Nẵng"}, "She lives in Da Nang.", "“Đà Nẵng”"),
        ({"emergency_name": "Chan Dara"}, "Dara called.", "“dara”"),
    ],
)
def test_however_a_name_number_or_place_is_written_it_is_found(browser, interview, named, written, found):
    for field, value in named.items():
        setattr(interview.card.identity, field, value)
    interview.card.identity.save()
    write_story(browser, interview, background=written)
    assert found in browser.get(Story.objects.get().get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ({"name": "Vũ Thị An"}, "She found an employer who paid."),
        ({"name": "Mr Sok Chenda"}, "Mr Boss said nothing."),
        ({"name": "K. Chenda"}, "A letter was sent to K, the owner."),
        ({"telephone": "none", "address": "Way"}, "There was no way, and none was found."),
    ],
)
def test_words_that_name_nobody_are_not_complained_of(browser, interview, named, written):
    for field, value in named.items():
        setattr(interview.card.identity, field, value)
    interview.card.identity.save()
    write_story(browser, interview, background=written)
    assert "could be recognised" not in browser.get(Story.objects.get().get_absolute_url()).content.decode()


def test_that_the_names_are_changed_is_said_by_the_writer_and_not_by_the_page(browser, interview):
    page = browser.get(reverse("harvesting:story_new", args=[interview.uid])).content.decode()
    [box] = lxml.html.fromstring(page).xpath("//input[@name='has_changed_names']")
    assert not box.checked
    write_story(browser, interview)
    page = browser.get(reverse("harvesting:story_edit", args=[Story.objects.get().uid])).content.decode()
    [box] = lxml.html.fromstring(page).xpath("//input[@name='has_changed_names']")
    assert box.checked


def test_a_story_without_consent_says_so_on_paper_too(browser, interview):
    write_story(browser, interview)
    page = lxml.html.fromstring(browser.get(Story.objects.get().get_absolute_url()).content.decode())
    [notice] = [one for one in page.find_class("notice") if "must not leave the centre" in one.text_content()]
    assert not [one for one in notice.iterancestors() if "no-print" in one.get("class", "")]


def test_a_name_in_a_script_without_blanks_is_found_inside_the_text(browser, interview, in_a):
    interview.card.identity.name = "สมชาย"
    interview.card.identity.save()
    write_story(browser, interview, background="เรื่องของสมชายที่ไปทำงาน")
    assert "“สมชาย”" in browser.get(Story.objects.get().get_absolute_url()).content.decode()


def test_without_consent_there_is_no_document_and_with_it_there_is(browser, interview):
    write_story(browser, interview)
    url = reverse("harvesting:story_document", args=[Story.objects.get().uid])
    refused = browser.get(url)
    assert refused.status_code == 409
    assert "did not agree to the use of the story" in refused.content.decode()
    Consent.objects.create(card=interview.card, purpose="story", given_on=date(2026, 9, 1))
    answer = browser.get(url)
    assert interview.card.reference not in answer.headers["Content-Disposition"]
    document = Document(io.BytesIO(answer.content))
    assert [p.text for p in document.paragraphs if p.style.name == "Normal"] == list(PARTS.values())
    Consent.objects.filter(purpose="story").update(withdrawn_on=date(2026, 9, 2))
    assert browser.get(url).status_code == 409


def test_another_centre_does_not_find_the_story(sign_in, coordinator_b, browser, interview):
    write_story(browser, interview)
    story = Story.objects.get()
    other = sign_in(coordinator_b)
    for name in ("story_detail", "story_edit", "story_document"):
        assert other.get(reverse(f"harvesting:{name}", args=[story.uid])).status_code == 404
    assert other.get(reverse("harvesting:story_new", args=[interview.uid])).status_code == 404


def test_a_programme_officer_sees_no_story(sign_in, programme_officer, browser, interview):
    write_story(browser, interview)
    assert sign_in(programme_officer).get(Story.objects.get().get_absolute_url()).status_code == 403
