"""Units that joined a group after an item was given out to it (待补发)."""

from dataclasses import dataclass

from bihuan.kernel import clock
from bihuan.org.groups import members_of
from bihuan.org.models import Unit
from bihuan.supervision.models import Assignment, Dispatch, Item, Plan
from bihuan.supervision.rules import Duty


@dataclass(frozen=True)
class Newcomer:
    """A unit to which an issued item may be given now."""

    item: Item
    unit: Unit
    duty: str


def newcomers(plan: Plan) -> list[Newcomer]:
    """Today's members of the addressed groups who were never given the item (DESIGN §3.0).

    A unit counts as having had it whatever became of that: written off, reassigned, cancelled, inherited.
    """
    if plan.stage != Plan.Stage.ISSUED:
        return []
    found: list[tuple[Item, int, str]] = []
    items = plan.items.leaves().filter(targets__group__isnull=False).distinct().order_by("position")
    members: dict[int, list[int]] = {}
    for item in items.prefetch_related("targets__group"):
        had = _had(item)
        for target in sorted(item.targets.all(), key=lambda one: one.duty != Duty.LEAD):
            if target.group is None:
                continue
            if target.group.pk not in members:
                members[target.group.pk] = list(
                    members_of(target.group, clock.today()).values_list("pk", flat=True)
                )
            fresh = [one for one in members[target.group.pk] if one not in had]
            had.update(fresh)
            found += [(item, one, target.duty) for one in fresh]
    units = Unit.objects.in_bulk({unit_id for _item, unit_id, _duty in found})
    return [Newcomer(item, units[unit_id], duty) for item, unit_id, duty in found]


def _had(item: Item) -> set[int]:
    had: set[int] = set()
    for unit_id, original in Assignment.objects.filter(item=item).values_list("unit_id", "original_unit_id"):
        had |= {unit_id, original}
    for pending in Dispatch.objects.filter(item=item).values_list("pending", flat=True):
        had |= set(pending)
    had |= set(item.targets.filter(unit__isnull=False).values_list("unit_id", flat=True))
    return had - {None}
