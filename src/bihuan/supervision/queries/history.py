"""How an assignment stood on a past day: stage and light are computed, so they can be computed again (DESIGN §3)."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from bihuan.ledger.models import Entry
from bihuan.supervision import rules
from bihuan.supervision.models import Assignment, Term
from bihuan.supervision.rules import Clock, Light, Stage

STAGE_AFTER: dict[str, Stage] = {
    "dispatched": Stage.DISPATCHED,
    "signed": Stage.WORKING,
    "declined": Stage.DECLINED,
    "insisted": Stage.DISPATCHED,
    "reassigned": Stage.REASSIGNED,
    "broken_down": Stage.WORKING,
    "reported": Stage.WORKING,
    "completed": Stage.COMPLETED,
    "returned": Stage.WORKING,
    "accepted": Stage.ACCEPTED,
    "publicised": Stage.PUBLICISED,
    "objected": Stage.WORKING,
    "written_off": Stage.WRITTEN_OFF,
    "cancelled": Stage.CANCELLED,
    "joined": Stage.REASSIGNED,
}
"""What each kind of entry says about the stage; an objection only where it was founded."""

PREFIX = "supervision.assignment."


def stage_at(assignment: Assignment, at: datetime) -> Stage | None:
    """The stage at a moment, from the trail; None before it was dispatched."""
    telling = Entry.objects.of(assignment).filter(
        at__lte=at, verb__in=[PREFIX + verb for verb in STAGE_AFTER]
    )
    unfounded = Q(verb=f"{PREFIX}objected", facts__founded=False)
    last = telling.exclude(unfounded).order_by("position").last()
    return STAGE_AFTER[last.verb.removeprefix(PREFIX)] if last else None


def last_terms(assignments: Collection[Assignment] | Collection[int]) -> dict[int, Term]:
    """The deadline in force of each, with the rule that gave it, by the assignment's number."""
    found = Term.objects.filter(assignment__in=assignments).order_by("from_at", "pk")
    return {term.assignment_id: term for term in found}


def clock_at(assignment: Assignment, at: datetime) -> Clock | None:
    """The marks from which the light of that moment follows."""
    stage = stage_at(assignment, at)
    term = assignment.terms.filter(from_at__lte=at).order_by("from_at", "pk").last()
    if stage is None or term is None:
        return None
    sent_back = Entry.objects.of(assignment).filter(at__lte=at, verb=f"{PREFIX}report_returned")
    returned = [entry.facts["report"] for entry in sent_back]
    report = assignment.reports.filter(reported_at__lte=at).exclude(pk__in=returned).first()
    stopped = assignment.suspensions.filter(
        Q(resumed_at__isnull=True) | Q(resumed_at__gt=at), from_at__lte=at
    )
    pending = assignment.extensions.filter(
        Q(decided_at__isnull=True) | Q(decided_at__gt=at), endorsed_at__lte=at
    )
    override = assignment.overrides.filter(from_at__lte=at).first()
    return Clock(
        stage=stage,
        due_at=term.due_at,
        amber_at=term.amber_at,
        strong_at=term.strong_at,
        reported_at=report.reported_at if report else None,
        slot_opened_at=_slot_opened(assignment, at),
        suspended=stopped.exists(),
        extension_pending=pending.exists(),
        override=override.light if override else "",
        override_until=override.until_at if override else None,
    )


def _slot_opened(assignment: Assignment, at: datetime) -> datetime | None:
    """When the slot opened that was open then."""
    open_then = Q(closed_at__isnull=True) | Q(window_until__gte=at)
    slots = assignment.slots.filter(open_then, opened_at__lte=at).order_by("opened_at")
    return slots.values_list("opened_at", flat=True).last()


def light_at(assignment: Assignment, at: datetime) -> Light | None:
    """The light of a past moment; None before there was one."""
    clock = clock_at(assignment, at)
    return rules.light_of(clock, at) if clock else None
