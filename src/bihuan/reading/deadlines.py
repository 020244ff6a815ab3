"""Time limits (时限) in the forms in which plans write them.

In running text only explicit limits count (“…前”, “…内”, a period with 完成 right behind it); targets
(“到2025年”), start dates, periods of validity (“…至…”) and days before the document do not. In a stated
place (a column, a label, a bracket of duties) every form counts, and words that are no date are kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.reading.numerals import parse_numeral
from bihuan.reading.periods import (
    BEFORE,
    NUMBER,
    PERIOD,
    Years,
    add_months,
    end_of_month,
    is_period,
    resolve,
    year_named,
)
from bihuan.reading.pieces import Piece, either
from bihuan.reading.reasons import Reason
from bihuan.reading.result import Cycle, Deadline, DeadlineKind, Found, Length, Span

_EVERY = r"每\s*(?P<every>两周|双周|半个?月|半年|学年|学期|季度?|个?月|年度?|周|星期|旬|天|日)"
_MONTHS = rf"{NUMBER}\s*月份?(?:[上中下]旬|[底末])?(?:[、和及]\s*{NUMBER}\s*月份?(?:[上中下]旬)?)*"
_RECURRING = re.compile(
    rf"{_EVERY}(?:的?(?:第?[一二三四1-4]个?(?:季度|月)|[一二三四五六日天]|(?P<months>{_MONTHS})))?\s*"
    rf"(?:{NUMBER}\s*[日号]|底|末|初|结束|开学)?\s*{BEFORE}"
)
_CYCLE = re.compile(
    rf"{_EVERY}(?:\d{{1,2}}\s*[日号]|底|末|第?[一二三四1-4]季度|[春秋]季学期|{_MONTHS})?|按(?P<by>月|季度?|周|年度?|学期|学年)"
)
_CYCLES = {
    "两周": Cycle.BIWEEKLY,
    "双周": Cycle.BIWEEKLY,
    "半个": Cycle.BIWEEKLY,
    "半月": Cycle.BIWEEKLY,
    "旬": Cycle.BIWEEKLY,
    "半年": Cycle.HALF_YEARLY,
    "学期": Cycle.TERMLY,
    "季": Cycle.QUARTERLY,
    "周": Cycle.WEEKLY,
    "星期": Cycle.WEEKLY,
    "月": Cycle.MONTHLY,
    "年": Cycle.YEARLY,
    "天": Cycle.DAILY,
    "日": Cycle.DAILY,
}
_MORE_OFTEN = {2: Cycle.HALF_YEARLY, 4: Cycle.QUARTERLY}  # “每年6月、12月底前”
_HOW = "(?:推进|推动|整治|巩固|提升|加强|优化|整改|坚持|开展|落实|深化|用力|任务)?"
_FIVE_YEARS = r"[“\"]?十(?P<plan>[三四五六七八九])五[”\"]?(?:规划)?"
_STANDING = re.compile(
    rf"(?:{_FIVE_YEARS}(?:期间|时期|期内)[，,]?)?(?:长期|持续|常态化?){_HOW}|常抓不懈|全年|贯穿(?:始终|全年)|日常(?:工作)?"
)
_PLAN_ENDS = re.compile(rf"{_FIVE_YEARS}(?:期间|时期|期内|期?末|结束)(?:{BEFORE})?")
# In running text only as the last word on a matter: what follows would be what is kept up, not the duty itself.
_STANDING_IN_TEXT = re.compile(
    r"(?<![不难])(?<!难以|不能|无法|没有)(?:长期坚持(?:下去)?|常抓不懈|(?:常态化|长期)(?:推进|开展|落实))(?=\s*(?:$|[。；;\n（(]))"
)
_AT_ONCE = re.compile(r"立行立改|立即(?:整改|执行|办理|完成)?|即知即改|立说立行|即时(?:整改)?|即日起?")
_DOTTED = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*[.．/\-]\s*(\d{1,2})(?:\s*[.．/\-]\s*(\d{1,2}))?(?!\d)"
    r"|(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)"
)
_LENGTH = (
    rf"({NUMBER}|\d{{3}}|两|半)\s*个?\s*(小时|工作日|日历日|自然日|日|天|周|星期|月|年)\s*(?:之内|以内|内)"
)
_EVENT = either(
    "会议? 开学 放假 印发 发布 下发 公布 实施 施行 收到 接到 签收 反馈 立项 验收 公示 备案 批复 交办 成立"
)
_FROM = re.compile(
    rf"([^，。；、：（）“”《》\s在于须应要]{{0,14}}?{_EVENT}[^，。；：\s]{{0,6}}?(?:之日|后|当日))起?的?[，,]?\s*{_LENGTH}"
)
_OWN_ISSUE = re.compile(
    r"(?:^|[自从在于])[本此该]?(?:实施|工作|行动)?(?:意见|方案|通知|办法|计划|文件|细则|规定|清单)?"
    r"(?:印发|发布|下发|公布)之日$"
)
_ON_RECEIPT = re.compile(
    r"^(?:[自从在于])?(?:收到|接到|下发|交办)(?:[本此该]?(?:通知|方案|任务|交办单|文件|清单))?(?:之日|后|当日)$"
)
_COUNTED = {
    **dict.fromkeys(("日历日", "自然日", "天"), (1, "日")),
    **dict.fromkeys(("周", "星期"), (7, "日")),
    "年": (12, "月"),
}
_WITHIN = re.compile(
    rf"(?<=[在于须应要])\s*{_LENGTH}"
    rf"|(?:^|(?<=[，。；：（\s])){_LENGTH}(?=(?:全部|基本|按时)?(?:完成|办结|办理|整改|报送|落实到位|到位))"
)
_WITHIN_ALONE = re.compile(
    rf"(?:^|(?<=[，,。；;：:（\s])){_LENGTH}(?=\s*(?:$|[，,。；;]))"
)  # “教务处；2个月内”
_THIS_PERIOD = re.compile(
    rf"本(月|季度|周|学期)\s*(?:(\d{{1,2}})\s*[日号])?\s*(?:底|末|结束|[一二三四五六日])?\s*{BEFORE}"
    rf"|(?<![\d个每一二三四五六七八九十])(?<![\d一二三四五六七八九十]\s)月底{BEFORE}"
)
_SEASON = re.compile(
    rf"(?P<year>(?:19|20)\d\d年)?(?:(?P<month>{NUMBER})月份?)?(?:[春秋]季)?(?:学期)?"
    rf"(?:开学|放假|学期结束|学期末|放?[寒暑]假|高考|中考|国庆节?|春节|元旦|汛期)\s*{BEFORE}"
)
# What every form of a limit contains at least; most brackets and names have none of it.
_TIMELY = re.compile(r"[年月日天周旬期季每立即常全终]|[前内底末]|长期|持续|\d{4}")
_QUOTED = re.compile(r"《[^》]{0,300}》|“[^”]{20,3000}”")
_PAST = re.compile(r"(?:已|已经|已于|曾于|原定于?|截至|截止到?|上年|去年)\s*$")


@dataclass(frozen=True, slots=True)
class _Limit:
    """A time limit found at a place of a text."""

    start: int
    end: int
    kind: DeadlineKind
    reason: Reason
    due_on: date | None = None
    cycle: Cycle | None = None
    length: Length | None = None


def find_deadlines(piece: Piece, years: Years, found: Found) -> list[Deadline]:
    """Every time limit of a text in order; never two over the same words."""
    stated = found is not Found.IN_TEXT
    if found in (Found.IN_TEXT, Found.BRACKET) and not _TIMELY.search(piece.text):
        return []
    text = piece.text if stated else _QUOTED.sub(lambda match: "\u3000" * len(match[0]), piece.text)
    limits = [
        *_recurring(text),
        *_relative(text, years, stated),
        *_this_period(text, years),
        *_seasons(text, years),
    ]
    if stated:
        limits += _cycles(text)
    limits += _periods(text, years, stated)
    if stated:
        limits += [*_dotted(text), *_words(text), *_plan_ends(text)]
    else:
        limits += (
            _Limit(match.start(), match.end(), DeadlineKind.LONG_TERM, Reason.STANDING_DUTY)
            for match in _STANDING_IN_TEXT.finditer(text)
        )
    if not limits and found in (Found.LABEL, Found.COLUMN) and re.search(r"[\w]", text):
        limits = [_Limit(0, len(text), DeadlineKind.UNCLEAR, Reason.RULE_TEXT)]
    return [_deadline(piece, limit, found) for limit in _without_overlap(limits, len(text))]


def _deadline(piece: Piece, limit: _Limit, found: Found) -> Deadline:
    span = Span(piece.start + limit.start, piece.start + limit.end)
    words = piece.text[limit.start : limit.end]
    return Deadline(
        words, limit.kind, found, span, limit.reason, limit.due_on, limit.cycle, length=limit.length
    )


def _without_overlap(limits: list[_Limit], length: int) -> list[_Limit]:
    """The more specific recognisers come first; a later limit that touches words already taken is dropped."""
    taken = bytearray(length)
    kept = []
    for limit in limits:
        if not any(taken[limit.start : limit.end]):
            taken[limit.start : limit.end] = b"\1" * (limit.end - limit.start)
            kept.append(limit)
    return sorted(kept, key=lambda limit: limit.start)


def _periods(text: str, years: Years, stated: bool) -> Iterator[_Limit]:
    for match in PERIOD.finditer(text):
        if not is_period(match):
            continue
        due_on, reason = resolve(match, years)
        years = years.naming(year_named(match))
        if not stated and (not _is_explicit(match) or (due_on and years.is_past(due_on))):
            continue
        if match["done"] is not None and reason is Reason.FULL_DATE:
            reason = Reason.PERIOD_THEN_DONE
        yield _Limit(match.start(), match.end(), DeadlineKind.DATE, reason, due_on)


def _is_explicit(match: re.Match[str]) -> bool:
    """Whether running text makes the period a limit, and one that is still to come."""
    ahead = match.string[max(0, match.start() - 6) : match.start()]
    if _PAST.search(ahead):
        return False
    if match["before"] or match["slip"]:
        return True
    if match["within"]:
        return bool(match["year"] or match["word"]) or match["within_done"] is not None
    more_than_a_year = match["month"] or match["quarter"] or match["half"] or match["end"]
    return match["done"] is not None and bool(more_than_a_year) and not ahead.endswith(("到", "至"))


def _recurring(text: str) -> Iterator[_Limit]:
    for match in _RECURRING.finditer(text):
        cycle = _MORE_OFTEN.get((match["months"] or "").count("月"), _cycle(match["every"]))
        yield _Limit(match.start(), match.end(), DeadlineKind.RECURRING, Reason.CYCLE, cycle=cycle)


def _relative(text: str, years: Years, stated: bool) -> Iterator[_Limit]:
    for match in _FROM.finditer(text):
        own = bool(_OWN_ISSUE.search(match[1]))
        due_on = _counted(years.issued_on, match[2], match[3]) if own else None
        reason = Reason.FROM_ISSUE if due_on else Reason.RULE_TEXT
        countable = own or _ON_RECEIPT.search(match[1])
        from_issue = own and "下发" not in match[1]
        length = _length(match[2], match[3], from_issue=from_issue) if countable else None
        yield _Limit(match.start(), match.end(), DeadlineKind.RELATIVE, reason, due_on, length=length)
    for match in _WITHIN.finditer(text):
        length = _length(match[1] or match[3], match[2] or match[4]) if stated else None
        yield _Limit(match.start(), match.end(), DeadlineKind.RELATIVE, Reason.RULE_TEXT, length=length)
    for match in _WITHIN_ALONE.finditer(text) if stated else ():
        length = _length(match[1], match[2])
        yield _Limit(match.start(), match.end(), DeadlineKind.RELATIVE, Reason.RULE_TEXT, length=length)


def _length(count: str, unit: str, *, from_issue: bool = False) -> Length | None:
    """The span as it is counted, weeks in days and years in months; None for halves of anything else."""
    if count == "半":
        halves = {"月": Length(15, "日", from_issue), "年": Length(6, "月", from_issue)}
        return halves.get(unit)
    number = 2 if count == "两" else parse_numeral(count)
    if not number:
        return None
    factor, counted = _COUNTED.get(unit, (1, unit))
    return Length(number * factor, counted, from_issue)


def _counted(start: date | None, count: str, unit: str) -> date | None:
    """The day after so many days, weeks, months or years; workdays need a calendar, which reading has not."""
    number = 2 if count == "两" else parse_numeral(count)
    if start is None or not number or unit in ("工作日", "小时"):
        return None
    if unit in ("月", "年"):
        return add_months(start, number * (12 if unit == "年" else 1))
    return start + timedelta(days=number * (7 if unit in ("周", "星期") else 1))


def _this_period(text: str, years: Years) -> Iterator[_Limit]:
    """“本月底前”, “本月25日前”: of the month of the document."""
    for match in _THIS_PERIOD.finditer(text):
        due_on = None
        if years.issued_on and match[1] in ("月", None):
            due_on = end_of_month(years.issued_on.year, years.issued_on.month)
            if match[2] and 0 < int(match[2]) <= due_on.day:
                due_on = due_on.replace(day=int(match[2]))
        kind = DeadlineKind.DATE if due_on else DeadlineKind.RELATIVE
        reason = Reason.YEAR_FROM_DOCUMENT if due_on else Reason.RULE_TEXT
        yield _Limit(match.start(), match.end(), kind, reason, due_on)


def _seasons(text: str, years: Years) -> Iterator[_Limit]:
    """Dates that only a school calendar tells; “9月开学前” at least ends before September begins."""
    for match in _SEASON.finditer(text):
        before = PERIOD.match(f"{match['year'] or ''}{match['month']}月前") if match["month"] else None
        due_on, reason = resolve(before, years) if before else (None, Reason.RULE_TEXT)
        kind = DeadlineKind.DATE if due_on else DeadlineKind.RELATIVE
        yield _Limit(match.start(), match.end(), kind, reason, due_on)


def _plan_ends(text: str) -> Iterator[_Limit]:
    """“十五五”期间, “十五五”末: with the last day of that five-year plan (the thirteenth ended in 2020)."""
    for match in _PLAN_ENDS.finditer(text):
        year = 2020 + 5 * ("三四五六七八九".index(match["plan"]))
        yield _Limit(match.start(), match.end(), DeadlineKind.DATE, Reason.PLAN_PERIOD, date(year, 12, 31))


def _dotted(text: str) -> Iterator[_Limit]:
    for match in _DOTTED.finditer(text):
        groups = match.groups()[:3] if match[1] else match.groups()[3:]
        year, month, day = (int(part or 0) for part in groups)
        try:
            due_on = date(year, month, day) if day else end_of_month(year, month)
        except ValueError:
            continue
        yield _Limit(match.start(), match.end(), DeadlineKind.DATE, Reason.FULL_DATE, due_on)


def _cycles(text: str) -> Iterator[_Limit]:
    """“每季度”, “每年第一季度”, “按月”: no last day, where a limit is expected."""
    for match in _CYCLE.finditer(text):
        cycle = _cycle(match["every"] or match["by"])
        yield _Limit(match.start(), match.end(), DeadlineKind.RECURRING, Reason.CYCLE, cycle=cycle)


def _words(text: str) -> Iterator[_Limit]:
    """Words that are a limit only where a limit is expected."""
    for match in _STANDING.finditer(text):
        yield _Limit(match.start(), match.end(), DeadlineKind.LONG_TERM, Reason.STANDING_DUTY)
    for match in _AT_ONCE.finditer(text):
        yield _Limit(match.start(), match.end(), DeadlineKind.IMMEDIATE, Reason.AT_ONCE)


def _cycle(word: str) -> Cycle:
    return next(cycle for sign, cycle in _CYCLES.items() if sign in word)
