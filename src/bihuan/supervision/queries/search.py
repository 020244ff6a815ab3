"""Searching by words (搜索): assignments, plans and units within one's scope, behind one function.

Two characters must find something, which is what most Chinese terms have; so nothing here counts letters.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Appointment, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.queries.registers import as_shown
from bihuan.supervision.queries.units import matching

SHOWN = 20


@dataclass(frozen=True)
class Found:
    """What was found of each kind (搜索结果), at most SHOWN, and whether there is more."""

    assignments: list[Assignment]
    plans: list[Plan]
    units: list[Unit]
    more_assignments: bool = False
    more_plans: bool = False
    more_units: bool = False

    @property
    def count(self) -> int:
        return len(self.assignments) + len(self.plans) + len(self.units)


def find(actor: Actor, text: str) -> Found:
    """Everything the actor may see that the words fit: all of them, each anywhere in title, number or unit."""
    words = text.split()[:5]
    if not words:
        return Found([], [], [])
    assignments = Assignment.objects.within(actor, Cap.VIEW)
    plans = Plan.objects.within(actor, Cap.VIEW)
    for word in words:
        assignments = assignments.filter(_in_assignment(word))
        plans = plans.filter(Q(title__icontains=word) | Q(source__number__icontains=word))
    rows = list(as_shown(assignments).order_by("-dispatched_at", "-pk")[: SHOWN + 1])
    lists = list(plans.select_related("source", "issuer").order_by("-issued_at", "-pk")[: SHOWN + 1])
    units = _units(actor, text.strip())
    return Found(
        rows[:SHOWN],
        lists[:SHOWN],
        units[:SHOWN],
        len(rows) > SHOWN,
        len(lists) > SHOWN,
        len(units) > SHOWN,
    )


def _in_assignment(word: str) -> Q:
    return (
        Q(item__title__icontains=word)
        | Q(item__source__number__icontains=word)
        | Q(item__source__title__icontains=word)
        | Q(unit__name__icontains=word)
        | Q(unit__short_name__icontains=word)
    )


def _units(actor: Actor, text: str) -> list[Unit]:
    """Units by name or pinyin, and those in which somebody of that name holds a post."""
    seen = Unit.objects.current(clock.today()).filter(pk__in=units_where(actor, Cap.VIEW))
    named = list(matching(seen, text)[: SHOWN + 1])
    posts = Appointment.objects.current(clock.today()).filter(unit=OuterRef("pk"), person__name=text)
    held = seen.filter(Exists(posts)).exclude(pk__in=[unit.pk for unit in named])
    return named + list(held.order_by("sort_order", "pinyin")[: SHOWN + 1])
