from django.urls import path

from bihuan.supervision.views import reviews

urlpatterns = [
    path("reviews/", reviews.reviews, name="reviews"),
    path("assignments/<int:pk>/review/", reviews.review, name="assignment-review"),
    path("assignments/<int:pk>/criteria/", reviews.criteria, name="assignment-criteria"),
]
