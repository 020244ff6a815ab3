"""Drafts as their editor sees them: items as nodes again, what reading found about them, what is still open."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.models import Item, Passage, Plan, Target
from bihuan.supervision.models.plans import ItemQuerySet
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.queries.matching import Name, open_names
from bihuan.supervision.queries.readiness import Gap, gaps_of
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
        leader=item.leader,
        person=item.person,
        area=item.area.name if item.area else "",
        mode=item.mode,
        due_on=item.due_on,
        due_rule=item.due_rule,
        long_term=item.long_term,
        cycle=item.next_cycle or item.cycle,
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


@dataclass
class Row:
    """An item in the editor: what it says, what is missing, what was guessed and nobody has looked at yet."""

    item: Item
    is_leaf: bool
    leads: list[Target]
    assists: list[Target]
    gaps: list[Gap]
    guesses: int

    @property
    def is_ready(self) -> bool:
        return not self.gaps


@dataclass
class DraftView:
    """A draft as its editor sees it (草案)."""

    plan: Plan
    rows: list[Row]
    gaps: list[Gap]
    names: list[Name]
    passages: list[Passage]

    @property
    def leaves(self) -> int:
        return sum(row.is_leaf for row in self.rows)

    @property
    def ready(self) -> int:
        return sum(row.is_leaf and row.is_ready for row in self.rows)

    @property
    def unlooked(self) -> int:
        """How many items were read by the program and not confirmed by anybody."""
        return sum(bool(row.guesses) for row in self.rows)

    def kinds(self) -> list[tuple[str, str, int]]:
        """What is missing by kind: code, label, how many items."""
        counts = Counter(gap.code for gap in self.gaps if gap.item_id)
        return [(code, str(KINDS.get(code, code)), n) for code, n in counts.most_common()]

    def filtered(self, show: str) -> list[Row]:
        """The rows with one kind of gap, or those nobody has looked at; everything without a filter."""
        if show == "guessed":
            return [row for row in self.rows if row.guesses]
        if show in KINDS:
            return [row for row in self.rows if any(gap.code == show for gap in row.gaps)]
        return self.rows


KINDS = {
    "no_lead": _("缺责任单位"),
    "unmatched": _("名称未对应"),
    "external_lead": _("系统外单位牵头"),
    "many_leads": _("牵头单位多于一家"),
    "no_deadline": _("缺完成时限"),
    "no_cycle": _("缺反馈周期"),
    "past": _("时限已过"),
}


def draft_view(plan: Plan) -> DraftView:
    """Everything the editor shows; the number of queries does not depend on the length of the list."""
    gaps = gaps_of(plan)
    by_item: dict[int | None, list[Gap]] = {}
    for gap in gaps:
        by_item.setdefault(gap.item_id, []).append(gap)
    items = list(with_details(plan.items.all()).order_by("position"))
    parents = {item.parent_id for item in items}
    guesses = dict(plan.items.filter(grounds__confirmed=False).values_list("pk").annotate(n=Count("grounds")))
    rows = [
        row_of(item, item.pk not in parents, by_item.get(item.pk, []), guesses.get(item.pk, 0))
        for item in items
    ]
    passages = list(plan.source.passages.filter(settled=False))
    return DraftView(plan, rows, gaps, open_names(plan), passages)


def row_of(item: Item, is_leaf: bool, gaps: list[Gap], guesses: int) -> Row:
    targets = sorted(item.targets.all(), key=lambda target: target.pk)
    return Row(
        item,
        is_leaf,
        [target for target in targets if target.duty == Duty.LEAD],
        [target for target in targets if target.duty == Duty.ASSIST],
        gaps,
        guesses,
    )


@dataclass(frozen=True)
class Mark:
    """A stretch of the source that belongs to an item, or to none (`item_id` unset)."""

    start: int
    end: int
    item_id: int | None = None
    passage_id: int | None = None


@dataclass(frozen=True)
class Segment:
    text: str
    mark: Mark | None = None


def marks_of(view: DraftView) -> list[Mark]:
    marks = [
        Mark(row.item.span_start, row.item.span_end, item_id=row.item.pk)
        for row in view.rows
        if row.item.span_start is not None and row.item.span_end is not None
    ]
    return marks + [Mark(one.span_start, one.span_end, passage_id=one.pk) for one in view.passages]


def segments(text: str, marks: Iterable[Mark]) -> list[Segment]:
    """The text cut into stretches, each in one mark or none; of two that overlap the one that begins later wins."""
    cut: list[Segment] = []
    at = 0
    open_marks: list[Mark] = []

    def flush(until: int) -> None:
        nonlocal at
        while at < until:
            while open_marks and open_marks[-1].end <= at:
                open_marks.pop()
            end = min([until, *(mark.end for mark in open_marks[-1:])])
            cut.append(Segment(text[at:end], open_marks[-1] if open_marks else None))
            at = end

    for mark in sorted(marks, key=lambda one: (one.start, -one.end)):
        flush(min(mark.start, len(text)))
        open_marks.append(replace(mark, end=min(mark.end, len(text))))
    flush(len(text))
    return cut
