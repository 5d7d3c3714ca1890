"""What each role may do, and that every page asks for it: the table of DOMAIN.md against the program."""

import pytest
from django.contrib.auth.models import Group, Permission

from mrc.access import ROLES
from tests.site_map import CARDS, addresses, pages_of
from tests.visits import World

# Role -> what it may do, by app. A permission that is added to a role must be added here too, knowingly.
ENTERS_CARDS = {
    "clients.view_clientcard",
    "clients.add_clientcard",
    "clients.change_clientcard",
    "clients.view_identity",
    "clients.add_servicereceived",
    "clients.change_servicereceived",
    "clients.delete_servicereceived",
}
READS_TABLES = {"reports.view_tables"}
OPENS_NUMBERS = {"reports.view_cell_records"}
HANDLES_CASES = {
    "legal_cases.view_legalcase",
    "legal_cases.add_legalcase",
    "legal_cases.change_legalcase",
    "legal_cases.close_legalcase",
    "legal_cases.view_groupcomplaint",
    "legal_cases.add_groupcomplaint",
    "legal_cases.change_groupcomplaint",
    "legal_cases.view_party",
    "legal_cases.add_caseevent",
}
HOLDS_ACTIVITIES = {
    "activities.view_activity",
    "activities.add_activity",
    "activities.change_activity",
    "activities.add_participant",
    "activities.delete_participant",
}
INTERVIEWS = {
    "harvesting.view_sampledraw",
    "harvesting.add_drawoutcome",
    "harvesting.view_questionnaire",
    "harvesting.view_interview",
    "harvesting.add_interview",
    "harvesting.change_interview",
    "harvesting.view_story",
    "harvesting.add_story",
    "harvesting.change_story",
}
DRAWS_SAMPLES = {
    "harvesting.add_sampledraw",
    "harvesting.add_questionnaire",
    "harvesting.change_questionnaire",
    "harvesting.export_interview",
    "activities.delete_activity",
    "activities.import_participant",
}
WORKS_WITH_CLIENTS = ENTERS_CARDS | HOLDS_ACTIVITIES | INTERVIEWS
MOVES_SPREADSHEETS = {
    "clients.import_clientcard",
    "clients.export_clientcard",
    "clients.add_erasure",
    "clients.view_readers",
    "clients.export_person",
    "legal_cases.import_legalcase",
    "legal_cases.export_legalcase",
}
MANAGES = {
    *(f"mrc.{verb}_organization" for verb in ("view", "add", "change", "delete")),
    *(f"mrc.{verb}_{name}" for verb in ("view", "add", "change") for name in ("centre", "user")),
    "mrc.view_auditevent",
    *(f"reports.{verb}_agreement" for verb in ("view", "add", "change", "delete")),
    *(f"reports.{verb}_reportingperiod" for verb in ("view", "add", "change", "delete")),
}
PUBLISHES = {"reports.add_publishedtables"}
READS_REPORTS = {"reports.view_agreement", "reports.view_progressreport", "reports.view_submittedreport"}
WRITES_REPORTS = {
    "reports.add_progressreport",
    "reports.change_progressreport",
    "reports.submit_progressreport",
    *(f"reports.{verb}_casestudy" for verb in ("view", "add", "change", "delete")),
}
READS_RESULTS = {"results.view_step", "results.view_indicator"}
WRITES_RESULTS = {f"results.{verb}_{name}" for verb in ("add", "change", "delete") for name in ("step", "indicator")}
MAY = {
    "staff": WORKS_WITH_CLIENTS | READS_TABLES | OPENS_NUMBERS,
    "legal_officer": WORKS_WITH_CLIENTS | READS_TABLES | OPENS_NUMBERS | HANDLES_CASES,
    "coordinator": WORKS_WITH_CLIENTS
    | READS_TABLES
    | OPENS_NUMBERS
    | HANDLES_CASES
    | MOVES_SPREADSHEETS
    | DRAWS_SAMPLES
    | READS_REPORTS
    | PUBLISHES
    | WRITES_REPORTS
    | READS_RESULTS
    | WRITES_RESULTS,
    "programme_officer": READS_TABLES | READS_REPORTS | READS_RESULTS | PUBLISHES | {"reports.decide_progressreport"},
    "administrator": MANAGES,
}
# Pages that ask for nothing but being signed in, or not even for that.
WITHOUT_A_PERMISSION = {
    *("home", "login", "sign_in_code", "logout", "quick_exit"),
    *("second_factor", "recovery_codes", "password_change", "password_change_done"),
}


def permissions_of(role):
    found = Permission.objects.filter(group__name=role).select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in found}


def test_the_roles_are_these_five(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES) == set(MAY)


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_this_and_nothing_more(db, role):
    assert permissions_of(role) == MAY[role]


def test_nobody_who_manages_accounts_or_reads_aggregates_may_touch_a_record():
    aggregates = READS_TABLES | READS_REPORTS | READS_RESULTS | PUBLISHES
    of_records = {name for role in CARDS for name in MAY[role]} - aggregates
    for role in set(MAY) - CARDS:
        assert not MAY[role] & of_records, role


def pages_with_views():
    return [
        (address, page)
        for address in addresses()
        for page in pages_of(address.key)
        if page.kind != "admin" and address.key not in WITHOUT_A_PERMISSION
    ]


def required(address, page, made):
    """The permissions that the view behind an address asks for."""
    view = address.view.view_class(**address.view.view_initkwargs)
    view.kwargs = page.arguments_for(made)
    return set(view.get_permission_required())


def test_every_page_asks_for_a_permission_that_exactly_its_roles_have(db):
    made = World().build().made["a"]
    assert len(pages_with_views()) > 20
    for address, page in pages_with_views():
        needed = required(address, page, made)
        assert needed, f"{address.key} states no permission_required."
        assert {role for role in MAY if needed <= MAY[role]} == page.may, f"{address.key} needs {sorted(needed)}"


def test_every_permission_that_a_page_asks_for_exists(db):
    made = World().build().made["a"]
    there = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }
    asked = {name for address, page in pages_with_views() for name in required(address, page, made)}
    assert asked <= there
