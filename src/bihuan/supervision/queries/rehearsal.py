"""Rehearsal before issue (下发预演): what each unit would get, and what that meets with. Nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce, TruncWeek

from bihuan.kernel import clock
from bihuan.org.groups import members_of
from bihuan.org.models import Unit, UnitKind
from bihuan.org.queries import unheld_in
from bihuan.org.roles import Cap
from bihuan.supervision.dues import DueRule
from bihuan.supervision.models import Assignment, Dispatch, Item, Plan
from bihuan.supervision.periods import period_of
from bihuan.supervision.queries.dues import Share, shares_of
from bihuan.supervision.queries.readiness import Gap, gaps_of
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.rules import Cycle, Duty
from bihuan.workdays.queries import Caution, warnings, warnings_for
from bihuan.workdays.rules import explain

ALIKE = 0.6
"""From which share of common pairs of characters two titles are shown as near the same (C): a hint for people."""
CROWDED = 3
"""From how many duties due in one week a unit's week is pointed out (C)."""


@dataclass(frozen=True)
class Given:
    """One assignment to be: which item, as what, until when."""

    item_id: int
    duty: str
    due_on: date | None


@dataclass(frozen=True)
class Spread:
    """How a group unfolds in one item."""

    item: str
    group: str
    units: int


@dataclass(frozen=True)
class Collision:
    """A week in which a unit has much to finish: what is new, and what it has already."""

    unit_id: int
    unit: str
    week: date
    new: int
    open: int

    @property
    def total(self) -> int:
        return self.new + self.open

    @property
    def until(self) -> date:
        return self.week + timedelta(days=6)


@dataclass(frozen=True)
class Twin:
    """An open matter that says the same, or nearly, as an item of the draft, for so many of the same units."""

    item: str
    other: str
    other_id: int
    plan: str
    units: int
    likeness: int  # per cent


@dataclass(frozen=True)
class Load:
    """What one unit would get."""

    unit_id: int
    unit: str
    leads: int
    assists: int
    open: int

    @property
    def total(self) -> int:
        return self.leads + self.assists


@dataclass(frozen=True)
class DoubtfulDay:
    """A day on which items of the draft fall due although something speaks against it; nothing is moved."""

    day: date
    items: int
    cautions: list[Caution]


@dataclass(frozen=True)
class Reckoned:
    """What a span comes to on the days of some of the units (限时推算): the date, why, and what speaks against it."""

    item: str
    rule: DueRule
    where: str  # the region whose days differ; empty: everywhere else
    units: int
    due_at: datetime
    why: str
    provisional: bool
    cautions: list[Caution]


@dataclass
class Rehearsal:
    plan: Plan
    gaps: list[Gap]
    items: int
    leads: int
    assists: int
    loads: list[Load]
    spreads: list[Spread]
    collisions: list[Collision]
    twins: list[Twin]
    vacant: list[Unit]
    external: list[Unit]
    busiest: list[tuple[date, int]] = field(default_factory=list)
    doubtful: list[DoubtfulDay] = field(default_factory=list)
    reckoned: list[Reckoned] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.leads + self.assists


def rehearse(plan: Plan) -> Rehearsal:
    """What issuing the draft today would do. The queries do not grow with the number of units."""
    today = clock.today()
    leaves = list(
        plan.items.leaves().prefetch_related("targets__unit", "targets__group__owner").order_by("position")
    )
    regime = regime_of(plan.issuer)
    given, spreads, reckoned = _unfold(plan, leaves, regime, today)
    units = Unit.objects.select_related("parent").in_bulk(list(given))
    open_now = _open_counts(given)
    loads = [
        Load(
            pk,
            units[pk].short_name,
            sum(one.duty == Duty.LEAD for one in duties),
            sum(one.duty == Duty.ASSIST for one in duties),
            sum(open_now.get(pk, {}).values()),
        )
        for pk, duties in given.items()
        if pk in units
    ]
    external = [unit for unit in units.values() if unit.kind == UnitKind.EXTERNAL]
    inside = [pk for pk, unit in units.items() if unit.kind != UnitKind.EXTERNAL]
    unheld = unheld_in(inside, Cap.SIGN_FOR)
    weeks = Counter(_week(one.due_on) for duties in given.values() for one in duties if one.due_on)
    return Rehearsal(
        plan=plan,
        gaps=gaps_of(plan),
        items=len(leaves),
        leads=sum(load.leads for load in loads),
        assists=sum(load.assists for load in loads),
        loads=sorted(loads, key=lambda load: (-load.total, -load.open, load.unit)),
        spreads=spreads,
        collisions=_collisions(given, open_now, units),
        twins=_twins(leaves, given),
        vacant=sorted((units[pk] for pk in unheld), key=lambda unit: unit.pinyin),
        external=external,
        busiest=sorted(weeks.items()),
        doubtful=_doubtful(leaves, regime.region, {unit.region_code for unit in units.values()}),
        reckoned=reckoned,
    )


