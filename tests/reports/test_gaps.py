"""The facts about gaps: each rule with numbers that call for it and numbers that do not, and their wording."""

import random
import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from reports import gaps
from reports.annexes import TABLES_BY_CODE
from reports.gaps import Severity, find_gaps
from reports.slices import TOTAL
from reports.tables import Amounts, compute
from tests.factories import make_card, make_closed_case, make_service
from tests.reports.questions import QUARTER, asked, make_every_answer

TABLES = [table for table in TABLES_BY_CODE.values() if not isinstance(table, Amounts)]


def grid_of(code, rows, total=None):
    """A grid of hand-made numbers: ``rows``: {row: number, or (women, men, other)}; a number alone is of women."""
    table = TABLES_BY_CODE[code]
    numbers = {row: cells_of(cells) for row, cells in rows.items()}
    columns = zip(*[cells.values() for cells in numbers.values()], strict=True)
    added = dict(zip(("women", "men", "other", TOTAL), [sum(column) for column in columns] or [0] * 4, strict=True))
    numbers[TOTAL] = added if total is None else cells_of(total)
    for row in table.rows:
        numbers.setdefault(row.code, cells_of(0))
    return table.grid(numbers)


def cells_of(cells):
    women, men, other = cells if isinstance(cells, tuple) else (cells, 0, 0)
    return {"women": women, "men": men, "other": other, TOTAL: women + men + other}


def period(**tables):
    return {code: grid_of(code, *(rows if isinstance(rows, tuple) else (rows,))) for code, rows in tables.items()}


def found(now, before=None):
    """{code: sentence}"""
    with override("en"):
        return {fact.code: fact.text for fact in find_gaps(now, before or {})}


# --- each rule ---------------------------------------------------------------------------------------------------


def test_fewer_women_than_men_is_said_with_both_numbers_and_the_base():
    assert found(period(cases_closed={"all": (12, 27, 1)})) == {
        "women_under_half:cases_closed:total": "Cases closed: women are 12 of 40 complainants (30%), men 27."
    }


@pytest.mark.parametrize("cells", [(20, 20, 0), (21, 19, 0), (0, 0, 0)])
def test_as_many_women_as_men_is_no_gap(cells):
    assert found(period(cases_closed={"all": cells}, interviews={"all": cells})) == {}


def test_women_are_looked_for_in_each_kind_of_activity_and_of_service():
    seen = found(
        period(
            activity_participants={"training": (5, 7, 0), "meeting": (9, 1, 0)},
            services_persons=({"legal_assistance": (1, 2, 0), "counselling": (8, 8, 0)}, (9, 9, 0)),
        )
    )
    assert {code: text for code, text in seen.items() if code.startswith("women")} == {
        "women_under_half:activity_participants:training": (
            "Participants of activities, Training: women are 5 of 12 participants (42%), men 7."
        ),
        "women_under_half:services_persons:legal_assistance": (
            "Persons who received services, Legal assistance: women are 1 of 3 persons, men 2."
        ),
    }


@pytest.mark.parametrize(
    ("base", "text"), [(4, "women are 1 of 4 persons, men 3"), (5, "women are 1 of 5 persons (20%)")]
)
def test_of_a_handful_no_percentage_is_said(base, text):
    assert text in found(period(interviews={"all": (1, base - 1, 0)}))["women_under_half:interviews:total"]


def test_women_are_not_missed_where_hardly_any_gender_is_known():
    assert "women_under_half:cases_closed:total" not in found(period(cases_closed={"all": (2, 2, 30)}))


def test_minors_are_always_said():
    seen = found(period(profile_age={"under_15": 1, "15_17": (2, 1, 0), "18_24": 86}))
    assert seen == {
        "minors:profile_age:under_15": "Persons under 18. Age, Under 15: 1 of 90 persons (1%).",
        "minors:profile_age:15_17": "Persons under 18. Age, 15-17: 3 of 90 persons (3%).",
    }
    assert found(period(profile_age={"18_24": 90})) == {}


def test_a_service_that_nobody_received_is_said_with_the_persons_served_and_how_it_was_before():
    services = {"counselling": 30, "legal_assistance": 4, "information_education_training": 9, "union_membership": 1}
    now = period(services_persons=(services, 34))
    before = period(services_persons=({"networking": 12}, 12))
    assert found(now, before) == {
        "nobody:services_persons:networking": (
            "Persons who received services, Networking: 0 of 34 persons served; in the period before: 12."
        ),
        "nobody:services_persons:skills_certification": (
            "Persons who received services, Skills certification: 0 of 34 persons served."
        ),
    }


def test_where_nobody_was_served_at_all_the_kinds_of_service_are_not_listed():
    assert found(period(services_persons={}, cards_registered={"all": 5})) == {
        "nothing:services_persons:total": (
            "Persons who received services: 0 in this period. Client cards registered: 5."
        )
    }


