from django.urls import path

from bihuan.supervision.views import plans

urlpatterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/matrix/", plans.plan_matrix, name="plan-matrix"),
    path("plans/<int:plan_id>/timeline/", plans.plan_timeline, name="plan-timeline"),
    path("plans/<int:plan_id>/work/", plans.plan_work, name="plan-work"),
    path("plans/<int:plan_id>/history/", plans.plan_history, name="plan-history"),
    path("plans/<int:plan_id>/leading-group/", plans.leading_group, name="plan-leading-group"),
    path("plans/<int:plan_id>/print/", plans.plan_print, name="plan-print"),
]
