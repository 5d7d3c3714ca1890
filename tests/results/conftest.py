"""A theory of change with indicators, as a coordinator of the manual's second session would draw it."""

import pytest

from tests.results.making import make_indicator, make_step


@pytest.fixture
def theory(in_agreement):
    """{name: Step}: an impact, two outcomes, an output with an activity, and an activity right below an outcome."""
    impact = make_step(in_agreement, "impact", "Labour rights of migrant workers are protected")
    justice = make_step(in_agreement, "outcome", "Access to justice", parent=impact, position=1)
    safety = make_step(in_agreement, "outcome", "Safer migration", parent=impact, position=2)
    output = make_step(in_agreement, "output", "Migrant workers receive legal assistance", parent=justice, position=1)
    return {
        "impact": impact,
        "justice": justice,
        "safety": safety,
        "output": output,
        "activity": make_step(in_agreement, "activity", "Legal assistance", parent=output, position=1),
        "training": make_step(in_agreement, "activity", "Training before departure", parent=safety, position=1),
    }


@pytest.fixture
def indicator(theory):
    return make_indicator(theory["output"])
