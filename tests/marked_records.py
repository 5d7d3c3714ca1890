"""One record of every kind in a centre, with a mark in every text: what a page shows of it can be found by its mark.

A mark is ``qz<centre><app>-<field>zq``: whose it is and which column it was in can be read from it.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from django.apps import apps
from django.conf import settings
from django.db import models

from activities.models import Activity, Participant
from clients.models import ClientCard, Consent, Erasure, Identity, IdentityKey, ServiceReceived
from harvesting.draws import NotEligible
from harvesting.models import (
    Answer,
    AnswerChoice,
    DrawOutcome,
    Interview,
    Question,
    Questionnaire,
    SampleDraw,
    Story,
)
from legal_cases.models import CaseEvent, CaseRemedy, CaseSubject, GroupComplaint, LegalCase, Party
from mrc import audit
from mrc.access import Owned, agreement_scope, centre_scope
from mrc.exports import write_rows
from mrc.models import Centre, Organization, PendingImport, ReferenceCounter, Submission, User
from mrc.vault import seal_bytes
from reports.content import live_content, live_members
from reports.freezing import dumps
from reports.models import (
    ActionStatus,
    Agreement,
    CaseStudy,
    MajorAction,
    ProgressReport,
    ReportingPeriod,
    ReportStory,
    ReportText,
    SubmittedReport,
)
from results.models import Assumption, Indicator, IndicatorDefinition, PeriodFigure, Step

MARK = re.compile(r"qz([a-c])([a-z]+)([0-9]+)zq", re.IGNORECASE)
COUNTRIES = {"a": "KH", "b": "MY", "c": "VN"}
# Dates and amounts cannot hold a mark; these stand in no other record, and are found however a page writes them.
BIRTHS = {"a": date(1907, 3, 19), "b": date(1908, 4, 21), "c": date(1909, 5, 23)}
AMOUNTS = {"a": Decimal("81827361.51"), "b": Decimal("82827362.52"), "c": Decimal("83827363.53")}
NOT_TYPED = {  # written by the program: names of models, numbers, codes
    "mrc.PendingImport.records",
    "harvesting.SampleDraw.frame",
    "harvesting.SampleDraw.frame_digest",
    "harvesting.SampleDraw.order",
    "harvesting.SampleDraw.seats",
    "harvesting.Question.options",
    "harvesting.AnswerChoice.code",
    "reports.ReportText.key",
    "reports.SubmittedReport.content",
    "reports.SubmittedReport.members",
    "reports.SubmittedReport.digest",
}
TOO_SHORT = 8  # columns with less room than this hold codes of countries, currencies and languages


def owned_models():
    return [model for model in apps.get_models() if issubclass(model, Owned) and not model._meta.abstract]


def text_fields(model):
    """The columns of a model that can hold what somebody typed."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField, models.JSONField))
        and not field.choices
        and str(field) not in NOT_TYPED
        and (field.max_length is None or field.max_length >= TOO_SHORT)
    ]


def mark(letter, model, field):
    names = [one.name for one in model._meta.concrete_fields]
    return f"qz{letter}{model._meta.app_label.replace('_', '')}{_number(model)}{names.index(field.name):02}zq"


def _number(model):
    return [*apps.get_app_config(model._meta.app_label).get_models()].index(model) + 1


def put_marks(letter, record, suffix=""):
    for field in text_fields(type(record)):
        text = mark(letter, type(record), field) + suffix
        text = text.upper() if field.name == "reference" else text  # as references are
        setattr(record, field.name, {"text": text} if isinstance(field, models.JSONField) else text)


def uploader(centre):
    return User.objects.get_or_create(email=f"uploader.{centre.code.lower()}@example.org")[0]


