"""Made-up activities with their participants, and the year's interviews from the draw to a story."""

from datetime import date, timedelta

from activities.models import Activity
from activities.services import add_participants
from harvesting import draws, services
from harvesting.models import Story
from reports.agreements import sampling_rules

ACTIVITIES = 10
MOST_NAMED = 6
TITLES = {
    Activity.Kind.TRAINING: ("Before you go: rights at work", "Reading a contract", "Keeping records of hours and pay"),
    Activity.Kind.MEETING: ("Women's meeting", "Meeting with the labour inspectorate"),
    Activity.Kind.OUTREACH: ("Morning at the bus station", "Evening at the factory gate"),
    Activity.Kind.OTHER: ("Migrants' day",),
}
TOPIC = "Fees, contracts and where to complain"
ANSWERS = {
    "first_heard": "From a neighbour who had come before.",
    "how_long_ago": "Less than a year ago.",
    "event": "The wages of two months were not paid.",
    "challenges": "The way is long and the centre is closed on Sundays.",
    "services_used": "Advice, and help with the complaint.",
    "assistance_required": "Yes, most of it.",
    "needs_of_women": "A room where nobody listens.",
    "learned": "To keep the contract and the pay slips.",
    "practical_benefits": "Part of the wages was paid.",
    "livelihood": "The debt is smaller now.",
}
STORY = {
    "title": "Wages paid after the second letter",
    "outcome": Story.Outcome.POSITIVE,
    "background": "She comes from a village and worked in a factory across the border for three years.",
    "event": "Two months of wages were withheld when the factory changed hands.",
    "assistance": "The centre wrote to the new owner twice and went with her to the labour inspectorate.",
    "outcome_text": "The wages of one month were paid; the rest is promised in three parts.",
    "lesson": "A second letter with a copy to the inspectorate moved what a first one did not.",
}


def hold_activities(rng, place, cards, start, today):
    """Activities of every kind from ``start`` to ``today``; the last one still waits for its head-count."""
    span = (today - start).days
    for number in range(ACTIVITIES):
        kind = list(Activity.Kind)[number % len(Activity.Kind)]
        day = start + timedelta(days=span * (number + 1) // (ACTIVITIES + 1))
        known = [card for card in cards if card.registered_on <= day]
        named = rng.sample(known, min(len(known), rng.randint(0, MOST_NAMED)))
        heads = [rng.randint(6, 24), rng.randint(4, 18), rng.choice((0, 0, 1))]
        women, men, other = [None] * 3 if number == ACTIVITIES - 1 else heads
        activity = Activity(
            centre=place.centre,
            kind=kind,
            audience=Activity.Audience.INTERMEDIARIES
            if kind == Activity.Kind.MEETING
            else Activity.Audience.BENEFICIARIES,
            title=rng.choice(TITLES[kind]),
            topic=TOPIC,
            place=place.centre.place,
            starts_on=day,
            ends_on=day,
            women=women,
            men=men,
            other=other,
        )
        activity.save()
        add_participants(activity=activity, cards=named)


def interview(place, today):
    """A draw two months ago, two interviews that were held, one that was begun, and a story from the first."""
    drawn_on = today - timedelta(days=60)
    rules = sampling_rules(place.centre, drawn_on)
    draw = draws.draw_sample(
        centre=place.centre,
        year=drawn_on.year,
        drawn_on=drawn_on,
        size=rules.size,
        women_wanted=rules.women_wanted,
        seed=f"demo {place.centre.code}",
    )
    questionnaire = services.standard_questionnaire(place.centre)
    for number, drawn in enumerate(draws.places_of(draw)[:3]):
        held = services.begin_interview(card=drawn.card, questionnaire=questionnaire, draw=draw)
        held.interviewed_on = min(drawn_on + timedelta(days=7 * (number + 1)), date(draw.year, 12, 31))
        held.interviewer, held.is_profile_confirmed, held.is_finished = place.staff, True, number < 2
        held.save()
        for question in questionnaire.questions.all():
            if number < 2 or question.position < 4:
                services.save_answer(interview=held, question=question, value=ANSWERS.get(question.code, ""))
        if number == 0:
            Story.objects.create(interview=held, **STORY)
