from django.urls import path

from bihuan.insight.views import board, search

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/screen/", board.screen, name="board-screen"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="search-suggest"),
]
