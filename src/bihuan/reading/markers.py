"""The numbers that documents print for their levels (结构层次序数, GB/T 9704-2012, 7.3.3), and relatives."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bihuan.reading.numerals import NUMERAL_CLASS, parse_numeral


class Form(StrEnum):
    """A way of printing a number; the value is how the report names it."""

    CHAPTER = "第一章"
    SECTION = "第一节"
    ARTICLE = "第一条"
    WORD = "任务一"
    ROMAN = "I."
    CN_COMMA = "一、"
    CN_PAREN = "（一）"
    ARABIC = "1."
    DECIMAL = "1.1"
    ARABIC_PAREN = "（1）"
    ARABIC_HALF = "1）"
    CIRCLED = "①"
    LETTER = "a."
    SPOKEN = "一是"
    ROW = "row"


# From the top down where a document does not show another order by itself.
RANK = {form: rank for rank, form in enumerate(Form)}
_CHINESE = {Form.CHAPTER, Form.SECTION, Form.WORD, Form.CN_COMMA, Form.CN_PAREN}

_N = f"[{NUMERAL_CLASS}]"
_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_WORDS = "任务|措施|举措|问题|行动|工程|着力点"
# “★任务一：”: an ornament in front of a number says nothing.
_ORNAMENT = re.compile(r"[★☆◆◇●○■□▲△▶►➤※✦✧•]+\s*")
_PATTERNS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    (
        Form.CHAPTER,
        re.compile(rf"第({_N}{{1,5}}|\d{{1,3}})(?:编|章|部分)(?=[\s\u3000：:、]|[^的]|$)[\s\u3000：:、]*"),
    ),
    (Form.SECTION, re.compile(rf"第({_N}{{1,5}}|\d{{1,3}})节(?=[\s\u3000：:、]|$)[\s\u3000：:、]*")),
    (Form.ARTICLE, re.compile(rf"第({_N}{{1,6}}|\d{{1,3}})条(?!所称|规定|[款例的、和及至第])[\s\u3000：:]*")),
    (
        Form.WORD,
        re.compile(
            rf"(?:重点|主要|具体|工作|整改|专项)?(?P<word>{_WORDS})"
            rf"[（(]?(?:之)?({_N}{{1,3}}|\d{{1,3}}|[{_CIRCLES}])[）)]?(?:[：:、.．\s\u3000]|(?<=[{_CIRCLES}）)])|$)\s*"
        ),
    ),
    # “一、二年级” is a pair of classes, not the first heading.
    (
        Form.CN_COMMA,
        re.compile(rf"({_N}{{1,5}})\s?(?:、|[.．](?!\d))(?!{_N}+(?:年级|学期|期|类|级|线|批|等|档|季度))\s*"),
    ),
    (Form.CN_PAREN, re.compile(rf"[（(]\s*({_N}{{1,5}})\s*[）)][、.．]?\s*")),
    (
        Form.DECIMAL,
        re.compile(
            r"(\d{1,2}(?:[.．]\d{1,2}){1,4})(?:[.．、](?!\d)|(?=[\s\u3000\u4e00-\u9fff]))(?![年月日%‰万亿个分倍元人次米公千])\s*"
        ),
    ),
    (Form.ARABIC, re.compile(r"(\d{1,3})\s?(?:[.．、](?!\d)|[.．、](?=(?:19|20)\d\d年))\s*")),
    (Form.ARABIC_PAREN, re.compile(r"[（(]\s*(\d{1,3})\s*[）)][、.．]?\s*")),
    (Form.ARABIC_HALF, re.compile(r"(\d{1,3})\s*[）)]\s*")),
    (Form.ARABIC_PAREN, re.compile(r"([⑴-⒇])\s*")),
    (Form.ARABIC, re.compile(r"([⒈-⒛])\s*")),
    (Form.CIRCLED, re.compile(rf"([{_CIRCLES}])[、.．]?\s*")),
    (Form.ROMAN, re.compile(r"([ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ])[、.．\s]\s*")),
)
# Only where Word itself generated the number; typed, these are too often something else.
_AUTOMATIC_PATTERNS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    (Form.ROMAN, re.compile(r"([IVXivx]{2,6}|[IVXivx])[.、．)）]\s*")),
    (Form.LETTER, re.compile(r"[（(]?([A-Za-z])[.、．)）]\s*")),
    (Form.CN_COMMA, re.compile(rf"({_N}{{1,5}})[\s,，:：]\s*")),
    (Form.CHAPTER, re.compile(rf"第({_N}{{1,5}}|\d{{1,3}})[^\s]{{0,3}}\s*")),
    (Form.ARABIC, re.compile(r"(\d{1,3})[\s:：]\s*")),
)
# Only where a document counts in no other way.
_SPOKEN = (Form.SPOKEN, re.compile(rf"({_N}{{1,2}})是(?![否非])[，：]?\s*"))
_BARE = (
    (Form.CN_COMMA, re.compile(rf"({_N}{{1,5}})[、.．]?")),
    (Form.DECIMAL, re.compile(r"(\d{1,3}(?:[.．\-—－]\d{1,3}){1,4})")),
    (Form.ARABIC, re.compile(r"(\d{1,5})(?:\.0)?[、.．]?")),
)


Kind = tuple[Form, int, str]


@dataclass(frozen=True, slots=True)
class Marker:
    """A number found at the start of a line: its form, its value, and how much of the line it takes."""

    form: Form
    ordinal: int
    printed: str
    length: int
    chain: tuple[int, ...]  # all numbers of 2.3.1; else just the one
    automatic: bool = False
    word: str = ""  # 任务 of “任务一”

    @property
    def kind(self) -> "Kind":
        """What counts together: the form, how many numbers 2.3.1 has, and the word of 任务一."""
        return self.form, len(self.chain), self.word

    @property
    def is_chinese(self) -> bool:
        """Forms that hardly ever begin a line by accident."""
        return self.form in _CHINESE


def marker_of(text: str, automatic: int = 0, *, spoken: bool = False) -> Marker | None:
    """The number a line begins with; `automatic` is the length of a number that Word generated there.

    With `spoken`, “一是 … 二是 …” at the beginning of lines count too.
    """
    patterns = _PATTERNS + (_AUTOMATIC_PATTERNS if automatic else ()) + ((_SPOKEN,) if spoken else ())
    ornament = None if automatic else _ORNAMENT.match(text)
    for form, pattern in patterns:
        match = pattern.match(text, ornament.end() if ornament else 0)
        if match and (not automatic or match.end(_number_of(match)) <= automatic):
            found = _marker(form, match, automatic > 0)
            if found:
                return found
    return None


def row_marker(text: str) -> Marker | None:
    """The number in a table's number column (序号), where bare digits count too."""
    text = text.strip()
    for form, pattern in _BARE:
        match = pattern.fullmatch(text)
        if match:
            return _marker(form, match, False)
    found = marker_of(text)
    return found if found and found.length == len(text) else None


def _number_of(match: re.Match[str]) -> int:
    """The group that holds the number: behind the word, if the form has one."""
    return 2 if "word" in match.re.groupindex else 1


def _marker(form: Form, match: re.Match[str], automatic: bool) -> Marker | None:
    number = match[_number_of(match)]
    chain = tuple(_value(part, form) or 0 for part in re.split(r"[.．\-—－]", number))
    if not all(chain):
        return None
    word = match["word"] if "word" in match.re.groupindex else ""
    return Marker(form, chain[-1], match[0].strip(), match.end(), chain, automatic, word)


def _value(text: str, form: Form) -> int | None:
    if text[0] in _CIRCLES:
        return _CIRCLES.index(text[0]) + 1
    for first in "⑴⒈Ⅰ":
        if len(text) == 1 and 0 <= ord(text) - ord(first) < 20:
            return ord(text) - ord(first) + 1
    if form is Form.ROMAN:
        return _roman(text.upper())
    if form is Form.LETTER:
        return ord(text.upper()) - 64
    return parse_numeral(text)


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[char] for char in text]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
