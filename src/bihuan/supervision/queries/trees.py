"""What hangs below an assignment: parts it was broken down into and units that assist."""

from bihuan.supervision.models import Assignment


def dependents(assignment: Assignment) -> list[Assignment]:
    """The open parts and assisting duties that end when this one is cancelled, deepest first."""
    below: list[Assignment] = []
    for child in Assignment.objects.open().filter(item__parent_assignment=assignment):
        below += [*dependents(child), child]
    for assist in assignment.assisting.open():
        below += [*dependents(assist), assist]
    return below
