import time
from datetime import timedelta

import pytest
from django.db import connection

from bihuan.kernel.actor import system
from bihuan.org import actions, queries
from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import Role
from bihuan.org.rules.naming import Via, pinyin_key
from tests.town import TODAY


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "教务处", "市财政局"):
        town.unit(name)
    return town


def match(province, name, owner="省厅", **options):
    return queries.match_units([name], province.unit(owner), **options)[name]


def test_an_exact_name_below_the_owner_is_sure_and_told_with_its_parent(province):
    [found] = match(province, "东一县局")
    assert (found.unit_id, found.parent, found.via, found.is_sure) == (
        province.unit("东一县局").pk,
        "东市局",
        Via.NAME,
        True,
    )


def test_units_beyond_the_owners_reach_are_not_suggested(province):
    assert match(province, "东一县局", owner="西市局") == []
    assert match(province, "省厅", owner="东市局") == []


def test_two_units_of_one_name_are_offered_with_their_parents(province):
    actions.found_unit(
        actor=system("tests"), name="一中", kind="school", parent_id=province.unit("西市局").pk
    )
    found = match(province, "一中")
    assert {(one.parent, one.is_sure) for one in found} == {("东一县局", False), ("西市局", False)}
    assert [one.is_sure for one in match(province, "一中", owner="西市局")] == [True]


def test_groups_aliases_and_names_of_the_past_are_known(province):
    admin = province.actor("省厅", Role.SYSTEM_ADMIN)
    group = actions.set_group(
        actor=admin,
        owner_id=province.unit("省厅").pk,
        name="各市州教育局",
        rule_kind="authority",
        rule_depth=1,
    )
    drafter = province.actor("省厅", Role.SUPERVISOR)
    actions.remember_alias(actor=drafter, name="市州教育行政部门", group_id=group.pk)
    actions.remember_alias(
        actor=province.actor("省厅", Role.SUPERVISOR), name="实验校", unit_id=province.unit("一中").pk
    )
    actions.rename_unit(
        unit_id=province.unit("一中").pk, actor=province.actor("省厅", Role.SYSTEM_ADMIN), name="外国语学校"
    )
    actions.merge_units(
        unit_ids=[province.unit("东二县局").pk],
        into_id=province.unit("东一县局").pk,
        actor=province.actor("省厅", Role.SYSTEM_ADMIN),
    )
    names = ["各市（州）教育局", "市州教育行政部门", "实验校", "一中", "东二县局"]
    found = queries.match_units(names, province.unit("省厅"))
    first = {name: (found[name][0].unit_id or found[name][0].name, found[name][0].via) for name in names}
    assert first == {
        "各市（州）教育局": ("各市州教育局", Via.GROUP),
        "市州教育行政部门": ("各市州教育局", Via.ALIAS),
        "实验校": (province.unit("一中").pk, Via.ALIAS),
        "一中": (province.unit("一中").pk, Via.FORMER_NAME),
        "东二县局": (province.unit("东一县局").pk, Via.FORMER_NAME),
    }


def test_an_office_addresses_what_its_authority_may(province):
    assert match(province, "东一县局", owner="基教处")[0].is_sure


@pytest.mark.parametrize(("owner", "known"), [("东市局", True), ("东一县局", True), ("西市局", False)])
def test_an_external_unit_is_known_to_its_keeper_and_below(province, owner, known):
    actions.found_unit(
        actor=system("tests"), name="东市公安局", kind="external", keeper_id=province.unit("东市局").pk
    )
    assert bool(match(province, "东市公安局", owner=owner)) is known
    assert match(province, "市财政局", owner=owner)[0].is_sure  # kept by nobody: known to all


def test_a_unit_is_known_from_its_first_day_to_its_last(province):
    school = province.unit("一中")
    actions.close_unit(unit_id=school.pk, actor=system("tests"), on=TODAY)
    assert match(province, "一中") == []
    assert match(province, "一中", on=TODAY - timedelta(days=1))[0].unit_id == school.pk


def test_a_hundred_names_among_twenty_thousand_units_take_three_queries_and_little_time(
    province, django_assert_max_num_queries
):
    counties = [province.unit("东一县局"), province.unit("东二县局")]
    units = Unit.objects.bulk_create(
        Unit(
            name=f"{county.name[:2]}区{town}镇第{number}小学",
            short_name=f"{town}{number}小",
            kind="school",
            parent=county,
            pinyin=pinyin_key(f"{town}{number}小"),
        )
        for county in counties
        for town in ("甲乙", "丙丁", "戊己", "庚辛", "壬癸")
        for number in range(2000)
    )
    lines = [Lineage(ancestor=unit.parent, descendant=unit, depth=1) for unit in units]
    lines += [Lineage(ancestor=province.unit("省厅"), descendant=unit, depth=3) for unit in units]
    Lineage.objects.bulk_create(lines, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE org_unit")  # or the test's end checks every foreign key by a scan
    names = [f"东一区甲乙镇第{number}小学校" for number in range(50)]  # misspelt: the slowest way
    names += [f"戊己{number}小" for number in range(50)]
    with django_assert_max_num_queries(3):
        began = time.perf_counter()
        found = queries.match_units(names, province.unit("省厅"))
        took = time.perf_counter() - began
    assert all(found.values())
    assert took < 8, f"{took:.1f} s"
