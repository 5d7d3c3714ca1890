"""The administration of agreements: the head of Annex 5, the centres covered, and when reports are due.

Administrators see no report, not even that there is one, except where what is written keeps a period or an agreement.
"""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import connection, models, router
from django.db.models.deletion import Collector, ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from harvesting.forms import MOST_IN_A_SAMPLE
from mrc import dates
from mrc.access import agreement_scope
from mrc.admin import AuditedAdmin
from mrc.fields import AmountField, DayField
from mrc.forms import NamesMissingMixin
from reports.agreements import move_due_dates, plan_periods
from reports.models import Agreement, ReportingPeriod

MOST_YEARS = 15  # longer than any agreement: the year is mistyped
LATEST_DUE = 366  # days after the end of a period


def last_change(agreement):
    """The newest entry in the history of an agreement: two people who edit it are noticed by it."""
    entries = LogEntry.objects.filter(content_type=get_content_type_for_model(agreement), object_id=agreement.pk)
    return entries.order_by("-pk").values_list("pk", flat=True).first() or 0


class AgreementForm(NamesMissingMixin, forms.ModelForm):
    """The dates and the value in order; and nobody writes over what a colleague saved meanwhile without knowing."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the last change before this page was opened

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sample_size"].validators.append(MaxValueValidator(MOST_IN_A_SAMPLE))
        if self.instance.pk:
            self.initial["seen"] = last_change(self.instance)

    def clean(self):
        cleaned = super().clean()
        self._check_days(cleaned.get("starts_on"), cleaned.get("ends_on"))
        if not {"total_value", "currency"} & set(self.errors):
            if cleaned.get("total_value") is not None and not cleaned.get("currency"):
                self.add_error("currency", _("Choose the currency of the total value."))
            elif cleaned.get("currency") and cleaned.get("total_value") is None:
                self.add_error("total_value", _("Write the total value, or take the currency away."))
        if self.instance.pk and cleaned.get("seen") != self.initial["seen"]:
            self._say_what_is_stored()
        return cleaned

    def _check_days(self, start, end):
        if not start or not end:
            return
        if end <= start:
            message = _("The agreement ends before it starts (%(start)s). Are the two dates swapped?")
            self.add_error("ends_on", ValidationError(message, params={"start": dates.show_day(start)}))
        elif end >= dates.add_months(start, 12 * MOST_YEARS):
            message = _("That is more than %(years)s years after the start. Check the year.")
            self.add_error("ends_on", ValidationError(message, params={"years": MOST_YEARS}))

    def _say_what_is_stored(self):
        """Saving again keeps what is typed here, knowingly."""
        self.data = self.data.copy()
        self.data["seen"] = self.initial["seen"]
        stored = [f"{self[name].label}: {self._stored(name)}" for name in self.changed_data if name != "seen"]
        raise ValidationError(
            _(
                "Somebody else changed this agreement while you were writing. Stored now: %(stored)s. To replace that "
                "with what is written below, save again."
            )
            % {"stored": "; ".join(stored) or _("the same as written below")}
        )

    def _stored(self, name):
        field, value = self.fields[name], self.initial.get(name)
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return dict(getattr(field, "choices", ())).get(value, field.prepare_value(value)) or "–"


class PeriodForm(NamesMissingMixin, forms.ModelForm):
    def clean_due_on(self):
        due_on, end = self.cleaned_data["due_on"], self.instance.ends_on
        if due_on and end and not end <= due_on <= end + timedelta(days=LATEST_DUE):
            raise ValidationError(
                _("A report is due after its period ends (%(end)s), within a year. Check day and year."),
                params={"end": dates.show_day(end)},
            )
        return due_on

    def clean(self):
        if "id" in self.errors:
            raise ValidationError(
                _("The periods of this agreement were made anew meanwhile. Open the agreement again to see them.")
            )
        return super().clean()


class PeriodFormSet(forms.BaseInlineFormSet):
    """The periods that there are. A request that brings more of them makes none."""

    def total_form_count(self):
        return min(super().total_form_count(), self.initial_form_count())


class WithDays:
    """Days and amounts are read and shown as on every page of the program."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.DateField):
            return db_field.formfield(form_class=DayField, past_only=False, widget=AdminTextInputWidget)
        if isinstance(db_field, models.DecimalField):
            return db_field.formfield(form_class=AmountField, widget=AdminTextInputWidget)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class PeriodInline(WithDays, admin.TabularInline):
    """Periods are made from the dates of the agreement; only their due dates are edited."""

    model = ReportingPeriod
    form = PeriodForm
    formset = PeriodFormSet
    fields = ["due_on"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Agreement)
