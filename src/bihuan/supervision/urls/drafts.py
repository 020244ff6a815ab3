from django.urls import path

from bihuan.supervision.views import drafts

HERE = "plans/<int:plan_id>/draft/"

urlpatterns = [
    path(HERE, drafts.draft, name="draft"),
    path(f"{HERE}header/", drafts.header, name="draft-header"),
    path(f"{HERE}items/add/", drafts.add, name="draft-add"),
    path(f"{HERE}items/shift/", drafts.shift, name="draft-shift"),
    path(f"{HERE}items/bulk/", drafts.bulk, name="draft-bulk"),
    path(f"{HERE}items/confirm/", drafts.confirm, name="draft-confirm"),
    path(f"{HERE}items/<int:item_id>/", drafts.item, name="draft-item"),
    path(f"{HERE}items/<int:item_id>/merge/", drafts.merge, name="draft-merge"),
    path(f"{HERE}items/<int:item_id>/split/", drafts.split, name="draft-split"),
    path(f"{HERE}items/<int:item_id>/remove/", drafts.remove, name="draft-remove"),
    path(f"{HERE}passages/<int:passage_id>/", drafts.passage, name="draft-passage"),
    path(f"{HERE}names/", drafts.names, name="draft-names"),
    path(f"{HERE}names/suggest/", drafts.suggest, name="draft-suggest"),
    path(f"{HERE}delete/", drafts.delete, name="draft-delete"),
]
