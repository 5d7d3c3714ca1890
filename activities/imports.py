"""An attendance list from a spreadsheet: a row is a client card of the centre, a new card, or one head.

A reference names a card. Without one, a name makes a new card, by the rules of the card: without consent to keep
personal data it must be marked as a pseudonym. A row with a gender alone counts one head and makes no card.
"""

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import services
from activities.models import Activity, Participant
from activities.querysets import HEADS
from clients import likeness, names
from clients.imports import CardImporter, CardPlan, CardRowForm, Consents
from clients.models import ClientCard, Identity
from clients.services import IDENTITY_FIELDS
from mrc import audit, cells
from mrc.choices import Gender
from mrc.imports import Column, Remark

KINDS = NAMED, NEW_CARD, ON_LIST, HEAD = "named", "new_card", "on_list", "head"


class AttendanceImporter(CardImporter):
    """``kinds``: {number of a row: what it is}. ``heads``: the head-count that the import writes, or None."""

    model = Participant
    sheet_title = gettext_lazy("Attendance list")
    required = ()
    erased = ()  # a row changes no card
    no_such_reference = gettext_lazy("This centre has no client card with this reference. Check the number.")
    columns = (
        Column("reference", cells.Text(), gettext_lazy("Of a card of this centre. Empty: a new card or a head.")),
        Column("name", cells.Text(), gettext_lazy("Of somebody without a card, in any script: makes a new card.")),
        Column("is_pseudonym", cells.YesNo(), gettext_lazy("Needed with a name if there is no consent to keep data.")),
        Column("gender", cells.Code(Gender), gettext_lazy("Without reference and name, the row counts one head.")),
        Column("birth_year", cells.Year(), gettext_lazy("Of somebody without a card.")),
        Column("telephone", cells.Text(), gettext_lazy("Of somebody without a card who agrees to keep data.")),
        Column("consent", Consents(), gettext_lazy("What somebody without a card agrees to."), "consents"),
    )

    def __init__(self, activity):
        super().__init__(activity.centre)
        self.activity = activity
        self.kinds = {}
        self.heads = None

    # What is stored.

    @staticmethod
    def with_everything(cards):
        stored = ("uid", "version", "centre_id", "reference", "gender", "birth_year", "is_pseudonym", "identity__name")
        return cards.select_related("identity").only(*stored)

    def values_of(self, card):
        identity = getattr(card, "identity", None) or Identity()
        values = {name: getattr(card, name) for name in ("reference", "gender", "birth_year", "is_pseudonym")}
        return values | {"name": identity.name, "telephone": "", "consent": ()}

    def prepare(self, rows):
        self.on_list = set(self.activity.participants.values_list("card", flat=True))

    # Checking.

    def _check_rows(self, rows):
        if not self.activity.is_over:
            reason = _("The activity is not over. Who took part can be imported from its last day on.")
            self.preview.problems.append(Remark(self.preview.sheet, "A1", "", reason))
            return
        super()._check_rows(rows)

    def plan(self, row, values, before):
        if row.has_problem:
            return {}
        if before:
            return self._plan_known(row, values, before)
        return self._plan_new_card(row, values) if values["name"] else self._plan_head(row, values)

    def _plan_known(self, row, values, before):
        """A card of the centre. What else stands in the row changes nothing, but may show that another was meant."""
        self.kinds[row.number] = ON_LIST if row.record.pk in self.on_list else NAMED
        words = set(names.name_words(values["name"]))
        if words and before["name"] and words.isdisjoint(names.name_words(before["name"])):
            self.warn(row, "name", _("The card of this reference bears another name. Is the reference right?"))
        if values["gender"] and values["gender"] != before["gender"]:
            self.warn(row, "gender", _("The card says another gender. It is not changed."))
        if values["birth_year"] and before["birth_year"] and str(values["birth_year"]) != str(before["birth_year"]):
            self.warn(row, "birth_year", _("The card says another year of birth. It is not changed."))
        return before

    def _plan_new_card(self, row, values):
        if not values["gender"]:
            values["gender"] = Gender.OTHER.value
            self.warn(row, "gender", _("gender is empty: counted as other/unknown."))
        data = {column.form_field or column.name: values[column.name] for column in self.columns}
        data["registered_on"] = self.activity.ends_on
        form = CardRowForm(data, instance=ClientCard(centre=self.centre), centres=[self.centre])
        if not form.is_valid():
            self.form_problems(row, form)
            return {}
        self.kinds[row.number] = NEW_CARD
        row.record = form.instance
        identity = {name: form.cleaned_data.get(name) for name in IDENTITY_FIELDS}
        row.plan = CardPlan(identity=identity, consents=form.consents_after(), services=[])
        return {name: form.cleaned_data[name] for name in self.by_name if name in form.cleaned_data}

    def _plan_head(self, row, values):
        if not values["gender"]:
            self.problem(row, "gender", _("Write a reference, or a name, or the gender of somebody without a name."))
            return {}
        self.kinds[row.number] = HEAD
        row.plan = Gender(values["gender"]).label
        for name in ("is_pseudonym", "birth_year", "telephone", "consent"):
            if values[name]:
                self.warn(row, name, _("Without a name no card is made: the row is one head, and this is not kept."))
        return {}

    def look_over(self, rows):
        new = self.of_kind(NEW_CARD)
        for row, name, reason in likeness.likely_duplicates(self.centre, new):
            self.warn(row, name, reason)
        if self.of_kind(HEAD) and not self.activity.has_head_count:
            self.heads = self.counted()

    def of_kind(self, *kinds):
        return [row for row in self.preview.rows if self.kinds.get(row.number) in kinds]

    def counted(self):
        """{column of the head-count: rows of the sheet}."""
        found = Counter(row.values.get("gender") for row in self.preview.rows)
        return {column: found[gender.value] for gender, column in HEADS.items()}

    # Writing.

    def write(self, preview):
        if preview.problems:
            raise ValueError("An import with problems is never written.")
        new = self.of_kind(NEW_CARD)
        with transaction.atomic():
            self._create(new)
            cards = [row.record for row in self.of_kind(NEW_CARD, NAMED)]
            added = services.add_participants(activity=self.activity, cards=cards)
            if self.heads is not None:
                self._write_heads()
            audit.record(
                audit.AuditEvent.Action.IMPORT,
                centre_id=self.centre.pk,
                model=Participant._meta.label,
                record=self.activity.uid,
                created=len(new),
                named=len(added),
            )

    def _write_heads(self):
        """The activity is locked already. A head-count that somebody wrote meanwhile is kept."""
        activity = Activity.objects.get(pk=self.activity.pk)
        if activity.has_head_count:
            return
        for column, heads in self.heads.items():
            setattr(activity, column, heads)
        activity.version += 1
        services.save_activity(activity=activity)
