"""Steps shared by the actions of the loop; each needs an open transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.transactions import step
from bihuan.ledger.book import append, is_repeat
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment, Plan, Submission, Term
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.rules import Move


@step
def take(assignment_id: int, *, actor: Actor, cap: Cap, seen_version: int | None) -> Assignment:
    """Lock an assignment for a change by somebody who may make it.

    Raises DoesNotExist for what the actor may not know of, NotPermitted for what they may only see, AlreadyDone
    for the same intention again, StaleVersion where somebody was faster.
    """
    locked = Assignment.objects.select_for_update(of=("self",)).select_related("item", "item__plan", "unit")
    assignment = locked.filter(pk=assignment_id).first()
    if assignment is None or not _may(assignment, actor, cap):
        raise _not_yours(assignment_id, actor)
    if is_repeat(assignment, actor):
        raise AlreadyDone()
    try:
        assignment.check_version(seen_version)
    except StaleVersion as stale:
        raise _told_apart(stale, assignment) from None
    return assignment


@step
def take_plan(plan_id: int, *, actor: Actor, cap: Cap, seen_version: int | None = None) -> Plan:
    """Lock a plan for a change; raises as `take` does."""
    plan = (
        Plan.objects.within(actor, cap)
        .select_for_update(of=("self",))
        .select_related("source")
        .get(pk=plan_id)
    )
    if is_repeat(plan, actor):
        raise AlreadyDone()
    if seen_version is not None and seen_version != plan.version:
        raise StaleVersion(seen=seen_version, now=plan.version)
    return plan


@step
def settle(
    assignment: Assignment,
    verb: str,
    *,
    actor: Actor,
    move: Move | None = None,
    text: str = "",
    **facts: object,
) -> Entry:
    """Finish a change: stage, version, alarm, row, and the one entry that tells of it."""
    if move is not None:
        assignment.move(move)
    assignment.version += 1
    assignment.set_alarm()
    assignment.save()
    return append(f"supervision.assignment.{verb}", actor=actor, subject=assignment, text=text, **facts)


@step
def set_term(
    assignment: Assignment, kind: str, due_at: datetime, *, regime: Regime, rule: dict | None = None
) -> None:
    """Give an assignment another deadline, keep the former ones, and derive when its light changes."""
    assignment.due_at = due_at
    assignment.amber_at, assignment.strong_at = regime.lights(assignment.dispatched_at, due_at)
    Term.objects.create(
        assignment=assignment,
        kind=kind,
        from_at=clock.now(),
        due_at=due_at,
        rule=rule or {"due": due_at.isoformat()},
    )


@step
def lock_all(assignments: list[Assignment]) -> list[Assignment]:
    """The same assignments, locked and fresh, in the same order."""
    locked = Assignment.objects.select_for_update().order_by("pk").in_bulk([one.pk for one in assignments])
    return [locked[one.pk] for one in assignments]


def regime_for(assignment: Assignment) -> Regime:
    return regime_of(assignment.issued_by)


def signers(unit_id: int, *, besides: int | None = None) -> bool:
    """Whether somebody else holds the unit's sign-off; a one-person unit signs by submitting (DESIGN §3.0)."""
    posts = Appointment.objects.current(clock.today()).granting(Cap.SIGN_OFF).filter(unit=unit_id)
    return posts.exclude(person=besides).exists()


def authors(assignment: Assignment, submission: Submission | None = None) -> set[int]:
    """Everybody who reported on the assignment, or drafted or signed a submission: none of them may review it."""
    people = set(assignment.reports.values_list("person_id", flat=True))
    for drafted_by, signed_by in assignment.submissions.values_list("drafted_by", "signed_by"):
        people |= {drafted_by, signed_by}
    return people - {None}


def reviewers(unit_ids: Iterable[int], *, excluded: Iterable[int]) -> set[int]:
    """The people who may review for these units, without the excluded ones."""
    posts = Appointment.objects.current(clock.today()).granting(Cap.APPROVE).filter(unit__in=list(unit_ids))
    return set(posts.exclude(person__in=list(excluded)).values_list("person_id", flat=True))


def reviewing_units(assignment: Assignment) -> list[int]:
    """The authority that reviews, and the office that acts for it."""
    if assignment.office_id and assignment.reviewer_id == assignment.issued_by_id:
        return [assignment.reviewer_id, assignment.office_id]
    return [assignment.reviewer_id]


def choose_reviewer(assignment: Assignment) -> Unit:
    """The giver; where everybody there has a hand in the work, the first authority above that is free of it."""
    excluded = authors(assignment)
    unit: Unit | None = assignment.issued_by
    while unit is not None:
        places = [unit.pk, assignment.office_id] if unit.pk == assignment.issued_by_id else [unit.pk]
        if reviewers([place for place in places if place], excluded=excluded):
            return unit
        unit = unit.parent
    return assignment.issued_by


def refuse_author(assignment: Assignment, actor: Actor) -> None:
    """Whoever reported or signed may not judge it, in any appointment (DESIGN §3.0)."""
    if actor.person_id in authors(assignment):
        raise Refused(_("您填报或签批过这件办件，须由他人审核"), code="own_work")


def require(text: str, field: str, message: str) -> str:
    """A text that people must give; raises Refused at its field."""
    if not text.strip():
        raise Refused(message, code="required", field=field)
    return text.strip()


def _may(assignment: Assignment, actor: Actor, cap: Cap) -> bool:
    return actor.is_system or Assignment.objects.within(actor, cap).filter(pk=assignment.pk).exists()


def _not_yours(assignment_id: int, actor: Actor) -> Exception:
    if Assignment.objects.within(actor, Cap.VIEW).filter(pk=assignment_id).exists():
        return NotPermitted()
    return Assignment.DoesNotExist(f"no assignment {assignment_id} in scope")


def _told_apart(stale: StaleVersion, assignment: Assignment) -> StaleVersion:
    """The same refusal, saying what the faster one did."""
    last = Entry.objects.of(assignment).last()
    if last is None:
        return stale
    moment = last.at.astimezone(clock.OFFICE_TZ)
    return StaleVersion(
        _("%(post)s 已于 %(at)s 完成“%(verb)s”，您的操作没有生效，请核对最新情况后再试")
        % {"post": last.actor_post, "at": f"{moment:%m-%d %H:%M}", "verb": last.label},
        verb=last.verb,
        **stale.facts,
    )
