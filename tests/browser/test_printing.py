"""What a browser prints."""

import re

import pytest

from harvesting.models import Story
from harvesting.stories import MOST_WORDS
from tests.factories import make_card, make_interview

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a_story_as_long_as_it_may_be_is_printed_on_one_page_without_the_number_of_the_card(open_page, staff, in_a):
    card = make_card(in_a, consents=["story"])
    part = "The wages of several months had been withheld. " * (MOST_WORDS // len(Story.PARTS) // 8)
    parts = dict.fromkeys(Story.PARTS, part)
    story = Story.objects.create(interview=make_interview(card), title="Paid at last", outcome="positive", **parts)
    page = open_page(staff, story.get_absolute_url())
    assert page.get_by_text(card.reference).is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("Paid at last").is_visible() and not page.get_by_text(card.reference).is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
