"""Legal assistance records from a spreadsheet: by the command and in the browser, all or nothing, and back."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from legal_cases.imports import CaseImporter
from legal_cases.models import CaseEvent, CaseRemedy, CaseSubject, GroupComplaint, LegalCase
from legal_cases.services import find_or_create_group
from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_card, make_case, make_closed_case
from tests.sheets import workbook

CLOSED = {
    "gender": "Man",
    "nationality": "Viet Nam",
    "destination_country": "TH",
    "sector": "Fishing",
    "legal_status": "irregular",
    "source": "Family member or friend",
    "subjects": "wages_withheld; Forced labour",
    "opened_on": "15/01/2569",
    "closed_on": date(2026, 3, 14),
    "resolution": "Court hearing",
    "remedies": "compensation; Higher wages",
    "requested_amount": "1,035,557.50",
    "requested_currency": "thb",
    "awarded_amount": 5120.1,
    "awarded_currency": "USD",
    "sanction": "fine",
    "remarks": "paid in two parts",
}
OPEN = {"gender": "woman", "subjects": "missing_person", "opened_on": "01/09/2026"}
# What makes CLOSED an open case.
NOT_CLOSED = dict.fromkeys(["closed_on", "resolution", "remedies", "sanction"])


def cases(*rows, **kwargs):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return workbook(columns, *([row.get(name) for name in columns] for row in rows), title="Cases", **kwargs)


@pytest.fixture
def run(tmp_path, centre_a):
    """The command on a file of these bytes: (exit status, standard output, standard error)."""

    def run_on(content, *options):
        path = tmp_path / "cases.xlsx"
        path.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_cases", str(path), "--centre=PNH", *options, stdout=out, stderr=err)
        except CommandError as error:
            return error.returncode, out.getvalue(), f"{err.getvalue()}{error}\n"
        return 0, out.getvalue(), err.getvalue()

    return run_on


def codes(answers):
    return sorted(answers.values_list("code", flat=True))


def test_a_closed_row_becomes_a_closed_case_with_its_answers_and_history(run, in_a):
    status, out, err = run(cases(CLOSED))
    assert (status, err) == (0, "")
    assert "1 created" in out
    assert "15/01/2569 is read as 15/01/2026" in out
    case = LegalCase.objects.get()
    assert case.reference == "PNH-L2026-0001"
    assert (case.opened_on, case.closed_on, case.duration_months) == (date(2026, 1, 15), date(2026, 3, 14), 1)
    assert (case.nationality, case.source, case.legal_status) == ("VN", "family_friend", "irregular")
    assert (case.resolution, case.sanction, case.remarks) == ("court", "fine", "paid in two parts")
    assert codes(case.subjects) == ["forced_labour", "wages_withheld"]
    assert codes(case.remedies) == ["compensation", "higher_wages"]
    assert (case.requested_amount, case.requested_currency) == (Decimal("1035557.50"), "THB")
    assert (case.awarded_amount, case.awarded_currency) == (Decimal("5120.10"), "USD")
    assert set(case.events.values_list("kind", "happened_on")) == {
        (CaseEvent.Kind.OPENED, date(2026, 1, 15)),
        (CaseEvent.Kind.CLOSED, date(2026, 3, 14)),
    }


def test_a_row_without_a_closing_date_is_an_open_case(run, in_a):
    assert run(cases(OPEN))[0] == 0
    case = LegalCase.objects.get()
    assert not case.is_closed
    assert (case.sector, case.legal_status, case.source) == ("unknown", "unknown", "")


def test_older_records_without_subjects_and_gender_are_accepted_with_warnings(run, in_a):
    status, out, err = run(cases({**CLOSED, "gender": None, "subjects": None}))
    assert (status, err) == (0, "")
    assert "Cases!A2: gender is empty: counted as other/unknown." in out
    assert "Cases!G2: subjects is empty: the case is in the total, but in no line of the subjects." in out
    assert LegalCase.objects.get().gender == "other"
    assert not CaseSubject.objects.exists()


def test_the_duration_is_computed_and_one_that_differs_is_a_warning(run, in_a):
    status, out, err = run(cases({**CLOSED, "duration_months": 7}, {**CLOSED, "duration_months": 1}))
    assert status == 0
    assert out.count("it is 1 completed months; that is what is kept") == 1
    assert set(LegalCase.objects.values_list("duration_months", flat=True)) == {1}


def test_without_an_opening_date_the_duration_is_needed(run, in_a):
    row = {**CLOSED, "opened_on": None, "duration_months": None}
    status, out, err = run(cases(row))
    assert status == 1
    assert "Cases!R2: : Write the duration in completed months" in err
    assert run(cases({**row, "duration_months": 14.0}))[0] == 0
    assert LegalCase.objects.get().duration_months == 14


MISSING = [
    ({"resolution": None}, "resolution", "Choose how the case was resolved"),
    ({"remedies": None}, "remedies", "Choose at least one remedy"),
    ({"sanction": None}, "sanction", "Choose the sanction"),
    ({"resolution": "dropped"}, "dropped_reason", "Write why the case was dropped"),
    ({"remedies": "none; compensation"}, "remedies", "excludes every other remedy"),
    ({"remedies": "other"}, "remedies_other", "Write which other remedy"),
    ({"subjects": "other"}, "subjects_other", "Write which other subject"),
    ({"subjects": None, "subjects_other": "noise"}, "subjects", "Choose at least one subject"),
    ({"source": "other"}, "source_other", "Write which other source"),
    ({"awarded_currency": None}, "awarded_currency", "Write the currency"),
    ({"requested_amount": None}, "requested_amount", "Write the amount"),
    ({"closed_on": None}, "closed_on", "Write the day on which the case was closed"),
    ({"closed_on": "14/01/2026"}, "closed_on", "cannot be closed before it was opened"),
    ({"closed_on": "01/01/2099"}, "closed_on", "in the future"),
    ({"opened_on": "31/11/2026"}, "opened_on", "There is no day 31"),
    ({"opened_on": "01/02/2099"}, "opened_on", "in the future"),
    ({"requested_amount": "43,0818"}, "requested_amount", "is not an amount"),
    ({"requested_amount": "1.60 crore"}, "requested_amount", "is not an amount"),
    ({"requested_amount": "100 million"}, "requested_amount", "is not an amount"),
    ({"awarded_amount": -5}, "awarded_amount", "cannot be negative"),
    ({"awarded_amount": 1e15}, "awarded_amount", ""),
    ({"awarded_amount": "USD 5"}, "awarded_amount", "is not an amount"),
    ({"awarded_amount": datetime(2026, 1, 2)}, "awarded_amount", "is not an amount"),
    ({"requested_currency": "dollars"}, "requested_currency", "is not a currency"),
    ({"subjects": "wages_withheld; wages"}, "subjects", "“wages” is not one of the answers"),
    ({"sector": "Fishing; Seafood"}, "sector", "is not one of the answers"),
    ({"sanction": "jail"}, "sanction", "is not one of the answers"),
    ({"resolution": "settled"}, "resolution", "is not one of the answers"),
    ({"client": "CNX-2026-00001"}, "client", "This centre has no client card with this reference"),
    ({"reference": "CNX-L2026-0001"}, "reference", "This centre has no legal case with this reference"),
    ({"duration_months": "a year", "opened_on": None}, "duration_months", ""),
    ({"group": "x" * 201}, "group", ""),
    ({"remarks": "x" * 5001}, "remarks", ""),
]


@pytest.mark.parametrize(("change", "column", "words"), MISSING)
def test_what_is_missing_or_wrong_is_named_by_its_cell_and_nothing_is_imported(run, in_a, change, column, words):
    texts = dict.fromkeys(
        [
            "reference",
            "group",
            "client",
            "duration_months",
            "dropped_reason",
            "remedies_other",
            "subjects_other",
            "source_other",
        ]
    )
    good = {**CLOSED, **texts}
    status, out, err = run(cases(good, {**good, **change}))
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[list(good).index(column)]
    lines = err.splitlines()
    assert status == 1
    assert [line.split(": ")[0] for line in lines[:-1]] == [f"Cases!{letter}3"]
    assert words in lines[0]
    assert not LegalCase.objects.exists()
    assert not GroupComplaint.objects.exists()


def test_rows_with_the_same_group_belong_to_one_complaint_which_is_found_again(run, in_a):
    known = find_or_create_group(centre=in_a, title="Garment factory")
    rows = [
        {**OPEN, "group": "garment  FACTORY"},
        {**OPEN, "group": "Fishing boats", "opened_on": "03/09/2026"},
        {**CLOSED, "group": "fishing boats"},
        OPEN,
    ]
    status, out, err = run(cases(*rows))
    assert (status, err) == (0, "")
    assert "Group complaint (known): Garment factory: 1 rows" in out
    assert "Group complaint (new): Fishing boats: 2 rows" in out
    assert known.cases.count() == 1
    new = GroupComplaint.objects.exclude(pk=known.pk).get()
    assert (new.title, new.cases.count(), new.opened_on) == ("Fishing boats", 2, date(2026, 1, 15))
    assert LegalCase.objects.filter(group=None).count() == 1
    run(cases({**OPEN, "group": "Fishing boats"}))
    assert GroupComplaint.objects.count() == 2


def test_the_client_card_is_one_of_the_centre(run, in_a, centre_b):
    card = make_card(in_a)
    with centre_scope([centre_b]):
        other = make_card(centre_b)
    assert run(cases({**OPEN, "client": card.reference.lower()}))[0] == 0
    assert LegalCase.objects.get().client == card
    known, unknown = run(cases({**OPEN, "client": other.reference})), run(cases({**OPEN, "client": "CNX-X"}))
    assert known[0] == unknown[0] == 1
    assert known[2].replace(other.reference, "CNX-X") == unknown[2]


def test_a_dry_run_changes_nothing(run, in_a):
    status, out, err = run(cases({**CLOSED, "group": "Fishing boats"}), "--dry-run")
    assert "Would import: 1 created" in out
    assert not LegalCase.objects.exists()
    assert not GroupComplaint.objects.exists()


# --- changing ----------------------------------------------------------------------------------------------------


def test_an_open_case_is_closed_by_a_row_and_missing_columns_stay_as_they_are(run, in_a):
    case = make_case(in_a, remarks="first", nationality="KH")
    closing = {name: CLOSED[name] for name in ("resolution", "remedies", "sanction")}
    status, out, err = run(cases({"reference": case.reference, "closed_on": "02/08/2026", **closing}))
    assert (status, err) == (0, "")
    assert "0 created, 1 changed" in out
    case = LegalCase.objects.get()
    assert (case.closed_on, case.duration_months) == (date(2026, 8, 2), 2)
    assert case.version > 1  # whoever edits the older version will be shown both
    assert (case.remarks, case.nationality) == ("first", "KH")
    assert codes(case.remedies) == ["compensation", "higher_wages"]
    assert case.events.get(kind="closed").happened_on == date(2026, 8, 2)


@pytest.mark.parametrize("column", ["group", "client"])
def test_a_row_moves_a_case_to_another_group_or_client_card_and_out_of_it_again(run, in_a, column):
    case, card = make_case(in_a, nationality="KH"), make_card(in_a)
    value = {"group": "Fishing boats", "client": card.reference}[column]
    assert run(cases({"reference": case.reference, column: value}))[0] == 0
    moved = LegalCase.objects.get()
    assert str(getattr(moved, column)) == value and (moved.nationality, moved.version) == ("KH", 2)
    assert run(cases({"reference": case.reference, column: None, "remarks": "alone"}))[0] == 0
    moved = LegalCase.objects.get()
    assert getattr(moved, column) is None and (moved.remarks, codes(moved.subjects)) == ("alone", ["wages_withheld"])


def test_an_empty_cell_empties_the_answer(run, in_a):
    case = make_closed_case(in_a, nationality="KH", remarks="first", awarded_amount=5, awarded_currency="USD")
    row = {"reference": case.reference, "nationality": None, "awarded_amount": None, "awarded_currency": None}
    assert run(cases(row))[0] == 0
    case = LegalCase.objects.get()
    assert (case.nationality, case.awarded_amount, case.remarks) == ("", None, "first")


def test_a_closed_case_is_not_reopened_and_keeps_its_subjects(run, in_a):
    case = make_closed_case(in_a)
    status, out, err = run(cases({"reference": case.reference, **NOT_CLOSED, "duration_months": None}))
    assert status == 1
    assert "Cases!B2: : This case is closed. Reopen it on its page" in err
    status, out, err = run(cases({"reference": case.reference, "subjects": None}))
    assert "Cases!B2: : This case has subjects. Keep at least one." in err
    assert LegalCase.objects.get().is_closed


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.fixture
def browser(sign_in, coordinator):
    return sign_in(coordinator)


def upload(browser, content):
    file = io.BytesIO(content)
    file.name = "cases.xlsx"
    return browser.post("/cases/import/", {"file": file})


def test_upload_preview_confirm(browser, in_a):
    url = upload(browser, cases({**CLOSED, "group": "Fishing boats"}, {**OPEN, "gender": None})).url
    page = browser.get(url).content.decode()
    for words in ("Fishing boats", "15/01/2569", "gender is empty"):
        assert words in page
    assert not LegalCase.objects.exists()
    form = {"seen": browser.get(url).context["preview"].seen}
    assert "2 records were created" in browser.post(f"{url}confirm/", form, follow=True).content.decode()
    assert LegalCase.objects.count() == 2
    assert AuditEvent.objects.get(action="import").detail == {"created": 2, "changed": 0}


def test_the_preview_shows_old_and_new_of_every_answer_that_changes_and_exactly_that_is_done(browser, in_a):
    find_or_create_group(centre=in_a, title="Fishing boats")
    case = make_case(in_a, nationality="KH", remarks="first\nsecond", requested_amount=5, requested_currency="USD")
    untouched = make_case(in_a, remarks="other")
    closing = {"closed_on": "02/08/2026", "resolution": "court", "remedies": "other; compensation", "sanction": "fine"}
    row = {
        "reference": case.reference,
        "group": "fishing BOATS",
        "requested_amount": 7.5,
        "remarks": "first",
        **closing,
    }
    same = {"reference": untouched.reference, "remarks": "other"}
    url = upload(browser, cases({**row, "remedies_other": "An apology"}, same)).url

    def stored_now():
        [record] = CaseImporter(in_a).stored([case.reference]).values()
        return CaseImporter(in_a).values_of(record)

    before = stored_now()
    page = browser.get(url)
    shown = {one.column: (one.cell, one.stored, one.after) for one in page.context["changes"]}
    assert shown == {
        "group": ("B2", "", "Fishing boats"),
        "requested_amount": ("C2", "5.00", "7.50"),
        "remarks": ("D2", "first\nsecond", "first"),
        "closed_on": ("E2", "", "02/08/2026"),
        "duration_months": ("row 2", "", "2"),
        "resolution": ("F2", "", "court"),
        "remedies": ("G2", "", "compensation; other"),
        "sanction": ("H2", "", "fine"),
        "remedies_other": ("I2", "", "An apology"),
    }
    assert {one.record for one in page.context["changes"]} == {case}
    browser.post(f"{url}confirm/", {"seen": page.context["preview"].seen})
    after = stored_now()
    assert {name for name in after if after[name] != before[name]} == set(shown)
    assert (after["requested_amount"], after["remarks"], after["group"]) == (Decimal("7.5"), "first", "Fishing boats")
    assert (after["remedies"], after["remedies_other"]) == (("compensation", "other"), "An apology")
    untouched.refresh_from_db()
    assert (untouched.version, untouched.remarks) == (1, "other")


def test_a_case_that_somebody_changed_after_the_preview_was_shown_is_shown_again(browser, in_a):
    case = make_case(in_a)
    url = upload(browser, cases({"reference": case.reference, "sector": "fishing"})).url
    form = {"seen": browser.get(url).context["preview"].seen}
    LegalCase.objects.update(remarks="called", version=2)
    assert "Look at it once more" in browser.post(f"{url}confirm/", form, follow=True).content.decode()
    assert LegalCase.objects.get().sector == "unknown"


def test_who_may_not_import_is_refused_everywhere(sign_in, staff, legal_officer, programme_officer, coordinator, in_a):
    urls = ["/cases/import/", "/cases/import/template/", "/cases/export/?centre=PNH"]
    for user in (staff, legal_officer, programme_officer):
        assert [sign_in(user).get(url).status_code for url in urls] == [403, 403, 403]
    for url in urls:
        assert sign_in(coordinator).get(url).getvalue()


def test_an_upload_of_cases_is_not_one_of_cards(browser, in_a):
    uid = upload(browser, cases(OPEN)).url.split("/")[-2]
    assert browser.get(f"/cards/import/{uid}/").status_code == 404
    assert browser.get(f"/cases/import/{uid}/").status_code == 200


def test_an_export_imported_again_changes_nothing(browser, run, in_a):
    run(cases(CLOSED, {**OPEN, "group": "@boats"}, {**OPEN, "subjects": None}))
    make_case(in_a, client=make_card(in_a), remarks="-1\nline", subjects=["other"], subjects_other="@noise")
    make_closed_case(
        in_a, opened_on=None, duration_months=30, remedies=["none"], resolution="dropped", dropped_reason="+left"
    )
    content = browser.get("/cases/export/").getvalue()
    cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    status, out, err = run(content)
    assert (status, err) == (0, "")
    assert "0 created, 0 changed, 5 unchanged" in out
    assert not LegalCase.objects.exclude(version=1).exists()


@pytest.fixture
def erase(browser, in_a):
    """Makes a client card with a case whose answers are all in words, and erases the person."""

    def made():
        card = make_card(in_a, name="Chan Dara")
        case = make_closed_case(
            in_a, client=card, nationality="KH", source="other", source_other="Her aunt", subjects=["other"],
            subjects_other="Her passport", resolution="dropped", dropped_reason="She went home", remedies=["other"],
            remedies_other="A letter",
        )  # fmt: skip
        browser.post(f"{card.get_absolute_url()}erase/")
        return case

    return made


def test_what_was_erased_with_a_person_is_not_asked_for_when_the_case_is_imported_again(browser, run, erase):
    case = erase()
    status, out, err = run(browser.get("/cases/export/").getvalue())
    assert (status, err) == (0, "")
    assert "0 created, 0 changed, 1 unchanged" in out
    row = {"reference": case.reference, "client": case.client.reference, "source": "other", "destination_country": "MY"}
    assert run(cases(row))[0] == 0
    case.refresh_from_db()
    assert case.destination_country == "MY"
    assert (case.source_other, case.subjects_other, case.dropped_reason, case.remedies_other) == ("", "", "", "")


def test_texts_of_another_person_or_a_new_record_are_asked_for(run, erase, in_a):
    case, sentence = erase(), "Write which other source"
    another = {"reference": case.reference, "client": make_card(in_a).reference}
    new = {**CLOSED, "source": "other", "client": case.client.reference}
    for row in (another, new):
        status, _out, err = run(cases(row))
        assert (status, sentence in err) == (1, True), row


def test_an_export_follows_the_filter_and_the_centre(browser, in_a, centre_b):
    with centre_scope([centre_b]):
        make_case(centre_b)
    make_case(in_a)
    closed = make_closed_case(in_a)
    sheet = load_workbook(io.BytesIO(browser.get("/cases/export/?state=closed").getvalue())).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [closed.reference]
    assert AuditEvent.objects.get(action="export").detail == {"records": 1}


def test_the_template_has_every_column(browser):
    book = load_workbook(io.BytesIO(browser.get("/cases/import/template/").content))
    names = """
        reference group client gender nationality destination_country sector legal_status source source_other
        subjects subjects_other opened_on closed_on duration_months resolution dropped_reason remedies remedies_other
        requested_amount requested_currency awarded_amount awarded_currency sanction remarks
    """
    assert " ".join(cell.value for cell in book.worksheets[0][1]) == " ".join(names.split())
    assert book["Lists"].sheet_state == "hidden"


def test_the_number_of_queries_does_not_grow_with_the_rows(run, in_a, django_assert_max_num_queries):
    rows = [{**CLOSED, "group": "Fishing boats"}, {**OPEN, "client": make_card(in_a).reference}]
    run(cases(*rows))
    with django_assert_max_num_queries(60) as few:
        run(cases(*rows * 5))
    with django_assert_max_num_queries(len(few) + 20):
        run(cases(*rows * 100))
    assert CaseRemedy.objects.count() == 2 * 106


@pytest.mark.parametrize("columns", [(), ("client",)])
def test_the_number_of_queries_does_not_grow_with_people_who_were_erased(
    run, erase, columns, django_assert_max_num_queries
):
    def rows(records):
        for case in records:
            row = {"reference": case.reference, "source": "other", "subjects": "other", "client": case.client.reference}
            yield {name: row[name] for name in ("reference", "source", "subjects", *columns)}

    records = [erase() for _n in range(6)]
    with django_assert_max_num_queries(60) as few:
        run(cases(*rows(records[:1])), "--dry-run")
    with django_assert_max_num_queries(len(few)):
        assert run(cases(*rows(records)), "--dry-run")[0] == 0
