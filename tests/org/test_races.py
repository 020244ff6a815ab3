"""Two administrators at once, each in a process of their own. Run again without the guard, where it must fail."""

import pytest

from bihuan.kernel.actor import system
from bihuan.org import actions, queries
from bihuan.org.actions import changes, effects, posts, units
from bihuan.org.models import Succession, Unit
from bihuan.org.roles import Role
from tests.together import meet, processes, together
from tests.town import Town

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_work")]


@pytest.fixture
def province():
    town = Town()
    for name in ("一中", "东二县局", "西市局"):
        town.unit(name)
    return town


@pytest.mark.parametrize("guarded", [True, False])
def test_a_unit_founded_while_its_parent_moves_gets_the_right_lineage(province, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(units, "lock_tree", lambda: None)
        monkeypatch.setattr(changes, "lock_tree", lambda: None)
    planted, moved = processes.Barrier(2), processes.Barrier(2)
    county, city = province.unit("东一县局").pk, province.unit("西市局").pk
    plant = units.plant_unit

    def found():
        def plant_and_wait(unit):
            plant(unit)
            meet(planted)
            meet(moved)

        monkeypatch.setattr(units, "plant_unit", plant_and_wait)
        actions.found_unit(actor=system("slow"), name="新校", kind="school", parent_id=county)

    def move():
        meet(planted)
        actions.move_unit(unit_id=county, actor=system("fast"), parent_id=city)
        meet(moved)

    together(found, move)
    above = Unit.objects.get(name="新校").lineage.values_list("ancestor", flat=True)
    assert (city in above) is guarded
    assert (queries.lineage_flaws() == []) is guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_one_unit_is_merged_by_one_administrator_only(province, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(effects, "check_exists", lambda unit, on: None)
    gone, start = province.unit("东一县局").pk, processes.Barrier(2)

    def merge_into(name):
        into = province.unit(name).pk

        def merge():
            meet(start)
            actions.merge_units(unit_ids=[gone], into_id=into, actor=system(name))

        return merge

    answers = together(merge_into("东二县局"), merge_into("西市局"))
    assert sorted(map(str, answers)) == (["IllegalMove", "None"] if guarded else ["None", "None"])
    assert Succession.objects.filter(predecessor=gone).count() == (1 if guarded else 2)
    assert queries.lineage_flaws() == []


@pytest.mark.parametrize("guarded", [True, False])
def test_nobody_becomes_two_administrators_from_two_sides(province, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(posts, "_lock_people", lambda people: None)
    person = actions.register_person(actor=system("t"), username="zhang", name="张三")
    checked = processes.Barrier(2)
    check = posts.check_together

    def check_and_wait(wanted):
        check(wanted)
        meet(checked)

    def appoint(unit, role):
        place = province.unit(unit).pk

        def run():
            monkeypatch.setattr(posts, "check_together", check_and_wait)
            actions.appoint(actor=system(role), person_id=person.pk, unit_id=place, role=role, title="管理员")

        return run

    answers = together(appoint("东市局", Role.SYSTEM_ADMIN), appoint("西市局", Role.AUDIT_ADMIN))
    assert sorted(map(str, answers)) == (["None", "Refused"] if guarded else ["None", "None"])
    assert person.appointments.count() == (1 if guarded else 2)
