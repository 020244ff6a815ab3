"""The leading group (领导小组) of a plan: seats, names and posts, where the text lists them."""

import re
from collections.abc import Iterable, Iterator

from bihuan.reading.markers import marker_of
from bihuan.reading.pieces import Piece, split_top, squeezed
from bihuan.reading.result import Member
from bihuan.reading.source import Line
from bihuan.reading.units import looks_like_unit

_SEAT = re.compile(
    r"(第一组\s*长|常务副组\s*长|副\s*组\s*长|组\s*长|成\s*员(?:单位)?|总?召集人|副召集人|副\s*主\s*任|主\s*任)\s*[：:]\s*(.*)",
    re.DOTALL,
)
_SEAT_IN_TEXT = re.compile(r"(副?组长|成员|召集人)(?:由|为|包括)([^。；]{2,200}?)(?:担任|组成|兼任)")
_NAMED = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff][\s\u3000]{1,4}[\u4e00-\u9fff]|[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff]{1,8})(?:[\s\u3000]+|(?=[（(]))(?P<post>[（(].+[）)]|[^（(].*)"
)
_GROUP = re.compile(r"领导小组|工作小组|工作专班|指挥部|委员会|工作组|协调小组|联席会议")


def read_group(lines: Iterable[Line]) -> list[Member]:
    """Members in order; empty where no body with seats is spoken of."""
    lines = list(lines)
    if not any(_GROUP.search(line.text) for line in lines):
        return []
    members: list[Member] = []
    seat = ""
    for line in lines:
        piece = Piece(line.text, line.span.start)
        match = _SEAT.match(line.text)
        if match:
            seat = re.sub(r"\s", "", match[1])
            members += _seated(seat, piece.cut(match.start(2)))
        elif seat and _continues(line):
            members += _seated(seat, piece)
        else:
            seat = ""
            members += _in_sentences(piece)
    return members


def _continues(line: Line) -> bool:
    """A further “name  post” below the one that names the seat."""
    return (
        len(line.text) <= 60
        and not marker_of(line.text)
        and bool(_NAMED.fullmatch(line.text))
        and "。" not in line.text
    )


def _seated(seat: str, piece: Piece) -> Iterator[Member]:
    """Who sits there: “name  post” once or several times, bare names, or else only posts."""
    whole = _member(seat, piece)
    if whole and "、" not in whole.post:
        yield whole
        return
    parts = [part for part in split_top(piece, "；;、，,") if part.text]
    members = [_member(seat, part) for part in parts]
    if parts and all(members):
        yield from filter(None, members)
    elif whole:
        yield whole
    elif all(_is_person(part.text) for part in parts):
        yield from (Member(seat, part.text, "", part.span) for part in parts)
    else:
        yield Member(seat, "", piece.text.rstrip("。"), piece.span)


def _member(seat: str, piece: Piece) -> Member | None:
    match = _NAMED.fullmatch(piece.text)
    if not match:
        return None
    return Member(seat, squeezed(match["name"]), match["post"].strip("（）() \u3000"), piece.span)


def _is_person(text: str) -> bool:
    return bool(re.fullmatch(r"[\u4e00-\u9fff]{2,3}(?<![长记任])", text)) and not looks_like_unit(text)


def _in_sentences(piece: Piece) -> Iterator[Member]:
    for match in _SEAT_IN_TEXT.finditer(piece.text):
        post = piece.cut(match.start(2), match.end(2))
        yield Member(match[1], "", post.text, post.span)
