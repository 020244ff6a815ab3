"""All addresses of the closed loop; each group of pages keeps its own list."""

from bihuan.supervision.urls import assignments, plans, registers, reviews, search, workbench

urlpatterns = [
    *workbench.urlpatterns,
    *plans.urlpatterns,
    *registers.urlpatterns,
    *assignments.urlpatterns,
    *reviews.urlpatterns,
    *search.urlpatterns,
]
