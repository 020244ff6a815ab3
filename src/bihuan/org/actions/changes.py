"""Dated changes of units: renamed, moved, merged, split, closed; today or from a day to come."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, DomainError, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.org.actions import effects
from bihuan.org.actions.tree import lock_tree
from bihuan.org.models import ChangeKind, Unit, UnitChange
from bihuan.org.roles import Cap
from bihuan.org.rules.units import check_name
from bihuan.org.scope import units_within


@action
def rename_unit(
    *,
    unit_id: int,
    actor: Actor,
    name: str,
    short_name: str = "",
    on: date | None = None,
    basis: str = "",
    seen_version: int | None = None,
) -> UnitChange:
    """Give a unit another name from a day on (更名); on the day its present name began, correct that one."""
    unit = _opened(unit_id, actor, seen_version)
    change = UnitChange(unit=unit, kind=ChangeKind.RENAME, on=on or clock.today(), basis=basis)
    change.name, change.short_name = name, short_name or name[:50]
    effects.check_exists(unit, change.on)
    check_name(name)
    effects.check_siblings(name, unit.parent_id, unit.keeper_id, but=unit.pk)
    return _decide(change, actor=actor)


@action
def move_unit(
    *,
    unit_id: int,
    actor: Actor,
    parent_id: int,
    on: date | None = None,
    basis: str = "",
    seen_version: int | None = None,
) -> UnitChange:
    """Put a unit, with everything under it, below another one (调整隶属)."""
    unit = _opened(unit_id, actor, seen_version)
    parent = units_within(actor, Cap.MANAGE_UNITS).get(pk=parent_id)
    if unit.parent_id == parent.pk:
        raise Refused(_("该单位现在就隶属于“{unit}”").format(unit=parent), code="same_parent", field="parent")
    change = UnitChange(unit=unit, kind=ChangeKind.MOVE, on=on or clock.today(), parent=parent, basis=basis)
    effects.check_exists(unit, change.on)
    effects.check_parent(unit, parent, change.on)
    return _decide(change, actor=actor)


@action
def merge_units(
    *,
    unit_ids: Sequence[int],
    into_id: int,
    actor: Actor,
    on: date | None = None,
    basis: str = "",
    seen_versions: dict[int, int] | None = None,
) -> list[UnitChange]:
    """Let units end in another one, which takes over what stands below them (合并)."""
    seen = seen_versions or {}
    units = [_opened(unit_id, actor, seen.get(unit_id)) for unit_id in sorted(set(unit_ids))]
    if not units:
        raise Refused(_("请选择被合并的单位"), code="nothing_to_merge", field="units")
    into = units_within(actor, Cap.MANAGE_UNITS).get(pk=into_id)
    return [
        _end(unit, ChangeKind.MERGE, [into], heir=into, on=on, actor=actor, basis=basis) for unit in units
    ]


@action
def split_unit(
    *,
    unit_id: int,
    successor_ids: Sequence[int],
    actor: Actor,
    heir_id: int | None = None,
    on: date | None = None,
    basis: str = "",
    seen_version: int | None = None,
) -> UnitChange:
    """Let a unit end in several others (拆分); the units below it go to the heir, by default the first.

    Raises Unit.DoesNotExist where one of them is not the actor's to change.
    """
    unit = _opened(unit_id, actor, seen_version)
    found = units_within(actor, Cap.MANAGE_UNITS).in_bulk(set(successor_ids))
    if len(found) < len(set(successor_ids)):
        raise Unit.DoesNotExist
    if len(found) < 2:
        raise Refused(_("拆分至少要有两个承接单位"), code="split_into_one", field="successors")
    heir = found.get(heir_id or successor_ids[0])
    if heir is None:
        raise Refused(_("接收下级单位的须是承接单位之一"), code="heir_no_successor", field="heir")
    successors = [found[pk] for pk in dict.fromkeys(successor_ids)]
    return _end(unit, ChangeKind.SPLIT, successors, heir=heir, on=on, actor=actor, basis=basis)


@action
def close_unit(
    *,
    unit_id: int,
    actor: Actor,
    on: date | None = None,
    basis: str = "",
    seen_version: int | None = None,
) -> UnitChange:
    """Let a unit end without a successor (撤销); its offices end with it, other units below must go first."""
    unit = _opened(unit_id, actor, seen_version)
    return _end(unit, ChangeKind.CLOSE, [], heir=None, on=on, actor=actor, basis=basis)


@action
def withdraw_change(*, change_id: int, actor: Actor) -> UnitChange:
    """Take back a change that is not in effect yet (撤回)."""
    lock_tree()
    managed = UnitChange.objects.filter(unit__in=units_within(actor, Cap.MANAGE_UNITS))
    change = managed.select_for_update(of=("self",)).get(pk=change_id)
    if is_repeat(change.unit, actor):
        raise AlreadyDone
    if change.state != UnitChange.State.PLANNED:
        raise StaleVersion(_("这项变动已经生效或撤回"), code="change_settled")
    change.state = UnitChange.State.WITHDRAWN
    change.save(update_fields=["state"])
    append("org.unit.change_withdrawn", actor=actor, subject=change.unit, change=change.pk)
    return change


@action
def apply_change(*, change_id: int, actor: Actor) -> UnitChange:
    """Let a planned change take effect whose day has come; a second call raises AlreadyDone."""
    lock_tree()
    change = UnitChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.state != UnitChange.State.PLANNED:
        raise AlreadyDone
    if not effects.is_due(change):
        raise Refused(_("尚未到生效日期"), code="change_not_due")
    effects.take_effect(change, list(change.successors.order_by("id")), actor=actor)
    return change


@action
def note_fault(*, change_id: int, actor: Actor, fault: DomainError) -> UnitChange:
    """Record why a change could not take effect on its day, once per reason, for the administrators."""
    change = UnitChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    said = str(fault)[:200]
    if change.fault != said:
        change.fault = said
        change.save(update_fields=["fault"])
        append("org.unit.change_failed", actor=actor, subject=change.unit, change=change.pk, code=fault.code)
    return change


def _opened(unit_id: int, actor: Actor, seen_version: int | None) -> Unit:
    """The unit, held until the end of the transaction; the tree's lock comes first, so nobody deadlocks."""
    lock_tree()
    unit = units_within(actor, Cap.MANAGE_UNITS).select_for_update(of=("self",)).get(pk=unit_id)
    if is_repeat(unit, actor):
        raise AlreadyDone
    if seen_version is not None and unit.version != seen_version:
        raise StaleVersion
    return unit


