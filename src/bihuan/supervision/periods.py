"""The periods of a recurring duty (周期): each becomes one immutable assignment (DESIGN §3)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.supervision.rules import Cycle


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days with a sortable label, such as 2026-11 or 2026-W47."""

    label: str
    first_on: date
    last_on: date


def period_of(cycle: str, day: date) -> Period:
    """The period of `cycle` in which `day` lies. Raises ValueError for a cycle that has none."""
    if cycle == Cycle.DAILY:
        return Period(day.isoformat(), day, day)
    if cycle in (Cycle.WEEKLY, Cycle.BIWEEKLY):
        return _weeks(day, 1 if cycle == Cycle.WEEKLY else 2)
    if cycle in _MONTHS:
        return _months(day, _MONTHS[cycle])
    raise ValueError(f"no periods in cycle {cycle!r}")


def next_period(cycle: str, period: Period) -> Period:
    return period_of(cycle, period.last_on + timedelta(days=1))


def begins_after(was: str, cycle: str, on: date) -> date:
    """From which day another cycle holds: its first whole period after the one that runs, which is left alone."""
    after = (period_of(was, on).last_on if was != Cycle.NONE else on) + timedelta(days=1)
    if cycle == Cycle.NONE:
        return after
    period = period_of(cycle, after)
    return after if period.first_on == after else next_period(cycle, period).first_on


_MONTHS: dict[str, int] = {Cycle.MONTHLY: 1, Cycle.QUARTERLY: 3, Cycle.HALF_YEARLY: 6, Cycle.YEARLY: 12}
_LETTER = {3: "Q", 6: "H"}
_A_MONDAY = date(2001, 1, 1)


def _weeks(day: date, length: int) -> Period:
    days = length * 7
    first = day - timedelta(days=(day - _A_MONDAY).days % days)
    year, week, _weekday = first.isocalendar()
    return Period(f"{year}-W{week:02}", first, first + timedelta(days=days - 1))


def _months(day: date, length: int) -> Period:
    index = (day.month - 1) // length
    first_month, last_month = index * length + 1, (index + 1) * length
    last = date(day.year, last_month, monthrange(day.year, last_month)[1])
    label = {1: f"{day.year}-{day.month:02}", 12: f"{day.year}"}.get(length)
    return Period(label or f"{day.year}-{_LETTER[length]}{index + 1}", date(day.year, first_month, 1), last)
