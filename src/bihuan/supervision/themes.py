"""When a light changes, as data (亮灯规则): shares of the time or days before the deadline, and what it is called.

Pure. An authority may have its own, version by version (`ThemeEdition`); these are the ones that ship, each with its
ground (domain.md §4.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.clock import OFFICE_TZ, office_day
from bihuan.supervision.rules import Light
from bihuan.workdays.rules import Calendar, Pause, light_dates


class Measure(TextChoices):
    """In what a threshold is given."""

    PERCENT = "percent", _("剩余时间占比（%）")
    WORKDAYS = "workdays", _("到期前工作日数")
    DAYS = "days", _("到期前日数")
    OFF = "off", _("不设")


LONGEST_WORD = 10
FURTHEST = {Measure.PERCENT: 99, Measure.WORKDAYS: 60, Measure.DAYS: 90, Measure.OFF: 0}
"""The largest amount of each measure (C): further away a light would be lit from the first day on."""

NAMED = (Light.AMBER, Light.STRONG, Light.RED)
"""The lights an authority may call by words of its own; shape, colour and the common word stay the same for all."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a light is lit."""

    by: Measure
    amount: int = 0

    def moment(
        self, start: datetime, due_at: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()
    ) -> datetime:
        """The first moment, from the start to the deadline; the deadline itself where none is set.

        The time a clock stood still is no part of the time whose share is meant (domain.md §4.2).
        """
        if self.by == Measure.OFF or due_at <= start:
            return due_at
        if self.by == Measure.PERCENT:
            (found,) = light_dates(start, due_at, calendar, (self.amount / 100,), pauses=pauses)
            return found
        due_on = office_day(due_at)
        if self.by == Measure.WORKDAYS:
            day = calendar.plus_workdays(due_on, -self.amount)
        else:
            day = due_on - timedelta(days=self.amount)
        return max(start, min(datetime.combine(day, time(), OFFICE_TZ), due_at))


@dataclass(frozen=True, slots=True)
class Theme:
    """The thresholds of an authority and what it calls the lights."""

    amber: Threshold
    strong: Threshold
    words: Mapping[str, str] = field(default_factory=dict)
    label: Any = ""
    ground: str = ""

    def moments(
        self, start: datetime, due_at: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()
    ) -> tuple[datetime, datetime]:
        """When the light turns amber, and when strong, which is never earlier."""
        amber_at = self.amber.moment(start, due_at, calendar, pauses)
        return amber_at, max(amber_at, self.strong.moment(start, due_at, calendar, pauses))

    def word(self, light: str) -> str:
        """The authority's own word for a light; nothing where it has none."""
        return self.words.get(light, "")


def _theme(label: Any, ground: str, amber: tuple, strong: tuple, *words: str) -> Theme:
    named = {light.value: word for light, word in zip(NAMED, words, strict=False)}
    return Theme(Threshold(*amber), Threshold(*strong), named, label, ground)


PERCENT, WORKDAYS, DAYS, OFF = Measure.PERCENT, Measure.WORKDAYS, Measure.DAYS, Measure.OFF
SHIPPED: dict[str, Theme] = {
    "ratio": _theme(_("按剩余时间"), "domain.md §4.4, S [SQNU]", (PERCENT, 30), (PERCENT, 15)),
    "warnings": _theme(
        _("黄橙红预警"),
        "domain.md §4.4, S [SQNU]",
        (PERCENT, 30),
        (PERCENT, 15),
        "黄色预警",
        "橙色预警",
        "红色预警",
    ),
    "slips": _theme(
        _("蓝黄红牌"),
        "words: domain.md §4.4, S [SUQIAN]; shares: S [SQNU]",
        (PERCENT, 30),
        (PERCENT, 15),
        "蓝牌",
        "黄牌",
        "红牌",
    ),
    "three_days": _theme(_("到期前三日"), "features.md B2, S", (DAYS, 3), (OFF,), "黄牌", "", "红牌"),
    "workdays": _theme(_("到期前工作日"), "domain.md §15 (7, 3), C", (WORKDAYS, 7), (WORKDAYS, 3)),
}
"""Themes to begin with, by code. The first counts where nobody has settled one."""

DEFAULT = SHIPPED["ratio"]


def as_rows(theme: Theme) -> dict[str, Any]:
    """The theme as it is kept."""
    return {
        "amber": {"by": theme.amber.by.value, "amount": theme.amber.amount},
        "strong": {"by": theme.strong.by.value, "amount": theme.strong.amount},
        "words": {light.value: theme.words.get(light, "") for light in NAMED},
    }


def from_rows(rows: Mapping[str, Any]) -> Theme:
    """The theme that was kept. Raises KeyError, TypeError or ValueError for anything else."""
    words = {light.value: str(rows.get("words", {}).get(light.value, "")).strip() for light in NAMED}
    amber, strong = (
        Threshold(Measure(rows[name]["by"]), int(rows[name].get("amount") or 0))
        for name in ("amber", "strong")
    )
    return Theme(amber, strong, words)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a theme cannot be put in force, in a sentence, and at which field."""

    field: str
    text: Any


def flaws(theme: Theme) -> list[Flaw]:
    """What is wrong with a theme: thresholds out of range, or a strong light before the amber one."""
    return list(_flaws(theme))


def _flaws(theme: Theme) -> Iterable[Flaw]:
    for name in ("amber", "strong"):
        one: Threshold = getattr(theme, name)
        if one.by != OFF and not 1 <= one.amount <= FURTHEST[one.by]:
            yield Flaw(name, _("须在 1 至 %(most)d 之间") % {"most": FURTHEST[one.by]})
    if theme.amber.by == OFF and theme.strong.by == OFF:
        yield Flaw("amber", _("临期和加急至少设一项"))
    if theme.amber.by == theme.strong.by != OFF and theme.strong.amount >= theme.amber.amount:
        yield Flaw("strong", _("加急须晚于临期"))
    if any(len(word) > LONGEST_WORD for word in theme.words.values()):
        yield Flaw("words", _("称谓不超过 10 个字"))
