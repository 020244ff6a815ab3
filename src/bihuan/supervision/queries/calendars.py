"""Which stored moments of a running clock another state of the calendar changes (重算时限)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from bihuan.kernel import clock
from bihuan.org.models import Lineage
from bihuan.supervision.models import Assignment, Term
from bihuan.supervision.queries.regimes import Regime, Regimes
from bihuan.supervision.rules import Duty, Stage
from bihuan.workdays.queries import Proposal
from bihuan.workdays.rights import Effect
from bihuan.workdays.rules import Calendar, derive_again

FORESEEN = 2000  # clocks that are worked out one by one before a calendar is published


def changes_in(
    assignment: Assignment, last: Term | None, before: Regime, after: Regime
) -> dict[str, datetime]:
    """The dates of one assignment that come out differently under the new calendar.

    A date that a person set stays. One that the program derived is known by its stored rule, or by being exactly
    what the old calendar gives: then the new calendar decides. Nothing moves into the past or is moved out of it.
    """
    found = {"due_at": _due(assignment, last, before, after)}
    if assignment.stage == Stage.DISPATCHED:
        start, priority = assignment.dispatched_at, assignment.item.priority
        if assignment.sign_by == before.sign_by(start, priority):
            found["sign_by"] = after.sign_by(start, priority)
    if assignment.stage == Stage.COMPLETED and assignment.completed_at:
        start = assignment.completed_at
        if assignment.decide_by == before.workdays_from(start, "review.workdays"):
            found["decide_by"] = after.workdays_from(start, "review.workdays")
    return {name: at for name, at in found.items() if at and at != getattr(assignment, name)}


def _due(assignment: Assignment, last: Term | None, before: Regime, after: Regime) -> datetime | None:
    if last is None or last.due_at != assignment.due_at:
        return None
    if "unit" in last.rule:
        return derive_again(last.rule, after.calendar).due_at
    if last.kind == Term.Kind.REMEDY:
        if last.due_at == before.workdays_from(last.from_at, "remedy.workdays"):
            return after.workdays_from(last.from_at, "remedy.workdays")
    elif last.kind == Term.Kind.ORIGINAL and assignment.duty == Duty.ASSIST and assignment.lead:
        start, lead_due = assignment.dispatched_at, assignment.lead.original_due_at
        if last.due_at == before.assist_due(start, lead_due):
            return after.assist_due(start, lead_due)
    return None


def rule_under(last: Term | None, due_at: datetime, calendar: Calendar) -> dict[str, Any]:
    """The rule to store with a date that was derived again."""
    if last is not None and "unit" in last.rule:
        return dict(derive_again(last.rule, calendar).rule)
    return {"due": due_at.isoformat(), "calendar": calendar.version}


def under(regime: Regime, calendar: Calendar) -> Regime:
    """The same figures on other days."""
    return replace(regime, calendar=calendar)


def effect_of(proposal: Proposal) -> Effect:
    """How many running clocks pass over the days that would change, and how many deadlines would move.

    Of very many only the first 2,000 that can move at all are worked out: the figure is a look ahead, not a record.
    """
    days = proposal.changed_days()
    if not days:
        return Effect(0, 0)
    running = Assignment.objects.open().filter(
        dispatched_at__lte=clock.end_of(days[-1]), due_at__date__gte=days[0], due_at__gt=clock.now()
    )
    if proposal.region_code:
        region = Q(ancestor__region_code__startswith=proposal.region_code.rstrip("0"))
        running = running.filter(issued_by__in=Lineage.objects.filter(region).values("descendant"))
    derived = Term.objects.filter(Q(rule__has_key="unit") | Q(kind=Term.Kind.REMEDY)).values("assignment")
    movable = running.filter(Q(duty=Duty.ASSIST) | Q(pk__in=derived)).select_related("item", "lead")
    chosen = list(movable.order_by("pk")[:FORESEEN])
    last = {term.assignment_id: term for term in Term.objects.filter(assignment__in=chosen).order_by("pk")}
    regimes, moving = Regimes(), 0
    for one in chosen:
        before = regimes[one.issued_by_id]
        after = under(before, proposal.calendar_for(before.region))
        moving += "due_at" in changes_in(one, last.get(one.pk), before, after)
    return Effect(running.count(), moving)
