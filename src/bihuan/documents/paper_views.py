"""Official documents as pages: read, edit, review, issue, confirm, print. Each kind's context says how it issues."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bihuan.documents import papers
from bihuan.documents.actions import acknowledge_paper, edit_paper, review_paper, send_back_paper
from bihuan.documents.forms import TextForm
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.gongwen.text import headed, long_date
from bihuan.documents.models import Paper
from bihuan.documents.queries import said_by
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import latest_head
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import may, units_where

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@login_required
def paper_list(request: SignedIn) -> HttpResponse:
    """Official documents in scope (文书), newest first."""
    rows = Paper.objects.within(request.actor, Cap.VIEW).select_related("issuer", "office")
    if (kind := request.GET.get("kind", "")) in Paper.Kind.values:
        rows = rows.filter(kind=kind)
    page = Paginator(rows.order_by("-drafted_at", "-pk"), 30).get_page(request.GET.get("page"))
    context = {"page": page, "kind": kind, "kinds": Paper.Kind.choices}
    return render(request, "documents/papers.html", context)


@require_safe
@login_required
def paper(request: SignedIn, paper_id: int) -> HttpResponse:
    """A document as a page; kinds with a page of their own are read there."""
    shown = visible_paper(request, paper_id)
    address = papers.kind_of(shown).page(shown)
    if address != request.path:
        return redirect(address)
    return render(request, "documents/paper.html", paper_context(request, shown))


@login_required
def paper_edit(request: SignedIn, paper_id: int) -> HttpResponse:
    """Edit the words of a draft."""
    shown = _own(request, paper_id)
    initial = {"title": shown.title, "addressees": shown.addressees, "code": shown.code}
    form = TextForm(request.POST or None, paper=shown, initial=initial)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            with suppress(AlreadyDone):
                edit_paper(
                    paper_id=paper_id, actor=request.actor, seen_version=_seen(request), **form.words()
                )
            return redirect("paper", paper_id)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 409
    context = {"paper": shown, "form": form}
    return render(request, "documents/paper_edit.html", context, status=status)


@require_POST
@login_required
def paper_review(request: SignedIn, paper_id: int) -> HttpResponse:
    return act_on_paper(request, _own(request, paper_id), review_paper)


@require_POST
@login_required
def paper_send_back(request: SignedIn, paper_id: int) -> HttpResponse:
    return act_on_paper(
        request, _own(request, paper_id), send_back_paper, reason=request.POST.get("reason", "")
    )


@require_POST
@login_required
def paper_issue(request: SignedIn, paper_id: int) -> HttpResponse:
    shown = _own(request, paper_id)
    return act_on_paper(request, shown, papers.kind_of(shown).issue)


@require_POST
@login_required
def paper_read(request: SignedIn, paper_id: int) -> HttpResponse:
    """Confirm for one's unit that a served document was read (签阅)."""
    visible_paper(request, paper_id)
    try:
        with suppress(AlreadyDone):
            acknowledge_paper(paper_id=paper_id, actor=request.actor)
    except Paper.DoesNotExist:
        raise Http404 from None
    return redirect("paper", paper_id)


@require_safe
@login_required
def paper_docx(request: SignedIn, paper_id: int) -> HttpResponse:
    """The document as a docx that can be sealed and sent."""
    shown = visible_paper(request, paper_id)
    return _download(shown, docx.render(said_by(shown)), "docx", DOCX)


@require_safe
@login_required
def paper_pdf(request: SignedIn, paper_id: int) -> HttpResponse:
    """The document as a PDF with its fonts; refused on its page where a font or a letter is missing."""
    shown = visible_paper(request, paper_id)
    try:
        return _download(shown, pdf.render(said_by(shown)), "pdf", "application/pdf")
    except DomainError as refusal:
        context = paper_context(request, shown) | {"refusal": str(refusal)}
        return render(request, "documents/paper.html", context, status=409)


def visible_paper(request: SignedIn, paper_id: int) -> Paper:
    """A document the reader may know of; 404 otherwise."""
    rows = Paper.objects.within(request.actor, Cap.VIEW).select_related("issuer", "office")
    return get_object_or_404(rows, pk=paper_id)


def act_on_paper(request: SignedIn, shown: Paper, action: Callable[..., Any], **words: Any) -> HttpResponse:
    """Do something to a document and return to it; a refusal is said on its page."""
    try:
        with suppress(AlreadyDone):
            action(paper_id=shown.pk, actor=request.actor, seen_version=_seen(request), **words)
    except DomainError as refusal:
        fresh = visible_paper(request, shown.pk)
        context = paper_context(request, fresh) | {"refusal": str(refusal)}
        return render(request, "documents/paper.html", context, status=422 if refusal.field else 409)
    return redirect("paper", shown.pk)


def paper_context(request: SignedIn, shown: Paper) -> dict[str, Any]:
    """What the sheet, the panel, the receipts and the trail of a document need."""
    services = list(shown.services.select_related("unit").order_by("read_at", "unit__sort_order"))
    mine = shown.services.filter(unit__in=units_where(request.actor, Cap.SIGN_FOR), read_at__isnull=True)
    return {
        "paper": shown,
        "sections": headed(shown.sections),
        "issued_on": long_date(clock.office_day(shown.issued_at)) if shown.issued_at else "",
        "head": latest_head(shown.issued_at) if shown.issued_at else None,
        "services": services,
        "read": sum(one.read_at is not None for one in services),
        "to_read": mine.exists(),
        "own": may(request.actor, Cap.ISSUE, shown),
        "is_author": shown.drafted_by == request.actor.person_id,
        "trail": Entry.objects.of(shown).select_related("remark").order_by("-at", "-id"),
    }


def _download(shown: Paper, content: bytes, suffix: str, content_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    name = quote(f"{shown.number or shown.get_stage_display()} {shown.title}.{suffix}")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _own(request: SignedIn, paper_id: int) -> Paper:
    rows = Paper.objects.within(request.actor, Cap.ISSUE).select_related("issuer", "office")
    return get_object_or_404(rows, pk=paper_id)


def _seen(request: HttpRequest) -> int | None:
    return as_whole(request.POST.get("seen_version", ""))
