from django.urls import path

from bihuan.supervision.views import amending, issuing

HERE = "plans/<int:plan_id>/"

urlpatterns = [
    path(f"{HERE}rehearsal/", issuing.rehearsal, name="plan-rehearsal"),
    path(f"{HERE}issue/", issuing.issue, name="plan-issue"),
    path(f"{HERE}dispatch/", issuing.dispatch, name="plan-dispatch"),
    path(f"{HERE}dispatch/serve/", issuing.serve, name="plan-serve"),
    path(f"{HERE}amend/", amending.amend, name="plan-amend"),
    path(f"{HERE}newcomers/", amending.newcomers, name="plan-newcomers"),
    path(f"{HERE}close/", amending.close, name="plan-close"),
]
