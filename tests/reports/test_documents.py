"""A progress report as DOCX, XLSX and JSON: every number and text of it, who may take it away, and what stays out."""

import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import lxml.html
import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from docx.oxml.ns import qn
from docx.table import Table

from harvesting.models import Story
from mrc.access import agreement_scope
from mrc.audit import AuditEvent
from mrc.printed import grid_headings, shares_of, show_number
from reports.content import live_content
from reports.files import file_name
from reports.models import CaseStudy, MajorAction, ReportStory, ReportText
from reports.submitting import submit
from results.models import Indicator, IndicatorDefinition, PeriodFigure, Step
from tests.factories import make_agreement, make_card, make_closed_case, make_interview, make_report
from tests.reports.opening import opened, plain, said, text_of
from tests.reports.questions import make_every_answer, page_tables

KHMER = "និយោជកមិនបានបើកប្រាក់ឈ្នួល"
BURMESE = "အလုပ်ရှင်သည်လုပ်အားခ"
THAI = "นายจ้างไม่จ่ายค่าจ้าง"
LAO = "ນາຍຈ້າງບໍ່ໄດ້ຈ່າຍ"
ARABIC = "صاحب العمل لم يدفع"
NEEDED = ("summary", "gaps", "emerging_issues")
NOTHING = "Nothing was reported."


def write(report, **texts):
    for key, text in texts.items():
        ReportText.objects.create(report=report, key=key.replace("__", ":"), text=text)


def make_study(report, centre, **fields):
    fields = {"summary": "Classes after work.", "impact": "Few came.", "learning": "Ask first.", **fields}
    fields = {"title": "Night classes", "result": "did_not_work", "women": 41, "men": 7, "other": 2, **fields}
    return CaseStudy.objects.create(report=report, centre=centre, **fields)


def make_indicator(step, period, name, measure="", unit="number", target=None, result=None):
    indicator = Indicator.objects.create(step=step)
    IndicatorDefinition.objects.create(
        indicator=indicator, name=name, measure=measure, unit=unit, source="Case files", valid_from=date(2026, 1, 1)
    )
    for kind, figures in (("target", target), ("result", result)):
        if figures:
            PeriodFigure.objects.create(indicator=indicator, period=period, kind=kind, **figures)
    return indicator


@pytest.fixture
def full(report, centre_a):
    """A report with something in every section, counted from records with every answer."""
    make_every_answer(centre_a, count=12)
    write(report, **{key: f"What is to be said of {key}." for key in (*NEEDED, "legal_assistance")})
    agreement, period = report.agreement, report.period
    impact = Step.objects.create(agreement=agreement, level="impact", text="Migrant workers are paid")
    outcome = Step.objects.create(agreement=agreement, level="outcome", parent=impact, text="Remedies are obtained")
    activity = Step.objects.create(agreement=agreement, level="activity", parent=outcome, text="Counselling")
    write(
        report, **{f"step__{activity.uid}__progress": "Every day.", f"step__{activity.uid}__explanation": "New desk."}
    )
    closed = make_indicator(outcome, period, "Cases closed", "cases_closed", target={"women": 5, "men": 6, "other": 0})
    parts = {"women": 3, "men": 4, "other": 1, "total": 8, "base_women": 4, "base_men": 8, "base_other": 4}
    make_indicator(
        outcome, period, "Remedied", unit="percentage", target={"total": 60}, result={**parts, "base_total": 16}
    )
    make_indicator(outcome, period, "Confidence", unit="text", result={"text": "They speak up."})
    write(report, **{f"indicator__{closed.uid}": "The court reopened."})
    for gender in ("woman", "man"):
        card = make_card(centre_a, gender=gender, consents=["story"])
        parts = {part: f"{part} of a {gender}" for part in Story.PARTS}
        story = Story.objects.create(
            interview=make_interview(card), title=f"Story of a {gender}", outcome="positive", **parts
        )
        ReportStory.objects.create(report=report, story=story)
    make_study(report, centre_a)
    MajorAction.objects.create(report=report, text="Open late", responsible="Ms Chan", due_on=date(2026, 12, 1))
    return report


