"""The register of assignments (办件台账): filtered, paged, exported, acted on by the dozen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid5

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions.closing import write_off_assignment
from bihuan.supervision.actions.handling import sign_assignment
from bihuan.supervision.actions.reviewing import accept_report
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.forms.pressing import urge_many
from bihuan.supervision.forms.registers import (
    LOOK_BACKS,
    REPORTS,
    RUNGS,
    BulkForm,
    FilterForm,
    UrgeManyForm,
    WriteOffManyForm,
)
from bihuan.supervision.models import Area, Assignment
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries import many
from bihuan.supervision.queries import workbench as queries
from bihuan.supervision.queries.registers import (
    COUNTED,
    Filter,
    as_query,
    page_of,
    plans_shown,
    register,
)
from bihuan.supervision.queries.slots import note_slots
from bihuan.supervision.queries.units import pick
from bihuan.supervision.views import faces
from bihuan.supervision.views.workbench import may, tabs
from bihuan.ui.wording import say_day

PAGE = "supervision/registers/register.html"
BULK = "supervision/registers/bulk.html"
PLACE = "place"
OPENED = Filter(stage="open")  # what the bare address shows


@login_required
@require_GET
def assignments(request: SignedIn) -> HttpResponse:
    """All one may see, or one's own unit's, by deadline; the filter stands in the address."""
    form = filter_form(request)
    asked = form.asked()
    rows = register(request.actor, asked)
    page = page_of(rows, asked, request.GET.get("at", ""), counted=COUNTED)
    note_slots(page.rows, clock.now())
    context = {
        "form": form,
        "choosing": [form[name] for name in ("stage", "light", "report", "duty", "plan", "sort")],
        "hidden": [(name, value) for name, value in as_query(asked).items() if form[name].is_hidden],
        "asked": asked,
        "page": page,
        "counted": COUNTED,
        "query": urlencode(as_query(asked)),
        "chips": chips(asked),
        "whose_links": whose_links(asked),
        "stage_links": stage_links(asked),
        "cleared": address(replace(OPENED, whose=asked.whose, sort=asked.sort)),
        "is_narrowed": replace(asked, stage="") != Filter(whose=asked.whose, sort=asked.sort)
        or asked.stage not in ("", OPENED.stage),
        "places": places(request, asked),
        "typed": request.GET.get(PLACE, ""),
        "found": places_found(request, asked) if request.GET.get(PLACE) else None,
        "kept": [(name, value) for name, value in as_query(asked).items() if name != "under"],
        "bulk": [faces.many_button(one) for one in many.POSSIBLE if may(request, many.POSSIBLE[one][0])],
        "may_register": may(request, Cap.DISPATCH),
    }
    template = f"{PAGE}#list" if request.htmx and not request.htmx.boosted else PAGE
    return render(request, template, context)


def filter_form(request: SignedIn) -> FilterForm:
    """What the address asks for; the bare address asks for what is still open, whose oldest comes first."""
    asked = request.GET or QueryDict(urlencode(as_query(OPENED)))
    return FilterForm(asked, plans=plans_shown(request.actor, request.GET.get("plan")))


def address(asked: Filter) -> str:
    """The register so filtered; everything is asked for expressly, since the bare address is the open ones."""
    return f"{reverse('assignments')}?{urlencode(as_query(asked)) or 'stage='}"


def stage_links(asked: Filter) -> list[tuple[str, str, bool]]:
    """The open ones, and all with those that are written off, as links that keep the rest of the filter."""
    return [
        (label, address(replace(asked, stage=stage)), asked.stage == stage)
        for label, stage in ((_("在办"), OPENED.stage), (_("含已销号"), ""))
    ]


def whose_links(asked: Filter) -> list[tuple[str, str, bool]]:
    """The three ranges as links that keep the rest of the filter."""
    return [
        (str(label), address(replace(asked, whose=value)), asked.whose == value)
        for value, label in FilterForm.base_fields["whose"].choices
    ]


def places(request: SignedIn, asked: Filter) -> list[tuple[str, str, bool]]:
    """Everything, one's own unit with what lies below it, and the unit that was picked, as links."""
    own = request.post.unit.authority if request.post else None
    links = [place_link(asked, None)]
    if own is not None:
        links.append(place_link(asked, own, _("本单位及下级")))
    if asked.under and (own is None or asked.under != own.pk):
        links += [place_link(asked, unit) for unit in Unit.objects.filter(pk=asked.under)]
    return links


