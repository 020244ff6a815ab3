"""The letter around a plan (公文格式): where its heading ends, its signature, its annexes.

A file is often two documents in one, a notice and the plan it issues. It is cut into parts at the signature
and at annex headings, so that each part's items are read on their own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest

from bihuan.reading.markers import Form, marker_of
from bihuan.reading.numerals import parse_numeral
from bihuan.reading.pieces import either
from bihuan.reading.source import Block, Line, Source, Table
from bihuan.reading.units import looks_like_unit

_CN = "〇零○oO一二三四五六七八九十"
_DATE = re.compile(
    rf"[（(]?\s*((?:19|20)\d\d|[二一][{_CN}]{{3}})\s*年\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*月"
    rf"\s*(\d{{1,2}}|[{_CN}]{{1,3}})\s*日\s*[）)]?"
)
_ANNEX_HEAD = re.compile(r"附\s*[件表录]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})?(?:[-—]\d{1,2})?\s*[：:]?")
_ANNEX_LISTED = re.compile(r"附\s*[件表]\s*(?:\d{1,2})?\s*[：:]\s*(\S.*)")
_AFTER_BODY = re.compile(
    r"[（(]?\s*(?:此件|信息公开|公开方式|公开属性|联系人|联系电话|联系方式|抄送|抄报|主送|本文|转自|来源|印发|录入|责任编辑|共印|.{2,30}印发$)"
)
_LIST_TITLE = re.compile(
    f"(?!.*[，。；]).{{2,50}}{either('表 清单 台账 一览 分工 分解')}\\s*(?:[（(].{{1,20}}[）)])?"
)
_SENTENCE = re.compile(r"[。！？；]")
_LONGEST_HEADING = 60
_LONGEST_ADDRESS = 300


@dataclass
class Part:
    """One document of the file: its heading lines, the blocks of its body, and what closes it."""

    index: int
    heading: list[Line] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    signature: list[Line] = field(default_factory=list)  # issuers and, last, the date
    annexes: list[Line] = field(default_factory=list)
    tail: list[Line] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Take the next block of the file, to the heading as long as nothing else has begun."""
        if isinstance(block, Table):
            self.body.append(block)
        elif self.signature:
            self.tail.append(block)
        elif not self.body:
            (self.heading if _is_heading(block) else self.body).append(block)
        elif _DATE.fullmatch(block.text):
            self.signature = [*_pop_issuers(self.body), block]
        elif annex_listed(block.text) or self._continues_annexes(block):
            self.annexes.append(block)
        elif _AFTER_BODY.match(block.text) and len(block.text) < 80:
            self.tail.append(block)
        else:
            self.body.append(block)

    def _continues_annexes(self, line: Line) -> bool:
        """“附件：1.甲” and, on the next lines, “2.乙”."""
        marker = marker_of(line.text)
        if not self.annexes or marker is None or marker.form not in (Form.ARABIC, Form.ARABIC_HALF):
            return False
        since = self.annexes[-1].span.start
        return self.body[-1].span.end < since and marker.ordinal == len(self.annexes) + 1


def split_parts(source: Source) -> list[Part]:
    """The documents of a file in order; at least one."""
    parts = [Part(1)]
    for block, following in zip_longest(source.blocks, source.blocks[1:]):
        part = parts[-1]
        if (part.body or part.signature) and _begins_part(part, block, following):
            parts.append(part := Part(part.index + 1))
        part.add(block)
    return parts


def _begins_part(part: Part, block: Block, following: Block | None) -> bool:
    """Whether the block is of the next document: annex heading, title of a list, or behind a signature."""
    if isinstance(block, Table):
        return bool(part.signature)
    if part.signature:
        return not _AFTER_BODY.match(block.text)
    if _ANNEX_HEAD.fullmatch(block.text):
        return True
    return (
        isinstance(following, Table) and bool(_LIST_TITLE.fullmatch(block.text)) and not marker_of(block.text)
    )


def annex_listed(text: str) -> str | None:
    """The annex that a line “附件：…” announces."""
    match = _ANNEX_LISTED.fullmatch(text)
    return match[1] if match else None


def is_annex_head(text: str) -> bool:
    return bool(_ANNEX_HEAD.fullmatch(text))


def is_addressee(line: Line) -> bool:
    """“各市（州）教育局，厅机关各处室：”"""
    text = line.text.rstrip("：: ")
    if text == line.text or _SENTENCE.search(text) or len(text) > _LONGEST_ADDRESS or marker_of(line.text):
        return False
    names = re.split(r"[，,、；\s]+", re.sub(r"[（(][^（）()]*[）)]", "", text))
    return bool(names[-1]) and (looks_like_unit(names[-1]) or "各" in text)


def whole_date(text: str) -> date | None:
    """The date that a line consists of, in either kind of numerals."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = (parse_numeral(re.sub("[oO○零]", "〇", part)) for part in match.groups())
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def _is_heading(line: Line) -> bool:
    """Whether a line can stand above the body: date, addressees, or short and neither sentence nor item."""
    if _DATE.fullmatch(line.text) or is_addressee(line) or _ANNEX_HEAD.fullmatch(line.text):
        return True
    if marker_of(line.text, line.automatic) or line.text.endswith(("：", ":")):
        return False
    return len(line.text) <= _LONGEST_HEADING and not _SENTENCE.search(line.text)


def _pop_issuers(body: list[Block]) -> Sequence[Line]:
    """Take the unit names right above the date of a signature off the body."""
    issuers: list[Line] = []
    while body and isinstance(line := body[-1], Line) and _is_issuer(line):
        issuers.insert(0, line)
        body.pop()
    return issuers


def _is_issuer(line: Line) -> bool:
    if len(line.text) > _LONGEST_HEADING or line.automatic or marker_of(line.text):
        return False
    return all(map(looks_like_unit, line.text.split()))
