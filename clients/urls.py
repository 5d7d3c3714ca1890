"""Pages of clients."""

from django.urls import path

from clients import forgetting_views, views
from clients.filters import ClientCardFilter
from clients.imports import CardImporter
from mrc import import_views

app_name = "clients"
urlpatterns = [
    path("", views.CardList.as_view(), name="list"),
    path("search/", views.CardSearch.as_view(), name="search"),
    path("new/", views.CardNew.as_view(), name="new"),
    path("<uuid:uid>/", views.CardDetail.as_view(), name="detail"),
    path("<uuid:uid>/edit/", views.CardEdit.as_view(), name="edit"),
    path("<uuid:uid>/restrict/", views.CardRestrict.as_view(), name="restrict"),
    path("<uuid:uid>/services/", views.ServiceAdd.as_view(), name="service_add"),
    path(
        "<uuid:uid>/services/<uuid:service_uid>/delete/",
        views.ServiceDelete.as_view(),
        name="service_delete",
    ),
    path("<uuid:uid>/consents/<slug:purpose>/withdraw/", forgetting_views.ConsentWithdraw.as_view(), name="withdraw"),
    path("<uuid:uid>/erase/", forgetting_views.Erase.as_view(), name="erase"),
    path("<uuid:uid>/seen/", forgetting_views.Seen.as_view(), name="seen"),
    path("<uuid:uid>/person-file/", forgetting_views.PersonFile.as_view(), name="person_file"),
    *import_views.paths(CardImporter, ClientCardFilter),
]
