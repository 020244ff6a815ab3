"""What the authority says to a unit's work: reports, submissions, explanations."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.handling import unfinished_assists, unfinished_parts
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
    """Pass a submission on to approval (初审通过) after checking it against the criteria."""
    assignment = take(assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen_version)
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    if submission.state == State.PASSED:
        raise IllegalMove(stage=submission.state)
    _note_checks(submission, verdicts or {})
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
    now = clock.now()
    submission.state, submission.answered_at = State.ACCEPTED, now
    submission.save(update_fields=["state", "answered_at"])
    review = _review(
        submission,
        Review.Step.APPROVAL,
        actor,
        opinion or override,
        passed=True,
        single=single,
        overridden=bool(override),
    )
    assignment.accepted_at, assignment.progress = now, 100
    assignment.decide_by = regime_for(assignment).workdays_from(now, "review.workdays")
    settle(
        assignment,
        "accepted",
        actor=actor,
        move=Move.ACCEPT,
        text=override or opinion,
        submission=submission.pk,
        on_time=assignment.completed_at <= assignment.due_at,
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
    workdays from now; the original date stays for statistics (DESIGN §3.1).
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen_version)
    opinion = require(opinion, "opinion", _("请写明缺什么、补什么"))
    submission = _signed(assignment)
    refuse_author(assignment, actor)
    _note_checks(submission, verdicts or {})
    now = clock.now()
    step_name = Review.Step.APPROVAL if submission.state == State.PASSED else Review.Step.PRE_REVIEW
    submission.state, submission.answered_at = State.RETURNED, now
    submission.save(update_fields=["state", "answered_at"])
    review = _review(submission, step_name, actor, opinion, passed=False)
    _resume_unit_clock(assignment, now, remedy_by)
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
    """Accept an explanation until a day, or not (答复说明)."""
    explanation = Explanation.objects.select_for_update().get(pk=explanation_id)
    assignment = take(explanation.assignment_id, actor=actor, cap=Cap.URGE, seen_version=seen_version)
    if explanation.accepted is not None:
        raise IllegalMove()
    if accepted and holds_until is None:
        raise Refused(_("请写明认可到哪一天为止"), code="required", field="holds_until")
    explanation.accepted, explanation.holds_until = accepted, holds_until if accepted else None
    explanation.answered_at = clock.now()
    explanation.save(update_fields=["accepted", "holds_until", "answered_at"])
    settle(
        assignment,
        "explanation_answered",
        actor=actor,
        accepted=accepted,
        holds_until=explanation.holds_until,
    )
    return explanation


@step
def _judge_report(report_id: int, actor: Actor, seen: int | None, verdict: str, opinion: str) -> Report:
    report = Report.objects.select_for_update().get(pk=report_id)
    assignment = take(report.assignment_id, actor=actor, cap=Cap.PRE_REVIEW, seen_version=seen)
    if report.verdict:
        raise IllegalMove(stage=report.verdict)
    if report.person_id == actor.person_id:
        raise Refused(_("您填报了这份进展，须由他人审核"), code="own_work")
    report.verdict, report.opinion = verdict, opinion
    report.save(update_fields=["verdict", "opinion"])
    settle(assignment, f"report_{verdict}", actor=actor, text=opinion, report=report.pk)
    return report


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
            _("还有 %(n)d 条验收标准未认定“达到”；可退回补充，或由审定人写明理由后认定") % {"n": missing},
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


def _refuse_unless_second(assignment: Assignment, submission: Submission, actor: Actor) -> bool:
    """Two people review, unless there is but one; True if this is such a single review (DESIGN §3.0)."""
    if assignment.duty == Duty.ASSIST:
        return True  # the lead alone reviews what assists it
    first = submission.reviews.filter(step=Review.Step.PRE_REVIEW, passed=True).last()
    if submission.state == State.PASSED and first is not None:
        if first.person_id == actor.person_id:
            raise Refused(_("初审与审定须由两人分别进行"), code="same_reviewer")
        return False
    others = reviewers(reviewing_units(assignment), excluded=authors(assignment) | {actor.person_id})
    if others:
        raise Refused(_("须先经另一人初审，再行审定"), code="pre_review_missing")
    return True


@step
def _review(submission: Submission, step_name: str, actor: Actor, opinion: str, **marks: bool) -> Review:
    return Review.objects.create(
        submission=submission,
        step=step_name,
        opinion=opinion.strip(),
        person_id=actor.person_id,
        reviewed_at=clock.now(),
        **marks,
    )


@step
def _resume_unit_clock(assignment: Assignment, now: datetime, remedy_by: datetime | None) -> None:
    assignment.completed_at = assignment.decide_by = None
    regime = regime_for(assignment)
    if regime.workdays_left(now, assignment.due_at) >= regime["remedy.workdays"] and remedy_by is None:
        return
    remedy_at = remedy_by or regime.workdays_from(now, "remedy.workdays")
    if remedy_at <= now:
        raise Refused(_("补正时限不能早于现在"), code="past", field="remedy_by")
    if remedy_at > assignment.due_at:
        set_term(assignment, Term.Kind.REMEDY, remedy_at, regime=regime)
