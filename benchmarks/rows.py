"""Queries of every page, with 10 and with 1,000 rows of everything that it can show: they must be the same."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from activities.models import Activity, Participant
from benchmarks.report_rows import write_reports
from benchmarks.results import PageQueries
from benchmarks.timing import queries_of
from clients.models import ClientCard, ServiceCategory, ServiceReceived
from harvesting.draws import draw_sample
from harvesting.models import Interview, Questionnaire, SampleDraw, Story
from harvesting.services import save_answer, standard_questionnaire
from legal_cases.models import CaseEvent, GroupComplaint, LegalCase, Party
from mrc import audit, dates
from mrc.access import centre_scope
from mrc.choices import Gender
from mrc.demo.answers import Turns
from mrc.demo.cards import write_cards
from mrc.demo.cases import CaseMaker
from mrc.demo.cast import CENTRES, DOMAIN
from mrc.demo.region import Place
from mrc.models import Centre, Organization, PendingImport, User
from tests.site_map import addresses, pages_of

FEW, MANY = 10, 1000
# Looking up every row of an uploaded file, and putting every name that is printed into the audit, is done in batches
# of 500: a few more queries for each of them.
IN_BATCHES = (":import_preview", ":import_problems", "activities:attendance")


def measure():
    few, many = counts(FEW), counts(MANY)
    return [PageQueries(page, few[page], many[page]) for page in sorted(few) if not page.endswith(IN_BATCHES)]


def counts(rows):
    """{page: number of queries} with so many rows of everything; nothing of it stays in the database."""
    with transaction.atomic(), audit.acting(None, "benchmark"):
        coordinator = User.objects.get(email=f"coordinator.north@{DOMAIN}")
        administrator = User.objects.get(email=f"administrator@{DOMAIN}")
        records = _records(rows, coordinator)
        found = {}
        for user in (coordinator, administrator):
            browser = Client()
            browser.force_login(user)
            if user == coordinator:
                records |= _uploads(browser, records[Centre])
            for name, url in _pages(records):
                # The first visit fills what is kept between requests.
                if name not in found and _read(browser, url) is not None:
                    found[name] = queries_of(partial(_read, browser, url))
        transaction.set_rollback(True)
    return found


def _read(browser, url):
    """The content of a page or of a file; None where there is none for this user."""
    response = browser.get(url)
    content = b"".join(response)  # reading a file to its end closes it
    return content if response.status_code == 200 else None


def _uploads(browser, centre):
    """Everything exported and uploaded again, waiting to be looked at and confirmed."""
    for app in ("clients", "legal_cases"):
        file = SimpleUploadedFile("rows.xlsx", _read(browser, reverse(f"{app}:export")))
        browser.post(reverse(f"{app}:import"), {"file": file})
    with centre_scope([centre]):
        cards, cases = PendingImport.objects.order_by("pk")
    return {"upload of clients": cards, "upload of legal_cases": cases}


def _pages(records):
    """(name, URL) of every page of the program that shows something; periods are long enough for all the rows.

    An export is no page: it reads its records in batches (export.py measures it). Signing out would end the visit.
    The import of an attendance list is that of the cards, which is there.
    """
    for address in addresses():
        left_out = address.key.endswith(("logout", ":export")) or address.key.startswith("activities:import")
        pages = [] if left_out else pages_of(address.key)
        for page in pages:
            arguments = page.arguments_for(records)
            question = page.question(records[Centre].code) if page.question else {}
            question |= {"from": "2000-01-01", "to": dates.today()} if "from" in question else {}
            variant = " ".join(one for one in arguments.values() if isinstance(one, str)) if len(pages) > 1 else ""
            yield f"{address.key} {variant}".strip(), f"{address.url(arguments)}?{urlencode(question)}"


def _records(rows, coordinator):
    """A centre of ``coordinator`` alone with ``rows`` cards, and so many services, cases and events of one of them."""
    today = dates.today()
    start = today - timedelta(days=rows + 400)
    spec = replace(CENTRES[0], code="ROWS", currencies=("USD",))
    centre = Centre.objects.create(
        code="ROWS", name="Rows", organization=Centre.objects.first().organization, country="KH"
    )
    coordinator.centres.set([centre])
    place = Place(spec, centre, coordinator, coordinator)
    with centre_scope([centre]):
        cards = [card for batch in write_cards(random.Random(1), place, rows, start, start) for card in batch]
        maker = CaseMaker(rng=random.Random(1), place=place, start=start, today=today, turns=Turns())
        maker.group("Rows of a group", cards)
        for _number in range(rows):
            maker.alone(cards[0])
        maker.write()
        case = maker.made[0][0].case
        days = [start + timedelta(days=number + 1) for number in range(rows)]
        service = {"card": cards[0], "centre": centre, "category": ServiceCategory.NETWORKING}
        ServiceReceived.objects.bulk_create(ServiceReceived(**service, received_on=day) for day in days)
        step = {"case": case, "kind": CaseEvent.Kind.CONTACT, "note": "Called"}
        CaseEvent.objects.bulk_create(CaseEvent(**step, happened_on=day) for day in days)
        made = {ClientCard: cards[0], LegalCase: case, ServiceReceived: cards[0].services.first()}
        _hold_activities(centre, cards, days)
        _hold_interviews(centre, cards, today)
        found = (Party, GroupComplaint, Activity, SampleDraw, Questionnaire, Interview, Story)
        made |= {model: model.objects.first() for model in found}
        _leave_to_do(centre, rows, today)
        made |= write_reports(centre, rows, today)
    accounts = {Organization: centre.organization, Centre: centre, User: coordinator}
    return {**made, **accounts, audit.AuditEvent: audit.AuditEvent.objects.first()}


def _hold_activities(centre, cards, days):
    """As many activities as days; the newest, which pages are about, has all the cards as participants."""
    activity = {"centre": centre, "kind": Activity.Kind.TRAINING, "title": "Rights", "women": 1, "men": 1, "other": 0}
    Activity.objects.bulk_create(Activity(**activity, starts_on=day, ends_on=day) for day in days)
    newest = Activity.objects.first()
    Participant.objects.bulk_create(Participant(activity=newest, card=card) for card in cards)


def _hold_interviews(centre, cards, today):
    """A draw, a finished interview with every card, an answer in each of them, and a story."""
    questionnaire = standard_questionnaire(centre)
    draw_sample(centre=centre, year=today.year, drawn_on=today)
    interview = {"centre": centre, "questionnaire": questionnaire, "interviewed_on": today, "is_finished": True}
    Interview.objects.bulk_create(Interview(**interview, card=card, gender=card.gender) for card in cards)
    save_answer(interview=Interview.objects.first(), question=questionnaire.questions.first(), value="Yes")
    Story.objects.create(interview=Interview.objects.first(), title="Paid", outcome=Story.Outcome.POSITIVE)


def _leave_to_do(centre, rows, today):
    """As much of every kind that waits: steps overdue, due today and soon, quiet cases, heads and cards incomplete."""
    case = {"centre": centre, "gender": "woman", "opened_on": today - timedelta(days=100)}
    some = max(rows // 4, 3)  # of each of four kinds: what is uploaded again must not have too many rows
    cases = [LegalCase(**case, reference=f"ROWS-WAITS-{number}") for number in range(4 * some)]
    LegalCase.objects.bulk_create(cases)
    step = {"kind": CaseEvent.Kind.CONTACT, "happened_on": today - timedelta(days=40)}
    due = [*[today - timedelta(days=1)] * some, *[today] * some, *[today + timedelta(days=1)] * some]
    steps = zip(cases, due, strict=False)  # of the last cases nothing is known
    CaseEvent.objects.bulk_create(CaseEvent(**step, case=one, next_due=day) for one, day in steps)
    activity = {"centre": centre, "kind": Activity.Kind.MEETING, "title": "Not counted"}
    Activity.objects.bulk_create(Activity(**activity, starts_on=today, ends_on=today) for _number in range(rows))
    card = {"centre": centre, "gender": Gender.OTHER, "registered_on": today}
    ClientCard.objects.bulk_create(ClientCard(**card, reference=f"ROWS-WAITS-{number}") for number in range(rows))
