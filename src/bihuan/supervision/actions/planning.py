"""How a list comes to be: drafted, edited, issued, amended, closed, rolled forward."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.org.groups import members_of
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.dispatching import (
    acting_unit,
    give_out,
    refuse_targets,
    serve_chunk,
)
from bihuan.supervision.actions.planting import (
    change_item,
    grow,
    outline_of,
    plant,
    remove_items,
    renumber,
)
from bihuan.supervision.actions.steps import (
    lock_all,
    regime_for,
    require,
    set_term,
    settle,
    take_plan,
)
from bihuan.supervision.models import (
    Area,
    Assignment,
    Dispatch,
    Extension,
    Item,
    LeadingMember,
    Passage,
    Plan,
    Source,
    Term,
)
from bihuan.supervision.nodes import Aim as Aim
from bihuan.supervision.nodes import Header, Node
from bihuan.supervision.outlines import branch
from bihuan.supervision.periods import period_of
from bihuan.supervision.queries.drafts import tree_of
from bihuan.supervision.queries.readiness import gaps_of
from bihuan.supervision.queries.trees import dependents
from bihuan.supervision.rules import Duty, Move
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Span, SpanUnit, deadline

AT_ONCE = 500
"""Up to so many units a dispatch is served inside the issuing transaction; beyond, by jobs in chunks."""

SERVE = "supervision.serve_dispatch"


@action
def draft_plan(
    *,
    actor: Actor,
    header: Header,
    tree: Sequence[Node] = (),
    source_text: str = "",
    unread: Sequence[tuple[int, int, str]] = (),
) -> Plan:
    """Begin a plan (拟订方案) from a document that was read, from a spreadsheet, or by hand.

    `unread` are passages of the source's text that went into no item: from, to, reason.
    """
    once("supervision.plan.drafted", actor=actor)
    unit = acting_unit(actor, Cap.DRAFT)
    office = unit if unit.kind == UnitKind.OFFICE else None
    _refuse_line(office, header.line_id)
    issuer = unit.authority
    source = Source.objects.create(
        kind=Source.Kind.PLAN,
        number=header.number,
        title=require(header.title, "title", _("请写明方案名称")),
        issued_on=header.issued_on,
        text=source_text,
        unit=issuer,
    )
    plan = Plan(source=source, issuer=issuer, office=office)
    _set_header(plan, header)
    plan.save(force_insert=True)
    _set_people_and_areas(plan, header)
    count = grow(plan, tree)
    Passage.objects.bulk_create(
        Passage(source=source, span_start=start, span_end=end, reason=reason) for start, end, reason in unread
    )
    append("supervision.plan.drafted", actor=actor, subject=plan, items=count)
    return plan


@action
def edit_plan(*, plan_id: int, actor: Actor, header: Header, seen_version: int | None = None) -> Plan:
    """Change the head of a draft (修改草案)."""
    plan = take_draft(plan_id, actor, seen_version)
    _refuse_line(plan.office, header.line_id)
    _set_header(plan, header)
    source = plan.source
    source.title, source.number, source.issued_on = header.title, header.number, header.issued_on
    source.save(update_fields=["title", "number", "issued_on"])
    _set_people_and_areas(plan, header)
    settle_draft(plan, actor)
    return plan


@action
def replace_tree(
    *, plan_id: int, actor: Actor, tree: Sequence[Node], seen_version: int | None = None
) -> Plan:
    """Put another list into a draft, as after reading the document again (替换清单)."""
    plan = take_draft(plan_id, actor, seen_version)
    _fell(plan)
    settle_draft(plan, actor, items=grow(plan, tree))
    return plan


@action
def edit_items(
    *, plan_id: int, actor: Actor, changes: dict[int, dict[str, Any]], seen_version: int | None = None
) -> Plan:
    """Change fields, units or criteria of items of a draft (修改条目), one or a whole selection.

    Keys of a change: fields of Item, and `leads`, `assists` (lists of Aim), `criteria` (texts), `milestones`.
    """
    plan = take_draft(plan_id, actor, seen_version)
    items = {item.pk: item for item in plan.items.filter(pk__in=changes).select_for_update()}
    for item_id, change in changes.items():
        change_item(items[item_id], change)
    settle_draft(plan, actor, items=len(changes))
    return plan


@action
def add_item(
    *, plan_id: int, actor: Actor, node: Node, parent_id: int | None = None, seen_version: int | None = None
) -> Item:
    """Add a node to a draft by hand (增加条目)."""
    plan = take_draft(plan_id, actor, seen_version)
    parent = plan.items.get(pk=parent_id) if parent_id else None
    item = plant(plan, node, parent, position=plan.items.count())
    renumber(plan)
    settle_draft(plan, actor, items=1)
    return item


@action
def remove_item(*, plan_id: int, actor: Actor, item_id: int, seen_version: int | None = None) -> Plan:
    """Take a node and what hangs below it out of a draft (删除条目)."""
    plan = take_draft(plan_id, actor, seen_version)
    outline = outline_of(plan)
    doomed = branch(outline, plan.items.get(pk=item_id).pk)
    remove_items(plan.items.filter(pk__in=doomed))
    settle_draft(plan, actor, items=len(doomed))
    return plan


@action
def delete_draft(*, plan_id: int, actor: Actor) -> None:
    """Throw a draft away (删除草案): nothing was issued, so nobody was told. Its trail stays."""
    plan = take_draft(plan_id, actor, None)
    append("supervision.plan.deleted", actor=actor, subject=plan)
    source = plan.source
    _fell(plan)
    plan.delete()
    source.delete()


@action
def issue_plan(*, plan_id: int, actor: Actor, seen_version: int | None = None) -> Plan:
    """Issue a plan (印发方案): every leaf has one matter, a unit and a deadline, and goes out to its units.

    Small dispatches are served here and now, large ones by jobs in chunks. Raises Refused naming the first gap.
    """
    plan = take_plan(plan_id, actor=actor, cap=Cap.DISPATCH, seen_version=seen_version)
    if plan.stage != Plan.Stage.DRAFT:
        raise Refused(_("方案已经印发"), code="illegal_move")
    gaps = gaps_of(plan)
    if gaps:
        raise Refused(
            _("还有 %(n)d 处未完善，例如：%(first)s") % {"n": len(gaps), "first": gaps[0].message},
            code="not_ready",
            gaps=len(gaps),
        )
    plan.stage, plan.issued_at = Plan.Stage.ISSUED, clock.now()
    units = sum(_dispatch_item(item, plan, actor) for item in _leaves(plan))
    plan.version += 1
    plan.save()
    append("supervision.plan.issued", actor=actor, subject=plan, items=plan.items.count(), units=units)
    return plan


@action
def amend_plan(
    *,
    plan_id: int,
    actor: Actor,
    reason: str,
    redated: dict[int, date] | None = None,
    reworded: dict[int, dict[str, str]] | None = None,
    withdrawn: Sequence[int] = (),
    added: Sequence[tuple[int | None, Node]] = (),
    seen_version: int | None = None,
) -> Plan:
    """Change an issued list on record (调整清单): dates, wording, items taken off or added; a new edition.

    Open assignments follow; a pending extension that asked for no more counts as met. An amendment never counts
    as an extension (DESIGN §3.0).
    """
    plan = take_plan(plan_id, actor=actor, cap=Cap.AMEND, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明调整理由"))
    if plan.stage != Plan.Stage.ISSUED:
        raise Refused(_("只有执行中的方案可以调整"), code="illegal_move")
    plan.edition += 1
    for item_id, due_on in (redated or {}).items():
        _redate(plan, plan.items.get(pk=item_id), due_on, actor, reason)
    for item_id, words in (reworded or {}).items():
        _reword(plan, plan.items.get(pk=item_id), words, actor, reason)
    for item_id in withdrawn:
        _withdraw(plan, plan.items.get(pk=item_id), actor, reason)
    for parent_id, node in added:
        parent = plan.items.get(pk=parent_id) if parent_id else None
        _dispatch_item(plant(plan, node, parent, position=plan.items.count()), plan, actor)
    renumber(plan)
    plan.version += 1
    plan.save()
    changes = len(redated or {}) + len(reworded or {}) + len(withdrawn) + len(added)
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
def close_plan(*, plan_id: int, actor: Actor, seen_version: int | None = None) -> Plan:
    """End a plan (方案结束): no new items; rounds that are open run on."""
    plan = take_plan(plan_id, actor=actor, cap=Cap.AMEND, seen_version=seen_version)
    if plan.stage != Plan.Stage.ISSUED:
        raise Refused(_("只有执行中的方案可以结束"), code="illegal_move")
    plan.stage, plan.closed_at = Plan.Stage.CLOSED, clock.now()
    plan.version += 1
    plan.save()
    append("supervision.plan.closed", actor=actor, subject=plan)
    return plan


@action
def roll_forward(*, plan_id: int, actor: Actor, title: str, months: int = 12) -> Plan:
    """Begin next year's plan from this one (沿用去年清单): same tree, units and criteria, dates moved on."""
    once("supervision.plan.drafted", actor=actor)
    old = take_plan(plan_id, actor=actor, cap=Cap.DRAFT)
    source = Source.objects.create(kind=Source.Kind.PLAN, title=title, unit=old.issuer)
    plan = Plan(
        source=source,
        title=require(title, "title", _("请写明方案名称")),
        issuer=old.issuer,
        office=old.office,
        line=old.line,
        starts_on=_later(old.starts_on, months),
        ends_on=_later(old.ends_on, months),
        level_names=old.level_names,
        cycle=old.cycle,
        publicises=old.publicises,
        follows=old,
    )
    plan.save(force_insert=True)
    for member in old.leading_group.all():
        plan.leading_group.create(
            name=member.name, duty=member.duty, post=member.post, position=member.position
        )
    count = grow(plan, _nodes_of(old, months))
    append("supervision.plan.drafted", actor=actor, subject=plan, items=count, follows=old.pk)
    return plan


