"""The alarm sweep (巡检): so many due among many open ones, and among ten times as many."""

from collections.abc import Iterator

from django.db import connection, transaction

from bihuan.bench.ground import ABOVE, Ground, loading, run_sql, vacuum
from bihuan.bench.measuring import Finding, finding, timed
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.models import Assignment, Effect

DUE = 1000
TIMES = 10
ROUNDS = 3

BY_HAND = """
    WITH due AS (
        SELECT id FROM supervision_assignment WHERE next_alarm_at <= now() ORDER BY next_alarm_at, id
        FOR NO KEY UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE supervision_assignment AS one
        SET version = version + 1, swept_at = now(), next_alarm_at = now() + interval '3 days'
        FROM due WHERE one.id = due.id RETURNING one.id, one.due_at
    ), noted AS (
        INSERT INTO supervision_effect (assignment_id, rung, base_at, called_at, at, proposes, folded)
        SELECT id, 'urge', due_at, now(), now(), false, false FROM moved
    )
    INSERT INTO ledger_entry (stream, position, verb, facts, actor_post, at, request_id, previous, digest)
    SELECT last.stream, last.position + 1, 'supervision.assignment.pressed',
           jsonb_build_object('rung', 'urge', 'base', moved.due_at), 'system:sweep', now(), gen_random_uuid(),
           last.digest, encode(sha256((last.stream || last.digest)::bytea), 'hex')
    FROM moved, LATERAL (
        SELECT * FROM ledger_entry WHERE stream = 'supervision.assignment:' || moved.id ORDER BY position DESC LIMIT 1
    ) AS last"""


def sweep(ground: Ground) -> Iterator[Finding]:
    """Sound what is due as the worker does each minute: with `ground.rows` open, then with ten times as many."""
    with ground.copied():
        run_sql("items", items=-(-TIMES * ground.rows // ground.schools))
        there = 0
        for rows in (ground.rows, TIMES * ground.rows):
            with loading("supervision_assignment", "ledger_entry"):
                run_sql("running", there=there, more=rows - there, schools=ground.schools, above=ABOVE)
            vacuum()
            there, due = rows, min(DUE, ground.rows // 2)
            ours, by_hand = [], []
            for _round in range(ROUNDS):
                _let_be_due(ground, due)
                with timed() as watch:
                    _sweep(due)
                ours.append(watch.seconds)
                _let_be_due(ground, due)
                with timed() as watch, transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(BY_HAND)
                by_hand.append(watch.seconds)
            yield finding("sweep", f"{due:,}-due", rows, ours, by_hand)


def _let_be_due(ground: Ground, due: int) -> None:
    every = ground.rows // due
    run_sql("due", every=every, among=every * due)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE supervision_effect")


def _sweep(due: int) -> None:
    """The job's own loop, up to the last alarm."""
    sounded = 0
    while taken := sound_alarms(actor=system("sweep")):
        sounded += taken
    told = Effect.objects.values("assignment").distinct().count()
    waiting = Assignment.objects.filter(next_alarm_at__lte=clock.now()).count()
    if (sounded, told, waiting) != (due, due, 0):
        raise RuntimeError(f"{due} were due, {sounded} were taken, {told} told, {waiting} still wait")
