"""Which client cards and which services."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from mrc.access import CentreQuerySet


class ClientCardQuerySet(CentreQuerySet):
    def registered_between(self, start, end):
        return self.filter(registered_on__range=(start, end))

    def for_list(self):
        """Only what a list shows, with the number of services of each card."""
        services = self.model._meta.get_field("services").related_model.objects
        counted = services.filter(card=OuterRef("pk")).order_by().values("card").annotate(n=Count("pk")).values("n")
        return self.annotate(services_count=Coalesce(Subquery(counted), 0)).only(
            "uid", "centre_id", "reference", "is_pseudonym", "gender", "birth_year", "beneficiary_kind", "nationality",
            "registered_on",
        )  # fmt: skip


class ServiceQuerySet(CentreQuerySet):
    def received_between(self, start, end):
        return self.filter(received_on__range=(start, end))
