"""The board (驾驶舱): where things are stuck, each number with the filter of the register that lists what it counts.

No number can be stale: what was counted before is used only where it still holds (`supervision.queries.reckonings`).
tests/insight holds each number against the length of the list behind it, for every role, on random rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from django.db.models import Count, FilteredRelation, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import has, standing_of, units_within
from bihuan.supervision.models import Area, Assignment, Plan
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.queries import proposals
from bihuan.supervision.queries.figures import ByPlace, Figures, figures, month_ends, reckon, week_ends
from bihuan.supervision.queries.lights import conditions
from bihuan.supervision.queries.reckonings import figures_below
from bihuan.supervision.queries.registers import Filter, register
from bihuan.supervision.rungs import HEIGHTS, Step

COLUMNS = 20  # units side by side in the heat matrix; of more, those with most in work
WATCHED = 8
LOOKED_AT = 1000  # of all that is overdue, for the oldest of each of a few units


@dataclass(frozen=True)
class Scope:
    """What the board is about: a unit with everything below it or, `alone`, without; and perhaps one plan."""

    actor: Actor
    unit: Unit
    plan: Plan | None = None
    alone: bool = False

    def asked(self, name: str = "", **more: object) -> Filter:
        """The register's filter for a figure, or for anything else, of this part of it."""
        wanted = self.lists[name] if name else Filter()
        part = {"unit": self.unit.pk} if self.alone else {"under": self.unit.pk}
        return replace(wanted, **part, plan=self.plan.pk if self.plan else None, **more)  # type: ignore[arg-type]

    @cached_property
    def lists(self) -> Mapping[str, Filter]:
        return figures(clock.today())

    @cached_property
    def rows(self) -> AssignmentQuerySet:
        return register(self.actor, self.asked())

    @cached_property
    def is_overseen(self) -> bool:
        """Whether the reader sees everything below the unit."""
        return standing_of(self.actor).oversees(self.unit.pk, Cap.VIEW)

    @property
    def holds_all(self) -> bool:
        """Whether every assignment given under the unit belongs to this part."""
        return not self.alone and self.plan is None and self.is_overseen


@dataclass(frozen=True)
class Tile:
    """A figure (数字) and the list it counts."""

    key: str
    count: int
    asked: Filter


@dataclass
class Place:
    """A unit with everything below it (下级单位)."""

    unit: Unit
    figures: Figures = field(default_factory=Figures)
    oldest_at: datetime | None = None  # the longest overdue deadline, where it was asked for

    def number(self, name: str) -> int:
        """One of the figures; not by brackets, which a template would try before any attribute."""
        return self.figures.counts[name]

    @property
    def in_work(self) -> int:
        return self.number("open")

    @property
    def overdue(self) -> int:
        return self.number("r")

    @property
    def near(self) -> int:
        return self.number("near")

    @property
    def steady(self) -> int:
        return self.in_work - self.overdue - self.near

    @property
    def rate(self) -> float | None:
        return rate(self.number("punctual"), self.number("finished"))

    @property
    def is_any(self) -> bool:
        return bool(self.in_work or self.number("finished") or self.number("written_off"))

    def overdue_days(self, today: date) -> int | None:
        return (today - clock.office_day(self.oldest_at)).days if self.oldest_at else None


@dataclass(frozen=True)
class Board:
    """Everything counted for a scope at one moment."""

    scope: Scope
    whole: Figures
    places: list[Place]  # the units directly below that were given anything

    def tile(self, name: str) -> Tile:
        return Tile(name, self.whole.counts[name], self.scope.asked(name))

    @property
    def tiles(self) -> dict[str, Tile]:
        return {name: self.tile(name) for name in self.scope.lists}

    @property
    def kinds(self) -> dict[str, list[Place]]:
        """The units below by their kind; offices act for their authority and stand with it."""
        found: dict[str, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.unit.kind, []).append(place)
        order = list(UnitKind.values)
        return dict(sorted(found.items(), key=lambda one: order.index(one[0])))


