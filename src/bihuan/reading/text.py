"""Plain text and comma-separated files: the encoding is found out, never guessed silently."""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator

from bihuan.reading.errors import Unreadable
from bihuan.reading.flat_tables import FlatTable, flat_table_at
from bihuan.reading.intake import Limits
from bihuan.reading.markers import marker_of
from bihuan.reading.pieces import nesting
from bihuan.reading.source import Source, SourceBuilder, normalise

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# gb18030 decodes almost any bytes; what lands in private-use areas was not written in it.
_NARROWEST, _WIDEST, _RAGGED = 36, 110, 4  # columns; a Chinese character takes two
_GOES_ON = re.compile(r"[，、（【《“]$|\d[：:]$")  # “18：” is half of an hour
_LONGEST_BRACKET = 120
_RULE = re.compile(r"[\s|｜:+=—-]*[-—=]{2,}[\s|｜:+=—-]*")  # “|---|---|”
_STRANGE = re.compile(r"[\ue000-\uf8ff\ufffd\U000e0000-\U0010ffff]")


def decode(data: bytes) -> str:
    """Text of utf-8, gb18030 or, with its byte order mark, utf-16."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data, (encoding,))
    return _decoded(data, ("utf-8", "gb18030"))


def _decoded(data: bytes, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text) and len(_STRANGE.findall(text)) * 50 <= len(text):
            return text
    raise Unreadable("undecodable")


def read_text(data: bytes, limits: Limits) -> Source:
    """Every line a line; the first lines that start with “# ” are somebody's comments and are left out."""
    lines = decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and lines[0].lstrip("\ufeff").startswith("# "):
        lines.pop(0)
    if sum(1 for line in lines if line.strip()) > limits.max_paragraphs:
        raise Unreadable("too_many_paragraphs", limit=limits.max_paragraphs)
    builder = SourceBuilder()
    for rows_or_lines in _flat_tables(_unwrapped(lines)):
        if isinstance(rows_or_lines, FlatTable):
            builder.add_table(rows_or_lines.rows)
        else:
            _add_lines(builder, rows_or_lines)
    return builder.build()


def _flat_tables(lines: list[str]) -> Iterator[FlatTable | list[str]]:
    """Tables that lost their rules, and the lines between them."""
    since = index = 0
    while index < len(lines):
        table = flat_table_at(lines, index)
        if table:
            yield lines[since:index]
            yield table
            since = index = index + table.lines
        else:
            index += 1
    yield lines[since:]


def _add_lines(builder: SourceBuilder, lines: list[str]) -> None:
    for separator, group in itertools.groupby(lines, key=_separator):
        block = list(group)
        rows = [_cells(line, separator) for line in block if not _RULE.fullmatch(line)] if separator else []
        if _is_table(rows):
            builder.add_table(rows)  # copied out of a table, whose tabs or rules survived
        else:
            for line in block:
                builder.add_text(line)


def _unwrapped(lines: list[str]) -> list[str]:
    """Paragraphs of a text whose lines were broken at one width, as when it is copied out of a PDF."""
    margin = _margin(lines)
    if margin is None:
        return lines
    width, full = margin
    paragraphs: list[str] = []
    open_ = False  # whether the line before reached the margin
    for line in lines:
        if open_ and line.strip() and not line[:1].isspace() and not marker_of(normalise(line)):
            paragraphs[-1] += line
        else:
            paragraphs.append(line)
        short = width(line) < full + (_RAGGED if line.rstrip().endswith(("。", "：", "）")) else 0)
        open_ = not short or _breaks_off(paragraphs[-1])
    return paragraphs


def _margin(lines: list[str]) -> tuple[Callable[[str], int], int] | None:
    """How lines were measured when they were broken, in columns or in characters, and from where on one is full."""
    best, most = None, 0
    for width in (_columns, _characters):
        widths = [width(line) for line in lines if line.strip()]
        full = max(widths, default=0) - _RAGGED
        reached = sum(one >= full for one in widths)
        if _NARROWEST <= full <= _WIDEST and reached >= max(5, len(widths) / 3) and reached > most:
            best, most = (width, full), reached
    return best


def _columns(line: str) -> int:
    return sum(2 if ord(char) > 0x2000 else 1 for char in line.rstrip())


def _characters(line: str) -> int:
    return 2 * len(line.rstrip())


def _breaks_off(paragraph: str) -> bool:
    """Whether no paragraph ends so: behind a comma, or inside a bracket opened not long ago."""
    text = paragraph.rstrip()
    return bool(_GOES_ON.search(text)) or nesting(text[-_LONGEST_BRACKET:]) > 0


def _separator(line: str) -> str:
    """What takes a line apart: tabs inside it (one in front is an indent) or two rules; empty if nothing does."""
    if "\t" in line.strip() or line.startswith("\t\t"):
        return "\t"
    return next((rule for rule in "|｜" if line.count(rule) > 1), "")


def _cells(line: str, separator: str) -> list[str]:
    line = line.rstrip(" ")
    if separator != "\t":
        line = line.strip().removeprefix(separator).removesuffix(separator)
    return line.split(separator)


def _is_table(rows: list[list[str]]) -> bool:
    """Two rows of three columns at least, and most rows wide; a heading between them may have lost its tabs."""
    wide = [row for row in rows if len(row) > 2 and sum(1 for cell in row if cell.strip()) > 1]
    return len(wide) > 1 and len(wide) * 2 >= len(rows)


def read_csv(data: bytes, limits: Limits) -> Source:
    """One table. Lines above the table that are not separated at all (a title) are its first rows."""
    text = decode(data).removeprefix("\ufeff")
    rows = _rows(text, limits)
    width = max((len(row) for row in rows), default=0)
    if len(rows) * width > limits.max_cells:
        raise Unreadable("too_many_cells", limit=limits.max_cells)
    builder = SourceBuilder()
    builder.add_table(rows)
    return builder.build()


def _rows(text: str, limits: Limits) -> list[list[str]]:
    """The rows under the separator that yields the most columns, comma first."""
    best: list[list[str]] = []
    for separator in (",", "\t", ";"):
        try:
            rows = [
                row
                for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
                if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            continue
        if sum(map(len, rows)) > sum(map(len, best)):
            best = rows
    if len(best) > limits.max_rows:
        raise Unreadable("too_many_rows", limit=limits.max_rows)
    if not best:
        raise Unreadable("broken")
    return best