def download(browser, report, file_format, name="progress_download"):
    response = browser.get(reverse(f"reports:{name}", args=[report.uid, file_format]))
    assert response.status_code == 200
    return response.content


def docx_tables(document):
    """[(the heading above, rows of texts)] of a document."""
    found, heading = [], ""
    for element in document.element.body:
        if element.tag == qn("w:tbl"):
            rows = Table(element, document).rows
            found.append((heading, [[cell.text for cell in row.cells] for row in rows]))
        elif (style := element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")) is not None and "Heading" in style.get(
            qn("w:val")
        ):
            heading = said(element)
    return found


def sheet_tables(sheet):
    """{caption: rows of values}: a table is what has a frame."""
    tables, caption = {}, ""
    for row in sheet.iter_rows():
        values = [cell.value for cell in row if cell.border.left.style]
        if values:
            tables.setdefault(caption, []).append(values)
        else:
            caption = row[0].value or caption
    return tables


def printed_grids(content):
    """Every grid that a report prints, as it is printed, each once."""
    groups = [grids for _heading, grids in content.tables] + [content.profile_grids]
    return {str(grid.caption): grid for grids in groups for grid in grids}


def grid_values(grid):
    for row in grid.printed_rows:
        yield [str(row.slice.heading), *row.values, *shares_of(grid, row)]


# --- numbers -----------------------------------------------------------------------------------------------------


def test_every_number_of_every_table_stands_in_the_document(full, sign_in, coordinator):
    content = live_content(full)
    tables = dict(docx_tables(opened(download(sign_in(coordinator), full, "docx"))))
    grids = printed_grids(content)
    assert len(grids) == 18 + 8 - 1 and len(content.facts) > 3
    for caption, grid in grids.items():
        shown = [[row[0], *map(show_number, row[1:])] for row in grid_values(grid)]
        assert tables[caption] == [grid_headings(grid), *shown], caption
    others = set(tables) - set(grids)
    assert len(others) == 6  # the head, sections 2, 3, 6 (subjects), 7 (facts) and 9
    assert tables["Night classes"][1] == ["Subjects of the case study", "41", "7", "2", "50"]
    facts = [row[0] for row in tables["Analysis of gaps in service coverage"][1:]]
    assert facts == [fact.text for fact in content.facts]


def test_every_number_of_every_table_stands_in_the_workbook_as_a_number(full, sign_in, coordinator):
    content = live_content(full)
    book = openpyxl.load_workbook(io.BytesIO(download(sign_in(coordinator), full, "xlsx")))
    tables = sheet_tables(book["4 Legal assistance"]) | sheet_tables(book["7 Beneficiaries and gaps"])
    grids = printed_grids(content)
    assert set(tables) == set(grids)
    for caption, grid in grids.items():
        headings, *rows = tables[caption]
        assert [heading or "" for heading in headings] == grid_headings(grid)
        expected = [
            [float(value) if isinstance(value, Decimal) else value for value in row] for row in grid_values(grid)
        ]
        assert [row[0] for row in rows] == [row[0] for row in expected]
        assert [row[1:] for row in rows] == [pytest.approx(row[1:]) for row in expected], caption
        assert all(isinstance(value, (int, float, type(None))) for row in rows for value in row[1:])
    [study] = sheet_tables(book["6 Case studies"]).popitem()[1][1:]
    assert study[:7] == ["Night classes", "PNH", "What did not work", 41, 7, 2, 50]


def test_every_number_of_every_table_stands_in_the_json(full, sign_in, coordinator):
    content = live_content(full)
    data = json.loads(download(sign_in(coordinator), full, "json"))
    printed = [grid.code for _heading, grids in content.tables for grid in grids]
    assert list(data["tables"]) == printed and len(printed) == 18
    assert data["tables"] == {code: content.grids[code].as_data() for code in printed}
    assert data["profile"] == {grid.code: grid.as_data() for grid in content.profile_grids}
    [study] = data["sections"]["case_studies"]
    assert (study["women"], study["men"], study["other"]) == (41, 7, 2)


