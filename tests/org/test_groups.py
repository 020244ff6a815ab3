from contextlib import nullcontext
from datetime import timedelta

import pytest

from bihuan.kernel.actor import system
from bihuan.kernel.errors import AlreadyDone, Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.org import actions
from bihuan.org.groups import groups_for, members_of, owners_for
from bihuan.org.models import Alias, Unit, UnitGroup
from bihuan.org.roles import Role
from tests.town import TODAY


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "学院", "市财政局"):
        town.unit(name)
    return town


def set_group(town, owner="省厅", actor=None, **given):
    actor = actor or town.actor(owner, Role.SYSTEM_ADMIN)
    members = [town.unit(name).pk for name in given.pop("members", ())]
    given.setdefault("name", "一组")
    return actions.set_group(actor=actor, owner_id=town.unit(owner).pk, member_ids=members, **given)


def names(group, on=TODAY):
    return {unit.name for unit in members_of(group, on)}


@pytest.mark.parametrize(
    ("owner", "given", "members"),
    [
        ("省厅", {"rule_kind": "authority", "rule_depth": 1}, {"东市局", "西市局"}),
        ("省厅", {"rule_kind": "authority", "rule_depth": 2}, {"东一县局", "东二县局"}),
        ("省厅", {"rule_kind": "authority"}, {"东市局", "西市局", "东一县局", "东二县局"}),
        ("省厅", {"rule_kind": "institution", "rule_depth": 1}, {"学院"}),
        ("东市局", {"rule_kind": "school"}, {"一中"}),
        ("省厅", {"members": ["学院", "一中", "市财政局"]}, {"学院", "一中", "市财政局"}),
    ],
)
def test_a_group_is_a_list_or_a_rule(province, owner, given, members):
    assert names(set_group(province, owner, **given)) == members


@pytest.mark.parametrize("given", [{}, {"rule_kind": "school", "members": ["一中"]}])
def test_a_group_is_never_both_or_neither(province, given):
    with pytest.raises(Refused) as caught:
        set_group(province, **given)
    assert (caught.value.code, UnitGroup.objects.count()) == ("group_members_or_rule", 0)


def test_members_come_and_go_with_the_calendar(province):
    fixed = set_group(province, members=["一中", "学院"])
    ruled = set_group(province, name="二组", rule_kind="school")
    actions.close_unit(unit_id=province.unit("一中").pk, actor=system("tests"))
    assert (names(fixed), names(ruled)) == ({"学院"}, set())
    yesterday = TODAY - timedelta(days=1)
    assert (names(fixed, yesterday), names(ruled, yesterday)) == ({"学院", "一中"}, {"一中"})


@pytest.mark.parametrize(
    ("unit", "role", "allowed"),
    [
        ("省厅", Role.SYSTEM_ADMIN, True),
        ("东市局", Role.SYSTEM_ADMIN, True),
        ("东市局", Role.SUPERVISOR, True),
        ("省厅", Role.SUPERVISOR, False),  # draws up lists for its own unit only
        ("东市局", Role.HANDLER, False),
        ("西市局", Role.SYSTEM_ADMIN, False),
    ],
)
def test_groups_are_kept_by_whoever_draws_up_lists_or_manages_units(province, unit, role, allowed):
    actor = province.actor(unit, role)
    with nullcontext() if allowed else pytest.raises(Unit.DoesNotExist):
        set_group(province, "东市局", actor, rule_kind="school")
    assert UnitGroup.objects.exists() is allowed
    assert owners_for(actor).filter(pk=province.unit("东市局").pk).exists() is allowed


def test_a_group_is_set_anew_dissolved_and_its_name_free_again(province):
    group = set_group(province, rule_kind="school")
    admin = province.actor("省厅", Role.SYSTEM_ADMIN)
    actions.set_group(actor=admin, group_id=group.pk, name="学校", rule_kind="kindergarten", rule_depth=3)
    with pytest.raises(AlreadyDone):
        actions.set_group(actor=admin, group_id=group.pk, name="学校", rule_kind="school")
    with pytest.raises(Refused) as caught:
        set_group(province, name="学校", rule_kind="school")
    assert caught.value.field == "name"
    actions.dissolve_group(group_id=group.pk, actor=province.actor("省厅", Role.SYSTEM_ADMIN))
    assert not groups_for(province.unit("省厅")).exists()
    with pytest.raises(StaleVersion):
        actions.dissolve_group(group_id=group.pk, actor=province.actor("省厅", Role.SYSTEM_ADMIN))
    again = set_group(province, name="学校", rule_kind="school")
    assert list(groups_for(province.unit("基教处"))) == [again]
    assert [entry.verb for entry in Entry.objects.of(group)] == [
        "org.group.set",
        "org.group.set",
        "org.group.dissolved",
    ]


@pytest.mark.parametrize(
    ("unit", "role", "refusal"),
    [
        ("省厅", Role.SUPERVISOR, None),
        ("东市局", Role.SYSTEM_ADMIN, None),
        ("西市局", Role.SUPERVISOR, Unit.DoesNotExist),
        ("东一县局", Role.HANDLER, Unit.DoesNotExist),
    ],
)
def test_an_alias_is_remembered_for_units_in_sight(province, unit, role, refusal):
    with pytest.raises(refusal) if refusal else nullcontext():
        actions.remember_alias(
            actor=province.actor(unit, role), name=" 实验校 ", unit_id=province.unit("一中").pk
        )
    assert list(Alias.objects.values_list("name", flat=True)) == ([] if refusal else ["实验校"])


def test_an_alias_is_remembered_once_and_can_be_forgotten(province):
    given = {"name": "实验校", "unit_id": province.unit("一中").pk}
    alias = actions.remember_alias(actor=province.actor("省厅", Role.SYSTEM_ADMIN), **given)
    with pytest.raises(AlreadyDone):
        actions.remember_alias(actor=province.actor("省厅", Role.SYSTEM_ADMIN), **given)
    with pytest.raises(Alias.DoesNotExist):
        actions.forget_alias(alias_id=alias.pk, actor=province.actor("西市局", Role.SYSTEM_ADMIN))
    actions.forget_alias(alias_id=alias.pk, actor=province.actor("省厅", Role.SYSTEM_ADMIN))
    assert not Alias.objects.exists()
