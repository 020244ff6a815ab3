"""The tree editor's actions: whatever is done to a draft, it stays a tree and loses no words."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.kernel.errors import Refused, StaleVersion
from bihuan.ledger.models import Entry
from bihuan.org.models import UnitGroup
from bihuan.supervision import outlines
from bihuan.supervision.actions.planning import Header, draft_plan, issue_plan
from bihuan.supervision.actions.planting import outline_of
from bihuan.supervision.actions.shaping import (
    Row,
    confirm_items,
    edit_item,
    insert_item,
    merge_item,
    put_rows,
    settle_names,
    settle_passage,
    shift_items,
    split_item,
)
from bihuan.supervision.models import Ground, Item, Plan
from bihuan.supervision.nodes import Aim, Node, Why
from bihuan.supervision.outlines import Shift
from bihuan.supervision.queries.drafts import fingerprint
from tests.town import TODAY

TEXT = "一、转变作风\n精简会议\n二、优化服务\n结束语"


@pytest.fixture
def plan(town) -> Plan:
    meetings = Node(
        "精简会议",
        number="1",
        span=(7, 11),
        leads=[Aim("办公室"), Aim("某某委")],
        due_on=date(2026, 12, 31),
        criteria=["会议减少三成"],
        grounds=[Why("unit", "label_leads", "办公室", (7, 11))],
    )
    tree = [
        Node("转变作风", number="一、", span=(0, 6), children=[meetings, Node("精简文件", number="2")]),
        Node("优化服务", number="二、", span=(12, 18), children=[Node("推行一表通", number="3")]),
    ]
    unread = [(19, 22, "closing")]
    return draft_plan(
        actor=town.actor("省厅"), header=Header("方案"), tree=tree, source_text=TEXT, unread=unread
    )


def _item(plan: Plan, title: str) -> Item:
    return plan.items.get(title=title)


def _shape(plan: Plan) -> str:
    return " ".join(
        f"{'·' * (depth - 1)}{title}" for depth, title in plan.items.values_list("depth", "title")
    )


@pytest.mark.parametrize(
    ("titles", "shift", "shape"),
    [
        (["精简文件"], Shift.DEEPER, "转变作风 ·精简会议 ··精简文件 优化服务 ·推行一表通"),
        (["精简会议", "精简文件"], Shift.HIGHER, "转变作风 精简会议 精简文件 优化服务 ·推行一表通"),
        (["优化服务"], Shift.DEEPER, "转变作风 ·精简会议 ·精简文件 ·优化服务 ··推行一表通"),
        (["精简文件"], Shift.UP, "转变作风 ·精简文件 ·精简会议 优化服务 ·推行一表通"),
        (["转变作风"], Shift.DOWN, "优化服务 ·推行一表通 转变作风 ·精简会议 ·精简文件"),
    ],
)
def test_branches_move_a_level_or_a_place(town, plan, titles, shift, shape):
    ids = [_item(plan, title).pk for title in titles]
    shift_items(plan_id=plan.pk, actor=town.actor("省厅"), item_ids=ids, shift=shift)
    assert _shape(plan) == shape


@pytest.mark.parametrize(("title", "shift"), [("转变作风", Shift.UP), ("转变作风", Shift.DEEPER)])
def test_a_move_that_has_no_room_is_refused_and_leaves_no_entry(town, plan, title, shift):
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        shift_items(plan_id=plan.pk, actor=town.actor("省厅"), item_ids=[_item(plan, title).pk], shift=shift)
    assert (refusal.value.code, Entry.objects.count()) == ("no_room", before)


def test_a_split_gives_each_line_an_item_with_the_same_unit_and_deadline(town, plan):
    item = _item(plan, "精简会议")
    lines = ["精简会议", "", "精简文件简报", "压减检查考核"]
    born = split_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=item.pk, lines=lines)
    assert _shape(plan) == ("转变作风 ·精简会议 ·精简文件简报 ·压减检查考核 ·精简文件 优化服务 ·推行一表通")
    assert [[one.written for one in item.targets.all()] for item in born] == [["办公室", "某某委"]] * 3
    assert {item.due_on for item in born} == {date(2026, 12, 31)}


def test_a_split_needs_two_lines(town, plan):
    with pytest.raises(Refused) as refusal:
        split_item(
            plan_id=plan.pk, actor=town.actor("省厅"), item_id=_item(plan, "精简会议").pk, lines=["一行"]
        )
    assert (refusal.value.code, refusal.value.field) == ("one_line", "lines")


def test_a_merge_joins_words_units_criteria_and_parts_to_the_item_before(town, plan):
    merge_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=_item(plan, "优化服务").pk)
    assert _shape(plan) == "转变作风 ·精简会议 ·精简文件 ·推行一表通"
    kept = merge_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=_item(plan, "精简会议").pk)
    assert kept.title == "转变作风"
    assert "1 精简会议" in kept.text
    assert kept.span_end == 11
    assert {one.written for one in kept.targets.all()} == {"办公室", "某某委"}
    assert (kept.criteria.count(), kept.grounds.count(), kept.due_on) == (1, 1, date(2026, 12, 31))


def test_the_first_item_has_nothing_to_be_merged_into(town, plan):
    with pytest.raises(Refused):
        merge_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=_item(plan, "转变作风").pk)


def test_an_unread_passage_becomes_an_item_where_it_stands(town, plan):
    passage = plan.source.passages.get()
    item = insert_item(plan_id=plan.pk, actor=town.actor("省厅"), node=Node("结束语"), passage_id=passage.pk)
    assert _shape(plan).endswith("优化服务 ·结束语 ·推行一表通")
    passage.refresh_from_db()
    assert (passage.settled, item.span_start) == (True, 19)


def test_an_unread_passage_may_be_no_item_at_all(town, plan):
    passage = plan.source.passages.get()
    settle_passage(plan_id=plan.pk, actor=town.actor("省厅"), passage_id=passage.pk)
    assert not plan.source.passages.filter(settled=False).exists()


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(town, plan):
    item = _item(plan, "精简会议")
    seen = fingerprint(item)
    change = {"leads": [Aim("教务处")]}
    edit_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=item.pk, change=change, seen=seen)
    with pytest.raises(StaleVersion):
        edit_item(
            plan_id=plan.pk, actor=town.actor("省厅"), item_id=item.pk, change={"title": "别的"}, seen=seen
        )
    other = _item(plan, "精简文件")
    edit_item(
        plan_id=plan.pk,
        actor=town.actor("省厅"),
        item_id=other.pk,
        change={"title": "减少文件"},
        seen=fingerprint(other),
    )
    assert _item(plan, "减少文件")


def test_whoever_looks_at_an_item_confirms_what_was_read_about_it(town, plan):
    item = _item(plan, "精简会议")
    confirm_items(plan_id=plan.pk, actor=town.actor("省厅"), item_ids=[item.pk])
    assert not Ground.objects.filter(item=item, confirmed=False).exists()


def test_a_name_is_matched_once_for_the_whole_list(town, plan):
    office, college = town.unit("基教处"), town.unit("学院")
    edit_item(
        plan_id=plan.pk,
        actor=town.actor("省厅"),
        item_id=_item(plan, "精简文件").pk,
        change={"leads": [Aim("办公室"), Aim("基教处", unit_id=office.pk)], "assists": [Aim("某某委")]},
    )
    names = {"办公室": Aim("办公室", unit_id=office.pk), "某某委": None}
    settle_names(plan_id=plan.pk, actor=town.actor("省厅"), names=names)
    found = plan.items.filter(targets__isnull=False).values_list("title", "targets__unit__name")
    assert sorted(found) == [("精简会议", "基教处"), ("精简文件", "基教处")]
    assert not college.in_groups.exists()


def test_a_sheet_changes_adds_moves_and_removes(town, plan):
    first, second = _item(plan, "精简会议"), _item(plan, "优化服务")
    rows = [
        Row(1, Node("优化服务"), second.pk, frozenset({"title"})),
        Row(2, Node("新增一条", leads=[Aim("办公室")])),
        Row(2, Node("少开会", due_on=None), first.pk, frozenset({"title"})),
    ]
    put_rows(plan_id=plan.pk, actor=town.actor("省厅"), rows=rows)
    assert _shape(plan) == "优化服务 ·新增一条 ·少开会"
    first.refresh_from_db()
    assert (first.due_on, first.targets.count()) == (date(2026, 12, 31), 2)


@pytest.mark.parametrize(
    ("rows", "code"),
    [([Row(2, Node("悬空"))], "levels"), ([Row(1, Node("外来"), 987654)], "foreign_item")],
)
def test_a_sheet_that_makes_no_tree_changes_nothing(town, plan, rows, code):
    before = _shape(plan)
    with pytest.raises(Refused) as refusal:
        put_rows(plan_id=plan.pk, actor=town.actor("省厅"), rows=rows)
    assert (refusal.value.code, _shape(plan)) == (code, before)


def test_nobody_shapes_a_list_that_was_issued(town, plan):
    town.unit("东市局")
    everybody = UnitGroup.objects.create(
        owner=town.unit("省厅"), name="各市州教育局", rule_kind="authority", rule_depth=1
    )
    for item in plan.items.leaves():
        edit_item(
            plan_id=plan.pk,
            actor=town.actor("省厅"),
            item_id=item.pk,
            change={"leads": [Aim(group_id=everybody.pk)], "due_on": TODAY},
        )
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    with pytest.raises(Refused) as refusal:
        merge_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=_item(plan, "优化服务").pk)
    assert refusal.value.code == "illegal_move"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_sequence_of_edits_keeps_a_valid_tree_and_every_word(town, data):
    tree = [Node(f"第{n}条", children=[Node(f"第{n}{m}条") for m in range(2)]) for n in range(3)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("方案"), tree=tree)
    words = set(plan.items.values_list("title", flat=True))
    for _step in range(data.draw(st.integers(1, 5))):
        items = list(plan.items.all())
        item = data.draw(st.sampled_from(items))
        move = data.draw(st.sampled_from([*Shift.values, "merge", "split", "insert"]))
        with suppress(Refused):  # at the edge of the list
            _edit(plan, item, move, town)
        outline = outline_of(plan)
        assert outlines.is_valid(outline)
        assert dict(plan.items.values_list("pk", "parent_id")) == outlines.parents(outline)
    said = " ".join(f"{item.title} {item.text}" for item in plan.items.all())
    assert all(word in said for word in words)


def _edit(plan: Plan, item: Item, move: str, town) -> None:
    actor = town.actor("省厅")
    if move == "merge":
        merge_item(plan_id=plan.pk, actor=actor, item_id=item.pk)
    elif move == "split":
        split_item(
            plan_id=plan.pk,
            actor=actor,
            item_id=item.pk,
            lines=[*(item.text or item.title).splitlines(), "又一条"],
        )
    elif move == "insert":
        insert_item(plan_id=plan.pk, actor=actor, node=Node("新条"), after_id=item.pk)
    else:
        shift_items(plan_id=plan.pk, actor=actor, item_ids=[item.pk], shift=move)
