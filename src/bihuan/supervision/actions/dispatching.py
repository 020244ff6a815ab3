"""How a duty comes to a unit: dispatched, insisted on, reassigned, broken down, raised upward."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.rows import insert_alike
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import Line, append, append_many, once
from bihuan.ledger.rules import Key
from bihuan.org.models import Lineage, Unit, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where
from bihuan.supervision.actions.steps import (
    close_down,
    due_given,
    due_required,
    lock_all,
    refuse_after_parent,
    refuse_far,
    regime_for,
    require,
    rewatched,
    settle,
    settle_all,
    sign_implicitly,
    take,
)
from bihuan.supervision.dues import Due, DueRule
from bihuan.supervision.models import Assignment, Dispatch, Item, Milestone, Obstacle, Source, Term
from bihuan.supervision.models.assignments import VOID
from bihuan.supervision.queries.dues import shares_of
from bihuan.supervision.queries.regimes import Regime, regime_of
from bihuan.supervision.queries.trees import assists_of
from bihuan.supervision.rules import DUTY_STAGES, Duty, Mode, Move, Priority, Stage
from bihuan.supervision.themes import Theme
from bihuan.ui.wording import say_list

CHUNK = 1000
AT_ONCE = 500
"""Up to so many units a dispatch is served inside the action that asks for it; beyond, by jobs in chunks."""

SERVE = "supervision.serve_dispatch"


@dataclass(frozen=True)
class Part:
    """One part into which a unit breaks its duty down."""

    title: str
    unit_ids: Sequence[int]
    due_at: datetime | None = None
    text: str = ""
    due_rule: str = ""
    assist_ids: Sequence[int] = ()


@action
def register_item(
    *,
    actor: Actor,
    kind: str,
    title: str,
    lead_ids: Sequence[int],
    due_at: datetime | None = None,
    due_rule: str = "",
    assist_ids: Sequence[int] = (),
    number: str = "",
    text: str = "",
    source_text: str = "",
    priority: str = Priority.NORMAL,
    criteria: Sequence[str] = (),
    issued_on: date | None = None,
    objective: str = "",
    leader: str = "",
    person: str = "",
    milestones: Sequence[tuple[str, date]] = (),
    mode: str = Mode.EACH,
    target_value: Decimal | None = None,
    target_unit: str = "",
) -> Item:
    """Put a single matter on the list and give it out at once (登记交办): from an instruction, a meeting, a paper.

    Its deadline is a moment, or a span from service such as `15 workday from service` or “15个工作日”.
    """
    once("supervision.item.registered", actor=actor)
    due = due_required(due_at, due_rule)
    unit = acting_unit(actor, Cap.DISPATCH)
    issuer, office = unit.own_authority, unit if unit.kind == UnitKind.OFFICE else None
    title = require(title, "title", _("请写明事项"))
    if kind not in Source.Kind.values:
        raise Refused(_("请选择来源类别"), code="unknown_kind", field="kind")
    source = Source.objects.create(
        kind=Source.Kind(kind),
        number=number,
        title=title,
        issued_on=issued_on or clock.today(),
        text=source_text,
        unit=issuer,
    )
    item = Item.objects.create(
        source=source,
        owner=issuer,
        title=title,
        text=text,
        objective=objective,
        leader=leader,
        person=person,
        priority=priority,
        mode=mode,
        **_dated(due),
        target_value=target_value,
        target_unit=target_unit,
    )
    for position, criterion in enumerate(criteria):
        item.criteria.create(text=criterion, position=position)
    for name, day in milestones:
        Milestone.objects.create(item=item, name=name, due_on=day)
    append("supervision.item.registered", actor=actor, subject=item, source=source.kind.value)
    refuse_targets(issuer, lead_ids, assist_ids)
    dispatch_item(item, lead_ids, assist_ids, due, actor=actor, issued_by=issuer, office=office)
    return item


@action
def insist_on_assignment(
    *, assignment_id: int, actor: Actor, reason: str, seen_version: int | None = None
) -> Assignment:
    """Keep the duty where it is (维持交办): the unit signs for it now and cannot decline again."""
    assignment = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version)
    reason = require(reason, "reason", _("请写明维持交办的理由"))
    assignment.insisted = True
    assignment.decide_by = None
    assignment.sign_by = regime_for(assignment).sign_by(clock.now(), assignment.item.priority)
    settle(
        assignment,
        "insisted",
        actor=actor,
        move=Move.INSIST,
        text=reason,
        watched_from=rewatched(assignment),
        sign_by=assignment.sign_by,
    )
    return assignment


@action
def reassign_assignment(
    *,
    assignment_id: int,
    actor: Actor,
    unit_id: int,
    reason: str,
    due_at: datetime | None = None,
    due_rule: str = "",
    seen_version: int | None = None,
) -> Assignment:
    """Give a declined duty to another unit (改派); the old record ends and the new one is linked to it.

    Units that assisted the old one assist the new one. What was asked of an upper unit (请上级协调) goes to
    another upper unit.
    """
    old = take(assignment_id, actor=actor, cap=Cap.DECIDE, seen_version=seen_version, along=assists_of)
    reason = require(reason, "reason", _("请写明改派理由"))
    if old.stage != Stage.DECLINED:
        raise IllegalMove(stage=old.stage)
    refuse_successor(old, unit_id)
    due = due_given(due_at, due_rule) or old.due_at
    [share] = shares_of(due, [unit_id], at=clock.now(), issued_on=old.item.source.issued_on)
    refuse_after_parent(old, share.due_at)
    new = open_assignment(
        old.item,
        unit_id=unit_id,
        duty=Duty(old.duty),
        due=due,
        actor=actor,
        issued_by=old.issued_by,
        office_id=old.office_id,
        lead=old.lead,
        round_number=old.round,
        period=old.period,
        reassigned_from=old,
    )
    close_down([old])
    settle(old, "reassigned", actor=actor, move=Move.REASSIGN, text=reason, to=new.pk, unit=unit_id)
    Obstacle.objects.filter(answer=old).update(answer=new)
    relink(old, new, actor=actor)
    return new


@step
def relink(old: Assignment, new: Assignment, *, actor: Actor) -> None:
    """Let the open assisting duties of one lead go on under another, which reviews them from now on."""
    assists = lock_all(old.assisting.open())
    for assist in assists:
        assist.lead, assist.reviewer_id = new, new.unit_id
    settle_all(
        assists,
        "relinked",
        actor=actor,
        changed=["lead", "reviewer"],
        facts=lambda assist: {"lead": new.pk},
    )


@action
def break_down_assignment(
    *, assignment_id: int, actor: Actor, parts: Sequence[Part], seen_version: int | None = None
) -> list[Item]:
    """Break a duty down and give the parts to one's own units (分解下发): the unit is now itself an issuer.

    A part's deadline is not after the parent's. The dispatcher and oversight see the parts (DESIGN §3).
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.BREAK_DOWN, seen_version=seen_version)
    if assignment.stage not in DUTY_STAGES:
        raise IllegalMove(_("只有在办的事项可以分解"), stage=assignment.stage)
    if not parts:
        raise Refused(_("请至少填写一项分解事项"), code="required", field="parts")
    sign_implicitly(assignment)
    items = [_give_part(assignment, part, actor) for part in parts]
    settle(assignment, "broken_down", actor=actor, parts=len(items))
    return items


