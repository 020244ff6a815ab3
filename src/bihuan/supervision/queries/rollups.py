"""What a list amounts to: lights and progress per leaf from SQL, summed upward along the tree (汇总).

A number on a page and the list behind it are the same queryset: `standing`, narrowed the same way.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from bihuan.kernel import clock
from bihuan.supervision.models import Assignment, Item
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.rules import ENDED, RUNNING, Duty, Stage

GONE = (Stage.REASSIGNED, Stage.CANCELLED)
WORST_FIRST = ("r", "yy", "y", "g", "w", "c")
"""Lights as pages show them; 延期待批 is late only provisionally and counts as 临期."""


def standing(assignments: AssignmentQuerySet) -> AssignmentQuerySet:
    """What counts today: of each item and unit the latest round of the latest period, nothing called off."""
    later = Assignment.objects.filter(item=OuterRef("item"), unit=OuterRef("unit")).exclude(stage__in=GONE)
    later = later.filter(
        Q(period__gt=OuterRef("period")) | Q(period=OuterRef("period"), round__gt=OuterRef("round"))
    )
    return assignments.exclude(stage__in=GONE).filter(~Exists(later))


def light_at(at: datetime) -> Case:
    """`rules.light_of` in SQL, as one of `WORST_FIRST`."""
    since = Coalesce("slot_opened_at", "amber_at")
    return Case(
        When(stage__in=ENDED, then=Value("c")),
        When(~Q(stage__in=RUNNING) | Q(suspended_at__isnull=False), then=Value("w")),
        When(due_at__lt=at, answer_by__isnull=False, then=Value("y")),
        When(due_at__lt=at, then=Value("r")),
        When(override_until__gte=at, then=F("override")),
        When(strong_at__lte=at, then=Value("yy")),
        When(reported_at__gte=since, then=Value("g")),
        When(amber_at__lte=at, then=Value("y")),
        default=Value("g"),
        output_field=CharField(),
    )


def worst(lights: Mapping[str, int]) -> str:
    """The worst light of which there is at least one; nothing where there is none."""
    return next((letter for letter in WORST_FIRST if lights.get(letter)), "")


@dataclass
class Tally:
    """What was given out under an item (汇总).

    `progress` sums the leaves' own progress, `leaves` are those that have any: the roll-up is their mean.
    A leaf's own is the mean of its lead units', 100 where written off, 0 where nothing was said (DESIGN §3).
    """

    lights: Counter[str] = field(default_factory=Counter)
    leads: int = 0
    progress: float = 0.0
    leaves: int = 0
    unsigned: int = 0
    given_at: datetime | None = None
    due_at: datetime | None = None
    lead_unit: str = ""  # of one lead unit
    only_id: int | None = None  # the assignment, where there is a single one

    @property
    def total(self) -> int:
        return self.lights.total()

    @property
    def percent(self) -> int | None:
        return round(self.progress / self.leaves) if self.leaves else None

    @property
    def worst(self) -> str:
        return worst(self.lights)

    def add(self, other: "Tally") -> None:
        self.lights += other.lights
        self.leads += other.leads
        self.progress += other.progress
        self.leaves += other.leaves
        self.unsigned += other.unsigned
        self.given_at = min(filter(None, [self.given_at, other.given_at]), default=None)
        self.due_at = max(filter(None, [self.due_at, other.due_at]), default=None)


def tallies(assignments: AssignmentQuerySet, at: datetime) -> dict[int, Tally]:
    """One tally per item, in one query however many assignments there are."""
    lead = Q(duty=Duty.LEAD)
    said = Case(
        When(stage=Stage.WRITTEN_OFF, then=Value(100)),
        default=Coalesce(F("progress"), Value(0), output_field=IntegerField()),
        output_field=IntegerField(),
    )
    rows = (
        standing(assignments)
        .annotate(light=light_at(at))
        .order_by()
        .values("item_id", "light")
        .annotate(
            n=Count("pk"),
            leads=Count("pk", filter=lead),
            said=Sum(said, filter=lead),
            unsigned=Count("pk", filter=Q(stage=Stage.DISPATCHED)),
            given_at=Min("dispatched_at"),
            due=Max("due_at", filter=lead),
            lead_unit=Min("unit__short_name", filter=lead),
            only=Min("pk"),
        )
    )
    found: dict[int, Tally] = {}
    for row in rows:
        tally = found.setdefault(row["item_id"], Tally(given_at=row["given_at"]))
        tally.lights[row["light"]] += row["n"]
        tally.leads += row["leads"]
        tally.progress += row["said"] or 0
        tally.unsigned += row["unsigned"]
        tally.given_at = min(tally.given_at, row["given_at"])
        tally.due_at = max(filter(None, [tally.due_at, row["due"]]), default=None)
        tally.lead_unit = tally.lead_unit or row["lead_unit"] or ""
        tally.only_id = row["only"] if tally.total == 1 else None
    for tally in found.values():
        if tally.leads:
            tally.progress, tally.leaves = tally.progress / tally.leads, 1
    return found


@dataclass
class Branch:
    """An item with its parts and what they amount to."""

    item: Item
    parts: list["Branch"] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    @property
    def is_leaf(self) -> bool:
        return not self.parts

    @property
    def leaves(self) -> int:
        return sum(part.leaves for part in self.parts) or 1

    @property
    def due_on(self) -> date | None:
        """A leaf's own deadline, as extended where only one unit has it; of the others the latest below."""
        if self.is_leaf and self.tally.leads != 1:
            return self.item.due_on
        if self.is_leaf and self.item.long_term:
            return None
        return clock.office_day(self.tally.due_at) if self.tally.due_at else self.item.due_on

    def walk(self) -> Iterator["Branch"]:
        yield self
        for part in self.parts:
            yield from part.walk()


def branches(items: Iterable[Item], found: Mapping[int, Tally]) -> list[Branch]:
    """The items as a tree with their tallies summed upward; `items` have parents before children."""
    known: dict[int, Branch] = {}
    roots: list[Branch] = []
    for item in items:
        known[item.pk] = branch = Branch(item)
        above = known.get(item.parent_id) if item.parent_id else None
        (above.parts if above else roots).append(branch)
    for root in roots:
        _sum_up(root, found)
    return roots


def total_of(roots: Iterable[Branch]) -> Tally:
    """Everything under these branches."""
    total = Tally()
    for root in roots:
        total.add(root.tally)
    return total


def pruned(roots: Iterable[Branch], keep: Callable[[Branch], bool]) -> list[Branch]:
    """Only the leaves that are wanted, with what leads to them; the sums stay those of the whole list."""
    kept = []
    for branch in roots:
        parts = pruned(branch.parts, keep)
        if parts or (branch.is_leaf and keep(branch)):
            kept.append(Branch(branch.item, parts, branch.tally))
    return kept


def elapsed(begins_on: date | None, due_on: date | None, today: date) -> int | None:
    """How much of the time is over, in per cent."""
    if begins_on is None or due_on is None or due_on < begins_on:
        return None
    days = (due_on - begins_on).days + 1
    return min(100, max(0, round(100 * ((today - begins_on).days + 1) / days)))


def _sum_up(branch: Branch, found: Mapping[int, Tally]) -> None:
    for part in branch.parts:
        _sum_up(part, found)
        branch.tally.add(part.tally)
    own = found.get(branch.item.pk)
    if own is not None and branch.is_leaf:
        branch.tally = own
    elif own is not None:  # given out before it was broken into parts by an amendment
        branch.tally.add(own)
