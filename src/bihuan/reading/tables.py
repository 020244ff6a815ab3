"""Task lists in tables: sections, numbered rows, and rows that share a number.

Rows are first grouped: a number cell merged over several rows, or left blank below its first, makes one
group. It becomes one item, or an item with parts where each row has its own matter and its own duties.
"""

import re
from dataclasses import dataclass, field

from bihuan.reading.drafts import Column, Draft
from bihuan.reading.headers import Layout, distinct, find_layout
from bihuan.reading.markers import RANK, Marker, marker_of, row_marker
from bihuan.reading.pieces import squeezed
from bihuan.reading.reasons import Reason
from bihuan.reading.result import CellRef
from bihuan.reading.source import Cell, Table

_NOTE_ROW = re.compile(r"(?:备?注|说明|填表|制表|填报|审核|单位负责人|联系人)\d*\s*[：:]|总分|合计|小计|总计")
_MATTERS = (Column.TASK, Column.MEASURE)
_DITTO = frozenset(("同上", "同前", "〃", "″", "＂", "同上栏"))
_DUTIES = (Column.LEAD, Column.RESPONSIBLE, Column.ASSISTING, Column.DEADLINE)
_SECTIONS = (Reason.SECTION_ROW, Reason.CATEGORY_CELL)
_UNMARKED = len(RANK)

Row = tuple[Cell, ...]


@dataclass
class TableReader:
    """Reads the tables of a document in turn; a table without a header may continue the one before it."""

    foreign: list[Table] = field(default_factory=list)
    outside: list[Cell] = field(default_factory=list)  # rows of a list that are no items: totals, notes
    headers: list[Cell] = field(default_factory=list)  # titles and captions above the items
    titles: list[Cell] = field(default_factory=list)
    _previous: Layout | None = None

    def read(self, table: Table, part: int) -> list[Draft]:
        layout = find_layout(table) or self._continued(table)
        if layout is None:
            self.foreign.append(table)
            return []
        self._previous = Layout(layout.meanings, layout.labels, 0)
        above = [cell for row in table.grid[: layout.first_row] for cell in _filled(row)]
        alone = [row[0] for row in map(_filled, table.grid[: layout.first_row]) if len(row) == 1]
        sections = [cell for cell in dict.fromkeys(alone) if marker_of(cell.text)]
        self.titles += [cell for cell in dict.fromkeys(alone) if cell not in sections]
        self.headers += [cell for cell in dict.fromkeys(above) if cell not in sections]
        rows = _Rows(table, layout, part)
        rows.read(sections)
        self.outside += rows.outside
        return rows.roots

    def _continued(self, table: Table) -> Layout | None:
        return self._previous if self._previous and len(self._previous.meanings) == table.columns else None


@dataclass
class _Group:
    """Rows under one number."""

    marker: Marker | None
    indexes: list[int]


