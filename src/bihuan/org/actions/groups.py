"""Named groups of units and aliases: how documents address units."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, Refused, StaleVersion
from bihuan.kernel.transactions import action
from bihuan.ledger.book import append, is_repeat, once
from bihuan.org.groups import members_for, owners_for
from bihuan.org.models import Alias, Unit, UnitGroup, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import has, units_within


@action
def set_group(
    *,
    actor: Actor,
    name: str,
    owner_id: int | None = None,
    group_id: int | None = None,
    member_ids: Iterable[int] = (),
    rule_kind: str = "",
    rule_depth: int | None = None,
) -> UnitGroup:
    """Found a group of `owner_id`, or set an existing one anew (设定单位组): by members or by rule.

    Membership at dispatch is frozen there; what changes here concerns later dispatches only.
    """
    members = sorted(set(member_ids))
    if bool(rule_kind) == bool(members):
        raise Refused(
            _("请选择成员单位，或者设定规则，二者取一"), code="group_members_or_rule", field="members"
        )
    if members_for(actor, clock.today()).filter(pk__in=members).count() != len(members):
        raise Refused(_("有的成员单位不存在或不在您的范围内"), code="group_member_unknown", field="members")
    group = _opened(group_id, actor) if group_id else _new_group(owner_id, actor)
    same = UnitGroup.objects.filter(owner=group.owner_id, name=name, is_active=True).exclude(pk=group.pk)
    if same.exists():
        raise Refused(_("已有名为“{name}”的单位组").format(name=name), code="group_name_taken", field="name")
    group.name = name
    group.rule_kind = UnitKind(rule_kind) if rule_kind else ""
    group.rule_depth = rule_depth if rule_kind else None
    group.save()
    group.members.set(Unit.objects.filter(pk__in=members))
    facts: dict[str, Any] = {"members": members, "kind": rule_kind or None, "depth": group.rule_depth}
    append("org.group.set", actor=actor, subject=group, **facts)
    return group


@action
def dissolve_group(*, group_id: int, actor: Actor) -> UnitGroup:
    """Offer a group no more (停用单位组); lists that were dispatched to it keep their members."""
    group = _opened(group_id, actor)
    group.is_active = False
    group.save(update_fields=["is_active"])
    append("org.group.dissolved", actor=actor, subject=group)
    return group


@action
def remember_alias(
    *, actor: Actor, name: str, unit_id: int | None = None, group_id: int | None = None
) -> Alias:
    """Recognise `name` as this unit or group from now on (别称), as when a plan was read and corrected.

    For whoever draws up lists and has the unit in sight, and for those who manage it.
    """
    once("org.alias.added", actor=actor)
    named: dict[str, Any]
    if group_id:
        named = {"group": UnitGroup.objects.filter(owner__in=owners_for(actor)).get(pk=group_id)}
    else:
        in_sight = Cap.VIEW if has(actor, Cap.DRAFT) else Cap.MANAGE_UNITS
        named = {"unit": units_within(actor, in_sight).get(pk=unit_id or 0)}
    alias, is_new = Alias.objects.get_or_create(name=name.strip(), **named)
    if not is_new:
        raise AlreadyDone
    append("org.alias.added", actor=actor, subject=alias, unit=alias.unit_id, group=alias.group_id)
    return alias


@action
def forget_alias(*, alias_id: int, actor: Actor) -> None:
    """Recognise an alias no more."""
    alias: Alias = Alias.objects.select_for_update(of=("self",)).get(pk=alias_id)
    named_by = alias.unit_id or (alias.group.owner_id if alias.group else 0)
    if not owners_for(actor).filter(pk=named_by).exists():
        raise Alias.DoesNotExist
    append("org.alias.removed", actor=actor, subject=alias)
    alias.delete()


def _opened(group_id: int, actor: Actor) -> UnitGroup:
    """The group, held, if the actor keeps it."""
    groups = UnitGroup.objects.filter(owner__in=owners_for(actor))
    group: UnitGroup = groups.select_for_update(of=("self",)).get(pk=group_id)
    if is_repeat(group, actor):
        raise AlreadyDone
    if not group.is_active:
        raise StaleVersion(_("该单位组已停用"), code="group_dissolved")
    return group


def _new_group(owner_id: int | None, actor: Actor) -> UnitGroup:
    once("org.group.set", actor=actor)
    return UnitGroup(owner=owners_for(actor).get(pk=owner_id or 0))