def _doubtful(leaves: Iterable[Item], region: str | None, schools_in: Iterable[str]) -> list[DoubtfulDay]:
    """The days off, school vacations and unpublished years that deadlines of the draft fall into."""
    items = Counter(item.due_on for item in leaves if item.due_on)
    found = warnings_for(items, region, schools_in=schools_in)
    return [DoubtfulDay(day, items[day], cautions) for day, cautions in found.items() if cautions]


def _unfold(
    plan: Plan, leaves: Sequence[Item], regime: Regime, today: date
) -> tuple[dict[int, list[Given]], list[Spread], list[Reckoned]]:
    """Every assignment to be by unit, as `issue_plan` would make them, how the groups unfold, what spans come to."""
    reckoned: list[Reckoned] = []
    given: dict[int, list[Given]] = defaultdict(list)
    spreads: list[Spread] = []
    members: dict[int, list[int]] = {}
    for item in leaves:
        due_on = _due_on(item, plan, regime, today)
        days: dict[int, date] = {}
        taken: set[int] = set()
        for duty in (Duty.LEAD, Duty.ASSIST):
            if duty == Duty.ASSIST:
                days, due_on = {}, _early(next(iter(days.values()), due_on), regime)
            mine: list[int] = []
            for target in sorted(item.targets.all(), key=lambda one: one.pk):
                if target.duty != duty:
                    continue
                units = [target.unit_id] if target.unit_id else []
                if target.group:
                    if target.group.pk not in members:
                        found = members_of(target.group, today)
                        members[target.group.pk] = list(found.values_list("pk", flat=True))
                    units = members[target.group.pk]
                    spreads.append(Spread(str(item), target.group.name, len(units)))
                for unit in units:
                    if unit not in taken:
                        taken.add(unit)
                        mine.append(unit)
            if duty == Duty.LEAD and item.lasts is not None and mine:
                shares = shares_of(item.lasts, mine, at=clock.now(), issued_on=plan.source.issued_on)
                days = {pk: clock.office_day(share.due_at) for share in shares for pk in share.unit_ids}
                reckoned += (_reckoned(item, item.lasts, share) for share in shares)
            for unit in mine:
                given[unit].append(Given(item.pk, duty, days.get(unit, due_on)))
    return dict(given), spreads, reckoned


def _early(due_on: date | None, regime: Regime) -> date | None:
    """When those who assist would be due."""
    return clock.office_day(regime.assist_due(clock.now(), clock.end_of(due_on))) if due_on else None


def _reckoned(item: Item, rule: DueRule, share: Share) -> Reckoned:
    day = clock.office_day(share.due_at)
    named = Unit.objects.filter(region_code=share.region).order_by("pk") if share.is_local else []
    return Reckoned(
        str(item),
        rule,
        next((unit.short_name for unit in named), share.region if share.is_local else ""),
        len(share.unit_ids),
        share.due_at,
        explain(share.rule),
        share.provisional,
        warnings(day, share.region or None),
    )


def _due_on(item: Item, plan: Plan, regime: Regime, today: date) -> date | None:
    """The deadline with which the item would go out, of a long-term one that of its present period."""
    if not item.long_term:
        return item.due_on  # none for a span: `_unfold` reckons it for each unit
    cycle = item.cycle or plan.cycle
    if cycle == Cycle.NONE:
        return None
    return regime.calendar.plus_workdays(period_of(cycle, today).last_on, regime["period.due_workdays"])


