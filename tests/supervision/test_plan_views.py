"""The pages on which plans are read."""

import re
from datetime import timedelta

import pytest
from django.test import TestCase
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.org.models import UnitGroup
from bihuan.org.roles import Role
from bihuan.supervision import tabs
from bihuan.supervision.actions.planning import amend_plan, draft_plan, issue_plan
from bihuan.supervision.models import Assignment, Plan
from bihuan.supervision.nodes import Aim, Header, Node
from tests.supervision.story import story_plan
from tests.town import MORNING, TODAY, TREE, Town

TABS = ("plan", "plan-matrix", "plan-timeline", "plan-work", "plan-history")
STORY = "2026年作风建设提质增效行动方案"
PAGES = (*TABS, "plan-print", "plan-leading-group")


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The story with its town, built once for all tests here, each of which rolls back to it."""
    with django_db_blocker.unblock():
        TestCase.setUpClass()
        with clock.frozen(MORNING):
            town = Town()
            for name in TREE:
                town.unit(name)
            plan = story_plan(town)
    yield town, plan
    with django_db_blocker.unblock():
        TestCase.tearDownClass()


@pytest.fixture
def town(told, db, at_work) -> Town:
    return told[0]


@pytest.fixture
def plan(told, db) -> Plan:
    return Plan.objects.get(pk=told[1].pk)


@pytest.fixture
def read(client, town):
    """Reads a page as somebody; `part=True` as htmx does."""

    def get(address: str, unit: str = "学院", role: str = Role.SUPERVISOR, *, part: bool = False):
        client.force_login(town.person(unit, role))
        return client.get(address, headers={"HX-Request": "true"} if part else {})

    return get


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("unit", "role", "status"),
    [
        ("学院", Role.SUPERVISOR, 200),
        ("学院", Role.LEADER, 200),
        ("学院", Role.HANDLER, 200),
        ("省厅", Role.INSPECTOR, 200),
        ("教务处", Role.HANDLER, 200),
        ("西市局", Role.SUPERVISOR, 404),
        ("学院", Role.SYSTEM_ADMIN, 404),
        ("学院", Role.SECURITY_ADMIN, 404),
        ("学院", Role.AUDIT_ADMIN, 404),
    ],
)
def test_a_plan_is_read_by_those_it_concerns_and_not_known_to_others(read, plan, name, unit, role, status):
    assert read(reverse(name, args=[plan.pk]), unit, role).status_code == status


@pytest.mark.parametrize("name", [*PAGES, "plans"])
def test_nobody_reads_anything_without_signing_in(client, db, name):
    address = reverse(name, args=[] if name == "plans" else [1])
    assert client.get(address).headers["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("name", [*PAGES, "plans"])
def test_the_pages_of_49_points_stay_below_25_queries(
    client, read, plan, name, django_assert_max_num_queries
):
    address = reverse(name, args=[] if name == "plans" else [plan.pk])
    read(address)  # signs in
    with django_assert_max_num_queries(25):
        assert client.get(address).status_code == 200


def test_every_figure_of_the_story_comes_out_of_its_page(read, plan):
    page = read(reverse("plan", args=[plan.pk]))
    view = page.context["view"]
    assert [(name, n) for _depth, name, n in view.levels] == [("任务", 3), ("措施", 14), ("着力点", 49)]
    assert view.total.lights == {"c": 13, "g": 27, "y": 4, "yy": 2, "r": 3}
    line = read(reverse("plans")).context["lines"][0]
    assert (line.leaves, line.tally.lights) == (49, view.total.lights)


def test_the_tree_opens_what_is_late_and_the_address_opens_the_rest(read, plan):
    address = reverse("plan", args=[plan.pk])

    def rows(query: str = "") -> dict[int, int]:
        content = read(address + query, part=True).content.decode()
        found = re.findall(r'data-level="(\d)"', content)
        return {level: found.count(str(level)) for level in (1, 2, 3)}

    assert rows() == {1: 3, 2: 14, 3: 8}  # measures 3 and 11 have overdue points
    assert rows("?level=1") == {1: 3, 2: 0, 3: 0}
    assert rows("?level=3") == {1: 3, 2: 14, 3: 49}
    first = plan.items.get(number="一、")
    assert rows(f"?level=1&flip={first.pk}") == {1: 3, 2: 5, 3: 0}
    assert rows("?level=x&flip=abc,") == rows()


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ({"light": "r"}, {"3.2", "3.3", "11.1"}),
        ({"text": "三公"}, {"12.1"}),
        ({"unit": "审计处"}, {"11.1", "11.2"}),
        ({"unit": "审计处", "light": "r"}, {"11.1"}),
        ({"text": "没有这样的条目"}, set()),
        ({"light": "nonsense", "text": "三公"}, {"12.1"}),
    ],
)
def test_filters_leave_what_fits_with_all_that_leads_to_it(read, plan, query, points):
    if "unit" in query:
        query["unit"] = Assignment.objects.filter(unit__name=query["unit"]).first().unit_id
    address = (
        reverse("plan", args=[plan.pk]) + "?" + "&".join(f"{key}={value}" for key, value in query.items())
    )
    tree = read(address).context["tree"]
    lines = list(tree.lines())
    assert {line.branch.item.number for line in lines if line.branch.is_leaf} == points
    assert {line.level for line in lines} == ({1, 2, 3} if points else set())


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 49), ("?light=r", 3), ("?stage=written_off", 13), ("?stage=dispatched", 0), ("?text=教务", 5)],
)
def test_a_list_of_work_is_what_its_number_counts(read, plan, query, count):
    page = read(reverse("plan-work", args=[plan.pk]) + query)
    assert len(page.context["rows"]) == count


def test_every_cell_of_the_matrix_leads_to_exactly_what_it_counts(read, plan):
    page = read(reverse("plan-matrix", args=[plan.pk]) + "?all=1")
    cells = re.findall(r'href="([^"]*work/\?unit=[^"]*)"[^>]*>(\d+)</a>', page.content.decode())
    assert sum(int(n) for _href, n in cells) == 49
    for href, n in cells[::6]:
        rows = read(href.replace("&amp;", "&")).context["rows"]
        assert len(rows) == int(n)


def test_the_matrix_hides_units_that_have_nothing_left_to_do(read, plan):
    address = reverse("plan-matrix", args=[plan.pk])
    busy, everybody = read(address).context["grid"], read(f"{address}?all=1").context["grid"]
    assert (len(busy.rows), busy.done, len(everybody.rows)) == (16, 3, 19)
    assert busy.rows[0].unit == "信息中心"  # most that is late first


@pytest.mark.parametrize(("by", "columns"), [("1", 3), ("2", 14), ("area", 0), ("", 14)])
def test_the_matrix_is_laid_out_by_task_or_measure(read, plan, by, columns):
    grid = read(reverse("plan-matrix", args=[plan.pk]) + f"?by={by}").context["grid"]
    assert len(grid.columns) == columns


def test_the_timeline_has_a_line_for_each_measure_and_a_mark_for_each_deadline(read, plan):
    timeline = read(reverse("plan-timeline", args=[plan.pk])).context["timeline"]
    assert len(timeline.stretches) == 14
    assert sum(len(one.marks) for one in timeline.stretches) == 49


def test_an_office_sees_its_own_share_of_the_plan_and_nothing_of_others(read, plan):
    page = read(reverse("plan", args=[plan.pk]) + "?level=3", "财务处", Role.HANDLER)
    numbers = {line.branch.item.number for line in page.context["tree"].lines()}
    assert numbers == {"三、", "11", "11.4", "12", "12.1", "12.3"}
    assert page.context["view"].total.total == 3
    other = Assignment.objects.filter(unit__name="审计处").first()
    work = read(reverse("plan-work", args=[plan.pk]) + f"?unit={other.unit_id}", "财务处", Role.HANDLER)
    assert not work.context["rows"]


def test_an_amendment_is_told_with_its_reason_and_what_it_changed(read, town, plan):
    item = plan.items.get(number="3.2")
    amend_plan(
        plan_id=plan.pk,
        actor=town.actor("学院"),
        reason="院长办公会决定",
        redated={item.pk: TODAY + timedelta(days=30)},
    )
    change = read(reverse("plan-history", args=[plan.pk])).context["changes"][0]
    assert (change.edition, change.reason, len(change.lines)) == (2, "院长办公会决定", 1)
    assert read(reverse("plan", args=[plan.pk])).context["plan"].edition == 2


def test_a_tab_of_another_context_stands_among_the_others(read, plan, monkeypatch):
    monkeypatch.setattr(tabs, "_tabs", [*tabs._tabs])
    tabs.add(
        tabs.PlanTab(label="通报", url_name="plan-print", icon="speakerphone", count=lambda plan, actor: 3)
    )
    page = read(reverse("plan", args=[plan.pk]))
    assert ("通报", 3) in [(tab["label"], tab["count"]) for tab in page.context["tabs"]]
    with pytest.raises(ValueError, match="already"):
        tabs.add(tabs.PlanTab(label="又一个", url_name="plan-print", icon="x"))


@pytest.fixture
def crowd(town):
    """A plan of one point given to many units."""
    group = UnitGroup.objects.create(
        owner=town.unit("省厅"), name="各市州教育局", rule_kind="authority", rule_depth=1
    )
    tree = [
        Node("开展自查", leads=[Aim("各市州教育局", group_id=group.pk)], due_on=TODAY + timedelta(days=20))
    ]
    plan = draft_plan(actor=town.actor("省厅"), header=Header("专项行动"), tree=tree)
    return issue_plan(plan_id=plan.pk, actor=town.actor("省厅"))


def test_work_is_sorted_by_state_and_paged_by_key(read, town, crowd, monkeypatch):
    monkeypatch.setattr("bihuan.supervision.views.plans.WORK_PAGE", 1)
    Assignment.objects.filter(unit__name="东市局").update(stage="working", signed_at=clock.now())
    page = read(reverse("plan-work", args=[crowd.pk]), "省厅")
    assert [one.unit.name for one in page.context["rows"]] == ["西市局"]
    page = read(reverse("plan-work", args=[crowd.pk]) + page.context["more"], "省厅")
    assert [one.unit.name for one in page.context["rows"]] == ["东市局"]
    assert page.context["more"] == ""


def test_a_leaf_of_many_units_leads_to_its_list_and_says_how_many(read, crowd):
    line = next(read(reverse("plan", args=[crowd.pk]), "省厅").context["tree"].lines())
    assert line.href == reverse("plan-work", args=[crowd.pk]) + f"?item={line.branch.item.pk}"
    assert line.who == "各市州教育局（2 家）"


@pytest.mark.parametrize(
    ("query", "plans"),
    [
        ("", {"专项行动", "草案"}),
        ("?stage=draft", {"草案"}),
        ("?stage=issued", {"专项行动"}),
        ("?text=专项", {"专项行动"}),
        ("?year=1999", {"专项行动", "草案"}),  # nobody offered that
        ("?stage=nonsense&issuer=x", {"专项行动", "草案"}),
    ],
)
def test_the_list_of_plans_is_filtered_by_its_address(read, town, crowd, query, plans):
    draft_plan(actor=town.actor("省厅"), header=Header("草案"))
    lines = read(reverse("plans") + query, "省厅").context["lines"]
    assert {line.plan.title for line in lines} - {STORY} == plans


def test_a_unit_below_finds_the_plan_under_which_it_has_duties_and_no_drafts(read, town, crowd):
    draft_plan(actor=town.actor("省厅"), header=Header("草案"))
    lines = read(reverse("plans"), "东市局", Role.HANDLER).context["lines"]
    assert [line.plan.title for line in lines] == ["专项行动"]
    assert not read(reverse("plans"), "一中", Role.HANDLER).context["lines"]


def test_the_list_of_plans_is_paged_by_key(read, town, crowd, monkeypatch):
    monkeypatch.setattr("bihuan.supervision.views.plans.PAGE", 1)
    draft_plan(actor=town.actor("省厅"), header=Header("草案"))
    first = read(reverse("plans"), "省厅")
    second = read(reverse("plans") + first.context["more"], "省厅")
    titles = [page.context["lines"][0].plan.title for page in (first, second)]
    assert titles == ["草案", "专项行动"]


@pytest.mark.parametrize(("name", "element"), [("plan", "tree"), ("plan-work", "work"), ("plans", "plans")])
def test_htmx_gets_the_part_alone(read, plan, name, element):
    address = reverse(name, args=[] if name == "plans" else [plan.pk])
    content = read(address, part=True).content.decode()
    assert "<html" not in content
    assert f'id="{element}"' in content
