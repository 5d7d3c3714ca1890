"""The tables of Annex 5, section 4, one declaration each, in printed order; then the services of Annex 1 (4), the
activities, and the profile of beneficiaries of Annex 5, section 7.
"""

from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from clients.models import ClientCard, ServiceReceived
from harvesting.models import Interview
from legal_cases.models import GroupComplaint, LegalCase
from reports.slices import (
    ACTIVITY_KINDS,
    AGE_BANDS,
    ALL,
    BENEFICIARY_KINDS,
    DESTINATIONS,
    DURATION_BANDS,
    GENDER_OF_CLIENT,
    LEGAL_PERMISSION_PLANS,
    LEGAL_STATUSES,
    NATIONALITIES,
    NUMBER_ONLY,
    PARTICIPANTS_BY_GENDER,
    REMEDIES,
    RESOLUTIONS,
    SANCTIONS,
    SECTORS,
    SERVICES,
    SOURCES,
    SUBJECTS,
)
from reports.tables import (
    CASES,
    COMPLAINANTS,
    CONTACTS,
    PERSONS,
    Amounts,
    Participants,
    PersonsAndContacts,
    Source,
    Table,
)

CLOSED_CASES = Source(LegalCase, "closed_between", "legal_cases.view_legalcase")
CASES_WITH_REMEDY = Source(LegalCase, "closed_with_remedy_between", "legal_cases.view_legalcase")
OPEN_CASES = Source(LegalCase, "open_at_end", "legal_cases.view_legalcase")
GROUP_COMPLAINTS = Source(GroupComplaint, "with_cases_closed_between", "legal_cases.view_groupcomplaint")
NEW_CARDS = Source(ClientCard, "registered_between", "clients.view_clientcard")
PERSONS_SERVED = Source(ClientCard, "served_between", "clients.view_clientcard")
PERSONS_INFORMED = Source(ClientCard, "informed_between", "clients.view_clientcard")
SERVICES_RECEIVED = Source(ServiceReceived, "received_between", "clients.view_clientcard")
ACTIVITIES = Source(Activity, "participants_between", "activities.view_activity")
INTERVIEWS = Source(Interview, "held_between", "harvesting.view_interview")

SEVERAL_ANSWERS = _(
    "Several answers are possible for one case, so that the rows add up to more than the number of cases. "
    "Percentages are of the number of cases."
)

LEGAL_ASSISTANCE_OUTCOMES = (
    Table(
        code="cases_closed",
        title=_("Cases closed"),
        unit=COMPLAINANTS,
        source=CLOSED_CASES,
        rows=ALL,
        note=_("Each individual complainant is considered a case, in group complaints too."),
    ),
    Table(
        code="open_at_end",
        title=_("Open at the end of the period"),
        unit=COMPLAINANTS,
        source=OPEN_CASES,
        rows=ALL,
        note=_(
            "These cases are in no other table of this section. "
            "A case whose opening date is unknown counts as opened before."
        ),
    ),
    Table(
        code="group_complaints",
        title=_("Group complaints"),
        unit=CASES,
        source=GROUP_COMPLAINTS,
        rows=ALL,
        columns=NUMBER_ONLY,
        note=_("Complaints of several people together, of which at least one complainant's case was closed."),
    ),
    Table(code="sector", title=_("Sector of work"), unit=COMPLAINANTS, source=CLOSED_CASES, rows=SECTORS),
    Table(code="legal_status", title=_("Legal status"), unit=COMPLAINANTS, source=CLOSED_CASES, rows=LEGAL_STATUSES),
    Table(code="source", title=_("Source of complaint"), unit=COMPLAINANTS, source=CLOSED_CASES, rows=SOURCES),
    Table(
        code="subject",
        title=_("Subject"),
        unit=COMPLAINANTS,
        source=CLOSED_CASES,
        rows=SUBJECTS,
        rows_overlap=True,
        note=SEVERAL_ANSWERS,
    ),
    Table(
        code="duration",
        title=_("Duration"),
        unit=CASES,
        source=CLOSED_CASES,
        rows=DURATION_BANDS,
        note=_("In completed months from opening to closing."),
    ),
    Table(code="resolution", title=_("Resolved"), unit=CASES, source=CLOSED_CASES, rows=RESOLUTIONS),
    Table(
        code="remedy",
        title=_("Remedy"),
        unit=COMPLAINANTS,
        source=CLOSED_CASES,
        rows=REMEDIES,
        rows_overlap=True,
        note=SEVERAL_ANSWERS,
    ),
    Amounts(
        code="compensation_requested",
        title=_("Compensation requested"),
        source=CLOSED_CASES,
        amount="requested",
        note=_("Amounts in different currencies are never added. Not recorded is not zero."),
    ),
    Amounts(
        code="compensation_awarded",
        title=_("Compensation awarded"),
        source=CLOSED_CASES,
        amount="awarded",
        note=_("Amounts in different currencies are never added. Not recorded is not zero."),
    ),
    Table(code="sanction", title=_("Sanction"), unit=CASES, source=CLOSED_CASES, rows=SANCTIONS),
)

