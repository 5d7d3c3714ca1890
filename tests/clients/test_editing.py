"""Editing a card: nothing is lost when two people do it; consent can be withdrawn; history for coordinators."""

from datetime import date

import pytest
import time_machine

from clients import services
from clients.models import Consent, Identity, IdentityKey
from mrc.audit import AuditEvent
from tests.factories import make_card, make_service


@pytest.fixture(autouse=True)
def in_august():
    with time_machine.travel(date(2026, 8, 15)):
        yield


@pytest.fixture
def desk(sign_in, staff):
    return sign_in(staff)


@pytest.fixture
def card(in_a):
    card = make_card(
        in_a,
        name="Chan Dara",
        identity={"telephone": "012 345 678", "date_of_birth": date(1990, 12, 31)},
        consents=["keep_data", "story"],
        birth_year=1990,
        nationality="KH",
    )
    services.index_identities([card])
    return card


def edit_url(card):
    return f"{card.get_absolute_url()}edit/"


def answers_of(page):
    """What a browser would send back from the page."""
    form = page.context["form"]
    answers = {"version": page.context["version"]}
    for name in form.fields:
        value = form[name].value()
        prepared = form.fields[name].prepare_value(value)
        if value not in (None, "", False):
            answers[name] = prepared
    return answers


def test_the_page_holds_what_is_stored_and_saving_it_changes_nothing(desk, card):
    page = desk.get(edit_url(card))
    answers = answers_of(page)
    assert answers["name"] == "Chan Dara"
    assert answers["date_of_birth"] == "31/12/1990"
    assert answers["nationality"] == "Cambodia"
    assert answers["consents"] == ["keep_data", "story"]
    before = list(Consent.objects.values()), Identity.objects.values().get(), set(IdentityKey.objects.values_list("pk"))
    assert desk.post(edit_url(card), answers).status_code == 302
    after = list(Consent.objects.values()), Identity.objects.values().get(), set(IdentityKey.objects.values_list("pk"))
    assert before == after


def test_an_edit_is_saved_and_the_audit_says_which_fields(desk, staff, card):
    answers = answers_of(desk.get(edit_url(card)))
    response = desk.post(edit_url(card), answers | {"ethnicity": "Khmer", "telephone": "099 888 777"})
    assert response.headers["Location"] == card.get_absolute_url()
    card.refresh_from_db()
    assert (card.ethnicity, card.version) == ("Khmer", 2)
    assert Identity.objects.get().telephone == "099 888 777"
    changes = AuditEvent.objects.filter(record=card.uid, action="change").order_by("pk")
    assert [(entry.model, entry.detail["fields"], entry.actor) for entry in changes] == [
        ("clients.ClientCard", ["ethnicity", "version"], staff),
        ("clients.Identity", ["telephone"], staff),
    ]


def test_opening_the_page_is_in_the_audit(desk, card):
    desk.get(edit_url(card))
    assert AuditEvent.objects.get(action="view_identity").detail == {"why": "edit"}


def test_a_changed_date_of_birth_moves_the_year_with_it(desk, card):
    answers = answers_of(desk.get(edit_url(card)))
    desk.post(edit_url(card), answers | {"date_of_birth": "31/12/1991"})
    card.refresh_from_db()
    assert card.birth_year == 1991
    answers = answers_of(desk.get(edit_url(card)))
    response = desk.post(edit_url(card), answers | {"date_of_birth": "31/12/1992", "birth_year": "1980"})
    assert response.status_code == 422
    assert "in another year" in str(response.context["form"].errors["birth_year"])


def test_two_people_editing_see_both_versions_and_decide(desk, sign_in, legal_officer, card):
    first, second = answers_of(desk.get(edit_url(card))), answers_of(desk.get(edit_url(card)))
    colleague = sign_in(legal_officer)
    saved = {"telephone": "099 111 222", "consents": ["keep_data"]}
    assert colleague.post(edit_url(card), first | saved).status_code == 302
    typed = second | {"telephone": "099 333 444", "ethnicity": "Khmer", "consents": ["keep_data", "story", "referral"]}
    response = desk.post(edit_url(card), typed)
    assert response.status_code == 409
    assert {(str(label), stored, new) for label, stored, new in response.context["differences"]} == {
        ("Telephone No.", "099 111 222", "099 333 444"),
        ("Ethnicity", "", "Khmer"),
        (
            "The person agrees to",
            "Keep personal data",
            "Keep personal data, Use of the story, Share for a referral",
        ),
    }
    assert Identity.objects.get().telephone == "099 111 222"
    assert "099 333 444" in response.content.decode()
    again = answers_of(response)
    assert desk.post(edit_url(card), again).status_code == 302
    assert Identity.objects.get().telephone == "099 333 444"
    assert set(Consent.objects.filter(withdrawn_on=None).values_list("purpose", flat=True)) == {
        "keep_data",
        "story",
        "referral",
    }