class AgreementAdmin(WithDays, AuditedAdmin):
    form = AgreementForm
    inlines = [PeriodInline]
    fieldsets = [
        (None, {"fields": ["seen", "title", "number", "organization", "location", "centres"]}),
        (
            gettext_lazy("Start and end date, total value"),
            {"fields": ["starts_on", "ends_on", "total_value", "currency"]},
        ),
        (gettext_lazy("Reports"), {"fields": ["rhythm", "days_until_due"]}),
        (gettext_lazy("Outcome harvesting"), {"fields": ["sample_size", "share_of_women"]}),
    ]
    filter_horizontal = ["centres"]
    list_display = ["number", "title", "organization", "centre_codes", "running"]
    list_filter = ["organization", "centres"]
    list_select_related = ["organization"]
    view_on_site = False  # the page is for those who write and read reports

    @admin.display(description=gettext_lazy("centres"))
    def centre_codes(self, agreement):
        return ", ".join(_code(centre) for centre in agreement.centres.all())

    @admin.display(description=gettext_lazy("start and end date"), ordering="starts_on")
    def running(self, agreement):
        return str(agreement.running)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("centres")

    def get_object(self, request, object_id, from_field=None):
        """Of two who save at the same time the second waits, and is told what the first has saved."""
        agreement = super().get_object(request, object_id, from_field)
        if agreement and request.method == "POST" and connection.in_atomic_block:
            return Agreement.objects.select_for_update().filter(pk=agreement.pk).first()
        return agreement

    def get_inlines(self, request, obj):
        return self.inlines if obj else []  # there are no periods before the dates are saved

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and request.method == "GET":
            warn_of_closed_centres(request, obj)
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        if any(formset.has_changed() for formset in formsets or ()):
            request.changed_fields.append("periods")
        return message

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        agreement = form.instance
        if change and "days_until_due" in form.changed_data:
            move_due_dates(agreement, form.initial["days_until_due"])
        tell_plan(request, plan_periods(agreement))
        warn_of_foreign_centres(request, agreement)
        if "_continue" not in request.POST:  # the page that follows says it itself
            warn_of_closed_centres(request, agreement)

    def get_deleted_objects(self, objs, request):
        """What is written under an agreement protects it. Nothing of that is shown here, not even its period."""
        try:
            with agreement_scope(objs):
                Collector(using=router.db_for_write(Agreement)).collect(objs)
        except ProtectedError:
            refusal = _("What is written under it: reports, theory of change or indicators. Set its end date instead.")
            return [], {}, set(), [refusal]
        return super().get_deleted_objects(objs, request)


def _code(centre):
    return centre.code if centre.is_active else _("%(code)s (switched off)") % {"code": centre.code}


def tell_plan(request, plan):
    """What saving changed about the reporting periods."""
    if plan.removed:
        sentence = ngettext(
            "%(n)s reporting period was removed.", "%(n)s reporting periods were removed.", plan.removed
        )
        messages.info(request, sentence % {"n": plan.removed})
    if plan.made:
        sentence = ngettext("%(n)s reporting period was made.", "%(n)s reporting periods were made.", plan.made)
        messages.info(request, sentence % {"n": plan.made})
    for period in plan.misfits:
        sentence = _(
            "The period %(period)s stays although it does not fit the dates: its report or its targets are written."
        )
        messages.warning(request, sentence % {"period": period})


def warn_of_foreign_centres(request, agreement):
    """An agreement may cover the centre of a partner; more often it is the wrong line of the list."""
    foreign = agreement.centres.exclude(organization=agreement.organization).select_related("organization")
    for centre in foreign:
        sentence = _("%(centre)s belongs to %(organization)s, not to the organization of this agreement. Is it meant?")
        messages.warning(request, sentence % {"centre": centre.code, "organization": centre.organization})


def warn_of_closed_centres(request, agreement):
    """Nobody belongs to all centres of an agreement while one of them is switched off."""
    closed = [centre.code for centre in agreement.centres.all() if not centre.is_active]
    if closed and agreement.is_running(dates.today()):
        sentence = _("Nobody will see the reports while %(codes)s is switched off.")
        messages.warning(request, sentence % {"codes": ", ".join(closed)})
