"""The few base views that all pages stand on, and the first page after sign-in."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import CreateView, DetailView, TemplateView, UpdateView
from django_filters.views import FilterView

from clients.forms import SearchForm
from clients.models import ClientCard, ServiceReceived
from legal_cases.models import LegalCase
from mrc import dates, restricted, todo
from mrc.access import RECORD_ROLES, ROLES, record_centre_ids, report_centres
from mrc.forms import show_refusal
from mrc.models import Centre, Submission
from reports.models import ProgressReport


class Page(PermissionRequiredMixin):
    """A page: states the permission it needs (Django refuses one that does not) and its title."""

    raise_exception = True
    title = ""
    http_method_names = ["get", "head", "post", "options"]  # a form of Django would take what is PUT as posted

    def get_title(self):
        return self.title

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"title": self.get_title(), **kwargs})


class KeysFirstPaginator(Paginator):
    """Skips the rows before a later page by their keys alone: PostgreSQL takes 20 times longer to skip them whole."""

    def page(self, number):
        page = super().page(number)
        if page.has_previous():
            keys = list(page.object_list.values_list("pk", flat=True))
            page.object_list = self.object_list.filter(pk__in=keys)
        return page


class ListPage(Page, FilterView):
    """A filtered list, a page at a time. ``columns`` (mrc.columns.ListColumn) are rendered by templates/list.html."""

    template_name = "list.html"
    paginate_by = 25
    paginator_class = KeysFirstPaginator
    columns = ()
    empty = ""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(columns=self.columns, empty=self.empty, **kwargs)
        query = self.request.GET.copy()
        query.pop("page", None)
        context["query"] = query.urlencode()
        context["is_filtered"] = any(value for key, value in query.items())
        return context


class UidMixin:
    """Finds a record by the random identifier in its URL; a record out of scope is 404."""

    slug_field = slug_url_kwarg = "uid"

    def get_queryset(self):
        return self.model.objects.all()


class DetailPage(Page, UidMixin, DetailView):
    def get_title(self):
        return str(self.object)


class FormPage(Page):
    """What entering and editing share: one template, nothing typed is lost."""

    template_name = "form.html"
    submit_label = ""
    success_message = ""

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{
                "submit_label": self.submit_label or _("Save"),
                "cancel_url": self.get_cancel_url(),
                **kwargs,
            }
        )

    def get_form(self, form_class=None):
        """A form that arrived without a session (mrc/kept_forms.py) comes back as it was typed and is not saved."""
        form = super().get_form(form_class)
        if getattr(self.request, "is_kept_form", False):
            form.full_clean()
            form.add_error(None, _("You were signed out when you saved. All that you typed is here: save it now."))
        return form

    def get_cancel_url(self):
        return self.object.get_absolute_url() if getattr(self, "object", None) else reverse("home")

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SubmitOnceMixin:
    """Saves a page once however often it is sent: the token and the record are written in one transaction."""

    def dispatch(self, request, *args, **kwargs):
        self.submission = _uuid(request.POST.get("submission")) if request.method == "POST" else uuid.uuid4()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"submission": self.submission or uuid.uuid4(), **kwargs})

    def post(self, request, *args, **kwargs):
        earlier = self.earlier_submission()
        return redirect(earlier.url) if earlier else super().post(request, *args, **kwargs)

    def earlier_submission(self):
        return Submission.objects.filter(token=self.submission).first() if self.submission else None

    def form_valid(self, form):
        try:
            with transaction.atomic():
                self.object = self.save(form)
                url = self.get_success_url()
                if self.submission:
                    Submission.objects.create(token=self.submission, centre_id=self.object.owning_centre_id, url=url)
        except ValidationError as error:
            show_refusal(form, error)
            return self.form_invalid(form)
        except IntegrityError:
            if earlier := self.earlier_submission():
                return redirect(earlier.url)
            raise
        if self.success_message:
            messages.success(self.request, self.success_message)
        return redirect(url)

    def save(self, form):
        """Write what was entered; returns the record."""
        return form.save()


class CreatePage(SubmitOnceMixin, FormPage, CreateView):
    """Entering a record."""

    object = None


class UpdatePage(FormPage, UidMixin, UpdateView):
    """Editing a record. If somebody else saved it meanwhile, both versions are shown and the user decides."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"version": self.object.version, **kwargs})

    def post(self, request, *args, **kwargs):
        with transaction.atomic():
            self.object = self.get_object(self.get_queryset().select_for_update(of=("self",)))
            stored = self.object.version
            form = self.get_form()
            if str(stored) != request.POST.get("version"):
                return self.conflict(form)
            if not form.is_valid():
                return self.form_invalid(form)
            try:
                with transaction.atomic():
                    self.object.version = stored + 1
                    self.save(form)
            except ValidationError as error:
                self.object.version = stored
                show_refusal(form, error)
                return self.form_invalid(form)
        messages.success(request, self.success_message or _("Saved."))
        return redirect(self.get_success_url())

    def save(self, form):
        return form.save()

    def conflict(self, form):
        """Show what is typed here beside what is stored now; saving again, knowingly, keeps what is typed."""
        form.is_valid()
        stored = self.get_form_class()(
            **{**self.get_form_kwargs(), "data": None, "files": None, "instance": self.get_object()}
        )
        differences = [
            (
                form[name].label,
                _shown(stored[name], stored[name].value()),
                _shown(form[name], form[name].value()),
            )
            for name in form.fields
            if _shown(stored[name], stored[name].value()) != _shown(form[name], form[name].value())
        ]
        context = self.get_context_data(form=form, differences=differences, is_conflict=True)
        return self.render_to_response(context, status=409)


