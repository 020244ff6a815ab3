"""What waits for a decision (拟办待签), each with the reason why it was proposed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Plan, Proposal, Tally
from bihuan.supervision.models.ladders import rung_behind
from bihuan.supervision.models.proposals import ProposalQuerySet
from bihuan.supervision.queries.counting import Told, counted_by
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.rungs import HELD, Wait

CHOICES = 100  # units or plans to choose from
MOOT = "moot"


@dataclass(frozen=True)
class Asked:
    """The filter of the list; every value stands in the address."""

    state: str = Proposal.State.PENDING
    step: str = ""
    plan: int | None = None
    unit: int | None = None  # this one and everything below it


def proposals(actor: Actor, asked: Asked | None = None) -> ProposalQuerySet:
    """The proposals that the actor decides, or has seen decided; without a filter those that wait.

    Those that wait about the same matter stand together, the longest overdue first, so that one look decides about
    them; what was decided comes latest first.
    """
    asked = asked or Asked()
    rows = Proposal.objects.within(actor, Cap.VIEW)
    if asked.state == Proposal.State.PENDING:
        rows = rows.pending()
    elif asked.state == MOOT:
        rows = rows.moot()
    else:
        rows = rows.filter(state=asked.state)
    if asked.step:
        rows = rows.filter(step=asked.step)
    if asked.plan:
        rows = rows.filter(assignment__item__plan=asked.plan)
    if asked.unit:
        rows = rows.filter(unit__in=Lineage.objects.filter(ancestor=asked.unit).values("descendant"))
    if asked.state in (Proposal.State.PENDING, MOOT):
        return rows.order_by("base_at", "assignment", "proposed_at", "pk")
    return rows.order_by("-decided_at", "-pk")


def units_proposed(actor: Actor) -> list[tuple[int, str]]:
    """The units that any proposal in scope is about."""
    mine = Proposal.objects.within(actor, Cap.VIEW)
    units = Unit.objects.filter(pk__in=mine.order_by().values("unit")).order_by("sort_order", "pk")
    return list(units.values_list("pk", "short_name")[:CHOICES])


def plans_proposed(actor: Actor) -> list[tuple[int, str]]:
    mine = Proposal.objects.within(actor, Cap.VIEW)
    plans = Plan.objects.filter(pk__in=mine.order_by().values("assignment__item__plan"))
    return list(plans.order_by("-issued_at", "-pk").values_list("pk", "title")[:CHOICES])


@dataclass(frozen=True)
class Why:
    """A proposal with the grounds it rests on."""

    proposal: Proposal
    rung: Any  # what the authority calls the step
    late: int  # workdays between the date that passed and the decision, or today
    held_until: date | None  # an accepted explanation holds this step until then
    is_pending: bool
    counted: Sequence[Told] = ()  # the presses that a rule counted

    @property
    def wait(self) -> Any:
        return Wait(self.proposal.wait).label


def whys(proposals: Sequence[Proposal]) -> list[Why]:
    """Each with its grounds, in a few more queries however many."""
    regimes, today = Regimes({one.issuer_id for one in proposals}), clock.today()
    waiting = set(
        Proposal.objects.pending().filter(pk__in=[one.pk for one in proposals]).values_list("pk", flat=True)
    )
    counted = counted_by(Tally.objects.filter(effect__in=[one.effect_id for one in proposals]))
    found = []
    for one in proposals:
        effect = one.effect
        code = effect.rung.partition(".")[2]
        rung = rung_behind(effect.edition, Wait(one.wait), code)
        held = one.assignment.held_until if one.step in HELD else None
        until = clock.office_day(one.decided_at) if one.decided_at else today
        late = regimes[one.issuer_id].calendar.workdays_between(clock.office_day(one.base_at), until)
        found.append(
            Why(
                one,
                rung.label if rung else one.get_step_display(),
                late,
                held if held and held >= today else None,
                one.pk in waiting,
                counted.get(one.effect_id, ()),
            )
        )
    return found


def as_shown(rows: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """With everything a line says."""
    return rows.select_related(
        "assignment__item__source", "assignment__item__plan", "unit", "issuer", "effect__edition", "paper"
    )


def chosen(actor: Actor, keys: Iterable[int]) -> list[Why]:
    """Those of a selection that the actor decides, in the order of the list."""
    rows = Proposal.objects.within(actor, Cap.URGE).filter(pk__in=list(keys))
    return whys(list(as_shown(rows)))
