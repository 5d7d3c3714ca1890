"""What waits in activities: those that are over and whose heads nobody wrote down."""

from django.utils.translation import gettext_lazy as _

from activities.columns import CENTRE, DAYS, KIND, TITLE
from activities.models import Activity
from mrc.todo import Kind


def to_count(today):
    return Activity.objects.to_count(today)


def listed(activities):
    return activities.select_related("centre").defer("topic", "place").order_by("ends_on", "pk")


KINDS = (
    Kind(
        code="activities_to_count",
        title=_("Activities without a head-count"),
        advice=_(
            "Open the activity and write down how many women, men and others took part, from the attendance list."
        ),
        permission="activities.view_activity",
        records=to_count,
        listed=listed,
        columns=(TITLE, CENTRE, DAYS, KIND),
        rank=70,
    ),
)
