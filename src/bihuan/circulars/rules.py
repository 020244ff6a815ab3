"""What a circular counts, from rows as they stood at one moment. Pure: the same rows give the same figures."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.clock import office_day


class Standing(TextChoices):
    """Where an assignment stood at the moment of the count."""

    WRITTEN_OFF = "written_off", _("已销号")
    ACCEPTED = "accepted", _("已办结待销号")
    IN_REVIEW = "in_review", _("待审核")
    WORKING = "working", _("办理中")
    UNSIGNED = "unsigned", _("待签收")


class Cause(TextChoices):
    """Why an unfinished assignment is unfinished (未完成原因), by what the record shows; first match wins."""

    SUSPENDED = "suspended", _("经批准暂停")
    REVIEW = "review", _("已申报，待审核")
    RETURNED = "returned", _("审核退回，补正中")
    OBSTACLE = "obstacle", _("待上级协调")
    EXTENDED = "extended", _("经批准延期")
    SILENT = "silent", _("未签收或未反馈进展")
    UNDERWAY = "underway", _("正常推进，未到时限")
    LATE = "late", _("已反馈进展，超过时限")


class Cycle(TextChoices):
    """How often circulars come (周报, 月报, 季报)."""

    WEEK = "week", _("上一周")
    MONTH = "month", _("上一月")
    QUARTER = "quarter", _("上一季度")


def period_name(first_on: date, last_on: date) -> str:
    """A period as a title names it: a whole month or quarter by its name, anything else by its days."""
    year, month = first_on.year, first_on.month
    if first_on.day == 1 and (last_on + timedelta(days=1)).day == 1:
        months = (last_on.year - year) * 12 + last_on.month - month + 1
        if months == 1:
            return f"{year}年{month}月"
        if months == 3 and month % 3 == 1:
            return f"{year}年第{'一二三四'[month // 3]}季度"
    end = f"{last_on.month}月{last_on.day}日"
    if last_on.year != year:
        end = f"{last_on.year}年{end}"
    return f"{year}年{month}月{first_on.day}日至{end}"


def last_whole(cycle: str, today: date) -> tuple[date, date]:
    """The first and the last day of the latest week, month or quarter that is over."""
    if cycle == Cycle.WEEK:
        last_on = today - timedelta(days=today.isoweekday())
        return last_on - timedelta(days=6), last_on
    months = 1 if cycle == Cycle.MONTH else 3
    began = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    last_on = began - timedelta(days=1)
    return last_on.replace(day=1, month=last_on.month - months + 1), last_on


@dataclass(frozen=True, slots=True)
class Listed:
    """A matter that people decided to name (列入通报): whose, which, and the date that passed."""

    unit: str
    title: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Part:
    """What a circular is about: these items, and what these units had; nothing said means all.

    A bulletin is about these plans; with an `owner`, also about what that authority (and that office of it) gave
    outside any plan.
    """

    items: Set[int] | None = None
    units: Set[int] | None = None
    plans: Set[int] | None = None
    owner: int | None = None
    office: int | None = None


WHOLE = Part()
NO_PLAN = 0  # stands for what was given outside any plan


@dataclass(frozen=True, slots=True)
class Naming:
    """By which rule a circular names units (点名规则), set by the authority and kept with the circular."""

    praise_percent: int = 100  # on time, of what is finished or overdue
    praise_least: int = 1  # of these
    praise_most: int = 5  # units
    late_least: int = 1  # overdue and unfinished
    late_most: int = 8  # units


@dataclass(frozen=True, slots=True)
class Named:
    """A unit that the rule names, and the numbers for which it does."""

    unit_id: int
    on_time: int
    judged: int
    overdue: int

    @property
    def percent(self) -> Decimal:
        return (Decimal(100 * self.on_time) / Decimal(self.judged or 1)).quantize(
            Decimal("0.1"), ROUND_HALF_UP
        )


def praised(counts: Sequence["Count"], rule: Naming) -> list[Named]:
    """The units to be commended, those with the most first; each with why."""
    found = [
        one
        for one in _by_unit(counts)
        if one.judged >= rule.praise_least
        and 100 * one.on_time >= rule.praise_percent * one.judged
        and not one.overdue
    ]
    return sorted(found, key=lambda one: -one.on_time)[: rule.praise_most]


def late(counts: Sequence["Count"], rule: Naming) -> list[Named]:
    """The units to be named as late, those with the most first; each with why."""
    found = [one for one in _by_unit(counts) if one.overdue >= rule.late_least]
    return sorted(found, key=lambda one: -one.overdue)[: rule.late_most]


def _by_unit(counts: Sequence["Count"]) -> list[Named]:
    overdue = {one.unit_id: len(one.counted) for one in counts if one.key == "overdue" and one.unit_id}
    rates = [one for one in counts if one.key == "on_time_rate" and one.unit_id]
    return [
        Named(one.unit_id, len(one.counted), len(one.out_of or ()), overdue.get(one.unit_id, 0))
        for one in rates
        if one.unit_id
    ]


def masked(text: str, names: Iterable[str]) -> str:
    """A text in which people are known by their family name only (马晓燕 → 马**), longest names first."""
    for name in names:
        if len(name) > 1:
            text = text.replace(name, name[0] + "*" * (len(name) - 1))
    return text


@dataclass(frozen=True, slots=True)
class Row:
    """One lead assignment as it stood at the moment of the count."""

    pk: int
    unit_id: int
    unit: str
    source: str
    dispatched_at: datetime
    due_at: datetime
    standing: str
    finished_at: datetime | None  # the signature on the submission that was accepted or awaits review
    ended_at: datetime | None
    suspended: bool
    returned: bool
    obstacle: bool
    extended: bool
    reported: bool
    asked: bool = False  # for help from above, ever
    plan_id: int = NO_PLAN

    def is_finished(self) -> bool:
        return self.standing in (Standing.WRITTEN_OFF, Standing.ACCEPTED)

    def is_overdue(self, at: datetime) -> bool:
        """The unit's clock runs and the deadline that counts has passed."""
        return (
            self.standing in (Standing.WORKING, Standing.UNSIGNED) and not self.suspended and self.due_at < at
        )

    def is_on_time(self) -> bool:
        return self.is_finished() and self.finished_at is not None and self.finished_at <= self.due_at

    def cause(self, at: datetime) -> Cause:
        if self.suspended:
            return Cause.SUSPENDED
        if self.standing == Standing.IN_REVIEW:
            return Cause.REVIEW
        if self.returned:
            return Cause.RETURNED
        if self.obstacle:
            return Cause.OBSTACLE
        if self.extended and not self.is_overdue(at):
            return Cause.EXTENDED
        if not self.reported and (self.is_overdue(at) or self.standing == Standing.UNSIGNED):
            return Cause.SILENT
        return Cause.LATE if self.is_overdue(at) else Cause.UNDERWAY


