"""Pages on which plans are read: the list of plans, and one plan as tree, matrix, timeline, work and history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.kernel import clock
from bihuan.kernel.numbers import as_whole, as_wholes
from bihuan.org.middleware import SignedIn
from bihuan.org.models import BusinessLine, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import has
from bihuan.supervision import tabs
from bihuan.supervision.forms.plans import PlanFilter, TreeFilter
from bihuan.supervision.models import Area, Item, Plan
from bihuan.supervision.queries import plans as read
from bihuan.supervision.queries.plans import PAGE, Choice, Overview, Wanted
from bihuan.supervision.queries.recurrence import Turn, schedule
from bihuan.supervision.queries.rollups import Branch, elapsed, pruned
from bihuan.supervision.rules import Duty, Stage
from bihuan.supervision.views.answers import plan_for
from bihuan.ui.lights import LIGHTS

ON_PLAN = (Cap.DRAFT, Cap.DISPATCH, Cap.AMEND, Cap.URGE)
FEW_UNITS = 60  # up to so many are offered in a list to choose from
FEW_ROWS = 80  # a list this short is shown down to its measures at once
WORK_PAGE = 50


@login_required
@require_safe
def plan_list(request: SignedIn) -> HttpResponse:
    """The plans one may see, with what has become of them (清单)."""
    actor = request.actor
    form = PlanFilter(
        request.GET,
        years=read.years_for(actor),
        issuers=read.issuers_for(actor),
        lines=BusinessLine.objects.filter(pk__in=Plan.objects.within(actor, Cap.VIEW).values("line")),
    )
    asked = form.wanted()
    stage = request.GET.get("stage", "")
    wanted = Wanted(stage=stage if stage in Plan.Stage.values else "", **asked)
    plans = read.plans_for(actor, wanted)
    last = as_whole(request.GET.get("before"))
    page = list(plans.filter(pk__lt=last)[: PAGE + 1] if last else plans[: PAGE + 1])
    context = {
        "form": form,
        "lines": read.plan_lines(page[:PAGE], actor),
        "stages": stage_links(request, wanted.stage, actor),
        "more": with_query(request.GET, before=page[PAGE - 1].pk) if len(page) > PAGE else "",
        "is_filtered": bool(asked or wanted.stage),
        "may_draft": has(actor, Cap.DRAFT),
    }
    return render(request, f"supervision/plans/list.html{part(request, 'plans')}", context)


@login_required
@require_safe
def plan(request: SignedIn, plan_id: int) -> HttpResponse:
    """A plan as a tree (清单树); a draft opens in its editor."""
    found = plan_for(request, plan_id)
    if found.stage == Plan.Stage.DRAFT:
        return redirect("draft", plan_id)
    view = read.overview(found, request.actor)
    tree = Tree(request, view)
    if request.htmx:
        return render(
            request, "supervision/plans/tree.html#tree", {"plan": found, "view": view, "tree": tree}
        )
    return render(request, "supervision/plans/tree.html", frame(request, view, "plan") | {"tree": tree})


@login_required
@require_safe
def plan_matrix(request: SignedIn, plan_id: int) -> HttpResponse:
    """Units × measures (单位矩阵)."""
    found = issued(request, plan_id)
    view = read.overview(found, request.actor)
    by = request.GET.get("by", "")
    by = by if by in ("1", "2", "area") else ""
    page = max(1, as_whole(request.GET.get("page")) or 1)
    every = "all" in request.GET
    grid = read.matrix(found, view, read.given_under(found, request.actor), by=by, done=every, page=page)
    context = {
        "grid": grid,
        "kinds": column_kinds(request, found, view, by),
        "all_url": with_query(request.GET, all=1, page=None),
        "busy_url": with_query(request.GET, all=None, page=None),
        "every": every,
        "previous": with_query(request.GET, page=page - 1) if page > 1 else "",
        "next": with_query(request.GET, page=page + 1) if len(grid.rows) == read.ROWS else "",
    }
    return render(request, "supervision/plans/matrix.html", frame(request, view, "plan-matrix") | context)


@login_required
@require_safe
def plan_timeline(request: SignedIn, plan_id: int) -> HttpResponse:
    """The plan over months (时间轴)."""
    found = issued(request, plan_id)
    view = read.overview(found, request.actor)
    today = clock.today()
    context = {"timeline": read.timeline(found, view), "today": today, "turns": turns_in(found, view, today)}
    return render(request, "supervision/plans/timeline.html", frame(request, view, "plan-timeline") | context)


def turns_in(plan: Plan, view: Overview, on: date) -> list[Turn]:
    """What comes round of the items that the reader sees; nothing any more once the plan is closed."""
    if plan.stage != Plan.Stage.ISSUED:
        return []
    leaves = [branch.item for root in view.roots for branch in root.walk() if branch.is_leaf]
    for item in leaves:
        item.plan = plan
    return schedule(leaves, on)


@login_required
@require_safe
def plan_work(request: SignedIn, plan_id: int) -> HttpResponse:
    """The plan's assignments, sorted by state (交办情况): who has not signed, who is late, and what a number counts."""
    found = issued(request, plan_id)
    view = read.overview(found, request.actor)
    choice = choice_of(request.GET)
    given = read.given_under(found, request.actor)
    every = read.chosen(given, Choice(**{**vars(choice), "stage": ""}), clock.now())
    rows = read.by_state(read.chosen(given, choice, clock.now()))
    shown = given.filter(pk=as_whole(request.GET.get("after")) or 0).first()
    page = read.page_after(rows, shown, WORK_PAGE)
    context = {
        "rows": page[:WORK_PAGE],
        "stages": work_stages(request, choice, read.stages_of(every)),
        "chips": list(chips(request, found, choice)),
        "text": choice.text,
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("text", "after")],
        "more": with_query(request.GET, after=page[-2].pk) if len(page) > WORK_PAGE else "",
    }
    template = f"supervision/plans/work.html{part(request, 'work')}"
    return render(request, template, frame(request, view, "plan-work") | context)


