"""The columns of the list of activities."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc.columns import ListColumn


def heads(activity):
    """The head-count as text, so that none counted (0) is shown and not counted is said."""
    return str(activity.heads) if activity.has_head_count else _("not counted")


TITLE = ListColumn(gettext_lazy("Title"), "title", is_link=True)
CENTRE = ListColumn(gettext_lazy("Centre"), lambda activity: activity.centre.code)
DAYS = ListColumn(gettext_lazy("Held on"), "days")
KIND = ListColumn(gettext_lazy("Kind of activity"), "get_kind_display")
AUDIENCE = ListColumn(gettext_lazy("Held for"), "get_audience_display")
PLACE = ListColumn(gettext_lazy("Place"), "place")
HEADS = ListColumn(gettext_lazy("Heads"), heads, css_class="num")
NAMES = ListColumn(gettext_lazy("Names"), lambda activity: str(activity.names_count), css_class="num")

ACTIVITIES = (TITLE, DAYS, KIND, AUDIENCE, PLACE, HEADS, NAMES)
ACTIVITIES_OF_CENTRES = (TITLE, CENTRE, *ACTIVITIES[1:])
