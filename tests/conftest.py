"""Personas: every role in two centres of two organizations, a two-centre user, and people without a centre."""

import os
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client

from mrc import audit
from mrc.access import agreement_scope, centre_scope, every_centre
from mrc.audit_chain import NO_WALL, WALL
from mrc.models import Centre, Organization, User
from tests.factories import make_agreement

PASSWORD = "sixteen quiet rivers"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """SQLite as in real use, a file that several connections write to at once; in memory they would share one."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def the_audit_is_emptied_between_tests():
    """A test with transactions of its own leaves rows, which Django then deletes; the audit refuses that elsewhere."""
    execute_sql_flush = BaseDatabaseOperations.execute_sql_flush

    def flush(operations, statements):
        with transaction.atomic():
            run_all(NO_WALL[connection.vendor])
            execute_sql_flush(operations, statements)
            run_all(WALL[connection.vendor])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


def run_all(statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def cursor_of_everything():
    """What the tables hold, past the row-level security of PostgreSQL too."""
    with every_centre("a test looks at what is stored"), connection.cursor() as cursor:
        yield cursor


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def ledger_of_erasures(settings, tmp_path_factory):
    """Each test has its own."""
    settings.MRC_ERASURES = str(tmp_path_factory.mktemp("ledger") / "erasures.log")


@pytest.fixture
def as_superuser(db):
    """Runs a statement as somebody who may make roles in PostgreSQL, whom no policy binds."""
    if connection.vendor != "postgresql" or "TEST_SUPERUSER" not in os.environ:
        pytest.skip("about roles of PostgreSQL, on a server of the tests")
    parameters = {**connection.get_connection_params(), "user": os.environ["TEST_SUPERUSER"]}
    with closing(psycopg2.connect(**{name: parameters[name] for name in ("user", "dbname", "host")})) as server:
        server.autocommit = True
        yield server.cursor().execute


@pytest.fixture
def centre_a(db):
    organization = Organization.objects.create(name="Made-up Workers' Union", kind=Organization.Kind.TRADE_UNION)
    return Centre.objects.create(code="PNH", name="Phnom Penh", organization=organization, country="KH", currency="KHR")


@pytest.fixture
def centre_b(db):
    organization = Organization.objects.create(name="Made-up Women's Association")
    return Centre.objects.create(
        code="CNX", name="Chiang Mai", organization=organization, country="TH", currency="THB", calendar="buddhist"
    )


def make_user(name, role, *centres, **fields):
    user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title(), **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    user.centres.set(centres)
    return user


@pytest.fixture
def staff(centre_a):
    return make_user("staff.a", "staff", centre_a)


@pytest.fixture
def legal_officer(centre_a):
    return make_user("legal.a", "legal_officer", centre_a)


@pytest.fixture
def coordinator(centre_a):
    return make_user("coordinator.a", "coordinator", centre_a)


@pytest.fixture
def staff_b(centre_b):
    return make_user("staff.b", "staff", centre_b)


@pytest.fixture
def coordinator_b(centre_b):
    return make_user("coordinator.b", "coordinator", centre_b)


@pytest.fixture
def two_centre_coordinator(centre_a, centre_b):
    return make_user("coordinator.ab", "coordinator", centre_a, centre_b)


@pytest.fixture
def programme_officer(centre_a):
    return make_user("programme", "programme_officer", centre_a)


@pytest.fixture
def administrator(db):
    return make_user("administrator", "administrator", is_staff=True)


@pytest.fixture
def stranger(db):
    """Has a role, but no centre."""
    return make_user("stranger", "coordinator")


@pytest.fixture
def sign_in():
    """A browser of this user."""

    def browser_of(user, **kwargs):
        browser = Client(**kwargs)
        browser.force_login(user)
        return browser

    return browser_of


@pytest.fixture
def agreement(centre_a):
    """An agreement of centre A for the year 2026, reported on every quarter."""
    return make_agreement("MOU-2026-01", centre_a)


@pytest.fixture
def agreement_b(centre_b):
    return make_agreement("MOU-2026-02", centre_b)


@pytest.fixture
def in_agreement(in_a, agreement):
    """Scope of centre A and its agreement for what the test itself reads and writes."""
    with agreement_scope([agreement]):
        yield agreement


@pytest.fixture
def in_a(centre_a):
    """Scope of centre A for what the test itself reads and writes."""
    with centre_scope([centre_a]), audit.acting(None, "test"), audit.identities_opened():
        yield centre_a


@pytest.fixture
def in_b(centre_b):
    with centre_scope([centre_b]), audit.acting(None, "test"), audit.identities_opened():
        yield centre_b