@action
def raise_obstacle(
    *,
    assignment_id: int,
    actor: Actor,
    unit_id: int,
    power: str,
    text: str,
    due_at: datetime | None = None,
    seen_version: int | None = None,
) -> Obstacle:
    """Ask a unit above to remove what only it can (请上级协调); runs upward in the same loop (DESIGN §3).

    The answer is due in `obstacle.answer_workdays`, or with the duty itself where that is sooner and still ahead.
    """
    assignment = take(assignment_id, actor=actor, cap=Cap.HANDLE, seen_version=seen_version)
    if not assignment.is_open:
        raise IllegalMove(_("办件已结束"), stage=assignment.stage)
    raiser = assignment.unit
    refuse_answerer(raiser, unit_id)
    power = require(power, "power", _("请写明需要上级行使的职权"))
    text = require(text, "text", _("请写明具体困难和已做的努力"))
    source = Source.objects.create(
        kind=Source.Kind.OBSTACLE, title=power, text=text, unit=raiser.own_authority, issued_on=clock.today()
    )
    item = Item.objects.create(source=source, owner=raiser.own_authority, title=power, text=text)
    now = clock.now()
    answer_at = regime_for(assignment).workdays_from(now, "obstacle.answer_workdays")
    if now < assignment.due_at < answer_at:
        answer_at = assignment.due_at
    answer = open_assignment(
        item,
        unit_id=unit_id,
        duty=Duty.LEAD,
        due=due_at or answer_at,
        actor=actor,
        issued_by=raiser.own_authority,
        office_id=raiser.pk if raiser.kind == UnitKind.OFFICE else None,
    )
    obstacle = Obstacle.objects.create(assignment=assignment, power=power, text=text, answer=answer)
    settle(assignment, "obstacle_raised", actor=actor, text=text, answer=answer.pk)
    return obstacle


