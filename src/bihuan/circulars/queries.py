"""Drawing the rows a circular counts, as they stood at a moment; and reading circulars."""

from collections.abc import Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, When

from bihuan.circulars.models import Circular, Contest, Figure, Inquiry
from bihuan.circulars.rules import NO_PLAN, WHOLE, Count, Listed, Part, Row, Standing, count, masked
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Lineage, Unit, UnitName
from bihuan.org.roles import Cap, roles_with
from bihuan.supervision.models import (
    Area,
    Assignment,
    Extension,
    Item,
    Letter,
    Objection,
    Obstacle,
    Plan,
    Proposal,
    Report,
    Review,
    Source,
    Submission,
    Suspension,
    Term,
)
from bihuan.supervision.queries.scores import finds
from bihuan.supervision.rules import ENDED, Duty, Stage
from bihuan.supervision.scoring import Event

State = Submission.State
MOVED = "supervision.assignment.moved"


def rows_at(plan: Plan | None, at: datetime, part: Part = WHOLE) -> list[Row]:
    """The plan's lead assignments as they stood at `at`, whatever has happened since; or those of one part of it.

    Without a plan, those of the plans that `part` names.

    Derived from the dates and exchanges that are kept for ever, so the same moment gives the same rows years later.
    """
    drawn = list(_drawn(plan, at, part))
    places = _places_then([one for one in drawn if one.original_unit_id], at)
    rows = [_row(one, at, places.get(one.pk)) for one in drawn]
    return rows if part.units is None else [row for row in rows if row.unit_id in part.units]


def part_of(area: Area | None = None, region: Unit | None = None) -> Part:
    """The items of an area and the units of a region as they are today; a circular keeps them."""
    items = Item.objects.filter(area=area).order_by("pk").values_list("pk", flat=True) if area else None
    units = (
        Lineage.objects.filter(ancestor=region).order_by("descendant").values_list("descendant", flat=True)
        if region
        else None
    )
    return Part(None if items is None else frozenset(items), None if units is None else frozenset(units))


def regions_of(issuer_id: int, plan: Plan | None = None) -> list[tuple[int, str]]:
    """The units directly below the issuer under which the plan, or the issuer at all, gave something: its regions."""
    given = Assignment.objects.filter(item__plan=plan) if plan else Assignment.objects.live()
    reached = given.filter(issued_by=issuer_id).order_by().values("unit")
    lines = Lineage.objects.filter(descendant__in=reached).values("ancestor")
    rows = Unit.objects.filter(parent=issuer_id, pk__in=lines).order_by("sort_order", "pinyin", "pk")
    return list(rows.values_list("pk", "short_name"))


def circulars_on(plan: Plan, actor: Actor) -> QuerySet[Circular]:
    """The circulars on a plan that the actor may read: drafts only with the issuer, issued ones where served."""
    on_it = Q(plan=plan) | Q(plans__contains=[{"id": plan.pk}])
    return Circular.objects.within(actor, Cap.VIEW).filter(on_it)


def plans_for_bulletin(actor: Actor, issuer_id: int) -> QuerySet[Plan]:
    """The plans on which an authority, or the actor's office of it, may issue a bulletin."""
    rows = Plan.objects.within(actor, Cap.ISSUE).filter(issuer=issuer_id).exclude(stage=Plan.Stage.DRAFT)
    return rows.select_related("source").order_by("-starts_on", "-pk")


def drawn_anew(circular: Circular) -> tuple[list[Row], list[Count]]:
    """The count of a draft as of its moment, without what upheld objections took out."""
    absent = left_out_of(circular)
    rows = [row for row in rows_at(circular.plan, circular.as_of, circular.part) if row.pk not in absent]
    return rows, count(rows, circular.first_on, circular.last_on, circular.as_of, circular.plan_ids)


def counted_again(circular: Circular) -> tuple[list[Row], list[Count]]:
    """The count of a circular made anew for its stored moment (复核取数): years later it gives what was printed.

    Units stand in the order in which they were frozen, whatever the official order has become since.
    """
    rows, counts = drawn_anew(circular)
    frozen = circular.figures.filter(key="dispatched", unit__isnull=False).order_by("pk")
    places = {unit_id: place for place, unit_id in enumerate(frozen.values_list("unit", flat=True))}
    rows.sort(key=lambda row: (places.get(row.unit_id, len(places)), row.pk))
    return rows, counts


