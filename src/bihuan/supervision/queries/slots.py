"""Which feedback cycles ask for reports now, and how the slots of a unit or an assignment stand (反馈期)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import KEYS, NOW, Written
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Item, Plan, Slot
from bihuan.supervision.periods import Period, period_of
from bihuan.supervision.queries.regimes import Regime
from bihuan.supervision.rules import DUTY_STAGES, Cycle

CYCLES = [cycle for cycle in Cycle if cycle != Cycle.NONE]


@dataclass(frozen=True)
class Window:
    """The stretch of time in which one report is awaited."""

    period: Period
    opened_at: datetime
    due_at: datetime
    until: datetime


def window_of(cycle: str, on: date, regime: Regime) -> Window | None:
    """The window in which a day lies; None where it has no workday.

    A report is due at the end of the n-th workday of its period (parameter `report.due_workdays`), at the latest
    on its last workday.
    """
    period = period_of(cycle, on)
    days = (period.last_on - period.first_on).days + 1
    workdays = [
        day
        for day in (period.first_on + timedelta(days=n) for n in range(days))
        if regime.calendar.is_workday(day)
    ]
    if not workdays:
        return None
    nth = min(max(1, regime["report.due_workdays"]), len(workdays))
    opened_at = datetime.combine(period.first_on, time.min, clock.OFFICE_TZ)
    return Window(period, opened_at, clock.end_of(workdays[nth - 1]), clock.end_of(period.last_on))


def cycle_of(item: Item, on: date) -> str:
    """How often progress on an item is to be reported; a recurring duty has one report anyway, its own."""
    if item.long_term or item.plan is None:
        return Cycle.NONE
    return item.cycle_on(on)


def holding(cycle: str, on: date) -> Q:
    """The items whose cycle this is on a day, as `Item.cycle_on` has it."""
    amended = Q(next_cycle_on__isnull=False, next_cycle_on__lte=on)
    before = Q(cycle=cycle) | Q(cycle="", plan__cycle=cycle)
    return amended & Q(next_cycle=cycle) | ~amended & before


def items_asking(on: date) -> list[Item]:
    """The items of lists in force of which somebody gets a new slot, or had one whose window is over."""
    found: list[Item] = []
    for cycle in CYCLES:
        first_at = datetime.combine(period_of(cycle, on).first_on, time.min, clock.OFFICE_TZ)
        without = Assignment.objects.filter(at_work(first_at), unopened(first_at), item=OuterRef("pk"))
        over = Slot.objects.open().filter(assignment__item=OuterRef("pk"), window_until__lt=clock.now())
        items = Item.objects.filter(holding(cycle, on), Exists(without) | Exists(over), long_term=False)
        found += items.exclude(plan__stage=Plan.Stage.DRAFT).select_related("plan").order_by("pk")
    ended = Item.objects.filter(holding(Cycle.NONE, on), Exists(over), long_term=False)
    return found + list(ended.select_related("plan").order_by("pk"))


def at_work(first_at: datetime) -> Q:
    """Duties that were there when a period began and on which the unit works."""
    return Q(stage__in=DUTY_STAGES, suspended_at__isnull=True, dispatched_at__lt=first_at)


def unopened(first_at: datetime) -> Q:
    return Q(slot_opened_at__isnull=True) | Q(slot_opened_at__lt=first_at)


def to_open(item: Item, window: Window) -> QuerySet[Assignment]:
    """The assignments of an item that get a slot now.

    Not one whose own deadline comes before the report would be due: nobody is asked twice for the same thing.
    """
    ends_first = Q(due_at__gt=window.opened_at, due_at__lte=window.due_at)
    rows = Assignment.objects.filter(at_work(window.opened_at), unopened(window.opened_at), item=item)
    return rows.exclude(ends_first)


@dataclass(frozen=True)
class Standing:
    """How many reports are awaited, late and missing (应报、迟报、缺报)."""

    due: int
    late: int
    missing: int

    @property
    def is_any(self) -> bool:
        return bool(self.due or self.late or self.missing)


def owed(actor: Actor) -> QuerySet[Slot]:
    """The slots of what the actor's own unit was given."""
    mine = Assignment.objects.within(actor, Cap.VIEW).filter(unit=actor.unit_id)
    return Slot.objects.filter(assignment__in=mine.values("pk"))


def standing_of_unit(actor: Actor) -> Standing:
    """What the actor's unit owes; each number is the count of a list of the register."""
    at = clock.now()
    asked = Q(outcome="", report__isnull=True)
    asked &= Q(assignment__stage__in=DUTY_STAGES, assignment__suspended_at__isnull=True)
    wanted = {
        "due": asked & Q(due_at__gte=at),
        "late": asked & Q(due_at__lt=at),
        "missing": Q(outcome=Slot.Outcome.MISSING),
    }
    counts = {name: Count("assignment", distinct=True, filter=which) for name, which in wanted.items()}
    return Standing(**owed(actor).order_by().aggregate(**counts))


def in_state(state: str, at: datetime) -> QuerySet[Slot]:
    """The slots of one of the register's filters; `week` are those still to be filled by Sunday."""
    slots = Slot.objects.all()
    found = {"due": slots.due(at), "late": slots.late(at), "missing": slots.missing()}
    return found[state] if state in found else slots.due(at).filter(due_at__lte=end_of_week(at))


def end_of_week(at: datetime) -> datetime:
    day = clock.office_day(at)
    return clock.end_of(day + timedelta(days=6 - day.weekday()))


def note_slots(rows: Sequence[Assignment], at: datetime) -> None:
    """Give each row of a list what its cycle is short of: `slots_late` and `slots_missing`."""
    found = _short_of_several().fetch(keys=[one.pk for one in rows], now=at)
    counts = {(pk, outcome): n for pk, outcome, n in found}
    for one in rows:
        at_work = one.stage in DUTY_STAGES and one.suspended_at is None
        one.slots_late = at_work and (one.pk, "") in counts  # type: ignore[attr-defined]
        one.slots_missing = counts.get((one.pk, "missing"), 0)  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _short_of_several() -> Written:
    missing, asked = Q(outcome=Slot.Outcome.MISSING), Q(outcome="", report__isnull=True, due_at__lt=NOW)
    short = Slot.objects.filter(missing | asked, assignment__among=KEYS).order_by()
    return Written(short.values_list("assignment_id", "outcome").annotate(n=Count("pk")))
