"""A spreadsheet from before an erasure brings nothing of the person back; of who came back it may bring what is new."""

import io

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from clients.models import ClientCard, Identity
from tests.factories import make_card, make_closed_case, make_service
from tests.marked_records import everything_of
from tests.sheets import workbook


@pytest.fixture
def browser(sign_in, coordinator):
    return sign_in(coordinator)


@pytest.fixture
def card(in_a):
    card = make_card(in_a, name="Chan Dara", consents=["keep_data", "follow_up"], ethnicity="Kuy", nationality="KH")
    make_service(card)
    make_closed_case(in_a, client=card, nationality="KH", remarks="Her passport is with the broker")
    return card


@pytest.fixture
def run(tmp_path, centre_a):
    """The command on a file of these bytes: (exit status, what it says)."""

    def run_on(command, content):
        path = tmp_path / "old.xlsx"
        path.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command(command, str(path), "--centre=PNH", stdout=out, stderr=err)
        except CommandError as error:
            return error.returncode, err.getvalue()
        return 0, out.getvalue()

    return run_on


def row_of(content):
    heads, row = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return dict(zip(heads, row, strict=True))


def sheet_of(*rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return workbook(columns, *([row.get(name) for name in columns] for row in rows))


@pytest.mark.parametrize("records", ["cards", "cases"])
def test_a_file_from_before_an_erasure_is_refused_and_nothing_comes_back(browser, run, card, records):
    old = browser.get(f"/{records}/export/").getvalue()
    browser.post(f"{card.get_absolute_url()}erase/")
    before = everything_of(card.centre)
    before.pop("mrc.PendingImport")
    status, said = run(f"import_{records}", old)
    assert status == 1
    assert "What names this person was erased on" in said
    upload = browser.post(f"/{records}/import/", {"file": io.BytesIO(old)}, follow=True)
    assert "What names this person was erased on" in upload.content.decode()
    after = everything_of(card.centre)
    after.pop("mrc.PendingImport")
    assert after == before
    assert not Identity.objects.filter(card=card).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Dara", "is_pseudonym": "yes"},
        {"consent": "keep_data"},
        {"consent": "follow_up"},
        {"ethnicity": "Kuy"},
    ],
)
def test_each_answer_that_was_erased_is_refused_by_its_cell(browser, run, card, change):
    browser.post(f"{card.get_absolute_url()}erase/")
    status, said = run("import_cards", sheet_of({"reference": card.reference, **change}))
    assert status == 1
    assert "Cards!B2" in said and "was erased on" in said


def test_what_was_not_erased_can_still_be_corrected(browser, run, card):
    browser.post(f"{card.get_absolute_url()}erase/")
    change = {"reference": card.reference, "sector": "fishing", "counselling": "01/08/2026", "name": None}
    assert run("import_cards", sheet_of(change))[0] == 0
    card.refresh_from_db()
    assert card.sector == "fishing"


def test_who_came_back_and_agreed_anew_is_imported_like_everybody(browser, run, card):
    browser.post(f"{card.get_absolute_url()}erase/")
    page = f"{card.get_absolute_url()}edit/"
    form = browser.get(page).context["form"]
    typed = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    version = ClientCard.objects.get(pk=card.pk).version
    answer = browser.post(page, {**typed, "version": version, "consents": ["keep_data"], "name": "Chan Dara"})
    assert answer.status_code == 302
    row = {"reference": card.reference, "telephone": "011 222 333", "ethnicity": "Kuy"}
    assert run("import_cards", sheet_of(row))[0] == 0
    identity = row_of(browser.get("/cards/export/").getvalue())
    assert (identity["name"], identity["telephone"], identity["ethnicity"]) == ("Chan Dara", "011 222 333", "Kuy")
