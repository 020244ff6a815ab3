"""The board (驾驶舱): where things are stuck, each number with the filter of the register that lists what it counts.

Nothing is cached: every figure is asked of the rows while the page is made. tests/insight holds each number against
the length of the list behind it, for every role, on random rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.db.models.lookups import IsNull

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.org.models import Lineage, Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import units_within
from bihuan.supervision.models import Area, Plan
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.queries.lights import NEAR, conditions
from bihuan.supervision.queries.registers import Filter, register
from bihuan.supervision.rules import OPEN, RUNNING, Light

WEEKS = 26
COLUMNS = 20  # units side by side in the heat matrix; of more, those with most in work
WATCHED = 8
FINISHED = ("accepted", "publicised", "written_off")


@dataclass(frozen=True)
class Scope:
    """What the board is about: a unit with everything below it, and perhaps one plan."""

    actor: Actor
    unit: Unit
    plan: Plan | None = None

    def asked(self, **more: object) -> Filter:
        """The register's filter for this part of it."""
        own = Filter(under=self.unit.pk, plan=self.plan.pk if self.plan else None)
        return replace(own, **more)  # type: ignore[arg-type]

    @cached_property
    def rows(self) -> AssignmentQuerySet:
        return register(self.actor, self.asked())


@dataclass(frozen=True)
class Tile:
    """A headline figure (数字) and the list it counts."""

    key: str
    count: int
    asked: Filter


def tiles(scope: Scope) -> dict[str, Tile]:
    """The headline figures, in three statements: over what is open, what ended this month, what was done this year."""
    at = clock.now()
    lights = conditions(at)
    open_rows = scope.rows.filter(stage__in=OPEN)
    near = lights[Light.AMBER] | lights[Light.STRONG]
    said: dict[str, tuple[Q, Filter]] = {
        "open": (Q(), scope.asked(stage="open")),
        "overdue": (lights[Light.RED], scope.asked(light=Light.RED.value)),
        "near": (near, scope.asked(light=NEAR)),
        "pending": (Q(stage__in=RUNNING, answer_by__isnull=False), scope.asked(extension="pending")),
        "review": (Q(stage="completed"), scope.asked(stage="completed")),
        "declined": (Q(stage="declined"), scope.asked(stage="declined")),
        "unsigned": (Q(stage="dispatched"), scope.asked(stage="dispatched")),
    }
    counts = open_rows.aggregate(**{key: Count("pk", filter=q) for key, (q, _asked) in said.items()})
    found = {key: Tile(key, counts[key], asked) for key, (_q, asked) in said.items()}
    month = scope.asked(stage="written_off", ended="month")
    year = scope.asked(stage="finished", completed="year")
    found["written_off"] = Tile("written_off", register(scope.actor, month).count(), month)
    on_time = Count("pk", filter=Q(completed_at__lte=F("record_due_at")))
    done = register(scope.actor, year).aggregate(n=Count("pk"), on_time=on_time)
    found["finished"] = Tile("finished", done["n"], year)
    found["punctual"] = Tile("punctual", done["on_time"], replace(year, punctual="yes"))
    return found


def rate(part: int, whole: int) -> float | None:
    """Per cent with one decimal; nothing where there is nothing to divide by."""
    return round(100 * part / whole, 1) if whole else None


# Units side by side


@dataclass
class Place:
    """A unit with everything below it (下级单位)."""

    unit: Unit
    lights: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    punctual: int = 0
    oldest: datetime | None = None  # the longest overdue deadline

    @property
    def in_work(self) -> int:
        return self.lights.total()

    @property
    def rate(self) -> float | None:
        return rate(self.punctual, self.finished)

    @property
    def overdue(self) -> int:
        return self.lights["r"]

    @property
    def near(self) -> int:
        return self.lights["y"] + self.lights["yy"]

    @property
    def steady(self) -> int:
        return self.in_work - self.overdue - self.near

    def overdue_days(self, today: date) -> int | None:
        return (today - clock.office_day(self.oldest)).days if self.oldest else None


def kinds_below(scope: Scope) -> dict[str, int]:
    """How many units of each kind lie directly below; offices act for their authority and stand with it."""
    below = _children(scope).order_by().values_list("kind").annotate(n=Count("pk"))
    order = list(UnitKind.values)
    return dict(sorted(below, key=lambda one: order.index(one[0])))


