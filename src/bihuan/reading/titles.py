"""The title of an item: its first sentence without the number, short enough for a list."""

import re

from bihuan.reading.drafts import Draft
from bihuan.reading.markers import marker_of
from bihuan.reading.result import Span

LONGEST_TITLE = 30
_SHORTEST_TITLE = 6
_PAIRS = {"“": "”", "《": "》", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "【": "】", "[": "]"}
_LABELLED = re.compile(r"[，。；（(【\s](?=(?:牵头|责任|配合|主责|承办|完成|整改)\S{0,4}[：:])")
# “…，2026年6月底前完成”: the time limit is a field of its own.
_DAY = "[0-9０-９〇一二三四五六七八九十]{1,4}"
_LIMIT_AT_END = re.compile(
    rf"[，,](?:并|须|力争|确保)?(?:于|在)?(?:{_DAY}年)?(?:底|{_DAY}(?:月|季度|日|个)|[上下]半年|年内|本[周月年])"
    r"[^，。；]{0,8}[前内](?:全部|基本|全面|按时)?(?:完成|办结|整改到位|落实到位|到位|报送)?$"
)


def title_of(draft: Draft, brackets: list[Span]) -> str:
    """First words of the item, at most `LONGEST_TITLE` characters, without its brackets of duties."""
    text = draft.title or _first_line(draft, brackets)
    marker = None if draft.lines else marker_of(text)
    sentence = _first_sentence(re.sub(r"\s+", " ", text[marker.length if marker else 0 :]).strip())
    title = _LABELLED.split(sentence)[0]
    bare = _LIMIT_AT_END.sub("", title)
    return _shortened(bare if len(bare) >= _SHORTEST_TITLE - 2 else title).rstrip("，、；：（(【 ")


def _shortened(title: str) -> str:
    """A title too long for a list ends at a comma, if that leaves enough."""
    if len(title) <= LONGEST_TITLE:
        return title
    comma = max(title.rfind(char, 0, LONGEST_TITLE) for char in "，,；;")
    return title[: comma if comma >= _SHORTEST_TITLE else LONGEST_TITLE]


def _first_line(draft: Draft, brackets: list[Span]) -> str:
    if not draft.lines or not draft.marker:
        return ""
    line, text = draft.lines[0], draft.lines[0].text
    for bracket in brackets:
        if line.span.start <= bracket.start < line.span.end:
            start, end = bracket.start - line.span.start, bracket.end - line.span.start
            text = text[:start] + " " * (end - start) + text[end:]
    return text[draft.marker.length :]


def _first_sentence(text: str) -> str:
    """Up to the first full stop outside quotation marks and brackets; a colon does not end a mere label."""
    waiting: list[str] = []
    for index, char in enumerate(text):
        if waiting and char == waiting[-1]:
            waiting.pop()
        elif char in _PAIRS:
            waiting.append(_PAIRS[char])
        elif not waiting and (char in "。！？；" or (char in "：:" and index >= _SHORTEST_TITLE)):
            return text[:index]
    return text
