"""Which units a list means by the names it writes: taken where only one can be meant, else offered to people."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.org.models import Lineage, Unit, UnitGroup, UnitKind
from bihuan.org.queries import Suggestion, match_units
from bihuan.supervision.models import Plan, Target
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.queries.units import matching

SEPARATORS = re.compile(r"[、，,；;/\t\n]+")


def names_in(text: str) -> list[str]:
    """The names of a list as people type it, each once."""
    return list(dict.fromkeys(name.strip() for name in SEPARATORS.split(text) if name.strip()))


def aims_for(names: Iterable[str], owner: Unit, known: Mapping[str, Aim] | None = None) -> dict[str, Aim]:
    """Each name with the unit or group it means: as known from before, or the one sure match, or none yet."""
    known = known or {}
    names = list(dict.fromkeys(names))
    found = match_units([name for name in names if name not in known], owner)
    return {name: known.get(name) or _surely(name, found[name], owner) for name in names}


def matched(tree: Sequence[Node], owner: Unit) -> list[Node]:
    """The tree with every name matched that can be; three queries for the whole document."""
    names: dict[str, None] = {}
    for node in _every(tree):
        names |= dict.fromkeys(aim.written for aim in (*node.leads, *node.assists))
    aims = aims_for(names, owner)

    def settled(node: Node) -> Node:
        return replace(
            node,
            leads=tuple(aims[aim.written] for aim in node.leads),
            assists=tuple(aims[aim.written] for aim in node.assists),
            children=[settled(child) for child in node.children],
        )

    return [settled(node) for node in tree]


@dataclass
class Name:
    """A name of the list that stands for no unit yet, with what it may mean (待对应名称)."""

    written: str
    items: int
    first_item: int
    suggestions: list[Suggestion]


def open_names(plan: Plan) -> list[Name]:
    """The names still without a unit, the most frequent first."""
    rows = list(
        Target.objects.filter(Q(unit__isnull=True, group__isnull=True), item__plan=plan)
        .values("written")
        .annotate(n=Count("pk"), first=Min("item_id"))
        .order_by("-n", "first", "written")
    )
    found = match_units([row["written"] for row in rows], plan.issuer) if rows else {}
    return [
        Name(row["written"], row["n"], row["first"], _others(found[row["written"]], plan.issuer))
        for row in rows
    ]


@dataclass(frozen=True)
class Offer:
    """A unit or a group offered while a name is typed."""

    name: str
    note: str


def suggestions_for(typed: str, owner: Unit) -> list[Offer]:
    """What the name being typed may become: groups first, then units with what they stand under."""
    typed = typed.strip()
    if not typed:
        return []
    groups = UnitGroup.objects.filter(owner__in={owner.pk, owner.authority_id}, name__icontains=typed)
    found = [Offer(group.name, _("单位组")) for group in groups.order_by("name")[:5]]
    below = Lineage.objects.filter(ancestor=owner.authority_id, depth__gt=0).values("descendant")
    current = Unit.objects.current(clock.today()).filter(Q(pk__in=below) | Q(kind=UnitKind.EXTERNAL))
    rows = matching(current.select_related("parent"), typed)[:8]
    return found + [Offer(unit.name, _above(unit)) for unit in rows]


def _above(unit: Unit) -> str:
    return unit.parent.short_name if unit.parent else _("系统外单位")


def _others(suggestions: Sequence[Suggestion], owner: Unit) -> list[Suggestion]:
    return [one for one in suggestions if one.unit_id != owner.authority_id]


def _surely(name: str, suggestions: Sequence[Suggestion], owner: Unit) -> Aim:
    """The one that is meant beyond doubt; nobody gives duties to themselves."""
    sure = next((one for one in suggestions if one.is_sure and one.unit_id != owner.authority_id), None)
    return Aim(name, sure.unit_id, sure.group_id) if sure else Aim(name)


def _every(tree: Sequence[Node]) -> Iterable[Node]:
    for node in tree:
        yield node
        yield from _every(node.children)
