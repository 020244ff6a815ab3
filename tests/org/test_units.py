from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.core.checks import run_checks

from bihuan.kernel.actor import Actor, system
from bihuan.kernel.errors import AlreadyDone, IllegalMove, NotPermitted, Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.ledger.queries import flaws_of
from bihuan.org import actions, queries
from bihuan.org.models import BusinessLine, Lineage, Unit, UnitChange
from bihuan.org.roles import Role
from tests.town import TODAY

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def province(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "教务处"):
        town.unit(name)
    return town


def system_admin(town, unit="省厅"):
    return town.actor(unit, Role.SYSTEM_ADMIN)


def verbs_of(*subjects):
    return list(Entry.objects.of(*subjects).values_list("verb", flat=True))


@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        ({"name": "新学校", "kind": "school", "parent": "东一县局"}, None, None),
        ({"name": "新科室", "kind": "office", "parent": "东一县局"}, None, None),
        ({"name": "新学校", "kind": "school", "parent": "东一县局", "code": "2162000009"}, None, None),
        ({"name": "新学校", "kind": "school", "parent": "东一县局", "code": "2162"}, "code_length", "code"),
        (
            {"name": "新学校", "kind": "school", "parent": "东一县局", "region_code": "6"},
            "region_length",
            None,
        ),
        ({"name": "一中", "kind": "school", "parent": "东一县局"}, "name_beside", "name"),
        ({"name": "一中", "kind": "school", "parent": "东二县局"}, None, None),
        ({"name": "新局", "kind": "authority", "parent": "一中"}, "authority_below_school", "parent"),
        ({"name": "新局", "kind": "authority"}, "no_parent", "parent"),
        ({"name": "新单位", "kind": "external", "parent": "东市局"}, "external_with_parent", "parent"),
        ({"name": "市财政局", "kind": "external", "keeper": "东市局"}, None, None),
    ],
)
def test_a_unit_is_founded_only_where_and_as_it_can_be(province, given, reason, field):
    parent, keeper = given.pop("parent", None), given.pop("keeper", None)
    given["parent_id"] = parent and province.unit(parent).pk
    given["keeper_id"] = keeper and province.unit(keeper).pk
    before = Unit.objects.count()
    with pytest.raises((Refused, NotPermitted)) if reason else nullcontext() as caught:
        unit = actions.found_unit(actor=system_admin(province), **given)
    if reason:
        assert caught.value.code == reason
        assert field is None or caught.value.field == field
        assert Unit.objects.count() == before
    else:
        assert verbs_of(unit) == ["org.unit.founded"]
        assert queries.name_on(unit, TODAY) == given["name"]
    assert queries.lineage_flaws() == []


def test_a_code_that_was_ever_used_is_not_given_again(province):
    admin = system_admin(province)
    old = actions.found_unit(
        actor=admin, name="旧校", kind="school", parent_id=province.unit("东一县局").pk, code="2162000001"
    )
    actions.close_unit(unit_id=old.pk, actor=system_admin(province), on=TOMORROW)
    with pytest.raises(Refused) as caught:
        actions.edit_unit(unit_id=province.unit("一中").pk, actor=system_admin(province), code="2162000001")
    assert (caught.value.code, caught.value.field) == ("code_taken", "code")


@pytest.mark.parametrize("deed", ["found", "edit", "rename", "move", "merge", "close"])
@pytest.mark.parametrize(
    ("unit", "role", "allowed"),
    [
        ("省厅", Role.SYSTEM_ADMIN, True),
        ("东市局", Role.SYSTEM_ADMIN, True),
        ("西市局", Role.SYSTEM_ADMIN, False),
        ("东市局", Role.SECURITY_ADMIN, False),
        ("东市局", Role.LEADER, False),
    ],
)
def test_only_the_system_administrator_above_changes_a_unit(province, deed, unit, role, allowed):
    actor, county = province.actor(unit, role), province.unit("东一县局")
    other = province.unit("东二县局")
    deeds = {
        "found": lambda: actions.found_unit(actor=actor, name="新", kind="school", parent_id=county.pk),
        "edit": lambda: actions.edit_unit(unit_id=county.pk, actor=actor, sort_order=7),
        "rename": lambda: actions.rename_unit(unit_id=county.pk, actor=actor, name="新名"),
        "move": lambda: actions.move_unit(unit_id=county.pk, actor=actor, parent_id=other.pk),
        "merge": lambda: actions.merge_units(unit_ids=[county.pk], into_id=other.pk, actor=actor),
        "close": lambda: actions.close_unit(unit_id=province.unit("一中").pk, actor=actor),
    }
    entries = Entry.objects.count()
    with nullcontext() if allowed else pytest.raises(Unit.DoesNotExist):
        deeds[deed]()
    assert (Entry.objects.count() > entries) is allowed


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\t", "\u0007"])
def test_a_name_has_no_signs_that_cannot_be_seen(province, sign):
    parent, unit = province.unit("东市局"), province.unit("一中")
    with pytest.raises(Refused) as founded:
        actions.found_unit(
            actor=system_admin(province), name=f"东{sign}学", kind="school", parent_id=parent.pk
        )
    with pytest.raises(Refused) as renamed:
        actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name=f"东{sign}学")
    assert founded.value.code == renamed.value.code == "name_unprintable"
    actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="\ue001水 一中（东校区）·A")


