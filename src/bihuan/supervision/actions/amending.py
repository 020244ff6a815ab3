"""Changing an issued list on record: dates, wording, items and units added or taken off (调整清单)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append
from bihuan.org.roles import Cap
from bihuan.supervision.actions.closing import cancel_all
from bihuan.supervision.actions.dispatching import (
    blank_assignment,
    dispatch_item,
    halt_dispatches,
    open_assignments,
    refuse_targets,
)
from bihuan.supervision.actions.issuing import due_of, issue_item
from bihuan.supervision.actions.planting import plant, renumber
from bihuan.supervision.actions.steps import (
    PENDING,
    answer_by_date,
    due_required,
    lock_all,
    note_term,
    regime_for,
    require,
    settle_all,
    take_plan,
)
from bihuan.supervision.dues import Due
from bihuan.supervision.models import Assignment, Dispatch, Extension, Item, Plan, Term
from bihuan.supervision.nodes import Node
from bihuan.supervision.periods import begins_after
from bihuan.supervision.queries.dues import shares_of
from bihuan.supervision.queries.newcomers import newcomers
from bihuan.supervision.queries.pauses import load_pauses
from bihuan.supervision.queries.readiness import gaps_in
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.queries.trees import parts_after
from bihuan.supervision.rules import RUNNING, Cycle, Duty, Mode, Stage

DATED = ("due_at", "record_due_at", "amber_at", "strong_at", "answer_by")
WORDS = ("title", "text", "objective", "leader", "person")


@dataclass(frozen=True)
class Enlistment:
    """Units that join an issued item (增补责任单位), with a deadline of their own or the item's."""

    item_id: int
    unit_ids: Sequence[int]
    duty: str = Duty.LEAD
    due_on: date | None = None


