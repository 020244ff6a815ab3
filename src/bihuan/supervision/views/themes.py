"""Pages of the light rules (亮灯规则): what counts, the draft, what it would change now, and putting it in force."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.supervision.actions.theming import (
    discard_theme_draft,
    draft_theme,
    put_theme_in_force,
    retire_theme,
)
from bihuan.supervision.forms.ladders import InForceForm
from bihuan.supervision.forms.themes import ThemeForm, filled_with
from bihuan.supervision.models import ThemeEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.themes import preview, settled
from bihuan.supervision.themes import SHIPPED, flaws
from bihuan.supervision.views.ladders import kinds, may_settle, unit_or_404


@login_required
@require_GET
def themes(request: SignedIn) -> HttpResponse:
    """What the reader's authority works by, and its versions."""
    unit = unit_or_404(request)
    context = {
        "unit": unit,
        "rows": settled(unit, kinds()),
        "may_edit": may_settle(request),
        "kinds": [(kind, label) for kind, label in kinds().items() if kind],
        "theme": regime_of(unit).theme_of(""),
        "shipped": SHIPPED.items(),
    }
    return render(request, "supervision/themes/themes.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: SignedIn) -> HttpResponse:
    """Write a draft, beginning with what counts now or with a theme that ships; POST keeps it."""
    unit, kind = unit_or_404(request), request.GET.get("kind", "")
    if not may_settle(request):
        raise PermissionDenied(_("亮灯规则由本机关督查员设定。"))
    if kind not in kinds():
        raise Http404(f"no kind of source {kind}")
    known = ThemeEdition.objects.filter(unit=unit, kind=kind, state=EditionState.DRAFT).first()
    if request.method == "GET":
        begun = SHIPPED.get(request.GET.get("from", "")) or (
            known.theme if known else regime_of(unit).theme_of(kind)
        )
        seen = {"seen_version": known.version if known else None}
        return draft_page(request, kind, ThemeForm(initial={**filled_with(begun), **seen}))
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return draft_page(request, kind, form, status=422)
    try:
        edition = draft_theme(
            actor=request.actor,
            rows=form.rows(),
            kind=kind,
            seen_version=form.cleaned_data["seen_version"],
        )
    except AlreadyDone:
        return redirect("themes")
    except DomainError as refusal:
        form.add_error(None, str(refusal.message))
        return draft_page(request, kind, form, status=409)
    return redirect("theme", edition.pk)


@login_required
@require_GET
def theme(request: SignedIn, pk: int) -> HttpResponse:
    """One version; a draft with what it would change now."""
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
        put_theme_in_force(edition_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, edition, form, status=409)
    messages.success(request, _("已启用，在办事项的亮灯日期正在重算。"))
    return redirect("themes")


@login_required
@require_POST
def discard(request: SignedIn, pk: int) -> HttpResponse:
    settled_or_404(request, pk)
    try:
        discard_theme_draft(edition_id=pk, actor=request.actor)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("themes")


@login_required
@require_POST
def retire(request: SignedIn, pk: int) -> HttpResponse:
    edition = settled_or_404(request, pk)
    form = InForceForm(request.POST)
    if not form.is_valid():
        return edition_page(request, edition, form, status=422)
    try:
        retire_theme(edition_id=pk, actor=request.actor, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return edition_page(request, edition, form, status=409)
    messages.success(request, _("已停用，恢复沿用。"))
    return redirect("themes")


def draft_page(request: SignedIn, kind: str, form: ThemeForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "kind": kind, "kind_label": kinds()[kind], "shipped": SHIPPED.items()}
    return render(request, "supervision/themes/draft.html", context, status=status)


def edition_page(
    request: SignedIn, edition: ThemeEdition, form: InForceForm, status: int = 200
) -> HttpResponse:
    is_draft = edition.state == EditionState.DRAFT
    context: dict[str, Any] = {
        "edition": edition,
        "kind_label": kinds()[edition.kind],
        "theme": edition.theme,
        "form": form,
        "may_edit": may_settle(request) and edition.unit_id == request.post.unit.pk,
        "is_draft": is_draft,
    }
    if is_draft:
        context |= {"preview": preview(edition, request.actor), "flaws": flaws(edition.theme)}
    return render(request, "supervision/themes/theme.html", context, status=status)


def edition_or_404(request: SignedIn, pk: int) -> ThemeEdition:
    seen = ThemeEdition.objects.within(request.actor, Cap.VIEW)
    mine = ThemeEdition.objects.within(request.actor, Cap.SET_LADDER)
    return get_object_or_404((seen | mine).select_related("unit"), pk=pk)


def settled_or_404(request: SignedIn, pk: int) -> ThemeEdition:
    """A version that the reader may put in force or out of it."""
    mine = ThemeEdition.objects.within(request.actor, Cap.SET_LADDER).select_related("unit")
    return get_object_or_404(mine, pk=pk)
