"""Made-up records and the grids that they would give, without a database: thousands in a moment."""

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from reports.annexes import PROFILE_OF_BENEFICIARIES, TABLES
from reports.publication import family_of
from reports.slices import NOT_RECORDED, TOTAL, Countries, Slices
from reports.tables import CONTACTS, Amounts, PersonsAndContacts

ALL_TABLES = tuple({table.code: table for table in (*TABLES, *PROFILE_OF_BENEFICIARIES)}.values())
GENDERS = ("women", "men", "other")
GROUPS = "legal_cases.GroupComplaint.with_cases_closed_between"
CASES = "legal_cases.LegalCase.closed_between"
SERVED = "clients.ServiceReceived.received_between"
RETURNING = (SERVED, GROUPS)
COUNTRIES = ("KH", "LA", "MM", "TH", "VN")
CURRENCIES = ("USD", "THB", "KHR", "EUR")


def shortened(table, rows):
    """The same table with its first rows only, and "not recorded" where it has that."""
    if isinstance(table, Amounts) or isinstance(table.rows, Countries):
        return table
    members = [*table.rows]
    last = [member for member in members[rows:] if member.code == NOT_RECORDED]
    return replace(table, rows=Slices(table.rows.field, tuple(members[:rows] + last)))


def make_records(tables, chance, size, skew=2.0, genders=(50, 40, 10)):
    """{family: [record]}: a record is its gender, and its answers {table code: [rows]}."""
    families = defaultdict(list)
    for table in tables:
        families[family_of(table)].append(table)
    made = {
        name: [_record(group, chance, skew, genders) for _i in range(chance.randint(0, size))]
        for name, group in families.items()
    }
    if GROUPS in made:  # a group complaint is there because of a closed case
        made[GROUPS] = made[GROUPS][: len(made.get(CASES, ()))]
    return made


def _record(tables, chance, skew, genders):
    answers = {table.code: _answer(table, chance, skew) for table in tables}
    contacts = {category: chance.randint(1, 3) for category in answers.get("services_persons", ())}
    return {"id": chance.random(), "gender": chance.choices(GENDERS, genders)[0], "answers": answers} | (
        {"contacts": contacts} if contacts else {}
    )


def _answer(table, chance, skew):
    if isinstance(table, Amounts):
        rows = [*CURRENCIES, ""]
    elif isinstance(table.rows, Countries):
        rows = [*COUNTRIES, NOT_RECORDED]
    else:
        rows = [row.code for row in table.rows]
    weights = [skew**-i for i in range(len(rows))]
    count = chance.randint(1, 3) if table.rows_overlap else 1
    found = set(chance.choices(rows, weights, k=count))
    return [NOT_RECORDED] if NOT_RECORDED in found and table.rows_overlap else sorted(found)


def grids_of(tables, records):
    """The grids of these records, by the same declarations that count real ones."""
    return tuple(table.grid(_numbers(table, records.get(family_of(table), ()))) for table in tables)


def _numbers(table, records):
    if isinstance(table, Amounts):
        return _amounts(table, records)
    numbers = defaultdict(lambda: defaultdict(int))
    for record in records:
        for row, times in _rows_of(table, record):
            for column in (record["gender"], TOTAL):
                numbers[row][column] += times
    return numbers


def _rows_of(table, record):
    if isinstance(table, PersonsAndContacts):
        contacts = record["contacts"]
        if table.unit == CONTACTS:
            return [(TOTAL, sum(contacts.values())), *contacts.items()]
        return [(row, 1) for row in (TOTAL, *contacts)]
    return [(row, 1) for row in (TOTAL, *record["answers"][table.code])]


def _amounts(table, records):
    found = defaultdict(lambda: (Decimal(0), 0))
    for record in records:
        (currency,) = record["answers"][table.code]
        amount, number = found[currency]
        found[currency] = (amount + 100, number + 1)
    return dict(found)


def returning(records, earlier, chance, share=0.5):
    """The same records, in which some persons and groups are those of an earlier period, with what they did now."""
    for name in RETURNING:
        for record in records.get(name, ()):
            if earlier.get(name) and chance.random() < share:
                known = chance.choice(earlier[name])
                record |= {key: known[key] for key in ("id", "gender")}
                record["answers"] = known["answers"]
        found = {}
        for record in records.get(name, ()):
            found.setdefault(record["id"], record)
        if name in records:
            records[name] = list(found.values())
    return records


def together(*several):
    """The records of several regions as one, in which a person or a group that is in two of them is there once."""
    found = {}
    for records in several:
        for name, members in records.items():
            for record in members:
                known = found.setdefault(name, {}).setdefault(record["id"], record)
                if known is not record and "contacts" in known:
                    contacts = {c: known["contacts"].get(c, 0) + n for c, n in record["contacts"].items()}
                    found[name][record["id"]] = known | {"contacts": known["contacts"] | contacts}
    return {name: list(members.values()) for name, members in found.items()}


def seeded(seed):
    return random.Random(seed)
