"""Workdays (工作日), deadlines (时限) and light dates (亮灯时点): pure date arithmetic.

Every moment is computed in Asia/Shanghai whatever zone the server or the argument is in.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count, pairwise
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.clock import OFFICE_TZ, end_of, office_day
from bihuan.ui.wording import say_list, say_sentence

DAY = timedelta(days=1)
SATURDAY = 5

# The notice for a year has moved the last days of the December before (2006, 2007, 2011, 2018): never
# earlier than the 29th so far; some room is left.
TAIL_STARTS = (12, 25)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked, as far as is known (工作日历).

    `days_off` names every day on which a holiday is kept, `shifted` every rest day worked instead (调休);
    a day in neither follows the week. For a year outside `published` the statutory holidays are
    assumed and every answer that rests on it is provisional. Nothing ever raises for an unknown year.
    """

    days_off: Mapping[date, str] = field(repr=False)
    shifted: Mapping[date, str] = field(repr=False)
    published: frozenset[int]
    version: str

    def is_workday(self, day: date) -> bool:
        return day in self.shifted or (day.weekday() < SATURDAY and day not in self.days_off)

    def is_provisional(self, day: date) -> bool:
        """Whether an arrangement still to be published may change `day`."""
        return bool(self.awaited_years(day, day))

    def awaited_years(self, first: date, last: date) -> list[int]:
        """The years whose unpublished arrangement may change a day from `first` to `last`, both included."""
        if last < first:
            return []
        tail = (last.month, last.day) >= TAIL_STARTS
        return [y for y in range(first.year, last.year + 1 + tail) if y not in self.published]

    def workdays_between(self, start: date, end: date) -> int:
        """Workdays after `start` up to and including `end`; backwards negative, again without `start`."""
        if end >= start:
            return self._through(end) - self._through(start)
        return self._through(end - DAY) - self._through(start - DAY)

    def plus_workdays(self, day: date, n: int) -> date:
        """The n-th workday after `day`, which is not counted itself; before it where `n` is negative."""
        # A day holds at most one workday, so a stride of all that is missing never overshoots.
        reached = day
        while missing := n - self.workdays_between(day, reached):
            reached += missing * DAY
        return reached

    def roll_forward(self, day: date) -> date:
        """`day` itself, or the first workday after it."""
        return day if self.is_workday(day) else self.plus_workdays(day, 1)

    def with_local(self, off: Mapping[date, str], shifted: Mapping[date, str], version: str) -> Self:
        """The same calendar with a region's own days (地方假日), which go before the national ones."""
        return type(self)(
            {d: n for d, n in self.days_off.items() if d not in shifted} | dict(off),
            {d: n for d, n in self.shifted.items() if d not in off} | dict(shifted),
            self.published,
            version,
        )

    def changed_days(self, other: "Calendar", first: date, last: date) -> list[date]:
        """The days from `first` to `last` that are worked in one of the two calendars only."""
        named = {*self.days_off, *self.shifted, *other.days_off, *other.shifted}
        return sorted(d for d in named if first <= d <= last and self.is_workday(d) != other.is_workday(d))

    def _through(self, day: date) -> int:
        """Workdays from the beginning of time through `day`."""
        weeks, rest = divmod(day.toordinal(), 7)  # ordinal 1 was a Monday
        lost, gained = self._deviations
        return weeks * 5 + min(rest, 5) - bisect_right(lost, day) + bisect_right(gained, day)

    @cached_property
    def _deviations(self) -> tuple[list[date], list[date]]:
        """Weekdays not worked and weekend days worked, sorted."""
        named = {*self.days_off, *self.shifted}
        lost = sorted(d for d in named if d.weekday() < SATURDAY and not self.is_workday(d))
        gained = sorted(d for d in named if d.weekday() >= SATURDAY and self.is_workday(d))
        return lost, gained


class SpanUnit(TextChoices):
    """In what a span is counted (计算单位)."""

    HOUR = "hour", _("小时")
    DAY = "day", _("日")
    WORKDAY = "workday", _("个工作日")
    MONTH = "month", _("个月")


