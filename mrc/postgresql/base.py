"""The connection: tells PostgreSQL the scope of django-scopes before a query, unless it was told the same last."""

from django.db.backends.postgresql import base
from django_scopes import get_scope

KINDS = ("centre", "agreement")
EVERYTHING = ("all",) * len(KINDS)
TELL = f"SELECT {', '.join(f'set_config({name!r}, %s, false)' for name in (f'mrc.{kind}s' for kind in KINDS))}"


def scope_to_tell():
    """What mrc/wall.py compares with, for each of KINDS: primary keys as an array of PostgreSQL, or all."""
    state = get_scope()
    if state.get("_enabled") is False:
        return EVERYTHING
    return tuple(f"{{{','.join(map(str, state.get(kind, ())))}}}" for kind in KINDS)


class DatabaseWrapper(base.DatabaseWrapper):
    told = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self.tell_scope)

    def tell_scope(self, execute, statement, values, many, context):
        scope = scope_to_tell()
        # A transaction that failed takes nothing but the statement that takes it back.
        if scope != self.told and not statement.startswith("ROLLBACK"):
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(TELL, scope)
            self.told = scope
        return execute(statement, values, many, context)

    # What was told is taken back with the transaction in which it was, and is not known to a new connection.

    def connect(self):
        self.told = None
        super().connect()

    def _rollback(self):
        self.told = None
        return super()._rollback()

    def _savepoint_rollback(self, sid):
        self.told = None
        return super()._savepoint_rollback(sid)
