"""As many rows of everything that the pages of agreements and progress reports show."""

from datetime import UTC, datetime, timedelta

from mrc.access import agreement_scope
from reports import freezing
from reports.admin import MOST_YEARS
from reports.content import live_content, live_members
from reports.models import (
    ActionStatus,
    Agreement,
    CaseStudy,
    MajorAction,
    ProgressReport,
    ReportingPeriod,
    SubmittedReport,
)
from results.models import Assumption, Indicator, IndicatorDefinition, Step


def write_reports(centre, rows, today):
    """{model: record} of one report among ``rows`` agreements and periods; inside the scope of the centre.

    No more periods than an agreement can have: a month each, for the longest time that its form takes.
    """
    agreement = _agreements(centre, rows, today)[0]
    day = today - timedelta(days=rows)
    days = [day + timedelta(days=number) for number in range(min(rows, 12 * MOST_YEARS))]
    ReportingPeriod.objects.bulk_create(
        ReportingPeriod(agreement=agreement, starts_on=day, ends_on=day, due_on=day) for day in days
    )
    with agreement_scope([agreement]):
        periods = list(agreement.periods.all())
        ProgressReport.objects.bulk_create(ProgressReport(period=period) for period in periods)
        report = ProgressReport.objects.get(period=periods[0])
        made = _parts(centre, report, rows) | _theory(agreement, rows)
        submission = _submission(report)
    return {Agreement: agreement, ProgressReport: report, SubmittedReport: submission, **made}


def _agreements(centre, rows, today):
    agreement = {"title": "Rows", "organization": centre.organization, "starts_on": today - timedelta(days=rows + 1)}
    agreements = Agreement.objects.bulk_create(
        Agreement(**agreement, number=f"ROWS-{number}", ends_on=today + timedelta(days=300)) for number in range(rows)
    )
    through = Agreement.centres.through
    through.objects.bulk_create(through(agreement=one, centre=centre) for one in agreements)
    return agreements


def _parts(centre, report, rows):
    """Case studies and actions of the report."""
    study = {"centre": centre, "report": report, "title": "Classes", "summary": "At night", "women": 1}
    studies = CaseStudy.objects.bulk_create(CaseStudy(**study) for _number in range(rows))
    actions = MajorAction.objects.bulk_create(MajorAction(report=report, text="Ask") for _number in range(rows))
    ActionStatus.objects.bulk_create(ActionStatus(action=action, report=report) for action in actions)
    return {CaseStudy: studies[0], MajorAction: actions[0]}


def _theory(agreement, rows):
    """Steps, and assumptions and indicators of one of them."""
    steps = Step.objects.bulk_create(
        Step(agreement=agreement, level=Step.Level.IMPACT, position=number, text="Rights") for number in range(rows)
    )
    assumption = {"step": steps[0], "text": "Open", "risk": "low"}
    assumptions = Assumption.objects.bulk_create(Assumption(**assumption) for _number in range(rows))
    indicators = Indicator.objects.bulk_create(Indicator(step=steps[0]) for _number in range(rows))
    definition = {"name": "Clients", "valid_from": agreement.starts_on}
    definitions = IndicatorDefinition.objects.bulk_create(
        IndicatorDefinition(**definition, indicator=indicator) for indicator in indicators
    )
    return {
        Step: steps[0],
        Assumption: assumptions[0],
        Indicator: indicators[0],
        IndicatorDefinition: definitions[0],
    }


def _submission(report):
    """The report as it stands, handed in; it is being corrected, so that its pages for writing are there too."""
    content = freezing.dumps(live_content(report).as_data())
    period, centres = report.period.period, report.agreement.centres.all()
    return SubmittedReport.objects.create(
        report=report,
        number=1,
        submitted_at=datetime(2026, 10, 20, tzinfo=UTC),
        content=content,
        members=freezing.dumps(live_members(period, centres)),
        digest=freezing.digest_of(content),
    )
