"""What can be done with an assignment, by whom and in which situation: one table for buttons, queues and doors.

The actions decide for themselves and stay the last word; this table only offers what they would accept, and
tests/supervision/test_views_operations.py holds the two against each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.org.roles import Cap
from bihuan.supervision.rules import DUTY_STAGES, OPEN, Stage


class Operation(TextChoices):
    """One thing that a person can do with an assignment (办理动作); the value is its noun in the address."""

    SIGN = "sign", _("签收")
    DECLINE = "decline", _("退办")
    REPORT = "report", _("填报进展")
    COMPLETE = "completion", _("申请办结")
    RECORD = "answer", _("登记答复")
    RETRACT = "submission-withdrawal", _("撤回申报")
    SIGN_OFF = "sign-off", _("审签申报")
    SEND_BACK = "send-back", _("退回修改")
    BREAK_DOWN = "parts", _("分解下发")
    OBSTACLE = "obstacle", _("请上级协调")
    EXPLAIN = "explanation", _("说明情况")
    EXTEND = "extension", _("申请延期")
    ENDORSE = "extension-endorsement", _("同意上报延期")
    WITHDRAW = "extension-withdrawal", _("撤回延期申请")
    GRANT = "extension-grant", _("同意延期")
    REFUSE = "extension-refusal", _("不同意延期")
    INSIST = "insistence", _("维持交办")
    REASSIGN = "reassignment", _("改派")
    TRANSFER = "transfer", _("确定承接单位")
    JOIN = "joining", _("并入")
    ACCEPT_REPORT = "report-acceptance", _("认可进展")
    RETURN_REPORT = "report-return", _("退回进展")
    REVIEW = "review", _("审核")
    URGE = "urge", _("催办")
    SLIP = "slip", _("拟督办通知单")
    INSTRUCT = "instruction", _("批示")
    ANSWER = "explanation-answer", _("答复说明")
    SUSPEND = "suspension", _("暂停计时")
    RESUME = "resumption", _("恢复计时")
    LIGHT = "light", _("人工调灯")
    PUBLICISE = "publicity", _("公示")
    OBJECT = "objection", _("登记异议")
    WRITE_OFF = "write-off", _("销号")
    LOOK_BACK = "look-back", _("回头看")
    CANCEL = "cancellation", _("撤销")


NEARLY = 80
"""From this estimate on, in per cent, the next thing is to declare a duty done."""


@dataclass(frozen=True)
class Situation:
    """What matters about one assignment and one actor when the question is what may be done now."""

    stage: str
    caps: frozenset[str]  # what the actor may exercise on this very assignment
    overdue: bool = False
    suspended: bool = False
    review_near: bool = False  # the suspension is about to come up for review
    insisted: bool = False
    returned: bool = False  # the last submission was sent back by the reviewer
    progress: int | None = None
    reported: bool = False  # ever
    slot_open: bool = False  # a report of the feedback cycle is awaited
    pressing: bool = False  # the light is strong or red
    submission_drafted: bool = False
    extension: str = ""  # state of the one that is pending
    extensions_left: int = 1
    explained: bool = False  # an explanation awaits its answer
    report_unread: bool = False  # a report awaits its verdict
    author: bool = False  # the actor reported or signed, so may not judge
    reviewer: bool = False  # the actor is the one whose word on the submission is awaited
    publicises: bool = False  # the plan wants publicity before write-off
    publicity_over: bool = False
    relapsed: bool = False  # a look-back has already started a new round
    above: bool = True  # there is a unit above that could be asked for help
    external: bool = False  # the unit is outside the system: its lead records what it answers
    unit_ended: bool = False  # merged or closed, and nobody has taken the duty over
    light_settable: bool = False  # the clock runs and the deadline has not passed
    twins: bool = False  # the unit has the same matter a second time, after a merger

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def runs(self) -> bool:
        return self.stage in DUTY_STAGES and not self.suspended


@dataclass(frozen=True)
class Rule:
    """Who may (`cap`, any of several) and when."""

    caps: frozenset[str]
    when: Callable[[Situation], bool]


def _rule(*caps: Cap, when: Callable[[Situation], bool]) -> Rule:
    return Rule(frozenset(caps), when)


RULES: dict[Operation, Rule] = {
    Operation.SIGN: _rule(Cap.SIGN_FOR, when=lambda s: s.stage == Stage.DISPATCHED),
    Operation.DECLINE: _rule(Cap.SIGN_FOR, when=lambda s: s.stage == Stage.DISPATCHED and not s.insisted),
    Operation.REPORT: _rule(Cap.HANDLE, when=lambda s: s.stage in (Stage.DISPATCHED, Stage.WORKING)),
    Operation.COMPLETE: _rule(
        Cap.HANDLE, when=lambda s: s.stage == Stage.WORKING and not s.submission_drafted and not s.external
    ),
    Operation.RECORD: _rule(Cap.HANDLE, when=lambda s: s.stage in DUTY_STAGES and s.external),
    Operation.RETRACT: _rule(Cap.HANDLE, when=lambda s: s.submission_drafted),
    Operation.SIGN_OFF: _rule(Cap.SIGN_OFF, when=lambda s: s.submission_drafted),
    Operation.SEND_BACK: _rule(Cap.SIGN_OFF, when=lambda s: s.submission_drafted),
    Operation.BREAK_DOWN: _rule(Cap.BREAK_DOWN, when=lambda s: s.stage in DUTY_STAGES and not s.external),
    Operation.OBSTACLE: _rule(Cap.HANDLE, when=lambda s: s.is_open and s.above),
    Operation.EXPLAIN: _rule(Cap.HANDLE, when=lambda s: s.is_open),
    Operation.EXTEND: _rule(
        Cap.HANDLE, when=lambda s: s.runs and not s.overdue and not s.extension and s.extensions_left > 0
    ),
    Operation.ENDORSE: _rule(Cap.SIGN_OFF, when=lambda s: s.extension == "asked"),
    Operation.WITHDRAW: _rule(Cap.HANDLE, when=lambda s: bool(s.extension)),
    Operation.GRANT: _rule(Cap.DECIDE, when=lambda s: s.extension == "endorsed"),
    Operation.REFUSE: _rule(Cap.DECIDE, when=lambda s: s.extension == "endorsed"),
    Operation.INSIST: _rule(Cap.DECIDE, when=lambda s: s.stage == Stage.DECLINED),
    Operation.REASSIGN: _rule(Cap.DECIDE, when=lambda s: s.stage == Stage.DECLINED),
    Operation.TRANSFER: _rule(Cap.DECIDE, when=lambda s: s.is_open and s.unit_ended),
    Operation.JOIN: _rule(Cap.DECIDE, when=lambda s: s.is_open and s.twins),
    Operation.ACCEPT_REPORT: _rule(Cap.PRE_REVIEW, when=lambda s: s.report_unread and not s.author),
    Operation.RETURN_REPORT: _rule(Cap.PRE_REVIEW, when=lambda s: s.report_unread and not s.author),
    Operation.REVIEW: _rule(Cap.PRE_REVIEW, Cap.APPROVE, when=lambda s: s.reviewer),
    Operation.URGE: _rule(Cap.URGE, when=lambda s: s.is_open),
    Operation.SLIP: _rule(Cap.URGE, when=lambda s: s.is_open and not s.external and not s.unit_ended),
    Operation.INSTRUCT: _rule(Cap.INSTRUCT, when=lambda s: s.is_open),
    Operation.ANSWER: _rule(Cap.URGE, when=lambda s: s.explained),
    Operation.SUSPEND: _rule(Cap.DECIDE, when=lambda s: s.runs),
    Operation.RESUME: _rule(Cap.DECIDE, when=lambda s: s.suspended),
    Operation.LIGHT: _rule(Cap.SET_LIGHT, when=lambda s: s.stage in DUTY_STAGES and s.light_settable),
    Operation.PUBLICISE: _rule(Cap.WRITE_OFF, when=lambda s: s.stage == Stage.ACCEPTED and s.publicises),
    Operation.OBJECT: _rule(Cap.WRITE_OFF, when=lambda s: s.stage == Stage.PUBLICISED),
    Operation.WRITE_OFF: _rule(
        Cap.WRITE_OFF,
        when=lambda s: (
            not s.author
            and (
                (s.stage == Stage.ACCEPTED and not s.publicises)
                or (s.stage == Stage.PUBLICISED and s.publicity_over)
            )
        ),
    ),
    Operation.LOOK_BACK: _rule(Cap.WRITE_OFF, when=lambda s: s.stage == Stage.WRITTEN_OFF and not s.relapsed),
    Operation.CANCEL: _rule(Cap.DECIDE, when=lambda s: s.is_open),
}

AWAITED = (
    Operation.SIGN_OFF,
    Operation.ENDORSE,
    Operation.RECORD,
    Operation.SIGN,
    Operation.TRANSFER,
    Operation.INSIST,
    Operation.GRANT,
    Operation.REVIEW,
    Operation.ANSWER,
    Operation.PUBLICISE,
    Operation.WRITE_OFF,
    Operation.RESUME,
)
"""What somebody waits for, the most urgent first: the first of these that is open is the one to do."""

SELDOM = frozenset(
    {
        Operation.DECLINE,
        Operation.OBSTACLE,
        Operation.SUSPEND,
        Operation.LIGHT,
        Operation.SLIP,
        Operation.INSTRUCT,
        Operation.CANCEL,
        Operation.RETURN_REPORT,
        Operation.WITHDRAW,
        Operation.RETRACT,
    }
)
"""Kept behind “more”, so that the panel stays short."""


def may_ever(operation: Operation, caps: frozenset[str]) -> bool:
    """Whether these capabilities suffice, whatever the situation: the difference between 403 and 409."""
    return bool(RULES[operation].caps & caps)


def is_open(operation: Operation, situation: Situation) -> bool:
    return may_ever(operation, situation.caps) and RULES[operation].when(situation)


def open_operations(situation: Situation) -> list[Operation]:
    """Everything that may be done now, the recommended one first."""
    found = [operation for operation in Operation if is_open(operation, situation)]
    best = recommended(situation)
    return found if best is None else [best, *(one for one in found if one != best)]


def recommended(situation: Situation) -> Operation | None:
    """The one thing to do now, or None where it is somebody else's turn."""
    for operation in AWAITED:
        if is_open(operation, situation) and (operation != Operation.RESUME or situation.review_near):
            return operation
    if is_open(Operation.COMPLETE, situation) and not situation.suspended:
        return next_of_work(situation)
    if situation.overdue and is_open(Operation.URGE, situation):
        return Operation.URGE
    return None


def next_of_work(situation: Situation) -> Operation:
    """Report or declare done: nobody is asked for a report that no cycle wants once the end is near."""
    if situation.slot_open:
        return Operation.REPORT
    nearly = situation.returned or (situation.progress or 0) >= NEARLY
    if nearly or (situation.pressing and situation.reported):
        return Operation.COMPLETE
    return Operation.REPORT


def label_of(operation: Operation, situation: Situation) -> Any:
    """The word on the button; the second submission is a supplement."""
    if operation == Operation.COMPLETE and situation.returned:
        return _("补充并重新申请办结")
    return operation.label
