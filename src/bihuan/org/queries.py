"""Reading the organisation."""

from datetime import date

from bihuan.org.models import Lineage, Unit, UnitGroup


def members_of(group: UnitGroup, on: date) -> list[int]:
    """Ids of the units in a group (单位组) on a day, in the official order."""
    if group.rule_kind:
        below = Lineage.objects.filter(ancestor=group.owner, depth__gt=0)
        if group.rule_depth:
            below = below.filter(depth=group.rule_depth)
        units = Unit.objects.filter(kind=group.rule_kind, pk__in=below.values("descendant"))
    else:
        units = Unit.objects.filter(in_groups=group)
    return list(units.current(on).order_by("sort_order", "pinyin", "pk").values_list("pk", flat=True))