def counted(scope: Scope) -> Board:
    """Count it: from what holds of each unit where all of it is in sight, else from the rows in sight."""
    at = clock.now()
    below = {} if scope.alone else {unit.pk: unit for unit in _below(scope)}
    kept = scope.holds_all
    found = figures_below(scope.unit.pk, at) if kept else reckon(scope.rows, ByPlace(tuple(below)), at)
    whole = Figures()
    for one in found.values():
        whole.add(one)
    places = [Place(unit, found[pk]) for pk, unit in below.items() if pk in found]
    return Board(scope, whole, [place for place in places if place.is_any])


def rate(part: int, whole: int) -> float | None:
    """Per cent with one decimal; nothing where there is nothing to divide by."""
    return round(100 * part / whole, 1) if whole else None


def ordered(found: Sequence[Place], by: str) -> list[Place]:
    """As the authority orders its units, or by what is overdue, or by the rate on time, the lowest first."""
    if by == "overdue":
        return sorted(found, key=lambda place: (-place.overdue, -place.near, -place.in_work))
    if by == "rate":
        return sorted(
            found, key=lambda place: (place.rate is None, place.rate or 0.0, -place.number("finished"))
        )
    return list(found)


def worth_watching(found: Iterable[Place]) -> list[Place]:
    """Those with something overdue, the most first."""
    late = [place for place in found if place.overdue]
    return sorted(late, key=lambda place: (-place.overdue, -place.near))[:WATCHED]


def note_oldest(scope: Scope, places: Sequence[Place]) -> None:
    """Give each of a few places its longest overdue deadline: the first in the order of the deadlines."""
    keys, at = [place.unit.pk for place in places], clock.now()
    found = _oldest_of_all(keys, at) if keys and scope.holds_all else {}
    if missed := [pk for pk in keys if pk not in found]:
        inside = scope.rows.overdue(at).filter(unit__lineage__ancestor=OuterRef("pk"))
        first = Subquery(inside.order_by("due_at").values("due_at")[:1])
        found |= dict(Unit.objects.filter(pk__in=missed).annotate(first=first).values_list("pk", "first"))
    for place in places:
        place.oldest_at = found.get(place.unit.pk)


def _oldest_of_all(units: Sequence[int], at: datetime) -> dict[int, datetime]:
    """The longest overdue deadline under some units, of those that are among the longest overdue of all.

    Where a unit is wide one of its own comes early in the order of all deadlines, and to read all of its own would
    take the longest of everything on the page.
    """
    oldest = Assignment.objects.overdue(at).order_by("due_at", "pk").values("pk")[:LOOKED_AT]
    inside = Assignment.objects.filter(pk__in=oldest, unit__lineage__ancestor__in=units)
    return dict(inside.values_list("unit__lineage__ancestor").annotate(first=Min("due_at")))


# Areas × units


@dataclass
class Heat:
    """The areas of a plan against the units side by side (领域 × 单位)."""

    units: list[Unit]
    areas: list[Area]
    cells: dict[tuple[int, int], Counter[str]]  # (area, unit)

    def rows(self) -> list[tuple[Area, list[tuple[Unit, Counter[str] | None]], int]]:
        return [
            (
                area,
                [(unit, self.cells.get((area.pk, unit.pk))) for unit in self.units],
                sum(self.cells.get((area.pk, unit.pk), Counter()).total() for unit in self.units),
            )
            for area in self.areas
        ]


