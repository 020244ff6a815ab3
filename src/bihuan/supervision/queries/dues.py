"""Which date a deadline given as a span has for each unit, on the days of its own region (限时)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bihuan.org.models import Lineage
from bihuan.supervision.dues import Due, DueRule
from bihuan.workdays.queries import calendar_as_of, latest_notice, office_hours
from bihuan.workdays.rules import Calendar


@dataclass(frozen=True)
class Share:
    """Units that one deadline gives the same moment, with the rule to be stored beside it."""

    unit_ids: Sequence[int]
    due_at: datetime
    rule: dict[str, Any]
    region: str = ""  # of one of the units
    is_local: bool = False  # the region has days of its own
    provisional: bool = False


def shares_of(due: Due, unit_ids: Sequence[int], *, at: datetime, issued_on: date | None) -> list[Share]:
    """The units by the moment that `due` is for them: a rule counts on the days of each one's region.

    Three statements at most, whatever the number of units: regions without days of their own share a calendar.
    """
    if isinstance(due, datetime):
        return [Share(unit_ids, due, {"due": due.isoformat()})]
    notice, regions = latest_notice(), regions_among(unit_ids)
    nation = calendar_as_of(notice)
    units: dict[str, list[int]] = {}
    calendars: dict[str, tuple[str, Calendar]] = {}
    for unit_id in unit_ids:
        region = regions.get(unit_id, "")
        calendar = calendar_as_of(notice, region or None)
        units.setdefault(calendar.version, []).append(unit_id)
        calendars.setdefault(calendar.version, (region, calendar))
    shares = []
    for version, (region, calendar) in calendars.items():
        found = due.derive(at, issued_on, calendar, office_hours())
        local = version != nation.version
        shares.append(Share(units[version], found.due_at, found.rule, region, local, found.provisional))
    return shares


def regions_among(unit_ids: Iterable[int]) -> dict[int, str]:
    """The region code (GB/T 2260) each unit lies in: its own, or the nearest above. One statement."""
    rows = Lineage.objects.filter(descendant__among=list(unit_ids)).exclude(ancestor__region_code="")
    return dict(rows.order_by("-depth").values_list("descendant", "ancestor__region_code"))


def expected_on(rule: DueRule, *, at: datetime, issued_on: date | None, calendar: Calendar) -> date:
    """The day a rule would give today under this calendar: to compare drafts with, not to bind anybody."""
    return rule.derive(at, issued_on, calendar, office_hours()).due_at.date()
