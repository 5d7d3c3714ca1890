"""What each role may do with activities."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

STAFF = ["view_activity", "add_activity", "change_activity", "add_participant", "delete_participant"]
COORDINATOR = [*STAFF, "delete_activity", "import_participant"]
ROLES = {"staff": STAFF, "legal_officer": STAFF, "coordinator": COORDINATOR}


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("activities")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label="activities", codename__in=ROLES[group.name])
        )


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