def upload(centre, model, user):
    """A spreadsheet that this user uploaded and has not imported yet, with a mark in it."""
    word = f"{centre.code.lower()}{model._meta.app_label.replace('_', '')}800zq"
    row = {
        ClientCard: {"registered_on": "2026-07-01", "gender": "woman", "is_pseudonym": "yes", "name": word},
        LegalCase: {"gender": "woman", "subjects": "wages_withheld", "opened_on": "2026-07-01", "remarks": word},
    }[model]
    with write_rows(list(row), [list(row.values())], "Import") as file:
        content = seal_bytes(file.read())
    return PendingImport(centre=centre, uploaded_by=user, records=model._meta.label, sealed_content=content)


# Model -> the record without its texts. Parents come before their children; ``made`` holds those that are there.
RECORDS = {
    ReferenceCounter: lambda centre, made: ReferenceCounter(centre=centre, last=7),
    PendingImport: lambda centre, made: upload(centre, ClientCard, uploader(centre)),
    Submission: lambda centre, made: Submission(centre=centre),
    ClientCard: lambda centre, made: ClientCard(
        centre=centre, registered_on=date(2026, 7, 1), gender="woman", sector="fishing", nationality="MM"
    ),
    Identity: lambda centre, made: Identity(card=made[ClientCard]),
    IdentityKey: lambda centre, made: IdentityKey(card=made[ClientCard], kind="name", digest=centre.pk),
    Consent: lambda centre, made: Consent(card=made[ClientCard], purpose="keep_data", given_on=date(2026, 7, 1)),
    Erasure: lambda centre, made: Erasure(card=made[ClientCard], why="request"),
    ServiceReceived: lambda centre, made: ServiceReceived(
        card=made[ClientCard], centre=centre, category="counselling", received_on=date(2026, 7, 2)
    ),
    Party: lambda centre, made: Party(centre=centre, kind="employer", name_hash=centre.pk),
    GroupComplaint: lambda centre, made: GroupComplaint(centre=centre, title_hash=centre.pk),
    LegalCase: lambda centre, made: LegalCase(
        centre=centre,
        client=made[ClientCard],
        group=made[GroupComplaint],
        employer=made[Party],
        gender="woman",
        opened_on=date(2026, 7, 3),
        closed_on=date(2026, 8, 3),
        duration_months=1,
        source="other",
        resolution="dropped",
        sanction="none",
        awarded_currency="USD",
    ),
    CaseSubject: lambda centre, made: CaseSubject(case=made[LegalCase], code="other"),
    CaseRemedy: lambda centre, made: CaseRemedy(case=made[LegalCase], code="other"),
    CaseEvent: lambda centre, made: CaseEvent(case=made[LegalCase], happened_on=date(2026, 7, 4), kind="contact"),
    Activity: lambda centre, made: Activity(
        centre=centre,
        kind="training",
        starts_on=date(2026, 7, 8),
        ends_on=date(2026, 7, 9),
        women=3,
        men=2,
        other=0,
    ),
    Participant: lambda centre, made: Participant(activity=made[Activity], card=made[ClientCard]),
    Questionnaire: lambda centre, made: Questionnaire(centre=centre),
    Question: lambda centre, made: Question(questionnaire=made[Questionnaire], position=1),
    SampleDraw: lambda centre, made: SampleDraw(
        centre=centre,
        year=2026,
        drawn_on=date(2026, 9, 1),
        frame={
            "eligible": {"woman": 1, "man": 0, "other": 0},
            "not_eligible": {reason: {"woman": 0, "man": 0, "other": 0} for reason in NotEligible.values},
        },
        order={"woman": [made[ClientCard].pk], "man": [], "other": []},
        seats={"woman": 1, "man": 0, "other": 0},
    ),
    DrawOutcome: lambda centre, made: DrawOutcome(
        draw=made[SampleDraw], card=made[ClientCard], reason="refused", happened_on=date(2026, 9, 2)
    ),
    Interview: lambda centre, made: Interview(
        centre=centre,
        card=made[ClientCard],
        questionnaire=made[Questionnaire],
        interviewed_on=date(2026, 9, 3),
        gender="woman",
        is_finished=True,
    ),
    Answer: lambda centre, made: Answer(interview=made[Interview], question=made[Question]),
    AnswerChoice: lambda centre, made: AnswerChoice(answer=made[Answer], code="yes"),
    Story: lambda centre, made: Story(interview=made[Interview], outcome="positive"),
    ProgressReport: lambda centre, made: ProgressReport(period=made[ReportingPeriod]),
    ReportText: lambda centre, made: ReportText(report=made[ProgressReport], key="summary"),
    ReportStory: lambda centre, made: ReportStory(report=made[ProgressReport], story=made[Story]),
    CaseStudy: lambda centre, made: CaseStudy(centre=centre, report=made[ProgressReport], women=2),
    MajorAction: lambda centre, made: MajorAction(report=made[ProgressReport]),
    ActionStatus: lambda centre, made: ActionStatus(action=made[MajorAction], report=made[ProgressReport]),
    SubmittedReport: lambda centre, made: SubmittedReport(
        report=made[ProgressReport],
        number=1,
        submitted_at=datetime(2026, 10, 20, tzinfo=UTC),
        content=dumps(live_content(made[ProgressReport]).as_data()),
        members=dumps(live_members(made[ReportingPeriod].period, [centre])),
        decision="returned",
    ),
    Step: lambda centre, made: Step(agreement=made[Agreement], level="impact"),
    Assumption: lambda centre, made: Assumption(step=made[Step], risk="high"),
    Indicator: lambda centre, made: Indicator(step=made[Step]),
    IndicatorDefinition: lambda centre, made: IndicatorDefinition(
        indicator=made[Indicator], unit="text", valid_from=date(2026, 1, 1)
    ),
    PeriodFigure: lambda centre, made: PeriodFigure(
        indicator=made[Indicator], period=made[ReportingPeriod], kind="result"
    ),
}

