"""Counting units anew, a few in each transaction, so that a board has little left to count itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import add, sub

from django.db import connection
from django.db.models import Q

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.transactions import action, step
from bihuan.org.models import Unit
from bihuan.supervision.models import Assignment, Reckoning, Subtotal, Touched
from bihuan.supervision.queries.figures import ByUnit, edition, reckon

CHUNK = 1000  # units: some 50,000 assignments of a province
AT_A_TIME = 20_000  # marks taken up
ONE_AT_A_TIME = 0x7A11  # an advisory lock: of two counts of a unit the older must not be written last


@action
def settle_reckonings(*, actor: Actor, limit: int = CHUNK) -> bool:
    """Count some units that were touched, or whose figures time has changed (重新计数); False when none are left.

    Leaves no entry: nothing is decided or changed by it, and the board shows the same numbers with it and without.
    What is written while it counts leaves a mark that it does not see, so it does not take that away either.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return False  # somebody else is at it
    at = clock.now()
    units = _touched(limit) or _outdated(at, limit)
    if units:
        store(before=list(Reckoning.objects.filter(unit__among=units)), after=_counted(units, at))
    return bool(units)


def _touched(limit: int) -> list[int]:
    """Take away the marks of some units and say which."""
    units: dict[int, list[int]] = {}
    for pk, unit in Touched.objects.order_by("pk").values_list("pk", "unit")[:AT_A_TIME]:
        units.setdefault(unit, []).append(pk)
    taken = dict(list(units.items())[:limit])
    Touched.objects.filter(pk__among=[pk for pks in taken.values() for pk in pks]).delete()
    return list(taken)


def _outdated(at: datetime, limit: int) -> list[int]:
    passed = Q(changes_at__lte=at) | Q(counted_at__gt=at) | ~Q(edition=edition())
    return list(Reckoning.objects.filter(passed).values_list("unit", flat=True)[:limit])


def _counted(units: Sequence[int], at: datetime) -> list[Reckoning]:
    """The units anew; those without any assignment have no reckoning."""
    parents = dict(Unit.objects.filter(pk__among=units).values_list("pk", "parent"))
    found = reckon(Assignment.objects.filter(unit__among=units), ByUnit(), at)
    return [
        Reckoning(
            unit_id=unit,
            parent_id=parents[unit],
            edition=edition(),
            numbers=figures.numbers,
            counted_at=at,
            changes_at=figures.changes_at,
        )
        for unit, figures in found.items()
        if unit is not None
    ]


@step
def store(*, before: Sequence[Reckoning], after: Sequence[Reckoning]) -> None:
    """Put reckonings in the place of others, and the difference into the sums of the units above them."""
    gone = {one.unit_id for one in before} - {one.unit_id for one in after}
    Reckoning.objects.filter(unit__among=list(gone)).delete()
    columns = [field.name for field in Reckoning._meta.concrete_fields if not field.primary_key]
    Reckoning.objects.bulk_create(
        after, update_conflicts=True, unique_fields=["unit"], update_fields=columns, batch_size=500
    )
    sums: dict[tuple[int, str], list[int]] = {}
    above = {one.parent_id for one in (*before, *after)}
    for total in Subtotal.objects.filter(parent__in=above - {None}):
        sums[total.parent_id, total.edition] = total.numbers
    for operation, reckonings in ((sub, before), (add, after)):
        for key, numbers in _summed(reckonings).items():
            known = sums.get(key, [0] * len(numbers))
            sums[key] = list(map(operation, known, numbers))
    Subtotal.objects.bulk_create(
        [Subtotal(parent_id=parent, edition=of, numbers=numbers) for (parent, of), numbers in sums.items()],
        update_conflicts=True,
        unique_fields=["parent", "edition"],
        update_fields=["numbers"],
    )


def _summed(reckonings: Iterable[Reckoning]) -> dict[tuple[int, str], list[int]]:
    found: dict[tuple[int, str], list[list[int]]] = defaultdict(list)
    for one in reckonings:
        if one.parent_id is not None:
            found[one.parent_id, one.edition].append(one.numbers)
    return {key: [sum(column) for column in zip(*rows, strict=True)] for key, rows in found.items()}