def heat(scope: Scope, found: Sequence[Place]) -> Heat | None:
    """The lights of the plan's areas, unit by unit; nothing where there is nothing to show."""
    areas = list(scope.plan.areas.order_by("position", "pk")) if scope.plan else []
    if not areas or not found:
        return None
    shown = sorted(found, key=lambda place: -place.in_work)[:COLUMNS]
    chosen = {place.unit.pk: place.unit for place in found if place in shown}
    home = FilteredRelation("unit__lineage", condition=Q(unit__lineage__ancestor__in=chosen))
    lights = {f"n_{key}": Count("pk", filter=q) for key, q in conditions(clock.now()).items()}
    inside = scope.rows.filter(item__area__isnull=False).live().order_by().annotate(home=home)
    cells: dict[tuple[int, int], Counter[str]] = {}
    for row in inside.values("home__ancestor", "item__area_id").annotate(**lights):
        if row["home__ancestor"] is not None:
            counts = {key.removeprefix("n_"): row[key] for key in lights if row[key]}
            cells[row["item__area_id"], row["home__ancestor"]] = Counter(counts)
    return Heat(list(chosen.values()), areas, cells) if cells else None


# Over time


@dataclass(frozen=True)
class Point:
    """How many were late and not handed in at the end of a day (逾期走势), see `marks.was_late`."""

    day: date
    tile: Tile

    @property
    def overdue(self) -> int:
        return self.tile.count


def trend(board: Board, by: str = "week") -> list[Point]:
    """The ends of the last weeks or months, and today."""
    today, whole = clock.today(), board.whole
    ends, late = (
        (month_ends(today), whole.late_by_month) if by == "month" else (week_ends(today), whole.late_by_week)
    )
    days = [*zip(ends, late, strict=True), (today, whole.counts["late"])]
    return [Point(day, Tile("late", n, board.scope.asked("late", late_on=day))) for day, n in days]


def more_than_before(points: Sequence[Point]) -> int:
    """How many more are late today than at the end of last week; fewer where negative."""
    return points[-1].overdue - points[-2].overdue


# The ladder, and what waits for somebody's word


def ladder(board: Board) -> list[tuple[Step, Tile]]:
    """How many duties stand at which rung of the ladder; a step that hardly any ladder has only where it counts."""
    steps = [(step, board.tile(f"rung_{step}")) for step in HEIGHTS]
    return [(step, tile) for step, tile in steps if tile.count or step != Step.CALL]


def proposed(scope: Scope) -> tuple[int, proposals.Asked] | None:
    """The proposals (拟办) about this part that the reader's authority decides; None where they decide nothing."""
    if not has(scope.actor, Cap.URGE):
        return None
    asked = _proposals_about(scope)
    return proposals.proposals(scope.actor, asked).count(), asked


def proposed_by_place(scope: Scope, places: Sequence[Place]) -> dict[int, int]:
    """The same for each of some places: what stands under it and everything below it."""
    if not places or not has(scope.actor, Cap.URGE):
        return {}
    rows = proposals.proposals(scope.actor, _proposals_about(scope))
    inside = rows.filter(unit__lineage__ancestor__in=[place.unit.pk for place in places]).order_by()
    return dict(inside.values_list("unit__lineage__ancestor").annotate(n=Count("pk")))


def _proposals_about(scope: Scope) -> proposals.Asked:
    return proposals.Asked(plan=scope.plan.pk if scope.plan else None, unit=scope.unit.pk)


# What can be chosen


def plans_in(scope: Scope) -> list[Plan]:
    """The plans under which something in this part was given, the newest first."""
    part = replace(scope, plan=None)
    given = part.rows.filter(item__plan=OuterRef("pk"))
    one = Subquery(
        given.order_by().values("pk")[:1]
    )  # a plan is asked for one row, not all rows for their plans
    return list(Plan.objects.filter(IsNull(one, False)).order_by("-issued_at", "-pk")[:50])


def with_areas(plans: Sequence[Plan]) -> Plan | None:
    """The newest of them that is divided into areas."""
    divided = set(Area.objects.filter(plan__in=plans).values_list("plan", flat=True))
    return next((plan for plan in plans if plan.pk in divided), None)


def _below(scope: Scope) -> QuerySet[Unit]:
    seen = Unit.objects.all() if scope.is_overseen else units_within(scope.actor, Cap.VIEW)
    return (
        seen.exclude(kind=UnitKind.EXTERNAL)
        .filter(parent=scope.unit, ends_on__isnull=True)
        .order_by("sort_order", "pk")
    )
