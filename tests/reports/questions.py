"""How the tests ask for a report and read what comes back, and records with every answer that there is."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, islice

import lxml.html
from django.urls import reverse

from activities.models import Activity
from clients.models import BeneficiaryKind, LegalPermissionPlan, ServiceCategory
from legal_cases.models import ComplaintSource, ComplaintSubject, GroupComplaint, Remedy, Resolution, Sanction
from mrc.choices import Gender, LegalStatus, Sector
from mrc.dates import Period
from tests.factories import make_activity, make_card, make_case, make_closed_case, make_interview, make_service

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))
CODES = [
    "cases_closed", "open_at_end", "group_complaints", "sector", "legal_status", "source", "subject", "duration",
    "resolution", "remedy", "compensation_requested", "compensation_awarded", "sanction", "cards_registered",
    "services_persons", "services_contacts", "activity_participants", "interviews",
]  # fmt: skip


def asked(*centres, period=QUARTER, **more):
    """The question for these centres and a period, as it stands in an address."""
    days = {"period": "own", "from": period.start.isoformat(), "to": period.end.isoformat()}
    return {"centre": [centre.code for centre in centres], **days, **more}


def tables_of(browser, *centres, period=QUARTER):
    """The tables as JSON, through the download."""
    response = browser.get(reverse("reports:download", args=["json"]), asked(*centres, period=period))
    assert response.status_code == 200
    return response.json()["tables"]


@dataclass
class PageTable:
    """A table as it stands on the page: texts row by row, and the address behind each number that has one."""

    caption: str
    columns: list
    rows: list  # [heading, text, ...]
    links: dict  # (row number, column number) -> address


def page_tables(response):
    """{code: PageTable} of a page of report tables."""
    assert response.status_code == 200, response.status_code
    page = lxml.html.document_fromstring(response.content.decode())
    return {block.get("id"): _page_table(block) for block in page.find_class("report-table")}


def _page_table(block):
    rows, links = [], {}
    for y, row in enumerate(block.xpath(".//tbody/tr")):
        heading = row.find("th")
        rows.append([heading.text.strip(), *(cell.text_content() for cell in row.findall("td"))])
        links |= {(y, x): cell.find("a").get("href") for x, cell in enumerate(row.findall("td")) if cell.findall("a")}
    columns = [cell.text_content() for cell in block.xpath(".//thead/tr/th")]
    return PageTable(block.xpath(".//caption")[0].text_content(), columns, rows, links)


def make_every_answer(centre, count=30):
    """Cases and services in which every code of every list occurs, for each gender, some with nothing recorded."""
    answers = zip(
        cycle(Gender.values), cycle(Sector.values), cycle(LegalStatus.values), cycle([*ComplaintSource.values, ""]),
        cycle(Resolution.values), cycle(Sanction.values), cycle([0, 1, 3, 4, 6, 7, 12, 13, 40]),
        cycle([("USD", "10.10"), ("KHR", "4000"), ("", None), ("VND", "0")]),
    )  # fmt: skip
    group = GroupComplaint.objects.create(centre=centre, title="Wages of July", title_hash=1)
    for i, answer in enumerate(islice(answers, count)):
        gender, sector, status, source, resolution, sanction, months, (currency, amount) = answer
        subjects = ComplaintSubject.values[i % 25 : i % 25 + i % 3]
        make_closed_case(
            centre, gender=gender, sector=sector, legal_status=status, source=source, resolution=resolution,
            sanction=sanction, duration_months=months, subjects=subjects, remedies=Remedy.values[i % 13 :][: i % 3],
            requested_amount=amount, requested_currency=currency, group=group if i % 5 == 0 else None,
            opened_on=None, closed_on=QUARTER.start + timedelta(days=i), destination_country=("TH", "")[i % 2],
        )  # fmt: skip
        card = make_card(
            centre, gender=gender, registered_on=QUARTER.start + timedelta(days=i), sector=sector, **_profile(i)
        )
        for day in range(1 + i % 3):
            category = ServiceCategory.values[(i + day // 2) % 6]
            make_service(card, category=category, received_on=QUARTER.start + timedelta(days=day))
        if i < len(Sector):
            make_service(card, category="information_education_training", received_on=QUARTER.end)
    for gender in Gender.values:
        make_interview(make_card(centre, gender=gender))
    for i, kind in enumerate(Activity.Kind.values):
        make_activity(centre, kind=kind, heads=(i, 2, 1) if i else None, participants=[card])
    make_case(centre, gender="woman")


def _profile(i):
    """The answers of the i-th client card: after 8 of them every age band, and every other question, has occurred."""
    years = (2012, 2011, 2008, 2000, 1990, 1980, 1970, None)
    return {
        "birth_year": years[i % len(years)],
        "nationality": ("KH", "VN", "MM", "")[i % 4],
        "destination_country": ("TH", "", "MY")[i % 3],
        "beneficiary_kind": [*BeneficiaryKind.values, ""][i % 5],
        "legal_permission": [*LegalPermissionPlan.values, ""][i % 4],
    }
