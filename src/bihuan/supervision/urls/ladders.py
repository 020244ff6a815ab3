from django.urls import path

from bihuan.supervision.views import ladders

urlpatterns = [
    path("ladders/", ladders.ladders, name="ladders"),
    path("ladders/draft/", ladders.draft, name="ladder-draft"),
    path("ladders/<int:pk>/", ladders.desk.edition, name="ladder"),
    path("ladders/<int:pk>/force/", ladders.desk.force, name="ladder-force"),
    path("ladders/<int:pk>/discard/", ladders.desk.throw_away, name="ladder-discard"),
    path("ladders/<int:pk>/retire/", ladders.desk.end, name="ladder-retire"),
]
