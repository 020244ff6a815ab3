"""Steps that put items into a list, change them and take them out; a thousand of them in a few statements."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import step
from bihuan.supervision.actions.steps import read_rule, require
from bihuan.supervision.models import Area, Criterion, Ground, Item, Milestone, Plan, Target
from bihuan.supervision.nodes import Aim, Node, Why, in_order
from bihuan.supervision.outlines import Outline, Place, parents
from bihuan.supervision.rules import Duty

BATCH = 1000


@step
def grow(plan: Plan, tree: Sequence[Node]) -> int:
    """Plant a whole tree, level by level; returns how many items it has."""
    rows = list(in_order(tree))
    areas = _areas(plan, [node.area for node, _parent, _depth in rows])
    items: list[Item | None] = [None] * len(rows)
    for level in sorted({depth for _node, _parent, depth in rows}):
        born = {
            index: _item_of(plan, node, items[parent] if parent is not None else None, areas, position=index)
            for index, (node, parent, depth) in enumerate(rows)
            if depth == level
        }
        Item.objects.bulk_create(born.values(), batch_size=BATCH)
        for index, item in born.items():
            items[index] = item
    _furnish([(item, node) for item, (node, _parent, _depth) in zip(items, rows, strict=True) if item])
    return len(rows)


@step
def plant(plan: Plan, node: Node, parent: Item | None, *, position: int) -> Item:
    """Add one node; what hangs below it in the tree is not planted with it."""
    item = _item_of(plan, node, parent, _areas(plan, [node.area]), position=position)
    item.save(force_insert=True)
    _furnish([(item, node)])
    return item


@step
def change_item(item: Item, change: dict[str, Any]) -> None:
    """Change fields of an item, its area by name, and `leads`, `assists`, `criteria`, `milestones` as a whole."""
    change = dict(change)
    if change.get("due_rule"):
        dated = (change.get("due_on"), change.get("long_term", False))
        change |= {"due_rule": _one_deadline(change["due_rule"], *dated), "due_on": None, "long_term": False}
    elif change.get("due_on") or change.get("long_term"):
        change["due_rule"] = ""
    if "area" in change:
        change["area"] = _areas(item.plan, [change["area"]]).get(change["area"])
    for duty, key in ((Duty.LEAD, "leads"), (Duty.ASSIST, "assists")):
        if key in change:
            item.targets.filter(duty=duty).delete()
            taken = {_key(one) for one in Target.objects.filter(item=item)}
            Target.objects.bulk_create(_targets(item, duty, change.pop(key), taken))
    if "criteria" in change:
        item.criteria.all().delete()
        Criterion.objects.bulk_create(_criteria(item, change.pop("criteria")))
    if "milestones" in change:
        item.milestones.all().delete()
        Milestone.objects.bulk_create(_milestones(item, change.pop("milestones")))
    if change:
        for name, value in change.items():
            setattr(item, name, value)
        item.save(update_fields=list(change))


@step
def renumber(plan: Plan) -> None:
    """Order all items of the plan: parents before children, siblings as they were."""
    children: dict[int | None, list[tuple[int, int]]] = {}
    for pk, parent, depth in plan.items.order_by("position", "id").values_list("pk", "parent_id", "depth"):
        children.setdefault(parent, []).append((pk, depth))
    ordered: list[Place] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        pk, depth = waiting.pop()
        ordered.append(Place(pk, depth))
        waiting += reversed(children.get(pk, []))
    put_outline(plan, ordered)


@step
def put_outline(plan: Plan, outline: Outline) -> None:
    """Give the plan's items this order and these levels; only rows that differ are written."""
    above = parents(outline)
    items = plan.items.in_bulk([place.key for place in outline])
    changed = []
    for position, (key, depth) in enumerate(outline):
        item = items[key]
        if (item.position, item.depth, item.parent_id) != (position, depth, above[key]):
            item.position, item.depth, item.parent_id = position, depth, above[key]
            changed.append(item)
    Item.objects.bulk_update(changed, ["position", "depth", "parent"], batch_size=BATCH)


def outline_of(plan: Plan) -> list[Place]:
    """The plan's items in order with their levels."""
    rows = plan.items.order_by("position", "id").values_list("pk", "depth")
    return [Place(pk, depth) for pk, depth in rows]


