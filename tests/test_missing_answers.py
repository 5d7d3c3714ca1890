"""A needed answer that is missing: the field is named, beside it and in the summary at the top of the page."""

import re

import pytest


@pytest.mark.parametrize(
    ("url", "typed", "name", "sentence"),
    [
        ("/cards/new/", {}, "gender", "“Gender” is required. Choose one."),
        ("/cases/groups/new/", {}, "title", "“Title” is required. Fill it in."),
        ("/activities/new/", {}, "kind", "“Kind of activity” is required. Choose one."),
        ("/cards/import/", {}, "file", "“Spreadsheet” is required. Choose one."),
        ("/cases/", {}, "reference", "“Reference No.” is required. Fill it in."),
    ],
)
def test_the_missing_field_is_named(sign_in, coordinator, url, typed, name, sentence):
    page = sign_in(coordinator).post(url, typed)
    assert page.status_code == 422
    form = page.context.get("find_form") or page.context["form"]
    assert form.errors[name] == [sentence]


def test_the_summary_names_each_missing_field_once(sign_in, coordinator):
    page = sign_in(coordinator).post("/activities/new/", {"title": " "}).content.decode()
    summary = page.partition('id="errors"')[2].partition("</div>")[0]
    assert re.findall(r'<li><a href="#id_title">(.*?)</a></li>', summary) == ["“Title” is required. Fill it in."]
    assert "This field is required" not in page


def test_an_error_that_does_not_name_its_field_is_named_by_the_summary(sign_in, coordinator):
    page = sign_in(coordinator).post("/activities/new/", {"starts_on": "soon"}).content.decode()
    assert re.search(r'<li><a href="#id_starts_on">First day</a>: “soon” is not a date', page)
