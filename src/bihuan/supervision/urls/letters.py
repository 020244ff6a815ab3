from django.urls import path

from bihuan.supervision.views import letters, wordings

urlpatterns = [
    path("letters/new/", letters.choose, name="letter-choose"),
    path("letters/new/<slug:kind>/", letters.new, name="letter-new"),
    path("letters/new/<slug:kind>/preview/", letters.new_preview, name="letter-new-preview"),
    path("letters/<int:paper_id>/reply/", letters.reply, name="letter-reply"),
    path("letters/<int:paper_id>/objection/", letters.contest, name="letter-contest"),
    path("letters/<int:paper_id>/close/", letters.close, name="letter-close"),
    path("letters/objections/<int:objection_id>/", letters.decide, name="letter-objection"),
    path("letters/templates/", wordings.templates, name="templates"),
    path("letters/templates/draft/<slug:kind>/", wordings.draft, name="template-draft"),
    path("letters/templates/<int:pk>/", wordings.desk.edition, name="template"),
    path("letters/templates/<int:pk>/force/", wordings.desk.force, name="template-force"),
    path("letters/templates/<int:pk>/discard/", wordings.desk.throw_away, name="template-discard"),
    path("letters/templates/<int:pk>/retire/", wordings.desk.end, name="template-retire"),
]
