"""What every app needs when it writes: reference numbers without gaps, and forms that are saved once."""

from django.db import transaction
from django.db.models import F

from mrc.models import ReferenceCounter


@transaction.atomic
def next_references(centre, series, digits, count=1):
    """``count`` new reference numbers such as ``PNH-2026-00042``: unique, and given back if the transaction fails.

    The counter's row stays locked until the end of the transaction, so that parallel entry waits and leaves no gap.
    """
    counters = ReferenceCounter.objects.filter(centre=centre, series=series)
    if not counters.exists():
        ReferenceCounter.objects.bulk_create([ReferenceCounter(centre=centre, series=series)], ignore_conflicts=True)
    counters.update(last=F("last") + count)
    last = counters.values_list("last", flat=True).get()
    return [f"{centre.code}-{series}-{number:0{digits}}" for number in range(last - count + 1, last + 1)]
