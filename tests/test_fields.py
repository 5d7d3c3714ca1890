"""What the shared form fields accept and what they say when they do not."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from mrc.fields import AmountField, CountryField, CurrencyField, DayField, TextField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1,035,557.50", "1035557.50"),
        ("43081.8", "43081.80"),
        ("0", "0"),
        ("๑,๐๐๐", "1000"),
        (1200, "1200"),
        (10.5, "10.5"),
    ],
)
def test_an_amount_is_understood(typed, amount):
    assert AmountField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    ["43,0818", "1.60 crore", "100 million", "1.035.557,50", "1,00", "12,34,567", "THB 100", "NaN", "Infinity", "1e5",
     "-1", "10²",
     "0.001", "123456789012345678", 0.001, float("nan"), float("inf"), "--1", "½"],
)  # fmt: skip
def test_an_amount_that_could_be_read_in_two_ways_is_refused(typed):
    with pytest.raises(ValidationError):
        AmountField().clean(typed)


def test_a_refused_amount_is_named_with_an_example():
    with pytest.raises(ValidationError) as refusal:
        AmountField().clean("43,0818")
    assert refusal.value.messages == [
        "“43,0818” is not an amount that can be read in one way only. Write digits, for example 1,035,557.50."
    ]


@pytest.mark.parametrize("typed", ["th", "TH", "Thailand", " thailand ", "Thai"])
def test_a_country_is_understood_by_code_name_and_nationality(typed):
    assert CountryField().clean(typed) == "TH"


@pytest.mark.parametrize("typed", ["XX", "Siam", "EU", "Th\u200bailand"])
def test_what_is_no_country_is_refused(typed):
    with pytest.raises(ValidationError, match="is not a country"):
        CountryField().clean(typed)


def test_a_currency_is_understood_in_any_case_and_a_wrong_one_is_refused():
    assert CurrencyField().clean("thb") == "THB"
    with pytest.raises(ValidationError, match="is not a currency"):
        CurrencyField().clean("baht")


def test_text_keeps_every_script_and_loses_no_mark():
    for name in ("Nguyễn Hồng Ngữ", "สมชาย ใจดี", "សុខ ចាន់", "ບຸນມີ", "မောင်တင်စိုးလွင်", "👩‍🏭"):
        assert TextField().clean(f"  {name} ") == name


@pytest.mark.parametrize("typed", ["a\x00b", "a\x07b", "a\x1bb"])
def test_text_with_control_characters_is_refused(typed):
    with pytest.raises(ValidationError):
        TextField().clean(typed)


def test_a_day_in_the_future_is_refused_where_only_past_days_make_sense():
    assert DayField(past_only=False).clean("31/08/2199").year == 2199
    with pytest.raises(ValidationError, match="is in the future"):
        DayField().clean("31/08/2199")


@pytest.mark.parametrize(
    ("path", "offered"),
    [("/cards/", 1), ("/cards/new/", 1), ("/cases/new/", 2), ("/activities/new/", 0)],
)
def test_choices_of_countries_and_currencies_stand_where_an_input_takes_them_and_nowhere_else(
    sign_in, coordinator, in_a, path, offered
):
    page = sign_in(coordinator).get(path).content.decode()
    lists = [name for name in ("countries", "currencies") if f'<datalist id="{name}"><option' in page]
    assert len(lists) == offered
    assert all(f'list="{name}"' in page for name in lists)
