"""What each role may do with agreements and progress reports."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

READS = ["view_agreement", "view_progressreport", "view_submittedreport"]
ROLES = {
    "coordinator": [
        *READS,
        "add_progressreport",
        "change_progressreport",
        "submit_progressreport",
        "view_casestudy",
        "add_casestudy",
        "change_casestudy",
        "delete_casestudy",
    ],
    "programme_officer": [*READS, "decide_progressreport"],
    "administrator": [
        "view_agreement",
        "add_agreement",
        "change_agreement",
        "delete_agreement",
        "view_reportingperiod",
        "add_reportingperiod",
        "change_reportingperiod",
        "delete_reportingperiod",
    ],
}


def extend_roles(apps, schema_editor):
    config = apps.get_app_config("reports")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label="reports", codename__in=ROLES[group.name])
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_progress_reports"), ("mrc", "0002_roles")]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