@action
def serve_dispatch(*, dispatch_id: int, actor: Actor) -> int:
    """Serve the next chunk of a dispatch; returns how many units are still to come.

    One transaction a chunk: whoever is killed leaves the chunk wholly undone, and the next run takes it up.
    """
    locked = Dispatch.objects.select_for_update(of=("self",)).select_related(
        "item__owner", "item__plan", "item__source"
    )
    return serve_chunk(locked.get(pk=dispatch_id), actor)


@step
def serve_chunk(dispatch: Dispatch, actor: Actor) -> int:
    """Create the assignments of the first pending units and take them off the list."""
    chunk, dispatch.pending = dispatch.pending[:CHUNK], dispatch.pending[CHUNK:]
    if chunk:
        item, regime = dispatch.item, regime_of(dispatch.item.owner)
        due = DueRule.parse(dispatch.due_rule) if dispatch.due_rule else dispatch.due_at
        for share in shares_of(due, chunk, at=clock.now(), issued_on=item.source.issued_on):
            blank = blank_assignment(
                item,
                duty=Duty.LEAD,
                due_at=share.due_at,
                issued_by=item.owner,
                office_id=dispatch.office_id,
                regime=regime,
                period=dispatch.period,
            )
            serve_units(blank, share.unit_ids, actor=actor, rule=share.rule)
        dispatch.save(update_fields=["pending"])
    return len(dispatch.pending)


@step
def dispatch_item(
    item: Item,
    lead_ids: Sequence[int],
    assist_ids: Sequence[int],
    due: Due,
    *,
    actor: Actor,
    issued_by: Unit,
    office: Unit | None,
    period: str = "",
) -> int:
    """Give an item out to its units, the many beyond `AT_ONCE` by a job in chunks; returns to how many.

    A unit named twice gets it once; one that leads does not assist as well.
    """
    lead_ids = list(dict.fromkeys(lead_ids))
    leading = set(lead_ids)
    assist_ids = [one for one in dict.fromkeys(assist_ids) if one not in leading]
    if not lead_ids:
        raise Refused(_("请选择牵头（责任）单位"), code="required", field="lead")
    here, later = lead_ids, lead_ids[:0]
    if len(lead_ids) + len(assist_ids) > AT_ONCE:
        here, later = lead_ids[:1], lead_ids[1:]
    give_out(item, here, assist_ids, due, actor=actor, issued_by=issued_by, office=office, period=period)
    if later:
        [own] = shares_of(due, [issued_by.pk], at=clock.now(), issued_on=item.source.issued_on)
        dispatch = Dispatch.objects.create(
            item=item,
            office=office,
            due_at=own.due_at,
            due_rule=due.code if isinstance(due, DueRule) else "",
            period=period,
            rule=own.rule,
            asked_by=actor.appointment_id,
            asked_at=clock.now(),
            request_id=actor.request_id,
            total=len(later),
            pending=list(later),
        )
        serve_chunk(dispatch, actor)
        jobs.configure_task(SERVE).defer(dispatch_id=dispatch.pk)
    return len(lead_ids) + len(assist_ids)


@step
def halt_dispatches(items: Iterable[Item | int]) -> None:
    """Let nobody be served any more with items that are taken back; a chunk under way is waited for."""
    keys = [one if isinstance(one, int) else one.pk for one in items]
    for dispatch in Dispatch.objects.filter(item__in=keys).select_for_update().order_by("pk"):
        dispatch.pending = []
        dispatch.save(update_fields=["pending"])


@step
def give_out(
    item: Item,
    lead_ids: Sequence[int],
    assist_ids: Sequence[int],
    due: Due,
    *,
    actor: Actor,
    issued_by: Unit,
    office: Unit | None,
    period: str = "",
) -> list[Assignment]:
    """Open an item's lead and assisting assignments; the assisting ones are reviewed by the first lead.

    A span gives each unit its own date, on the days of its region.
    """
    now = clock.now()
    shares = shares_of(due, lead_ids, at=now, issued_on=item.source.issued_on)
    if any(share.due_at <= now for share in shares):
        raise Refused(_("时限不能早于现在"), code="past", field="due_at")
    if item.mode == Mode.JOINT and len(lead_ids) != 1:
        raise Refused(_("一家牵头的事项须有且只有一个牵头单位"), code="one_lead", field="lead")
    regime = regime_of(issued_by)
    office_id = office.pk if office else None
    opened: dict[int, Assignment] = {}
    for share in shares:
        blank = blank_assignment(
            item,
            duty=Duty.LEAD,
            due_at=share.due_at,
            issued_by=issued_by,
            office_id=office_id,
            regime=regime,
            period=period,
        )
        made = open_assignments(blank, share.unit_ids, actor=actor, rule=share.rule)
        opened |= {one.unit_id: one for one in made}
    leads = [opened[unit_id] for unit_id in lead_ids]
    if assist_ids:
        assist = blank_assignment(
            item,
            duty=Duty.ASSIST,
            due_at=regime.assist_due(now, leads[0].due_at),
            issued_by=issued_by,
            office_id=office_id,
            regime=regime,
            lead=leads[0],
            period=period,
        )
        rule = {"due": assist.due_at.isoformat(), "lead_due": leads[0].due_at.isoformat()}
        leads += open_assignments(assist, assist_ids, actor=actor, rule=rule)
    return leads


