"""What a unit does with what it was given: sign for it, decline it, report, declare it done."""

from decimal import Decimal

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.steps import (
    choose_reviewer,
    regime_for,
    require,
    settle,
    signers,
    take,
)
from bihuan.supervision.models import Assignment, Explanation, Report, Submission
from bihuan.supervision.rules import OPEN, Duty, Move, Stage

DONE_ENOUGH = (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF, Stage.REASSIGNED, Stage.CANCELLED)
"""Where a part or an assisting duty no longer holds the whole back."""


@action
def sign_assignment(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Assignment:
    """Confirm receipt (签收). The clock has run since service; this only ends the sign-for rung."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_FOR, seen_version=seen_version)
    assignment.signed_at = clock.now()
    settle(assignment, "signed", actor=actor, move=Move.SIGN)
    return assignment


@action
def decline_assignment(
    *, assignment_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> Assignment:
    """Say that this is not the unit's business (退办). Whoever gave it decides; there is no second time."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_FOR, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明退办理由，例如依据哪项职责分工应由哪个单位办理"))
    if assignment.insisted:
        raise Refused(_("交办单位已维持交办，不能再次退办"), code="insisted")
    assignment.decide_by = regime_for(assignment).workdays_from(clock.now(), "decline.decide_workdays")
    settle(assignment, "declined", actor=actor, move=Move.DECLINE, text=reason)
    return assignment


@action
def report_progress(
    *,
    assignment_id: int,
    actor: Actor,
    text: str,
    problems: str = "",
    next_steps: str = "",
    progress: int | None = None,
    value: Decimal | None = None,
    seen_version: int | None = None,
) -> Report:
    """Say how far it is (反馈进展). A report from a unit that has not signed yet signs for it."""
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请写明本期新进展"))
    _sign_implicitly(assignment)
    if assignment.stage != Stage.WORKING:
        raise IllegalMove(stage=assignment.stage)
    report = Report.objects.create(
        assignment=assignment,
        text=text,
        problems=problems.strip(),
        next_steps=next_steps.strip(),
        progress=progress,
        value=value,
        reported_at=clock.now(),
        person_id=actor.person_id,
    )
    assignment.reported_at = report.reported_at
    assignment.progress = progress if progress is not None else assignment.progress
    settle(assignment, "reported", actor=actor, text=text, report=report.pk, progress=progress)
    return report


@action
def submit_completion(
    *,
    assignment_id: int,
    actor: Actor,
    text: str,
    override: str = "",
    seen_version: int | None = None,
) -> Submission:
    """Declare the duty done (办结申报): goes to the unit's leader first, where there is one besides the author.

    A one-person unit signs by submitting (DESIGN §3.0). `override` is the reason for going ahead although parts
    or mandatory assisting units are not finished.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请写明办结情况，逐条对照验收标准"))
    if assignment.stage != Stage.WORKING:
        raise IllegalMove(stage=assignment.stage)
    if assignment.submissions.filter(state=Submission.State.DRAFT).exists():
        raise Refused(_("已有一份办结申报在本单位审签"), code="submission_pending")
    submission = Submission.objects.create(
        assignment=assignment, text=text, drafted_by=actor.person_id, drafted_at=clock.now()
    )
    if signers(assignment.unit_id, besides=actor.person_id):
        settle(assignment, "submission_drafted", actor=actor, text=text, submission=submission.pk)
    else:
        _sign_off(assignment, submission, actor, override)
    return submission


@action
def sign_submission(
    *, assignment_id: int, actor: Actor, override: str = "", seen_version: int | None = None
) -> Submission:
    """The unit's leader signs the submission (本单位审签); the moment that counts for being on time."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_OFF, seen_version=seen_version)
    submission = _pending(assignment)
    _sign_off(assignment, submission, actor, override)
    return submission


@action
def send_back_submission(
    *, assignment_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> Submission:
    """The unit's leader wants it changed (本单位退改). The assignment stays in work and its clock runs."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_OFF, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明需要修改的内容"))
    submission = _pending(assignment)
    submission.state = Submission.State.SENT_BACK
    submission.save(update_fields=["state"])
    settle(assignment, "submission_sent_back", actor=actor, text=reason, submission=submission.pk)
    return submission


@action
def explain_assignment(
    *, assignment_id: int, actor: Actor, text: str, seen_version: int | None = None
) -> Explanation:
    """Explain the state of things (说明情况): may hold circular and interview, never changes the light."""
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请说明原因和下一步安排"))
    if assignment.stage not in OPEN:
        raise IllegalMove(stage=assignment.stage)
    explanation = Explanation.objects.create(
        assignment=assignment, text=text, explained_at=clock.now(), person_id=actor.person_id
    )
    settle(assignment, "explained", actor=actor, text=text, explanation=explanation.pk)
    return explanation


def unfinished_parts(assignment: Assignment) -> list[int]:
    """Ids of the open assignments of the parts into which this one was broken down."""
    parts = Assignment.objects.filter(item__parent_assignment=assignment).exclude(stage__in=DONE_ENOUGH)
    return list(parts.values_list("pk", flat=True))


def unfinished_assists(assignment: Assignment) -> list[int]:
    """Ids of the mandatory assisting assignments still open."""
    assists = assignment.assisting.filter(mandatory=True).exclude(stage__in=DONE_ENOUGH)
    return list(assists.values_list("pk", flat=True))


@step
def _sign_off(assignment: Assignment, submission: Submission, actor: Actor, override: str) -> None:
    now = clock.now()
    parts, assists = unfinished_parts(assignment), unfinished_assists(assignment)
    if (parts or assists) and not override.strip():
        raise Refused(
            _("还有 %(parts)d 件分解事项、%(assists)d 家配合单位未办结；确需先行申报的，请写明理由")
            % {"parts": len(parts), "assists": len(assists)},
            code="parts_open",
            field="override",
        )
    submission.state = Submission.State.SIGNED
    submission.signed_by, submission.signed_at = actor.person_id, now
    submission.save(update_fields=["state", "signed_by", "signed_at"])
    assignment.completed_at = now
    if assignment.duty == Duty.LEAD:
        assignment.reviewer = choose_reviewer(assignment)
    assignment.decide_by = regime_for(assignment).workdays_from(now, "review.workdays")
    settle(
        assignment,
        "completed",
        actor=actor,
        move=Move.COMPLETE,
        text=override.strip() or submission.text,
        submission=submission.pk,
        on_time=now <= assignment.due_at,
        open_parts=parts,
        open_assists=assists,
    )


def _pending(assignment: Assignment) -> Submission:
    submission = assignment.submissions.filter(state=Submission.State.DRAFT).first()
    if submission is None:
        raise IllegalMove(stage=assignment.stage)
    return submission


def _sign_implicitly(assignment: Assignment) -> None:
    if assignment.stage == Stage.DISPATCHED:
        assignment.signed_at = clock.now()
        assignment.move(Move.SIGN)
