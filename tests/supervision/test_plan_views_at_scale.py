"""The plan pages of a list that went to each of 2,000 schools: what they ask and draw does not grow with them."""

import re

import pytest
from django.db import connection
from django.db.models import F
from django.test import TestCase
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.org.models import Lineage, Unit, UnitGroup
from bihuan.org.roles import Role
from bihuan.supervision.actions.planning import draft_plan, issue_plan
from bihuan.supervision.jobs import serve_dispatch_job
from bihuan.supervision.models import Assignment, Dispatch, Plan
from bihuan.supervision.nodes import Aim, Header, Node
from tests.town import MORNING, TODAY, Town

SCHOOLS = 2000
QUERIES, ROWS, SIZE = 30, 150, 400_000
ISSUED = ("plan", "plan-matrix", "plan-timeline", "plan-work", "plan-history", "plan-print", "plan-amend")


@pytest.fixture(scope="module")
def province(django_db_setup, django_db_blocker):
    """A draft and an issued plan, built once; each test rolls back to them."""
    with django_db_blocker.unblock():
        TestCase.setUpClass()
        with (
            connection.cursor() as cursor
        ):  # as before the first duty, whatever other tests let the planner know
            cursor.execute("UPDATE pg_class SET reltuples = -1 WHERE relname = 'supervision_assignment'")
        with clock.frozen(MORNING):
            town = Town()
            town.post("省厅", Role.SUPERVISOR)
            _found_schools(town.unit("省厅"))
            group = UnitGroup.objects.create(
                owner=town.unit("省厅"), name="各校", rule_kind="school", rule_depth=1
            )
            plans = [_drafted(town, group) for _each in range(2)]
            issue_plan(plan_id=plans[0].pk, actor=town.actor("省厅"))
            serve_dispatch_job(dispatch_id=Dispatch.objects.get().pk)
    yield town, *plans
    with django_db_blocker.unblock():
        TestCase.tearDownClass()


@pytest.mark.parametrize("name", [*ISSUED, "plan-rehearsal", "draft"])
def test_a_page_is_bounded_however_many_units_a_list_went_to(
    client, province, db, at_work, name, django_assert_max_num_queries
):
    town, issued, draft = province
    assert Assignment.objects.filter(item__plan=issued).count() == SCHOOLS
    client.force_login(town.person("省厅"))
    address = reverse(name, args=[issued.pk if name in ISSUED else draft.pk])
    client.get("/me/")  # what every session asks for first
    with django_assert_max_num_queries(QUERIES):
        content = client.get(address).content.decode()
    assert len(re.findall("<tr|data-row", content)) < ROWS
    assert len(content) < SIZE


def test_the_planner_knows_of_a_mass_dispatch_before_anybody_looks(province, db):
    """Without that the page of 16,000 units took a hundred times as long in its first minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'supervision_assignment'")
        assert cursor.fetchone()[0] >= SCHOOLS


def _found_schools(province: Unit) -> None:
    """As an import would leave them, without its entries."""
    schools = Unit.objects.bulk_create(
        Unit(name=f"第{n}小学", short_name=f"第{n}小学", kind="school", parent=province)
        for n in range(SCHOOLS)
    )
    Unit.objects.filter(pk__in=[one.pk for one in schools]).update(authority=F("pk"))
    Lineage.objects.bulk_create(
        Lineage(ancestor_id=above, descendant=one, depth=depth)
        for one in schools
        for depth, above in enumerate((one.pk, province.pk))
    )


def _drafted(town: Town, group: UnitGroup) -> Plan:
    aims = [Aim(group.name, group_id=group.pk)]
    tree = [Node("改进作风", children=[Node("自查收费", leads=aims, due_on=TODAY.replace(month=12))])]
    return draft_plan(actor=town.actor("省厅"), header=Header("专项行动"), tree=tree)
