from django.urls import path

from bihuan.circulars import views

urlpatterns = [
    path("circulars/", views.circulars, name="circulars"),
    path("plans/<int:plan_id>/circulars/new/", views.circular_new, name="circular-new"),
    path("circulars/<int:circular_id>/", views.circular, name="circular"),
    path("circulars/<int:circular_id>/edit/", views.circular_edit, name="circular-edit"),
    path("circulars/<int:circular_id>/refresh/", views.circular_refresh, name="circular-refresh"),
    path("circulars/<int:circular_id>/review/", views.circular_review, name="circular-review"),
    path("circulars/<int:circular_id>/send-back/", views.circular_send_back, name="circular-send-back"),
    path("circulars/<int:circular_id>/issue/", views.circular_issue, name="circular-issue"),
    path("circulars/<int:circular_id>/read/", views.circular_read, name="circular-read"),
    path("circulars/<int:circular_id>/docx/", views.circular_docx, name="circular-docx"),
    path(
        "circulars/<int:circular_id>/figures/<int:figure_id>/", views.circular_figure, name="circular-figure"
    ),
]
