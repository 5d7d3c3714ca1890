"""The five roles as groups, with what each may do. Which centres' records that reaches is decided in mrc/access.py."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

STAFF = {
    "clients": [
        "view_clientcard",
        "add_clientcard",
        "change_clientcard",
        "view_identity",
        "add_servicereceived",
        "change_servicereceived",
        "delete_servicereceived",
    ],
    "reports": ["view_tables", "view_cell_records"],
}
LEGAL_OFFICER = STAFF | {
    "legal_cases": [
        "view_legalcase",
        "add_legalcase",
        "change_legalcase",
        "close_legalcase",
        "view_groupcomplaint",
        "add_groupcomplaint",
        "change_groupcomplaint",
        "view_party",
        "add_caseevent",
    ],
}
COORDINATOR = LEGAL_OFFICER | {
    "clients": [*STAFF["clients"], "import_clientcard", "export_clientcard"],
    "legal_cases": [*LEGAL_OFFICER["legal_cases"], "import_legalcase", "export_legalcase"],
}
PROGRAMME_OFFICER = {"reports": ["view_tables"]}
ADMINISTRATOR = {
    "mrc": [
        "view_organization",
        "add_organization",
        "change_organization",
        "delete_organization",
        "view_centre",
        "add_centre",
        "change_centre",
        "view_user",
        "add_user",
        "change_user",
        "view_auditevent",
    ],
}
ROLES = {
    "staff": STAFF,
    "legal_officer": LEGAL_OFFICER,
    "coordinator": COORDINATOR,
    "programme_officer": PROGRAMME_OFFICER,
    "administrator": ADMINISTRATOR,
}


def make_roles(apps, schema_editor):
    # Permissions are otherwise made after all migrations, which is too late for this one.
    for label in ("mrc", "clients", "legal_cases", "reports"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, permissions in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        wanted = [
            Permission.objects.get(content_type__app_label=label, codename=codename)
            for label, codenames in permissions.items()
            for codename in codenames
        ]
        group.permissions.set(wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("mrc", "0001_initial"),
        ("clients", "0001_initial"),
        ("legal_cases", "0001_initial"),
        ("reports", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
