"""Official documents as pages: read, edit, review, countersign, issue, confirm, print.

Each kind's context says how it issues, and what stands beside it.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.documents import papers
from bihuan.documents.actions import (
    acknowledge_paper,
    ask_countersign,
    attach_files,
    countersign_paper,
    detach_file,
    edit_paper,
    review_paper,
    send_back_paper,
)
from bihuan.documents.forms import CountersignForm, TextForm
from bihuan.documents.gongwen import docx, pdf
from bihuan.documents.gongwen.layout import annex_names
from bihuan.documents.gongwen.text import Gongwen, headed, long_date
from bihuan.documents.kinds import ACCEPTED
from bihuan.documents.models import Countersign, Paper
from bihuan.documents.queries import may_be_asked, said_by
from bihuan.documents.styles import style_of
from bihuan.documents.uploads import receive_with_form
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import latest_head
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import has, may, units_where
from bihuan.ui.paging import paged

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@login_required
def paper_list(request: SignedIn) -> HttpResponse:
    """Official documents in scope (文书), newest first."""
    rows = Paper.objects.within(request.actor, Cap.VIEW).select_related("issuer", "office")
    if (kind := request.GET.get("kind", "")) in Paper.Kind.values:
        rows = rows.filter(kind=kind)
    if (stage := request.GET.get("stage", "")) in STAGES:
        rows = rows.filter(STAGES[stage])
    if text := request.GET.get("q", "").strip()[:50]:
        rows = rows.filter(Q(title__icontains=text) | Q(addressees__icontains=text) | Q(code__icontains=text))
    turned = paged(request, rows.order_by("-drafted_at", "-pk"))
    shown = list(turned["page"].object_list)
    states = papers.states(shown)
    context = {
        **turned,
        "rows": [(one, states[one.pk]) for one in shown],
        "kind": kind,
        "kinds": Paper.Kind.choices,
        "stage": stage,
        "stages": [
            ("draft", _("拟稿")),
            ("reviewed", _("待签发")),
            ("issued", _("已印发")),
            ("closed", _("已办结")),
        ],
        "text": text,
        "is_filtered": any(value for name, value in request.GET.items() if name != "page"),
        "start_url": papers.start_url() if has(request.actor, Cap.ISSUE) else "",
        "to_sign": countersigns_waiting(request),
    }
    return render(request, "documents/papers.html", context)


STAGES = {
    "draft": Q(stage=Paper.Stage.DRAFT),
    "reviewed": Q(stage=Paper.Stage.REVIEWED),
    "issued": Q(stage=Paper.Stage.ISSUED, closed_at__isnull=True),
    "closed": Q(closed_at__isnull=False),
}


def countersigns_waiting(request: SignedIn) -> list[Countersign]:
    """What the reader is asked to countersign for their office."""
    waiting = Countersign.objects.filter(
        unit__in=units_where(request.actor, Cap.SIGN_OFF), state=Countersign.State.OPEN
    )
    return list(waiting.select_related("paper", "unit")[:30])


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
    """Edit the words of a draft, beside its pages."""
    shown = _own(request, paper_id)
    form = _form_of(shown, request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        edit = papers.kind_of(shown).edit or edit_paper
        try:
            with suppress(AlreadyDone):
                edit(paper_id=paper_id, actor=request.actor, seen_version=_seen(request), **form.words())
            return redirect("paper", paper_id)
        except DomainError as refusal:
            field = refusal.field if refusal.field in form.fields else None
            form.add_error(field, str(refusal))
            status = 422 if field else 409
    context = {"paper": shown, "form": form, "preview_url": reverse("paper-preview", args=[paper_id])}
    return render(request, "documents/paper_edit.html", context, status=status)


@login_required
def paper_preview(request: SignedIn, paper_id: int) -> HttpResponse:
    """The pages of a document as they will be printed; POST shows a draft with words that are not kept yet."""
    if request.method == "POST":
        return pages_answer(request, _form_of(_own(request, paper_id), request.POST).shown())
    return pages_answer(request, visible_paper(request, paper_id))


def pages_answer(request: HttpRequest, shown: Paper) -> HttpResponse:
    """A document's first pages drawn as outlines: a piece for htmx, a page of its own without it."""
    context: dict[str, Any] = {"paper": shown, "form_name": style_of(shown.kind).form}
    said = said_by(shown)
    try:
        drawn = pdf.pages(said)
        context |= {"sheets": [_named(sheet, n) for n, sheet in enumerate(drawn[:MOST_SHEETS], 1)]}
        context["count"] = len(drawn)
    except DomainError as refusal:
        context |= {"refusal": str(refusal), **_as_text(said)}
    template = (
        "documents/paper_pages.html#pages"
        if getattr(request, "htmx", False)
        else "documents/paper_pages.html"
    )
    return render(request, template, context)


MOST_SHEETS = 8
_SIZE = re.compile(r' width="[\d.]+pt" height="[\d.]+pt"')


def _named(sheet: str, number: int) -> str:
    """A page that takes the width of its place, its glyphs named apart from those of other pages."""
    plain = _SIZE.sub(' aria-hidden="true" focusable="false"', sheet, count=1)
    return mark_safe(plain.replace('id="g', f'id="p{number}g').replace('href="#g', f'href="#p{number}g'))


def _form_of(shown: Paper, given: Any) -> Any:
    return (papers.kind_of(shown).form or TextForm)(given, paper=shown)


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
def paper_countersign_ask(request: SignedIn, paper_id: int) -> HttpResponse:
    """Ask offices to countersign."""
    shown = _own(request, paper_id)
    form = CountersignForm(request.POST, offices=may_be_asked(shown))
    chosen = form.cleaned_data["unit_ids"] if form.is_valid() else []
    return act_on_paper(request, shown, ask_countersign, unit_ids=[unit.pk for unit in chosen])


