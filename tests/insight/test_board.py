"""The board: every number is the length of the list it links to, for everybody, on random rows."""

import re
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from bihuan.insight.queries import board
from bihuan.insight.queries.board import Place, Scope
from bihuan.insight.views import panels
from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions import planning
from bihuan.supervision.actions.reckoning import settle_reckonings
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.forms.registers import FilterForm
from bihuan.supervision.models import Assignment, LookBack, Plan, Proposal
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries.figures import Figures
from bihuan.supervision.queries.registers import Filter, register
from tests.remembered import remembered
from tests.supervision import scenes
from tests.supervision.crowds import ROW, Crowd
from tests.town import MORNING, TODAY

PLACES = {
    "省厅": ["东市局", "西市局", "学院", "基教处"],
    "东市局": ["东一县局", "东二县局"],
    "学院": ["教务处", "财务处"],
}
READERS = [
    ("省厅", Role.LEADER),
    ("省厅", Role.SUPERVISOR),
    ("基教处", Role.HANDLER),
    ("东市局", Role.SUPERVISOR),
    ("东一县局", Role.HANDLER),
    ("学院", Role.LEADER),
]
SCENES = [
    *(scenes.given, scenes.working, scenes.reported, scenes.declined, scenes.suspended, scenes.completed),
    *(scenes.accepted, scenes.written_off, scenes.extension_endorsed),
]


@pytest.fixture(params=[3])
def random_work(town, request):
    """Duties of every kind all over the town, begun over the last weeks."""
    work_at_random(town, request.param)
    return town


@remembered
def work_at_random(town, seed: int) -> None:
    chance = Random(seed)
    for name in ("基教处", "东一县局", "东二县局", "西市局", "财务处", "教务处"):
        town.unit(name)
    for n in range(20):
        giver = chance.choice(list(PLACES))
        with clock.frozen(MORNING - timedelta(days=7 * chance.randint(0, 5))):
            due_at = clock.end_of(clock.today() + timedelta(days=chance.randint(12, 40)))
            chance.choice(SCENES)(
                town, chance.choice(PLACES[giver]), by=giver, title=f"事项{n}", due_at=due_at
            )


@pytest.fixture
def plan(town) -> Plan:
    return plan_of(town)


@remembered
def plan_of(town) -> Plan:
    """A plan of two areas for two bureaus and a county."""
    for name in ("东市局", "西市局", "东一县局"):
        town.unit(name)
    tree = [
        Node(
            title, area=area, due_on=TODAY + timedelta(days=30), leads=[Aim(unit, unit_id=town.unit(unit).pk)]
        )
        for title, area, unit in [
            ("清理教辅", "教辅", "东市局"),
            ("公示教辅", "教辅", "东市局"),
            ("核对食堂", "食堂", "西市局"),
            ("抽检食堂", "食堂", "东一县局"),
        ]
    ]
    actor = town.actor("省厅")
    made = planning.draft_plan(actor=actor, header=Header("专项整治方案", areas=["教辅", "食堂"]), tree=tree)
    planning.issue_plan(plan_id=made.pk, actor=town.actor("省厅"))
    return made


def scope_for(town, unit: str, role: str, **more) -> Scope:
    post = town.post(unit, role)
    home = post.unit.authority or post.unit
    return Scope(town.actor(unit, role), home if role != Role.HANDLER else post.unit, **more)


def places(scope: Scope) -> dict[str, Place]:
    return {place.unit.name: place for place in board.counted(scope).places}


def behind(scope: Scope, href: str) -> int:
    """How many the register lists at that address."""
    form = FilterForm(QueryDict(href.partition("?")[2]), plans=list(Plan.objects.values_list("pk", "title")))
    return register(scope.actor, form.asked()).count()


def assert_each_number_is_its_list(scope: Scope, who: object) -> set[str]:
    """All figures, of the whole, of each place, of each day of the trend, of each cell; says which were not nothing."""
    shown = board.counted(scope)
    for tile in shown.tiles.values():
        assert tile.count == behind(scope, panels.list_of(tile.asked)), (who, tile.key)
    for place in shown.places:
        (row,) = panels.rows_of(scope, [place])
        for name, figure in row.cells.items():
            assert figure.count == behind(scope, figure.href), (who, place.unit.name, name)
        assert place.steady >= 0
    for by in ("week", "month"):
        for point, href in panels.trend(board.trend(shown, by)):
            assert point.overdue == behind(scope, href), (who, by, point.day)
    listed = [*panels.decisions(shown), *panels.feedback(shown), *panels.this_week(shown)]
    for figure in listed:
        if figure.name != "proposals":
            assert figure.count == behind(scope, figure.href), (who, figure.name)
    return {name for name, n in shown.whole.counts.items() if n}


