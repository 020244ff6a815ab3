from datetime import date

import pytest

from bihuan.org.models import Lineage, Unit
from bihuan.org.roles import GRANTS, Cap, Role
from bihuan.org.scope import has, may_edit_calendar, units_where


def names(actor, cap):
    return set(Unit.objects.filter(pk__in=units_where(actor, cap)).values_list("name", flat=True))


@pytest.fixture
def whole_town(town):
    for name in ("基教处", "一中", "东二县局", "西市局", "教务处", "财务处"):
        town.unit(name)
    return town


@pytest.mark.parametrize(
    ("unit", "role", "cap", "reaches"),
    [
        ("东市局", Role.SUPERVISOR, Cap.VIEW, {"东市局", "东一县局", "东二县局", "一中"}),
        ("东市局", Role.SUPERVISOR, Cap.DISPATCH, {"东市局"}),
        ("东市局", Role.HANDLER, Cap.VIEW, {"东市局"}),
        ("东市局", Role.HANDLER, Cap.DISPATCH, set()),
        ("一中", Role.LIAISON, Cap.SIGN_FOR, {"一中"}),
        ("省厅", Role.SYSTEM_ADMIN, Cap.VIEW, set()),
        ("学院", Role.LEADER, Cap.VIEW, {"学院", "教务处", "财务处"}),
    ],
)
def test_scope_follows_the_tree_and_the_role(whole_town, unit, role, cap, reaches):
    assert names(whole_town.actor(unit, role), cap) == reaches


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "holds"),
    [
        (date(2020, 1, 1), None, True),
        (date(2026, 11, 23), None, True),
        (date(2026, 11, 24), None, False),
        (date(2020, 1, 1), date(2026, 11, 23), True),
        (date(2020, 1, 1), date(2026, 11, 22), False),
    ],
)
def test_an_appointment_counts_only_while_it_holds(town, starts_on, ends_on, holds):
    actor = town.actor("东市局", starts_on=starts_on, ends_on=ends_on)
    assert has(actor, Cap.VIEW) is holds


def test_a_person_acts_in_one_appointment_at_a_time(town):
    person = town.person("东市局", Role.HANDLER)
    elsewhere = town.actor("西市局", Role.HANDLER)
    borrowed = type(elsewhere)(person.pk, elsewhere.appointment_id, elsewhere.unit_id, "")
    assert not has(borrowed, Cap.VIEW)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_no_administrator_sees_business_content(role):
    assert Cap.VIEW not in GRANTS[role]
    assert GRANTS[role].keys() <= {Cap.MANAGE_UNITS, Cap.MANAGE_CALENDAR, Cap.MANAGE_POSTS, Cap.AUDIT}


def test_the_lineage_equals_the_parent_links(whole_town):
    for unit in Unit.objects.all():
        chain, node = [], unit
        while node:
            chain.append(node.pk)
            node = node.parent
        rows = Lineage.objects.filter(descendant=unit).order_by("depth").values_list("ancestor_id", flat=True)
        assert list(rows) == chain


@pytest.mark.parametrize(
    ("unit", "role", "region", "may_edit"),
    [
        ("省厅", Role.SYSTEM_ADMIN, "", True),
        ("省厅", Role.SYSTEM_ADMIN, "622900", True),
        ("东市局", Role.SYSTEM_ADMIN, "622900", True),
        ("东市局", Role.SYSTEM_ADMIN, "622921", True),
        ("东市局", Role.SYSTEM_ADMIN, "620100", False),
        ("东市局", Role.SYSTEM_ADMIN, "", False),
        ("东市局", Role.SUPERVISOR, "622900", False),
    ],
)
def test_the_calendar_of_a_region_is_edited_at_or_above_it(town, unit, role, region, may_edit):
    for name, code in (("省厅", "620000"), ("东市局", "622900")):
        Unit.objects.filter(pk=town.unit(name).pk).update(region_code=code)
    assert may_edit_calendar(town.actor(unit, role), region) is may_edit
