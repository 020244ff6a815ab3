from django.urls import path

from bihuan.supervision.views import themes

urlpatterns = [
    path("lights/", themes.themes, name="themes"),
    path("lights/draft/", themes.draft, name="theme-draft"),
    path("lights/<int:pk>/", themes.desk.edition, name="theme"),
    path("lights/<int:pk>/force/", themes.desk.force, name="theme-force"),
    path("lights/<int:pk>/discard/", themes.desk.throw_away, name="theme-discard"),
    path("lights/<int:pk>/retire/", themes.desk.end, name="theme-retire"),
]
