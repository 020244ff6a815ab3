"""The closed loop as pure rules: stages, moves, who waits for whom until when (DESIGN §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
} | {(stage, Move.CANCEL): Stage.CANCELLED for stage in OPEN}


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


def light_of(clock: Clock, at: datetime) -> Light:
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


def _reported_lately(clock: Clock) -> bool:
    """A report since the light could first have changed, or in the current slot where there are slots."""
    since = clock.slot_opened_at or clock.amber_at
    return clock.reported_at is not None and clock.reported_at >= since


@dataclass(frozen=True, slots=True)
class Marks:
    """The moments at which somebody must do something about an assignment."""

    sign_by: datetime | None
    due_at: datetime
    decide_by: datetime | None = None  # the dispatcher's or reviewer's own clock
    answer_by: datetime | None = None  # of an extension that awaits its decision
    review_on: datetime | None = None  # of a suspension
    publicised_until: datetime | None = None


def next_alarm(stage: str, marks: Marks) -> datetime | None:
    """When the next person is late if nothing happens; None only once the assignment has ended.

    Every open stage has an answer: that is what makes silent lateness impossible (DESIGN §3.1).
    """
    if stage in ENDED:
        return None
    if stage == Stage.PUBLICISED and marks.publicised_until:
        return marks.publicised_until
    if stage in (Stage.DECLINED, Stage.COMPLETED, Stage.ACCEPTED, Stage.PUBLICISED):
        return marks.decide_by or marks.due_at
    if marks.review_on:
        return marks.review_on
    awaited = [marks.due_at, marks.answer_by]
    if stage == Stage.DISPATCHED:
        awaited.append(marks.sign_by)
    return min(moment for moment in awaited if moment is not None)


def mean(values: Iterable[int]) -> int | None:
    """The roll-up of progress: every leaf counts the same (DESIGN §3)."""
    known = list(values)
    return round(sum(known) / len(known)) if known else None
