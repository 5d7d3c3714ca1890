"""Who may publish report tables."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ["coordinator", "programme_officer"]


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("reports")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(Permission.objects.get(content_type__app_label="reports", codename="add_publishedtables"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_published_tables"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
