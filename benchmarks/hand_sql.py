"""All report tables and the gender analysis by hand: the fewest and fastest statements for the same numbers, which are
the limit for the program.

Nothing of the program is used but the names of its tables, so that a wrong declaration is found here as well.
"""

from decimal import Decimal

COLUMNS = {"woman": "women", "man": "men", "other": "other"}
SECTORS = (
    "fishing", "seafood", "entertainment", "domestic_work", "manufacturing", "hospitality", "agriculture",
    "construction", "retail", "restaurant", "other", "unknown",
)  # fmt: skip
SINGLE_ANSWERS = {
    "sector": SECTORS,
    "legal_status": ["regular", "irregular", "unknown"],
    "source": ["migrant_worker", "family_friend", "ngo", "trade_union", "government", "community_leader", "other"],
    "resolution": ["court", "administrative", "informal", "dropped"],
    "sanction": ["prison", "administrative_penalty", "fine", "warning", "none", "unknown"],
}
MONTHS = {
    "under_1": "= 0",
    "1_3": "BETWEEN 1 AND 3",
    "4_6": "BETWEEN 4 AND 6",
    "7_12": "BETWEEN 7 AND 12",
    "over_12": "> 12",
}
CATEGORIES = (
    "counselling", "legal_assistance", "information_education_training", "networking", "union_membership",
    "skills_certification",
)  # fmt: skip

CLOSED = "c.centre_id IN ({centres}) AND c.closed_on BETWEEN %(start)s AND %(end)s"
CASES = "SELECT c.gender, COUNT(*), {counts} FROM legal_cases_legalcase c WHERE " + CLOSED + " GROUP BY c.gender"
ANSWERS = (
    "SELECT a.code, c.gender, COUNT(*) FROM legal_cases_case{kind} a JOIN legal_cases_legalcase c ON c.id = a.case_id "
    "WHERE " + CLOSED + " GROUP BY a.code, c.gender"
)
MONEY = (
    "SELECT c.{kind}_currency, SUM(c.{kind}_amount), COUNT(*) FROM legal_cases_legalcase c WHERE " + CLOSED + " "
    "GROUP BY c.{kind}_currency"
)
GROUPS = "SELECT COUNT(DISTINCT c.group_id) FROM legal_cases_legalcase c WHERE " + CLOSED
OPEN = (
    "SELECT c.gender, COUNT(*) FROM legal_cases_legalcase c WHERE c.centre_id IN ({centres}) "
    "AND (c.opened_on IS NULL OR c.opened_on <= %(end)s) AND (c.closed_on IS NULL OR c.closed_on > %(end)s) "
    "GROUP BY c.gender"
)
CARDS = (
    "SELECT k.gender, COUNT(*) FROM clients_clientcard k "
    "WHERE k.centre_id IN ({centres}) AND k.registered_on BETWEEN %(start)s AND %(end)s GROUP BY k.gender"
)
# One inner row a card: distinct persons and contacts in one pass over the services.
SERVICES = (
    "SELECT k.gender, COUNT(*), SUM(s.contacts), {persons}, {contacts} FROM ("
    "SELECT s.card_id, COUNT(*) AS contacts, {counts} FROM clients_servicereceived s "
    "WHERE s.centre_id IN ({{centres}}) AND s.received_on BETWEEN %(start)s AND %(end)s GROUP BY s.card_id"
    ") s JOIN clients_clientcard k ON k.id = s.card_id GROUP BY k.gender"
)

INTERVIEWS = (
    "SELECT i.gender, COUNT(*) FROM harvesting_interview i WHERE i.is_finished "
    "AND i.centre_id IN ({centres}) AND i.interviewed_on BETWEEN %(start)s AND %(end)s GROUP BY i.gender"
)
STORIES = (
    "SELECT i.gender, COUNT(*) FROM harvesting_interview i JOIN harvesting_story s ON s.interview_id = i.id "
    "WHERE i.centre_id IN ({centres}) AND i.interviewed_on BETWEEN %(start)s AND %(end)s GROUP BY i.gender"
)
CASE_STUDIES = (
    "SELECT s.result, SUM(s.women), SUM(s.men), SUM(s.other) FROM reports_casestudy s "
    "JOIN reports_progressreport r ON r.id = s.report_id JOIN reports_reportingperiod p ON p.id = r.period_id "
    "WHERE s.centre_id IN ({centres}) AND p.ends_on BETWEEN %(start)s AND %(end)s GROUP BY s.result"
)
CASES_CLOSED = "SELECT c.gender, COUNT(*) FROM legal_cases_legalcase c WHERE " + CLOSED + " GROUP BY c.gender"
# Services without contacts.
PERSONS_SERVED = (
    "SELECT k.gender, COUNT(*), {persons} FROM (SELECT s.card_id, {counts} FROM clients_servicereceived s "
    "WHERE s.centre_id IN ({{centres}}) AND s.received_on BETWEEN %(start)s AND %(end)s GROUP BY s.card_id"
    ") s JOIN clients_clientcard k ON k.id = s.card_id GROUP BY k.gender"
)
# Heads where they were counted, else names.
ACTIVITIES = (
    "SELECT a.kind, SUM(COALESCE(a.women, n.women, 0)), SUM(COALESCE(a.men, n.men, 0)), "
    "SUM(COALESCE(a.other, n.other, 0)) FROM activities_activity a LEFT JOIN ("
    "SELECT p.activity_id, COUNT(*) FILTER (WHERE k.gender = 'woman') AS women, "
    "COUNT(*) FILTER (WHERE k.gender = 'man') AS men, COUNT(*) FILTER (WHERE k.gender = 'other') AS other "
    "FROM activities_activity b JOIN activities_participant p ON p.activity_id = b.id "
    "JOIN clients_clientcard k ON k.id = p.card_id WHERE b.women IS NULL "
    "AND b.centre_id IN ({centres}) AND b.ends_on BETWEEN %(start)s AND %(end)s GROUP BY p.activity_id"
    ") n ON n.activity_id = a.id "
    "WHERE a.centre_id IN ({centres}) AND a.ends_on BETWEEN %(start)s AND %(end)s GROUP BY a.kind"
)


