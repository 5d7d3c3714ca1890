"""A report: all tables of Annex 5, section 4, services, activities and interviews, for some centres and a period."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc import audit
from mrc.dates import Period
from reports.annexes import ACTIVITIES_HELD, LEGAL_ASSISTANCE_OUTCOMES, SERVICES_PROVIDED
from reports.tables import compute

SECTIONS = (
    (_("Legal assistance outcomes (Annex 5, section 4)"), LEGAL_ASSISTANCE_OUTCOMES),
    (_("Services (Annex 1, section 4)"), SERVICES_PROVIDED),
    (_("Activities and interviews"), ACTIVITIES_HELD),
)


@dataclass(frozen=True)
class Report:
    """Computed tables. ``by_gender``: whether rows that count cases are printed by gender as well."""

    centres: tuple
    period: Period
    grids: tuple
    by_gender: bool
    made_at: datetime

    title = _("Legal assistance outcomes, services and activities")

    @property
    def sections(self):
        """(heading, grids as they are printed) in the order of the annex."""
        printed = {grid.code: grid if self.by_gender else grid.without_gender() for grid in self.grids}
        return [(heading, [printed[one.code] for one in tables if one.code in printed]) for heading, tables in SECTIONS]

    @property
    def is_empty(self):
        return all(grid.is_empty for grid in self.grids)

    @property
    def file_name(self):
        """Without ending: report-PNH-2026-07-01-2026-09-30."""
        codes = "-".join(centre.code for centre in self.centres) if len(self.centres) <= 5 else "centres"
        return f"report-{codes}-{self.period.start}-{self.period.end}"

    def as_data(self):
        """What is written as JSON."""
        return {
            "period": {"from": self.period.start.isoformat(), "to": self.period.end.isoformat()},
            "centres": [centre.code for centre in self.centres],
            "tables": {grid.code: grid.as_data() for grid in self.grids},
        }


def make_report(*, centres, period, by_gender=False):
    """Compute all tables, inside a scope that holds the centres. Raises OutsideScope for a centre that it does not."""
    tables = [table for _heading, tables in SECTIONS for table in tables]
    grids = compute(tables, period, centres)
    return Report(tuple(centres), period, tuple(grids), by_gender, timezone.localtime())


def record_export(report, file_format):
    """Write into the audit of every centre that its numbers left the program."""
    audit.record_many(
        audit.event(
            audit.AuditEvent.Action.EXPORT,
            centre_id=centre.pk,
            model="reports.Report",
            format=file_format,
            period=[report.period.start.isoformat(), report.period.end.isoformat()],
        )
        for centre in report.centres
    )
