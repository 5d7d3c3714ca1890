"""What each role may do with the theory of change and the indicators of its agreements."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

READS = ["view_step", "view_indicator"]
WRITES = [f"{verb}_{name}" for verb in ("add", "change", "delete") for name in ("step", "indicator")]
ROLES = {"coordinator": [*READS, *WRITES], "programme_officer": READS}


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("results")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label="results", codename__in=ROLES[group.name])
        )


class Migration(migrations.Migration):
    dependencies = [("results", "0001_initial"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
