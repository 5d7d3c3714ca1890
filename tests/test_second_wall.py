"""The second wall: with the first one taken away, PostgreSQL still gives no row of another centre (mrc/wall.py)."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection, models, transaction
from django_scopes import manager as first_wall

from clients.models import ClientCard, Identity, ServiceReceived
from mrc import wall
from mrc.access import OWNERS, Owned, agreement_scope, centre_scope, every_centre
from mrc.postgresql.base import KINDS
from reports.models import Agreement, ProgressReport, ReportText
from tests.factories import make_agreement, make_card, make_report, make_service
from tests.marked_records import RECORDS, everything_of
from tests.visits import PERSONAS, World, foreign_marks, visits

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row-level security")
OWNED = [model for model in apps.get_models() if issubclass(model, Owned)]


@pytest.fixture
def without_first_wall(monkeypatch):
    """Managers and checks of records take every scope for an open one."""
    monkeypatch.setattr(first_wall, "get_scope", lambda: {"_enabled": False})
    monkeypatch.setattr("mrc.access.get_scope", lambda: {"_enabled": False})


@pytest.fixture
def world(db):
    return World().build()


@pytest.fixture
def cards(centre_a, centre_b):
    """(of centre A, of centre B), each with a service."""
    with every_centre("records of a test"):
        made = make_card(centre_a, name="Made-up A"), make_card(centre_b, name="Made-up B")
        for card in made:
            make_service(card)
    return made


def seen(model=ClientCard):
    """Primary keys that the database gives to a query that no manager has touched."""
    return set(models.QuerySet(model).values_list("pk", flat=True))


def lay_open():
    """The second wall is taken away too."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in OWNED:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE ROW LEVEL SECURITY')


# --- the tools of the proof ------------------------------------------------------------------------------------------


