"""Who may erase an identity on request, see who has seen a record, and export it for the person."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

COORDINATOR = ["add_erasure", "view_readers", "export_person"]


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("clients")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name="coordinator"):
        group.permissions.add(*Permission.objects.filter(content_type__app_label="clients", codename__in=COORDINATOR))


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_erasure"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
