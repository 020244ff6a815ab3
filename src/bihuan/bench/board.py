"""The board (驾驶舱) of a province and a prefecture: all its figures against one statement with as many."""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from bihuan.bench.ground import ABOVE, CITY, PROVINCE, Ground, actor_of, run_sql, vacuum
from bihuan.bench.measuring import Finding, alternately, finding
from bihuan.insight.queries import board as queries
from bihuan.kernel.actor import Actor
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.org.scope import steady

READERS = {"province": PROVINCE, "city": CITY}
BY_HAND = """
    SELECT l.ancestor_id, count(*) FILTER (WHERE a.ended_at IS NULL) AS open,
           count(*) FILTER (WHERE a.stage IN ('dispatched', 'declined', 'working') AND a.due_at < now()) AS overdue,
           count(*) FILTER (WHERE a.stage IN ('dispatched', 'declined', 'working') AND a.amber_at <= now()) AS near,
           count(*) FILTER (WHERE a.completed_at <= a.record_due_at) AS punctual
    FROM supervision_assignment a JOIN org_lineage l ON l.descendant_id = a.unit_id
    WHERE l.ancestor_id IN (SELECT id FROM org_unit WHERE parent_id = %(unit)s) GROUP BY 1"""


def board(ground: Ground) -> Iterator[Finding]:
    """Ask for every figure of the page, uncached; without the page itself."""
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        vacuum()
        for name, unit_id in READERS.items():
            ours = partial(_figures, actor_of(unit_id, Role.SUPERVISOR))
            times, by_hand = alternately(ours, partial(_roll_up, unit_id))
            yield finding("board", name, ground.rows, times, by_hand)


def _figures(actor: Actor) -> None:
    with steady():
        scope = queries.Scope(actor, Unit.objects.get(pk=actor.unit_id))
        queries.tiles(scope)
        queries.trend(scope)
        queries.plans_in(actor, scope.unit)
        for kind in list(queries.kinds_below(scope))[:1]:
            queries.places(scope, kind)


def _roll_up(unit_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"unit": unit_id})
        cursor.fetchall()
