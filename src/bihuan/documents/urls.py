from django.urls import path

from bihuan.documents import views

urlpatterns = [
    path("files/", views.upload_at_once, name="files"),
    path("files/<int:file_id>/", views.file, name="file"),
    path("files/<int:file_id>/date/", views.file_date, name="file-date"),
    path("files/<int:file_id>/discard/", views.file_discard, name="file-discard"),
    path("files/uploads/<uuid:upload_id>/", views.upload, name="upload"),
    path("files/uploads/<uuid:upload_id>/complete/", views.upload_complete, name="upload-complete"),
]
