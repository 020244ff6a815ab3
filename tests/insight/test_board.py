"""The board: every number is the length of the list it links to, for everybody, on random rows."""

from datetime import timedelta
from random import Random

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from bihuan.insight.queries import board
from bihuan.insight.queries.board import Scope
from bihuan.insight.views.board import heat_of, row_of
from bihuan.kernel import clock
from bihuan.org.models import Unit
from bihuan.org.roles import Role
from bihuan.supervision.actions import planning
from bihuan.supervision.forms.registers import FilterForm
from bihuan.supervision.models import Plan
from bihuan.supervision.nodes import Aim, Header, Node
from bihuan.supervision.queries.registers import Filter, register
from tests.supervision import scenes
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
    chance = Random(request.param)
    for name in ("基教处", "东一县局", "东二县局", "西市局", "财务处", "教务处"):
        town.unit(name)
    for n in range(20):
        giver = chance.choice(list(PLACES))
        with clock.frozen(MORNING - timedelta(days=7 * chance.randint(0, 5))):
            due_at = clock.end_of(clock.today() + timedelta(days=chance.randint(12, 40)))
            chance.choice(SCENES)(
                town, chance.choice(PLACES[giver]), by=giver, title=f"事项{n}", due_at=due_at
            )
    return town


@pytest.fixture
def plan(town) -> Plan:
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


def scope_for(town, unit: str, role: str) -> Scope:
    post = town.post(unit, role)
    home = post.unit.authority or post.unit
    return Scope(town.actor(unit, role), home if role != Role.HANDLER else post.unit)


def behind(scope: Scope, href: str) -> int:
    """How many the register lists at that address."""
    form = FilterForm(QueryDict(href.partition("?")[2]), plans=list(Plan.objects.values_list("pk", "title")))
    return register(scope.actor, form.asked()).count()


@pytest.mark.parametrize("random_work", range(2), indirect=True)
def test_every_figure_is_the_length_of_its_list_for_everybody(random_work):
    shown = set()
    for who in READERS:
        scope = scope_for(random_work, *who)
        for tile in board.tiles(scope).values():
            assert tile.count == register(scope.actor, tile.asked).count(), (who, tile.key)
            shown |= {tile.key} if tile.count else set()
        for kind in board.kinds_below(scope):
            for place in board.places(scope, kind):
                row = row_of(scope, place)
                assert place.in_work == behind(scope, row.open)
                assert place.near == behind(scope, row.near)
                assert place.overdue == behind(scope, row.overdue)
                assert place.finished == behind(scope, row.finished)
                assert place.punctual == behind(scope, f"{row.finished}&punctual=yes")
    assert len(shown) >= 7  # of ten: the random work shows nearly everything there is


def test_a_unit_stands_for_everything_below_it(town):
    scenes.given(town, "东市局")
    scenes.given(town, "东一县局", by="东市局")
    scope = scope_for(town, "省厅", Role.LEADER)
    assert [(place.unit.name, place.in_work) for place in board.places(scope, "authority")] == [("东市局", 2)]


def test_the_oldest_overdue_is_told_in_days(town):
    with clock.frozen(MORNING - timedelta(days=60)):
        for days in (20, 30):
            scenes.working(town, due_at=clock.end_of(clock.today() + timedelta(days=days)))
    (place,) = board.places(scope_for(town, "省厅", Role.LEADER), "authority")
    assert (place.overdue, place.overdue_days(TODAY)) == (2, 40)


@pytest.mark.parametrize("who", [("省厅", Role.LEADER), ("东市局", Role.SUPERVISOR)])
def test_each_cell_of_the_matrix_links_to_what_it_counts(town, plan, who):
    scenes.given(town, "东一县局", by="东市局")
    scope = scope_for(town, *who)
    shown = heat_of(scope, board.places(scope, "authority"))
    counted = 0
    for _area, cells, total in shown["rows"]:
        for _unit, lights, href in cells:
            number = lights.total() if lights else 0
            assert number == behind(scope, href)
            counted += number
        assert total == sum(lights.total() for _unit, lights, _href in cells if lights)
    assert counted == (4 if who[0] == "省厅" else 1)


def test_without_a_plan_with_areas_there_is_no_matrix(town):
    scenes.given(town)
    scope = scope_for(town, "省厅", Role.LEADER)
    assert heat_of(scope, board.places(scope, "authority")) is None


def test_the_trend_says_of_each_day_what_that_day_would_have_said(random_work):
    scope = scope_for(random_work, "省厅", Role.LEADER)
    for week in board.trend(scope, weeks=8):
        at = clock.end_of(week.day)
        until = Q(completed_at__isnull=True) | Q(completed_at__gt=at)
        resting = Q(suspended_at__isnull=True) | Q(suspended_at__gt=at)
        late = scope.rows.late(clock.now()).filter(until, resting, record_due_at__lte=at)
        assert week.overdue == late.count(), week.day


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
    with django_assert_max_num_queries(30):
        shown = client.get(reverse("board"))
    assert shown.context["rows"]


def test_a_school_without_anything_below_sees_its_own(client, town):
    scenes.given(town, "一中", by="东一县局")
    client.force_login(town.person("一中", Role.HANDLER))
    shown = client.get(reverse("board"))
    assert shown.context["figures"]["open"].count == 1
    assert not shown.context["rows"]


def test_an_empty_system_has_an_empty_board(client, town):
    client.force_login(town.person("省厅", Role.LEADER))
    shown = client.get(reverse("board"))
    assert shown.context["rate"] is None
    assert Unit.objects.count() == 1


def test_filters_of_the_board_are_those_of_the_register():
    asked = Filter(under=1, plan=2, area=3, stage="live", ended="month", punctual="no", extension="pending")
    typed = QueryDict("under=1&plan=2&area=3&stage=live&ended=month&punctual=no&extension=pending")
    assert FilterForm(typed, plans=[(2, "x")]).asked() == asked
