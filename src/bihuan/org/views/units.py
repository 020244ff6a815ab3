"""The tree of units, finding one, and the page of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.kernel import clock
from bihuan.org import actions, queries
from bihuan.org.forms import FoundForm, UnitForm
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Appointment, Unit, UnitChange, UnitGroup, UnitKind
from bihuan.org.queries.trail import trail_of
from bihuan.org.roles import Cap
from bihuan.org.scope import has, units_where, units_within
from bihuan.org.views.doors import holding, member, submitted
from bihuan.ui.paging import paged

MOST_OPEN = 40  # branches of the tree at once
MOST_BELOW = 100  # units shown below one; the unit's own page has the rest
LISTED = 20  # units below, on the page of a unit


@dataclass(frozen=True)
class Row:
    """A unit in the tree as it is drawn."""

    unit: Unit
    level: int
    is_open: bool
    toggle: str  # the address that opens or closes it
    more: int = 0  # units that are not shown below it

    @property
    def key(self) -> str:
        return str(self.unit.pk)


@require_safe
@member
def units(request: SignedIn) -> HttpResponse:
    """The tree (机构), opened as the address says; with `?q=` what is called so."""
    today = clock.today()
    text = request.GET.get("q", "").strip()
    manages, drafts = (has(request.actor, cap) for cap in (Cap.MANAGE_UNITS, Cap.DRAFT))
    context: dict[str, Any] = {"q": text, "manages": manages, "keeps_groups": manages or drafts}
    if text:
        context |= paged(request, queries.search_units(text, today))
    else:
        opened = _opened(request)
        context["rows"] = list(_rows(queries.roots(today), opened, 1))
    part = "#list" if request.htmx else ""
    return render(request, f"org/units.html{part}", context)


@require_safe
@member
def externals(request: SignedIn) -> HttpResponse:
    """Units outside the tree (系统外单位) that the reader's authority may name."""
    return render(request, "org/externals.html", paged(request, _externals(request)))


@require_safe
@member
def unit(request: SignedIn, pk: int) -> HttpResponse:
    """One unit: what it is, what it was, who works there, what happened to it."""
    shown = get_object_or_404(Unit.objects.select_related("parent", "authority", "keeper"), pk=pk)
    today = clock.today()
    posts = Appointment.objects.current(today).filter(unit=shown)
    context = {
        "unit": shown,
        "has_ended": shown.ends_on is not None and shown.ends_on <= today,
        "manages": units_within(request.actor, Cap.MANAGE_UNITS).filter(pk=pk).exists(),
        "appoints": pk in _ids(units_where(request.actor, Cap.MANAGE_POSTS), pk),
        "names": list(shown.names.order_by("-starts_on")),
        "planned": list(UnitChange.objects.planned().filter(unit=shown).order_by("on", "id")),
        "predecessors": list(shown.precessions.select_related("predecessor").order_by("-on")),
        "successors": list(shown.successions.filter(successor__isnull=False).select_related("successor")),
        "heirs": queries.successors_on(shown, today) if shown.ends_on else [],
        "holders": list(posts.select_related("person").order_by("role", "starts_on")),
        "groups": list(UnitGroup.objects.filter(members=shown, is_active=True).select_related("owner")),
        "trail": trail_of(shown),
    } | paged(request, queries.children_of(pk, today), LISTED)
    return render(request, "org/unit.html", context)


@require_http_methods(["GET", "POST"])
@holding(Cap.MANAGE_UNITS)
def unit_new(request: SignedIn) -> HttpResponse:
    """Found a unit (设立单位)."""
    initial = {"parent": request.GET.get("parent"), "kind": request.GET.get("kind")}
    form = FoundForm(request.POST or None, initial=initial, actor=request.actor)
    outcome = submitted(request, form, lambda: _found(request, form.cleaned_data))
    if outcome.is_done:
        return redirect("unit", outcome.made_id)
    return render(request, "org/unit_new.html", {"form": form}, status=outcome.status)


@require_http_methods(["GET", "POST"])
@member
def unit_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Correct what carries no date (修改信息)."""
    shown = managed_or_refused(request, pk)
    form = UnitForm(request.POST) if request.method == "POST" else UnitForm.of(shown)
    outcome = submitted(
        request, form, lambda: actions.edit_unit(unit_id=pk, actor=request.actor, **form.cleaned_data)
    )
    if outcome.is_done:
        messages.success(request, _("已保存"))
        return redirect("unit", pk)
    return render(request, "org/unit_edit.html", {"unit": shown, "form": form}, status=outcome.status)


def managed_or_refused(request: SignedIn, pk: int) -> Unit:
    """The unit, if the reader manages it; everybody may see it, so others are refused and not lied to."""
    shown = get_object_or_404(Unit.objects.select_related("parent"), pk=pk)
    if not units_within(request.actor, Cap.MANAGE_UNITS).filter(pk=pk).exists():
        raise PermissionDenied(_("只有管理这个单位的系统管理员才能这样做。"))
    return shown


def _found(request: SignedIn, given: dict[str, Any]) -> Unit:
    is_external = given["kind"] == UnitKind.EXTERNAL
    parent = given.pop("parent")
    return actions.found_unit(
        actor=request.actor,
        parent_id=parent.pk if parent else None,
        keeper_id=request.post.unit.authority_id if is_external else None,
        **given,
    )


def _externals(request: SignedIn) -> QuerySet[Unit]:
    above = request.post.unit.lineage.values("ancestor")
    kept = Unit.objects.filter(keeper__in=above) | Unit.objects.filter(keeper__isnull=True)
    named = kept.filter(kind=UnitKind.EXTERNAL).current(clock.today())
    return named.select_related("keeper").order_by("sort_order", "pinyin", "id")


def _opened(request: SignedIn) -> list[int]:
    """Which branches are open: those of the address, at first the way down to the reader's own unit."""
    if "open" not in request.GET:
        return list(request.post.unit.lineage.values_list("ancestor", flat=True))
    asked = request.GET["open"].split(",")
    return [int(pk) for pk in asked if pk.isdecimal() and len(pk) < 18][:MOST_OPEN]


def _rows(top: QuerySet[Unit], opened: list[int], level: int) -> Iterator[Row]:
    """The tree from the top down, one query for all open branches."""
    below: dict[int | None, list[Any]] = {}
    for unit in queries.children_of_any(opened, clock.today()):
        below.setdefault(unit.parent_id, []).append(unit)
    yield from _branch(list(top), below, opened, level)


def _branch(
    units: list[Any], below: dict[int | None, list[Any]], opened: list[int], level: int
) -> Iterator[Row]:
    for unit in units:
        is_open = unit.pk in opened and unit.has_children
        others = [str(pk) for pk in opened if pk != unit.pk]
        after = others if is_open else [*others, str(unit.pk)]
        toggle = f"?open={','.join(after)}" if unit.has_children else ""
        children = below.get(unit.pk, []) if is_open else []
        yield Row(unit, level, is_open, toggle, max(len(children) - MOST_BELOW, 0))
        yield from _branch(children[:MOST_BELOW], below, opened, level + 1)


def _ids(reached: Any, pk: int) -> list[int]:
    """The reach as ids, asked for this one only."""
    return [pk] if Unit.objects.filter(pk=pk, pk__in=reached).exists() else []
