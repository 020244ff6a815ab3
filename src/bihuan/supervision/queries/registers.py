"""The register of assignments (办件台账): one filter for the page, its pages, the bulk actions and the export."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.queries.lights import lit
from bihuan.supervision.queries.workbench import can_accept_report
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, Stage

PAGE_SIZE = 50
COUNTED = 10_000  # beyond so many the exact number helps nobody and costs a scan

GROUPS_OF_STAGES = {
    "open": OPEN,
    "running": RUNNING,
    "finished": (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF),
    "ended": ENDED,
}


@dataclass(frozen=True)
class Filter:
    """What is asked of the register; every value stands in the address (筛选)."""

    whose: str = ""  # own: given to my unit; given: by my unit; nothing: all I may see
    stage: str = ""  # a stage, or one of GROUPS_OF_STAGES
    light: str = ""
    unit: int | None = None  # this one alone
    under: int | None = None  # this one and everything below it
    plan: int | None = None
    area: int | None = None
    duty: str = ""
    q: str = ""
    due_from: date | None = None
    due_to: date | None = None
    ended: str = ""  # week: since Monday
    completed: str = ""  # year: declared done since 1 January
    report: str = ""  # unread: the latest report awaits the reader's word
    sort: str = "due"  # due or -due

    @property
    def is_empty(self) -> bool:
        return all(
            getattr(self, one.name) in ("", None) for one in fields(self) if one.name not in ("sort", "whose")
        )


def register(actor: Actor, asked: Filter) -> AssignmentQuerySet:
    """The assignments the actor may see that answer the filter, unsorted."""
    at = clock.now()
    rows = Assignment.objects.within(actor, Cap.VIEW)
    if asked.whose == "own":
        rows = rows.filter(unit=actor.unit_id)
    elif asked.whose == "given":
        rows = rows.filter(Q(issued_by=actor.unit_id) | Q(office=actor.unit_id))
    if asked.stage:
        stages = GROUPS_OF_STAGES.get(asked.stage, (asked.stage,))
        rows = rows.filter(stage__in=stages)
    if asked.light:
        rows = lit(rows, asked.light, at)
    if asked.under:
        rows = rows.filter(unit__in=Lineage.objects.filter(ancestor=asked.under).values("descendant"))
    exact = {"item__plan": asked.plan, "item__area": asked.area, "duty": asked.duty, "unit": asked.unit}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.q.strip():
        rows = rows.filter(
            Q(item__title__icontains=asked.q.strip()) | Q(item__source__number__icontains=asked.q.strip())
        )
    if asked.due_from:
        rows = rows.filter(due_at__gt=before(asked.due_from))
    if asked.due_to:
        rows = rows.filter(due_at__lte=clock.end_of(asked.due_to))
    if asked.ended == "week":
        rows = rows.filter(ended_at__gt=before(monday()))
    if asked.completed == "year":
        rows = rows.filter(completed_at__gt=before(clock.today().replace(month=1, day=1)))
    if asked.report == "unread":
        rows = rows.filter(pk__in=can_accept_report(actor).values("pk"))
    return rows


def monday() -> date:
    return clock.today() - timedelta(days=clock.today().weekday())


def before(day: date) -> datetime:
    """The last moment before a day."""
    return clock.end_of(day - timedelta(days=1))


# Pages


@dataclass(frozen=True)
class Page:
    """One page of the register, found by where the last one ended and not by counting rows."""

    rows: list[Assignment]
    before: str  # where the page before this one ends; empty on the first
    after: str


def page_of(rows: QuerySet[Assignment], asked: Filter, mark: str = "", size: int = PAGE_SIZE) -> Page:
    """The page after `mark`, or with a leading `-` the one before it, by deadline."""
    backwards = mark.startswith("-")
    edge = _edge(mark.removeprefix("-"))
    ascending = (asked.sort != "-due") != backwards
    if edge is not None:
        due_at, pk = edge
        beyond = "gt" if ascending else "lt"
        rows = rows.filter(Q(**{f"due_at__{beyond}": due_at}) | Q(**{"due_at": due_at, f"pk__{beyond}": pk}))
    order = ("due_at", "pk") if ascending else ("-due_at", "-pk")
    found = list(as_shown(rows).order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (_mark(found[0]), _mark(found[-1])) if found else ("", "")
    has_before = more if backwards else edge is not None
    has_after = edge is not None if backwards else more
    return Page(found, f"-{first}" if has_before and found else "", last if has_after and found else "")


def as_shown(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """With everything a row of the table says, in one statement."""
    return rows.select_related("item__source", "item__plan", "item__area", "unit", "issued_by", "office")


def count_of(rows: QuerySet[Assignment]) -> int:
    """How many there are, up to COUNTED and one more."""
    return rows.order_by()[: COUNTED + 1].count()


def _mark(one: Assignment) -> str:
    return f"{one.due_at.isoformat()}~{one.pk}"


def _edge(mark: str) -> tuple[datetime, int] | None:
    written, _tilde, pk = mark.partition("~")
    try:
        due_at = parse_datetime(written.replace(" ", "+"))
    except ValueError:
        return None
    return (due_at, int(pk)) if due_at and due_at.tzinfo and pk.isdigit() else None


def in_batches(rows: QuerySet[Assignment], asked: Filter, size: int = 2000) -> Iterator[Assignment]:
    """All rows in the order of the page, without holding them all."""
    order = ("-due_at", "-pk") if asked.sort == "-due" else ("due_at", "pk")
    return as_shown(rows).order_by(*order).iterator(chunk_size=size)


# What the filters offer


def plans_shown(actor: Actor) -> list[tuple[int, str]]:
    """The plans under which the actor sees assignments."""
    seen = Assignment.objects.within(actor, Cap.VIEW).filter(item__plan=OuterRef("pk"))
    return list(
        Plan.objects.filter(Exists(seen)).order_by("-issued_at", "-pk").values_list("pk", "title")[:100]
    )


def as_query(asked: Filter) -> dict[str, Any]:
    """The filter as it stands in an address."""
    said = {one.name: getattr(asked, one.name) for one in fields(asked)}
    return {
        name: value
        for name, value in said.items()
        if value not in ("", None) and (name, value) != ("sort", "due")
    }