@dataclass(frozen=True, slots=True)
class Count:
    """A figure with the ids it counts; a rate is `counted` out of `out_of`, in per cent."""

    key: str
    counted: tuple[int, ...]
    out_of: tuple[int, ...] | None = None
    unit_id: int | None = None

    @property
    def value(self) -> Decimal:
        if self.out_of is None:
            return Decimal(len(self.counted))
        share = Decimal(100 * len(self.counted)) / Decimal(len(self.out_of) or 1)
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)


LABELS: dict[str, Any] = {
    "dispatched": _("累计交办"),
    "new": _("本期交办"),
    "written_off": _("已销号"),
    "written_off_in_period": _("本期销号"),
    "finished_in_period": _("本期办结"),
    "unfinished": _("未完成"),
    "overdue": _("逾期未完成"),
    "on_time_rate": _("按期率"),
    "help_asked": _("请上级协调"),
    "help_open": _("协调待答复"),
}


def label_of(key: str) -> Any:
    """What a figure is called; keys with a colon are a kind and its member, such as `cause:silent`.

    That of one plan of a bulletin, `plan:7:overdue`, is called as that of the whole.
    """
    kind, _colon, member = key.partition(":")
    if kind == "plan":
        return LABELS[member.partition(":")[2]]
    if kind == "standing":
        return Standing(member).label
    if kind == "cause":
        return Cause(member).label
    if kind == "source":
        from bihuan.supervision.models import Source

        return Source.Kind(member).label
    return LABELS[key]


