from django.urls import path

from bihuan.registers import views

urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("registers/views/<int:view_id>/", views.view_open, name="register-view"),
    path("registers/views/<int:view_id>/edit/", views.view_edit, name="register-view-edit"),
    path("registers/views/<int:view_id>/update/", views.view_update, name="register-view-update"),
    path("registers/views/<int:view_id>/drop/", views.view_drop, name="register-view-drop"),
    path("registers/exports/<int:export_id>/", views.export, name="export"),
    path("registers/exports/<int:export_id>/file/", views.export_file, name="export-file"),
    path("registers/exports/<int:export_id>/drop/", views.export_drop, name="export-drop"),
    path("registers/<slug:key>/", views.register, name="register"),
    path("registers/<slug:key>/views/", views.view_save, name="register-view-save"),
    path("registers/<slug:key>/export/", views.export_new, name="export-new"),
]
