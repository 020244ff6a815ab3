from django.urls import path

from bihuan.supervision.views import presses

urlpatterns = [path("presses/", presses.listed, name="presses")]