# --- drafts -------------------------------------------------------------------------------------------------


@step
def take_draft(plan_id: int, actor: Actor, seen_version: int | None) -> Plan:
    """Lock a plan that may still be changed freely."""
    plan = take_plan(plan_id, actor=actor, cap=Cap.DRAFT, seen_version=seen_version)
    if plan.stage != Plan.Stage.DRAFT:
        raise Refused(_("方案已经印发，只能通过“调整清单”修改"), code="illegal_move")
    return plan


@step
def settle_draft(plan: Plan, actor: Actor, **facts: int) -> None:
    """Finish a change to a draft: version, row, entry."""
    plan.version += 1
    plan.save()
    append("supervision.plan.edited", actor=actor, subject=plan, **facts)


def _refuse_line(office: Unit | None, line_id: int | None) -> None:
    if office and line_id and not office.lines.filter(pk=line_id).exists():
        raise Refused(_("本处室不负责这条业务线"), code="outside_line", field="line")


def _set_header(plan: Plan, header: Header) -> None:
    if header.starts_on and header.ends_on and header.ends_on < header.starts_on:
        raise Refused(_("截止日期不能早于起始日期"), code="ends_before_start", field="ends_on")
    plan.title, plan.line_id = header.title.strip(), header.line_id
    plan.starts_on, plan.ends_on = header.starts_on, header.ends_on
    plan.level_names, plan.cycle = list(header.level_names), header.cycle
    plan.publicises = header.publicises


