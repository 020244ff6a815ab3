"""All addresses of the closed loop; each group of pages keeps its own list."""

from bihuan.supervision.urls import assignments, plans

urlpatterns = [
    *plans.urlpatterns,
    *assignments.urlpatterns,
]
