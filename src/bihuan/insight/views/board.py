"""The board as a page and on a large screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bihuan.insight.queries import board as queries
from bihuan.insight.queries.board import Heat, Place, Scope, Tile
from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import units_within
from bihuan.supervision.models import Plan
from bihuan.supervision.queries.registers import Filter, as_query
from bihuan.ui.wording import say_day


def list_of(asked: Filter) -> str:
    """The address of the list that a figure counts."""
    return f"{reverse('assignments')}?{urlencode(as_query(asked))}"


@login_required
@require_safe
def board(request: SignedIn) -> HttpResponse:
    """The board of one's own part of the tree, or of a unit in it (驾驶舱)."""
    return render(request, "insight/board.html", context_of(request))


@login_required
@require_safe
def screen(request: SignedIn) -> HttpResponse:
    """The same in large type for a meeting room's screen; it loads itself anew."""
    return render(request, "insight/screen.html", context_of(request))


@dataclass(frozen=True)
class Figure:
    """A tile with the address of its list."""

    count: int
    href: str


@dataclass(frozen=True)
class Row:
    """A unit of the comparison with the addresses of its lists."""

    place: Place
    board: str
    open: str
    near: str
    overdue: str
    finished: str
    days: int | None


def context_of(request: SignedIn) -> dict[str, Any]:
    scope = scope_of(request)
    kinds = queries.kinds_below(scope)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else next(iter(kinds), "")
    found = queries.places(scope, kind) if kind else []
    by_name = {place.unit.pk: row_of(scope, place) for place in found}
    trend = queries.trend(scope)
    told = queries.tiles(scope)
    return {
        "scope": scope,
        "above": above(request, scope),
        "plans": queries.plans_in(request.actor, scope.unit),
        "figures": {key: figure(tile) for key, tile in told.items()},
        "rate": queries.rate(told["punctual"].count, told["finished"].count),
        "kinds": [(UnitKind(one).label, f"?{query(scope, kind=one)}", one == kind) for one in kinds],
        "kind": kind,
        "rows": list(by_name.values()),
        "watched": [by_name[place.unit.pk] for place in queries.worth_watching(found)],
        "heat": heat_of(scope, found),
        "trend": trend,
        "more": max(0, trend[-1].overdue - trend[-2].overdue),
        "fewer": max(0, trend[-2].overdue - trend[-1].overdue),
        "charts": charts(list(by_name.values()), trend),
        "query": query(scope, kind=kind),
        "at": clock.now(),
    }


def scope_of(request: SignedIn) -> Scope:
    """What was asked for, if it lies in sight; one's own authority or unit by default."""
    seen = units_within(request.actor, Cap.VIEW)
    if request.post is None or not request.post.grants(Cap.VIEW):
        raise Http404("no business content")
    own = request.post.unit
    unit_id, plan_id = as_whole(request.GET.get("unit")), as_whole(request.GET.get("plan"))
    unit = first_seen(seen, own) if unit_id is None else get_object_or_404(seen, pk=unit_id)
    plans = Plan.objects.within(request.actor, Cap.VIEW)
    plan = None if plan_id is None else get_object_or_404(plans, pk=plan_id)
    return Scope(request.actor, unit, plan)


def first_seen(seen: Any, own: Unit) -> Unit:
    authority = own.authority
    return authority if authority and seen.filter(pk=authority.pk).exists() else own


def above(request: SignedIn, scope: Scope) -> Unit | None:
    """The unit one comes from, where it is in sight too."""
    if scope.unit.parent_id is None:
        return None
    return units_within(request.actor, Cap.VIEW).filter(pk=scope.unit.parent_id).first()


def query(scope: Scope, **more: object) -> str:
    kept = {"unit": scope.unit.pk, "plan": scope.plan.pk if scope.plan else ""} | more
    return urlencode({name: value for name, value in kept.items() if value})


def figure(tile: Tile) -> Figure:
    return Figure(tile.count, list_of(tile.asked))


def row_of(scope: Scope, place: Place) -> Row:
    here = Scope(scope.actor, place.unit, scope.plan)
    return Row(
        place=place,
        board=f"{reverse('board')}?{query(here)}",
        open=list_of(here.asked(stage="open")),
        near=list_of(here.asked(light="near")),
        overdue=list_of(here.asked(light="r")),
        finished=list_of(here.asked(stage="finished", completed="year")),
        days=place.overdue_days(clock.today()),
    )


def heat_of(scope: Scope, found: Sequence[Place]) -> dict[str, Any] | None:
    """The heat matrix of the plan chosen, or else of the newest that has areas, with a link in every cell."""
    plans = Plan.objects.filter(pk__in=[one.pk for one in queries.plans_in(scope.actor, scope.unit)])
    plan = scope.plan or plans.filter(areas__isnull=False).order_by("-issued_at", "-pk").first()
    shown: Heat | None = queries.heat(Scope(scope.actor, scope.unit, plan), found) if plan else None
    if shown is None or plan is None:
        return None
    rows = []
    for area, cells, total in shown.rows():
        links = [
            (unit, cell, list_of(Scope(scope.actor, unit, plan).asked(area=area.pk, stage="live")))
            for unit, cell in cells
        ]
        rows.append((area, links, total))
    return {"plan": plan, "units": shown.units, "rows": rows, "width": f"{9 + 4 * len(shown.units)}rem"}


def charts(rows: Sequence[Row], trend: Sequence[queries.Week]) -> dict[str, Any]:
    """What the charts draw; the tables behind them say the same."""
    return {
        "places": [
            {
                "name": row.place.unit.short_name,
                "steady": row.place.steady,
                "near": row.place.near,
                "overdue": row.place.overdue,
                "rate": row.place.rate,
                "href": row.board,
            }
            for row in rows
        ],
        "trend": [{"day": str(say_day(week.day)), "overdue": week.overdue} for week in trend],
    }
