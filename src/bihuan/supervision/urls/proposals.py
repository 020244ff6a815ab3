from django.urls import path

from bihuan.supervision.views import proposals

urlpatterns = [
    path("proposals/", proposals.listed, name="proposals"),
    path("proposals/decide/", proposals.decide, name="proposals-decide"),
]
