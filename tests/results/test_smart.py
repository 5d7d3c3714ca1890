"""Hints where an indicator is not SMART (section 1.4)."""

import pytest

from results import smart
from results.models import IndicatorDefinition
from results.values import Values


def codes(name, unit="number"):
    return [hint.code for hint in smart.of_name(name, unit)]


def test_the_examples_of_the_manual():
    assert codes("Number of migrants trained on their labour rights as domestic workers in Thailand") == []
    assert codes("More migrants are aware of their rights") == ["direction", "unit"]


@pytest.mark.parametrize(
    "name",
    ["Increased number of cases", "Number of improved contracts", "Reduce the number of cases", "Percentage, higher",
     "Number of fewer complaints", "Rate of LESS paid workers"],
)  # fmt: skip
def test_a_direction_is_found(name):
    assert codes(name) == ["direction"]


@pytest.mark.parametrize(
    "name",
    ["Number of workers detained for more than a week", "Number of lessons", "Number of mores", "Share of betterment"],
)  # fmt: skip
def test_what_only_looks_like_a_direction_is_not_found(name):
    assert codes(name) == []


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("Number of migrants: 50", "50"),
        ("Percentage of cases with a remedy (60%)", "60%"),
        ("Number of ៥០ migrants", "៥០"),
        ("Number of people, 1,250 trained", "1,250"),
    ],
)
def test_a_target_in_the_name_is_found(name, figure):
    [hint] = smart.of_name(name, "number")
    assert hint.code == "target_in_name" and f"“{figure}”" in hint.text


@pytest.mark.parametrize(
    "name",
    ["Number of people trained in 2026", "Number of people trained in 2569", "Number of cases under C189",
     "Percentage of migrants", "Number of ratified Conventions (No. 189)"],
)  # fmt: skip
def test_a_year_or_the_number_of_a_law_is_no_target(name):
    assert codes(name) == []


def test_a_text_needs_no_unit_word():
    assert codes("Quality of the advice as clients see it", "text") == []
    assert codes("Quality of the advice as clients see it") == ["unit"]


def definition(**fields):
    return IndicatorDefinition(**{"name": "Number of cases", "unit": "number", "source": "Records", **fields})


def test_a_source_and_a_target_belong_to_it():
    assert [hint.code for hint in smart.of_definition(definition(source=" "))] == ["source"]
    assert list(smart.of_definition(definition(source="", measure="cases_closed"))) == []
    found = list(smart.of_definition(definition(), "July", Values("number")))
    assert [hint.code for hint in found] == ["target"] and "July" in str(found[0].text)
    assert list(smart.of_definition(definition(), "July", Values("number", total=0))) == []


def test_another_language_adds_its_words(monkeypatch):
    khmer = smart.Words(directions=("កើនឡើង",), units=("ចំនួន",))
    monkeypatch.setitem(smart.LANGUAGES, "km", khmer)
    smart._patterns.cache_clear()
    try:
        assert codes("ចំនួន កើនឡើង") == ["direction"]
    finally:
        smart._patterns.cache_clear()
