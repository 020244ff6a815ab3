from django.urls import path

from bihuan.api import views
from bihuan.api.v1 import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("me/tokens/", views.tokens, name="tokens"),
    path("me/tokens/<int:token_id>/revoke/", views.token_revoke, name="token-revoke"),
]