def place_link(asked: Filter, unit: Unit | None, label: str = "") -> tuple[str, str, bool]:
    narrowed = replace(asked, under=unit.pk if unit else None)
    label = label or (_("%(unit)s及下级") % {"unit": unit.short_name} if unit else _("全部单位"))
    return label, address(narrowed), asked.under == (unit.pk if unit else None)


def places_found(request: SignedIn, asked: Filter) -> dict[str, Any]:
    """The units below one's own authority that are called as somebody typed, as links that keep the filter."""
    issuer = request.post.unit.authority if request.post else None
    found = pick(issuer, request.GET.get(PLACE, "")[:50], [])
    return {"links": [place_link(asked, unit) for unit in found.found], "more": found.more}


@login_required
@require_GET
def find_place(request: SignedIn) -> HttpResponse:
    """The matches while somebody types."""
    context = {"found": places_found(request, filter_form(request).asked())}
    return render(request, "supervision/registers/places.html", context)


@dataclass(frozen=True)
class Chip:
    """A part of the filter that has no field of its own on the page, with the way to drop it."""

    label: str
    without: str


def chips(asked: Filter) -> list[Chip]:
    """What a link from elsewhere has narrowed the list down to."""
    found = []
    names = {
        "unit": lambda: _("单位：%(name)s") % {"name": _unit(asked.unit)},
        "item": lambda: _("只看同一事项"),
        "area": lambda: _("领域：%(name)s") % {"name": _area(asked.area)},
        "ended": lambda: _("本周结束") if asked.ended == "week" else _("本月结束"),
        "completed": lambda: _("今年申报"),
        "extension": lambda: _("延期申请待批"),
        "punctual": lambda: _("按期办结") if asked.punctual == "yes" else _("未按期办结"),
        "report": lambda: dict(REPORTS)[asked.report],
        "given": lambda: _("本周交办"),
        "rung": lambda: _("催办停留在：%(rung)s") % {"rung": dict(RUNGS)[asked.rung]},
        "look_back": lambda: dict(LOOK_BACKS)[asked.look_back],
        "looked": lambda: _("今年回头看"),
        "obstacle": lambda: _("请求协调、尚未答复"),
        "late_on": lambda: _("%(day)s末逾期未申报") % {"day": say_day(asked.late_on)},
    }
    for name, label in names.items():
        if getattr(asked, name):
            empty = None if name in ("unit", "item", "area", "late_on") else ""
            found.append(Chip(label(), address(replace(asked, **{name: empty}))))
    return found


def _unit(pk: int | None) -> str:
    unit = Unit.objects.filter(pk=pk).first()
    return unit.short_name if unit else "?"


def _area(pk: int | None) -> str:
    area = Area.objects.filter(pk=pk).first()
    return area.name if area else "?"


# The other tabs of the workbench


@login_required
@require_GET
def tab(request: SignedIn, name: str) -> HttpResponse:
    """已办、办结 or 我发起: the same table without filters."""
    rows = {"handled": queries.handled, "closed": queries.closed, "given": queries.given}[name](request.actor)
    asked = Filter()
    context = {
        "tabs": tabs(request, name),
        "name": name,
        "page": page_of(rows, asked, request.GET.get("at", "")),
        "query": "",
    }
    return render(request, "supervision/workbench/tab.html", context)


# Acting on many


@dataclass(frozen=True)
class Many:
    """How one operation is done to many."""

    form: type[BulkForm]
    perform: Callable[..., Any]


def _accept(*, assignment_id: int, **words: Any) -> Any:
    latest = Assignment.objects.get(pk=assignment_id).reports.all()[0]
    return accept_report(report_id=latest.pk, **words)


