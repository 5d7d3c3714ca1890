"""Which client cards and which services."""

from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from mrc.access import OwnedQuerySet

INFORMING = "information_education_training"  # of ServiceCategory


class ClientCardQuerySet(OwnedQuerySet):
    def registered_between(self, start, end):
        return self.filter(registered_on__range=(start, end))

    def served_between(self, start, end):
        """Persons who received a service in the period, each once, with ``age``: the years between the year of birth
        and the end of the period; None where the year of birth is unknown.
        """
        services = self.model._meta.get_field("services").related_model.objects.order_by()
        served = self.filter(pk__in=services.received_between(start, end).values("card"))
        return served.alias(age=Value(end.year) - F("birth_year"))

    def informed_between(self, start, end):
        """Persons who received information, education and training in the period, each once."""
        services = self.model._meta.get_field("services").related_model.objects.order_by()
        informing = services.received_between(start, end).filter(category=INFORMING)
        return self.filter(pk__in=informing.values("card"))

    def for_list(self):
        """Only what a list shows, with the number of services of each card."""
        services = self.model._meta.get_field("services").related_model.objects
        counted = services.filter(card=OuterRef("pk")).order_by().values("card").annotate(n=Count("pk")).values("n")
        return self.annotate(services_count=Coalesce(Subquery(counted), 0)).only(
            "uid", "centre_id", "reference", "is_pseudonym", "gender", "birth_year", "beneficiary_kind", "nationality",
            "registered_on", "is_restricted",
        )  # fmt: skip


class ServiceQuerySet(OwnedQuerySet):
    def received_between(self, start, end):
        return self.filter(received_on__range=(start, end))
