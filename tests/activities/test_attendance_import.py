"""An attendance list from a spreadsheet: what each row becomes, the preview, all or nothing, problems by cell."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from activities.models import Activity, Participant
from clients.models import ClientCard, Consent, Identity, ServiceReceived
from mrc.audit import AuditEvent
from mrc.models import PendingImport
from tests.activities.conftest import make_activity, name_people
from tests.factories import make_card

HEADINGS = ["reference", "name", "is_pseudonym", "gender", "birth_year", "consent"]


@pytest.fixture
def desk(sign_in, coordinator):
    return sign_in(coordinator)


def sheet(*rows, headings=HEADINGS):
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("list.xlsx", file.getvalue())


def url_of(name, activity, *more):
    return reverse(f"activities:{name}", args=[activity.uid, *more])


def upload(desk, activity, *rows, **options):
    """The preview page of an uploaded list."""
    response = desk.post(url_of("import", activity), {"file": sheet(*rows, **options)})
    assert response.status_code == 302
    return desk.get(response.headers["Location"])


def confirm(desk, preview):
    return desk.post(preview.context["urls"]["confirm"], {"seen": preview.context["preview"].seen})


def problems_of(preview):
    return [(problem.cell, problem.reason) for problem in preview.context["problems"]]


def test_a_list_of_every_kind_of_row_is_previewed_and_imported(desk, staff, in_a):
    known = make_card(in_a, name="Chan Dara", consents=["keep_data"])
    listed = make_card(in_a, gender="man")
    activity = name_people(make_activity(in_a), listed)
    preview = upload(
        desk,
        activity,
        [known.reference],
        [listed.reference],
        [None, "Sunflower", "yes", "woman", 1990],
        [None, "Som Chai", None, "Man", 2533, "yes"],
        [None, None, None, "other"],
        [None, None, None, "woman"],
    )
    assert preview.context["numbers"] == {"named": 1, "on_list": 1, "new_card": 2, "head": 2}
    page = preview.content.decode()
    assert "Chan Dara" in page
    assert "women 3, men 2, other/unknown 1" in page
    assert "2533 is read as 1990" in page
    assert (Participant.objects.count(), ClientCard.objects.count()) == (1, 2)
    assert confirm(desk, preview).headers["Location"] == f"{activity.get_absolute_url()}#people"
    assert activity.participants.count() == 4
    new = ClientCard.objects.filter(reference__startswith="PNH-2026").order_by("pk")
    assert [(card.gender, card.birth_year, card.is_pseudonym, card.registered_on) for card in new] == [
        ("woman", 1990, True, date(2026, 7, 10)),
        ("man", 1990, False, date(2026, 7, 10)),
    ]
    assert [identity.name for identity in Identity.objects.filter(card__in=new).order_by("pk")] == [
        "Sunflower", "Som Chai",
    ]  # fmt: skip
    assert [consent.card for consent in Consent.objects.filter(card__in=new)] == [new[1]]
    assert ServiceReceived.objects.filter(received_on=date(2026, 7, 10)).count() == 4
    stored = Activity.objects.get()
    assert (stored.women, stored.men, stored.other) == (3, 2, 1)
    assert not PendingImport.objects.exists()


def test_a_list_without_rows_of_heads_leaves_the_head_count_open(desk, in_a):
    activity = make_activity(in_a)
    confirm(desk, upload(desk, activity, [make_card(in_a).reference]))
    assert not Activity.objects.get().has_head_count


def test_a_head_count_that_is_recorded_stays_and_the_difference_is_said(desk, in_a):
    activity = make_activity(in_a, heads=(9, 9, 9))
    preview = upload(desk, activity, [None, None, None, "woman"], [make_card(in_a).reference])
    page = preview.content.decode()
    assert "women 9, men 9, other/unknown 9" in page
    assert "women 2, men 0, other/unknown 0" in page
    confirm(desk, preview)
    assert Activity.objects.get().heads == 27
    same = upload(desk, make_activity(in_a, heads=(1, 0, 0)), [None, None, None, "woman"])
    assert same.context["differing_heads"] is None


def test_without_consent_a_name_must_be_marked_as_a_pseudonym(desk, in_a):
    activity = make_activity(in_a)
    preview = upload(desk, activity, [None, "Som Chai", None, "man"])
    [(cell, reason)] = problems_of(preview)
    assert cell == "C2"
    assert "only a pseudonym is kept" in reason
    assert confirm(desk, preview).headers["Location"].endswith(f"{preview.context['upload'].uid}/")
    assert not ClientCard.objects.exists()


@pytest.mark.parametrize(
    ("row", "cell", "says"),
    [
        (["PNH-2026-09999"], "A3", "This centre has no client card"),
        ([None, None, None, None, 1990], "D3", "Write a reference, or a name, or the gender"),
        ([None, None, None, "lady"], "D3", "“lady” is not one of the answers"),
        ([None, "Sunflower", "perhaps", "woman"], "C3", "neither yes nor no"),
        ([None, "Sunflower", "yes", "woman", 2999], "E3", "cannot be right"),
        ([None, "Sun\x7fflower", "yes", "woman"], "B3", "cannot be printed"),
        ([None, "x" * 201, "yes", "woman"], "B3", "at most 200"),
        ([None, "=1+1", "yes", "woman"], "B3", "formula"),
        ([None, "Sunflower", "yes", "woman", None, "party"], "F3", "not one of the answers"),
    ],
)
def test_one_bad_cell_is_named_and_nothing_at_all_is_imported(desk, in_a, row, cell, says):
    activity, card = make_activity(in_a), make_card(in_a)
    preview = upload(desk, activity, [card.reference], row)
    [(found, reason)] = problems_of(preview)
    assert found == cell
    assert says in reason
    confirm(desk, preview)
    assert not Participant.objects.exists()
    assert ClientCard.objects.count() == 1


def test_the_same_reference_twice_is_a_problem_of_its_cell(desk, in_a):
    card = make_card(in_a)
    [(cell, reason)] = problems_of(upload(desk, make_activity(in_a), [card.reference], [card.reference.lower()]))
    assert (cell, reason) == ("A3", "This reference stands in row 2 already.")


def test_columns_that_are_unknown_are_refused_by_name(desk, in_a):
    [(cell, reason)] = problems_of(upload(desk, make_activity(in_a), ["x"], headings=["refrence"]))
    assert cell == "A1"
    assert "Did you mean “reference”?" in reason


def test_a_reference_of_another_centre_is_as_unknown_as_none_at_all(desk, in_a, centre_b):
    from mrc.access import centre_scope

    with centre_scope([centre_b]):
        elsewhere = make_card(centre_b)
    activity = make_activity(in_a)
    [foreign] = problems_of(upload(desk, activity, [elsewhere.reference]))
    [unknown] = problems_of(upload(desk, activity, ["CNX-2026-12345"]))
    assert foreign == unknown


def test_what_speaks_for_another_person_is_pointed_out_and_changes_nothing(desk, in_a):
    card = make_card(in_a, name="Chan Dara", birth_year=1990, consents=["keep_data"])
    preview = upload(desk, make_activity(in_a), [card.reference, "Som Chai", None, "man", 1980])
    reasons = [reason for reason, _number, _where in preview.context["warnings"]]
    assert len(reasons) == 3
    assert any("another name" in reason for reason in reasons)
    confirm(desk, preview)
    stored = ClientCard.objects.get()
    assert (stored.gender, stored.birth_year, stored.identity.name) == ("woman", 1990, "Chan Dara")
    assert Participant.objects.get().card == card


def test_the_same_name_in_another_order_is_no_warning(desk, in_a):
    card = make_card(in_a, name="SOTH Sopheap", consents=["keep_data"])
    preview = upload(desk, make_activity(in_a), [card.reference, "Sopheap Soth", None, "woman"])
    assert preview.context["warnings"] == []


def test_what_is_not_kept_of_a_row_without_a_name_is_said(desk, in_a):
    preview = upload(desk, make_activity(in_a), [None, None, None, "man", 1990])
    assert preview.context["numbers"]["head"] == 1
    [(reason, _number, where)] = preview.context["warnings"]
    assert "Without a name no card is made" in reason
    assert where == "E2"
    confirm(desk, preview)
    assert not ClientCard.objects.exists()


def test_confirming_twice_imports_once(desk, in_a):
    activity = make_activity(in_a)
    preview = upload(desk, activity, [None, "Sunflower", "yes", "woman"])
    first, second = confirm(desk, preview), confirm(desk, preview)
    assert first.headers["Location"] == second.headers["Location"]
    assert ClientCard.objects.count() == Participant.objects.count() == 1


def test_cancelling_deletes_the_upload(desk, in_a):
    activity = make_activity(in_a)
    preview = upload(desk, activity, [None, None, None, "woman"])
    assert desk.post(preview.context["urls"]["cancel"]).headers["Location"] == url_of("import", activity)
    assert not PendingImport.objects.exists()
    assert not Activity.objects.get().has_head_count


def test_before_the_last_day_nothing_is_imported(desk, in_a):
    activity = make_activity(in_a, ends_on=date(2026, 8, 16))
    [(_cell, reason)] = problems_of(upload(desk, activity, [make_card(in_a).reference]))
    assert "not over" in reason


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"reference\nPNH", b"<html>", b"\xd0\xcf\x11\xe0"])
def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(desk, in_a, content):
    response = desk.post(url_of("import", make_activity(in_a)), {"file": SimpleUploadedFile("list.xlsx", content)})
    assert response.status_code == 422
    assert response.context["form"].errors["file"]


def test_the_template_has_the_columns_with_drop_down_lists_and_is_accepted(desk, in_a):
    activity = make_activity(in_a)
    response = desk.get(url_of("import_template", activity))
    book = load_workbook(io.BytesIO(response.content))
    assert [cell.value for cell in book.worksheets[0][1]][:4] == ["reference", "name", "is_pseudonym", "gender"]
    book.worksheets[0].append([None, None, None, "Woman"])
    file = io.BytesIO()
    book.save(file)
    response = desk.post(url_of("import", activity), {"file": SimpleUploadedFile("list.xlsx", file.getvalue())})
    assert desk.get(response.headers["Location"]).context["numbers"]["head"] == 1


def test_an_upload_is_of_one_activity_and_of_who_uploaded_it(
    desk, sign_in, two_centre_coordinator, coordinator_b, in_a
):
    activity, other = make_activity(in_a), make_activity(in_a, kind="meeting")
    pending = upload(desk, activity, [None, None, None, "woman"]).context["upload"]
    for browser, which in (
        (desk, other),
        (sign_in(two_centre_coordinator), activity),
        (sign_in(coordinator_b), activity),
    ):
        assert browser.get(url_of("import_preview", which, pending.uid)).status_code == 404
        assert browser.get(url_of("import_problems", which, pending.uid)).status_code == 404
        assert browser.post(url_of("import_confirm", which, pending.uid)).status_code == 404
        assert browser.post(url_of("import_cancel", which, pending.uid)).status_code == 404
    assert PendingImport.objects.exists()


def test_lists_are_imported_by_coordinators_of_the_centre_only(sign_in, staff, coordinator_b, in_a):
    activity = make_activity(in_a)
    for name in ("import", "import_template"):
        assert sign_in(staff).get(url_of(name, activity)).status_code == 403
        assert sign_in(coordinator_b).get(url_of(name, activity)).status_code == 404
    assert sign_in(staff).post(url_of("import", activity), {"file": sheet(["x"])}).status_code == 403
    assert "Import an attendance list" not in sign_in(staff).get(activity.get_absolute_url()).content.decode()


def test_the_import_is_in_the_audit_without_a_name(desk, coordinator, in_a):
    activity = make_activity(in_a)
    confirm(desk, upload(desk, activity, [None, "Sunflower", "yes", "woman"], [make_card(in_a).reference]))
    entry = AuditEvent.objects.get(action="import")
    assert (entry.actor, entry.record, entry.detail) == (coordinator, activity.uid, {"created": 1, "named": 2})
    assert "Sunflower" not in str(list(AuditEvent.objects.values()))


def test_a_long_list_takes_the_same_number_of_queries_as_a_short_one(desk, in_a, django_assert_max_num_queries):
    counted = []
    for number in (1, 2, 30):  # the first import of a year begins the series of references
        activity = make_activity(in_a, ends_on=date(2026, 7, 10 + len(counted)))
        rows = [[make_card(in_a, name=f"Name{i}", consents=["keep_data"]).reference] for i in range(number)]
        rows += [[None, f"Flower {chr(97 + i // 26)}{chr(97 + i % 26)}{number}", "yes", "woman"] for i in range(number)]
        preview = upload(desk, activity, *rows)
        assert preview.context["problems"] == []
        with django_assert_max_num_queries(90) as queries:
            confirm(desk, preview)
        counted.append(len(queries))
    assert counted[1] == counted[2]
    assert Participant.objects.count() == 66