def blank_assignment(
    item: Item,
    *,
    duty: Duty,
    due_at: datetime,
    issued_by: Unit,
    office_id: int | None,
    regime: Regime,
    lead: Assignment | None = None,
    round_number: int = 1,
    period: str = "",
    relapsed_from: Assignment | None = None,
    reassigned_from: Assignment | None = None,
) -> Assignment:
    """An assignment as it is on the day of service, not yet given to a unit."""
    refuse_far(due_at)
    now = clock.now()
    amber_at, strong_at = regime.lights(now, due_at, _theme(regime, item))
    blank = Assignment(
        item=item,
        duty=duty,
        round=round_number,
        period=period,
        issued_by=issued_by,
        office_id=office_id,
        reviewer_id=lead.unit_id if lead else issued_by.pk,
        lead=lead,
        dispatched_at=now,
        sign_by=regime.sign_by(now, item.priority),
        due_at=due_at,
        original_due_at=due_at,
        record_due_at=due_at,
        amber_at=amber_at,
        strong_at=strong_at,
        relapsed_from=relapsed_from,
        reassigned_from=reassigned_from,
    )
    blank.set_alarm(regime.ladder_for(blank), swept_at=now)
    return blank


def _theme(regime: Regime, item: Item) -> Theme:
    return regime.theme_of(item.source.kind if any(regime.themes) else "")


@step
def open_assignments(
    blank: Assignment,
    unit_ids: Sequence[int],
    *,
    actor: Actor,
    rule: dict[str, Any] | None = None,
) -> list[Assignment]:
    """Give the same duty to many units: rows, terms and one entry each, in a few statements."""
    keys = serve_units(blank, unit_ids, actor=actor, rule=rule)
    return [_copy_for(blank, pk, unit_id) for pk, unit_id in zip(keys, unit_ids, strict=True)]


@step
def serve_units(
    blank: Assignment,
    unit_ids: Sequence[int],
    *,
    actor: Actor,
    rule: dict[str, Any] | None = None,
) -> list[int]:
    """As `open_assignments`, for so many units that nobody wants to hold the rows: returns their ids."""
    keys = insert_alike(blank, unit=unit_ids)
    term = Term(
        kind=Term.Kind.ORIGINAL,
        from_at=blank.dispatched_at,
        due_at=blank.due_at,
        amber_at=blank.amber_at,
        strong_at=blank.strong_at,
        rule=rule or {"due": blank.due_at.isoformat()},
    )
    insert_alike(term, assignment=keys)
    facts = {"duty": str(blank.duty), "due": blank.due_at, "round": blank.round}
    for name in ("relapsed_from", "reassigned_from"):
        if (linked := getattr(blank, f"{name}_id")) is not None:
            facts[name] = linked
    if blank.item.parent_assignment_id is not None:
        facts["parent"] = blank.item.parent_assignment_id
    lines = [
        Line(Key(Assignment, pk), {**facts, "unit": unit_id})
        for pk, unit_id in zip(keys, unit_ids, strict=True)
    ]
    append_many("supervision.assignment.dispatched", actor=actor, lines=lines)
    return keys


@step
def open_assignment(
    item: Item, *, unit_id: int, duty: Duty, due: Due, actor: Actor, issued_by: Unit, **kind: Any
) -> Assignment:
    """Give one duty to one unit; see `blank_assignment` for the rest of the words."""
    now = clock.now()
    [share] = shares_of(due, [unit_id], at=now, issued_on=item.source.issued_on)
    if share.due_at <= now:
        raise Refused(_("时限不能早于现在"), code="past", field="due_at")
    blank = blank_assignment(
        item, duty=duty, due_at=share.due_at, issued_by=issued_by, regime=regime_of(issued_by), **kind
    )
    return open_assignments(blank, [unit_id], actor=actor, rule=share.rule)[0]


