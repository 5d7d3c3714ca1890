"""Whatever is stored about a person is erased or stays for a reason; it is in the person's file or left out for one."""

from clients.models import ClientCard
from clients.person import PARTS
from mrc.vault import EncryptedField
from tests.marked_records import owned_models, text_fields

BY_LABEL = {part.label: part for part in PARTS}


def about_a_person():
    """Every model that leads to a client card by foreign keys, the card first."""
    found = {ClientCard}
    while True:
        more = {
            model
            for model in set(owned_models()) - found
            if any(one.is_relation and one.related_model in found for one in model._meta.concrete_fields)
        }
        if not more:
            return found
        found |= more


def texts_of(model):
    """Columns that can hold what somebody typed, those too short for a word included."""
    encrypted = [one for one in model._meta.concrete_fields if isinstance(one, EncryptedField)]
    short = [
        one
        for one in model._meta.concrete_fields
        if one.get_internal_type() in ("CharField", "TextField", "JSONField", "BinaryField") and not one.choices
    ]
    return {one.name for one in (*encrypted, *short, *text_fields(model))}


def test_every_model_that_leads_to_a_card_is_declared():
    assert {model._meta.label for model in about_a_person()} == set(BY_LABEL)


def test_every_text_about_a_person_is_erased_or_stays_for_a_reason():
    for part in PARTS:
        if not part.is_deleted:
            assert set(part.erased) | set(part.stays) == texts_of(part.model), part.label
            assert not set(part.erased) & set(part.stays), part.label
        assert all([*part.stays.values(), *part.hidden.values()])


def test_no_encrypted_text_stays():
    for part in PARTS:
        kept = [name for name in part.stays if isinstance(part.model._meta.get_field(name), EncryptedField)]
        assert kept == []


def test_each_path_leads_to_the_card():
    for part in PARTS[1:]:
        model = part.model
        for step in part.path.split("__"):
            model = model._meta.get_field(step).related_model
        assert model is ClientCard, part.label
