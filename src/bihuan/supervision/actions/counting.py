"""Counting what pressed (计次): where a rule's number is reached, its step is put before people, once (DESIGN §3.1)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.rows import update_each
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append_each
from bihuan.supervision.actions.steps import lock_all
from bihuan.supervision.counting import Counted, CountRule, Press, Scope, Standing
from bihuan.supervision.models import Assignment, Count, Effect, Proposal, Tally
from bihuan.supervision.queries.counting import Subject, presses, standings
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.rungs import Wait

OVERLAP = timedelta(minutes=5)
"""Transactions commit out of order: what is looked at begins so long before what was looked at last."""

AT_ONCE = timedelta(days=1)
"""How much time one run covers after an outage."""

SLICE = 2000  # subjects whose counts are worked out together


@dataclass(frozen=True)
class Found:
    """A count that is reached."""

    rule: CountRule
    edition: int | None
    standing: Standing

    @property
    def last(self) -> Press:
        return self.standing.times[-1]


@action
def count_presses(*, actor: Actor) -> bool:
    """Look at what pressed since the last time (计次), and propose what the rules say; False once nothing is left.

    A press counts once for a rule, however many workers run or crash: one counts at a time, what a proposal has
    counted is kept with it, and the database refuses a second effect for the same press.
    """
    now = clock.now()
    Count.objects.bulk_create([Count(pk=1, began_at=now, until=now)], ignore_conflicts=True)
    count = Count.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if count is None or count.until > now:
        return False  # another worker is at it, or the clock was put back
    until = min(now, count.until + AT_ONCE)
    recent = presses(Counted, after=max(count.began_at, count.until - OVERLAP), until=until)
    reached = _reached(recent, began_at=count.began_at, now=until) if recent else []
    by_rule: dict[tuple[int | None, str], list[Found]] = defaultdict(list)
    for one in reached:
        by_rule[one.edition, one.rule.code].append(one)
    for key in sorted(by_rule, key=str):
        _propose(by_rule[key], actor=actor)
    count.until = until
    count.save(update_fields=["until"])
    return until < now


@step
def _reached(recent: Sequence[Press], *, began_at: datetime, now: datetime) -> list[Found]:
    """The counts that these presses have brought to their number."""
    regimes = Regimes({one.issuer for one in recent})
    kinds = dict(
        Assignment.objects.filter(pk__in={one.assignment for one in recent}).values_list(
            "pk", "item__source__kind"
        )
    )
    subjects: dict[tuple[int | None, CountRule], set[Subject]] = defaultdict(set)
    for press in recent:
        edition, rules = regimes[press.issuer].counting_of(kinds[press.assignment])
        for rule in rules:
            if press.kind in rule.counted:
                subjects[edition, rule].add(rule.subject(press))
    found: list[Found] = []
    for (edition, rule), some in subjects.items():
        counting = replace(rule, since=rule.since or began_at)
        ordered = sorted(some)
        for start in range(0, len(ordered), SLICE):
            reached = standings(counting, ordered[start : start + SLICE], now=now)
            found += [Found(rule, edition, one) for one in reached.values() if len(one.times) >= rule.times]
    return found


@step
def _propose(found: Sequence[Found], *, actor: Actor) -> None:
    """Leave an effect, what it counted, a proposal and an entry for each count that one rule has reached."""
    now = clock.now()
    assignments = {one.pk: one for one in lock_all({one.last.assignment for one in found})}
    asked = set(
        Proposal.objects.settled_or_open()
        .filter(assignment__in=assignments, wait=Wait.DUE)
        .values_list("assignment_id", "step", "base_at")
    )
    found = [one for one in found if _is_new(one, assignments[one.last.assignment], asked)]
    effects = Effect.objects.bulk_create(
        [
            Effect(
                assignment=assignments[one.last.assignment],
                edition_id=one.edition,
                rung=f"{Wait.DUE}.{one.rule.code}",
                base_at=one.last.at,
                called_at=one.last.at,
                at=now,
                proposes=True,
            )
            for one in found
        ]
    )
    pairs = list(zip(found, effects, strict=True))
    Tally.objects.bulk_create([_tally(one, effect, now) for one, effect in pairs])
    Proposal.objects.bulk_create([_proposal(one, effect, now) for one, effect in pairs])
    for effect in effects:
        effect.assignment.version += 1
    update_each([effect.assignment for effect in effects], ["version"])
    lines = [Line(effect.assignment, _facts(one, effect)) for one, effect in pairs]
    append_each("supervision.assignment.proposed", actor=actor, lines=lines)


def _is_new(one: Found, assignment: Assignment, asked: set[tuple[int, str, datetime]]) -> bool:
    """About a unit always; about a matter while it runs and nobody was asked the same about its date already."""
    if one.rule.scope == Scope.UNIT:
        return True
    return assignment.is_open and (assignment.pk, one.rule.step.value, assignment.due_at) not in asked


def _tally(one: Found, effect: Effect, now: datetime) -> Tally:
    return Tally(
        effect=effect,
        code=one.rule.code,
        scope=one.rule.scope,
        issuer_id=one.last.issuer,
        unit_id=one.last.unit,
        times=len(one.standing.times),
        presses=[list(press.name) for press in one.standing.presses],
        at=now,
    )


def _proposal(one: Found, effect: Effect, now: datetime) -> Proposal:
    assignment = effect.assignment
    return Proposal(
        assignment=assignment,
        effect=effect,
        step=one.rule.step,
        wait=Wait.DUE,
        base_at=assignment.due_at,
        unit_id=assignment.unit_id,
        issuer_id=assignment.issued_by_id,
        office_id=assignment.office_id,
        proposed_at=now,
        stands=one.rule.scope == Scope.UNIT,
    )


def _facts(one: Found, effect: Effect) -> dict[str, object]:
    return {
        "rung": effect.rung,
        "base": effect.base_at,
        "ladder": one.edition,
        "counted": len(one.standing.times),
    }
