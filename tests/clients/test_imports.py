"""Client cards from a spreadsheet: by the command and in the browser; all or nothing; and back as an export."""

import io
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from openpyxl import load_workbook

from clients.imports import CardImporter
from clients.models import ClientCard, Consent, Identity, IdentityKey, ServiceReceived
from mrc import audit, cells
from mrc.audit import AuditEvent
from mrc.imports import Importer
from mrc.models import PendingImport
from tests.factories import make_card, make_service
from tests.sheets import workbook

FULL = {
    "registered_on": "01/09/2026",
    "consent": "yes",
    "name": "Sok Dara",
    "gender": "Woman",
    "date_of_birth": "13/08/2533",
    "nationality": "Cambodia",
    "telephone": 85512345678.0,
    "address": "Street 1\nPhnom Penh",
    "emergency_name": "Sok Chan",
    "sector": "Seafood processing",
    "legal_permission": "unsure",
    "beneficiary_kind": "Potential migrant",
    "counselling": "2026-09-01; 03/09/2026",
    "legal_assistance": datetime(2026, 9, 4),
}


def cards(*rows, **kwargs):
    """A spreadsheet of rows given as {column: value}."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return workbook(columns, *([row.get(name) for name in columns] for row in rows), **kwargs)


@pytest.fixture
def run(tmp_path, centre_a, capsys):
    """The command on a file of these bytes: (exit status, standard output, standard error)."""

    def run_on(content, *options, centre="PNH"):
        path = tmp_path / "cards.xlsx"
        path.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_cards", str(path), f"--centre={centre}", *options, stdout=out, stderr=err)
        except CommandError as error:
            return error.returncode, out.getvalue(), f"{err.getvalue()}{error}\n"
        return 0, out.getvalue(), err.getvalue()

    return run_on


def test_a_full_row_becomes_a_card_with_identity_consent_and_services(run, in_a):
    status, out, err = run(cards(FULL))
    assert (status, err) == (0, "")
    assert "1 created, 0 changed, 0 unchanged" in out
    assert "E2: 13/08/2533 is read as 13/08/1990" in out
    card = ClientCard.objects.get()
    assert card.reference == "PNH-2026-00001"
    assert (card.gender, card.nationality, card.sector, card.birth_year) == ("woman", "KH", "seafood", 1990)
    assert (card.beneficiary_kind, card.legal_permission) == ("potential_migrant", "unsure")
    assert (card.identity.name, card.identity.telephone) == ("Sok Dara", "85512345678")
    assert card.identity.date_of_birth == date(1990, 8, 13)
    assert card.identity.address == "Street 1\nPhnom Penh"
    consent = Consent.objects.get()
    assert (consent.purpose, consent.given_on, consent.withdrawn_on) == ("keep_data", date(2026, 9, 1), None)
    assert sorted(card.services.values_list("category", "received_on")) == [
        ("counselling", date(2026, 9, 1)),
        ("counselling", date(2026, 9, 3)),
        ("legal_assistance", date(2026, 9, 4)),
    ]
    assert IdentityKey.objects.filter(card=card).exists()


def test_an_imported_person_is_found_by_name_and_telephone(run, staff, sign_in):
    run(cards(FULL))
    for text in ("dara sok", "012 345 678"):
        page = sign_in(staff).post("/cards/search/", {"q": text})
        assert "PNH-2026-00001" in page.content.decode()


BAD = {
    "registered_on": ["", "31/02/2026", "01/13/2026", "tomorrow", "01/01/2099", 46204.5, "1/1/26"],
    "gender": ["female?", "womn", 1],
    "nationality": ["Atlantis", "XX"],
    "date_of_birth": ["02/02/2099", "13/13/1990", "1990"],
    "birth_year": ["90", "3333", 1989.5, "1.60 crore"],
    "is_pseudonym": ["perhaps", 2],
    "telephone": ["no", datetime(2026, 1, 2), 1e20],
    "email": ["not an address"],
    "name": ["x" * 201, "a\x07b".replace("\x07", "\u0080"), datetime(2026, 1, 2)],
    "sector": ["mining"],
    "beneficiary_kind": ["migrant worker; family member"],
    "consent": ["maybe", "keep_data; sell"],
    "consent_on": ["01/01/2099"],
    "counselling": ["2026-09-01, 2026-09-02", "2026-09-01; 31/02/2026", "01/01/2099"],
    "reference": ["PNH-2026-99999", "CNX-2026-00001", "=1"],
}


@pytest.mark.parametrize(("column", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_named_by_its_cell_and_nothing_is_imported(run, in_a, column, value):
    good = {"reference": None, **FULL, "birth_year": None, "email": None, "is_pseudonym": None, "consent_on": None}
    bad = {**good, column: value}
    if column == "birth_year":
        bad["date_of_birth"] = None
    status, out, err = run(cards(good, bad))
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[list(good).index(column)]
    lines = err.splitlines()
    assert status == 1
    assert [line.split(": ")[0] for line in lines[:-1]] == [f"Cards!{letter}3"]
    assert lines[-1] == "Nothing was imported: 1 problem."
    assert not ClientCard.objects.exists()
    assert not AuditEvent.objects.filter(action="import").exists()


def test_a_card_of_another_centre_is_refused_in_the_same_words_as_one_that_does_not_exist(run, centre_b, in_a):
    from mrc.access import centre_scope

    with centre_scope([centre_b]):
        other = make_card(centre_b, name="Somchai", consents=["keep_data"])
    row = {"registered_on": "01/09/2026", "gender": "man"}
    known = run(cards({"reference": other.reference, **row}))
    unknown = run(cards({"reference": "CNX-2026-77777", **row}))
    assert known[0] == unknown[0] == 1
    assert known[2].replace(other.reference, "CNX-2026-77777") == unknown[2]


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (["registered_on", "nmae"], "B1: nmae: There is no column “nmae”. Did you mean “name”?"),
        (["registered_on", "secret"], "B1: secret: There is no column “secret”."),
        (["registered_on", "Name", "name "], "C1: name: The column “name” stands here twice."),
        (["gender"], "A1: : The column “registered_on” is missing."),
        (["registered_on", None, "gender"], "B1: : Cells below have a value, but the column has no name"),
        ([None, None, None], "A1: : The first row must hold the names of the columns."),
    ],
)
def test_headings_are_judged_by_name(run, in_a, headings, words):
    status, out, err = run(workbook(headings, ["01/09/2026", "x", "woman"][: len(headings)]))
    assert status == 1
    assert f"Cards!{words}" in err
    assert not ClientCard.objects.exists()


def test_headings_in_any_order_and_case_with_blanks_are_understood(run, in_a):
    assert run(workbook(["  Gender ", "REGISTERED_ON"], ["MAN", "2026-09-01"]))[0] == 0
    assert ClientCard.objects.get().gender == "man"


def test_a_header_alone_and_an_empty_row_between(run, in_a):
    assert "There is no row below the headings." in run(workbook(["registered_on"]))[2]
    assert run(workbook(["registered_on"], [None], ["01/09/2026"], [" "], [None], ["02/09/2026"]))[0] == 0
    assert ClientCard.objects.count() == 2


def test_a_formula_is_refused_and_a_text_that_looks_like_one_is_kept(run, in_a):
    row = {"registered_on": "01/09/2026", "consent": "yes", "name": "=1+1"}
    status, out, err = run(cards(row))
    assert "Cards!C2: =1+1: This cell holds a formula." in err

    def as_text(book):
        book.active["C2"].data_type = "s"

    assert run(cards(row, change=as_text))[0] == 0
    assert Identity.objects.get().name == "=1+1"


def test_without_consent_only_a_pseudonym_is_taken(run, in_a):
    row = {"registered_on": "01/09/2026", "consent": "no", "name": "Sok Dara", "is_pseudonym": None, "telephone": None}
    no_pseudonym = run(cards(row))[2]
    too_much = run(cards({**row, "is_pseudonym": "x", "telephone": "012 345 678"}))[2]
    assert "Cards!D2" in no_pseudonym and "Cards!E2" in too_much
    assert "tick" not in (no_pseudonym + too_much).casefold()  # there is nothing to tick in a spreadsheet
    assert run(cards({**row, "is_pseudonym": "x"}))[0] == 0
    assert Identity.objects.get().name == "Sok Dara"
    assert not Consent.objects.exists()


def test_purposes_of_consent_by_code_or_label(run, in_a):
    row = {"registered_on": "01/09/2026", "consent": "Keep personal data; story", "consent_on": "02/09/2026"}
    assert run(cards(row))[0] == 0
    assert sorted(Consent.objects.values_list("purpose", "given_on")) == [
        ("keep_data", date(2026, 9, 2)),
        ("story", date(2026, 9, 2)),
    ]


def test_an_empty_gender_is_counted_as_other_with_a_warning(run, in_a):
    status, out, err = run(cards({"registered_on": "01/09/2026", "gender": None}))
    assert (status, ClientCard.objects.get().gender) == (0, "other")
    assert "Warning: Cards!B2: gender is empty: counted as other/unknown." in out


def test_the_same_reference_twice_is_a_problem(run, in_a):
    card = make_card(in_a)
    row = {"reference": card.reference, "registered_on": "01/09/2026", "gender": "woman"}
    status, out, err = run(cards(row, row))
    assert status == 1
    assert "Cards!A3" in err
    assert "row 2" in err


def test_likely_duplicates_in_the_centre_and_in_the_sheet_are_warnings(run, in_a, in_b):
    make_card(in_b, name="Chan Sophea", birth_year=1990, consents=["keep_data"])
    run(cards(FULL))
    alike = {**FULL, "name": "Dara SOK", "telephone": "011 111 111"}
    status, out, err = run(cards(alike, {**alike, "name": "Chan Sophea"}, {**alike, "name": "Chan Sophea"}))
    assert status == 0
    assert "Warning: Cards!C2: May be the same person as PNH-2026-00001: same name." in out
    assert "Warning: Cards!C4: May be the same person as row 3: same name." in out
    assert "May be the same person as row 2: same telephone." in out
    assert "CNX" not in out


def test_a_dry_run_shows_the_preview_and_changes_nothing(run, in_a):
    status, out, err = run(cards(FULL), "--dry-run")
    assert (status, err) == (0, "")
    assert "Row 2: new" in out
    assert "Would import: 1 created, 0 changed, 0 unchanged. Nothing was changed." in out
    assert not ClientCard.objects.exists()
    assert not AuditEvent.objects.filter(action="import").exists()


def test_a_file_or_centre_that_cannot_be_used_is_refused_with_a_sentence(run, tmp_path, centre_a):
    for path, words in (
        (tmp_path / "missing.xlsx", "There is no file"),
        (tmp_path, "is a directory, not a spreadsheet"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_cards", str(path), centre="PNH")
    with pytest.raises(CommandError, match="There is no centre XXX. Centres: PNH"):
        call_command("import_cards", str(tmp_path), centre="XXX")
    assert "plain text" in run(b"name,gender\n")[2]


def test_the_audit_says_how_many_and_names_nobody(run, in_a):
    run(cards(FULL))
    entry = AuditEvent.objects.get(action="import")
    assert (entry.channel, entry.centre_id, entry.model) == ("import_cards", in_a.pk, "clients.ClientCard")
    assert entry.detail == {"created": 1, "changed": 0}
    assert "Dara" not in str(list(AuditEvent.objects.values_list("detail")))


def test_problems_come_in_the_order_of_the_sheet_and_not_without_end(run, in_a, monkeypatch):
    bad = [{"registered_on": "soon", "gender": "womn", "nationality": "Atlantis"}] * 3
    lines = run(cards(*bad))[2].splitlines()
    places = ["A2", "B2", "C2", "A3", "B3", "C3", "A4", "B4", "C4"]
    assert [line.split(":")[0] for line in lines[:-1]] == [f"Cards!{place}" for place in places]
    monkeypatch.setattr("mrc.imports.MOST_PROBLEMS", 4)
    lines = run(cards(*bad))[2].splitlines()
    assert len(lines) == 6
    assert "There are more problems; they are not listed." in lines[4]


# --- changing ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(in_a):
    card = make_card(
        in_a,
        name="Sok Dara",
        identity={"telephone": "012 345 678", "safe_contact": "evenings only"},
        consents=["keep_data", "story"],
        nationality="KH",
        ethnicity="Khmer",
    )
    make_service(card, note="first visit")
    return card


def test_a_reference_changes_the_card_and_a_missing_column_leaves_it_as_it_is(run, stored):
    row = {
        "reference": stored.reference.lower(),
        "ethnicity": None,
        "nationality": "Viet Nam",
        "counselling": "2026-07-05",
    }
    status, out, err = run(cards(row))
    assert (status, err) == (0, "")
    assert "0 created, 1 changed, 0 unchanged" in out
    card = ClientCard.objects.get()
    assert (card.ethnicity, card.nationality, card.gender, card.version) == ("", "VN", "woman", 2)
    assert (card.identity.name, card.identity.safe_contact) == ("Sok Dara", "evenings only")
    assert Consent.objects.filter(withdrawn_on=None).count() == 2
    assert set(card.services.values_list("received_on", flat=True)) == {date(2026, 7, 1), date(2026, 7, 5)}
    assert "An import adds dates and takes none away." in out


def test_consent_is_withdrawn_and_its_date_corrected(run, stored):
    assert run(cards({"reference": stored.reference, "consent": "yes", "consent_on": "02/07/2026"}))[0] == 0
    in_force = Consent.objects.get(withdrawn_on=None)
    assert (in_force.purpose, in_force.given_on, in_force.how) == ("keep_data", date(2026, 7, 2), "spoken")
    status, out, err = run(cards({"reference": stored.reference, "consent": "no"}))
    assert status == 1  # the identity would have to go
    assert "Without consent to keep personal data" in err and "taken back on the page of the card" in err
    assert "tick" not in err.casefold()


def test_a_changed_and_a_refused_row_change_nothing(run, stored):
    rows = [{"reference": stored.reference, "nationality": "VN"}, {"reference": "PNH-2026-99999", "nationality": "VN"}]
    assert run(cards(*rows))[0] == 1
    assert ClientCard.objects.get().nationality == "KH"


# --- in the browser ----------------------------------------------------------------------------------------------


@pytest.fixture
def browser(sign_in, coordinator):
    return sign_in(coordinator)


def upload(browser, content, **fields):
    file = io.BytesIO(content)
    file.name = "cards.xlsx"
    return browser.post("/cards/import/", {"file": file, **fields})


def seen(browser, url):
    """What the form of the preview sends along: which state of the records the reader has seen."""
    return {"seen": browser.get(url).context["preview"].seen}


def confirm(browser, url):
    return browser.post(f"{url}confirm/", seen(browser, url))


def test_upload_preview_confirm(browser, centre_a, in_a):
    response = upload(browser, cards(FULL))
    assert response.status_code == 302
    pending = PendingImport.objects.get()
    assert response.url == f"/cards/import/{pending.uid}/"
    assert bytes(pending.sealed_content)[:2] != b"PK"  # no spreadsheet any more: sealed
    page = browser.get(response.url).content.decode()
    for words in ("Sok Dara", "13/08/2533", "13/08/1990", "New records"):
        assert words in page
    assert not ClientCard.objects.exists()
    confirmed = browser.post(f"{response.url}confirm/", seen(browser, response.url), follow=True)
    assert "1 record was created" in confirmed.content.decode()
    assert ClientCard.objects.get().identity.name == "Sok Dara"
    assert not PendingImport.objects.exists()
    assert AuditEvent.objects.get(action="import").channel == "web"


def test_confirming_twice_imports_once(browser, in_a):
    url = upload(browser, cards(FULL)).url
    form = seen(browser, url)
    assert browser.post(f"{url}confirm/", form).url == "/cards/"
    assert browser.post(f"{url}confirm/", form).url == "/cards/"
    assert ClientCard.objects.count() == 1


def test_cancelling_deletes_the_upload(browser, in_a):
    url = upload(browser, cards(FULL)).url
    assert browser.post(f"{url}cancel/").status_code == 302
    assert not PendingImport.objects.exists()
    assert not ClientCard.objects.exists()
    assert browser.get(url).status_code == 404


def test_problems_are_shown_and_downloaded_and_cannot_be_confirmed(browser, in_a):
    url = upload(browser, cards({**FULL, "gender": "womn"})).url
    page = browser.get(url).content.decode()
    assert "D2" in page
    assert "“womn” is not one of the answers" in page
    assert f"{url}confirm/" not in page
    assert browser.post(f"{url}confirm/").url == url
    assert not ClientCard.objects.exists()
    sheet = load_workbook(io.BytesIO(b"".join(browser.get(f"{url}problems/").streaming_content))).active
    assert [cell.value for cell in sheet[2]][:3] == ["Cards", "D2", "womn"]


def test_a_file_that_is_no_spreadsheet_is_refused_on_the_page(browser, in_a):
    response = upload(browser, b"%PDF-1.7 ...")
    assert response.status_code == 422
    assert "The file is a PDF." in response.content.decode()
    assert not PendingImport.objects.exists()
    assert browser.post("/cards/import/", {}).status_code == 422


def test_an_upload_is_seen_by_nobody_else_and_forgotten_after_a_day(
    browser, sign_in, coordinator_b, two_centre_coordinator, in_a
):
    url = upload(browser, cards(FULL)).url
    for stranger in (coordinator_b, two_centre_coordinator):
        other = sign_in(stranger)
        assert other.get(url).status_code == 404
        assert other.post(f"{url}confirm/").status_code == 404
        assert other.post(f"{url}cancel/").status_code == 404
    PendingImport.objects.update(at=timezone.now() - timedelta(days=2))
    assert browser.get(url).status_code == 404
    assert not PendingImport.objects.exists()


CHANGES = {
    "name": "Sok Dary",
    "telephone": "012 345 678",  # as it is stored
    "date_of_birth": date(1990, 8, 13),
    "address": "Street 2\nPhnom Penh",
    "ethnicity": None,
    "counselling": "2026-07-05",
}


def facts_of(card):
    """{column: value} of everything that is stored of a card, as an export writes it."""
    with audit.identities_opened():
        importer = CardImporter(card.centre)
        [row] = importer.export(ClientCard.objects.filter(pk=card.pk))
    return dict(zip(importer.by_name, row, strict=True))


def test_the_preview_shows_old_and_new_of_every_answer_that_changes_and_exactly_that_is_done(browser, stored):
    other = make_card(stored.centre, name="Chan Sophea", consents=["keep_data"])
    same = {"reference": other.reference, "name": "Chan Sophea"}
    before = facts_of(stored)
    url = upload(browser, cards({"reference": stored.reference, **CHANGES}, same)).url
    page = browser.get(url)
    shown = {one.column: (one.cell, one.record.reference, one.stored, one.after) for one in page.context["changes"]}
    here = stored.reference
    assert shown == {
        "name": ("B2", here, "Sok Dara", "Sok Dary"),
        "date_of_birth": ("D2", here, "", "13/08/1990"),
        "birth_year": ("row 2", here, "", "1990"),  # follows, without a column of its own
        "address": ("E2", here, "", "Street 2\nPhnom Penh"),
        "ethnicity": ("F2", here, "Khmer", ""),
        "counselling": ("G2", here, "01/07/2026", "2026-07-01; 2026-07-05"),
    }
    for words in ("Stored now", "After the import", "Sok Dara</td>", "Street 2<br>Phnom Penh"):
        assert words in page.content.decode()
    confirm(browser, url)
    after = facts_of(stored)
    assert {name for name in after if after[name] != before[name]} == set(shown)
    assert {name: cells.whole(after[name]) for name in shown} == {name: one[3] for name, one in shown.items()}
    other.refresh_from_db()
    assert other.version == 1


def test_the_audit_says_whose_stored_answers_a_preview_showed(browser, stored):
    make_card(stored.centre, name="Chan Sophea", consents=["keep_data"])
    browser.get(upload(browser, cards({"reference": stored.reference, "name": "Sok Dary"})).url)
    [entry] = AuditEvent.objects.filter(action="view_identity")
    assert (entry.record, entry.detail) == (stored.uid, {"why": "preview"})


def test_more_changes_than_fit_on_a_page_are_counted(browser, stored, monkeypatch):
    monkeypatch.setattr("mrc.import_views.MOST_CHANGES", 1)
    page = browser.get(upload(browser, cards({"reference": stored.reference, **CHANGES})).url).content.decode()
    assert "These are the first 1 of 6." in page


def test_a_card_that_somebody_changed_after_the_preview_was_shown_is_shown_again(browser, stored):
    """The row says what was stored, so the preview says that the card stays; then somebody corrects the number."""
    row = {"reference": stored.reference, "telephone": "012 345 678", "nationality": "VN"}
    url = upload(browser, cards(row)).url
    form = seen(browser, url)
    with audit.identities_opened():
        identity = Identity.objects.get()
        identity.telephone = "099 999 999"
        identity.save()
    response = browser.post(f"{url}confirm/", form, follow=True)
    assert "Somebody saved one of these records" in response.content.decode()
    assert {one.column: one.stored for one in response.context["changes"]} == {
        "telephone": "099 999 999",
        "nationality": "KH",
    }
    assert ClientCard.objects.get().nationality == "KH"
    assert browser.post(f"{url}confirm/").url == url  # without a word of what was seen
    confirm(browser, url)
    assert ClientCard.objects.get().nationality == "VN"


def test_a_card_that_somebody_changes_during_the_import_is_not_overwritten(browser, stored, monkeypatch):
    url = upload(browser, cards({"reference": stored.reference, "nationality": "VN"})).url
    form = seen(browser, url)
    check = Importer.check

    def check_then_somebody_saves(self, content, limits):
        preview = check(self, content, limits)
        ClientCard.objects.update(version=7, ethnicity="Cham")
        return preview

    monkeypatch.setattr(Importer, "check", check_then_somebody_saves)
    response = browser.post(f"{url}confirm/", form)
    assert response.url == url
    card = ClientCard.objects.get()
    assert (card.nationality, card.ethnicity) == ("KH", "Cham")
    assert PendingImport.objects.exists()


def test_who_may_not_import_is_refused_everywhere(sign_in, staff, legal_officer, programme_officer, coordinator, in_a):
    urls = ["/cards/import/", "/cards/import/template/", "/cards/export/?centre=PNH"]
    for user in (staff, legal_officer, programme_officer):
        assert [sign_in(user).get(url).status_code for url in urls] == [403, 403, 403]
    for url in urls:
        assert sign_in(coordinator).get(url).getvalue()


def test_a_coordinator_of_two_centres_chooses_the_centre(sign_in, two_centre_coordinator, in_b):
    browser = sign_in(two_centre_coordinator)
    assert upload(browser, cards(FULL)).status_code == 422
    assert upload(browser, cards(FULL), centre="XXX").status_code == 422
    confirm(browser, upload(browser, cards(FULL), centre="CNX").url)
    assert ClientCard.objects.get().centre == in_b


# --- template and export -----------------------------------------------------------------------------------------


def test_the_template_has_every_column_with_drop_downs_and_an_explanation(browser):
    book = load_workbook(io.BytesIO(browser.get("/cards/import/template/").content))
    columns = [cell.value for cell in book.worksheets[0][1]]
    assert columns[:3] == ["reference", "registered_on", "consent"]
    assert len(columns) == 33
    assert [row[0].value for row in book["Columns"].iter_rows(min_row=2)] == columns
    assert book["Lists"].sheet_state == "hidden"
    gender = next(rule for rule in book.worksheets[0].data_validations.dataValidation if "G2" in str(rule.sqref))
    assert gender.type == "list"
    offered = [column[0].value for column in book["Lists"].iter_cols()]
    lists = dict(
        zip(offered, ([c.value for c in column[1:] if c.value] for column in book["Lists"].iter_cols()), strict=True)
    )
    assert lists["gender"] == ["Woman", "Man", "Other/Unknown"]
    assert book.worksheets[0].column_dimensions["Q"].number_format == "@"  # telephone


def test_the_template_filled_in_is_imported(browser, in_a):
    book = load_workbook(io.BytesIO(browser.get("/cards/import/template/").content))
    book.worksheets[0].append([None, date(2026, 9, 1), "yes", None, "Sok Dara", None, "Woman"])
    output = io.BytesIO()
    book.save(output)
    confirm(browser, upload(browser, output.getvalue()).url)
    assert ClientCard.objects.get().identity.name == "Sok Dara"


def export(browser, query=""):
    response = browser.get(f"/cards/export/{query}")
    return b"".join(response.streaming_content)


def test_an_export_imported_again_changes_nothing(browser, run, stored, in_a):
    make_card(in_a, gender="other")
    odd = {"address": "-1\n@home", "telephone": "+855 12 345 678", "date_of_birth": date(1990, 8, 13)}
    make_card(in_a, name="=1+1", identity=odd, birth_year=1990, consents=["keep_data"], community_of_origin="#REF!")
    make_card(in_a, name="  Somebody".strip(), is_pseudonym=True)
    run(cards(FULL))
    before = list(Identity.objects.order_by("pk").values())
    content = export(browser)
    written = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in written}
    status, out, err = run(content)
    assert (status, err) == (0, "")
    assert "0 created, 0 changed, 5 unchanged" in out
    assert list(Identity.objects.order_by("pk").values()) == before
    assert not ClientCard.objects.exclude(version=1).exists()


def test_an_export_follows_the_filter_and_stays_in_the_centre_and_the_audit_counts_it(browser, stored, in_a, centre_b):
    from mrc.access import centre_scope

    with centre_scope([centre_b]):
        make_card(centre_b, name="Somchai Token")
    make_card(in_a, gender="man", name="Chan Token", is_pseudonym=True)
    sheet = load_workbook(io.BytesIO(export(browser, "?gender=man"))).worksheets[0]
    assert [row[4] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["Chan Token"]
    entry = AuditEvent.objects.get(action="export")
    assert (entry.centre_id, entry.model, entry.detail) == (in_a.pk, "clients.ClientCard", {"records": 1})


def test_consent_is_exported_in_the_words_of_the_import(browser, in_a):
    for consents in ([], ["keep_data"], ["keep_data", "story"]):
        make_card(in_a, consents=consents)
    sheet = load_workbook(io.BytesIO(export(browser))).worksheets[0]
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["no", "yes", "keep_data; story"]


# --- in bulk -----------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_rows(run, in_a, django_assert_max_num_queries):
    def rows(start, count):
        return [
            {**FULL, "name": f"Sok Dara{number}", "telephone": f"0{number}"} for number in range(start, start + count)
        ]

    run(cards(FULL))
    with django_assert_max_num_queries(60) as few:
        run(cards(*rows(12_000_000, 10)))
    with django_assert_max_num_queries(len(few) + 30):  # entries of the audit are written some seventy at a time
        run(cards(*rows(13_000_000, 200)))
    assert ServiceReceived.objects.count() == 633
