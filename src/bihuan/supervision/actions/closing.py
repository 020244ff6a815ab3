"""How an assignment ends: publicised, written off, looked back at, cancelled."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import (
    halt_dispatches,
    open_assignment,
    refuse_targets,
    relink,
)
from bihuan.supervision.actions.reviewing import resume_unit_clock
from bihuan.supervision.actions.steps import (
    CLOSED_DOWN,
    authors,
    close_down,
    due_given,
    lock_all,
    refuse_author,
    regime_for,
    require,
    settle,
    settle_all,
    take,
)
from bihuan.supervision.models import Assignment, Item, LookBack, Objection, Submission
from bihuan.supervision.queries.trees import (
    assists_of,
    dependents,
    everything_below,
    other_lead,
    parts_below,
)
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
    refuse_author(assignment, actor)
    objection = Objection.objects.create(
        assignment=assignment, text=text, founded=founded, raised_at=clock.now()
    )
    if founded:
        assignment.submissions.filter(state=Submission.State.ACCEPTED).update(state=Submission.State.RETURNED)
        resume_unit_clock(assignment, due_at)
        assignment.returns += 1
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
    Accepted assisting duties end with the lead's.
    """
    assignment = take(
        assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version, along=assists_of
    )
    if assignment.stage not in (Stage.ACCEPTED, Stage.PUBLICISED):
        raise IllegalMove(stage=assignment.stage)
    refuse_author(assignment, actor)
    if assignment.stage == Stage.ACCEPTED and _publicises(assignment):
        raise Refused(_("方案要求先公示，公示期满方可销号"), code="publicity_first")
    until = assignment.publicised_until
    if assignment.stage == Stage.PUBLICISED and until is not None and clock.now() < until:
        raise Refused(_("公示期未满，暂不能销号"), code="publicity_running")
    if outcome not in Outcome.values:
        raise Refused(_("请选择办理结论"), code="required", field="outcome")
    if outcome != Outcome.DONE:
        basis = require(basis, "basis", _("结论不是“已整改”的，请写明依据"))
    accepted = lock_all(assignment.assisting.filter(stage=Stage.ACCEPTED))
    done = [assignment, *(one for one in accepted if actor.person_id not in authors(one))]
    close_down(done)
    for one in done:
        one.outcome, one.progress = Outcome(outcome), 100
    settle_all(
        done,
        "written_off",
        actor=actor,
        changed=["outcome", "progress", *CLOSED_DOWN],
        move=Move.WRITE_OFF,
        text=basis.strip(),
        facts=lambda one: {"outcome": str(one.outcome)},
    )
    return assignment


@action
def cancel_assignment(
    *,
    assignment_id: int,
    actor: Actor,
    reason: str,
    reparent_to: int | None = None,
    seen_version: int | None = None,
) -> Assignment:
    """Take a duty back (撤销) with a reason, and with it what hangs below it (preview: `trees.dependents`).

    With `reparent_to`, another open duty of the same unit, the parts go on under that one. Units that assist go
    on under another lead of the same item where there is one.
    """
    heir_keys = [reparent_to] if reparent_to else []
    assignment = take(
        assignment_id,
        actor=actor,
        cap=Cap.DECIDE,
        seen_version=seen_version,
        along=lambda key: [*everything_below(key), *heir_keys],
    )
    reason = require(reason, "reason", _("请写明撤销理由"))
    if not assignment.is_open:
        raise IllegalMove(stage=assignment.stage)
    if reparent_to is not None:
        _reparent(assignment, reparent_to, actor, reason)
    lead = other_lead(assignment)
    if lead is not None:
        relink(assignment, lead, actor=actor)
    cancel_all([assignment], actor=actor, reason=reason)
    assignment.refresh_from_db()
    return assignment


@step
def cancel_all(assignments: Sequence[Assignment], *, actor: Actor, reason: str) -> None:
    """Cancel these and everything that hangs below them, deepest first, each with its own entry."""
    doomed = {one.pk: one for top in assignments for one in [*dependents(top), top]}
    halt_dispatches(Item.objects.filter(parent_assignment__in=doomed).values_list("pk", flat=True))
    doomed |= {one.pk: one for top in assignments for one in [*dependents(top), top]}
    locked = {one.pk: one for one in lock_all(doomed)}
    ending = [locked[key] for key in doomed if locked[key].is_open]
    close_down(ending)
    settle_all(ending, "cancelled", actor=actor, changed=CLOSED_DOWN, move=Move.CANCEL, text=reason)