# Records that another state of a page needs: (their texts end with this, how they are made).
MORE = [
    (
        "-open",
        lambda centre, made: LegalCase(
            centre=centre,
            client=made[ClientCard],
            group=made[GroupComplaint],
            gender="man",
            source="other",
            opened_on=date(2026, 7, 5),
        ),
    ),
    (
        "-due",
        lambda centre, made: CaseEvent(
            case=made["-open"], happened_on=date(2026, 7, 6), kind="contact", next_due=date(2026, 7, 20)
        ),
    ),
]
UPLOADED = {f"upload of {model._meta.app_label}": model for model in (ClientCard, LegalCase)}


def make_uploads(centre, user):
    """{"upload of clients": …, "upload of legal_cases": …, "upload of activities": …} of a user."""
    made = {name: upload(centre, model, user) for name, model in UPLOADED.items()}
    with centre_scope([centre]), audit.acting(None, "test"):
        made["upload of activities"] = upload(centre, ClientCard, user)
        made["upload of activities"].records = f"attendance {Activity.objects.get(centre=centre).uid}"
        for record in made.values():
            record.save()
    return made


def make_centre(letter):
    """A centre of an organization of its own with marked records of every kind: (centre, {model or suffix: record})."""
    organization = Organization.objects.create(name=f"Organization qz{letter}mrc900zq")
    centre = Centre.objects.create(
        code=f"QZ{letter.upper()}",
        name=f"Centre qz{letter}mrc901zq",
        organization=organization,
        country=COUNTRIES[letter],
    )
    made = make_agreement(letter, centre)
    with (
        centre_scope([centre]),
        agreement_scope([made[Agreement]]),
        audit.acting(None, "test"),
        audit.identities_opened(),
    ):
        for model, unmarked in RECORDS.items():
            record = unmarked(centre, made)
            put_marks(letter, record)
            if model is Identity:
                record.date_of_birth = BIRTHS[letter]
            if model is LegalCase:
                record.awarded_amount = AMOUNTS[letter]
            record.save()
            made[model] = record
        for suffix, unmarked in MORE:
            made[suffix] = record = unmarked(centre, made)
            put_marks(letter, record, suffix)
            if isinstance(record, LegalCase):  # open, so that nothing is said about its end
                record.dropped_reason = record.remedies_other = ""
            record.save()
    return centre, made | make_uploads(centre, uploader(centre))


