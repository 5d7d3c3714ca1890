"""Import of a spreadsheet: columns declared once for import, template and export; problems by cell; all or nothing.

An app brings an Importer with its columns and says how a row becomes a record. Checking a file writes nothing: what
it would do stands in a Preview, and ``write`` does exactly that, in one transaction.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import construct_instance
from django.utils import timezone
from django.utils.translation import gettext as _

from mrc import audit, cells, dates, spreadsheets, vault
from mrc.spreadsheets import BadCell

MOST_PROBLEMS = 10_000
REFERENCES_A_QUERY = 500
RECORDS_AN_UPDATE = 100
RECORDS_A_BATCH = 500  # of an export


@dataclass(frozen=True)
class Column:
    """A column of the spreadsheet: its heading, how its cells are read and written, what to tell about it."""

    name: str
    kind: Any
    explanation: Any = ""
    form_field: str = ""  # where the form calls it differently


@dataclass(frozen=True)
class Remark:
    """Something about a cell: a problem, or a warning that hinders nothing."""

    sheet: str
    cell: str
    value: str
    reason: str

    def __str__(self):
        return f"{self.sheet}!{self.cell}: {self.value}: {self.reason}"

    @property
    def place(self):
        """For sorting: by row, then by column."""
        letters = self.cell.rstrip("0123456789")
        return int(self.cell[len(letters) :]), len(letters), letters


@dataclass
class Row:
    """A row of the sheet: what its cells hold by column name, and what it would do."""

    number: int
    cells: dict
    values: dict = field(default_factory=dict)  # by column name, as they would be stored
    before: dict = field(default_factory=dict)  # the same as they are stored now; {} for a new record
    record: Any = None
    plan: Any = None  # what else the app writes with the record
    is_new: bool = True
    changes: list = field(default_factory=list)  # names of the columns that would change a stored record
    unread: set = field(default_factory=set)  # names of the columns whose cells could not be read
    has_problem: bool = False

    @property
    def is_unchanged(self):
        return not self.is_new and not self.changes


@dataclass(frozen=True)
class Change:
    """An answer of a stored record that would be replaced. ``cell``: or the row, if the sheet lacks the column."""

    cell: str
    record: Any
    column: str
    stored: str
    after: str


@dataclass
class Preview:
    """What an import would do. ``eras``: days recognised as Buddhist era: (cell, as written, as read)."""

    sheet: str
    columns: list
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    eras: list = field(default_factory=list)
    groups: list = field(default_factory=list)  # of complaints: (title, number of rows, whether it is new)
    unread_sheets: list = field(default_factory=list)

    @property
    def created(self):
        return [row for row in self.rows if row.is_new]

    @property
    def changed(self):
        return [row for row in self.rows if row.changes and not row.is_new]

    @property
    def unchanged(self):
        return [row for row in self.rows if row.is_unchanged]

    @property
    def seen(self):
        """Stands for all that was stored when the rows were compared with it: is it another, so is the preview."""
        return vault.sign("import", "\n".join(repr(row.before) for row in self.rows if row.before))

    def warnings_by_reason(self):
        """[(reason, number of cells, the first cells)], so that the same word is not said a thousand times."""
        cells_of = defaultdict(list)
        for warning in self.warnings:
            cells_of[warning.reason].append(warning.cell)
        return [(reason, len(found), ", ".join(found[:8])) for reason, found in cells_of.items()]


class SharedFields(dict):
    """The fields of a form that is never shown, so that nothing changes them: all its rows have the same."""

    def __deepcopy__(self, memo):
        return dict(self)


class RowForm(forms.ModelForm):
    """Last base of a model form that judges a row: the rules of the form say what the constraints of the database say,
    and validating those would be a query for each constraint and row.
    """

    def __init__(self, *args, **kwargs):
        self.base_fields = SharedFields(self.base_fields)
        super().__init__(*args, **kwargs)

    def _post_clean(self):
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        exclude = self._get_validation_exclusions()
        try:
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self._update_errors(error)


class ChangedMeanwhile(ValueError):
    """Somebody saved a record between the preview and the import."""

    def __init__(self):
        super().__init__(
            _("Somebody saved one of these records while you were looking at the preview. Look at it once more.")
        )


class TooManyProblems(Exception):
    """No use in looking further."""


class Importer:
    """One import into one centre. Subclasses declare ``columns`` and say how a row becomes a record."""

    columns = ()
    required = ()  # columns without which no new record can be made
    erased = ()  # columns that an old file must not fill again after the person was erased
    compared = {}  # name of an answer -> names of those with which it is compared: silent while one cannot be read
    model = None
    sheet_title = ""
    no_such_reference = ""

    def __init__(self, centre):
        self.centre = centre
        self.by_name = {column.name: column for column in self.columns}
        self.by_field = {column.form_field or column.name: column for column in self.columns}

    # What subclasses say.

    def prepare(self, rows):
        """Look up, for all rows at once, what they refer to."""

    def stored(self, references):
        """{reference: record} of this centre, loaded with all that ``values_of`` reads."""
        raise NotImplementedError

    @staticmethod
    def with_everything(records):
        """The query set with all that ``values_of`` reads, in a few queries whatever the number of records."""
        raise NotImplementedError

    def values_of(self, record):
        """{column name: value} of a stored record: what an export writes and what absent columns leave as it is."""
        raise NotImplementedError

    def plan(self, row, values, before):
        """Judge the values of a row, set ``row.record`` and ``row.plan``; returns {column name: value to be stored}.

        ``before``: the values of the stored record, {} for a new one.
        """
        raise NotImplementedError

    def erasure_of(self, record):
        """The Erasure that took the ``erased`` columns of a stored record; None if there was none."""
        raise NotImplementedError

    def look_over(self, rows):
        """Warn about what only all rows together show."""

    def write_rows(self, created, changed):
        raise NotImplementedError

    # Checking.

    def check(self, content, limits):
        """A Preview of the file (bytes). Raises SpreadsheetRefused. Writes nothing."""
        sheet = spreadsheets.read_sheet(content, limits)
        self.numbers = {}
        self.remarked = defaultdict(set)
        self.preview = Preview(sheet.title, [], unread_sheets=sheet.others)
        named = self._headings(sheet)
        if self.preview.problems:
            return self.preview
        if not sheet.rows:
            self.preview.problems.append(Remark(sheet.title, "A2", "", _("There is no row below the headings.")))
            return self.preview
        rows = self.preview.rows = [self._row(number, values, named) for number, values in sheet.rows]
        try:
            self._check_rows(rows)
            self.preview.problems.sort(key=lambda problem: problem.place)
        except TooManyProblems:
            self._add(self.preview.problems, rows[-1], None, _("There are more problems; they are not listed."))
        return self.preview

    def _check_rows(self, rows):
        self._require_columns(rows)
        self._look_up_references(rows)
        self.prepare(rows)
        with audit.identities_opened():
            for row in rows:
                self._check_row(row)
            if not self.preview.problems:
                self.look_over(rows)

    def _headings(self, sheet):
        """{number of the column: name}. Unknown and repeated headings are problems."""
        named = {}
        for number, heading in sheet.headings.items():
            name = " ".join(cells.shown(heading).casefold().split())
            if name not in self.by_name:
                self._add_heading_problem(sheet.title, number, heading, self._unknown(name))
            elif name in named.values():
                reason = _("The column “%(name)s” stands here twice. Delete one of them.") % {"name": name}
                self._add_heading_problem(sheet.title, number, heading, reason)
            else:
                named[number] = name
                self.numbers[name] = number
        self.preview.columns = [self.by_name[name] for name in named.values()]
        if not named and not self.preview.problems:
            self._add_heading_problem(sheet.title, 1, "", _("The first row must hold the names of the columns."))
        for number in sorted({number for _row, values in sheet.rows for number in values} - set(sheet.headings)):
            reason = _("Cells below have a value, but the column has no name in the first row.")
            self._add_heading_problem(sheet.title, number, "", reason)
        return named

    def _unknown(self, name):
        similar = get_close_matches(name, self.by_name, 1)
        if similar:
            return _("There is no column “%(name)s”. Did you mean “%(similar)s”?") % {
                "name": name,
                "similar": similar[0],
            }
        return _("There is no column “%(name)s”. Delete it, or name it as in the template.") % {"name": name}

    def _add_heading_problem(self, sheet, number, value, reason):
        self.preview.problems.append(Remark(sheet, spreadsheets.address(number, 1), cells.shown(value), reason))

    def _row(self, number, values, named):
        return Row(number, {named[column]: value for column, value in values.items()})

    def _require_columns(self, rows):
        is_new = any("reference" not in row.cells for row in rows)
        for name in self.required:
            if is_new and name not in self.numbers:
                reason = _("The column “%(name)s” is missing. It is needed for new records.") % {"name": name}
                self.preview.problems.append(Remark(self.preview.sheet, "A1", "", reason))

    def _look_up_references(self, rows):
        """Find the stored record of each row with a reference; of another centre or of none at all is the same."""
        first_rows = {}
        for row in rows:
            if "reference" not in row.cells:
                continue
            reference = cells.shown(row.cells["reference"]).upper()
            row.is_new = False
            if reference in first_rows:
                reason = _("This reference stands in row %(row)s already.") % {"row": first_rows[reference].number}
                self.problem(row, "reference", reason)
            first_rows.setdefault(reference, row)
        with audit.identities_opened():
            found = self.stored(list(first_rows))
        for reference, row in first_rows.items():
            row.record = found.get(reference)
            if row.record is None:
                self.problem(row, "reference", self.no_such_reference)

    def _check_row(self, row):
        before = self.values_of(row.record) if row.record is not None else {}
        values = {name: column.kind.empty for name, column in self.by_name.items()} | before
        for column in self.preview.columns:
            values[column.name] = self._read(row, column)
        row.values, row.before = values, before
        if not row.is_new and row.record is None:
            return
        # Before the row says whose record it is.
        erasure = self.erasure_of(row.record) if before and self.erased else None
        row.values = values | self.plan(row, values, before)
        if before:
            row.changes = [name for name in self.by_name if row.values[name] != before[name]]
        if erasure:
            self._refuse_what_was_erased(row, erasure)
        if not row.has_problem:
            self._note_eras(row)

    def _refuse_what_was_erased(self, row, erasure):
        reason = _(
            "What names this person was erased on %(day)s, and this would bring it back. Empty the cell. If the person "
            "came back, write it on the page of the record."
        )
        for name in self.erased:
            if name in row.changes and row.values[name] and name in row.cells:
                self.problem(row, name, reason % {"day": dates.show_day(timezone.localdate(erasure.at))})

    def _note_eras(self, row):
        for column in self.preview.columns:
            written = row.cells.get(column.name)
            if column.kind.is_day and written is not None and cells.is_buddhist(written):
                read = row.values[column.name]
                days = read if isinstance(read, tuple) else (read,)
                era = (self.cell(row, column.name), cells.shown(written), "; ".join(map(cells.shown, days)))
                self.preview.eras.append(era)

    def _read(self, row, column):
        value = row.cells.get(column.name)
        if value is None:
            return column.kind.empty
        try:
            if isinstance(value, BadCell):
                raise ValidationError(value.reason)
            return column.kind.read(value)
        except ValidationError as error:
            row.unread.add(column.name)
            self.problem(row, column.name, error.messages[0])
            return column.kind.empty

    def changes(self, preview, most):
        """The first Changes of stored records, for a page that shows them."""
        found = ((row, name) for row in preview.changed for name in row.changes)
        return [self._change(row, name) for row, name in islice(found, most)]

    def _change(self, row, name):
        cell = self.cell(row, name) if name in self.numbers else _("row %(row)s") % {"row": row.number}
        write = self.by_name[name].kind.write
        stored, after = (cells.whole(write(values[name])) for values in (row.before, row.values))
        return Change(cell, row.record, name, stored, after)

    # Remarks.

    def cell(self, row, name):
        """The address of a cell; the first of the row if the sheet lacks the column."""
        return spreadsheets.address(self.numbers.get(name, 1), row.number)

    def problem(self, row, name, reason):
        row.has_problem = True
        self._add(self.preview.problems, row, name, reason)
        if len(self.preview.problems) >= MOST_PROBLEMS:
            raise TooManyProblems

    def warn(self, row, name, reason):
        if name not in row.unread:
            self._add(self.preview.warnings, row, name, reason)

    def _add(self, remarks, row, name, reason):
        """Of several remarks about the same cell the first one counts: the others follow from it."""
        if name not in self.numbers:
            reason = f"{name}: {reason}" if name in self.by_name else reason
        elif (row.number, name) in self.remarked[id(remarks)]:
            return
        self.remarked[id(remarks)].add((row.number, name))
        value = cells.shown(row.cells.get(name))
        remarks.append(Remark(self.preview.sheet, self.cell(row, name), value, str(reason)))

    def form_problems(self, row, form):
        """Each error of a form becomes a problem of the cell that it is about, unless it only follows from another."""
        for name, errors in form.errors.items():
            if row.unread.intersection(self.compared.get(name, ())):
                continue
            column = self.by_field.get(name)
            self.problem(row, column.name if column else name, errors[0])

    # Writing and exporting.

    def export(self, records):
        """Rows of an export of a query set, in the order of ``columns``. Read in batches, never all at once."""
        for record in self.with_everything(records).iterator(chunk_size=RECORDS_A_BATCH):
            values = self.values_of(record)
            yield [column.kind.write(values[column.name]) for column in self.columns]

    def write(self, preview):
        """Do what the preview says, in one transaction. Raises ChangedMeanwhile."""
        if preview.problems:
            raise ValueError("An import with problems is never written.")
        with transaction.atomic():
            self._lock(preview.changed)
            self.write_rows(preview.created, preview.changed)
            audit.record(
                audit.AuditEvent.Action.IMPORT,
                centre_id=self.centre.pk,
                model=self.model._meta.label,
                created=len(preview.created),
                changed=len(preview.changed),
            )

    def update(self, rows):
        """Save the records of these rows with few queries; the audit names the fields of each."""
        alike = defaultdict(list)
        for row in rows:
            row.record.version += 1
            alike[tuple(row.record.changed_fields())].append(row.record)
        for fields, records in alike.items():
            self.model.objects.bulk_update(records, fields, batch_size=RECORDS_AN_UPDATE)

    def _lock(self, rows):
        """Keep others from saving the records that change, and see that nobody did since they were checked."""
        checked = {row.record.pk: row.record._loaded["version"] for row in rows}
        now = {}
        for some in in_parts(list(checked)):
            records = self.model.objects.filter(pk__in=some).select_for_update(of=("self",))
            now.update(records.order_by("pk").values_list("pk", "version"))
        if now != checked:
            raise ChangedMeanwhile


def in_parts(items):
    """The list in parts that fit into one query."""
    for start in range(0, len(items), REFERENCES_A_QUERY):
        yield items[start : start + REFERENCES_A_QUERY]
