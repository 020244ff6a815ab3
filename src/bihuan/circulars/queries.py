"""Drawing the rows a circular counts, as they stood at a moment; and reading circulars."""

from collections.abc import Set
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from bihuan.circulars.models import Circular, Contest, Figure, Inquiry
from bihuan.circulars.rules import Count, Listed, Row, Standing, count
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Appointment, UnitName
from bihuan.org.roles import Cap, roles_with
from bihuan.supervision.models import (
    Assignment,
    Extension,
    Obstacle,
    Plan,
    Proposal,
    Report,
    Submission,
    Suspension,
    Term,
)
from bihuan.supervision.queries.scores import finds
from bihuan.supervision.rules import ENDED, OPEN, Duty, Stage
from bihuan.supervision.scoring import Event

State = Submission.State


def rows_at(plan: Plan, at: datetime) -> list[Row]:
    """The plan's lead assignments as they stood at `at`, whatever has happened since.

    Derived from the dates and exchanges that are kept for ever, so the same moment gives the same rows years later.
    """
    return [_row(one, at) for one in _drawn(plan, at)]


def circulars_on(plan: Plan, actor: Actor) -> QuerySet[Circular]:
    """The circulars on a plan that the actor may read: drafts only with the issuer, issued ones where served."""
    return Circular.objects.within(actor, Cap.VIEW).filter(plan=plan)


def counted_again(circular: Circular) -> tuple[list[Row], list[Count]]:
    """The count of a circular made anew for its stored moment (复核取数): years later it gives what was printed."""
    absent = left_out_of(circular)
    rows = [row for row in rows_at(circular.plan, circular.as_of) if row.pk not in absent]
    return rows, count(rows, circular.first_on, circular.last_on, circular.as_of)


def listed_for(plan: Plan, as_of: datetime, absent: Set[int] = frozenset()) -> list[Listed]:
    """The matters that people decided to name (列入通报) since the last circular that was issued on the plan."""
    issued = Circular.objects.filter(plan=plan, paper__stage=Paper.Stage.ISSUED, as_of__lt=as_of)
    last = issued.order_by("-as_of").values_list("as_of", flat=True).first()
    names = UnitName.objects.filter(unit=OuterRef("unit_id"), starts_on__lte=clock.office_day(as_of))
    rows = (
        Proposal.objects.listed(as_of, last)
        .filter(assignment__item__plan=plan)
        .exclude(assignment__in=absent)
    )
    rows = rows.annotate(unit_then=Subquery(names.order_by("-starts_on").values("short_name")[:1]))
    found = rows.select_related("unit", "assignment__item").order_by("unit__sort_order", "base_at", "pk")
    return [
        Listed(one.unit_then or one.unit.short_name, one.assignment.item.title, clock.office_day(one.base_at))
        for one in found
    ]


@finds(Event.CIRCULAR)
def named_as_overdue(rows: QuerySet[Assignment], since: datetime, until: datetime) -> list[int]:
    """The assignments for which an issued circular named their unit as overdue (被通报逾期), once for each circular."""
    issued = Figure.objects.filter(circular__paper__issued_at__range=(since, until))
    named = issued.filter(key="overdue", unit__isnull=False).values_list("counted", flat=True)
    keys = [pk for counted in named for pk in counted]
    known = set(rows.filter(pk__in=set(keys)).values_list("pk", flat=True))
    return [pk for pk in keys if pk in known]


def contests_on(circular: Circular) -> QuerySet[Contest]:
    """Every objection to the figures of a circular, in the order in which they came."""
    rows = Contest.objects.filter(inquiry__circular=circular)
    return rows.select_related("inquiry__unit").order_by("contested_at", "pk")


def left_out_of(circular: Circular) -> set[int]:
    """The assignments that upheld objections took out of a circular."""
    return {pk for one in contests_on(circular) for pk in one.left_out}


def contests_printed(circular: Circular) -> list[Contest]:
    """Those a circular prints: not upheld, or upheld by leaving something out of the count."""
    return [one for one in contests_on(circular) if one.state == Contest.State.REJECTED or one.left_out]


