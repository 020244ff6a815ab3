"""What waits for one person in their present post, by clock (工作台): one definition for rows, counts and the API."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import NOW, PERSON, UNIT, fetch_prepared, with_places
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import Standing, assuming, standing_of, units_where
from bihuan.supervision.models import (
    Assignment,
    Explanation,
    Extension,
    Report,
    Review,
    Submission,
    Urge,
)
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.operations import NEARLY, Operation
from bihuan.supervision.queries.assignments import LOOK_AHEAD
from bihuan.supervision.queries.lights import conditions, counted
from bihuan.supervision.rules import ENDED, OPEN, Duty, Light, Stage

SHOWN = 50  # rows of a group on the page; the register has the rest
ANSWER_WITHIN = timedelta(days=3)  # an explanation has no clock of its own in the rules: grade C


# Lanes: each a reason why something waits for somebody


@dataclass(frozen=True)
class Lane:
    """One reason why assignments wait for the actor: who may act (`cap`), on which rows, until when (`clock`)."""

    operation: Operation
    cap: Cap
    clock: Any
    rows: Callable[[AssignmentQuerySet, Actor, datetime], QuerySet[Assignment]]

    def waiting(self, actor: Actor, at: datetime) -> QuerySet[Assignment]:
        return self.rows(Assignment.objects.within(actor, self.cap), actor, at)


def _latest_submission() -> Subquery:
    latest = Submission.objects.filter(assignment=OuterRef("pk")).order_by("-drafted_at", "-pk")
    return Subquery(latest.values("state")[:1])


def _in_work(rows: AssignmentQuerySet) -> QuerySet[Assignment]:
    """In the hands of the unit's handlers: nothing drafted that awaits the unit's leader."""
    drafted = Submission.objects.filter(assignment=OuterRef("pk"), state=Submission.State.DRAFT)
    return rows.filter(~Exists(drafted), stage=Stage.WORKING, suspended_at__isnull=True)


def _near_the_end(at: datetime) -> Q:
    """As `operations.next_of_work`: the end is near, so the next thing is to declare it done."""
    slot_open = Q(slot_opened_at__isnull=False) & (
        Q(reported_at__isnull=True) | Q(reported_at__lt=F("slot_opened_at"))
    )
    provisional = Q(due_at__lt=at, answer_by__isnull=False)
    pressing = Q(strong_at__lte=at, reported_at__isnull=False) & ~provisional
    nearly = Q(latest=Submission.State.RETURNED) | Q(progress__gte=NEARLY) | pressing
    return ~slot_open & nearly


def _to_report(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    return _finishing(rows, at).filter(finishing=False)


def _to_complete(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    return _finishing(rows, at).filter(finishing=True)


def _finishing(rows: AssignmentQuerySet, at: datetime) -> QuerySet[Assignment]:
    """What is in work, with the answer whether its end is near; what is not known yet counts as no."""
    nearly = Case(When(_near_the_end(at), then=True), default=False, output_field=BooleanField())
    return _in_work(rows).annotate(latest=_latest_submission()).annotate(finishing=nearly)


def _drafted(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    draft = Submission.objects.filter(assignment=OuterRef("pk"), state=Submission.State.DRAFT)
    return rows.filter(Exists(draft), stage=Stage.WORKING)


def _with_extension(state: str) -> Callable:
    def rows(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
        asked = Extension.objects.filter(assignment=OuterRef("pk"), state=state)
        return rows.filter(Exists(asked), stage__in=OPEN)

    return rows


def _to_review(rows: AssignmentQuerySet, actor: Actor, state: str) -> QuerySet[Assignment]:
    standing = Submission.objects.filter(assignment=OuterRef("pk"), state=state)
    return not_by(actor, rows.filter(Exists(standing), stage=Stage.COMPLETED))


def _to_pre_review(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    return _to_review(rows, actor, Submission.State.SIGNED)


def _to_approve(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    mine = Review.objects.filter(
        submission__assignment=OuterRef("pk"),
        submission__state=Submission.State.PASSED,
        passed=True,
        person_id=actor.person_id,
    )
    return _to_review(rows, actor, Submission.State.PASSED).filter(~Exists(mine))


def _to_approve_alone(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    """Where nobody else could review, whoever may approve does so without a pre-review."""
    posts = Appointment.objects.current(clock.today()).granting(Cap.APPROVE)
    places = Q(unit=OuterRef("reviewer")) | Q(unit=OuterRef("office")) & Q(
        unit__authority=OuterRef("reviewer")
    )
    others = posts.filter(places).exclude(person=actor.person_id)
    signed = _to_review(rows, actor, Submission.State.SIGNED).filter(duty=Duty.LEAD)
    return signed.exclude(pk__in=Assignment.objects.within(actor, Cap.PRE_REVIEW).values("pk")).filter(
        ~Exists(others)
    )


def _explained(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    asked = Explanation.objects.filter(assignment=OuterRef("pk"), accepted__isnull=True)
    return rows.filter(Exists(asked), stage__in=OPEN)


def _explained_at() -> Subquery:
    asked = Explanation.objects.filter(assignment=OuterRef("pk"), accepted__isnull=True)
    return Subquery(asked.order_by("explained_at").values("explained_at")[:1])


def _bereft(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    """Duties of units that merged or closed, which nobody has taken over; the lanes are written anew each day."""
    return rows.open().filter(unit__in=Unit.objects.filter(ends_on__lte=clock.today()).values("pk"))


def _publicises() -> Q:
    return Q(item__plan__publicises=True, duty=Duty.LEAD)


def _to_write_off(rows: AssignmentQuerySet, actor: Actor, at: datetime) -> QuerySet[Assignment]:
    over = Q(stage=Stage.PUBLICISED, publicised_until__lte=at)
    plain = Q(stage=Stage.ACCEPTED) & ~_publicises()
    return not_by(actor, rows.filter(over | plain, stage__in=[Stage.ACCEPTED, Stage.PUBLICISED]))


LANES = (
    Lane(
        Operation.SIGN,
        Cap.SIGN_FOR,
        Least(Coalesce("sign_by", "due_at"), "due_at"),
        lambda rows, actor, at: rows.filter(stage=Stage.DISPATCHED),
    ),
    Lane(Operation.REPORT, Cap.HANDLE, F("due_at"), _to_report),
    Lane(Operation.COMPLETE, Cap.HANDLE, F("due_at"), _to_complete),
    Lane(Operation.SIGN_OFF, Cap.SIGN_OFF, F("due_at"), _drafted),
    Lane(
        Operation.ENDORSE,
        Cap.SIGN_OFF,
        Least(Coalesce("answer_by", "due_at"), "due_at"),
        _with_extension(Extension.State.ASKED),
    ),
    Lane(
        Operation.INSIST,
        Cap.DECIDE,
        Coalesce("decide_by", "due_at"),
        lambda rows, actor, at: rows.filter(stage=Stage.DECLINED),
    ),
    Lane(Operation.TRANSFER, Cap.DECIDE, F("due_at"), _bereft),
    Lane(
        Operation.GRANT,
        Cap.DECIDE,
        Coalesce("answer_by", "due_at"),
        _with_extension(Extension.State.ENDORSED),
    ),
    Lane(Operation.REVIEW, Cap.PRE_REVIEW, Coalesce("decide_by", "due_at"), _to_pre_review),
    Lane(Operation.REVIEW, Cap.APPROVE, Coalesce("decide_by", "due_at"), _to_approve),
    Lane(Operation.REVIEW, Cap.APPROVE, Coalesce("decide_by", "due_at"), _to_approve_alone),
    Lane(
        Operation.ANSWER,
        Cap.URGE,
        Coalesce(_explained_at(), "due_at") + Value(ANSWER_WITHIN, DurationField()),
        _explained,
    ),
    Lane(
        Operation.PUBLICISE,
        Cap.WRITE_OFF,
        Coalesce("decide_by", "due_at"),
        lambda rows, actor, at: rows.filter(_publicises(), stage=Stage.ACCEPTED),
    ),
    Lane(
        Operation.WRITE_OFF,
        Cap.WRITE_OFF,
        Coalesce("publicised_until", "decide_by", "due_at"),
        _to_write_off,
    ),
    Lane(
        Operation.RESUME,
        Cap.DECIDE,
        Coalesce("review_on", "due_at"),
        lambda rows, actor, at: rows.filter(suspended_at__isnull=False, review_on__lte=at + LOOK_AHEAD),
    ),
)


def not_by(actor: Actor, rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """The rows whose work the actor had no hand in: whoever reported or signed may not judge it."""
    me = actor.person_id
    reported = Report.objects.filter(assignment=OuterRef("pk"), person_id=me)
    signed = Submission.objects.filter(Q(drafted_by=me) | Q(signed_by=me), assignment=OuterRef("pk"))
    return rows.filter(~Exists(reported), ~Exists(signed))


# Groups by clock


@dataclass(frozen=True)
class Horizon:
    """Where one group ends and the next begins, in office time."""

    now: datetime

    @property
    def today(self) -> date:
        return clock.office_day(self.now)

    @property
    def soon(self) -> date:
        return self.today + timedelta(days=3)

    @property
    def sunday(self) -> date:
        return self.today + timedelta(days=6 - self.today.weekday())

    @cached_property
    def edges(self) -> list[datetime]:
        """The last moments of 今天, 三天内 and 本周; the week may end before the three days do."""
        week = max(self.sunday, self.soon)
        return [clock.end_of(day) for day in (self.today, self.soon, week)]


GROUPS = ("overdue", "today", "soon", "week", "later")


@dataclass(frozen=True)
class Row:
    """One assignment with the one thing that the actor is to do with it."""

    assignment: Assignment
    operation: Operation
    clock: datetime
    group: str
    now: datetime

    @property
    def key(self) -> str:
        return f"row-{self.assignment.pk}-{self.operation.value}"

    @property
    def tone(self) -> str:
        """The unit's light where its own clock runs, else how near the actor's clock is."""
        own = self.operation in (Operation.REPORT, Operation.COMPLETE, Operation.RECORD, Operation.SIGN_OFF)
        if own:
            light = self.assignment.light(self.now)
            return {Light.PENDING: "y", Light.RESTING: "w"}.get(light, light.value)
        return {"overdue": "r", "today": "y"}.get(self.group, "g")


@dataclass(frozen=True)
class Group:
    name: str
    count: int
    rows: list[Row] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many more there are than are shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Queue:
    """Everything that waits for the actor, in groups by clock."""

    groups: dict[str, Group]
    horizon: Horizon

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups.values())

    @property
    def first(self) -> int:
        """What is to be done today: the overdue and what falls due."""
        return self.groups["overdue"].count + self.groups["today"].count

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups.values() for row in group.rows]


def queue(actor: Actor, shown: int = SHOWN) -> Queue:
    """The rows that wait for the actor, with a count for each group, from one statement."""
    horizon = Horizon(clock.now())
    found = _ranked(actor, horizon, shown)
    known = _with_all_that_is_shown(Assignment.objects.filter(pk__in={row[0] for row in found})).in_bulk()
    groups = {name: Group(name, 0) for name in GROUPS}
    for pk, operation, due_at, group, count in found:
        name = GROUPS[group]
        if not groups[name].rows:
            groups[name] = Group(name, count, [])
        doing = _stood_in_for(known[pk], Operation(operation))
        groups[name].rows.append(Row(known[pk], doing, due_at, name, horizon.now))
    return Queue(groups, horizon)


def _stood_in_for(one: Assignment, operation: Operation) -> Operation:
    """A unit outside the system does nothing here by itself: its lead records what it answers."""
    own = (Operation.SIGN, Operation.REPORT, Operation.COMPLETE)
    return Operation.RECORD if one.unit.is_external and operation in own else operation


def counts(actor: Actor) -> dict[str, int]:
    """How many wait in each group: the same rows as `queue`, counted."""
    found = dict.fromkeys(GROUPS, 0)
    for (group, _operation), count in tally(actor).items():
        found[group] += count
    return found


def tally(actor: Actor) -> dict[tuple[str, str], int]:
    """How many wait in each group for each operation."""
    found = _waiting(
        actor, "SELECT place, operation, count(*) FROM ({relation}) AS placed GROUP BY place, operation"
    )
    return {(GROUPS[place], operation): count for place, operation, count in found}


def waiting_for(actor: Actor, *operations: Operation) -> list[tuple[int, datetime]]:
    """The assignments that wait for one kind of operation, by clock, with no limit."""
    return _waiting(
        actor, "SELECT id, clock FROM ({relation}) AS placed ORDER BY clock, id", operations=operations
    )


def _ranked(actor: Actor, horizon: Horizon, shown: int) -> list[tuple[int, str, datetime, int, int]]:
    statement = """
        SELECT id, operation, clock, place, total FROM (
            SELECT *, count(*) OVER (PARTITION BY place) AS total,
                   row_number() OVER (PARTITION BY place ORDER BY clock, id, operation) AS rank
            FROM ({relation}) AS placed
        ) AS ranked WHERE rank <= %(shown)s ORDER BY place, clock, id, operation"""
    return _waiting(actor, statement, horizon=horizon, shown=shown)


def _waiting(
    actor: Actor,
    statement: str,
    *,
    operations: tuple[Operation, ...] = (),
    horizon: Horizon | None = None,
    **more: Any,
) -> list[tuple]:
    """The rows of a statement over the lanes of the actor's role, as one relation (id, operation, clock, place)."""
    standing, horizon = standing_of(actor), horizon or Horizon(clock.now())
    relation = _relation(standing.role, operations, horizon.today)
    if not relation:
        return []
    today, soon, week = horizon.edges
    moments = {"now": horizon.now, "today": today, "soon": soon, "week": week}
    reader = {"person": actor.person_id, "unit": standing.unit_id}
    return fetch_prepared(statement.format(relation=relation), {**moments, **reader, **more})


