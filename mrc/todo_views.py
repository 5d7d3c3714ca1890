"""The page "To do" of a person, and the whole list of one kind of work that waits."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView, View

from mrc import dates, todo
from mrc.access import centre_scope, record_centre_ids
from mrc.views import Page


class ToDo(Page, TemplateView):
    """What waits in the reader's centres, one centre after the other."""

    permission_required = "clients.view_clientcard"  # who sees no card sees no other record
    template_name = "todo.html"
    title = gettext_lazy("To do")
    first = 5

    def get_context_data(self, **kwargs):
        user, kinds = self.request.user, todo.kinds_for(self.request.user)
        centres = []
        for centre in user.active_centres if kinds else []:
            with centre_scope([centre]):
                centres.append((centre, todo.waiting(user, kinds, first=self.first)))
        everything = [one for _centre, waiting in centres for one in waiting]
        number = todo.pressing_number(everything)
        return super().get_context_data(
            centres=centres, is_done=not everything, number=number, todo_number=todo.shown_number(number), **kwargs
        )


class ToDoNumber(Page, View):
    """The number in the navigation. The browser asks for it when a page is there: no page waits for the count."""

    permission_required = ToDo.permission_required

    def get(self, request):
        number = todo.shown_number(todo.number_for(request.user))
        return HttpResponse(number, content_type="text/plain")


class ToDoList(Page, ListView):
    """All records of one kind that wait, of the centre that is asked for or of all the reader's centres."""

    kind = None
    template_name = "todo_list.html"
    paginate_by = 25

    def get_permission_required(self):
        return (self.kind.permission,)

    def get_title(self):
        return f"{self.kind.title}: {self.centre.name}" if self.centre else self.kind.title

    @property
    def centre(self):
        """The centre that is asked for, if the reader has several and it is one of them."""
        wanted, own = self.request.GET.get("centre"), self.request.user.active_centres
        return next((one for one in own if one.code == wanted), None) if len(own) > 1 else None

    def get_queryset(self):
        with centre_scope([self.centre] if self.centre else record_centre_ids(self.request.user)):
            return self.kind.listed(self.kind.records(dates.today()))

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            kind=self.kind,
            columns=self.kind.columns,
            query=f"centre={self.centre.code}" if self.centre else "",
            empty=_("Nothing of this kind is waiting."),
            **kwargs,
        )
