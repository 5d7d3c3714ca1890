"""What opening, closing and reopening write together, and what they refuse."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from legal_cases import services
from legal_cases.models import LegalCase


def test_a_case_gets_its_reference_from_the_year_of_its_opening(in_a):
    case = services.open_case(
        case=LegalCase(centre=in_a, gender="woman", opened_on=date(2024, 5, 6)),
        subjects=["wages_withheld", "no_rest_day"],
    )
    assert case.reference == "PNH-L2024-0001"
    assert [subject.code for subject in case.subjects.all()] == ["wages_withheld", "no_rest_day"]
    assert [(event.kind, event.happened_on) for event in case.events.all()] == [("opened", date(2024, 5, 6))]


def test_a_case_is_closed_with_computed_duration_reopened_and_closed_again(in_a):
    opened = LegalCase(centre=in_a, gender="woman", opened_on=date(2026, 1, 15))
    case = services.open_case(case=opened, subjects=["no_rest_day"])
    case = LegalCase.objects.get(pk=case.pk)
    case.closed_on, case.resolution, case.sanction = date(2026, 2, 15), "informal", "none"
    services.close_case(case=case, remedies=["compensation"])
    assert case.duration_months == 1
    services.reopen_case(case=case, on=date(2026, 3, 1), reason="The employer did not pay.")
    case = LegalCase.objects.get(pk=case.pk)
    assert not case.is_closed
    assert "The employer did not pay." in case.events.first().note
    assert services.earlier_closing(case)["remedies"] == ["compensation"]
    assert [event.kind for event in case.events.all()] == ["reopened", "closed", "opened"]


def test_a_case_is_not_closed_without_a_remedy(in_a):
    case = services.open_case(case=LegalCase(centre=in_a, gender="man"), subjects=["no_rest_day"])
    case.closed_on, case.resolution, case.sanction, case.duration_months = date(2026, 2, 15), "informal", "none", 0
    with pytest.raises(ValidationError) as refusal:
        services.close_case(case=case, remedies=[])
    assert set(refusal.value.message_dict) == {"remedies"}
