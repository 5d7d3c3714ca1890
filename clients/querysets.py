"""Which client cards and which services."""

from mrc.access import CentreQuerySet


class ClientCardQuerySet(CentreQuerySet):
    def registered_between(self, start, end):
        return self.filter(registered_on__range=(start, end))


class ServiceQuerySet(CentreQuerySet):
    def received_between(self, start, end):
        return self.filter(received_on__range=(start, end))