def make_agreement(letter, centre):
    """{model: record} of an agreement that covers the centre alone."""
    agreement = Agreement.objects.create(
        title=f"Agreement qz{letter}mrc902zq",
        number=f"qz{letter}mrc903zq",
        organization=centre.organization,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
    )
    agreement.centres.add(centre)
    period = agreement.periods.create(starts_on=date(2026, 7, 1), ends_on=date(2026, 9, 30), due_on=date(2026, 10, 30))
    return {Agreement: agreement, ReportingPeriod: period}


def marks_of(text):
    """(letter of the centre, app) of every mark, date of birth and amount in a text."""
    found = {(centre.lower(), app.lower()) for centre, app, _field in MARK.findall(text)}
    for letter, born in BIRTHS.items():
        days = {f"{born:%d/%m/%Y}", f"{born:%Y-%m-%d}", f"{born:%d/%m}/{born.year + 543}"}
        if any(day in text for day in days):
            found.add((letter, "clients"))
    for letter, amount in AMOUNTS.items():
        if any(written in text for written in (str(amount), f"{amount:,}")):
            found.add((letter, "amounts"))
    return found


def everything_of(centre):
    """Every row of a centre as stored, to see that nothing changed: {table: rows}."""
    from mrc.access import every_centre

    with every_centre("comparing in a test"), audit.identities_opened():
        return {
            model._meta.label: list(
                model._base_manager.filter(**{path_to_centre(model): centre}).order_by("pk").values()
            )
            for model in owned_models()
        }


def everything_shared():
    """Every row of accounts, roles, centres, contracts and who belongs to what: {table: rows}. Not what is written down
    of everybody: the audit, wrong tries, tables that were published."""
    written_down = {"mrc.AuditEvent", "mrc.WrongTries", "reports.PublishedTables"}
    shared = [
        model
        for model in apps.get_models()
        if model._meta.managed and (hasattr(model, "shared_because") or model._meta.app_label == "auth")
    ]
    members = [relation.remote_field.through for model in shared for relation in model._meta.local_many_to_many]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in (*shared, *members)
        if model._meta.label not in written_down
    }


def path_to_centre(model):
    return model.owner_path() + ("__centres" if model.owner_kind == "agreement" else "")


def links_between_centres():
    """Rows that point to a row of another owner; there is never one."""
    from mrc.access import every_centre

    wrong = []
    with every_centre("comparing in a test"), audit.identities_opened():
        for model in owned_models():
            for field in model._meta.concrete_fields:
                if field.is_relation and issubclass(field.related_model, Owned):
                    rows = model._base_manager.exclude(**{f"{field.name}": None})
                    wrong += [f"{model._meta.label}.{field.name}: {pk}" for pk in _linked_elsewhere(model, field, rows)]
    return wrong


def _linked_elsewhere(model, field, rows):
    parent = field.related_model
    if model.owner_kind == parent.owner_kind:
        same = {model.owner_path(): models.F(f"{field.name}__{parent.owner_path()}")}
        return rows.exclude(**same).values_list("pk", flat=True)
    return [row.pk for row in rows if not row.has_same_owner(getattr(row, field.name))]


def unmarked_texts():
    """Columns of the domain's models in which no mark stands; empty while this file knows every model."""
    return [model._meta.label for model in owned_models() if model not in RECORDS] + [
        model._meta.label for model in RECORDS if model._meta.app_label not in settings.DOMAIN_APPS
    ]
