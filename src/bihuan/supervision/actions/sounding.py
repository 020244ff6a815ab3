"""The sweep (巡检): whatever is due on the ladder is sounded once, recorded, and the next alarm set (DESIGN §3.1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.rows import insert_alike, update_each
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append_each
from bihuan.org.models import Unit
from bihuan.supervision.ladder import Call
from bihuan.supervision.models import Assignment, Effect, Proposal
from bihuan.supervision.queries.regimes import Regimes
from bihuan.supervision.rungs import PROPOSALS, Step, Wait

BATCH = 500


@action
def sound_alarms(*, actor: Actor, limit: int = BATCH) -> int:
    """Sound what is due (到时提醒), at most `limit` assignments; returns how many were taken.

    Workers share the work: what one holds the others skip, and whoever dies leaves its share due.
    """
    due = Assignment.objects.filter(next_alarm_at__lte=clock.now()).order_by("next_alarm_at", "pk")
    taken = list(due.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])
    sound(taken, actor=actor)
    return len(taken)


@step
def sound(assignments: Sequence[Assignment], *, actor: Actor) -> None:
    """Do the rungs that are due on locked assignments, and set when each is due again.

    Of the rungs of one wait that were missed together only the highest is sounded; the others are recorded as
    folded into it. Exactly one effect for each assignment, rung and date, whoever runs or crashes: the
    database refuses a second.
    """
    if not assignments:
        return
    now, regimes = clock.now(), Regimes({one.issued_by_id for one in assignments})
    if any(kind for regime in regimes.values() for kind in regime.editions):
        prefetch_related_objects(assignments, "item__source")  # a kind of source has a ladder of its own
    known = set(
        Effect.objects.filter(assignment__in=assignments).values_list("assignment_id", "rung", "base_at")
    )
    climbed: list[Climbed] = []
    layers: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for assignment in assignments:
        ladder = regimes[assignment.issued_by_id].ladder_for(assignment)
        calls = ladder.calls(assignment.stage, assignment.marks, assignment.swept_at, now)
        fresh = [call for call in calls if (assignment.pk, call.code, call.base_at) not in known]
        for layer, missed in enumerate(_by_wait(fresh)):
            highest = max(missed, key=_height)
            climbed += [Climbed(assignment, call, ladder.edition, call is not highest) for call in missed]
            folded = [call.code for call in missed if call is not highest]
            facts = {"rung": highest.code, "base": highest.base_at, "folded": folded or None}
            facts["ladder"] = ladder.edition
            layers[layer, _verb(highest)].append(Line(assignment, facts))
            assignment.version += 1
        assignment.set_alarm(ladder, swept_at=now)
    if climbed:
        _propose(zip(climbed, _record(climbed, now), strict=True), now)
    update_each(assignments, ["version", "swept_at", "next_alarm_at"])
    for (_layer, verb), lines in sorted(layers.items(), key=lambda one: one[0]):
        append_each(f"supervision.assignment.{verb}", actor=actor, lines=lines)


class Climbed(NamedTuple):
    """A rung that was reached: sounded, or folded into a higher one."""

    assignment: Assignment
    call: Call
    edition: int | None
    folded: bool


@step
def _record(climbed: Sequence[Climbed], now: datetime) -> list[int]:
    """Write the effects in one statement; gives their keys."""
    return insert_alike(
        Effect(at=now),
        assignment=[one.assignment.pk for one in climbed],
        edition=[one.edition for one in climbed],
        rung=[one.call.code for one in climbed],
        base_at=[one.call.base_at for one in climbed],
        called_at=[one.call.at for one in climbed],
        proposes=[one.call.rung.proposes for one in climbed],
        folded=[one.folded for one in climbed],
    )


@step
def _propose(recorded: Iterable[tuple[Climbed, int]], now: datetime) -> None:
    """Put before people what the rungs propose (拟办): about a unit the giver decides, about that who is above it.

    What a rule that counts has proposed before about the same date is not asked again.
    """
    proposing = [
        (one, key)
        for one, key in recorded
        if not one.folded and one.call.rung.proposes and one.call.rung.step in PROPOSALS
    ]
    if not proposing:
        return
    asked = set(
        Proposal.objects.settled_or_open()
        .filter(assignment__in=[one.assignment.pk for one, _key in proposing])
        .values_list("assignment_id", "wait", "step", "base_at")
    )
    rows = [
        (one, key, _awaited(one.assignment, one.call.wait))
        for one, key in proposing
        if (one.assignment.pk, one.call.wait, one.call.rung.step, one.call.base_at) not in asked
    ]
    late = Unit.objects.select_related("parent").in_bulk(
        [unit for one, _key, unit in rows if one.call.wait != Wait.DUE]
    )
    deciders = [_decided_by(one.assignment, late.get(unit)) for one, _key, unit in rows]
    insert_alike(
        Proposal(proposed_at=now),
        assignment=[one.assignment.pk for one, _key, _unit in rows],
        effect=[key for _one, key, _unit in rows],
        step=[one.call.rung.step.value for one, _key, _unit in rows],
        wait=[one.call.wait.value for one, _key, _unit in rows],
        base_at=[one.call.base_at for one, _key, _unit in rows],
        unit=[unit for _one, _key, unit in rows],
        issuer=[issuer for issuer, _office in deciders],
        office=[office for _issuer, office in deciders],
    )


def _awaited(assignment: Assignment, wait: Wait) -> int:
    """The unit that is late."""
    if wait == Wait.DUE:
        return assignment.unit_id
    if wait == Wait.REVIEW and assignment.reviewer_id != assignment.issued_by_id:
        return assignment.reviewer_id
    return assignment.office_id or assignment.issued_by_id


def _decided_by(assignment: Assignment, late: Unit | None) -> tuple[int | None, int | None]:
    """The authority that decides, and the office that acts for it."""
    if late is None:
        return assignment.issued_by_id, assignment.office_id
    above = late.parent or late  # nobody stands above the topmost: its own leader decides
    return above.authority_id, None


def _by_wait(calls: Iterable[Call]) -> list[list[Call]]:
    waits: dict[Wait, list[Call]] = defaultdict(list)
    for call in calls:
        waits[call.wait].append(call)
    return list(waits.values())


def _height(call: Call) -> tuple[bool, int]:
    """How high a rung stands: what comes again and again is no higher than the ladder itself."""
    return call.rung.step != Step.AGAIN, call.rung.offset


def _verb(call: Call) -> str:
    if call.rung.proposes:
        return "proposed"
    return "reminded" if call.rung.step in (Step.REMIND, Step.CALL) else "pressed"
