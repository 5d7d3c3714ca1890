"""A technical progress report as a document in the layout of Annex 5, and what its files have in common.

All are made from one ReportContent (reports/content.py), as is the page: what stands in them cannot differ.
"""

from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harvesting.models import Story
from mrc import dates
from mrc.choices import Gender
from mrc.documents import Paper
from mrc.printed import show_number
from reports.models import ActionStatus, CaseStudy
from reports.sections import EXPLANATION, PROGRESS, SECTIONS, gap_key, indicator_key, step_key
from reports.slices import GENDER, TOTAL
from results.models import IndicatorDefinition
from results.values import with_base

NOTHING = gettext_lazy("Nothing was reported.")
GENDERS = tuple(GENDER)
WITH_TEXTS = ("outcome", "activity")  # steps whose progress is described


# --- what stands in the sections, for document and workbook ------------------------------------------------------


def version_line(content):
    header = content.header
    if header.version:
        words = {"number": header.version, "day": dates.show_day(header.submitted_on)}
        return _("Version %(number)s, submitted on %(day)s") % words
    return _("Draft, made on %(day)s") % {"day": dates.show_day(content.made_at.date())}


def head(content):
    """(name, text) of the head of Annex 5, in printed order."""
    header = content.header
    value = _("Not recorded")
    if header.total_value:
        value = f"{show_number(Decimal(header.total_value))} {header.currency}"
    return [
        (_("Title of implementation agreement"), header.title),
        (_("Agreement number"), header.number),
        (
            _("Name of the implementing organization and location"),
            ", ".join(filter(None, [header.organization, header.location])),
        ),
        (_("Start and end date of agreement"), str(header.running)),
        (_("Period covered by this report"), str(header.period)),
        (_("Total value of agreement"), value),
        (_("Centres covered"), "; ".join(f"{code} – {name}" for code, name in header.centres)),
        (_("Report due on"), dates.show_day(header.due_on)),
    ]


def tables_of_section_4(content):
    return content.tables[0][1]


def tables_of_section_7(content):
    """(heading, grids): who was reached, and beside it the services and activities, each table once."""
    profile = content.profile_grids
    printed = {grid.code for grid in profile}
    more = [(heading, [grid for grid in grids if grid.code not in printed]) for heading, grids in content.tables[1:]]
    return [(_("Profile of beneficiaries reached"), profile), *more]


def outcome_rows(content):
    """(step, progress achieved, explanation); the two are empty for an impact and for outputs."""
    for step in content.steps:
        texts = [content.texts.get(step_key(step.uid, part), "") for part in (PROGRESS, EXPLANATION)]
        yield step, *texts


def is_measured(values):
    """Whether a target or result of an indicator is known by gender."""
    return any(values.get(column.code) is not None for column in GENDERS)


def story_parts(story):
    return [(capfirst(Story._meta.get_field(part).verbose_name), getattr(story, part)) for part in Story.PARTS]


def study_parts(study):
    return [(capfirst(CaseStudy._meta.get_field(part).verbose_name), getattr(study, part)) for part in CaseStudy.PARTS]


def action_text(action):
    if not action.is_carried_over:
        return action.text
    since = _("From the report of the period that began on %(day)s.") % {"day": dates.show_day(action.raised_on)}
    return f"{action.text}\n{since}"


def action_row(action):
    status = ActionStatus.Status(action.status).label
    return [action_text(action), action.responsible or "–", dates.show_day(action.due_on) or "–", str(status)]


def facts_with_comments(content):
    return [(fact, content.texts.get(gap_key(fact.code), "")) for fact in content.facts]


# --- DOCX --------------------------------------------------------------------------------------------------------


def progress_docx(content):
    """The report in the layout of Annex 5."""
    header = content.header
    title = _("Final technical progress report") if header.is_final else _("Technical progress report")
    version = version_line(content)
    paper = Paper(f"{title}, {header.number}, {header.period}", organization=header.organization, remark=version)
    paper.title(title)
    paper.text(version, bold=not header.version)
    _docx_head(paper, content)
    for section in SECTIONS:
        paper.heading(
            section.heading, begins_page=section.code in ("stories", "case_studies") and content.stories != ()
        )
        DOCX_SECTIONS[section.code](paper, content, section)
    return paper.content()


def _docx_head(paper, content):
    pairs = [f"{name}:\n{text}" for name, text in head(content)]
    paper.head(list(zip(pairs[::2], pairs[1::2], strict=True)), (10.0, 7.0))


def _docx_text(paper, content, section):
    paper.text(content.texts.get(section.code, "").strip() or NOTHING)


def _docx_outcomes(paper, content, section):
    rows = [
        ([f"{step.label}\n{step.text}", *((text or "–" if step.level in WITH_TEXTS else text) for text in texts)], True)
        for step, *texts in outcome_rows(content)
    ]
    headings = [
        _("Outcomes and activities"),
        _("Progress achieved"),
        _("Explanation for progress achieved and measures planned for improvement"),
    ]
    _docx_table(paper, headings, rows, (4.6, 6.2, 6.2))


