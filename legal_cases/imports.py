"""Legal assistance records from and to a spreadsheet (INTERFACES: Cases). Columns of import, template and export."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.person import erased_columns
from legal_cases import services
from legal_cases.answers import COMPARES, ClosingAnswers, OpeningAnswers, cards_by_reference
from legal_cases.models import (
    CaseRemedy,
    CaseSubject,
    ComplaintSource,
    ComplaintSubject,
    GroupComplaint,
    LegalCase,
    Remedy,
    Resolution,
    Sanction,
)
from mrc import cells, vault
from mrc.choices import Gender, LegalStatus, Sector
from mrc.imports import RECORDS_A_BATCH, Column, Importer, RowForm, in_parts

# The answers of a record that are columns of the sheet and fields of the model by the same name.
ANSWERS = (*OpeningAnswers.Meta.fields, *(name for name in ClosingAnswers.Meta.fields if name != "remarks"))
# Columns that stand in other tables: with one answer, with several.
ELSEWHERE = {"client": "client__reference", "group": "group__title"}
SEVERAL = {"subjects": (ComplaintSubject, CaseSubject), "remedies": (Remedy, CaseRemedy)}
# Columns that are kept in the history of a case or in tables of their own, or lead to another record, whose centre is
# looked at when the case is saved.
SAVED_ALONE = {"opened_on", "closed_on", "subjects", "remedies", *ELSEWHERE}


class CaseRowForm(OpeningAnswers, ClosingAnswers, RowForm):
    """A row of the spreadsheet: both halves of the record.

    ``cards``: the client cards that the sheet names. ``record``: the stored one that the row is about, or None.
    """

    class Meta(OpeningAnswers.Meta):
        fields = tuple(dict.fromkeys(ANSWERS))

    def __init__(self, *args, cards, record, **kwargs):
        self.cards = cards
        super().__init__(*args, **kwargs)
        if record is not None:  # the rules ask whether texts of this record were erased
            self.instance.pk, self.instance.created_at = record.pk, record.created_at

    def clean_client(self):
        reference = self.cleaned_data["client"].upper()
        if reference and reference not in self.cards:
            raise ValidationError(
                _("This centre has no client card with this reference. Correct it, or leave it empty."), code="card"
            )
        return self.cards.get(reference)

    def problems(self):
        """Without subjects a row is accepted: in older records they may not be known."""
        self.instance.client = self.cleaned_data.get("client")
        found = super().problems()
        if not self.cleaned_data.get("subjects") and not self.cleaned_data.get("subjects_other"):
            found.pop("subjects", None)
        return found


@dataclass
class CasePlan:
    """What is written with a case."""

    subjects: tuple
    remedies: tuple
    group: str  # its title


class CaseImporter(Importer):
    model = LegalCase
    sheet_title = gettext_lazy("Legal cases")
    no_such_reference = gettext_lazy("This centre has no legal case with this reference. Leave it empty for a new one.")
    compared = COMPARES
    columns = (
        Column("reference", cells.Text(), gettext_lazy("Of a case of this centre, to change it. Empty: a new case.")),
        Column("group", cells.Text(), gettext_lazy("Rows with the same text belong to one group complaint.")),
        Column("client", cells.Text(), gettext_lazy("Reference of the complainant's client card in this centre.")),
        Column("gender", cells.Code(Gender), gettext_lazy("Empty: other/unknown.")),
        Column("nationality", cells.Country()),
        Column("destination_country", cells.Country()),
        Column("sector", cells.Code(Sector), gettext_lazy("Empty: unknown.")),
        Column("legal_status", cells.Code(LegalStatus), gettext_lazy("Empty: unknown.")),
        Column("source", cells.Code(ComplaintSource), gettext_lazy("Source of complaint.")),
        Column("source_other", cells.Text(), gettext_lazy("Which, if the source is other.")),
        Column("subjects", cells.Codes(ComplaintSubject), gettext_lazy("Subjects of the complaint.")),
        Column("subjects_other", cells.Text(), gettext_lazy("Which, if other is among the subjects.")),
        Column("opened_on", cells.Day()),
        Column("closed_on", cells.Day(), gettext_lazy("Empty: the case is open.")),
        Column("duration_months", cells.Number(), gettext_lazy("Completed months; only if opened_on is not known.")),
        Column("resolution", cells.Code(Resolution), gettext_lazy("Needed when the case is closed.")),
        Column("dropped_reason", cells.Text(), gettext_lazy("Needed when the case was dropped.")),
        Column("remedies", cells.Codes(Remedy), gettext_lazy("Needed when the case is closed.")),
        Column("remedies_other", cells.Text(), gettext_lazy("Which, if other is among the remedies.")),
        Column("requested_amount", cells.Amount(), gettext_lazy("Compensation requested. Empty: not recorded.")),
        Column("requested_currency", cells.Currency()),
        Column("awarded_amount", cells.Amount(), gettext_lazy("Compensation awarded. Empty: not recorded.")),
        Column("awarded_currency", cells.Currency()),
        Column("sanction", cells.Code(Sanction), gettext_lazy("Needed when the case is closed.")),
        Column("remarks", cells.Text()),
    )

    erased = erased_columns(LegalCase)

    # What is stored.

    @staticmethod
    def with_everything(cases):
        """The cases with all that ``values_of`` reads, in a few queries whatever their number."""
        # Kept in lists: a related manager for each case would take longer than everything else.
        answers = [Prefetch(name, to_attr=f"given_{name}") for name in SEVERAL]
        return cases.select_related("centre", "client", "group").prefetch_related("client__erasures", *answers)

    def stored(self, references):
        found = {}
        for some in in_parts(references):
            cases = LegalCase.objects.filter(centre=self.centre, reference__in=some)
            found |= {case.reference: case for case in self.with_everything(cases)}
        return found

    def values_of(self, case):
        return {name: getattr(case, name) for name in ANSWERS} | {
            "reference": case.reference,
            "client": case.client.reference if case.client_id else "",
            "group": case.group.title if case.group_id else "",
            "subjects": in_order(ComplaintSubject, (answer.code for answer in case.given_subjects)),
            "remedies": in_order(Remedy, (answer.code for answer in case.given_remedies)),
        }

    def erasure_of(self, case):
        return case.client.erased_after(case.created_at) if case.client_id else None

    def export(self, records):
        """The same rows, read column by column in three queries: making instances takes longer than the whole file."""
        several = [
            (self._number_of(name), choices, self.by_name[name].kind.write, _codes_by_case(model, records))
            for name, (choices, model) in SEVERAL.items()
        ]
        paths = [ELSEWHERE.get(column.name, column.name) for column in self.columns if column.name not in SEVERAL]
        for pk, *values in records.values_list("pk", *paths).iterator(chunk_size=RECORDS_A_BATCH):
            row = [None if value == "" else value for value in values]
            for number, choices, write, codes in several:
                row.insert(number, write(in_order(choices, codes.get(pk, ()))))
            yield row

    def _number_of(self, name):
        return list(self.by_name).index(name)

    # Checking.

    def prepare(self, rows):
        references = {cells.shown(row.cells["client"]).upper() for row in rows if "client" in row.cells}
        self.cards = {}
        for some in in_parts(sorted(references)):
            found = cards_by_reference(self.centre, some)
            prefetch_related_objects(list(found.values()), "erasures")
            self.cards |= found
        titles = {services.normalised(cells.shown(row.cells["group"])) for row in rows if "group" in row.cells}
        self.group_titles = self._stored_titles(sorted(titles))

    def _stored_titles(self, titles):
        """{normalised title: title as stored} of the group complaints that the centre has already."""
        found = {}
        for some in in_parts(titles):
            hashes = vault.search_hashes("group", [self.centre.pk], some)
            for group in GroupComplaint.objects.filter(centre=self.centre, title_hash__in=hashes).only("title"):
                found[services.normalised(group.title)] = group.title
        return found

    def plan(self, row, values, before):
        if before and before["client"]:
            self.cards.setdefault(before["client"], row.record.client)
        self._fill_in(row, values)
        form = CaseRowForm(values, instance=LegalCase(centre=self.centre), cards=self.cards, record=row.record)
        if not form.is_valid():
            self.form_problems(row, form)
        elif before:
            self._judge_change(row, values, before)
        if row.has_problem:
            return {}
        case = self._take_answers(row, form)
        after = {name: getattr(case, name) for name in ANSWERS}
        if values["duration_months"] not in (None, str(case.duration_months), case.duration_months):
            reason = _("From opening to closing it is %(months)s completed months; that is what is kept.")
            self.warn(row, "duration_months", reason % {"months": case.duration_months})
        return after | {
            "client": case.client.reference if case.client_id else "",
            "group": row.plan.group,
            "subjects": row.plan.subjects,
            "remedies": row.plan.remedies,
        }

    def _fill_in(self, row, values):
        """Answers that may be empty in older records, and what that means, as a warning."""
        if not values["gender"]:
            values["gender"] = Gender.OTHER.value
            self.warn(row, "gender", _("gender is empty: counted as other/unknown."))
        values["sector"] = values["sector"] or Sector.UNKNOWN.value
        values["legal_status"] = values["legal_status"] or LegalStatus.UNKNOWN.value
        if not values["subjects"]:
            self.warn(
                row, "subjects", _("subjects is empty: the case is in the total, but in no line of the subjects.")
            )

    def _judge_change(self, row, values, before):
        if before["closed_on"] and not values["closed_on"]:
            self.problem(row, "closed_on", _("This case is closed. Reopen it on its page, which asks for the reason."))
        if before["subjects"] and not values["subjects"]:
            self.problem(row, "subjects", _("This case has subjects. Keep at least one."))

    def _take_answers(self, row, form):
        """The record with the answers of the row: a new one, or the stored one, which is not saved yet."""
        case, answers = row.record or form.instance, form.instance
        if row.record is not None:
            for name in ANSWERS:
                setattr(case, name, getattr(answers, name))
        case.client = form.cleaned_data["client"]
        title = form.cleaned_data["group"]
        row.record = case
        row.plan = CasePlan(
            subjects=in_order(ComplaintSubject, form.cleaned_data["subjects"]),
            remedies=in_order(Remedy, form.cleaned_data["remedies"]),
            group=self.group_titles.get(services.normalised(title), title),
        )
        return case

    def look_over(self, rows):
        counted, titles = Counter(), {}
        for row in rows:
            if row.plan.group:
                key = services.normalised(row.plan.group)
                counted[key] += 1
                titles.setdefault(key, row.plan.group)
        self.preview.groups = [(titles[key], count, key not in self.group_titles) for key, count in counted.items()]

    # Writing.

    def write_rows(self, created, changed):
        self._join_groups([*created, *changed])
        for some in in_parts(created):  # what is written with them is not kept for all of them at once
            services.open_cases(
                entries=[services.CaseEntry(row.record, row.plan.subjects or None, row.plan.remedies) for row in some]
            )
        self.update(row for row in changed if not SAVED_ALONE.intersection(row.changes))
        for row in changed:
            if SAVED_ALONE.intersection(row.changes):
                if row.record.is_closed:
                    services.close_case(case=row.record, remedies=row.plan.remedies)
                services.change_case(case=row.record, subjects=row.plan.subjects or None)

    def _join_groups(self, rows):
        """Give each case its group complaint; one that is new begins with the first day of its cases."""
        members = {}
        for row in rows:
            if row.plan.group:
                members.setdefault(services.normalised(row.plan.group), []).append(row)
            else:
                row.record.group = None
        for some in members.values():
            first_day = min((row.record.opened_on for row in some if row.record.opened_on), default=None)
            group = services.find_or_create_group(centre=self.centre, title=some[0].plan.group, opened_on=first_day)
            for row in some:
                row.record.group = group


@cache
def _places(choices):
    return {code: place for place, code in enumerate(choices.values)}


def in_order(choices, codes):
    """Codes, each once, in the order of their list."""
    return tuple(sorted(set(codes), key=_places(choices).__getitem__))


def _codes_by_case(model, cases):
    """{primary key of the case: codes} of the subjects or remedies of a query set."""
    found = defaultdict(list)
    for case, code in model.objects.filter(case__in=cases.values("pk")).order_by().values_list("case", "code"):
        found[case].append(code)
    return found
