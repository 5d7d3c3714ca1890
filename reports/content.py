"""The whole content of a progress report, as it stands now or as it was submitted.

Page, DOCX, XLSX and JSON are made from a ReportContent and from nothing else, so that they cannot disagree. What is
submitted is the same content as plain data: codes and what people wrote; headings are those of the reader's language.
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from clients.models import Consent
from harvesting.models import Story
from mrc.access import every_centre
from mrc.dates import Period
from reports import freezing, gaps
from reports.annexes import COVERAGE, PROFILE_OF_BENEFICIARIES
from reports.models import ActionStatus, CaseStudy, MajorAction, ProgressReport, ReportStory, ReportText
from reports.services import SECTIONS as TABLE_SECTIONS
from reports.services import Report
from reports.tables import compute
from results.services import IndicatorRow, indicator_rows, steps_in_order, tables_needed


@dataclass(frozen=True)
class Header:
    """The head of Annex 5."""

    title: str
    number: str
    organization: str
    location: str
    starts_on: date
    ends_on: date
    total_value: str  # with two decimals; empty where it is not recorded
    currency: str
    from_: date
    to: date
    due_on: date
    is_final: bool
    centres: list  # of [code, name]
    submitted_on: date | None = None
    version: int = 0  # of the submission; 0: not submitted

    @property
    def period(self):
        return Period(self.from_, self.to)

    @property
    def running(self):
        return Period(self.starts_on, self.ends_on)

    @property
    def shown_value(self):
        return f"{Decimal(self.total_value):,.2f}" if self.total_value else ""


@dataclass(frozen=True)
class StepLine:
    """An outcome, output or activity of the theory of change, for section 2."""

    uid: str
    level: str
    label: str
    text: str
    depth: int


@dataclass(frozen=True)
class ToldStory:
    """A story of section 5: its five parts."""

    uid: str
    title: str
    outcome: str
    gender: str
    background: str
    event: str
    assistance: str
    outcome_text: str
    lesson: str


@dataclass(frozen=True)
class ToldCaseStudy:
    """A case study of section 6 (Annex 6), with its subjects by gender."""

    uid: str
    centre: str
    title: str
    result: str
    summary: str
    impact: str
    learning: str
    women: int
    men: int
    other: int


@dataclass(frozen=True)
class PlannedAction:
    """An action of section 9 and how far it was. ``raised_on``: the first day of the period that it comes from."""

    uid: str
    text: str
    responsible: str
    due_on: date | None
    status: str
    raised_on: date
    is_carried_over: bool


LISTS = {
    "steps": StepLine,
    "stories": ToldStory,
    "case_studies": ToldCaseStudy,
    "actions": PlannedAction,
}


@dataclass(frozen=True)
class ReportContent:
    """Everything that a report says. ``grids``: {table code: Grid} of the period; ``grids_before``: of that before."""

    header: Header
    texts: dict
    steps: tuple
    indicators: tuple
    stories: tuple
    case_studies: tuple
    actions: tuple
    grids: dict
    grids_before: dict
    made_at: datetime

    @cached_property
    def facts(self):
        """What the numbers show about gaps (section 7)."""
        return gaps.find_gaps(self.grids, self.grids_before)

    @property
    def tables(self):
        """The report tables as everywhere else: headings with their grids as they are printed.

        A table that was declared after the report was submitted is not among them.
        """
        return Report((), self.header.period, tuple(self.grids.values()), False, self.made_at).sections

    @property
    def profile_grids(self):
        return [self.grids[table.code] for table in PROFILE_OF_BENEFICIARIES if table.code in self.grids]

    def as_data(self):
        """Plain data, to be kept or sent as JSON."""
        return {
            "header": _plain(asdict(self.header)),
            "texts": self.texts,
            **{name: [_plain(asdict(one)) for one in getattr(self, name)] for name in LISTS},
            "indicators": [row.as_data() for row in self.indicators],
            "grids": {code: freezing.grid_as_data(grid) for code, grid in self.grids.items()},
            "grids_before": {code: freezing.grid_as_data(grid) for code, grid in self.grids_before.items()},
            "made_at": self.made_at.isoformat(),
        }

    @classmethod
    def from_data(cls, data):
        lists = {name: tuple(_restore(one, item) for item in data[name]) for name, one in LISTS.items()}
        return cls(
            header=_restore(Header, data["header"]),
            texts=data["texts"],
            indicators=tuple(IndicatorRow.from_data(row) for row in data["indicators"]),
            grids=freezing.grids_from_data(data["grids"]),
            grids_before=freezing.grids_from_data(data["grids_before"]),
            made_at=datetime.fromisoformat(data["made_at"]),
            **lists,
        )


def _plain(values):
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _restore(cls, values):
    days = {one.name for one in fields(cls) if one.type in (date, date | None)}
    return cls(
        **{name: date.fromisoformat(value) if name in days and value else value for name, value in values.items()}
    )


# --- as it stands now --------------------------------------------------------------------------------------------


def counted_tables():
    """Every table whose numbers a report holds."""
    tables = [table for _heading, group in TABLE_SECTIONS for table in group]
    return list(
        {table.code: table for table in (*tables, *PROFILE_OF_BENEFICIARIES, *COVERAGE, *tables_needed())}.values()
    )


def live_content(report):
    """The content of a report as it stands, inside a scope that holds its agreement and all centres of it.

    Raises OutsideScope for a centre that is not in scope.
    """
    centres = list(report.agreement.centres.all())
    grids = live_grids(report.period.period, centres)
    return ReportContent(
        header=_header(report, centres),
        texts=dict(ReportText.objects.filter(report=report).values_list("key", "text")),
        steps=tuple(_step_line(step) for step in steps_in_order(report.agreement)),
        indicators=tuple(indicator_rows(report.agreement, report.period, grids)),
        stories=tuple(_told(row.story) for row in stories_of(report)),
        case_studies=tuple(_studied(study) for study in case_studies_of(report)),
        actions=tuple(actions_of(report)),
        grids=grids,
        grids_before=live_grids(report.period.period.before, centres),
        made_at=timezone.localtime(),
    )


def live_grids(period, centres):
    """{table code: Grid} of every table that a report holds, as the numbers are now."""
    return {grid.code: grid for grid in compute(counted_tables(), period, centres)}


def live_members(period, centres):
    """Which record counts where now (reports/freezing.py)."""
    return freezing.members(counted_tables(), period, centres)


def frozen_content(submission):
    """The content of a report as it was submitted."""
    content = ReportContent.from_data(freezing.loads(submission.content))
    submitted_on = timezone.localtime(submission.submitted_at).date()
    header = replace(content.header, submitted_on=submitted_on, version=submission.number)
    return replace(content, header=header, stories=_still_told(content.stories))


def _still_told(stories):
    """The stories of a submission; one whose person took the consent back, or was erased, is shown as withdrawn.

    What is stored stays as it was handed in, so that its digest still proves it.
    """
    with every_centre("whoever reads a report must not read what was withdrawn, and sees no records"):
        told = set(
            Story.objects.still_told().filter(uid__in=[one.uid for one in stories]).values_list("uid", flat=True)
        )
    return tuple(one if UUID(one.uid) in told else _withdrawn(one) for one in stories)


def _withdrawn(story):
    parts = dict.fromkeys(Story.PARTS, "")
    text = _("The person took back the consent to the use of this story.")
    return replace(story, **parts | {"title": _("Withdrawn"), "background": text})


def _header(report, centres):
    agreement = report.agreement
    return Header(
        title=agreement.title,
        number=agreement.number,
        organization=agreement.organization.name,
        location=agreement.location,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        total_value="" if agreement.total_value is None else f"{agreement.total_value:.2f}",
        currency=agreement.currency,
        from_=report.period.starts_on,
        to=report.period.ends_on,
        due_on=report.period.due_on,
        is_final=report.period.is_last,
        centres=[[centre.code, centre.name] for centre in centres],
    )


def _step_line(step):
    return StepLine(str(step.uid), step.level, str(step.label), step.text, step.depth)


def stories_of(report):
    """The stories that a report tells: those whose person still agrees to the use of the story."""
    consent = Consent.objects.filter(purpose=Consent.Purpose.STORY, withdrawn_on=None)
    return (
        ReportStory.objects.filter(report=report, story__interview__card__consents__in=consent)
        .select_related("story__interview")
        .distinct()
    )


def _told(story):
    return ToldStory(
        uid=str(story.uid),
        title=story.title,
        outcome=story.outcome,
        gender=story.interview.gender,
        **{part: getattr(story, part) for part in Story.PARTS},
    )


def case_studies_of(report):
    return CaseStudy.objects.filter(report=report).select_related("centre")


def _studied(study):
    texts = {name: getattr(study, name) for name in ("title", "result", "summary", "impact", "learning")}
    return ToldCaseStudy(
        uid=str(study.uid), centre=study.centre.code, women=study.women, men=study.men, other=study.other, **texts
    )


def actions_of(report):
    """The actions of section 9: raised in this report, or in an earlier one and not done before it."""
    until = report.period.starts_on
    actions = MajorAction.objects.filter(
        report__period__agreement=report.agreement, report__period__starts_on__lte=until
    ).select_related("report__period")
    statuses = ActionStatus.objects.filter(action__in=actions, report__period__starts_on__lte=until)
    told = {}
    for status in statuses.select_related("report__period").order_by("report__period__starts_on"):
        told.setdefault(status.action_id, []).append(status)
    for action in sorted(actions, key=lambda action: (action.report.period.starts_on, action.pk)):
        known = told.get(action.pk, [])
        if any(status.status in ActionStatus.DONE and status.report_id != report.pk for status in known):
            continue
        yield PlannedAction(
            uid=str(action.uid),
            text=action.text,
            responsible=action.responsible,
            due_on=action.due_on,
            status=known[-1].status if known else ActionStatus.Status.NOT_INITIATED,
            raised_on=action.report.period.starts_on,
            is_carried_over=action.report_id != report.pk,
        )


def latest_content(report: ProgressReport):
    """What a reader who does not write sees: the last submission. None before the first."""
    submission = report.submissions.order_by("number").defer("members").last()
    return frozen_content(submission) if submission else None
