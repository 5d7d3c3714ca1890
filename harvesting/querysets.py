"""Which draws, interviews and stories. An interview counts in the period that contains its date, once it is finished;
a story counts with its interview.
"""

from mrc.access import OwnedQuerySet


class NeverChanged(RuntimeError):
    """A sample draw cannot be edited and cannot be deleted."""


class DrawQuerySet(OwnedQuerySet):
    """Draws are added and read, and that is all."""

    def update(self, **values):
        raise NeverChanged("A sample draw is never changed; make a new one.")

    def delete(self):
        raise NeverChanged("A sample draw is never deleted.")

    delete.queryset_only = True


class InterviewQuerySet(OwnedQuerySet):
    def finished(self):
        return self.filter(is_finished=True)

    def held_between(self, start, end):
        return self.finished().filter(interviewed_on__range=(start, end))


class StoryQuerySet(OwnedQuerySet):
    def told_between(self, start, end):
        return self.filter(interview__interviewed_on__range=(start, end))

    def still_told(self):
        """Those whose person agrees to the use of the story, and that were not erased with the person's identity."""
        agreed = {"interview__card__consents__purpose": "story", "interview__card__consents__withdrawn_on": None}
        return self.filter(title__isrecorded=True, **agreed)
