"""The rungs of the ladder (催办阶梯) as data: what happens on which workday, who is told, in which words.

Pure. An authority may have its own, version by version (`LadderEdition`); these are the ones it starts with, each
with its ground (DESIGN §3.1, domain.md §4.6 and §15).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.ui.wording import say_list


class Wait(TextChoices):
    """What is waited for. `sign` and `due` are the unit's clock, the others that of the unit above it."""

    SIGN = "sign", _("签收")
    DUE = "due", _("办结")
    DECISION = "decision", _("退办决定")
    REVIEW = "review", _("审核")
    STRIKE = "strike", _("销号")
    PUBLICITY = "publicity", _("公示期满")
    EXTENSION = "extension", _("延期审批")
    SUSPENSION = "suspension", _("暂停复核")


class Told(TextChoices):
    """Who is told, as seen from the unit that is waited for."""

    DESK = "desk", _("承办岗位")  # whoever is to do it
    LEADER = "leader", _("本单位领导")
    ABOVE = "above", _("上级督查岗位")
    GIVER = "giver", _("交办机关督查岗位")
    GIVER_LEADER = "giver_leader", _("交办机关领导")


class Step(TextChoices):
    """What a rung is, from the lowest to the highest; the one that comes again stands beside them."""

    REMIND = "remind", _("提醒")
    CALL = "call", _("到期提请")
    URGE = "urge", _("催办")
    SLIP = "slip", _("拟发督办单")
    CIRCULAR = "circular", _("拟列入通报")
    INTERVIEW = "interview", _("拟约谈")
    ACCOUNTABILITY = "accountability", _("拟提请问责")
    AGAIN = "again", _("再催办")


HEIGHTS: dict[Step, int] = {step: height for height, step in enumerate(Step) if step != Step.AGAIN}
PROPOSALS = (Step.SLIP, Step.CIRCULAR, Step.INTERVIEW, Step.ACCOUNTABILITY)
HELD = (Step.CIRCULAR, Step.INTERVIEW)
"""What an accepted explanation holds until its day (DESIGN §3.0)."""

LONGEST_GAP = 22
"""Workdays, about a month: the longest that may pass between two calls once a date is over (C)."""

FURTHEST = 250
"""Workdays, about a year: how far from its date a rung may lie (C)."""

PLACES = {"事项": "matter", "单位": "unit", "时限": "due", "等待": "wait", "名称": "rung"}
"""What a message may have filled in. Its words are the authority's own, so they are Chinese like their places."""

