"""What a unit does with what it was given: sign for it, decline it, report, declare it done."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bihuan.documents.actions import cite
from bihuan.documents.models import File
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.slotting import fill_slot
from bihuan.supervision.actions.steps import (
    choose_reviewer,
    lift_suspension,
    must_countersign,
    regime_for,
    require,
    settle,
    sign_implicitly,
    take,
)
from bihuan.supervision.models import (
    Assignment,
    Criterion,
    Dispatch,
    Effect,
    Explanation,
    Letter,
    LetterObjection,
    Proof,
    Reached,
    Report,
    Submission,
    Urge,
)
from bihuan.supervision.queries.evidence import evidence_of, lacks_evidence, unproven
from bihuan.supervision.rules import DUTY_STAGES, OPEN, Move, Stage

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
    refuse_paper_duty(assignment)
    reason = require(reason, "reason", _("请写明退办理由，例如依据哪项职责分工应由哪个单位办理"))
    if assignment.insisted:
        raise Refused(_("交办单位已维持交办，不能再次退办"), code="insisted")
    assignment.decide_by = regime_for(assignment).workdays_from(clock.now(), "decline.decide_workdays")
    lift_suspension(assignment)
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
    reached: Sequence[int] = (),
    file_ids: Sequence[int] = (),
    seen_version: int | None = None,
) -> Report:
    """Say how far it is (反馈进展). A report from a unit that has not signed yet signs for it.

    `progress` is the unit's own estimate in percent, `value` what is reached of a quantified target, `reached` the
    milestones that are reached by today, `file_ids` the evidence, which is frozen by it.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请写明本期新进展"))
    if assignment.stage not in DUTY_STAGES:
        raise IllegalMove(stage=assignment.stage)
    if progress is not None and not 0 <= progress <= 100:
        raise Refused(_("自评进度应在 0 到 100 之间"), code="out_of_range", field="progress")
    if value is not None and value < 0:
        raise Refused(_("完成值不能为负数"), code="out_of_range", field="value")
    sign_implicitly(assignment)
    report = Report.objects.create(
        assignment=assignment,
        text=text,
        problems=problems.strip(),
        next_steps=next_steps.strip(),
        progress=progress,
        value=value,
        reported_at=clock.now(),
        person_id=actor.own_person_id,
    )
    _note_milestones(report, reached)
    shown = _shown(cite(file_ids, report, actor=actor))
    fill_slot(assignment, report)
    assignment.reported_at = report.reported_at
    assignment.progress = progress if progress is not None else assignment.progress
    settle(assignment, "reported", actor=actor, text=text, report=report.pk, progress=progress, **shown)
    return report


@action
def submit_completion(
    *,
    assignment_id: int,
    actor: Actor,
    text: str,
    override: str = "",
    file_ids: Sequence[int] = (),
    proofs: Mapping[int, Sequence[int]] | None = None,
    seen_version: int | None = None,
) -> Submission:
    """Declare the duty done (办结申报): goes to the unit's leader first, where the sign-off is not the author's own.

    A one-person unit signs by submitting (DESIGN §3.0). `override` is the reason for going ahead although parts
    or mandatory assisting units are not finished. `proofs` are the files that show that a criterion is met.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    refuse_paper_duty(assignment)
    return declare_done(
        assignment, actor=actor, text=text, override=override, file_ids=file_ids, proofs=proofs
    )


def refuse_paper_duty(assignment: Assignment) -> None:
    """What a document asks in a form of its own is answered there: is it adopted, does an objection hold."""
    if assignment.item.plan_id is not None or assignment.item.parent_assignment_id is not None:
        return
    if LetterObjection.objects.filter(duty=assignment).exists():
        raise Refused(_("请在文书页上对异议作出复核决定"), code="decide_objection")
    letter = Letter.objects.filter(item=assignment.item_id).select_related("paper").first()
    if letter is not None and letter.rule.adopts:
        raise Refused(_("请在文书页上答复，并注明是否采纳"), code="reply_on_paper")


@step
def declare_done(
    assignment: Assignment,
    *,
    actor: Actor,
    text: str,
    override: str = "",
    file_ids: Sequence[int] = (),
    proofs: Mapping[int, Sequence[int]] | None = None,
) -> Submission:
    """Declare a locked assignment done, or draft the declaration for the unit's leader to sign."""
    text = require(text, "text", _("请写明办结情况，逐条对照验收标准"))
    if assignment.stage != Stage.WORKING:
        raise IllegalMove(stage=assignment.stage)
    if assignment.unit.is_external:
        raise Refused(_("系统外单位不能自行申报，请由牵头单位登记其答复"), code="external")
    submission = _draft(assignment, actor, text, override)
    shown = _shown(_cite_all(submission, file_ids, proofs or {}, actor))
    _refuse_unproven(assignment)
    if must_countersign(assignment.unit_id, actor.person_id):
        settle(assignment, "submission_drafted", actor=actor, text=text, submission=submission.pk, **shown)
    else:
        _sign_off(assignment, submission, actor, override)
    return submission


