"""Units that only the running text names: “请财政部…”, “科技部、财政部等部门要…”, “由教务处牵头…”.

The weakest evidence, used only where nothing is stated, and marked as such on every unit.
"""

import re
from collections.abc import Iterator

from bihuan.reading.pieces import Piece, squeezed
from bihuan.reading.reasons import Reason
from bihuan.reading.result import Found, Role, UnitMention
from bihuan.reading.units import is_generic, is_name, split_names

_LONGEST = 25
# The start of a sentence, behind the item's own number if there is one.
_START = r"(?:^|(?<=[。；！？：\n]))\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)]?[、.．]?)?"
_NAMES = r"(?P<names>[^，。；：！？“”《》\n]{2,160}?)"
_RESPONSIBLE = r"负责(?!同志|人)"
# What makes the subject of a sentence the one who has to act; a plain statement of fact does not.
_MUST = (
    rf"(?:共同|分别|联合)?(?:(?<![主重需必])要(?!求)|应当|应(?![对用急届])|须|必须|务必|{_RESPONSIBLE}|牵头|会同|适时"
    "|按职责|统筹(?:协调|推进|负责))"
)
_AFTER_PLEASE = (
    "会同|牵头|负责|要|应|须|按照?|在|于|落实|抓紧|尽快|根据|结合|认真|加强|研究|制定|提出|组织|指导|督促|"
    "分别|配合|做好"
)
_ANSWERS = (
    r"(?:会同[^，。；：]{2,20})?(?:研究)?"
    r"(?:提出了?(?:(?:以下|如下)?意见|答复|：)|意见[：:]|答复[：:]|认为[：:]|建议[：:])"
)
_PATTERNS = (
    re.compile(rf"请{_NAMES}(?={_AFTER_PLEASE})"),
    re.compile(rf"由(?:所?涉及的)?{_NAMES}(?=牵头|{_RESPONSIBLE}|会同|组织(?![成和])|承担|统筹|具体|按职责)"),
    re.compile(rf"{_START}(?:其中，?)?{_NAMES}(?={_MUST})"),
    re.compile(rf"(?<=[，；]){_NAMES}(?={_RESPONSIBLE}|牵头)"),
    re.compile(rf"(?:责任|牵头|主办|承办)(?:单位|部门|[处科股]室)[为是]{_NAMES}(?=[，。；\n]|$)"),
    re.compile(rf"{_START}{_NAMES}(?={_ANSWERS})"),
)
_TOGETHER = re.compile(
    r"会同(?P<names>[^，。；：！？\n]{2,160}?)"
    r"(?=立即|尽快|抓紧|研究|组织|制定|开展|对|按照?|共同|负责|组建|筛选|做好|抓好|[，。；]|$)"
)
# “由教务处牵头，学生处、后勤处配合”
_HELPED = re.compile(
    r"(?:牵头|负责)[^，。；：！？\n]{0,12}，(?P<names>[^，。；：！？\n]{2,160}?)(?=(?:积极|共同)?(?:配合|参与|参加|协助|协同|支持))"
)
_NO_NAME = re.compile(r"^(?:[请由已将]|进一步|建立|健全)|[的为是把对]|[还也均都]$")


def units_in_text(piece: Piece) -> Iterator[UnitMention]:
    """Who has to act by the wording of a sentence; a list with one doubtful name is left alone."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(piece.text):
            names = split_names(piece.cut(match.start("names"), match.end("names")))
            if names and all(_is_name(name.text) for name in names):
                yield from (_mention(name, Role.LEAD) for name in names)
                yield from _assisting(piece, match.end())


def _assisting(piece: Piece, position: int) -> Iterator[UnitMention]:
    """Those behind 会同, or before 配合 in the next clause."""
    for pattern in (_TOGETHER, _HELPED):
        match = pattern.match(piece.text, position)
        for name in split_names(piece.cut(match.start("names"), match.end("names"))) if match else ():
            if _is_name(name.text):
                yield _mention(name, Role.ASSISTING)


def _is_name(name: str) -> bool:
    return len(name) <= _LONGEST and not _NO_NAME.search(name) and is_name(name)


def _mention(name: Piece, role: Role) -> UnitMention:
    text = squeezed(name.text)
    return UnitMention(text, role, Found.IN_TEXT, name.span, Reason.NAMED_IN_TEXT, generic=is_generic(text))
