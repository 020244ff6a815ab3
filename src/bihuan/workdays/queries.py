"""The calendar in force for a region, and what to warn of on a day."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Max, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
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


def known_notice() -> Coalesce:
    """The latest notice as part of another statement."""
    return Coalesce(Subquery(Notice.objects.order_by("-pk").values("pk")[:1]), 0)


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
    return warnings_for([day], region_code)[day]


def warnings_for(
    days: Iterable[date], region_code: str | None = None, *, schools_in: Iterable[str] = ()
) -> dict[date, list[Caution]]:
    """As `warnings`, of several days in three queries; vacations also of the regions `schools_in`."""
    calendar = calendar_for(region_code)
    codes = {code for region in (region_code, *schools_in) for code in regions_of(region)}
    recorded = list(Vacation.objects.filter(region_code__in=["", *codes]).order_by("starts_on", "pk"))
    return {
        day: [*_day_cautions(day, calendar), *_vacation_cautions(day, recorded)] for day in sorted(set(days))
    }


def _day_cautions(day: date, calendar: Calendar) -> Iterator[Caution]:
    if not calendar.is_workday(day):
        name = calendar.days_off.get(day) or _("周末")
        yield Caution("day_off", _("该日为休息日（%s）") % name)
    if calendar.is_provisional(day):
        message = _("%d年放假安排尚未公布，该日是否上班以公布为准") % calendar.awaited_years(day, day)[0]
        yield Caution("provisional", message)


def _vacation_cautions(day: date, recorded: Sequence[Vacation]) -> list[Caution]:
    """Recorded vacations; where there is none in that year, the usual ones."""
    if names := [one.name for one in recorded if one.starts_on <= day <= one.ends_on]:
        return [Caution("vacation", _("该日在%s期间") % name) for name in dict.fromkeys(names)]
    if any(one.ends_on.year == day.year for one in recorded):
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
    return _with_local(_calendar_at((), latest), regions, latest)


Said = tuple[str, int, date, str, str]  # region, notice, day, kind, name


def _with_local(
    nation: Calendar, regions: tuple[str, ...], latest: int, more: Sequence[Said] = ()
) -> Calendar:
    """The nation's calendar under what the nested regions said, and `more` that nobody has recorded."""
    off: dict[date, str] = {}
    shifted: dict[date, str] = {}
    rules = DayRule.objects.filter(notice__region_code__in=regions, notice_id__lte=latest)
    # The narrower region speaks after the wider one, a later notice after an earlier one.
    said = sorted(rules.values_list("notice__region_code", "notice_id", "day", "kind", "name")) + list(more)
    for _region, _notice, day, kind, name in sorted(said, key=lambda rule: regions.index(rule[0])):
        off.pop(day, None)
        shifted.pop(day, None)
        if kind == DayKind.OFF:
            off[day] = name
        elif kind == DayKind.WORK:
            shifted[day] = name
    return nation.with_local(off, shifted, f"{nation.version}/{regions[-1]}") if off or shifted else nation


@dataclass(frozen=True)
class Proposal:
    """Days off that are not recorded yet (拟发布): the calendars as they would be."""

    days: Mapping[date, tuple[str, str]]  # kind and name
    year: int | None = None  # of the nation's arrangement; else the region's own days
    published_on: date = date.max
    region_code: str = ""

    def calendar_for(self, region_code: str | None = None) -> Calendar:
        latest, regions = latest_notice(), tuple(regions_of(region_code))
        if self.year is None:
            nation, inside = _calendar_at((), latest), self.region_code in regions
            more = [(self.region_code, latest + 1, day, *said) for day, said in self.days.items()]
        else:
            off = {day: name for day, (kind, name) in self.days.items() if kind == DayKind.OFF}
            work = {day: name for day, (kind, name) in self.days.items() if kind == DayKind.WORK}
            ours = Arrangement(self.year, "", "", self.published_on, off, work)
            known = [*almanac.shipped(), *_recorded_arrangements(latest), ours]
            nation, inside, more = almanac.calendar(known, "proposed"), False, []
        return _with_local(nation, regions, latest, more if inside else ()) if regions else nation

    def changed_days(self) -> list[date]:
        """The days that are worked or not otherwise than now, where it holds."""
        region = self.region_code or None
        first, last = min(self.days), max(self.days)
        if self.year is not None:
            first, last = date(self.year - 1, 12, 1), date(self.year, 12, 31)
        return calendar_for(region).changed_days(self.calendar_for(region), first, last)


@dataclass(frozen=True)
class Day:
    """A day on the page of a year."""

    on: date
    is_worked: bool
    name: str  # of the holiday kept, or of the shift
    is_shifted: bool
    is_local: bool
    is_provisional: bool
    vacation: str


def year_of(year: int, region_code: str | None = None) -> list[list[Day]]:
    """A year by months, as it stands in a region (年历)."""
    calendar, nation = calendar_for(region_code), calendar_for()
    vacations = list(_vacations_in(year, region_code))
    months: list[list[Day]] = [[] for _month in range(12)]
    on = date(year, 1, 1)
    while on.year == year:
        name = calendar.shifted.get(on) or calendar.days_off.get(on, "")
        vacation = next((title for title, first, last in vacations if first <= on <= last), "")
        local = calendar.is_workday(on) != nation.is_workday(on)
        worked, shifted = calendar.is_workday(on), on in calendar.shifted
        months[on.month - 1].append(
            Day(on, worked, name, shifted, local, calendar.is_provisional(on), vacation)
        )
        on += timedelta(days=1)
    return months


def notices_for(year: int, region_code: str | None = None) -> list[Notice]:
    """The notices recorded about a year for a region, latest first."""
    here = Q(year=year) | Q(region_code__in=regions_of(region_code), days__day__year=year)
    return list(Notice.objects.filter(here).distinct().order_by("-pk"))


def vacations_for(year: int, region_code: str | None = None) -> QuerySet[Vacation]:
    """The school vacations recorded that touch a year in a region."""
    codes = ["", *regions_of(region_code)]
    touching = Vacation.objects.filter(starts_on__year__lte=year, ends_on__year__gte=year)
    return touching.filter(region_code__in=codes).order_by("starts_on")


def _vacations_in(year: int, region_code: str | None) -> Iterator[tuple[str, date, date]]:
    for one in vacations_for(year, region_code):
        yield one.name, one.starts_on, one.ends_on


def _recorded_arrangements(latest: int) -> list[Arrangement]:
    notices = Notice.objects.filter(year__isnull=False, pk__lte=latest).order_by("pk")
    return [_arrangement(notice) for notice in notices.prefetch_related("days")]


def _arrangement(notice: Notice) -> Arrangement:
    assert notice.year is not None, "a region's notice arranges no year"
    off = {rule.day: rule.name for rule in notice.days.all() if rule.kind == DayKind.OFF}
    shifted = {rule.day: rule.name for rule in notice.days.all() if rule.kind == DayKind.WORK}
    return Arrangement(notice.year, notice.title, notice.number, notice.published_on, off, shifted)
