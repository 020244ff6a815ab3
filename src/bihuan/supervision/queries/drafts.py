"""Drafts as their editor sees them: items as nodes again, what reading found about them, what is still open."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bihuan.supervision.models import Item
from bihuan.supervision.models.plans import ItemQuerySet
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.rules import Duty


def with_details(items: ItemQuerySet) -> ItemQuerySet:
    """Items in order with everything a node says, in a handful of queries."""
    return items.select_related("area").prefetch_related(
        "targets__unit", "targets__group", "criteria", "milestones"
    )


def node_of(item: Item) -> Node:
    """What an item says, without what hangs below it and without the grounds it was read on."""
    aims: dict[str, list[Aim]] = {Duty.LEAD: [], Duty.ASSIST: []}
    for target in sorted(item.targets.all(), key=lambda one: one.pk):
        aims[target.duty].append(Aim(target.written, target.unit_id, target.group_id))
    span = (item.span_start, item.span_end) if item.span_start is not None else None
    return Node(
        title=item.title,
        number=item.number,
        text=item.text,
        objective=item.objective,
        area=item.area.name if item.area else "",
        mode=item.mode,
        due_on=item.due_on,
        long_term=item.long_term,
        cycle=item.cycle,
        priority=item.priority,
        target_value=item.target_value,
        target_unit=item.target_unit,
        criteria=tuple(one.text for one in item.criteria.all()),
        milestones=tuple((one.name, one.due_on) for one in item.milestones.all()),
        leads=tuple(aims[Duty.LEAD]),
        assists=tuple(aims[Duty.ASSIST]),
        span=span,
    )


def tree_of(items: ItemQuerySet) -> list[Node]:
    """The same items as nested nodes."""
    children: dict[int | None, list[Item]] = {}
    for item in with_details(items).order_by("position"):
        children.setdefault(item.parent_id, []).append(item)

    def nested(found: Sequence[Item]) -> list[Node]:
        return [replace(node_of(item), children=nested(children.get(item.pk, []))) for item in found]

    return nested(children.get(None, []))


def fingerprint(item: Item) -> str:
    """Changes whenever anything an editor can change about the item does."""
    return hashlib.sha256(repr(node_of(item)).encode()).hexdigest()[:16]
