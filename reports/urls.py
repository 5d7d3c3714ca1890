"""Pages of reports."""

from django.urls import path

from reports import agreement_views, gender_views, views

app_name = "reports"
urlpatterns = [
    path("", views.ReportTables.as_view(), name="tables"),
    path("file/<slug:file_format>/", views.ReportDownload.as_view(), name="download"),
    path("records/<slug:table>/<slug:row>/<slug:column>/", views.CellRecords.as_view(), name="records"),
    path("gender/", gender_views.GenderPage.as_view(), name="gender"),
    path("gender/file/", gender_views.GenderFile.as_view(), name="gender_file"),
    path("agreements/", agreement_views.AgreementList.as_view(), name="agreement_list"),
    path("agreements/<uuid:uid>/", agreement_views.AgreementDetail.as_view(), name="agreement_detail"),
    path("agreements/<uuid:uid>/report/", agreement_views.ReportBegin.as_view(), name="report_begin"),
]
