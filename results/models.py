"""The theory of change of an agreement, and the indicators that test it (sections 1.3, 1.4, 2.1 and 2.2).

What is computed is not stored: an indicator names a measure (results/measures.py), and its results come from the same
declarations as the report tables.
"""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mrc import dates
from mrc.access import AgreementOwned, AgreementRecord, agreement_manager
from mrc.vault import EncryptedTextField
from reports.models import Agreement, ReportingPeriod
from results import tree, values
from results.measures import measure_choices


class Step(AgreementRecord):
    """A step of the theory of change: the impact, an outcome, an output, or an activity."""

    class Level(models.TextChoices):
        IMPACT = tree.IMPACT, _("Impact")
        OUTCOME = tree.OUTCOME, _("Outcome")
        OUTPUT = tree.OUTPUT, _("Output")
        ACTIVITY = tree.ACTIVITY, _("Activity")

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="steps", verbose_name=_("agreement"))
    level = models.CharField(_("level"), max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("contributes to")
    )
    position = models.PositiveIntegerField(default=0, editable=False, help_text="order among the steps beside it")
    text = EncryptedTextField(_("what it says"), blank=False, max_length=1000, lines=3)

    number, depth, below = "", 0, ()  # set by results.tree

    class Meta:
        verbose_name = _("step of the theory of change")
        verbose_name_plural = _("theory of change")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level=tree.IMPACT, parent=None)
                | Q(level__in=[tree.OUTCOME, tree.OUTPUT, tree.ACTIVITY], parent__isnull=False),
                name="step_below_another_unless_impact",
            )
        ]

    def __str__(self):
        return self.label

    def get_absolute_url(self):
        return f"{reverse('results:theory', args=[self.agreement.uid])}#step-{self.uid}"

    @property
    def label(self):
        """“Output 1.2”, as Annex 5 numbers them."""
        return f"{self.get_level_display()} {self.number}".strip()

    @property
    def levels_below(self):
        return [self.Level(level) for level in tree.BELOW[self.level]]

    def clean(self):
        """A step hangs one level below its parent, of the same agreement. So there is never a circle."""
        super().clean()
        if self.parent is None:
            if self.level != tree.IMPACT:
                raise ValidationError({"parent": _t("Choose the step that it contributes to.")})
            return
        if self.parent.agreement_id != self.agreement_id:
            raise ValidationError({"parent": _t("That step belongs to another agreement. Choose one of this.")})
        if self.level not in tree.BELOW[self.parent.level]:
            words = {"level": self.get_level_display(), "parent": self.parent.get_level_display()}
            message = _t("%(level)s cannot hang directly below %(parent)s. Choose a step one level up.") % words
            raise ValidationError({"parent": message})


class Assumption(AgreementRecord):
    """A condition that is needed for the change to occur, and is often beyond the control of the centre."""

    class Risk(models.TextChoices):
        """How much is at stake if it does not hold."""

        HIGH = "high", _("High risk")
        MEDIUM = "medium", _("Medium risk")
        LOW = "low", _("Low risk")

    agreement_path = "step__agreement"

    step = models.ForeignKey(Step, models.PROTECT, related_name="assumptions", editable=False)
    text = EncryptedTextField(_("assumption"), blank=False, max_length=1000, lines=3)
    risk = models.CharField(
        _("risk"), max_length=10, choices=Risk, help_text=_("How likely it is not to hold, and what would be lost.")
    )
    response = EncryptedTextField(
        _("how the risk is managed"), max_length=1000, lines=2, help_text=_("What is watched, and what will be done.")
    )

    objects = agreement_manager(path="step__agreement")

    class Meta:
        verbose_name = _("assumption")
        verbose_name_plural = _("assumptions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(risk__in=["high", "medium", "low"]), name="assumption_risk"),
        ]

    def __str__(self):
        return self.get_risk_display()

    def get_absolute_url(self):
        return self.step.get_absolute_url()


class Indicator(AgreementRecord):
    """A performance indicator of a step. What it measures stands in its definitions, one of which holds at a time."""

    agreement_path = "step__agreement"

    step = models.ForeignKey(Step, models.PROTECT, related_name="indicators", verbose_name=_("step"))

    objects = agreement_manager(path="step__agreement")

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["pk"]

    def __str__(self):
        return _t("Indicator")

    def get_absolute_url(self):
        return reverse("results:indicator_detail", args=[self.uid])

    @property
    def agreement(self):
        return self.step.agreement