@login_required
@require_safe
def plan_history(request: SignedIn, plan_id: int) -> HttpResponse:
    """What was changed after issue and why, and the trail of the plan (调整与留痕)."""
    found = issued(request, plan_id)
    view = read.overview(found, request.actor)
    trail = list(read.trail_of(found))
    context = {"changes": read.changes_of(found), "trail": trail, "people": read.names_of(trail)}
    return render(request, "supervision/plans/history.html", frame(request, view, "plan-history") | context)


@login_required
@require_safe
def leading_group(request: SignedIn, plan_id: int) -> HttpResponse:
    """The leading group on a page of its own (领导小组); with scripts the same opens as a dialog."""
    found = plan_for(request, plan_id)
    context = {"plan": found, "members": found.leading_group.all()}
    return render(request, "supervision/plans/leading_group.html", context)


@login_required
@require_safe
def plan_print(request: SignedIn, plan_id: int) -> HttpResponse:
    """The whole list for paper (打印清单), A4 across."""
    found = plan_for(request, plan_id)
    view = read.overview(found, request.actor)
    who = read.who_leads(found, view.roots)
    rows = [(branch, who.get(branch.item.pk, "")) for root in view.roots for branch in root.walk()]
    context = {"plan": found, "view": view, "rows": rows, "now": clock.now()}
    return render(request, "supervision/plans/print.html", context)


def issued(request: SignedIn, plan_id: int) -> Plan:
    """A plan that is out; a draft has nothing to show here."""
    found = plan_for(request, plan_id)
    if found.stage == Plan.Stage.DRAFT:
        raise Http404
    return found


def frame(request: SignedIn, view: Overview, current: str) -> dict[str, Any]:
    """What stands around every tab of a plan: facts, figures, tabs, actions."""
    plan = view.plan
    members = list(plan.leading_group.all())
    last = read.trail_of(plan).first()
    return {
        "plan": plan,
        "view": view,
        "caps": read.caps_on(plan, request.actor, ON_PLAN),
        "group": group_in_short(members),
        "members": members,
        "last": last,
        "tabs": [
            {
                "label": tab.label,
                "url": reverse(tab.url_name, args=[plan.pk]),
                "icon": tab.icon,
                "count": tab.count(plan, request.actor) if tab.count else None,
                "current": tab.url_name == current,
            }
            for tab in tabs.tabs_for(plan, request.actor)
        ],
    }


