"""Rules of the house that a machine can check."""

import ast
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.core.validators import MaxValueValidator
from django.db import connection, models
from django.forms import IntegerField, ModelForm, ModelMultipleChoiceField

from clients.models import ClientCard, Identity
from legal_cases.models import LegalCase
from mrc.access import Record
from mrc.fields import RecordsField
from mrc.vault import EncryptedField
from tests.conftest import cursor_of_everything
from tests.marked_records import RECORDS, owned_models
from tests.site_map import addresses

ROOT = Path(settings.BASE_DIR)
APPS = [ROOT / app for app in settings.DOMAIN_APPS]
MOST_LINES = 450

# Places that may leave the scope of centres, and why.
OUT_OF_SCOPE = {
    "mrc/access.py": "defines the way out",
    "clients/forgetting.py": "retention, and erasing again after a restore, concern every centre",
    "reports/content.py": "who reads a submitted report sees no records, and no story that was withdrawn either",
    "mrc/import_views.py": "forgets uploads after a day, whosever they are",
    "mrc/management/commands/migrate.py": "migrations change the records of all centres",
    "mrc/management/commands/rotate_vault_keys.py": "a vault key protects all centres",
}
# Files in which a query finds restricted records whoever asks, and why.
INCLUDES_RESTRICTED = {
    "activities/querysets.py": "the number of names in a list of activities",
    "activities/reconciliation.py": "names beside heads",
    "activities/services.py": "services move with their activity, whose they are",
    "activities/views.py": "an activity in which somebody is named is not deleted",
    "harvesting/answer_views.py": "how often a choice was made",
    "harvesting/draws.py": "everybody eligible is in the frame and keeps the place on the list",
    "harvesting/services.py": "how many interviews the year has",
    "harvesting/stories.py": "the balance of the year",
    "harvesting/todo.py": "who follows on the list of a draw",
    "mrc/access.py": "report tables",
    "mrc/views.py": "the figures of the first page",
}
# Files that read or write the audit beside mrc/audit.py, and why.
READS_AUDIT = {
    "activities/views.py": "who entered and changed this activity, for coordinators; the activity is in scope",
    "clients/seen.py": "who has seen this person's record, for coordinators; the card is in scope",
    "clients/views.py": "who entered and opened this card, for coordinators; the card is in scope",
    "legal_cases/views.py": "who entered and changed this case, for coordinators; the case is in scope",
    "mrc/admin.py": "the list for administrators; entries hold no value",
}
# Files that read or write spreadsheets and documents: one for each direction and kind.
READS_AND_WRITES_FILES = {"mrc/exports.py", "mrc/documents.py", "mrc/spreadsheets.py"}
# Columns of records that are in plain text and are no code list, and why they name nobody.
PLAIN_TEXT = {
    "mrc.ReferenceCounter.series": "a year",
    "mrc.Submission.url": "an address, which holds a uid at most",
    "mrc.PendingImport.records": "the name of a model",
    "mrc.PendingImport.sealed_content": "sealed by the vault",
    "clients.ClientCard.reference": "a number",
    "clients.ClientCard.nationality": "code of a country",
    "clients.ClientCard.ethnicity": "counted",
    "clients.ClientCard.native_language": "counted",
    "clients.ClientCard.destination_country": "code of a country",
    "clients.ClientCard.destination_city": "counted",
    "legal_cases.LegalCase.reference": "a number",
    "legal_cases.LegalCase.nationality": "code of a country",
    "legal_cases.LegalCase.destination_country": "code of a country",
    "legal_cases.LegalCase.requested_currency": "code of a currency",
    "legal_cases.LegalCase.awarded_currency": "code of a currency",
    "harvesting.Questionnaire.title": "what a centre calls its questions",
    "harvesting.Question.code": "names a question",
    "harvesting.Question.section": "part of a questionnaire",
    "harvesting.Question.text": "what everybody is asked",
    "harvesting.Question.help_text": "what everybody is asked",
    "harvesting.Question.options": "what everybody is offered",
    "harvesting.SampleDraw.seed": "chance",
    "harvesting.SampleDraw.frame": "counts",
    "harvesting.SampleDraw.frame_digest": "a digest of numbers",
    "harvesting.SampleDraw.order": "numbers of cards",
    "harvesting.SampleDraw.seats": "counts",
    "harvesting.Interview.nationality": "code of a country",
    "harvesting.AnswerChoice.code": "code of a choice",
    "legal_cases.CaseEvent.closing": "codes of a closing that was taken back",
    "reports.ReportText.key": "the place of a text",
    "reports.SubmittedReport.digest": "a digest",
}
# What stands in an address beside random identifiers, and why it names nobody.
NAMED_IN_ADDRESSES = {
    "file_format": "the ending of a file",
    "table": "code of a report table",
    "row": "code of a row",
    "column": "code of a column",
    "key": "the place of a text in a report",
    "kind": "what is to be done",
    "purpose": "code of a consent",
}