class Report:
    """Non-zero numbers of all tables: {(table, row, column): number}."""

    def __init__(self, cursor, centres, start, end):
        self.cursor, self.values = cursor, {"start": start, "end": end}
        self.centres = ", ".join(str(int(centre)) for centre in centres)
        self.numbers = {}

    def compute(self):
        self.cases()
        self.answers()
        self.money()
        self.groups()
        self.by_gender("open_at_end", OPEN)
        self.by_gender("cards_registered", CARDS)
        self.by_gender("interviews", INTERVIEWS)
        self.services()
        self.activities()
        return self.numbers

    def rows(self, statement):
        self.cursor.execute(statement.replace("{centres}", self.centres), self.values)
        return self.cursor.fetchall()

    def add(self, table, row, column, number):
        """A number of a row and gender, and the same in the row's total."""
        if number:
            for name in (COLUMNS[column], "total"):
                self.numbers[table, row, name] = self.numbers.get((table, row, name), 0) + number

    def by_gender(self, table, statement):
        for gender, number in self.rows(statement):
            self.add(table, "all", gender, number)

    def cases(self):
        cells = [(table, code, f"c.{table} = '{code}'") for table, codes in SINGLE_ANSWERS.items() for code in codes]
        cells += [("source", "not_recorded", "c.source = ''")]
        cells += [("duration", band, f"c.duration_months {test}") for band, test in MONTHS.items()]
        counts = ", ".join(f"COUNT(*) FILTER (WHERE {test})" for _table, _code, test in cells)
        for gender, total, *numbers in self.rows(CASES.replace("{counts}", counts)):
            self.add("cases_closed", "all", gender, total)
            for (table, code, _test), number in zip(cells, numbers, strict=True):
                self.add(table, code, gender, number)

    def answers(self):
        for kind in ("subject", "remedy"):
            for code, gender, number in self.rows(ANSWERS.replace("{kind}", kind)):
                self.add(kind, code, gender, number)

    def money(self):
        for kind in ("requested", "awarded"):
            table = f"compensation_{kind}"
            for currency, amount, cases in self.rows(MONEY.replace("{kind}", kind)):
                if currency:
                    self.numbers[table, currency, "amount"] = Decimal(amount).quantize(Decimal("1.00"))
                    self.numbers[table, currency, "cases"] = cases
                else:
                    self.numbers[table, "", "not_recorded"] = cases

    def groups(self):
        [(number,)] = self.rows(GROUPS)
        if number:
            self.numbers["group_complaints", "all", "total"] = number

    def activities(self):
        self.sums("activity_participants", ACTIVITIES)

    def sums(self, table, statement, total=None):
        """Rows of numbers that the records hold; ``total``: the code of the row that adds them up, if it is wanted."""
        for row, *numbers in self.rows(statement):
            for gender, number in zip(COLUMNS, numbers, strict=True):
                self.add(table, row, gender, number)
                if total:
                    self.add(table, total, gender, number)

    def services(self):
        statement = SERVICES.format(
            counts=", ".join(f"COUNT(*) FILTER (WHERE s.category = '{code}') AS n_{code}" for code in CATEGORIES),
            persons=", ".join(f"COUNT(*) FILTER (WHERE s.n_{code} > 0)" for code in CATEGORIES),
            contacts=", ".join(f"SUM(s.n_{code})" for code in CATEGORIES),
        )
        for gender, persons, contacts, *numbers in self.rows(statement):
            self.add("services_persons", "total", gender, persons)
            self.add("services_contacts", "total", gender, contacts)
            for place, code in enumerate(CATEGORIES):
                self.add("services_persons", code, gender, numbers[place])
                self.add("services_contacts", code, gender, numbers[place + len(CATEGORIES)])


class GenderAnalysis(Report):
    """The same for the lines of the gender analysis in one period."""

    def compute(self):
        self.by_gender("cards_registered", CARDS)
        self.persons()
        self.sums("activity_participants", ACTIVITIES, "total")
        self.by_gender("cases_closed", CASES_CLOSED)
        self.by_gender("open_at_end", OPEN)
        self.by_gender("interviews", INTERVIEWS)
        self.by_gender("stories", STORIES)
        self.sums("case_studies", CASE_STUDIES, "total")
        return self.numbers

    def persons(self):
        statement = PERSONS_SERVED.format(
            counts=", ".join(f"COUNT(*) FILTER (WHERE s.category = '{code}') AS n_{code}" for code in CATEGORIES),
            persons=", ".join(f"COUNT(*) FILTER (WHERE s.n_{code} > 0)" for code in CATEGORIES),
        )
        for gender, *numbers in self.rows(statement):
            for code, number in zip(("total", *CATEGORIES), numbers, strict=True):
                self.add("services_persons", code, gender, number)


def analyse(cursor, centres, start, end):
    """As ``compute``."""
    return GenderAnalysis(cursor, centres, start, end).compute()


def compute(cursor, centres, start, end):
    """``centres``: primary keys. Days are included at both ends."""
    return Report(cursor, centres, start, end).compute()
