"""What hangs below an assignment: parts it was broken down into and units that assist."""

from collections.abc import Iterable
from datetime import datetime

from bihuan.supervision.models import Assignment
from bihuan.supervision.rules import Duty


def dependents(assignment: Assignment) -> list[Assignment]:
    """What ends when this one is cancelled, deepest first: open parts, and duties that assist nobody else.

    Units that assist go on under another open lead of the same item where there is one (`other_lead`).
    """
    below = parts_below(assignment)
    if other_lead(assignment) is None:
        for assist in assignment.assisting.open():
            below += [*dependents(assist), assist]
    return below


def parts_below(assignment: Assignment) -> list[Assignment]:
    """The open parts of a duty with what hangs below them, deepest first."""
    below: list[Assignment] = []
    for part in Assignment.objects.open().filter(item__parent_assignment=assignment):
        below += [*dependents(part), part]
    return below


def other_lead(assignment: Assignment) -> Assignment | None:
    """Another open lead of the same item, round and period, to which assisting units may pass."""
    same = Assignment.objects.open().filter(
        item=assignment.item_id, duty=Duty.LEAD, round=assignment.round, period=assignment.period
    )
    return same.exclude(pk=assignment.pk).order_by("pk").first() if assignment.duty == Duty.LEAD else None


def assists_of(assignment_id: int) -> list[int]:
    """The keys of the open duties that assist this one."""
    return list(Assignment.objects.open().filter(lead=assignment_id).values_list("pk", flat=True))


def everything_below(assignment_id: int) -> list[int]:
    """The keys of all open parts and assisting duties at any depth: what a cancellation may touch."""
    found: list[int] = []
    layer = [assignment_id]
    while layer:
        parts = Assignment.objects.open().filter(item__parent_assignment__in=layer)
        assists = Assignment.objects.open().filter(lead__in=layer)
        layer = [*parts.values_list("pk", flat=True), *assists.values_list("pk", flat=True)]
        found += layer
    return found


def parts_after(assignments: Iterable[Assignment], due_at: datetime) -> list[Assignment]:
    """The open parts of these duties, at any depth, that would outlast a deadline."""
    found: list[Assignment] = []
    layer = [one.pk for one in assignments]
    while layer:
        below = list(
            Assignment.objects.open()
            .filter(item__parent_assignment__in=layer)
            .select_related("item", "unit")
            .order_by("pk")
        )
        found += [part for part in below if part.due_at > due_at]
        layer = [part.pk for part in below]
    return found
