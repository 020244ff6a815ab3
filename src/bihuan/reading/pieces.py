"""Stretches of the source text that can be cut without losing their place, and small help for patterns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bihuan.reading.result import Span

OPENING, CLOSING = "（(〈<［[【“《", "）)〉>］]】”》"
BLANK = " \t\n\u3000"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and where in the source it begins."""

    text: str
    start: int

    def cut(self, start: int, end: int | None = None) -> "Piece":
        """The part from `start` to `end` of this piece, without blank margins."""
        text = self.text[start:end]
        kept = text.strip(BLANK)
        margin = len(text) - len(text.lstrip(BLANK)) if kept else 0
        return Piece(kept, self.start + start + margin)

    def without(self, places: list[tuple[int, int]], filler: str = "\u3000") -> "Piece":
        """The same piece with some places blanked out, so that offsets stay."""
        kept, position = [], 0
        for start, end in sorted(places):
            kept += [self.text[position:start], filler * (end - max(start, position))]
            position = max(position, end)
        return Piece("".join(kept) + self.text[position:], self.start)

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def split_top(piece: Piece, separators: str) -> Iterator[Piece]:
    """Cut at the separators that stand outside every bracket."""
    depth = start = 0
    for match in _cuts(separators).finditer(piece.text):
        if match[0] in OPENING:
            depth += 1
        elif match[0] in CLOSING:
            depth = max(0, depth - 1)
        elif depth == 0:
            yield piece.cut(start, match.start())
            start = match.end()
    yield piece.cut(start)


@lru_cache
def _cuts(separators: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(separators + OPENING + CLOSING)}]")


def nesting(text: str) -> int:
    """How many brackets are still open at the end of the text."""
    return sum(char in OPENING for char in text) - sum(char in CLOSING for char in text)


def either(words: str) -> str:
    """A pattern for any of the words, which are separated by blanks."""
    return "(?:" + "|".join(words.split()) + ")"


def squeezed(text: str) -> str:
    """The text without any blanks, as names and labels are compared."""
    return re.sub(r"\s", "", text)
