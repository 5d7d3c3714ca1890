"""Queries of every page, with 10 and with 1,000 rows of everything that it can show: they must be the same."""

import random
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.test import Client

from benchmarks.results import PageQueries
from benchmarks.timing import queries_of
from clients.models import ClientCard, ServiceCategory, ServiceReceived
from legal_cases.models import CaseEvent, GroupComplaint, LegalCase, Party
from mrc import audit, dates
from mrc.access import centre_scope
from mrc.demo.answers import Turns
from mrc.demo.cards import write_cards
from mrc.demo.cases import CaseMaker
from mrc.demo.cast import CENTRES, DOMAIN
from mrc.demo.region import Place
from mrc.models import Centre, Organization, User
from tests.site_map import PAGES, addresses

FEW, MANY = 10, 1000


def measure():
    few, many = counts(FEW), counts(MANY)
    return [PageQueries(page, few[page], many[page]) for page in sorted(few)]


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
            for address in addresses():
                if address.key not in found and "logout" not in address.key:
                    _count(browser, address, PAGES[address.key].arguments_for(records), found)
        transaction.set_rollback(True)
    return found


def _count(browser, address, arguments, found):
    """Note the queries of a page that this user may open; the first visit fills what is kept between requests."""
    url = address.url(arguments)
    if browser.get(url).status_code == 200:
        found[address.key] = queries_of(lambda: b"".join(browser.get(url)))


def _records(rows, coordinator):
    """A centre of ``coordinator`` alone with ``rows`` cards, and so many services, cases and events of one of them."""
    today = dates.today()
    start = today - timedelta(days=rows + 400)
    spec = replace(CENTRES[0], code="ROWS")
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
        made |= {model: model.objects.first() for model in (Party, GroupComplaint)}
    accounts = {Organization: centre.organization, Centre: centre, User: coordinator}
    return {**made, **accounts, audit.AuditEvent: audit.AuditEvent.objects.first()}
