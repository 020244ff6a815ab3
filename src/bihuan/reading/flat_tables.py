"""Tables that lost their rules when they were copied out of a page: one row a line, or one cell a line.

A header (序号 | 任务 | 责任单位 …) and numbers that count from 1 are the only signs. A row whose cells cannot be
told apart keeps its words, in the column of the matter, and states nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bihuan.reading.drafts import Column
from bihuan.reading.headers import Layout, layout_of
from bihuan.reading.markers import row_marker
from bihuan.reading.source import normalise
from bihuan.reading.traditional import fold
from bihuan.reading.units import is_name, starts_otherwise

_NUMBER = re.compile(r"\d{1,3}[.．、]?")
_MOST_COLUMNS, _LONGEST_LABEL, _LONGEST_HEADER = 9, 14, 120
_LONGEST_ROW = 40  # lines of one row in a table with one cell a line
_SINGLE = re.compile(r"(?<![^\s])(\S(?:[ \u3000]\S){1,5})(?![^\s])")  # “工 作 任 务”
_SENTENCE = re.compile(r"[。！？%]|\d{3}")
_UNITS = (Column.LEAD, Column.RESPONSIBLE, Column.ASSISTING)

Row = list[str]


@dataclass(frozen=True)
class FlatTable:
    """The rows found, header first, and how many lines they take."""

    rows: list[Row]
    lines: int


def flat_table_at(lines: Sequence[str], start: int) -> FlatTable | None:
    """The table whose header begins with this line, if there is one of two rows at least."""
    if len(lines[start]) > _LONGEST_HEADER or not re.search("[序编]", lines[start]):
        return None
    table = _row_a_line(lines, start) or _cell_a_line(lines, start)
    return table if table and len(table.rows) > 2 else None


def _parted(line: str) -> Row:
    joined = _SINGLE.sub(lambda match: re.sub(r"\s", "", match[1]), line.strip())
    return joined.split()


def _header(labels: Row) -> Layout | None:
    """What the labels say, if they are those of a task list that begins with its number column."""
    if not 3 <= len(labels) <= _MOST_COLUMNS or any(len(label) > _LONGEST_LABEL for label in labels):
        return None
    layout = layout_of([fold(normalise(label)) for label in labels])
    return layout if layout.is_ours() and layout.first(Column.NUMBER) == 0 else None


def _filled(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    return ((index, lines[index].strip()) for index in range(start, len(lines)) if lines[index].strip())


def _row_a_line(lines: Sequence[str], start: int) -> FlatTable | None:
    labels = _parted(lines[start])
    layout = _header(labels)
    if layout is None:
        return None
    rows, end = [labels], start + 1
    for index, line in _filled(lines, start + 1):
        number, *cells = line.split()
        if not _counts(number, len(rows)):
            break
        fitted = _fitted(cells, layout)
        if fitted is None:
            break
        rows.append([number, *fitted])
        end = index + 1
    return FlatTable(rows, end - start)


def _cell_a_line(lines: Sequence[str], start: int) -> FlatTable | None:
    labels: Row = []
    first = len(lines)
    for index, line in _filled(lines, start):
        if _counts(line, 1):
            first = index
            break
        labels.append(re.sub(r"\s", "", line))
        if len(labels) > _MOST_COLUMNS:
            return None
    layout = _header(labels)
    if layout is None:
        return None
    rows, end = [labels], first
    taken = end
    while end < len(lines) and _counts(lines[end].strip(), len(rows)):
        number, end = lines[end].strip(), end + 1
        cells: list[tuple[int, str]] = []
        for index, line in _filled(lines, end):
            if _counts(line, len(rows) + 1):
                end = index
                break
            if len(cells) == _LONGEST_ROW:
                cells, end = _last_row(cells, layout)
                break
            cells.append((index + 1, line))
        else:
            cells, end = _last_row(cells, layout)
        if not cells:
            break
        fitted = _fitted([line for _end, line in cells], layout)
        rows.append([number, *(fitted or _unfitted([line for _end, line in cells], layout))])
        taken = end
    return FlatTable(rows, taken - start)


def _last_row(cells: list[tuple[int, str]], layout: Layout) -> tuple[list[tuple[int, str]], int]:
    """Of all lines behind the last number those that make a row; the rest stands below the table."""
    width = len(layout.meanings) - 1
    longest = width
    for count in range(width + 1, min(len(cells), width + 12) + 1):
        if _fitted([line for _end, line in cells[:count]], layout) is not None:
            longest = count
    kept = cells[:longest]
    return kept, kept[-1][0] if kept else 0


def _counts(text: str, expected: int) -> bool:
    if not _NUMBER.fullmatch(text):
        return False
    marker = row_marker(text)
    return marker is not None and marker.ordinal == expected


def _fitted(cells: Row, layout: Layout) -> Row | None:
    """As many cells as there are columns: what is too much are further names of the only column for units."""
    width = len(layout.meanings) - 1
    units = layout.all(*_UNITS)
    if len(cells) == width:
        return cells if all(_may_name(cells[column - 1]) for column in units) else None
    if len(cells) < width or len(units) != 1:
        return None
    before, surplus = units[0] - 1, len(cells) - width + 1
    names = cells[before : before + surplus]
    if not all(is_name(fold(normalise(name))) for name in names):
        return None
    return [*cells[:before], "\n".join(names), *cells[before + surplus :]]


def _may_name(cell: str) -> bool:
    """Whether a cell can stand in a column for units; half a sentence that slipped into it cannot."""
    return not _SENTENCE.search(cell) and not starts_otherwise(fold(normalise(cell)))


def _unfitted(cells: Row, layout: Layout) -> Row:
    row = [""] * (len(layout.meanings) - 1)
    matter = layout.all(Column.TASK, Column.MEASURE)[0]
    row[matter - 1] = "\n".join(cells)
    return row
