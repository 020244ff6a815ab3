"""Steps shared by the actions of the loop; each needs an open transaction.

Locks: a plan before its assignments, several assignments in the order of their keys, and never the key itself
(`FOR NO KEY UPDATE`), so that rows which only point to a locked one need not wait. So no two actions wait for
each other in a circle.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor, system
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.rows import update_each, update_one
from bihuan.kernel.statements import KEY, PERSON, UNIT, Written
from bihuan.kernel.transactions import step
from bihuan.ledger.book import Line, append, append_each, is_repeat
from bihuan.ledger.models import Entry
from bihuan.org.models import Appointment, Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import Standing, assuming, standing_of
from bihuan.supervision.actions.sounding import sound
from bihuan.supervision.dues import Due, DueRule
from bihuan.supervision.models import Assignment, Extension, Plan, Report, Submission, Suspension, Term
from bihuan.supervision.queries.dues import regions_among
from bihuan.supervision.queries.pauses import forget_pauses
from bihuan.supervision.queries.regimes import Regime, Regimes, regime_of
from bihuan.supervision.rules import Duty, Move, Stage
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Deadline, derive_again

LAST_YEAR = 2099  # of a deadline: what lies behind it is mistyped
PENDING = (Extension.State.ASKED, Extension.State.ENDORSED)


@step
def take(
    assignment_id: int,
    *,
    actor: Actor,
    cap: Cap | Collection[Cap],
    seen_version: int | None,
    along: Callable[[int], Iterable[int]] | None = None,
) -> Assignment:
    """Lock an assignment for a change by somebody who may make it, by one capability or by any of several.

    Raises DoesNotExist for what the actor may not know of, NotPermitted for what they may only see, AlreadyDone
    for the same intention again, StaleVersion where somebody was faster. Rungs of the ladder that are due are
    sounded first: no change of state may swallow one. `along` gives the keys of what will change with it.
    """
    caps = (cap,) if isinstance(cap, str) else tuple(cap)
    if along is not None and _allowed(actor, caps).filter(pk=assignment_id).exists():
        _lock([assignment_id, *along(assignment_id)])
    standing = None if actor.is_system else standing_of(actor)
    taken = _taking(standing.role if standing else None, caps).fetch(
        key=assignment_id, unit=standing.unit_id if standing else None
    )
    if not taken:
        raise _not_yours(assignment_id, actor)
    assignment: Assignment = taken[0]
    assignment.__dict__["_taken"] = _columns(assignment)
    if is_repeat(assignment, actor):
        raise AlreadyDone()
    try:
        assignment.check_version(seen_version)
    except StaleVersion as stale:
        raise _told_apart(stale, assignment) from None
    _catch_up([assignment])
    return assignment


@step
def lock_all(assignments: Iterable[Assignment | int]) -> list[Assignment]:
    """The same assignments, locked in the order of their keys, and fresh."""
    keys = [one if isinstance(one, int) else one.pk for one in assignments]
    locked = list(_lockable(Assignment.objects.filter(pk__in=keys)).order_by("pk"))
    _catch_up(locked)
    return locked


@step
def take_plan(plan_id: int, *, actor: Actor, cap: Cap, seen_version: int | None = None) -> Plan:
    """Lock a plan for a change; raises as `take` does."""
    plan = (
        Plan.objects.within(actor, cap)
        .select_for_update(of=("self",), no_key=True)
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
    watched_from: datetime | None = None,
    **facts: object,
) -> Entry:
    """Finish a change: stage, version, alarm, row, and the one entry that tells of it.

    `watched_from` is given where the ladder was at rest: the rungs since then are due now (see `rewatched`).
    """
    if move is not None:
        assignment.move(move)
    assignment.version += 1
    assignment.set_alarm(regime_for(assignment).ladder_for(assignment), swept_at=watched_from or clock.now())
    update_one(assignment, _changed(assignment))
    return append(f"supervision.assignment.{verb}", actor=actor, subject=assignment, text=text, **facts)


@step
def settle_all(
    assignments: Sequence[Assignment],
    verb: str,
    *,
    actor: Actor,
    changed: Sequence[str],
    move: Move | None = None,
    text: str = "",
    facts: Callable[[Assignment], dict[str, Any]] = lambda assignment: {},
) -> None:
    """Finish the same change to many locked assignments in a few statements; `changed` names its fields."""
    now, regimes = clock.now(), Regimes({one.issued_by_id for one in assignments})
    for assignment in assignments:
        if move is not None:
            assignment.move(move)
        assignment.version += 1
        assignment.set_alarm(regimes[assignment.issued_by_id].ladder_for(assignment), swept_at=now)
    update_each(assignments, ["stage", "version", "swept_at", "next_alarm_at", *changed])
    lines = [Line(one, facts(one)) for one in assignments]
    append_each(f"supervision.assignment.{verb}", actor=actor, lines=lines, text=text)


def sign_implicitly(assignment: Assignment) -> None:
    """Whoever works on a duty has received it (DESIGN §3)."""
    if assignment.stage == Stage.DISPATCHED:
        assignment.signed_at = clock.now()
        assignment.move(Move.SIGN)


def rewatched(assignment: Assignment) -> datetime:
    """From when on the ladder is climbed again after a rest: from now, or from a deadline that passed meanwhile."""
    return min(clock.now(), assignment.due_at)


@step
def set_term(
    assignment: Assignment, kind: str, due_at: datetime, *, regime: Regime, rule: dict | None = None
) -> None:
    """Give an assignment another deadline, keep the former ones, and derive when its light changes.

    A remedy date moves the light only; every other kind is the deadline of record from now on (DESIGN §3.1).
    """
    note_term(assignment, kind, due_at, regime=regime, rule=rule).save(force_insert=True)


def note_term(
    assignment: Assignment, kind: str, due_at: datetime, *, regime: Regime, rule: dict | None = None
) -> Term:
    """As `set_term`, in memory: for changes to many assignments at once."""
    assignment.due_at = due_at
    if kind != Term.Kind.REMEDY:
        assignment.record_due_at = due_at
    assignment.amber_at, assignment.strong_at = regime.lights_for(assignment, due_at)
    return Term(
        assignment=assignment,
        kind=kind,
        from_at=clock.now(),
        due_at=due_at,
        amber_at=assignment.amber_at,
        strong_at=assignment.strong_at,
        rule=rule or {"due": due_at.isoformat()},
    )


def turn_light(assignment: Assignment, *, regime: Regime) -> bool:
    """Compute in memory when the light changes on the way to the deadline as it stands; False where nothing moves."""
    lights = regime.lights_for(assignment, assignment.due_at)
    if lights == (assignment.amber_at, assignment.strong_at):
        return False
    assignment.amber_at, assignment.strong_at = lights
    return True


def light_term(assignment: Assignment, last: Term) -> Term:
    """The same deadline by the same rule, under another light from now on: the former term keeps the former one."""
    return Term(
        assignment=assignment,
        kind=last.kind,
        from_at=clock.now(),
        due_at=assignment.due_at,
        amber_at=assignment.amber_at,
        strong_at=assignment.strong_at,
        rule=last.rule,
    )


@step
def lift_suspension(assignment: Assignment) -> bool:
    """Let a clock that stands still go on; the deadline moves by the days it stood. False where it was running.

    What was already overdue when it stopped stays overdue by as much. Days before a date that was set during the
    suspension are not given twice, and a part never outlasts the duty it is part of.
    """
    suspension = assignment.suspensions.filter(resumed_at__isnull=True).first()
    if suspension is None:
        return False
    now, regime = clock.now(), regime_for(assignment)
    suspension.resumed_at = now
    suspension.save(update_fields=["resumed_at"])
    forget_pauses(assignment)
    last = assignment.terms.order_by("from_at", "pk").last()
    since = max(suspension.from_at, last.from_at) if last else suspension.from_at
    stood = clock.office_day(now) - clock.office_day(since)
    was_due, was_record = assignment.due_at, assignment.record_due_at
    counted = _counted_on(assignment, last, suspension.from_at, now)
    due_at = _not_after_parent(assignment, counted.due_at if counted else was_due + stood)
    assignment.suspended_at = assignment.review_on = None
    if assignment.answer_by is not None:
        assignment.answer_by = regime.workdays_from(now, "extension.decide_workdays")
    if due_at != was_due:
        rule = {"paused": [since.isoformat(), now.isoformat()], "days": stood.days, "due": due_at.isoformat()}
        if counted and counted.due_at == due_at:
            rule = counted.rule
        if was_record != was_due:  # a remedy date is running: the record moves by as much, from where it was
            record = was_record + stood
            set_term(
                assignment,
                Term.Kind.RESUMPTION,
                record,
                regime=regime,
                rule=rule | {"due": record.isoformat()},
            )
            set_term(assignment, Term.Kind.REMEDY, due_at, regime=regime, rule=rule)
        else:
            set_term(assignment, Term.Kind.RESUMPTION, due_at, regime=regime, rule=rule)
    elif last and turn_light(assignment, regime=regime):
        light_term(assignment, last).save(force_insert=True)
    return True


def _counted_on(assignment: Assignment, last: Term | None, since: datetime, now: datetime) -> Deadline | None:
    """The deadline of a span without the time the clock stood; None for a date, and for what was overdue before."""
    if last is None or "unit" not in last.rule or since >= last.due_at or last.due_at != assignment.due_at:
        return None
    region = regions_among([assignment.unit_id]).get(assignment.unit_id)
    pauses = [*last.rule["pauses"], [since.isoformat(), now.isoformat()]]
    return derive_again({**last.rule, "pauses": pauses}, calendar_for(region))


def _not_after_parent(assignment: Assignment, due_at: datetime) -> datetime:
    parent = assignment.item.parent_assignment
    if parent is None or not parent.is_open:
        return due_at
    return min(due_at, max(parent.due_at, assignment.due_at))


@step
def answer_by_date(assignment: Assignment, *, actor: Actor) -> None:
    """Count a pending extension that asked for no later a date as met (DESIGN §3.0)."""
    pending = assignment.extensions.filter(state__in=PENDING, due_asked__lte=assignment.due_at).first()
    if pending is None:
        return
    pending.state, pending.decided_at = Extension.State.MET, clock.now()
    pending.save(update_fields=["state", "decided_at"])
    assignment.answer_by = None
    assignment.version += 1
    append("supervision.assignment.extension_met", actor=actor, subject=assignment, extension=pending.pk)


@step
def close_down(assignments: Sequence[Assignment]) -> None:
    """End what still ran beside the stage of assignments that are over: requests, drafts, suspensions."""
    now = clock.now()
    for assignment in assignments:
        assignment.ended_at = now
        assignment.answer_by = assignment.decide_by = None
        assignment.suspended_at = assignment.review_on = None
    Extension.objects.filter(assignment__in=assignments, state__in=PENDING).update(
        state=Extension.State.LAPSED, decided_at=now
    )
    Submission.objects.filter(assignment__in=assignments, state=Submission.State.DRAFT).update(
        state=Submission.State.WITHDRAWN
    )
    standing = Suspension.objects.filter(assignment__in=assignments, resumed_at__isnull=True)
    standing.update(resumed_at=now)


CLOSED_DOWN = ("ended_at", "answer_by", "decide_by", "suspended_at", "review_on")
"""The fields that `close_down` changes in memory, for `settle_all`."""


def regime_for(assignment: Assignment) -> Regime:
    """The regime of whoever gave the assignment, looked up once for each row in memory."""
    found: Regime | None = assignment.__dict__.get("_regime")
    if found is None:
        found = assignment.__dict__["_regime"] = regime_of(assignment.issued_by_id)
    return found


def must_countersign(unit_id: int, person_id: int | None) -> bool:
    """Whether what this person drafts for the unit needs the sign-off of another.

    Not where the person holds the sign-off themselves, nor where nobody else does: a one-person unit signs by
    submitting (DESIGN §3.0).
    """
    posts = Appointment.objects.current(clock.today()).granting(Cap.SIGN_OFF).filter(unit=unit_id)
    holders = set(posts.values_list("person", flat=True))
    return bool(holders) and person_id not in holders


def authors(assignment: Assignment, submission: Submission | None = None) -> set[int]:
    """Everybody who reported on the matter, or drafted or signed a submission: none of them may review it.

    With the rounds before this one: whoever claimed that it was done does not judge its relapse either.
    """
    rounds = [assignment.pk]
    earlier = assignment.relapsed_from
    while earlier is not None:
        rounds.append(earlier.pk)
        earlier = earlier.relapsed_from
    people = set(Report.objects.filter(assignment__in=rounds).values_list("person_id", flat=True))
    submissions = Submission.objects.filter(assignment__in=rounds)
    for drafted_by, signed_by in submissions.values_list("drafted_by", "signed_by"):
        people |= {drafted_by, signed_by}
    return people - {None}


def reviewers(unit_ids: Iterable[int], *, excluded: Iterable[int], cap: Cap = Cap.APPROVE) -> set[int]:
    """The people who may review for these units, without the excluded ones."""
    posts = Appointment.objects.current(clock.today()).granting(cap).filter(unit__in=list(unit_ids))
    return set(posts.exclude(person__in=list(excluded)).values_list("person_id", flat=True))


def reviewing_units(assignment: Assignment) -> list[int]:
    """The authority that reviews, and the office that acts for it."""
    if assignment.office_id and assignment.reviewer_id == assignment.issued_by_id:
        return [assignment.reviewer_id, assignment.office_id]
    return [assignment.reviewer_id]


def choose_reviewer(assignment: Assignment) -> Unit:
    """The giver, or the lead of an assisting unit; where everybody there has a hand in the work, one level up.

    Never the unit itself that did the work, as when an upper unit answers an obstacle of a lower one.
    """
    excluded = authors(assignment)
    if assignment.duty == Duty.ASSIST and assignment.lead:
        lead = assignment.lead.unit
        return lead if reviewers([lead.pk], excluded=excluded, cap=Cap.HANDLE) else assignment.issued_by
    unit: Unit | None = assignment.issued_by
    while unit is not None:
        places = [unit.pk, assignment.office_id] if unit.pk == assignment.issued_by_id else [unit.pk]
        if unit.pk != assignment.unit_id and reviewers([one for one in places if one], excluded=excluded):
            return unit
        unit = unit.parent
    return assignment.issued_by


def refuse_author(assignment: Assignment, actor: Actor) -> None:
    """Whoever reported or signed may not judge it, in any appointment (DESIGN §3.0)."""
    if actor.person_id in authors(assignment):
        raise Refused(_("您填报或签批过这件办件，须由他人审核"), code="own_work")


def refuse_after_parent(assignment: Assignment, due_at: datetime) -> None:
    """A part ends with the duty it is part of, an assisting duty with the lead's (A7)."""
    parent = assignment.item.parent_assignment
    if parent is not None and parent.is_open and due_at > parent.due_at:
        raise Refused(_("不能晚于上级办件的时限"), code="after_parent", field="due_at")
    lead = assignment.lead
    if lead is not None and lead.is_open and due_at > lead.due_at:
        raise Refused(_("不能晚于牵头单位的时限"), code="after_lead", field="due_at")


