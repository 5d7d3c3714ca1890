"""Every address of the program: who may open it and what it is about. The tests of permissions and isolation read it.

A new page is one line in PAGES. Who is not named gets 403; a record of another centre is 404 for everybody.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, get_resolver, resolve, reverse

from activities.models import Activity
from clients.models import ClientCard, ServiceReceived
from harvesting.models import Interview, Questionnaire, SampleDraw, Story
from legal_cases.models import GroupComplaint, LegalCase
from mrc.access import ADMINISTRATOR, COORDINATOR, LEGAL_OFFICER, PROGRAMME_OFFICER, STAFF
from mrc.audit import AuditEvent
from mrc.choices import FIRST_CURRENCIES
from mrc.exports import REPORT_FORMATS
from mrc.models import Centre, Organization, User
from reports.files import PROGRESS_FORMATS
from reports.models import Agreement, CaseStudy, MajorAction, ProgressReport, SubmittedReport
from reports.tables import MONEY
from reports.views import COUNTED
from results.models import Assumption, Indicator, IndicatorDefinition, Step
from tests.answers import (
    ACTION_ANSWERS,
    ACTIVITY_ANSWERS,
    ASSUMPTION_ANSWERS,
    CARD_ANSWERS,
    CASE_ANSWERS,
    CASE_STUDY_ANSWERS,
    CLOSING_ANSWERS,
    DEFINITION_ANSWERS,
    INTERVIEW_ANSWERS,
    NEW_IN_THE_ADMIN,
    NEW_PASSPHRASES,
    OWN_PASSPHRASES,
    QUESTIONNAIRE_ANSWERS,
    REVISION_ANSWERS,
    STEP_ANSWERS,
    STORY_ANSWERS,
)

EVERYBODY = frozenset({STAFF, LEGAL_OFFICER, COORDINATOR, PROGRAMME_OFFICER, ADMINISTRATOR})
CARDS = frozenset({STAFF, LEGAL_OFFICER, COORDINATOR})
CASES = frozenset({LEGAL_OFFICER, COORDINATOR})
COORDINATORS = frozenset({COORDINATOR})
TABLES = CARDS | {PROGRAMME_OFFICER}
REPORTS = frozenset({COORDINATOR, PROGRAMME_OFFICER})
OFFICERS = frozenset({PROGRAMME_OFFICER})
ADMINISTRATORS = frozenset({ADMINISTRATOR})


@dataclass(frozen=True)
class Page:
    """``may``: the roles that open it. ``about``: the model of the record whose uid is in its address.

    ``kind``: "list" shows what is in scope, "record" is about one record, "entry" begins a record (which needs a
    centre), "tables" are aggregates, "admin" knows no scope, "public" needs no sign-in.
    ``arguments``: function of {model: record of a centre} -> what stands in the address, where it is not one uid.
    ``question``: function of the code of a centre -> what is asked after the ``?`` of the address.
    ``valid``: answers that make a form of the page acceptable, beside what the page fills in by itself.
    ``got``, ``posted``: the status of a GET, and of a POST without answers, for these roles and their own records;
    ``outside``: both for who is not signed in, of a public page.
    ``of_one_centre``: who has not exactly one centre is sent back to choose one.
    """

    may: frozenset
    kind: str = "list"
    about: Any = None
    arguments: Callable | None = None
    question: Callable | None = None
    valid: dict = field(default_factory=dict)
    got: int = 200
    posted: int = 405
    outside: tuple = ()
    of_one_centre: bool = False

    def arguments_for(self, made):
        if self.arguments:
            return self.arguments(made)
        return {"uid": made[self.about].uid} if self.about else {}


def import_pages(app):
    """The addresses of mrc/import_views.py in an app. An upload is of use to nobody but who uploaded it."""
    one = {"kind": "record", "arguments": lambda made: {"uid": made[f"upload of {app}"].uid}}
    return {
        f"{app}:import": Page(COORDINATORS, "entry", posted=422),
        f"{app}:import_template": Page(COORDINATORS),
        f"{app}:import_preview": Page(COORDINATORS, **one),
        f"{app}:import_confirm": Page(COORDINATORS, **one, got=405, posted=302),
        f"{app}:import_cancel": Page(COORDINATORS, **one, got=405, posted=302),
        f"{app}:import_problems": Page(COORDINATORS, **one),
        f"{app}:export": Page(COORDINATORS, of_one_centre=True),
    }


def attendance_pages():
    """The import of an attendance list: an upload of use to nobody but who uploaded it, for one activity."""

    def of_activity(made):
        return {"activity_uid": made[Activity].uid}

    def of_upload(made):
        return {"activity_uid": made[Activity].uid, "uid": made["upload of activities"].uid}

    return {
        "activities:import": Page(COORDINATORS, "record", arguments=of_activity, posted=422),
        "activities:import_template": Page(COORDINATORS, "record", arguments=of_activity),
        "activities:import_preview": Page(COORDINATORS, "record", arguments=of_upload),
        "activities:import_confirm": Page(COORDINATORS, "record", arguments=of_upload, got=405, posted=302),
        "activities:import_cancel": Page(COORDINATORS, "record", arguments=of_upload, got=405, posted=302),
        "activities:import_problems": Page(COORDINATORS, "record", arguments=of_upload),
    }


def on_a_list(record):
    """What stands in the address of a client on the list of an activity or draw."""
    return lambda made: {"uid": made[record].uid, "card_uid": made[ClientCard].uid}


def in_file(record, ending):
    return {"uid": record.uid, "file_format": ending}


def quarter(code):
    return {"centre": code, "period": "own", "from": "2026-07-01", "to": "2026-09-30"}


def behind(table):
    """The records behind a number of a report table: for those who may open one of them."""
    row = FIRST_CURRENCIES[0] if table.unit == MONEY else "total"
    address = {"table": table.code, "row": row, "column": table.printed_columns[-1].code}
    apps = {"clients": CARDS, "activities": CARDS, "harvesting": CARDS, "legal_cases": CASES, "reports": COORDINATORS}
    may = apps[table.source.permission.partition(".")[0]]
    return Page(may, "tables", arguments=lambda made: address, question=quarter)


# name of an address -> its Page, or several if the same address is different pages
PAGES = {
    "home": Page(EVERYBODY),
    # what waits
    "todo": Page(CARDS),
    "todo_number": Page(CARDS),
    **{f"todo_{kind}": Page(CASES) for kind in ("steps_overdue", "steps_today", "steps_soon", "quiet_cases")},
    **{f"todo_{kind}": Page(CARDS) for kind in ("cards_without_consent", "cards_without_gender")},
    "todo_identities_to_erase": Page(COORDINATORS),
    "todo_activities_to_count": Page(CARDS),
    "todo_interviews_owed": Page(CARDS),
    "todo_draws_due": Page(COORDINATORS),
    **{f"todo_{kind}": Page(COORDINATORS) for kind in ("reports_overdue", "reports_returned", "reports_due")},
    "login": Page(EVERYBODY, "public", got=302, posted=302, outside=(200, 200)),
    "sign_in_code": Page(EVERYBODY, "public", got=302, posted=302, outside=(302, 302)),
    "logout": Page(EVERYBODY, got=405, posted=302),
    "quick_exit": Page(EVERYBODY, "public", got=405, posted=200, outside=(405, 200)),
    "second_factor": Page(EVERYBODY, posted=200),
    "recovery_codes": Page(EVERYBODY, got=302, posted=302),
    "password_change": Page(EVERYBODY, valid=OWN_PASSPHRASES, posted=200),
    "password_change_done": Page(EVERYBODY),
    # client cards
    "clients:list": Page(CARDS),
    "clients:search": Page(CARDS, posted=422),
    "clients:new": Page(CARDS, "entry", valid=CARD_ANSWERS, posted=422),
    "clients:detail": Page(CARDS, "record", ClientCard),
    "clients:edit": Page(CARDS, "record", ClientCard, valid=CARD_ANSWERS, posted=409),
    "clients:withdraw": Page(
        CARDS,
        "record",
        arguments=lambda made: {"uid": made[ClientCard].uid, "purpose": "keep_data"},
        valid={"on": "01/07/2026"},
        posted=422,
    ),
    "clients:restrict": Page(CARDS, "record", ClientCard, valid={"is_restricted": "on"}, posted=409),
    "clients:erase": Page(COORDINATORS, "record", ClientCard, posted=302),
    "clients:seen": Page(COORDINATORS, "record", ClientCard),
    "clients:person_file": Page(COORDINATORS, "record", ClientCard, posted=200),
    "clients:service_add": Page(
        CARDS, "record", ClientCard, valid={"category": "counselling", "received_on": "2026-07-09"}, got=302, posted=422
    ),
    "clients:service_delete": Page(
        CARDS,
        "record",
        arguments=lambda made: {"uid": made[ClientCard].uid, "service_uid": made[ServiceReceived].uid},
        posted=302,
    ),
    **import_pages("clients"),
    # legal cases
    "legal_cases:list": Page(CASES, posted=422),
    "legal_cases:new": Page(CASES, "entry", valid=CASE_ANSWERS, posted=422),
    "legal_cases:detail": Page(CASES, "record", LegalCase),
    "legal_cases:edit": Page(CASES, "record", LegalCase, valid=CASE_ANSWERS, posted=409),
    "legal_cases:restrict": Page(CASES, "record", LegalCase, valid={"is_restricted": "on"}, posted=409),
    "legal_cases:close": Page(CASES, "record", LegalCase, valid=CLOSING_ANSWERS, posted=409),
    "legal_cases:reopen": Page(
        CASES, "record", LegalCase, valid={"reason": "More was paid", "on": "01/09/2026"}, posted=409
    ),
    "legal_cases:event_add": Page(
        CASES, "record", LegalCase, valid={"kind": "contact", "happened_on": "01/09/2026"}, got=302, posted=422
    ),
    "legal_cases:group_list": Page(CASES),
    "legal_cases:group_new": Page(CASES, "entry", valid={**CASE_ANSWERS, "title": "Wages", "women": "2"}, posted=422),
    "legal_cases:group_detail": Page(CASES, "record", GroupComplaint),
    "legal_cases:group_edit": Page(CASES, "record", GroupComplaint, valid={"title": "Wages"}, posted=409),
    "legal_cases:group_add": Page(CASES, "record", GroupComplaint, valid={**CASE_ANSWERS, "men": "1"}, posted=422),
    "legal_cases:group_close": Page(CASES, "record", GroupComplaint, valid=CLOSING_ANSWERS, posted=422),
    **import_pages("legal_cases"),
    # activities
    "activities:list": Page(CARDS),
    "activities:new": Page(CARDS, "entry", valid=ACTIVITY_ANSWERS, posted=422),
    "activities:detail": Page(CARDS, "record", Activity),
    "activities:edit": Page(CARDS, "record", Activity, valid=ACTIVITY_ANSWERS, posted=409),
    "activities:delete": Page(COORDINATORS, "record", Activity, posted=409),
    "activities:attendance": Page(CARDS, "record", Activity),
    "activities:participant_add": Page(CARDS, "record", Activity, got=302, posted=422),
    "activities:participant_search": Page(CARDS, "record", Activity, got=302, posted=422),
    "activities:participant_new": Page(CARDS, "record", Activity, valid=CARD_ANSWERS, posted=422),
    "activities:participant_remove": Page(CARDS, "record", arguments=on_a_list(Activity), posted=302),
    **attendance_pages(),
    # outcome harvesting
    "harvesting:overview": Page(CARDS),
    "harvesting:draw_new": Page(COORDINATORS, "entry", valid={"size": "4", "women_wanted": "2"}, posted=422),
    "harvesting:draw_detail": Page(CARDS, "record", SampleDraw),
    "harvesting:outcome_add": Page(
        CARDS, "record", arguments=on_a_list(SampleDraw), valid={"reason": "refused"}, got=302, posted=422
    ),
    "harvesting:interview_begin": Page(CARDS, "record", arguments=on_a_list(SampleDraw), got=302, posted=302),
    "harvesting:interview_list": Page(CARDS),
    "harvesting:interview_detail": Page(CARDS, "record", Interview),
    "harvesting:interview_edit": Page(CARDS, "record", Interview, valid=INTERVIEW_ANSWERS, posted=409),
    "harvesting:answer_save": Page(CARDS, "record", Interview, got=405, posted=400),
    "harvesting:interview_finish": Page(CARDS, "record", Interview, got=302, posted=302),
    "harvesting:questionnaire_list": Page(CARDS),
    "harvesting:questionnaire_new": Page(COORDINATORS, "entry", valid=QUESTIONNAIRE_ANSWERS, posted=422),
    "harvesting:questionnaire_detail": Page(CARDS, "record", Questionnaire),
    "harvesting:questionnaire_edit": Page(
        COORDINATORS, "record", Questionnaire, valid=QUESTIONNAIRE_ANSWERS, posted=422
    ),
    "harvesting:answers": Page(CARDS),
    "harvesting:answers_file": Page(COORDINATORS),
    "harvesting:story_new": Page(
        CARDS,
        "record",
        arguments=lambda made: {"interview_uid": made[Interview].uid},
        valid=STORY_ANSWERS,
        got=302,
        posted=302,
    ),
    "harvesting:story_list": Page(CARDS),
    "harvesting:story_detail": Page(CARDS, "record", Story),
    "harvesting:story_edit": Page(CARDS, "record", Story, valid=STORY_ANSWERS, posted=409),
    "harvesting:story_document": Page(CARDS, "record", Story, got=409),
    # report tables
    "reports:tables": Page(TABLES, "tables", question=quarter),
    "reports:download": [
        Page(TABLES, "tables", arguments=lambda made, suffix=suffix: {"file_format": suffix}, question=quarter)
        for suffix in REPORT_FORMATS
    ],
    "reports:publication": Page(REPORTS, "tables", question=quarter),
    "reports:publish": [
        Page(
            REPORTS,
            "tables",
            arguments=lambda made, suffix=suffix: {"file_format": suffix},
            question=quarter,
            got=405,
            posted=200,
        )
        for suffix in REPORT_FORMATS
    ],
    "reports:gender": Page(TABLES, "tables", question=quarter),
    "reports:gender_file": Page(TABLES, "tables", question=quarter),
    # One table for each kind of record that is counted; their other tables are filtered further.
    "reports:records": [behind(table) for table in {t.counted_with: t for t in COUNTED.values()}.values()],
    # agreements and progress reports
    "reports:agreement_list": Page(REPORTS),
    "reports:agreement_detail": Page(REPORTS, "record", Agreement),
    "reports:report_begin": Page(
        COORDINATORS, "record", Agreement, valid={"starts_on": "2026-07-01"}, got=405, posted=302
    ),
    "reports:report_detail": Page(REPORTS, "record", ProgressReport),
    "reports:text_save": Page(
        COORDINATORS,
        "record",
        arguments=lambda made: {"uid": made[ProgressReport].uid, "key": "summary"},
        got=405,
        posted=409,
    ),
    "reports:report_submit": Page(COORDINATORS, "record", ProgressReport, posted=422),
    "reports:report_correct": Page(COORDINATORS, "record", ProgressReport, got=405, posted=302),
    "reports:stories_told": Page(COORDINATORS, "record", ProgressReport, valid={"stories": []}, posted=302),
    "reports:case_study_new": Page(COORDINATORS, "record", ProgressReport, valid=CASE_STUDY_ANSWERS, posted=422),
    "reports:case_study_edit": Page(COORDINATORS, "record", CaseStudy, valid=CASE_STUDY_ANSWERS, posted=409),
    "reports:case_study_delete": Page(COORDINATORS, "record", CaseStudy, posted=302),
    "reports:action_new": Page(COORDINATORS, "record", ProgressReport, valid=ACTION_ANSWERS, posted=422),
    "reports:action_edit": Page(
        COORDINATORS,
        "record",
        arguments=lambda made: {"uid": made[ProgressReport].uid, "action_uid": made[MajorAction].uid},
        valid=ACTION_ANSWERS,
        posted=422,
    ),
    "reports:submitted": Page(REPORTS, "record", SubmittedReport),
    "reports:report_decide": Page(OFFICERS, "record", SubmittedReport, got=302, posted=422),
    "reports:submitted_changes": Page(REPORTS, "record", SubmittedReport),
    "reports:changed_records": Page(
        COORDINATORS,
        "record",
        # The open case is entered after the report was submitted.
        arguments=lambda made: {
            "uid": made[SubmittedReport].uid,
            "table": "open_at_end",
            "row": "all",
            "column": "men",
        },
    ),
    **{
        f"reports:{name}": [
            Page(may, "record", arguments=lambda made, about=about, ending=ending: in_file(made[about], ending))
            for ending in PROGRESS_FORMATS
        ]
        for name, may, about in (
            ("progress_download", COORDINATORS, ProgressReport),
            ("submitted_download", REPORTS, SubmittedReport),
        )
    },
    "reports:final_records": Page(COORDINATORS, "record", ProgressReport, posted=422),
    # theory of change and indicators
    "results:results": Page(REPORTS, "record", Agreement),
    "results:theory": Page(REPORTS, "record", Agreement),
    "results:impact_add": Page(COORDINATORS, "record", Agreement, valid=STEP_ANSWERS, posted=422),
    "results:indicators": Page(REPORTS, "record", Agreement),
    "results:hints": Page(COORDINATORS, "record", Agreement, got=405, posted=200),
    "results:step_add": Page(COORDINATORS, "record", Step, valid=STEP_ANSWERS, posted=422),
    "results:step_edit": Page(COORDINATORS, "record", Step, valid=STEP_ANSWERS, posted=409),
    "results:step_move": Page(COORDINATORS, "record", Step, valid={"direction": "up"}, got=405, posted=400),
    "results:step_delete": Page(COORDINATORS, "record", Step, posted=409),
    "results:assumption_add": Page(COORDINATORS, "record", Step, valid=ASSUMPTION_ANSWERS, posted=422),
    "results:assumption_edit": Page(COORDINATORS, "record", Assumption, valid=ASSUMPTION_ANSWERS, posted=409),
    "results:assumption_delete": Page(COORDINATORS, "record", Assumption, posted=302),
    "results:indicator_add": Page(COORDINATORS, "record", Step, valid=DEFINITION_ANSWERS, posted=422),
    "results:indicator_detail": Page(REPORTS, "record", Indicator),
    "results:indicator_revise": Page(COORDINATORS, "record", Indicator, valid=REVISION_ANSWERS, posted=422),
    "results:targets": Page(COORDINATORS, "record", Indicator, posted=409),
    "results:typed_results": Page(COORDINATORS, "record", Indicator, posted=409),
    "results:indicator_delete": Page(COORDINATORS, "record", Indicator, posted=409),
    "results:indicator_correct": Page(
        COORDINATORS, "record", IndicatorDefinition, valid=DEFINITION_ANSWERS, posted=409
    ),
    # administration
    "admin:index": Page(ADMINISTRATORS, "admin", posted=200),
    "admin:login": Page(ADMINISTRATORS, "admin", got=302, posted=302),
    "admin:logout": Page(ADMINISTRATORS, "admin", got=405, posted=302),
    "admin:password_change": Page(ADMINISTRATORS, "admin", valid=OWN_PASSPHRASES, posted=200),
    "admin:password_change_done": Page(ADMINISTRATORS, "admin"),
    "admin:jsi18n": Page(ADMINISTRATORS, "admin"),
    "admin:app_list": Page(ADMINISTRATORS, "admin", arguments=lambda made: {"app_label": "mrc"}, posted=200),
    "admin/(?P<url>.*)$": Page(
        ADMINISTRATORS, "admin", arguments=lambda made: {"url": "clients/clientcard/"}, got=404, posted=404
    ),
    "admin:auth_user_password_change": Page(
        ADMINISTRATORS, "admin", arguments=lambda made: {"id": made[User].pk}, valid=NEW_PASSPHRASES, posted=200
    ),
}


def _pages_of_the_admin():
    """The pages that Django makes for every model registered there."""
    kept = {"centre", "user", "auditevent"}  # switched off or kept for ever, and never deleted
    refused = {"got": 403, "posted": 403}
    for model in (Organization, Centre, User, AuditEvent, Agreement):
        app, name = model._meta.app_label, model._meta.model_name
        one = {"arguments": lambda made, model=model: {"object_id": made[model].pk}}
        shown = {"posted": 200}  # Django shows the page again
        changed, added = ({"posted": 403}, refused) if model is AuditEvent else (shown, shown)
        added = {**added, "valid": NEW_IN_THE_ADMIN.get(model, {})}
        deleted = refused if name in kept else shown
        yield f"admin:{app}_{name}_changelist", Page(ADMINISTRATORS, "admin", **shown)
        yield f"admin:{app}_{name}_add", Page(ADMINISTRATORS, "admin", **added)
        yield f"admin:{app}_{name}_change", Page(ADMINISTRATORS, "admin", **changed, **one)
        yield f"admin:{app}_{name}_history", Page(ADMINISTRATORS, "admin", **shown, **one)
        yield f"admin:{app}_{name}_delete", Page(ADMINISTRATORS, "admin", **deleted, **one)
        yield f"admin/{app}/{name}/<path:object_id>/", Page(ADMINISTRATORS, "admin", got=302, posted=302, **one)


PAGES.update(_pages_of_the_admin())


# --- the addresses that there are --------------------------------------------------------------------------------


def pages_of(key):
    """Nothing for an address that is not known here; a test of its own fails on it."""
    pages = PAGES.get(key, [])
    return pages if isinstance(pages, list) else [pages]


def view_of(url):
    """The name of the view that answers an address."""
    return resolve(url.partition("?")[0]).view_name


def acceptable(url, key, page):
    """Answers that the address takes which a form of ``page`` is sent to: that of the page (``key``) or another one."""
    view = view_of(url)
    pages = [page] if view == key else pages_of(view)
    return pages[0].valid if pages else {}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver. ``key``: its name with its namespace, or its route if it has no name."""

    key: str
    route: str
    view: Any
    has_name: bool

    def url(self, arguments):
        if self.has_name:
            return reverse(self.key, kwargs=arguments)
        return "/" + re.sub(
            r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)\$?", lambda m: str(arguments[m[1] or m[2]]), self.route
        )


def addresses(resolver=None, namespace="", route=""):
    """Every pattern of the resolver, those of included urls.py too."""
    for pattern in (resolver or get_resolver()).url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            key = namespace + pattern.name if pattern.name else whole
            yield Address(key, whole, pattern.callback, bool(pattern.name))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inner, whole)
