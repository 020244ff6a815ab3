"""The figures and the calendar by which an authority's clocks run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bihuan.kernel.clock import end_of, office_day
from bihuan.org.models import Lineage, Unit
from bihuan.supervision.models import Setting
from bihuan.supervision.parameters import PARAMETERS
from bihuan.supervision.rules import Priority
from bihuan.workdays.queries import calendar_for
from bihuan.workdays.rules import Calendar, Span, SpanUnit, deadline, light_dates


@dataclass(frozen=True)
class Regime:
    """What an authority has settled about time (参数与日历)."""

    figures: Mapping[str, int]
    calendar: Calendar

    def __getitem__(self, key: str) -> int:
        return self.figures[key]

    def workdays_from(self, at: datetime, figure: str) -> datetime:
        """The end of the n-th workday after `at`, n being the parameter `figure`."""
        return deadline(at, Span(self[figure], SpanUnit.WORKDAY), self.calendar).due_at

    def sign_by(self, at: datetime, priority: str) -> datetime:
        """Until when a unit signs for what it was given: a workday, or two hours where urgent (domain.md §15)."""
        if priority == Priority.URGENT:
            return at + timedelta(hours=self["sign_for.urgent_hours"])
        days = max(1, round(self["sign_for.work_hours"] / 8))
        return deadline(at, Span(days, SpanUnit.WORKDAY), self.calendar).due_at

    def lights(self, start: datetime, due_at: datetime) -> tuple[datetime, datetime]:
        """When the light turns amber, and when it turns strong."""
        shares = (self["light.amber_percent"] / 100, self["light.strong_percent"] / 100)
        amber_at, strong_at = light_dates(start, due_at, self.calendar, shares)
        return amber_at, strong_at

    def assist_due(self, start: datetime, lead_due: datetime) -> datetime:
        """An assisting unit's own deadline, some workdays before the lead's where there is room for that."""
        early = self.calendar.plus_workdays(office_day(lead_due), -self["assist.before_lead_workdays"])
        return end_of(early) if early > office_day(start) else lead_due

    def workdays_left(self, at: datetime, due_at: datetime) -> int:
        return self.calendar.workdays_between(office_day(at), office_day(due_at))


def regime_of(unit: Unit) -> Regime:
    """The nearest setting above counts, else the default."""
    figures = {key: one.default for key, one in PARAMETERS.items()}
    above = Lineage.objects.filter(descendant=unit).values_list(
        "ancestor_id", "depth", "ancestor__region_code"
    )
    depths = {ancestor: depth for ancestor, depth, _code in above}
    settings = Setting.objects.filter(unit__in=depths)
    for one in sorted(settings, key=lambda setting: -depths[setting.unit_id]):
        figures[one.key] = one.value
    codes = sorted((depth, code) for _ancestor, depth, code in above if code)
    return Regime(figures, calendar_for(codes[0][1] if codes else None))