def test_a_correction_names_the_fields_and_an_empty_one_leaves_no_trace(province):
    BusinessLine.objects.create(code="basic", name="基础教育")
    office, admin = province.unit("基教处"), system_admin(province)
    actions.edit_unit(
        unit_id=office.pk, actor=admin, sort_order=3, lines=["basic"], aliases=["基础教育处", " "]
    )
    actions.edit_unit(unit_id=office.pk, actor=system_admin(province), sort_order=3, aliases=["基础教育处"])
    entry = Entry.objects.of(office).last()
    assert verbs_of(office) == ["org.unit.founded", "org.unit.edited"]
    assert entry.facts == {"fields": ["aliases", "lines", "sort_order"]}
    assert list(office.aliases.values_list("name", flat=True)) == ["基础教育处"]


@pytest.mark.parametrize(
    ("unit", "fields", "reason"),
    [
        ("一中", {"kind": "office"}, "kind_structural"),
        ("基教处", {"kind": "authority"}, "kind_structural"),
        ("学院", {"kind": "authority"}, None),
        ("东市局", {"kind": "school"}, "authority_below_school"),
        ("一中", {"region_code": "620103"}, "region_outside_parent"),
        ("一中", {"region_code": "620203"}, None),
    ],
)
def test_a_correction_must_leave_the_unit_possible(province, unit, fields, reason):
    actions.edit_unit(unit_id=province.unit("东市局").pk, actor=system_admin(province), region_code="620200")
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        actions.edit_unit(unit_id=province.unit(unit).pk, actor=system_admin(province), **fields)
    assert reason is None or caught.value.code == reason


def test_names_read_as_of_their_day(province):
    unit, admin = province.unit("一中"), system_admin(province)
    actions.rename_unit(unit_id=unit.pk, actor=admin, name="实验中学", on=date(2024, 9, 1))
    actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="外国语学校", short_name="外校")
    unit.refresh_from_db()
    assert (unit.name, unit.short_name, unit.pinyin.split()[0]) == ("外国语学校", "外校", "waixiao")
    assert [
        queries.name_on(unit, day)
        for day in (date(2010, 1, 1), date(2024, 8, 31), date(2024, 9, 1), TODAY - timedelta(1), TODAY)
    ] == ["一中", "一中", "实验中学", "实验中学", "外国语学校"]
    assert verbs_of(unit) == ["org.unit.founded", "org.unit.renamed", "org.unit.renamed"]
    assert flaws_of(unit) == []


def test_a_rename_on_the_day_the_name_began_corrects_it(province):
    unit = province.unit("一中")
    actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="第一中学", on=unit.starts_on)
    assert list(unit.names.values_list("name", flat=True)) == ["第一中学"]
    with pytest.raises(Refused) as caught:
        actions.rename_unit(
            unit_id=unit.pk, actor=system_admin(province), name="二中", on=unit.starts_on - timedelta(1)
        )
    assert caught.value.field == "on"


def test_a_change_of_a_day_to_come_waits_for_its_day(province):
    unit, admin = province.unit("一中"), system_admin(province)
    change = actions.rename_unit(
        unit_id=unit.pk, actor=admin, name="实验中学", on=TOMORROW, basis="教发〔2026〕8 号"
    )
    unit.refresh_from_db()
    assert (unit.name, change.state) == ("一中", UnitChange.State.PLANNED)
    with pytest.raises(Refused) as caught:
        actions.apply_change(change_id=change.pk, actor=system("org-daily"))
    assert caught.value.code == "change_not_due"
    assert verbs_of(unit) == ["org.unit.founded", "org.unit.change_planned"]
    assert Entry.objects.of(unit).last().remark.text == "教发〔2026〕8 号"


def test_a_planned_change_can_be_withdrawn_once(province):
    unit = province.unit("一中")
    change = actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="实验中学", on=TOMORROW)
    with pytest.raises(Refused) as again:
        actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="二中", on=TOMORROW)
    assert again.value.code == "change_planned_already"
    actions.withdraw_change(change_id=change.pk, actor=system_admin(province))
    with pytest.raises(StaleVersion):
        actions.withdraw_change(change_id=change.pk, actor=system_admin(province))
    with pytest.raises(UnitChange.DoesNotExist):
        actions.withdraw_change(change_id=change.pk, actor=province.actor("西市局", Role.SYSTEM_ADMIN))


def test_a_moved_unit_takes_everything_below_with_it(province):
    county, city = province.unit("东一县局"), province.unit("西市局")
    change = actions.move_unit(unit_id=county.pk, actor=system_admin(province), parent_id=city.pk)
    above = Lineage.objects.filter(descendant=province.unit("一中")).order_by("depth")
    assert [line.ancestor.name for line in above] == ["一中", "东一县局", "西市局", "省厅"]
    assert queries.lineage_flaws() == []
    assert change.former_parent_id == province.unit("东市局").pk
    county.refresh_from_db()
    assert queries.parent_on(county, TODAY - timedelta(1)) == province.unit("东市局").pk
    assert queries.parent_on(county, TODAY) == city.pk


