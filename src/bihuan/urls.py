"""All addresses of the site; each context keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("bihuan.web.urls")),
    path("", include("bihuan.notifications.urls")),
]
