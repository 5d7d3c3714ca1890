"""The individual legal assistance records that are handed in with the final report: filled forms of Annex 2."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc.access import agreement_scope, centre_scope
from mrc.audit import AuditEvent
from reports.legal_records import final_cases, legal_records_docx
from tests.factories import make_case, make_closed_case, make_report
from tests.marked_records import marks_of
from tests.reports.opening import opened, plain
from tests.visits import World

KHMER = "និយោជកមិនបានបើកប្រាក់ឈ្នួល"


@pytest.fixture
def final_report(in_agreement):
    return make_report(in_agreement, quarter=4)


def take_records(browser, report, **answers):
    response = browser.post(reverse("reports:final_records", args=[report.uid]), answers)
    assert response.status_code == 200
    return opened(response.content)


def forms_of(document):
    """The cells of each form as one list of texts."""
    return [[cell.text for row in table.rows for cell in dict.fromkeys(row.cells)] for table in document.tables]


def test_a_record_is_a_filled_form_of_annex_2(final_report, in_a, sign_in, coordinator):
    make_closed_case(
        in_a, gender="woman", nationality="MM", destination_country="TH", sector="fishing", legal_status="irregular",
        source="other", source_other="A monk", subjects=["wages_withheld", "other"], subjects_other="Tools kept",
        duration_months=2, resolution="dropped", dropped_reason="Went home", remedies=["none"], sanction="unknown",
        requested_amount="1035557.50", requested_currency="THB",
    )  # fmt: skip
    document = take_records(sign_in(coordinator), final_report)
    [form] = forms_of(document)
    ticked = {text.removeprefix("☒ ") for text in form if text.startswith("☒")}
    assert ticked == {
        "Other (specify): A monk", "Wages withheld", "Other (specify): Tools kept",
        "Case dropped (specify why): Went home", "None", "Unknown",
    }  # fmt: skip
    assert "Gender:  ☒ Woman   ☐ Man   ☐ Other/Unknown" in form
    assert "Legal status:  ☐ Regular   ☒ Irregular   ☐ Unknown" in form
    assert {"Nationality: Myanmar (Burma)", "Destination country: Thailand", "Sector of work: Fishing"} <= set(form)
    assert form[form.index("4. Duration of the case (months)?") + 1] == "2"
    assert form[form.index("7. Total amount of financial compensation requested?") + 1] == "1,035,557.50 THB"
    assert form[form.index("8. Total amount of financial compensation awarded?") + 1] == "Not recorded"
    assert len([text for text in form if text[:1] in "☐☒"]) == 7 + 23 + 4 + 13 + 6
    questions = [text for text in form if text[:1].isdigit() and ". " in text]
    assert [text.split(".")[0] for text in questions] == [str(number) for number in range(1, 11)]


def test_the_records_are_those_of_all_cases_closed_while_the_agreement_ran(
    final_report, in_a, centre_b, sign_in, coordinator
):
    inside = [make_closed_case(in_a, opened_on=None, closed_on=day, duration_months=1) for day in
              (date(2026, 1, 1), date(2026, 12, 31))]  # fmt: skip
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        make_closed_case(in_a, opened_on=None, closed_on=day, duration_months=1)
    make_case(in_a)
    with centre_scope([centre_b]):
        make_closed_case(centre_b)
    browser = sign_in(coordinator)
    page = browser.get(reverse("reports:final_records", args=[final_report.uid]))
    assert "These are 2 forms (Annex 2), without names" in page.content.decode()
    document = take_records(browser, final_report)
    titles = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert titles == [f"Legal assistance record    PNH  {case.reference}" for case in inside]
    assert len(document.element.body.xpath("./w:p[w:pPr/w:pageBreakBefore]")) == 1


def test_remarks_are_on_the_forms_only_if_the_coordinator_includes_them(final_report, in_a, sign_in, coordinator):
    make_closed_case(in_a, remarks=f"She is afraid\n{KHMER}", source="other", source_other="A monk")
    browser = sign_in(coordinator)
    [without], [with_them], [without_words] = (
        forms_of(take_records(browser, final_report, **answers))
        for answers in ({}, {"with_remarks": "on"}, {"without_words": "on"})
    )
    assert without[-1] == without_words[-1] == "Not included"
    assert with_them[-1] == f"She is afraid\n{KHMER}"
    assert "☒ Other (specify): A monk" in without and "☒ Other (specify)" in without_words
    assert "A monk" not in str(without_words)
    details = AuditEvent.objects.filter(action="export").order_by("pk").values_list("detail", flat=True)
    assert [(one["records"], one["remarks"], one["words"]) for one in details] == [
        (1, False, True), (1, True, True), (1, False, False),
    ]  # fmt: skip


def test_no_form_names_anybody(db):
    world = World().build()
    centre, made = world.centres["a"], world.made["a"]
    agreement = next(record for model, record in made.items() if getattr(model, "__name__", "") == "Agreement")
    with centre_scope([centre]), agreement_scope([agreement]):
        text = plain(legal_records_docx(final_cases(agreement), True))
        assert marks_of(text) == {("a", "legalcases"), ("a", "amounts")}
        assert made[type(made["-open"])].remarks in text
        for record in made.values():
            for field in ("name", "title", "description"):
                value = getattr(record, field, None)
                assert not isinstance(value, str) or value not in text
        assert made[type(made["-open"])].remarks not in plain(legal_records_docx(final_cases(agreement), False))


def test_an_earlier_report_and_one_without_cases_say_why_there_are_no_forms(report, final_report, sign_in, coordinator):
    browser = sign_in(coordinator)
    for one, sentence in ((report, "handed in with the final report"), (final_report, "No case was closed")):
        url = reverse("reports:final_records", args=[one.uid])
        for response in (browser.get(url), browser.post(url)):
            assert sentence in response.content.decode()
            assert response.status_code == (422 if response.request["REQUEST_METHOD"] == "POST" else 200)
    assert not AuditEvent.objects.filter(action="export").exists()


def test_the_number_of_queries_does_not_grow_with_the_forms(in_agreement, in_a):
    def queries(number):
        for _case in range(number):
            make_closed_case(in_a, subjects=["wages_withheld", "other"], remarks="Remark")
        with CaptureQueriesContext(connection) as captured:
            legal_records_docx(final_cases(in_agreement), True)
        return len(captured)

    assert queries(1) == queries(20)
