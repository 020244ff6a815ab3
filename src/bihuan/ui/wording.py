"""How days, moments and deadlines are said (office time, whatever the server's zone)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from bihuan.kernel import clock

WEEKDAYS = [
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
]
NOTHING = "—"  # not applicable; 0 is said only of a real zero


def local(moment: datetime) -> datetime:
    return moment.astimezone(clock.OFFICE_TZ)


def day_of(value: date | datetime) -> date:
    return clock.office_day(value) if isinstance(value, datetime) else value


def say_list(names: Iterable[str]) -> str:
    """甲、乙、丙: several names in one sentence."""
    return _("、").join(names)


def say_sentence(parts: Iterable[str], *, apart: bool = False) -> str:
    """甲，乙。: clauses as one sentence, with the stops of the reader's language; `apart` parts them by ；."""
    return (_("；") if apart else _("，")).join(str(part) for part in parts) + _("。")


def say_day(value: date | datetime) -> str:
    """11月23日, with the year when it is not this one."""
    return _say_day(day_of(value), clock.today())


def _say_day(day: date, today: date) -> str:
    return _worded(day, day.year == today.year, get_language())


@lru_cache(maxsize=2048)
def _worded(day: date, is_this_year: bool, _language: str | None) -> str:
    """Kept, since a list says the same few days in every line, and putting a day into words takes long."""
    return date_format(day, _("n月j日") if is_this_year else _("Y年n月j日"))


def say_day_briefly(value: date | datetime) -> str:
    """11-23, for tables; with the year when it is not this one."""
    day = day_of(value)
    return f"{day:%m-%d}" if day.year == clock.today().year else day.isoformat()


def say_weekday(value: date | datetime) -> str:
    return _(WEEKDAYS[day_of(value).weekday()])


def say_moment(value: datetime) -> str:
    """今天 08:30, 11月20日 15:42; the end of a day is only the day."""
    there, today = local(value), clock.today()
    on = there.date()
    day = _("今天") if on == today else _say_day(on, today)
    return day if there.time() == clock.LAST else f"{day} {there:%H:%M}"


def say_due(deadline: date | datetime) -> str:
    """逾期 2 天, 今天 18:00, 剩 1 天: calendar days in the office, hours on the day itself."""
    due_at = deadline if isinstance(deadline, datetime) else clock.end_of(deadline)
    left = (day_of(due_at) - clock.today()).days
    if left > 0:
        return ngettext("剩 %(days)s 天", "剩 %(days)s 天", left) % {"days": say_number(left)}
    if left < 0:
        return ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", -left) % {"days": say_number(-left)}
    late = clock.now() - due_at
    return say_late(late) if late > timedelta(0) else say_moment(due_at)


def say_late(late: timedelta) -> str:
    """Lateness within one day."""
    hours, minutes = late // timedelta(hours=1), late // timedelta(minutes=1)
    if hours:
        return ngettext("逾期 %(hours)d 小时", "逾期 %(hours)d 小时", hours) % {"hours": hours}
    return ngettext("逾期 %(minutes)d 分钟", "逾期 %(minutes)d 分钟", minutes) % {"minutes": minutes}


def is_end_of_day(moment: datetime) -> bool:
    """Whether this is how a bare date is stored (DESIGN §3.1)."""
    return local(moment).time() == clock.LAST


def say_number(value: int | float | None) -> str:
    """1,284; — when there is none."""
    return NOTHING if value is None else f"{value:,}"
