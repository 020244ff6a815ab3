"""The normalised source text: one string that every span of the result points into.

Readers of the file formats fill a `SourceBuilder`; from then on a document is a sequence of lines and tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bihuan.reading.result import Span

# Full-width digits and Latin letters mean the same as the narrow ones; punctuation is left as written.
_FULL_WIDTH = "".join(map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))))
_BLANKS, _LINE_ENDS = "\u00a0\u2002\u2003\u2007\u2009\u202f", "\r\v\f\u2028\u2029\x85"
# Small forms of punctuation (“1﹒”, “﹙”), which some word processors write.
_SMALL, _USUAL = "﹐﹑﹒﹔﹕﹖﹗﹙﹚﹝﹞﹪", "，、．；：？！（）〔〕%"
_NARROW = str.maketrans(
    _FULL_WIDTH + _BLANKS + _LINE_ENDS + _SMALL,
    "".join(chr(ord(char) - 0xFEE0) for char in _FULL_WIDTH)
    + " " * len(_BLANKS)
    + "\n" * len(_LINE_ENDS)
    + _USUAL,
)
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b-\u200f\u2060\ufeff\ud800-\udfff]"
)
_BLANK = " \t\u3000"


def normalise(text: str) -> str:
    """Drop what cannot be seen and unify line ends; the length may change, so this comes before any span."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n")).translate(_NARROW)


def numbered(number: str, text: str) -> str:
    """A number that Word generates as it stands before the text: apart, unless punctuation ends it."""
    if not number:
        return text
    return (number if number[-1] in "、.．,，)）:：" else f"{number} ") + text.strip(_BLANK)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of running text without its blank margins.

    `automatic` is the length of the number that Word generated and the reader wrote in front of the text;
    `run_on` marks a piece that was cut out of a paragraph.
    """

    text: str
    span: Span
    automatic: int = 0
    run_on: bool = False

    def part(self, start: int, end: int | None = None) -> "Line":
        """The piece from `start` to `end` as a line of its own."""
        end = len(self.text) if end is None else end
        span = Span(self.span.start + start, self.span.start + end)
        return Line(self.text[start:end], span, 0 if start else self.automatic, run_on=start > 0)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; a merged area is one cell that covers `height` × `width` positions."""

    row: int
    column: int
    height: int
    width: int
    text: str
    span: Span


@dataclass(frozen=True)
class Table:
    """A table as a full grid in which every position of a merged area holds the same `Cell`."""

    index: int
    name: str
    grid: tuple[tuple[Cell, ...], ...]
    span: Span

    @property
    def columns(self) -> int:
        return len(self.grid[0]) if self.grid else 0


Block = Line | Table


@dataclass(frozen=True)
class Source:
    """What a file says: the text and, over it, its lines and tables in order."""

    text: str
    blocks: tuple[Block, ...]

    def __getitem__(self, span: Span) -> str:
        return self.text[span.start : span.end]


class SourceBuilder:
    """Collects lines and tables and keeps the offsets right."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._tables = 0

    def add_text(self, text: str, number: str = "") -> None:
        """Add a paragraph; line breaks inside it start new lines. `number` is what Word prints in front."""
        for position, raw in enumerate(normalise(text).split("\n")):
            label = number if position == 0 else ""
            line = numbered(label, raw).rstrip(_BLANK)
            if line.strip(_BLANK):
                margin = len(line) - len(line.lstrip(_BLANK))
                self._blocks.append(
                    Line(line[margin:], Span(self._length + margin, self._length + len(line)), len(label))
                )
            self._append(line + "\n")

    def add_table(
        self, rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]] = (), name: str = ""
    ) -> None:
        """Add a table; `merged` holds areas as (first row, first column, last row, last column)."""
        start = self._length
        width = max((len(row) for row in rows), default=0)
        areas = _areas([(t, le, min(b, len(rows) - 1), min(r, width - 1)) for t, le, b, r in merged])
        grid: list[list[Cell]] = []
        for r, row in enumerate(rows):
            cells: list[Cell] = []
            for c in range(width):
                anchor, height, breadth = areas.get((r, c), ((r, c), 1, 1))
                text = row[c] if c < len(row) else ""
                cells.append(
                    self._cell(text, r, c, height, breadth) if anchor == (r, c) else _at(grid, cells, anchor)
                )
                self._append("\t" if c + 1 < width else "\n")
            grid.append(cells)
        self._append("\n")
        frozen = tuple(tuple(cells) for cells in grid)
        self._blocks.append(Table(self._tables, name, frozen, Span(start, self._length - 1)))
        self._tables += 1

    def build(self) -> Source:
        return Source("".join(self._pieces), tuple(self._blocks))

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)

    def _cell(self, text: str, row: int, column: int, height: int, width: int) -> Cell:
        text = normalise(text).replace("\t", " ").strip(_BLANK + "\n")
        cell = Cell(row, column, height, width, text, Span(self._length, self._length + len(text)))
        self._append(text)
        return cell


def _areas(
    merged: Sequence[tuple[int, int, int, int]],
) -> dict[tuple[int, int], tuple[tuple[int, int], int, int]]:
    """Every covered position → (anchor, height, width); of overlapping areas the first wins."""
    areas: dict[tuple[int, int], tuple[tuple[int, int], int, int]] = {}
    for top, left, bottom, right in merged:
        positions = [(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]
        if not any(position in areas for position in positions):
            areas |= dict.fromkeys(positions, ((top, left), bottom - top + 1, right - left + 1))
    return areas


def _at(grid: list[list[Cell]], current: list[Cell], anchor: tuple[int, int]) -> Cell:
    row, column = anchor
    return current[column] if row == len(grid) else grid[row][column]


def lines_of(blocks: Sequence[Block]) -> Iterator[Line]:
    return (block for block in blocks if isinstance(block, Line))
