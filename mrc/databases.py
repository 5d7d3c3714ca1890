"""Databases that would lose what was saved, or show it to others: refused at the start, with a sentence. And those
that do not answer.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, OperationalError

EXAMPLE_PASSWORD = "password"  # noqa: S105  of the README
HERE = ("", "localhost", "127.0.0.1", "::1")
VERIFIED = ("verify-ca", "verify-full")
# Settings of PostgreSQL -> values with which a commit that was acknowledged survives a power cut.
DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}


def is_away(error):
    """Whether the database did not answer. Where the connection breaks in the middle of an answer, psycopg2 calls that
    a DatabaseError and no more; one without a cause is Django's own.
    """
    is_unnamed = type(error) is DatabaseError and error.__cause__ is not None
    return is_unnamed or isinstance(error, (OperationalError, InterfaceError))


def check_address(config):
    """Judge one entry of DATABASES before anybody connects. Raises ImproperlyConfigured."""
    if config["ENGINE"].endswith("sqlite3"):
        return
    if config["PASSWORD"] == EXAMPLE_PASSWORD:
        raise ImproperlyConfigured("DATABASE_URL still has the example password. Give the user one of its own.")
    options = config.get("OPTIONS", {})
    host = options.get("host") or config["HOST"]
    is_here = all(name in HERE or name.startswith(("/", "@")) for name in host.split(","))
    if not is_here and options.get("sslmode") not in VERIFIED:
        raise ImproperlyConfigured(
            f"DATABASE_URL leads to another machine ({host}), and nothing makes sure that nobody listens on the way or"
            " answers in its place. Add ?sslmode=verify-full&sslrootcert=... to it (see README)."
        )


def check_server(connection):
    """Ask the database that is used how it keeps what it is given. Raises ImproperlyConfigured."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _check_sqlite(cursor)
        else:
            _check_postgresql(cursor)


def _check_sqlite(cursor):
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise ImproperlyConfigured(
            f"The folder of the database keeps no write-ahead log (journal_mode is {mode}): it may be on a network"
            " drive. Put it on a disk of this machine, or use PostgreSQL."
        )
    if cursor.execute("PRAGMA synchronous").fetchone()[0] < 2:
        raise ImproperlyConfigured("SQLite does not wait for the disk (synchronous is not FULL): see mrc/settings.py.")


def _check_postgresql(cursor):
    for name, allowed in DURABLE.items():
        cursor.execute("SELECT current_setting(%s)", [name])
        value = cursor.fetchone()[0]
        if value not in allowed:
            raise ImproperlyConfigured(
                f"PostgreSQL may lose what was saved: {name} is {value}. Set {name} = on in postgresql.conf, and take"
                " it away from the user and the database (ALTER ROLE/DATABASE ... RESET)."
            )
    cursor.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    user, may_do_everything = cursor.fetchone()
    if may_do_everything:
        raise ImproperlyConfigured(
            f"The user of DATABASE_URL ({user}) may do everything in PostgreSQL, and no rule of the database binds it."
            f" Use another, or: ALTER ROLE {user} NOSUPERUSER NOBYPASSRLS."
        )
