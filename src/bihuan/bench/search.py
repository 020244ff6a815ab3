"""Searching for a term of two characters (搜索): for readers of much and little, common terms and rare ones."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection

from bihuan.bench.ground import ABOVE, CITY, COUNTY, PROVINCE, Ground, actor_of, run_sql, vacuum
from bihuan.bench.listing import BELOW, BESIDES
from bihuan.bench.measuring import Finding, alternately, finding
from bihuan.insight.queries import search as queries
from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import fold, query_of
from bihuan.kernel.finding import Asked, offers
from bihuan.org.roles import Role
from bihuan.org.scope import steady

READERS = {
    "province": (PROVINCE, Role.SUPERVISOR),
    "city": (CITY, Role.SUPERVISOR),
    "county": (COUNTY, Role.SUPERVISOR),
    "school": (ABOVE + 1, Role.HANDLER),
}
TERMS = {"common": "核查", "tenth": "食堂", "rare": "锅炉", "elsewhere": "校车", "none": "盐湖"}
"""In every matter; in a tenth; in few; in matters of the first county alone; in none."""
ROUNDS = 7

SAYS = "bihuan_bigrams(i.number, i.title, i.text, i.objective) @@ %(pairs)s::tsquery"
READS = "(bihuan_fold(i.title) LIKE %(like)s OR bihuan_fold(i.text) LIKE %(like)s)"
MOST = queries.COUNTED_ALONE + 1
ORDERED = f"ORDER BY a.item_id DESC, a.id DESC LIMIT {MOST}"
WALKED = f"""
    SELECT a.item_id, a.id FROM supervision_assignment a
    WHERE a.item_id = ANY (ARRAY(SELECT i.id FROM supervision_item i WHERE {{words}})) AND (
        (SELECT true FROM org_lineage l WHERE l.ancestor_id = %(unit)s AND l.descendant_id = a.unit_id)
        OR {" OR ".join(f"a.{condition}" for condition in BESIDES)}) {ORDERED}"""
GATHERED = f"""
    SELECT a.item_id, a.id FROM (
        SELECT a.item_id, a.id FROM supervision_assignment a WHERE a.unit_id = ANY (ARRAY({BELOW}))
        {" ".join(f"UNION SELECT a.item_id, a.id FROM supervision_assignment a WHERE a.{one}" for one in BESIDES)}
    ) AS a JOIN supervision_item i ON i.id = a.item_id WHERE {READS} {ORDERED}"""
BY_HAND = (
    WALKED.format(words=SAYS),
    WALKED.format(words=f"{READS} ORDER BY i.id DESC LIMIT {MOST}"),
    GATHERED,
)
"""The matters by index and then their assignments; the newest matters by reading, which may miss some; what is in sight
first. Of those that find the same rows the fastest counts."""


def search(ground: Ground) -> Iterator[Finding]:
    """The first page of the assignments found with their number, then everything the page shows, uncached."""
    with ground.copied():
        run_sql("year", rows=ground.rows, schools=ground.schools, above=ABOVE)
        run_sql("words")
        vacuum()
        for reader, (unit_id, role) in READERS.items():
            actor = actor_of(unit_id, role)
            for name, term in TERMS.items():
                asked = queries.understood(term).asked
                ours = (partial(_page, actor, asked), partial(_everything, actor, asked))
                by_hand = _same(actor, asked, unit_id)
                times, all_times, *others = alternately(*ours, *by_hand, rounds=ROUNDS)
                fastest = min(others, key=sorted)
                yield finding("search", f"{reader}-{name}", ground.rows, times, fastest)
                yield finding("search", f"{reader}-{name}-all", ground.rows, all_times, fastest)


def _page(actor: Actor, asked: Asked) -> queries.Group | None:
    with steady():
        return queries.page(actor, asked, "assignment")


def _everything(actor: Actor, asked: Asked) -> None:
    with steady():
        queries.overview(actor, asked)


def _run(statement: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _same(actor: Actor, asked: Asked, unit_id: int) -> list[Callable[[], object]]:
    """The statements by hand that find what the program finds."""
    (one,) = [one for one in offers() if one.kind == "assignment"]
    (term,) = asked.terms
    values = {"unit": unit_id, "pairs": query_of(fold(term)), "like": f"%{fold(term)}%"}
    with steady():
        rows = one.rows(actor, asked, None).order_by(*one.order_by)
        ours = list(rows.values_list("item_id", "pk")[:MOST])
    found: list[Callable[[], object]] = [
        partial(_run, statement, values) for statement in BY_HAND if _run(statement, values) == ours
    ]
    if not found:
        raise RuntimeError("no statement by hand finds the rows of the program")
    return found
