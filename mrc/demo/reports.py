"""The demo's progress reports: of the quarters that are over, one in each state, with a case study and actions."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from mrc import audit
from mrc.access import agreement_scope, centre_scope
from mrc.models import User
from reports import submitting
from reports.models import ActionStatus, Agreement, CaseStudy, MajorAction, ProgressReport, SubmittedReport
from reports.sections import EXPLANATION as EXPLANATION_PART
from reports.sections import PROGRESS as PROGRESS_PART
from reports.sections import indicator_key, step_key
from results.models import Indicator
from results.services import steps_in_order

ACCEPTED, RETURNED = SubmittedReport.Decision.ACCEPTED, SubmittedReport.Decision.RETURNED
STATUSES = (ActionStatus.Status.INITIATED, ActionStatus.Status.ONGOING, ActionStatus.Status.COMPLETED)
SUMMARIES = (
    "The centre opened on Sundays for the first time, and people who work six days a week came. "
    "Most asked about wages that were not paid in full.",
    "Two officials of the labour office were trained together with our staff, and complaints are now taken there too. "
    "Fewer people came during the harvest.",
    "A recruitment agency paid back fees to a group of workers after three meetings. "
    "The waiting room is too small on market days.",
    "Volunteers called everyone whose case was open for more than two months. Some had gone home and were not reached.",
)
GAPS = (
    "Women who work in private homes rarely come, because they have no free day. We reach them through the market.",
    "People from the hills speak none of our languages well. Two volunteers translate now, on Saturdays only.",
)
ISSUES = (
    "Employers offer contracts in a language that the workers cannot read.",
    "Fees for the new permit are asked for twice, once by the broker and once at the office.",
)
STUDIES = (
    (
        "did_not_work", "Evening classes at the factory gate",
        "Classes on the rights of workers, twice a week after the shift, for women in three factories.",
        "Few came. The last bus leaves when the shift ends, and some foremen wrote down who stayed.",
        "Ask first when people are free and where nobody watches them. Sunday mornings at the temple work better.",
        9, 1,
    ),
    (
        "worked", "A card with three telephone numbers",
        "Every visitor received a small card with the numbers of the centre, of the union and of the hotline.",
        "A third of those who called later had the card from somebody else. Two women left a locked house.",
        "What fits into a shoe is kept. The next card says the hours, too.",
        14, 6,
    ),
)  # fmt: skip
ACTIONS = (
    ("Open the centre on Sundays, and close it on Mondays instead.", "Coordinator"),
    ("Agree with the labour office who calls the employer first.", "Legal officer"),
)
PROGRESS = (
    (
        "Done as planned; the labour office sent people for the first time.",
        "Keep the agreement with the office.",
    ),
    ("Begun late, because the room was being repaired.", "Two Sundays a month until the end of the year."),
    ("More people came than planned.", "A second interpreter is needed; a volunteer is being trained."),
)
EXPLANATIONS = (
    "Two groups of workers complained together.",
    "Fewer people travel during the harvest; we plan more visits to villages after it.",
    "As planned.",
)
COMMENT = "Please explain why fewer women were served than in the period before, and what will be done about it."


def write_reports(today):
    """For each agreement: accepted, returned and submitted again, submitted or returned, and a draft."""
    officer = User.objects.filter(groups__name="programme_officer").order_by("pk").first()
    for number, agreement in enumerate(Agreement.objects.order_by("pk")):
        centres = list(agreement.centres.all())
        writer = User.objects.filter(groups__name="coordinator", centres=centres[0]).first() or officer
        over = [period for period in agreement.periods.order_by("starts_on") if period.ends_on < today]
        with centre_scope(centres), agreement_scope([agreement]):
            for place, period in enumerate(over):
                left = len(over) - place - 1
                with audit.acting(writer, "demo"):
                    report = _write(period, number + place, centres[0])
                if left or number % 3 == 0:
                    _hand_in(report, writer, officer, returned=place % 2 == 1, waits=left == 0)


def _write(period, number, centre):
    report = ProgressReport.objects.create(period=period)
    texts = {"summary": SUMMARIES, "gaps": GAPS, "emerging_issues": ISSUES}
    for key, choice in texts.items():
        submitting.save_text(report=report, key=key, text=choice[number % len(choice)], version=0)
    _explain(report, number)
    result, title, summary, impact, learning, women, men = STUDIES[number % len(STUDIES)]
    CaseStudy.objects.create(
        centre=centre, report=report, title=title, result=result, summary=summary, impact=impact, learning=learning,
        women=women, men=men,
    )  # fmt: skip
    text, responsible = ACTIONS[number % len(ACTIONS)]
    action = MajorAction(report=report, text=text, responsible=responsible, due_on=period.due_on + timedelta(days=60))
    submitting.save_action(report=report, action=action, status=STATUSES[number % len(STATUSES)])
    return report


def _explain(report, number):
    """A sentence for every outcome and activity, and for every indicator."""
    steps = [step for step in steps_in_order(report.agreement) if step.level in ("outcome", "activity")]
    for place, step in enumerate(steps, number):
        for part, text in zip((PROGRESS_PART, EXPLANATION_PART), PROGRESS[place % len(PROGRESS)], strict=True):
            submitting.save_text(report=report, key=step_key(step.uid, part), text=text, version=0)
    for place, indicator in enumerate(Indicator.objects.filter(step__agreement=report.agreement), number):
        text = EXPLANATIONS[place % len(EXPLANATIONS)]
        submitting.save_text(report=report, key=indicator_key(indicator.uid), text=text, version=0)


def _hand_in(report, writer, officer, *, returned, waits):
    """Submitted before it was due; if it came back, once more a week later; the last one waits for its decision."""
    day = timezone.make_aware(datetime.combine(report.period.due_on - timedelta(days=12), time(16, 20)))
    versions = 2 if returned else 1
    for version in range(1, versions + 1):
        with audit.acting(writer, "demo"):
            submission = submitting.submit(report=report, at=day)
        if waits and version == versions:
            return
        comes_back = version < versions
        with audit.acting(officer, "demo"):
            submitting.decide(
                submission=submission,
                decision=RETURNED if comes_back else ACCEPTED,
                comment=COMMENT if comes_back else "",
                at=day + timedelta(days=3),
            )
        day += timedelta(days=7)
