"""Whatever is sent to the pages of a case: saved as it is or refused with a sentence at the field; never an error."""

import uuid
from datetime import date

import pytest
import time_machine
from django.http import QueryDict

from legal_cases.forms import CaseForm, ClosingForm
from legal_cases.group_forms import GroupClosingForm, GroupOpenForm
from legal_cases.models import CaseEvent, GroupComplaint, LegalCase, Party
from legal_cases.services import find_or_create_group, find_or_create_party
from mrc.access import centre_scope
from tests.factories import make_card, make_case, make_closed_case
from tests.legal_cases.pages import CLOSING, COMPLAINT, GROUP, NEW

HOSTILE = [
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\ud7ff\ue000",
    "\u202egnp.exe",
    "😀👩‍🌾",
    "a" * 10_000,
    "ก" * 10_000,
    "9" * 5_000,
    "31/12/2569",
    "12/31/2026",
    "31/02/2026",
    "0000-00-00",
    "43,0818",
    "1.60 crore",
    "100 million",
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "２０２６",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "'; DROP TABLE legal_cases_legalcase; --",
    "=1+1",
    "None",
    "none",
    "99999999999999999999",
    " ",
    "\n\n",
]
HISTORY = {"happened_on": "01/09/2026", "kind": "contact", "note": "", "next_due": ""}
REOPENING = {"on": "01/09/2026", "reason": "Not paid"}


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


@pytest.fixture
def desk(sign_in, legal_officer):
    return sign_in(legal_officer)


def posted(answers):
    """Answers as a browser sends them."""
    data = QueryDict(mutable=True)
    for name, value in answers.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def saved(form):
    """Whether the form saves what it holds; else it names a field of its own, with a sentence."""
    if form.is_valid():
        form.save()
        return True
    assert form.errors.keys() <= {*form.fields, "__all__"}
    assert all(all(sentences) for sentences in form.errors.values())
    return False


def fields_of(form_class, **kwargs):
    return [name for name in form_class(**kwargs).fields if name != "confirmed"]


def test_every_field_of_a_new_case_takes_or_refuses_every_value(in_a):
    for field in fields_of(CaseForm, instance=LegalCase(centre=in_a)):
        for value in HOSTILE:
            count = LegalCase.objects.count()
            form = CaseForm(posted(COMPLAINT | {field: value}), instance=LegalCase(centre=in_a))
            is_saved = saved(form)
            assert LegalCase.objects.count() == count + is_saved


def test_every_field_of_an_edited_case_takes_or_refuses_every_value(in_a):
    uid = make_case(in_a).uid
    for field in fields_of(CaseForm, instance=LegalCase.objects.get(uid=uid)):
        for value in HOSTILE:
            case = LegalCase.objects.get(uid=uid)
            version = case.version + saved(CaseForm(posted(COMPLAINT | {field: value}), instance=case))
            assert LegalCase.objects.get(uid=uid).version == version


def test_every_field_of_a_closing_takes_or_refuses_every_value(in_a):
    fields = fields_of(ClosingForm, instance=make_case(in_a, opened_on=None))
    assert "duration_months" in fields
    for field in fields:
        for value in HOSTILE:
            case = make_case(in_a, opened_on=None)
            form = ClosingForm(posted(CLOSING | {"duration_months": "1", field: value}), instance=case)
            is_saved = saved(form)
            assert LegalCase.objects.closed().filter(pk=case.pk).exists() == is_saved


def test_every_field_of_a_group_complaint_takes_or_refuses_every_value(in_a):
    for field in fields_of(GroupOpenForm, instance=LegalCase(centre=in_a)):
        for value in HOSTILE:
            count = GroupComplaint.objects.count()
            answers = GROUP | {"title": str(uuid.uuid4()), field: value}
            form = GroupOpenForm(posted(answers), instance=LegalCase(centre=in_a))
            is_saved = saved(form)
            assert GroupComplaint.objects.count() == count + is_saved


def test_every_field_of_a_group_closing_takes_or_refuses_every_value(in_a):
    group = find_or_create_group(centre=in_a, title="Closed factory")

    def form(case, answers=None):
        return GroupClosingForm(answers, instance=LegalCase(centre=in_a), open_cases=[case])

    for field in form(make_case(in_a, group=group)).fields:
        for value in HOSTILE:
            case = make_case(in_a, group=group)
            closing = form(case, posted(CLOSING | {"cases": str(case.uid), field: value}))
            is_saved = saved(closing)
            assert LegalCase.objects.closed().filter(pk=case.pk).exists() == is_saved


