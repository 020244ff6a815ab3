"""The closed loop as pure rules: stages, moves, lights, lateness (DESIGN §3). The ladder stands in `ladder`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.errors import IllegalMove


class Stage(TextChoices):
    """Where an assignment (办件) stands. Overdue, lights and suspension are not stages."""

    DISPATCHED = "dispatched", _("待签收")
    DECLINED = "declined", _("退办待定")
    WORKING = "working", _("办理中")
    COMPLETED = "completed", _("待审核")
    ACCEPTED = "accepted", _("已办结")
    PUBLICISED = "publicised", _("公示中")
    WRITTEN_OFF = "written_off", _("已销号")
    REASSIGNED = "reassigned", _("已改派")
    CANCELLED = "cancelled", _("已撤销")


OPEN = (
    Stage.DISPATCHED,
    Stage.DECLINED,
    Stage.WORKING,
    Stage.COMPLETED,
    Stage.ACCEPTED,
    Stage.PUBLICISED,
)
ENDED = (Stage.WRITTEN_OFF, Stage.REASSIGNED, Stage.CANCELLED)
RUNNING = (Stage.DISPATCHED, Stage.DECLINED, Stage.WORKING)
"""The stages in which the receiving unit's clock runs; from `completed` on the next step is the reviewer's."""


class Move(TextChoices):
    """What can be done to an assignment's stage."""

    SIGN = "sign", _("签收")
    DECLINE = "decline", _("退办")
    INSIST = "insist", _("维持交办")
    REASSIGN = "reassign", _("改派")
    COMPLETE = "complete", _("办结申报")
    RETURN = "return", _("退回")
    ACCEPT = "accept", _("办结")
    PUBLICISE = "publicise", _("公示")
    OBJECT = "object", _("异议成立")
    WRITE_OFF = "write_off", _("销号")
    CANCEL = "cancel", _("撤销")
    JOIN = "join", _("并入")


DUTY_STAGES = (Stage.DISPATCHED, Stage.WORKING)
"""The stages in which the duty lies with the receiving unit and nobody else's word is awaited."""


MOVES: dict[tuple[str, str], Stage] = {
    (Stage.DISPATCHED, Move.SIGN): Stage.WORKING,
    (Stage.DISPATCHED, Move.DECLINE): Stage.DECLINED,
    (Stage.DECLINED, Move.INSIST): Stage.DISPATCHED,
    (Stage.DECLINED, Move.REASSIGN): Stage.REASSIGNED,
    (Stage.WORKING, Move.COMPLETE): Stage.COMPLETED,
    (Stage.COMPLETED, Move.RETURN): Stage.WORKING,
    (Stage.COMPLETED, Move.ACCEPT): Stage.ACCEPTED,
    (Stage.ACCEPTED, Move.PUBLICISE): Stage.PUBLICISED,
    (Stage.ACCEPTED, Move.WRITE_OFF): Stage.WRITTEN_OFF,
    (Stage.PUBLICISED, Move.WRITE_OFF): Stage.WRITTEN_OFF,
    (Stage.PUBLICISED, Move.OBJECT): Stage.WORKING,
}
for _stage in OPEN:
    MOVES[_stage, Move.CANCEL] = Stage.CANCELLED
    # The twin that a merger of units brought about goes on in the other one (DESIGN §3.0).
    MOVES[_stage, Move.JOIN] = Stage.REASSIGNED


def stage_after(stage: str, move: str) -> Stage:
    """Where `move` leads from `stage`; actions, buttons and the diagram in the docs all ask here."""
    if (stage, move) not in MOVES:
        raise IllegalMove(stage=stage, move=move)
    return MOVES[stage, move]


RING = {
    Stage.DISPATCHED: 1,
    Stage.DECLINED: 1,
    Stage.WORKING: 3,
    Stage.COMPLETED: 4,
    Stage.ACCEPTED: 4,
    Stage.PUBLICISED: 4,
    Stage.WRITTEN_OFF: 5,
}


class Outcome(TextChoices):
    """What a write-off says about the matter itself: closed is not the same as put right (DESIGN §3)."""

    DONE = "done", _("已整改")
    SUSTAINED = "sustained", _("持续整改")
    UNDONE = "undone", _("未整改")
    WAIVED = "waived", _("不予整改")


class Duty(TextChoices):
    """What a unit is to an item."""

    LEAD = "lead", _("牵头")
    ASSIST = "assist", _("配合")


class Mode(TextChoices):
    """How several lead units share an item (DESIGN §3)."""

    EACH = "each", _("各自牵头")
    JOINT = "joint", _("一家牵头")