def test_an_office_that_moves_acts_for_its_new_authority(province):
    office, college = province.unit("教务处"), province.unit("学院")
    below = actions.found_unit(actor=system("tests"), name="考务科", kind="office", parent_id=office.pk)
    assert below.authority_id == college.pk
    actions.move_unit(unit_id=office.pk, actor=system_admin(province), parent_id=province.unit("西市局").pk)
    below.refresh_from_db()
    assert below.authority_id == province.unit("西市局").pk
    assert queries.lineage_flaws() == []


@pytest.mark.parametrize(
    ("unit", "parent", "reason"),
    [
        ("东市局", "东市局", "parent_is_descendant"),
        ("东市局", "一中", "parent_is_descendant"),
        ("东一县局", "东市局", "same_parent"),
        ("东一县局", "学院", "authority_below_school"),
        ("一中", "东二县局", None),
    ],
)
def test_a_move_never_makes_a_ring_or_an_impossible_place(province, unit, parent, reason):
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        actions.move_unit(
            unit_id=province.unit(unit).pk,
            actor=system_admin(province),
            parent_id=province.unit(parent).pk,
        )
    assert reason is None or (caught.value.code, caught.value.field) == (reason, "parent")
    assert queries.lineage_flaws() == []


def test_whoever_looked_before_somebody_else_changed_it_is_told(province):
    unit = province.unit("一中")
    actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="二中", seen_version=0)
    with pytest.raises(StaleVersion):
        actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="三中", seen_version=0)
    with pytest.raises(StaleVersion):
        actions.edit_unit(unit_id=unit.pk, actor=system_admin(province), sort_order=1, seen_version=0)


def test_a_form_sent_twice_changes_once(province):
    unit, admin = province.unit("一中"), system_admin(province)
    same = Actor(admin.person_id, admin.appointment_id, admin.unit_id, admin.post, admin.request_id)
    actions.rename_unit(unit_id=unit.pk, actor=admin, name="二中", seen_version=0)
    with pytest.raises(AlreadyDone):
        actions.rename_unit(unit_id=unit.pk, actor=same, name="二中", seen_version=0)
    assert verbs_of(unit) == ["org.unit.founded", "org.unit.renamed"]


def test_an_ended_unit_does_not_change_any_more(province):
    unit = province.unit("一中")
    actions.close_unit(unit_id=unit.pk, actor=system_admin(province))
    for deed in (
        lambda: actions.rename_unit(unit_id=unit.pk, actor=system_admin(province), name="二中"),
        lambda: actions.edit_unit(unit_id=unit.pk, actor=system_admin(province), sort_order=1),
        lambda: actions.close_unit(unit_id=unit.pk, actor=system_admin(province)),
    ):
        with pytest.raises(IllegalMove) as caught:
            deed()
        assert caught.value.code == "unit_ended"


def test_an_external_unit_is_kept_by_whoever_lists_it(province):
    city = system_admin(province, "东市局")
    unit = actions.found_unit(
        actor=city, name="市财政局", kind="external", keeper_id=province.unit("东市局").pk
    )
    actions.edit_unit(unit_id=unit.pk, actor=system_admin(province), sort_order=2)
    with pytest.raises(Unit.DoesNotExist):
        actions.edit_unit(unit_id=unit.pk, actor=system_admin(province, "西市局"), sort_order=3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一中", {"一中"}),
        ("yz", {"一中"}),
        ("yizhong", {"一中"}),
        ("县局", {"东一县局", "东二县局"}),
        ("dong", {"东市局", "东一县局", "东二县局"}),
        ("女中", {"一中"}),
        ("2162000001", {"一中"}),
        ("没有", set()),
        ("", set()),
    ],
)
def test_units_are_found_by_name_code_and_pinyin(province, text, found):
    actions.edit_unit(
        unit_id=province.unit("一中").pk, actor=system("tests"), aliases=["女中"], code="2162000001"
    )
    assert set(queries.search_units(text, TODAY).values_list("name", flat=True)) == found


def test_a_spoilt_lineage_is_found(province):
    county, school = province.unit("东一县局"), province.unit("一中")
    Lineage.objects.filter(ancestor=county, descendant=school).delete()
    Lineage.objects.create(ancestor=province.unit("西市局"), descendant=school, depth=1)
    Unit.objects.filter(pk=province.unit("基教处").pk).update(authority=county)
    found = run_checks(tags=["database"], databases=["default"])
    assert [problem.id for problem in found] == ["org.E001"] * 3
    assert [(flaw.unit_id, flaw.ancestor_id, flaw.code) for flaw in queries.lineage_flaws()] == sorted(
        [
            (school.pk, county.pk, "lineage_missing"),
            (school.pk, province.unit("西市局").pk, "lineage_surplus"),
            (province.unit("基教处").pk, county.pk, "authority_wrong"),
        ]
    )
