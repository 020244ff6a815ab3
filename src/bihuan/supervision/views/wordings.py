"""Pages of an authority's words for its documents (文书式样): what counts, the draft, putting it in force."""

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
from bihuan.supervision.actions.templating import (
    discard_template_draft,
    draft_template,
    put_template_in_force,
    retire_template,
)
from bihuan.supervision.forms.ladders import InForceForm
from bihuan.supervision.forms.letters import TemplateForm
from bihuan.supervision.letters import WORDED, flaws
from bihuan.supervision.models import TemplateEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.letters import template_for
from bihuan.supervision.queries.themes import settled
from bihuan.supervision.views.ladders import may_settle, unit_or_404


@login_required
@require_GET
def templates(request: SignedIn) -> HttpResponse:
    """By which words the reader's authority begins each kind of document."""
    unit = unit_or_404(request)
    labels = {kind: str(one.label) for kind, one in WORDED.items()}
    known = {one.kind: one for one in settled(unit, labels, TemplateEdition)}
    context = {
        "unit": unit,
        "rows": [(kind, label, known.get(kind)) for kind, label in labels.items()],
        "may_edit": may_settle(request),
    }
    return render(request, "supervision/letters/templates.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: SignedIn, kind: str) -> HttpResponse:
    """Write a draft, beginning with what counts now; POST keeps it."""
    unit = unit_or_404(request)
    if kind not in WORDED:
        raise Http404(f"no kind of document {kind}")
    if not may_settle(request):
        raise PermissionDenied(_("文书式样由本机关督查员设定。"))
    known = TemplateEdition.objects.filter(unit=unit, kind=kind, state=EditionState.DRAFT).first()
    begins = known.template if known else template_for(unit.pk, kind)[1]
    if request.method == "GET":
        seen = {"seen_version": known.version if known else None}
        return _draft_page(request, kind, TemplateForm(kind=kind, template=begins, initial=seen))
    form = TemplateForm(request.POST, kind=kind, template=begins)
    if not form.is_valid():
        return _draft_page(request, kind, form, status=422)
    try:
        edition = draft_template(
            actor=request.actor, kind=kind, rows=form.rows(), seen_version=form.cleaned_data["seen_version"]
        )
    except AlreadyDone:
        return redirect("templates")
    except DomainError as refusal:
        form.add_error(None, str(refusal.message))
        return _draft_page(request, kind, form, status=409)
    return redirect("template", edition.pk)


@login_required
@require_GET
def template(request: SignedIn, pk: int) -> HttpResponse:
    """One version of the words."""
    edition = _edition_or_404(request, pk)
    return _edition_page(request, edition, InForceForm(initial={"seen_version": edition.version}))


@login_required
@require_POST
def put_in_force(request: SignedIn, pk: int) -> HttpResponse:
    edition = _settled_or_404(request, pk)
    form = InForceForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, edition, form, status=422)
    try:
        put_template_in_force(edition_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return _edition_page(request, edition, form, status=409)
    messages.success(request, _("已启用：此后起草的文书按这一版开头，已有文书不变。"))
    return redirect("templates")


@login_required
@require_POST
def discard(request: SignedIn, pk: int) -> HttpResponse:
    _settled_or_404(request, pk)
    try:
        discard_template_draft(edition_id=pk, actor=request.actor)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("templates")


@login_required
@require_POST
def retire(request: SignedIn, pk: int) -> HttpResponse:
    edition = _settled_or_404(request, pk)
    form = InForceForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, edition, form, status=422)
    try:
        retire_template(edition_id=pk, actor=request.actor, reason=form.cleaned_data["reason"])
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal.message))
        return _edition_page(request, edition, form, status=409)
    messages.success(request, _("已停用，恢复沿用。"))
    return redirect("templates")


def _draft_page(request: SignedIn, kind: str, form: TemplateForm, status: int = 200) -> HttpResponse:
    worded = WORDED[kind]
    fixed = {part.key for part in worded.template.parts if part.fixed}
    context = {
        "form": form,
        "kind": kind,
        "kind_label": worded.label,
        "places": worded.places,
        "names": worded.names,
        "fixed": fixed,
    }
    return render(request, "supervision/letters/template_draft.html", context, status=status)


def _edition_page(
    request: SignedIn, edition: TemplateEdition, form: InForceForm, status: int = 200
) -> HttpResponse:
    is_draft = edition.state == EditionState.DRAFT
    context: dict[str, Any] = {
        "edition": edition,
        "kind_label": edition.get_kind_display(),
        "template": edition.template,
        "form": form,
        "may_edit": may_settle(request) and edition.unit_id == request.post.unit.pk,
        "is_draft": is_draft,
        "flaws": flaws(edition.kind, edition.template) if is_draft else [],
        "papers": WORDED[edition.kind].used(edition),
    }
    return render(request, "supervision/letters/template.html", context, status=status)


def _edition_or_404(request: SignedIn, pk: int) -> TemplateEdition:
    seen = TemplateEdition.objects.within(request.actor, Cap.VIEW)
    mine = TemplateEdition.objects.within(request.actor, Cap.SET_LADDER)
    return get_object_or_404((seen | mine).select_related("unit"), pk=pk)


def _settled_or_404(request: SignedIn, pk: int) -> TemplateEdition:
    """A version that the reader may put in force or out of it."""
    mine = TemplateEdition.objects.within(request.actor, Cap.SET_LADDER).select_related("unit")
    return get_object_or_404(mine, pk=pk)
