from django.urls import path

from bihuan.supervision.views import ladders

urlpatterns = [
    path("ladders/", ladders.ladders, name="ladders"),
    path("ladders/draft/", ladders.draft, name="ladder-draft"),
    path("ladders/<int:pk>/", ladders.ladder, name="ladder"),
    path("ladders/<int:pk>/force/", ladders.put_in_force, name="ladder-force"),
    path("ladders/<int:pk>/discard/", ladders.discard, name="ladder-discard"),
    path("ladders/<int:pk>/retire/", ladders.retire, name="ladder-retire"),
]