PLACE = re.compile(r"[{｛]\s*([^{}｛｝]*?)\s*[}｝]")
CODE = re.compile(r"([a-z]+)(_[a-z0-9]{1,10})?")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: `offset` workdays after the date waited for, before it where negative.

    One with `every` comes again each so many workdays from its offset on, until somebody acts (features.md B4).
    """

    code: str  # its step, and what tells it from others of the same step: exactly one effect for each
    label: Any
    offset: int
    told: tuple[Told, ...]
    text: str = ""
    every: int = 0
    ground: str = ""
    proposes: bool = False  # leaves a proposal (拟办) for a person; nothing is drafted or sent by itself
    held: bool = False  # an accepted explanation holds it until its day

    @property
    def before(self) -> int:
        return -self.offset

    @property
    def step(self) -> Step:
        return Step(self.code.partition("_")[0])


Steps = Mapping[Wait, Sequence[Rung]]


def rung_of(wait: Wait, code: str, label: Any, offset: int, told: Iterable[str], **more: Any) -> Rung:
    """A rung with what follows from its step: from the slip upward the program proposes, and people decide."""
    step = Step(code.partition("_")[0])
    proposes = (step in PROPOSALS and wait != Wait.SIGN) or (wait, step) == (Wait.PUBLICITY, Step.CALL)
    receivers = tuple(Told(one) for one in told)
    return Rung(code, label, offset, receivers, proposes=proposes, held=step in HELD, **more)


# --- the ladder an authority starts with ----------------------------------------------------------------------

BEFORE = "“{事项}”须于{时限}前{等待}，请抓紧办理。"
REACHED = "“{事项}”的{等待}日期{时限}已到，请处理。"
PASSED = "“{事项}”应于{时限}前{等待}，至今没有完成，请抓紧办理；确有困难的，请说明情况。"
PROPOSED = "“{事项}”应于{时限}前{等待}，至今没有完成，系统{名称}，请审定。"

REMINDERS = (
    ("remind_first", _("首次提醒"), -7),
    ("remind_second", _("再次提醒"), -3),
    ("remind_last", _("临期提醒"), -1),
)
PRESSURE = (
    (Step.URGE, 1, (Told.DESK, Told.LEADER), "domain.md §4.6, S [FSOU-12345]"),
    (Step.SLIP, 3, (Told.LEADER, Told.ABOVE, Told.GIVER), "DESIGN §3.1"),
    (Step.CIRCULAR, 5, (Told.LEADER, Told.GIVER, Told.GIVER_LEADER), "DESIGN §3.1, S [FSOU-12345]"),
    (Step.INTERVIEW, 10, (Told.GIVER, Told.GIVER_LEADER), "DESIGN §3.1, C"),
    (Step.ACCOUNTABILITY, 15, (Told.GIVER, Told.GIVER_LEADER), "DESIGN §3.1, C"),
)
AGAIN = (Told.DESK, Told.LEADER, Told.GIVER)
AGAIN_EVERY = 5

WHOLE = (Wait.DUE, Wait.DECISION, Wait.REVIEW, Wait.STRIKE)
"""The waits with reminders before their date; the others begin with a call on it."""

ENDLESS = tuple(wait for wait in Wait if wait != Wait.SIGN)
"""The waits that ring until somebody acts; beside `sign` that of the deadline goes on for ever."""


def _pressing(wait: Wait) -> list[Rung]:
    after_call = 0 if wait in WHOLE else 1  # a call has a workday to be answered before anybody is pressed
    rungs = [
        rung_of(
            wait,
            step.value,
            step.label,
            offset + after_call,
            told,
            text=PROPOSED if step in PROPOSALS else PASSED,
            ground=ground,
        )
        for step, offset, told, ground in PRESSURE
    ]
    first_again = rungs[-1].offset + AGAIN_EVERY
    again = rung_of(
        wait,
        Step.AGAIN.value,
        Step.AGAIN.label,
        first_again,
        AGAIN,
        text=PASSED,
        every=AGAIN_EVERY,
        ground="features.md B4, C",
    )
    return [*rungs, again]


def _starting(wait: Wait) -> tuple[Rung, ...]:
    both = (Told.DESK, Told.LEADER)
    if wait == Wait.SIGN:
        above = (Told.LEADER, Told.ABOVE, Told.GIVER)
        return (
            rung_of(wait, "urge", _("催签收"), 0, both, text=PASSED, ground="domain.md §15, C"),
            rung_of(wait, "slip", _("未签收上报"), 2, above, text=PASSED, ground="C"),
        )
    if wait in WHOLE:
        ground = "DESIGN §3.1, domain.md §15, C"
        reminders = [
            rung_of(wait, code, label, offset, (Told.DESK,), text=BEFORE, ground=ground)
            for code, label, offset in REMINDERS
        ]
        return (*reminders, *_pressing(wait))
    told = both if wait == Wait.EXTENSION else (Told.DESK,)
    label = _("公示期满，拟销号") if wait == Wait.PUBLICITY else _("到期未决提醒")
    call = rung_of(wait, "call", label, 0, told, text=REACHED, ground="DESIGN §3.0")
    return (call, *_pressing(wait))


DEFAULT: Steps = {wait: _starting(wait) for wait in Wait}


# --- as rows of a version -------------------------------------------------------------------------------------


def as_rows(steps: Steps) -> list[dict[str, Any]]:
    """The ladder as it is kept: plain rows, without what follows from the step."""
    return [
        {
            "wait": wait.value,
            "code": rung.code,
            "label": str(rung.label),
            "offset": rung.offset,
            "told": [one.value for one in rung.told],
            "text": rung.text,
            "every": rung.every,
        }
        for wait, rungs in steps.items()
        for rung in rungs
    ]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Steps:
    """The ladder that rows describe, each wait's rungs from the earliest; the one that repeats is the last."""
    steps: dict[Wait, list[Rung]] = {wait: [] for wait in Wait}
    for row in rows:
        wait = Wait(row["wait"])
        words = {"text": row.get("text", ""), "every": row.get("every", 0)}
        steps[wait].append(rung_of(wait, row["code"], row["label"], row["offset"], row["told"], **words))
    return {
        wait: tuple(sorted(rungs, key=lambda rung: (rung.every > 0, rung.offset)))
        for wait, rungs in steps.items()
    }