def test_the_json_of_a_whole_report_holds_that_of_the_report_tables(full, sign_in, coordinator, tmp_path):
    whole = json.loads(download(sign_in(coordinator), full, "json"))
    call_command(
        "progress_report", "--centre", "PNH", "--from", "2026-07-01", "--to", "2026-09-30", "--format", "json",
        "--output", str(tmp_path / "tables.json"),
    )  # fmt: skip
    tables = json.loads((tmp_path / "tables.json").read_text())
    assert tables == {key: whole[key] for key in tables}


def test_targets_and_results_are_by_gender_and_percentages_have_their_base(full, sign_in, coordinator):
    second = full.agreement.periods.get(starts_on=date(2026, 4, 1))
    remedied = IndicatorDefinition.objects.get(unit="percentage").indicator
    PeriodFigure.objects.create(indicator=remedied, period=second, kind="result", total=4, base_total=5)
    closed, remedied, confidence = live_content(full).indicators
    tables = dict(docx_tables(opened(download(sign_in(coordinator), full, "docx"))))
    rows = tables["3. Performance indicator results"]
    assert rows[0][:3] == ["Indicator", "Target", "Result"]
    assert rows[1][1].split("\n") == ["11", "Women: 5", "Men: 6", "Other/unknown: 0"]
    assert rows[1][2].split("\n")[:4] == ["12", "Women: 4", "Men: 4", "Other/unknown: 4"]
    assert "109.1% of the target (11)" in rows[1][2] and "Before, 01/04/2026 – 30/06/2026: 0" in rows[1][2]
    assert rows[1][3] == "The court reopened."
    assert rows[2][2].split("\n")[:4] == [
        "50.0% (8 of 16)", "Women: 75.0% (3 of 4)", "Men: 50.0% (4 of 8)", "Other/unknown: 25.0% (1 of 4)",
    ]  # fmt: skip
    assert "Before, 01/04/2026 – 30/06/2026: 80.0% (4 of 5)" in rows[2][2]
    assert rows[3][2].split("\n")[0] == "They speak up."
    book = openpyxl.load_workbook(io.BytesIO(download(sign_in(coordinator), full, "xlsx")))
    _headings, *lines = next(iter(sheet_tables(book["3 Indicators"]).values()))
    for line, row in zip(lines, (closed, remedied), strict=False):
        assert line[5:13] == [
            *(None if number is None else float(number) for number in row.target.values()),
            *(float(number) for number in row.result.values()),
        ]
        assert line[14] == pytest.approx(row.share)
    assert lines[1][13] == "8 of 16\nWomen: 3 of 4\nMen: 4 of 8\nOther/unknown: 1 of 4"
    assert lines[2][12] == "They speak up."
    earlier = sheet_tables(book["3 Indicators"])["Periods before"]
    assert earlier[2][:4] == ["Cases closed", "01/04/2026 – 30/06/2026", None, 0]
    assert earlier[4] == ["Remedied", "01/04/2026 – 30/06/2026", None, 80, "4 of 5"]
    data = json.loads(download(sign_in(coordinator), full, "json"))["sections"]["indicators"]
    assert data[0]["result"] == {"women": 4, "men": 4, "other": 4, "total": 12}
    assert data[0]["explanation"] == "The court reopened." and data[2]["result"] == {"text": "They speak up."}


@pytest.mark.parametrize("who", ["coordinator", "programme_officer"])
def test_every_number_on_the_page_is_that_of_the_document(full, sign_in, request, who):
    """The draft as its writer sees it, and what was submitted as a programme officer sees it."""
    browser, about = sign_in(request.getfixturevalue(who)), full
    page, name = full.get_absolute_url(), "progress_download"
    if who == "programme_officer":
        about, name = submit(report=full), "submitted_download"
        page = reverse("reports:submitted", args=[about.uid])
    response = browser.get(page)
    shown, tables = page_tables(response), dict(docx_tables(opened(download(browser, about, "docx", name))))
    assert len(shown) == 18 + 8 - 1
    for table in shown.values():
        assert tables[table.caption] == [[text.strip() for text in table.columns], *table.rows]
    html = lxml.html.document_fromstring(response.content.decode())
    rows = html.xpath("//table[contains(@class, 'indicators')]/tbody/tr")
    written = tables["3. Performance indicator results"][1:]
    assert [[squeezed(cell.text_content()) for cell in row[:3]] for row in rows] == [
        [squeezed(text) for text in row[:3]] for row in written
    ]
    [study] = html.xpath("//section[@id='case_studies']//*[@class='told-facts']")
    assert "41 women, 7 men, 2 other/unknown" in study.text_content()


