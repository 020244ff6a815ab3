from django.urls import path

from bihuan.supervision.views import scores, scoring

urlpatterns = [
    path("scores/", scores.scores, name="scores"),
    path("scores/publish/", scores.publish, name="scores-publish"),
    path("scores/<int:pk>/", scores.sheet, name="score-sheet"),
    path("scores/<int:pk>/units/<int:unit_id>/", scores.unit_sheet, name="score-unit"),
    path("scores/lines/<int:pk>/", scores.line, name="score-line"),
    path("scores/lines/<int:pk>/contest/", scores.contest, name="score-contest"),
    path("scores/lines/<int:pk>/decide/", scores.decide, name="score-decide"),
    path("scores/rules/", scoring.rules, name="scoring"),
    path("scores/rules/draft/", scoring.draft, name="scoring-draft"),
    path("scores/rules/<int:pk>/", scoring.desk.edition, name="scoring-edition"),
    path("scores/rules/<int:pk>/force/", scoring.desk.force, name="scoring-force"),
    path("scores/rules/<int:pk>/discard/", scoring.desk.throw_away, name="scoring-discard"),
    path("scores/rules/<int:pk>/retire/", scoring.desk.end, name="scoring-retire"),
]