@step
def _set_people_and_areas(plan: Plan, header: Header) -> None:
    plan.leading_group.all().delete()
    LeadingMember.objects.bulk_create(
        LeadingMember(plan=plan, name=name, duty=duty, post=post, position=position)
        for position, (name, duty, post) in enumerate(header.leading_group)
    )
    dropped = plan.areas.exclude(name__in=header.areas)
    plan.items.filter(area__in=dropped).update(area=None)
    dropped.delete()
    for position, name in enumerate(header.areas):
        Area.objects.update_or_create(plan=plan, name=name, defaults={"position": position})


@step
def _fell(plan: Plan) -> None:
    remove_items(plan.items.all())
    plan.areas.all().delete()


# --- issuing ------------------------------------------------------------------------------------------------


def _leaves(plan: Plan) -> list[Item]:
    return list(plan.items.leaves().prefetch_related("targets__unit", "targets__group").order_by("position"))


@step
def _dispatch_item(item: Item, plan: Plan, actor: Actor) -> int:
    """Give a leaf out to its units; returns how many."""
    leads = _units_of(item, Duty.LEAD)
    assists = [one for one in _units_of(item, Duty.ASSIST) if one not in leads]
    refuse_targets(plan.issuer, leads, assists)
    due_at, period = _due_at(item, plan)
    if len(leads) + len(assists) <= AT_ONCE or assists:
        give_out(
            item,
            leads,
            assists,
            due_at,
            actor=actor,
            issued_by=plan.issuer,
            office=plan.office,
            period=period,
        )
        return len(leads) + len(assists)
    dispatch = Dispatch.objects.create(
        item=item,
        office=plan.office,
        due_at=due_at,
        period=period,
        rule={"due": due_at.isoformat()},
        asked_by=actor.appointment_id,
        asked_at=clock.now(),
        request_id=actor.request_id,
        total=len(leads),
        pending=leads,
    )
    serve_chunk(dispatch, actor)
    jobs.configure_task(SERVE, lock=f"dispatch:{dispatch.pk}").defer(dispatch_id=dispatch.pk)
    return len(leads)