COMPLAINTS = {"fishing": 7, "domestic_work": 20, "other": 8, "unknown": 5}


def test_complaints_from_a_sector_for_which_nobody_was_informed():
    now = period(sector=COMPLAINTS, informed_sector={"domestic_work": 30})
    before = period(informed_sector={"retail": 28})
    code = "complaints_without_information:sector:fishing"
    sentence = (
        "Sector of work, Fishing: 7 of 40 complainants (18%). Persons who received information, education and "
        "training and plan to work there: 0 of 30"
    )
    assert found(now, before)[code] == f"{sentence}; in the period before: 0 of 28."
    assert found(now)[code] == f"{sentence}."
    assert [code for code in found(now) if code.startswith("complaints")] == [code]


@pytest.mark.parametrize(
    ("now", "before"), [({"fishing": 1}, {}), ({}, {"fishing": 1}), ({"fishing": 3}, {"fishing": 3})]
)
def test_a_sector_for_which_somebody_was_informed_now_or_before_is_no_gap(now, before):
    tables = period(sector={"fishing": 7}, informed_sector=now)
    assert found(tables, period(informed_sector=before)) == {}


def test_complaints_from_a_country_for_which_nobody_was_informed():
    now = period(case_destination={"TH": 3, "MY": 1, "not_recorded": 2}, informed_destination={"TH": 6})
    assert found(now) == {
        "complaints_without_information:case_destination:my": (
            "Destination country of complainants, Malaysia: 1 of 6 complainants (17%). Persons who received "
            "information, education and training and plan to work there: 0 of 6."
        )
    }
    [fact] = find_gaps(now, {})
    assert (fact.table, fact.row, fact.column, fact.number, fact.base) == ("case_destination", "MY", TOTAL, 1, 6)


ALL_SERVICES = ({row.code: 12 for row in TABLES_BY_CODE["services_persons"].rows}, 90)


@pytest.mark.parametrize("code", ["interviews", "activity_participants", "cases_closed"])
def test_nothing_done_is_said_with_the_number_of_persons_served(code):
    title = TABLES_BY_CODE[code].title
    assert found(period(services_persons=ALL_SERVICES, **{code: {}})) == {
        f"nothing:{code}:total": f"{title}: 0 in this period. Persons who received services: 90."
    }
    row = "training" if code == "activity_participants" else "all"
    assert found(period(services_persons=ALL_SERVICES, **{code: {row: 1}})) == {}


def test_where_nothing_at_all_happened_there_is_nothing_to_comment_on():
    assert found({table.code: grid_of(table.code, {}) for table in TABLES}) == {}


def test_cases_without_remedy_and_cases_dropped_are_said_above_a_tenth():
    now = period(
        remedy=({"none": 12, "compensation": 24, "higher_wages": 24}, 40), resolution={"dropped": 5, "informal": 35}
    )
    assert found(now) == {
        "without_remedy:remedy:none": "Cases closed without any remedy: 12 of 40 complainants (30%).",
        "dropped:resolution:dropped": "Cases dropped: 5 of 40 cases (12%).",
    }
    tenth = period(remedy=({"none": 4, "compensation": 36}, 40), resolution={"dropped": 4, "informal": 36})
    assert found(tenth) == {}


def test_a_fall_by_more_than_a_quarter_is_said_with_both_numbers():
    before = period(services_contacts={"counselling": 40})
    assert found(period(services_contacts={"counselling": 29}), before) == {
        "fall:services_contacts:total": "Services received: 29 contacts; in the period before: 40 contacts (−28%)."
    }
    assert found(period(services_contacts={"counselling": 30}), before) == {}
    assert found(period(services_contacts={"counselling": 60}), before) == {}


@pytest.mark.parametrize(("was", "is_said"), [(9, False), (10, True)])
def test_a_fall_is_said_from_a_base_of_ten(was, is_said):
    seen = found(period(cards_registered={"all": 1}), period(cards_registered={"all": was}))
    assert bool(seen) is is_said


def test_without_a_period_before_nothing_fell():
    assert found(period(cards_registered={"all": 1})) == {}


def test_a_country_from_which_people_came_no_more_is_a_fall_to_nothing():
    seen = found(
        period(profile_nationality={"KH": 20, "not_recorded": 1}),
        period(profile_nationality={"MM": 11, "KH": 21, "not_recorded": 30}),
    )
    sentence = "Nationality, Myanmar (Burma): 0 persons; in the period before: 11 persons (−100%)."
    assert seen == {"fall:profile_nationality:mm": sentence}


def test_gender_is_unknown_above_a_tenth():
    sentence = "Persons served: the gender of 14 of 90 persons (16%) is other or unknown."
    assert found(period(profile_gender={"all": (40, 36, 14)})) == {"gender_unknown:profile_gender:total": sentence}
    assert found(period(profile_gender={"all": (45, 36, 9)})) == {}


