"""Pages of activities."""

from django.urls import path

from activities import import_views, participant_views, views

app_name = "activities"
urlpatterns = [
    path("", views.ActivityList.as_view(), name="list"),
    path("new/", views.ActivityNew.as_view(), name="new"),
    path("<uuid:uid>/", views.ActivityDetail.as_view(), name="detail"),
    path("<uuid:uid>/edit/", views.ActivityEdit.as_view(), name="edit"),
    path("<uuid:uid>/delete/", views.ActivityDelete.as_view(), name="delete"),
    path("<uuid:uid>/attendance/", participant_views.AttendanceList.as_view(), name="attendance"),
    path("<uuid:uid>/participants/", participant_views.ParticipantAdd.as_view(), name="participant_add"),
    path("<uuid:uid>/participants/search/", participant_views.ParticipantSearch.as_view(), name="participant_search"),
    path("<uuid:uid>/participants/new/", participant_views.ParticipantNew.as_view(), name="participant_new"),
    path(
        "<uuid:uid>/participants/<uuid:card_uid>/remove/",
        participant_views.ParticipantRemove.as_view(),
        name="participant_remove",
    ),
    *import_views.paths,
]
