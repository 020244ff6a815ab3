"""What the authority says to a unit's work: reports, submissions, explanations."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, NotPermitted, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.org.scope import may
from bihuan.supervision.actions.handling import unfinished_assists, unfinished_parts
from bihuan.supervision.actions.promising import open_promises
from bihuan.supervision.actions.slotting import judge_slot
from bihuan.supervision.actions.steps import (
    authors,
    refuse_author,
    regime_for,
    require,
    reviewers,
    reviewing_units,
    set_term,
    settle,
    take,
)
from bihuan.supervision.models import (
    Assignment,
    Criterion,
    CriterionCheck,
    Explanation,
    Report,
    Review,
    Submission,
    Term,
)
from bihuan.supervision.queries.evidence import lacks_evidence, unproven
from bihuan.supervision.rules import Duty, Move, Stage

State = Submission.State


@action
def accept_report(*, report_id: int, actor: Actor, seen_version: int | None = None) -> Report:
    """Take note that a report suffices (认可进展)."""
    return _judge_report(report_id, actor, seen_version, Report.Verdict.ACCEPTED, "")


@action
def return_report(*, report_id: int, actor: Actor, opinion: str, seen_version: int | None = None) -> Report:
    """Send a report back for more (退回进展)."""
    opinion = require(opinion, "opinion", _("请写明需要补充的内容"))
    return _judge_report(report_id, actor, seen_version, Report.Verdict.RETURNED, opinion)


@action
def check_criteria(
    *, assignment_id: int, actor: Actor, verdicts: Mapping[int, str], seen_version: int | None = None
) -> Submission:
    """Record findings criterion by criterion (对照标准); they stand until the submission is answered."""
    assignment = take(assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen_version)
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    _note_checks(submission, verdicts)
    settle(assignment, "criteria_checked", actor=actor, submission=submission.pk, checks=len(verdicts))
    return submission


@action
def pre_review_submission(
    *,
    assignment_id: int,
    actor: Actor,
    opinion: str = "",
    verdicts: Mapping[int, str] | None = None,
    seen_version: int | None = None,
) -> Review:
    """Pass a submission on to approval (初审通过) after checking it against the criteria.

    One with criteria that are not met passes only with an opinion that says why; approval then needs a reason.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen_version)
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    if submission.state == State.PASSED:
        raise IllegalMove(stage=submission.state)
    _note_checks(submission, verdicts or {})
    if not opinion.strip():
        _refuse_unmet(assignment, submission)
    submission.state = State.PASSED
    submission.save(update_fields=["state"])
    review = _review(submission, Review.Step.PRE_REVIEW, actor, opinion, passed=True)
    settle(assignment, "pre_reviewed", actor=actor, text=opinion, submission=submission.pk)
    return review


