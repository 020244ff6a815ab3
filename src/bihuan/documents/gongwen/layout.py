"""Where the parts of an official document stand, in lines and characters of its grid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bihuan.documents.gongwen.standard import (
    CHARACTERS,
    LINES,
    MARK_TOP,
    PITCH,
    SANHAO,
    SIHAO,
    TITLE_PITCH,
    mm,
)
from bihuan.documents.gongwen.text import Gongwen, body, is_heading, lines, mark_size, title_lines, width

FULL = LINES * PITCH + 0.1  # points of a page, with room for rounding
SEALED_INDENT = 4  # characters right of the date
COLOPHON_PITCH = 22.0
TABLE_PITCH = 20.0
TABLE_CHARACTERS = CHARACTERS * SANHAO / SIHAO  # of size 4, side by side in an annex
CELL_MARGIN = 0.6  # characters that a cell needs beside its words
CC_CHARACTERS = (
    442.2 / SIHAO - 2 - 3
) * 0.95  # a line of the copies, behind 抄送：; some end early for a comma


class Foot(Enum):
    """Where the colophon (版记) finds its place: on the last page, which is an even one."""

    HERE = "here"
    NEXT = "next"
    BEHIND_BLANK = "behind blank"  # neither the blank page nor its own has a number


@dataclass(frozen=True)
class Signed:
    """A line of the signature and how many characters it stands in from the right."""

    text: str
    right: float


def signature(said: Gongwen) -> list[Signed]:
    """Issuers centred over the date, which leaves four characters on its right (成文日期右空四字)."""
    written = width(said.date_shown)
    rights = [SEALED_INDENT + (written - width(name)) / 2 for name in said.issuers]
    shift = max(0.0, -min(rights))
    placed = [Signed(name, right + shift) for name, right in zip(said.issuers, rights, strict=True)]
    return [*placed, Signed(said.date_shown, SEALED_INDENT + shift)]


def annex_names(said: Gongwen) -> list[tuple[str, str]]:
    """The annexes as the note below the text lists them: number (none for a single one) and name."""
    names = said.annexes
    if len(names) == 1:
        return [("", names[0])]
    return [(f"{number}.", name) for number, name in enumerate(names, 1)]


def addressees_in_colophon(said: Gongwen) -> bool:
    """So many addressees that the first page would show no text: they move to the colophon (主送移至版记)."""
    above = _head_points(said) + lines(f"{said.addressees}：", indent=0) * PITCH
    return above + 2 * PITCH > FULL


def colophon_rows(said: Gongwen) -> list[tuple[str, str]]:
    """Label and text of the rows above the printing line: 主送 when moved here, and 抄送."""
    rows = [("主送", said.addressees)] if addressees_in_colophon(said) else []
    return rows + ([("抄送", said.cc)] if said.cc else [])


def column_shares(table: dict[str, Any]) -> list[float]:
    """How the columns of an annex share the width: each has what its longest cell needs, as long as there is room.

    Where there is not, the narrow ones have theirs and the wide ones share what is left.
    """
    columns = zip(table["head"], *table["rows"], strict=True)
    wanted = [max(width(str(cell)) for cell in column) + CELL_MARGIN for column in columns]
    room, shares = TABLE_CHARACTERS, [0.0] * len(wanted)
    waiting = sorted(range(len(wanted)), key=lambda number: wanted[number])
    while waiting:
        number = waiting.pop(0)
        shares[number] = min(wanted[number], room / (len(waiting) + 1))
        room -= shares[number]
    return [one / sum(shares) for one in shares]


def foot(said: Gongwen) -> Foot:
    """Where the colophon goes, by counting lines; the last page must be even, as sheets are printed on both sides."""
    page, used = _end(said)
    wanted = sum(lines(text, indent=0, measure=CC_CHARACTERS) for _label, text in colophon_rows(said))
    needed = (wanted + 1) * COLOPHON_PITCH + PITCH
    if page % 2:
        return Foot.NEXT
    return Foot.HERE if used + needed <= FULL else Foot.BEHIND_BLANK


def _head_points(said: Gongwen) -> float:
    if said.form == "letter":
        head = 4 * PITCH
    else:
        head = mm(MARK_TOP) + mark_size(said.red_words) * max(1, len(said.issuers)) + 4 * PITCH
    return head + 2 * PITCH + len(title_lines(said.title)) * TITLE_PITCH + PITCH


def _end(said: Gongwen) -> tuple[int, float]:
    """The page on which everything before the colophon ends, and how many points of it are taken."""
    page, used = 1, _head_points(said)
    for height in _heights(said):
        if used + height > FULL:
            page, used = page + 1, 0.0
        used += height
    for table in said.tables:
        page, used = page + 1, 2 * PITCH + len(title_lines(table["title"])) * TITLE_PITCH + PITCH
        shares = column_shares(table)
        head = _row_points(table["head"], shares)
        used += head
        for row in table["rows"]:
            height = _row_points(row, shares)
            if used + height > FULL:
                page, used = page + 1, head  # which is repeated
            used += height
    return page, used


def _row_points(cells: Sequence[object], shares: Sequence[float]) -> float:
    return TABLE_PITCH * max(
        lines(str(cell), indent=0, measure=max(1.0, share * TABLE_CHARACTERS - 0.5))
        for cell, share in zip(cells, shares, strict=True)
    )


LONGEST_KEPT = 8  # lines of a last paragraph that moves as a whole


def kept_with_signature(said: Gongwen) -> int:
    """How many paragraphs at the end stand on the page of the signature: no page bears it without text (7.3.5).

    The last one, with the heading above it; none where it is so long that it would leave a page half empty.
    """
    counts = [lines("".join(piece.text for piece in pieces)) for pieces in body(said.sections)]
    if not counts or counts[-1] > LONGEST_KEPT:
        return 0
    last = said.sections[-1]
    return min(len(counts), 2 if last["heading"] and len(last["paragraphs"]) == 1 else 1)


def _heights(said: Gongwen) -> Iterator[float]:
    """Of everything below the title that stays whole on a page: lines, and the end with its signature."""
    moved = addressees_in_colophon(said)
    paragraphs = list(body(said.sections))
    counts = [lines("".join(piece.text for piece in pieces)) for pieces in paragraphs]
    kept = kept_with_signature(said)
    yield from [PITCH] * (0 if moved else lines(f"{said.addressees}：", indent=0))
    above = 0  # lines of headings, which stay with the first line below them
    for pieces, count in zip(paragraphs[: len(counts) - kept], counts, strict=False):
        if is_heading(pieces):
            above += count
            continue
        yield PITCH * (above + 1)
        yield from [PITCH] * (count - 1)
        above = 0
    yield from [PITCH] * above
    end = sum(counts[len(counts) - kept :]) + 2 + len(said.issuers) + 1 + bool(said.note)
    if said.annexes:
        end += 1 + sum(lines(name, indent=6) for _number, name in annex_names(said))
    yield from [PITCH * end] if kept else [PITCH] * end