@step
def _reparent(assignment: Assignment, heir_id: int, actor: Actor, reason: str) -> None:
    """Let the parts of a duty go on as parts of another one that the same unit has."""
    heir = Assignment.objects.open().filter(pk=heir_id, unit=assignment.unit_id).first()
    below = {one.pk for one in parts_below(assignment)}
    if heir is None or heir.pk == assignment.pk or heir.pk in below:
        raise Refused(_("请选择该单位另一件在办事项"), code="unknown_heir", field="reparent_to")
    parts = lock_all(Assignment.objects.open().filter(item__parent_assignment=assignment))
    if any(part.due_at > heir.due_at for part in parts):
        raise Refused(_("有分解事项的时限晚于所选事项的时限"), code="after_parent", field="reparent_to")
    Item.objects.filter(parent_assignment=assignment).update(parent_assignment=heir)
    settle_all(
        parts,
        "reparented",
        actor=actor,
        changed=[],
        text=reason,
        facts=lambda part: {"parent": heir.pk, "was_parent": assignment.pk},
    )


@action
def look_back(
    *,
    assignment_id: int,
    actor: Actor,
    verdict: str,
    finding: str,
    due_at: datetime | None = None,
    due_rule: str = "",
    early: str = "",
    unit_id: int | None = None,
    seen_version: int | None = None,
) -> LookBack:
    """Inspect a written-off matter again (回头看): it held, or it relapsed into a new linked round.

    Not before the parameter `look_back.min_months` after write-off, unless `early` gives the reason. The old
    record stays written off for ever; the new round has a clock of its own and counts where it starts. It goes to
    the unit that has taken the old one's place where that has ended, or to `unit_id` where nobody or several have.
    """
    old = take(assignment_id, actor=actor, cap=Cap.WRITE_OFF, seen_version=seen_version)
    finding = require(finding, "finding", _("请写明核查情况"))
    if old.stage != Stage.WRITTEN_OFF:
        raise IllegalMove(stage=old.stage)
    if old.duty != Duty.LEAD:
        raise Refused(_("回头看以牵头办件为对象"), code="not_lead")
    refuse_author(old, actor)
    if verdict not in LookBack.Verdict.values:
        raise Refused(_("请选择回头看结论"), code="required", field="verdict")
    if old.relapses.exists():
        raise Refused(_("该事项已因反弹转入新一轮办理"), code="relapsed_already")
    _refuse_too_early(old, early)
    new = None
    if verdict == LookBack.Verdict.RELAPSED:
        due = due_given(due_at, due_rule)
        if due is None:
            raise Refused(_("请给出新一轮办理的时限"), code="required", field="due_at")
        new = open_assignment(
            old.item,
            unit_id=_present_unit(old, unit_id),
            duty=Duty.LEAD,
            due=due,
            actor=actor,
            issued_by=old.issued_by,
            office_id=old.office_id,
            round_number=old.round + 1,
            period=old.period,
            relapsed_from=old,
        )
    found = LookBack.objects.create(
        assignment=old,
        verdict=LookBack.Verdict(verdict),
        finding=finding,
        early=early.strip(),
        held_at=clock.now(),
        person_id=actor.own_person_id,
        new_round=new,
    )
    settle(
        old,
        "looked_back",
        actor=actor,
        text=finding,
        verdict=found.verdict.value,
        early=bool(found.early) or None,
        new_round=new.pk if new else None,
    )
    return found


def _present_unit(old: Assignment, unit_id: int | None) -> int:
    """The unit that answers for the matter today: the old one, its only successor, or the one that is named."""
    today = clock.today()
    if Unit.objects.current(today).filter(pk=old.unit_id).exists():
        return old.unit_id
    heirs = list(old.unit.successions.exclude(successor=None).values_list("successor", flat=True))
    if unit_id is None and len(heirs) == 1:
        unit_id = heirs[0]
    if unit_id is None:
        raise Refused(_("原承办单位已撤销，请指定新一轮的承办单位"), code="unit_ended", field="unit")
    refuse_targets(old.issued_by, [unit_id], [])
    return unit_id


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
