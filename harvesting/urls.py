"""Pages of outcome harvesting."""

from django.urls import path

from harvesting import answer_views, questionnaire_views, story_views, views

app_name = "harvesting"
urlpatterns = [
    path("", views.Overview.as_view(), name="overview"),
    path("draws/new/", views.DrawNew.as_view(), name="draw_new"),
    path("draws/<uuid:uid>/", views.DrawDetail.as_view(), name="draw_detail"),
    path("draws/<uuid:uid>/<uuid:card_uid>/not-interviewed/", views.OutcomeAdd.as_view(), name="outcome_add"),
    path("draws/<uuid:uid>/<uuid:card_uid>/interview/", views.InterviewBegin.as_view(), name="interview_begin"),
    path("interviews/", views.InterviewList.as_view(), name="interview_list"),
    path("interviews/<uuid:uid>/", views.InterviewDetail.as_view(), name="interview_detail"),
    path("interviews/<uuid:uid>/edit/", views.InterviewEdit.as_view(), name="interview_edit"),
    path("interviews/<uuid:uid>/answer/", views.AnswerSave.as_view(), name="answer_save"),
    path("interviews/<uuid:uid>/finish/", views.InterviewFinish.as_view(), name="interview_finish"),
    path("questionnaires/", questionnaire_views.QuestionnaireList.as_view(), name="questionnaire_list"),
    path("questionnaires/new/", questionnaire_views.QuestionnaireNew.as_view(), name="questionnaire_new"),
    path("questionnaires/<uuid:uid>/", questionnaire_views.QuestionnaireDetail.as_view(), name="questionnaire_detail"),
    path("questionnaires/<uuid:uid>/edit/", questionnaire_views.QuestionnaireEdit.as_view(), name="questionnaire_edit"),
    path("answers/", answer_views.Answers.as_view(), name="answers"),
    path("answers/file/", answer_views.AnswersFile.as_view(), name="answers_file"),
    path("interviews/<uuid:interview_uid>/story/", story_views.StoryNew.as_view(), name="story_new"),
    path("stories/", story_views.StoryList.as_view(), name="story_list"),
    path("stories/<uuid:uid>/", story_views.StoryDetail.as_view(), name="story_detail"),
    path("stories/<uuid:uid>/edit/", story_views.StoryEdit.as_view(), name="story_edit"),
    path("stories/<uuid:uid>/document/", story_views.StoryDocument.as_view(), name="story_document"),
]