def test_every_figure_is_the_length_of_its_list_for_everybody(random_work):
    shown = set()
    for who in READERS:
        shown |= assert_each_number_is_its_list(scope_for(random_work, *who), who)
    assert len(shown) >= 12  # the random work shows much of what there is


@pytest.fixture
def crowd(town) -> Crowd:
    for who in READERS:
        town.post(*who)
    return Crowd(town)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(ROW, min_size=2, max_size=10),
    who=st.sampled_from(READERS),
    of_plan=st.booleans(),
    alone=st.booleans(),
    settled=st.booleans(),
)
def test_whatever_the_rows_each_number_is_its_list(crowd, rows, who, of_plan, alone, settled):
    with transaction.atomic():
        for row in rows:
            crowd.add(**row)
        if settled:
            settle_reckonings.__wrapped__(actor=system("tests"), limit=4)
        plan = crowd.plan if of_plan else None
        scope = scope_for(crowd.town, *who, plan=plan, alone=alone)
        assert_each_number_is_its_list(scope, who)
        assert_each_cell_is_its_list(scope, crowd.plan)
        transaction.set_rollback(True)


def assert_each_cell_is_its_list(scope: Scope, plan: Plan) -> int:
    """Of the heat matrix; says how many are counted in all cells together."""
    heat = panels.heat_of(scope, board.counted(scope).places, [plan])
    counted = 0
    for _area, cells, total in heat["rows"] if heat else []:
        for _unit, lights, href in cells:
            number = lights.total() if lights else 0
            assert number == behind(scope, href)
            counted += number
        assert total == sum(lights.total() for _unit, lights, _href in cells if lights)
    return counted


def test_a_unit_stands_for_everything_below_it(town):
    scenes.given(town, "东市局")
    scenes.given(town, "东一县局", by="东市局")
    scope = scope_for(town, "省厅", Role.LEADER)
    assert {name: place.in_work for name, place in places(scope).items()} == {"东市局": 2}


def test_the_oldest_overdue_is_told_in_days(town):
    with clock.frozen(MORNING - timedelta(days=60)):
        for days in (20, 30):
            scenes.working(town, due_at=clock.end_of(clock.today() + timedelta(days=days)))
    scope = scope_for(town, "省厅", Role.LEADER)
    found = board.worth_watching(board.counted(scope).places)
    board.note_oldest(scope, found)
    assert [(place.overdue, place.overdue_days(TODAY)) for place in found] == [(2, 40)]


@pytest.mark.parametrize("looked_at", [0, 1, 2, 1000])
def test_the_oldest_is_found_however_few_of_all_are_looked_at_first(town, monkeypatch, looked_at):
    monkeypatch.setattr(board, "LOOKED_AT", looked_at)
    with clock.frozen(MORNING - timedelta(days=60)):
        for days, unit in ((20, "东市局"), (30, "东市局"), (40, "西市局")):
            scenes.working(town, unit, due_at=clock.end_of(clock.today() + timedelta(days=days)))
    scope = scope_for(town, "省厅", Role.LEADER)
    found = board.worth_watching(board.counted(scope).places)
    board.note_oldest(scope, found)
    told = {place.unit.name: place.overdue_days(TODAY) for place in found}
    assert told == {"东市局": 40, "西市局": 20}


@pytest.mark.parametrize("who", [("省厅", Role.LEADER), ("东市局", Role.SUPERVISOR)])
def test_each_cell_of_the_matrix_links_to_what_it_counts(town, plan, who):
    scenes.given(town, "东一县局", by="东市局")
    scope = scope_for(town, *who)
    assert assert_each_cell_is_its_list(scope, plan) == (4 if who[0] == "省厅" else 1)


def test_without_a_plan_with_areas_there_is_no_matrix(town):
    scenes.given(town)
    scope = scope_for(town, "省厅", Role.LEADER)
    assert panels.heat_of(scope, board.counted(scope).places, board.plans_in(scope)) is None


def test_the_trend_says_of_each_day_what_that_day_would_have_said(random_work):
    shown = board.counted(scope_for(random_work, "省厅", Role.LEADER))
    rows = shown.scope.rows.late(clock.now())
    for point in board.trend(shown, "week"):
        at = clock.end_of(point.day)
        until = Q(completed_at__isnull=True) | Q(completed_at__gt=at)
        resting = Q(suspended_at__isnull=True) | Q(suspended_at__gt=at)
        assert point.overdue == rows.filter(until, resting, record_due_at__lte=at).count(), point.day


def test_the_trend_goes_by_ends_of_weeks_and_months_up_to_today(town):
    shown = board.counted(scope_for(town, "省厅", Role.LEADER))
    weeks = [point.day for point in board.trend(shown, "week")]
    assert (weeks[-1], weeks[-2], weeks[-3]) == (TODAY, date(2026, 11, 22), date(2026, 11, 15))
    months = [point.day for point in board.trend(shown, "month")]
    assert (len(months), months[0], months[-2]) == (12, date(2025, 12, 31), date(2026, 10, 31))


