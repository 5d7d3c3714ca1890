"""A technical progress report as a workbook and as JSON, and the kinds of file in which it can be had."""

import json

from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from harvesting.models import Story
from mrc import audit
from mrc.choices import Gender
from mrc.documents import DOCX
from mrc.exports import COLUMN_WIDTHS, SHADE, XLSX, Book, FileFormat, grid_table
from reports.documents import (
    GENDERS,
    NOTHING,
    action_row,
    earlier,
    facts_with_comments,
    head,
    outcome_rows,
    progress_docx,
    story_parts,
    study_parts,
    tables_of_section_4,
    tables_of_section_7,
    version_line,
)
from reports.models import CaseStudy
from reports.sections import EXPLANATION, PROGRESS, SECTIONS, indicator_key, step_key
from results.models import IndicatorDefinition

# --- XLSX --------------------------------------------------------------------------------------------------------

# Columns of the sheets, in characters.
HEAD_WIDTHS = (44, 73)
OUTCOME_WIDTHS = (34, 46, 46)
INDICATOR_WIDTHS = (30, 12, 14, 18, 13, *[13] * 8, 14, 11, 36)
STORY_WIDTHS = (22, 11, 13, *[34] * 5)
STUDY_WIDTHS = (26, 10, 16, 10, 10, 14, 10, 44, 44, 44)
ACTION_WIDTHS = (60, 26, 14, 20)


def progress_xlsx(content):
    """The report as a workbook: its head, then a sheet for each section."""
    book = Book()
    lines = book.sheet(_("Report"), HEAD_WIDTHS)
    lines.text(_("Technical progress report"), size=15, bold=True)
    lines.text(version_line(content), bold=True)
    lines.freeze()
    for name, text in head(content):
        lines.words([name, text])
    for section in SECTIONS:
        widths, write = XLSX_SECTIONS[section.code]
        lines = book.sheet(f"{section.number} {SHEET_TITLES[section.code]}", widths)
        lines.text(section.heading, size=13, bold=True)
        lines.text(f"{content.header.number} · {content.header.period} · {version_line(content)}", size=9)
        write(lines, content, section)
    return book.content()


SHEET_TITLES = {
    "summary": gettext_lazy("Summary"),
    "outcomes": gettext_lazy("Outcomes"),
    "indicators": gettext_lazy("Indicators"),
    "legal_assistance": gettext_lazy("Legal assistance"),
    "stories": gettext_lazy("Stories"),
    "case_studies": gettext_lazy("Case studies"),
    "gaps": gettext_lazy("Beneficiaries and gaps"),
    "emerging_issues": gettext_lazy("Emerging issues"),
    "actions": gettext_lazy("Actions"),
}


def _table_of_words(lines, headings, rows):
    """A table whose headings stay in sight; a sentence in place of one without rows."""
    lines.words(headings, bold=True, fill=SHADE)
    lines.freeze()
    for row in rows:
        lines.words(row)
    if not rows:
        lines.text(NOTHING)


def _xlsx_text(lines, content, section):
    lines.freeze()
    lines.text(content.texts.get(section.code, "").strip() or NOTHING)


def _xlsx_outcomes(lines, content, section):
    headings = [
        _("Outcomes and activities"),
        _("Progress achieved"),
        _("Explanation for progress achieved and measures planned for improvement"),
    ]
    rows = [[f"{step.label}: {step.text}", *texts] for step, *texts in outcome_rows(content)]
    _table_of_words(lines, headings, rows)


def _xlsx_indicators(lines, content, section):
    columns = [*(column.heading for column in GENDERS), _("Total")]
    headings = [
        _("Indicator"),
        _("Step"),
        _("Unit of measure"),
        _("Data source"),
        _("Baseline"),
        *(f"{_('Target')}: {column}" for column in columns),
        *(f"{_('Result')}: {column}" for column in columns),
        _("Base of the result"),
        _("Part of the target"),
        _("Explanation for result and measures planned for improvement"),
    ]
    rows = [
        [
            *(row.name, row.step_label, str(IndicatorDefinition.Unit(row.unit).label), row.source, row.baseline),
            *_numbers_of(row.target),
            *_numbers_of(row.result),
            *(_bases(row), row.share, content.texts.get(indicator_key(row.uid), "")),
        ]
        for row in content.indicators
    ]
    _table_of_words(lines, headings, rows)
    before = [
        [row.name, period, _numbers_of(target)[-1], _numbers_of(result)[-1], base]
        for row in content.indicators
        for period, target, result, base in earlier(row)
    ]
    if before:
        lines.skip()
        lines.text(_("Periods before"), bold=True)
        headings = [_("Indicator"), _("Period"), _("Target"), _("Result"), _("Base of the result")]
        lines.words(headings, bold=True, fill=SHADE)
        for row in before:
            lines.words(row)


def _numbers_of(values):
    """By gender and in all; a target or result in words stands under the total."""
    return [*(values.get(column.code) for column in GENDERS), values.get("text", values.get("total"))]


def _bases(row):
    """What the result is of: in all, then by gender."""
    bases = row.result_bases
    by_gender = [f"{column.heading}: {bases[column.code]}" for column in GENDERS if column.code in bases]
    return "\n".join(filter(None, [row.result_base, *by_gender]))


def _xlsx_legal_assistance(lines, content, section):
    lines.freeze()
    for grid in tables_of_section_4(content):
        lines.skip()
        lines.table(grid_table(grid))
    if text := content.texts.get(section.code, "").strip():
        lines.skip()
        lines.text(text)


