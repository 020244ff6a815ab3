"""Spans, pauses, rolling over, and the sentence that explains the date."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.kernel.clock import OFFICE_TZ, end_of
from bihuan.workdays.almanac import shipped_calendar
from bihuan.workdays.rules import (
    Calendar,
    OfficeHours,
    Pause,
    Span,
    deadline,
    derive_again,
    explain,
)

from .test_calendar import ANY_CALENDAR, DAY, calendars, counted_one_by_one

HOURS = OfficeHours.parse("08:00-12:00,14:00-18:00")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)).map(lambda m: m.replace(tzinfo=OFFICE_TZ))
SPANS = st.builds(Span, st.integers(0, 120), st.sampled_from(["hour", "day", "workday"])) | st.builds(
    Span, st.integers(0, 14), st.just("month")
)
PAUSES = st.lists(
    st.builds(lambda at, days: Pause(at, at + timedelta(days=days)), MOMENTS, st.floats(0, 40)), max_size=3
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_TZ)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "roll", "due"),
    [
        # Days: the day of service is not counted (Civil Code §201).
        ("2026-03-02 09:00", 15, "day", False, "2026-03-17 23:59:59"),
        ("2026-03-02 23:59", 15, "day", False, "2026-03-17 23:59:59"),
        ("2026-03-02 09:00", 0, "day", False, "2026-03-02 23:59:59"),
        # The last day is a holiday: the first workday after it (§203); without the rule it stays.
        ("2026-09-01 09:00", 30, "day", True, "2026-10-08 23:59:59"),
        ("2026-09-01 09:00", 30, "day", False, "2026-10-01 23:59:59"),
        ("2026-01-30 09:00", 1, "day", True, "2026-02-02 23:59:59"),
        ("2026-02-13 09:00", 1, "day", True, "2026-02-14 23:59:59"),  # a shifted Saturday is a workday
        # Months end on the corresponding day, or the month's last (§202).
        ("2026-01-31 09:00", 1, "month", False, "2026-02-28 23:59:59"),
        ("2024-01-31 09:00", 1, "month", False, "2024-02-29 23:59:59"),
        ("2024-02-29 09:00", 12, "month", False, "2025-02-28 23:59:59"),
        ("2025-11-15 09:00", 3, "month", False, "2026-02-15 23:59:59"),
        ("2025-11-15 09:00", 3, "month", True, "2026-02-24 23:59:59"),
        # Workdays step over holidays and count shifted days.
        ("2026-09-18 17:59", 5, "workday", False, "2026-09-24 23:59:59"),
        ("2026-09-18 09:00", 12, "workday", False, "2026-10-12 23:59:59"),
        ("2026-10-01 09:00", 1, "workday", False, "2026-10-08 23:59:59"),
        # Hours count from the minute, round the clock, over any holiday.
        ("2026-09-30 16:30", 24, "hour", False, "2026-10-01 16:30:00"),
        ("2026-09-30 16:30", 24, "hour", True, "2026-10-08 16:30:00"),
    ],
)
def test_a_span_ends_where_the_civil_code_says(start, amount, unit, roll, due):
    assert deadline(at(start), Span(amount, unit), shipped_calendar(), roll=roll).due_at == at(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-09-28 10:00", 2, "2026-09-28 12:00:00"),
        ("2026-09-28 10:30", 2, "2026-09-28 14:30:00"),  # lunch does not count
        ("2026-09-28 17:30", 8, "2026-09-29 17:30:00"),
        ("2026-09-30 17:30", 1, "2026-10-08 08:30:00"),
        ("2026-09-19 03:00", 8, "2026-09-20 18:00:00"),  # Saturday night to the shifted Sunday
        ("2026-09-28 20:00", 0, "2026-09-28 20:00:00"),
    ],
)
def test_office_hours_count_only_while_the_office_is_open(start, hours, due):
    found = deadline(at(start), Span(hours, "hour"), shipped_calendar(), office_hours=HOURS)
    assert found.due_at == at(due)


@pytest.mark.parametrize("text", ["", "8-12", "12:00-08:00", "08:00-12:00,11:00-18:00", "08:00-12:00-14:00"])
def test_office_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        OfficeHours.parse(text)


def test_a_deadline_is_the_same_moment_wherever_it_is_asked():
    start = at("2026-03-02 07:00")  # still 1 March in London
    elsewhere = start.astimezone(tz=None)
    assert deadline(elsewhere, Span(1, "day"), shipped_calendar()).due_at == at("2026-03-03 23:59:59")


def test_a_deadline_ends_with_the_business_where_a_closing_time_is_given():
    found = deadline(at("2026-03-02 09:00"), Span(1, "day"), shipped_calendar(), close_of_day=time(17, 30))
    assert found.due_at == at("2026-03-03 17:30:00")


def test_a_deadline_needs_an_aware_start_and_a_span_that_is_not_negative():
    with pytest.raises(ValueError, match="aware"):
        deadline(datetime(2026, 3, 2), Span(1, "day"), shipped_calendar())
    with pytest.raises(ValueError, match="negative"):
        Span(-1, "day")
    with pytest.raises(ValueError, match="fortnight"):
        Span(1, "fortnight")


@given(ANY_CALENDAR, MOMENTS, st.integers(0, 60), PAUSES)
def test_workdays_are_those_one_by_one_that_are_worked_and_not_paused(calendar, start, amount, pauses):
    paused = {day for pause in pauses for day in pause.days()}
    day, left = start.date(), amount
    while left:
        day += DAY
        left -= calendar.is_workday(day) and day not in paused
    assert deadline(start, Span(amount, "workday"), calendar, pauses=pauses).due_at == end_of(day)


@given(MOMENTS, st.integers(0, 200), PAUSES)
def test_days_are_those_one_by_one_that_are_not_paused(start, amount, pauses):
    paused = {day for pause in pauses for day in pause.days()}
    day, left = start.date(), amount
    while left:
        day += DAY
        left -= day not in paused
    assert deadline(start, Span(amount, "day"), shipped_calendar(), pauses=pauses).due_at == end_of(day)


@given(MOMENTS, st.integers(0, 24), st.timedeltas(timedelta(0), timedelta(days=9)), st.floats(0, 1))
def test_a_pause_inside_the_span_moves_hours_by_its_very_length(start, hours, length, where):
    began = start + timedelta(hours=hours) * where * 0.99
    bare = deadline(start, Span(hours, "hour"), shipped_calendar()).due_at
    paused = deadline(
        start, Span(hours, "hour"), shipped_calendar(), pauses=[Pause(began, began + length)]
    ).due_at
    assert bare - start == timedelta(hours=hours)
    assert paused - bare == (length if began < bare else timedelta(0))


@given(ANY_CALENDAR, MOMENTS.map(lambda m: m.replace(second=0, microsecond=0)), st.integers(0, 30))
def test_office_hours_agree_with_the_minutes_counted_one_by_one(calendar, start, hours):
    minute, left = start, hours * 60
    while left:
        open_now = any(a <= minute < b for a, b in HOURS.on(minute.date()))
        if open_now and calendar.is_workday(minute.date()):
            left -= 1
            minute += timedelta(minutes=1)
        else:
            minute += timedelta(minutes=30 - minute.minute % 30)
    assert deadline(start, Span(hours, "hour"), calendar, office_hours=HOURS).due_at == minute or not hours


@given(ANY_CALENDAR, MOMENTS, MOMENTS, SPANS, st.booleans(), PAUSES, st.sampled_from([None, HOURS]))
def test_who_starts_later_is_never_due_earlier(calendar, a, b, span, roll, pauses, hours):
    due = [
        deadline(start, span, calendar, roll=roll, pauses=pauses, office_hours=hours).due_at
        for start in sorted((a, b))
    ]
    assert due == sorted(due)


@given(ANY_CALENDAR, MOMENTS, SPANS, st.booleans(), PAUSES, st.sampled_from([None, HOURS]))
def test_the_stored_rule_gives_the_same_deadline_again(calendar, start, span, roll, pauses, hours):
    found = deadline(start, span, calendar, roll=roll, pauses=pauses, office_hours=hours)
    stored = json.loads(json.dumps(found.rule))
    assert derive_again(stored, calendar) == found
    assert explain(stored) == found.explain()


@given(calendars(), calendars(), MOMENTS, SPANS, st.booleans(), PAUSES, st.sampled_from([None, HOURS]))
def test_a_deadline_that_is_not_provisional_outlives_every_publication(
    calendar, news, start, span, roll, pauses, hours
):
    def may_still_move(day):
        return calendar.is_provisional(day)

    changed = Calendar(
        {d: n for d, n in calendar.days_off.items() if not may_still_move(d)}
        | {d: n for d, n in news.days_off.items() if may_still_move(d)},
        {d: n for d, n in calendar.shifted.items() if not may_still_move(d)}
        | {d: n for d, n in news.shifted.items() if may_still_move(d)},
        frozenset(range(2000, 2050)),
        "published",
    )
    before = deadline(start, span, calendar, roll=roll, pauses=pauses, office_hours=hours)
    after = derive_again(before.rule, changed)
    assert not after.provisional
    assert before.provisional or before.due_at == after.due_at


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            deadline(at("2026-09-18 10:00"), Span(12, "workday"), shipped_calendar()),
            "自2026年9月18日（星期五）的次日起计12个工作日，其间周末2天不计，中秋节3天不计，国庆节7天不计，"
            "9月20日、10月10日调休上班照计，至2026年10月12日（星期一）24时止。",
        ),
        (
            deadline(
                at("2026-09-01 10:00"),
                Span(30, "day"),
                shipped_calendar(),
                roll=True,
                close_of_day=time(17, 30),
            ),
            "自2026年9月1日（星期二）的次日起计30日，末日2026年10月1日（星期四）为休息日，"
            "顺延至其后第一个工作日，至2026年10月8日（星期四）17:30止。",
        ),
        (
            deadline(
                at("2026-09-28 10:30"),
                Span(2, "hour"),
                shipped_calendar(),
                office_hours=HOURS,
                pauses=[Pause(at("2026-09-28 11:00"), at("2026-09-28 11:30"))],
            ),
            "自2026年9月28日（星期一）10:30起计2小时（只计工作日08:00-12:00、14:00-18:00），"
            "2026年9月28日（星期一）11:00至2026年9月28日（星期一）11:30中止计算，至2026年9月28日（星期一）15:00止。",
        ),
        (
            deadline(at("2026-03-02 10:00"), Span(0, "workday"), shipped_calendar()),
            "于2026年3月2日（星期一）当日办结，至2026年3月2日（星期一）24时止。",
        ),
        (
            deadline(at("2026-12-28 10:00"), Span(3, "workday"), shipped_calendar()),
            "自2026年12月28日（星期一）的次日起计3个工作日，至2026年12月31日（星期四）24时止，"
            "2027年放假安排尚未公布，该日期为暂定。",
        ),
    ],
)
def test_a_deadline_explains_itself_in_one_sentence(found, sentence):
    assert found.explain() == sentence


@given(MOMENTS, st.integers(1, 40))
def test_the_explanation_accounts_for_every_day_between(start, amount):
    rule = deadline(start, Span(amount, "workday"), shipped_calendar()).rule
    due_on = date.fromisoformat(rule["due"][:10])
    assert (due_on - start.date()).days == amount + rule["weekend_days"] + len(rule["holidays"])
    assert counted_one_by_one(shipped_calendar(), start.date(), due_on) == amount
