"""Whose clock runs, since when and until when: DESIGN §3.0–3.1 as tables."""

from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import deliver
from bihuan.notifications.models import Notice
from bihuan.org.roles import Role
from bihuan.supervision.actions.sounding import sound_alarms
from bihuan.supervision.models import Assignment, Effect
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Light
from tests.supervision import scenes
from tests.supervision.worlds import DUE, GIVER, morning, world_of
from tests.town import MORNING


def sweep(at):
    with clock.frozen(at):
        while sound_alarms(actor=system("alarms")):
            pass


@pytest.mark.parametrize("signed_after", [0, 3, 20])
def test_the_clock_starts_on_service_whenever_it_is_signed(town, signed_after):
    dated = world_of(town, "dispatched")
    counted = scenes.given(town, "西市局", due_at=None, due_rule="15个工作日")
    was = dated.fresh()
    with morning(signed_after):
        dated.sign()
        scenes.moved(counted, scenes.handling.sign_assignment, town.actor("西市局", Role.HANDLER))
    now = dated.fresh()
    assert [(one.dispatched_at, one.due_at, one.amber_at) for one in (now, was)] == [
        (MORNING, DUE, was.amber_at)
    ] * 2
    assert Assignment.objects.get(pk=counted.pk).due_at == clock.end_of(date(2026, 12, 14))


@pytest.mark.parametrize(
    ("returned_after", "resumes_until"),
    [
        (32, DUE),  # Friday 25 December: four workdays are left
        (35, DUE),  # three
        (36, clock.end_of(date(2027, 1, 4))),  # two: three workdays from the 29th, New Year's Day not counted
        (38, clock.end_of(date(2027, 1, 6))),
        (43, clock.end_of(date(2027, 1, 8))),  # overdue already
    ],
)
def test_a_return_gives_a_remedy_date_where_fewer_than_three_workdays_are_left(
    town, returned_after, resumes_until
):
    world = world_of(town, "completed")
    with morning(returned_after):
        world.send_back()
    fresh = world.fresh()
    assert (fresh.due_at, fresh.record_due_at, fresh.original_due_at) == (resumes_until, DUE, DUE)
    last = resumes_until - timedelta(hours=1)
    assert fresh.light(last) != Light.RED
    assert fresh.light(resumes_until + timedelta(hours=1)) == Light.RED
    assert fresh.is_late(last) is (last > DUE)


@pytest.mark.parametrize(
    ("name", "who"), [("completed", "review"), ("accepted", "strike"), ("declined", "decision")]
)
def test_while_others_decide_the_unit_rests_and_they_climb_the_same_ladder(town, name, who):
    world = world_of(town, name)
    fresh, regime = world.fresh(), regime_of(town.unit(GIVER))
    figure = "decline.decide_workdays" if name == "declined" else "review.workdays"
    assert fresh.decide_by == regime.workdays_from(MORNING, figure)
    for day in range(10):
        sweep(MORNING + timedelta(days=day, hours=3))
    heard = list(Effect.objects.order_by("at", "pk").values_list("rung", flat=True))
    assert {rung.partition(".")[0] for rung in heard} == {who}
    assert {"urge", "slip"} <= {rung.partition(".")[2] for rung in heard}
    if name != "declined":
        assert (fresh.light(DUE + timedelta(days=9)), fresh.is_late(DUE + timedelta(days=9))) == (
            Light.RESTING,
            False,
        )


def test_a_request_that_nobody_decides_in_three_workdays_alarms_the_decider_s_leader(town):
    world = world_of(town, "endorsed")
    town.post(GIVER, Role.LEADER)
    assert world.fresh().answer_by == clock.end_of(date(2026, 11, 26))
    sweep(clock.end_of(date(2026, 11, 26)) - timedelta(hours=8))
    assert not Effect.objects.filter(rung="extension.call").exists()
    sweep(clock.end_of(date(2026, 11, 27)) - timedelta(hours=8))
    assert Effect.objects.filter(rung="extension.call").exists()
    entry = Entry.objects.of(world.assignment).latest("position")
    deliver(entry_ids=[entry.pk])
    assert f"{GIVER}领导" in set(Notice.objects.filter(entry=entry).values_list("person__name", flat=True))
    assert world.fresh().extensions.get().state == "endorsed"  # never silent consent


def test_a_pause_of_hours_moves_the_light_though_not_the_deadline(town):
    world = world_of(town, "suspended")
    was = world.fresh().amber_at
    with clock.frozen(MORNING + timedelta(hours=5)):
        world.resume()
    now = world.fresh()
    assert now.due_at == DUE
    assert was < now.amber_at < DUE
    assert (now.amber_at, now.strong_at) == regime_of(now.issued_by).lights_for(now, DUE)
