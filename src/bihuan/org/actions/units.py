"""Founding units, and the particulars that have no date: codes, region, order, business lines, aliases."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat, once
from bihuan.org.actions.effects import check_exists, check_siblings, region_around
from bihuan.org.actions.tree import lock_tree, plant_unit
from bihuan.org.models import Alias, BusinessLine, Unit
from bihuan.org.roles import Cap
from bihuan.org.rules.codes import check_code, check_region
from bihuan.org.rules.units import STRUCTURAL, check_name, check_place
from bihuan.org.scope import units_within

PLAIN_FIELDS = ("kind", "code", "region_code", "sort_order")


@action
def found_unit(
    *,
    actor: Actor,
    name: str,
    kind: str,
    parent_id: int | None = None,
    short_name: str = "",
    code: str | None = None,
    region_code: str = "",
    sort_order: int = 0,
    starts_on: date | None = None,
    keeper_id: int | None = None,
    lines: Iterable[str] = (),
) -> Unit:
    """Add a unit to the tree (设立单位), or to the keeper's list of external ones.

    Raises Unit.DoesNotExist for a parent or keeper outside the actor's reach, Refused where code, region,
    name or place are not possible. A new root of the tree is for the system alone.
    """
    once("org.unit.founded", actor=actor)
    lock_tree()
    managed = units_within(actor, Cap.MANAGE_UNITS)
    parent = managed.get(pk=parent_id) if parent_id else None
    keeper = managed.get(pk=keeper_id) if keeper_id else None
    if not actor.is_system and parent is None and keeper is None:
        raise NotPermitted(_("请选择上级单位"), code="no_parent", field="parent")
    unit = Unit(
        name=name,
        short_name=short_name or name[:50],
        kind=kind,
        parent=parent,
        keeper=keeper,
        code=code or None,
        region_code=region_code,
        sort_order=sort_order,
        starts_on=starts_on or clock.today(),
    )
    _check_new(unit)
    plant_unit(unit)
    unit.lines.set(BusinessLine.objects.filter(code__in=list(lines)))
    facts: dict[str, Any] = {
        "kind": unit.kind,
        "on": unit.starts_on,
        "parent": unit.parent_id,
        "code": unit.code,
    }
    append("org.unit.founded", actor=actor, subject=unit, **facts)
    return unit


@action
def edit_unit(
    *,
    unit_id: int,
    actor: Actor,
    lines: Iterable[str] | None = None,
    aliases: Iterable[str] | None = None,
    seen_version: int | None = None,
    **fields: object,
) -> Unit:
    """Change particulars that carry no date: kind, code, region_code, sort_order, lines, aliases.

    Only what is given changes; nothing given that differs leaves no trace. The name and the parent are dated:
    `rename_unit`, `move_unit`.
    """
    if unknown := fields.keys() - set(PLAIN_FIELDS):
        raise TypeError(f"not a particular of a unit: {sorted(unknown)}")
    lock_tree()
    unit = units_within(actor, Cap.MANAGE_UNITS).select_for_update(of=("self",)).get(pk=unit_id)
    if is_repeat(unit, actor):
        raise AlreadyDone
    if seen_version is not None and unit.version != seen_version:
        raise StaleVersion
    check_exists(unit, clock.today())
    changed = _put_fields(unit, fields)
    if lines is not None and _put_lines(unit, set(lines)):
        changed.append("lines")
    if aliases is not None and put_aliases(unit, aliases):
        changed.append("aliases")
    if changed:
        unit.version += 1
        unit.save(update_fields=[*PLAIN_FIELDS, "version"])
        append("org.unit.edited", actor=actor, subject=unit, fields=sorted(changed))
    return unit


@step
def put_aliases(unit: Unit, names: Iterable[str]) -> bool:
    """Let the unit have these aliases and no others; whether that changed anything."""
    wanted = {name.strip() for name in names} - {"", unit.name, unit.short_name}
    present = set(unit.aliases.values_list("name", flat=True))
    unit.aliases.exclude(name__in=wanted).delete()
    Alias.objects.bulk_create(Alias(unit=unit, name=name) for name in sorted(wanted - present))
    return wanted != present


def check_code_free(code: str | None, *, but: int | None = None) -> None:
    """Refuse a code that another unit has or had: a retired code is never given again (domain.md §9.1)."""
    holder = Unit.objects.filter(code=code).exclude(pk=but or 0).first() if code else None
    if holder is not None:
        raise Refused(
            _("代码“{code}”已属于“{unit}”，不能重复使用").format(code=code, unit=holder.name),
            code="code_taken",
            field="code",
        )


def _check_new(unit: Unit) -> None:
    check_name(unit.name)
    check_code(unit.code or "", kind=unit.kind, region_code=unit.region_code)
    check_region(unit.region_code, within=region_around(unit.parent))
    check_code_free(unit.code)
    check_siblings(unit.name, unit.parent_id, unit.keeper_id)
    if unit.parent is not None and unit.parent.ends_on is not None:
        raise Refused(_("上级单位已经终止"), code="parent_ended", field="parent")


def _put_fields(unit: Unit, fields: dict[str, object]) -> list[str]:
    fields = {name: (value or None) if name == "code" else value for name, value in fields.items()}
    changed = [name for name, value in fields.items() if getattr(unit, name) != value]
    kinds = {unit.kind, fields.get("kind", unit.kind)}
    if len(kinds) == 2 and kinds & STRUCTURAL:
        raise Refused(
            _("内设机构、系统外单位与其他类别之间不能互改，请撤销后重新设立"),
            code="kind_structural",
            field="kind",
        )
    for name in changed:
        setattr(unit, name, fields[name])
    if "kind" in changed:
        check_place(unit.kind, unit.parent.kind if unit.parent else None)
        for below in set(unit.children.current(clock.today()).values_list("kind", flat=True)):
            check_place(below, unit.kind)
    if {"kind", "code", "region_code"} & set(changed):
        check_code(unit.code or "", kind=unit.kind, region_code=unit.region_code)
        check_code_free(unit.code, but=unit.pk)
    if "region_code" in changed:
        check_region(unit.region_code, within=region_around(unit.parent))
    return changed


def _put_lines(unit: Unit, codes: set[str]) -> bool:
    wanted = set(BusinessLine.objects.filter(code__in=codes))
    if wanted == set(unit.lines.all()):
        return False
    unit.lines.set(wanted)
    return True