@require_POST
@login_required
def paper_countersign(request: SignedIn, paper_id: int) -> HttpResponse:
    """Countersign for one's office, or not."""
    mine = units_where(request.actor, Cap.SIGN_OFF)
    rows = Paper.objects.within(request.actor, Cap.VIEW).filter(countersigns__unit__in=mine).distinct()
    shown = get_object_or_404(rows, pk=paper_id)
    said = {
        "agreed": request.POST.get("answer") != "refuse",
        "opinion": request.POST.get("opinion", "")[:500],
    }
    return act_on_paper(request, shown, countersign_paper, **said)


@require_POST
@login_required
def paper_attach(request: SignedIn, paper_id: int) -> HttpResponse:
    """Let files go with a draft."""
    shown = _own(request, paper_id)

    def attach(**given: Any) -> Paper:
        files = receive_with_form(request.actor, request.FILES.getlist("files"))
        return attach_files(**given, file_ids=[file.pk for file in files])

    return act_on_paper(request, shown, attach)


@require_POST
@login_required
def paper_detach(request: SignedIn, paper_id: int, file_id: int) -> HttpResponse:
    """Take a file off a draft."""
    return act_on_paper(request, _own(request, paper_id), detach_file, file_id=file_id)


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
    own = may(request.actor, Cap.ISSUE, shown)
    served = shown.services.select_related("unit").order_by("read_at", "unit__sort_order")
    if not own:  # who else has read it is the issuer's business
        served = served.filter(unit__in=units_where(request.actor, Cap.VIEW))
    services = list(served)
    mine = shown.services.filter(unit__in=units_where(request.actor, Cap.SIGN_FOR), read_at__isnull=True)
    kind = papers.kind_of(shown)
    countersigns = list(shown.countersigns.select_related("unit"))
    signing = set(units_where(request.actor, Cap.SIGN_OFF))
    to_countersign = any(one.state == "open" and one.unit_id in signing for one in countersigns)
    offices = may_be_asked(shown) if shown.stage == Paper.Stage.REVIEWED else []
    asked = {one.unit_id for one in countersigns if one.state in ("open", "agreed")}
    state = papers.states([shown])[shown.pk]
    return {
        "state": state,
        "steps": steps_of(shown, countersigns),
        "style": style_of(shown.kind),
        "countersigns": countersigns,
        "to_countersign": to_countersign,
        "offices": [unit for unit in offices if unit.pk not in asked],
        "panels": kind.panels,
        "beside": kind.beside(request, shown) if kind.beside else {},
        "paper": shown,
        **_as_text(said_by(shown)),
        "issued_on": long_date(clock.office_day(shown.issued_at)) if shown.issued_at else "",
        "head": latest_head(shown.issued_at) if shown.issued_at else None,
        "attachments": list(shown.attachments.select_related("file__content")),
        "accepted": ",".join(ACCEPTED),
        "services": services,
        "read": sum(one.read_at is not None for one in services),
        "to_read": mine.exists(),
        "own": own,
        "is_author": shown.drafted_by == request.actor.person_id,
        "trail": _trail(shown, None if own or to_countersign else [one.unit_id for one in services]),
    }


def _as_text(said: Gongwen) -> dict[str, Any]:
    """What the text without its form needs: the same words that are printed."""
    return {"said": said, "sections": headed(said.sections), "annexes": annex_names(said)}


def _trail(shown: Paper, units: Sequence[int] | None) -> list[Entry]:
    """What happened to a document, newest first: all of it, or what these units may know of an issued one.

    How a text came about (who sent it back, why an office refused) stays with the issuer.
    """
    rows = Entry.objects.of(shown).select_related("remark").order_by("-at", "-id")
    if units is None:
        return list(rows)
    told = {"documents.paper.issued", "documents.paper.closed"}
    return [
        one
        for one in rows
        if one.verb in told or (one.verb == "documents.paper.read" and int(one.facts["unit"]) in units)
    ]


def steps_of(shown: Paper, countersigns: Sequence[Countersign]) -> list[dict[str, Any]]:
    """拟稿 → 核稿 → 会签 → 签发 → 送达 → 办结: which are done, and which comes now."""
    standing = [one for one in countersigns if one.state in ("open", "agreed")]
    agreed = sum(one.state == "agreed" for one in standing)
    issued, reviewed = shown.stage == Paper.Stage.ISSUED, shown.stage != Paper.Stage.DRAFT
    done = [True, reviewed, issued or bool(reviewed and standing and agreed == len(standing)), issued, issued]
    names = [_("拟稿"), _("核稿"), _("会签"), _("签发"), _("送达"), _("办结")]
    moments = [shown.drafted_at, shown.reviewed_at, None, shown.issued_at, shown.issued_at, shown.closed_at]
    done.append(shown.closed_at is not None)
    skips = not standing  # nobody was asked: signing comes next
    now = next((n for n, is_done in enumerate(done) if not is_done and not (n == 2 and skips)), None)
    return [
        {
            "name": name,
            "at": moment,
            "count": f"{agreed}/{len(standing)}" if n == 2 and standing else "",
            "is_done": is_done and not (n == 2 and skips),
            "is_now": n == now,
        }
        for n, (name, moment, is_done) in enumerate(zip(names, moments, done, strict=True))
    ]


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