@action
def approve_submission(
    *,
    assignment_id: int,
    actor: Actor,
    opinion: str = "",
    override: str = "",
    verdicts: Mapping[int, str] | None = None,
    seen_version: int | None = None,
) -> Review:
    """Accept that the duty is done (认定办结): the second of two people, or the only one there is.

    `override` is the reason for accepting although criteria are unmet or parts and assisting units are open.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.APPROVE, seen_version=seen_version)
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    _note_checks(submission, verdicts or {})
    single = _refuse_unless_second(assignment, submission, actor)
    override = override.strip()
    if not override:
        _refuse_unmet(assignment, submission)
        _refuse_open_ends(assignment)
        if lacks_evidence(assignment) or unproven(assignment):
            raise Refused(
                _("本事项办结须附佐证材料；可退回补充，或写明理由后认定"),
                code="evidence_missing",
                field="override",
            )
    _refuse_undecided(assignment)
    now = clock.now()
    submission.state, submission.answered_at = State.ACCEPTED, now
    submission.save(update_fields=["state", "answered_at"])
    review = _review(
        submission,
        Review.Step.APPROVAL,
        actor,
        opinion,
        passed=True,
        single=single,
        overridden=bool(override),
        override=override,
    )
    assignment.accepted_at = now
    assignment.decide_by = regime_for(assignment).workdays_from(now, "review.workdays")
    open_promises(assignment, actor=actor)
    settle(
        assignment,
        "accepted",
        actor=actor,
        move=Move.ACCEPT,
        text=override or opinion,
        submission=submission.pk,
        on_time=assignment.completed_at <= assignment.record_due_at,
        single=single,
        override=bool(override),
    )
    return review


@action
def return_submission(
    *,
    assignment_id: int,
    actor: Actor,
    opinion: str,
    remedy_by: datetime | None = None,
    verdicts: Mapping[int, str] | None = None,
    seen_version: int | None = None,
) -> Review:
    """Send the work back (退回补充). The unit's clock goes on at the old deadline.

    Where fewer than the parameter `remedy.workdays` are left of it a remedy date is set, `remedy_by` or that many
    workdays from now; the original date stays for statistics (DESIGN §3.1). What has passed pre-review only
    those may send back who may approve it.
    """
    both = (Cap.PRE_REVIEW, Cap.APPROVE)
    assignment = take(assignment_id, actor=actor, cap=both, seen_version=seen_version)
    opinion = require(opinion, "opinion", _("请写明缺什么、补什么"))
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    _note_checks(submission, verdicts or {})
    now = clock.now()
    step_name = Review.Step.APPROVAL if submission.state == State.PASSED else Review.Step.PRE_REVIEW
    if submission.state == State.PASSED and not may(actor, Cap.APPROVE, assignment):
        raise NotPermitted()
    submission.state, submission.answered_at = State.RETURNED, now
    submission.save(update_fields=["state", "answered_at"])
    review = _review(submission, step_name, actor, opinion, passed=False)
    resume_unit_clock(assignment, remedy_by)
    assignment.returns += 1
    settle(
        assignment,
        "returned",
        actor=actor,
        move=Move.RETURN,
        text=opinion,
        submission=submission.pk,
        due=assignment.due_at,
    )
    return review


@action
def answer_explanation(
    *,
    explanation_id: int,
    actor: Actor,
    accepted: bool,
    holds_until: date | None = None,
    seen_version: int | None = None,
) -> Explanation:
    """Accept an explanation until a day, or not (答复说明): it holds circular and interview, never the light."""
    seen = Explanation.objects.only("assignment_id").get(pk=explanation_id)
    assignment = take(seen.assignment_id, actor=actor, cap=Cap.URGE, seen_version=seen_version)
    explanation = assignment.explanations.get(pk=explanation_id)
    if explanation.accepted is not None or not assignment.is_open:
        raise IllegalMove()
    if explanation.person_id == actor.person_id:
        raise Refused(_("您提交了这份说明，须由他人答复"), code="own_work")
    if accepted and holds_until is None:
        raise Refused(_("请写明认可到哪一天为止"), code="required", field="holds_until")
    if accepted and holds_until < clock.today():
        raise Refused(_("认可的截止日期不能早于今天"), code="past", field="holds_until")
    explanation.accepted, explanation.holds_until = accepted, holds_until if accepted else None
    explanation.answered_at = clock.now()
    explanation.save(update_fields=["accepted", "holds_until", "answered_at"])
    if accepted:
        assignment.held_until = max(holds_until, assignment.held_until or holds_until)
    settle(
        assignment,
        "explanation_answered",
        actor=actor,
        accepted=accepted,
        holds_until=explanation.holds_until,
    )
    return explanation


@step
def resume_unit_clock(assignment: Assignment, remedy_by: datetime | None) -> None:
    """Let a unit whose work was sent back go on, with a remedy date where too little of its time is left.

    The date is `remedy_by`, or the parameter `remedy.workdays` from now; the deadline of record stays.
    """
    now, regime = clock.now(), regime_for(assignment)
    assignment.completed_at = assignment.accepted_at = None
    assignment.decide_by = assignment.publicised_until = None
    if regime.workdays_left(now, assignment.due_at) >= regime["remedy.workdays"] and remedy_by is None:
        return
    remedy_at = remedy_by or regime.workdays_from(now, "remedy.workdays")
    if remedy_at <= now:
        raise Refused(_("补正时限不能早于现在"), code="past", field="remedy_by")
    if remedy_at > assignment.due_at:
        set_term(assignment, Term.Kind.REMEDY, remedy_at, regime=regime)


@step
def _judge_report(report_id: int, actor: Actor, seen: int | None, verdict: str, opinion: str) -> Report:
    known = Report.objects.only("assignment_id").get(pk=report_id)
    assignment = take(known.assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen)
    report = assignment.reports.get(pk=report_id)
    if report.verdict or not assignment.is_open:
        raise IllegalMove(stage=assignment.stage)
    if report.person_id == actor.person_id:
        raise Refused(_("您填报了这份进展，须由他人审核"), code="own_work")
    report.verdict, report.opinion = verdict, opinion
    report.save(update_fields=["verdict", "opinion"])
    judge_slot(assignment, report)
    if verdict == Report.Verdict.RETURNED:
        _forget_report(assignment)
    settle(assignment, f"report_{verdict}", actor=actor, text=opinion, report=report.pk)
    return report


def _forget_report(assignment: Assignment) -> None:
    """A report that was sent back neither quiets the light nor tells how far things are."""
    standing = assignment.reports.exclude(verdict=Report.Verdict.RETURNED)
    last = standing.first()
    assignment.reported_at = last.reported_at if last else None
    with_progress = standing.exclude(progress=None).first()
    assignment.progress = with_progress.progress if with_progress else None


def _signed(assignment: Assignment) -> Submission:
    submission = assignment.submissions.filter(state__in=[State.SIGNED, State.PASSED]).first()
    if assignment.stage != Stage.COMPLETED or submission is None:
        raise IllegalMove(stage=assignment.stage)
    return submission


@step
def _note_checks(submission: Submission, verdicts: Mapping[int, str]) -> None:
    known = set(submission.assignment.item.criteria.values_list("pk", flat=True))
    for criterion_id, verdict in verdicts.items():
        if criterion_id not in known:
            raise Criterion.DoesNotExist(criterion_id)
        CriterionCheck.objects.update_or_create(
            submission=submission, criterion_id=criterion_id, defaults={"verdict": verdict}
        )


def _refuse_unmet(assignment: Assignment, submission: Submission) -> None:
    met = submission.checks.filter(verdict=CriterionCheck.Verdict.MET).values("criterion")
    missing = assignment.item.criteria.exclude(pk__in=met).count()
    if missing:
        raise Refused(
            _("还有 %(n)d 条验收标准未认定“达到”；可退回补充，或写明意见后继续") % {"n": missing},
            code="criteria_unmet",
            field="verdicts",
        )


def _refuse_open_ends(assignment: Assignment) -> None:
    open_ends = len(unfinished_parts(assignment)) + len(unfinished_assists(assignment))
    if open_ends:
        raise Refused(
            _("还有 %(n)d 件分解或配合事项未办结；确需先行认定的，请写明理由") % {"n": open_ends},
            code="parts_open",
            field="override",
        )


def _refuse_undecided(assignment: Assignment) -> None:
    """What came after the deadline is late or not as the pending extension is decided, so that comes first."""
    if assignment.answer_by is not None and assignment.completed_at > assignment.record_due_at:
        raise Refused(_("延期申请尚未答复，请先作出决定，再认定办结"), code="extension_pending")


def _refuse_unless_second(assignment: Assignment, submission: Submission, actor: Actor) -> bool:
    """Two people review, unless no two are qualified; True if this is such a single review (DESIGN §3.0)."""
    if assignment.duty == Duty.ASSIST:
        return True  # the lead alone reviews what assists it
    units, excluded = reviewing_units(assignment), authors(assignment)
    checkers = reviewers(units, excluded=excluded, cap=Cap.PRE_REVIEW)
    approvers = reviewers(units, excluded=excluded)
    first = submission.reviews.filter(step=Review.Step.PRE_REVIEW, passed=True).last()
    if submission.state == State.PASSED and first is not None:
        if first.person_id != actor.person_id:
            return False
        if approvers - {actor.person_id}:
            raise Refused(_("初审与审定须由两人分别进行"), code="same_reviewer")
        return True
    if checkers and approvers and len(checkers | approvers) > 1:
        raise Refused(_("须先经另一人初审，再行审定"), code="pre_review_missing")
    return True


@step
def _review(submission: Submission, step_name: str, actor: Actor, opinion: str, **marks: Any) -> Review:
    return Review.objects.create(
        submission=submission,
        step=step_name,
        opinion=opinion.strip(),
        person_id=actor.own_person_id,
        reviewed_at=clock.now(),
        **marks,
    )
