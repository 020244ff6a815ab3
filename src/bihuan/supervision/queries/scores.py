"""What is scored in a period (计分取数), and the sheets that were published. Units by name, never by rank."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import F, Prefetch, QuerySet

from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.supervision.models import (
    Assignment,
    Matter,
    Review,
    ScoreEdition,
    ScoreLine,
    ScoreObjection,
    ScoreSheet,
    Slot,
)
from bihuan.supervision.queries.regimes import editions_of
from bihuan.supervision.rules import Stage
from bihuan.supervision.scoring import DEFAULT, Event, Line, Occurrence, Scoring, score

Finder = Callable[[QuerySet[Assignment], datetime, datetime], Iterable[int]]
"""Gives the id of an assignment for each time the event happened to one of these between two moments."""

FINISHED = (Stage.ACCEPTED, Stage.PUBLICISED, Stage.WRITTEN_OFF)
FINDERS: dict[Event, Finder] = {}


def finds(event: Event) -> Callable[[Finder], Finder]:
    """Name the query of an event; one that rests on rows of a context above registers itself there."""

    def keep(finder: Finder) -> Finder:
        FINDERS[event] = finder
        return finder

    return keep


@finds(Event.ON_TIME)
def _on_time(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    done = rows.filter(stage__in=FINISHED, accepted_at__range=(since, until))
    return done.filter(completed_at__lte=F("record_due_at")).values_list("pk", flat=True)


@finds(Event.OVERDUE)
def _overdue(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    late = Assignment.objects.late(min(until, clock.now())).filter(record_due_at__range=(since, until))
    return late.filter(pk__in=rows.values("pk")).values_list("pk", flat=True)


@finds(Event.RETURNED)
def _returned(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    said = Review.objects.filter(passed=False, reviewed_at__range=(since, until))
    return said.filter(submission__assignment__in=rows.values("pk")).values_list(
        "submission__assignment", flat=True
    )


@finds(Event.MISSING)
def _missing(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    slots = Slot.objects.missing().filter(window_until__range=(since, until))
    return slots.filter(assignment__in=rows.values("pk")).values_list("assignment", flat=True)


@finds(Event.SLIP)
def _slips(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    slips = Matter.objects.filter(
        letter__paper__kind=Paper.Kind.SLIP, letter__paper__issued_at__range=(since, until)
    )
    return slips.filter(assignment__in=rows.values("pk")).values_list("assignment", flat=True)


@finds(Event.RELAPSE)
def _relapses(rows: QuerySet[Assignment], since: datetime, until: datetime) -> Iterable[int]:
    """Counted in the period in which the new round starts (DESIGN §3)."""
    again = rows.filter(relapsed_from__isnull=False, dispatched_at__range=(since, until))
    return again.values_list("pk", flat=True)


def scored_by(authority: Unit) -> QuerySet[Assignment]:
    """What counts for an authority's sheet: what it gave to units below it that work in the system."""
    below = Lineage.objects.filter(ancestor=authority, depth__gt=0).values("descendant")
    rows = Assignment.objects.filter(issued_by=authority, unit__in=below)
    return rows.exclude(unit__kind=UnitKind.EXTERNAL)


def rules_of(authority: Unit) -> tuple[Scoring, ScoreEdition | None]:
    """The scoring rules that count for an authority, and their version; none where they are the default."""
    edition = editions_of(authority.pk, ScoreEdition).get("")
    return (edition.scoring, edition) if edition else (DEFAULT, None)


def computed(authority: Unit, scoring: Scoring, first_on: date, last_on: date) -> dict[int, list[Line]]:
    """The lines of each unit as they come out now (试算)."""
    since = datetime.combine(first_on, time.min, clock.OFFICE_TZ)
    until, rows = clock.end_of(last_on), scored_by(authority)
    found = {event: list(finder(rows, since, until)) for event, finder in FINDERS.items()}
    known = rows.filter(pk__in={pk for keys in found.values() for pk in keys})
    about = {pk: (unit, duty) for pk, unit, duty in known.values_list("pk", "unit", "duty")}
    happened = {
        event: [Occurrence(about[pk][0], pk, about[pk][1]) for pk in keys] for event, keys in found.items()
    }
    return score(scoring, happened)


@dataclass
class Row:
    """A line as a page shows it, published or only computed."""

    event: Event
    duty: str
    count: int
    points: Decimal
    line: ScoreLine | None = None

    @property
    def objection(self) -> ScoreObjection | None:
        return next(iter(self.line.objections.all()), None) if self.line else None

    @property
    def counts(self) -> Decimal:
        """What the line counts, after a decision."""
        objection = self.objection
        return objection.points if objection and objection.points is not None else self.points


@dataclass
class UnitSheet:
    """A unit's lines in a period."""

    unit: Unit
    base: Decimal
    rows: list[Row] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return self.base + sum((row.counts for row in self.rows), Decimal(0))

    @property
    def contested(self) -> int:
        return sum(row.objection is not None and row.objection.upheld is None for row in self.rows)


def sheets_of(units: Iterable[Unit], base: Decimal, rows: Mapping[int, list[Row]]) -> list[UnitSheet]:
    """One sheet for each unit, by name."""
    found = [UnitSheet(unit, base, rows.get(unit.pk, [])) for unit in units]
    return sorted(found, key=lambda sheet: (sheet.unit.pinyin, sheet.unit.pk))


def trial(authority: Unit, first_on: date, last_on: date) -> list[UnitSheet]:
    """Everybody's sheet as it would be published now."""
    scoring, _edition = rules_of(authority)
    lines = computed(authority, scoring, first_on, last_on)
    rows = {
        unit_id: [Row(one.rule.event, one.rule.duty, len(one.counted), one.points) for one in found]
        for unit_id, found in lines.items()
    }
    units = Unit.objects.filter(pk__in=scored_by(authority).values("unit"))
    return sheets_of(units, scoring.base, rows)


def visible_sheets(actor: Actor) -> QuerySet[ScoreSheet]:
    """The published sheets of which the actor may see a line, or which its own authority published."""
    seen = ScoreLine.objects.within(actor, Cap.VIEW).values("sheet")
    return ScoreSheet.objects.filter(pk__in=seen).select_related("unit")


def published(sheet: ScoreSheet, actor: Actor) -> list[UnitSheet]:
    """The unit sheets of a published period that the actor may see."""
    lines = ScoreLine.objects.within(actor, Cap.VIEW).filter(sheet=sheet)
    found = lines.select_related("unit").prefetch_related(Prefetch("objections"))
    rows: dict[int, list[Row]] = {}
    units: dict[int, Unit] = {}
    for one in found:
        units[one.unit_id] = one.unit
        row = Row(Event(one.event), one.duty, one.count, one.points, one)
        rows.setdefault(one.unit_id, []).append(row)
    return sheets_of(units.values(), sheet.scoring.base, rows)