def sources(*folders):
    """(path from the root, text) of every Python file of the program."""
    for folder in folders or APPS:
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


def files_with(pattern):
    return {name for name, text in sources() if re.search(pattern, text, re.MULTILINE)}


def templates():
    return [(path.relative_to(ROOT), path.read_text()) for path in sorted((ROOT / "templates").rglob("*.html"))]


# --- the source --------------------------------------------------------------------------------------------------


def test_the_scope_is_left_only_where_a_reason_is_written():
    assert files_with(r"scopes_disabled|every_centre\(") == set(OUT_OF_SCOPE)


def test_restricted_records_are_included_only_where_a_reason_is_written():
    assert files_with(r"restricted\.included\(") == set(INCLUDES_RESTRICTED)


def test_managers_without_a_scope_are_never_used():
    assert files_with(r"_base_manager|unscoped|\.raw\(|with_scope\(") == set()


def test_the_audit_is_read_only_where_a_reason_is_written():
    used = files_with(r"AuditEvent\.objects|register\(audit\.AuditEvent\)")
    assert used - {"mrc/audit.py"} == set(READS_AUDIT)


def test_spreadsheets_and_documents_are_read_and_written_in_three_files():
    assert files_with(r"^\s*(from|import) (openpyxl|xlsxwriter|docx|csv)\b") == READS_AND_WRITES_FILES


def test_encryption_and_hashing_are_in_the_vault_only():
    used = files_with(r"^\s*(from|import) (cryptography|hashlib|hmac|pyrage)\b")
    # settings only look whether the keys are keys; a draw by lot is an order of digests that anyone can compute;
    # backups are files of their own format, and digests show that their tables are whole
    assert used == {
        "mrc/vault.py",
        "mrc/settings.py",
        "harvesting/draws.py",
        "mrc/backup.py",
        "mrc/dumping.py",
    }


def test_modules_stay_short():
    folders = [*APPS, ROOT / "benchmarks"]
    assert {name: text.count("\n") for name, text in sources(*folders) if text.count("\n") > MOST_LINES} == {}


