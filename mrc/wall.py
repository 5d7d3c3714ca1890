"""The second wall: PostgreSQL itself shows and takes only rows of the centres and agreements in scope.

The first wall are the managers of mrc/access.py. Should a query ever go past them, row-level security still gives no
row of anybody else: the connection (mrc/postgresql) tells the database the scope before a query, and a policy on the
table of each ``Owned`` model compares. Nothing told: no row. The owner of the tables is bound too.

A new table gets its policy in the migration that makes it, ``put_up({"app.Model": "path"})``; the start and a test
refuse one without. SQLite has nothing of the kind.
"""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import migrations

from mrc.access import OWNERS, Owned

POLICY = "in_scope"
# The primary keys of the owners in scope, as an array: those that were told, or all where every centre is in scope.
FUNCTION = """
CREATE OR REPLACE FUNCTION mrc_{kind}s_in_scope() RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE told text := current_setting('mrc.{kind}s', true);
BEGIN
  IF told = 'all' THEN RETURN ARRAY(SELECT id FROM {table}); END IF;
  RETURN coalesce(nullif(told, ''), '{{}}')::bigint[];
END $$
"""
# Tables that have another policy than ours, or none, or do not bind their owner.
UNPROTECTED = f"""
SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relnamespace = current_schema()::regnamespace
   AND NOT (relrowsecurity AND relforcerowsecurity
            AND ARRAY(SELECT polname FROM pg_policy WHERE polrelid = pg_class.oid) = ARRAY['{POLICY}'::name])
"""  # noqa: S608


# --- in migrations ---------------------------------------------------------------------------------------------------


def make_functions(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for kind, label in OWNERS.items():
            table = apps.get_model(label)._meta.db_table
            schema_editor.execute(FUNCTION.format(kind=kind, table=table))


def put_up(paths):
    """Operation that protects tables: {model: foreign keys that lead to its owner, or to a table that is protected}.

    An agreement followed by ``__centres``: rows of agreements that cover a centre in scope are seen too.
    """

    def protect(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for label, path in paths.items():
                model = apps.get_model(label)
                table = schema_editor.quote_name(model._meta.db_table)
                schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
                schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                rule = _rule(model, path.split("__"), table)
                schema_editor.execute(f"CREATE POLICY {POLICY} ON {table} USING ({rule}) WITH CHECK ({rule})")

    return migrations.RunPython(protect, _take_down(paths))


def _take_down(paths):
    def lay_open(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for label in paths:
                table = schema_editor.quote_name(apps.get_model(label)._meta.db_table)
                schema_editor.execute(f"DROP POLICY {POLICY} ON {table}")
                schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
                schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    return lay_open


def _rule(model, steps, table, depth=1):
    """SQL that is true for rows whose owner is in scope. PostgreSQL asks it once for the owners, not once a row."""
    first, *rest = steps
    field = model._meta.get_field(first)
    above = field.related_model
    column = f'{table}."{field.column}"'
    kind = {label: kind for kind, label in OWNERS.items()}.get(above._meta.label)
    if kind and rest:
        return f"({_in_scope(kind, column)} OR {_one_in_scope(above._meta.get_field(rest[0]), column)})"
    if kind:
        return _in_scope(kind, column)
    beyond = f" AND {_rule(above, rest, f'above{depth}', depth + 1)}" if rest else ""
    return _exists(above._meta.db_table, f"above{depth}", f"above{depth}.id = {column}{beyond}")


def _one_in_scope(many, column):
    """SQL that is true where one of the centres that an agreement covers is in scope."""
    ours, theirs = many.m2m_column_name(), many.m2m_reverse_name()
    link = f'linked."{ours}" = {column} AND {_in_scope("centre", f"linked.{theirs}")}'
    return _exists(many.m2m_db_table(), "linked", link)


def _in_scope(kind, column):
    return f"{column} = ANY ((SELECT mrc_{kind}s_in_scope())::bigint[])"


def _exists(table, name, condition):
    return f'EXISTS (SELECT 1 FROM "{table}" {name} WHERE {condition})'  # noqa: S608


# --- the check -------------------------------------------------------------------------------------------------------


def is_protected(model):
    """Whether its table needs a policy: that of records, and that of their many-to-many relations."""
    return issubclass(model._meta.auto_created or model, Owned)


def check_tables(connection):
    """Refuses a database in which a table of records has no policy. Raises ImproperlyConfigured."""
    if connection.vendor != "postgresql":
        return
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True) if is_protected(model)]
    with connection.cursor() as cursor:
        cursor.execute(UNPROTECTED, [tables])
        unprotected = sorted(name for (name,) in cursor.fetchall())
    if unprotected:
        raise ImproperlyConfigured(
            f"PostgreSQL would show rows of every centre in {', '.join(unprotected)}: a migration must protect new"
            " tables with put_up() of mrc/wall.py. If one does already, run: python manage.py migrate."
        )