@step
def remove_items(items: models.QuerySet[Item]) -> None:
    """Delete items of a draft, deepest level first, since an item protects its parent."""
    for depth in sorted(set(items.order_by().values_list("depth", flat=True)), reverse=True):
        items.filter(depth=depth).delete()


def _areas(plan: Plan, names: Sequence[str]) -> dict[str, Area]:
    """The areas of these names; one the plan lacks follows those it has, in the order of the list."""
    found = {area.name: area for area in plan.areas.filter(name__in=names)}
    for name in names:
        if name and name not in found:
            found[name] = plan.areas.create(name=name, position=plan.areas.count())
    return found


def _item_of(plan: Plan, node: Node, parent: Item | None, areas: dict[str, Area], *, position: int) -> Item:
    span_start, span_end = node.span or (None, None)
    return Item(
        plan=plan,
        source=plan.source,
        owner_id=plan.issuer_id,
        parent=parent,
        position=position,
        depth=parent.depth + 1 if parent else 1,
        number=node.number,
        title=require(node.title, "title", _("请写明事项"))[:200],
        text=node.text,
        objective=node.objective,
        leader=node.leader,
        person=node.person,
        area=areas[node.area] if node.area else parent.area if parent else None,
        priority=node.priority,
        mode=node.mode,
        due_on=node.due_on,
        due_rule=_one_deadline(node.due_rule, node.due_on, node.long_term),
        long_term=node.long_term,
        cycle=node.cycle,
        target_value=node.target_value,
        target_unit=node.target_unit,
        span_start=span_start,
        span_end=span_end,
    )


def _one_deadline(due_rule: str, due_on: date | None, long_term: bool) -> str:
    """The code of a deadline given as a span; an item has either that, or a date, or none for good."""
    if due_rule and (due_on or long_term):
        raise Refused(_("日期、限时、长期坚持只能选一种"), code="two_deadlines", field="due_rule")
    return read_rule(due_rule).code if due_rule else ""


@step
def _furnish(born: Sequence[tuple[Item, Node]]) -> None:
    """What hangs on new items: criteria, milestones, units, grounds."""
    Criterion.objects.bulk_create(
        [one for item, node in born for one in _criteria(item, node.criteria)], batch_size=BATCH
    )
    Milestone.objects.bulk_create(
        [one for item, node in born for one in _milestones(item, node.milestones)], batch_size=BATCH
    )
    targets: list[Target] = []
    for item, node in born:
        leads = _targets(item, Duty.LEAD, node.leads, set())
        targets += leads
        targets += _targets(item, Duty.ASSIST, node.assists, {_key(one) for one in leads})
    Target.objects.bulk_create(targets, batch_size=BATCH)
    Ground.objects.bulk_create(
        [_ground(item, why) for item, node in born for why in node.grounds], batch_size=BATCH
    )


def _ground(item: Item, why: Why) -> Ground:
    start, end = why.span or (None, None)
    return Ground(
        item=item,
        about=why.about,
        reason=why.reason,
        written=why.written[:200],
        span_start=start,
        span_end=end,
    )


def _criteria(item: Item, texts: Sequence[str]) -> list[Criterion]:
    written = [text.strip() for text in texts if text.strip()]
    return [Criterion(item=item, text=text, position=position) for position, text in enumerate(written)]


def _milestones(item: Item, dates: Sequence[tuple[str, date]]) -> list[Milestone]:
    return [Milestone(item=item, name=name, due_on=due_on) for name, due_on in dates]


def _targets(item: Item, duty: str, aims: Sequence[Aim], taken: set) -> list[Target]:
    """The aims as rows, each once: a unit named twice in the document counts as lead, listed first."""
    fresh = []
    for aim in aims:
        if aim.key not in taken:
            taken.add(aim.key)
            fresh.append(
                Target(item=item, duty=duty, unit_id=aim.unit_id, group_id=aim.group_id, written=aim.written)
            )
    return fresh


def _key(target: Target) -> tuple[int | None, int | None] | str:
    return Aim(target.written, target.unit_id, target.group_id).key
