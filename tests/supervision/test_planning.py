"""How a list comes to be and is issued."""

from datetime import timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.errors import Refused
from bihuan.org.models import UnitGroup, UnitKind
from bihuan.supervision.actions.planning import (
    Header,
    amend_plan,
    draft_plan,
    edit_items,
    issue_plan,
    roll_forward,
)
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Node
from bihuan.supervision.queries.readiness import gaps_of
from tests.town import TODAY

SOON = TODAY + timedelta(days=30)


@pytest.fixture
def cities(town) -> UnitGroup:
    for name in ("东市局", "西市局", "东一县局"):
        town.unit(name)
    owner = town.unit("省厅")
    return UnitGroup.objects.create(
        owner=owner, name="各市州教育局", rule_kind=UnitKind.AUTHORITY, rule_depth=1
    )


@pytest.fixture
def plan(town, cities) -> Plan:
    lead = [Aim("各市州教育局", group_id=cities.pk)]
    college = [Aim("学院", unit_id=town.unit("学院").pk)]
    tree = [
        Node(
            "转变作风",
            number="一、",
            area="作风",
            children=[
                Node("精简会议", number="1", due_on=SOON, leads=lead, criteria=["会议减少三成"]),
                Node("推行一表通", number="2", due_on=SOON, leads=college, assists=lead),
            ],
        )
    ]
    header = Header("作风建设行动方案", number="甘教发〔2026〕1号", areas=["作风"])
    return draft_plan(actor=town.actor("省厅"), header=header, tree=tree)


def test_an_issued_plan_gives_every_leaf_to_its_units(town, plan):
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    given = Assignment.objects.values_list("item__title", "unit__name", "duty").order_by("pk")
    assert set(given) == {
        ("精简会议", "东市局", "lead"),
        ("精简会议", "西市局", "lead"),
        ("推行一表通", "学院", "lead"),
        ("推行一表通", "东市局", "assist"),
        ("推行一表通", "西市局", "assist"),
    }
    assist = Assignment.objects.filter(duty="assist").first()
    assert assist.reviewer == town.unit("学院")
    assert assist.due_at < assist.lead.due_at


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"due_on": None}, "no_deadline"),
        ({"due_on": None, "long_term": True}, "no_cycle"),
        ({"leads": []}, "no_lead"),
        ({"leads": [Aim("某某委员会")]}, "unmatched"),
        ({"due_on": TODAY - timedelta(days=1)}, "past"),
    ],
)
def test_a_gap_keeps_a_plan_from_being_issued(town, plan, change, code):
    item = plan.items.get(title="精简会议")
    edit_items(plan_id=plan.pk, actor=town.actor("省厅"), changes={item.pk: change})
    assert [gap.code for gap in gaps_of(plan)] == [code]
    with pytest.raises(Refused) as refusal:
        issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    assert refusal.value.code == "not_ready"
    assert not Assignment.objects.exists()


def test_a_long_term_item_becomes_one_assignment_for_the_present_period(town, plan):
    item = plan.items.get(title="精简会议")
    change = {"due_on": None, "long_term": True, "cycle": "monthly"}
    edit_items(plan_id=plan.pk, actor=town.actor("省厅"), changes={item.pk: change})
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    assert {one.period for one in item.assignments.all()} == {"2026-11"}


def test_an_amendment_moves_open_deadlines_and_keeps_the_original(town, plan):
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    item = plan.items.get(title="精简会议")
    later = SOON + timedelta(days=10)
    amend_plan(plan_id=plan.pk, actor=town.actor("省厅"), reason="厅务会决定", redated={item.pk: later})
    moved = item.assignments.first()
    assert (clock.office_day(moved.due_at), clock.office_day(moved.original_due_at)) == (later, SOON)
    plan.refresh_from_db()
    assert plan.edition == 2


def test_last_years_list_rolls_forward_with_its_tree(town, plan):
    new = roll_forward(plan_id=plan.pk, actor=town.actor("省厅"), title="2027年行动方案")
    assert list(new.items.values_list("number", "title")) == list(plan.items.values_list("number", "title"))
    assert new.items.get(title="精简会议").due_on == SOON.replace(year=2027)
    assert new.items.get(title="精简会议").criteria.count() == 1
