from django.urls import path, re_path

from bihuan.ledger import views

DIGEST = r"(?P<digest>[0-9a-f]{64})"

urlpatterns = [
    path("ledger/heads/", views.heads, name="ledger-heads"),
    path("ledger/heads.json", views.heads_json, name="ledger-heads-json"),
    path("ledger/heads/<int:first>-<int:second>.json", views.consistency_json, name="ledger-consistency"),
    path("ledger/proofs/", views.find, name="ledger-find"),
    re_path(rf"^ledger/proofs/{DIGEST}/$", views.proof, name="ledger-proof"),
    re_path(rf"^ledger/proofs/{DIGEST}\.json$", views.proof_json, name="ledger-proof-json"),
]