class IndicatorDefinition(AgreementRecord):
    """What an indicator measures, from a day on. A revision is one more of these; earlier periods keep theirs."""

    class Unit(models.TextChoices):
        NUMBER = values.NUMBER, _("Number")
        PERCENTAGE = values.PERCENTAGE, _("Percentage")
        TEXT = values.TEXT, _("Text (qualities or characteristics)")

    agreement_path = "indicator__step__agreement"
    audited_with = "indicator"

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="definitions", editable=False)
    name = EncryptedTextField(
        _("indicator"),
        blank=False,
        max_length=500,
        lines=2,
        help_text=_("For example: Number of migrants trained on their labour rights as domestic workers in Thailand."),
    )
    measure = models.CharField(
        _("result"),
        max_length=60,
        blank=True,
        choices=measure_choices,
        help_text=_("A computed result is counted like the report tables and never disagrees with them."),
    )
    unit = models.CharField(_("unit of measure"), max_length=10, choices=Unit, default=Unit.NUMBER)
    source = EncryptedTextField(
        _("data source"), max_length=300, help_text=_("For example: training participant list, client cards.")
    )
    baseline_value = models.DecimalField(_("baseline"), max_digits=14, decimal_places=2, null=True, blank=True)
    baseline_on = models.DateField(_("baseline measured on"), null=True, blank=True)
    baseline_text = EncryptedTextField(
        _("baseline in words"), max_length=500, help_text=_("Where there is no number, or to explain it.")
    )
    valid_from = models.DateField(_("holds from"))
    reason = EncryptedTextField(_("reason for the revision"), max_length=500, lines=2)
    is_dropped = models.BooleanField(
        _("no longer measured"),
        default=False,
        help_text=_("The indicator is left out of the reports from then on. What was measured before stays."),
    )

    objects = agreement_manager(path="indicator__step__agreement")

    class Meta:
        verbose_name = _("definition of an indicator")
        verbose_name_plural = _("definitions of indicators")
        ordering = ["valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "valid_from"], name="one_definition_a_day"),
            models.CheckConstraint(
                condition=Q(unit__in=[values.NUMBER, values.PERCENTAGE, values.TEXT]), name="indicator_unit"
            ),
            models.CheckConstraint(
                condition=Q(baseline_value=None) | Q(baseline_on__isnull=False), name="baseline_with_its_day"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def baseline(self):
        """The baseline as it is printed: “12 (01/01/2026)”, and the words."""
        number = values.show(values.whole(self.baseline_value), self.unit) if self.baseline_value is not None else ""
        return "; ".join(
            filter(None, (f"{number} ({dates.show_day(self.baseline_on)})" if number else "", self.baseline_text))
        )

    def get_absolute_url(self):
        return self.indicator.get_absolute_url()


def _number(label):
    return models.DecimalField(
        label, max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )


class PeriodFigure(AgreementOwned):
    """What is aimed at, or what was reached and typed in, in one reporting period.

    Numbers are split by gender, or only their total is known. A result in percent is kept as how many of how many
    (``base_``); a target in percent as the percentage.
    """

    class Kind(models.TextChoices):
        TARGET = "target", _("Target")
        RESULT = "result", _("Result")

    agreement_path = "indicator__step__agreement"
    audited_with = "indicator"

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="figures")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    women = _number(_("women"))
    men = _number(_("men"))
    other = _number(_("other/unknown"))
    total = _number(_("total"))
    base_women = _number(_("of women"))
    base_men = _number(_("of men"))
    base_other = _number(_("of other/unknown"))
    base_total = _number(_("of all"))
    text = EncryptedTextField(_("in words"), max_length=1000, lines=2)

    objects = agreement_manager(path="indicator__step__agreement")

    class Meta:
        verbose_name = _("target or result")
        verbose_name_plural = _("targets and results")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "period", "kind"], name="one_figure_a_period"),
            models.CheckConstraint(condition=Q(kind__in=["target", "result"]), name="period_figure_kind"),
        ]

    def values(self, unit):
        """What it says, read in the unit that held then."""
        numbers = {column: getattr(self, column) for column in values.COLUMNS}
        if unit == values.TEXT:
            return values.Values(unit, text=self.text)
        if unit == values.PERCENTAGE and self.kind == self.Kind.RESULT:
            return values.Values.of_parts(numbers, {one: getattr(self, f"base_{one}") for one in values.COLUMNS})
        return values.Values.of_numbers(unit, numbers)