# --- layout ------------------------------------------------------------------------------------------------------


def test_the_document_has_the_head_and_the_nine_sections_of_annex_5(full, sign_in, coordinator):
    document = opened(download(sign_in(coordinator), full, "docx"))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert [heading[:3] for heading in headings] == [f"{number}. " for number in range(1, 10)]
    head = dict(cell.text.split("\n") for row in document.tables[0].rows for cell in row.cells)
    assert head["Agreement number:"] == "MOU-2026-01"
    assert head["Period covered by this report:"] == "01/07/2026 – 30/09/2026"
    assert head["Name of the implementing organization and location:"] == "Made-up Workers' Union"
    assert head["Total value of agreement:"] == "Not recorded"
    assert all(table.rows[0]._tr.trPr.xpath("w:tblHeader") for table in document.tables[1:])
    section = document.sections[0]
    assert section.header.paragraphs[0].text.startswith("Made-up Workers' Union\tDraft, made on ")
    fields = section.footer._element.xpath(".//w:fldSimple/@w:instr")
    assert fields == ["PAGE", "NUMPAGES"]
    assert document.core_properties.title.startswith("Technical progress report, MOU-2026-01")
    assert document.core_properties.language == "en-GB"


def test_sections_hold_what_was_written_in_the_words_of_the_annexes(full, sign_in, coordinator):
    document = opened(download(sign_in(coordinator), full, "docx"))
    tables = dict(docx_tables(document))
    rows = tables["2. Progress towards achievement of outcomes"]
    assert rows[-1] == ["Activity 1.1\nCounselling", "Every day.", "New desk."]
    assert tables["9. Major actions required to improve results"][1] == [
        "Open late", "Ms Chan", "01/12/2026", "Not initiated",
    ]  # fmt: skip
    text = text_of(document)
    for part in Story.PARTS:
        assert f"{part} of a woman" in text and f"{part} of a man" in text
    for heading in ("Summary of activity", "Impact", "Learning", "Background of the person", "What should be learned"):
        assert [one.text for one in document.paragraphs if one.style.name == "Heading 3"].count(heading) >= 1, heading
    assert NOTHING not in text
    breaks = document.element.body.xpath("./w:p[w:pPr/w:pageBreakBefore]")
    assert [said(one) for one in breaks][1] == "Story of a man"


def test_what_is_empty_says_so_in_every_kind_of_file(report, sign_in, coordinator):
    browser = sign_in(coordinator)
    text = text_of(opened(download(browser, report, "docx")))
    assert text.count(NOTHING) == 8  # section 4 has its tables
    book = openpyxl.load_workbook(io.BytesIO(download(browser, report, "xlsx")))
    silent = [sheet.title for sheet in book if NOTHING not in [cell.value for row in sheet.iter_rows() for cell in row]]
    assert silent == ["Report", "4 Legal assistance"]
    sections = json.loads(download(browser, report, "json"))["sections"]
    assert sections["summary"] == "" and sections["actions"] == []


def test_the_workbook_has_a_sheet_for_each_section_that_can_be_printed(full, sign_in, coordinator):
    book = openpyxl.load_workbook(io.BytesIO(download(sign_in(coordinator), full, "xlsx")))
    assert [title[:2] for title in book.sheetnames] == ["Re", *(f"{number} " for number in range(1, 10))]
    for sheet in book:
        assert sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4) and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes and sheet.print_title_rows, sheet.title
        assert all((row.height or 0) <= 409 for row in sheet.row_dimensions.values())


@pytest.mark.parametrize(
    ("letters", "language"), [(KHMER, "km-KH"), (BURMESE, "my-MM"), (THAI, "th-TH"), (LAO, "lo-LA")]
)
def test_letters_of_other_scripts_have_a_font_and_a_language(report, sign_in, coordinator, letters, language):
    write(report, summary=f"The centre wrote: {letters} and was answered.")
    document = opened(download(sign_in(coordinator), report, "docx"))
    [run] = [run for run in document.element.body.iter(qn("w:r")) if said(run) == letters]
    assert run.xpath("./w:rPr/w:cs") and run.xpath("./w:rPr/w:rFonts/@w:cs")
    assert run.xpath("./w:rPr/w:lang/@w:bidi") == [language]


