from django.urls import path

from bihuan.supervision.views import registers, workbench

urlpatterns = [
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/counts/", workbench.counts, name="workbench-counts"),
    path("workbench/handled/", registers.tab, {"name": "handled"}, name="workbench-handled"),
    path("workbench/closed/", registers.tab, {"name": "closed"}, name="workbench-closed"),
    path("workbench/given/", registers.tab, {"name": "given"}, name="workbench-given"),
]