def test_what_is_proposed_is_counted_for_whoever_decides_it(town):
    one = scenes.working(town)
    with clock.frozen(one.due_at + timedelta(days=9)):
        sound_alarms(actor=system("tests"))
        scope = scope_for(town, "省厅", Role.LEADER)
        first, *_others = panels.decisions(board.counted(scope))
        assert (first.name, first.count) == ("proposals", Proposal.objects.pending().count())
        assert first.count
        assert board.proposed_by_place(scope, board.counted(scope).places) == {one.unit_id: first.count}
    nobody = scope_for(town, "东市局", Role.HANDLER)
    assert board.proposed(nobody) is None


@pytest.mark.parametrize(
    ("sort", "names"),
    [("", ["东市局", "西市局"]), ("overdue", ["西市局", "东市局"]), ("rate", ["东市局", "西市局"])],
)
def test_units_stand_in_the_order_that_was_asked_for(town, sort, names):
    def place(name: str, **counts: int) -> Place:
        return Place(town.unit(name), Figures(Counter(counts)))

    found = [place("东市局", finished=9, punctual=3), place("西市局", r=2, finished=9, punctual=9)]
    assert [one.unit.name for one in board.ordered(found, sort)] == names


@pytest.mark.parametrize(("part", "whole", "shown"), [(0, 0, None), (0, 3, 0.0), (2, 3, 66.7), (3, 3, 100.0)])
def test_a_rate_of_nothing_is_no_rate(part, whole, shown):
    assert board.rate(part, whole) == shown


# Who may open it


@pytest.mark.parametrize(
    ("who", "asked", "status"),
    [
        (("省厅", Role.LEADER), "", 200),
        (("省厅", Role.LEADER), "东一县局", 200),
        (("东市局", Role.SUPERVISOR), "东一县局", 200),
        (("东市局", Role.SUPERVISOR), "西市局", 404),
        (("东市局", Role.SUPERVISOR), "省厅", 404),
        (("东一县局", Role.HANDLER), "", 200),
        (("东一县局", Role.HANDLER), "东市局", 404),
        (("省厅", Role.SYSTEM_ADMIN), "", 404),
        (("省厅", Role.SECURITY_ADMIN), "", 404),
        (("省厅", Role.AUDIT_ADMIN), "", 404),
    ],
)
@pytest.mark.parametrize("page", ["board", "board-screen"])
def test_a_board_opens_for_what_lies_in_sight(client, town, who, asked, status, page):
    for name in ("东一县局", "西市局"):
        town.unit(name)
    client.force_login(town.person(*who))
    given = {"unit": town.unit(asked).pk} if asked else {}
    assert client.get(reverse(page), given).status_code == status


@pytest.mark.parametrize("page", ["board", "board-screen"])
def test_whoever_is_not_signed_in_is_asked_to(client, page):
    assert client.get(reverse(page)).status_code == 302


def test_a_plan_out_of_sight_is_not_there(client, town, plan):
    town.unit("学院")
    client.force_login(town.person("学院", Role.LEADER))
    assert client.get(reverse("board"), {"plan": plan.pk}).status_code == 404
    assert (
        client.get(reverse("board"), {"plan": "9" * 30}).status_code == 200
    )  # not a number that could be meant


def test_the_page_takes_few_queries_however_much_there_is(client, town, plan, django_assert_max_num_queries):
    client.force_login(town.person("省厅", Role.LEADER))
    client.get(reverse("board"))
    with django_assert_max_num_queries(23):
        shown = client.get(reverse("board"))
    assert shown.context["rows"]


def test_a_school_without_anything_below_sees_its_own(client, town):
    scenes.given(town, "一中", by="东一县局")
    client.force_login(town.person("一中", Role.HANDLER))
    shown = client.get(reverse("board"))
    assert shown.context["strip"][0].value == "1"
    assert not shown.context["rows"]


def test_an_empty_system_has_an_empty_board(client, town):
    client.force_login(town.person("省厅", Role.LEADER))
    for page in ("board", "board-screen"):
        shown = client.get(reverse(page))
        assert shown.context["is_empty"]
        assert "data-chart" not in shown.content.decode()
    assert Unit.objects.count() == 1


VIEWS = [
    (("省厅", Role.LEADER), "leader", True),
    (("省厅", Role.SUPERVISOR), "supervisor", True),
    (("省厅", Role.INSPECTOR), "leader", True),
    (("东市局", Role.HANDLER), "unit", False),
    (("东市局", Role.LIAISON), "unit", False),
]


