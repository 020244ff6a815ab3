"""Plans as their pages show them: the list of plans, one plan's tree, matrix, timeline, signing and history."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.ledger.rules import stream_of
from bihuan.org.models import Person, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.models import Assignment, Item, Milestone, Plan, Target
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.models.plans import PlanQuerySet
from bihuan.supervision.queries.rollups import (
    Branch,
    Tally,
    branches,
    elapsed,
    light_at,
    standing,
    tallies,
    total_of,
)
from bihuan.supervision.rules import Duty, Stage

PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """Which plans a reader asks for."""

    stage: str = ""
    year: int | None = None
    issuer: int | None = None
    line: int | None = None
    text: str = ""


def plans_for(actor: Actor, wanted: Wanted = Wanted()) -> PlanQuerySet:
    """The plans the actor may see, newest first."""
    plans = Plan.objects.within(actor, Cap.VIEW).select_related("source", "issuer", "office", "line")
    plans = plans.annotate(year=_year()).order_by("-pk")
    if wanted.stage:
        plans = plans.filter(stage=wanted.stage)
    if wanted.year:
        plans = plans.filter(year=wanted.year)
    if wanted.issuer:
        plans = plans.filter(issuer=wanted.issuer)
    if wanted.line:
        plans = plans.filter(line=wanted.line)
    if wanted.text:
        plans = plans.filter(Q(title__icontains=wanted.text) | Q(source__number__icontains=wanted.text))
    return plans


def own_plans(actor: Actor) -> PlanQuerySet:
    """The plans whose whole list the actor may see: of units in sight, not merely with duties for theirs."""
    where = units_where(actor, Cap.VIEW)
    return Plan.objects.filter(Q(issuer__in=where) | Q(office__in=where))


@dataclass
class PlanLine:
    """A plan in the list of plans with what has become of it."""

    plan: Plan
    leaves: int
    tally: Tally
    elapsed: int | None


def plan_lines(plans: Sequence[Plan], actor: Actor) -> list[PlanLine]:
    """The plans with their figures, in two queries for a whole page."""
    items = Item.objects.filter(plan__in=plans, withdrawn_on__isnull=True).only("plan", "parent", "position")
    given = Assignment.objects.within(actor, Cap.VIEW).filter(item__plan__in=plans)
    found = tallies(given, clock.now())
    grown: dict[int, list[Item]] = {}
    for item in items.order_by("plan", "position"):
        grown.setdefault(item.plan_id, []).append(item)
    lines = []
    for plan in plans:
        roots = branches(grown.get(plan.pk, []), found)
        leaves = sum(root.leaves for root in roots)
        past = elapsed(plan.starts_on, plan.ends_on, clock.today())
        lines.append(PlanLine(plan, leaves, total_of(roots), past))
    return lines


def caps_on(plan: Plan, actor: Actor, caps: Collection[str]) -> set[str]:
    """Which of these the actor may do with the plan, in one query."""
    asked = {f"may_{cap}": Exists(Plan.objects.within(actor, cap).filter(pk=OuterRef("pk"))) for cap in caps}
    row = Plan.objects.filter(pk=plan.pk).annotate(**asked).values(*asked).first() or {}
    return {cap for cap in caps if row.get(f"may_{cap}")}


def given_under(plan: Plan, actor: Actor) -> AssignmentQuerySet:
    """The assignments of a plan that the actor may see."""
    return Assignment.objects.within(actor, Cap.VIEW).filter(item__plan=plan)


@dataclass
class Overview:
    """A plan's list with its figures (清单总览). `ours` is unset for a unit that merely has duties under it."""

    plan: Plan
    ours: bool
    roots: list[Branch]
    total: Tally
    elapsed: int | None
    levels: list[tuple[int, str, int]] = field(default_factory=list)  # depth, its name, how many items

    @property
    def leaves(self) -> int:
        return sum(root.leaves for root in self.roots)

    @property
    def leaf_name(self) -> str:
        """What the plan calls its lowest items."""
        return self.levels[-1][1] if self.levels else ""

    @property
    def behind(self) -> int | None:
        """By how many points progress is behind the time that is over; negative when ahead."""
        if self.elapsed is None or self.total.percent is None:
            return None
        return self.elapsed - self.total.percent


