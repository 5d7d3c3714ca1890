"""Days as people write them, and completed months."""

from datetime import date, datetime

import pytest

from mrc import dates


@pytest.mark.parametrize(
    "typed",
    ["31/08/2026", "31.8.2026", "31-08-2026", " 31 / 8 / 2026 ", "2026-08-31", "31/08/2569", "๓๑/๐๘/๒๕๖๙", "៣១/០៨/២០២៦",
     "໓໑/໐໘/໒໕໖໙", "၃၁/၀၈/၂၀၂၆", "2569-08-31", date(2026, 8, 31), datetime(2026, 8, 31, 0, 0)],
)  # fmt: skip
def test_a_day_is_understood_in_both_eras_and_in_digits_of_every_script(typed):
    assert dates.parse_day(typed) == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            "08/31/2026",
            "There is no month 31. Are day and month swapped? Write day/month/year, for example 31/08/2026.",
        ),
        ("31/13/2026", "There is no month 13"),
        ("31/02/2026", "There is no day 31 in month 2 of 2026."),
        ("29/02/2570", "There is no day 29 in month 2 of 2027."),
        ("31/08/26", "is not a date"),
        ("yesterday", "“yesterday” is not a date. Write day/month/year, for example 31/08/2026."),
        ("01/01/0026", "The year 26 cannot be right"),
        ("00/00/2026", "There is no day 0"),
        ("", "is not a date"),
    ],
)
def test_what_is_no_day_is_refused_with_what_to_write_instead(typed, says):
    with pytest.raises(ValueError) as refusal:
        dates.parse_day(typed)
    assert says in str(refusal.value)


def test_a_refusal_repeats_only_the_beginning_of_what_was_typed():
    with pytest.raises(ValueError, match="^“" + "a" * 40 + "…” is not a date"):
        dates.parse_day("a" * 10_000)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2025, 12, 31), date(2026, 12, 31), 12),
        (date(2026, 3, 3), date(2026, 3, 3), 0),
    ],
)
def test_a_duration_is_counted_in_completed_months(start, end, months):
    assert dates.completed_months(start, end) == months


def test_quarters():
    assert dates.quarter_of(date(2026, 11, 22)) == dates.Period(date(2026, 10, 1), date(2026, 12, 31))
    assert dates.quarter_before(date(2026, 2, 28)) == dates.Period(date(2025, 10, 1), date(2025, 12, 31))
    assert dates.quarter_before(date(2026, 4, 1)) == dates.Period(date(2026, 1, 1), date(2026, 3, 31))
