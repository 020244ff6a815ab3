"""Registers: the same rows on the page, in the file and from the API; columns, orders, scope."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.listing import REGISTERS, lines
from bihuan.org.roles import Cap, Role
from bihuan.registers.queries import page_of, registers_for, understood
from bihuan.supervision.models import Assignment
from tests.supervision import scenes

pytestmark = pytest.mark.django_db
KEYS = {"assignments", "items", "reports", "presses", "papers", "units"}


def read(town, key, query="", unit="省厅", role=Role.SUPERVISOR):
    actor = town.actor(unit, role)
    return understood(REGISTERS[key], actor, QueryDict(query))


def said(asked):
    """The rows of the first page, each as heading → cell."""
    return [
        {column.key: cell for column, cell in zip(asked.columns, line.cells, strict=True)}
        for line in page_of(asked).lines
    ]


def test_every_list_is_declared_once():
    assert set(REGISTERS) == KEYS
    for register in REGISTERS.values():
        keys = [column.key for column in register.columns]
        assert len(keys) == len(set(keys))
        assert all(order.by[-1].lstrip("-") == "pk" for order in register.orders)
        assert any(column.chosen for column in register.columns)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_column_and_every_order_can_be_asked(town, key):
    scenes.reported(town)
    scenes.written_off(town, "西市局")
    scenes.outside(town, "学院")
    columns = "&".join(f"col={column.key}" for column in REGISTERS[key].columns)
    counts = set()
    for order in REGISTERS[key].orders:
        asked = read(town, key, f"stage=&order={order.key}&{columns}")
        assert [column.key for column in asked.columns] == [column.key for column in REGISTERS[key].columns]
        rows = list(lines(asked.register, asked.rows, asked.columns, clock.now()))
        assert len(rows) == page_of(asked).count
        counts.add(len(rows))
    assert len(counts) == 1


def test_a_row_says_what_the_pages_say(town):
    one = scenes.reported(town, assist_ids=[town.unit("学院").pk])
    (row,) = [row for row in said(read(town, "assignments", "duty=lead")) if row["item"]]
    assert row["item"] == one.item.title
    assert (row["unit"], row["assisting"], row["duty"]) == ("东市局", "学院", "牵头")
    assert (row["progress"], row["said"], row["light"]) == (60, "已核查三县", "正常推进")
    assert row["due_on"] == clock.office_day(one.due_at)


@pytest.mark.parametrize(
    "scene", ["given", "reported", "suspended", "completed", "written_off", "extension_endorsed"]
)
def test_a_light_in_a_register_is_the_light_of_the_page(town, scene):
    from bihuan.supervision.views.faces import shown_light

    one = getattr(scenes, scene)(town)
    (row,) = said(read(town, "assignments", "stage=&col=light"))
    assert row["light"] == str(shown_light(one, clock.now()).text)


def test_an_overdue_duty_tells_its_days(town):
    from datetime import timedelta

    one = scenes.working(town)
    with clock.frozen(one.due_at + timedelta(days=3)):
        (row,) = said(read(town, "assignments", "col=days_late&col=light"))
        assert row == {"days_late": 3, "light": "逾期"}


@pytest.mark.parametrize(
    ("unit", "role", "seen"),
    [
        ("省厅", Role.SUPERVISOR, 2),
        ("东市局", Role.HANDLER, 1),
        ("西市局", Role.SUPERVISOR, 1),
        ("学院", Role.LEADER, 0),
    ],
)
def test_a_reader_gets_the_rows_of_their_own_scope_and_nothing_else(town, unit, role, seen):
    scenes.reported(town)
    scenes.reported(town, "西市局")
    for key in ("assignments", "reports", "items"):
        asked = read(town, key, unit=unit, role=role)
        assert page_of(asked).count == len(page_of(asked).lines) == seen, key
    within = Assignment.objects.within(town.actor(unit, role), Cap.VIEW).count()
    assert within == seen


def test_the_bare_address_shows_what_is_open_and_all_when_all_is_asked(town):
    scenes.working(town)
    scenes.written_off(town, "西市局")
    assert len(said(read(town, "assignments"))) == 1
    assert len(said(read(town, "assignments", "stage="))) == 2


def test_administrators_read_no_business_but_units(town):
    assert {one.key for one in registers_for(town.actor("省厅", Role.SYSTEM_ADMIN))} == {"units"}
    assert registers_for(town.actor("省厅", Role.AUDIT_ADMIN)) == []


def test_unknown_columns_and_orders_are_left_out(town):
    asked = read(town, "assignments", "col=nothing&col=unit&col=unit&order=nothing")
    assert [column.key for column in asked.columns] == ["unit"]
    assert asked.order.key == "due"
    assert [column.key for column in read(town, "assignments", "col=nothing").columns][:2] == [
        "item",
        "number",
    ]


def test_columns_stand_in_the_order_in_which_they_were_asked(town):
    asked = read(town, "assignments", "col=unit&col=item")
    assert [column.key for column in asked.columns] == ["unit", "item"]
    assert "col=unit&col=item" in asked.address()


def test_levels_have_the_names_that_the_plan_gives_them(town):
    from bihuan.supervision.actions.planning import Aim, Header, Node, draft_plan, issue_plan

    leaf = [Node("着力点一", leads=[Aim(unit_id=town.unit("东市局").pk)], due_on=clock.today())]
    tree = [Node("大任务", number="一、", children=[Node("小措施", number="1", children=leaf)])]
    header = Header("三级行动", number="省教督〔2026〕8号", level_names=("任务", "措施", "着力点"))
    plan = draft_plan(actor=town.actor("省厅"), header=header, tree=tree)
    issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))
    asked = read(town, "items", f"plan={plan.pk}")
    titles = {column.key: str(column.title) for column in asked.columns}
    assert (titles["level_1"], titles["level_2"], titles["item"]) == ("任务", "措施", "着力点")
    (row,) = said(asked)
    assert (row["level_1"], row["level_2"], row["item"]) == ("一、大任务", "1 小措施", "着力点一")
    assert (row["leads"], row["given"], row["open"]) == ("东市局", 1, 1)
    two = type(plan).objects.filter(pk=plan.pk)
    two.update(level_names=["任务", "着力点"])
    assert "level_2" not in {column.key for column in read(town, "items", f"plan={plan.pk}").columns}


class TestPages:
    def test_a_page_needs_few_statements_however_many_rows(self, client, town, django_assert_max_num_queries):
        for n in range(12):
            scenes.reported(town, title=f"核查第{n}批")
        client.force_login(town.person("省厅"))
        for key in sorted(KEYS):
            url = reverse("register", args=[key])
            client.get(url)
            with django_assert_max_num_queries(22):
                answer = client.get(url)
            assert answer.status_code == 200
        assert answer.content.count(b"<html") == 1

    def test_a_part_is_the_list_alone(self, client, town):
        scenes.working(town)
        client.force_login(town.person("省厅"))
        answer = client.get(reverse("register", args=["assignments"]), headers={"HX-Request": "true"})
        assert b"<html" not in answer.content
        assert answer.content.count(b"data-row") == 1

    @pytest.mark.parametrize(
        "query",
        [
            "page=99999999999999999999",
            "page=-1",
            "page=x",
            "plan=abc",
            "due_from=x",
            "q=%00",
            "order=%27",
            "view=1e9",
        ],
    )
    def test_odd_addresses_do_no_harm(self, client, town, query):
        scenes.working(town)
        client.force_login(town.person("省厅"))
        for key in sorted(KEYS):
            assert client.get(f"{reverse('register', args=[key])}?{query}").status_code in (200, 400)

    def test_an_unknown_register_is_not_there(self, client, town):
        client.force_login(town.person("省厅"))
        assert client.get("/registers/nothing/").status_code == 404

    def test_the_words_of_a_filter_stand_in_the_layout(self, town):
        from bihuan.registers.queries import layout_of

        asked = read(town, "assignments", "light=r&q=核查")
        layout = layout_of(asked, "题", "", town.unit("基教处"))
        assert layout.unit == "省厅"
        assert "灯：逾期" in layout.remark
        assert "核查" in layout.remark


def test_the_last_page_says_that_there_are_more_rows(town, client, monkeypatch):
    """Pages end where skipping rows would be slow: the reader is told so, a page behind it is the last one."""
    monkeypatch.setattr("bihuan.registers.queries.PAGE_SIZE", 1)
    monkeypatch.setattr("bihuan.registers.queries.LAST_PAGE", 2)
    for _n in range(3):
        scenes.working(town)
    asked = read(town, "assignments")
    first, last, beyond = page_of(asked), page_of(asked, 2), page_of(asked, 2000)
    assert (first.has_next, first.is_cut) == (True, False)
    assert (last.has_next, last.is_cut) == (False, True)
    assert [line.key for line in beyond.lines] == [line.key for line in last.lines] != []
    client.force_login(town.person("省厅"))
    here, words = reverse("register", args=["assignments"]), "网页只列到这里，其余请导出"
    assert words not in client.get(here).content.decode()
    assert words in client.get(here, {"page": 2000}).content.decode()
    monkeypatch.setattr("bihuan.registers.queries.LAST_PAGE", 3)
    assert not page_of(asked, 3).is_cut