def places(scope: Scope, kind: str) -> list[Place]:
    """The units of that kind directly below, each with what it and everything below it was given, if anything was."""
    found = {unit.pk: Place(unit) for unit in _children(scope).filter(kind=kind).order_by("sort_order", "pk")}
    at = clock.now()
    lights = {key: q for key, q in conditions(at).items() if key != Light.CLOSED}
    counted: dict[str, Count | Min] = {f"n_{key}": Count("pk", filter=q) for key, q in lights.items()}
    counted["oldest"] = Min("due_at", filter=lights[Light.RED])
    home = "unit__lineage__ancestor"  # each row lies under one of them: no unit is in two places
    inside = scope.rows.filter(**{f"{home}__in": found})
    for row in inside.filter(stage__in=OPEN).order_by().values(home).annotate(**counted):
        place = found[row[home]]
        place.lights.update({key: row[f"n_{key}"] for key in lights})
        place.oldest = row["oldest"]
    done = inside.filter(stage__in=FINISHED, completed_at__gt=_before_year())
    on_time = Count("pk", filter=Q(completed_at__lte=F("record_due_at")))
    for row in done.order_by().values(home).annotate(n=Count("pk"), on_time=on_time):
        place = found[row[home]]
        place.finished += row["n"]
        place.punctual += row["on_time"]
    return [place for place in found.values() if place.in_work or place.finished]


def worth_watching(found: Iterable[Place]) -> list[Place]:
    """Those with something overdue, the most first."""
    late = [place for place in found if place.overdue]
    return sorted(late, key=lambda place: (-place.overdue, place.oldest or clock.now()))[:WATCHED]


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
    above = _homes(chosen)
    inside = scope.rows.filter(
        item__area__isnull=False,
        unit__in=Lineage.objects.filter(ancestor__in=chosen).values("descendant"),
    ).live()
    lights = {f"n_{key}": Count("pk", filter=q) for key, q in conditions(clock.now()).items()}
    cells: dict[tuple[int, int], Counter[str]] = {}
    for row in inside.order_by().values("unit_id", "item__area_id").annotate(**lights):
        cell = cells.setdefault((row["item__area_id"], above[row["unit_id"]]), Counter())
        cell.update({key.removeprefix("n_"): row[key] for key in lights if row[key]})
    return Heat(list(chosen.values()), areas, cells) if cells else None


# Over time


@dataclass(frozen=True)
class Week:
    """How many were overdue at the end of a day (逾期走势)."""

    day: date
    overdue: int


def trend(scope: Scope, weeks: int = WEEKS) -> list[Week]:
    """How many were past their deadline of record and not handed in, at the end of each seventh day up to today.

    From the dates of what counts as late (`AssignmentQuerySet.late`), so a day gives the same figure later, unless
    a deadline was changed since.
    """
    last = clock.today()
    days = [last - timedelta(days=7 * back) for back in reversed(range(weeks))]
    until = Coalesce("completed_at", "suspended_at", "ended_at")
    from_day, to_day = TruncDate("record_due_at", tzinfo=OFFICE_TZ), TruncDate(until, tzinfo=OFFICE_TZ)
    late = scope.rows.late(clock.now()).order_by().annotate(from_day=from_day, to_day=to_day)
    changes: Counter[date] = Counter()
    for began, ended, n in late.values_list("from_day", "to_day").annotate(n=Count("pk")):
        changes[began] += n
        if ended is not None:
            changes[ended] -= n
    return _at_the_end_of(days, changes)


def _at_the_end_of(days: Sequence[date], changes: Mapping[date, int]) -> list[Week]:
    known = sorted(changes.items())
    sums = list(accumulate(n for _day, n in known))
    found, place = [], 0
    for day in days:
        while place < len(known) and known[place][0] <= day:
            place += 1
        found.append(Week(day, sums[place - 1] if place else 0))
    return found


# What can be chosen


def plans_in(actor: Actor, unit: Unit) -> list[Plan]:
    """The plans under which something in this part was given, the newest first."""
    given = register(actor, Filter(under=unit.pk)).filter(item__plan=OuterRef("pk"))
    one = Subquery(
        given.order_by().values("pk")[:1]
    )  # a plan is asked for one row, not all rows for their plans
    return list(Plan.objects.filter(IsNull(one, False)).order_by("-issued_at", "-pk")[:50])


def _children(scope: Scope) -> QuerySet[Unit]:
    seen = units_within(scope.actor, Cap.VIEW).exclude(kind=UnitKind.EXTERNAL)
    return seen.filter(parent=scope.unit, ends_on__isnull=True)


def _homes(found: Mapping[int, object]) -> dict[int, int]:
    """Every unit below these → the one of these it lies under."""
    return dict(Lineage.objects.filter(ancestor__in=found).values_list("descendant", "ancestor"))


def _before_year() -> datetime:
    return clock.end_of(clock.today().replace(month=1, day=1) - timedelta(days=1))
