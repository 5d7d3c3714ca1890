"""The profile of beneficiaries through the program, against the same numbers by hand (SQL). They must be equal."""

from datetime import date

from django.db import connection

from benchmarks import hand_sql
from benchmarks.report import check_equal, numbers_of
from benchmarks.timing import compare
from mrc import dates
from mrc.access import centre_scope
from mrc.models import Centre
from reports.annexes import PROFILE_OF_BENEFICIARIES
from reports.tables import compute

MOST_QUERIES = 3

BANDS = {
    "under_15": "< 15",
    "15_17": "BETWEEN 15 AND 17",
    "18_24": "BETWEEN 18 AND 24",
    "25_34": "BETWEEN 25 AND 34",
    "35_44": "BETWEEN 35 AND 44",
    "45_54": "BETWEEN 45 AND 54",
    "55_over": ">= 55",
    "not_recorded": "IS NULL",
}
ANSWERS = {
    "profile_sector": ("sector", hand_sql.SECTORS),
    "profile_beneficiary_kind": (
        "beneficiary_kind", ["potential_migrant", "migrant_worker", "returned_migrant", "family_member", ""],
    ),
    "profile_legal_permission": ("legal_permission", ["yes", "no", "unsure", ""]),
}  # fmt: skip
# The cards of a centre that are in the index of services for the period, read once; countries by grouping.
CARDS = (
    "SELECT k.gender, k.nationality, k.destination_country, COUNT(*), {counts} FROM clients_clientcard k "
    "WHERE k.id IN (SELECT s.card_id FROM clients_servicereceived s "
    "WHERE s.centre_id IN ({{centres}}) AND s.received_on BETWEEN %(start)s AND %(end)s) "
    "GROUP BY k.gender, k.nationality, k.destination_country"
)


class Profile(hand_sql.Report):
    """Non-zero numbers of the profile: {(table, row, column): number}."""

    def compute(self):
        self.cards()
        self.services()
        return {key: number for key, number in self.numbers.items() if key[0] != "services_contacts"}

    def cards(self):
        year = self.values["end"].year
        cells = [("profile_age", band, f"{year} - k.birth_year {test}") for band, test in BANDS.items()]
        for table, (field, codes) in ANSWERS.items():
            cells += [(table, code or "not_recorded", f"k.{field} = '{code}'") for code in codes]
        counts = ", ".join(f"COUNT(*) FILTER (WHERE {test})" for _table, _code, test in cells)
        for gender, nationality, destination, total, *numbers in self.rows(CARDS.format(counts=counts)):
            self.add("profile_gender", "all", gender, total)
            self.add("profile_nationality", nationality or "not_recorded", gender, total)
            self.add("profile_destination", destination or "not_recorded", gender, total)
            for (table, code, _test), number in zip(cells, numbers, strict=True):
                self.add(table, code, gender, number)


def by_hand(cursor, centres, start, end):
    """``centres``: primary keys. Days are included at both ends."""
    return Profile(cursor, centres, start, end).compute()


def measure():
    centres = list(Centre.objects.order_by("pk"))
    ever = dates.Period(date(2000, 1, 1), dates.today())
    quarter = dates.quarter_before(dates.today())
    yield _measure("Profile of beneficiaries: all centres, all years", centres, ever, most=1.5, rounds=7)
    yield _measure("Profile of beneficiaries: one centre, one quarter", centres[:1], quarter, most=5, rounds=25)


def _measure(what, centres, period, *, most, rounds):
    pks = [centre.pk for centre in centres]

    def program():
        return compute(PROFILE_OF_BENEFICIARIES, period, centres)

    def baseline():
        with connection.cursor() as cursor:
            return by_hand(cursor, pks, period.start, period.end)

    with centre_scope(centres):
        check_equal(numbers_of(program()), baseline())
        return compare(what, program, baseline, rounds=rounds, most=most, most_queries=MOST_QUERIES)
