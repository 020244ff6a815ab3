"""The board as a page and on a large screen."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bihuan.insight.queries import board as queries
from bihuan.insight.queries.board import Scope
from bihuan.insight.views import panels
from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import GRANTS, Cap, Reach, Role
from bihuan.org.scope import standing_of, units_within
from bihuan.supervision.models import Plan

LEADER, SUPERVISOR, UNIT = "leader", "supervisor", "unit"
VIEWS = {LEADER: _("领导视图"), SUPERVISOR: _("督查视图"), UNIT: _("本单位视图")}
BY_ROLE = {Role.SUPERVISOR: SUPERVISOR, Role.HANDLER: UNIT, Role.LIAISON: UNIT}
PERIODS = {"week": _("按周"), "month": _("按月")}
SORTS = {"": _("机构顺序"), "overdue": _("逾期"), "rate": _("按期率")}


@login_required
@require_safe
def board(request: SignedIn) -> HttpResponse:
    """The board of one's own part of the tree, or of a unit in it (驾驶舱)."""
    return render(request, "insight/board.html", context_of(request))


@login_required
@require_safe
def screen(request: SignedIn) -> HttpResponse:
    """The same in large type for a meeting room's screen; it loads itself anew."""
    return render(request, "insight/screen.html", context_of(request, only=LEADER))


def context_of(request: SignedIn, only: str = "") -> dict[str, Any]:
    scope, view = scope_of(request, only)
    plans = queries.plans_in(scope)
    shown = queries.counted(scope)
    kinds = shown.kinds
    kind = chosen(request, "kind", kinds)
    by, sort = chosen(request, "by", PERIODS), chosen(request, "sort", SORTS)
    found = kinds.get(kind, [])
    points = queries.trend(shown, by)
    kept = {"view": view, "kind": kind, "by": by, "sort": sort}
    rows = panels.rows_of(scope, queries.ordered(found, sort), view)
    watched = queries.worth_watching(found) if view != UNIT else []
    return {
        "scope": scope,
        "view": view,
        "views": [] if only else views(request, scope, view),
        "above": above(request, scope),
        "plans": plans,
        "is_empty": not shown.whole.counts.total(),
        "strip": panels.strip(shown, view, points),
        "decisions": panels.decisions(shown),
        "feedback": panels.feedback(shown),
        "week": panels.this_week(shown),
        "ladder": panels.ladder(shown),
        "look_back": panels.look_back(shown),
        "kinds": [
            (panels.kind_label(one), f"?{panels.query(scope, **kept | {'kind': one})}", one == kind)
            for one in kinds
        ],
        "kind": kind,
        "rows": rows,
        "drawn": rows[: panels.DRAWN],
        "sorts": links(scope, kept, "sort", SORTS, sort),
        "watched": panels.watched(scope, watched, view),
        "heat": panels.heat_of(scope, found, plans) if view != UNIT else None,
        "trend": panels.trend(points),
        "periods": links(scope, kept, "by", PERIODS, by),
        "by": by,
        "charts": panels.charts(rows, points),
        "query": panels.query(scope, **kept),
        "at": clock.now(),
    }


def scope_of(request: SignedIn, only: str = "") -> tuple[Scope, str]:
    """What was asked for, if it lies in sight, and in which view; by default that of one's role."""
    seen = units_within(request.actor, Cap.VIEW)
    if request.post is None or not request.post.grants(Cap.VIEW):
        raise Http404("no business content")
    own = request.post.unit
    view = chosen(request, "view", VIEWS, BY_ROLE.get(Role(request.post.role), LEADER))
    if not sees_below(request):
        view = UNIT
    unit_id, plan_id = as_whole(request.GET.get("unit")), as_whole(request.GET.get("plan"))
    if unit_id is not None:
        unit = get_object_or_404(seen, pk=unit_id)
    else:
        unit = own if view == UNIT else first_seen(request, own)
    plans = Plan.objects.within(request.actor, Cap.VIEW)
    plan = None if plan_id is None else get_object_or_404(plans, pk=plan_id)
    view = view if view == UNIT or not only else only
    return Scope(request.actor, unit, plan, alone=view == UNIT), view


def chosen(request: SignedIn, name: str, choices: Any, default: str = "") -> str:
    """What the address chooses, or the default, or the first."""
    asked = request.GET.get(name, "")
    if asked in choices:
        return asked
    return default if default in choices else next(iter(choices), "")


def sees_below(request: SignedIn) -> bool:
    return request.post is not None and GRANTS[request.post.role].get(Cap.VIEW) == Reach.SUBTREE


def first_seen(request: SignedIn, own: Unit) -> Unit:
    authority = own.authority
    if authority is None:
        return own
    if standing_of(request.actor).oversees(
        authority.pk, Cap.VIEW
    ):  # so it is in sight, for a fraction of asking that
        return authority
    return authority if units_within(request.actor, Cap.VIEW).filter(pk=authority.pk).exists() else own


def views(request: SignedIn, scope: Scope, view: str) -> list[tuple[Any, str, bool]]:
    """The views as links, for whoever sees more than their own unit."""
    if not sees_below(request):
        return []
    return [(label, f"?{panels.query(scope, view=one)}", one == view) for one, label in VIEWS.items()]


def links(
    scope: Scope, kept: dict[str, str], name: str, choices: dict[str, Any], now: str
) -> list[tuple[Any, str, bool]]:
    return [
        (label, f"?{panels.query(scope, **kept | {name: one})}", one == now) for one, label in choices.items()
    ]


def above(request: SignedIn, scope: Scope) -> Unit | None:
    """The unit one comes from, where it is in sight too."""
    if scope.unit.parent_id is None:
        return None
    return units_within(request.actor, Cap.VIEW).filter(pk=scope.unit.parent_id).first()