def refused_or_saved(page, form):
    """302, or 422 with a sentence at a field that has a name."""
    assert page.status_code in (302, 422), page.status_code
    if page.status_code == 422:
        problems = page.context[form].errors
        assert problems
        assert all(all(sentences) for sentences in problems.values())


@pytest.mark.parametrize("field", [*HISTORY, "submission"])
def test_every_field_of_a_step_takes_or_refuses_every_value(desk, in_a, field):
    case = make_case(in_a)
    for value in HOSTILE:
        page = desk.post(f"{case.get_absolute_url()}history/", HISTORY | {field: value})
        refused_or_saved(page, "event_form")


@pytest.mark.parametrize("field", REOPENING)
def test_every_field_of_a_reopening_takes_or_refuses_every_value(desk, in_a, field):
    for value in HOSTILE:
        case = make_closed_case(in_a)
        refused_or_saved(
            desk.post(f"{case.get_absolute_url()}reopen/", REOPENING | {"version": 1, field: value}), "form"
        )


def test_a_page_full_of_one_value_is_refused_and_comes_back(desk, in_a):
    case = make_case(in_a)
    for url in (NEW, "/cases/groups/new/", f"{case.get_absolute_url()}close/", f"{case.get_absolute_url()}edit/"):
        fields = desk.get(url).context["form"].fields
        for value in ("a\x00b", "ก" * 10_000, "9" * 5_000, "31/02/2026", "-1", "1e400", "None", "\n\n"):
            page = desk.post(url, dict.fromkeys(fields, value) | {"version": case.version})
            assert page.status_code == 422
            assert b'id="errors"' in page.content
    assert LegalCase.objects.get() == case
    assert not Party.objects.exists()


@pytest.mark.parametrize(
    ("submission", "version"),
    [("", ""), ("x", "x"), ("\x00", "\x00"), ("0" * 40, "99999999999999999999"), ("x", "1.0")],
)
def test_a_mangled_token_or_version_loses_nothing(desk, in_a, submission, version):
    assert desk.post(NEW, COMPLAINT | {"submission": submission}).status_code == 302
    case = LegalCase.objects.get()
    for page in ("edit/", "close/"):
        response = desk.post(f"{case.get_absolute_url()}{page}", CLOSING | {"version": version, "remarks": "Mine"})
        assert response.status_code == 409
        assert "Mine" in response.content.decode()


def test_identifiers_of_another_centre_lead_nowhere(desk, in_a, centre_b):
    with centre_scope([centre_b]):
        card, case = make_card(centre_b), make_case(centre_b)
        party = find_or_create_party(centre=centre_b, kind="employer", name="Hidden Factory")
        group = find_or_create_group(centre=centre_b, title="Hidden group")
        event = CaseEvent.objects.create(case=case, kind="contact", happened_on=date(2026, 9, 1))
    values = [
        thing
        for record in (card, case, party, group, event, centre_b)
        for thing in (record.pk, getattr(record, "uid", ""))
    ]
    fields = (
        "centre",
        "centre_id",
        "client",
        "client_id",
        "group",
        "group_id",
        "employer",
        "employer_id",
        "id",
        "pk",
        "uid",
    )
    for value in (*values, group.title, party.name, card.reference):
        for field in fields:
            page = desk.post(NEW, COMPLAINT | {field: value})
            assert page.status_code == 302 or set(page.context["form"].errors) == {field}
    own = LegalCase.objects.all()
    assert {opened.centre for opened in own} == {in_a}
    assert not own.exclude(client=None, group=None).exists()
    for path in ("", "edit/", "close/", "reopen/", "history/"):
        url = f"/cases/{case.uid}/{path}"
        assert desk.get(url).status_code == 404
        assert desk.post(url, COMPLAINT | CLOSING | HISTORY | REOPENING | {"version": 1}).status_code in (404, 405)
    with centre_scope([centre_b]):
        assert LegalCase.objects.get().version == 1
        assert Party.objects.get() == party


def test_what_is_typed_is_shown_as_text(desk, in_a):
    desk.post(NEW, COMPLAINT | {"remarks": "<b>bold</b>", "employer": '"><script>x</script>'})
    case = LegalCase.objects.get()
    for url in (case.get_absolute_url(), f"{case.get_absolute_url()}edit/"):
        page = desk.get(url).content.decode()
        assert "<b>bold" not in page
        assert "<script>x" not in page
