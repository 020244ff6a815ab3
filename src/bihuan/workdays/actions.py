"""Everything that changes the calendar."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Refused
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, once
from bihuan.workdays import rights
from bihuan.workdays.models import DayKind, DayRule, Notice, Vacation
from bihuan.workdays.queries import is_region_code
from bihuan.workdays.rules import SATURDAY

YEARS = range(2000, 2101)
LONGEST_LOCAL_HOLIDAY = 15  # days; longer is a typing error


@action
def publish_arrangement(
    *,
    actor: Actor,
    year: int,
    title: str,
    published_on: date,
    off: Mapping[date, str],
    work: Mapping[date, str],
    number: str = "",
) -> Notice:
    """Record the State Council's days off for a year (发布放假安排): holiday names by day, shifts likewise.

    A second notice for the same year replaces the first as a whole. Deadlines already stored keep their
    date until whoever owns them derives them again.
    """
    once("workdays.arrangement.published", actor=actor)
    rights.require(actor, "")
    _check_arrangement(year, published_on, off, work)
    notice = _record(
        Notice(year=year, title=title, number=number, published_on=published_on),
        {day: (DayKind.OFF, name) for day, name in off.items()}
        | {day: (DayKind.WORK, name) for day, name in work.items()},
    )
    facts: dict[str, Any] = {"year": year, "published_on": published_on, "off": len(off), "work": len(work)}
    append("workdays.arrangement.published", actor=actor, subject=notice, **facts)
    return notice


@action
def add_local_day(
    *,
    actor: Actor,
    region_code: str,
    kind: str,
    name: str,
    first_on: date,
    title: str,
    published_on: date,
    last_on: date | None = None,
    number: str = "",
) -> Notice:
    """Give a region a holiday or a workday of its own (地方假日), or take one back with kind `ordinary`.

    It holds for everything below the region's code, and goes before the national arrangement.
    """
    once("workdays.local_days.set", actor=actor)
    rights.require(actor, region_code)
    last_on = last_on or first_on
    if not is_region_code(region_code):
        raise Refused(_("请填写6位行政区划代码"), code="region_code", field="region_code")
    _check_published(published_on)
    if not 0 <= (last_on - first_on).days < LONGEST_LOCAL_HOLIDAY:
        message = _("结束日期应不早于开始日期，且一次不超过%d天") % LONGEST_LOCAL_HOLIDAY
        raise Refused(message, code="last_on", field="last_on")
    days = (first_on + timedelta(days=n) for n in range((last_on - first_on).days + 1))
    notice = _record(
        Notice(region_code=region_code, title=title, number=number, published_on=published_on),
        {day: (DayKind(kind), name) for day in days},
    )
    facts: dict[str, Any] = {"region": region_code, "kind": kind, "first": first_on, "last": last_on}
    append("workdays.local_days.set", actor=actor, subject=notice, **facts)
    return notice


@action
def set_vacation(
    *, actor: Actor, name: str, starts_on: date, ends_on: date, region_code: str = ""
) -> Vacation:
    """Record a school vacation (寒暑假), so that deadlines and visits inside it are warned about."""
    once("workdays.vacation.set", actor=actor)
    rights.require(actor, region_code)
    if ends_on < starts_on:
        raise Refused(_("结束日期不能早于开始日期"), code="ends_on", field="ends_on")
    vacation = Vacation(region_code=region_code, name=name, starts_on=starts_on, ends_on=ends_on)
    vacation.save(force_insert=True)
    facts: dict[str, Any] = {"first": starts_on, "last": ends_on, "region": region_code or None}
    append("workdays.vacation.set", actor=actor, subject=vacation, **facts)
    return vacation


@step
def _record(notice: Notice, days: Mapping[date, tuple[DayKind, str]]) -> Notice:
    """Save a notice with its days."""
    _one_at_a_time()
    notice.recorded_at = clock.now()
    notice.save(force_insert=True)
    rules = [DayRule(notice=notice, day=day, kind=kind, name=name) for day, (kind, name) in days.items()]
    DayRule.objects.bulk_create(rules)
    return notice


def _one_at_a_time() -> None:
    """Notices appear in the order of their ids: the latest id is the version calendars are kept under."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE workdays_notice IN SHARE ROW EXCLUSIVE MODE")


def _check_arrangement(
    year: int, published_on: date, off: Mapping[date, str], work: Mapping[date, str]
) -> None:
    _check_published(published_on)
    if year not in YEARS:
        raise Refused(_("年份不正确"), code="year", field="year")
    if not off:
        raise Refused(_("请至少填写一个放假日"), code="off", field="off")
    for field, days in (("off", off), ("work", work)):
        for day in sorted(days):
            if day.year != year and (day.year, day.month) != (year - 1, 12):
                message = _("%(day)s不在%(year)d年（可含上一年12月）之内") % {"day": day, "year": year}
                raise Refused(message, code="another_year", field=field)
    for day in sorted(work):
        if day in off:
            raise Refused(_("%s既放假又上班，请核对") % day, code="off_and_work", field="work")
        if day.weekday() < SATURDAY:
            raise Refused(_("%s是周一至周五，不是调休上班日，请核对") % day, code="weekday", field="work")


def _check_published(published_on: date) -> None:
    if published_on > clock.today():
        raise Refused(_("成文日期不能晚于今天"), code="published_on", field="published_on")
