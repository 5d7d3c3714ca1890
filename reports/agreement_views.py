"""The agreements of a reader: which reports are late, due, submitted or decided, and the beginning of a report."""

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Case, F, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from mrc import dates
from mrc.access import report_agreements
from mrc.columns import ListColumn
from mrc.views import DetailPage, ListPage, Page
from reports.agreements import DUE, LATE, RETURNED, SUBMITTED, begin_report, period_statuses, with_counts
from reports.filters import AgreementFilter
from reports.models import Agreement

# What needs the reader first. Who decides waits for nobody else; who writes is asked for what is late.
FIRST_TO_DECIDE = (SUBMITTED, LATE, DUE)
FIRST_TO_WRITE = (LATE, RETURNED, DUE)


def own_agreements(user):
    """As ``report_agreements``, and without its joins, so that counts can be added."""
    return Agreement.objects.filter(pk__in=report_agreements(user).order_by().values("pk"))


def marked(count, css_class):
    """A number of which one is too many: with the sign of its state where there is any."""
    return format_html('<span class="status {}">{}</span>', css_class, count) if count else "0"


AGREEMENT_COLUMNS = (
    ListColumn(gettext_lazy("Agreement"), "number", is_link=True),
    ListColumn(gettext_lazy("Title"), "title", css_class="wide"),
    ListColumn(gettext_lazy("Organization"), "organization"),
    ListColumn(gettext_lazy("Centres"), lambda one: ", ".join(centre.code for centre in one.centres.all())),
    ListColumn(gettext_lazy("Overdue"), lambda one: marked(one.late_count, "status-overdue"), css_class="num"),
    ListColumn(gettext_lazy("Due"), lambda one: marked(one.due_count, "status-due"), css_class="num"),
    ListColumn(gettext_lazy("Submitted"), lambda one: marked(one.submitted_count, "status-submitted"), css_class="num"),
    ListColumn(gettext_lazy("Returned"), lambda one: marked(one.returned_count, "status-returned"), css_class="num"),
    ListColumn(gettext_lazy("Accepted"), lambda one: str(one.accepted_count), css_class="num"),
    ListColumn(gettext_lazy("Next due date"), "next_due"),
)


class AgreementList(ListPage):
    """Every agreement of the reader with the number of its reports in each state, what needs the reader first."""

    permission_required = "reports.view_progressreport"
    title = gettext_lazy("Progress reports")
    filterset_class = AgreementFilter
    columns = AGREEMENT_COLUMNS
    empty = gettext_lazy(
        "No agreement is yours yet. An administrator enters agreements with the centres that they cover; you see those "
        "of which every centre is yours, because a report adds its centres up."
    )

    def get_queryset(self):
        user = self.request.user
        first = FIRST_TO_DECIDE if user.has_perm("reports.decide_progressreport") else FIRST_TO_WRITE
        ranks = [When(**{f"{code}_count__gt": 0}, then=Value(rank)) for rank, code in enumerate(first)]
        agreements = with_counts(own_agreements(user), dates.today()).annotate(rank=Case(*ranks, default=len(first)))
        return (
            agreements.select_related("organization")
            .prefetch_related("centres")
            .order_by("rank", F("next_due").asc(nulls_last=True), "number")
        )


class AgreementDetail(DetailPage):
    """The head of Annex 5, the centres, and where the report of each period stands."""

    permission_required = "reports.view_progressreport"
    model = Agreement
    template_name = "reports/agreement_detail.html"

    def get_queryset(self):
        return own_agreements(self.request.user).select_related("organization").prefetch_related("centres")

    def get_title(self):
        return self.object.title

    def get_context_data(self, **kwargs):
        return super().get_context_data(statuses=period_statuses([self.object])[self.object.pk], **kwargs)


class ReportBegin(Page, View):
    """Begin the report of a period, or go on with the one that a colleague has begun."""

    permission_required = "reports.add_progressreport"

    def post(self, request, *args, uid, **kwargs):
        agreement = get_object_or_404(own_agreements(request.user), uid=uid)
        try:
            return redirect(
                begin_report(agreement=agreement, starts_on=dates.parse_day(request.POST.get("starts_on", "")))
            )
        except (ValueError, ObjectDoesNotExist):
            messages.error(request, _("The periods of this agreement were changed meanwhile. Choose one of these."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(agreement)
