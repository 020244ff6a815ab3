"""Items while the tree is being built: they can still grow, be moved and be trimmed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bihuan.reading.markers import Form, Marker
from bihuan.reading.reasons import Reason
from bihuan.reading.result import CellRef
from bihuan.reading.source import Cell, Line


class Column(StrEnum):
    """What a table's column is about."""

    NUMBER = "number"
    CATEGORY = "category"
    TASK = "task"
    MEASURE = "measure"
    LEAD = "lead"
    RESPONSIBLE = "responsible"
    ASSISTING = "assisting"
    DEADLINE = "deadline"
    OTHER = "other"


@dataclass(eq=False)
class Draft:
    """One item to be. `lines` or `cells` hold its own text; `columns` maps a row's cells to their meaning."""

    marker: Marker | None
    reason: Reason
    part: int
    lines: list[Line] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    columns: dict[Column, list[tuple[str, Cell]]] = field(default_factory=dict)
    title: str = ""
    where: CellRef | None = None
    counted: int = 0  # the number of an item that prints none
    children: list["Draft"] = field(default_factory=list)

    @property
    def form(self) -> Form:
        return self.marker.form if self.marker else Form.ROW

    def path_below(self, above: tuple[int, ...]) -> tuple[int, ...]:
        """The printed numbers from the top; 2.3 below an item 2 adds only its 3."""
        if self.marker is None:
            return above + ((self.counted,) if self.counted else ())
        chain = self.marker.chain
        shared = next(
            length
            for length in range(len(chain) - 1, -1, -1)
            if above[len(above) - length :] == chain[:length]
        )
        return above + chain[shared:]

    def walk(self) -> Iterator["Draft"]:
        yield self
        for child in self.children:
            yield from child.walk()
