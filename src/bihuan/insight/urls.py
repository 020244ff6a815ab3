from django.urls import path

from bihuan.insight import views

urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/screen/", views.screen, name="board-screen"),
]
