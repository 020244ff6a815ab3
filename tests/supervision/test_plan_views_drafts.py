"""The tree editor: every form with and without scripts, every refusal where it belongs."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from bihuan.org.models import Alias
from bihuan.org.roles import Role
from bihuan.supervision.actions.planning import draft_plan
from bihuan.supervision.actions.shaping import edit_item
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.nodes import Aim, Header, Node, Why
from bihuan.supervision.queries.drafts import fingerprint
from tests.town import TODAY

TEXT = "一、转变作风\n1.精简会议\n2.精简文件\n结束语"


@pytest.fixture
def plan(town) -> Plan:
    first = Node(
        "精简会议",
        number="1.",
        span=(7, 13),
        leads=[Aim("办公处")],
        grounds=[Why("unit", "label_leads", "办公处", (7, 13))],
    )
    tree = [
        Node(
            "转变作风",
            number="一、",
            span=(0, 6),
            children=[first, Node("精简文件", number="2.", span=(14, 20))],
        )
    ]
    for name in ("东市局", "西市局", "基教处"):
        town.unit(name)
    header = Header("作风方案", areas=["作风", "教学"])
    return draft_plan(
        actor=town.actor("省厅"), header=header, tree=tree, source_text=TEXT, unread=[(21, 24, "closing")]
    )


@pytest.fixture
def meetings(plan) -> Item:
    return plan.items.get(title="精简会议")


@pytest.fixture
def desk(client, town, plan):
    """Opens and sends what belongs to the draft, as somebody, by its name."""

    def go(name: str, *args: object, data=None, unit="省厅", role=Role.SUPERVISOR, htmx=False, query=""):
        client.force_login(town.person(unit, role))
        headers = {"HX-Request": "true"} if htmx else {}
        address = reverse(name, args=[plan.pk, *args]) + query
        if data is None:
            return client.get(address, headers=headers)
        return client.post(address, data | {"request_key": str(uuid4())}, headers=headers)

    return go


def _fields(item: Item, **changed) -> dict:
    """What the row's form sends."""
    fields = {
        "title": item.title,
        "number": item.number,
        "mode": "each",
        "priority": "normal",
        "seen": fingerprint(item),
    }
    return {f"item-{item.pk}-{name}": value for name, value in (fields | changed).items()}


READS = [("draft", []), ("draft-header", []), ("draft-item", ["item"]), ("draft-split", ["item"]),
         ("draft-remove", ["item"]), ("draft-suggest", []), ("draft-delete", []), ("draft-sheet", []),
         ("plan-rehearsal", [])]  # fmt: skip
WRITES = [("draft-header", []), ("draft-item", ["item"]), ("draft-add", []), ("draft-shift", []),
          ("draft-bulk", []), ("draft-confirm", []), ("draft-merge", ["item"]), ("draft-split", ["item"]),
          ("draft-remove", ["item"]), ("draft-names", []), ("draft-passage", ["passage"]), ("draft-delete", []),
          ("draft-sheet", []), ("plan-issue", [])]  # fmt: skip
STRANGERS = [("省厅", Role.LEADER), ("省厅", Role.HANDLER), ("东市局", Role.SUPERVISOR), ("省厅", Role.INSPECTOR),
             ("省厅", Role.SYSTEM_ADMIN), ("省厅", Role.SECURITY_ADMIN), ("省厅", Role.AUDIT_ADMIN)]  # fmt: skip


@pytest.mark.parametrize(("unit", "role"), STRANGERS)
def test_a_draft_is_known_to_those_who_draft_it_and_nobody_else(client, town, plan, meetings, unit, role):
    ids = {"item": meetings.pk, "passage": plan.source.passages.get().pk}
    client.force_login(town.person(unit, role))
    asked = [(client.get, *one) for one in READS] + [(client.post, *one) for one in WRITES]
    answers = {
        (ask.__name__, name): ask(reverse(name, args=[plan.pk, *(ids[kind] for kind in kinds)])).status_code
        for ask, name, kinds in asked
    }
    assert set(answers.values()) == {404}


@pytest.mark.parametrize(("name", "kinds"), READS)
def test_every_page_of_the_editor_opens(desk, meetings, name, kinds):
    assert desk(name, *([meetings.pk] if kinds else [])).status_code == 200


def test_the_source_stands_beside_the_list_with_what_was_not_read(desk, plan, meetings):
    page = desk("draft")
    segments = page.context["segments"]
    assert "".join(one.text for one in segments) == TEXT
    assert [one.text for one in segments if one.mark and one.mark.item_id == meetings.pk] == ["1.精简会议"]
    assert [one.text.strip() for one in segments if one.mark and one.mark.passage_id] == ["结束语"]
    assert page.context["view"].unlooked == 1


