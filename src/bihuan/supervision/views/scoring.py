"""Pages of the scoring rules (计分规则): what counts, the draft, and putting it in force."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.supervision.actions.scoring import (
    discard_scoring_draft,
    draft_scoring,
    put_scoring_in_force,
    retire_scoring,
)
from bihuan.supervision.forms.scores import ScoringForm, filled_with
from bihuan.supervision.models import ScoreEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.scores import rules_of
from bihuan.supervision.views.editions import Desk, may_settle, unit_or_404


@login_required
@require_GET
def rules(request: SignedIn) -> HttpResponse:
    """What the reader's authority scores by, with the ground of what ships, and its versions."""
    unit = unit_or_404(request)
    scoring, counting = rules_of(unit)
    editions = ScoreEdition.objects.filter(unit=unit)
    context = {
        "unit": unit,
        "scoring": scoring,
        "counting": counting,
        "may_edit": may_settle(request),
        "editions": editions if may_settle(request) else editions.exclude(state=EditionState.DRAFT),
    }
    return render(request, "supervision/scores/rules.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: SignedIn) -> HttpResponse:
    unit = unit_or_404(request)
    if not may_settle(request):
        raise PermissionDenied(_("计分规则由本机关督查员设定。"))
    known = ScoreEdition.objects.filter(unit=unit, state=EditionState.DRAFT).first()
    if request.method == "GET":
        begun = known.scoring if known else rules_of(unit)[0]
        seen = {"seen_version": known.version if known else None}
        form = ScoringForm(initial={**filled_with(begun), **seen})
        return render(request, "supervision/scores/draft.html", {"form": form})
    form = ScoringForm(request.POST)
    if not form.is_valid():
        return render(request, "supervision/scores/draft.html", {"form": form}, status=422)
    try:
        made = draft_scoring(
            actor=request.actor, rows=form.rows(), seen_version=form.cleaned_data["seen_version"]
        )
    except AlreadyDone:
        return redirect("scoring")
    except DomainError as refusal:
        form.add_error(None, str(refusal.message))
        return render(request, "supervision/scores/draft.html", {"form": form}, status=409)
    return redirect("scoring-edition", made.pk)


desk = Desk(
    model=ScoreEdition,
    listed="scoring",
    template="supervision/scores/edition.html",
    shown=lambda _request, edition: {"scoring": edition.scoring},
    put_in_force=put_scoring_in_force,
    discard=discard_scoring_draft,
    retire=retire_scoring,
    said=gettext_lazy("已启用，此后公布的计分按新规则；已公布的不变。"),
)
