"""Pages of an authority's words for its documents (文书式样): what counts, the draft, putting it in force."""

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
from bihuan.supervision.actions.templating import (
    discard_template_draft,
    draft_template,
    put_template_in_force,
    retire_template,
)
from bihuan.supervision.forms.letters import TemplateForm
from bihuan.supervision.letters import WORDED, flaws
from bihuan.supervision.models import TemplateEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.letters import template_for
from bihuan.supervision.queries.themes import settled
from bihuan.supervision.views.editions import Desk, may_settle, unit_or_404


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


def shown(_request: SignedIn, edition: TemplateEdition) -> dict[str, Any]:
    """A version with its words, and the documents that begin with them."""
    is_draft = edition.state == EditionState.DRAFT
    return {
        "kind_label": edition.get_kind_display(),
        "template": edition.template,
        "flaws": flaws(edition.kind, edition.template) if is_draft else [],
        "papers": WORDED[edition.kind].used(edition),
    }


desk = Desk(
    model=TemplateEdition,
    listed="templates",
    template="supervision/letters/template.html",
    shown=shown,
    put_in_force=put_template_in_force,
    discard=discard_template_draft,
    retire=retire_template,
    said=gettext_lazy("已启用：此后起草的文书按这一版开头，已有文书不变。"),
)
