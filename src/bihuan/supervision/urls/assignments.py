from django.urls import path

from bihuan.supervision.operations import Operation
from bihuan.supervision.views import assignments, papers, presses

urlpatterns = [
    path("assignments/<int:pk>/", assignments.assignment, name="assignment"),
    path("assignments/<int:pk>/print/", papers.print_sheet, name="assignment-print"),
    path("assignments/<int:pk>/print.docx", papers.docx_sheet, name="assignment-docx"),
    path("assignments/<int:pk>/counts/", presses.counts, name="assignment-counts"),
    path("units/pick/", assignments.pick_units, name="pick-units"),
    *(
        path(
            f"assignments/<int:pk>/{operation.value}/",
            assignments.operate,
            {"operation": operation},
            name=f"assignment-{operation.value}",
        )
        for operation in Operation
        if operation is not Operation.REVIEW  # a page of its own
    ),
]
