"""All addresses of the closed loop; each group of pages keeps its own list."""

from bihuan.supervision.urls import (
    assignments,
    drafts,
    imports,
    issuing,
    ladders,
    letters,
    plans,
    presses,
    proposals,
    registers,
    reviews,
    scores,
    themes,
    workbench,
)

urlpatterns = [
    *workbench.urlpatterns,
    *imports.urlpatterns,
    *plans.urlpatterns,
    *drafts.urlpatterns,
    *issuing.urlpatterns,
    *registers.urlpatterns,
    *assignments.urlpatterns,
    *reviews.urlpatterns,
    *ladders.urlpatterns,
    *themes.urlpatterns,
    *proposals.urlpatterns,
    *scores.urlpatterns,
    *presses.urlpatterns,
    *letters.urlpatterns,
]
