"""What tables beside an assignment say of it, as conditions: its rung, its look-back, its lateness on a past day."""

from datetime import date, datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, IsNull

from bihuan.kernel import clock
from bihuan.supervision.models import Effect, LookBack
from bihuan.supervision.models.assignments import counts_as_late
from bihuan.supervision.rules import DUTY_STAGES, Stage
from bihuan.supervision.rungs import HEIGHTS, Step, Wait

CLIMBS = Q(stage__in=DUTY_STAGES, suspended_at__isnull=True)
"""The duties whose own deadline the ladder is about."""


def of_steps(steps: list[Step]) -> Q:
    """Effects of these steps about the deadline; an authority's own rungs carry a name behind their step's."""
    found = Q(pk__in=[])
    for step in steps:
        found |= Q(rung=f"{Wait.DUE}.{step}") | Q(rung__startswith=f"{Wait.DUE}.{step}_")
    return found


def from_step(step: Step) -> list[Step]:
    """A step and those above it; the one that comes again is none of them."""
    return [one for one, height in HEIGHTS.items() if height >= HEIGHTS[step]]


def about_the_deadline() -> QuerySet[Effect]:
    """What was sounded about the deadline that holds now; a new deadline is a new run up the ladder."""
    return Effect.objects.sounded().filter(base_at=F("assignment__due_at"))


def stands_at(name: str) -> Q:
    """How far the ladder has been climbed about the deadline (当前停留): its highest rung that sounded."""
    if name not in HEIGHTS:
        return Q(pk__in=[])
    here = about_the_deadline().filter(assignment=OuterRef("pk"))
    above = [one for one in from_step(Step(name)) if one != name]
    return CLIMBS & Exists(here.filter(of_steps([Step(name)]))) & ~Exists(here.filter(of_steps(above)))


def looked_back(verdict: str, since: datetime | None) -> Q:
    """What the latest look-back of a struck-off duty found (回头看结果), if it was held after `since`."""
    latest = LookBack.objects.filter(assignment=OuterRef("pk")).order_by("-held_at", "-pk")
    found = Q(stage=Stage.WRITTEN_OFF)
    if verdict:
        found &= Q(Exact(Subquery(latest.values("verdict")[:1]), Value(verdict)))
    if since:
        found &= Q(GreaterThan(Subquery(latest.values("held_at")[:1]), Value(since, DateTimeField())))
    return found


def was_late(day: date, at: datetime) -> Q:
    """Past the deadline of record and not handed in at the end of a day (逾期走势).

    By what counts as late at the moment `at`: a day gives the same figure later, unless a deadline was changed since.
    """
    end = clock.end_of(day)
    until = Coalesce("completed_at", "suspended_at", "ended_at")
    after = Q(IsNull(until, True)) | Q(GreaterThan(until, Value(end, DateTimeField())))
    return counts_as_late(at) & Q(record_due_at__lte=end) & after
