"""Pages of the scoring rules (计分规则): what counts, the draft, and putting it in force."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.actions.scoring import (
    discard_scoring_draft,
    draft_scoring,
    put_scoring_in_force,
    retire_scoring,
)
from bihuan.supervision.forms.ladders import InForceForm
from bihuan.supervision.forms.scores import ScoringForm, filled_with
from bihuan.supervision.models import ScoreEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.scores import rules_of
from bihuan.supervision.views.ladders import may_settle, unit_or_404


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


@login_required
@require_GET
def edition(request: SignedIn, pk: int) -> HttpResponse:
    one = edition_or_404(request, pk)
    return edition_page(request, one, InForceForm(initial={"seen_version": one.version}))


@login_required
@require_POST
def put_in_force(request: SignedIn, pk: int) -> HttpResponse:
    one, form = settled_or_404(request, pk), InForceForm(request.POST)
    if not form.is_valid():
        return edition_page(request, one, form, status=422)
    try:
        put_scoring_in_force(edition_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, one, form, status=409)
    messages.success(request, _("已启用，此后公布的计分按新规则；已公布的不变。"))
    return redirect("scoring")


@login_required
@require_POST
def discard(request: SignedIn, pk: int) -> HttpResponse:
    settled_or_404(request, pk)
    try:
        discard_scoring_draft(edition_id=pk, actor=request.actor)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("scoring")


@login_required
@require_POST
def retire(request: SignedIn, pk: int) -> HttpResponse:
    one, form = settled_or_404(request, pk), InForceForm(request.POST)
    if not form.is_valid():
        return edition_page(request, one, form, status=422)
    try:
        retire_scoring(edition_id=pk, actor=request.actor, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, one, form, status=409)
    messages.success(request, _("已停用，恢复沿用。"))
    return redirect("scoring")


def edition_page(request: SignedIn, one: ScoreEdition, form: InForceForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "edition": one,
        "scoring": one.scoring,
        "form": form,
        "may_edit": may_settle(request) and one.unit_id == request.post.unit.pk,
        "is_draft": one.state == EditionState.DRAFT,
    }
    return render(request, "supervision/scores/edition.html", context, status=status)


def edition_or_404(request: SignedIn, pk: int) -> ScoreEdition:
    seen = ScoreEdition.objects.within(request.actor, Cap.VIEW)
    mine = ScoreEdition.objects.within(request.actor, Cap.SET_LADDER)
    return get_object_or_404((seen | mine).select_related("unit"), pk=pk)


def settled_or_404(request: SignedIn, pk: int) -> ScoreEdition:
    """A version that the reader may put in force or out of it."""
    mine = ScoreEdition.objects.within(request.actor, Cap.SET_LADDER).select_related("unit")
    return get_object_or_404(mine, pk=pk)
