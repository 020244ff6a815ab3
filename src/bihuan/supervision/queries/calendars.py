"""Which stored moments of a running clock another state of the calendar changes (重算时限)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.ledger.rules import stream_of
from bihuan.org.models import Lineage
from bihuan.supervision.models import Assignment, Extension, Term
from bihuan.supervision.queries.dues import regions_among
from bihuan.supervision.queries.regimes import Regime, Regimes
from bihuan.supervision.rules import Duty, Stage
from bihuan.workdays.queries import Proposal
from bihuan.workdays.rights import Effect
from bihuan.workdays.rules import Calendar, derive_again

DERIVED = (Term.Kind.ORIGINAL, Term.Kind.CALENDAR)
FORESEEN = 2000  # clocks that are worked out one by one before a calendar is published


def changes_in(
    assignment: Assignment,
    last: Term | None,
    before: Regime,
    after: Regime,
    *,
    here: Calendar,
    lead_due: datetime | None = None,
) -> dict[str, datetime]:
    """The dates of one assignment that come out differently under the new calendar.

    A date that a person set stays. One that the program derived is known by its stored rule, or by being exactly
    what the old calendar gives: then the new calendar decides. Nothing moves into the past or is moved out of it.
    `here` is the new calendar where the unit itself lies, on whose days a span from service counts; `lead_due` is
    what the calendar has made of the lead's deadline, which an assisting unit's follows.
    """
    found = {"due_at": _due(assignment, last, before, after, here, lead_due)}
    if assignment.stage == Stage.DISPATCHED:
        start, priority = assignment.dispatched_at, assignment.item.priority
        if assignment.sign_by == before.sign_by(start, priority):
            found["sign_by"] = after.sign_by(start, priority)
    for name, start, figure in _terms_to_decide(assignment):
        if getattr(assignment, name) == before.workdays_from(start, figure):
            found[name] = after.workdays_from(start, figure)
    return {name: at for name, at in found.items() if at and at != getattr(assignment, name)}


def _terms_to_decide(assignment: Assignment) -> Iterator[tuple[str, datetime, str]]:
    """The terms that run for others than the unit: the moment, since when, and the parameter that gave it."""
    if assignment.stage == Stage.COMPLETED and assignment.completed_at:
        yield "decide_by", assignment.completed_at, "review.workdays"
    if assignment.stage == Stage.DECLINED and assignment.decide_by:
        yield "decide_by", _moved_at(assignment, "declined"), "decline.decide_workdays"
    if assignment.stage == Stage.ACCEPTED and assignment.accepted_at:
        yield "decide_by", assignment.accepted_at, "review.workdays"
    if assignment.answer_by:
        pending = assignment.extensions.filter(state=Extension.State.ENDORSED).first()
        if pending and pending.endorsed_at:
            yield "answer_by", pending.endorsed_at, "extension.decide_workdays"


def _moved_at(assignment: Assignment, verb: str) -> datetime:
    """When the stage was last entered that way; the row does not keep it, the ledger does."""
    entries = Entry.objects.filter(stream=stream_of(assignment), verb=f"supervision.assignment.{verb}")
    return entries.order_by("position").values_list("at", flat=True).last() or assignment.dispatched_at


def _due(
    assignment: Assignment,
    last: Term | None,
    before: Regime,
    after: Regime,
    here: Calendar,
    lead_due: datetime | None,
) -> datetime | None:
    if last is None or last.due_at != assignment.due_at:
        return None
    if "unit" in last.rule:
        return derive_again(last.rule, here).due_at
    if last.kind == Term.Kind.REMEDY:
        if last.due_at == before.workdays_from(last.from_at, "remedy.workdays"):
            return after.workdays_from(last.from_at, "remedy.workdays")
    elif last.kind in DERIVED and assignment.duty == Duty.ASSIST and assignment.lead:
        start, stated = assignment.dispatched_at, last.rule.get("lead_due")
        base = datetime.fromisoformat(stated) if stated else assignment.lead.original_due_at
        if last.due_at == before.assist_due(start, base):
            return after.assist_due(start, lead_due or base)
    return None


def rule_under(
    last: Term | None, due_at: datetime, here: Calendar, lead_due: datetime | None
) -> dict[str, Any]:
    """The rule to store with a date that was derived again."""
    if last is not None and "unit" in last.rule:
        return dict(derive_again(last.rule, here).rule)
    rule = {"due": due_at.isoformat(), "calendar": here.version}
    return rule | {"lead_due": lead_due.isoformat()} if lead_due else rule


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
        below = Lineage.objects.filter(region).values("descendant")
        running = running.filter(Q(issued_by__in=below) | Q(unit__in=below))
    derived = Term.objects.filter(Q(rule__has_key="unit") | Q(kind=Term.Kind.REMEDY)).values("assignment")
    movable = running.filter(Q(duty=Duty.ASSIST) | Q(pk__in=derived)).select_related("item", "lead")
    chosen = list(movable.order_by("pk")[:FORESEEN])
    last = {term.assignment_id: term for term in Term.objects.filter(assignment__in=chosen).order_by("pk")}
    regimes, moving = Regimes(), 0
    regions = regions_among({one.unit_id for one in chosen})
    local = {code: proposal.calendar_for(code or None) for code in {"", *regions.values()}}
    for one in chosen:
        before = regimes[one.issued_by_id]
        after = under(before, proposal.calendar_for(before.region))
        here = local[regions.get(one.unit_id, "")]
        moving += "due_at" in changes_in(one, last.get(one.pk), before, after, here=here)
    return Effect(running.count(), moving)