def overview(plan: Plan, actor: Actor) -> Overview:
    """The whole tree with tallies: three queries, whatever the number of assignments."""
    ours = own_plans(actor).filter(pk=plan.pk).exists()
    given = given_under(plan, actor)
    items = plan.items.filter(withdrawn_on__isnull=True).select_related("area")
    found = tallies(given, clock.now())
    roots = branches(items.order_by("position"), found)
    if not ours:
        roots = _concerning(roots)
    depths = Counter(branch.item.depth for root in roots for branch in root.walk())
    levels = [(depth, level_name(plan, depth), depths[depth]) for depth in sorted(depths)]
    begins_on = begins(plan)
    past = elapsed(begins_on, plan.ends_on or _last_day(roots), clock.today())
    return Overview(plan, ours, roots, total_of(roots), past, levels)


def level_name(plan: Plan, depth: int) -> str:
    """What the plan calls its items of a level; the last name serves for all deeper ones."""
    names = plan.level_names or [""]
    return names[min(depth, len(names)) - 1]


def begins(plan: Plan) -> date | None:
    """From when on the plan's time is counted."""
    return plan.starts_on or (clock.office_day(plan.issued_at) if plan.issued_at else None)


def _year() -> Coalesce:
    return Coalesce("starts_on__year", "source__issued_on__year", "issued_at__year")


def _concerning(roots: Iterable[Branch]) -> list[Branch]:
    """Only what the reader's unit has to do with; the sums are then of that alone, as `within` saw to."""
    kept = []
    for branch in roots:
        if branch.tally.total:
            kept.append(Branch(branch.item, _concerning(branch.parts), branch.tally))
    return kept


def _last_day(roots: Sequence[Branch]) -> date | None:
    return max(filter(None, (branch.due_on for root in roots for branch in root.walk())), default=None)


def who_leads(plan: Plan, roots: Iterable[Branch]) -> dict[int, str]:
    """For each item whom to name as responsible: the one unit that has it, else what the document says, in short."""
    written: dict[int, list[str]] = {}
    targets = Target.objects.filter(item__plan=plan, duty=Duty.LEAD).order_by("pk")
    for item, name, unit, group in targets.values_list(
        "item_id", "written", "unit__short_name", "group__name"
    ):
        written.setdefault(item, []).append(unit or group or name)
    found: dict[int, str] = {}
    for root in roots:
        _name_leads(root, written, found)
    return found


def _name_leads(branch: Branch, written: dict[int, list[str]], found: dict[int, str]) -> list[str]:
    """Names the leads of a branch and returns all of them, the most frequent first."""
    below = Counter(name for part in branch.parts for name in _name_leads(part, written, found))
    names = written.get(branch.item.pk) or [name for name, _n in below.most_common()]
    if branch.is_leaf and branch.tally.leads == 1:
        names = [branch.tally.lead_unit]
    units = branch.tally.leads if branch.is_leaf else len(names)
    found[branch.item.pk] = _in_short(names, units)
    return names


def _in_short(names: Sequence[str], units: int) -> str:
    if len(names) <= 1:
        name = names[0] if names else ""
        return _("%(name)s（%(n)d 家）") % {"name": name, "n": units} if units > 1 else name
    return _("%(name)s等 %(n)d 家") % {"name": names[0], "n": max(units, len(names))}


@dataclass(frozen=True)
class Choice:
    """Which assignments of a plan a reader asks for: what a number, a cell or a filter leads to."""

    unit: int | None = None
    item: int | None = None  # with everything below it
    area: int | None = None
    light: str = ""
    stage: str = ""
    duty: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Choice()


def chosen(given: AssignmentQuerySet, choice: Choice, at: datetime) -> AssignmentQuerySet:
    """The standing assignments that are asked for; every number of the pages counts rows of this."""
    rows = standing(given)
    if choice.unit:
        rows = rows.filter(unit=choice.unit)
    if choice.item:
        rows = rows.filter(item__in=_branch_ids(choice.item))
    if choice.area:
        rows = rows.filter(item__area=choice.area)
    if choice.stage:
        rows = rows.filter(stage=choice.stage)
    if choice.duty:
        rows = rows.filter(duty=choice.duty)
    if choice.text:
        rows = rows.filter(Q(unit__name__icontains=choice.text) | Q(item__title__icontains=choice.text))
    rows = rows.annotate(light_letter=light_at(at))
    return rows.filter(light_letter=choice.light) if choice.light else rows


