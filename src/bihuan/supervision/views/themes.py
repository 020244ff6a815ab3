"""Pages of the light rules (亮灯规则): what counts, the draft, what it would change now, and putting it in force."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org.middleware import SignedIn
from bihuan.supervision.actions.theming import (
    discard_theme_draft,
    draft_theme,
    put_theme_in_force,
    retire_theme,
)
from bihuan.supervision.forms.themes import ThemeForm, filled_with
from bihuan.supervision.models import ThemeEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.themes import preview, settled
from bihuan.supervision.themes import SHIPPED, flaws
from bihuan.supervision.views.editions import Desk, kinds, may_settle, unit_or_404


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


def draft_page(request: SignedIn, kind: str, form: ThemeForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "kind": kind, "kind_label": kinds()[kind], "shipped": SHIPPED.items()}
    return render(request, "supervision/themes/draft.html", context, status=status)


def shown(request: SignedIn, edition: ThemeEdition) -> dict[str, Any]:
    """A version with its rules; a draft with what would turn now."""
    context: dict[str, Any] = {"kind_label": kinds()[edition.kind], "theme": edition.theme}
    if edition.state == EditionState.DRAFT:
        context |= {"preview": preview(edition, request.actor), "flaws": flaws(edition.theme)}
    return context


desk = Desk(
    model=ThemeEdition,
    listed="themes",
    template="supervision/themes/theme.html",
    shown=shown,
    put_in_force=put_theme_in_force,
    discard=discard_theme_draft,
    retire=retire_theme,
    said=gettext_lazy("已启用，在办事项的亮灯日期正在重算。"),
)
