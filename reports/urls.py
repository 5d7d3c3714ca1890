"""Pages of reports."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.ReportTables.as_view(), name="tables"),
    path("file/<slug:file_format>/", views.ReportDownload.as_view(), name="download"),
    path("records/<slug:table>/<slug:row>/<slug:column>/", views.CellRecords.as_view(), name="records"),
]
