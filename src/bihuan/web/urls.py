from django.urls import include, path

from bihuan.ui.views import components
from bihuan.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("me/", views.me, name="me"),
    path("me/post/", views.switch_post, name="switch-post"),
    path("me/password/", views.change_password, name="change-password"),
    path("me/display/", views.display, name="display"),
    path("counts/", views.counts, name="counts"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("_ui/", components, {"base": "web/page.html"}, name="components"),
]
