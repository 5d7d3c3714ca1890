"""One include for each app."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from mrc import sign_in, todo, todo_views, views

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("to-do/", todo_views.ToDo.as_view(), name="todo"),
    path("to-do/number/", todo_views.ToDoNumber.as_view(), name="todo_number"),
    *(path(kind.route, todo_views.ToDoList.as_view(kind=kind), name=kind.url_name) for kind in todo.kinds()),
    path("sign-in/", sign_in.SignIn.as_view(), name="login"),
    path("sign-in/code/", sign_in.SignInCode.as_view(), name="sign_in_code"),
    path("sign-out/", auth_views.LogoutView.as_view(), name="logout"),
    path("leave/", sign_in.QuickExit.as_view(), name="quick_exit"),
    path("second-factor/", sign_in.SecondFactorPage.as_view(), name="second_factor"),
    path("second-factor/codes/", sign_in.RecoveryCodes.as_view(), name="recovery_codes"),
    path("password/", sign_in.PassphraseChange.as_view(), name="password_change"),
    path("password/changed/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("cards/", include("clients.urls")),
    path("cases/", include("legal_cases.urls")),
    path("activities/", include("activities.urls")),
    path("harvesting/", include("harvesting.urls")),
    path("reports/", include("reports.urls")),
    path("results/", include("results.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "mrc.error_views.server_error"
