"""The times a clock stood still (暂停), which are no part of the time whose share a light is about."""

from collections.abc import Collection

from bihuan.supervision.models import Assignment, Suspension
from bihuan.workdays.rules import Pause


def pauses_of(assignment: Assignment) -> list[Pause]:
    """The suspensions that are over; looked up once for each row in memory, for many at once by `load_pauses`."""
    if "_pauses" not in assignment.__dict__:
        load_pauses([assignment])
    found: list[Pause] = assignment.__dict__["_pauses"]
    return found


def load_pauses(assignments: Collection[Assignment]) -> None:
    """Look up the suspensions of many assignments in one statement."""
    over: dict[int, list[Pause]] = {one.pk: [] for one in assignments}
    rows = Suspension.objects.filter(assignment__in=over.keys(), resumed_at__isnull=False).order_by("from_at")
    for key, began_at, ended_at in rows.values_list("assignment", "from_at", "resumed_at"):
        over[key].append(Pause(began_at, ended_at))
    for one in assignments:
        one.__dict__["_pauses"] = over[one.pk]


def forget_pauses(assignment: Assignment) -> None:
    """Look the suspensions up again next time: one has just ended."""
    assignment.__dict__.pop("_pauses", None)