def _xlsx_stories(lines, content, section):
    parts = [capfirst(Story._meta.get_field(part).verbose_name) for part in Story.PARTS]
    rows = [
        [
            *(story.title, str(Story.Outcome(story.outcome).label), str(Gender(story.gender).label)),
            *(text for _heading, text in story_parts(story)),
        ]
        for story in content.stories
    ]
    _table_of_words(lines, [_("Title"), _("Outcome"), _("Gender"), *parts], rows)


def _xlsx_case_studies(lines, content, section):
    subjects = [*(column.heading for column in GENDERS), _("Total")]
    parts = [capfirst(CaseStudy._meta.get_field(part).verbose_name) for part in CaseStudy.PARTS]
    rows = [
        [
            *(study.title, study.centre, str(CaseStudy.Result(study.result).label)),
            *(study.women, study.men, study.other, study.women + study.men + study.other),
            *(text for _heading, text in study_parts(study)),
        ]
        for study in content.case_studies
    ]
    _table_of_words(lines, [_("Title"), _("Centre"), _("About"), *subjects, *parts], rows)


def _xlsx_gaps(lines, content, section):
    lines.freeze()
    for heading, grids in tables_of_section_7(content):
        lines.skip()
        lines.text(heading, size=12, bold=True)
        for grid in grids:
            lines.skip()
            lines.table(grid_table(grid))
    lines.skip()
    lines.text(_("Analysis of gaps in service coverage"), size=12, bold=True)
    lines.text(content.texts.get(section.code, "").strip() or NOTHING)
    for fact, comment in facts_with_comments(content):
        lines.skip()
        lines.text(fact.text, italic=True)
        if comment:
            lines.text(comment)


def _xlsx_actions(lines, content, section):
    headings = [_("Action"), _("Responsible person"), _("Due on"), _("Status")]
    _table_of_words(lines, headings, [action_row(action) for action in content.actions])


XLSX_SECTIONS = {  # code -> (widths of the columns, what writes it)
    "summary": (COLUMN_WIDTHS, _xlsx_text),
    "outcomes": (OUTCOME_WIDTHS, _xlsx_outcomes),
    "indicators": (INDICATOR_WIDTHS, _xlsx_indicators),
    "legal_assistance": (COLUMN_WIDTHS, _xlsx_legal_assistance),
    "stories": (STORY_WIDTHS, _xlsx_stories),
    "case_studies": (STUDY_WIDTHS, _xlsx_case_studies),
    "gaps": (COLUMN_WIDTHS, _xlsx_gaps),
    "emerging_issues": (COLUMN_WIDTHS, _xlsx_text),
    "actions": (ACTION_WIDTHS, _xlsx_actions),
}

# --- JSON --------------------------------------------------------------------------------------------------------


AGREEMENT_FIELDS = (
    "title", "number", "organization", "location", "starts_on", "ends_on", "total_value", "currency",
)  # fmt: skip


def progress_data(content):
    """The report as plain data: period, centres and tables as in the JSON of the report tables, and the rest."""
    data = content.as_data()
    header = data["header"]
    tables = [grid.code for _heading, grids in content.tables for grid in grids]
    return {
        "agreement": {name: header[name] for name in AGREEMENT_FIELDS},
        "period": {"from": header["from_"], "to": header["to"]},
        "centres": [code for code, _name in header["centres"]],
        **{name: header[name] for name in ("version", "submitted_on", "due_on", "is_final")},
        "made_at": data["made_at"],
        "tables": {code: content.grids[code].as_data() for code in tables},
        "profile": {grid.code: grid.as_data() for grid in content.profile_grids},
        "sections": _sections_data(content, data),
    }


def _sections_data(content, data):
    texts = content.texts
    own = {section.code: texts.get(section.code, "") for section in SECTIONS if section.has_text}
    return own | {
        "outcomes": [
            step | {part: texts.get(step_key(step["uid"], part), "") for part in (PROGRESS, EXPLANATION)}
            for step in data["steps"]
        ],
        "indicators": [row | {EXPLANATION: texts.get(indicator_key(row["uid"]), "")} for row in data["indicators"]],
        **{name: data[name] for name in ("stories", "case_studies", "actions")},
        "gaps": {
            "text": own["gaps"],
            "facts": [
                {"code": fact.code, "text": fact.text, "comment": comment}
                for fact, comment in facts_with_comments(content)
            ],
        },
    }


def progress_json(content):
    return json.dumps(progress_data(content), indent=2, ensure_ascii=False).encode() + b"\n"


def file_name(content, file_format):
    """“progress-report-mou-2026-01-2026-07-01-2026-09-30-v2.docx”; without a version for a draft."""
    header = content.header
    version = f"-v{header.version}" if header.version else ""
    number = slugify(header.number) or "agreement"
    return f"progress-report-{number}-{header.from_}-{header.to}{version}.{file_format}"


def record_progress_export(report, content, file_format):
    """Write into the audit of every centre of the report that it left the program."""
    audit.record_many(
        audit.event(
            audit.AuditEvent.Action.EXPORT,
            centre_id=centre.pk,
            model=report._meta.label,
            record=report.uid,
            format=file_format,
            version=content.header.version,
        )
        for centre in report.agreement.centres.all()
    )


PROGRESS_FORMATS = {
    "docx": FileFormat("DOCX", DOCX, progress_docx),
    "xlsx": FileFormat("XLSX", XLSX, progress_xlsx),
    "json": FileFormat("JSON", "application/json", progress_json),
}