def test_every_module_says_what_it_holds():
    silent = [name for name, text in sources() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == [] or all(name.endswith("apps.py") for name in silent)


def test_every_form_names_the_answer_that_is_missing():
    alone = r"^class \w+\((?!SectionedFormMixin|NamesMissingMixin)[^)]*forms\.(Form|ModelForm)\b"
    # Forms of administrators; the first base of a row form; a form of hidden fields.
    assert files_with(alone) == {"mrc/admin.py", "mrc/imports.py", "mrc/forms.py"}


def forms_of_the_admin(rf, administrator):
    request = rf.get("/admin/")
    request.user = administrator
    return [page.get_form(request) for page in site._registry.values()]


def test_several_records_are_chosen_with_a_field_that_no_number_is_too_large_for(rf, administrator):
    assert files_with(r"forms\.ModelMultipleChoiceField") == {"mrc/fields.py"}
    fields = [
        (form.__qualname__, name, field)
        for form in forms_of_the_admin(rf, administrator)
        for name, field in form.base_fields.items()
        if isinstance(field, ModelMultipleChoiceField)
    ]
    assert len(fields) >= 2
    assert [found for found in fields if not isinstance(found[2], RecordsField)] == []


def test_every_whole_number_of_a_record_has_a_largest_which_no_database_decides(rf, administrator):
    """Else SQLite would take numbers for which a column of PostgreSQL has no room."""
    assert list(addresses())  # every form is loaded with them
    forms = [*subclasses(ModelForm), *forms_of_the_admin(rf, administrator)]
    numbers = [
        (form.__qualname__, column.name, form.base_fields[column.name], column)
        for form in forms
        if form._meta.model
        for column in form._meta.model._meta.concrete_fields
        if isinstance(column, models.IntegerField) and isinstance(form.base_fields.get(column.name), IntegerField)
    ]
    assert len(numbers) >= 10
    for form, name, field, column in numbers:
        assert field.max_value or any(isinstance(one, MaxValueValidator) for one in column._validators), (form, name)


def subclasses(kind):
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_nothing_is_left_for_later():
    assert files_with(r"\b(TODO|FIXME|XXX|HACK)\b") == set()


def test_templates_have_no_script_and_no_style_in_them():
    for name, text in templates():
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:", text), name
        assert all(re.match(r"\s[^>]*\bsrc=", tag) for tag in re.findall(r"<script([^>]*)>", text)), name
        assert not re.search(r"(src|href)=[\"']https?://", text), name


def test_templates_mark_nothing_as_safe():
    for name, text in templates():
        assert not re.search(r"\|\s*safe\b|autoescape off", text), name


# --- models and addresses ------------------------------------------------------------------------------------------


def test_every_text_of_a_record_is_encrypted_or_a_code():
    plain = {
        str(field)
        for model in owned_models()
        for field in model._meta.concrete_fields
        if isinstance(
            field, (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)
        )
        and not isinstance(field, EncryptedField)
        and not field.choices
    }
    assert plain == set(PLAIN_TEXT)


def test_records_are_kept_with_their_centre_and_not_deleted_with_it():
    for model in owned_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model._meta.label == "mrc.Centre" and issubclass(model, Record):
                assert field.remote_field.on_delete is models.PROTECT, field


def test_addresses_hold_random_identifiers_and_no_numbers_of_records():
    for address in addresses():
        if address.key.startswith("admin"):
            continue
        converters = re.findall(r"<(\w+):(\w+)>", address.route)
        for kind, name in converters:
            assert kind == "uuid" or (kind in ("slug", "str") and name in NAMED_IN_ADDRESSES), address.key


def test_every_kind_of_record_is_in_the_proof_of_isolation():
    assert set(RECORDS) == set(owned_models())


# --- what is written -------------------------------------------------------------------------------------------------

SECRETS = {
    "name": "Sophea Testperson",
    "address": "12 Invented Lane",
    "telephone": "012 345 987",
    "email": "sophea.t@example.net",
    "safe_contact": "Evenings, ask for Auntie",
    "emergency_name": "Dara Otherperson",
    "emergency_telephone": "098 765 123",
    "community_of_origin": "Village of Prey Invented",
    "date_of_birth": "17/05/1991",
}
CASE_SECRETS = {"remarks": "He kept her passport in a drawer", "employer": "Golden Invented Factory"}
FORMS_OF_SECRETS = [
    *SECRETS.values(),
    *CASE_SECRETS.values(),
    "1991-05-17",
    "012345987",
    "098765123",
    "sophea",
    "testperson",
    "otherperson",
    "golden invented",
]


@pytest.fixture
def entered(coordinator, sign_in, centre_a, caplog, client):
    """A card and a case typed in the browser, searched, opened and changed; (all responses, the log)."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django").propagate = True
    window = sign_in(coordinator)
    card = {
        "registered_on": "01/07/2026",
        "gender": "woman",
        "consents": ["keep_data"],
        "consent_on": "01/07/2026",
        "consent_how": "spoken",
        "sector": "unknown",
        **SECRETS,
    }
    case = {
        "gender": "woman",
        "subjects": ["documents_retained"],
        "opened_on": "03/07/2026",
        "legal_status": "unknown",
        "sector": "unknown",
        **CASE_SECRETS,
    }
    responses = [window.post("/cards/new/", card), window.post("/cases/new/", case)]
    assert [response.status_code for response in responses] == [302, 302], [
        response.context and response.context["form"].errors for response in responses
    ]
    responses += [window.get(response.url) for response in responses]
    responses += [window.post("/cards/search/", {"q": typed}) for typed in ("Testperson", "012345987", "nobody else")]
    responses += [window.post("/cards/new/", {**card, "registered_on": "never"}), window.get("/cards/")]
    return responses, caplog


def written_to_disk(request):
    """Every byte that the database keeps: the file of SQLite, or all rows of all tables of PostgreSQL."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    with cursor_of_everything() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  names of our own tables
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows).encode()


def test_a_copy_of_the_database_names_nobody(entered, request, in_a):
    stored = written_to_disk(request)
    card = ClientCard.objects.get()
    assert card.reference.encode() in stored  # the bytes are those of the database
    assert Identity.objects.get(card=card).name == SECRETS["name"]
    assert LegalCase.objects.get().remarks == CASE_SECRETS["remarks"]
    for secret in FORMS_OF_SECRETS:
        for form in (secret, secret.lower(), secret.upper()):
            for encoding in ("utf-8", "utf-16-le"):
                assert form.encode(encoding) not in stored, form


def test_no_log_no_cookie_and_no_address_names_anybody(entered):
    responses, caplog = entered
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    sent = "\n".join(str(response.headers) + response.cookies.output() for response in responses)
    assert "/cards/" in logged + sent
    for secret in FORMS_OF_SECRETS:
        assert secret.lower() not in logged.lower(), secret
        assert secret.lower() not in sent.lower(), secret


def test_the_audit_names_nobody(entered):
    from mrc.audit import AuditEvent

    entries = str(list(AuditEvent.objects.values())).lower()
    assert "clients.clientcard" in entries
    for secret in FORMS_OF_SECRETS:
        assert secret.lower() not in entries, secret


def test_the_pages_themselves_show_what_was_typed(entered):
    """Else the tests above would prove nothing."""
    responses, _caplog = entered
    shown = "\n".join(response.content.decode() for response in responses)
    for secret in (SECRETS["name"], SECRETS["telephone"], CASE_SECRETS["remarks"]):
        assert secret in shown


def test_tests_with_transactions_of_their_own_leave_what_migrations_made():
    """One that empties the tables breaks those that come after it."""
    for path in (ROOT / "tests").rglob("*.py"):
        for call in re.findall(r"django_db\(.*transaction=True.*\)", path.read_text()):
            assert "serialized_rollback=True" in call or path == Path(__file__), path
