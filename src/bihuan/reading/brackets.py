"""Brackets that say who and until when: “（教务处牵头，学生处配合，2026年6月底前完成）”."""

import re
from collections.abc import Iterator

from bihuan.reading.deadlines import find_deadlines
from bihuan.reading.periods import Years
from bihuan.reading.pieces import Piece
from bihuan.reading.reasons import Reason
from bihuan.reading.responsibility import read_expression
from bihuan.reading.result import Deadline, DeadlineKind, Found, UnitMention
from bihuan.reading.units import is_name, split_names

_PAIRS = {"（": "）", "(": ")", "【": "】", "[": "]", "［": "］", "〔": "〕"}
_LONGEST = 800  # the longest lists of ministries stay far below
_TITLES = re.compile(r"《[^》]{0,300}》")
_SENTENCE_OVER = re.compile(r"\s*(?:$|[。；;\n])")
_DONE = re.compile(
    "(?:按时|全面|全部|基本|初步)?(?:完成|办结|整改到位|整改|落实到位|到位|报送|上报|印发|出台|建成|启动|形成|制定|提出)"
)
_OBJECT = re.compile("[^，,；;。]*")
_NO_DAY = (DeadlineKind.LONG_TERM, DeadlineKind.IMMEDIATE)
_WITHOUT_VERB = (Reason.PLAIN_LIST, Reason.FIRST_UNIT_LEADS, Reason.NOT_FIRST_UNIT)

Said = tuple[list[UnitMention], list[Deadline]]


def brackets_in(text: str) -> Iterator[tuple[int, int]]:
    """The outermost brackets as (start, end), those inside titles of documents left out."""
    text = _TITLES.sub(lambda match: "\u3000" * len(match[0]), text)
    stack: list[tuple[str, int]] = []
    for index, char in enumerate(text):
        if char in _PAIRS:
            stack.append((_PAIRS[char], index))
        elif stack and char in _PAIRS.values():
            while len(stack) > 1 and stack[-1][0] != char:
                stack.pop()
            _closing, start = stack.pop()
            if not stack and index - start <= _LONGEST:
                yield start, index + 1


def read_bracket(content: Piece, behind: str, years: Years, *, first_leads: bool) -> Said | None:
    """What a bracket says about duties; None when it is about something else.

    Names without a verb, and limits without names, count only where a sentence is over behind the bracket.
    """
    limits = find_deadlines(content, years, Found.BRACKET)
    names = without_limits(content, limits)
    units = read_expression(names, Found.BRACKET, first_leads=first_leads)
    sentence_over = bool(_SENTENCE_OVER.match(behind))
    if units:
        stated = any(unit.reason not in _WITHOUT_VERB for unit in units)
        return (units, limits) if stated or sentence_over else None
    only_limits = any(map(_is_precise, limits)) and len(names.text.strip(" \u3000，,。；;")) <= 8
    return ([], limits) if only_limits and sentence_over else None


def _is_precise(limit: Deadline) -> bool:
    """More than a year: “（2021—2024年）” behind a name is no limit."""
    return limit.due_on is None or bool(re.search("[月底末前内季]", limit.text))


def without_limits(content: Piece, limits: list[Deadline]) -> Piece:
    """A text without its limits and what is to be done by them, so that only names and their verbs remain."""
    places = []
    for limit in limits:
        start, end = limit.span.start - content.start, limit.span.end - content.start
        done = _DONE.match(content.text, end)
        rest = _OBJECT.match(content.text, done.end() if done else end)
        # “…前完成一期”, “持续抓好”, “…前化解率达到90%”: what follows is no name
        if rest and (done or limit.kind in _NO_DAY or not _says_who(content.cut(end, rest.end()))):
            end = rest.end()
        places.append((start, end))
    return content.without(places, filler="，")


def _says_who(piece: Piece) -> bool:
    return bool(read_expression(piece, Found.BRACKET)) or any(is_name(one.text) for one in split_names(piece))
