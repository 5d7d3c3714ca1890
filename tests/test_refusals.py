"""What a service refuses although the form found nothing: the page comes back with the sentence and all typed."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError

from activities.models import Activity
from clients.models import ClientCard
from legal_cases.models import CaseRemedy, LegalCase, Party
from tests.factories import make_activity, make_card, make_case, make_closed_case
from tests.legal_cases.pages import CLOSING, answers_of


@pytest.fixture(autouse=True)
def in_september():
    with time_machine.travel(date(2026, 9, 10)):
        yield


def test_a_stored_case_that_breaks_a_rule_of_closing_is_refused_at_its_edit_page(sign_in, legal_officer, in_a):
    case = make_closed_case(in_a)
    case.remedies.all().delete()
    desk, url = sign_in(legal_officer), f"{case.get_absolute_url()}edit/"
    typed = answers_of(desk.get(url)) | {"remarks": "Wages paid", "employer": "A new farm"}
    page = desk.post(url, typed)
    assert page.status_code == 422
    assert "Choose at least one remedy" in page.content.decode()
    assert page.context["form"]["remarks"].value() == "Wages paid"
    case.refresh_from_db()
    assert (case.remarks, case.version) == ("", 1)
    assert not Party.objects.exists()  # nothing is half saved
    CaseRemedy.objects.create(case=case, code="none")
    assert desk.post(url, answers_of_refused(page)).status_code == 302  # it is the same version still
    assert LegalCase.objects.get().remarks == "Wages paid"


def test_a_stored_case_that_breaks_a_rule_of_opening_is_refused_at_its_closing_page(sign_in, legal_officer, in_a):
    case = make_case(in_a, opened_on=date(2026, 6, 16))
    LegalCase.objects.filter(pk=case.pk).update(source="other", source_other="")
    page = sign_in(legal_officer).post(f"{case.get_absolute_url()}close/", {**CLOSING, "version": 1})
    assert page.status_code == 422
    assert "Write which other source the complaint came from." in page.content.decode()
    assert not LegalCase.objects.get().is_closed


@pytest.mark.parametrize(
    ("make", "service", "field", "model"),
    [
        (make_card, "clients.services.save_card", "sector", ClientCard),
        (make_activity, "activities.services.save_activity", "title", Activity),
        (make_case, "legal_cases.services.change_case", "sector", LegalCase),
    ],
)
def test_a_refusal_stands_at_its_field_or_names_it(
    sign_in, coordinator, in_a, monkeypatch, make, service, field, model
):
    def refuse(**_what):
        raise ValidationError({field: "Too much of it.", "created_at": "Too early."})

    url = f"{make(in_a).get_absolute_url()}edit/"
    desk = sign_in(coordinator)
    typed = answers_of(desk.get(url))
    monkeypatch.setattr(service, refuse)
    page = desk.post(url, typed)
    assert page.status_code == 422
    form = page.context["form"]
    assert form.errors[field] == ["Too much of it."]
    assert form.non_field_errors() == ["Created at: Too early."]
    assert model.objects.get().version == 1 == page.context["version"]


def answers_of_refused(page):
    form = page.context["form"]
    return {name: value for name in form.fields if (value := form[name].value())} | {"version": page.context["version"]}
