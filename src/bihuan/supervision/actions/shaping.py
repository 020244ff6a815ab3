"""The tree editor's actions on a draft: moved, split, merged, matched to units, replaced by a spreadsheet."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.supervision import outlines
from bihuan.supervision.actions.planning import settle_draft, take_draft
from bihuan.supervision.actions.planting import (
    change_item,
    outline_of,
    plant,
    put_outline,
    remove_items,
)
from bihuan.supervision.models import Ground, Item, Milestone, Passage, Plan, Target
from bihuan.supervision.nodes import Aim, Node, titled
from bihuan.supervision.outlines import Outline, Place, Shift
from bihuan.supervision.queries.drafts import fingerprint, node_of, with_details

SHIFTS: dict[str, Callable[[Outline, Collection[int]], list[Place]]] = {
    Shift.DEEPER: outlines.indent,
    Shift.HIGHER: outlines.outdent,
    Shift.UP: lambda outline, keys: outlines.raise_(outline, next(iter(keys))),
    Shift.DOWN: lambda outline, keys: outlines.lower(outline, next(iter(keys))),
}


@dataclass(frozen=True)
class Row:
    """A row of a list that comes back from a spreadsheet: which item it is, if any, its level and what it says.

    `fields` names what the sheet had a column for; the rest of an item that exists stays as it is.
    """

    depth: int
    node: Node
    item_id: int | None = None
    fields: frozenset[str] = field(default_factory=frozenset)


@action
def shift_items(
    *, plan_id: int, actor: Actor, item_ids: Collection[int], shift: str, seen_version: int | None = None
) -> Plan:
    """Move branches of a draft a level or a place (升级、降级、上移、下移). Up and down take a single one."""
    plan = take_draft(plan_id, actor, seen_version)
    outline = outline_of(plan)
    chosen = set(item_ids) & {place.key for place in outline}
    if not chosen:
        raise Item.DoesNotExist(f"no items {sorted(item_ids)} in plan {plan_id}")
    moved = SHIFTS[Shift(shift)](outline, chosen)
    if moved == outline:
        raise Refused(_("已经到头，不能再移动"), code="no_room")
    put_outline(plan, moved)
    settle_draft(plan, actor, items=len(chosen))
    return plan


@action
def insert_item(
    *,
    plan_id: int,
    actor: Actor,
    node: Node,
    after_id: int | None = None,
    below: bool = False,
    passage_id: int | None = None,
    seen_version: int | None = None,
) -> Item:
    """Add an item behind or below another (增加条目), by hand or from a passage that was not read as one."""
    plan = take_draft(plan_id, actor, seen_version)
    outline = outline_of(plan)
    passage = plan.source.passages.get(pk=passage_id) if passage_id else None
    if passage:
        node = replace(node, span=(passage.span_start, passage.span_end))
        _settle(passage)
    item = plant(plan, node, None, position=len(outline))
    if passage:
        read_before = plan.items.filter(span_start__lt=passage.span_start).order_by("position").last()
        put_outline(
            plan, outlines.insert_read(outline, item.pk, after=read_before.pk if read_before else None)
        )
    else:
        after = plan.items.get(pk=after_id).pk if after_id else None
        put_outline(plan, outlines.insert(outline, item.pk, after=after, below=below))
    settle_draft(plan, actor, items=1)
    return item


@action
def split_item(
    *, plan_id: int, actor: Actor, item_id: int, lines: Sequence[str], seen_version: int | None = None
) -> list[Item]:
    """Make several items of one (拆分), a line each, because a leaf carries one matter.

    The later ones inherit units, deadline and the rest; what hung below stays with the last.
    """
    plan = take_draft(plan_id, actor, seen_version)
    item = plan.items.get(pk=item_id)
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) < 2:
        raise Refused(_("请把要拆开的内容分成两行以上"), code="one_line", field="lines")
    model = node_of(item)
    title, text = titled(lines[0])
    change_item(item, {"title": title, "text": text})
    born = [item]
    outline = outline_of(plan)
    at = outlines.position(outline, item.pk) + 1
    for line in lines[1:]:
        title, text = titled(line)
        node = replace(model, number="", title=title, text=text, criteria=(), milestones=())
        born.append(plant(plan, node, None, position=len(outline)))
    fresh = [Place(one.pk, item.depth) for one in born[1:]]
    put_outline(plan, [*outline[:at], *fresh, *outline[at:]])
    settle_draft(plan, actor, items=len(born))
    return born


@action
def merge_item(*, plan_id: int, actor: Actor, item_id: int, seen_version: int | None = None) -> Item:
    """Join an item to the one read just before it (并入上一条): its words, units and what hangs below it."""
    plan = take_draft(plan_id, actor, seen_version)
    outline = outline_of(plan)
    item = plan.items.get(pk=item_id)
    before_id = outlines.before(outline, item.pk)
    if before_id is None:
        raise Refused(_("第一条前面没有条目可并入"), code="nothing_before")
    before = plan.items.get(pk=before_id)
    put_outline(plan, [*outlines.without(outline, item.pk), Place(item.pk, 1)])
    _join(before, item)
    plan.items.filter(pk=item.pk).delete()
    settle_draft(plan, actor, items=2)
    return before


@action
def edit_item(*, plan_id: int, actor: Actor, item_id: int, change: dict[str, Any], seen: str = "") -> Item:
    """Change one item of a draft (修改条目) and confirm what reading found about it.

    `seen` is the fingerprint of the item as the actor saw it; others may have worked on other items since.
    """
    plan = take_draft(plan_id, actor, None)
    item = plan.items.select_for_update().get(pk=item_id)
    if seen and seen != fingerprint(item):
        raise StaleVersion()
    change_item(item, change)
    item.grounds.update(confirmed=True)
    settle_draft(plan, actor, items=1)
    return item


@action
def confirm_items(*, plan_id: int, actor: Actor, item_ids: Collection[int]) -> Plan:
    """Say that what was read about these items is right (核对无误)."""
    plan = take_draft(plan_id, actor, None)
    Ground.objects.filter(item__plan=plan, item__in=item_ids).update(confirmed=True)
    settle_draft(plan, actor, items=len(item_ids))
    return plan


@action
def settle_names(
    *, plan_id: int, actor: Actor, names: Mapping[str, Aim | None], seen_version: int | None = None
) -> Plan:
    """Say what names of a document mean (对应单位): a unit, a group, or None for what is no unit at all."""
    plan = take_draft(plan_id, actor, seen_version)
    open_ones = Q(unit__isnull=True, group__isnull=True, written__in=names)
    touched = 0
    for target in Target.objects.filter(open_ones, item__plan=plan).select_for_update():
        aim = names[target.written]
        touched += 1
        if aim is None or _has_already(target, aim):
            target.delete()
        else:
            target.unit_id, target.group_id = aim.unit_id, aim.group_id
            target.save(update_fields=["unit", "group"])
    settle_draft(plan, actor, items=touched)
    return plan


@action
def settle_passage(*, plan_id: int, actor: Actor, passage_id: int) -> Passage:
    """Say that an unread passage is no item (不是条目)."""
    plan = take_draft(plan_id, actor, None)
    passage = plan.source.passages.get(pk=passage_id)
    _settle(passage)
    settle_draft(plan, actor, items=0)
    return passage


@action
def put_rows(*, plan_id: int, actor: Actor, rows: Sequence[Row], seen_version: int | None = None) -> Plan:
    """Make the draft what a spreadsheet says (导入清单): items changed, added, moved; those not in it removed."""
    plan = take_draft(plan_id, actor, seen_version)
    known = {item.pk: item for item in with_details(plan.items.all())}
    if any(row.item_id is not None and row.item_id not in known for row in rows):
        raise Refused(_("表里有不属于本方案的条目，请重新导出后再改"), code="foreign_item", field="file")
    outline = [Place(_put(plan, row, known), row.depth) for row in rows]
    if not outlines.is_valid(outline):
        raise Refused(_("层级不连续，请检查“层级”一列"), code="levels", field="file")
    gone = known.keys() - {place.key for place in outline}
    put_outline(plan, [*outline, *(Place(key, 1) for key in gone)])
    remove_items(plan.items.filter(pk__in=gone))
    settle_draft(plan, actor, items=len(outline) + len(gone))
    return plan


@step
def _put(plan: Plan, row: Row, known: Mapping[int, Item]) -> int:
    """Add what is new, change what differs; returns the item's id."""
    if row.item_id is None:
        return plant(plan, row.node, None, position=len(known)).pk
    item = known[row.item_id]
    before = node_of(item)
    change = {
        name: getattr(row.node, name)
        for name in row.fields
        if getattr(row.node, name) != getattr(before, name)
    }
    if change:
        change_item(item, change)
    return item.pk