class Cycle(TextChoices):
    """How often progress is to be reported (domain.md §4.3)."""

    NONE = "none", _("不定期")
    DAILY = "daily", _("每日")
    WEEKLY = "weekly", _("每周")
    BIWEEKLY = "biweekly", _("每两周")
    MONTHLY = "monthly", _("每月")
    QUARTERLY = "quarterly", _("每季度")
    HALF_YEARLY = "half_yearly", _("每半年")
    YEARLY = "yearly", _("每年")


class Priority(TextChoices):
    NORMAL = "normal", _("一般")
    IMPORTANT = "important", _("重要")
    URGENT = "urgent", _("紧急")


class Light(TextChoices):
    """The time light (灯): computed, never stored (DESIGN §3.1)."""

    GREEN = "g", _("正常推进")
    AMBER = "y", _("临期")
    STRONG = "yy", _("临期加急")
    RED = "r", _("逾期")
    PENDING = "p", _("延期待批")
    RESTING = "w", _("待审核")
    CLOSED = "c", _("已销号")


SETTABLE = (Light.GREEN, Light.AMBER, Light.STRONG)
"""The lights a person may set and may replace: an overdue one states a fact, which nobody sets and nobody hides."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The stored marks from which a light is a mere comparison."""

    stage: str
    due_at: datetime
    amber_at: datetime
    strong_at: datetime
    reported_at: datetime | None = None
    slot_opened_at: datetime | None = None
    suspended: bool = False
    extension_pending: bool = False  # asked in time, not decided yet
    override: str = ""  # a light set by hand, and the last moment at which it is shown
    override_until: datetime | None = None


def light_of(clock: Clock, at: datetime) -> Light:
    """The light that is shown: the computed one, or for a time the one a person set with a reason (domain.md §4.4).

    Only before the deadline and while the clock runs, so neither an overdue duty nor its statistics change by it.
    """
    computed = computed_light(clock, at)
    if computed in SETTABLE and clock.override_until is not None and at <= clock.override_until:
        return Light(clock.override)
    return computed


def computed_light(clock: Clock, at: datetime) -> Light:
    """First match wins: closed, resting, overdue, 15 % left, 30 % left without a report, green.

    domain.md §4.4 [SQNU]; the shares are in the stored marks, so other themes change marks, not this order.
    """
    if clock.stage in ENDED:
        return Light.CLOSED
    if clock.stage not in RUNNING or clock.suspended:
        return Light.RESTING
    if at > clock.due_at:
        return Light.PENDING if clock.extension_pending else Light.RED
    if at >= clock.strong_at:
        return Light.STRONG
    if at >= clock.amber_at and not _reported_lately(clock):
        return Light.AMBER
    return Light.GREEN


def is_late(
    stage: str,
    record_due_at: datetime,
    at: datetime,
    *,
    completed_at: datetime | None = None,
    suspended_at: datetime | None = None,
    extension_pending: bool = False,
) -> bool:
    """Whether an assignment counts as late in the statistics, for ever (DESIGN §3.1).

    `record_due_at` is the deadline of record: the original one, or what an extension, an amendment or a
    resumption made of it. A remedy date after a return never enters it, so a unit that hands in something
    unfinished at the last moment does not gain time by it. While an extension that was asked for in time awaits
    its answer nothing is decided yet.
    """
    if stage in (Stage.REASSIGNED, Stage.CANCELLED) or extension_pending:
        return False
    return (completed_at or suspended_at or at) > record_due_at


def progress_of(stage: str, reported: int | None) -> int | None:
    """A leaf's share of the whole: 100 when written off, else the unit's own last estimate (DESIGN §3)."""
    return 100 if stage == Stage.WRITTEN_OFF else reported


def expected_progress(start_on: date, due_on: date, on: date, shares: Iterable[tuple[date, int]] = ()) -> int:
    """How far a duty should be on a day, in percent (序时进度).

    Between the dated shares of its milestones, or only between its first and its last day, time passes evenly.
    """
    if on >= due_on:
        return 100
    if on <= start_on:
        return 0
    points = [(start_on, 0), *sorted(one for one in shares if start_on < one[0] < due_on), (due_on, 100)]
    after = next(index for index, (day, _share) in enumerate(points) if day > on)
    (left, low), (right, high) = points[after - 1], points[after]
    return round(low + (high - low) * (on - left) / (right - left))


def share_of_target(value: Decimal | None, target: Decimal | None) -> int | None:
    """How much of a quantified target (量化目标) is reached, in percent; more than all of it stays visible."""
    if value is None or not target:
        return None
    return int((value * 100 / target).to_integral_value(ROUND_HALF_UP))


def _reported_lately(clock: Clock) -> bool:
    """A report since the light could first have changed, or in the current slot where there are slots."""
    since = clock.slot_opened_at or clock.amber_at
    return clock.reported_at is not None and clock.reported_at >= since


def mean(values: Iterable[int]) -> int | None:
    """The roll-up of progress: every leaf counts the same (DESIGN §3)."""
    known = list(values)
    return round(sum(known) / len(known)) if known else None
