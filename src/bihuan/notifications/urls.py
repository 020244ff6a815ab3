from django.urls import path

from bihuan.notifications import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all, name="notices-read"),
    path("notices/<int:notice_id>/", views.open_notice, name="notice-open"),
    path("notices/preference/", views.preference, name="notices-preference"),
]
