"""Which row of a table is the header, and what each column is about.

A table without a column for units or time limits beside one for tasks is none of ours and stays unread.
"""

import re
from dataclasses import dataclass

from bihuan.reading.drafts import Column
from bihuan.reading.source import Cell, Table

_LOOKED_AT = 15  # titles, dates and notes may stand above the header
_DEEPEST = 3
UNIT_WORDS = "(?:单位|部门|处室|科室|学院|机构)"
PERSON_WORDS = "(?:领导|责任人|负责人|联系人|联系方式|电话|校长|厅长|局长|书记|姓名)"
# The first pattern that fits a label wins: a “牵头责任单位” leads, a “责任领导” is a person.
_LABELS: tuple[tuple[Column, re.Pattern[str]], ...] = tuple(
    (column, re.compile(pattern))
    for column, pattern in (
        (Column.OTHER, rf"^(?!.*{UNIT_WORDS}).*{PERSON_WORDS}"),
        (Column.CATEGORY, r"(?:问题|任务|事项|工作|项目)(?:类别|分类|领域|板块|方面)$"),
        (Column.NUMBER, r"^(?:序号|编号|序|项次|项目?序号|任务编号|问题编号|条目|[Nn][Oo]\.?|号)$"),
        (
            Column.DEADLINE,
            r"时限|期限|完成时间|时间节点|整改时间|完成日期|截止|时间安排|进度安排|时间要求|办结时间|完成年限|^时间$|推进时间|实施时间|完成时点",
        ),
        (
            Column.ASSISTING,
            r"(?:配合|协办|协同|协助|参与|支持|联合|会办|协作|参加|辅助|指导).{0,4}(?:单位|部门|处室|科室|学院|机构)|^(?:配合|协办|参与)$",
        ),
        (Column.LEAD, r"牵头|主办|主责|总负责|第一责任"),
        (
            Column.RESPONSIBLE,
            r"(?:责任|负责|承办|实施|落实|执行|承担|完成|整改|主管|考核|归口).{0,6}(?:单位|部门|处室|科室|学院|机构|主体|司局|股室|院系)|"
            r"^(?:责任|单位|部门|责任方|承办|责任分工|职责分工|任务分工)$",
        ),
        (
            Column.MEASURE,
            r"措施|举措|着力点|工作要求|具体内容|任务分解|分解任务|推进步骤|实施路径|做法|观测点|二级|三级|细化|子任务",
        ),
        (
            Column.TASK,
            r"任务|事项|实事|工作内容|工作项目|考核项目|重点工作|项目名称|主要工作|主要内容|内容|工作名称|名称|问题|要点|项目|指标名称",
        ),
        (Column.CATEGORY, r"类别|领域|方面|板块|一级|分类|专题|专项|维度|章节|类型|行动"),
    )
)
_ASIDE = re.compile(
    r"分值|得分|权重|备注|说明|进展|完成情况|整改情况|目标|成果|标志|标准|指标|成效|依据|来源|评分|资金|投资|状态"
)
# “进度安排 | 第一季度 | 第二季度”: what is to be done by when, no limit of the whole.
_PHASE = re.compile(r"第?[一二三四1-4]季度|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})月份?|[上下]半年")
_DECIDES = re.compile(r"任务|措施|举措|单位|部门|处室|时限|期限|时间")


@dataclass
class Layout:
    """What a header says: the meaning and the words of each column, and where the items begin."""

    meanings: list[Column]
    labels: list[str]
    first_row: int

    def first(self, column: Column) -> int | None:
        return self.meanings.index(column) if column in self.meanings else None

    def all(self, *columns: Column) -> list[int]:
        """Positions of these columns, in the order asked for."""
        return [
            index for wanted in columns for index, meaning in enumerate(self.meanings) if meaning is wanted
        ]

    def is_ours(self) -> bool:
        duties = self.all(Column.LEAD, Column.RESPONSIBLE, Column.ASSISTING, Column.DEADLINE)
        return bool(duties) and bool(self.all(Column.TASK, Column.MEASURE))


def find_layout(table: Table) -> Layout | None:
    """The header of a task list: a row, or a row of captions with the rows below it that name the columns."""
    for top in range(min(_LOOKED_AT, len(table.grid))):
        depth = 1
        while depth < _DEEPEST and _goes_deeper(table, top + depth):
            depth += 1
        labels = [_label(cells) for cells in zip(*table.grid[top : top + depth], strict=True)]
        layout = layout_of(labels, top + depth)
        if layout.is_ours():
            return layout
    return None


def layout_of(labels: list[str], first_row: int = 1) -> Layout:
    """What columns under these labels are about."""
    return _with_measures(Layout([_meaning(label) for label in labels], labels, first_row))


def _goes_deeper(table: Table, index: int) -> bool:
    """Whether this row still belongs to the header: merged into it, or naming columns below a caption."""
    if index >= len(table.grid):
        return False
    row, above = table.grid[index], table.grid[index - 1]
    fresh = [cell for cell in distinct(row) if cell.row == index and cell.text]
    if not fresh or any(len(cell.text) > 12 for cell in fresh):
        return False
    if any(cell.row < index and cell.text for cell in row):
        return True
    if not row[0].text and all(_PHASE.fullmatch(_label((cell,))) for cell in fresh):
        return True
    named = sum(1 for cell in fresh if _meaning(_label((cell,))) is not Column.OTHER)
    only_below_blanks = all(
        not above[cell.column].text or (cell.column and not above[cell.column - 1].text) or not row[0].text
        for cell in fresh
    )
    return named >= 2 and not row[0].text and only_below_blanks


def _label(cells: tuple[Cell, ...]) -> str:
    """The words over a column, from the caption down, each once."""
    return "".join(dict.fromkeys(word for cell in cells if (word := re.sub(r"\s", "", cell.text))))


def _meaning(label: str) -> Column:
    label = re.sub(r"[（(][^（()）]*[）)]", "", label)  # notes such as “（列第一位的为牵头单位）”
    if (
        not label
        or len(label) > 40
        or _PHASE.search(label)
        or (_ASIDE.search(label) and not _DECIDES.search(label))
    ):
        return Column.OTHER
    return next((column for column, pattern in _LABELS if pattern.search(label)), Column.OTHER)


def _with_measures(layout: Layout) -> Layout:
    """Of two columns for tasks the last holds what the first consists of."""
    if layout.meanings.count(Column.TASK) > 1 and Column.MEASURE not in layout.meanings:
        layout.meanings[layout.all(Column.TASK)[-1]] = Column.MEASURE
    return layout


def distinct(row: tuple[Cell, ...]) -> list[Cell]:
    """The cells of a row, a merged one once."""
    return list(dict.fromkeys(row))
