"""Who belongs to a named group of units, and who keeps groups. Counts as queries."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from bihuan.kernel.actor import Actor
from bihuan.org.models import Lineage, Unit, UnitGroup, UnitKind
from bihuan.org.roles import Cap
from bihuan.org.scope import units_within


def members_of(group: UnitGroup, on: date) -> QuerySet[Unit]:
    """The units that belong to the group on that day, in the order of offices.

    A rule speaks of the units below the owner and never of the owner itself.
    """
    units = Unit.objects.current(on)
    if group.rule_kind:
        below = Lineage.objects.filter(ancestor=group.owner_id, depth__gte=1)
        if group.rule_depth is not None:
            below = below.filter(depth=group.rule_depth)
        units = units.filter(kind=group.rule_kind, pk__in=below.values("descendant"))
    else:
        units = units.filter(pk__in=group.members.values("pk"))
    return units.order_by("sort_order", "pinyin", "id")


def groups_for(unit: Unit) -> QuerySet[UnitGroup]:
    """The groups that may be addressed in this unit's name: its own and its authority's."""
    return UnitGroup.objects.filter(owner__in={unit.pk, unit.authority_id}, is_active=True).order_by("name")


def owners_for(actor: Actor) -> QuerySet[Unit]:
    """The units whose groups and aliases the actor may keep: who draws up lists there, or manages units."""
    drafts, manages = (units_within(actor, cap).values("pk") for cap in (Cap.DRAFT, Cap.MANAGE_UNITS))
    return Unit.objects.filter(Q(pk__in=drafts) | Q(pk__in=manages))


def members_for(actor: Actor, on: date) -> QuerySet[Unit]:
    """The units the actor may put into a group: what they oversee or manage, and what everybody keeps."""
    seen = [units_within(actor, cap).values("pk") for cap in (Cap.VIEW, Cap.MANAGE_UNITS)]
    chosen = Q(pk__in=seen[0]) | Q(pk__in=seen[1]) | Q(kind=UnitKind.EXTERNAL, keeper__isnull=True)
    return Unit.objects.current(on).filter(chosen)


def count_members(groups: Iterable[UnitGroup], on: date) -> dict[int, int]:
    """How many units each group has on that day."""
    return {group.pk: members_of(group, on).count() for group in groups}
