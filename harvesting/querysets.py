"""Which interviews. An interview counts in the period that contains its date, once it is finished."""

from mrc.access import OwnedQuerySet


class InterviewQuerySet(OwnedQuerySet):
    def finished(self):
        return self.filter(is_finished=True)

    def held_between(self, start, end):
        return self.finished().filter(interviewed_on__range=(start, end))
