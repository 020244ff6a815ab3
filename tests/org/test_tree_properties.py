from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.kernel.actor import system
from bihuan.kernel.errors import DomainError
from bihuan.org import actions, queries
from bihuan.org.models import Succession, Unit, UnitKind
from tests.town import TODAY

serial = count(1)
which = st.integers(0, 11)
DEEDS = st.one_of(
    st.tuples(st.just("found"), which, st.sampled_from(["authority", "school", "office"])),
    st.tuples(st.just("move"), which, which),
    st.tuples(st.just("merge"), which, which),
    st.tuples(st.just("split"), which, st.tuples(which, which)),
    st.tuples(st.just("close"), which, st.none()),
    st.tuples(st.just("rename"), which, st.none()),
)


def found(kind, parent):
    """A unit that began long ago, so that it can end today."""
    return actions.found_unit(
        actor=system("tests"),
        name=f"单位{next(serial)}",
        kind=kind,
        parent_id=parent.pk if parent else None,
        starts_on=TODAY.replace(year=2020),
    )


def plant():
    """A small tree of its own: a root, two cities, a county each, a school and an office."""
    root = found("authority", None)
    cities = [found("authority", root) for _turn in range(2)]
    counties = [found("authority", city) for city in cities]
    return [root, *cities, *counties, found("school", counties[0]), found("office", counties[0])]


def attempt(units, deed, first, second):
    """One change, refused or not; a founded unit joins the others."""
    unit, actor = units[first % len(units)], system("tests")
    other = units[second % len(units)] if isinstance(second, int) else None
    match deed:
        case "found":
            units.append(found(second, unit))
        case "move":
            actions.move_unit(unit_id=unit.pk, actor=actor, parent_id=other.pk)
        case "merge":
            actions.merge_units(unit_ids=[unit.pk], into_id=other.pk, actor=actor)
        case "split":
            successors = [units[one % len(units)].pk for one in second]
            actions.split_unit(unit_id=unit.pk, successor_ids=successors, actor=actor)
        case "close":
            actions.close_unit(unit_id=unit.pk, actor=actor)
        case "rename":
            actions.rename_unit(unit_id=unit.pk, actor=actor, name=f"单位{next(serial)}")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, max_size=12))
def test_whatever_happens_to_the_tree_it_stays_whole(town, deeds):
    units = plant()
    for deed, first, second in deeds:
        try:
            attempt(units, deed, first, second)
        except DomainError:
            continue
    assert queries.lineage_flaws() == []
    ours = Unit.objects.filter(pk__in=[unit.pk for unit in units]).select_related("parent")
    current = {unit.pk for unit in ours if unit.ends_on is None}
    assert all(unit.parent_id is None or unit.parent_id in current for unit in ours if unit.pk in current)
    assert all(unit.authority.kind != UnitKind.OFFICE for unit in ours)
    for unit in ours:
        rows = Succession.objects.filter(predecessor=unit)
        assert rows.exists() is (unit.ends_on is not None)
        heirs = {heir.pk for heir in queries.successors_on(unit, TODAY)}
        assert heirs <= current
        assert heirs or _closed_on_the_way(unit)


def _closed_on_the_way(unit):
    """Whether some way on from the unit ends in a closure."""
    todo = [unit.pk]
    while todo:
        ways = set(Succession.objects.filter(predecessor__in=todo).values_list("successor", flat=True))
        if None in ways:
            return True
        todo = list(ways)
    return False