def _end(
    unit: Unit,
    kind: str,
    successors: list[Unit],
    *,
    heir: Unit | None,
    on: date | None,
    actor: Actor,
    basis: str,
) -> UnitChange:
    change = UnitChange(unit=unit, kind=kind, on=on or clock.today(), heir=heir, basis=basis)
    effects.check_exists(unit, change.on)
    effects.check_successors(unit, successors, change.on)
    return _decide(change, successors, actor=actor)


@step
def _decide(change: UnitChange, successors: Sequence[Unit] = (), *, actor: Actor) -> UnitChange:
    """Store the change; let it take effect at once when its day has come."""
    planned = UnitChange.objects.planned().filter(unit=change.unit_id, kind=change.kind)
    if not effects.is_due(change) and planned.exists():
        raise Refused(
            _("该单位已有一项待生效的{kind}，请先撤回").format(kind=change.get_kind_display()),
            code="change_planned_already",
        )
    change.save(force_insert=True)
    change.successors.set(successors)
    if effects.is_due(change):
        effects.take_effect(change, successors, actor=actor)
    else:
        facts: dict[str, Any] = {"change": change.pk, "kind": change.kind, "on": change.on}
        append("org.unit.change_planned", actor=actor, subject=change.unit, text=change.basis, **facts)
    return change
