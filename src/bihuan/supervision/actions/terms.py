"""What moves a deadline or stops the clock: extension, suspension; and pressure: urging, instructions."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.steps import (
    PENDING,
    answer_by_date,
    lift_suspension,
    must_countersign,
    refuse_after_parent,
    regime_for,
    require,
    rewatched,
    set_term,
    settle,
    take,
)
from bihuan.supervision.models import Assignment, Extension, Obstacle, Suspension, Term, Urge
from bihuan.supervision.rules import DUTY_STAGES, OPEN

State = Extension.State


@action
def ask_extension(
    *,
    assignment_id: int,
    actor: Actor,
    due_at: datetime,
    reason: str,
    progress: str,
    obstacle_id: int | None = None,
    seen_version: int | None = None,
) -> Extension:
    """Ask for a later deadline (申请延期): before it has passed, with reason, date and progress.

    domain.md §4.5 [ESUP Art.19]; a request after expiry is refused, an explanation is the way then. A remedy date
    after a return cannot be extended once the deadline of record has passed. Goes to the unit's leader first,
    unless the sign-off is the asker's own; `extension.max_times` counts granted ones only. An obstacle that was
    raised may ground it (DESIGN §3).
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    _refuse_extension(assignment, due_at)
    extension = Extension.objects.create(
        assignment=assignment,
        due_before=assignment.due_at,
        due_asked=due_at,
        reason=require(reason, "reason", _("请写明延期理由")),
        progress=require(progress, "progress", _("请写明目前进展")),
        asked_by=actor.own_person_id,
        asked_at=clock.now(),
        obstacle=_grounding(assignment, obstacle_id),
    )
    if not must_countersign(assignment.unit_id, actor.person_id):
        _endorse(extension, actor.person_id, assignment)
    settle(assignment, "extension_asked", actor=actor, text=reason, extension=extension.pk, due=due_at)
    return extension


