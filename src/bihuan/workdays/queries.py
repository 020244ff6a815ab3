"""The calendar in force for a region, and what to warn of on a day."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from bihuan.workdays import almanac
from bihuan.workdays.almanac import Arrangement
from bihuan.workdays.models import DayKind, DayRule, Notice, Vacation
from bihuan.workdays.rules import Calendar, OfficeHours

REGION = re.compile(r"[1-9]\d{5}")


def calendar_for(region_code: str | None = None) -> Calendar:
    """The calendar in force in a region (GB/T 2260 code), the nation's without one.

    Costs one short query to learn the version; calendars themselves are kept per version.
    """
    return calendar_as_of(latest_notice(), region_code)


def latest_notice() -> int:
    """The key of the notice recorded last, which is what a version of the calendar goes by."""
    return Notice.objects.aggregate(latest=Max("pk"))["latest"] or 0


def calendar_as_of(notice_id: int, region_code: str | None = None) -> Calendar:
    """The calendar as it was when this notice was the latest: to see what the later ones changed."""
    return _calendar_at(tuple(regions_of(region_code)), notice_id)


def regions_of(region_code: str | None) -> list[str]:
    """The province, prefecture and county a code lies in, widest first: `620000`, `622900`, `622921`."""
    if not region_code or not is_region_code(region_code):
        return []
    widening = [region_code[:2] + "0000", region_code[:4] + "00", region_code]
    return list(dict.fromkeys(widening))


def is_region_code(text: str) -> bool:
    return bool(REGION.fullmatch(text))


def office_hours() -> OfficeHours:
    """When offices are open (`BIHUAN_OFFICE_HOURS`)."""
    return OfficeHours.parse(settings.OFFICE_HOURS)


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to think of before a day is set as a deadline or for a visit (提醒). Never a refusal."""

    code: str  # day_off, provisional, vacation, usual_vacation
    message: str


def warnings(day: date, region_code: str | None = None) -> list[Caution]:
    """What speaks against `day` in the region: a day off, an unpublished year, a school vacation."""
    calendar, found = calendar_for(region_code), []
    if not calendar.is_workday(day):
        name = calendar.days_off.get(day) or _("周末")
        found.append(Caution("day_off", _("该日为休息日（%s）") % name))
    if calendar.is_provisional(day):
        message = _("%d年放假安排尚未公布，该日是否上班以公布为准") % calendar.awaited_years(day, day)[0]
        found.append(Caution("provisional", message))
    return found + _vacation_cautions(day, region_code)


def _vacation_cautions(day: date, region_code: str | None) -> list[Caution]:
    """Recorded vacations; where the region has none in that year, the usual ones."""
    recorded = Vacation.objects.filter(region_code__in=["", *regions_of(region_code)])
    inside = recorded.filter(starts_on__lte=day, ends_on__gte=day)
    if names := list(inside.order_by("starts_on").values_list("name", flat=True)):
        return [Caution("vacation", _("该日在%s期间") % name) for name in names]
    if recorded.filter(ends_on__year=day.year).exists():
        return []
    usual = almanac.usual_vacations(day.year)
    return [
        Caution("usual_vacation", _("该日通常在%s期间，请核对当地校历") % name)
        for name, first, last in usual
        if first <= day <= last
    ]


@lru_cache(maxsize=256)
def _calendar_at(regions: tuple[str, ...], latest: int) -> Calendar:
    """The calendar of nested regions as of the notice `latest`; notices never change, so it may be kept."""
    if not regions:
        version = f"{almanac.shipped_version()}+{latest}" if latest else almanac.shipped_version()
        return almanac.calendar([*almanac.shipped(), *_recorded_arrangements(latest)], version)
    nation = _calendar_at((), latest)
    off: dict[date, str] = {}
    shifted: dict[date, str] = {}
    rules = DayRule.objects.filter(notice__region_code__in=regions, notice_id__lte=latest)
    # The narrower region speaks after the wider one, a later notice after an earlier one.
    said = sorted(rules.values_list("notice__region_code", "notice_id", "day", "kind", "name"))
    for _region, _notice, day, kind, name in sorted(said, key=lambda rule: regions.index(rule[0])):
        off.pop(day, None)
        shifted.pop(day, None)
        if kind == DayKind.OFF:
            off[day] = name
        elif kind == DayKind.WORK:
            shifted[day] = name
    return nation.with_local(off, shifted, f"{nation.version}/{regions[-1]}") if off or shifted else nation


def _recorded_arrangements(latest: int) -> list[Arrangement]:
    notices = Notice.objects.filter(year__isnull=False, pk__lte=latest).order_by("pk")
    return [_arrangement(notice) for notice in notices.prefetch_related("days")]


def _arrangement(notice: Notice) -> Arrangement:
    assert notice.year is not None, "a region's notice arranges no year"
    off = {rule.day: rule.name for rule in notice.days.all() if rule.kind == DayKind.OFF}
    shifted = {rule.day: rule.name for rule in notice.days.all() if rule.kind == DayKind.WORK}
    return Arrangement(notice.year, notice.title, notice.number, notice.published_on, off, shifted)
