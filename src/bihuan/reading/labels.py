"""Stated places in running text: “责任单位：…”, “完成时限：…”, alone on a line or one behind the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from bihuan.reading.pieces import CLOSING, OPENING, Piece
from bihuan.reading.reasons import Reason
from bihuan.reading.result import Role

RoleAndReason = tuple[Role, Reason]

_SORT = r"(?:单\s*位|部\s*门|处\s*室|科\s*室|学\s*院|系\s*部|主\s*体|股\s*室|机\s*构|司\s*局)"
_PERSONS = r"(?:[及和与、/]?(?:主要)?(?:责任人|负责人|责任领导))?"
_NOTE = rf"{_PERSONS}(?:[（(][^（()）]{{0,10}}[）)])?"
_LABEL = re.compile(
    rf"""
      (?P<lead>(?:牵\s*头|主\s*办|主\s*责|主要责任|第一责任)(?:责\s*任)?{_SORT}?{_NOTE})
    | (?P<assist>(?:配\s*合|参\s*与|协\s*办|协\s*同|协\s*助|支\s*持|参\s*加|会\s*办|联\s*办|指\s*导|督\s*导)
        (?:责\s*任)?{_SORT}?{_NOTE})
    | (?P<responsible>(?:整改|落实|工作|任务|具体|直接)?
        (?:责\s*任|负\s*责|承\s*办|实\s*施|落\s*实|整\s*改|执\s*行|完\s*成)(?:考核|落实|整改)?{_SORT}{_NOTE})
    | (?P<division>(?:部\s*门|责\s*任|任\s*务|职\s*责)分\s*工)
    | (?P<deadline>(?:整改|完成|办结|办理|工作|任务|推进|落实|实施){{0,2}}
        (?:时\s*限|期\s*限|时间节点|时间要求|时间安排|时间|进度安排|进度要求)(?:要求)?)
    | (?P<other>(?:整改|落实)?(?:牵头|责任|分管|包抓|包联|主管|联系)(?:负责|责任)?
        (?:校|院|局|厅|县|市)?(?:领导|校长|院长|局长|负责人|人)|负责人
      | (?:整改|工作|总体|预期|阶段)?(?:目标|成效)(?:要求|任务)?|目标任务|预期成果|成果形式|成果
      | 完成标志|验收标准|考核指标|评价指标|工作要求|(?:整改|工作|主要|具体)?(?:措施|举措)
      | 整改(?:进展|情况|结果|类型|方式)|(?:存在|主要|具体)?问题(?:表现|描述)?|原因分析|工作内容|备注)
    """,
    re.VERBOSE,
)
_NUMBER = r"\s*(?:[（(]?[0-9一二三四五六七八九十]{1,3}[）)]?[.．、]?|[①-⑳])?\s*"
# A label stands at the start of a line, behind the line's number, or behind a stop or an opening bracket.
_STATED = re.compile(
    rf"(?:(?<=[ \t\u3000。；;，,、（(【\[［〔“—-])|^{_NUMBER})(?P<label>{_LABEL.pattern})\s*[：:]\s*",
    re.VERBOSE,
)
_COLON = re.compile(r"\s*[：:]\s*")
_ROLES = {
    "lead": (Role.LEAD, Reason.LABEL_LEADS),
    "assist": (Role.ASSISTING, Reason.LABEL_ASSISTS),
    "responsible": (Role.LEAD, Reason.LABEL_RESPONSIBLE),
}


class Topic(StrEnum):
    UNITS = "units"
    DEADLINE = "deadline"
    OTHER = "other"


_SENTENCE_ENDS = re.compile("。")
_VALUE_ENDS = {
    Topic.UNITS: _SENTENCE_ENDS,
    Topic.DEADLINE: re.compile("[。；;]"),
    Topic.OTHER: re.compile("$"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """One labelled value; for units with the role that the label gives, if it gives one (部门分工：A牵头)."""

    topic: Topic
    label: Piece
    value: Piece
    role: RoleAndReason | None = None


def stated_in(line: Piece) -> Iterator[Stated]:
    """The labelled values of a line; each reaches to the next label, the end of its bracket or sentence."""
    matches = list(_STATED.finditer(line.text))
    for match, following in zip_longest(matches, matches[1:]):
        topic, role = _topic(match)
        end = following.start("label") if following else len(line.text)
        end = _end_of_bracket(line.text, match.end(), end)
        # Steps on a line of their own: “时间安排：6月底前排查；9月底前整改”.
        own_line = topic is Topic.DEADLINE and not line.text[: match.start("label")].strip()
        ends = _SENTENCE_ENDS if own_line else _VALUE_ENDS[topic]
        stop = ends.search(line.text, match.end(), end)
        value = line.cut(match.end(), stop.start() if stop else end)
        value = Piece(value.text.rstrip("；;，,、（(【[ \u3000"), value.start)
        yield Stated(topic, line.cut(match.start("label"), match.end("label")), value, role)


def unit_label(text: str) -> tuple[int, RoleAndReason] | None:
    """Where the value begins behind a label for units at the start of a text, and the role it gives."""
    match = _LABEL.match(text)
    colon = match and _COLON.match(text, match.end())
    if not match or not colon or match.lastgroup not in _ROLES:
        return None
    return colon.end(), _ROLES[match.lastgroup]


def _topic(match: re.Match[str]) -> tuple[Topic, RoleAndReason | None]:
    name = next(name for name in (*_ROLES, "division", "deadline", "other") if match[name])
    if name in _ROLES or name == "division":
        return Topic.UNITS, _ROLES.get(name)
    return Topic(name), None


def _end_of_bracket(text: str, start: int, end: int) -> int:
    """Where a bracket that was opened before the value closes, else `end`."""
    depth = 0
    for index in range(start, end):
        if text[index] in OPENING:
            depth += 1
        elif text[index] in CLOSING:
            depth -= 1
            if depth < 0:
                return index
    return end
