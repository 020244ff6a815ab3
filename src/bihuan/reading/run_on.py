"""Paragraphs into which several items were run, as happens when web pages are copied.

A number inside a paragraph begins an item only as the next of a sequence: one that line starts use already,
or one that begins with 一 inside a paragraph and goes on.
"""

import re
from collections.abc import Callable, Iterator

from bihuan.reading.markers import Form, Marker, marker_of
from bihuan.reading.source import Block, Line

_CN = "[一二三四五六七八九十]{1,3}"
_CUT = re.compile(
    rf"(?<=[。！？）)；])\s*(?={_CN}、|[（(]{_CN}[）)])"
    rf"|(?<=[\u4e00-\u9fff”])(?=[（(]{_CN}[）)])"
)
# A section's title with its first sub-item right behind: “一、总体要求（一）指导思想。”
_TITLE = re.compile(rf"{_CN}、[^。；：，]{{2,40}}")
_FORMS = (Form.CN_COMMA, Form.CN_PAREN)


class RunOn:
    """Takes the paragraphs of a part apart, in order."""

    def __init__(self, forms_at_line_start: set[Form]):
        self._at_line_start = forms_at_line_start
        self._last: dict[Form, int] = {}

    def pieces(self, block: Block, number_of: Callable[[Line], Marker | None]) -> Iterator[Block]:
        """The block, or the lines it consists of."""
        if not isinstance(block, Line):
            yield block
            return
        if first := number_of(block):
            self._last[first.form] = first.ordinal
        start = 0
        for cut in _CUT.finditer(block.text):
            marker = marker_of(block.text[cut.end() : cut.end() + 20])
            behind_title = _TITLE.fullmatch(block.text, start, cut.start())
            if cut.start() == start or not (behind_title or block.text[cut.start() - 1] in "。！？）)；"):
                continue
            if marker and self._goes_on(marker, block.text, cut.end()):
                yield block.part(start, cut.start())
                start = cut.end()
                self._last[marker.form] = marker.ordinal
        yield block.part(start) if start else block

    def _goes_on(self, marker: Marker, text: str, position: int) -> bool:
        if marker.form not in _FORMS:
            return False
        if self._last.get(marker.form) == marker.ordinal - 1 and marker.ordinal > 1:
            return True
        return (
            marker.ordinal == 1
            and marker.form not in self._at_line_start
            and self._following(marker.form, text, position) == 2
        )

    def _following(self, form: Form, text: str, position: int) -> int | None:
        """The next number of this form inside the paragraph."""
        for cut in _CUT.finditer(text, position + 1):
            marker = marker_of(text[cut.end() : cut.end() + 20])
            if marker and marker.form is form:
                return marker.ordinal
        return None
