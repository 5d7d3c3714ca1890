"""Entering a client card (Annex 1): what is kept, what is refused and why, and that nothing typed is lost."""

import uuid
from datetime import date

import pytest
import time_machine
from django.urls import reverse

from clients.models import ClientCard, Consent, Identity, ServiceReceived
from mrc.audit import AuditEvent
from mrc.models import ReferenceCounter
from tests.factories import make_card

NEW = "/cards/new/"
ANSWERS = {
    "registered_on": "01/07/2026",
    "gender": "woman",
    "name": "Nguyễn Hồng Ngữ",
    "consents": ["keep_data", "follow_up"],
    "telephone": "012 345 678",
}


@pytest.fixture(autouse=True)
def in_august():
    with time_machine.travel(date(2026, 8, 15)):
        yield


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


def errors_of(response):
    assert response.status_code == 422
    return {name: " ".join(messages) for name, messages in response.context["form"].errors.items()}


def test_the_form_begins_with_today_and_asks_for_no_centre_of_somebody_with_one(desk):
    response = desk.get(NEW)
    form = response.context["form"]
    assert 'value="15/08/2026"' in str(form["registered_on"])
    assert "centre" not in form.fields


def test_a_list_says_in_words_that_nothing_is_chosen(desk):
    form = desk.get("/cards/new/").context["form"]
    unanswered = {
        name: dict(field.choices)[""]
        for name, field in form.fields.items()
        if "" in dict(getattr(field, "choices", ()))
    }
    assert unanswered.pop("gender") == unanswered.pop("service_category") == "Choose"
    assert set(unanswered.values()) == {"Not recorded"}


def test_the_form_has_the_parts_of_the_paper_in_their_order(desk):
    page = desk.get(NEW).content.decode()
    parts = ["1. Personal information", "2. Family or friend", "3. Migration plans", "4. Support services received"]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


def test_a_full_card_is_saved_with_its_reference_identity_consents_and_first_service(desk, staff, in_a):
    response = desk.post(
        NEW,
        ANSWERS
        | {
            "consent_how": "thumbprint",
            "date_of_birth": "31/12/1990",
            "nationality": "Viet Nam",
            "address": "House 3\nStreet 5",
            "email": "ngu@example.org",
            "safe_contact": "After 18:00",
            "emergency_name": "Nguyễn Văn An",
            "emergency_relationship": "brother",
            "emergency_telephone": "+84 90 123 4567",
            "destination_country": "TH",
            "destination_city": "Rayong",
            "sector": "seafood",
            "legal_permission": "yes",
            "beneficiary_kind": "potential_migrant",
            "service_category": "counselling",
            "service_received_on": "02/07/2026",
            "service_note": "First talk",
        },
    )
    card = ClientCard.objects.get()
    assert response.headers["Location"] == card.get_absolute_url() == f"/cards/{card.uid}/"
    assert (card.reference, card.centre, card.birth_year) == ("PNH-2026-00001", in_a, 1990)
    assert (card.nationality, card.destination_country, card.sector) == ("VN", "TH", "seafood")
    identity = Identity.objects.get(card=card)
    assert (identity.name, identity.date_of_birth) == ("Nguyễn Hồng Ngữ", date(1990, 12, 31))
    assert identity.address == "House 3\nStreet 5"
    consents = Consent.objects.order_by("purpose").values_list("purpose", "given_on", "how", "recorded_by")
    assert list(consents) == [
        ("follow_up", date(2026, 7, 1), "thumbprint", staff.pk),
        ("keep_data", date(2026, 7, 1), "thumbprint", staff.pk),
    ]
    service = ServiceReceived.objects.get()
    assert (service.category, service.received_on, service.staff_member) == ("counselling", date(2026, 7, 2), staff)
    assert service.note == "First talk"


def test_only_the_date_and_the_gender_are_needed(desk, in_a):
    response = desk.post(NEW, {"registered_on": "01/07/2026", "gender": "other"})
    assert response.status_code == 302
    card = ClientCard.objects.get()
    assert (card.birth_year, card.nationality, card.sector, card.legal_permission) == (None, "", "unknown", "")
    assert not Identity.objects.exists()
    assert not Consent.objects.exists()
    errors = errors_of(desk.post(NEW, {"registered_on": "", "gender": ""}))
    assert set(errors) == {"registered_on", "gender"}


