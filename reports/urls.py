"""Pages of reports."""

from django.urls import path

from reports import agreement_views, document_views, gender_views, part_views, publication_views, report_views, views

app_name = "reports"
urlpatterns = [
    path("", views.ReportTables.as_view(), name="tables"),
    path("file/<slug:file_format>/", views.ReportDownload.as_view(), name="download"),
    path("publication/", publication_views.PublicationPage.as_view(), name="publication"),
    path("publication/<slug:file_format>/", publication_views.PublishFile.as_view(), name="publish"),
    path("records/<slug:table>/<slug:row>/<slug:column>/", views.CellRecords.as_view(), name="records"),
    path(
        "progress/<uuid:uid>/file/<slug:file_format>/",
        document_views.ProgressDownload.as_view(),
        name="progress_download",
    ),
    path(
        "submitted/<uuid:uid>/file/<slug:file_format>/",
        document_views.SubmittedDownload.as_view(),
        name="submitted_download",
    ),
    path("progress/<uuid:uid>/records/", document_views.FinalRecords.as_view(), name="final_records"),
    path("gender/", gender_views.GenderPage.as_view(), name="gender"),
    path("gender/file/", gender_views.GenderFile.as_view(), name="gender_file"),
    path("agreements/", agreement_views.AgreementList.as_view(), name="agreement_list"),
    path("agreements/<uuid:uid>/", agreement_views.AgreementDetail.as_view(), name="agreement_detail"),
    path("agreements/<uuid:uid>/report/", agreement_views.ReportBegin.as_view(), name="report_begin"),
    path("progress/<uuid:uid>/", report_views.ReportDetail.as_view(), name="report_detail"),
    path("progress/<uuid:uid>/text/<str:key>/", report_views.TextSave.as_view(), name="text_save"),
    path("progress/<uuid:uid>/submit/", report_views.ReportSubmit.as_view(), name="report_submit"),
    path("progress/<uuid:uid>/correct/", report_views.ReportCorrect.as_view(), name="report_correct"),
    path("progress/<uuid:uid>/stories/", part_views.StoriesTold.as_view(), name="stories_told"),
    path("progress/<uuid:uid>/case-studies/new/", part_views.CaseStudyNew.as_view(), name="case_study_new"),
    path("case-studies/<uuid:uid>/edit/", part_views.CaseStudyEdit.as_view(), name="case_study_edit"),
    path("case-studies/<uuid:uid>/delete/", part_views.CaseStudyDelete.as_view(), name="case_study_delete"),
    path("progress/<uuid:uid>/actions/new/", part_views.ActionNew.as_view(), name="action_new"),
    path("progress/<uuid:uid>/actions/<uuid:action_uid>/", part_views.ActionEdit.as_view(), name="action_edit"),
    path("submitted/<uuid:uid>/", report_views.SubmittedDetail.as_view(), name="submitted"),
    path("submitted/<uuid:uid>/decision/", report_views.ReportDecide.as_view(), name="report_decide"),
    path("submitted/<uuid:uid>/changes/", report_views.SubmittedChanges.as_view(), name="submitted_changes"),
    path(
        "submitted/<uuid:uid>/changes/<slug:table>/<slug:row>/<slug:column>/",
        report_views.ChangedRecords.as_view(),
        name="changed_records",
    ),
]
