"""Pages of the ladder (催办阶梯): what counts, the draft, its rehearsal, and putting it in force."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision import counting
from bihuan.supervision.actions.laddering import (
    discard_ladder_draft,
    draft_ladder,
    put_ladder_in_force,
    retire_ladder,
)
from bihuan.supervision.forms.ladders import (
    CountFormSet,
    InForceForm,
    LadderForms,
    count_forms,
    ladder_forms,
)
from bihuan.supervision.models import LadderEdition, Source
from bihuan.supervision.queries.counting import try_rules, units_counted
from bihuan.supervision.queries.ladders import open_below, rehearse, settled
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rungs import DEFAULT, PLACES, Steps, Wait, flaws
from bihuan.supervision.views.workbench import may


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
    known = LadderEdition.objects.filter(unit=unit, kind=kind, state=LadderEdition.State.DRAFT).first()
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


@login_required
@require_GET
def ladder(request: SignedIn, pk: int) -> HttpResponse:
    """One version; a draft with what it would bring this week beside what comes now."""
    edition = edition_or_404(request, pk)
    return edition_page(request, edition, InForceForm(initial={"seen_version": edition.version}))


@login_required
@require_POST
def put_in_force(request: SignedIn, pk: int) -> HttpResponse:
    edition = settled_or_404(request, pk)
    form = InForceForm(request.POST)
    if not form.is_valid():
        return edition_page(request, edition, form, status=422)
    try:
        put_ladder_in_force(edition_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, edition, form, status=409)
    messages.success(request, _("已启用，在办事项的下次提醒正在重排。"))
    return redirect("ladders")


@login_required
@require_POST
def discard(request: SignedIn, pk: int) -> HttpResponse:
    settled_or_404(request, pk)
    try:
        discard_ladder_draft(edition_id=pk, actor=request.actor)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("ladders")


@login_required
@require_POST
def retire(request: SignedIn, pk: int) -> HttpResponse:
    edition = settled_or_404(request, pk)
    form = InForceForm(request.POST)
    if not form.is_valid():
        return edition_page(request, edition, form, status=422)
    try:
        retire_ladder(edition_id=pk, actor=request.actor, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, edition, form, status=409)
    messages.success(request, _("已停用，恢复沿用。"))
    return redirect("ladders")


# Pages


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


def edition_page(
    request: SignedIn, edition: LadderEdition, form: InForceForm, status: int = 200
) -> HttpResponse:
    is_draft = edition.state == LadderEdition.State.DRAFT
    context: dict[str, Any] = {
        "edition": edition,
        "kind_label": kinds()[edition.kind],
        "steps": by_wait(edition.steps),
        "rules": edition.count_rules,
        "form": form,
        "may_edit": may_settle(request) and edition.unit_id == request.post.unit.pk,
        "is_draft": is_draft,
    }
    if is_draft:
        context |= {
            "rehearsal": rehearse(edition, request.actor),
            "tried": try_rules(edition, open_below(edition, ended=True), request.actor),
            "flaws": [*flaws(edition.steps), *counting.flaws(edition.count_rules)],
        }
    elif edition.state == LadderEdition.State.IN_FORCE and context["may_edit"]:
        context["counted"] = units_counted(edition)
    return render(request, "supervision/ladders/ladder.html", context, status=status)


def by_wait(steps: Steps) -> list[tuple[Wait, Any]]:
    return [(wait, steps.get(wait, DEFAULT[wait])) for wait in Wait]


def kinds() -> dict[str, str]:
    """The kinds of source a ladder may be for, by name; "" stands for all that have none of their own."""
    return {"": _("全部来源"), **{kind: str(label) for kind, label in Source.Kind.choices}}


def unit_or_404(request: SignedIn) -> Unit:
    if request.post is None or not may(request, Cap.VIEW):
        raise Http404
    return request.post.unit.own_authority


def may_settle(request: SignedIn) -> bool:
    """A supervisor of the authority itself; an office works by what its authority has settled."""
    post = request.post
    return post is not None and post.unit.authority_id == post.unit_id and may(request, Cap.SET_LADDER)


def edition_or_404(request: SignedIn, pk: int) -> LadderEdition:
    seen = LadderEdition.objects.within(request.actor, Cap.VIEW)
    mine = LadderEdition.objects.within(request.actor, Cap.SET_LADDER)
    return get_object_or_404((seen | mine).select_related("unit"), pk=pk)


def settled_or_404(request: SignedIn, pk: int) -> LadderEdition:
    """A version that the reader may put in force or out of it."""
    mine = LadderEdition.objects.within(request.actor, Cap.SET_LADDER).select_related("unit")
    return get_object_or_404(mine, pk=pk)