def listed_for(circular: Circular, absent: Set[int] = frozenset()) -> list[Listed]:
    """The matters that people decided to name (列入通报) since the last circular on the plan that was issued.

    In a bulletin: since the period began. Names of persons in the title of a matter are masked: a circular names units.
    """
    as_of, part = circular.as_of, circular.part
    if circular.plan_id is None:
        last: datetime | None = clock.end_of(circular.first_on - timedelta(days=1))
    else:
        issued = Circular.objects.filter(
            plan=circular.plan_id, paper__stage=Paper.Stage.ISSUED, as_of__lt=as_of
        )
        issued = issued.filter(area__isnull=True, region__isnull=True)
        last = issued.order_by("-as_of").values_list("as_of", flat=True).first()
    names = UnitName.objects.filter(unit=OuterRef("unit_id"), starts_on__lte=clock.office_day(as_of))
    rows = (
        Proposal.objects.listed(as_of, last)
        .filter(assignment__in=Assignment.objects.filter(_about(circular.plan, part)))
        .exclude(assignment__in=absent)
    )
    if part.items is not None:
        rows = rows.filter(assignment__item__in=part.items)
    if part.units is not None:
        rows = rows.filter(unit__in=part.units)
    rows = rows.annotate(unit_then=Subquery(names.order_by("-starts_on").values("short_name")[:1]))
    found = rows.select_related("unit", "assignment__item").order_by("unit__sort_order", "base_at", "pk")
    hidden = people_in({one.unit_id for one in found} | {circular.paper.issuer_id}, clock.office_day(as_of))
    return [
        Listed(
            one.unit_then or one.unit.short_name,
            masked(one.assignment.item.title, hidden),
            clock.office_day(one.base_at),
        )
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
    named = named.exclude(unit=circular.paper.issuer_id).order_by("unit__sort_order", "unit")
    return list(named.values_list("unit", flat=True))


def asked_of(actor: Actor) -> QuerySet[Inquiry]:
    """What the actor's own unit is asked to check, while it can still object."""
    mine = Inquiry.objects.within(actor, Cap.VIEW).waiting(clock.now())
    rows = mine.exclude(circular__paper__stage=Paper.Stage.ISSUED)
    return rows.select_related("circular__paper").order_by("until_at", "pk")


def own_figures(inquiry: Inquiry) -> QuerySet[Figure]:
    """The lines of a draft that the unit asked may see: its own."""
    return inquiry.circular.figures.filter(unit=inquiry.unit_id).order_by("pk")


def people_in(units: Set[int], on: date) -> list[str]:
    """The names of those who by that day were or had been appointed in these units, which a text for others masks."""
    posts = Appointment.objects.filter(unit__in=units, starts_on__lte=on)
    names = posts.values_list("person__name", flat=True)
    return sorted(set(names.order_by()), key=lambda name: (-len(name), name))


def figures_of(circular: Circular) -> QuerySet[Figure]:
    return circular.figures.select_related("unit")


def _drawn(plan: Plan | None, at: datetime, part: Part) -> QuerySet[Assignment]:
    mine = {"assignment": OuterRef("pk")}
    ended = Q(ended_at__lte=at)
    signed = _with_answers(Submission.objects.filter(signed_at__lte=at, **mine))
    standing = signed.filter(Q(sent_back_at__isnull=True) | Q(sent_back_at__gt=at))
    terms = Term.objects.filter(from_at__lte=at, **mine).exclude(kind=Term.Kind.REMEDY)
    later = terms.order_by("-from_at", "-pk")
    names = UnitName.objects.filter(unit=OuterRef("unit_id"), starts_on__lte=clock.office_day(at))
    resting = Q(resumed_at__isnull=True) | Q(resumed_at__gt=at)
    return (
        Assignment.objects.filter(_about(plan, part), _within(part), duty=Duty.LEAD, dispatched_at__lte=at)
        .exclude(ended & Q(stage__in=[one for one in ENDED if one != Stage.WRITTEN_OFF]))
        .select_related("unit", "item__source")
        .annotate(
            unit_then=Subquery(names.order_by("-starts_on").values("short_name")[:1]),
            due_then=Subquery(later.values("due_at")[:1]),
            signed_then=Subquery(standing.order_by("-signed_at").values("signed_at")[:1]),
            accepted_then=Exists(standing.filter(was_accepted=True, answered_at__lte=at)),
            suspended_then=Exists(Suspension.objects.filter(resting, from_at__lte=at, **mine)),
            returned_then=Exists(signed.filter(sent_back_at__lte=at)),
            extended_then=Exists(
                Extension.objects.filter(state=Extension.State.GRANTED, decided_at__lte=at, **mine)
            ),
            reported_then=Exists(Report.objects.filter(reported_at__lte=at, **mine)),
            obstacle_then=Exists(
                Obstacle.objects.filter(
                    Q(answer__ended_at__isnull=True) | Q(answer__ended_at__gt=at),
                    answer__dispatched_at__lte=at,
                    **mine,
                )
            ),
            asked_then=Exists(Obstacle.objects.filter(answer__dispatched_at__lte=at, **mine)),
        )
        .order_by("unit__sort_order", "unit_id", "pk")
    )


def _about(plan: Plan | None, part: Part) -> Q:
    """What is under the plan; or under the plans of a bulletin, with what its issuer gave outside any plan.

    An answer that a document demands is no matter of its own there, nor is the removal of an obstacle: both are about a
    matter that is counted already. A matter that a document hands over is one.
    """
    if plan is not None:
        return Q(item__plan=plan)
    under = Q(item__plan__in=part.plans or ())
    if part.owner is None:
        return under
    loose = Q(item__plan__isnull=True, item__parent_assignment__isnull=True, issued_by=part.owner)
    if part.office is not None:
        loose &= Q(office=part.office)
    answers = Letter.objects.filter(item=OuterRef("item")).exclude(paper__kind=Paper.Kind.HANDOVER)
    loose &= ~Q(item__source__kind=Source.Kind.OBSTACLE) & ~Q(Exists(answers))
    return under | loose


def _within(part: Part) -> Q:
    return Q() if part.items is None else Q(item__in=part.items)


def _with_answers(submissions: QuerySet[Submission]) -> QuerySet[Any]:
    """Whether each was ever accepted, and when it was sent back: by a reviewer, or later by a founded objection."""
    approved = Review.objects.filter(submission=OuterRef("pk"), step=Review.Step.APPROVAL, passed=True)
    objections = Objection.objects.filter(
        assignment=OuterRef("assignment"), founded=True, raised_at__gte=OuterRef("answered_at")
    ).order_by("raised_at")
    rows = submissions.annotate(
        was_accepted=Exists(approved), objected_at=Subquery(objections.values("raised_at")[:1])
    )
    returned = Q(state=State.RETURNED)
    return rows.annotate(
        sent_back_at=Case(
            When(returned & Q(was_accepted=True), then="objected_at"),
            When(returned, then="answered_at"),
            output_field=DateTimeField(),
        )
    )


def _places_then(moved: Sequence[Any], at: datetime) -> dict[int, tuple[int, str]]:
    """Which unit had each of these at that moment, and what it was called, where it has moved on since."""
    if not moved:
        return {}
    streams = {f"supervision.assignment:{one.pk}": one.pk for one in moved}
    entries = Entry.objects.filter(stream__in=streams, verb=MOVED, at__gt=at).order_by("stream", "-position")
    units = {
        streams[entry.stream]: int(entry.facts["from"]) for entry in entries
    }  # the first move after wins
    names: dict[int, str] = {}
    known = UnitName.objects.filter(unit__in=set(units.values())).order_by("unit", "starts_on")
    for unit_id, name, starts_on in known.values_list("unit", "short_name", "starts_on"):
        if unit_id not in names or starts_on <= clock.office_day(at):
            names[unit_id] = name
    return {pk: (unit_id, names[unit_id]) for pk, unit_id in units.items() if unit_id in names}


def _row(one: Any, at: datetime, place: tuple[int, str] | None = None) -> Row:
    """From an assignment with what `_drawn` adds to it; `place` where another unit had it then."""
    unit_id, unit = place or (one.unit_id, one.unit_then or one.unit.short_name)
    return Row(
        pk=one.pk,
        unit_id=unit_id,
        unit=unit,
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
        asked=one.asked_then,
        plan_id=one.item.plan_id or NO_PLAN,
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
