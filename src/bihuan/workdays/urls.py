from django.urls import path

from bihuan.workdays import views

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/arrangements/new/", views.arrangement_new, name="arrangement-new"),
    path("calendar/local-days/new/", views.local_days_new, name="local-days-new"),
    path("calendar/vacations/new/", views.vacation_new, name="vacation-new"),
]
