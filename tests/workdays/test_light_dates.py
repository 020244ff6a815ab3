"""When a light changes because little of the working time is left."""

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bihuan.workdays.almanac import shipped_calendar
from bihuan.workdays.rules import Span, deadline, light_dates

from .test_calendar import ANY_CALENDAR
from .test_deadlines import HOURS, MOMENTS, PAUSES, at

RATIOS = st.floats(0, 1)


def left(calendar, moment, due, hours=None):
    """Seconds of working time from `moment` to `due`, hour by hour: all edges are whole hours."""
    assert (due - moment).days < 60
    seconds = 0
    while moment < due:
        until = min(moment.replace(minute=0, second=0) + timedelta(hours=1), due)
        worked = calendar.is_workday(moment.date())
        opened = not hours or any(a <= moment < b for a, b in hours.on(moment.date()))
        seconds += (until - moment).total_seconds() * (worked and opened)
        moment = until
    return seconds


@pytest.mark.parametrize(
    ("start", "due", "amber", "strong"),
    [
        # Ten workdays from midnight to midnight: three and one and a half before the end.
        ("2026-03-02 00:00", "2026-03-14 00:00", "2026-03-11 00:00", "2026-03-12 12:00"),
        # The National Day week holds no working time; the light changes on the last day before.
        ("2026-09-29 00:00", "2026-10-09 00:00", "2026-10-08 02:24", "2026-10-08 13:12"),
        ("2026-09-28 10:00", "2026-09-28 12:00", "2026-09-28 11:24", "2026-09-28 11:42"),
        # A weekend has no working time at all: the clock's time counts.
        ("2026-03-07 00:00", "2026-03-08 00:00", "2026-03-07 16:48", "2026-03-07 20:24"),
        ("2026-03-07 00:00", "2026-03-01 00:00", "2026-03-01 00:00", "2026-03-01 00:00"),
    ],
)
def test_lights_change_when_30_and_15_percent_of_the_working_time_are_left(start, due, amber, strong):
    assert light_dates(at(start), at(due), shipped_calendar()) == (at(amber), at(strong))


@given(
    ANY_CALENDAR,
    MOMENTS.map(lambda m: m.replace(minute=0, second=0, microsecond=0)),
    st.integers(1, 24 * 40),
    RATIOS,
    st.sampled_from([None, HOURS]),
)
def test_no_more_than_the_ratio_is_left_and_a_second_earlier_more(calendar, start, length, ratio, hours):
    due = start + timedelta(hours=length)
    total = left(calendar, start, due, hours)
    assume(total)
    (changes,) = light_dates(start, due, calendar, (ratio,), office_hours=hours)
    assert start <= changes <= due
    assert left(calendar, changes, due, hours) <= ratio * total
    earlier = changes - timedelta(seconds=1)
    assert changes == start or left(calendar, earlier, due, hours) > ratio * total


@given(ANY_CALENDAR, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=300)), PAUSES, RATIOS, RATIOS)
def test_the_stronger_light_never_comes_before_the_weaker(calendar, start, length, pauses, a, b):
    less, more = sorted((a, b))
    weaker, stronger = light_dates(start, start + length, calendar, (more, less), pauses=pauses)
    assert start <= weaker <= stronger <= start + length


@given(ANY_CALENDAR, MOMENTS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_a_later_deadline_never_brings_the_light_forward(calendar, start, due, extension):
    before = light_dates(start, due, calendar)
    after = light_dates(start, due + extension, calendar)
    assume(any(calendar.is_workday((start + timedelta(days=n)).date()) for n in range((due - start).days)))
    assert before <= after


def test_every_deadline_has_lights_before_it():
    start = at("2026-09-18 10:00")
    for unit in ("hour", "day", "workday", "month"):
        due = deadline(start, Span(5, unit), shipped_calendar()).due_at
        amber, strong = light_dates(start, due, shipped_calendar())
        assert start < amber < strong < due
