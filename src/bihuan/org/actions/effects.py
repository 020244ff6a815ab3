"""Steps by which a dated change of a unit takes effect: its name, its place in the tree, its end."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import cast

from django.db.models import F, Q
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import IllegalMove, Refused
from bihuan.kernel.transactions import step
from bihuan.ledger.book import Line, append, append_each
from bihuan.org.actions.tree import regrow_lineage
from bihuan.org.models import (
    Appointment,
    ChangeKind,
    Lineage,
    Succession,
    Unit,
    UnitChange,
    UnitKind,
    UnitName,
)
from bihuan.org.rules.codes import check_region
from bihuan.org.rules.naming import pinyin_key
from bihuan.org.rules.units import check_place
from bihuan.ui.wording import say_list

Carrier = Callable[..., None]

_carriers: list[Carrier] = []


def carried_by(carrier: Carrier) -> Carrier:
    """Let a step of a higher context move what it keeps for a unit, whenever that unit ends.

    It is called in the same transaction, after the unit's own end, with `unit`, `kind`, `successors`, `heir`,
    `on` and `actor`, and may refuse the whole change by raising Refused.
    """
    if carrier not in _carriers:
        _carriers.append(carrier)
    return carrier


@step
def take_effect(change: UnitChange, successors: Sequence[Unit], *, actor: Actor) -> None:
    """Do what a change says. Raises DomainError where it is no longer possible."""
    unit = Unit.objects.select_for_update().get(pk=change.unit_id)
    if change.kind == ChangeKind.RENAME:
        put_name(unit, name=change.name, short_name=change.short_name, on=change.on)
        append("org.unit.renamed", actor=actor, subject=unit, text=change.basis, on=change.on)
    elif change.kind == ChangeKind.MOVE:
        change.former_parent_id = unit.parent_id
        put_parent(unit, cast(Unit, change.parent), on=change.on)
        facts = {"parent": change.parent_id, "on": change.on}
        append("org.unit.moved", actor=actor, subject=unit, text=change.basis, **facts)
    else:
        succeed_unit(
            unit,
            kind=change.kind,
            successors=successors,
            heir=change.heir,
            on=change.on,
            actor=actor,
            basis=change.basis,
        )
    change.state, change.fault = UnitChange.State.APPLIED, ""
    change.save(update_fields=["state", "fault", "former_parent"])


@step
def put_name(unit: Unit, *, name: str, short_name: str, on: date) -> None:
    """Let the unit be called so from `on`; on the day the present name began, correct that one."""
    check_exists(unit, on)
    present = unit.names.order_by("-starts_on").first()
    if present is not None and on < present.starts_on:
        raise Refused(
            _("更名日期不能早于现用名称的启用日期 {day}").format(day=present.starts_on),
            code="renamed_before_present_name",
            field="on",
        )
    check_siblings(name, unit.parent_id, unit.keeper_id, but=unit.pk)
    if present is not None and on == present.starts_on:
        present.name, present.short_name = name, short_name
        present.save(update_fields=["name", "short_name"])
    else:
        unit.names.filter(ends_on__isnull=True).update(ends_on=on)
        UnitName.objects.create(unit=unit, name=name, short_name=short_name, starts_on=on)
    unit.name, unit.short_name, unit.pinyin = name, short_name, pinyin_key(short_name)
    unit.version += 1
    unit.save(update_fields=["name", "short_name", "pinyin", "version"])


@step
def put_parent(unit: Unit, parent: Unit, *, on: date) -> None:
    """Put the unit with everything under it below another one."""
    check_exists(unit, on)
    check_parent(unit, parent, on)
    unit.parent, unit.version = parent, unit.version + 1
    unit.save(update_fields=["parent", "version"])
    regrow_lineage([unit.pk])


@step
def succeed_unit(
    unit: Unit,
    *,
    kind: str,
    successors: Sequence[Unit],
    heir: Unit | None,
    on: date,
    actor: Actor,
    basis: str = "",
) -> list[Succession]:
    """End a unit in favour of its successors (承继), or of nobody when it is closed.

    The units below go to the `heir`, an office that it has too merging into its namesake; without an heir the
    offices end as well and other units below refuse the end. Appointments in it hold until the day before.
    Higher contexts carry over what they keep for the unit (`carried_by`). The unit keeps its place in the
    lineage, so that its past stays in sight of those above.
    """
    check_exists(unit, on)
    check_successors(unit, successors, on)
    children = list(unit.children.filter(ends_on__isnull=True).select_for_update())
    if heir is not None:
        _hand_down(children, heir, on=on, actor=actor)
    else:
        _close_offices(children, on=on, actor=actor)
    unit.ends_on, unit.version = on, unit.version + 1
    unit.save(update_fields=["ends_on", "version"])
    _end_appointments(unit, on=on, actor=actor)
    heirs: list[Unit | None] = [*successors] or [None]
    rows = Succession.objects.bulk_create(
        Succession(kind=kind, predecessor=unit, successor=one, on=on) for one in heirs
    )
    for carry in _carriers:
        carry(unit=unit, kind=kind, successors=list(successors), heir=heir, on=on, actor=actor)
    facts = {"kind": kind, "successors": [one.pk for one in successors], "on": on}
    append("org.unit.succeeded", actor=actor, subject=unit, text=basis, **facts)
    return rows


def check_exists(unit: Unit, on: date) -> None:
    """Refuse a change of a unit that has ended, or not begun, by that day."""
    if unit.ends_on is not None:
        raise IllegalMove(
            _("“{unit}”已于 {day} 终止，不能再作变动").format(unit=unit.short_name, day=unit.ends_on),
            code="unit_ended",
        )
    if on < unit.starts_on:
        raise Refused(
            _("生效日期不能早于设立日期 {day}").format(day=unit.starts_on), code="before_founding", field="on"
        )


def check_parent(unit: Unit, parent: Unit, on: date) -> None:
    """Refuse a parent that would make a ring, does not exist on the day, or does not suit the unit."""
    if Lineage.objects.filter(ancestor=unit, descendant=parent).exists():
        raise Refused(_("不能把单位调整到自己或自己的下级之下"), code="parent_is_descendant", field="parent")
    if not Unit.objects.current(on).filter(pk=parent.pk).exists():
        raise Refused(
            _("“{unit}”在生效当日不存在").format(unit=parent.short_name), code="parent_ended", field="parent"
        )
    check_place(unit.kind, parent.kind)
    check_region(unit.region_code, within=region_around(parent))
    check_siblings(unit.name, parent.pk, None, but=unit.pk)


def check_successors(unit: Unit, successors: Sequence[Unit], on: date) -> None:
    """Refuse successors that are the unit itself, stand below it, or do not exist on the day."""
    ids = [one.pk for one in successors]
    if on == unit.starts_on:
        raise Refused(_("终止日期必须晚于设立日期"), code="ends_on_founding", field="on")
    if Lineage.objects.filter(ancestor=unit, descendant__in=ids).exists():
        raise Refused(
            _("承接单位不能是该单位自己或其下级"), code="successor_is_descendant", field="successors"
        )
    there = set(Unit.objects.current(on).filter(pk__in=ids).values_list("pk", flat=True))
    if missing := [one.short_name for one in successors if one.pk not in there]:
        raise Refused(
            _("承接单位“{unit}”在生效当日不存在").format(unit=say_list(missing)),
            code="successor_ended",
            field="successors",
        )


def check_siblings(name: str, parent: int | None, keeper: int | None, *, but: int | None = None) -> None:
    """Refuse a name that a unit beside it bears already: nobody could tell them apart."""
    beside = Unit.objects.filter(name=name, parent=parent, keeper=keeper, ends_on__isnull=True)
    if beside.exclude(pk=but or 0).exists():
        raise Refused(
            _("同一上级下已有名为“{name}”的单位").format(name=name), code="name_beside", field="name"
        )


def region_around(unit: Unit | None) -> str:
    """The region code of the unit, or of the nearest unit above that has one."""
    if unit is None:
        return ""
    lines = Lineage.objects.filter(descendant=unit).exclude(ancestor__region_code="").order_by("depth")
    return lines.values_list("ancestor__region_code", flat=True).first() or ""


def _hand_down(children: list[Unit], heir: Unit, *, on: date, actor: Actor) -> None:
    """Put the units below under the heir; an office that the heir has too (教务处) ends in its namesake."""
    there = heir.children.filter(kind=UnitKind.OFFICE, ends_on__isnull=True)
    namesakes = {office.name: office for office in there}
    for child in [child for child in children if child.kind == UnitKind.OFFICE and child.name in namesakes]:
        children.remove(child)
        same = namesakes[child.name]
        succeed_unit(child, kind=ChangeKind.MERGE, successors=[same], heir=same, on=on, actor=actor)
    for child in children:
        check_place(child.kind, heir.kind)
        check_siblings(child.name, heir.pk, None, but=child.pk)
    UnitChange.objects.bulk_create(
        UnitChange(
            unit=child,
            kind=ChangeKind.MOVE,
            on=on,
            parent=heir,
            former_parent_id=child.parent_id,
            state=UnitChange.State.APPLIED,
        )
        for child in children
    )
    moved = [child.pk for child in children]
    Unit.objects.filter(pk__in=moved).update(parent=heir, version=F("version") + 1)
    regrow_lineage(moved)
    facts = {"parent": heir.pk, "on": on}
    append_each("org.unit.moved", actor=actor, lines=[Line(child, facts) for child in children])


def _close_offices(children: list[Unit], *, on: date, actor: Actor) -> None:
    if left := [child.short_name for child in children if child.kind != UnitKind.OFFICE]:
        raise Refused(
            _("还有 {count} 个下级单位（{names}等），请先调整它们的隶属关系").format(
                count=len(left), names=say_list(left[:3])
            ),
            code="units_below",
        )
    for office in children:
        succeed_unit(office, kind=ChangeKind.CLOSE, successors=[], heir=None, on=on, actor=actor)


def _end_appointments(unit: Unit, *, on: date, actor: Actor) -> None:
    last = on - timedelta(days=1)
    still = Q(ends_on__isnull=True) | Q(ends_on__gt=last)
    posts = list(Appointment.objects.select_for_update().filter(still, unit=unit))
    for post in posts:
        post.ends_on = max(last, post.starts_on - timedelta(days=1))
    Appointment.objects.bulk_update(posts, ["ends_on"])
    append_each(
        "org.appointment.ended", actor=actor, lines=[Line(post, {"on": post.ends_on}) for post in posts]
    )


def is_due(change: UnitChange) -> bool:
    return change.on <= clock.today()
