"""From an uploaded sheet to named cells: headings, blank rows, cells that cannot be taken at their word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel.errors import DomainError, Refused
from bihuan.kernel.sheets import Sheet
from bihuan.ui.wording import say_list

HEADING_WITHIN = 10  # rows; official tables carry a title above their headings


@dataclass(frozen=True)
class Column:
    """A column of an import table; `also` are other headings under which it is found."""

    key: str
    label: str
    also: tuple[str, ...] = ()
    is_required: bool = False
    width: int = 16


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a cell: the row as the file counts it, the column's heading, the value as read."""

    row: int
    column: str
    value: str
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. A column that the file does not have is absent from `cells`."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass(frozen=True)
class Table:
    """The rows of an import table with the errors found while reading it."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    errors: Sequence[RowError]


_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?")
_NO_HEADINGS = gettext_lazy("前 10 行中没有找到表头。表头须包含：{columns}。可先下载模板。")


def read_table(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """Find the headings and name the cells below them.

    Raises Refused when a required heading is missing or one stands twice. Blank rows are skipped; unknown
    columns are not looked at.
    """
    heading, places = _headings(sheet, columns)
    rows: list[Row] = []
    for number, texts in enumerate(sheet.rows[heading:], heading + 1):
        cells = {key: texts[at].strip() if at < len(texts) else "" for key, at in places.items()}
        if any(cells.values()):
            rows.append(Row(number, cells))
    labels = {at + 1: next(column for column in columns if column.key == key) for key, at in places.items()}
    errors = sorted(_untrusted(sheet, heading, labels), key=lambda error: error.row)
    return Table(columns, rows, errors)


def day_in(text: str) -> date | None:
    """The day a cell names: 2026-11-23, 2026/11/23, 2026.11.23 or 2026年11月23日; None when it names none."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def error_at(
    table: Sequence[Column], row: Row, key: str, refusal: DomainError | str, code: str = ""
) -> RowError:
    """The error of one cell, said with its heading and its value."""
    label = next((column.label for column in table if column.key == key), key)
    if isinstance(refusal, DomainError):
        return RowError(row.number, label, row[key], str(refusal.message), refusal.code)
    return RowError(row.number, label, row[key], refusal, code)


def _headings(sheet: Sheet, columns: Sequence[Column]) -> tuple[int, dict[str, int]]:
    wanted = {name: column.key for column in columns for name in (column.label, *column.also)}
    for number, texts in enumerate(sheet.rows[:HEADING_WITHIN], 1):
        named = [(wanted[name], at) for at, text in enumerate(texts) if (name := _heading(text)) in wanted]
        keys = [key for key, _at in named]
        if all(column.key in keys for column in columns if column.is_required):
            if twice := {key for key in keys if keys.count(key) > 1}:
                labels = say_list(column.label for column in columns if column.key in twice)
                raise Refused(
                    _("表头“{columns}”出现了不止一次").format(columns=labels),
                    code="heading_twice",
                    field="file",
                )
            return number, dict(named)
    required = say_list(column.label for column in columns if column.is_required)
    raise Refused(_NO_HEADINGS.format(columns=required), code="no_headings", field="file")


def _heading(text: str) -> str:
    """A heading without the marks people add to it: 名称*（必填）."""
    return (
        text.replace(" ", "")
        .replace("\n", "")
        .rstrip("*＊")
        .partition("（")[0]
        .partition("(")[0]
        .rstrip("*＊")
    )


def _untrusted(sheet: Sheet, heading: int, labels: Mapping[int, Column]) -> Iterator[RowError]:
    """Cells that are formulas, or stand for several rows: what they say is not what was meant or entered."""
    for row, at in sorted(sheet.formulas):
        if row > heading and at in labels:
            yield RowError(
                row, labels[at].label, _at(sheet, row, at), _("单元格是公式，请粘贴为数值"), "formula"
            )
    for top, left, bottom, right in sheet.merged:
        if bottom > heading and any(left <= at <= right for at in labels):
            column = next(labels[at] for at in labels if left <= at <= right)
            message = _("第 {top} 至 {bottom} 行是合并单元格，请取消合并并逐格填写").format(
                top=top, bottom=bottom
            )
            yield RowError(max(top, heading + 1), column.label, _at(sheet, top, left), message, "merged")


def _at(sheet: Sheet, row: int, column: int) -> str:
    texts = sheet.rows[row - 1] if row <= len(sheet.rows) else []
    return texts[column - 1] if column <= len(texts) else ""
