from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from bihuan.kernel import clock
from bihuan.ui import wording

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=clock.OFFICE_TZ)


@pytest.fixture(autouse=True)
def office_morning():
    with clock.frozen(NOW), translation.override("zh-hans"), timezone.override("America/Lima"):
        yield


def at(day: int, hour: int = 18, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=clock.OFFICE_TZ)


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        (at(21), "逾期 2 天"),
        (date(2026, 11, 22), "逾期 1 天"),
        (at(23, 7, 30), "逾期 2 小时"),
        (at(23, 9, 50), "逾期 10 分钟"),
        (at(23), "今天 18:00"),
        (date(2026, 11, 23), "今天"),
        (at(24, 0, 30), "剩 1 天"),
        (date(2026, 11, 27), "剩 4 天"),
        (date(2030, 1, 1), "剩 1,135 天"),
    ],
)
def test_a_deadline_is_said_by_the_office_calendar_wherever_the_server_stands(deadline, said):
    assert wording.say_due(deadline) == said


@pytest.mark.parametrize(
    ("say", "value", "said"),
    [
        (wording.say_day, date(2026, 11, 3), "11月3日"),
        (wording.say_day, date(2025, 1, 9), "2025年1月9日"),
        (wording.say_day, at(23, 0, 30).astimezone(clock.OFFICE_TZ) - timedelta(hours=1), "11月22日"),
        (wording.say_day_briefly, date(2026, 11, 3), "11-03"),
        (wording.say_day_briefly, date(2025, 1, 9), "2025-01-09"),
        (wording.say_weekday, date(2026, 11, 23), "周一"),
        (wording.say_moment, at(23, 8, 30), "今天 08:30"),
        (wording.say_moment, at(20, 15, 42), "11月20日 15:42"),
        (wording.say_moment, clock.end_of(date(2026, 11, 14)), "11月14日"),
        (wording.say_number, 1284, "1,284"),
        (wording.say_number, 0, "0"),
        (wording.say_number, None, "—"),
    ],
)
def test_days_moments_and_numbers_are_said_one_way(say, value, said):
    assert say(value) == said
