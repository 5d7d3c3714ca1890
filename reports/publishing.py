"""Publishing as a recorded act: every version is kept, and the next one holds back for those before it."""

import json
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mrc.models import Centre
from reports.publication import NOTE, THRESHOLD, as_kept, publish, versions_of
from reports.publication_models import PublishedTables
from reports.services import Report
from reports.versions import Region


@dataclass(frozen=True)
class PublishedReport(Report):
    """The version of a report for publication. ``record``: what was kept of it, None before it is published."""

    record: PublishedTables | None = None

    title = _("Legal assistance outcomes, services and activities: version for publication")

    @property
    def note(self):
        return NOTE % {"most": THRESHOLD - 1}

    @property
    def file_name(self):
        return super().file_name.replace("report-", "publication-", 1)

    @property
    def is_hidden_whole(self):
        return all(grid.version is None for grid in self.grids)

    def as_data(self):
        return {"hidden": str(self.note), **super().as_data()}


def version_for_publication(report):
    """What may be shown of a report. A version that was published stays the same as long as its numbers do."""
    region = Region(frozenset(centre.pk for centre in report.centres), report.period)
    records = _records_near(report.centres)
    earlier = [versions_of(json.loads(record.content), _region_of(record)) for record in records]
    same = [number for number, record in enumerate(records) if _region_of(record) == region]
    if same:
        grids = publish(report.grids, region, earlier[: same[-1]])
        if _as_text(grids) == records[same[-1]].content:
            return _published(report, grids, records[same[-1]])
    return _published(report, publish(report.grids, region, earlier))


def _published(report, grids, record=None):
    return PublishedReport(report.centres, report.period, grids, report.by_gender, report.made_at, record)


def _as_text(grids):
    return json.dumps(as_kept(grids), sort_keys=True)


def _region_of(record):
    return Region(frozenset(centre.pk for centre in record.centres.all()), record.period)


def _records_near(centres):
    """Versions of these centres and of those that were published together with them, oldest first."""
    together = PublishedTables.objects.filter(centres__in=centres).values("pk")
    near = Centre.objects.filter(pk__in=PublishedTables.centres.through.objects.filter(
        publishedtables__in=together).values("centre"))  # fmt: skip
    found = PublishedTables.objects.filter(centres__in=near).distinct()
    return list(found.order_by("pk").prefetch_related("centres"))


@transaction.atomic
def publish_report(report, user):
    """The version for publication, kept. Who publishes the same centres at the same time waits."""
    list(Centre.objects.select_for_update().order_by("pk").filter(pk__in=[centre.pk for centre in report.centres]))
    published = version_for_publication(report)
    if published.record or published.is_hidden_whole:
        return published
    record = PublishedTables.objects.create(
        period_start=report.period.start,
        period_end=report.period.end,
        content=_as_text(published.grids),
        published_by=user,
    )
    record.centres.set(report.centres)
    return replace(published, record=record)
