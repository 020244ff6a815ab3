"""The overdue list of a subtree (逾期台账), first page: query and page against a statement written by hand."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from bihuan.bench.ground import ABOVE, CITY, COUNTY, OFFICE, PROVINCE, Ground, actor_of, run_sql, vacuum
from bihuan.bench.measuring import Finding, alternately, finding
from bihuan.bench.site import Call, Site, site
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Person
from bihuan.org.roles import Cap, Role
from bihuan.supervision.models import Assignment

READERS = {"province": PROVINCE, "city": CITY, "county": COUNTY, "office": OFFICE}
SHOWN = 51  # a page, and one more to know whether there is another
ROUNDS = 15
PAGES = 80
API = "/api/v1/assignments?overdue=true"
REGISTER = "/assignments/?light=r"

LATE = """
    a.stage IN ('dispatched', 'declined', 'working') AND a.suspended_at IS NULL AND a.answer_by IS NULL
    AND a.due_at < %(at)s"""
WHOLE = f"""
    SELECT a.*, i.*, u.*, g.* FROM ({{found}} ORDER BY a.due_at, a.id LIMIT {SHOWN}) AS a
    JOIN supervision_item i ON i.id = a.item_id JOIN org_unit u ON u.id = a.unit_id
    JOIN org_unit g ON g.id = a.issued_by_id ORDER BY a.due_at, a.id"""
OWN = "SELECT o.id FROM supervision_assignment o WHERE o.unit_id = %(unit)s"
LED = "SELECT o.lead_id FROM supervision_assignment o WHERE o.unit_id = %(unit)s AND o.lead_id IS NOT NULL"
PARTS = """
    SELECT i.id FROM supervision_item i JOIN supervision_assignment p ON p.id = i.parent_assignment_id
    WHERE i.parent_assignment_id IS NOT NULL AND (p.issued_by_id = %(unit)s OR p.office_id = %(unit)s)"""
BELOW = "SELECT descendant_id FROM org_lineage WHERE ancestor_id = %(unit)s"
BESIDES = ("issued_by_id = %(unit)s", "office_id = %(unit)s", "reviewer_id = %(unit)s", f"lead_id IN ({OWN})",
           f"lead_id IN ({LED})", f"id IN ({LED})", f"item_id IN ({PARTS})")  # fmt: skip

WALKED = WHOLE.format(
    found=f"""
    SELECT a.* FROM supervision_assignment a WHERE {LATE} AND (
        (SELECT true FROM org_lineage l WHERE l.ancestor_id = %(unit)s AND l.descendant_id = a.unit_id)
        OR {" OR ".join(f"a.{condition}" for condition in BESIDES)})"""
)
GATHERED = WHOLE.format(
    found=f"""
    SELECT a.* FROM (
        SELECT a.id FROM supervision_assignment a WHERE {LATE} AND a.unit_id = ANY (ARRAY({BELOW}))
        {" ".join(f"UNION SELECT a.id FROM supervision_assignment a WHERE {LATE} AND a.{one}" for one in BESIDES)}
    ) AS found JOIN supervision_assignment a USING (id)"""
)
BY_HAND = (WALKED, GATHERED)
"""Two ways to write it: by deadline until a page is full, or everything in sight first. The faster one counts."""

Statement = tuple[str, Any]


def listing(ground: Ground) -> Iterator[Finding]:
    """What is overdue, as seen from the top, from a city, from a county and from an office."""
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        vacuum()
        sql_times = {}
        for name, unit_id in READERS.items():
            actor, at = actor_of(unit_id, Role.SUPERVISOR), clock.now()
            ours = _statements(actor, at)
            by_hand = [[(statement, {"unit": unit_id, "at": at})] for statement in BY_HAND]
            _refuse_difference(ours, *by_hand)
            times, *others = alternately(*(partial(_run, one) for one in (ours, *by_hand)), rounds=ROUNDS)
            sql_times[name] = min(others, key=sorted)
            yield finding("list", f"{name}-query", ground.rows, times, sql_times[name])
        for name, unit_id in READERS.items():
            times = _registers(actor_of(unit_id, Role.SUPERVISOR))
            yield finding("list", f"{name}-register", ground.rows, times, sql_times[name])
        with site() as running:
            for name, unit_id in READERS.items():
                times, speed = _pages(running, actor_of(unit_id, Role.SUPERVISOR))
                yield finding("list", f"{name}-api", ground.rows, times, sql_times[name], speed)


def _registers(actor: Actor) -> list[float]:
    """The register's page (办件台账) as its view makes it; without a server, since styles need not be collected."""
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain, ALLOWED_HOSTS=["testserver"]):
        reader = Client()
        reader.force_login(Person.objects.get(pk=cast(int, actor.person_id)))
        return alternately(partial(_read, reader), rounds=ROUNDS)[0]


def _read(reader: Client) -> None:
    answer = reader.get(REGISTER)
    if answer.status_code != 200:
        raise RuntimeError(f"{REGISTER} answered {answer.status_code}")


def _pages(running: Site, actor: Actor) -> tuple[list[float], float]:
    calls = [Call("GET", API, actor.appointment_id or 0)] * PAGES
    running.all_at_once(calls[: PAGES // 4])
    return running.one_by_one(calls), running.all_at_once(calls)


def _statements(actor: Actor, at: datetime) -> list[Statement]:
    """All that the program asks the database for a first page, the scope included."""
    with CaptureQueriesContext(connection) as captured:
        list(_rows(actor, at))
    return [(one["sql"], None) for one in captured]


def _rows(actor: Actor, at: datetime) -> QuerySet[Assignment]:
    rows = Assignment.objects.within(actor, Cap.VIEW).overdue(at).select_related("item", "unit", "issued_by")
    return rows.order_by("due_at", "pk")[:SHOWN]


def _run(statements: list[Statement]) -> list[tuple]:
    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values)
        return cursor.fetchall()


def _refuse_difference(*ways: list[Statement]) -> None:
    ours, *others = ([row[0] for row in _run(statements)] for statements in ways)
    if any(other != ours for other in others):
        raise RuntimeError("the statement by hand finds other rows than the program")
