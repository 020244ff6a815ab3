"""All addresses of the site; each context keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("bihuan.api.urls")),  # first: programs call more often than people
    path("", include("bihuan.web.urls")),
    path("", include("bihuan.ledger.urls")),
    path("", include("bihuan.workdays.urls")),
    path("", include("bihuan.org.urls")),
    path("", include("bihuan.registers.urls")),
    path("", include("bihuan.documents.urls")),
    path("", include("bihuan.circulars.urls")),
    path("", include("bihuan.alike.urls")),
    path("", include("bihuan.notifications.urls")),
    path("", include("bihuan.supervision.urls")),
    path("", include("bihuan.insight.urls")),
]

handler400 = "bihuan.web.errors.bad_request"
handler403 = "bihuan.web.errors.refused"
handler404 = "bihuan.web.errors.not_found"
handler500 = "bihuan.web.errors.failed"