def _shown(bound, value):
    """A value of a field as a person reads it."""
    choices = dict(getattr(bound.field, "choices", ()))
    values = value if isinstance(value, (list, tuple)) else [value]
    shown = [choices.get(one, bound.field.prepare_value(one)) for one in values if one not in (None, "")]
    return ", ".join(map(str, shown))


def _uuid(text):
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


class CentreChoiceMixin:
    """For forms that begin a record: the centre is the user's only one, or chosen."""

    def get_form_kwargs(self):
        centres = self.request.user.active_centres
        if not centres or self.request.user.is_superuser:
            raise PermissionDenied(_("You belong to no active centre. Ask an administrator to add you to one."))
        return {
            **super().get_form_kwargs(),
            "centres": Centre.objects.filter(pk__in=[centre.pk for centre in centres]),
        }


class Home(TemplateView):
    """The first page after sign-in: what to do next, for the role of the reader."""

    template_name = "home.html"
    first = 5  # of each kind that waits

    def get_context_data(self, **kwargs):
        today = dates.today()
        context = {
            "title": _("Today, %(day)s") % {"day": dates.show_day(today)},
            "last_quarter": dates.quarter_before(today),
            "report_centres": report_centres(self.request.user),
        }
        if record_centre_ids(self.request.user):
            figures = self.figures(today - timedelta(days=today.weekday()))
            context |= self.pressing() | {"figures": figures, "search_form": SearchForm()}
        if self.request.user.has_perm("reports.decide_progressreport"):
            submitted = ProgressReport.objects.filter(state=ProgressReport.State.SUBMITTED)
            context["to_decide"] = submitted.select_related("period__agreement").order_by("period__due_on", "pk")
        return super().get_context_data(**context, **kwargs)

    def pressing(self):
        """The page "To do" in short: what presses, in all centres of the reader together."""
        kinds = [kind for kind in todo.kinds_for(self.request.user) if kind.is_pressing]
        waiting = todo.waiting(self.request.user, kinds, first=self.first)
        return {"waiting": waiting, "todo_number": todo.shown_number(todo.pressing_number(waiting))}

    @restricted.included()
    def figures(self, monday):
        """(what, how many) of what this user works with: entered this week, and what is open."""
        may = self.request.user.has_perm
        figures = []
        if may("clients.view_clientcard"):
            cards = ClientCard.objects.filter(registered_on__gte=monday).count()
            services = ServiceReceived.objects.filter(received_on__gte=monday).count()
            figures += [(_("Client cards registered this week"), cards), (_("Services given this week"), services)]
        if may("legal_cases.view_legalcase"):
            opened = LegalCase.objects.filter(opened_on__gte=monday).count()
            figures += [(_("Cases opened this week"), opened), (_("Open cases"), LegalCase.objects.open().count())]
        return figures


def navigation(request):
    """Context of every page: the reader's centres and role."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "user_centres": user.active_centres,
        "user_roles": [label for name, label in ROLES.items() if name in user.role_names],
        "sees_records": bool(RECORD_ROLES & user.role_names) and not user.is_superuser,
        "today": dates.today(),
    }


def csrf_failure(request, reason=""):
    """The page was open too long, or cookies are off: say so, and that nothing was saved."""
    return render(request, "403_csrf.html", {"title": _("This page is too old")}, status=403)