STAGE_RANK = {stage: rank for rank, stage in enumerate(Stage)}


def by_state(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    """Whoever has not signed first, then step by step to the end, within a step by deadline (R13)."""
    rank = Case(
        *(When(stage=stage, then=Value(n)) for stage, n in STAGE_RANK.items()), output_field=IntegerField()
    )
    return rows.annotate(rank=rank).select_related("item", "unit").order_by("rank", "due_at", "pk")


def page_after(rows: AssignmentQuerySet, after: Assignment | None, size: int) -> list[Assignment]:
    """The rows of `by_state` behind one that was shown, one more than asked for if there are further ones."""
    if after is not None:
        rank = STAGE_RANK[Stage(after.stage)]
        later = Q(due_at__gt=after.due_at) | Q(due_at=after.due_at, pk__gt=after.pk)
        rows = rows.filter(Q(rank__gt=rank) | Q(rank=rank) & later)
    return list(rows[: size + 1])


def stages_of(rows: AssignmentQuerySet) -> Counter[str]:
    """How many assignments are in each stage."""
    return Counter(dict(rows.order_by().values_list("stage").annotate(n=Count("pk"))))


def _branch_ids(item_id: int) -> list[int]:
    """An item and everything below it."""
    found, fresh = [item_id], [item_id]
    while fresh:
        fresh = list(Item.objects.filter(parent__in=fresh).values_list("pk", flat=True))
        found += fresh
    return found


@dataclass
class Column:
    """A column of the matrix: a branch of the list, or an area."""

    key: int
    title: str
    number: str = ""
    group: str = ""
    area: bool = False


@dataclass
class MatrixRow:
    unit_id: int
    unit: str
    cells: dict[int, Counter[str]] = field(default_factory=dict)
    overdue: int = 0
    total: int = 0


@dataclass
class Matrix:
    """Units × measures (单位矩阵). A cell counts assignments, with their worst light."""

    columns: list[Column]
    rows: list[MatrixRow]
    units: int  # how many rows there would be in all
    done: int  # units that have written off everything; hidden unless asked for


WIDE = 24  # more columns than this nobody can read
ROWS = 40


def matrix(
    plan: Plan, view: Overview, given: AssignmentQuerySet, *, by: str = "", done: bool = False, page: int = 1
) -> Matrix:
    """The units with most that is late first, a page at a time; four queries for any number of units."""
    columns, column_of = _columns(plan, view, by)
    rows = standing(given).annotate(light=light_at(clock.now())).order_by()
    per_unit = rows.values("unit_id", "unit__short_name").annotate(
        n=Count("pk"),
        late=Count("pk", filter=Q(light="r")),
        near=Count("pk", filter=Q(light__in=["yy", "y"])),
        open=Count("pk", filter=~Q(light="c")),
    )
    everybody = per_unit.count()
    busy = per_unit.filter(open__gt=0)
    finished = everybody - busy.count()
    shown = (per_unit if done else busy).order_by("-late", "-near", "-n", "unit__sort_order", "unit_id")
    shown = shown[(page - 1) * ROWS : page * ROWS]
    found = {
        row["unit_id"]: MatrixRow(
            row["unit_id"], row["unit__short_name"], overdue=row["late"], total=row["n"]
        )
        for row in shown
    }
    cells = rows.filter(unit__in=list(found)).values_list("unit_id", "item_id", "light")
    for unit, item, light, n in cells.annotate(n=Count("pk")):
        if item in column_of:
            found[unit].cells.setdefault(column_of[item], Counter())[light] += n
    return Matrix(columns, list(found.values()), everybody, finished)


def _columns(plan: Plan, view: Overview, by: str) -> tuple[list[Column], dict[int, int]]:
    """The columns, and the column of each item."""
    if by == "area":
        areas = [Column(area.pk, area.name, area=True) for area in plan.areas.all()]
        return areas, {branch.item.pk: branch.item.area_id for root in view.roots for branch in root.walk()}
    level = 1 if by == "1" else 2
    if level == 2 and sum(len(root.parts) or 1 for root in view.roots) > WIDE:
        level = 1
    columns: list[Column] = []
    column_of: dict[int, int] = {}
    for root in view.roots:
        heads = root.parts if level == 2 and root.parts else [root]
        for head in heads:
            group = root.item.title if head is not root else ""
            columns.append(Column(head.item.pk, head.item.title, head.item.number, group))
            column_of |= {branch.item.pk: head.item.pk for branch in head.walk()}
    return columns, column_of


@dataclass
class Stretch:
    """A line of the timeline: a branch over the months, with the deadlines of its leaves as marks."""

    branch: Branch
    begins_on: date
    ends_on: date
    state: str
    marks: list[tuple[date, str]]


@dataclass
class Timeline:
    first: date
    last: date
    stretches: list[Stretch]
    level: str


def timeline(plan: Plan, view: Overview) -> Timeline | None:
    """The list over months (时间轴); nothing where no item has a date."""
    level = 2 if any(root.parts for root in view.roots) else 1
    heads = [head for root in view.roots for head in (root.parts if level == 2 and root.parts else [root])]
    marks = _marks(plan)
    start = begins(plan)
    stretches = []
    for head in heads:
        ends_on = head.due_on
        begun = clock.office_day(head.tally.given_at) if head.tally.given_at else start
        if ends_on is None or begun is None:
            continue
        dates = [mark for leaf in head.walk() if leaf.is_leaf for mark in _dates(leaf, marks)]
        state = head.tally.worst or "g"
        stretches.append(Stretch(head, min(begun, ends_on), ends_on, state, sorted(dates)))
    if not stretches:
        return None
    first = min([one.begins_on for one in stretches] + ([plan.starts_on] if plan.starts_on else []))
    last = max([one.ends_on for one in stretches] + ([plan.ends_on] if plan.ends_on else []))
    return Timeline(first, last, stretches, level_name(plan, level))


def _dates(leaf: Branch, milestones: dict[int, list[tuple[date, str]]]) -> list[tuple[date, str]]:
    due = [(leaf.due_on, leaf.item.title)] if leaf.due_on else []
    return due + milestones.get(leaf.item.pk, [])


def _marks(plan: Plan) -> dict[int, list[tuple[date, str]]]:
    found: dict[int, list[tuple[date, str]]] = {}
    rows = Milestone.objects.filter(item__plan=plan).values_list("item_id", "due_on", "name")
    for item, due_on, name in rows:
        found.setdefault(item, []).append((due_on, name))
    return found


@dataclass
class Change:
    """One amendment of an issued list (调整): when, by whom, why, and what it changed."""

    edition: int
    entry: Entry
    person: str
    reason: str
    lines: list[tuple[str, Entry]]  # the item's title and what was done to it


def changes_of(plan: Plan) -> list[Change]:
    """The recorded amendments, newest first."""
    items = {stream_of(item): item for item in plan.items.all()}
    touched = Entry.objects.filter(
        stream__in=list(items), verb__in=["supervision.item.amended", "supervision.item.withdrawn"]
    )
    lines: dict[int, list[tuple[str, Entry]]] = {}
    for entry in touched.order_by("id"):
        lines.setdefault(entry.facts["edition"], []).append((str(items[entry.stream]), entry))
    amended = trail_of(plan).filter(verb="supervision.plan.amended")
    people = names_of(amended)
    return [
        Change(
            entry.facts["edition"],
            entry,
            people.get(entry.actor_id, ""),
            entry.remark.text,
            lines.get(entry.facts["edition"], []),
        )
        for entry in amended
    ]


def trail_of(plan: Plan) -> QuerySet[Entry]:
    """Everything the ledger says about the plan itself, newest first."""
    return Entry.objects.filter(stream=stream_of(plan)).select_related("remark").order_by("-position")


def names_of(entries: Iterable[Entry]) -> dict[int, str]:
    """The names of the people who acted, as they are today."""
    people = {entry.actor_id for entry in entries if entry.actor_id}
    return dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))


def issuers_for(actor: Actor) -> QuerySet[Unit]:
    """The authorities whose plans the actor may see."""
    return Unit.objects.filter(pk__in=Plan.objects.within(actor, Cap.VIEW).values("issuer")).order_by(
        "sort_order", "pinyin"
    )


def years_for(actor: Actor) -> list[int]:
    """The years of the plans the actor may see, the latest first."""
    plans = Plan.objects.within(actor, Cap.VIEW).annotate(year=_year())
    return list(plans.order_by("-year").values_list("year", flat=True).exclude(year=None).distinct())