@dataclass(frozen=True, slots=True)
class Span:
    """How long something may take (时限), such as 5 workdays."""

    amount: int
    unit: SpanUnit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("a span cannot be negative")
        object.__setattr__(self, "unit", SpanUnit(self.unit))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit.label}"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open on a workday (办公时间), as written `08:00-12:00,14:00-18:00`."""

    spells: tuple[tuple[time, time], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything but ascending spells that do not overlap."""
        spells = []
        for spell in text.split(","):
            opens, closes = (datetime.strptime(edge.strip(), "%H:%M").time() for edge in spell.split("-"))
            spells.append((opens, closes))
        edges = [edge for spell in spells for edge in spell]
        if any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"office hours must ascend: {text!r}")
        return cls(tuple(spells))

    def __str__(self) -> str:
        return ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.spells)

    def on(self, day: date) -> list[tuple[datetime, datetime]]:
        return [
            (datetime.combine(day, opens, OFFICE_TZ), datetime.combine(day, closes, OFFICE_TZ))
            for opens, closes in self.spells
        ]


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that is not counted (中止计算): a hearing, an expert review, a suspension.

    For spans of days it takes as many days as lie between its two dates, the first not counted.
    """

    began_at: datetime
    ended_at: datetime

    def __post_init__(self) -> None:
        if self.ended_at < self.began_at:
            raise ValueError("a pause cannot end before it begins")

    def days(self) -> Iterator[date]:
        first, last = office_day(self.began_at), office_day(self.ended_at)
        return (first + n * DAY for n in range(1, (last - first).days + 1))


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something is due, with the reason for it.

    `rule` is plain JSON and all that is needed to explain the date (`explain`) or to derive it
    again (`derive_again`); it is stored beside the date.
    """

    due_at: datetime
    provisional: bool
    rule: dict[str, Any] = field(hash=False)

    def explain(self) -> str:
        return explain(self.rule)


def deadline(
    start: datetime,
    span: Span,
    calendar: Calendar,
    *,
    roll: bool = False,
    close_of_day: time | None = None,
    pauses: Sequence[Pause] = (),
    office_hours: OfficeHours | None = None,
) -> Deadline:
    """When `span`, begun at `start`, is over (Civil Code §201–203).

    Days, workdays and months do not count the day of `start` and last to the end of their last day, or to
    `close_of_day`; months end on the corresponding day or the month's last. Hours count from the minute:
    by the clock, or within `office_hours` of workdays only. With `roll` a last day that is no workday moves
    to the next one.
    """
    if start.tzinfo is None:
        raise ValueError("a deadline starts at an aware moment")
    start = start.astimezone(OFFICE_TZ)
    if span.unit is SpanUnit.HOUR:
        unrolled_at = _after_hours(start, timedelta(hours=span.amount), calendar, office_hours, pauses)
    else:
        last_on = _last_day(start.date(), span, calendar, {day for pause in pauses for day in pause.days()})
        unrolled_at = datetime.combine(last_on, close_of_day, OFFICE_TZ) if close_of_day else end_of(last_on)
    last_on = unrolled_at.date()
    due_on = calendar.roll_forward(last_on) if roll else last_on
    due_at = unrolled_at + (due_on - last_on)
    counts_workdays = span.unit is SpanUnit.WORKDAY or bool(office_hours and span.unit is SpanUnit.HOUR)
    # The answer rests on those days only that were asked whether they are worked.
    if counts_workdays:
        asked_from = start.date() if office_hours else start.date() + DAY
        awaited = calendar.awaited_years(asked_from, due_on)
    else:
        awaited = calendar.awaited_years(last_on, due_on) if roll else []
    rule = {
        "start": start.isoformat(),
        "amount": span.amount,
        "unit": str(span.unit),
        "roll": roll,
        "close_of_day": f"{close_of_day:%H:%M}" if close_of_day else None,
        "office_hours": str(office_hours) if office_hours else None,
        "pauses": [[p.began_at.isoformat(), p.ended_at.isoformat()] for p in pauses],
        "calendar": calendar.version,
        "due": due_at.isoformat(),
        "rolled_from": last_on.isoformat() if due_on != last_on else None,
        "awaited": awaited,
        **(passed_over(start.date(), due_on, calendar) if counts_workdays else _NOTHING_PASSED_OVER),
    }
    return Deadline(due_at, bool(awaited), rule)


def derive_again(rule: Mapping[str, Any], calendar: Calendar) -> Deadline:
    """The deadline of a stored `rule` under another state of the calendar, such as a newly published year."""
    return deadline(
        datetime.fromisoformat(rule["start"]),
        Span(rule["amount"], rule["unit"]),
        calendar,
        roll=rule["roll"],
        close_of_day=time.fromisoformat(rule["close_of_day"]) if rule["close_of_day"] else None,
        pauses=[Pause(*map(datetime.fromisoformat, pause)) for pause in rule["pauses"]],
        office_hours=OfficeHours.parse(rule["office_hours"]) if rule["office_hours"] else None,
    )


def explain(rule: Mapping[str, Any]) -> str:
    """Why the deadline is on this day (为什么是这一天), in one sentence of the reader's language."""
    start, due = datetime.fromisoformat(rule["start"]), datetime.fromisoformat(rule["due"])
    span = Span(rule["amount"], rule["unit"])
    if span.unit is SpanUnit.HOUR:
        counting = _("自%(start)s起计%(span)s") % {"start": _moment(start), "span": span}
        if rule["office_hours"]:
            counting += _("（只计工作日%(hours)s）") % {"hours": rule["office_hours"].replace(",", "、")}
        until = _("至%(due)s止") % {"due": _moment(due)}
    else:
        template = _("自%(start)s的次日起计%(span)s") if span.amount else _("于%(start)s当日办结")
        counting = template % {"start": _day(start.date()), "span": span}
        if rule["close_of_day"]:
            until = _("至%(due)s止") % {"due": _moment(due)}
        else:
            until = _("至%(due)s24时止") % {"due": _day(due.date())}
    parts = [counting]
    if rule["weekend_days"]:
        parts.append(_("其间周末%(n)d天不计") % {"n": rule["weekend_days"]})
    for name, days in Counter(name for _day_, name in rule["holidays"]).items():
        parts.append(_("%(name)s%(n)d天不计") % {"name": name, "n": days})
    if rule["shifted"]:
        shifted = say_list(date_format(date.fromisoformat(day), str(_("n月j日"))) for day in rule["shifted"])
        parts.append(_("%(days)s调休上班照计") % {"days": shifted})
    for began, ended in (map(datetime.fromisoformat, pause) for pause in rule["pauses"]):
        if start < ended and began < due:
            between = {"began": _moment(began), "ended": _moment(ended)}
            parts.append(_("%(began)s至%(ended)s中止计算") % between)
    if rule["rolled_from"]:
        last_on = date.fromisoformat(rule["rolled_from"])
        parts.append(_("末日%(day)s为休息日，顺延至其后第一个工作日") % {"day": _day(last_on)})
    parts.append(until)
    for year in rule["awaited"]:
        parts.append(_("%(year)d年放假安排尚未公布，该日期为暂定") % {"year": year})
    return say_sentence(parts)


def light_dates(
    start: datetime,
    due: datetime,
    calendar: Calendar,
    ratios: Sequence[float] = (0.30, 0.15),
    *,
    pauses: Sequence[Pause] = (),
    office_hours: OfficeHours | None = None,
) -> tuple[datetime, ...]:
    """The first moments at which no more than each of `ratios` of the working time is left (domain.md §4.4).

    Working time is the whole of every workday, or its `office_hours`, less pauses; where there is none,
    the clock's time. Each moment lies from `start` to `due`; a deadline already past gives `due` itself.
    """
    if due <= start:
        return (due,) * len(ratios)
    worked = (
        (begin, min(end, due))
        for begin, end in _open_spells(start, due, calendar, office_hours)
        if begin < due
    )
    spells = list(_without(worked, pauses)) or [(start, due)]
    total = sum(int((end - begin).total_seconds()) for begin, end in spells)
    return tuple((_left(spells, int(total * ratio)) or start).astimezone(OFFICE_TZ) for ratio in ratios)


def passed_over(start_on: date, due_on: date, calendar: Calendar) -> dict[str, Any]:
    """What lies between the two days and was not counted, or counted although a weekend day."""
    days = [start_on + n * DAY for n in range(1, (due_on - start_on).days + 1)]
    rest = [day for day in days if not calendar.is_workday(day)]
    return {
        "weekend_days": sum(day not in calendar.days_off for day in rest),
        "holidays": [[day.isoformat(), calendar.days_off[day]] for day in rest if day in calendar.days_off],
        "shifted": [
            day.isoformat() for day in days if day.weekday() >= SATURDAY and calendar.is_workday(day)
        ],
    }


def _last_day(start_on: date, span: Span, calendar: Calendar, paused: set[date]) -> date:
    """The last day of a span; every paused day inside moves it, and may so bring in further ones."""

    def reach(extra: int) -> date:
        if span.unit is SpanUnit.WORKDAY:
            return calendar.plus_workdays(start_on, span.amount + extra)
        if span.unit is SpanUnit.DAY:
            return start_on + (span.amount + extra) * DAY
        return _plus_months(start_on, span.amount) + extra * DAY

    lost = sorted(
        d for d in paused if d > start_on and (span.unit is not SpanUnit.WORKDAY or calendar.is_workday(d))
    )
    end = reach(0)
    while (later := reach(bisect_right(lost, end))) > end:
        end = later
    return end


def _plus_months(day: date, months: int) -> date:
    """The corresponding day `months` later, or that month's last where it has none (Civil Code §202)."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return min(first + (day.day - 1) * DAY, last)


def _after_hours(
    start: datetime, left: timedelta, calendar: Calendar, hours: OfficeHours | None, pauses: Sequence[Pause]
) -> datetime:
    """The moment at which `left` of counted time has passed since `start`."""
    if not left:
        return start
    always = [(start, datetime.max.replace(tzinfo=UTC))]
    spells = _open_spells(start, None, calendar, hours) if hours else always
    for begin, end in _without(spells, pauses):
        if end - begin >= left:
            return (begin.astimezone(UTC) + left).astimezone(OFFICE_TZ)
        left -= end - begin
    raise AssertionError("office hours never end")


def _open_spells(
    start: datetime, end: datetime | None, calendar: Calendar, hours: OfficeHours | None
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches after `start` in which the workdays through `end` are open, all day without `hours`."""
    first = office_day(start)
    days = (first + n * DAY for n in (range((office_day(end) - first).days + 1) if end else count()))
    for day in days:
        if calendar.is_workday(day):
            for opens, closes in hours.on(day) if hours else [_whole(day)]:
                if closes > start:
                    yield max(opens, start), closes


def _whole(day: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time(), OFFICE_TZ)
    return midnight, midnight + DAY


def _without(
    spells: Iterable[tuple[datetime, datetime]], pauses: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of ascending `spells` outside the pauses."""
    by_begin = sorted((pause.began_at, pause.ended_at) for pause in pauses)
    for begin, end in spells:
        for began, ended in by_begin:
            if began < end and ended > begin:
                if began > begin:
                    yield begin, began
                begin = min(ended, end)
        if begin < end:
            yield begin, end


def _left(spells: Sequence[tuple[datetime, datetime]], seconds: int) -> datetime | None:
    """The earliest moment at which only `seconds` of the ascending spells lie ahead; None if always so."""
    ahead = timedelta(seconds=seconds)
    for begin, end in reversed(spells):
        if end - begin > ahead:
            return end - ahead
        ahead -= end - begin
    return None


_NOTHING_PASSED_OVER: dict[str, Any] = {"weekend_days": 0, "holidays": [], "shifted": []}


def _day(day: date) -> str:
    return f"{date_format(day, 'DATE_FORMAT')}（{date_format(day, 'l')}）"


def _moment(moment: datetime) -> str:
    local = moment.astimezone(OFFICE_TZ)
    return f"{_day(local.date())}{local:%H:%M}"