@lru_cache(maxsize=256)
def _relation(role: str, operations: tuple[Operation, ...], day: date) -> str:
    """The lanes of a role as text, with places for the reader and the moment; empty where the role has none.

    The lanes are the ORM's own statements put under each other: a filter by OR over them would read every open
    assignment of the province, where each lane alone is an index scan. Building them anew for every page cost
    more than all else on it. `day` is only there to be told apart by: appointments that hold today are asked for.
    """
    reader, parts = Actor(PERSON, None, UNIT, ""), []
    with assuming(reader, Standing(role, UNIT)):
        for lane in _open_lanes(reader):
            if operations and lane.operation not in operations:
                continue
            rows = (
                lane.waiting(reader, NOW)
                .annotate(operation=Value(lane.operation.value, CharField()), clock=lane.clock)
                .order_by()
                .values("pk", "operation", "clock")
            )
            try:
                parts.append(f"({with_places(*rows.query.sql_with_params())})")
            except EmptyResultSet:
                continue
    if not parts:
        return ""
    return f"""
        SELECT id, operation, clock, CASE WHEN clock < %(now)s THEN 0 WHEN clock <= %(today)s THEN 1
            WHEN clock <= %(soon)s THEN 2 WHEN clock <= %(week)s THEN 3 ELSE 4 END AS place
        FROM ({" UNION ALL ".join(parts)}) AS lanes (id, operation, clock)"""


