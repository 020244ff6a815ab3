"""The figures of a board (数字), each the number of a list of the register, counted in one pass for many places.

A figure is the name of a `Filter`. What is counted and what the register lists is the same condition, `state_of`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import Any

from django.db.models import Count, FilteredRelation, Min, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from bihuan.kernel import clock
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.supervision.models import Assignment, Slot
from bihuan.supervision.models.assignments import AssignmentQuerySet, counts_as_late
from bihuan.supervision.queries.lights import NEAR
from bihuan.supervision.queries.marks import CLIMBS, about_the_deadline, from_step, of_steps
from bihuan.supervision.queries.registers import Filter, monday, state_of
from bihuan.supervision.queries.slots import end_of_week
from bihuan.supervision.rules import OPEN, RUNNING, Light, Stage
from bihuan.supervision.rungs import HEIGHTS, Step

WEEKS, MONTHS = 25, 11  # past ends of a week and a month in the trend; today comes on top
LIGHTS = tuple(light.value for light in Light if light != Light.CLOSED)
RUNGS = tuple(f"rung_{step}" for step in HEIGHTS)
PASSED = ("due_at", "record_due_at", "override_until")  # what changes once they are over
REACHED = ("amber_at", "strong_at")  # what changes as they come
NOWHERE = 0
A_LITTLE = timedelta(microseconds=1)


@lru_cache(maxsize=2)
def figures(today: date) -> Mapping[str, Filter]:
    """Every figure with the list it counts; those of a rung are counted apart, from what was sounded."""
    first = monday(today)
    return {
        "open": Filter(stage="open"),
        **{light: Filter(light=light) for light in LIGHTS},
        "near": Filter(light=NEAR),
        **{stage.value: Filter(stage=stage.value) for stage in OPEN if stage != Stage.WORKING},
        "pending": Filter(extension="pending"),
        "finished": Filter(stage="finished", completed="year"),
        "punctual": Filter(stage="finished", completed="year", punctual="yes"),
        "written_off": Filter(stage=Stage.WRITTEN_OFF.value, ended="month"),
        "late": Filter(late_on=today),
        "slots_late": Filter(report="late"),
        "slots_missing": Filter(stage="open", report="missing"),
        "held": Filter(look_back="held", looked="year"),
        "relapsed": Filter(look_back="relapsed", looked="year"),
        "obstacles": Filter(obstacle="open"),
        "given_week": Filter(stage="live", given="week"),
        "due_week": Filter(stage="running", due_from=first, due_to=first + timedelta(days=6)),
        "reports_week": Filter(report="week"),
        **{f"rung_{step}": Filter(rung=step.value) for step in HEIGHTS},
    }


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    return tuple(figures(clock.today()))


def week_ends(today: date) -> list[date]:
    """The last Sundays that are over, the latest one last."""
    last = today - timedelta(days=today.weekday() + 1)
    return [last - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def month_ends(today: date) -> list[date]:
    ends = [today.replace(day=1) - timedelta(days=1)]
    while len(ends) < MONTHS:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


@dataclass
class Figures:
    """What was counted of one place."""

    counts: Counter[str] = field(default_factory=Counter)
    late_by_week: list[int] = field(default_factory=lambda: [0] * WEEKS)
    late_by_month: list[int] = field(default_factory=lambda: [0] * MONTHS)
    changes_at: datetime | None = None  # when the next figure changes by itself; told of units alone

    @property
    def numbers(self) -> list[int]:
        """All in a row, as they are stored; see `of_numbers`."""
        return [*(self.counts[name] for name in names()), *self.late_by_week, *self.late_by_month]

    @classmethod
    def of_numbers(cls, numbers: Sequence[int]) -> "Figures":
        counts = Counter(dict(zip(names(), numbers, strict=False)))
        rest = numbers[len(names()) :]
        return cls(counts, list(rest[:WEEKS]), list(rest[WEEKS:]))

    def add(self, other: "Figures") -> None:
        self.counts += other.counts  # drops what is nothing
        self.late_by_week = [sum(both) for both in zip(self.late_by_week, other.late_by_week, strict=True)]
        self.late_by_month = [sum(both) for both in zip(self.late_by_month, other.late_by_month, strict=True)]


@dataclass(frozen=True)
class ByUnit:
    """Count for each unit by itself."""

    def key(self, rows: QuerySet[Any], path: str = "") -> tuple[QuerySet[Any], str]:
        return rows, f"{path}unit"


@dataclass(frozen=True)
class ByPlace:
    """Count for places that lie beside each other, each with everything below it; under None what lies in none."""

    places: tuple[int, ...]

    def key(self, rows: QuerySet[Any], path: str = "") -> tuple[QuerySet[Any], str]:
        above = f"{path}unit__lineage"
        places = self.places or (NOWHERE,)  # of an empty list Django concludes that there are no rows at all
        home = FilteredRelation(above, condition=Q(**{f"{above}__ancestor__in": places}))
        return rows.annotate(home=home), "home__ancestor"


def reckon(rows: AssignmentQuerySet, by: ByUnit | ByPlace, at: datetime) -> dict[int | None, Figures]:
    """Count all figures of these rows, in four statements however many rows and places."""
    found: dict[int | None, Figures] = {}
    aggregates = _aggregates(at)
    keyed, key = by.key(rows.order_by())
    for row in keyed.values(key).annotate(**aggregates):
        place = found.setdefault(row[key], Figures())
        place.counts.update({name: row[f"n_{name}"] for name in names() if row.get(f"n_{name}")})
        place.changes_at = _next_of(row, at)
    if not found:
        return found
    _add_rungs(found, rows, by)
    _add_lateness(found, rows, by, at)
    if isinstance(by, ByUnit):
        _note_slots(found, rows, at)
    return found


def _aggregates(at: datetime) -> dict[str, Count | Min]:
    told = figures(clock.office_day(at))
    counts: dict[str, Count | Min] = {
        f"n_{name}": Count("pk", filter=state_of(asked, at))
        for name, asked in told.items()
        if name not in RUNGS
    }
    for moment in (*PASSED, *REACHED):
        counts[f"next_{moment}"] = Min(moment, filter=Q(stage__in=RUNNING, **{f"{moment}__gte": at}))
    return counts


def _next_of(row: Mapping[str, Any], at: datetime) -> datetime:
    """When the first of them changes something: at the latest as the week or the month ends, which figures name."""
    today = clock.office_day(at)
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    moments = [end + timedelta(seconds=1) for end in (end_of_week(at), clock.end_of(month))]
    moments += [row[f"next_{name}"] + A_LITTLE for name in PASSED if row[f"next_{name}"]]
    moments += [row[f"next_{name}"] for name in REACHED if row[f"next_{name}"]]
    return min(one for one in moments if one > at)


def _add_rungs(found: Mapping[int | None, Figures], rows: AssignmentQuerySet, by: ByUnit | ByPlace) -> None:
    """Where each ladder stands: those that reached a step, less those that went on from it."""
    reached = {
        f"n_{step}": Count("assignment", distinct=True, filter=of_steps(from_step(step))) for step in HEIGHTS
    }
    climbing = Assignment.objects.filter(CLIMBS, pk__in=rows.values("pk"))
    sounded = about_the_deadline().filter(of_steps(list(HEIGHTS)), assignment__in=climbing.values("pk"))
    keyed, key = by.key(sounded.order_by(), "assignment__")
    for row in keyed.values(key).annotate(**reached):
        counts = found[row[key]].counts
        for step, above in pairwise([*HEIGHTS, None]):
            counts[f"rung_{step}"] = row[f"n_{step}"] - (row[f"n_{above}"] if above else 0)


def _add_lateness(
    found: Mapping[int | None, Figures], rows: AssignmentQuerySet, by: ByUnit | ByPlace, at: datetime
) -> None:
    """How many were late and not handed in at each end of a week and a month, see `marks.was_late`."""
    until = Coalesce("completed_at", "suspended_at", "ended_at")
    days = {
        "from_day": TruncDate("record_due_at", tzinfo=OFFICE_TZ),
        "to_day": TruncDate(until, tzinfo=OFFICE_TZ),
    }
    keyed, key = by.key(rows.filter(counts_as_late(at)).order_by())
    late = keyed.annotate(**days).values_list(key, "from_day", "to_day").annotate(n=Count("pk"))
    changes: dict[int | None, Counter[date]] = {}
    for place, began, ended, n in late:
        here = changes.setdefault(place, Counter())
        here[began] += n
        if ended is not None:
            here[ended] -= n
    today = clock.office_day(at)
    for place, here in changes.items():
        found[place].late_by_week = _at_the_end_of(week_ends(today), here)
        found[place].late_by_month = _at_the_end_of(month_ends(today), here)


def _at_the_end_of(days: Sequence[date], changes: Mapping[date, int]) -> list[int]:
    known = sorted(changes.items())
    sums = [0, *accumulate(n for _day, n in known)]
    found, passed = [], 0
    for day in days:
        while passed < len(known) and known[passed][0] <= day:
            passed += 1
        found.append(sums[passed])
    return found


def _note_slots(found: Mapping[int | None, Figures], rows: AssignmentQuerySet, at: datetime) -> None:
    """A report that falls due changes figures too."""
    awaited = Slot.objects.due(at).filter(assignment__in=rows.values("pk")).order_by()
    for unit, moment in awaited.values_list("assignment__unit").annotate(first=Min("due_at")):
        place = found[unit]
        place.changes_at = min(one for one in (place.changes_at, moment + A_LITTLE) if one)


@lru_cache(maxsize=1)
def edition() -> str:
    """A mark of how the figures are counted now: what was counted otherwise does not hold any more."""
    at = datetime(2026, 11, 23, 9, tzinfo=OFFICE_TZ)
    counted = Assignment.objects.values("unit").annotate(**_aggregates(at)).query
    rungs = [of_steps([step]) for step in Step]
    said = f"{names()} {WEEKS} {MONTHS} {rungs} {counted}"
    return sha256(said.encode()).hexdigest()[:16]
