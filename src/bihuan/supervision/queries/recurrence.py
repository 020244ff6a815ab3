"""Which recurring duties are to be opened for a new period, and for whom."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from bihuan.supervision.models import Assignment, Dispatch, Item, Plan
from bihuan.supervision.periods import Period, next_period, period_of
from bihuan.supervision.rules import Cycle


def items_to_open(on: date) -> list[Item]:
    """The long-term items of plans in force that nobody has for the period of that day."""
    items = (
        Item.objects.leaves()
        .filter(long_term=True, plan__stage=Plan.Stage.ISSUED, assignments__isnull=False)
        .select_related("plan")
        .distinct()
        .order_by("plan", "position")
    )
    periods = {item.pk: period_of(item.cycle_on(on), on) for item in items}
    wanted = {item.pk: periods[item.pk].label for item in items if not cut_short(item, periods[item.pk], on)}
    opened = set(Assignment.objects.filter(item__in=wanted).values_list("item_id", "period").distinct())
    opened |= set(Dispatch.objects.filter(item__in=wanted).values_list("item_id", "period"))
    return [item for item in items if item.pk in wanted and (item.pk, wanted[item.pk]) not in opened]


def cut_short(item: Item, period: Period, on: date) -> bool:
    """Whether another cycle begins before this period would end: nobody is asked by both."""
    return item.next_cycle_on is not None and on < item.next_cycle_on <= period.last_on


def members_of_last_period(item: Item, period: str) -> list[tuple[int, str]]:
    """The units that had the item in the latest period before, each once, with their duty.

    By when it was given out: labels of different cycles do not sort among each other.
    """
    earlier = item.assignments.live().filter(round=1).exclude(period=period)
    last = earlier.order_by("-dispatched_at", "-pk").values_list("period", flat=True).first()
    rows = earlier.filter(period=last).order_by("pk").values_list("unit_id", "duty")
    return list(dict.fromkeys(rows))


@dataclass(frozen=True)
class Turn:
    """How matters come round (周期日程): the period that runs, and the one that is opened after it."""

    is_duty: bool  # a new assignment for each period; else a place for a report
    cycle: Cycle
    period: Period | None
    next_cycle: Cycle
    next_period: Period | None
    items: tuple[Item, ...] = ()

    @property
    def changes(self) -> bool:
        return self.cycle != self.next_cycle


def schedule(items: Iterable[Item], on: date) -> list[Turn]:
    """What comes round of these leaves of a plan in force, those that do so together in one line (R3)."""
    alike: dict[Turn, list[Item]] = {}
    for item in items:
        turn = _turn(item, on)
        if turn.period or turn.next_period:
            alike.setdefault(turn, []).append(item)
    return [replace(turn, items=tuple(found)) for turn, found in alike.items()]


def _turn(item: Item, on: date) -> Turn:
    cycle, amended = Cycle(item.cycle_on(on)), item.next_cycle_on
    period = period_of(cycle, on) if cycle != Cycle.NONE else None
    following = next_period(cycle, period) if period else None
    if amended is not None and on < amended and (following is None or amended <= following.last_on):
        later = Cycle(item.next_cycle)
        after = period_of(later, amended) if later != Cycle.NONE else None
        return Turn(item.long_term, cycle, period, later, after)
    return Turn(item.long_term, cycle, period, cycle, following)
