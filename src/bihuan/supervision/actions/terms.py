"""What moves a deadline or stops the clock: extension, suspension; and pressure: urging, instructions."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.roles import Cap
from bihuan.supervision.actions.steps import (
    regime_for,
    require,
    set_term,
    settle,
    signers,
    take,
)
from bihuan.supervision.models import Assignment, Extension, Suspension, Term, Urge
from bihuan.supervision.rules import OPEN, RUNNING

State = Extension.State
PENDING = (State.ASKED, State.ENDORSED)


@action
def ask_extension(
    *,
    assignment_id: int,
    actor: Actor,
    due_at: datetime,
    reason: str,
    progress: str,
    seen_version: int | None = None,
) -> Extension:
    """Ask for a later deadline (申请延期): before it has passed, with reason, date and progress.

    domain.md §4.5 [ESUP Art.19]; a request after expiry is refused, an explanation is the way then. Goes to the
    unit's leader first, where there is one besides the asker; `extension.max_times` counts granted ones only.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    now = clock.now()
    _refuse_extension(assignment, now, due_at)
    extension = Extension.objects.create(
        assignment=assignment,
        due_before=assignment.due_at,
        due_asked=due_at,
        reason=require(reason, "reason", _("请写明延期理由")),
        progress=require(progress, "progress", _("请写明目前进展")),
        asked_by=actor.person_id,
        asked_at=now,
    )
    if not signers(assignment.unit_id, besides=actor.person_id):
        _endorse(extension, actor.person_id, now, assignment)
    assignment.answer_by = regime_for(assignment).workdays_from(now, "extension.decide_workdays")
    settle(assignment, "extension_asked", actor=actor, text=reason, extension=extension.pk, due=due_at)
    return extension


@action
def endorse_extension(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Extension:
    """The unit's leader agrees to the request (本单位同意延期)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.SIGN_OFF, seen_version=seen_version)
    extension = _pending(assignment, State.ASKED)
    _endorse(extension, actor.person_id, clock.now(), assignment)
    assignment.answer_by = extension.decide_by
    settle(assignment, "extension_endorsed", actor=actor, extension=extension.pk)
    return extension


@action
def withdraw_extension(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Extension:
    """The unit takes its request back (撤回延期申请)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    extension = _pending(assignment, *PENDING)
    extension.state = State.WITHDRAWN
    extension.save(update_fields=["state"])
    assignment.answer_by = None
    settle(assignment, "extension_withdrawn", actor=actor, extension=extension.pk)
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
    extension = _pending(assignment, State.ENDORSED)
    granted_at = due_at or extension.due_asked
    if granted_at <= assignment.due_at:
        raise Refused(_("新时限须晚于现时限"), code="not_later", field="due_at")
    was_due = assignment.due_at
    _decide(extension, State.GRANTED, actor, opinion, granted_at)
    set_term(assignment, Term.Kind.EXTENSION, granted_at, regime=regime_for(assignment))
    assignment.answer_by = None
    settle(
        assignment,
        "extension_granted",
        actor=actor,
        text=opinion,
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
    extension = _pending(assignment, State.ENDORSED)
    _decide(extension, State.REFUSED, actor, require(opinion, "opinion", _("请写明不同意的理由")), None)
    assignment.answer_by = None
    settle(assignment, "extension_refused", actor=actor, text=opinion, extension=extension.pk)
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
    """Stop the clock (暂停计时) with a reason, until a review date that is the next alarm."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    now = clock.now()
    if assignment.stage not in RUNNING or assignment.suspended_at is not None:
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
    suspension = assignment.suspensions.filter(resumed_at__isnull=True).first()
    if suspension is None:
        raise IllegalMove(stage=assignment.stage)
    now, was_due = clock.now(), assignment.due_at
    suspension.resumed_at = now
    suspension.save(update_fields=["resumed_at"])
    stood = clock.office_day(now) - clock.office_day(suspension.from_at)
    rule = {"paused": [suspension.from_at.isoformat(), now.isoformat()], "days": stood.days}
    assignment.suspended_at = assignment.review_on = None
    # What was already overdue when the clock stopped stays overdue by as much.
    set_term(assignment, Term.Kind.RESUMPTION, was_due + stood, regime=regime_for(assignment), rule=rule)
    settle(assignment, "resumed", actor=actor, due=assignment.due_at, was_due=was_due)
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


def _refuse_extension(assignment: Assignment, now: datetime, due_at: datetime) -> None:
    if assignment.stage not in RUNNING or assignment.suspended_at is not None:
        raise IllegalMove(stage=assignment.stage)
    if now > assignment.due_at:
        raise Refused(_("时限已过，不能再申请延期；可说明情况"), code="expired")
    if due_at <= assignment.due_at:
        raise Refused(_("新时限须晚于现时限"), code="not_later", field="due_at")
    parent = assignment.item.parent_assignment
    if parent is not None and due_at > parent.due_at:
        raise Refused(_("不能晚于上级办件的时限"), code="after_parent", field="due_at")
    if assignment.extensions.filter(state__in=PENDING).exists():
        raise Refused(_("已有一份延期申请待批"), code="extension_pending")
    most = regime_for(assignment)["extension.max_times"]
    if assignment.extensions.filter(state=State.GRANTED).count() >= most:
        raise Refused(_("延期以 %(n)d 次为限，本件已用完") % {"n": most}, code="extensions_used_up")


@step
def _endorse(extension: Extension, person_id: int | None, now: datetime, assignment: Assignment) -> None:
    extension.state = State.ENDORSED
    extension.endorsed_by, extension.endorsed_at = person_id, now
    extension.decide_by = regime_for(assignment).workdays_from(now, "extension.decide_workdays")
    extension.save(update_fields=["state", "endorsed_by", "endorsed_at", "decide_by"])


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
