"""Who holds a power in a unit, for whoever must be told (DESIGN §3.0)."""

from collections import defaultdict
from collections.abc import Iterable

from bihuan.kernel import clock
from bihuan.org.models import Appointment, Lineage
from bihuan.org.roles import Role, roles_with


def holders(unit_ids: Iterable[int], caps: Iterable[str]) -> dict[int, set[int]]:
    """The people who hold one of the capabilities in each unit.

    A vacant role's messages go to the unit's leader, then to the supervisors of the unit above (DESIGN §3.0).
    """
    unit_ids = set(unit_ids)
    found = _by_unit(unit_ids, caps)
    vacant = unit_ids - found.keys()
    if vacant:
        leaders = _by_unit(vacant, (), roles=[Role.LEADER])
        found.update(leaders)
        orphaned = vacant - leaders.keys()
        above = dict(
            Lineage.objects.filter(descendant__in=orphaned, depth=1).values_list("descendant", "ancestor")
        )
        supervisors = _by_unit(set(above.values()), (), roles=[Role.SUPERVISOR])
        found.update({unit: supervisors[parent] for unit, parent in above.items() if parent in supervisors})
    return defaultdict(set, found)


def _by_unit(unit_ids: Iterable[int], caps: Iterable[str], roles: Iterable[str] = ()) -> dict[int, set[int]]:
    posts = Appointment.objects.current(clock.today()).filter(unit__among=unit_ids)
    granting = [role for cap in caps for role in roles_with(cap)]
    people: dict[int, set[int]] = {}
    for unit_id, person_id in posts.filter(role__in=[*granting, *roles]).values_list("unit", "person"):
        people.setdefault(unit_id, set()).add(person_id)
    return people
