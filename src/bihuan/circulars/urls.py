from django.urls import path

from bihuan.circulars import views

urlpatterns = [
    path("circulars/", views.circulars, name="circulars"),
    path("circulars/new/", views.bulletin_new, name="bulletin-new"),
    path("plans/<int:plan_id>/circulars/", views.plan_circulars, name="plan-circulars"),
    path("plans/<int:plan_id>/circulars/new/", views.circular_new, name="circular-new"),
    path("circulars/<int:circular_id>/", views.circular, name="circular"),
    path("circulars/<int:circular_id>/refresh/", views.circular_refresh, name="circular-refresh"),
    path("circulars/<int:circular_id>/ask/", views.circular_ask, name="circular-ask"),
    path("circulars/<int:circular_id>/publish/", views.circular_publish, name="circular-publish"),
    path(
        "publications/<int:publication_id>/withdraw/", views.publication_withdraw, name="publication-withdraw"
    ),
    path("public/circulars/", views.publications, name="publications"),
    path("public/circulars/<int:publication_id>/", views.publication, name="publication"),
    path("public/circulars/<int:publication_id>.json", views.publication_json, name="publication-json"),
    path("inquiries/<int:inquiry_id>/", views.inquiry, name="inquiry"),
    path("inquiries/<int:inquiry_id>/agree/", views.inquiry_agree, name="inquiry-agree"),
    path("inquiries/<int:inquiry_id>/contest/", views.inquiry_contest, name="inquiry-contest"),
    path("contests/<int:contest_id>/uphold/", views.contest_uphold, name="contest-uphold"),
    path("contests/<int:contest_id>/reject/", views.contest_reject, name="contest-reject"),
    path(
        "circulars/<int:circular_id>/figures/<int:figure_id>/", views.circular_figure, name="circular-figure"
    ),
]
