"""Which lines begin an item, and under which item it stands.

A number is believed when its form rarely begins a line by accident (一、（一）第一条) or when it continues a
sequence. Levels are not fixed: a form that is open closes down to itself, a new form opens below, and where a
document turns the usual order round the following numbers tell.
"""

import re
from collections.abc import Iterator

from bihuan.reading.drafts import Draft
from bihuan.reading.letter import Part
from bihuan.reading.markers import RANK, Kind, Marker, marker_of
from bihuan.reading.reasons import Reason
from bihuan.reading.run_on import RunOn
from bihuan.reading.source import Line, Table
from bihuan.reading.tables import TableReader

_CONTENTS_LINE = re.compile(r".{2,60}(?:[.．…·]{3,}|\t|\s{3,})\s*\d{1,3}")
_CLOSING_WORDS = re.compile(
    r"特此(?:通知|报告|函复|通报|函告|说明)|以上(?:意见|报告|通知)|(?:此|本)(?:通知|方案|意见|办法|细则)[自由从]"
    r"|欢迎(?:广大|社会|师生)|自.{0,12}之日起(?:施行|实施|执行)"
)
_DUTY_LINE = re.compile(
    r"[（(【]?\s*(?:牵头|责任|配合|承办|主办|协办|完成|整改|落实|参与|时限|期限|负责)\S{0,8}\s*[：:]"
    r"|.*(?:负责|牵头|配合|落实)[）)]。?$"
)
# What a page of a site prints below a document.
_OF_THE_SITE = re.compile(
    r"版权所有|[ＩI][ＣC][ＰP]备|公网安备|网站标识码|^(?:分享到|扫一扫|打印本页|关闭窗口|上一篇|下一篇|相关(?:链接|文章|解读))"
)
_LONGEST_OF_THE_SITE = 200
_MOST_CLOSING_LINES = 3


class Outline:
    """Builds the items of one part from its lines and tables."""

    def __init__(self, part: Part, tables: TableReader):
        self.roots: list[Draft] = []
        self.preamble: list[Line] = []
        self.closing: list[Line] = []
        self._part = part
        self._of_the_site: list[Line] = []
        self._tables = tables
        self._stack: list[Draft] = []
        self._last: dict[Kind, Marker] = {}
        self._below: set[tuple[Kind, Kind]] = set()  # which kind was found below which
        self._markers: list[Marker] = []
        self._position = 0  # of the next marker
        self._spoken = False  # whether “一是” counts

    def build(self) -> None:
        """Read the part; where no number of any form begins a line, “一是 … 二是 …” count."""
        self._read()
        if not self.roots and any(marker_of(line.text, spoken=True) for line in self.preamble):
            self._spoken, self._position, self.preamble = True, 0, []
            self._read()
        self.closing = [*self._of_the_site, *_trim_closing(self.roots)]

    def _read(self) -> None:
        self._of_the_site = []
        run_on = RunOn({marker.form for marker in self._markers_of(self._part.body)})
        blocks = [piece for block in self._part.body for piece in run_on.pieces(block, self._marker)]
        self._markers = list(self._markers_of(blocks))
        for block in blocks:
            if isinstance(block, Table):
                rows = self._tables.read(block, self._part.index)
                (self._stack[-1].children if self._stack else self.roots).extend(rows)
            else:
                self._add_line(block)

    def _add_line(self, line: Line) -> None:
        marker = self._marker(line)
        if not marker and len(line.text) < _LONGEST_OF_THE_SITE and _OF_THE_SITE.search(line.text):
            self._of_the_site.append(line)
            return
        if marker:
            self._position += 1
            if self._is_item(marker):
                self._open(marker, line)
                return
        (self._stack[-1].lines if self._stack else self.preamble).append(line)

    def _is_item(self, marker: Marker) -> bool:
        """Whether to believe a number, from its form and from the sequence it would continue."""
        if marker.is_chinese or marker.automatic or marker.ordinal == 1:
            return True
        opened = (draft.marker for draft in reversed(self._stack) if draft.marker)
        last = next((one for one in opened if one.kind == marker.kind), None) or self._last.get(marker.kind)
        if last is None:
            return self._continues_later(marker)
        return last.chain[:-1] == marker.chain[:-1] and last.ordinal <= marker.ordinal <= last.ordinal + 2

    def _continues_later(self, marker: Marker) -> bool:
        """Whether the next number of this form is the following one."""
        for position in range(self._position, len(self._markers)):
            later = self._markers[position]
            if later.kind == marker.kind:
                return later.ordinal == marker.ordinal + 1
        return False

    def _open(self, marker: Marker, line: Line) -> None:
        self._close_down_to(marker)
        reason = Reason.AUTOMATIC_NUMBER if marker.automatic else Reason.PRINTED_NUMBER
        draft = Draft(marker, Reason.RUN_ON_NUMBER if line.run_on else reason, self._part.index, [line])
        (self._stack[-1].children if self._stack else self.roots).append(draft)
        self._below |= {(open_.marker.kind, marker.kind) for open_ in self._stack if open_.marker}
        self._stack.append(draft)
        self._last[marker.kind] = marker

    def _close_down_to(self, marker: Marker) -> None:
        kinds = [draft.marker.kind for draft in self._stack if draft.marker]
        if marker.kind in kinds:
            del self._stack[kinds.index(marker.kind) :]
            return
        while self._stack and self._stands_below(self._stack[-1].marker, marker):
            self._stack.pop()

    def _stands_below(self, opened: Marker | None, marker: Marker) -> bool:
        """Whether the open item cannot contain the new number, by rank, unless its likes did or go on."""
        if opened is None:
            return True
        if (opened.kind, marker.kind) in self._below:
            return False
        lower = (RANK[opened.form], len(opened.chain)) > (RANK[marker.form], len(marker.chain))
        return lower and not self._continues_later(opened)

    def _marker(self, line: Line) -> Marker | None:
        if _CONTENTS_LINE.fullmatch(line.text):
            return None
        return marker_of(line.text, line.automatic, spoken=self._spoken)

    def _markers_of(self, blocks: list[Line | Table]) -> Iterator[Marker]:
        for block in blocks:
            if isinstance(block, Line) and (marker := self._marker(block)):
                yield marker


def _trim_closing(roots: list[Draft]) -> list[Line]:
    """Take the closing paragraphs off the last item: what it has beyond the shape that its likes share."""
    leaves = [draft for root in roots for draft in root.walk() if not draft.children and draft.lines]
    if not leaves or not roots[-1].lines:
        return []
    last = leaves[-1]
    alike = [len(leaf.lines) for leaf in leaves[:-1] if leaf.form is last.form]
    excess = len(last.lines) - max(alike, default=0)
    most = excess if len(alike) > 1 and excess <= _MOST_CLOSING_LINES else 0
    closing: list[Line] = []
    while len(last.lines) > 1 and not _DUTY_LINE.match(last.lines[-1].text):
        if len(closing) >= most and not _CLOSING_WORDS.match(last.lines[-1].text):
            break
        closing.insert(0, last.lines.pop())
    return closing