def test_the_tests_run_as_somebody_whom_the_wall_binds(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_the_database_is_told_of_every_kind_of_scope():
    assert set(KINDS) == set(OWNERS)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_each_table_gives_the_rows_of_the_scope_and_no_other(world, without_first_wall):
    for letter, centre in world.centres.items():
        agreements = Agreement.objects.filter(centres=centre)
        expected = {label: {row["id"] for row in rows if "id" in row} for label, rows in everything_of(centre).items()}
        with centre_scope([centre]), agreement_scope(agreements):
            for model in OWNED:
                if model._meta.pk.name == "id":
                    assert seen(model) == expected[model._meta.label], (letter, model)
    assert {model._meta.label for model in OWNED} == {model._meta.label for model in RECORDS}


def test_without_a_scope_there_is_no_row_at_all(world, without_first_wall):
    for model in OWNED:
        assert not models.QuerySet(model).exists(), model


@pytest.mark.parametrize("name", ["staff", "coordinator", "programme officer", "stranger without a centre"])
def test_no_page_shows_anything_of_another_centre_though_no_manager_asks(world, without_first_wall, name):
    persona = PERSONAS[name]
    browser = world.browser(persona)
    shown = {}
    for visit in visits(browser, persona, world, methods=["get"]):
        if visit.key.startswith("admin:"):
            continue
        if marks := foreign_marks(persona, visit.text):
            shown[str(visit)] = marks
    assert not shown


def test_without_the_second_wall_the_same_visits_show_other_centres(world, without_first_wall):
    """Else the test above would prove nothing."""
    lay_open()
    persona = PERSONAS["coordinator"]
    browser = world.browser(persona)
    shown = [
        visit.key for visit in visits(browser, persona, world, methods=["get"]) if foreign_marks(persona, visit.text)
    ]
    assert {"clients:list", "clients:detail", "legal_cases:list"} <= set(shown)


def test_raw_sql_gives_only_the_rows_of_the_scope(cards, centre_a):
    with centre_scope([centre_a]), connection.cursor() as cursor:
        cursor.execute("SELECT reference FROM clients_clientcard")
        assert cursor.fetchall() == [(cards[0].reference,)]


# --- what is written -------------------------------------------------------------------------------------------------


def test_rows_of_another_centre_are_neither_changed_nor_deleted(cards, centre_a, centre_b, without_first_wall):
    before = everything_of(centre_b)
    with centre_scope([centre_a]):
        everybody = models.QuerySet(ClientCard)
        assert everybody.update(gender="man") == 1
        assert models.QuerySet(ServiceReceived).filter(card=cards[1].pk).delete()[0] == 0
        assert models.QuerySet(Identity)._raw_delete(using="default") == 1
    assert everything_of(centre_b) == before


def test_no_row_is_added_or_moved_to_another_centre(cards, centre_a, centre_b, without_first_wall):
    with centre_scope([centre_a]):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            make_card(centre_b)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            models.QuerySet(ClientCard).update(centre=centre_b)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            models.QuerySet(Identity).update(card=cards[1])


# --- when the scope changes ------------------------------------------------------------------------------------------


def test_one_connection_is_told_of_each_scope(cards, centre_a, centre_b):
    a, b = {cards[0].pk}, {cards[1].pk}
    with centre_scope([centre_a]):
        assert seen() == a
        with centre_scope([centre_b]):
            assert seen() == b
        with centre_scope([]):
            assert seen() == set()
        with every_centre("both in a test"):
            assert seen() == a | b
        assert seen() == a
    assert seen() == set()


def test_a_scope_stays_told_when_a_transaction_is_taken_back(cards, centre_a, centre_b):
    with centre_scope([centre_a]):
        assert seen() == {cards[0].pk}
        with transaction.atomic():
            with centre_scope([centre_b]):
                assert seen() == {cards[1].pk}
            transaction.set_rollback(True)
        assert seen() == {cards[0].pk}
    with centre_scope([centre_b]), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing")
    assert seen() == set()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_new_connection_knows_of_no_scope_but_its_own(cards, centre_a):
    with centre_scope([centre_a]):
        assert seen() == {cards[0].pk}
        connection.close()
        assert seen() == {cards[0].pk}
    connection.close()
    assert seen() == set()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_rows_that_are_read_little_by_little_are_those_of_the_scope_in_which_reading_began(cards, centre_a, centre_b):
    with centre_scope([centre_a]):
        rows = ClientCard.objects.iterator(chunk_size=1)
        assert next(rows) == cards[0]
        with centre_scope([centre_b]):
            assert seen() == {cards[1].pk}
            assert list(rows) == []


def test_telling_costs_no_query_where_the_scope_is_the_same(cards, centre_a, django_assert_num_queries):
    told = []
    with centre_scope([centre_a]):
        connection.told = None
        for _time in range(3):
            seen()
            told.append(connection.told)
    assert told[0] == (f"{{{centre_a.pk}}}", "{}")
    assert told[0] is told[1] is told[2]


# --- agreements ------------------------------------------------------------------------------------------------------


def test_reports_of_another_agreement_are_not_there(centre_a, centre_b, without_first_wall):
    mine, theirs = make_agreement("MOU-1", centre_a), make_agreement("MOU-2", centre_b)
    with every_centre("records of a test"):
        reports = make_report(mine), make_report(theirs)
        for report in reports:
            ReportText.objects.create(report=report, key="summary", text="Made up.")
    with agreement_scope([mine]), centre_scope([centre_a]):
        assert seen(ProgressReport) == {reports[0].pk}
        assert models.QuerySet(ReportText).count() == 1


def test_that_a_centre_reports_is_known_to_it_and_not_what_is_written_for_others(
    centre_a, centre_b, without_first_wall
):
    """Case studies of the centre are counted by the periods of these reports."""
    agreement = make_agreement("MOU-1", centre_a, centre_b)
    with every_centre("records of a test"):
        report = make_report(agreement)
        ReportText.objects.create(report=report, key="summary", text="Made up.")
    with centre_scope([centre_a]):
        assert seen(ProgressReport) == {report.pk}
        assert not models.QuerySet(ReportText).exists()


# --- the check -------------------------------------------------------------------------------------------------------


def test_every_table_of_records_is_protected(db):
    wall.check_tables(connection)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE clients_consent DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE clients_consent NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY in_scope ON clients_consent",
        "CREATE POLICY everybody ON clients_consent USING (true)",
    ],
)
def test_the_server_does_not_start_with_a_table_that_is_not_protected(db, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(ImproperlyConfigured, match="clients_consent"):
        wall.check_tables(connection)


def test_migrations_that_change_records_see_all_of_them(cards, monkeypatch):
    from django.core.management.commands import migrate

    found = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *args, **options: found.append(seen()))
    call_command("migrate")
    assert found == [{card.pk for card in cards}]
