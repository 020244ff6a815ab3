"""Pages of the ladder (催办阶梯): what counts, the draft, its rehearsal, and putting it in force."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.org.middleware import SignedIn
from bihuan.supervision import counting
from bihuan.supervision.actions.laddering import (
    discard_ladder_draft,
    draft_ladder,
    put_ladder_in_force,
    retire_ladder,
)
from bihuan.supervision.forms.ladders import (
    CountFormSet,
    LadderForms,
    count_forms,
    ladder_forms,
)
from bihuan.supervision.models import LadderEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.counting import try_rules, units_counted
from bihuan.supervision.queries.ladders import open_below, rehearse, settled
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rungs import DEFAULT, PLACES, Steps, Wait, flaws
from bihuan.supervision.views.editions import Desk, is_own, kinds, may_settle, unit_or_404


@login_required
@require_GET
def ladders(request: SignedIn) -> HttpResponse:
    """What the reader's authority works by, and its versions."""
    unit = unit_or_404(request)
    rows = settled(unit, kinds())
    context = {
        "unit": unit,
        "rows": rows,
        "may_edit": may_settle(request),
        "kinds": [(kind, label) for kind, label in kinds().items() if kind],
        "steps": by_wait(regime_of(unit).ladder_of("").steps),
        "rules": regime_of(unit).counting_of("")[1],
    }
    return render(request, "supervision/ladders/ladders.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: SignedIn) -> HttpResponse:
    """Write a draft, beginning with what counts now; POST keeps it and shows what it would do."""
    unit, kind = unit_or_404(request), request.GET.get("kind", "")
    if not may_settle(request):
        raise PermissionDenied(_("催办阶梯由本机关督查员设定。"))
    if kind not in kinds():
        raise Http404(f"no kind of source {kind}")
    known = LadderEdition.objects.filter(unit=unit, kind=kind, state=EditionState.DRAFT).first()
    if request.method == "GET":
        regime = regime_of(unit)
        steps = known.steps if known else regime.ladder_of(kind).steps
        rules = known.count_rules if known else regime.counting_of(kind)[1]
        return draft_page(request, kind, ladder_forms(steps=steps), count_forms(rules=rules), known)
    forms, counts = ladder_forms(request.POST), count_forms(request.POST)
    if not all([forms.is_valid(), counts.is_valid()]):
        return draft_page(request, kind, forms, counts, known, status=422)
    try:
        edition = draft_ladder(
            actor=request.actor,
            rows=forms.rows(),
            counts=counts.rows(),
            kind=kind,
            seen_version=as_whole(request.POST.get("seen_version", "")),
        )
    except AlreadyDone:
        edition = known
    except DomainError as refusal:
        return draft_page(request, kind, forms, counts, known, refusal=str(refusal.message), status=409)
    return redirect("ladder", edition.pk)


def draft_page(
    request: SignedIn,
    kind: str,
    forms: LadderForms,
    counts: CountFormSet,
    known: LadderEdition | None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "forms": forms,
        "groups": forms.by_wait(),
        "counts": counts,
        "kind": kind,
        "kind_label": kinds()[kind],
        "known": known,
        "refusal": refusal,
        "places": "　".join(f"{{{name}}}" for name in PLACES),
    }
    return render(request, "supervision/ladders/draft.html", context, status=status)


def shown(request: SignedIn, edition: LadderEdition) -> dict[str, Any]:
    """A version with its steps; a draft with what it would bring this week beside what comes now."""
    context: dict[str, Any] = {
        "kind_label": kinds()[edition.kind],
        "steps": by_wait(edition.steps),
        "rules": edition.count_rules,
    }
    if edition.state == EditionState.DRAFT:
        context |= {
            "rehearsal": rehearse(edition, request.actor),
            "tried": try_rules(edition, open_below(edition, ended=True), request.actor),
            "flaws": [*flaws(edition.steps), *counting.flaws(edition.count_rules)],
        }
    elif edition.state == EditionState.IN_FORCE and is_own(request, edition):
        context["counted"] = units_counted(edition)
    return context


def by_wait(steps: Steps) -> list[tuple[Wait, Any]]:
    return [(wait, steps.get(wait, DEFAULT[wait])) for wait in Wait]


desk = Desk(
    model=LadderEdition,
    listed="ladders",
    template="supervision/ladders/ladder.html",
    shown=shown,
    put_in_force=put_ladder_in_force,
    discard=discard_ladder_draft,
    retire=retire_ladder,
    said=gettext_lazy("已启用，在办事项的下次提醒正在重排。"),
)
