"""How a list comes to be: drafted, edited, issued, closed, rolled forward. `amending` changes an issued one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.org.models import Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.actions.amending import amend_plan as amend_plan
from bihuan.supervision.actions.dispatching import acting_unit
from bihuan.supervision.actions.issuing import issue_item, leaves_of
from bihuan.supervision.actions.planting import (
    change_item,
    grow,
    outline_of,
    plant,
    remove_items,
    renumber,
)
from bihuan.supervision.actions.steps import require, take_plan
from bihuan.supervision.models import Area, Item, LeadingMember, Passage, Plan, Source
from bihuan.supervision.nodes import Aim as Aim
from bihuan.supervision.nodes import Header, Node
from bihuan.supervision.outlines import branch
from bihuan.supervision.queries.drafts import tree_of
from bihuan.supervision.queries.readiness import gaps_of
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Span, SpanUnit, deadline


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
    issuer = unit.own_authority
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
    if foreign := changes.keys() - items.keys():
        raise Item.DoesNotExist(f"no items {sorted(foreign)} in plan {plan_id}")
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
    if plan.source.issued_on is None:
        plan.source.issued_on = clock.today()
        plan.source.save(update_fields=["issued_on"])
    units = sum(issue_item(item, plan, actor=actor) for item in leaves_of(plan))
    plan.version += 1
    plan.save()
    append("supervision.plan.issued", actor=actor, subject=plan, items=plan.items.count(), units=units)
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
def roll_forward(*, plan_id: int, actor: Actor, title: str, months: int | None = 12) -> Plan:
    """Begin a plan from this one (沿用清单): same tree, units and criteria, dates moved on.

    Without `months` the new one takes the old only as a template: it has no dates and does not follow it.
    """
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
        needs_evidence=old.needs_evidence,
        follows=old if months is not None else None,
    )
    plan.save(force_insert=True)
    for member in old.leading_group.all():
        plan.leading_group.create(
            name=member.name, duty=member.duty, post=member.post, position=member.position
        )
    Area.objects.bulk_create(
        Area(plan=plan, name=area.name, position=area.position) for area in old.areas.all()
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
    plan.publicises, plan.needs_evidence = header.publicises, header.needs_evidence


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


# --- rolling forward ----------------------------------------------------------------------------------------


def _nodes_of(plan: Plan, months: int | None) -> list[Node]:
    """The plan's tree as nodes again, dates moved on."""

    def moved(node: Node) -> Node:
        return replace(
            node,
            due_on=_later(node.due_on, months),
            milestones=[
                (name, moved_on) for name, day in node.milestones if (moved_on := _later(day, months))
            ],
            span=None,
            children=[moved(child) for child in node.children],
        )

    return [moved(node) for node in tree_of(plan.items.filter(withdrawn_on__isnull=True))]


def _later(day: date | None, months: int | None) -> date | None:
    """The corresponding day so many months on, or that month's last; none without months."""
    if day is None or months is None:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=clock.OFFICE_TZ)
    return clock.office_day(deadline(start, Span(months, SpanUnit.MONTH), calendar_for()).due_at)