@pytest.mark.parametrize(("show", "titles"), [
    ("", ["转变作风", "精简会议", "精简文件"]), ("unmatched", ["精简会议"]), ("no_lead", ["精简文件"]),
    ("guessed", ["精简会议"]), ("nonsense", ["转变作风", "精简会议", "精简文件"]),
])  # fmt: skip
def test_what_is_missing_can_be_picked_out(desk, show, titles):
    rows = desk("draft", query=f"?show={show}").context["rows"]
    assert [row.item.title for row in rows] == titles


@pytest.mark.parametrize("htmx", [True, False])
def test_a_row_is_saved_with_its_units_matched_by_name(desk, plan, meetings, town, htmx):
    data = _fields(
        meetings, leads="东市局、某某委员会", assists="基教处", due_on="2026-12-31", criteria="甲\n乙"
    )
    answer = desk("draft-item", meetings.pk, data=data, htmx=htmx)
    assert answer.status_code == (200 if htmx else 302)
    meetings.refresh_from_db()
    rows = meetings.targets.order_by("pk").values_list("written", "unit__name", "duty")
    assert list(rows) == [
        ("东市局", "东市局", "lead"),
        ("某某委员会", None, "lead"),
        ("基教处", "基教处", "assist"),
    ]
    assert (meetings.due_on, meetings.criteria.count()) == (date(2026, 12, 31), 2)
    assert not meetings.grounds.filter(confirmed=False).exists()
    if htmx:
        content = answer.content.decode()
        assert f'id="item-{meetings.pk}"' in content
        assert 'hx-swap-oob="true"' in content
        assert "<html" not in content


