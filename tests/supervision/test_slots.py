"""Report slots: opened by the cycle, filled by a report, counted when nobody filled them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from bihuan.kernel import clock
from bihuan.kernel.actor import system
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions.reviewing import accept_report, return_report
from bihuan.supervision.actions.slotting import turn_slots
from bihuan.supervision.models import Assignment, Item, Slot
from bihuan.supervision.queries.history import light_at
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.queries.slots import items_asking, standing_of_unit, window_of
from bihuan.supervision.rules import Cycle, Light
from tests.supervision.worlds import GIVER, RECEIVER, found
from tests.town import TODAY


def turn():
    """What the hourly job does."""
    for item in items_asking(clock.today()):
        while turn_slots(item_id=item.pk, actor=system("calendar"), limit=1):
            pass


def on(day, hour=10):
    return clock.frozen(clock.end_of(day) - timedelta(hours=24 - hour))


@pytest.fixture
def world(town):
    """A duty on a monthly cycle, signed for, given in November and due in March."""
    made = found(town, due_on=TODAY + timedelta(days=120))
    Item.objects.update(cycle=Cycle.MONTHLY)
    made.sign()
    return made


def slots(world):
    at = clock.now()
    return [(slot.period, slot.state(at)) for slot in Slot.objects.filter(assignment=world.pk)]


@pytest.mark.parametrize(
    ("cycle", "day", "label", "due_on", "until"),
    [
        ("daily", date(2026, 11, 23), "2026-11-23", date(2026, 11, 23), date(2026, 11, 23)),
        ("weekly", date(2026, 11, 25), "2026-W48", date(2026, 11, 27), date(2026, 11, 29)),
        ("monthly", date(2026, 12, 20), "2026-12", date(2026, 12, 7), date(2026, 12, 31)),
        (
            "monthly",
            date(2026, 10, 1),
            "2026-10",
            date(2026, 10, 13),
            date(2026, 10, 31),
        ),  # after the holiday
        ("quarterly", date(2026, 11, 23), "2026-Q4", date(2026, 10, 13), date(2026, 12, 31)),
        ("half_yearly", date(2026, 11, 23), "2026-H2", date(2026, 7, 7), date(2026, 12, 31)),
        ("yearly", date(2026, 11, 23), "2026", date(2026, 1, 8), date(2026, 12, 31)),
    ],
)
def test_a_report_is_due_on_the_fifth_workday_of_its_period(town, cycle, day, label, due_on, until):
    window = window_of(cycle, day, regime_of(town.unit(GIVER)))
    assert (window.period.label, clock.office_day(window.due_at)) == (label, due_on)
    assert clock.office_day(window.until) == until


def test_a_day_off_asks_for_no_daily_report(town):
    assert window_of("daily", date(2026, 11, 22), regime_of(town.unit(GIVER))) is None


def test_a_slot_is_due_then_late_then_missing_and_leaves_a_line(world):
    turn()
    assert slots(world) == []  # the month in which it was given asks for nothing
    with on(date(2026, 12, 1)):
        turn()
        turn()
        assert slots(world) == [("2026-12", "due")]
        assert world.fresh().slot_opened_at is not None
    with on(date(2026, 12, 8)):
        assert slots(world) == [("2026-12", "late")]
    with on(date(2027, 1, 3)):
        turn()
        assert slots(world) == [("2027-01", "due"), ("2026-12", "missing")]
    lines = Entry.objects.filter(verb="supervision.item.slots_turned").order_by("pk")
    assert [(line.facts["opened"], line.facts["missing"]) for line in lines] == [(1, 0), (1, 1)]
    assert world.fresh().version == Entry.objects.of(world.assignment).count() - 1


@pytest.mark.parametrize(
    ("verdict", "then"),
    [(None, "reported"), ("accept", "reported"), ("return", "due"), ("return twice", "reported")],
)
def test_a_report_fills_the_slot_and_a_returned_one_leaves_it_to_the_next(world, verdict, then):
    with on(date(2026, 12, 1)):
        turn()
    with on(date(2026, 12, 2)):
        report = world.report()
        if verdict == "return twice":
            world.report()
        if verdict == "accept":
            accept_report(report_id=report.pk, actor=world.giver())
        elif verdict:
            return_report(report_id=report.pk, actor=world.giver(), opinion="补充")
        assert slots(world) == [("2026-12", then)]
        assert Slot.objects.get().outcome == ("reported" if verdict == "accept" else "")
    with on(date(2027, 1, 3)):
        turn()
        assert slots(world)[1] == ("2026-12", "missing" if then == "due" else "reported")


def test_who_reported_before_the_slot_opened_late_is_not_asked(world):
    with on(date(2026, 12, 2)):  # the worker was down
        world.report()
    with on(date(2026, 12, 3)):
        turn()
        assert slots(world) == [("2026-12", "reported")]


def test_a_late_report_stays_on_record_as_late(world):
    with on(date(2026, 12, 1)):
        turn()
    with on(date(2026, 12, 9)):
        world.report()
        assert slots(world) == [("2026-12", "late_in")]
        assert Slot.objects.late_in().count() == 1


@pytest.mark.parametrize("state", ["suspended", "submitted", "no cycle", "deadline first"])
def test_nobody_is_asked_who_has_nothing_to_report(world, state):
    if state == "suspended":
        world.suspend()
    elif state == "submitted":
        world.submit()
    elif state == "no cycle":
        Item.objects.update(cycle=Cycle.NONE)
    else:
        Assignment.objects.update(due_at=clock.end_of(date(2026, 12, 3)))
    with on(date(2026, 12, 1)):
        turn()
        assert slots(world) == []


def test_a_slot_that_rested_at_its_end_is_void_and_not_missing(world):
    with on(date(2026, 12, 1)):
        turn()
        world.submit()
    with on(date(2027, 1, 3)):
        turn()
        assert slots(world) == [("2026-12", "void")]


def test_a_report_in_the_slot_keeps_the_light_green_and_history_agrees(world):
    Assignment.objects.update(amber_at=clock.end_of(date(2026, 12, 3)))
    world.assignment.terms.update(amber_at=clock.end_of(date(2026, 12, 3)))
    with on(date(2026, 12, 1)):
        turn()
    with on(date(2026, 12, 2)):
        world.report()
    at = clock.end_of(date(2026, 12, 5))
    assert world.fresh().light(at) == Light.GREEN == light_at(world.fresh(), at)
    assert Assignment.objects.on_track(at).filter(pk=world.pk).exists()
    before = clock.end_of(TODAY)
    assert light_at(world.fresh(), before) == Light.GREEN


def test_the_pages_count_what_is_late_and_missing(client, world, town):
    with on(date(2026, 12, 1)):
        turn()
    with on(date(2027, 1, 2)):
        turn()
    with on(date(2027, 1, 9)):
        town.post(RECEIVER, Role.SUPERVISOR)
        standing = standing_of_unit(world.receiver())
        assert (standing.due, standing.late, standing.missing) == (0, 1, 1)
        client.force_login(town.person(RECEIVER, Role.HANDLER))
        page = client.get(reverse("assignment", args=[world.pk])).content.decode()
        assert 'data-slot="late"' in page
        assert 'data-slot="missing"' in page
        for state, there in (("late", True), ("missing", True), ("due", False)):
            listed = client.get(reverse("assignments"), {"report": state}).context["page"].rows
            assert bool(listed) is there
        assert b"data-slots" in client.get(reverse("workbench")).content
