"""What becomes of duties when units merge, split or close (DESIGN §3.0)."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append_each
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import refuse_targets, relink
from bihuan.supervision.actions.steps import (
    CLOSED_DOWN,
    close_down,
    lock_all,
    require,
    settle_all,
    take,
)
from bihuan.supervision.models import Assignment, Item, Obstacle, Plan
from bihuan.supervision.queries.trees import assists_of, everything_below
from bihuan.supervision.rules import Duty, Move


@step
def carry_duties(
    *, unit: Unit, kind: str, successors: Sequence[Unit], on: date, actor: Actor, heir: Unit | None = None
) -> None:
    """Move what is open at a unit that ends (随机构调整转移), in the transaction that ends it.

    What it was given goes to its only successor; without one, or with several, the givers decide
    (`queries.successions.bereft`). What it gave goes to the heir, the first successor, or the authority above: somebody
    must be able to decide about it.
    """
    if len(successors) == 1:
        move_all(Assignment.objects.open().filter(unit=unit), successors[0], actor=actor)
    taker = heir or (successors[0] if successors else unit.parent)
    if taker is not None:
        _reissue(unit, taker, actor)


@step
def move_all(assignments, unit: Unit, *, actor: Actor, reason: str = "", chosen: bool = False) -> None:
    """Let open duties go on at another unit; where they came from is kept, stage and clock go on."""
    moved = lock_all(assignments)
    former = {one.pk: one.unit_id for one in moved}
    for one in moved:
        one.original_unit_id = one.original_unit_id or one.unit_id
        one.unit = unit
    settle_all(
        moved,
        "moved",
        actor=actor,
        changed=["unit", "original_unit"],
        text=reason,
        facts=lambda one: {"from": former[one.pk], "to": unit.pk, "chosen": chosen or None},
    )
    assists = lock_all(Assignment.objects.open().filter(lead__in=moved, reviewer__in=former.values()))
    for one in assists:
        one.reviewer = unit
    settle_all(
        assists,
        "reissued",
        actor=actor,
        changed=["reviewer"],
        facts=lambda one: {"from": former[one.lead_id], "to": unit.pk},
    )
    Item.objects.filter(parent_assignment__in=moved, owner__in=former.values()).update(owner=unit.authority)


@action
def transfer_assignment(
    *, assignment_id: int, actor: Actor, unit_id: int, reason: str, seen_version: int | None = None
) -> Assignment:
    """Decide who goes on with a duty whose unit has ended (确定承接单位): one of its successors, or another unit."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version, along=assists_of)
    reason = require(reason, "reason", _("请写明由该单位承接的理由"))
    if not assignment.is_open:
        raise IllegalMove(stage=assignment.stage)
    if Unit.objects.current(clock.today()).filter(pk=assignment.unit_id).exists():
        raise Refused(_("原承办单位仍然存在，不能转移"), code="unit_exists")
    refuse_targets(assignment.issued_by, [unit_id] if assignment.duty == Duty.LEAD else [], [unit_id])
    move_all([assignment], Unit.objects.get(pk=unit_id), actor=actor, reason=reason, chosen=True)
    assignment.refresh_from_db()
    return assignment


@action
def join_assignments(
    *, assignment_id: int, into_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> Assignment:
    """Join a duty that a unit inherited into the same one it has already (并入); the record of both stays.

    Parts, assisting units and obstacles of the joined one go on under the other.
    """
    assignment = take(
        assignment_id,
        actor=actor,
        cap=Cap.DECIDE,
        seen_version=seen_version,
        along=lambda key: [*everything_below(key), into_id],
    )
    reason = require(reason, "reason", _("请写明并入理由"))
    into = assignment.twins().filter(pk=into_id).first()
    if into is None or (into.duty == Duty.ASSIST and assignment.duty == Duty.LEAD):
        raise Refused(_("只能并入同一单位承办的同一事项"), code="no_twin", field="into_id")
    Item.objects.filter(parent_assignment=assignment).update(parent_assignment=into)
    Obstacle.objects.filter(assignment=assignment).update(assignment=into)
    if into.duty == Duty.LEAD:
        relink(assignment, into, actor=actor)
    assignment.joined_into = into
    close_down([assignment])
    settle_all(
        [assignment],
        "joined",
        actor=actor,
        changed=["joined_into", *CLOSED_DOWN],
        move=Move.JOIN,
        text=reason,
        facts=lambda one: {"into": into.pk},
    )
    return assignment


@step
def _reissue(unit: Unit, taker: Unit, actor: Actor) -> None:
    """Let another authority, or office, go on with what a unit that ends gave and reviews."""
    authority = taker.own_authority
    gave = Q(issued_by=unit) | Q(reviewer=unit) | Q(office=unit)
    assignments = lock_all(Assignment.objects.open().filter(gave))
    for one in assignments:
        if one.issued_by_id == unit.pk:
            one.issued_by = authority
        if one.reviewer_id == unit.pk:
            one.reviewer = authority
        if one.office_id == unit.pk:
            one.office = taker if taker.kind == UnitKind.OFFICE else None
    settle_all(
        assignments,
        "reissued",
        actor=actor,
        changed=["issued_by", "reviewer", "office"],
        facts=lambda one: {"from": unit.pk, "to": taker.pk},
    )
    plans = Plan.objects.exclude(stage=Plan.Stage.CLOSED).filter(Q(issuer=unit) | Q(office=unit))
    for plan in plans.select_for_update(no_key=True).order_by("pk"):
        if plan.issuer_id == unit.pk:
            plan.issuer = authority
            plan.items.update(owner=authority)
        if plan.office_id == unit.pk:
            plan.office = taker if taker.kind == UnitKind.OFFICE else None
        plan.version += 1
        plan.save()
        facts = {"from": unit.pk, "to": taker.pk}
        append_each("supervision.plan.inherited", actor=actor, lines=[Line(plan, facts)])