def test_saving_a_row_unchanged_changes_nothing_but_confirms_it(desk, plan, meetings, town):
    unit = town.unit("东市局")
    edit_item(
        plan_id=plan.pk,
        actor=town.actor("省厅"),
        item_id=meetings.pk,
        change={"leads": [Aim("东方局", unit.pk)]},
    )
    meetings = Item.objects.get(pk=meetings.pk)
    before = fingerprint(meetings)
    form = desk("draft-item", meetings.pk, htmx=True).context["form"]
    data = {bound.html_name: bound.value() if bound.value() is not None else "" for bound in form}
    data = {name: value for name, value in data.items() if value is not False}
    assert desk("draft-item", meetings.pk, data=data, htmx=True).status_code == 200
    assert fingerprint(Item.objects.get(pk=meetings.pk)) == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"due_on": "2026-13-40"}, "due_on"),
        ({"due_on": "2026-12-31", "long_term": "on"}, "due_on"),
        ({"leads": "东市局", "assists": "东市局"}, "assists"),
        ({"milestones": "年底完成"}, "milestones"),
        ({"criteria": "长" * 301}, "criteria"),
        ({"target_value": "很多"}, "target_value"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_row_that_is_wrong_stays_open_with_the_error_at_its_field(desk, meetings, changed, field, htmx):
    answer = desk("draft-item", meetings.pk, data=_fields(meetings, **changed), htmx=htmx)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert ("<html" in answer.content.decode()) is not htmx


def test_a_row_that_somebody_else_changed_is_refused_and_keeps_what_was_typed(desk, plan, meetings, town):
    data = _fields(meetings, title="我写的")
    edit_item(plan_id=plan.pk, actor=town.actor("省厅"), item_id=meetings.pk, change={"title": "别人写的"})
    answer = desk("draft-item", meetings.pk, data=data, htmx=True)
    assert answer.status_code == 409
    assert "我写的" in answer.content.decode()


@pytest.mark.parametrize(
    ("shift", "status"), [("deeper", 302), ("higher", 302), ("up", 302), ("nonsense", 422)]
)
def test_rows_are_moved_by_plain_buttons(desk, plan, shift, status):
    papers = plan.items.get(title="精简文件")
    assert desk("draft-shift", data={"selected": papers.pk, "shift": shift}).status_code == status


def test_a_move_that_is_not_possible_says_so_in_the_list(desk, plan):
    first = plan.items.get(title="转变作风")
    answer = desk("draft-shift", data={"selected": first.pk, "shift": "up"}, htmx=True)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_a_move_from_an_old_page_is_refused(desk, plan):
    data = {"selected": plan.items.get(title="精简文件").pk, "shift": "deeper", "seen_version": 99}
    assert desk("draft-shift", data=data, htmx=True).status_code == 409


@pytest.mark.parametrize("where", [{}, {"after": "meetings"}, {"after": "meetings", "below": "on"}])
def test_an_item_is_added_and_opens_at_once(desk, plan, meetings, where):
    data = {"title": "新的一条"} | {
        key: meetings.pk if value == "meetings" else value for key, value in where.items()
    }
    answer = desk("draft-add", data=data)
    fresh = plan.items.get(title="新的一条")
    assert answer.headers["Location"].endswith(f"?edit={fresh.pk}#item-{fresh.pk}")
    assert fresh.depth == (1 if not where else 3 if "below" in where else 2)


def test_an_item_without_words_is_not_added(desk, plan):
    assert desk("draft-add", data={"title": " "}, htmx=True).status_code == 422
    assert plan.items.count() == 3


def test_an_item_is_split_merged_and_removed(desk, plan, meetings):
    assert desk("draft-split", meetings.pk, data={"lines": "少开会\n开短会"}).status_code == 302
    assert plan.items.count() == 4
    assert desk("draft-split", meetings.pk, data={"lines": "一行"}).status_code == 422
    short = plan.items.get(title="开短会")
    assert desk("draft-merge", short.pk, data={}, htmx=True).status_code == 200
    assert plan.items.count() == 3
    first = plan.items.get(title="转变作风")
    assert desk("draft-merge", first.pk, data={}, htmx=True).status_code == 409
    assert desk("draft-remove", first.pk).context["below"] == 2
    assert desk("draft-remove", first.pk, data={}).status_code == 302
    assert not plan.items.exists()


def test_a_split_proposes_a_line_for_each_sentence_and_leaves_out_who_and_when(desk, plan, meetings):
    Item.objects.filter(pk=meetings.pk).update(
        text="少开会（不含例会；视频会）；开短会。（责任单位：教务处；时限：6月底前）"
    )
    form = desk("draft-split", meetings.pk).context["form"]
    assert form["lines"].value() == "少开会（不含例会；视频会）；\n开短会。"


@pytest.mark.parametrize("name", ["draft-item", "draft-split", "draft-remove"])
def test_an_item_of_another_plan_is_not_found(desk, town, name):
    other = draft_plan(actor=town.actor("省厅"), header=Header("另一份"), tree=[Node("别的")])
    assert desk(name, other.items.get().pk).status_code == 404


def test_names_are_settled_for_the_whole_list_and_remembered(desk, plan, town):
    office = town.unit("基教处")
    data = {"means-0": "other", "other-0": "基教处", "alias-0": "on"}
    assert desk("draft-names", data=data, htmx=True).status_code == 200
    assert plan.items.get(title="精简会议").targets.get().unit == office
    assert Alias.objects.get(name="办公处").unit == office


def test_a_name_may_be_no_unit(desk, plan):
    assert desk("draft-names", data={"means-0": "none"}).status_code == 302
    assert not plan.items.get(title="精简会议").targets.exists()


@pytest.mark.parametrize("data", [{}, {"means-0": "other", "other-0": "没有的单位"}, {"means-0": "u999999"}])
def test_a_name_that_is_not_decided_is_refused(desk, plan, data):
    assert desk("draft-names", data=data, htmx=True).status_code == 422
    assert plan.items.get(title="精简会议").targets.get().unit is None


@pytest.mark.parametrize(("do", "items"), [("item", 4), ("skip", 3)])
def test_an_unread_passage_is_taken_or_left(desk, plan, do, items):
    passage = plan.source.passages.get()
    assert desk("draft-passage", passage.pk, data={do: "1"}).status_code == 302
    passage.refresh_from_db()
    assert (passage.settled, plan.items.count()) == (True, items)


CHANGES = [
    ({"set_leads": "on", "leads": "东市局、西市局"}, lambda item: item.targets.count() == 2),
    ({"set_due": "on", "due_on": "2026-12-31"}, lambda item: item.due_on == date(2026, 12, 31)),
    (
        {"set_due": "on", "long_term": "on", "set_cycle": "on", "cycle": "monthly"},
        lambda item: item.long_term,
    ),
    ({"set_area": "on", "area": "教学"}, lambda item: str(item.area) == "教学"),
    ({"set_leader": "on", "leader": "副厅长 罗瑞"}, lambda item: item.leader == "副厅长 罗瑞"),
    ({"set_person": "on", "person": "王强"}, lambda item: item.person == "王强"),
    ({"set_priority": "on", "priority": "urgent"}, lambda item: item.priority == "urgent"),
    ({"set_criteria": "on", "criteria": "甲\n乙"}, lambda item: item.criteria.count() == 2),
]


@pytest.mark.parametrize(("data", "holds"), CHANGES)
def test_a_selection_is_set_at_once_after_it_was_shown(desk, plan, data, holds):
    chosen = list(plan.items.filter(depth=2).values_list("pk", flat=True))
    page = desk("draft-bulk", data={"selected": chosen})
    assert (page.status_code, len(page.context["rows"])) == (200, 2)
    version = page.context["form"]["seen_version"].value()
    answer = desk("draft-bulk", data={"selected": chosen, "apply": "1", "seen_version": version} | data)
    assert answer.status_code == 302
    assert all(holds(item) for item in plan.items.filter(depth=2))
    assert not holds(plan.items.get(depth=1))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"selected": [], "apply": "1"}, 422),
        ({"apply": "1"}, 422),
        ({"apply": "1", "set_due": "on"}, 422),
        ({"apply": "1", "set_due": "on", "due_on": "2026-12-31", "criteria": "甲"}, 422),  # not ticked
        ({"apply": "1", "set_due": "on", "due_on": "2026-12-31", "long_term": "on"}, 422),
        ({"apply": "1", "set_priority": "on", "priority": "urgent", "seen_version": 99}, 409),
    ],
)
def test_a_selection_that_is_wrong_changes_nothing(desk, plan, meetings, data, status):
    assert desk("draft-bulk", data={"selected": [meetings.pk]} | data).status_code == status
    meetings.refresh_from_db()
    assert (meetings.due_on, meetings.priority) == (None, "normal")


