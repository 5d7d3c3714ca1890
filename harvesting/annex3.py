"""The questionnaire of Annex 3, as data: a centre begins with it and may make its own."""

from django.utils.translation import gettext_noop as _

ACCESS, ASSISTANCE, OUTCOME = _("2. Access"), _("3. Assistance"), _("4. Outcome")
TITLE = _("Outcome harvesting questionnaire (Annex 3)")

# (code, part, question); the profile (part 1) is taken from the client card and confirmed.
QUESTIONS = (
    ("first_heard", ACCESS, _("How did you first learn about the MRC?")),
    ("how_long_ago", ACCESS, _("How long ago did you access services at the MRC?")),
    ("event", ACCESS, _("What event made you access services?")),
    ("challenges", ACCESS, _("Did you face any challenges in accessing the services at the MRC?")),
    ("services_used", ASSISTANCE, _("What type of services did you use?")),
    ("assistance_required", ASSISTANCE, _("Was the MRC able to provide you with the assistance you required?")),
    ("needs_of_women", ASSISTANCE, _("How could MRC services be more responsive to the needs of women?")),
    ("additional_services", ASSISTANCE, _("What additional services or information should the MRC provide?")),
    ("learned", OUTCOME, _("What did you learn from accessing MRC services?")),
    ("decisions", OUTCOME, _("Did any of the information provided by the MRC influence your decision-making?")),
    (
        "practical_benefits",
        OUTCOME,
        _("Have you received any practical benefits from the services provided by the MRC?"),
    ),
    ("behaviours", OUTCOME, _("Have you changed any behaviours since accessing MRC services?")),
    ("livelihood", OUTCOME, _("Has your livelihood changed since receiving MRC services?")),
)