def _docx_table(paper, headings, rows, widths):
    if rows:
        paper.table(headings, rows, widths)
    else:
        paper.text(NOTHING)


def _docx_indicators(paper, content, section):
    headings = [
        _("Indicator"),
        _("Target"),
        _("Result"),
        _("Explanation for result and measures planned for improvement"),
    ]
    rows = [
        ([*indicator_cells(row), content.texts.get(indicator_key(row.uid), "") or "–"], True)
        for row in content.indicators
    ]
    _docx_table(paper, headings, rows, (4.8, 3.2, 3.8, 5.2))


def indicator_cells(row):
    """What stands in the cells of an indicator, here and on the page: the indicator, its target, its result."""
    return _about(row), _figures(row, row.target, {}), _result(row)


def _about(row):
    """An indicator in its cell: the name, and what the result is measured by."""
    lines = [
        row.name,
        row.step_label,
        _("Unit of measure: %(unit)s") % {"unit": IndicatorDefinition.Unit(row.unit).label},
        row.source and _("Data source: %(source)s") % {"source": row.source},
        row.baseline and _("Baseline: %(baseline)s") % {"baseline": row.baseline},
    ]
    return "\n".join(filter(None, lines))


def _figures(row, values, bases):
    """A target or result as lines of a cell: the number, then by gender. ``bases``: {column: what it is of}."""
    lines = [with_base(row.text_of(values), bases.get(TOTAL))]
    if is_measured(values):
        numbers = [with_base(row.text_of({TOTAL: values[one.code]}), bases.get(one.code)) for one in GENDERS]
        lines += [f"{one.heading}: {number}" for one, number in zip(GENDERS, numbers, strict=True)]
    return "\n".join(lines)


def _result(row):
    lines = [_figures(row, row.result, row.result_bases)]
    if row.share is not None:
        words = {"share": show_number(row.share), "target": row.base}
        lines.append(_("%(share)s of the target (%(target)s)") % words)
    lines += [
        _("Before, %(period)s: %(result)s") % {"period": period, "result": with_base(row.text_of(result), base)}
        for period, _target, result, base in earlier(row)
    ]
    return "\n".join(lines)


def earlier(row):
    """(period, target, result, base of the result) of earlier periods, the oldest first."""
    for one in row.previous:
        period = dates.Period(dates.parse_day(one["from"]), dates.parse_day(one["to"]))
        yield str(period), one["target"], one["result"], one.get("base", "")


def _docx_legal_assistance(paper, content, section):
    paper.text(_("Each individual complainant is considered a “case”."), italic=True)
    for grid in tables_of_section_4(content):
        paper.grid(grid)
    if text := content.texts.get(section.code, "").strip():
        paper.heading(_("Explanation"), 2)
        paper.text(text)


def _docx_stories(paper, content, section):
    for number, story in enumerate(content.stories):
        paper.heading(story.title, 2, begins_page=number > 0)
        paper.text(f"{Story.Outcome(story.outcome).label} · {Gender(story.gender).label}", italic=True)
        for heading, text in story_parts(story):
            paper.heading(heading, 3)
            paper.text(text.strip() or NOTHING)
    if not content.stories:
        paper.text(NOTHING)


def _docx_case_studies(paper, content, section):
    for study in content.case_studies:
        paper.heading(study.title, 2)
        paper.text(f"{CaseStudy.Result(study.result).label} · {study.centre}", italic=True)
        paper.numbers(*_subjects(study))
        for heading, text in study_parts(study):
            paper.heading(heading, 3)
            paper.text(text.strip() or NOTHING)
    if not content.case_studies:
        paper.text(NOTHING)


def _subjects(study):
    """Headings and rows of the subjects of a case study by gender."""
    numbers = [study.women, study.men, study.other]
    headings = ["", *(column.heading for column in GENDERS), _("Total")]
    return headings, [[_("Subjects of the case study"), *numbers, sum(numbers)]]


def _docx_gaps(paper, content, section):
    for heading, grids in tables_of_section_7(content):
        paper.heading(heading, 2)
        for grid in grids:
            paper.grid(grid, level=3)
    paper.heading(_("Analysis of gaps in service coverage"), 2)
    _docx_text(paper, content, section)
    if facts := facts_with_comments(content):
        rows = [([fact.text, comment or "–"], False) for fact, comment in facts]
        paper.table([_("What the numbers show"), _("Comment")], rows, (8.5, 8.5))


def _docx_actions(paper, content, section):
    headings = [_("Action"), _("Responsible person"), _("Due on"), _("Status")]
    _docx_table(paper, headings, [(action_row(one), False) for one in content.actions], (8.2, 3.6, 2.4, 2.8))


DOCX_SECTIONS = {
    "summary": _docx_text,
    "outcomes": _docx_outcomes,
    "indicators": _docx_indicators,
    "legal_assistance": _docx_legal_assistance,
    "stories": _docx_stories,
    "case_studies": _docx_case_studies,
    "gaps": _docx_gaps,
    "emerging_issues": _docx_text,
    "actions": _docx_actions,
}
