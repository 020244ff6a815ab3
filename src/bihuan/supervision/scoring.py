"""Scoring rules (计分规则) as data: which recorded event counts how much for a unit. Pure.

Units only, never people, and results only, never log-ins or clicks (domain.md §4.8, §9.5). An authority may settle
its own version by version (`ScoreEdition`); these are the ones it starts with, each with its ground.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.rules import Duty


class Event(TextChoices):
    """What is counted: each is a query over rows that are kept for ever, see `queries.scores`."""

    ON_TIME = "on_time", _("按期办结")
    OVERDUE = "overdue", _("逾期")
    RETURNED = "returned", _("办结申报被退回")
    MISSING = "missing", _("缺报进展")
    SLIP = "slip", _("收到督办通知单")
    CIRCULAR = "circular", _("被通报逾期")
    RELAPSE = "relapse", _("回头看反弹")


GROUPS = {Event.SLIP: "pressure", Event.CIRCULAR: "pressure"}
"""Events of a group about the same assignment count once, as the weightiest ([INRRP]: no double counting)."""

MOST = Decimal(100)
"""The largest weight and cap that can be set (C)."""


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """So many points for each occurrence of an event, at most `cap` in a period; no cap where it is 0."""

    event: Event
    duty: Duty
    points: Decimal
    cap: Decimal = Decimal(0)
    ground: str = ""

    def worth(self, count: int) -> Decimal:
        total = self.points * count
        return total if not self.cap else max(-self.cap, min(self.cap, total))

    def is_capped(self, count: int) -> bool:
        return self.worth(count) != self.points * count


@dataclass(frozen=True, slots=True)
class Scoring:
    """The rules of an authority with the number everybody begins with."""

    base: Decimal
    rules: Sequence[ScoreRule]


def _both(event: Event, lead: str, cap: str, ground: str) -> list[ScoreRule]:
    """The rule for leads, and half of it for assisting units ([INRRP])."""
    half = Decimal(lead) / 2
    return [
        ScoreRule(event, Duty.LEAD, Decimal(lead), Decimal(cap), ground),
        ScoreRule(event, Duty.ASSIST, half, Decimal(cap), f"{ground}; half: S [INRRP]"),
    ]


DEFAULT = Scoring(
    Decimal(100),  # domain.md §4.8, S [FY-174265]
    [
        *_both(Event.ON_TIME, "1", "20", "domain.md §4.8, S [FY-170043]; cap C"),
        *_both(Event.OVERDUE, "-1", "0", "domain.md §4.8, S [FY-170043]"),
        *_both(Event.RETURNED, "-1", "5", "domain.md §4.8 has 2 for fraud, S [FY-170043]; 1 and cap C"),
        *_both(
            Event.MISSING, "-1", "5", "domain.md §4.8 has 10 for a whole report, S [FY-174265]; 1 and cap C"
        ),
        *_both(Event.SLIP, "-1", "0", "domain.md §4.4, S [GUANGYUAN]"),
        *_both(Event.CIRCULAR, "-1", "0", "domain.md §4.8, S [INRRP]"),
        *_both(Event.RELAPSE, "-2", "0", "domain.md §5.4, C"),
    ],
)


def as_rows(scoring: Scoring) -> dict[str, Any]:
    """The rules as they are kept."""
    return {
        "base": str(scoring.base),
        "rules": [
            {"event": r.event.value, "duty": r.duty.value, "points": str(r.points), "cap": str(r.cap)}
            for r in scoring.rules
        ],
    }


def from_rows(rows: Mapping[str, Any]) -> Scoring:
    """The rules that were kept. Raises KeyError, TypeError, ValueError or ArithmeticError for anything else."""
    found = [
        ScoreRule(Event(r["event"]), Duty(r["duty"]), Decimal(r["points"]), Decimal(r.get("cap") or 0))
        for r in rows["rules"]
    ]
    return Scoring(Decimal(rows["base"]), found)


def flaws(scoring: Scoring) -> list[Any]:
    """Why rules cannot be put in force, each in a sentence."""
    return list(_flaws(scoring))


def _flaws(scoring: Scoring) -> Iterable[Any]:
    keys = Counter((rule.event, rule.duty) for rule in scoring.rules)
    numbers = [scoring.base, *(n for rule in scoring.rules for n in (rule.points, rule.cap))]
    if not all(n.is_finite() and abs(n) <= MOST and n == round(n, 1) for n in numbers):
        yield _("分值在 ±100 以内，最多一位小数")
        return
    if not scoring.rules:
        yield _("至少设一项规则")
    if max(keys.values(), default=0) > 1:
        yield _("同一事项、同一责任只能设一项规则")
    if any(rule.cap < 0 for rule in scoring.rules):
        yield _("上限不能为负")
    if any(rule.points > 0 for rule in scoring.rules if rule.event != Event.ON_TIME):
        yield _("除按期办结外，其余事项不能加分")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time something happened to an assignment; more than one where it happened again."""

    unit_id: int
    assignment_id: int
    duty: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a rule comes to for a unit, with the assignments that make it up."""

    rule: ScoreRule
    counted: tuple[int, ...]

    @property
    def points(self) -> Decimal:
        return self.rule.worth(len(self.counted))


def score(scoring: Scoring, happened: Mapping[Event, Iterable[Occurrence]]) -> dict[int, list[Line]]:
    """The lines of each unit. The same occurrences give the same lines, however often it is asked."""
    rules = {(rule.event, rule.duty): rule for rule in scoring.rules}
    found: dict[tuple[int, Event, str], list[int]] = defaultdict(list)
    for event, occurrences in happened.items():
        for one in occurrences:
            if (event, one.duty) in rules:
                found[one.unit_id, event, one.duty].append(one.assignment_id)
    _count_once(found, rules)
    lines: dict[int, list[Line]] = defaultdict(list)
    for rule in scoring.rules:
        for (unit_id, event, duty), counted in found.items():
            if (event, duty) == (rule.event, rule.duty) and counted:
                lines[unit_id].append(Line(rule, tuple(sorted(counted))))
    return dict(lines)


def _count_once(found: dict[tuple[int, Event, str], list[int]], rules: Mapping[Any, ScoreRule]) -> None:
    """Leave an assignment in the weightiest event of a group only; of equal ones in the first."""
    order = list(Event)
    for (unit_id, event, duty), counted in found.items():
        group = GROUPS.get(event)
        for other in order if group else []:
            if other == event or GROUPS.get(other) != group or (other, duty) not in rules:
                continue
            mine, theirs = abs(rules[event, duty].points), abs(rules[other, duty].points)
            if theirs > mine or (theirs == mine and order.index(other) < order.index(event)):
                taken = set(found.get((unit_id, other, duty), ()))
                counted[:] = [pk for pk in counted if pk not in taken]
