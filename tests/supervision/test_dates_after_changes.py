"""What an extension, a suspension and a return do to every stored date (DESIGN §3.0, §3.1)."""

from datetime import timedelta

import pytest

from bihuan.kernel import clock
from bihuan.supervision.models import Slot
from bihuan.supervision.queries.pauses import pauses_of
from bihuan.supervision.queries.regimes import regime_of
from bihuan.supervision.rules import Light
from tests.supervision.worlds import DUE, LATER, RECEIVER, morning, world_of
from tests.town import MORNING

DAY = timedelta(days=1)
SET = object()
"""A date that is there, whichever it is."""
KEPT = object()
"""The same date as before."""

HISTORIES = {
    # name: what happens on which day, and the dates this leaves; the others are checked after each
    "asked, inside the unit": (
        [(5, "ask")],
        {"due_at": DUE, "record_due_at": DUE, "answer_by": None, "next_alarm_at": KEPT},
    ),
    "asked of the giver": (
        [(5, "ask"), (5, "endorse")],
        {"due_at": DUE, "record_due_at": DUE, "answer_by": SET, "next_alarm_at": SET},
    ),
    "granted": (
        [(5, "ask"), (5, "endorse"), (6, "grant")],
        {"due_at": LATER, "record_due_at": LATER, "answer_by": None, "next_alarm_at": SET},
    ),
    "refused": (
        [(5, "ask"), (5, "endorse"), (6, "refuse")],
        {"due_at": DUE, "record_due_at": DUE, "answer_by": None, "next_alarm_at": KEPT},
    ),
    "suspended": (
        [(5, "suspend")],
        {"due_at": DUE, "record_due_at": DUE, "review_on": SET, "suspended_at": SET, "next_alarm_at": SET},
    ),
    "suspended and resumed": (
        [(5, "suspend"), (15, "resume")],
        {"due_at": DUE + 10 * DAY, "record_due_at": DUE + 10 * DAY, "review_on": None, "suspended_at": None},
    ),
    "suspended twice": (
        [(5, "suspend"), (10, "resume"), (12, "suspend"), (22, "resume")],
        {"due_at": DUE + 15 * DAY, "record_due_at": DUE + 15 * DAY, "review_on": None},
    ),
    "suspended while an extension awaits its answer": (
        [(5, "ask"), (5, "endorse"), (6, "suspend"), (8, "resume")],
        {"due_at": DUE + 2 * DAY, "record_due_at": DUE + 2 * DAY, "answer_by": SET},
    ),
    "sent back at the last moment": (
        [(39, "submit"), (40, "send_back")],
        {"due_at": SET, "record_due_at": DUE, "decide_by": None},
    ),
    "sent back, then suspended": (
        [(39, "submit"), (40, "send_back"), (41, "suspend"), (44, "resume")],
        {"due_at": SET, "record_due_at": DUE + 3 * DAY, "decide_by": None},
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_every_stored_date_after(town, name):
    events, expected = HISTORIES[name]
    world = world_of(town, "working")
    before = world.fresh()
    last = 0
    for day, what in events:
        with morning(day + (0.01 if day == last else 0)):
            getattr(world, what)()
        last = day
    one = world.fresh()
    for field, value in expected.items():
        found = getattr(one, field)
        if value is SET:
            assert found is not None, field
        else:
            assert found == (getattr(before, field) if value is KEPT else value), field
    # What holds after every history:
    now, regime = MORNING + (last + 0.01) * DAY, regime_of(one.issued_by_id)
    assert (one.original_due_at, one.dispatched_at, one.sign_by) == (DUE, MORNING, before.sign_by)
    assert one.terms.first().due_at == DUE
    assert one.terms.last().due_at == one.due_at
    dates = regime.theme_of("").moments(one.dispatched_at, one.due_at, regime.calendar, pauses_of(one))
    assert (one.amber_at, one.strong_at) == dates
    assert one.dispatched_at <= one.amber_at <= one.strong_at <= one.due_at
    assert one.next_alarm_at == regime.ladder_for(one).next_alarm(one.stage, one.marks, one.swept_at)
    assert one.next_alarm_at is not None
    assert one.is_late(now) is (now > one.record_due_at)  # a remedy date saves nobody


def test_days_on_which_the_clock_stood_do_not_bring_the_light_nearer(town):
    """Suspended on the tenth of forty days for eighty: thirty of forty are left, so nothing is near its end."""
    world = world_of(town, "working")
    with morning(10):
        world.suspend(days=85)
        assert world.fresh().light(clock.now()) == Light.RESTING
    with morning(90):
        world.resume()
        one = world.fresh()
        assert one.due_at == DUE + 80 * DAY
        assert one.light(clock.now()) == Light.GREEN
    left = one.due_at - one.amber_at
    assert left < 15 * DAY  # thirty per cent of forty days, not of a hundred and twenty


def test_an_open_report_slot_keeps_its_window(town):
    world = world_of(town, "working")
    opened, due, until = (MORNING + n * DAY for n in (0, 3, 6))
    slot = Slot.objects.create(
        assignment=world.fresh(), period="2026-W48", opened_at=opened, due_at=due, window_until=until
    )
    with morning(1):
        world.ask()
    with morning(1.1):
        world.endorse()
    with morning(2):
        world.grant()
        assert Slot.objects.late(due + DAY).filter(assignment__unit=town.unit(RECEIVER)).count() == 1
    with morning(2.5):
        world.suspend()
        assert not Slot.objects.asked().exists()  # nobody has to report while the clock stands
    slot.refresh_from_db()
    assert (slot.opened_at, slot.due_at, slot.window_until) == (opened, due, until)
