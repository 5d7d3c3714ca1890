"""Answers that the forms of the program take, beside what their pages fill in by themselves (tests/site_map.py)."""

from mrc.models import Centre, Organization, User
from reports.models import Agreement
from tests.conftest import PASSWORD

CARD_ANSWERS = {
    "registered_on": "01/07/2026",
    "gender": "woman",
    "email": "",
    "emergency_email": "",
    "telephone": "",
    "emergency_telephone": "",
    "date_of_birth": "",
    "birth_year": "1990",
    "somebody_else": "on",
}
CASE_ANSWERS = {
    "gender": "woman",
    "subjects": ["other"],
    "opened_on": "03/07/2026",
    "requested_amount": "",
    "requested_currency": "",
    "source": "other",
    "source_other": "A shopkeeper",
    "subjects_other": "Tools not given back",
    "legal_status": "unknown",
    "sector": "fishing",
    "client": "",
    "group": "",
}
CLOSING_ANSWERS = {
    "closed_on": "03/08/2026",
    "resolution": "dropped",
    "remedies": ["other"],
    "sanction": "none",
    "dropped_reason": "Went home",
    "remedies_other": "An apology",
    "requested_amount": "",
    "requested_currency": "",
}
CASE_STUDY_ANSWERS = {"title": "Night classes", "summary": "Classes after work", "impact": "Few", "learning": "Ask"}
ACTION_ANSWERS = {"text": "Ask", "responsible": "Somebody", "due_on": "31/12/2026", "status": "ongoing"}
ACTIVITY_ANSWERS = {
    "kind": "training",
    "audience": "beneficiaries",
    "title": "Before you go",
    "starts_on": "09/07/2026",
    "ends_on": "09/07/2026",
    "women": "3",
    "men": "2",
    "other": "0",
}
INTERVIEW_ANSWERS = {"interviewed_on": "01/09/2026", "gender": "woman", "is_profile_confirmed": "on"}
STORY_ANSWERS = {"title": "Paid at last", "outcome": "positive"}
QUESTIONNAIRE_ANSWERS = {
    "title": "Ours",
    "form-TOTAL_FORMS": "1",
    "form-INITIAL_FORMS": "0",
    "form-0-ORDER": "1",
    "form-0-text": "Is it safe to talk?",
    "form-0-kind": "yes_no",
}
NEW_PASSPHRASES = {"password1": "seventeen loud lakes", "password2": "seventeen loud lakes"}
OWN_PASSPHRASES = {"old_password": PASSWORD, **{f"new_{name}": text for name, text in NEW_PASSPHRASES.items()}}
STEP_ANSWERS = {"text": "Migrant workers receive legal assistance"}
ASSUMPTION_ANSWERS = {"text": "Employers answer letters", "risk": "high"}
DEFINITION_ANSWERS = {"name": "Number of cases", "unit": "number", "valid_from": "01/01/2026", "baseline_value": ""}
REVISION_ANSWERS = {**DEFINITION_ANSWERS, "valid_from": "01/12/2026", "reason": "Clearer"}

# What is typed for something new; the first of every list is chosen there.
NEW_IN_THE_ADMIN = {
    Organization: {"name": "Made-up Network", "kind": "civil_society"},
    Centre: {"code": "NEW", "name": "Vientiane", "calendar": "gregorian"},
    User: {
        "email": "new.person@example.org",
        "name": "New Person",
        **NEW_PASSPHRASES,
        "role": "staff",
    },
    Agreement: {
        "title": "Services for migrant workers",
        "number": "MOU-7",
        "starts_on": "01/01/2026",
        "ends_on": "31/12/2026",
        "total_value": "50,000.00",
        "currency": "USD",
    },
}