def test_years_of_the_buddhist_era_are_stored_as_gregorian_years(desk, in_a):
    desk.post(NEW, ANSWERS | {"registered_on": "01/07/2569", "date_of_birth": "31/12/2533"})
    desk.post(NEW, {"registered_on": "01/07/2026", "gender": "man", "birth_year": "๒๕๓๓"})
    cards = ClientCard.objects.order_by("pk").values_list("registered_on", "birth_year")
    assert list(cards) == [(date(2026, 7, 1), 1990), (date(2026, 7, 1), 1990)]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"registered_on": "16/08/2026"}, "registered_on", "is in the future"),
        ({"registered_on": "07/31/2026"}, "registered_on", "Are day and month swapped"),
        ({"date_of_birth": "31/12/1990", "birth_year": "1991"}, "birth_year", "in another year"),
        ({"date_of_birth": "02/07/2026"}, "date_of_birth", "after the date of registration"),
        ({"birth_year": "2027"}, "birth_year", "cannot be right"),
        ({"birth_year": "90"}, "birth_year", "four digits"),
        ({"telephone": "ask her brother"}, "telephone", "at least 5 digits"),
        ({"emergency_telephone": "12"}, "emergency_telephone", "at least 5 digits"),
        ({"email": "ngu.example.org"}, "email", "not an e-mail address"),
        ({"nationality": "Atlantis"}, "nationality", "“Atlantis” is not a country"),
        ({"consents": ["keep_data", "everything"]}, "consents", "everything is not one of the available choices"),
        ({"consent_on": "01/01/2027"}, "consent_on", "is in the future"),
        ({"service_category": "counselling"}, "service_received_on", "Write the date"),
        ({"service_note": "First talk"}, "service_category", "Choose the type of service"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name_and_nothing_typed_is_lost(desk, in_a, changes, field, says):
    response = desk.post(NEW, ANSWERS | changes)
    errors = errors_of(response)
    assert set(errors) == {field}
    assert says in errors[field]
    assert "Nguyễn Hồng Ngữ" in response.content.decode()
    assert (ANSWERS | changes)["telephone"] in response.content.decode()
    assert not ClientCard.objects.exists()
    assert not ReferenceCounter.objects.exists()


def test_without_consent_a_pseudonym_is_kept_and_no_contact(desk, in_a):
    no_consent = {"registered_on": "01/07/2026", "gender": "woman", "name": "Sunflower"}
    errors = errors_of(desk.post(NEW, no_consent))
    assert "Without consent to keep personal data only a pseudonym is kept" in errors["is_pseudonym"]
    assert desk.post(NEW, no_consent | {"is_pseudonym": "on"}).status_code == 302
    assert Identity.objects.get().name == "Sunflower"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date_of_birth", "31/12/1990"),
        ("address", "House 3"),
        ("telephone", "012 345 678"),
        ("email", "ngu@example.org"),
        ("safe_contact", "After 18:00"),
        ("emergency_name", "An"),
        ("emergency_relationship", "brother"),
        ("emergency_address", "House 4"),
        ("emergency_telephone", "012 345 679"),
        ("emergency_email", "an@example.org"),
    ],
)
def test_without_consent_what_leads_to_the_person_is_refused(desk, in_a, field, value):
    answers = {"registered_on": "01/07/2026", "gender": "woman", "consents": ["follow_up"], field: value}
    errors = errors_of(desk.post(NEW, answers))
    assert set(errors) == {field}
    assert "Without consent to keep personal data" in errors[field]
    assert not ClientCard.objects.exists()
    assert desk.post(NEW, answers | {"consents": ["keep_data"]}).status_code == 302


def test_somebody_with_two_centres_chooses_one_and_no_other(sign_in, two_centre_coordinator, centre_a, centre_b, in_b):
    desk = sign_in(two_centre_coordinator)
    assert "centre" in errors_of(desk.post(NEW, ANSWERS))
    assert "centre" in errors_of(desk.post(NEW, ANSWERS | {"centre": "XXX"}))
    assert desk.post(NEW, ANSWERS | {"centre": "CNX"}).status_code == 302
    assert ClientCard.objects.get().reference == "CNX-2026-00001"


def test_naming_another_centre_changes_nothing_for_somebody_with_one(desk, centre_b, in_a):
    assert desk.post(NEW, ANSWERS | {"centre": centre_b.code, "centre_id": centre_b.pk}).status_code == 302
    assert ClientCard.objects.get().centre == in_a


def test_sending_the_same_page_twice_saves_one_card(desk, in_a):
    page = ANSWERS | {"submission": str(uuid.uuid4())}
    first, second = desk.post(NEW, page), desk.post(NEW, page)
    assert first.headers["Location"] == second.headers["Location"]
    assert ClientCard.objects.count() == 1


def test_references_count_from_one_in_each_year_and_centre(desk, in_a):
    for day in ("31/12/2025", "01/01/2026", "02/01/2026"):
        desk.post(NEW, {"registered_on": day, "gender": "man"})
    references = ClientCard.objects.order_by("pk").values_list("reference", flat=True)
    assert list(references) == ["PNH-2025-00001", "PNH-2026-00001", "PNH-2026-00002"]


def test_a_card_can_be_entered_by_who_may_and_by_nobody_else(sign_in, legal_officer, programme_officer, stranger, in_a):
    assert sign_in(legal_officer).post(NEW, ANSWERS).status_code == 302
    for user in (programme_officer, stranger):
        assert sign_in(user).post(NEW, ANSWERS).status_code == 403
    assert ClientCard.objects.count() == 1


def test_the_audit_says_who_entered_what_and_no_value(desk, staff, in_a):
    desk.post(NEW, ANSWERS)
    card = ClientCard.objects.get()
    entries = AuditEvent.objects.filter(record=card.uid, action="create")
    assert {entry.model for entry in entries} == {"clients.ClientCard", "clients.Identity", "clients.Consent"}
    assert {entry.actor for entry in entries} == {staff}
    everything = str(list(AuditEvent.objects.values()))
    assert "Hồng" not in everything
    assert "345 678" not in everything


def test_the_page_of_the_card_shows_everything_and_is_titled_by_the_reference(desk, in_a):
    desk.post(NEW, ANSWERS | {"heard_about": "Radio", "consent_how": "spoken"})
    page = desk.get(ClientCard.objects.get().get_absolute_url())
    assert page.context["title"] == "PNH-2026-00001"
    text = page.content.decode()
    for shown in ("Nguyễn Hồng Ngữ", "012 345 678", "Radio", "Given on 01/07/2026", "(Spoken)", "Not given"):
        assert shown in text
    assert "Nguyễn" not in text[: text.index("<body>")]


def test_a_card_of_another_centre_is_not_there(sign_in, staff_b, in_a):
    card = make_card(in_a, name="Chan Dara", consents=["keep_data"])
    desk = sign_in(staff_b)
    for name in ("detail", "edit", "service_add"):
        url = reverse(f"clients:{name}", args=[card.uid])
        assert desk.get(url).status_code == 404
        assert desk.post(url, ANSWERS).status_code == (405 if name == "detail" else 404)