def read_rule(text: str, field: str = "due_rule") -> DueRule:
    """A deadline given as a span, by its code or in words; raises Refused at its field."""
    try:
        return DueRule.parse(text)
    except ValueError:
        raise Refused(
            _("没有读懂限时，请写成“15个工作日”“2小时”的样子"), code="no_span", field=field
        ) from None


def due_given(due_at: datetime | None, due_rule: str) -> Due | None:
    """The one deadline that was given, as a moment or as a span; None where none was."""
    if due_at is not None and due_rule:
        raise Refused(_("日期和限时只能填一种"), code="two_deadlines", field="due_rule")
    return read_rule(due_rule) if due_rule else due_at


def due_required(due_at: datetime | None, due_rule: str) -> Due:
    """As `due_given`; raises Refused where nothing was given."""
    due = due_given(due_at, due_rule)
    if due is None:
        raise Refused(_("请给出时限：一个日期，或“15个工作日”这样的限时"), code="required", field="due_at")
    return due


def require(text: str, field: str, message: str) -> str:
    """A text that people must give; raises Refused at its field."""
    if not text.strip():
        raise Refused(message, code="required", field=field)
    return text.strip()


def refuse_far(day: date, field: str | None = None) -> None:
    """Refuse a day that can only be mistyped: there are no dates to count on behind the year 9999."""
    if day.year > LAST_YEAR:
        raise Refused(_("时限不能晚于 %(year)s 年") % {"year": LAST_YEAR}, code="too_far", field=field)


