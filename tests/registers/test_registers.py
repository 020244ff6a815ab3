"""Registers: the same rows on the page, in the file and from the API; columns, orders, scope."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.listing import REGISTERS, lines
from bihuan.kernel.seeking import keys_of
from bihuan.org.roles import Cap, Role
from bihuan.registers.queries import page_of, registers_for, understood
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.models import Assignment
from tests.supervision import scenes
from tests.supervision.letter_scenes import issued, lettered

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
        assert all(keys_of(order.by)[-1].path == "pk" for order in register.orders)
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


def walked(asked, **place):
    """Every page from a place on, by turning to the next as long as there is one."""
    pages = [page_of(asked, **place)]
    while pages[-1].after:
        pages.append(page_of(asked, len(pages) + 1, after=pages[-1].after))
    return pages


@pytest.mark.parametrize("key", sorted(KEYS))
def test_pages_of_every_order_hold_every_row_once_forwards_and_backwards(town, key, monkeypatch):
    monkeypatch.setattr("bihuan.registers.queries.PAGE_SIZE", 1)
    for unit in ("东市局", "西市局", "学院"):
        scenes.reported(town, unit)
        urge_assignment(assignment_id=scenes.working(town, unit).pk, actor=town.actor("省厅"), text="请抓紧")
        lettered(town, units=[unit])
    issued(town)  # with a number, which drafts have not
    scenes.outside(town, "学院")
    for order in REGISTERS[key].orders:
        asked = read(town, key, f"stage=&order={order.key}")
        whole = [
            (line.key, line.cells) for line in lines(asked.register, asked.rows, asked.columns, clock.now())
        ]
        pages = walked(asked)
        assert len(whole) > 2, key
        assert [(line.key, line.cells) for page in pages for line in page.lines] == whole, order.key
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))
        back = pages[-1]
        for page in pages[-2::-1]:
            back = page_of(asked, back.number - 1, before=back.before)
            assert (back.number, back.lines) == (page.number, page.lines), order.key
        assert back.before == ""


def test_rows_that_go_meanwhile_move_no_other_across_the_edge(town, monkeypatch):
    monkeypatch.setattr("bihuan.registers.queries.PAGE_SIZE", 2)
    for _n in range(6):
        scenes.working(town)
    asked = read(town, "assignments")
    first, second, third = walked(asked)
    gone = Assignment.objects.filter(pk__in=[line.key for line in first.lines])
    gone.update(due_at=clock.now() + timedelta(days=90))
    again = page_of(asked, 2, after=first.after)
    assert again.lines == second.lines
    back = page_of(asked, 2, before=third.before)
    assert (back.number, back.before, back.lines) == (1, "", second.lines)


def test_a_place_is_taken_by_its_own_list_in_its_own_order_alone(client, town, monkeypatch):
    monkeypatch.setattr("bihuan.registers.queries.PAGE_SIZE", 1)
    for _n in range(3):
        scenes.working(town)
    asked = read(town, "assignments")
    place = page_of(asked).after
    for other in (place[:-1], "x", "1:2:3", "\x00", place.upper()):
        assert page_of(asked, 7, after=other).number == 1
    assert page_of(read(town, "assignments", "order=-due"), 2, after=place).number == 1
    client.force_login(town.person("省厅"))
    here = reverse("register", args=["assignments"])
    page = client.get(here, {"after": place, "page": "2"})
    assert page.context["page"].number == 2
    assert page.context["previous"]
    nothing = client.get(here, {"after": place, "page": "2", "q": "没有这样的事项"})
    assert (nothing.status_code, nothing.context["page"].number) == (200, 1)


def test_a_page_far_on_begins_to_read_where_it_begins(town):
    """The statement bounds the first value of the order, so that no row before the page is looked at."""
    one = scenes.working(town)
    asked = read(town, "assignments")
    keys = keys_of(asked.order.by)
    said = str(asked.rows_beyond([one.due_at, one.pk], keys, backwards=False).query)
    assert '"due_at" >= ' in said
    assert "OFFSET" not in said


def test_the_api_goes_on_by_its_cursor(client, town, monkeypatch):
    monkeypatch.setattr("bihuan.registers.queries.PAGE_SIZE", 2)
    for _n in range(5):
        scenes.working(town)
    client.force_login(town.person("省厅"))
    rows, after = [], ""
    while after is not None:
        answer = client.get("/api/v1/registers/assignments", {"after": after}).json()
        rows += [row["key"] for row in answer["rows"]]
        after = answer["next"]
    assert len(rows) == len(set(rows)) == 5
    strange = client.get("/api/v1/registers/assignments", {"after": "x"})
    assert (strange.status_code, strange.json()["code"]) == (422, "bad_cursor")
