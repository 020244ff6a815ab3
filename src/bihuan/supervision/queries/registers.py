"""The register of assignments (办件台账): one filter for the page, its pages, the bulk actions and the file."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.utils.dateparse import parse_datetime

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.numbers import as_whole
from bihuan.kernel.statements import KEYS, UNIT, Written
from bihuan.org.models import Lineage
from bihuan.org.roles import Cap
from bihuan.org.scope import Breadth, Standing, standing_of
from bihuan.supervision.models import Assignment, Item, Obstacle, Plan
from bihuan.supervision.models.assignments import VOID, AssignmentQuerySet
from bihuan.supervision.queries.lights import shows
from bihuan.supervision.queries.marks import looked_back, stands_at, was_late
from bihuan.supervision.queries.slots import in_state
from bihuan.supervision.queries.workbench import can_accept_report
from bihuan.supervision.rules import ENDED, OPEN, RUNNING, Stage

PAGE_SIZE = 50
PLANS = 100  # to choose from, the newest ones
COUNTED = 1000  # beyond so many the exact number helps nobody and costs a scan

GROUPS_OF_STAGES = {
    "open": OPEN,
    "running": RUNNING,
    "finished": (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF),
    "ended": ENDED,
    "live": tuple(stage for stage in Stage if stage not in VOID),
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
    item: int | None = None
    area: int | None = None
    duty: str = ""
    q: str = ""
    due_from: date | None = None
    due_to: date | None = None
    ended: str = ""  # week: since Monday; month: since the first
    completed: str = ""  # year: declared done since 1 January
    punctual: str = ""  # yes: what was accepted had been signed by the deadline of record; no: later
    extension: str = ""  # pending: one that was asked for awaits its answer
    report: str = ""  # unread: the latest awaits the reader's word; due, late, missing, week: of the cycle
    given: str = ""  # week: dispatched since Monday
    rung: str = ""  # where the ladder has got to about the deadline (当前停留), a step of `rungs.Step`
    look_back: str = ""  # held or relapsed: what the latest look-back found
    looked: str = ""  # year: that was since 1 January
    obstacle: str = ""  # open: asks this unit to remove what stands in another's way
    late_on: date | None = None  # counted as late, and not handed in, at the end of that day
    sort: str = "due"  # due or -due

    @property
    def is_empty(self) -> bool:
        return all(
            getattr(self, one.name) in ("", None) for one in fields(self) if one.name not in ("sort", "whose")
        )


def register(actor: Actor, asked: Filter) -> AssignmentQuerySet:
    """The assignments the actor may see that answer the filter, unsorted."""
    at = clock.now()
    if asked.under and standing_of(actor).oversees(asked.under, Cap.VIEW):
        rows = Assignment.objects.all()  # all that is asked for is in sight: no row needs to be asked again
    else:
        rows = Assignment.objects.within(actor, Cap.VIEW)
    if asked.whose == "own":
        rows = rows.filter(unit=actor.unit_id)
    elif asked.whose == "given":
        rows = rows.filter(Q(issued_by=actor.unit_id) | Q(office=actor.unit_id))
    if asked.under:
        rows = rows.filter(unit__in=Lineage.objects.filter(ancestor=asked.under).values("descendant"))
    exact = {
        "item__plan": asked.plan,
        "item": asked.item,
        "item__area": asked.area,
        "duty": asked.duty,
        "unit": asked.unit,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.q.strip():
        rows = rows.filter(
            Q(item__title__icontains=asked.q.strip()) | Q(item__source__number__icontains=asked.q.strip())
        )
    if asked.report == "unread":
        rows = rows.filter(pk__in=can_accept_report(actor).values("pk"))
    return rows.filter(state_of(asked, at))


def state_of(asked: Filter, at: datetime) -> Q:
    """What the filter says of one assignment at a moment, whoever asks: the register lists it, the board counts it."""
    said, today = Q(), clock.office_day(at)
    if asked.stage:
        said &= Q(stage__in=GROUPS_OF_STAGES.get(asked.stage, (asked.stage,)))
    if asked.light:
        said &= shows(asked.light, at)
    if asked.due_from:
        said &= Q(due_at__gt=before(asked.due_from))
    if asked.due_to:
        said &= Q(due_at__lte=clock.end_of(asked.due_to))
    if asked.given:
        said &= Q(dispatched_at__gt=before(monday(today)))
    if asked.ended:
        said &= Q(ended_at__gt=before(monday(today) if asked.ended == "week" else today.replace(day=1)))
    if asked.completed == "year":
        said &= Q(completed_at__gt=before(new_year(today)))
    if asked.extension == "pending":
        said &= Q(stage__in=RUNNING, answer_by__isnull=False)
    if asked.punctual:
        on_time = Q(stage__in=GROUPS_OF_STAGES["finished"], completed_at__lte=F("record_due_at"))
        known = Q(completed_at__isnull=False)
        said &= on_time if asked.punctual == "yes" else ~(known & on_time)
    if asked.report and asked.report != "unread":
        said &= Q(Exists(in_state(asked.report, at).filter(assignment=OuterRef("pk"))))
    if asked.rung:
        said &= stands_at(asked.rung)
    if asked.look_back or asked.looked:
        said &= looked_back(asked.look_back, before(new_year(today)) if asked.looked == "year" else None)
    if asked.obstacle == "open":
        said &= Q(Exists(Obstacle.objects.filter(answer=OuterRef("pk"))), stage__in=OPEN)
    if asked.late_on:
        said &= was_late(asked.late_on, at)
    return said


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def new_year(day: date) -> date:
    return day.replace(month=1, day=1)


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
    count: int  # of all pages, where it was asked for


def page_of(
    rows: QuerySet[Assignment], asked: Filter, mark: str = "", size: int = PAGE_SIZE, counted: int = 0
) -> Page:
    """The page after `mark`, or with a leading `-` the one before it, by deadline.

    `counted` asks for the number of all rows, up to so many and one more. The keys come first, since scope and order
    can be read off an index; only those on the page are looked up in full.
    """
    backwards = mark.startswith("-")
    edge = _edge(mark.removeprefix("-"))
    ascending = (asked.sort != "-due") != backwards
    order = ("due_at", "pk") if ascending else ("-due_at", "-pk")
    keys = _beyond(rows, edge, ascending).order_by(*order).values_list("pk", flat=True)
    if counted and edge is None:
        known = list(keys[: max(counted, size) + 1])
        count = len(known)
    else:
        known = list(keys[: size + 1])
        count = rows.order_by()[: counted + 1].count() if counted else 0
    more, found = len(known) > size, _listed(known[:size], order)
    if backwards:
        found.reverse()
    first, last = (_mark(found[0]), _mark(found[-1])) if found else ("", "")
    has_before = more if backwards else edge is not None
    has_after = edge is not None if backwards else more
    return Page(
        found, f"-{first}" if has_before and found else "", last if has_after and found else "", count
    )


def _beyond(
    rows: QuerySet[Assignment], edge: tuple[datetime, int] | None, ascending: bool
) -> QuerySet[Assignment]:
    if edge is None:
        return rows
    due_at, pk = edge
    side = "gt" if ascending else "lt"
    return rows.filter(Q(**{f"due_at__{side}": due_at}) | Q(**{"due_at": due_at, f"pk__{side}": pk}))


LISTED = (
    *("round", "period", "duty", "stage", "progress", "due_at", "amber_at", "strong_at"),
    *("reported_at", "slot_opened_at", "suspended_at", "answer_by", "item__title", "item__source__number"),
    *("override", "override_until", "completed_at", "decide_by", "review_on", "publicised_until"),
    *("ended_at", "outcome", "unit__short_name", "issued_by__short_name", "office__short_name"),
)
"""What a line of the register says; loading everything else would take longer than finding it."""


def _listed(keys: list[int], order: tuple[str, str]) -> list[Assignment]:
    return _lines(order).fetch(keys=keys)


@cache
def _lines(order: tuple[str, str]) -> Written:
    rows = Assignment.objects.filter(pk__among=KEYS).order_by(*order)
    return Written(rows.select_related("item__source", "unit", "issued_by", "office").only(*LISTED))


def as_shown(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """With everything a row of the table says, in one statement."""
    return rows.select_related("item__source", "item__plan", "item__area", "unit", "issued_by", "office")


def _mark(one: Assignment) -> str:
    return f"{one.due_at.isoformat()}~{one.pk}"


def _edge(mark: str) -> tuple[datetime, int] | None:
    written, _tilde, pk = mark.partition("~")
    try:
        due_at = parse_datetime(written.replace(" ", "+"))
    except ValueError:
        return None
    number = as_whole(pk)
    return (due_at, number) if due_at and due_at.tzinfo and number is not None else None


# What the filters offer


def plans_shown(actor: Actor, chosen: object = None) -> list[tuple[int, str]]:
    """The plans to choose from: one's own, those under which units in sight have duties, and the one chosen.

    What else one may see of a plan, as a neighbour in a team, is found by the link that leads there.
    """
    standing = standing_of(actor)
    shown = _plans_shown(standing.role, standing.breadth(Cap.VIEW))
    found: list[tuple[int, str]] = shown.fetch(**standing.values(Cap.VIEW))
    other = as_whole(chosen)
    if other is not None and other not in dict(found):
        found += Plan.objects.within(actor, Cap.VIEW).filter(pk=other).values_list("pk", "title")
    return found


@cache
def _plans_shown(role: str, breadth: Breadth) -> Written:
    standing = Standing(role, UNIT, breadth)
    given = standing.where(Cap.APPROVE)
    issued = Plan.objects.exclude(stage=Plan.Stage.DRAFT)
    duties = Assignment.objects.filter(standing.covering("unit", Cap.VIEW))
    if standing.is_narrow(Cap.VIEW):
        matters = duties.order_by().values("item").distinct()  # a tenth of the duties: looked up once each
        reached = Q(pk__in=Item.objects.filter(pk__among=matters).values("plan"))
    else:  # where so much is in sight the first look finds something; the planner would read everything
        under = duties.filter(item__plan=OuterRef("pk")).order_by()
        reached = Q(IsNull(Subquery(under.values("item__plan")[:1]), False))
    shown = issued.filter(Q(issuer__in=given) | Q(office__in=given) | reached).order_by("-issued_at", "-pk")
    return Written(shown.values_list("pk", "title")[:PLANS], planned_anew=True)


def as_query(asked: Filter) -> dict[str, Any]:
    """The filter as it stands in an address."""
    said = {one.name: getattr(asked, one.name) for one in fields(asked)}
    return {
        name: value
        for name, value in said.items()
        if value not in ("", None) and (name, value) != ("sort", "due")
    }
