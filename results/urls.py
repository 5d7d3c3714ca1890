"""Pages of the theory of change and of indicators."""

from django.urls import path

from results import indicator_views, views

app_name = "results"
urlpatterns = [
    path("<uuid:uid>/", indicator_views.Results.as_view(), name="results"),
    path("<uuid:uid>/theory-of-change/", views.Theory.as_view(), name="theory"),
    path("<uuid:uid>/impact/", views.ImpactAdd.as_view(), name="impact_add"),
    path("<uuid:uid>/indicators/", indicator_views.IndicatorList.as_view(), name="indicators"),
    path("<uuid:uid>/hints/", indicator_views.Hints.as_view(), name="hints"),
    path("steps/<uuid:uid>/below/", views.StepAdd.as_view(), name="step_add"),
    path("steps/<uuid:uid>/edit/", views.StepEdit.as_view(), name="step_edit"),
    path("steps/<uuid:uid>/move/", views.StepMove.as_view(), name="step_move"),
    path("steps/<uuid:uid>/delete/", views.StepDelete.as_view(), name="step_delete"),
    path("steps/<uuid:uid>/assumption/", views.AssumptionAdd.as_view(), name="assumption_add"),
    path("steps/<uuid:uid>/indicator/", indicator_views.IndicatorAdd.as_view(), name="indicator_add"),
    path("assumptions/<uuid:uid>/edit/", views.AssumptionEdit.as_view(), name="assumption_edit"),
    path("assumptions/<uuid:uid>/delete/", views.AssumptionDelete.as_view(), name="assumption_delete"),
    path("indicators/<uuid:uid>/", indicator_views.IndicatorDetail.as_view(), name="indicator_detail"),
    path("indicators/<uuid:uid>/revise/", indicator_views.IndicatorRevise.as_view(), name="indicator_revise"),
    path("indicators/<uuid:uid>/targets/", indicator_views.Targets.as_view(), name="targets"),
    path("indicators/<uuid:uid>/typed-results/", indicator_views.TypedResults.as_view(), name="typed_results"),
    path("indicators/<uuid:uid>/delete/", indicator_views.IndicatorDelete.as_view(), name="indicator_delete"),
    path("definitions/<uuid:uid>/correct/", indicator_views.IndicatorCorrect.as_view(), name="indicator_correct"),
]
