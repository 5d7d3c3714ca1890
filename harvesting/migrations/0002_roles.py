"""What each role may do in outcome harvesting."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

STAFF = [
    "view_sampledraw",
    "add_drawoutcome",
    "view_questionnaire",
    "view_interview",
    "add_interview",
    "change_interview",
    "view_story",
    "add_story",
    "change_story",
]
COORDINATOR = [*STAFF, "add_sampledraw", "add_questionnaire", "change_questionnaire", "export_interview"]
ROLES = {"staff": STAFF, "legal_officer": STAFF, "coordinator": COORDINATOR}


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("harvesting")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label="harvesting", codename__in=ROLES[group.name])
        )


class Migration(migrations.Migration):
    dependencies = [("harvesting", "0001_initial"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
