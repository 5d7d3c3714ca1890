"""The demo's agreements: one for each organization, begun a year ago, so that four quarters are to be reported on."""

from datetime import timedelta

from mrc import dates
from mrc.demo.cast import CENTRES, ORGANIZATIONS
from mrc.demo.results import draw_up
from reports.agreements import plan_periods
from reports.models import Agreement

TITLES = (
    "Support services for migrant workers and their families",
    "Safe migration and decent work: services of the provincial centre",
    "Legal assistance and outreach in communities of origin",
)
# Organization -> what its agreement asks for beside the usual; the others have quarterly reports and four interviews.
ASKS = {
    "Saphan Foundation": {"sample_size": 6, "share_of_women": 60},
    "Lotus River Employment Service": {"rhythm": Agreement.Rhythm.HALF_YEARLY, "days_until_due": 45},
}


def make_agreements(centres, today):
    """An agreement for each organization over all its centres, for two years of which the first is over.

    ``centres``: by code.
    """
    start = dates.add_months(dates.quarter_of(today).start, -12)
    end = dates.add_months(start, 24) - timedelta(days=1)
    for number, name in enumerate(ORGANIZATIONS, 1):
        covered = [centres[place.code] for place in CENTRES if place.organization == name]
        agreement = Agreement.objects.create(
            title=TITLES[number % len(TITLES)],
            number=f"DEMO/{start.year}/{number:02}",
            organization=covered[0].organization,
            location=", ".join(centre.place for centre in covered),
            starts_on=start,
            ends_on=end,
            total_value=30_000 + 7_500 * number,
            currency="USD",
            **ASKS.get(name, {}),
        )
        agreement.centres.set(covered)
        plan_periods(agreement)
        draw_up(agreement, today)
