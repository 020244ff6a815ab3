from django.urls import path

from bihuan.supervision.views.search import search

urlpatterns = [
    path("search/", search, name="search"),
]