def _dated(due: Due) -> dict[str, Any]:
    """How an item keeps its deadline: as a day, or as the rule that gives each unit its own."""
    if isinstance(due, DueRule):
        return {"due_rule": due.code}
    refuse_far(due)
    return {"due_on": clock.office_day(due)}


def refuse_targets(issuer: Unit, lead_ids: Sequence[int], assist_ids: Sequence[int]) -> None:
    """Refuse units that this issuer cannot give duties to: outside its subtree, ended, external as lead."""
    wanted = {*lead_ids, *assist_ids}
    units = Unit.objects.current(clock.today()).in_bulk(list(wanted))
    if missing := wanted - units.keys():
        raise Refused(
            _("有 %(n)d 个单位不存在或已撤销") % {"n": len(missing)}, code="no_such_unit", field="unit"
        )
    if any(units[one].is_external for one in lead_ids):
        raise Refused(_("系统外单位只能配合，不能牵头"), code="external_lead", field="lead")
    inside = [pk for pk, unit in units.items() if not unit.is_external]
    below = Lineage.objects.filter(ancestor=issuer, depth__gt=0, descendant__in=inside)
    outside = set(inside) - set(below.values_list("descendant", flat=True))
    if outside:
        names = say_list(units[pk].short_name for pk in sorted(outside)[:5])
        raise Refused(_("不在本机关管辖范围内：%(names)s") % {"names": names}, code="outside", field="unit")
    if not lead_ids and not assist_ids:
        raise Refused(_("请选择责任单位"), code="required", field="unit")


def refuse_answerer(raiser: Unit, unit_id: int) -> None:
    """Refuse to ask anybody for help but a unit above that still exists."""
    above = Lineage.objects.filter(descendant=raiser, ancestor=unit_id, depth__gt=0)
    if not above.exists() or not Unit.objects.current(clock.today()).filter(pk=unit_id).exists():
        raise Refused(_("只能请本单位的上级协调"), code="not_above", field="unit")


def refuse_successor(old: Assignment, unit_id: int) -> None:
    """Refuse a unit to which a duty cannot pass on: out of the giver's reach, or one that has it already."""
    if old.item.source.kind == Source.Kind.OBSTACLE and old.item.parent_assignment_id is None:
        refuse_answerer(old.issued_by, unit_id)
    else:
        refuse_targets(old.issued_by, [unit_id] if old.duty == Duty.LEAD else [], [unit_id])
    same = Assignment.objects.filter(item=old.item, round=old.round, period=old.period)
    if unit_id == old.unit_id or same.filter(unit=unit_id).exclude(stage__in=VOID).exists():
        raise Refused(_("该单位已承办同一事项"), code="has_it_already", field="unit")


def acting_unit(actor: Actor, cap: Cap) -> Unit:
    """The unit in which the actor holds `cap`: an authority, or an office acting for one."""
    return Unit.objects.select_related("authority").get(pk=actor.unit_id, pk__in=units_where(actor, cap))


@step
def _give_part(assignment: Assignment, part: Part, actor: Actor) -> Item:
    due = due_required(part.due_at, part.due_rule)
    units = [*part.unit_ids, *part.assist_ids]
    issued_on = assignment.item.source.issued_on
    if any(
        one.due_at > assignment.due_at for one in shares_of(due, units, at=clock.now(), issued_on=issued_on)
    ):
        raise Refused(_("分解事项的时限不能晚于本办件时限"), code="after_parent", field="due_at")
    issuer = assignment.unit
    if issuer.is_external:
        raise Refused(_("系统外单位的事项不能分解下发"), code="external_lead")
    refuse_targets(issuer.own_authority, part.unit_ids, part.assist_ids)
    item = Item.objects.create(
        plan=None,
        source=assignment.item.source,
        owner=issuer.own_authority,
        parent_assignment=assignment,
        title=require(part.title, "title", _("请写明分解事项")),
        text=part.text,
        priority=assignment.item.priority,
        **_dated(due),
        depth=assignment.item.depth + 1,
    )
    dispatch_item(
        item,
        part.unit_ids,
        part.assist_ids,
        due,
        actor=actor,
        issued_by=issuer.own_authority,
        office=issuer if issuer.kind == UnitKind.OFFICE else None,
    )
    return item


def _copy_for(blank: Assignment, pk: int, unit_id: int) -> Assignment:
    copy = Assignment(
        **{field.attname: getattr(blank, field.attname) for field in Assignment._meta.concrete_fields}
    )
    copy.pk, copy.unit_id = pk, unit_id
    copy._state.adding, copy._state.db = False, connection.alias
    return copy