def group_in_short(members: Iterable) -> str:
    """组长 2 人，成员 9 人."""
    counts: dict[str, int] = {}
    for member in members:
        counts[member.duty] = counts.get(member.duty, 0) + 1
    return _("，").join(_("%(duty)s %(n)d 人") % {"duty": duty, "n": n} for duty, n in counts.items())


@dataclass
class Line:
    """A row of the tree as it is drawn."""

    branch: Branch
    level: int
    who: str
    elapsed: int | None
    href: str
    toggle: str = ""
    is_open: bool = False

    @property
    def tone(self) -> str:
        """Leaves take the tone of their light, roll-ups stay in the primary colour."""
        return self.branch.tally.worst if self.branch.is_leaf else ""

    @property
    def troubled(self) -> int:
        """How many stand under the worst light, where that says more than the light alone."""
        return self.branch.tally.lights[self.branch.tally.worst]


class Tree:
    """The rows of a plan's tree that the address asks for (清单树).

    `level` opens down to a level, `flip` turns single branches round; filters show what fits with all above it.
    """

    def __init__(self, request: SignedIn, view: Overview):
        self.request, self.view, self.query = request, view, request.GET
        self.given = read.given_under(view.plan, request.actor)
        units = list(
            self.given.values_list("unit_id", "unit__short_name")
            .order_by("unit__sort_order", "unit__pinyin", "unit_id")
            .distinct()[: FEW_UNITS + 1]
        )
        few = units if len(units) <= FEW_UNITS else []
        self.form = TreeFilter(self.query, counts=view.total.lights, units=few, many=len(units))
        self.asked = self.form.wanted()
        self.who = read.who_leads(view.plan, view.roots)
        self.level = as_whole(self.query.get("level"))
        self.flipped = set(as_wholes(self.query.get("flip", "").split(",")))
        self.roots = self._fitting() if self.asked else view.roots

    def lines(self) -> Iterator[Line]:
        begins_on = read.begins(self.view.plan)
        today = clock.today()

        def walk(branches: Iterable[Branch], level: int) -> Iterator[Line]:
            for branch in branches:
                key = branch.item.pk
                is_open = bool(self.asked) or self._is_open(branch, level)
                past = None
                if not branch.is_leaf or branch.tally.worst == "r":
                    past = elapsed(begins_on, branch.due_on, today)
                toggle = self._flip(key) if branch.parts and not self.asked else ""
                yield Line(branch, level, self.who.get(key, ""), past, self._href(branch), toggle, is_open)
                if is_open:
                    yield from walk(branch.parts, level + 1)

        return walk(self.roots, 1)

    def levels(self) -> list[tuple[str, str, bool]]:
        """The switch between levels: label, address, whether it is on."""
        return [
            (f"{name} {n}", with_query(self.query, level=depth, flip=None), self.level == depth)
            for depth, name, n in self.view.levels
        ]

    def is_empty(self) -> bool:
        return not self.roots

    def clear_url(self) -> str:
        return self.request.path

    def _is_open(self, branch: Branch, level: int) -> bool:
        if self.level:
            usual = level < self.level
        elif level == 1:
            usual = sum(1 for root in self.view.roots for _one in root.walk()) <= FEW_ROWS or bool(
                branch.tally.lights["r"]
            )
        else:
            usual = bool(branch.tally.lights["r"])
        return usual != (branch.item.pk in self.flipped)

    def _flip(self, key: int) -> str:
        flipped = sorted(self.flipped ^ {key})
        return with_query(self.query, flip=",".join(map(str, flipped)) or None)

    def _href(self, branch: Branch) -> str:
        if branch.tally.only_id:
            return reverse("assignment", args=[branch.tally.only_id])
        return reverse("plan-work", args=[self.view.plan.pk]) + f"?item={branch.item.pk}"

    def _fitting(self) -> list[Branch]:
        light, unit = self.asked.get("light", ""), self.asked.get("unit")
        text = self.asked.get("text", "")
        rows = read.chosen(self.given, Choice(light=light, unit=unit), clock.now()) if unit else None
        of_unit = set(rows.values_list("item_id", flat=True)) if rows is not None else set()
        named = set()
        if text:
            found = read.chosen(self.given, Choice(text=text), clock.now())
            named = set(found.order_by().values_list("item_id", flat=True).distinct())

        def keep(branch: Branch) -> bool:
            key = branch.item.pk
            return (
                (not light or bool(branch.tally.lights[light]))
                and (not unit or key in of_unit)
                and (not text or key in named or text in branch.item.title or text in self.who.get(key, ""))
            )

        return pruned(self.view.roots, keep)


