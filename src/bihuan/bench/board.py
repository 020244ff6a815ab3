"""The board (驾驶舱) of a province and a prefecture: all its figures against one statement with as many."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

from django.db import connection

from bihuan.bench.ground import ABOVE, CITY, PROVINCE, Ground, actor_of, run_sql, vacuum
from bihuan.bench.measuring import Finding, alternately, finding
from bihuan.bench.site import page_for, site
from bihuan.insight.queries import board as queries
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor, system
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.org.scope import steady
from bihuan.supervision.actions.reckoning import settle_reckonings
from bihuan.supervision.models import Assignment, Reckoning
from bihuan.supervision.queries.reckonings import figures_below

READERS = {"province": PROVINCE, "city": CITY}
PAGE, PAGES = "/board/", 16
BUSY = 200  # units that did something in the last minute: 16,000 in a bit more than an hour
PLACES = """
    SELECT l.ancestor_id, count(*) FILTER (WHERE a.ended_at IS NULL) AS open,
           count(*) FILTER (WHERE a.stage IN ('dispatched', 'declined', 'working') AND a.due_at < now()) AS overdue,
           count(*) FILTER (WHERE a.stage IN ('dispatched', 'declined', 'working') AND a.amber_at <= now()) AS near,
           count(*) FILTER (WHERE a.completed_at <= a.record_due_at) AS punctual
    FROM supervision_assignment a JOIN org_lineage l ON l.descendant_id = a.unit_id
    WHERE l.ancestor_id IN (SELECT id FROM org_unit WHERE parent_id = %(unit)s) GROUP BY 1"""


def board(ground: Ground) -> Iterator[Finding]:
    """Ask for every figure of the page, with nothing kept between two requests; then for the whole page, over HTTP.

    Three states of the figures: as the job leaves them every minute, as `BUSY` units leave them in a minute, and as
    if it had never run.
    """
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        while settle_reckonings(actor=system("bench")):
            pass
        vacuum()
        for name, unit_id in READERS.items():
            ours = partial(_figures, actor_of(unit_id, Role.SUPERVISOR))
            times, by_hand = alternately(ours, partial(_roll_up, unit_id))
            yield finding("board", name, ground.rows, times, by_hand)
            with _touched(unit_id):
                times, by_hand = alternately(ours, partial(_roll_up, unit_id))
                yield finding("board", f"{name}-busy", ground.rows, times, by_hand)
        with site() as running:
            for name, unit_id in READERS.items():
                pages = [page_for(actor_of(unit_id, Role.SUPERVISOR), PAGE)] * PAGES
                running.all_at_once(pages[:8])
                times, by_hand = alternately(partial(running.time_of, pages[0]), partial(_roll_up, unit_id))
                speed = running.all_at_once(pages)
                yield finding("board", f"{name}-page", ground.rows, times, by_hand, speed)
        with _forgotten():
            times, by_hand = alternately(partial(_whole, PROVINCE), partial(_roll_up, PROVINCE), rounds=1)
            yield finding("board", "province-recount", ground.rows, times, by_hand)


def _figures(actor: Actor) -> None:
    with steady():
        scope = queries.Scope(actor, Unit.objects.get(pk=cast(int, actor.unit_id)))
        shown = queries.counted(scope)
        for kind in list(shown.kinds.values())[:1]:
            watched = queries.worth_watching(kind)
            queries.note_oldest(scope, watched)
            queries.proposed_by_place(scope, watched)
            queries.with_areas(queries.plans_in(scope))
        queries.trend(shown)
        queries.ladder(shown)
        queries.proposed(scope)


def _whole(unit_id: int) -> None:
    figures_below(unit_id, clock.now())


def _roll_up(unit_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"unit": unit_id})
        cursor.fetchall()


@contextmanager
def _touched(unit_id: int) -> Iterator[None]:
    """As after a busy minute: one assignment of each of some units was written."""
    below = Unit.objects.filter(lineage__ancestor=unit_id).order_by("-pk").values_list("pk", flat=True)[:BUSY]
    for unit in below:
        Assignment.objects.filter(pk__in=Assignment.objects.filter(unit=unit).values("pk")[:1]).update(
            swept_at=clock.now()
        )
    yield
    while settle_reckonings(actor=system("bench")):
        pass


@contextmanager
def _forgotten() -> Iterator[None]:
    """As if nothing that was counted held any more."""
    Reckoning.objects.update(changes_at=clock.now())
    yield
