"""What the program ships: the official arrangements (放假安排) and the statutory holidays (法定节日).

An arrangement is the State Council's yearly notice. Until it is out (about November) a year is made of
weekends and the days of the Regulation on Holidays (全国年节及纪念日放假办法), without any shift.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _

from bihuan.workdays.rules import Calendar

_DATA = files("bihuan.workdays") / "data"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One notice on the days off of a year (部分节假日安排的通知); it may reach into the December before."""

    year: int
    title: str
    number: str
    published_on: date
    off: Mapping[date, str]
    shifted: Mapping[date, str]


@cache
def shipped() -> tuple[Arrangement, ...]:
    """The arrangements that come with this version of the program."""
    texts = (
        file.read_text("utf-8") for file in (_DATA / "arrangements").iterdir() if file.name.endswith(".json")
    )
    return tuple(sorted((read_arrangement(json.loads(text)) for text in texts), key=lambda a: a.year))


def shipped_version() -> str:
    """The last year whose arrangement is shipped, such as `2026`."""
    return str(shipped()[-1].year)


@cache
def shipped_calendar() -> Calendar:
    """The nation's calendar from what is shipped alone, without a look at the database."""
    return calendar(shipped(), shipped_version())


def read_arrangement(raw: Mapping[str, Any]) -> Arrangement:
    """An arrangement from its JSON; days are written `2026-10-01` or `2026-10-01/2026-10-07`."""
    return Arrangement(
        raw["year"],
        raw["title"],
        raw["number"],
        date.fromisoformat(raw["published_on"]),
        {day: name for name, texts in raw["off"].items() for text in texts for day in days_of(text)},
        {day: name for name, texts in raw["work"].items() for text in texts for day in days_of(text)},
    )


def days_of(text: str) -> Iterator[date]:
    first, _slash, last = text.partition("/")
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    return (begin + timedelta(days=n) for n in range((end - begin).days + 1))


def calendar(arrangements: Iterable[Arrangement], version: str) -> Calendar:
    """The nation's calendar; of several arrangements for one year the one published last stands.

    Statutory holidays are known for the years of the festival table (2004–2060); a year outside it that
    nobody has arranged has its weekends alone.
    """
    standing = {a.year: a for a in sorted(arrangements, key=lambda a: (a.year, a.published_on))}
    days_off: dict[date, str] = {}
    shifted: dict[date, str] = {}
    for year in _festivals():
        if year not in standing:
            days_off |= statutory_days(year)
    for arrangement in standing.values():
        days_off |= arrangement.off
        shifted |= arrangement.shifted
        # The notice of the later year speaks last about the end of December.
        days_off = {day: name for day, name in days_off.items() if day not in arrangement.shifted}
        shifted = {day: name for day, name in shifted.items() if day not in arrangement.off}
    return Calendar(days_off, shifted, frozenset(standing), version)


def statutory_days(year: int) -> dict[date, str]:
    """The holidays everybody has by law in `year`, before any shifting."""
    law = [law for law in _statutory()["laws"] if law["since"] <= year][-1]
    anchors = _festivals()[year]
    days: dict[date, str] = {}
    for name, anchor, offset, length in law["days"]:
        first = anchors.get(anchor) or date.fromisoformat(f"{year}-{anchor}")
        days |= {first + timedelta(days=offset + n): name for n in range(length)}
    return days


def usual_vacations(year: int) -> list[tuple[str, date, date]]:
    """When schools are usually closed in `year` (寒暑假), as a hint where no school calendar is recorded.

    Winter from three weeks before Spring Festival to two weeks after, summer from 10 July through August
    (domain.md §13, grade C).
    """
    summer = (_("暑假"), date(year, 7, 10), date(year, 8, 31))
    if year not in _festivals():
        return [summer]
    spring = _festivals()[year]["spring"]
    return [(_("寒假"), spring - timedelta(weeks=3), spring + timedelta(weeks=2)), summer]


@cache
def _festivals() -> dict[int, dict[str, date]]:
    names = ("spring", "qingming", "dragon_boat", "mid_autumn")
    return {
        int(year): {name: date.fromisoformat(f"{year}-{day}") for name, day in zip(names, days, strict=True)}
        for year, days in _statutory()["festivals"].items()
    }


@cache
def _statutory() -> dict[str, Any]:
    return json.loads((_DATA / "statutory.json").read_text("utf-8"))