@pytest.mark.parametrize(("who", "view", "may_choose"), VIEWS)
def test_each_role_begins_with_its_own_view(client, town, who, view, may_choose):
    scenes.working(town)
    client.force_login(town.person(*who))
    shown = client.get(reverse("board"))
    assert shown.context["view"] == view
    assert bool(shown.context["views"]) is may_choose
    other = client.get(reverse("board"), {"view": "leader"})
    assert other.context["view"] == ("leader" if may_choose else "unit")


def test_the_view_of_the_unit_leaves_out_what_lies_below(client, town):
    scenes.given(town, "东市局")
    scenes.given(town, "东一县局", by="东市局")
    client.force_login(town.person("东市局", Role.SUPERVISOR))
    assert client.get(reverse("board")).context["strip"][0].value == "2"
    own = client.get(reverse("board"), {"view": "unit"})
    assert own.context["strip"][0].value == "1"
    assert not own.context["rows"]
    assert own.context["heat"] is None


@pytest.mark.parametrize("odd", ["kind", "by", "sort", "view"])
def test_an_odd_choice_is_the_first_one(client, town, odd):
    scenes.given(town)
    client.force_login(town.person("省厅", Role.LEADER))
    assert client.get(reverse("board"), {odd: "\0<b>"}).status_code in (200, 400)


def test_the_tables_name_their_units_and_say_what_is_overdue(client, town):
    with clock.frozen(MORNING - timedelta(days=60)):
        scenes.working(town, due_at=clock.end_of(clock.today() + timedelta(days=20)))
    client.force_login(town.person("省厅", Role.LEADER))
    page = client.get(reverse("board")).content.decode()
    assert page.count(">东市局</a>") == 2  # side by side, and worth watching
    assert "1 件" in page
    assert "0 件" not in page.partition("需关注的单位")[2].partition("</section>")[0]


def test_no_number_stands_without_its_list(client, town):
    """Every number in the tables, the ladder and the strip is a link."""
    scenes.working(town)
    scenes.written_off(town, "西市局")
    for role in (Role.LEADER, Role.SUPERVISOR, Role.HANDLER):
        client.force_login(town.person("省厅" if role != Role.HANDLER else "东市局", role))
        page = client.get(reverse("board")).content.decode()
        cells = re.findall(r'<td class="bh-num">(.*?)</td>', page, re.DOTALL)
        bare = [cell for cell in cells if re.search(r"\d", cell) and "<a " not in cell and "%" not in cell]
        assert [cell for cell in bare if "天" not in cell] == []
        assert cells


def numbers_with_lists(page: str) -> list[tuple[str, int, str]]:
    """Each link of a board to a list of assignments: its words, the number that it shows, where it leads.

    Of a rung the number stands after its place, of a rate its numerator stands last; anything else begins with it.
    """
    found = []
    for link in html.fromstring(page).xpath("//main//a[starts-with(@href, '/assignments/?')]"):
        said = " ".join(link.text_content().split())
        numbers = [int(one) for one in re.findall(r"\d+", said)]
        if not numbers and ("率" in said or "btn" in link.get("class", "")):
            continue  # a rate of nothing; a button
        if "bh-lane" in link.get("class", ""):
            numbers = numbers[1:]
        elif "%" in said:
            numbers = numbers[-1:]
        assert numbers, said
        found.append((said, numbers[0], link.get("href")))
    return found


@pytest.mark.parametrize("who", READERS, ids=lambda who: "-".join(map(str, who)))
def test_every_number_on_the_page_is_the_length_of_the_list_it_leads_to(client, random_work, who):
    """Not what the queries say, but what stands on the page: each link of each view of each role."""
    sound_alarms(actor=system("tests"))
    done = Assignment.objects.filter(stage="written_off", duty="lead").order_by("pk").first()
    if done is not None:
        LookBack.objects.create(
            assignment=done, verdict="held", finding="稳固", held_at=clock.now(), person_id=1
        )
    scope, seen = scope_for(random_work, *who), set()
    client.force_login(random_work.person(*who))
    for view in ("leader", "supervisor", "unit"):
        for address in (reverse("board"), reverse("board-screen")):
            answer = client.get(address, {"view": view})
            assert answer.status_code == 200
            for said, number, href in numbers_with_lists(answer.content.decode()):
                assert number == behind(scope, href), (view, said, href)
                seen |= {name for name in QueryDict(href.partition("?")[2]) if name != "under"}
    if who[0] == "省厅":
        assert {"stage", "light", "rung", "late_on", "report", "look_back"} <= seen


def test_filters_of_the_board_are_those_of_the_register():
    asked = Filter(under=1, plan=2, area=3, stage="live", ended="month", punctual="no", extension="pending")
    typed = QueryDict("under=1&plan=2&area=3&stage=live&ended=month&punctual=no&extension=pending")
    assert FilterForm(typed, plans=[(2, "x")]).asked() == asked
