from django.urls import path

from bihuan.supervision.views import imports

urlpatterns = [
    path("plans/new/", imports.new, name="plan-new"),
    path("plans/new/document/", imports.from_document, name="plan-from-document"),
    path("plans/new/by-hand/", imports.by_hand, name="plan-by-hand"),
    path("plans/new/from-plan/", imports.from_plan, name="plan-from-plan"),
    path("plans/new/sheet/", imports.blank_sheet, name="plan-blank-sheet"),
    path("plans/<int:plan_id>/sheet/", imports.plan_sheet, name="plan-sheet"),
    path("plans/<int:plan_id>/draft/sheet/", imports.draft_sheet, name="draft-sheet"),
]
