"""Rules that count (计次规则): so many presses about a matter, or matters of a unit in a row, propose a step.

Pure. What is counted are recorded effects of the ladder, never lights (DESIGN §3.1): "two yellow cards", "three red
ones in a row" of domain.md §4.4. They are part of a version of the ladder, so an authority settles them with it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.rungs import CODE, PLACE, PLACES, PROPOSALS, Flaw, Rung, Step, Told, Wait, rung_of
from bihuan.ui.wording import say_list

MOST_TIMES = 20
LONGEST_WINDOW = 1100
"""Days, three years: the longest that a rule may look back (C)."""


class Counted(TextChoices):
    """What may be counted: what the unit was really told of or served, not what was only proposed."""

    REMIND = "remind", _("系统提醒")
    URGE = "urge", _("系统催办")
    AGAIN = "again", _("再催办")
    HAND = "hand", _("人工催办")
    SLIP = "slip", _("督办通知单（已签发）")
    CIRCULAR = "circular", _("列入通报（已采纳）")
    INTERVIEW = "interview", _("约谈（已采纳）")


SOUNDED = {Counted.REMIND, Counted.URGE, Counted.AGAIN}
"""Those that the ladder sounds by itself."""


class Scope(TextChoices):
    """Whose presses are counted together."""

    MATTER = "matter", _("同一事项")
    UNIT = "unit", _("同一单位（按事项数计）")


class Press(NamedTuple):
    """One recorded press; kind and key name its row."""

    kind: Counted
    key: int
    assignment: int
    unit: int
    issuer: int
    at: datetime

    @property
    def name(self) -> tuple[str, int]:
        return str(self.kind.value), self.key


@dataclass(frozen=True, slots=True)
class CountRule:
    """So many of `counted` within a scope propose a step for a person to decide.

    A unit's count goes by matters, each once. One `in_row` begins anew whenever the unit finished a matter on time.
    `within_days` is how far back it looks, 0 without end; `since` from when on presses count, None from the beginning.
    """

    code: str  # the step it proposes and a number: "slip_c1"
    label: Any
    counted: frozenset[Counted]
    scope: Scope
    times: int
    told: tuple[Told, ...]
    text: str = ""
    in_row: bool = False
    within_days: int = 0
    ground: str = ""
    since: datetime | None = None
    kind: str = ""  # of source; empty for all

    @property
    def step(self) -> Step:
        return Step(self.code.partition("_")[0])

    @property
    def rung(self) -> Rung:
        """What it leaves behind, as a rung of the deadline's ladder without a day of its own."""
        return rung_of(Wait.DUE, self.code, self.label, 0, self.told, text=self.text, ground=self.ground)

    @property
    def counted_in_order(self) -> list[Counted]:
        return [one for one in Counted if one in self.counted]

    def same_as(self, other: "CountRule") -> bool:
        """Whether both count alike, whatever they are called and whom they tell."""
        return all(
            getattr(self, name) == getattr(other, name)
            for name in ("code", "counted", "scope", "times", "in_row", "within_days")
        )

    def subject(self, press: Press) -> tuple[int, ...]:
        """What a press is counted for: the assignment, or the unit under the authority that gave it the matter."""
        return (press.assignment,) if self.scope == Scope.MATTER else (press.issuer, press.unit)


class Standing(NamedTuple):
    """How far a count has come: the presses that count, and of these the one for each time."""

    presses: list[Press]
    times: list[Press]


def standing(
    rule: CountRule,
    presses: Iterable[Press],
    *,
    spent: Collection[tuple[str, int]],
    breaks: Iterable[datetime] = (),
    now: datetime,
) -> Standing:
    """How far one subject's count has come.

    `presses` are those of the subject; `spent` those that an earlier proposal of this rule has counted, by kind and
    key; `breaks` when the unit finished a matter on time.
    """
    after = rule.since
    if rule.within_days:
        window = now - timedelta(days=rule.within_days)
        after = max(after, window) if after else window
    if rule.in_row:
        last = max((at for at in breaks if at <= now), default=None)
        after = max(after, last) if after and last else after or last
    counting = sorted(
        (
            one
            for one in presses
            if one.kind in rule.counted
            and one.name not in spent
            and one.at <= now
            and (after is None or one.at > after)
        ),
        key=lambda one: (one.at, one.kind, one.key),
    )
    if rule.scope == Scope.MATTER:
        return Standing(counting, counting)
    first: dict[int, Press] = {}
    for one in counting:
        first.setdefault(one.assignment, one)
    return Standing(counting, list(first.values()))