@action
def record_answer(
    *,
    assignment_id: int,
    actor: Actor,
    text: str,
    override: str = "",
    file_ids: Sequence[int] = (),
    seen_version: int | None = None,
) -> Submission:
    """Record the answer of a unit outside the system that assists (登记系统外单位答复); only its lead can.

    Such a unit has no account, so this signs for it and declares its part done in one go; whoever recorded it
    does not review it (DESIGN §3).
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    text = require(text, "text", _("请写明答复内容、答复人和答复方式"))
    if not assignment.unit.is_external:
        raise Refused(_("系统内单位须自行办理，不能代为登记"), code="not_external")
    if assignment.stage not in DUTY_STAGES:
        raise IllegalMove(stage=assignment.stage)
    sign_implicitly(assignment)
    submission = _draft(assignment, actor, text, override)
    cite(file_ids, submission, actor=actor)
    _sign_off(assignment, submission, actor, override)
    return submission


@action
def withdraw_submission(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Submission:
    """Take a submission back that awaits the unit's own sign-off (撤回申报)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    submission = _pending(assignment)
    submission.state = Submission.State.WITHDRAWN
    submission.save(update_fields=["state"])
    settle(assignment, "submission_withdrawn", actor=actor, submission=submission.pk)
    return submission


@action
def sign_submission(
    *, assignment_id: int, actor: Actor, override: str = "", seen_version: int | None = None
) -> Submission:
    """The unit's leader signs the submission (本单位审签); the moment that counts for being on time."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_OFF, seen_version=seen_version)
    submission = _pending(assignment)
    _sign_off(assignment, submission, actor, override or submission.override)
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
        assignment=assignment,
        text=text,
        explained_at=clock.now(),
        person_id=actor.own_person_id,
        **_latest_press(assignment),
    )
    settle(assignment, "explained", actor=actor, text=text, explanation=explanation.pk)
    return explanation


def _latest_press(assignment: Assignment) -> dict[str, Urge | Effect | None]:
    """What an explanation answers: an urge, an instruction or a rung, whichever came last."""
    urge = assignment.urges.order_by("-urged_at", "-pk").first()
    effect = assignment.effects.sounded().order_by("-at", "-pk").first()
    if urge is not None and (effect is None or urge.urged_at >= effect.at):
        return {"urge": urge}
    return {"effect": effect}


def unfinished_parts(assignment: Assignment) -> list[int]:
    """Ids of the open assignments of the parts into which this one was broken down."""
    parts = Assignment.objects.filter(item__parent_assignment=assignment).exclude(stage__in=DONE_ENOUGH)
    return list(parts.values_list("pk", flat=True))


def unfinished_assists(assignment: Assignment) -> list[int]:
    """Ids of the mandatory assisting assignments still open."""
    assists = assignment.assisting.filter(mandatory=True).exclude(stage__in=DONE_ENOUGH)
    return list(assists.values_list("pk", flat=True))


@step
def _draft(assignment: Assignment, actor: Actor, text: str, override: str) -> Submission:
    if assignment.submissions.filter(state=Submission.State.DRAFT).exists():
        raise Refused(_("已有一份办结申报在本单位审签"), code="submission_pending")
    return Submission.objects.create(
        assignment=assignment,
        text=text,
        override=override.strip(),
        drafted_by=actor.own_person_id,
        drafted_at=clock.now(),
    )


@step
def _sign_off(assignment: Assignment, submission: Submission, actor: Actor, override: str) -> None:
    now, override = clock.now(), override.strip()
    parts, assists = unfinished_parts(assignment), unfinished_assists(assignment)
    if (parts or assists) and not override:
        raise Refused(
            _("还有 %(parts)d 件分解事项、%(assists)d 家配合单位未办结；确需先行申报的，请写明理由")
            % {"parts": len(parts), "assists": len(assists)},
            code="parts_open",
            field="override",
        )
    if lacks_evidence(assignment):
        raise Refused(_("本事项办结须附佐证材料，请上传后再申报"), code="evidence_missing", field="files")
    _refuse_unproven(assignment)
    if Dispatch.objects.filter(item__parent_assignment=assignment).exclude(pending=[]).exists():
        raise Refused(_("分解事项仍在下发，请稍后再申报"), code="dispatch_running")
    lift_suspension(assignment)
    submission.state, submission.override = Submission.State.SIGNED, override
    submission.signed_by, submission.signed_at = actor.person_id, now
    submission.save(update_fields=["state", "override", "signed_by", "signed_at"])
    assignment.completed_at = now
    assignment.reviewer = choose_reviewer(assignment)
    assignment.decide_by = regime_for(assignment).workdays_from(now, "review.workdays")
    settle(
        assignment,
        "completed",
        actor=actor,
        move=Move.COMPLETE,
        text=override or submission.text,
        submission=submission.pk,
        on_time=now <= assignment.record_due_at,
        open_parts=parts,
        open_assists=assists,
        **_shown(evidence_of(assignment)),
    )


@step
def _cite_all(
    submission: Submission, file_ids: Sequence[int], proofs: Mapping[int, Sequence[int]], actor: Actor
) -> list[File]:
    """Cite the files, those that prove a criterion among them, and note which proves which."""
    known = set(submission.assignment.item.criteria.values_list("pk", flat=True))
    if foreign := proofs.keys() - known:
        raise Criterion.DoesNotExist(sorted(foreign))
    wanted = [*file_ids, *(pk for files in proofs.values() for pk in files)]
    files = cite(dict.fromkeys(wanted), submission, actor=actor)
    Proof.objects.bulk_create(
        Proof(submission=submission, criterion_id=criterion, file_id=pk)
        for criterion, chosen in proofs.items()
        for pk in dict.fromkeys(chosen)
    )
    return files


def _refuse_unproven(assignment: Assignment) -> None:
    for number, criterion in unproven(assignment):
        raise Refused(
            _("标准 %(n)d 须附佐证，请上传后再申报") % {"n": number},
            code="criterion_unproven",
            field=f"proof-{criterion.pk}",
        )


def _shown(files: Sequence[File]) -> dict[str, Any]:
    """What the ledger keeps of evidence: how many files, and the digest of each."""
    return {"files": len(files), "digests": [file.content.digest for file in files]} if files else {}


def _pending(assignment: Assignment) -> Submission:
    submission = assignment.submissions.filter(state=Submission.State.DRAFT).first()
    if submission is None:
        raise IllegalMove(stage=assignment.stage)
    return submission


@step
def _note_milestones(report: Report, milestone_ids: Iterable[int]) -> None:
    """Each milestone is reached once; saying so again changes nothing."""
    milestones = report.assignment.item.milestones.in_bulk(list(milestone_ids))
    if missing := set(milestone_ids) - milestones.keys():
        raise Refused(
            _("所选节点不属于本事项"), code="unknown_milestone", field="reached", ids=sorted(missing)
        )
    today = clock.office_day(report.reported_at)
    for milestone in milestones.values():
        Reached.objects.get_or_create(
            assignment=report.assignment,
            milestone=milestone,
            defaults={"report": report, "reached_on": today},
        )
