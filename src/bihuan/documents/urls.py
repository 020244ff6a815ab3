from django.urls import path

from bihuan.documents import paper_views, views

urlpatterns = [
    path("files/", views.upload_at_once, name="files"),
    path("files/<int:file_id>/", views.file, name="file"),
    path("files/<int:file_id>/date/", views.file_date, name="file-date"),
    path("files/<int:file_id>/discard/", views.file_discard, name="file-discard"),
    path("files/uploads/<uuid:upload_id>/", views.upload, name="upload"),
    path("files/uploads/<uuid:upload_id>/complete/", views.upload_complete, name="upload-complete"),
    path("papers/", paper_views.paper_list, name="papers"),
    path("papers/<int:paper_id>/", paper_views.paper, name="paper"),
    path("papers/<int:paper_id>/edit/", paper_views.paper_edit, name="paper-edit"),
    path("papers/<int:paper_id>/review/", paper_views.paper_review, name="paper-review"),
    path("papers/<int:paper_id>/send-back/", paper_views.paper_send_back, name="paper-send-back"),
    path("papers/<int:paper_id>/preview/", paper_views.paper_preview, name="paper-preview"),
    path(
        "papers/<int:paper_id>/countersign/ask/",
        paper_views.paper_countersign_ask,
        name="paper-countersign-ask",
    ),
    path("papers/<int:paper_id>/countersign/", paper_views.paper_countersign, name="paper-countersign"),
    path("papers/<int:paper_id>/attachments/", paper_views.paper_attach, name="paper-attach"),
    path(
        "papers/<int:paper_id>/attachments/<int:file_id>/remove/",
        paper_views.paper_detach,
        name="paper-detach",
    ),
    path("papers/<int:paper_id>/issue/", paper_views.paper_issue, name="paper-issue"),
    path("papers/<int:paper_id>/read/", paper_views.paper_read, name="paper-read"),
    path("papers/<int:paper_id>/docx/", paper_views.paper_docx, name="paper-docx"),
    path("papers/<int:paper_id>/pdf/", paper_views.paper_pdf, name="paper-pdf"),
]