@action
def endorse_extension(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Extension:
    """The unit's leader agrees to the request (本单位同意延期): only now the unit has asked, so in time or not at all.

    A request that stays inside the unit neither stops the ladder nor makes lateness provisional.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_OFF, seen_version=seen_version)
    extension = _pending(assignment, State.ASKED)
    _refuse_expired(assignment)
    _endorse(extension, actor.person_id, assignment)
    settle(assignment, "extension_endorsed", actor=actor, extension=extension.pk)
    return extension


@action
def withdraw_extension(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Extension:
    """The unit takes its request back (撤回延期申请)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    extension = _pending(assignment, *PENDING)
    extension.state, extension.decided_at = State.WITHDRAWN, clock.now()
    extension.save(update_fields=["state", "decided_at"])
    assignment.answer_by = None
    settle(
        assignment,
        "extension_withdrawn",
        actor=actor,
        watched_from=rewatched(assignment),
        extension=extension.pk,
    )
    return extension


@action
def grant_extension(
    *,
    assignment_id: int,
    actor: Actor,
    due_at: datetime | None = None,
    opinion: str = "",
    seen_version: int | None = None,
) -> Extension:
    """Agree to a later deadline (同意延期): the one asked for, or another exact date."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    extension = _decidable(assignment, actor)
    granted_at = due_at or extension.due_asked
    if granted_at <= assignment.due_at:
        raise Refused(_("新时限须晚于现时限"), code="not_later", field="due_at")
    refuse_after_parent(assignment, granted_at)
    was_due = assignment.due_at
    _decide(extension, State.GRANTED, actor, opinion, granted_at)
    set_term(assignment, Term.Kind.EXTENSION, granted_at, regime=regime_for(assignment))
    assignment.answer_by = None
    settle(
        assignment,
        "extension_granted",
        actor=actor,
        text=opinion,
        watched_from=rewatched(assignment),
        extension=extension.pk,
        due=granted_at,
        was_due=was_due,
    )
    return extension


@action
def refuse_extension(
    *, assignment_id: int, actor: Actor, opinion: str, seen_version: int | None = None
) -> Extension:
    """Keep the deadline (不同意延期): the assignment is late from the original date if that has passed."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    extension = _decidable(assignment, actor)
    opinion = require(opinion, "opinion", _("请写明不同意的理由"))
    _decide(extension, State.REFUSED, actor, opinion, None)
    assignment.answer_by = None
    settle(
        assignment,
        "extension_refused",
        actor=actor,
        text=opinion,
        watched_from=rewatched(assignment),
        extension=extension.pk,
    )
    return extension


@action
def suspend_assignment(
    *,
    assignment_id: int,
    actor: Actor,
    reason: str,
    review_on: datetime,
    seen_version: int | None = None,
) -> Suspension:
    """Stop the clock (暂停计时) with a reason, until a review date that is the next alarm.

    A pending extension rests with it; its answer is due anew once the clock goes on.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    now = clock.now()
    if assignment.stage not in DUTY_STAGES or assignment.suspended_at is not None:
        raise IllegalMove(stage=assignment.stage)
    longest = now + timedelta(days=regime_for(assignment)["suspension.max_days"])
    if not now < review_on <= longest:
        raise Refused(
            _("复核日期须在今天之后、%(day)s 之前") % {"day": f"{clock.office_day(longest):%Y-%m-%d}"},
            code="review_on_out_of_range",
            field="review_on",
        )
    suspension = Suspension.objects.create(
        assignment=assignment,
        reason=require(reason, "reason", _("请写明暂停理由")),
        from_at=now,
        review_on=review_on,
    )
    assignment.suspended_at, assignment.review_on = now, review_on
    settle(assignment, "suspended", actor=actor, text=reason, review_on=review_on)
    return suspension


@action
def resume_assignment(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Assignment:
    """Start the clock again (恢复计时); the deadline moves by the time it stood still."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    was_due = assignment.due_at
    if not lift_suspension(assignment):
        raise IllegalMove(stage=assignment.stage)
    answer_by_date(assignment, actor=actor)
    settle(
        assignment,
        "resumed",
        actor=actor,
        watched_from=rewatched(assignment),
        due=assignment.due_at,
        was_due=was_due,
    )
    return assignment


@action
def urge_assignment(*, assignment_id: int, actor: Actor, text: str, seen_version: int | None = None) -> Urge:
    """Press for progress by hand (催办), on record like the ladder's own rungs."""
    assignment = take(assignment_id, actor=actor, cap=Cap.URGE, seen_version=seen_version)
    if assignment.stage not in OPEN:
        raise IllegalMove(stage=assignment.stage)
    text = require(text, "text", _("请写明催办要求和答复时间"))
    urge = _press(assignment, Urge.Kind.URGE, text, actor)
    settle(assignment, "urged", actor=actor, text=text, kind=urge.kind.value)
    return urge


@action
def instruct_on_assignment(
    *, assignment_id: int, actor: Actor, text: str, seen_version: int | None = None
) -> Urge:
    """A leader's written instruction on a duty under way (批示)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.INSTRUCT, seen_version=seen_version)
    if assignment.stage not in OPEN:
        raise IllegalMove(stage=assignment.stage)
    text = require(text, "text", _("请写明批示内容"))
    urge = _press(assignment, Urge.Kind.INSTRUCTION, text, actor)
    settle(assignment, "instructed", actor=actor, text=text)
    return urge


@step
def _press(assignment: Assignment, kind: str, text: str, actor: Actor) -> Urge:
    return Urge.objects.create(
        assignment=assignment, kind=kind, text=text, person_id=actor.person_id, urged_at=clock.now()
    )


def _refuse_expired(assignment: Assignment) -> None:
    if assignment.stage not in DUTY_STAGES or assignment.suspended_at is not None:
        raise IllegalMove(stage=assignment.stage)
    if clock.now() > assignment.record_due_at:
        raise Refused(_("时限已过，不能再申请延期；可说明情况"), code="expired")


def _refuse_extension(assignment: Assignment, due_at: datetime) -> None:
    _refuse_expired(assignment)
    if due_at <= assignment.due_at:
        raise Refused(_("新时限须晚于现时限"), code="not_later", field="due_at")
    if assignment.extensions.filter(state__in=PENDING).exists():
        raise Refused(_("已有一份延期申请待批"), code="extension_pending")
    regime = regime_for(assignment)
    most = regime["extension.max_times"]
    if assignment.extensions.filter(state=State.GRANTED).count() >= most:
        raise Refused(_("延期以 %(n)d 次为限，本件已用完") % {"n": most}, code="extensions_used_up")
    latest = regime.latest_extension(assignment.dispatched_at, assignment.original_due_at)
    if clock.office_day(due_at) > latest:
        raise Refused(
            _("延期最晚可到 %(day)s") % {"day": f"{latest:%Y-%m-%d}"}, code="too_long", field="due_at"
        )
    refuse_after_parent(assignment, due_at)


def _grounding(assignment: Assignment, obstacle_id: int | None) -> Obstacle | None:
    if obstacle_id is None:
        return None
    obstacle = assignment.obstacles.filter(pk=obstacle_id).first()
    if obstacle is None:
        raise Refused(_("所选协调事项不属于本办件"), code="unknown_obstacle", field="obstacle")
    return obstacle


def _decidable(assignment: Assignment, actor: Actor) -> Extension:
    """The request that awaits the giver's word, which nobody gives to their own request or on a clock at rest."""
    extension = _pending(assignment, State.ENDORSED)
    if assignment.suspended_at is not None:
        raise Refused(_("办件暂停计时期间不审批延期，请先恢复计时"), code="suspended")
    if actor.person_id in {extension.asked_by, extension.endorsed_by}:
        raise Refused(_("您申请或同意过这次延期，须由他人审批"), code="own_work")
    return extension


@step
def _endorse(extension: Extension, person_id: int | None, assignment: Assignment) -> None:
    now = clock.now()
    extension.state = State.ENDORSED
    extension.endorsed_by, extension.endorsed_at = person_id, now
    extension.decide_by = regime_for(assignment).workdays_from(now, "extension.decide_workdays")
    extension.save(update_fields=["state", "endorsed_by", "endorsed_at", "decide_by"])
    assignment.answer_by = extension.decide_by


@step
def _decide(
    extension: Extension, state: str, actor: Actor, opinion: str, granted_at: datetime | None
) -> None:
    extension.state, extension.opinion = state, opinion.strip()
    extension.decided_by, extension.decided_at = actor.person_id, clock.now()
    extension.due_granted = granted_at
    extension.save(update_fields=["state", "opinion", "decided_by", "decided_at", "due_granted"])


def _pending(assignment: Assignment, *states: str) -> Extension:
    extension = assignment.extensions.filter(state__in=states).first()
    if extension is None:
        raise IllegalMove(stage=assignment.stage)
    return extension