SERVICES_PERSONS = PersonsAndContacts(
    code="services_persons",
    title=_("Persons who received services"),
    unit=PERSONS,
    source=SERVICES_RECEIVED,
    person="card",
    rows=SERVICES,
    columns=GENDER_OF_CLIENT,
    rows_overlap=True,
    note=_(
        "A person who received several kinds of service is in several rows and once in the total, so that the "
        "rows add up to more. Percentages are of the number of persons."
    ),
)

SERVICES_PROVIDED = (
    Table(
        code="cards_registered",
        title=_("Client cards registered"),
        unit=PERSONS,
        source=NEW_CARDS,
        rows=ALL,
    ),
    SERVICES_PERSONS,
    PersonsAndContacts(
        code="services_contacts",
        title=_("Services received"),
        unit=CONTACTS,
        source=SERVICES_RECEIVED,
        person="card",
        rows=SERVICES,
        columns=GENDER_OF_CLIENT,
        note=_("A contact is one kind of service on one day."),
    ),
)

ACTIVITIES_HELD = (
    Participants(
        code="activity_participants",
        title=_("Participants of activities"),
        source=ACTIVITIES,
        rows=ACTIVITY_KINDS,
        columns=PARTICIPANTS_BY_GENDER,
        note=_(
            "Heads where they were counted, else the names on the list; never both. "
            "An activity counts in the period that contains its last day."
        ),
    ),
    Table(
        code="interviews",
        title=_("Outcome harvesting interviews"),
        unit=PERSONS,
        source=INTERVIEWS,
        rows=ALL,
        note=_("Finished interviews, in the period that contains their date."),
    ),
)


def _profile(code, title, rows, note=""):
    return Table(code=f"profile_{code}", title=title, unit=PERSONS, source=PERSONS_SERVED, rows=rows, note=note)


PROFILE_OF_BENEFICIARIES = (
    _profile(
        "gender",
        _("Persons served"),
        ALL,
        _("Persons who received at least one service in the period, each counted once. So in all tables below."),
    ),
    _profile(
        "age",
        _("Age"),
        AGE_BANDS,
        _(
            "The year in which the period ends, less the year of birth: a person whose birthday is still to come that "
            "year is a year younger."
        ),
    ),
    _profile("nationality", _("Nationality"), NATIONALITIES),
    _profile("destination", _("Planned destination country"), DESTINATIONS),
    _profile("sector", _("Planned sector of work"), SECTORS),
    _profile("beneficiary_kind", _("Kind of beneficiary"), BENEFICIARY_KINDS),
    _profile("legal_permission", _("Plans to obtain legal permission for stay and work"), LEGAL_PERMISSION_PLANS),
    SERVICES_PERSONS,
)

# Not printed: where complaints come from, and who was informed before. Facts about gaps are found in them (gaps.py).
COVERAGE = (
    Table(
        code="case_destination",
        title=_("Destination country of complainants"),
        unit=COMPLAINANTS,
        source=CLOSED_CASES,
        rows=DESTINATIONS,
    ),
    Table(
        code="informed_sector",
        title=_("Information, education and training, by planned sector of work"),
        unit=PERSONS,
        source=PERSONS_INFORMED,
        rows=SECTORS,
    ),
    Table(
        code="informed_destination",
        title=_("Information, education and training, by planned destination country"),
        unit=PERSONS,
        source=PERSONS_INFORMED,
        rows=DESTINATIONS,
    ),
)

# Not printed either: what only indicators count (results/measures.py).
MEASURED = (
    Table(
        code="cases_with_remedy",
        title=_("Cases closed with a remedy"),
        unit=COMPLAINANTS,
        source=CASES_WITH_REMEDY,
        rows=ALL,
        note=_("At least one remedy was obtained; “None” and “Unknown” are none."),
    ),
)

TABLES = LEGAL_ASSISTANCE_OUTCOMES + SERVICES_PROVIDED + ACTIVITIES_HELD

TABLES_BY_CODE = {table.code: table for table in TABLES + PROFILE_OF_BENEFICIARIES + COVERAGE + MEASURED}
