"""Which activities, and how many took part. An activity counts in the period that contains its last day."""

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from mrc import restricted
from mrc.access import OwnedQuerySet
from mrc.choices import Gender

# The columns of the head-count, in the words of gender.
HEADS = {Gender.WOMAN: "women", Gender.MAN: "men", Gender.OTHER: "other"}


class ActivityQuerySet(OwnedQuerySet):
    def held_between(self, start, end):
        return self.filter(ends_on__range=(start, end))

    def with_head_count(self):
        return self.filter(women__isnull=False)

    def without_head_count(self):
        return self.filter(women=None)

    def to_count(self, today):
        """Those that are over and have no head-count yet: somebody has still to write it down."""
        return self.without_head_count().filter(ends_on__lte=today)

    def with_participants(self):
        """``counted_women`` ``counted_men`` ``counted_other`` ``counted``: the heads where they were counted, else
        the names of participants. Never both.
        """
        counted = {
            f"counted_{column}": Coalesce(column, self._names(card__gender=gender)) for gender, column in HEADS.items()
        }
        total = F("counted_women") + F("counted_men") + F("counted_other")
        return self.annotate(**counted).annotate(counted=total)

    def participants_between(self, start, end):
        """For report tables: the activities of a period with how many took part."""
        return self.held_between(start, end).with_participants()

    def for_list(self):
        """With the number of names beside the heads; without the topic, which no list shows."""
        return self.annotate(names_count=self._names()).select_related("centre").defer("topic")

    def _names(self, **conditions):
        """The number of participants by name, as an expression."""
        with restricted.included():
            named = self.model._meta.get_field("participants").related_model.objects.all()
        named = named.filter(activity=OuterRef("pk"), **conditions).order_by().values("activity")
        return Coalesce(Subquery(named.annotate(n=Count("pk")).values("n")), 0)