def _units_of(item: Item, duty: str) -> list[int]:
    """The ids of the units an item is meant for, groups unfolded as of today, each once."""
    found: dict[int, None] = {}
    for target in item.targets.all():
        if target.duty != duty:
            continue
        if target.unit_id:
            found[target.unit_id] = None
        elif target.group:
            found.update(dict.fromkeys(members_of(target.group, clock.today()).values_list("pk", flat=True)))
    return list(found)


def _due_at(item: Item, plan: Plan) -> tuple[datetime, str]:
    """The item's deadline; of a long-term one the end of its present period, with the period's label."""
    if item.due_on:
        return clock.end_of(item.due_on), ""
    period = period_of(item.cycle or plan.cycle, clock.today())
    return clock.end_of(period.last_on), period.label


# --- amending -----------------------------------------------------------------------------------------------


@step
def _redate(plan: Plan, item: Item, due_on: date, actor: Actor, reason: str) -> None:
    was, item.due_on = item.due_on, due_on
    item.save(update_fields=["due_on"])
    append(
        "supervision.item.amended",
        actor=actor,
        subject=item,
        text=reason,
        edition=plan.edition,
        due_on=due_on,
        was_due_on=was,
    )
    for assignment in lock_all(list(item.assignments.filter(duty=Duty.LEAD).open())):
        was_due = assignment.due_at
        set_term(assignment, Term.Kind.AMENDMENT, clock.end_of(due_on), regime=regime_for(assignment))
        _answer_pending(assignment, actor)
        settle(assignment, "redated", actor=actor, text=reason, due=assignment.due_at, was_due=was_due)


@step
def _answer_pending(assignment: Assignment, actor: Actor) -> None:
    """A pending extension that asked for no later a date is met by the amendment (DESIGN §3.0)."""
    pending = assignment.extensions.filter(
        state__in=[Extension.State.ASKED, Extension.State.ENDORSED], due_asked__lte=assignment.due_at
    ).first()
    if pending is not None:
        pending.state, pending.decided_at = Extension.State.MET, clock.now()
        pending.save(update_fields=["state", "decided_at"])
        assignment.answer_by = None
        append("supervision.assignment.extension_met", actor=actor, subject=assignment, extension=pending.pk)


@step
def _reword(plan: Plan, item: Item, words: dict[str, str], actor: Actor, reason: str) -> None:
    allowed = {"title", "text", "objective"}
    if not words.keys() <= allowed:
        raise ValueError(f"only wording may be changed: {sorted(words.keys() - allowed)}")
    for name, value in words.items():
        setattr(item, name, value)
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
    item.withdrawn_on = clock.today()
    item.save(update_fields=["withdrawn_on"])
    append("supervision.item.withdrawn", actor=actor, subject=item, text=reason, edition=plan.edition)
    leads = list(item.assignments.filter(duty=Duty.LEAD).open())
    doomed = {one.pk: one for lead in leads for one in [*dependents(lead), lead]}
    for assignment in lock_all(list(doomed.values())):
        assignment.ended_at = clock.now()
        settle(assignment, "cancelled", actor=actor, move=Move.CANCEL, text=reason)
    for child in item.children.filter(withdrawn_on__isnull=True):
        _withdraw(plan, child, actor, reason)


# --- rolling forward ----------------------------------------------------------------------------------------


def _nodes_of(plan: Plan, months: int) -> list[Node]:
    """The plan's tree as nodes again, dates moved on."""

    def moved(node: Node) -> Node:
        return replace(
            node,
            due_on=_later(node.due_on, months),
            milestones=[(name, _later(day, months)) for name, day in node.milestones],
            span=None,
            children=[moved(child) for child in node.children],
        )

    return [moved(node) for node in tree_of(plan.items.filter(withdrawn_on__isnull=True))]


def _later(day: date | None, months: int) -> date | None:
    """The corresponding day so many months on, or that month's last."""
    if day is None:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=clock.OFFICE_TZ)
    return clock.office_day(deadline(start, Span(months, SpanUnit.MONTH), calendar_for()).due_at)
