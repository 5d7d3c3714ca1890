"""A made-up theory of change with its assumptions and indicators, as the manual's second session would draw it."""

from datetime import timedelta
from decimal import Decimal

from mrc.access import agreement_scope
from results import writing
from results.models import Assumption, IndicatorDefinition, PeriodFigure, Step

TARGET, RESULT = PeriodFigure.Kind.TARGET, PeriodFigure.Kind.RESULT
# (key, level, key of the step that it contributes to, text), each after the one that it hangs below
STEPS = (
    ("impact", "impact", "", "Labour rights and social protection of migrant workers are strengthened."),
    ("justice", "outcome", "impact", "Access to justice is increased for migrant workers with a complaint."),
    ("assistance", "output", "justice", "Migrant workers receive legal assistance for their complaints."),
    ("cases", "activity", "assistance", "Legal assistance to migrants who experience labour rights abuses."),
    ("talks", "activity", "assistance", "Negotiation with employers and recruitment agencies."),
    ("decisions", "outcome", "impact", "Women and men decide well informed whether and how to migrate."),
    ("information", "output", "decisions", "Potential migrants receive information, education and training."),
    ("training", "activity", "information", "Trainings before departure."),
    ("meetings", "activity", "decisions", "Meetings in which women share what they have learned."),
)
ASSUMPTIONS = (
    ("assistance", "high", "Complainants can stay in the country until their case is decided.",
     "Ask for a temporary permit with the complaint; settle within a month where that is refused."),
    ("impact", "medium", "There are partners in the countries of destination who are concerned about migrant workers.",
     "Meet the partners twice a year."),
    ("training", "low", "Village heads let the trainings take place.", ""),
)  # fmt: skip
# step, definition, targets of each period, results that are typed in for each period that is over
INDICATORS = (
    ("justice", {"name": "Percentage of closed cases with a remedy", "measure": "share_with_remedy", "source": "Cases",
                 "baseline_value": Decimal(40)}, {"total": 60}, None),
    ("assistance", {"name": "Number of complainants whose case was closed", "measure": "cases_closed",
                    "source": "Legal assistance records"}, {"women": 2, "men": 2, "other": 0}, None),
    ("assistance", {"name": "Amount of compensation awarded to complainants, in US dollars", "measure": "awarded:USD",
                    "source": "Legal assistance records"}, {"total": 1500}, None),
    ("information", {"name": "Number of persons served", "measure": "persons_served", "source": "Client cards"},
     {"women": 12, "men": 8, "other": 0}, None),
    ("training", {"name": "Number of participants of trainings", "measure": "activity_participants:training",
                  "source": "Lists of participants"}, {"women": 15, "men": 10, "other": 0}, None),
    ("decisions", {"name": "Percentage of trained people who can name two places for complaints", "unit": "percentage",
                   "source": "Questions at the end of each training", "baseline_value": Decimal(25)}, {"total": 70},
     {"women": 9, "base_women": 14, "men": 5, "base_men": 9, "other": 0, "base_other": 1}),
    ("impact", {"name": "How officials and employers speak about the rights of migrant workers", "unit": "text",
                "source": "Minutes of meetings", "baseline_text": "Migrants are spoken of as a problem of order."},
     {"text": "Officials ask the centre for advice."}, {"text": "The labour office sent two families to the centre."}),
    ("meetings", {"name": "More women join a union"}, None, None),
)  # fmt: skip
REVISED = {"name": "Number of participants of activities", "measure": "participants"}
REASON = "Meetings and outreach reach more people than trainings; they are counted too."


def draw_up(agreement, today):
    """The whole of it for an agreement: one indicator was revised for its second half, one is not SMART."""
    with agreement_scope([agreement]):
        steps = {}
        for key, level, parent, text in STEPS:
            step = Step(agreement=agreement, level=level, parent=steps.get(parent), text=text)
            steps[key] = writing.save_step(step=step)
        for key, risk, text, response in ASSUMPTIONS:
            Assumption(step=steps[key], risk=risk, text=text, response=response).save()
        periods = list(agreement.periods.all())
        over = [period for period in periods if period.ends_on < today]
        for key, fields, target, result in INDICATORS:
            definition = _define(agreement, steps[key], fields)
            _fill(definition.indicator, TARGET, periods if target else [], target)
            _fill(definition.indicator, RESULT, over if result else [], result)
            if key == "training":
                _revise(definition, periods[len(periods) // 2].starts_on)


def _define(agreement, step, fields):
    first = {"valid_from": agreement.starts_on, "unit": _unit(fields), **fields}
    if "baseline_value" in fields:
        first["baseline_on"] = agreement.starts_on - timedelta(days=1)
    return writing.add_indicator(step=step, definition=IndicatorDefinition(**first))


def _unit(fields):
    return "percentage" if fields.get("measure") == "share_with_remedy" else "number"


def _fill(indicator, kind, periods, numbers):
    """The same in each period, so that the results are what changes."""
    if periods:
        writing.save_figures(indicator=indicator, kind=kind, numbers=dict.fromkeys(periods, numbers))


def _revise(definition, day):
    revision = {"source": definition.source, "valid_from": day, "reason": REASON, **REVISED}
    writing.save_definition(definition=IndicatorDefinition(indicator=definition.indicator, **revision))
