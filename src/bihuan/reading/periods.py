"""Periods of the calendar as documents write them, and the day on which each ends.

“6月底” is the last day of June; “6月前”, without 底, ends before June begins. A missing year comes from the
text before it or from the document.
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bihuan.reading.numerals import parse_numeral
from bihuan.reading.reasons import Reason

_CN = "〇零○一二三四五六七八九十"
NUMBER = rf"(?:\d{{1,2}}|[{_CN}]{{1,3}})"
# “前” as a limit, not the beginning of 前期, 前述, 前提, 前后 …; “前提出方案” is one
BEFORE = r"(?:之前|以前|前)(?![期述景沿置往来瞻线端列夕三后者身]|提(?![出交供请升高]))"
_DONE = (
    "(?:要|须|务必|确保|力争|按时|如期|全面|全部|基本|初步|，)*"
    "(?:完成|办结|建成|到位|销号|整改到位|印发|出台|报送|上报|报备|上线|投用|结项)"
)
_TIME_OF_DAY = (
    r"(?:\s*(?:上午|下午|晚)?\s*\d{1,2}\s*(?:[：:]\d\d|[时点](?:整|\d{1,2}分)?)|\s*(?:上午|下午)?下班)?"
)
_WEEKDAY = r"(?:\s*[（(](?:星期|周|礼拜)[一二三四五六日天][）)])?"  # “4月20日（星期五）前”
# Every part is optional; `is_period` tells whether there was any.
PERIOD = re.compile(
    rf"""
    (?=[\d年今本当明次翌来第上下{_CN}])
    (?:
        (?:(?<!\d)(?P<year>(?:19|20)\d\d|[二一][{_CN}]{{3}})\s*年|(?P<word>今年|本年度?|当年|明年|次年|翌年|来年)的?)
        (?:年度?)?\s*
    )?
    (?:
        (?<![\d.．])(?P<month>{NUMBER})\s*月份?\s*(?:(?P<day>{NUMBER})\s*[日号]{_WEEKDAY})?
      | 第?(?P<quarter>[一二三四1-4])季度
      | (?P<half>[上下])半年
      | (?P<slip>(?<![\d.．])(?:1[0-2]|[1-9]))(?=底前)           # “12底前” for 12月底前
      | (?P<bare>(?<![\d{_CN}全半多每整])年)(?=\s*[底末终]|内)     # “年底前”, “年内”
    )?
    \s*(?P<end>底|末|终|上旬|中旬|下旬)?
    {_TIME_OF_DAY}
    \s*(?:
        (?P<before>{BEFORE})
      | (?P<within>年?内|之内|以内)(?P<within_done>(?={_DONE}))?
      | (?P<done>(?={_DONE}))
    )?
    """,
    re.VERBOSE,
)
_NEXT_YEAR = ("明年", "次年", "翌年", "来年")


@dataclass(frozen=True)
class Years:
    """What is known about the year: the document's date, or only its year, and the last one named."""

    issued_on: date | None = None
    year: int | None = None
    named: int | None = None

    def naming(self, year: int | None) -> "Years":
        return replace(self, named=year or self.named)

    def is_past(self, day: date) -> bool:
        """Whether a day lies before the document, so that running text can only be telling what happened."""
        if self.issued_on:
            return day < self.issued_on
        return self.year is not None and day.year < self.year


def is_period(match: re.Match[str]) -> bool:
    """Whether a match of `PERIOD` holds anything that denotes a time."""
    if any(match[name] for name in ("year", "month", "quarter", "half", "slip", "bare")):
        return True
    return bool(match["word"] and (match["end"] or match["within"]))


def year_named(match: re.Match[str]) -> int | None:
    return parse_numeral((match["year"] or "").replace("○", "〇"))


def resolve(match: re.Match[str], years: Years) -> tuple[date | None, Reason]:
    """The last day that still meets the limit, if year and day are possible, and how its year was found."""
    year, reason = _year(match, years)
    if year is None:
        return None, Reason.YEAR_UNKNOWN
    day = _last_day(match, year)
    if day is None:
        return None, Reason.RULE_TEXT
    year_was_guessed = reason in (Reason.YEAR_FROM_DOCUMENT, Reason.YEAR_FROM_TEXT) and not match["word"]
    if year_was_guessed and years.issued_on and day < years.issued_on:
        return _last_day(match, year + 1), Reason.NEXT_YEAR
    if reason is Reason.FULL_DATE and match["before"] and not match["end"] and not match["day"]:
        return day, Reason.BEFORE_PERIOD
    return day, reason


def _year(match: re.Match[str], years: Years) -> tuple[int | None, Reason]:
    if match["year"]:
        return year_named(match), Reason.FULL_DATE
    if match["word"] in _NEXT_YEAR:
        base = years.named or years.year
        return (base + 1 if base else None), Reason.NEXT_YEAR
    if years.named:
        return years.named, Reason.YEAR_FROM_TEXT
    return years.year, Reason.YEAR_FROM_DOCUMENT


def _last_day(match: re.Match[str], year: int) -> date | None:
    first, last = _months(match)
    try:
        if match["day"]:
            return date(year, first, parse_numeral(match["day"]) or 0)
        if match["end"] in ("上旬", "中旬"):
            return date(year, last, 10 if match["end"] == "上旬" else 20)
        if match["before"] and not match["end"] and not match["slip"]:
            return date(year, first, 1) - timedelta(days=1)
        return end_of_month(year, last)
    except (ValueError, OverflowError):
        return None


def _months(match: re.Match[str]) -> tuple[int, int]:
    """The first and the last month of the period."""
    month = parse_numeral(match["month"] or match["slip"] or "")
    if month is not None:
        return month, month
    if match["quarter"]:
        quarter = parse_numeral(match["quarter"]) or 0
        return 3 * quarter - 2, 3 * quarter
    if match["half"]:
        return (1, 6) if match["half"] == "上" else (7, 12)
    return 1, 12


def only_year(text: str) -> int | None:
    """The year of a text whose dates all lie in one; a text without heading or signature has no other."""
    named = set(re.findall(r"(?<!\d)((?:19|20)\d\d)\s*(?:年|[.\-/]\d)", text))
    return int(named.pop()) if len(named) == 1 else None


def end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
