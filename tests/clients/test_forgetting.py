"""A consent taken back, an identity erased: nothing of the person is found any more, and every number stays."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from clients.models import ClientCard, Consent, Erasure, Identity, IdentityKey
from clients.person import PARTS
from clients.seen import WHY
from clients.services import index_identities
from harvesting.draws import frame_of
from harvesting.models import Story
from legal_cases.models import CaseEvent, LegalCase
from mrc import audit, kept_forms, vault
from mrc.access import agreement_scope, centre_scope
from mrc.audit import AuditEvent
from mrc.dates import Period
from mrc.models import PendingImport
from mrc.sessions import SessionStore
from reports.content import counted_tables, live_content
from reports.freezing import digest_of, dumps, grid_as_data
from reports.gender import analyse
from reports.models import Agreement, ProgressReport, SubmittedReport
from reports.tables import compute
from tests.conftest import cursor_of_everything, make_user
from tests.factories import make_card, make_case, make_closed_case, make_service
from tests.legal_cases.pages import answers_of, errors
from tests.marked_records import BIRTHS, make_centre, mark

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 11, 2)


@pytest.fixture
def world(db):
    with time_machine.travel(TODAY):
        yield make_centre("a")


@pytest.fixture
def made(world):
    return world[1]


@pytest.fixture
def in_scope(world):
    centre, made = world
    with (
        centre_scope([centre]),
        agreement_scope([made[Agreement]]),
        audit.acting(None, "test"),
        audit.identities_opened(),
    ):
        yield centre


@pytest.fixture
def card(made, in_scope):
    """The marked card, found by its name and telephone, and agreeing to everything."""
    identity = made[Identity]
    identity.name, identity.telephone = "Srey Marker", "012 987 654"
    identity.save()
    card = made[ClientCard]
    index_identities([card])
    for purpose in ("follow_up", "referral", "story"):
        Consent.objects.create(card=card, purpose=purpose, given_on=date(2026, 7, 1))
    return card


@pytest.fixture
def desk(world, sign_in):
    return sign_in(make_user("chief", "coordinator", world[0]))


def url(card, page, **more):
    return reverse(f"clients:{page}", kwargs={"uid": card.uid, **more})


def text_of(response):
    """A page as it is, a spreadsheet or document as the texts in it."""
    content = response.getvalue()
    for close in response._resource_closers:  # not the response, whose end closes the database
        close()
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def marks_about(part):
    """The marks of the columns of a part that are erased."""
    names = [one.name for one in part.model._meta.concrete_fields] if part.is_deleted else part.erased
    return [mark("a", part.model, part.model._meta.get_field(name)) for name in names]


def marks_erased():
    return [one for part in PARTS for one in marks_about(part)] + ["Srey", "987 654", f"{BIRTHS['a']:%d/%m/%Y}"]


def all_numbers(centre):
    """Every report table and the gender analysis, as data."""
    tables = {grid.code: grid_as_data(grid) for grid in compute(counted_tables(), YEAR, [centre])}
    analysis = analyse(centres=[centre], period=YEAR)
    lines = [[repr(line) for line in section.lines] for section in analysis.sections]
    return dumps(tables), lines


def submit(report):
    """A version that is handed in and tells the marked story."""
    content = dumps(live_content(report).as_data())
    return SubmittedReport.objects.create(
        report=report,
        number=2,
        submitted_at=datetime(2026, 10, 21, tzinfo=UTC),
        content=content,
        members=dumps({}),
        digest=digest_of(content),
    )


# --- taking back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "said"),
    [
        ("follow_up", "in no new sample"),
        ("referral", "given to others any more"),
        ("story", "never leaves the centre"),
        ("keep_data", "The identity is erased now"),
    ],
)
def test_a_consent_is_taken_back_in_one_step_after_a_page_that_says_what_it_means(desk, card, purpose, said):
    page = url(card, "withdraw", purpose=purpose)
    assert page in desk.get(card.get_absolute_url()).content.decode()
    assert said in desk.get(page).content.decode()
    assert Consent.objects.filter(withdrawn_on=None).count() == 4
    assert desk.post(page, {"on": "01/11/2026"}).status_code == 302
    assert Consent.objects.get(purpose=purpose).withdrawn_on == date(2026, 11, 1)
    assert Identity.objects.exists() == (purpose != "keep_data")
    assert Consent.objects.filter(withdrawn_on=None).count() == (0 if purpose == "keep_data" else 3)
    assert desk.get(page).status_code == 404  # nothing left to take back


@pytest.mark.parametrize(
    ("day", "why"), [("30/06/2026", "given later"), ("03/11/2026", "future"), ("", "Taken back on")]
)
def test_a_day_that_cannot_be_right_takes_nothing_back(desk, card, day, why):
    response = desk.post(url(card, "withdraw", purpose="keep_data"), {"on": day})
    assert response.status_code == 422 and why in response.content.decode()
    assert Consent.objects.filter(withdrawn_on=None).count() == 4 and Identity.objects.exists()


def test_who_takes_back_the_consent_to_follow_up_is_in_no_sample_any_more(desk, in_scope):
    person = make_card(
        in_scope, name="Dara", identity={"telephone": "012 345 678"}, consents=["keep_data", "follow_up"]
    )
    make_service(person, received_on=date(2026, 1, 5))
    assert person.pk in frame_of(in_scope, 2026, TODAY).eligible["woman"]
    desk.post(url(person, "withdraw", purpose="follow_up"), {"on": "02/11/2026"})
    assert person.pk not in frame_of(in_scope, 2026, TODAY).eligible["woman"]


@pytest.mark.parametrize("how", ["withdraw", "erase"])
def test_a_story_that_was_handed_in_is_shown_as_withdrawn_and_the_digest_still_proves_the_report(
    desk, card, made, how, world, sign_in
):
    submission = submit(made[ProgressReport])
    title = mark("a", Story, Story._meta.get_field("title"))
    officer = sign_in(make_user("funder", "programme_officer", world[0]))
    page = reverse("reports:submitted", kwargs={"uid": submission.uid})
    file = reverse("reports:submitted_download", kwargs={"uid": submission.uid, "file_format": "json"})
    assert title in officer.get(page).content.decode() and title in officer.get(file).content.decode()
    address = url(card, "erase") if how == "erase" else url(card, "withdraw", purpose="story")
    assert desk.post(address, {"on": "01/11/2026"}).status_code == 302
    for browser in (officer, desk):
        shown, downloaded = browser.get(page).content.decode(), browser.get(file).content.decode()
        assert title not in shown + downloaded
        assert "took back the consent to the use of this story" in shown and "Withdrawn" in downloaded
    submission.refresh_from_db()
    assert digest_of(submission.content) == submission.digest


# --- erasing -----------------------------------------------------------------------------------------------------


def test_erasing_asks_first_and_says_what_goes_and_what_stays(desk, card, made):
    said = desk.get(url(card, "erase")).content.decode()
    assert "cannot be undone" in said and "No number in any report changes" in said
    assert made[LegalCase].group.get_absolute_url() in said  # texts about several people, to be looked through
    assert Identity.objects.exists()
    assert desk.post(url(card, "erase")).status_code == 302
    assert not Identity.objects.exists() and not IdentityKey.objects.exists()
    assert (
        "Identity erased on 02/11/2026: The person asked for it." in desk.get(card.get_absolute_url()).content.decode()
    )
    entry = AuditEvent.objects.filter(record=card.uid, action="erase").get()
    assert entry.detail["why"] == "request" and entry.actor.name == "Chief"


def test_erasing_leaves_every_number_as_it_was(desk, card, in_scope):
    before = all_numbers(in_scope)
    assert '"total"' in before[0] and before[1]
    desk.post(url(card, "erase"))
    assert all_numbers(in_scope) == before


def test_no_page_and_no_file_shows_anything_of_an_erased_person(desk, card, made):
    pages = [
        card.get_absolute_url(),
        url(card, "edit"),
        reverse("clients:list"),
        reverse("clients:export"),
        made[LegalCase].get_absolute_url(),
        made["-open"].get_absolute_url(),
        reverse("legal_cases:list"),
        reverse("harvesting:interview_list"),
        *(made[model].get_absolute_url() for model in (Story,)),
        made[Story].interview.get_absolute_url(),
        url(card, "seen"),
    ]
    shown = "".join(text_of(desk.get(page)) for page in pages)
    assert len([one for one in marks_erased() if one in shown]) > 10
    assert card.reference in desk.post(reverse("clients:search"), {"q": "012987654"}).content.decode()
    desk.post(url(card, "erase"))
    for page in pages:
        text = text_of(desk.get(page))
        assert [one for one in marks_erased() if one in text] == [], page
    for query in ("Srey Marker", "012 987 654"):
        found = desk.post(reverse("clients:search"), {"q": query})
        assert card.reference not in found.content.decode(), query


@pytest.mark.parametrize(
    ("how", "why"),
    [("erase", "The person asked for it"), ("withdraw", "The consent to keep personal data was taken back")],
)
def test_a_case_and_an_interview_say_when_and_why_their_texts_were_erased(desk, card, made, how, why):
    interview = made[Story].interview
    pages = [made[LegalCase].get_absolute_url(), interview.get_absolute_url(), made[Story].get_absolute_url()]
    assert not any("The texts of this record were erased" in desk.get(page).content.decode() for page in pages)
    address = url(card, "erase") if how == "erase" else url(card, "withdraw", purpose="keep_data")
    desk.post(address, {"on": "02/11/2026"})
    for page in pages:
        said = f"The texts of this record were erased on 02/11/2026: {why}."
        assert said in desk.get(page).content.decode(), page


def test_a_case_that_was_opened_after_the_erasure_says_nothing_of_it(desk, card):
    desk.post(url(card, "erase"))
    case = make_case(card.centre, client=card, remarks="came back")
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "came back" in page and "were erased" not in page


def test_what_was_erased_from_a_case_is_not_asked_for_again_when_it_is_corrected(desk, card):
    case = make_closed_case(
        card.centre, client=card, opened_on=date(2026, 6, 1), nationality="KH", source="other", source_other="Her aunt",
        subjects=["other"], subjects_other="Her passport", resolution="dropped", dropped_reason="She went home",
        remedies=["other"], remedies_other="A letter",
    )  # fmt: skip
    desk.post(url(card, "erase"))
    for page in ("edit", "close"):
        answers = answers_of(desk.get(f"{case.get_absolute_url()}{page}/"))
        assert desk.post(f"{case.get_absolute_url()}{page}/", answers).status_code == 302, page
    case.refresh_from_db()
    assert (case.source_other, case.subjects_other, case.dropped_reason, case.remedies_other) == ("", "", "", "")


def test_a_case_of_somebody_who_came_back_after_the_erasure_is_asked_for_everything(desk, card):
    desk.post(url(card, "erase"))
    case = make_closed_case(
        card.centre, client=card, nationality="KH", source="other", source_other="Her aunt", resolution="dropped"
    )
    edit = answers_of(desk.get(f"{case.get_absolute_url()}edit/")) | {"source_other": ""}
    assert errors(desk.post(f"{case.get_absolute_url()}edit/", edit)) == {"source_other"}
    close = answers_of(desk.get(f"{case.get_absolute_url()}close/"))
    assert errors(desk.post(f"{case.get_absolute_url()}close/", close)) == {"dropped_reason"}


def test_the_case_history_keeps_its_days_and_loses_its_words(desk, card, made):
    desk.post(url(card, "erase"))
    event = CaseEvent.objects.get(pk=made[CaseEvent].pk)
    assert (event.note, event.happened_on) == ("", date(2026, 7, 4))


def test_a_page_that_was_open_meanwhile_does_not_write_the_texts_back(desk, card, made):
    case = made[LegalCase]
    page = reverse("legal_cases:edit", kwargs={"uid": case.uid})
    form = desk.get(page).context["form"]
    typed = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    version = {"version": case.version}
    desk.post(url(card, "erase"))
    assert desk.post(page, {**typed, **version}).status_code == 409
    assert LegalCase.objects.get(pk=case.pk).remarks == ""


def test_forms_and_uploads_that_may_hold_the_person_are_dropped_in_that_centre_alone(desk, card, world, staff_b):
    staff = make_user("typing", "staff", world[0])
    for user in (staff, staff_b):
        session = SessionStore()
        session[kept_forms.KEPT] = {"/cards/new/": vault.seal('{"name": ["Srey Marker"]}')}
        session[kept_forms.OWNER] = str(user.pk)
        session.create()
    assert PendingImport.objects.exists()
    desk.post(url(card, "erase"))
    owners = [one.get_decoded().get(kept_forms.OWNER) for one in Session.objects.all()]
    assert str(staff_b.pk) in owners and str(staff.pk) not in owners
    assert not PendingImport.objects.exists()


def test_what_cannot_be_written_into_the_ledger_is_not_erased(desk, card, settings, tmp_path):
    settings.MRC_ERASURES = str(tmp_path / "no folder" / "erasures.log")
    with pytest.raises(FileNotFoundError):
        desk.post(url(card, "erase"))
    assert Identity.objects.exists() and not Erasure.objects.filter(why="request", card=card, erased_by__isnull=False)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_bytes_of_what_was_erased_are_gone_from_the_database_file(desk, card, in_scope):
    if connection.vendor != "sqlite":
        pytest.skip("a file of SQLite; PostgreSQL clears dead rows with VACUUM")
    call_command("erase_expired", stdout=io.StringIO())  # what is there is in the file, not in the log
    stored = stored_texts()
    file = Path(connection.settings_dict["NAME"])
    assert all(text.encode() in file.read_bytes() for text in stored) and len(stored) > 20
    desk.post(url(card, "erase"))
    call_command("erase_expired", stdout=io.StringIO())
    for place in (file, file.with_name(f"{file.name}-wal")):
        content = place.read_bytes() if place.exists() else b""
        assert [text for text in stored if text.encode() in content] == []


def stored_texts():
    """What stands in the erased columns of the marked card, as the database keeps it: encrypted, or plain."""
    texts = set()
    with cursor_of_everything() as cursor:
        for part in PARTS:
            fields = part.model._meta.concrete_fields
            names = [one.column for one in fields if one.name in part.erased or part.is_deleted]
            for name in names:
                cursor.execute(f'SELECT "{name}" FROM "{part.model._meta.db_table}"')  # noqa: S608
                texts |= {value for (value,) in cursor.fetchall() if isinstance(value, str) and len(value) > 10}
    return texts


# --- who has seen it ---------------------------------------------------------------------------------------------


def test_a_page_says_who_has_seen_the_record_when_and_why(desk, card, made, world, sign_in):
    staff = sign_in(make_user("reader", "staff", world[0]))
    staff.get(card.get_absolute_url())
    staff.post(reverse("clients:search"), {"q": "Srey Marker"})
    text_of(desk.get(reverse("clients:export")))
    desk.get(made[Story].get_absolute_url())
    text = desk.get(url(card, "seen")).content.decode()
    for said in ("Reader", "Centre staff", "opened the client card", "searched for a person", "opened the story"):
        assert said in text, said
    assert "which may have held this one" in text and "it is not known which records" in text
    assert AuditEvent.objects.filter(record=card.uid, action="look_up").count() == 1
    assert staff.get(url(card, "seen")).status_code == 403


def test_every_reason_for_which_an_identity_is_read_has_words(card):
    root = Path(__file__).resolve().parents[2]
    used = set()
    for app in ("clients", "legal_cases", "harvesting", "activities", "reports", "mrc", "benchmarks"):
        for file in (root / app).rglob("*.py"):
            text = file.read_text()
            used |= set(re.findall(r'(?:reading_identities|read_names)\(.*, "(\w+)"\)', text))
    assert len(used) > 8 and used <= set(WHY)


def test_opening_the_page_is_not_shown_to_another_centre(card, sign_in, coordinator_b):
    other = sign_in(coordinator_b)
    for page in (url(card, name) for name in ("seen", "erase", "person_file")):
        assert (other.get(page).status_code, other.post(page).status_code) == (404, 404 if "seen" not in page else 405)
    assert other.post(url(card, "withdraw", purpose="keep_data"), {"on": "01/11/2026"}).status_code == 404
    assert Identity.objects.filter(card=card).exists()