def rung_named(steps: Steps, wait: Wait, code: str) -> Rung | None:
    """The rung that left an effect of this code; the one that comes again counts its calls in it."""
    plain = Step.AGAIN.value if code.startswith(Step.AGAIN.value) else code
    return next((rung for rung in steps[wait] if rung.code == plain), None)


def in_words(text: str, places: Mapping[str, str]) -> str:
    """A message with its places filled in; what nobody knows stays as it was written."""
    return PLACE.sub(lambda found: places.get(PLACES.get(found[1], ""), found[0]), text)


# --- what a ladder must not do --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a ladder cannot be put in force, in a sentence, and where."""

    wait: Wait
    text: Any
    code: str = ""  # of the rung it is about


def flaws(steps: Steps) -> list[Flaw]:
    """What is wrong with a ladder: whatever could silence an assignment, or press before it is due.

    The database refuses an open assignment without a next alarm in any case; this keeps one from being so far
    away that nobody would call it an alarm (features.md R5: overdue notices cannot be switched off).
    """
    return [flaw for wait in Wait for flaw in (*_in_each(wait, steps[wait]), *_in_order(wait, steps[wait]))]


def _in_each(wait: Wait, rungs: Sequence[Rung]) -> Iterable[Flaw]:
    codes = [rung.code for rung in rungs]
    for rung in rungs:
        if codes.count(rung.code) > 1:
            yield Flaw(wait, _("同一编码只能用于一级"), rung.code)
        if not rung.told:
            yield Flaw(wait, _("请至少选择一类接收人"), rung.code)
        if abs(rung.offset) > FURTHEST:
            yield Flaw(wait, _("距时限不能超过 250 个工作日"), rung.code)
        if rung.step == Step.REMIND and rung.offset >= 0:
            yield Flaw(wait, _("提醒须在时限之前"), rung.code)
        if rung.step not in (Step.REMIND,) and rung.offset < 0:
            yield Flaw(wait, _("催办及以上各级不能早于时限"), rung.code)
        if (rung.step == Step.AGAIN) != (rung.every > 0):
            yield Flaw(wait, _("只有“再催办”重复，且须写明间隔"), rung.code)
        if unknown := [name for name in PLACE.findall(rung.text) if name not in PLACES]:
            yield Flaw(wait, _("不认识的填充项：%(names)s") % {"names": say_list(unknown)}, rung.code)


def _in_order(wait: Wait, rungs: Sequence[Rung]) -> Iterable[Flaw]:
    plain = [rung for rung in rungs if not rung.every]
    for lower, higher in pairwise(plain):
        if lower.offset == higher.offset:
            yield Flaw(wait, _("同一天只能有一级"), higher.code)
        if HEIGHTS[lower.step] > HEIGHTS[higher.step]:
            yield Flaw(wait, _("各级须由轻到重，逐级在后"), higher.code)
    after = [rung.offset for rung in rungs if rung.offset >= 0]
    gaps = [later - earlier for earlier, later in pairwise([0, *after])]
    repeating = [rung for rung in rungs if rung.every]
    if not after:
        yield Flaw(wait, _("时限之后至少要有一级，不能无人催办"))
    if any(gap > LONGEST_GAP for gap in [*gaps, *(rung.every for rung in repeating)]):
        yield Flaw(wait, _("时限之后两级之间不能超过 22 个工作日"))
    if wait in ENDLESS and len(repeating) != 1:
        yield Flaw(wait, _("最后须有一级“再催办”，直到有人处理为止"))
    if wait not in ENDLESS and repeating:
        yield Flaw(wait, _("签收不设“再催办”，办结时限会继续催办"))
    if repeating and plain and repeating[0].offset <= plain[-1].offset:
        yield Flaw(wait, _("“再催办”须在最后"), repeating[0].code)