# --- what people type --------------------------------------------------------------------------------------------

HOSTILE = {
    "formula": '=HYPERLINK("http://example.org")',
    "markup": "<b>bold</b> & <w:p/> ]]> &amp;",
    "long words": "x" * 3000,
    "scripts": f"{KHMER} {BURMESE} {ARABIC} Nguyễn 𐍈 🙂 1+1",
    "from the right": f"{ARABIC} 3 {ARABIC}",
    "long": "Twenty thousand letters of it. " * 645,
    "lines": "one\n\n\ttwo\n" * 200,
}


def squeezed(text):
    return "".join(text.split())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_people_type_stands_in_every_file_as_they_typed_it(report, centre_a, sign_in, coordinator, text):
    write(report, summary=text)
    step = Step.objects.create(agreement=report.agreement, level="impact", text="Impact")
    step = Step.objects.create(agreement=report.agreement, level="outcome", parent=step, text="Outcome")
    write(report, **{f"step__{step.uid}__progress": text})
    make_study(report, centre_a, title=text[:200], learning=text[:5000])
    browser = sign_in(coordinator)
    whole = squeezed(text_of(opened(download(browser, report, "docx"))))
    assert whole.count(squeezed(text)) >= 2 and squeezed(text[:200]) in whole
    book = openpyxl.load_workbook(io.BytesIO(download(browser, report, "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    for title, column in (("1 Summary", "A"), ("2 Outcomes", "B")):
        assert squeezed(text) in squeezed("".join(cell.value or "" for cell in book[title][column])), title
    sections = json.loads(download(browser, report, "json"))["sections"]
    assert sections["summary"] == text and sections["outcomes"][1]["progress"] == text


def test_characters_that_no_file_can_hold_are_left_out(report, centre_a, sign_in, coordinator):
    text = "before\x00\x0b\x1f\ufffeafter"
    centre_a.organization.name = text.replace("\x00", "")
    centre_a.organization.save()
    make_study(report, centre_a, title=text)
    browser = sign_in(coordinator)
    document = opened(download(browser, report, "docx"))
    assert "beforeafter" in text_of(document)
    assert document.core_properties.author == "beforeafter"
    assert zipfile.ZipFile(io.BytesIO(download(browser, report, "xlsx"))).testzip() is None
    book = openpyxl.load_workbook(io.BytesIO(download(browser, report, "xlsx")))
    assert book["6 Case studies"]["A4"].value == "beforeafter"


# --- drafts and submissions --------------------------------------------------------------------------------------


@pytest.fixture
def submission(full):
    return submit(report=full)


@pytest.mark.parametrize("file_format", ["docx", "xlsx", "json"])
def test_a_submission_stays_as_it_was_while_the_draft_goes_on(full, submission, sign_in, coordinator, file_format):
    browser = sign_in(coordinator)
    before = download(browser, submission, file_format, "submitted_download")
    make_closed_case(full.agreement.centres.get(), gender="woman")
    ReportText.objects.filter(report=full, key="summary").update(text="Written later.")
    assert plain(download(browser, submission, file_format, "submitted_download")) == plain(before)
    draft = plain(download(browser, full, file_format))
    assert "Written later." in draft and "Written later." not in plain(before)
    if file_format != "json":
        assert "Version 1, submitted on " in plain(before) and "Draft, made on " in draft


def test_the_name_of_a_file_says_agreement_period_and_version(full, submission, sign_in, coordinator):
    browser = sign_in(coordinator)
    draft = browser.get(reverse("reports:progress_download", args=[full.uid, "docx"]))
    final = browser.get(reverse("reports:submitted_download", args=[submission.uid, "xlsx"]))
    name = "progress-report-mou-2026-01-2026-07-01-2026-09-30"
    assert draft["Content-Disposition"] == f'attachment; filename="{name}.docx"'
    assert final["Content-Disposition"] == f'attachment; filename="{name}-v1.xlsx"'
    content = live_content(full)
    full.agreement.number = object.__setattr__(content.header, "number", "ข้อตกลง")
    assert file_name(content, "json") == "progress-report-agreement-2026-07-01-2026-09-30.json"


def test_a_programme_officer_downloads_what_is_submitted_and_no_draft(
    full, submission, sign_in, programme_officer, coordinator
):
    browser = sign_in(programme_officer)
    for file_format in ("docx", "xlsx", "json"):
        assert download(browser, submission, file_format, "submitted_download")
        draft = reverse("reports:progress_download", args=[full.uid, file_format])
        assert browser.get(draft).status_code == 403
        assert sign_in(coordinator).get(draft).status_code == 200
    records = reverse("reports:final_records", args=[full.uid])
    assert browser.get(records).status_code == browser.post(records).status_code == 403


def test_a_report_of_another_agreement_and_a_format_that_is_none_are_not_there(
    full, submission, sign_in, coordinator, coordinator_b
):
    for name, uid in (("progress_download", full.uid), ("submitted_download", submission.uid)):
        assert sign_in(coordinator_b).get(reverse(f"reports:{name}", args=[uid, "docx"])).status_code == 404
        assert sign_in(coordinator).get(reverse(f"reports:{name}", args=[uid, "csv"])).status_code == 404
    assert sign_in(coordinator_b).get(reverse("reports:final_records", args=[full.uid])).status_code == 404


def test_every_download_is_in_the_audit_of_every_centre(in_a, centre_b, two_centre_coordinator, sign_in):
    both = make_agreement("MOU-2026-03", in_a, centre_b)
    with agreement_scope([both]):
        report = make_report(both)
    download(sign_in(two_centre_coordinator), report, "json")
    entries = AuditEvent.objects.filter(action="export").order_by("centre_id")
    assert {(entry.centre_id, entry.actor, entry.record) for entry in entries} == {
        (centre.pk, two_centre_coordinator, report.uid) for centre in (in_a, centre_b)
    }
    assert entries[0].detail == {"format": "json", "version": 0}


# --- the command -------------------------------------------------------------------------------------------------


def run(path, *more, file_format="json", start="2026-07-01", agreement="MOU-2026-01"):
    call_command(
        "progress_report", "--agreement", agreement, "--from", start, "--to", "2026-09-30", "--format", file_format,
        "--output", str(path), *more,
    )  # fmt: skip


@pytest.mark.parametrize("file_format", ["docx", "xlsx", "json"])
def test_the_command_writes_the_last_submission_and_the_draft_when_asked(full, tmp_path, file_format):
    path = tmp_path / "report"
    run(path, file_format=file_format)
    assert "What is to be said of summary." in plain(path.read_bytes())
    submit(report=full)
    ReportText.objects.filter(report=full, key="summary").update(text="Written later.")
    run(path, file_format=file_format)
    assert "Written later." not in plain(path.read_bytes())
    run(path, "--draft", file_format=file_format)
    assert "Written later." in plain(path.read_bytes())
    entries = AuditEvent.objects.filter(action="export", channel="progress_report").order_by("pk")
    assert [entry.detail["version"] for entry in entries] == [0, 1, 0]


@pytest.mark.parametrize(
    ("wrong", "more", "says"),
    [
        ({"agreement": "MOU-9"}, [], "There is no agreement MOU-9. Agreements: MOU-2026-01."),
        ({"start": "2026-08-01"}, [], "MOU-2026-01 has no reporting period from 2026-08-01 to 2026-09-30. Periods: "),
        ({"file_format": "csv"}, [], "A whole report is written as docx, xlsx, json, not as csv."),
        ({}, ["--by-gender"], "--by-gender cannot be given with --agreement."),
        ({}, ["--centre", "PNH"], "argument --centre: not allowed with argument --agreement"),
        ({}, [], "The report from 2026-07-01 to 2026-09-30 is not begun yet"),
    ],
)
def test_the_command_refuses_with_a_sentence_and_writes_nothing(agreement, tmp_path, wrong, more, says):
    with pytest.raises(CommandError) as refusal:
        run(tmp_path / "report", *more, **wrong)
    assert says in str(refusal.value)
    assert list(tmp_path.iterdir()) == []
    assert not AuditEvent.objects.filter(action="export").exists()
