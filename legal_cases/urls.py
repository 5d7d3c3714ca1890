"""Pages of legal_cases."""

from django.urls import path

from legal_cases import group_views, views
from legal_cases.filters import CaseFilter
from legal_cases.imports import CaseImporter
from mrc import import_views

app_name = "legal_cases"
urlpatterns = [
    path("", views.CaseList.as_view(), name="list"),
    path("new/", views.CaseNew.as_view(), name="new"),
    path("<uuid:uid>/", views.CaseDetail.as_view(), name="detail"),
    path("<uuid:uid>/edit/", views.CaseEdit.as_view(), name="edit"),
    path("<uuid:uid>/restrict/", views.CaseRestrict.as_view(), name="restrict"),
    path("<uuid:uid>/close/", views.CaseClose.as_view(), name="close"),
    path("<uuid:uid>/reopen/", views.CaseReopen.as_view(), name="reopen"),
    path("<uuid:uid>/history/", views.CaseEventAdd.as_view(), name="event_add"),
    path("groups/", group_views.GroupList.as_view(), name="group_list"),
    path("groups/new/", group_views.GroupNew.as_view(), name="group_new"),
    path("groups/<uuid:uid>/", group_views.GroupDetail.as_view(), name="group_detail"),
    path("groups/<uuid:uid>/edit/", group_views.GroupEdit.as_view(), name="group_edit"),
    path("groups/<uuid:uid>/complainants/", group_views.GroupAdd.as_view(), name="group_add"),
    path("groups/<uuid:uid>/close/", group_views.GroupClose.as_view(), name="group_close"),
    *import_views.paths(CaseImporter, CaseFilter),
]
