"""The sweep (巡检): whatever is due on the ladder is sounded once, recorded, and the next alarm set (DESIGN §3.1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.rows import update_each
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
    due = due.select_related("item__source")
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
    now, regimes = clock.now(), Regimes({one.issued_by_id for one in assignments})
    known = set(
        Effect.objects.filter(assignment__in=assignments).values_list("assignment_id", "rung", "base_at")
    )
    effects: list[Effect] = []
    proposing: list[tuple[Effect, Call]] = []
    layers: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for assignment in assignments:
        ladder = regimes[assignment.issued_by_id].ladder_for(assignment)
        calls = ladder.calls(assignment.stage, assignment.marks, assignment.swept_at, now)
        fresh = [call for call in calls if (assignment.pk, call.code, call.base_at) not in known]
        for layer, missed in enumerate(_by_wait(fresh)):
            highest = max(missed, key=_height)
            effects += [
                _effect(assignment, call, now, edition=ladder.edition, folded=call is not highest)
                for call in missed
            ]
            if highest.rung.step in PROPOSALS and highest.rung.proposes:
                proposing.append((effects[-len(missed) + missed.index(highest)], highest))
            folded = [call.code for call in missed if call is not highest]
            facts = {"rung": highest.code, "base": highest.base_at, "folded": folded or None}
            facts["ladder"] = ladder.edition
            layers[layer, _verb(highest)].append(Line(assignment, facts))
            assignment.version += 1
        assignment.set_alarm(ladder, swept_at=now)
    Effect.objects.bulk_create(effects, batch_size=2000)
    _propose(proposing)
    update_each(assignments, ["version", "swept_at", "next_alarm_at"])
    for (_layer, verb), lines in sorted(layers.items(), key=lambda one: one[0]):
        append_each(f"supervision.assignment.{verb}", actor=actor, lines=lines)


@step
def _propose(proposing: Sequence[tuple[Effect, Call]]) -> None:
    """Put before people what the rungs propose (拟办): about a unit the giver decides, about that who is above it.

    What a rule that counts has proposed before about the same date is not asked again.
    """
    if not proposing:
        return
    asked = set(
        Proposal.objects.settled_or_open()
        .filter(assignment__in=[effect.assignment_id for effect, _call in proposing])
        .values_list("assignment_id", "wait", "step", "base_at")
    )
    rows = [
        (effect, call, _awaited(effect.assignment, call.wait))
        for effect, call in proposing
        if (effect.assignment_id, call.wait, call.rung.step, effect.base_at) not in asked
    ]
    late = Unit.objects.select_related("parent").in_bulk(
        [unit for _effect, call, unit in rows if call.wait != Wait.DUE]
    )
    Proposal.objects.bulk_create(
        [
            Proposal(
                assignment=effect.assignment,
                effect=effect,
                step=call.rung.step,
                wait=call.wait,
                base_at=effect.base_at,
                unit_id=unit,
                proposed_at=effect.at,
                **_decided_by(effect.assignment, late.get(unit)),
            )
            for effect, call, unit in rows
        ]
    )


def _awaited(assignment: Assignment, wait: Wait) -> int:
    """The unit that is late."""
    if wait == Wait.DUE:
        return assignment.unit_id
    if wait == Wait.REVIEW and assignment.reviewer_id != assignment.issued_by_id:
        return assignment.reviewer_id
    return assignment.office_id or assignment.issued_by_id


def _decided_by(assignment: Assignment, late: Unit | None) -> dict[str, int | None]:
    if late is None:
        return {"issuer_id": assignment.issued_by_id, "office_id": assignment.office_id}
    above = late.parent or late  # nobody stands above the topmost: its own leader decides
    return {"issuer_id": above.authority_id, "office_id": None}


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


def _effect(
    assignment: Assignment, call: Call, now: datetime, *, edition: int | None, folded: bool
) -> Effect:
    return Effect(
        assignment=assignment,
        edition_id=edition,
        rung=call.code,
        base_at=call.base_at,
        called_at=call.at,
        at=now,
        proposes=call.rung.proposes,
        folded=folded,
    )
