"""What made-up cases say: their states, texts and amounts, and whose turn it is next."""

from dataclasses import dataclass, field
from itertools import cycle

from legal_cases.models import CaseEvent, ComplaintSource, ComplaintSubject, Remedy, Sanction

# What has happened to a case so far, in the proportions of a working centre.
STATES = (
    "informal", "open", "administrative", "informal", "dropped", "overdue", "court", "informal", "administrative",
    "reopened", "informal", "open", "reopened and closed", "administrative",
)  # fmt: skip
OPEN_STATES = {"open", "overdue", "reopened"}
# Of a group that complained on one day: they go on together, but not all to the same end.
GROUP_STATES = ("informal",) * 6 + ("administrative", "administrative", "dropped", "open", "open", "reopened")
DAYS_TAKEN = ((3, 25), (31, 110), (31, 110), (125, 200), (215, 380), (400, 540))
DROPPED = (
    "The worker went home and could not be reached",
    "The complainant withdrew",
    "The employer could not be found",
    "Settled without the centre",
)
REMARKS = (
    "Payslips and a copy of the contract are in the file.",
    "Interpreter needed for the next meeting.",
    "Passport returned by the agency after a call.",
)
STEPS = {
    CaseEvent.Kind.CONTACT: "Called the complainant, statement taken",
    CaseEvent.Kind.NEGOTIATION: "Talked with the human resources officer",
    CaseEvent.Kind.MEDIATION: "Meeting at the centre, both sides came",
    CaseEvent.Kind.AUTHORITY: "Complaint handed in at the labour inspectorate",
    CaseEvent.Kind.HEARING: "First hearing",
    CaseEvent.Kind.PAYMENT: "First instalment received",
}
EMPLOYERS = (
    "Golden Thread Garment",
    "Blue Harbour Seafood",
    "Sunrise Construction",
    "Evergreen Plantation",
    "Silver Fork Restaurant",
    "Private household",
)
AGENCIES = ("Bright Future Recruitment", "Two Rivers Manpower", "Happy Journey Agency")
GROUPS = (
    "Unpaid wages, garment factory",
    "Fishing crew without pay",
    "Recruitment fees, delayed departure",
    "Dismissed after asking for overtime pay",
)
# Smallest and largest usual compensation, in the currency.
AMOUNTS = {
    "USD": (150, 3000), "KHR": (600_000, 9_000_000), "THB": (4000, 95_000), "MMK": (250_000, 4_000_000),
    "LAK": (2_000_000, 30_000_000), "VND": (4_000_000, 90_000_000), "MYR": (700, 9500), "TWD": (6000, 90_000),
}  # fmt: skip


@dataclass
class Turns:
    """Each answer in its turn, over all centres, so that every one of them occurs."""

    state: object = field(default_factory=lambda: cycle(STATES))
    subject: object = field(default_factory=lambda: cycle(ComplaintSubject.values))
    # Every second remedy is compensation.
    remedy: object = field(default_factory=lambda: cycle(x for y in Remedy.values for x in (Remedy.COMPENSATION, y)))
    sanction: object = field(default_factory=lambda: cycle((Sanction.NONE, *Sanction.values)))
    source: object = field(default_factory=lambda: cycle((ComplaintSource.MIGRANT_WORKER, *ComplaintSource.values)))

    def some(self, answers, count):
        """The next ``count`` answers, each once."""
        return list(dict.fromkeys(next(answers) for _number in range(count)))
