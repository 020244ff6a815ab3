"""All that pressed for progress stands in one list (催办记录), each with what answered it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.org.roles import Role
from bihuan.supervision.actions.handling import explain_assignment
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.actions.terms import instruct_on_assignment, urge_assignment
from bihuan.supervision.queries.presses import Asked, Kind, counted, presses, presses_on, shown
from tests.supervision.worlds import DUE, GIVER, NEIGHBOUR, RECEIVER, TOP, world_of

LATER = DUE + timedelta(days=2, hours=14)


@pytest.fixture
def world(town):
    """Reminded and pressed by the ladder, urged by hand, and instructed about after the unit explained."""
    made = world_of(town, "working")
    with clock.frozen(DUE - timedelta(days=2)):
        sound_alarms(actor=system("sweep"))
    with clock.frozen(LATER - timedelta(hours=3)):
        sound_alarms(actor=system("sweep"))
    with clock.frozen(LATER - timedelta(hours=2)):
        urge_assignment(assignment_id=made.pk, actor=made.giver(), text="请于周五前反馈")
    with clock.frozen(LATER - timedelta(hours=1)):
        explain_assignment(assignment_id=made.pk, actor=made.receiver(), text="道路中断")
    with clock.frozen(LATER):
        instruct_on_assignment(assignment_id=made.pk, actor=made.giver(Role.LEADER), text="请专题研究")
    return made


def test_the_record_holds_every_kind_and_an_explanation_answers_the_press_before_it(world):
    rows = shown(presses(world.giver(), Asked()))
    assert [one.kind for one in rows] == [Kind.INSTRUCTION, Kind.URGE, Kind.LADDER, Kind.REMIND]
    assert [one.answered for one in rows] == [False, True, True, True]
    assert [one.explanation.text if one.explanation else "" for one in rows] == ["", "道路中断", "", ""]
    assert presses_on(world.assignment) == rows


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(kind="urge"),
        Asked(answered="no"),
        Asked(answered="yes"),
        Asked(since=LATER.date()),
        Asked(until=LATER.date() - timedelta(days=1)),
    ],
    ids=str,
)
def test_each_number_is_the_length_of_its_list(world, asked):
    counts = counted(world.giver(), asked)
    assert sum(counts.values()) == len(presses(world.giver(), asked))
    assert set(counts) == {row["kind"] for row in presses(world.giver(), asked)}


@pytest.mark.parametrize(
    ("unit", "role", "sees"),
    [
        (GIVER, Role.SUPERVISOR, 4),
        (RECEIVER, Role.HANDLER, 4),
        (TOP, Role.LEADER, 4),
        (NEIGHBOUR, Role.SUPERVISOR, 0),
        (TOP, Role.SECURITY_ADMIN, None),
    ],
)
def test_who_sees_which(client, town, world, unit, role, sees, django_assert_max_num_queries):
    client.force_login(town.person(unit, role))
    with clock.frozen(LATER), django_assert_max_num_queries(25):
        page = client.get(reverse("presses"))
    assert page.status_code == (404 if sees is None else 200)
    assert page.content.count(b"data-press=") == (sees or 0)


def test_the_page_narrows_and_the_assignment_shows_its_own(client, town, world):
    client.force_login(town.person(GIVER))
    with clock.frozen(LATER):
        page = client.get(reverse("presses") + "?answered=no")
        assert page.content.count(b"data-press=") == 1
        below = client.get(reverse("presses") + f"?unit={town.unit(NEIGHBOUR).pk}")
        assert b"data-press=" not in below.content
        one = client.get(reverse("assignment", args=[world.pk])).content
        assert one.count(b"data-press=") == 4
