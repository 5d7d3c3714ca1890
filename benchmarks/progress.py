"""The whole progress report, stage by stage: of one centre for a quarter, and of 27 centres for a year.

Both agreements have the same indicators and one period before, so that the number of queries must be the same.
"""

import random
import statistics
import time
from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.results import Stages
from mrc import dates, vault
from mrc.access import agreement_scope, centre_scope
from mrc.demo.cards import write_cards
from mrc.demo.cast import CENTRES
from mrc.demo.region import Place
from mrc.demo.results import draw_up
from mrc.models import Centre, User
from reports import freezing
from reports.agreements import plan_periods
from reports.content import frozen_content, live_content, live_members
from reports.documents import progress_docx
from reports.files import progress_xlsx
from reports.models import Agreement, ProgressReport, SubmittedReport

MANY_CENTRES = 27
CARDS_OF_A_CENTRE = 100  # in the centres that are added to those of the demo
ROUNDS = 3


def measure():
    today = dates.today()
    centres = list(Centre.objects.order_by("pk"))
    centres += [_small_centre(number, today) for number in range(MANY_CENTRES - len(centres))]
    quarter, year = dates.quarter_before(today), dates.add_months(dates.quarter_of(today).start, -24)
    one = _report(centres[:1], dates.add_months(quarter.start, -3), 3, today)
    many = _report(centres, year, 12, today)
    yield _stages("One centre, one quarter", one, centres[:1])
    yield _stages(f"{MANY_CENTRES} centres, one year", many, centres)


def _small_centre(number, today):
    first = Centre.objects.order_by("pk").first()
    centre = Centre.objects.create(
        code=f"MORE{number}", name=f"Centre {number}", organization=first.organization, country="KH"
    )
    user = User.objects.order_by("pk").first()
    place = Place(replace(CENTRES[0], code=centre.code), centre, user, user)
    with centre_scope([centre]):
        for _batch in write_cards(random.Random(number), place, CARDS_OF_A_CENTRE, today - timedelta(days=300), today):
            pass
    return centre


def _report(centres, start, months, today):
    """The report of the second period of an agreement."""
    agreement = Agreement.objects.create(
        title="Measured",
        number=f"BENCH-{len(centres)}",
        organization=centres[0].organization,
        starts_on=start,
        ends_on=dates.add_months(start, 2 * months) - timedelta(days=1),
        rhythm=months,
    )
    agreement.centres.set(centres)
    plan_periods(agreement)
    draw_up(agreement, today)
    with agreement_scope([agreement]):
        return ProgressReport.objects.create(period=agreement.periods.order_by("starts_on").last())


def _stages(what, report, centres):
    """Milliseconds of each stage (median of the rounds) and the queries of all stages together."""
    with centre_scope(centres), agreement_scope([report.agreement]):
        rounds = [_once(report) for _round in range(ROUNDS)]
        with CaptureQueriesContext(connection) as captured:
            _once(report)
    times = {name: statistics.median(taken[name] for taken in rounds) for name in rounds[0]}
    return Stages(what, times, len(captured))


def _once(report):
    report = ProgressReport.objects.select_related("period__agreement__organization").get(pk=report.pk)
    taken = {}

    def timed(name, work):
        started = time.perf_counter()
        done = work()
        taken[name] = 1000 * (time.perf_counter() - started)
        return done

    content = timed("numbers and texts", lambda: live_content(report))
    period, centres = report.period.period, list(report.agreement.centres.all())
    members = timed("which record counted where", lambda: freezing.dumps(live_members(period, centres)))
    text = timed("freezing", lambda: freezing.dumps(content.as_data()))
    timed("sealing", lambda: vault.seal(members))
    kept = SubmittedReport(report=report, number=1, submitted_at=content.made_at, content=text)
    frozen = timed("reading what was submitted", lambda: frozen_content(kept))
    timed("DOCX", lambda: progress_docx(frozen))
    timed("XLSX", lambda: progress_xlsx(frozen))
    return taken
