from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bihuan.circulars.actions import draft_circular, issue_circular, refresh_circular
from bihuan.circulars.forms import PeriodForm, TextForm
from bihuan.circulars.models import Circular, Figure
from bihuan.circulars.rules import label_of
from bihuan.documents.actions import acknowledge_paper, edit_paper, review_paper, send_back_paper
from bihuan.documents.gongwen import NUMERALS, Gongwen, long_date
from bihuan.documents.gongwen import render as render_docx
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.ledger.models import Entry
from bihuan.org.roles import Cap
from bihuan.org.scope import may, units_where
from bihuan.supervision.models import Assignment, Plan

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
@login_required
def circulars(request: HttpRequest) -> HttpResponse:
    """Circulars in scope (通报), newest first."""
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related("paper__issuer", "plan")
    page = Paginator(rows.order_by("-paper__drafted_at", "-pk"), 30).get_page(request.GET.get("page"))
    return render(request, "circulars/circulars.html", {"page": page})


@login_required
def circular_new(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Choose the period; the draft is drawn up at once."""
    plans = Plan.objects.within(request.actor, Cap.ISSUE).exclude(stage=Plan.Stage.DRAFT)
    plan = get_object_or_404(plans, pk=plan_id)
    today = clock.today()
    initial = {"first_on": plan.starts_on or today.replace(day=1), "last_on": today}
    form = PeriodForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            drawn = draft_circular(actor=request.actor, plan_id=plan_id, **form.cleaned_data)
            return redirect("circular", drawn.pk)
        except AlreadyDone as repeat:
            return redirect("circular", int(repeat.facts["stream"].rpartition(":")[2]))
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    status = 422 if form.is_bound else 200
    return render(request, "circulars/new.html", {"plan": plan, "form": form}, status=status)


@require_safe
@login_required
def circular(request: HttpRequest, circular_id: int) -> HttpResponse:
    """A circular as a page, with its figures, receipts and trail."""
    return _page(request, _visible(request, circular_id))


@login_required
def circular_edit(request: HttpRequest, circular_id: int) -> HttpResponse:
    """Edit the words of a draft."""
    shown = _own(request, circular_id)
    paper = shown.paper
    initial = {"title": paper.title, "addressees": paper.addressees, "code": paper.code}
    form = TextForm(request.POST or None, paper=paper, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                edit_paper(
                    paper_id=paper.pk, actor=request.actor, seen_version=_seen(request), **form.words()
                )
                return redirect("circular", circular_id)
            except AlreadyDone:
                return redirect("circular", circular_id)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = 409
    context = {"circular": shown, "paper": paper, "form": form}
    return render(request, "circulars/edit.html", context, status=status)


@require_POST
@login_required
def circular_refresh(request: HttpRequest, circular_id: int) -> HttpResponse:
    return _act(request, circular_id, refresh_circular)


@require_POST
@login_required
def circular_issue(request: HttpRequest, circular_id: int) -> HttpResponse:
    return _act(request, circular_id, issue_circular)


@require_POST
@login_required
def circular_review(request: HttpRequest, circular_id: int) -> HttpResponse:
    return _act(request, circular_id, _on_paper(review_paper))


@require_POST
@login_required
def circular_send_back(request: HttpRequest, circular_id: int) -> HttpResponse:
    return _act(request, circular_id, _on_paper(send_back_paper), reason=request.POST.get("reason", ""))


@require_POST
@login_required
def circular_read(request: HttpRequest, circular_id: int) -> HttpResponse:
    """Confirm for one's unit that the circular was read (签阅)."""
    shown = _visible(request, circular_id)
    try:
        acknowledge_paper(paper_id=shown.paper_id, actor=request.actor)
    except AlreadyDone:
        pass
    except Paper.DoesNotExist:
        raise Http404 from None
    return redirect("circular", circular_id)


@require_safe
@login_required
def circular_docx(request: HttpRequest, circular_id: int) -> HttpResponse:
    """The circular as a docx that can be sealed and sent."""
    shown = _visible(request, circular_id)
    paper = shown.paper
    said = Gongwen(
        issuer=paper.issuer.name,
        number=paper.number,
        title=paper.title,
        addressees=paper.addressees,
        sections=paper.sections,
        tables=paper.tables,
        issued_on=clock.office_day(paper.issued_at) if paper.issued_at else None,
    )
    name = quote(f"{paper.number or '草稿'} {paper.title}.docx")
    answer = HttpResponse(render_docx(said), content_type=DOCX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


@require_safe
@login_required
def circular_figure(request: HttpRequest, circular_id: int, figure_id: int) -> HttpResponse:
    """The list behind a figure: exactly the assignments it counted, as far as the reader may see them."""
    shown = _visible(request, circular_id)
    figure = get_object_or_404(Figure.objects.select_related("unit"), pk=figure_id, circular=shown)
    visible = Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=figure.counted)
    rows = visible.select_related("item", "unit").order_by("unit__sort_order", "due_at", "pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "circular": shown,
        "figure": figure,
        "label": label_of(figure.key),
        "page": page,
        "hidden": len(figure.counted) - page.paginator.count,
        "now": clock.now(),
    }
    return render(request, "circulars/figure.html", context)


def _visible(request: HttpRequest, circular_id: int) -> Circular:
    rows = Circular.objects.within(request.actor, Cap.VIEW).select_related("paper__issuer", "plan__source")
    return get_object_or_404(rows, pk=circular_id)


def _own(request: HttpRequest, circular_id: int) -> Circular:
    rows = Circular.objects.within(request.actor, Cap.ISSUE).select_related("paper__issuer", "plan__source")
    return get_object_or_404(rows, pk=circular_id)


def _act(request: HttpRequest, circular_id: int, action: Callable[..., Any], **words: str) -> HttpResponse:
    shown = _own(request, circular_id)
    try:
        action(circular_id=circular_id, actor=request.actor, seen_version=_seen(request), **words)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        fresh = _visible(request, shown.pk)
        return _page(request, fresh, refusal=str(refusal), status=422 if refusal.field else 409)
    return redirect("circular", circular_id)


def _on_paper(action: Callable[..., Any]) -> Callable[..., Any]:
    def on_circular(*, circular_id: int, **given: Any) -> Any:
        return action(paper_id=Circular.objects.get(pk=circular_id).paper_id, **given)

    return on_circular


def _seen(request: HttpRequest) -> int | None:
    raw = request.POST.get("seen_version", "")
    return int(raw) if raw.isdigit() else None


def _page(request: HttpRequest, shown: Circular, *, refusal: str = "", status: int = 200) -> HttpResponse:
    figures = list(shown.figures.select_related("unit").order_by("pk"))
    overall = [one for one in figures if one.unit_id is None]
    for one in overall:
        one.label = label_of(one.key)
        one.is_rate = one.out_of is not None
    paper = shown.paper
    services = paper.services.select_related("unit").order_by("read_at", "unit__sort_order")
    mine = services.filter(unit__in=units_where(request.actor, Cap.SIGN_FOR), read_at__isnull=True)
    context = {
        "circular": shown,
        "paper": paper,
        "sections": list(zip(NUMERALS, paper.sections, strict=False)),
        "issued_on": long_date(clock.office_day(paper.issued_at)) if paper.issued_at else "",
        "headline": [one for one in overall if ":" not in one.key],
        "groups": [
            (prefix, [one for one in overall if one.key.startswith(f"{prefix}:")])
            for prefix in ("standing", "cause", "source")
        ],
        "services": services,
        "read": sum(one.read_at is not None for one in services),
        "to_read": mine.exists(),
        "own": may(request.actor, Cap.ISSUE, paper),
        "is_author": paper.drafted_by == request.actor.person_id,
        "trail": Entry.objects.of(paper, shown).select_related("remark").order_by("-at", "-id"),
        "refusal": refusal,
    }
    return render(request, "circulars/circular.html", context, status=status)
