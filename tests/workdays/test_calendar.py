"""Which days are worked, and counting them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.workdays.almanac import shipped_calendar
from bihuan.workdays.rules import Calendar

DAY = timedelta(days=1)
DAYS = st.dates(date(2023, 12, 1), date(2028, 2, 1))


@st.composite
def calendars(draw):
    """Calendars far stranger than any government's."""
    off = draw(st.dictionaries(DAYS, st.sampled_from(["节日", "地方假日"]), max_size=60))
    shifted = draw(st.dictionaries(DAYS, st.just("调休"), max_size=30))
    off = {day: name for day, name in off.items() if day not in shifted}
    return Calendar(off, shifted, draw(st.frozensets(st.integers(2023, 2029))), "drawn")


ANY_CALENDAR = st.one_of(st.just(shipped_calendar()), calendars())


def counted_one_by_one(calendar, start, end):
    """Workdays after `start` through `end`, counted on the fingers."""
    return sum(calendar.is_workday(start + n * DAY) for n in range(1, (end - start).days + 1))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2024-02-09", True),  # New Year's Eve: time off was only encouraged in 2024
        ("2024-02-10", False),
        ("2024-02-18", True),  # Sunday, shifted
        ("2025-01-26", True),
        ("2025-01-28", False),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-09-20", True),
        ("2026-10-10", True),
        ("2026-10-11", False),
        ("2027-02-05", False),  # New Year's Eve, statutory since 2025, although 2027 is not published
        ("2027-02-10", True),  # a shift nobody has announced is not invented
        ("2027-05-02", False),
        ("2061-05-03", True),  # beyond the festival table: the week alone
        ("2061-05-07", False),
    ],
)
def test_a_day_is_worked_as_the_notice_says(day, worked):
    assert shipped_calendar().is_workday(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("day", "provisional"),
    [
        ("2023-12-24", True),
        ("2024-01-01", False),
        ("2025-12-31", False),
        ("2026-12-24", False),
        ("2026-12-25", True),  # the notice for 2027 may still move it
        ("2027-06-01", True),
    ],
)
def test_a_day_is_provisional_while_a_notice_may_still_change_it(day, provisional):
    assert shipped_calendar().is_provisional(date.fromisoformat(day)) is provisional


@given(ANY_CALENDAR, DAYS, DAYS)
def test_counting_agrees_with_counting_one_by_one(calendar, a, b):
    start, end = sorted((a, b))
    assert calendar.workdays_between(start, end) == counted_one_by_one(calendar, start, end)
    assert calendar.workdays_between(end, start) == -counted_one_by_one(calendar, start - DAY, end - DAY)


@given(ANY_CALENDAR, DAYS, st.integers(-300, 300))
def test_adding_workdays_is_the_inverse_of_counting_them(calendar, day, n):
    reached = calendar.plus_workdays(day, n)
    assert calendar.workdays_between(day, reached) == n
    assert reached == day if n == 0 else calendar.is_workday(reached)
    assert (reached > day) is (n > 0)


@given(ANY_CALENDAR, DAYS, st.integers(1, 40))
def test_adding_workdays_agrees_with_walking_day_by_day(calendar, day, n):
    for step, total in ((DAY, n), (-DAY, -n)):
        walked, left = day, n
        while left:
            walked += step
            left -= calendar.is_workday(walked)
        assert calendar.plus_workdays(day, total) == walked


@given(ANY_CALENDAR, DAYS, DAYS, st.integers(-100, 100))
def test_adding_workdays_is_monotone(calendar, a, b, n):
    earlier, later = sorted((a, b))
    assert calendar.plus_workdays(earlier, n) <= calendar.plus_workdays(later, n)
    assert calendar.plus_workdays(a, n) < calendar.plus_workdays(a, n + 1)


@given(ANY_CALENDAR, DAYS)
def test_rolling_stops_at_the_first_workday(calendar, day):
    rolled = calendar.roll_forward(day)
    assert calendar.is_workday(rolled)
    assert counted_one_by_one(calendar, day - DAY, rolled) == 1


@given(calendars(), calendars(), DAYS)
def test_a_local_day_goes_before_the_national_one(calendar, local, day):
    laid_over = calendar.with_local(local.days_off, local.shifted, "local")
    speaking = local if day in local.days_off or day in local.shifted else calendar
    assert laid_over.is_workday(day) == speaking.is_workday(day)


@given(calendars(), calendars())
def test_changed_days_are_exactly_those_on_which_two_calendars_disagree(a, b):
    first, last = date(2024, 1, 1), date(2027, 12, 31)
    every = (first + n * DAY for n in range((last - first).days + 1))
    assert a.changed_days(b, first, last) == [d for d in every if a.is_workday(d) != b.is_workday(d)]
