"""Client cards from and to a spreadsheet (INTERFACES: Cards). The columns here serve import, template and export."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import likeness, services
from clients.forms import NEEDS_CONSENT, CardForm
from clients.models import (
    BeneficiaryKind,
    ClientCard,
    Consent,
    Identity,
    LegalPermissionPlan,
    ServiceCategory,
    ServiceReceived,
)
from clients.person import erased_columns
from mrc import audit, cells
from mrc.choices import Gender, Sector
from mrc.imports import Column, Importer, RowForm, in_parts
from mrc.services import next_references

Purpose = Consent.Purpose
BATCH = 500
# Columns that are kept in the card or beside it, and not in the identity and the consents.
IN_CARD = {*CardForm._meta.fields, *ServiceCategory.values}


class Consents(cells.Codes):
    """``yes`` is the consent to keep personal data, ``no`` is none at all."""

    explanation = gettext_lazy("yes (to keep personal data), no, or purposes of this list, separated by ;")

    def __init__(self):
        super().__init__(Purpose)

    def offered(self):
        return [_("Yes"), _("No"), *super().offered()]

    def read(self, value):
        answer = cells.yes_or_no(value)
        if answer is not None:
            return (Purpose.KEEP_DATA.value,) if answer else ()
        return in_order(super().read(value))

    def write(self, value):
        if value == (Purpose.KEEP_DATA.value,):
            return "yes"
        return super().write(value) or "no"


def in_order(purposes):
    """Purposes of consent, each once, in the order of the list."""
    return tuple(purpose.value for purpose in Purpose if purpose.value in purposes)


class CardRowForm(CardForm, RowForm):
    """A row of the spreadsheet: the form of the card, without the centre and the first service."""

    def consents_after(self):
        """As for the page; but what is new was given when the person was registered, and ``consent_on`` of the sheet
        also corrects the date of what is already in force.
        """
        day = self.cleaned_data.get("consent_on")
        kept = {purpose: (consent.given_on, consent.how) for purpose, consent in self.in_force.items()}
        if day and day != min((given_on for given_on, _how in kept.values()), default=None):
            kept = {purpose: (day, how) for purpose, (_given_on, how) in kept.items()}
        given = (day or self.cleaned_data["registered_on"], "")
        return {purpose: kept.get(purpose, given) for purpose in self.cleaned_data["consents"]}


@dataclass
class CardPlan:
    """What is written with a card: identity and consents as services.save_card takes them, and new services."""

    identity: dict
    consents: dict
    services: list  # (category, day)


class CardImporter(Importer):
    model = ClientCard
    sheet_title = gettext_lazy("Client cards")
    no_such_reference = gettext_lazy(
        "This centre has no client card with this reference. Leave it empty for a new one."
    )
    required = ("registered_on",)
    compared = dict.fromkeys([*NEEDS_CONSENT, "is_pseudonym"], ["consent"])
    columns = (
        Column("reference", cells.Text(), gettext_lazy("Of a card of this centre, to change it. Empty: a new card.")),
        Column("registered_on", cells.Day(), gettext_lazy("Date of registration. Required.")),
        Column("consent", Consents(), gettext_lazy("What the person agrees to."), "consents"),
        Column("consent_on", cells.Day(), gettext_lazy("When it was given. Empty: the date of registration.")),
        Column("name", cells.Text(), gettext_lazy("Name or pseudonym, in any script.")),
        Column("is_pseudonym", cells.YesNo(), gettext_lazy("Needed with a name if there is no consent to keep data.")),
        Column("gender", cells.Code(Gender), gettext_lazy("Empty: other/unknown.")),
        Column("date_of_birth", cells.Day()),
        Column("birth_year", cells.Year(), gettext_lazy("If the date of birth is not known.")),
        Column("nationality", cells.Country()),
        Column("ethnicity", cells.Text()),
        Column("native_language", cells.Text()),
        Column("community_of_origin", cells.Text()),
        Column("beneficiary_kind", cells.Code(BeneficiaryKind)),
        Column("heard_about", cells.Text(), gettext_lazy("How the person heard about the MRC.")),
        Column("address", cells.Text()),
        Column("telephone", cells.Text()),
        Column("email", cells.Text()),
        Column("emergency_name", cells.Text()),
        Column("emergency_relationship", cells.Text()),
        Column("emergency_address", cells.Text()),
        Column("emergency_telephone", cells.Text()),
        Column("emergency_email", cells.Text()),
        Column("destination_country", cells.Country()),
        Column("destination_city", cells.Text()),
        Column("sector", cells.Code(Sector), gettext_lazy("Planned sector of work. Empty: unknown.")),
        Column("legal_permission", cells.Code(LegalPermissionPlan)),
        *(
            Column(category.value, cells.Days(), gettext_lazy("When this service was received. An import only adds."))
            for category in ServiceCategory
        ),
    )

    erased = (*erased_columns(ClientCard), *services.IDENTITY_FIELDS, "consent")

    # What is stored.

    @staticmethod
    def with_everything(cards):
        """The cards with all that ``values_of`` reads, in a few queries whatever their number."""
        received = ServiceReceived.objects.defer("note").order_by("received_on")
        # Kept in a list: a related manager for each card would take longer than everything else. Consents have one
        # all the same, for the form of a row that changes a card.
        return cards.select_related("centre", "identity").prefetch_related(
            "consents", "erasures", Prefetch("services", received, to_attr="given_services")
        )

    def stored(self, references):
        found = {}
        for some in in_parts(references):
            cards = ClientCard.objects.filter(centre=self.centre, reference__in=some)
            found |= {card.reference: card for card in self.with_everything(cards)}
        return found

    def values_of(self, card):
        identity = getattr(card, "identity", None) or Identity()
        in_force = {one.purpose: one.given_on for one in card.consents.all() if not one.withdrawn_on}
        days = defaultdict(list)
        for service in card.given_services:
            days[service.category].append(service.received_on)
        values = {name: getattr(card, name) for name in CardForm._meta.fields}
        values |= {name: getattr(identity, name) for name in services.IDENTITY_FIELDS if name in self.by_name}
        values |= {category: tuple(days[category]) for category in ServiceCategory.values}
        return values | {
            "reference": card.reference,
            "consent": in_order(in_force),
            "consent_on": min(in_force.values(), default=None),
        }

    def erasure_of(self, card):
        """Who came back and agreed anew, which only the page of the card takes, is like everybody."""
        in_force = {one.purpose for one in card.consents.all() if not one.withdrawn_on}
        return None if Consent.Purpose.KEEP_DATA in in_force else next(iter(card.erasures.all()), None)

    # Checking.

    def changes(self, preview, most):
        """What identifies people stands among them, so the audit says whose card was shown."""
        shown = super().changes(preview, most)
        with audit.reading_identities(list(dict.fromkeys(change.record for change in shown)), "preview"):
            return shown

    def plan(self, row, values, before):
        stored = {name: before.get(name, ()) for name in ServiceCategory.values}
        self._fill_in(row, values)
        form = self._form(row, values)
        if not form.is_valid():
            self.form_problems(row, form)
            return {}
        consents = form.consents_after()
        row.record = form.instance
        row.plan = CardPlan(
            identity={name: form.cleaned_data.get(name) for name in services.IDENTITY_FIELDS},
            consents=consents,
            services=[(name, day) for name, days in stored.items() for day in values[name] if day not in days],
        )
        after = {name: form.cleaned_data[name] for name in self.by_name if name in form.cleaned_data}
        after |= self._services_after(row, values, stored)
        given_on = min((given_on for given_on, _how in consents.values()), default=None)
        return after | {"consent": in_order(consents), "consent_on": given_on}

    def _fill_in(self, row, values):
        """Answers that may not be empty, and what that means, as a warning."""
        if not values["gender"]:
            values["gender"] = Gender.OTHER.value
            self.warn(row, "gender", _("gender is empty: counted as other/unknown."))
        if not values["sector"]:
            values["sector"] = Sector.UNKNOWN.value
        if values["consent_on"] and not values["consent"]:
            self.warn(row, "consent_on", _("There is a date of consent, but no consent: the date is not kept."))

    def _form(self, row, values):
        data = {column.form_field or column.name: values[column.name] for column in self.columns}
        identity = getattr(row.record, "identity", None) if row.record else None
        data["safe_contact"] = identity.safe_contact if identity else ""  # the only answer that is no column
        card = row.record or ClientCard(centre=self.centre)
        return CardRowForm(data, instance=card, centres=[self.centre])

    def _services_after(self, row, values, stored):
        after = {}
        for name, days in stored.items():
            after[name] = tuple(sorted({*days, *values[name]}))
            if name in self.numbers and set(days) - set(values[name]):
                reason = _("The card has more dates of this service. An import adds dates and takes none away.")
                self.warn(row, name, reason)
        return after

    def look_over(self, rows):
        for row, name, reason in likeness.likely_duplicates(self.centre, [row for row in rows if row.is_new]):
            self.warn(row, name, reason)

    # Writing.

    def write_rows(self, created, changed):
        for some in in_parts(created):  # what is written with them is not kept for all of them at once
            self._create(some)
            self._add_services(some, set())
        self.update(row for row in changed if IN_CARD.issuperset(row.changes))
        for row in changed:
            if not IN_CARD.issuperset(row.changes):
                row.record.version += 1
                services.save_card(card=row.record, identity=row.plan.identity, consents=row.plan.consents)
        self._add_services(changed, self._services_of(changed))

    def _create(self, rows):
        cards = [row.record for row in rows]
        numbers = {}
        for year, count in sorted(Counter(card.registered_on.year for card in cards).items()):
            numbers[year] = iter(next_references(self.centre, str(year), 5, count))
        for card in cards:
            card.reference = next(numbers[card.registered_on.year])
        ClientCard.objects.bulk_create(cards, batch_size=BATCH)
        identities = [Identity(card=row.record, **row.plan.identity) for row in rows if any(row.plan.identity.values())]
        Identity.objects.bulk_create(identities, batch_size=BATCH)
        services.index_identities([identity.card for identity in identities])
        consents = (
            Consent(card=row.record, purpose=purpose, given_on=given_on, how=how, recorded_by=audit.actor())
            for row in rows
            for purpose, (given_on, how) in row.plan.consents.items()
        )
        Consent.objects.bulk_create(consents, batch_size=BATCH)

    def _services_of(self, rows):
        """(card, category, day) of all services of these cards, which are locked."""
        found = set()
        for some in in_parts([row.record.pk for row in rows]):
            kept = ServiceReceived.objects.filter(card__in=some)
            found.update(kept.values_list("card", "category", "received_on"))
        return found

    def _add_services(self, rows, kept):
        received = (
            ServiceReceived(card=row.record, centre=self.centre, category=category, received_on=day)
            for row in rows
            for category, day in row.plan.services
            if (row.record.pk, category, day) not in kept
        )
        ServiceReceived.objects.bulk_create(received, batch_size=BATCH)
