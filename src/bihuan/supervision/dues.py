"""Deadlines given as a span (限时) that become a date only on service, such as “下发之日起15个工作日内”. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Self

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.reading.numerals import parse_numeral
from bihuan.workdays.rules import Calendar, Deadline, OfficeHours, Span, SpanUnit, deadline

LONGEST = {SpanUnit.HOUR: 2400, SpanUnit.DAY: 3660, SpanUnit.WORKDAY: 2500, SpanUnit.MONTH: 120}

CODE = re.compile(
    r"(?P<n>\d{1,4}) (?P<unit>hour|day|workday|month) from (?P<start>service|issue)(?P<office> office)?(?P<roll> roll)?"
)
WORDS = re.compile(
    r"(?:[自从在]?(?P<start>印发|发布|公布|成文|下发|交办|下达|收到|接到)(?:之日|当日|后)?起?[，,]?)?"
    r"(?P<n>\d{1,4}|[一二三四五六七八九十百两]{1,5}|半)个?"
    r"(?P<unit>工作小时|小时|工作日|日历日|自然日|日|天|周|星期|月|年)(?:之内|以内|内)?"
    r"(?P<roll>[，,]?[遇逢]?(?:法定)?(?:节假日|休息日|节假)顺延)?"
)
ENGLISH = re.compile(
    r"(?P<n>\d{1,4}) ?(?P<unit>office hour|hour|day|workday|week|month|year)s?", re.IGNORECASE
)
FROM_ISSUE = ("印发", "发布", "公布", "成文")
COUNTED = {
    "工作小时": (1, SpanUnit.HOUR), "小时": (1, SpanUnit.HOUR), "工作日": (1, SpanUnit.WORKDAY),
    "日历日": (1, SpanUnit.DAY), "自然日": (1, SpanUnit.DAY), "日": (1, SpanUnit.DAY), "天": (1, SpanUnit.DAY),
    "周": (7, SpanUnit.DAY), "星期": (7, SpanUnit.DAY), "月": (1, SpanUnit.MONTH), "年": (12, SpanUnit.MONTH),
    "office hour": (1, SpanUnit.HOUR), "hour": (1, SpanUnit.HOUR), "workday": (1, SpanUnit.WORKDAY),
    "day": (1, SpanUnit.DAY), "week": (7, SpanUnit.DAY), "month": (1, SpanUnit.MONTH),
    "year": (12, SpanUnit.MONTH),
}  # fmt: skip
HALVES = {"月": (15, SpanUnit.DAY), "年": (6, SpanUnit.MONTH)}


class Start(TextChoices):
    """From when a span is counted (起算): the service of the duty, or the date of the document."""

    SERVICE = "service", gettext_lazy("下发")
    ISSUE = "issue", gettext_lazy("印发")


@dataclass(frozen=True, slots=True)
class DueRule:
    """A deadline as a span (限时): so many hours, days, workdays or months from service or from the document's date.

    `in_office` counts hours only while offices are open; `rolls` moves a last day off to the next workday.
    Stored as its `code`, shown as its words; `parse` reads both.
    """

    span: Span
    start: Start = Start.SERVICE
    in_office: bool = False
    rolls: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything else than a span of some length."""
        said = " ".join(text.split())
        if found := CODE.fullmatch(said):
            unit, start = SpanUnit(found["unit"]), Start(found["start"])
            rule = cls(Span(int(found["n"]), unit), start, bool(found["office"]), bool(found["roll"]))
        elif found := WORDS.fullmatch(said.replace(" ", "").removesuffix("完成").removesuffix("办结")):
            start = Start.ISSUE if found["start"] in FROM_ISSUE else Start.SERVICE
            rule = cls(
                _span(found["n"], found["unit"]), start, found["unit"] == "工作小时", bool(found["roll"])
            )
        elif found := ENGLISH.fullmatch(said):
            rule = cls(
                _span(found["n"], found["unit"].lower()), in_office=found["unit"].lower() == "office hour"
            )
        else:
            raise ValueError(f"not a span: {text!r}")
        if not 0 < rule.span.amount <= LONGEST[rule.span.unit]:
            raise ValueError(f"too long or nothing: {text!r}")
        if rule.span.unit is SpanUnit.HOUR and rule.start is Start.ISSUE:
            raise ValueError("a document bears a date and no hour")
        if rule.in_office and rule.span.unit is not SpanUnit.HOUR:
            raise ValueError("only hours are counted within office hours")
        return rule

    @property
    def code(self) -> str:
        flags = (" office" if self.in_office else "") + (" roll" if self.rolls else "")
        return f"{self.span.amount} {self.span.unit.value} from {self.start.value}{flags}"

    @property
    def written(self) -> str:
        """The words of a file or a field, the same in every language of the pages; `parse` reads them back."""
        n, start = self.span.amount, "下发" if self.start is Start.SERVICE else "印发"
        if self.span.unit is SpanUnit.HOUR:
            words = f"{start}后{n}{'个工作' if self.in_office else ''}小时内"
        else:
            unit = {SpanUnit.DAY: "日", SpanUnit.WORKDAY: "个工作日", SpanUnit.MONTH: "个月"}[self.span.unit]
            words = f"{start}之日起{n}{unit}内"
        return f"{words}，遇节假日顺延" if self.rolls else words

    def __str__(self) -> str:
        said = {"start": self.start.label, "span": self.span, "n": self.span.amount}
        if self.in_office:
            words = _("%(start)s后%(n)d个工作小时内") % said
        elif self.span.unit is SpanUnit.HOUR:
            words = _("%(start)s后%(span)s内") % said
        else:
            words = _("%(start)s之日起%(span)s内") % said
        return _("%(words)s，遇节假日顺延") % {"words": words} if self.rolls else words

    def derive(
        self, served_at: datetime, issued_on: date | None, calendar: Calendar, hours: OfficeHours
    ) -> Deadline:
        """The deadline of a duty served at this moment, under the calendar of whoever receives it."""
        start = served_at
        if self.start is Start.ISSUE and issued_on is not None:
            start = datetime.combine(issued_on, time.min, OFFICE_TZ)
        office = hours if self.in_office else None
        return deadline(start, self.span, calendar, roll=self.rolls, office_hours=office)


Due = datetime | DueRule
"""Until when a duty is to be done: a moment, or a rule that gives it to each unit on service."""


def _span(number: str, unit: str) -> Span:
    if number == "半":
        if unit not in HALVES:
            raise ValueError(f"no half of {unit}")
        return Span(*HALVES[unit])
    factor, counted = COUNTED[unit]
    amount = int(number) if number.isdigit() else 2 if number == "两" else parse_numeral(number) or 0
    return Span(amount * factor, counted)