def _open_counts(given: Mapping[int, Sequence[Given]]) -> dict[int, Counter[date]]:
    """How many open assignments each of the units has that fall due in each week."""
    rows = (
        Assignment.objects.open()
        .filter(unit__in=list(given))
        .annotate(week=TruncWeek("due_at", tzinfo=clock.OFFICE_TZ))
        .order_by()
        .values_list("unit_id", "week")
        .annotate(n=Count("pk"))
    )
    found: dict[int, Counter[date]] = defaultdict(Counter)
    for unit, week, n in rows:
        found[unit][week.astimezone(clock.OFFICE_TZ).date()] += n
    return found


def _collisions(
    given: Mapping[int, Sequence[Given]], open_now: Mapping[int, Counter[date]], units: Mapping[int, Unit]
) -> list[Collision]:
    """The crowded weeks of the units, the worst first: something new on top of what is there, or much that is new."""
    found = []
    for pk, duties in given.items():
        weeks = Counter(_week(one.due_on) for one in duties if one.due_on)
        for week, new in weeks.items():
            there = open_now.get(pk, Counter())[week]
            if pk in units and (there or new >= CROWDED):
                found.append(Collision(pk, units[pk].short_name, week, new, there))
    return sorted(found, key=lambda one: (-one.total, one.week, one.unit))


def _twins(leaves: Sequence[Item], given: Mapping[int, Sequence[Given]]) -> list[Twin]:
    """Open matters of the same units that read alike, the likest first."""
    units_of: dict[int, set[int]] = defaultdict(set)
    for unit, duties in given.items():
        for one in duties:
            units_of[one.item_id].add(unit)
    rows = (
        Assignment.objects.open()
        .filter(unit__in=list(given))
        .order_by()
        .values("item_id", "item__title", "item__plan__title")
        .distinct()
    )
    others = {row["item_id"]: row for row in rows}
    index: dict[str, list[int]] = defaultdict(list)
    pairs = {pk: _pairs(row["item__title"]) for pk, row in others.items()}
    for pk, its in pairs.items():
        for pair in its:
            index[pair].append(pk)
    near: dict[tuple[int, int], float] = {}
    for item in leaves:
        mine = _pairs(item.title)
        shared = Counter(pk for pair in mine for pk in index.get(pair, ()))
        for pk, n in shared.items():
            likeness = 2 * n / (len(mine) + len(pairs[pk]))
            if likeness >= ALIKE:
                near[item.pk, pk] = likeness
    return _told(leaves, others, near, units_of)


def _told(
    leaves: Sequence[Item],
    others: Mapping[int, Mapping],
    near: Mapping[tuple[int, int], float],
    units_of: Mapping[int, set[int]],
) -> list[Twin]:
    """Only those that the same unit would have twice."""
    holders: dict[int, set[int]] = defaultdict(set)
    rows = Assignment.objects.open().filter(item__in={other for _mine, other in near})
    for item, unit in rows.values_list("item_id", "unit_id"):
        holders[item].add(unit)
    titles = {item.pk: str(item) for item in leaves}
    found = [
        Twin(
            titles[mine],
            others[other]["item__title"],
            other,
            others[other]["item__plan__title"] or "",
            len(units_of[mine] & holders[other]),
            round(100 * likeness),
        )
        for (mine, other), likeness in near.items()
        if units_of[mine] & holders[other]
    ]
    return sorted(found, key=lambda one: (-one.likeness, -one.units, one.item))


def _pairs(title: str) -> set[str]:
    """The pairs of neighbouring characters of a title, without blanks and punctuation."""
    plain = [char for char in title if char.isalnum()]
    return {a + b for a, b in pairwise(plain)} or set(plain)


def _week(day: date) -> date:
    """The Monday of the week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Progress:
    """How far a mass dispatch has got (下发进度)."""

    served: int
    waiting: int

    @property
    def total(self) -> int:
        return self.served + self.waiting

    @property
    def is_done(self) -> bool:
        return not self.waiting

    @property
    def percent(self) -> int:
        return 100 * self.served // self.total if self.total else 100


def progress_of(plan: Plan) -> Progress:
    """Who has been served and who is still to be."""
    left = Dispatch.objects.filter(item__plan=plan).aggregate(n=Sum(Coalesce("pending__len", 0)))["n"]
    return Progress(Assignment.objects.filter(item__plan=plan).count(), left or 0)


def waiting_dispatches(plan: Plan) -> list[int]:
    """The dispatches of the plan that are not done."""
    return list(Dispatch.objects.filter(item__plan=plan).exclude(pending=[]).values_list("pk", flat=True))
