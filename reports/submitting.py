"""A progress report from draft to accepted: saving its texts, submitting, returning and accepting it."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mrc import audit
from reports import freezing
from reports.content import frozen_content, live_content, live_grids, live_members
from reports.models import ActionStatus, ProgressReport, ReportStory, ReportText, SubmittedReport
from reports.readiness import missing_before_submission
from reports.sections import section_of

MOST_READINGS = 5  # of all numbers, before a submission


class Conflict(Exception):
    """Somebody else saved the same text meanwhile. ``stored`` is what they wrote."""

    def __init__(self, stored):
        super().__init__("The text was saved by somebody else meanwhile.")
        self.stored = stored


class NotWritable(ValidationError):
    """The report is submitted or accepted."""

    def __init__(self):
        super().__init__(
            _("This report is submitted and cannot be changed. Begin a correction to write a new version.")
        )


@transaction.atomic
def save_text(*, report, key, text, version):
    """Write one text of a report. ``version`` is the one on which it was written: 0 for the first.

    Returns the ReportText. Raises KeyError for a place that is none, Conflict if somebody else saved it meanwhile,
    NotWritable after submission, ValidationError if it is too long.
    """
    section_of(key)
    _locked(report)
    stored = ReportText.objects.select_for_update().filter(report=report, key=key).first()
    if stored is None:
        stored = ReportText(report=report, key=key, version=0)
    if stored.text == text:
        return stored
    if stored.version != version:
        raise Conflict(stored)
    stored.text, stored.version = text, stored.version + 1
    stored.full_clean(exclude=["report"], validate_constraints=False, validate_unique=False)
    try:
        with transaction.atomic():
            stored.save()
    except IntegrityError:  # two people wrote the first text of the same place
        raise Conflict(ReportText.objects.get(report=report, key=key)) from None
    return stored


def _locked(report):
    """The report as it is stored, not to be submitted by others until the end of the transaction."""
    stored = ProgressReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if not stored.is_writable:
        raise NotWritable
    return stored


@transaction.atomic
def tell_stories(*, report, stories):
    """The stories that the report tells, in place of those that it told."""
    _locked(report)
    wanted = {story.pk: story for story in stories}
    for row in ReportStory.objects.filter(report=report):
        if wanted.pop(row.story_id, None) is None:
            row.delete()
    for story in wanted.values():
        ReportStory.objects.create(report=report, story=story)


@transaction.atomic
def save_action(*, report, action, status):
    """Write an action of section 9 and how far it is; an action of an earlier report only moves on."""
    _locked(report)
    if action.pk is None or action.report_id == report.pk:
        action.full_clean(exclude=["report"])
        action.save()
    row = ActionStatus.objects.filter(action=action, report=report).first() or ActionStatus(
        action=action, report=report
    )
    row.status = status
    row.full_clean(exclude=["report", "action"])
    row.save()
    return action


# --- submitting --------------------------------------------------------------------------------------------------


@transaction.atomic
def submit(*, report, at=None):
    """Hand the report in: all numbers and texts are kept as they stand now. Returns the SubmittedReport.

    Raises ValidationError with what is missing, NotWritable if it was handed in before.
    """
    report = _locked(report)
    content, members = _of_one_moment(report)
    if missing := [one for one in missing_before_submission(content) if one.is_needed]:
        raise ValidationError([one.text for one in missing])
    text = freezing.dumps({**content.as_data(), "members": freezing.digest_of(members)})
    submission = SubmittedReport.objects.create(
        report=report,
        number=report.submissions.count() + 1,
        submitted_at=at or timezone.now(),
        submitted_by=audit.actor(),
        content=text,
        members=members,
        digest=freezing.digest_of(text),
    )
    _move(report, ProgressReport.State.SUBMITTED)
    return submission


def _of_one_moment(report):
    """What the report says, and which record counts where, read until two readings in a row are the same.

    PostgreSQL answers each query as of its own moment: a case closed between two of them would be in one table and not
    in the next. Raises ValidationError if records change all the time.
    """
    before = None
    for _reading in range(MOST_READINGS):
        content = live_content(report)
        members = freezing.dumps(live_members(report.period.period, report.agreement.centres.all()))
        read = {**content.as_data(), "made_at": "", "members": members}
        if read == before:
            return content, members
        before = read
    raise ValidationError(_("Records that this report counts are being saved at this moment. Submit it again."))


@transaction.atomic
def decide(*, submission, decision, comment="", at=None):
    """Accept what was submitted, or return it with a comment. Raises ValidationError."""
    report = ProgressReport.objects.select_for_update(of=("self",)).get(pk=submission.report_id)
    stored = SubmittedReport.objects.defer("content", "members").get(pk=submission.pk)
    last = report.submissions.order_by("number").only("pk").last()
    if report.is_writable and not stored.decision:
        raise ValidationError(_("This report is being corrected; decide about it when it is submitted again."))
    if report.state != ProgressReport.State.SUBMITTED or stored.decision or stored != last:
        raise ValidationError(_("This version is not waiting for a decision: another person decided meanwhile."))
    stored.decision, stored.comment = decision, comment
    stored.decided_at, stored.decided_by = at or timezone.now(), audit.actor()
    stored.full_clean(
        exclude=["report", "content", "members", "submitted_by", "decided_by"], validate_constraints=False
    )
    stored.save(update_fields=sorted(SubmittedReport.DECIDED_FIELDS))
    _move(report, decision)
    return stored


@transaction.atomic
def begin_correction(*, report):
    """Make a submitted or accepted report writable again; what was handed in stays as it is."""
    stored = ProgressReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if stored.is_writable:
        raise ValidationError(_("This report is being written already."))
    return _move(stored, ProgressReport.State.DRAFT)


def _move(report, state):
    report.state = state
    report.version += 1
    report.save(update_fields=["state", "version"])
    return report


# --- afterwards --------------------------------------------------------------------------------------------------


def is_intact(submission):
    """Whether the content is what was submitted, by its digest."""
    return freezing.digest_of(submission.content) == submission.digest


def changes_since(submission):
    """The numbers that are others now than when the report was submitted, inside a scope that holds its centres."""
    period, centres = submission.report.period.period, list(submission.report.agreement.centres.all())
    then = frozen_content(submission).grids, freezing.loads(submission.members)
    grids, members = live_grids(period, centres), live_members(period, centres)
    return freezing.changes(then[0], grids, then[1], members)
