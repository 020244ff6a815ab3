from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.alike.actions import comment_on_likeness, dismiss_likeness, settle_hints
from bihuan.alike.forms import CommentForm, DismissForm, HintsForm
from bihuan.alike.models import HANDING_IN, REVIEWING, Likeness
from bihuan.alike.pictures import Box as Part
from bihuan.alike.pictures import Match
from bihuan.alike.queries import Shown, compared, is_watched, pending_for, seen_by, with_sides
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import has, may
from bihuan.org.views.doors import holding, member, submitted
from bihuan.supervision.queries.regimes import regime_of
from bihuan.ui.paging import paged

PAGE = "alike/likeness.html"


@require_safe
@holding(*REVIEWING)
def likenesses(request: SignedIn) -> HttpResponse:
    """The hints that wait for the reader to look at (雷同提示)."""
    view = paged(request, pending_for(request.actor), 30)
    rows = [Shown(one, True) for one in view["page"]]
    context = {**view, "rows": rows, "may_settle": may_settle(request)}
    return render(request, "alike/likenesses.html", context)


@require_safe
@member
def likeness(request: SignedIn, pk: int) -> HttpResponse:
    """One hint: for the reviewer both sides, for the unit its own."""
    return likeness_page(request, likeness_or_404(request, pk))


@require_POST
@member
def dismiss(request: SignedIn, pk: int) -> HttpResponse:
    """One click with a ground."""
    one, form = likeness_or_404(request, pk), DismissForm(request.POST)
    done = submitted(
        request, form, lambda: dismiss_likeness(likeness_id=pk, actor=request.actor, **form.cleaned_data)
    )
    if done.is_done:
        return redirect("likeness", pk)
    return likeness_page(request, one, dismissing=form, status=done.status)


@require_POST
@member
def comment(request: SignedIn, pk: int) -> HttpResponse:
    """What the unit says to it."""
    one, form = likeness_or_404(request, pk), CommentForm(request.POST)
    done = submitted(
        request, form, lambda: comment_on_likeness(likeness_id=pk, actor=request.actor, **form.cleaned_data)
    )
    if done.is_done:
        return redirect("likeness", pk)
    return likeness_page(request, one, commenting=form, status=done.status)


@require_http_methods(["GET", "POST"])
@holding(Cap.SET_LADDER)
def hints(request: SignedIn) -> HttpResponse:
    """Whether the reader's authority wants hints, and from which share on."""
    if not may_settle(request):
        raise Http404("an office works by what its authority has settled")
    regime = regime_of(request.post.unit)
    initial = {"on": bool(regime["alike.on"]), "percent": regime["alike.percent"]}
    form = HintsForm(request.POST if request.method == "POST" else None, initial=initial)
    done = submitted(request, form, lambda: settle_hints(actor=request.actor, **form.cleaned_data))
    if done.is_done:
        return redirect("likenesses")
    return render(request, "alike/hints.html", {"form": form, "unit": request.post.unit}, status=done.status)


def may_settle(request: SignedIn) -> bool:
    """A supervisor of the authority itself, as for the ladder."""
    unit = request.post.unit
    return unit.authority_id == unit.pk and has(request.actor, Cap.SET_LADDER)


def likeness_or_404(request: SignedIn, pk: int) -> Likeness:
    rows = with_sides(Likeness.objects.within(request.actor, Cap.VIEW))
    one = rows.filter(pk=pk).first()
    if one is None or not is_watched(one.later.assignment):
        raise Http404(f"no likeness {pk} in scope")
    return one


def likeness_page(
    request: SignedIn,
    one: Likeness,
    *,
    dismissing: DismissForm | None = None,
    commenting: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = seen_by(request.actor, one)
    handed_in = any(may(request.actor, cap, one) for cap in HANDING_IN)
    context: dict[str, Any] = {
        "shown": shown,
        "one": one,
        "comparison": None if one.is_picture else compared(one),
        "parts": parts_of(one),
        "grounds": Likeness.Ground.choices,
        "may_dismiss": shown.reviews and one.is_pending,
        "may_comment": handed_in and one.is_pending,
        "dismissing": dismissing or DismissForm(),
        "commenting": commenting or CommentForm(),
        "explained": explained(shown),
    }
    return render(request, PAGE, context, status=status)


def parts_of(one: Likeness) -> list[tuple[str, dict[str, str]]] | None:
    """Which part of each picture the other shows, in per cent, for the frames drawn on them."""
    if one.frame is None or one.how != Likeness.How.CROPPED:
        return None
    match = Match(Part(*one.frame), one.share / 100)
    return [_placed(match.shown), _placed(match.shown_of_other)]


def _placed(part: Part) -> Any:
    return {
        "x": f"{100 * part.x0:.1f}%",
        "y": f"{100 * part.y0:.1f}%",
        "w": f"{100 * min(part.width, 1):.1f}%",
        "h": f"{100 * min(part.height, 1):.1f}%",
        "whole": part.width > 0.97 and part.height > 0.97,
    }


def explained(shown: Shown) -> str:
    """How the machine came to it, so that a person can check it."""
    how = shown.likeness.how
    if how == Likeness.How.WORDS:
        return _(
            "逐字比对：略去标点、数字、日期和单位名称，事项名称、验收标准和常用套话不计；"
            "连续 8 字以上相同且自有文字不少于 12 字的才算重复。"
        )
    if how == Likeness.How.SAME_FILE:
        return _("两份附件的内容逐字节相同（SHA-256 一致）。")
    return _("两张图片叠放后细部一致（吻合度 %(n)d%%）；重新保存、缩放和裁剪不影响判断。") % {
        "n": shown.likeness.share
    }
