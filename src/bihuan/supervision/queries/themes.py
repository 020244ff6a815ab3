"""Light rules (亮灯规则): what is under a version, what it would change now, and what an authority works by."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.supervision import rules
from bihuan.supervision.models import Assignment, ThemeEdition
from bihuan.supervision.models.editions import EditionState
from bihuan.supervision.queries.regimes import editions_of, regime_of
from bihuan.supervision.rules import SETTABLE, Clock, Light

SHOWN = 60  # changed assignments that are listed one by one
MARKS = ("stage", "dispatched_at", "due_at", "amber_at", "strong_at", "reported_at", "slot_opened_at")


@dataclass(frozen=True)
class Change:
    """An assignment whose light would change."""

    assignment: Assignment
    before: Light
    after: Light


@dataclass
class Preview:
    """How the lights stand now, and how they would under a draft (亮灯预演)."""

    open_count: int = 0
    before: Counter[Light] = field(default_factory=Counter)
    after: Counter[Light] = field(default_factory=Counter)
    changed: int = 0
    changes: list[Change] = field(default_factory=list)

    @property
    def lines(self) -> list[tuple[Light, int, int]]:
        return [(light, self.before[light], self.after[light]) for light in reversed(SETTABLE)]


def open_under(edition: ThemeEdition) -> QuerySet[Assignment]:
    """What is open and given by the authority or below it, of the kind that the version is for."""
    below = Lineage.objects.filter(ancestor=edition.unit_id).values("descendant")
    rows = Assignment.objects.open().filter(issued_by__in=below)
    return rows.filter(item__source__kind=edition.kind) if edition.kind else rows


def governed_by(edition: ThemeEdition) -> QuerySet[Assignment]:
    """The same without what a nearer authority, or rules for a single kind, decide."""
    rows = open_under(edition)
    settled = ThemeEdition.objects.in_force()
    below = Lineage.objects.filter(ancestor=edition.unit_id).values("descendant")
    nearer = settled.exclude(unit=edition.unit_id).filter(unit__in=below, kind__in={"", edition.kind})
    kept = Lineage.objects.filter(ancestor__in=nearer.values("unit")).values("descendant")
    rows = rows.exclude(issued_by__in=kept)
    if edition.kind:
        return rows
    narrower = settled.filter(unit=edition.unit_id).exclude(kind="").values_list("kind", flat=True)
    return rows.exclude(item__source__kind__in=list(narrower))


def preview(edition: ThemeEdition, actor: Actor) -> Preview:
    """How many lights would change now, and which (the computed ones: a light set by hand stays).

    Only what runs and is not overdue can change, and what has the same dates is computed once.
    """
    at, found = clock.now(), Preview()
    rows = governed_by(edition)
    found.open_count = rows.count()
    regime, dates = regime_of(edition.unit_id), {}
    changed: dict[int, tuple[Light, Light]] = {}
    running = rows.running().filter(due_at__gte=at).order_by("due_at", "pk")  # type: ignore[attr-defined]
    for pk, *marks in running.values_list("pk", *MARKS).iterator():
        told: dict[str, Any] = dict(zip(MARKS, marks, strict=True))
        key: tuple[datetime, datetime] = (told.pop("dispatched_at"), told["due_at"])
        if key not in dates:
            dates[key] = edition.theme.moments(*key, regime.calendar)
        before = rules.computed_light(Clock(**told), at)
        told["amber_at"], told["strong_at"] = dates[key]
        after = rules.computed_light(Clock(**told), at)
        found.before[before] += 1
        found.after[after] += 1
        if before != after:
            changed[pk] = (before, after)
    found.changed = len(changed)
    found.changes = _listed(changed, actor)
    return found


def _listed(changed: Mapping[int, tuple[Light, Light]], actor: Actor) -> list[Change]:
    visible = Assignment.objects.within(actor, Cap.VIEW).filter(pk__among=changed.keys())
    rows = visible.select_related("item", "unit").order_by("due_at", "pk")[:SHOWN]
    return [Change(one, *changed[one.pk]) for one in rows]


@dataclass
class Settled:
    """By which light rules an authority works for one kind of matter, and what lies in draft."""

    kind: str
    label: str
    counting: Any  # the edition that counts; None: the default
    is_own: bool
    draft: Any
    former: list[Any]


def settled(unit: Unit, labels: Mapping[str, str], model: Any = ThemeEdition) -> list[Settled]:
    """Every kind of matter that has rules of its own here or above, the general ones first.

    `model` is another thing that is settled in versions: then the kinds are its own.
    """
    counting = editions_of(unit.pk, model)
    own: dict[str, list[Any]] = defaultdict(list)
    for edition in model.objects.filter(unit=unit).order_by("-number", "-pk"):
        own[edition.kind].append(edition)
    found = []
    for kind in ["", *sorted(({*own, *counting}) - {""})]:
        chosen, mine = counting.get(kind) or counting.get(""), own.get(kind, [])
        found.append(
            Settled(
                kind,
                labels.get(kind, kind),
                chosen,
                chosen is not None and chosen.unit_id == unit.pk and chosen.kind == kind,
                next((one for one in mine if one.state == EditionState.DRAFT), None),
                [one for one in mine if one.state == EditionState.SUPERSEDED],
            )
        )
    return found
