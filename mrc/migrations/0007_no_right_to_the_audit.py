"""The program gives up its right to change the audit, in databases too that were made before (mrc/audit_chain.py)."""

from django.db import migrations

from mrc.audit_chain import NO_RIGHT


def give_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(NO_RIGHT)


class Migration(migrations.Migration):
    dependencies = [("mrc", "0006_months_kept")]
    operations = [migrations.RunPython(give_up, migrations.RunPython.noop)]