MANY = {
    Operation.SIGN: Many(BulkForm, sign_assignment),
    Operation.URGE: Many(UrgeManyForm, urge_assignment),
    Operation.ACCEPT_REPORT: Many(BulkForm, _accept),
    Operation.WRITE_OFF: Many(WriteOffManyForm, write_off_assignment),
}


@login_required
@require_http_methods(["GET", "POST"])
def act_on_many(request: SignedIn, operation: Operation) -> HttpResponse:
    """Preview first, then each as an action of its own, with a list of what became of it.

    A selection comes as checked rows (POST) or as a filter of the register (GET, or `everything`).
    """
    if not may(request, many.POSSIBLE[operation][0]):
        raise Http404
    if request.method == "POST" and "one" in request.POST:
        return confirmed(request, operation)
    shown = many.preview(operation, request.actor, selected(request))
    form = MANY[operation].form(count=len(shown.rows), initial=proposed(operation, shown))
    return bulk_page(request, shown, form)


def selected(request: SignedIn) -> Any:
    if request.method == "POST" and "everything" not in request.POST:
        keys = as_wholes(request.POST.getlist("selected"))
        return Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=keys)
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    return register(
        request.actor, FilterForm(query, plans=plans_shown(request.actor, query.get("plan"))).asked()
    )


def proposed(operation: Operation, shown: many.Preview) -> dict[str, Any]:
    return {"text": urge_many()} if operation is Operation.URGE else {}


def confirmed(request: SignedIn, operation: Operation) -> HttpResponse:
    """Do it, one after the other; one that fails does not hold up the rest."""
    seen = dict(_pairs(request.POST.getlist("one")))
    chosen = Assignment.objects.within(request.actor, Cap.VIEW).filter(pk__in=seen)
    rows = list(
        chosen.select_related("item__source", "unit", "issued_by").order_by("due_at", "pk")[: many.LIMIT]
    )
    form = MANY[operation].form(request.POST, count=len(rows))
    if not form.is_valid():
        return bulk_page(request, many.Preview(operation, rows, []), form, status=422)
    results = [act(operation, one, seen[one.pk], request.actor, form.words()) for one in rows]
    context = {
        "operation": operation,
        "results": results,
        "done": sum(result.ok for result in results),
        "failed": [result for result in results if not result.ok],
    }
    template = "supervision/registers/results.html"
    return render(request, f"{template}#results" if request.htmx else template, context)


@dataclass(frozen=True)
class Result:
    assignment: Assignment
    ok: bool
    said: str = ""


def act(operation: Operation, one: Assignment, version: int, actor: Actor, words: dict[str, Any]) -> Result:
    """One of many, as an intention of its own that a repeated request does not repeat."""
    own = replace(actor, request_id=uuid5(actor.request_id, str(one.pk)))
    try:
        MANY[operation].perform(assignment_id=one.pk, actor=own, seen_version=version, **words)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        return Result(one, False, str(refusal.message))
    return Result(one, True)


def _pairs(values: list[str]) -> list[tuple[int, int]]:
    split = (value.partition(":") for value in values)
    numbers = ((as_whole(pk), as_whole(version)) for pk, _colon, version in split)
    return [(pk, version) for pk, version in numbers if pk is not None and version is not None]


def bulk_page(request: SignedIn, shown: many.Preview, form: BulkForm, status: int = 200) -> HttpResponse:
    label = shown.operation.label
    context = {
        "preview": shown,
        "operation": shown.operation,
        "url": reverse(f"many-{shown.operation.value}"),
        "form": form,
        "versions": many.versions(shown.rows),
        "limit": many.LIMIT,
        "button": _("%(what)s %(n)d 件") % {"what": label, "n": len(shown.rows)},
        "hold": _("将%(what)s %(n)d 件") % {"what": label, "n": len(shown.rows)},
    }
    part = f"{BULK}#form" if request.htmx else BULK
    return render(request, part, context, status=status)
