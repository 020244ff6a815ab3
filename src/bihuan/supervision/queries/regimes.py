"""The figures and the calendar by which an authority's clocks run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from bihuan.kernel.clock import end_of, office_day
from bihuan.org.models import Lineage, Unit
from bihuan.supervision.ladder import Ladder
from bihuan.supervision.parameters import PARAMETERS
from bihuan.supervision.rules import Priority
from bihuan.workdays.queries import calendar_for, office_hours
from bihuan.workdays.rules import Calendar, Span, SpanUnit, deadline, light_dates


@dataclass(frozen=True)
class Regime:
    """What an authority has settled about time (参数与日历)."""

    figures: Mapping[str, int]
    calendar: Calendar

    def __getitem__(self, key: str) -> int:
        return self.figures[key]

    @cached_property
    def ladder(self) -> Ladder:
        """The rungs that urge and escalate, on this authority's days."""
        spells = office_hours().spells
        return Ladder(self.figures, self.calendar, opens=spells[0][0], closes=spells[-1][1])

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

    def latest_extension(self, start: datetime, original_due: datetime) -> date:
        """The last day a deadline may be extended to: by a share of the original time, or some days if that is more."""
        original = (office_day(original_due) - office_day(start)).days
        days = max(original * self["extension.max_percent"] // 100, self["extension.max_days"])
        return office_day(original_due) + timedelta(days=days)

    def workdays_left(self, at: datetime, due_at: datetime) -> int:
        return self.calendar.workdays_between(office_day(at), office_day(due_at))


def regime_of(unit: Unit | int) -> Regime:
    """The regime of an authority: the nearest setting above counts, else the default."""
    figures = {key: one.default for key, one in PARAMETERS.items()}
    above = Lineage.objects.filter(descendant=unit).order_by("-depth")
    rows = above.values_list("ancestor__region_code", "ancestor__settings__key", "ancestor__settings__value")
    region = None
    for code, key, value in rows:  # the nearest comes last
        region = code or region
        if key:
            figures[key] = value
    return Regime(figures, calendar_for(region))


class Regimes(dict[int, Regime]):
    """The regimes of several authorities, each looked up once."""

    def __missing__(self, unit_id: int) -> Regime:
        return self.setdefault(unit_id, regime_of(unit_id))