def stage_links(request: SignedIn, now: str, actor: Any) -> list[tuple[str, str, bool]]:
    """The switch between drafts, running and closed plans."""
    stages = [("", _("全部")), *Plan.Stage.choices]
    if not has(actor, Cap.DRAFT):
        stages = [one for one in stages if one[0] != Plan.Stage.DRAFT]
    return [
        (str(label), with_query(request.GET, stage=stage or None, before=None), stage == now)
        for stage, label in stages
    ]


def column_kinds(request: SignedIn, plan: Plan, view: Overview, by: str) -> list[tuple[str, str, bool]]:
    """By what the matrix may be laid out."""
    kinds = [(str(depth), name) for depth, name, _n in view.levels[:2]]
    if plan.areas.exists():
        kinds.append(("area", _("领域")))
    now = by or ("2" if len(view.levels) > 1 else "1")
    return [
        (_("按%(what)s") % {"what": name}, with_query(request.GET, by=key, page=None), key == now)
        for key, name in kinds
    ]


def choice_of(query: QueryDict) -> Choice:
    """What the address asks for; nonsense is left out."""
    light, stage, duty = query.get("light", ""), query.get("stage", ""), query.get("duty", "")
    return Choice(
        unit=as_whole(query.get("unit")),
        item=as_whole(query.get("item")),
        area=as_whole(query.get("area")),
        light=light if light in LIGHTS else "",
        stage=stage if stage in Stage.values else "",
        duty=duty if duty in Duty.values else "",
        text=query.get("text", "")[:50].strip(),
    )


def chips(request: SignedIn, plan: Plan, choice: Choice) -> Iterator[tuple[str, str]]:
    """Each thing that narrows the list, with the address without it."""

    def without(name: str) -> str:
        return with_query(request.GET, **{name: None, "after": None})

    if choice.unit:
        unit = Unit.objects.filter(pk=choice.unit).first()
        yield _("单位：%(name)s") % {"name": unit or "—"}, without("unit")
    if choice.item:
        item = Item.objects.filter(plan=plan, pk=choice.item).first()
        yield str(item or "—"), without("item")
    if choice.area:
        area = Area.objects.filter(plan=plan, pk=choice.area).first()
        yield _("领域：%(name)s") % {"name": area or "—"}, without("area")
    if choice.light:
        yield _("灯：%(name)s") % {"name": LIGHTS[choice.light].label}, without("light")
    if choice.duty:
        yield str(Duty(choice.duty).label), without("duty")


def work_stages(request: SignedIn, choice: Choice, counts: Any) -> list[tuple[str, str, bool]]:
    """The states with their counts; empty ones are left out."""
    links = [(_("全部 %(n)s") % {"n": f"{counts.total():,}"}, None, not choice.stage)]
    links += [
        (f"{stage.label} {counts[stage]:,}", stage.value, choice.stage == stage)
        for stage in Stage
        if counts[stage] or choice.stage == stage
    ]
    return [(label, with_query(request.GET, stage=stage, after=None), on) for label, stage, on in links]


def with_query(query: QueryDict, **changes: Any) -> str:
    """The same address with some parameters changed, or taken out where None."""
    params = {name: value for name, value in query.items() if value != ""}
    params |= changes
    return "?" + urlencode({name: value for name, value in params.items() if value is not None})


def part(request: SignedIn, name: str) -> str:
    """Only the named part for htmx, the whole page otherwise."""
    return f"#{name}" if request.htmx else ""
