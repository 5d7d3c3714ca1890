"""The file for the person: every text of their records is in it, none of anybody else's; asking and audit."""

import io
import zipfile

import pytest
import time_machine
from django.urls import reverse

from activities.models import Activity, Participant
from clients.models import ClientCard, Identity
from clients.person import PARTS
from harvesting.models import Answer, AnswerChoice, Question
from legal_cases.models import LegalCase
from mrc import audit
from mrc.access import agreement_scope, centre_scope
from mrc.audit import AuditEvent
from reports.models import Agreement
from tests.clients.test_forgetting import TODAY
from tests.conftest import make_user
from tests.factories import make_card, make_case
from tests.marked_records import BIRTHS, make_centre, mark, text_fields

NOT_A_TEXT = {AnswerChoice}  # a code, which stands in no list of choices of the marked question


@pytest.fixture
def world(db):
    with time_machine.travel(TODAY):
        centre, made = make_centre("a")
        with (
            centre_scope([centre]),
            agreement_scope([made[Agreement]]),
            audit.acting(None, "test"),
            audit.identities_opened(),
        ):
            yield centre, made


@pytest.fixture
def address(world):
    return reverse("clients:person_file", kwargs={"uid": world[1][ClientCard].uid})


@pytest.fixture
def desk(world, sign_in):
    return sign_in(make_user("chief", "coordinator", world[0]))


def words_of(response):
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return archive.read("word/document.xml").decode()


def expected(part):
    """The marks of every column of a part that the file shows."""
    return [
        mark("a", part.model, column)
        for column in text_fields(part.model)
        if column.name not in part.hidden and str(column) != "clients.ClientCard.reference"
    ]


def test_every_text_of_the_person_is_in_the_file(world, address, desk):
    text = words_of(desk.post(address)).lower()
    for part in PARTS:
        if not part.left_out and part.model not in NOT_A_TEXT:
            assert [one for one in expected(part) if one.lower() not in text] == [], part.label
    assert f"{BIRTHS['a']:%d/%m/%Y}" in text and "81827361.51" in text
    for word in ("who has seen your record", "keep personal data", "counselling", "dropped"):
        assert word in text
    question = mark("a", Question, Question._meta.get_field("text"))
    assert question in text and mark("a", Answer, Answer._meta.get_field("text")) in text


def test_nothing_of_others_is_in_the_file(world, address, desk):
    centre, made = world
    other = make_card(centre, name="Other Person", identity={"telephone": "099 888 777"}, ethnicity="Othernicity")
    make_case(centre, client=other, group=made[LegalCase].group, remarks="Remarks about the other one")
    Participant.objects.create(activity=made[Activity], card=other)
    group = made[LegalCase].group
    text = words_of(desk.post(address))
    for word in ("Other Person", "099 888 777", "Othernicity", "Remarks about the other", other.reference):
        assert word not in text
    assert group.title not in text and group.description not in text


def test_the_file_is_asked_for_confirmed_and_stands_in_the_audit(world, address, desk, sign_in):
    asked = desk.get(address)
    assert "It names the person" in asked.content.decode()
    assert not AuditEvent.objects.filter(action="export", record=world[1][ClientCard].uid).exists()
    response = desk.post(address)
    assert response["Content-Disposition"].endswith('.docx"')
    entry = AuditEvent.objects.get(action="export", record=world[1][ClientCard].uid)
    assert (entry.detail["why"], entry.actor.name) == ("person_file", "Chief")
    clerk = sign_in(make_user("clerk", "staff", world[0]))
    assert clerk.post(address).status_code == 403


def test_after_erasing_the_file_says_what_is_left(world, address, desk):
    identity = Identity.objects.get(card=world[1][ClientCard])
    desk.post(reverse("clients:erase", kwargs={"uid": world[1][ClientCard].uid}))
    text = words_of(desk.post(address))
    assert identity.name not in text and "The person asked for it" in text
