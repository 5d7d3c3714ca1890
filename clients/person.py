"""What is stored about a person, record by record: what is erased, what stays and why, what a file for them leaves out.

One declaration for erasing (clients/forgetting.py) and for the person's file (clients/person_file.py). Every model with
a chain of foreign keys to a client card has its line here, and every text of it is erased or stays for a reason.
"""

from dataclasses import dataclass, field

from django.apps import apps

COUNTED = "counted in the tables"
NUMBER_ON_PAPER = "on the person's paper, and names nobody by itself"
CODES = "codes of the program, no words"
OF_OTHERS = "names others, or describes what concerns several people"
TECHNICAL = "of the program alone"


@dataclass(frozen=True)
class Part:
    """The records of one model that are about a person.

    ``path``: from the record to the client card. ``erased``: columns that are emptied. ``stays``: {column with text:
    why}. ``is_deleted``: the records go whole. ``hidden``: {column that the person's file leaves out: why}.
    ``left_out``: why the file shows none of these records.
    """

    label: str
    path: str
    erased: tuple = ()
    stays: dict = field(default_factory=dict)
    is_deleted: bool = False
    hidden: dict = field(default_factory=dict)
    left_out: str = ""

    @property
    def model(self):
        return apps.get_model(self.label)

    def of(self, card):
        return self.model.objects.filter(**{self.path: card.pk})


PARTS = (
    Part(
        "clients.ClientCard",
        "pk",
        # Typed freely and in no table: a village or a rare language is enough to know somebody by.
        erased=("ethnicity", "native_language", "community_of_origin", "heard_about", "destination_city"),
        stays={"reference": NUMBER_ON_PAPER, "nationality": COUNTED, "destination_country": COUNTED},
    ),
    Part("clients.Identity", "card", is_deleted=True),
    Part("clients.IdentityKey", "card", is_deleted=True, left_out="numbers made from the identity, which is shown"),
    Part("clients.Consent", "card"),
    Part("clients.Erasure", "card"),
    Part("clients.ServiceReceived", "card", erased=("note",)),
    Part("activities.Participant", "card", hidden={"service": "is among the services"}),
    Part(
        "legal_cases.LegalCase",
        "client",
        erased=("source_other", "subjects_other", "dropped_reason", "remedies_other", "remarks"),
        stays={
            "reference": NUMBER_ON_PAPER,
            "nationality": COUNTED,
            "destination_country": COUNTED,
            "requested_currency": COUNTED,
            "awarded_currency": COUNTED,
        },
        hidden={"group": OF_OTHERS},
    ),
    Part("legal_cases.CaseSubject", "case__client"),
    Part("legal_cases.CaseRemedy", "case__client"),
    Part(
        "legal_cases.CaseEvent", "case__client", erased=("note",), stays={"closing": CODES}, hidden={"closing": CODES}
    ),
    Part("harvesting.DrawOutcome", "card", erased=("note",)),
    Part("harvesting.Interview", "card", erased=("community_of_origin",), stays={"nationality": COUNTED}),
    # What was said goes; which choices were made is counted across interviews and stays.
    Part("harvesting.Answer", "interview__card", erased=("text",)),
    Part("harvesting.AnswerChoice", "answer__interview__card", stays={"code": COUNTED}),
    # Whether the outcome was positive, negative or mixed is counted and stays; the story itself goes.
    Part(
        "harvesting.Story",
        "interview__card",
        erased=("title", "background", "event", "assistance", "outcome_text", "lesson"),
    ),
    Part(
        "reports.ReportStory",
        "story__interview__card",
        left_out="says that a report tells the story; reports belong to the agreement",
    ),
)


def erased_columns(model):
    """The columns of a model that are emptied when its person is erased."""
    return next(part.erased for part in PARTS if part.label == model._meta.label)
