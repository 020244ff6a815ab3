"""The calendar in force for a region."""

from functools import cache

from bihuan.workdays import almanac
from bihuan.workdays.rules import Calendar


def calendar_for(region_code: str | None = None) -> Calendar:
    """The calendar in force in a region (GB/T 2260 code); without one, the nation's."""
    return _shipped_calendar()


@cache
def _shipped_calendar() -> Calendar:
    arrangements = almanac.shipped()
    return almanac.calendar(arrangements, version=str(arrangements[-1].year))
