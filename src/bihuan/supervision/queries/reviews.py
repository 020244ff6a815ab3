"""The review queue (待我审核): what awaits the actor's word, by the reviewer's clock."""

from dataclasses import dataclass
from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.supervision.models import Assignment
from bihuan.supervision.operations import Operation
from bihuan.supervision.queries.registers import as_shown
from bihuan.supervision.queries.workbench import waiting_for


@dataclass(frozen=True)
class Neighbours:
    """Where one stands in the queue."""

    previous: int | None
    next: int | None
    left: int  # how many besides this one


def reviews(actor: Actor, limit: int = 200) -> list[tuple[Assignment, datetime]]:
    """The assignments to review with the moment by which, the most urgent first."""
    found = waiting_for(actor, Operation.REVIEW)[:limit]
    rows = as_shown(Assignment.objects.filter(pk__in=[pk for pk, _clock in found])).in_bulk()
    return [(rows[pk], due_at) for pk, due_at in found]


def neighbours(actor: Actor, pk: int) -> Neighbours:
    keys = [key for key, _clock in waiting_for(actor, Operation.REVIEW)]
    if pk not in keys:
        return Neighbours(None, keys[0] if keys else None, len(keys))
    at = keys.index(pk)
    return Neighbours(
        keys[at - 1] if at else None, keys[at + 1] if at + 1 < len(keys) else None, len(keys) - 1
    )