@cache
def _taking(role: str | None, caps: tuple[Cap, ...]) -> Written:
    """One assignment, locked, as far as the role may do this to it; the system has no role."""
    if role is None:
        return Written(_lockable(Assignment.objects.filter(pk=KEY)))
    anybody = Actor(PERSON, None, UNIT, "")
    with assuming(anybody, Standing(role, UNIT)):
        return Written(_lockable(_allowed(anybody, caps)).filter(pk=KEY))


def _allowed(actor: Actor, caps: Sequence[Cap]) -> Any:
    if actor.is_system:
        return Assignment.objects.all()
    return reduce(or_, (Assignment.objects.within(actor, cap) for cap in caps))


def _columns(assignment: Assignment) -> dict[str, Any]:
    held = assignment.__dict__
    return {field.attname: held[field.attname] for field in Assignment._meta.concrete_fields}


def _changed(assignment: Assignment) -> list[str]:
    """The columns that differ from the row that was taken; all but the key where it came another way."""
    taken, columns = assignment.__dict__.pop("_taken", None), _columns(assignment)
    return [name for name in columns if name != "id" and (taken is None or columns[name] != taken[name])]


def _lockable(assignments: Any) -> Any:
    return assignments.select_related("item", "unit", "issued_by").select_for_update(
        of=("self",), no_key=True
    )


@step
def _lock(keys: Iterable[int]) -> None:
    list(
        Assignment.objects.filter(pk__in=list(keys)).order_by("pk").select_for_update(no_key=True).only("pk")
    )


@step
def _catch_up(assignments: Sequence[Assignment]) -> None:
    now = clock.now()
    due = [one for one in assignments if one.next_alarm_at is not None and one.next_alarm_at <= now]
    if due:
        sound(due, actor=system("sweep"))


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
