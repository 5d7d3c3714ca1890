"""One include for each app."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from mrc import todo, todo_views, views
from mrc.forms import SignInForm

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("to-do/", todo_views.ToDo.as_view(), name="todo"),
    path("to-do/number/", todo_views.ToDoNumber.as_view(), name="todo_number"),
    *(path(kind.route, todo_views.ToDoList.as_view(kind=kind), name=kind.url_name) for kind in todo.kinds()),
    path(
        "sign-in/",
        auth_views.LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True),
        name="login",
    ),
    path("sign-out/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", auth_views.PasswordChangeView.as_view(), name="password_change"),
    path("password/changed/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("cards/", include("clients.urls")),
    path("cases/", include("legal_cases.urls")),
    path("activities/", include("activities.urls")),
    path("harvesting/", include("harvesting.urls")),
    path("reports/", include("reports.urls")),
    path("results/", include("results.urls")),
    path("admin/", admin.site.urls),
]