@step
def _join(before: Item, item: Item) -> None:
    """Give everything the second item says to the first, which keeps its own word where both have one."""
    words = f"{item.number} {item.text or item.title}".strip()
    change: dict[str, Any] = {"text": f"{before.text or before.title}\n{words}"}
    if not before.due_rule and before.due_on is None and not before.long_term:
        change |= {"due_on": item.due_on, "due_rule": "" if item.due_on else item.due_rule}
    for name in ("target_value", "area_id"):
        if getattr(before, name) is None:
            change[name] = getattr(item, name)
    if before.span_end and item.span_end:
        change["span_end"] = max(before.span_end, item.span_end)
    for name, value in change.items():
        setattr(before, name, value)
    before.save(update_fields=list(change))
    for target in item.targets.all():
        if not _has_already(target, Aim(target.written, target.unit_id, target.group_id), before):
            target.item = before
            target.save(update_fields=["item"])
    item.criteria.update(item=before)
    Milestone.objects.filter(item=item).update(item=before)
    item.grounds.update(item=before)


def _has_already(target: Target, aim: Aim, item: Item | None = None) -> bool:
    """Whether the item has another target of the same unit or group."""
    others = (item or target.item).targets.exclude(pk=target.pk)
    return any(Aim(one.written, one.unit_id, one.group_id).key == aim.key for one in others)


@step
def _settle(passage: Passage) -> None:
    passage.settled = True
    passage.save(update_fields=["settled"])
