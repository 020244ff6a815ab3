from django.urls import path

from bihuan.alike import views

urlpatterns = [
    path("likenesses/", views.likenesses, name="likenesses"),
    path("likenesses/settings/", views.hints, name="likeness-settings"),
    path("likenesses/<int:pk>/", views.likeness, name="likeness"),
    path("likenesses/<int:pk>/dismiss/", views.dismiss, name="likeness-dismiss"),
    path("likenesses/<int:pk>/comment/", views.comment, name="likeness-comment"),
]
