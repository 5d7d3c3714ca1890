"""The sample draw from a frame of all cards, against hand-written SQL for the same people and the same counts.

All cards of the demo are put into one centre, and the draw is half a year ahead, when nobody's first service is too
recent; nothing of it stays.
"""

from collections import Counter
from datetime import timedelta

from django.db import connection, transaction

from benchmarks.timing import compare
from harvesting.draws import draw_sample, frame_of, latest_first_service
from mrc import audit, dates
from mrc.access import centre_scope, every_centre
from mrc.models import Centre

ROUNDS = 5
MOST = 2
GENDERS = ("woman", "man", "other")
REASONS = ("no_service", "too_recent", "no_consent", "no_way_to_reach", "interviewed")
# One row a card: the first reason that holds, or none.
FRAME = """
SELECT k.id, k.gender, CASE
  WHEN s.first IS NULL THEN 'no_service'
  WHEN s.first > %(latest)s THEN 'too_recent'
  WHEN NOT EXISTS (
    SELECT 1 FROM clients_consent c WHERE c.card_id = k.id AND c.purpose = 'follow_up' AND c.given_on <= %(day)s
    AND (c.withdrawn_on IS NULL OR c.withdrawn_on > %(day)s)
  ) THEN 'no_consent'
  WHEN i.card_id IS NULL OR (i.telephone = '' AND i.email = '' AND i.address = '') THEN 'no_way_to_reach'
  WHEN EXISTS (
    SELECT 1 FROM harvesting_interview v WHERE v.card_id = k.id AND v.interviewed_on BETWEEN %(begin)s AND %(end)s
  ) THEN 'interviewed'
  ELSE '' END
FROM clients_clientcard k
LEFT JOIN (
  SELECT card_id, MIN(received_on) AS first FROM clients_servicereceived GROUP BY card_id
) s ON s.card_id = k.id
LEFT JOIN clients_identity i ON i.card_id = k.id
WHERE k.centre_id = %(centre)s ORDER BY k.id
"""


def measure():
    day = dates.today() + timedelta(days=200)
    with transaction.atomic(), audit.acting(None, "benchmark"):
        centre = Centre.objects.order_by("pk").first()
        with every_centre("the cards of all centres are moved into one"), connection.cursor() as cursor:
            for table in ("clients_clientcard", "clients_servicereceived", "harvesting_interview"):
                cursor.execute(f"UPDATE {table} SET centre_id = %s", [centre.pk])
        with centre_scope([centre]):
            ratio = _measure(centre, day)
        transaction.set_rollback(True)
    yield ratio


def _measure(centre, day):
    def program():
        return draw_sample(centre=centre, year=day.year, drawn_on=day)

    def hand():
        return by_hand(centre.pk, day)

    eligible, refused = hand()
    check_equal(frame_of(centre, day.year, day), eligible, refused)
    number, cards = sum(map(len, eligible.values())), sum(map(len, eligible.values())) + sum(refused.values())
    what = f"Sample draw from {cards:,} cards, {number:,} of them eligible"
    return compare(what, program, hand, rounds=ROUNDS, most=MOST, most_queries=15)


def by_hand(centre, day):
    """(gender -> primary keys of the eligible cards, (reason, gender) -> count) by one statement."""
    year = dates.year_of(day)
    values = {"centre": centre, "day": day, "latest": latest_first_service(day), "begin": year.start, "end": year.end}
    eligible, refused = {gender: [] for gender in GENDERS}, Counter()
    with connection.cursor() as cursor:
        cursor.execute(FRAME, values)
        for card, gender, reason in cursor.fetchall():
            if reason:
                refused[reason, gender] += 1
            else:
                eligible[gender].append(card)
    return eligible, refused


def check_equal(frame, eligible, refused):
    """Raises SystemExit unless the program finds the same people and the same reasons: a draw of others is no draw."""
    if frame.eligible != eligible:
        raise SystemExit("The frame of the draw holds other people than hand-written SQL finds.")
    by_reason = {reason: {gender: refused[reason, gender] for gender in GENDERS} for reason in REASONS}
    if frame.not_eligible != by_reason:
        raise SystemExit(f"Reasons: the program counts {frame.not_eligible}, hand-written SQL {by_reason}.")
