"""Figures of a part of the tree (单位计数): what was counted of each unit where that holds, counted anew elsewhere.

So the answer is always that of the rows at this moment; what was stored only spares looking at most of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from operator import add, sub
from typing import Any

from django.db import connection, transaction

from bihuan.kernel.statements import fetch_prepared
from bihuan.org.models import Unit
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.figures import MONTHS, WEEKS, ByPlace, Figures, edition, names, reckon

UNSETTLED = """
    SELECT unit_id FROM supervision_touched
    UNION SELECT unit_id FROM supervision_reckoning WHERE changes_at <= %(at)s
    UNION SELECT unit_id FROM supervision_reckoning WHERE counted_at > %(at)s
    UNION SELECT unit_id FROM supervision_reckoning WHERE edition < %(edition)s OR edition > %(edition)s"""

STORED = f"""
WITH below AS MATERIALIZED (SELECT id FROM org_unit WHERE parent_id = %(top)s),
unsettled AS MATERIALIZED ({UNSETTLED}),
counted AS (
    SELECT home.ancestor_id AS home, true AS holds, numbers FROM supervision_subtotal
        JOIN org_lineage AS home ON home.descendant_id = supervision_subtotal.parent_id
        WHERE home.ancestor_id IN (SELECT id FROM below) AND edition = %(edition)s
    UNION ALL SELECT unit_id, true, numbers FROM supervision_reckoning
        WHERE unit_id IN (SELECT id FROM below) AND edition = %(edition)s
    UNION ALL SELECT NULL, true, numbers FROM supervision_reckoning WHERE unit_id = %(top)s AND edition = %(edition)s
    UNION ALL SELECT home.ancestor_id, false, numbers FROM supervision_reckoning
        JOIN org_lineage AS home ON home.descendant_id = supervision_reckoning.parent_id
        WHERE home.ancestor_id IN (SELECT id FROM below) AND edition = %(edition)s
        AND unit_id IN (SELECT unit_id FROM unsettled)
    UNION ALL SELECT unit_id, false, numbers FROM supervision_reckoning
        WHERE unit_id IN (SELECT id FROM below INTERSECT SELECT unit_id FROM unsettled) AND edition = %(edition)s
    UNION ALL SELECT NULL, false, numbers FROM supervision_reckoning
        WHERE unit_id = %(top)s AND edition = %(edition)s AND unit_id IN (SELECT unit_id FROM unsettled)
)
SELECT home, holds, {{sums}} FROM counted GROUP BY home, holds"""
"""All that is stored, by place, and of it what does not hold: the same three ways in which a unit gets into a sum."""

TO_COUNT = f"""
SELECT descendant_id FROM org_lineage WHERE ancestor_id = %(top)s AND descendant_id IN ({UNSETTLED})"""


def figures_below(top: int, at: datetime) -> dict[int | None, Figures]:
    """The figures of everything under a unit, by the units directly below it; under None those of itself."""
    given = {"top": top, "at": at, "edition": edition()}
    with one_moment():
        found = _stored(given)
        units = [unit for (unit,) in fetch_prepared(TO_COUNT, given)]
        if units:
            places = tuple(Unit.objects.filter(parent=top).values_list("pk", flat=True))
            for place, counted in reckon(
                Assignment.objects.filter(unit__among=units), ByPlace(places), at
            ).items():
                found.setdefault(place, Figures()).add(counted)
    return found


def _stored(given: dict[str, Any]) -> dict[int | None, Figures]:
    length = len(names()) + WEEKS + MONTHS
    sums = ", ".join(f"sum(numbers[{n + 1}])" for n in range(length))
    found: dict[int | None, list[int]] = defaultdict(lambda: [0] * length)
    for place, holds, *numbers in fetch_prepared(STORED.format(sums=sums), given):
        found[place] = list(map(add if holds else sub, found[place], numbers))
    return {place: Figures.of_numbers(numbers) for place, numbers in found.items()}


@contextmanager
def one_moment() -> Iterator[None]:
    """Let several statements see the same state of the rows, where no transaction is open already."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