def test_an_answer_is_unknown_above_a_tenth():
    now = period(
        profile_age={"18_24": 76, "not_recorded": 14},
        profile_sector={"fishing": 80, "unknown": 10},
        remedy=({"compensation": 8, "unknown": 1, "not_recorded": 1}, 10),
    )
    assert found(now) == {
        "unknown:profile_age:not_recorded": "Age, Not recorded: 14 of 90 persons (16%).",
        "unknown:profile_sector:unknown": "Planned sector of work, Unknown: 10 of 90 persons (11%).",
    }


# --- all of them -------------------------------------------------------------------------------------------------


def random_period(seed):
    chance = random.Random(seed)
    return {table.code: grid_of(table.code, random_rows(table, chance)) for table in TABLES}


def random_rows(table, chance):
    codes = [row.code for row in table.rows] or ["KH", "TH", "MM", "not_recorded"]
    most = chance.choice([1, 4, 40])
    return {code: tuple(chance.randint(0, most) for _gender in range(3)) for code in codes if chance.random() < 0.7}


def random_facts():
    for seed in range(60):
        now, before = random_period(seed), random_period(seed + 1000)
        yield now, before, find_gaps(now, before)


def test_every_fact_has_a_code_of_its_own_that_can_be_kept_and_the_most_serious_are_first():
    for _now, _before, facts in random_facts():
        codes = [fact.code for fact in facts]
        assert len(codes) == len(set(codes))
        assert all(re.fullmatch(r"[a-z0-9_:-]{1,70}", code) for code in codes)
        assert [fact.severity for fact in facts] == sorted(fact.severity for fact in facts)


def test_the_longest_code_that_can_be_is_short_enough_to_be_kept():
    longest = max((row.code for table in TABLES for row in table.rows), key=len)
    assert len(f"women_under_half:services_persons:{longest}") <= 70


def test_no_fact_is_without_its_base_and_its_number_is_that_of_the_cell():
    for now, _before, facts in random_facts():
        for fact in facts:
            line = {**{row.slice.code: row for row in now[fact.table].rows}, TOTAL: now[fact.table].total}.get(fact.row)
            cells = dict(zip(["women", "men", "other", TOTAL], line.values, strict=True)) if line else {}
            assert cells.get(fact.column, 0) == fact.number
            assert fact.base and re.search(rf"\b{fact.base}\b", fact.text), fact.text
            assert re.search(rf"\b{fact.number}\b", fact.text), fact.text
            assert "%(" not in fact.text


def test_every_rule_speaks_somewhere():
    """So that the two tests above are about every rule."""
    said = {fact.code.partition(":")[0] for _now, _before, facts in random_facts() for fact in facts}
    assert said == {
        "minors", "women_under_half", "nobody", "complaints_without_information", "nothing", "without_remedy",
        "dropped", "fall", "gender_unknown", "unknown",
    }  # fmt: skip


def test_a_report_that_is_older_than_a_table_has_the_facts_of_the_others():
    now, before = random_period(1), random_period(2)
    everything = {fact.code for fact in find_gaps(now, before)}
    for code in now:
        fewer = {fact.code for fact in find_gaps({k: v for k, v in now.items() if k != code}, before)}
        about_it = {fact.code for fact in find_gaps(now, before) if code in fact.code.split(":")}
        assert about_it.isdisjoint(fewer) and fewer <= everything
    assert find_gaps({}, {}) == []


def test_a_fact_leads_to_as_many_records_as_it_says(in_a, sign_in, coordinator):
    make_every_answer(in_a)
    for _person in range(3):
        make_service(make_card(in_a, gender="man", birth_year=2010, nationality="MM"), category="networking")
    make_closed_case(in_a, gender="woman", destination_country="VN", sector="fishing", remedies=["none"])
    facts = find_gaps({grid.code: grid for grid in compute(TABLES, QUARTER, [in_a])}, {})
    assert {fact.severity for fact in facts} == set(Severity)
    browser = sign_in(coordinator)
    for fact in facts:
        if TABLES_BY_CODE[fact.table].unit == "participants":
            continue
        where = reverse("reports:records", args=[fact.table, fact.row, fact.column])
        listed = browser.get(where, asked(in_a)).context["page_obj"].paginator.object_list
        assert listed.count() == fact.number, fact.code


def test_the_tables_of_the_rules_exist():
    pairs = [*gaps.NOTHING_DONE, *gaps.COMPLAINED_AND_INFORMED]
    named = {*gaps.AS_MANY_WOMEN_AS_MEN, *gaps.GENDER_ASKED, *gaps.FALLING_TOTALS, *gaps.FALLING_ROWS, *sum(pairs, ())}
    assert named <= set(TABLES_BY_CODE)
    for table, row in gaps.UNKNOWN_ANSWERS:
        assert row in TABLES_BY_CODE[table].rows, (table, row)