def units_to_ask(circular: Circular) -> list[int]:
    """The units a circular counts in which somebody can answer for them; the issuer need not ask itself."""
    handling = Appointment.objects.current(clock.today()).filter(role__in=roles_with(Cap.HANDLE))
    named = circular.figures.filter(key="dispatched", unit__in=handling.values("unit"))
    named = named.exclude(unit=circular.plan.issuer_id).order_by("unit__sort_order", "unit")
    return list(named.values_list("unit", flat=True))


def asked_of(actor: Actor) -> QuerySet[Inquiry]:
    """What the actor's own unit is asked to check, while it can still object."""
    mine = Inquiry.objects.within(actor, Cap.VIEW).waiting(clock.now())
    rows = mine.exclude(circular__paper__stage=Paper.Stage.ISSUED)
    return rows.select_related("circular__paper", "circular__plan").order_by("until_at", "pk")


def own_figures(inquiry: Inquiry) -> QuerySet[Figure]:
    """The lines of a draft that the unit asked may see: its own."""
    return inquiry.circular.figures.filter(unit=inquiry.unit_id).order_by("pk")


def figures_of(circular: Circular) -> QuerySet[Figure]:
    return circular.figures.select_related("unit")


def _drawn(plan: Plan, at: datetime) -> QuerySet[Assignment]:
    mine = {"assignment": OuterRef("pk")}
    ended = Q(ended_at__lte=at)
    standing = Submission.objects.filter(signed_at__lte=at, **mine).exclude(
        state=State.RETURNED, answered_at__lte=at
    )
    terms = Term.objects.filter(from_at__lte=at, **mine).exclude(kind=Term.Kind.REMEDY)
    later = terms.order_by("-from_at", "-pk")
    names = UnitName.objects.filter(unit=OuterRef("unit_id"), starts_on__lte=clock.office_day(at))
    resting = Q(resumed_at__isnull=True) | Q(resumed_at__gt=at)
    return (
        Assignment.objects.filter(item__plan=plan, duty=Duty.LEAD, dispatched_at__lte=at)
        .exclude(ended & Q(stage__in=[one for one in ENDED if one != Stage.WRITTEN_OFF]))
        .select_related("unit", "item__source")
        .annotate(
            unit_then=Subquery(names.order_by("-starts_on").values("short_name")[:1]),
            due_then=Subquery(later.values("due_at")[:1]),
            signed_then=Subquery(standing.order_by("-signed_at").values("signed_at")[:1]),
            accepted_then=Exists(standing.filter(state=State.ACCEPTED, answered_at__lte=at)),
            suspended_then=Exists(Suspension.objects.filter(resting, from_at__lte=at, **mine)),
            returned_then=Exists(
                Submission.objects.filter(state=State.RETURNED, answered_at__lte=at, **mine)
            ),
            extended_then=Exists(
                Extension.objects.filter(state=Extension.State.GRANTED, decided_at__lte=at, **mine)
            ),
            reported_then=Exists(Report.objects.filter(reported_at__lte=at, **mine)),
            obstacle_then=Exists(
                Obstacle.objects.filter(answer__dispatched_at__lte=at, answer__stage__in=OPEN, **mine)
            ),
        )
        .order_by("unit__sort_order", "unit_id", "pk")
    )


def _row(one: Any, at: datetime) -> Row:
    """From an assignment with what `_drawn` adds to it."""
    return Row(
        pk=one.pk,
        unit_id=one.unit_id,
        unit=one.unit_then or one.unit.short_name,
        source=one.item.source.kind,
        dispatched_at=one.dispatched_at,
        due_at=one.due_then or one.original_due_at,
        standing=_standing(one, at),
        finished_at=one.signed_then,
        ended_at=one.ended_at if one.ended_at and one.ended_at <= at else None,
        suspended=one.suspended_then,
        returned=one.returned_then and one.signed_then is None,
        obstacle=one.obstacle_then,
        extended=one.extended_then,
        reported=one.reported_then,
    )


def _standing(one: Any, at: datetime) -> str:
    if one.stage == Stage.WRITTEN_OFF and one.ended_at <= at:
        return Standing.WRITTEN_OFF
    if one.accepted_then:
        return Standing.ACCEPTED
    if one.signed_then:
        return Standing.IN_REVIEW
    if one.signed_at and one.signed_at <= at:
        return Standing.WORKING
    return Standing.UNSIGNED
