"""Where things lie on a line of months; pure arithmetic for the timeline component."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.kernel import clock


@dataclass(frozen=True)
class Span:
    """Whole months from the one of `first` to the one of `last`."""

    first: date
    last: date

    @property
    def begins_on(self) -> date:
        return self.first.replace(day=1)

    @property
    def ends_before(self) -> date:
        return (self.last.replace(day=1) + timedelta(days=32)).replace(day=1)

    def at(self, day: date) -> float:
        """How far along `day` lies, in per cent, kept inside the line."""
        share = (day - self.begins_on) / (self.ends_before - self.begins_on)
        return round(100 * min(max(share, 0), 1), 1)

    def months(self) -> list[dict]:
        """Each month with where it starts."""
        found, day = [], self.begins_on
        while day < self.ends_before:
            found.append({"first": day, "at": self.at(day)})
            day = (day + timedelta(days=32)).replace(day=1)
        return found

    def lane(self, begins_on: date, ends_on: date, marks: Iterable[tuple[date, str]]) -> dict:
        """The bar from one day to the end of another, the marks on it, and today."""
        start, end = self.at(begins_on), self.at(ends_on + timedelta(days=1))
        today = clock.today()
        return {
            "start": start,
            "width": round(max(end - start, 0.5), 1),
            "marks": [{"at": self.at(day), "told": told, "on": day} for day, told in marks],
            "now": self.at(today) if self.begins_on <= today < self.ends_before else None,
            "months": self.months(),
        }