def shown(key: str, value: Decimal) -> str:
    """A figure as it is written: a rate in per cent, anything else as a whole number."""
    return f"{value}%" if key.endswith("on_time_rate") else f"{value:.0f}"


def count(
    rows: Sequence[Row], first_on: date, last_on: date, at: datetime, plans: Sequence[int] = ()
) -> list[Count]:
    """Every figure of a circular: overall, by source, standing and cause, per unit, and of a bulletin per plan."""

    def in_period(moment: datetime | None) -> bool:
        return moment is not None and first_on <= office_day(moment) <= last_on

    counts = [
        Count("dispatched", ids(rows)),
        Count("new", ids(row for row in rows if in_period(row.dispatched_at))),
        Count(
            "finished_in_period", ids(row for row in rows if row.is_finished() and in_period(row.finished_at))
        ),
        Count("written_off_in_period", ids(row for row in rows if in_period(row.ended_at))),
        Count("unfinished", ids(row for row in rows if not row.is_finished())),
        Count("overdue", ids(row for row in rows if row.is_overdue(at))),
        _rate(rows, at),
    ]
    if asked := ids(row for row in rows if row.asked):
        counts += [Count("help_asked", asked), Count("help_open", ids(row for row in rows if row.obstacle))]
    counts += [
        Count(f"standing:{one}", ids(row for row in rows if row.standing == one)) for one in Standing.values
    ]
    for source in sorted({row.source for row in rows}):
        counts.append(Count(f"source:{source}", ids(row for row in rows if row.source == source)))
    unfinished = [row for row in rows if not row.is_finished()]
    for cause in Cause.values:
        if found := ids(row for row in unfinished if row.cause(at) == cause):
            counts.append(Count(f"cause:{cause}", found))
    by_unit: dict[int, list[Row]] = {}
    by_plan: dict[int, list[Row]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row)
        by_plan.setdefault(row.plan_id, []).append(row)
    for unit_id in sorted(by_unit):
        counts += _line(by_unit[unit_id], at, unit_id=unit_id)
    for plan_id in plans:
        if plan_id in by_plan:
            counts += _line(by_plan[plan_id], at, prefix=f"plan:{plan_id}:")
    return counts


def _line(rows: Sequence[Row], at: datetime, prefix: str = "", unit_id: int | None = None) -> list[Count]:
    """The five figures of one line of a table."""
    rate = _rate(rows, at)
    written_off = ids(row for row in rows if row.standing == Standing.WRITTEN_OFF)
    return [
        Count(f"{prefix}dispatched", ids(rows), unit_id=unit_id),
        Count(f"{prefix}written_off", written_off, unit_id=unit_id),
        Count(f"{prefix}unfinished", ids(row for row in rows if not row.is_finished()), unit_id=unit_id),
        Count(f"{prefix}overdue", ids(row for row in rows if row.is_overdue(at)), unit_id=unit_id),
        Count(f"{prefix}{rate.key}", rate.counted, rate.out_of, unit_id),
    ]


def _rate(rows: Sequence[Row], at: datetime) -> Count:
    """按期率: finished on time, out of all that are finished or overdue; what is not due yet counts nowhere."""
    judged = ids(row for row in rows if row.is_finished() or row.is_overdue(at))
    return Count("on_time_rate", ids(row for row in rows if row.is_on_time()), judged)


def ids(rows: Iterable[Row]) -> tuple[int, ...]:
    """What a figure keeps of the rows it counts, always in the same order."""
    return tuple(sorted(row.pk for row in rows))