def replay(rule: CountRule, presses: Sequence[Press], breaks: Sequence[datetime] = ()) -> list[Standing]:
    """What the rule would have proposed over one subject's past, as if it had been looked at after each press."""
    found: list[Standing] = []
    spent: set[tuple[str, int]] = set()
    for press in sorted(presses, key=lambda one: one.at):
        if press.kind not in rule.counted:
            continue
        reached = standing(rule, presses, spent=spent, breaks=breaks, now=press.at)
        if len(reached.times) >= rule.times:
            found.append(reached)
            spent |= {one.name for one in reached.presses}
    return found


# --- the rules an authority starts with -----------------------------------------------------------------------

PROPOSED = "{单位}：{名称}，请审定。最近一件：“{事项}”。"

DEFAULT: tuple[CountRule, ...] = (
    CountRule(
        "slip_c1",
        _("同一事项两次催办，拟发督办单"),
        frozenset({Counted.URGE, Counted.HAND}),
        Scope.MATTER,
        2,
        (Told.LEADER, Told.GIVER),
        text=PROPOSED,
        ground="domain.md §4.4, §15, S [GUANGYUAN]",
    ),
    CountRule(
        "interview_c1",
        _("连续三件被督办，拟约谈"),
        frozenset({Counted.SLIP}),
        Scope.UNIT,
        3,
        (Told.GIVER, Told.GIVER_LEADER),
        text=PROPOSED,
        in_row=True,
        ground="domain.md §4.4, §15, S [LONGCHANG]",
    ),
)


# --- as rows of a version -------------------------------------------------------------------------------------


def as_rows(rules: Iterable[CountRule]) -> list[dict[str, Any]]:
    """The rules as they are kept."""
    return [
        {
            "code": rule.code,
            "label": str(rule.label),
            "counted": [one.value for one in rule.counted_in_order],
            "scope": rule.scope.value,
            "times": rule.times,
            "in_row": rule.in_row,
            "within_days": rule.within_days,
            "told": [one.value for one in rule.told],
            "text": rule.text,
            "since": rule.since.isoformat() if rule.since else None,
        }
        for rule in rules
    ]


def from_rows(rows: Iterable[Mapping[str, Any]], kind: str = "") -> tuple[CountRule, ...]:
    """The rules that rows describe; a step that cannot be proposed is a ValueError like any other odd value."""
    rules = []
    for row in rows:
        if not CODE.fullmatch(row["code"]) or Step(row["code"].partition("_")[0]) not in PROPOSALS:
            raise ValueError(row["code"])
        since = row.get("since")
        rules.append(
            CountRule(
                row["code"],
                row["label"],
                frozenset(Counted(one) for one in row["counted"]),
                Scope(row["scope"]),
                int(row["times"]),
                tuple(Told(one) for one in row["told"]),
                text=row.get("text", ""),
                in_row=bool(row.get("in_row", False)),
                within_days=int(row.get("within_days", 0)),
                since=datetime.fromisoformat(since) if since else None,
                kind=kind,
            )
        )
    return tuple(rules)


def named(rules: Iterable[CountRule], code: str) -> CountRule | None:
    return next((rule for rule in rules if rule.code == code), None)


def flaws(rules: Sequence[CountRule]) -> list[Flaw]:
    """What is wrong with the rules of a version, in sentences."""
    return [flaw for rule in rules for flaw in _in_one(rule, [other.code for other in rules])]


def _in_one(rule: CountRule, codes: Sequence[str]) -> Iterator[Flaw]:
    if codes.count(rule.code) > 1:
        yield Flaw(Wait.DUE, _("同一编码只能用于一条计次规则"), rule.code)
    if not rule.counted:
        yield Flaw(Wait.DUE, _("请选择计次规则数什么"), rule.code)
    if not 2 <= rule.times <= MOST_TIMES:
        yield Flaw(Wait.DUE, _("计次须在 2 到 20 次之间"), rule.code)
    if not 0 <= rule.within_days <= LONGEST_WINDOW:
        yield Flaw(Wait.DUE, _("计次期限不能超过 1100 日"), rule.code)
    if not rule.told:
        yield Flaw(Wait.DUE, _("请至少选择一类接收人"), rule.code)
    if rule.in_row and rule.scope == Scope.MATTER:
        yield Flaw(Wait.DUE, _("“连续”按单位计，同一事项不分连续"), rule.code)
    if rule.scope == Scope.UNIT and rule.step == Step.SLIP:
        yield Flaw(Wait.DUE, _("督办单一事一单，按单位计次时请选通报、约谈或提请问责"), rule.code)
    if any(one.value == rule.step.value for one in rule.counted) and rule.scope == Scope.MATTER:
        yield Flaw(Wait.DUE, _("不能用一项措施的次数再提出同一项措施"), rule.code)
    if unknown := [name for name in PLACE.findall(rule.text) if name not in PLACES]:
        yield Flaw(Wait.DUE, _("不认识的填充项：%(names)s") % {"names": say_list(unknown)}, rule.code)
