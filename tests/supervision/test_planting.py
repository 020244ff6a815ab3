"""Putting items into a draft."""

import pytest

from bihuan.supervision.actions.planning import Header, draft_plan, edit_plan
from bihuan.supervision.models import Area, Item
from bihuan.supervision.nodes import Aim, Node

pytestmark = pytest.mark.django_db


def _tree(width: int) -> list[Node]:
    """Three levels; `width` squared measures of one point each."""
    point = Node("着力点", criteria=["有台账"], leads=[Aim("某某处")], assists=[Aim("某某办")])
    measures = [Node(f"措施 {n}", number=str(n), children=[point]) for n in range(width)]
    return [Node(f"任务 {n}", area="作风", children=measures) for n in range(width)]


def test_a_tree_keeps_its_order_its_levels_and_its_areas(town):
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案", areas=["作风"]), tree=_tree(2))
    rows = plan.items.values_list("position", "depth", "title", "parent__title", "area__name")
    assert list(rows)[:4] == [
        (0, 1, "任务 0", None, "作风"),
        (1, 2, "措施 0", "任务 0", "作风"),
        (2, 3, "着力点", "措施 0", "作风"),
        (3, 2, "措施 1", "任务 0", "作风"),
    ]


def test_a_thousand_items_are_planted_in_as_many_statements_as_three(town, django_assert_max_num_queries):
    actor = town.actor("省厅")
    with django_assert_max_num_queries(60):
        plan = draft_plan(actor=actor, header=Header("方案"), tree=_tree(22))
    assert plan.items.count() == 22 + 2 * 22**2


@pytest.mark.parametrize(
    ("leads", "assists", "kept"),
    [
        ([Aim("甲"), Aim("甲")], [], [("甲", "lead")]),
        ([Aim("甲")], [Aim("甲"), Aim("乙")], [("甲", "lead"), ("乙", "assist")]),
    ],
)
def test_a_unit_named_twice_counts_once_and_as_lead(town, leads, assists, kept):
    tree = [Node("事项", leads=leads, assists=assists)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    assert list(plan.items.get().targets.order_by("pk").values_list("written", "duty")) == kept


def test_an_area_taken_off_the_head_of_a_draft_leaves_its_items_without_one(town):
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案", areas=["作风"]), tree=_tree(1))
    edit_plan(plan_id=plan.pk, actor=town.actor("省厅"), header=Header("方案", areas=["教学"]))
    assert list(Area.objects.values_list("name", flat=True)) == ["教学"]
    assert not Item.objects.exclude(area=None).exists()
