"""The audit becomes a chain, entries that are there already too, and the database refuses to change or delete them."""

from django.db import migrations, models

from mrc.audit_chain import COLUMNS, NO_WALL, PURPOSE, WALL, content_of, next_digest
from mrc.vault import sign

BATCH = 2000


def link_what_is_there(apps, schema_editor):
    entries = apps.get_model("mrc", "AuditEvent").objects.order_by("pk").values_list(*COLUMNS)
    digest, number, rows = "", 0, []
    # Read whole, a batch at a time by key: SQLite does not go on reading what is written meanwhile.
    last = 0
    while batch := list(entries.filter(pk__gt=last)[:BATCH]):
        rows = []
        for pk, *said in batch:
            number += 1
            digest = next_digest(digest, 1, number, content_of(*said))
            rows.append((number, digest, sign(PURPOSE, digest), pk))
            last = pk
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE mrc_auditevent SET lane = 1, number = %s, digest = %s, signature = %s WHERE id = %s", rows
            )


def run(statements):
    def all_of(apps, schema_editor):
        with schema_editor.connection.cursor() as cursor:
            for statement in statements[schema_editor.connection.vendor]:
                cursor.execute(statement)

    return all_of


class Migration(migrations.Migration):
    dependencies = [("mrc", "0002_roles")]
    operations = [
        migrations.AddField(
            "auditevent",
            "lane",
            models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="chain"),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditevent",
            "number",
            models.PositiveBigIntegerField(default=0, editable=False, verbose_name="number in the chain"),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditevent",
            "digest",
            models.CharField(
                default="", editable=False, help_text="of this entry and of the digest before it", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditevent",
            "signature",
            models.CharField(default="", editable=False, help_text="of the digest, by the vault", max_length=80),
            preserve_default=False,
        ),
        migrations.RunPython(link_what_is_there, migrations.RunPython.noop),
        migrations.AddConstraint(
            "auditevent",
            models.UniqueConstraint(fields=("lane", "number"), name="one_entry_at_a_place_of_a_chain"),
        ),
        migrations.RunPython(run(WALL), run(NO_WALL)),
    ]