def test_a_consent_is_withdrawn_for_one_purpose_and_its_dates_are_kept(desk, card):
    answers = answers_of(desk.get(edit_url(card)))
    assert desk.post(edit_url(card), answers | {"consents": ["keep_data"]}).status_code == 302
    story = Consent.objects.get(purpose="story")
    assert (story.given_on, story.withdrawn_on) == (card.registered_on, date(2026, 8, 15))
    assert Consent.objects.get(purpose="keep_data").withdrawn_on is None
    assert "Given on 01/07/2026, withdrawn on 15/08/2026" in desk.get(card.get_absolute_url()).content.decode()


def test_a_consent_given_again_is_a_new_one(desk, card, staff):
    answers = answers_of(desk.get(edit_url(card)))
    desk.post(edit_url(card), answers | {"consents": ["keep_data"]})
    answers = answers_of(desk.get(edit_url(card)))
    again = {"consents": ["keep_data", "story"], "consent_on": "14/08/2026", "consent_how": "written"}
    assert desk.post(edit_url(card), answers | again).status_code == 302
    story = Consent.objects.get(purpose="story", withdrawn_on=None)
    assert (story.given_on, story.how, story.recorded_by) == (date(2026, 8, 14), "written", staff)
    assert Consent.objects.get(purpose="keep_data").given_on == card.registered_on
    assert Consent.objects.count() == 3


def test_the_consent_to_keep_data_is_taken_back_on_the_card_and_the_person_may_stay_under_a_pseudonym(desk, card):
    answers = answers_of(desk.get(edit_url(card))) | {"consents": ["story"]}
    response = desk.post(edit_url(card), answers)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"consents", "telephone", "date_of_birth", "is_pseudonym"}
    assert Consent.objects.filter(withdrawn_on=None).count() == 2
    gone = {"telephone": "", "date_of_birth": "", "name": "Sunflower", "is_pseudonym": "on"}
    assert set(desk.post(edit_url(card), answers | gone).context["form"].errors) == {"consents"}
    desk.post(f"/cards/{card.uid}/consents/keep_data/withdraw/", {"on": "15/08/2026"})
    answers = answers_of(desk.get(edit_url(card))) | gone
    assert desk.post(edit_url(card), answers).status_code == 302
    card.refresh_from_db()
    assert (card.birth_year, card.is_pseudonym) == (1990, True)
    identity = Identity.objects.get()
    assert (identity.name, identity.telephone, identity.date_of_birth) == ("Sunflower", "", None)
    assert not IdentityKey.objects.exclude(kind="name").exists()


def test_taking_the_name_away_deletes_the_identity_and_leaves_the_card_and_its_services(desk, card):
    make_service(card)
    answers = answers_of(desk.get(edit_url(card)))
    desk.post(edit_url(card), answers | {"name": "", "telephone": "", "date_of_birth": ""})
    assert not Identity.objects.exists()
    assert not IdentityKey.objects.exists()
    card.refresh_from_db()
    assert (card.services.count(), card.birth_year) == (1, 1990)
    assert AuditEvent.objects.filter(record=card.uid, action="delete", model="clients.Identity").count() == 1


def test_the_centre_and_the_reference_of_a_card_do_not_change(sign_in, two_centre_coordinator, centre_b, card):
    browser = sign_in(two_centre_coordinator)
    answers = answers_of(browser.get(edit_url(card)))
    forged = {"centre": centre_b.code, "centre_id": centre_b.pk, "reference": "PNH-2026-99999", "uid": str(card.uid)}
    assert browser.post(edit_url(card), answers | forged).status_code == 302
    reference = card.reference
    card.refresh_from_db()
    assert (card.centre.code, card.reference) == ("PNH", reference)


def test_the_history_is_shown_to_coordinators_only_and_holds_no_value(sign_in, desk, coordinator, card):
    answers = answers_of(desk.get(edit_url(card)))
    desk.post(edit_url(card), answers | {"telephone": "099 888 777", "ethnicity": "Khmer"})
    assert "History of this card" not in desk.get(card.get_absolute_url()).content.decode()
    page = sign_in(coordinator).get(card.get_absolute_url()).content.decode()
    history = page[page.index("History of this card") :]
    assert "Changed: identity (Telephone No.)" in history
    assert "Changed: client card (Ethnicity)" in history
    assert "Staff.A" in history
    assert "888" not in history


def test_a_case_of_the_person_is_listed_for_who_may_see_cases(sign_in, desk, legal_officer, card):
    from tests.factories import make_case

    case = make_case(card.centre, client=card)
    assert case.reference not in desk.get(card.get_absolute_url()).content.decode()
    page = sign_in(legal_officer).get(card.get_absolute_url()).content.decode()
    assert case.reference in page
    assert f"/new/?card={card.uid}" in page


def test_the_page_takes_the_same_number_of_queries_however_much_is_on_the_card(
    sign_in, coordinator, card, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.factories import make_case

    desk = sign_in(coordinator)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(card.get_absolute_url()).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for day in range(1, 21):
        make_service(card, received_on=date(2026, 7, day), staff_member=coordinator)
        make_case(card.centre, client=card)
    assert queries() == few <= 17
