"""How an assignment ends: publicised, written off, looked back at, cancelled."""

from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import open_assignment
from bihuan.supervision.actions.steps import (
    lock_all,
    refuse_author,
    regime_for,
    require,
    set_term,
    settle,
    take,
)
from bihuan.supervision.models import Assignment, LookBack, Objection, Term
from bihuan.supervision.queries.trees import dependents
from bihuan.supervision.rules import Duty, Move, Outcome, Stage


@action
def publicise_assignment(*, assignment_id: int, actor: Actor, seen_version: int | None = None) -> Assignment:
    """Put an accepted result before the public for the plan's period (公示)."""
    assignment = take(assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version)
    if not _publicises(assignment):
        raise Refused(_("方案没有要求公示，可直接销号"), code="not_publicised")
    until = regime_for(assignment).workdays_from(clock.now(), "publicity.workdays")
    assignment.publicised_until = until
    settle(assignment, "publicised", actor=actor, move=Move.PUBLICISE, until=until)
    return assignment


@action
def object_to_result(
    *,
    assignment_id: int,
    actor: Actor,
    text: str,
    founded: bool,
    due_at: datetime | None = None,
    seen_version: int | None = None,
) -> Objection:
    """Record an objection to a publicised result (公示异议); a founded one sends the matter back to work."""
    assignment = take(assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version)
    text = require(text, "text", _("请写明异议内容和核实情况"))
    if assignment.stage != Stage.PUBLICISED:
        raise IllegalMove(stage=assignment.stage)
    now = clock.now()
    objection = Objection.objects.create(assignment=assignment, text=text, founded=founded, raised_at=now)
    if founded:
        regime = regime_for(assignment)
        assignment.completed_at = assignment.accepted_at = assignment.publicised_until = None
        assignment.decide_by = None
        remedy_at = due_at or regime.workdays_from(now, "remedy.workdays")
        if remedy_at > assignment.due_at:
            set_term(assignment, Term.Kind.REMEDY, remedy_at, regime=regime)
    settle(
        assignment, "objected", actor=actor, move=Move.OBJECT if founded else None, text=text, founded=founded
    )
    return objection


@action
def write_off_assignment(
    *, assignment_id: int, actor: Actor, outcome: str, basis: str = "", seen_version: int | None = None
) -> Assignment:
    """Strike an accepted duty off the list (销号) with an honest outcome; the only road to `written_off`.

    Where the plan asks for publicity its period must be over. Whoever did the work may not strike it off.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version)
    refuse_author(assignment, actor)
    if assignment.stage == Stage.ACCEPTED and _publicises(assignment):
        raise Refused(_("方案要求先公示，公示期满方可销号"), code="publicity_first")
    if assignment.stage == Stage.PUBLICISED and clock.now() < assignment.publicised_until:
        raise Refused(_("公示期未满，暂不能销号"), code="publicity_running")
    outcome = Outcome(outcome)
    if outcome != Outcome.DONE:
        basis = require(basis, "basis", _("结论不是“已整改”的，请写明依据"))
    assignment.outcome, assignment.ended_at = outcome, clock.now()
    settle(
        assignment, "written_off", actor=actor, move=Move.WRITE_OFF, text=basis.strip(), outcome=outcome.value
    )
    return assignment


@action
def cancel_assignment(
    *, assignment_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> Assignment:
    """Take a duty back (撤销) with a reason. Parts and assisting duties under it end with it."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明撤销理由"))
    for dependent in lock_all(dependents(assignment)):
        dependent.ended_at = clock.now()
        settle(dependent, "cancelled", actor=actor, move=Move.CANCEL, text=reason)
    assignment.ended_at = clock.now()
    settle(assignment, "cancelled", actor=actor, move=Move.CANCEL, text=reason)
    return assignment


@action
def look_back(
    *,
    assignment_id: int,
    actor: Actor,
    verdict: str,
    finding: str,
    due_at: datetime | None = None,
    early: str = "",
    seen_version: int | None = None,
) -> LookBack:
    """Inspect a written-off matter again (回头看): it held, or it relapsed into a new linked round.

    Not before the parameter `look_back.min_months` after write-off, unless `early` gives the reason. The old
    record stays written off for ever; the new round has a clock of its own and counts where it starts.
    """
    old = take(assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version)
    finding = require(finding, "finding", _("请写明核查情况"))
    if old.stage != Stage.WRITTEN_OFF:
        raise IllegalMove(stage=old.stage)
    if old.relapses.exists():
        raise Refused(_("该事项已因反弹转入新一轮办理"), code="relapsed_already")
    _refuse_too_early(old, early)
    new = None
    if verdict == LookBack.Verdict.RELAPSED:
        if due_at is None:
            raise Refused(_("请给出新一轮办理的时限"), code="required", field="due_at")
        new = open_assignment(
            old.item,
            unit_id=old.unit_id,
            duty=Duty(old.duty),
            due_at=due_at,
            actor=actor,
            issued_by=old.issued_by,
            office_id=old.office_id,
            lead=old.lead,
            round_number=old.round + 1,
            period=old.period,
            relapsed_from=old,
        )
    found = LookBack.objects.create(
        assignment=old,
        verdict=LookBack.Verdict(verdict),
        finding=finding,
        held_at=clock.now(),
        person_id=actor.person_id,
        new_round=new,
    )
    settle(
        old,
        "looked_back",
        actor=actor,
        text=finding,
        verdict=found.verdict.value,
        new_round=new.pk if new else None,
    )
    return found


def _publicises(assignment: Assignment) -> bool:
    plan = assignment.item.plan
    return bool(plan and plan.publicises and assignment.duty == Duty.LEAD)


def _refuse_too_early(old: Assignment, early: str) -> None:
    months = regime_for(old)["look_back.min_months"]
    ended = old.ended_at.astimezone(clock.OFFICE_TZ)
    today = clock.today()
    passed = (today.year - ended.year) * 12 + today.month - ended.month - (today.day < ended.day)
    if passed < months and not early.strip():
        raise Refused(
            _("销号满 %(n)d 个月后方可回头看；确需提前的，请写明理由") % {"n": months},
            code="too_early",
            field="early",
        )
