from django.urls import path

from bihuan.notifications import views
from bihuan.notifications.views import channels

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all, name="notices-read"),
    path("notices/<int:notice_id>/", views.open_notice, name="notice-open"),
    path("notices/preference/", views.preference, name="notices-preference"),
    path("notices/channels/", channels.channels, name="channels"),
    path("notices/channels/<int:pk>/", channels.channel, name="channel"),
    path("notices/channels/<int:pk>/test/", channels.test, name="channel-test"),
    path("notices/channels/<int:pk>/switch/", channels.switch, name="channel-switch"),
    path("notices/channels/<int:pk>/remove/", channels.remove, name="channel-remove"),
    path("notices/deliveries/<int:pk>/resend/", channels.resend, name="delivery-resend"),
]