def _open_lanes(actor: Actor) -> Iterable[Lane]:
    """The lanes that the actor's role can have anything in; who handles a lead also reviews what assists it."""
    standing = standing_of(actor)
    for lane in LANES:
        reviews = lane.cap == Cap.PRE_REVIEW and standing.grants(Cap.HANDLE)
        if standing.grants(lane.cap) or reviews:
            yield lane


def _with_all_that_is_shown(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """What a row of the workbench says, without a query for each."""
    urges = Urge.objects.filter(assignment=OuterRef("pk")).order_by().values("assignment")
    return rows.select_related(
        "item__source", "item__plan", "unit", "issued_by", "office", "reviewer"
    ).annotate(
        urged=Coalesce(Subquery(urges.annotate(n=Count("pk")).values("n")), 0),
        latest=_latest_submission(),
    )


# The other tabs


def handled(actor: Actor) -> QuerySet[Assignment]:
    """What one has acted on in this post and what is still under way (已办)."""
    return _touched(actor).filter(stage__in=OPEN)


def closed(actor: Actor) -> QuerySet[Assignment]:
    """What one has acted on in this post and what has ended (办结)."""
    return _touched(actor).filter(stage__in=ENDED)


def given(actor: Actor) -> QuerySet[Assignment]:
    """What one's office or authority has given out and what is still under way (我发起)."""
    here = units_where(actor, Cap.DISPATCH)
    return Assignment.objects.within(actor, Cap.VIEW).filter(
        Q(issued_by__in=here) | Q(office__in=here), stage__in=OPEN
    )


def footprint(actor: Actor) -> dict[str, int]:
    """How many `handled` and `closed` there are, in one statement."""
    return _touched(actor).aggregate(
        handled=Count("pk", filter=Q(stage__in=OPEN)), closed=Count("pk", filter=Q(stage__in=ENDED))
    )


STREAM = "supervision.assignment:"


def _touched(actor: Actor) -> QuerySet[Assignment]:
    trails = (
        Entry.objects.filter(appointment_id=actor.appointment_id, stream__startswith=STREAM)
        .order_by()
        .values_list("stream", flat=True)
        .distinct()
    )
    keys = [int(stream.removeprefix(STREAM)) for stream in trails]
    return Assignment.objects.within(actor, Cap.VIEW).filter(pk__in=keys)


# The unit's own summary


@dataclass(frozen=True)
class Summary:
    """How one's unit stands (本单位小结); every number is the count of a list that can be opened."""

    lights: dict[str, int]
    in_work: int
    on_time: int | None  # per cent of what was finished this year
    finished: int
    finished_on_time: int
    written_off: int
    ended: int


def summary(actor: Actor) -> Summary:
    """Open duties by light, the rate on time of this year, what was written off this week.

    Each number is the count of a list of the register (`queries.registers`); a test compares the two.
    """
    at, today = clock.now(), clock.today()
    monday = today - timedelta(days=today.weekday())
    mine = own(actor)
    lights = counted(mine, at)
    closed_ones = lights.pop(Light.CLOSED.value)
    year = mine.filter(completed_at__gte=_start_of(date(today.year, 1, 1)))
    finished = year.filter(stage__in=[Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF]).count()
    in_time = year.finished_on_time().count()
    return Summary(
        lights=lights,
        in_work=sum(lights.values()),
        ended=closed_ones,
        on_time=round(100 * in_time / finished) if finished else None,
        finished=finished,
        finished_on_time=in_time,
        written_off=mine.filter(stage=Stage.WRITTEN_OFF, ended_at__gte=_start_of(monday)).count(),
    )


def own(actor: Actor) -> AssignmentQuerySet:
    """What one's own unit was given."""
    return Assignment.objects.within(actor, Cap.VIEW).filter(unit=actor.unit_id)


def _start_of(day: date) -> datetime:
    return clock.end_of(day - timedelta(days=1)) + timedelta(seconds=1)


@dataclass(frozen=True)
class Watched:
    """A unit below with something overdue or nearly so (需盯办的下级)."""

    unit_id: int
    unit: str
    overdue: int
    near: int


def units_to_watch(actor: Actor, shown: int = 6) -> list[Watched]:
    """The units with most overdue among what one may urge, then those with most that is nearly due."""
    shown_lights = conditions(clock.now())
    late = shown_lights[Light.RED]
    near = shown_lights[Light.AMBER] | shown_lights[Light.STRONG]
    rows = (
        Assignment.objects.within(actor, Cap.URGE)
        .filter(late | near)
        .values("unit", "unit__short_name")
        .annotate(late=Count("pk", filter=late), near=Count("pk", filter=near))
        .order_by("-late", "-near", "unit__sort_order", "unit")
    )
    return [Watched(row["unit"], row["unit__short_name"], row["late"], row["near"]) for row in rows[:shown]]


def pressing_words(actor: Actor, shown: int = 4) -> list[Urge]:
    """The latest urges and instructions on what one's unit has under way (催办与批示)."""
    mine = own(actor).filter(stage__in=OPEN)
    rows = Urge.objects.filter(assignment__in=mine).select_related(
        "assignment__item", "assignment__issued_by"
    )
    return list(rows.order_by("-urged_at", "-pk")[:shown])


def can_accept_report(actor: Actor) -> AssignmentQuerySet:
    """Assignments whose latest report awaits the actor's word (下级新进展)."""
    latest = Report.objects.filter(assignment=OuterRef("pk")).order_by("-reported_at", "-pk")
    rows = Assignment.objects.within(actor, Cap.PRE_REVIEW).filter(stage__in=OPEN, reported_at__isnull=False)
    return not_by(actor, rows.annotate(verdict=Subquery(latest.values("verdict")[:1])).filter(verdict=""))