def test_the_head_of_the_draft_is_edited(desk, plan):
    data = {
        "title": "新名称", "number": "甘教发〔2026〕9号", "starts_on": "2026-12-01", "ends_on": "2027-06-30",
        "cycle": "monthly", "level_names": "任务、措施", "areas": "作风\n服务",
        "leading_group": "组长 李建国 党委书记\n成员 王文华", "seen_version": plan.version,
    }  # fmt: skip
    assert desk("draft-header", data=data).status_code == 302
    plan.refresh_from_db()
    assert (plan.title, plan.level_names, plan.cycle) == ("新名称", ["任务", "措施"], "monthly")
    assert list(plan.leading_group.values_list("duty", "name", "post")) == [
        ("组长", "李建国", "党委书记"),
        ("成员", "王文华", ""),
    ]
    assert set(plan.areas.values_list("name", flat=True)) == {"作风", "服务"}


@pytest.mark.parametrize(
    ("changed", "field", "status"),
    [
        ({"title": ""}, "title", 422),
        ({"ends_on": "2025-01-01"}, "ends_on", 422),
        ({"level_names": "一、二、三、四、五、六、七"}, "level_names", 422),
        ({"seen_version": 99}, "__all__", 409),
    ],
)
def test_a_head_that_is_wrong_is_refused_at_its_field(desk, changed, field, status):
    data = {"title": "名", "starts_on": "2026-01-01", "cycle": "none", "level_names": "任务"} | changed
    answer = desk("draft-header", data=data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field])


def test_a_draft_is_thrown_away_after_a_question(desk, plan):
    assert desk("draft-delete").context["count"] == 3
    assert desk("draft-delete", data={}).status_code == 302
    assert not Plan.objects.exists()


@pytest.mark.parametrize(("typed", "offered"), [("东市", ["东市局"]), ("", []), ("没有这样的", [])])
def test_units_are_offered_while_a_name_is_typed(desk, typed, offered):
    found = desk("draft-suggest", query=f"?q={typed}").context["found"]
    assert [one.name for one in found] == offered


def test_the_editor_of_a_thousand_items_does_not_ask_more_than_that_of_ten(
    client, town, django_assert_max_num_queries
):
    point = Node(
        "着力点", leads=[Aim("东市局", unit_id=town.unit("东市局").pk)], due_on=TODAY, criteria=["有台账"]
    )
    measures = [Node(f"措施 {n}", children=[point] * 9) for n in range(10)]
    tree = [Node(f"任务 {n}", children=measures) for n in range(10)]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("大方案"), tree=tree)
    client.force_login(town.person("省厅"))
    client.get(reverse("draft", args=[plan.pk]))
    with django_assert_max_num_queries(30):
        page = client.get(reverse("draft", args=[plan.pk]))
    assert len(page.context["rows"]) == 1010
