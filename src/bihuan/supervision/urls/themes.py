from django.urls import path

from bihuan.supervision.views import themes

urlpatterns = [
    path("lights/", themes.themes, name="themes"),
    path("lights/draft/", themes.draft, name="theme-draft"),
    path("lights/<int:pk>/", themes.theme, name="theme"),
    path("lights/<int:pk>/force/", themes.put_in_force, name="theme-force"),
    path("lights/<int:pk>/discard/", themes.discard, name="theme-discard"),
    path("lights/<int:pk>/retire/", themes.retire, name="theme-retire"),
]