@action
def amend_plan(
    *,
    plan_id: int,
    actor: Actor,
    reason: str,
    redated: Mapping[int, date] | None = None,
    recycled: Mapping[int, str] | None = None,
    reworded: Mapping[int, dict[str, str]] | None = None,
    withdrawn: Sequence[int] = (),
    added: Sequence[tuple[int | None, Node]] = (),
    enlisted: Sequence[Enlistment] = (),
    pull_parts: bool = False,
    seen_version: int | None = None,
) -> Plan:
    """Change an issued list on record (调整清单): dates, cycles, wording, items and units; a new edition.

    Open assignments follow; a pending extension that asked for no more counts as met. An amendment never counts
    as an extension (DESIGN §3.0). A date before that of a part into which a unit broke its duty down is refused,
    naming the parts, unless `pull_parts` moves them as well. Another feedback cycle (`recycled`) holds from its first
    whole period after the present one on, so no period is cut short and none asks twice.
    """
    plan = take_plan(plan_id, actor=actor, cap=Cap.AMEND, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明调整理由"))
    if plan.stage != Plan.Stage.ISSUED:
        raise Refused(_("只有执行中的方案可以调整"), code="illegal_move")
    changes = sum(map(len, (redated or {}, recycled or {}, reworded or {}, withdrawn, added, enlisted)))
    if not changes:
        raise Refused(_("没有任何调整内容"), code="nothing_changed")
    plan.edition += 1
    for item_id, due_on in (redated or {}).items():
        _redate(plan, _item(plan, item_id), due_on, actor, reason, pull_parts=pull_parts)
    _refuse_crossed(plan, redated or {})
    for item_id, cycle in (recycled or {}).items():
        _recycle(plan, _item(plan, item_id), cycle, actor, reason)
    for item_id, words in (reworded or {}).items():
        _reword(plan, _item(plan, item_id), words, actor, reason)
    for item_id in withdrawn:
        _withdraw(plan, _item(plan, item_id), actor, reason)
    for one in enlisted:
        _enlist(plan, one, actor, reason)
    for parent_id, node in added:
        _add(plan, _item(plan, parent_id) if parent_id else None, node, actor)
    renumber(plan)
    plan.version += 1
    plan.save()
    append(
        "supervision.plan.amended",
        actor=actor,
        subject=plan,
        text=reason,
        edition=plan.edition,
        changes=changes,
    )
    return plan


@action
def serve_newcomers(
    *,
    plan_id: int,
    actor: Actor,
    pairs: Sequence[tuple[int, int]],
    due_on: date | None = None,
    due_rule: str = "",
    seen_version: int | None = None,
) -> Plan:
    """Give issued items to units that have joined an addressed group since (补发), with a deadline of their own.

    Membership is frozen at dispatch, so nobody joins by themselves: `queries.newcomers` offers them (DESIGN §3.0).
    `pairs` are ids of item and unit. The deadline is a day, or a span (限时) that each unit has from now on, on
    the days of its own region.
    """
    plan = take_plan(plan_id, actor=actor, cap=Cap.DISPATCH, seen_version=seen_version)
    if plan.stage != Plan.Stage.ISSUED:
        raise Refused(_("只有执行中的方案可以补发"), code="illegal_move")
    due = due_required(clock.end_of(due_on) if due_on else None, due_rule)
    offered = {(one.item.pk, one.unit.pk): one for one in newcomers(plan)}
    if not pairs or not set(pairs) <= offered.keys():
        raise Refused(_("请选择待补发的单位"), code="no_newcomer", field="pairs")
    for item_id in dict.fromkeys(item for item, _unit in pairs):
        chosen = [offered[pair] for pair in pairs if pair[0] == item_id]
        for duty in Duty.values:
            units = [one.unit.pk for one in chosen if one.duty == duty]
            if units:
                _join(plan, chosen[0].item, units, duty, due, actor)
    plan.version += 1
    plan.save()
    append("supervision.plan.served_newcomers", actor=actor, subject=plan, units=len(set(pairs)), due=due_on)
    return plan


def _item(plan: Plan, item_id: int) -> Item:
    return plan.items.filter(withdrawn_on__isnull=True).get(pk=item_id)


# --- dates --------------------------------------------------------------------------------------------------


@step
def _redate(plan: Plan, item: Item, due_on: date, actor: Actor, reason: str, *, pull_parts: bool) -> None:
    if item.long_term:
        raise Refused(_("长期坚持的事项按周期办结，不单独设时限"), code="long_term", field="redated")
    due_at = clock.end_of(due_on)
    if due_at <= clock.now():
        raise Refused(_("时限不能早于现在"), code="past", field="redated")
    was, item.due_on, item.due_rule = item.due_on, due_on, ""
    item.save(update_fields=["due_on", "due_rule"])
    append(
        "supervision.item.amended",
        actor=actor,
        subject=item,
        text=reason,
        edition=plan.edition,
        due_on=due_on,
        was_due_on=was,
    )
    for dispatch in Dispatch.objects.filter(item=item).exclude(pending=[]).select_for_update():
        dispatch.due_at, dispatch.due_rule, dispatch.rule = due_at, "", {"due": due_at.isoformat()}
        dispatch.save(update_fields=["due_at", "due_rule", "rule"])
    own = Assignment.objects.open().filter(item=item)
    parts = parts_after(own, due_at)
    if parts and not pull_parts:
        raise Refused(
            _("有 %(n)d 件分解事项的时限晚于新时限，例如“%(title)s”；请一并提前，或另定时限")
            % {"n": len(parts), "title": parts[0].item.title},
            code="parts_later",
            field="redated",
            parts=[part.pk for part in parts],
        )
    _move_deadlines(lock_all([*own, *parts]), due_at, actor, reason)


@step
def _move_deadlines(assignments: Sequence[Assignment], due_at: datetime, actor: Actor, reason: str) -> None:
    """Let open assignments have a new deadline, assisting units some workdays before it.

    A unit that has handed in its work is not put at a disadvantage while it cannot act: a date before its present
    one is not applied to it. What has been accepted keeps the date it was judged by.
    """
    now, regimes = clock.now(), Regimes()
    moved: list[Assignment] = []
    was: dict[int, datetime] = {}
    terms: list[Term] = []
    load_pauses(assignments)
    for one in assignments:
        regime = regimes[one.issued_by_id]
        target = regime.assist_due(now, due_at) if one.duty == Duty.ASSIST else due_at
        applies = one.stage in RUNNING or (one.stage == Stage.COMPLETED and target > one.due_at)
        if not applies or target == one.due_at:
            continue
        was[one.pk] = one.due_at
        terms.append(note_term(one, Term.Kind.AMENDMENT, target, regime=regime))
        moved.append(one)
    Term.objects.bulk_create(terms, batch_size=1000)
    asked = Extension.objects.filter(assignment__in=moved, state__in=PENDING)
    waiting = set(asked.values_list("assignment_id", flat=True))
    for one in moved:
        if one.pk in waiting:
            answer_by_date(one, actor=actor)
    settle_all(
        moved,
        "redated",
        actor=actor,
        changed=DATED,
        text=reason,
        facts=lambda one: {"due": one.due_at, "was_due": was[one.pk]},
    )


def _refuse_crossed(plan: Plan, redated: Iterable[int]) -> None:
    """An item in the tree does not outlast the one it stands under (A7)."""
    items = {item.pk: item for item in plan.items.filter(withdrawn_on__isnull=True)}
    changed = set(redated)
    for item in items.values():
        above = items.get(item.parent_id) if item.parent_id else None
        while above is not None:
            crossed = item.due_on and above.due_on and item.due_on > above.due_on
            if crossed and changed & {item.pk, above.pk}:
                raise Refused(
                    _("“%(item)s”的时限晚于其上级条目“%(above)s”")
                    % {"item": item.title[:30], "above": above.title[:30]},
                    code="after_parent",
                    field="redated",
                )
            above = items.get(above.parent_id) if above.parent_id else None


# --- cycles -------------------------------------------------------------------------------------------------


@step
def _recycle(plan: Plan, item: Item, cycle: str, actor: Actor, reason: str) -> None:
    """Ask for reports, or open a recurring duty, in another rhythm: "" is the plan's own again.

    Slots and periods that were opened stay as they are (R1); nobody's light or alarm changes before the day.
    """
    if item.children.filter(withdrawn_on__isnull=True).exists():
        raise Refused(_("只有交办到单位的条目才有反馈周期"), code="not_leaf", field="recycled")
    today, chosen = clock.today(), cycle or plan.cycle
    if chosen not in Cycle.values:
        raise Refused(_("没有这种反馈周期"), code="unknown_cycle", field="recycled")
    if item.long_term and chosen == Cycle.NONE:
        raise Refused(_("长期坚持的事项须有反馈周期"), code="no_cycle", field="recycled")
    was = item.cycle_on(today)
    item.cycle = was
    if chosen == was:  # an amendment that has not come into effect is taken back
        item.next_cycle, item.next_cycle_on, begins_on = "", None, today
    else:
        begins_on = begins_after(was, chosen, today)
        item.next_cycle, item.next_cycle_on = chosen, begins_on
    item.save(update_fields=["cycle", "next_cycle", "next_cycle_on"])
    facts = {"cycle": chosen, "was_cycle": was, "from_on": begins_on}
    append("supervision.item.amended", actor=actor, subject=item, text=reason, edition=plan.edition, **facts)
    running = lock_all(list(Assignment.objects.open().filter(item=item)))
    settle_all(running, "recycled", actor=actor, changed=[], text=reason, facts=lambda one: facts)


# --- words, items, units ------------------------------------------------------------------------------------


@step
def _reword(plan: Plan, item: Item, words: Mapping[str, str], actor: Actor, reason: str) -> None:
    if unknown := set(words) - set(WORDS):
        raise Refused(
            _("只能调整标题、内容、目标、责任领导和责任人"),
            code="not_wording",
            field="reworded",
            names=sorted(unknown),
        )
    if "title" in words:
        require(words["title"], "reworded", _("请写明事项"))
    for name, value in words.items():
        setattr(item, name, value.strip())
    item.save(update_fields=list(words))
    append(
        "supervision.item.amended",
        actor=actor,
        subject=item,
        text=reason,
        edition=plan.edition,
        fields=sorted(words),
    )


@step
def _withdraw(plan: Plan, item: Item, actor: Actor, reason: str) -> None:
    """Take an item off the list with everything under it: open assignments, whoever leads them, and their parts."""
    branch = [item]
    for one in branch:
        branch += one.children.filter(withdrawn_on__isnull=True)
    halt_dispatches(branch)
    for one in branch:
        one.withdrawn_on = clock.today()
        one.save(update_fields=["withdrawn_on"])
        append("supervision.item.withdrawn", actor=actor, subject=one, text=reason, edition=plan.edition)
    cancel_all(list(Assignment.objects.open().filter(item__in=branch)), actor=actor, reason=reason)


@step
def _add(plan: Plan, parent: Item | None, node: Node, actor: Actor) -> None:
    """Put a node with everything under it on the list, and give its leaves out."""
    if parent is not None and parent.assignments.exists():
        raise Refused(_("已交办的条目下不能再增加条目"), code="parent_dispatched", field="added")
    item = plant(plan, node, parent, position=plan.items.count())
    for child in node.children:
        _add(plan, item, child, actor)
    if node.children:
        return
    if gaps := gaps_in([item], plan):
        raise Refused(
            _("新增条目未完善：%(first)s") % {"first": gaps[0].message}, code="not_ready", field="added"
        )
    issue_item(item, plan, actor=actor)


@step
def _enlist(plan: Plan, one: Enlistment, actor: Actor, reason: str) -> None:
    """Add units to an issued item: to the list as well as to those who have it."""
    item = _item(plan, one.item_id)
    refuse_targets(plan.issuer, one.unit_ids if one.duty == Duty.LEAD else [], one.unit_ids)
    due = clock.end_of(one.due_on) if one.due_on else due_of(item, plan, clock.today())[0]
    _join(plan, item, one.unit_ids, one.duty, due, actor)
    for unit_id in one.unit_ids:
        item.targets.get_or_create(unit_id=unit_id, defaults={"duty": one.duty})
    append(
        "supervision.item.amended",
        actor=actor,
        subject=item,
        text=reason,
        edition=plan.edition,
        units=list(one.unit_ids),
    )


@step
def _join(plan: Plan, item: Item, unit_ids: Sequence[int], duty: str, due: Due, actor: Actor) -> None:
    """Give an issued item to further units in its present period."""
    now = clock.now()
    shares = shares_of(due, unit_ids, at=now, issued_on=plan.source.issued_on)
    if any(share.due_at <= now for share in shares):
        raise Refused(_("时限不能早于现在"), code="past", field="due_on")
    period = due_of(item, plan, clock.today())[1]
    having = item.assignments.live().filter(period=period)
    if having.filter(unit__in=unit_ids).exists():
        raise Refused(_("该单位已承办同一事项"), code="has_it_already", field="unit")
    leads = having.filter(duty=Duty.LEAD).open().select_related("unit").order_by("pk")
    if duty == Duty.LEAD:
        if item.mode == Mode.JOINT and leads.exists():
            raise Refused(_("一家牵头的事项须有且只有一个牵头单位"), code="one_lead", field="lead")
        dispatch_item(
            item, unit_ids, [], due, actor=actor, issued_by=plan.issuer, office=plan.office, period=period
        )
        return
    lead = leads.first()
    if lead is None:
        raise Refused(_("该事项没有在办的牵头单位可供配合"), code="no_lead", field="unit")
    for share in shares:
        blank = blank_assignment(
            item,
            duty=Duty.ASSIST,
            due_at=min(share.due_at, lead.due_at),
            issued_by=plan.issuer,
            office_id=plan.office_id,
            regime=regime_for(lead),
            lead=lead,
            period=period,
        )
        rule = share.rule if share.due_at <= lead.due_at else None
        open_assignments(blank, share.unit_ids, actor=actor, rule=rule)
