"""One transition through the API (签收): the answer's time, and how many a second, against the same rows by SQL."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from bihuan.bench.ground import ABOVE, POSTS, Ground, run_sql, vacuum
from bihuan.bench.measuring import Finding, finding, timed
from bihuan.bench.site import Call, Site, site

CALLS = 300
STREAM = "supervision.assignment"

BY_HAND = """
    WITH signed AS (
        UPDATE supervision_assignment SET stage = 'working', version = version + 1, signed_at = now()
        WHERE id = %(id)s AND stage = 'dispatched' RETURNING id, unit_id
    )
    INSERT INTO ledger_entry (stream, position, verb, facts, actor_id, actor_post, appointment_id, unit_id, at,
                              request_id, previous, digest)
    SELECT last.stream, last.position + 1, 'supervision.assignment.signed', '{}', %(post)s, '岗位', %(post)s,
           signed.unit_id, now(), %(request)s, last.digest, %(digest)s
    FROM signed, (SELECT * FROM ledger_entry WHERE stream = %(stream)s ORDER BY position DESC LIMIT 1) AS last"""


def transition(ground: Ground) -> Iterator[Finding]:
    """Handlers all over the province sign for what they were given: one after another, and eight at a time."""
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        vacuum()
        waiting = _waiting()
        share = len(waiting) // 4
        by_hand = [_sign_by_hand(*one) for one in waiting[:share]]
        with site() as running:
            _warm(running, waiting[-share:])
            times = running.one_by_one(_calls(waiting[share : 2 * share]))
            speed = running.all_at_once(_calls(waiting[2 * share : 3 * share]))
        yield finding("transition", "sign", ground.rows, times, by_hand, speed)


def _waiting() -> list[tuple[int, int]]:
    """Assignments that nobody signed for yet, each with the post that handles it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, unit_id * %s FROM supervision_assignment WHERE stage = 'dispatched' ORDER BY hashint8(id)"
            " LIMIT %s",
            [POSTS, 4 * CALLS],
        )
        return cursor.fetchall()


def _calls(some: list[tuple[int, int]]) -> list[Call]:
    body = json.dumps({"seen_version": 1})
    return [Call("POST", f"/api/v1/assignments/{key}/sign", post, body) for key, post in some]


def _warm(running: Site, some: list[tuple[int, int]]) -> None:
    """Let every connection of the site have prepared what it needs, as it has within the first minutes of a day."""
    running.all_at_once(_calls(some))


def _sign_by_hand(key: int, post: int) -> float:
    stream = f"{STREAM}:{key}"
    values: dict[str, Any] = {"id": key, "post": post, "stream": stream, "request": uuid4()}
    values["digest"] = hashlib.sha256(stream.encode()).hexdigest()
    with timed() as watch, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_HAND, values)
    return watch.seconds
