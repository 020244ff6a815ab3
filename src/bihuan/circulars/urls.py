from django.urls import path

from bihuan.circulars import views

urlpatterns = [
    path("circulars/", views.circulars, name="circulars"),
    path("plans/<int:plan_id>/circulars/", views.plan_circulars, name="plan-circulars"),
    path("plans/<int:plan_id>/circulars/new/", views.circular_new, name="circular-new"),
    path("circulars/<int:circular_id>/", views.circular, name="circular"),
    path("circulars/<int:circular_id>/refresh/", views.circular_refresh, name="circular-refresh"),
    path(
        "circulars/<int:circular_id>/figures/<int:figure_id>/", views.circular_figure, name="circular-figure"
    ),
]