class _Rows:
    """Turns the rows below a header into items."""

    def __init__(self, table: Table, layout: Layout, part: int):
        self.roots: list[Draft] = []
        self.outside: list[Cell] = []
        self._table = table
        self._layout = layout
        self._part = part
        self._number = layout.first(Column.NUMBER)
        self._task = layout.first(Column.TASK)
        self._stack: list[Draft] = []
        self._seen: set[Cell] = set()
        self._headings: set[Cell] = set()
        self._category = ""
        self._group: _Group | None = None
        self._counted = 0

    def read(self, sections: list[Cell]) -> None:
        """Read the rows below the header; `sections` are section titles that stand above it."""
        for cell in sections:
            self._open_section(cell, Reason.SECTION_ROW)
        levels = self._levels()
        for index in range(self._layout.first_row, len(self._table.grid)):
            if levels:
                self._read_levels(index, levels)
            else:
                self._read_row(index, self._table.grid[index])
            self._seen.update(self._table.grid[index])
        self._close_group()
        self.roots = self._with_content(self.roots)

    def _levels(self) -> list[int]:
        """The columns 任务 | 措施 | 着力点 where each is a level of its own: three, or two with numbers in both."""
        columns = sorted(self._layout.all(*_MATTERS))
        if self._number is not None or len(columns) < 2:
            return []
        rows = self._table.grid[self._layout.first_row :]
        heads = {row[columns[0]] for row in rows if row[columns[0]].text}
        if len(heads) == sum(1 for row in rows if row[columns[-1]].text):
            return []  # one row each: the columns say more about one item
        numbered = [
            all(marker_of(row[c].text) for row in rows if row[c].text) for c in (columns[0], columns[-1])
        ]
        return columns if len(columns) > 2 or all(numbered) else []

    def _read_levels(self, index: int, levels: list[int]) -> None:
        """One row of a table whose columns are levels: what is new in it opens items, the last has its duties."""
        row = self._table.grid[index]
        new = [c for c in levels if row[c].text and row[c] not in self._seen]
        if not new or _NOTE_ROW.match(squeezed(row[new[0]].text)) or self._repeats_header(row):
            self.outside += [cell for cell in _filled(row) if cell not in self._seen]
            return
        for column in new:
            marker = marker_of(row[column].text)
            if column == new[-1]:
                draft = self._draft(marker, index, [row], {row[c] for c in levels if c != column})
            else:
                draft = Draft(
                    marker, Reason.CATEGORY_CELL, self._part, cells=[row[column]], where=self._where(index)
                )
            draft.title = row[column].text[marker.length if marker else 0 :]
            del self._stack[levels.index(column) :]
            likes = self._stack[-1].children if self._stack else self.roots
            draft.counted = 0 if marker else len(likes) + 1
            likes.append(draft)
            self._stack.append(draft)

    def _with_content(self, drafts: list[Draft]) -> list[Draft]:
        """Headings with neither a number nor anything below them are no items."""
        kept = []
        for draft in drafts:
            draft.children = self._with_content(draft.children)
            if draft.children or draft.marker or draft.reason not in _SECTIONS:
                kept.append(draft)
            else:
                self.outside += draft.cells
        return kept

    def _read_row(self, index: int, row: Row) -> None:
        new = [cell for cell in _filled(row) if cell not in self._seen]
        if not new or self._repeats_header(row) or _NOTE_ROW.match(squeezed(new[0].text)):
            self._close_group()
            self.outside += new
        elif len(_filled(row)) == 1 and self._is_section(new[0]):
            self._open_section(new[0], Reason.SECTION_ROW)
        else:
            self._open_category(row)
            marker = self._marker(row)
            if self._group and marker is None and self._continues(self._group, row):
                self._group.indexes.append(index)
            else:
                self._close_group()
                self._group = _Group(marker, [index])

    def _repeats_header(self, row: Row) -> bool:
        """Whether the header is printed again, as on every page of a long table."""
        pairs = zip(row, self._layout.labels, strict=True)
        return sum(bool(label) and squeezed(cell.text) == label for cell, label in pairs) >= 3

    def _is_section(self, cell: Cell) -> bool:
        """A line across the table, or a short title with a number of its own in the first columns."""
        across = cell.width > 1 and cell.width >= self._table.columns - 1
        return len(cell.text) <= 80 and cell.column <= 1 and (across or marker_of(cell.text) is not None)

    def _open_category(self, row: Row) -> None:
        """A category cell opens a section: merged over its rows, left blank below its first, or repeated."""
        column = self._layout.first(Column.CATEGORY)
        if column is None and self._heads_several(row):
            column = self._task
        cell = row[column] if column is not None else None
        if cell and cell.text and cell not in self._seen and cell.text != self._category:
            self._open_section(cell, Reason.CATEGORY_CELL)
            self._category = cell.text

    def _heads_several(self, row: Row) -> bool:
        """Whether the task cell is merged over rows numbered one by one, and so is their heading."""
        if self._task is None or self._number is None or self._layout.first(Column.MEASURE) is None:
            return False
        number = row[self._number]
        return bool(number.text) and number.height < row[self._task].height

    def _open_section(self, cell: Cell, reason: Reason) -> None:
        self._close_group()
        self._category = ""
        self._headings.add(cell)
        marker = marker_of(cell.text)
        title = cell.text[marker.length :] if marker else cell.text
        where = self._where(cell.row)
        self._attach(Draft(marker, reason, self._part, cells=[cell], title=title, where=where))

    def _marker(self, row: Row) -> Marker | None:
        """The number of a row: from its number column, else the one printed before the matter itself."""
        if self._number is not None:
            cell = row[self._number]
            return row_marker(cell.text) if cell not in self._seen else None
        matter = next(iter(self._matters(row, self._seen)), None)
        return marker_of(matter.text) if matter else None

    def _matters(self, row: Row, without: set[Cell]) -> list[Cell]:
        """What a row is about: the texts of its task and measure columns."""
        cells = [row[index] for index in self._layout.all(*_MATTERS)]
        return [cell for cell in cells if cell.text and cell not in without and cell not in self._headings]

    def _continues(self, group: _Group, row: Row) -> bool:
        """Whether a row without a number belongs to the group: what identifies that is merged or blank."""
        column = self._number if group.marker and self._number is not None else self._task
        if column is None or not self._table.grid[group.indexes[0]][column].text:
            return False
        return not row[column].text or row[column] in self._seen

    def _close_group(self) -> None:
        """Make the rows gathered under one number an item, with a part for each row if they have parts."""
        group, self._group = self._group, None
        if group is None:
            return
        rows = [self._table.grid[index] for index in group.indexes]
        shared = self._shared(rows)
        if len(rows) > 1 and self._have_parts(rows, shared):
            draft = self._draft(group.marker, group.indexes[0], rows[:1], set(rows[0]) - shared)
            draft.children = [self._part_of(index, shared) for index in group.indexes]
            for position, part in enumerate(draft.children, 1):
                part.counted = 0 if part.marker else position
            draft.title = draft.title or draft.children[0].title
        else:
            draft = self._draft(group.marker, group.indexes[0], rows, set())
        if group.marker is None:
            self._counted += 1
            draft.counted = self._counted
        self._attach(draft)

    def _shared(self, rows: list[Row]) -> set[Cell]:
        """Cells merged over all these rows, and those of the first that the others leave blank."""
        heads = [column for column in (self._number, self._task) if column is not None]
        left_blank = {rows[0][column] for column in heads if all(not row[column].text for row in rows[1:])}
        return set.intersection(*map(set, rows)) | left_blank

    def _have_parts(self, rows: list[Row], shared: set[Cell]) -> bool:
        """Whether each row has its own matter and with it a number, unit or time limit of its own."""
        matters = [self._matters(row, shared) for row in rows]
        if not all(matters):
            return False
        if all(marker_of(found[-1].text) for found in matters):
            return True
        columns = self._layout.all(*_DUTIES)
        return all(any(row[index].text and row[index] not in shared for index in columns) for row in rows)

    def _part_of(self, index: int, shared: set[Cell]) -> Draft:
        """One row of several under a number; units and limits merged over all of them are its own too."""
        row = self._table.grid[index]
        matter = self._matters(row, shared)[-1]
        duties = {row[column] for column in self._layout.all(*_DUTIES)}
        part = self._draft(marker_of(matter.text), index, [row], shared - duties)
        part.reason, part.title = Reason.SUB_ROW, matter.text
        return part

    def _draft(self, marker: Marker | None, index: int, rows: list[Row], without: set[Cell]) -> Draft:
        """An item of these rows' cells, headings and the cells `without` left out."""
        reason = Reason.NUMBERED_ROW if marker else Reason.COUNTED_ROW
        draft = Draft(marker, reason, self._part, where=self._where(index))
        left_out = without | self._headings
        for row in rows:
            for meaning, label, cell in zip(self._layout.meanings, self._layout.labels, row, strict=True):
                if cell.text and cell not in left_out:
                    left_out.add(cell)
                    draft.cells.append(cell)
                    if meaning in _DUTIES and (meant := self._meant_by(cell)):
                        draft.cells.append(meant)
                        cell = meant
                    draft.columns.setdefault(meaning, []).append((label, cell))
        matters = [cell for column in _MATTERS for _label, cell in draft.columns.get(column, ())]
        draft.title = matters[0].text if matters else ""
        return draft

    def _meant_by(self, cell: Cell) -> Cell | None:
        """The cell above to which “同上” points; None for any other text."""
        if squeezed(cell.text) not in _DITTO:
            return None
        above = (self._table.grid[row][cell.column] for row in range(cell.row - 1, -1, -1))
        return next((found for found in above if found.text and squeezed(found.text) not in _DITTO), None)

    def _attach(self, draft: Draft) -> None:
        while self._stack and _depth(self._stack[-1]) >= _depth(draft):
            self._stack.pop()
        (self._stack[-1].children if self._stack else self.roots).append(draft)
        self._stack.append(draft)

    def _where(self, index: int) -> CellRef:
        return CellRef(self._table.index + 1, index + 1, self._table.name)


def _depth(draft: Draft) -> tuple[int, int, int]:
    """Sections hold categories, categories hold items; among their likes the form of the number decides."""
    layer = _SECTIONS.index(draft.reason) if draft.reason in _SECTIONS else 2
    if draft.marker is None:
        return layer, _UNMARKED, 0
    return layer, RANK[draft.form], draft.marker.kind[1]


def _filled(row: Row) -> list[Cell]:
    return [cell for cell in distinct(row) if cell.text]
