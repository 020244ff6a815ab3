"""A list as a spreadsheet and back (Excel 往返): what is exported can be edited and imported again.

Every cell is text. A row that cannot be read says which row of the file, which column and what stands there.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.numbers import as_whole
from bihuan.kernel.sheets import Sheet
from bihuan.org.models import Unit
from bihuan.supervision.dues import DueRule
from bihuan.supervision.models import Item, Plan
from bihuan.supervision.nodes import TITLE, Aim, Node
from bihuan.supervision.outlines import DEEPEST
from bihuan.supervision.queries.drafts import node_of, with_details
from bihuan.supervision.queries.matching import aims_for, names_in
from bihuan.supervision.queries.plans import given_under
from bihuan.supervision.queries.rollups import branches, tallies
from bihuan.supervision.rules import Cycle, Mode, Priority
from bihuan.ui.lights import LIGHTS
from bihuan.ui.wording import say_list

MOST_ROWS = 5000
YES, NO = "是", "否"
"""Words of the file itself, the same in every language of the pages: a file must be readable wherever it is opened."""


@dataclass(frozen=True)
class Column:
    """A column of the file: its heading, the node's field, how to write and to read it."""

    heading: str
    name: str
    write: Callable[[Any], Any]
    read: Callable[[str], Any]
    width: int = 14
    choices: tuple[str, ...] = ()


class Wrong(ValueError):
    """A cell that cannot be read; the message says what is expected."""


def _choice(kind: Any, **more: str) -> tuple[Callable[[str], str], Callable[[str], str], tuple[str, ...]]:
    """Writes and reads the labels of a TextChoices, in the language of the file."""
    labels = {value: _words(kind, value) for value in kind.values} | more
    back = {label: value for value, label in labels.items()}

    def read(said: str) -> str:
        if said not in back:
            raise Wrong(_("请填：%(choices)s") % {"choices": say_list(filter(None, back))})
        return back[said]

    return (lambda value: labels.get(value, value)), read, tuple(filter(None, labels.values()))


_LABELS: Mapping[Any, Mapping[str, str]] = {
    Cycle: {
        "none": "不定期", "daily": "每日", "weekly": "每周", "biweekly": "每两周", "monthly": "每月",
        "quarterly": "每季度", "half_yearly": "每半年", "yearly": "每年",
    },
    Priority: {"normal": "一般", "important": "重要", "urgent": "紧急"},
    Mode: {"each": "各自牵头", "joint": "一家牵头"},
}  # fmt: skip


def _words(kind: Any, value: str) -> str:
    return _LABELS[kind][value]


def _day(said: str) -> date | None:
    """A day as people and programs write it; the end of the month where only a month is given."""
    if not said:
        return None
    found = re.fullmatch(
        r"(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}.*)?", said
    )
    try:
        if found is None:
            raise ValueError
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise Wrong(_("请写成 2026-12-31 的样子")) from None


def _span(said: str) -> str:
    """A deadline as a span, as its code."""
    try:
        return DueRule.parse(said).code if said else ""
    except ValueError:
        raise Wrong(_("请写成“15个工作日”“2小时”的样子")) from None


def _flag(said: str) -> bool:
    if said in ("", NO, "0", "N", "n"):
        return False
    if said in (YES, "1", "Y", "y", "√", "✓"):
        return True
    raise Wrong(_("请填“是”，或空着"))


def _number(said: str) -> Decimal | None:
    if not said:
        return None
    try:
        found = Decimal(said.replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise Wrong(_("请填数字")) from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise Wrong(_("数字太大"))
    return round(found, 2)


def _lines(said: str) -> tuple[str, ...]:
    found = tuple(line.strip() for line in re.split(r"[\n；;]+", said) if line.strip())
    if any(len(line) > 300 for line in found):
        raise Wrong(_("每条不超过 300 字，条与条之间换行或用分号"))
    return found


def _short(limit: int) -> Callable[[str], str]:
    def read(said: str) -> str:
        if len(said) > limit:
            raise Wrong(_("不超过 %(n)d 字") % {"n": limit})
        return said

    return read


def _aims(said: str) -> tuple[Aim, ...]:
    return tuple(Aim(name[:100]) for name in names_in(said))


def _same(value: Any) -> Any:
    return value


_CYCLE, _CYCLES, _CYCLE_WORDS = _choice(Cycle, **{"": ""})
_PRIORITY, _PRIORITIES, _PRIORITY_WORDS = _choice(Priority)
_MODE, _MODES, _MODE_WORDS = _choice(Mode)

COLUMNS = (
    Column("序号", "number", _same, _short(20), 8),
    Column("事项", "title", _same, _short(TITLE), 44),
    Column("牵头单位", "leads", _same, _aims, 26),
    Column("配合单位", "assists", _same, _aims, 22),
    Column("几家怎么办", "mode", _MODE, lambda said: _MODES(said or _MODE_WORDS[0]), 11, _MODE_WORDS),
    Column("完成时限", "due_on", lambda day: day or "", _day, 12),
    Column("限时", "due_rule", lambda code: DueRule.parse(code).written if code else "", _span, 18),
    Column("长期坚持", "long_term", lambda flag: YES if flag else "", _flag, 9, (YES,)),
    Column("反馈周期", "cycle", _CYCLE, _CYCLES, 10, _CYCLE_WORDS),
    Column(
        "缓急",
        "priority",
        _PRIORITY,
        lambda said: _PRIORITIES(said or _PRIORITY_WORDS[0]),
        8,
        _PRIORITY_WORDS,
    ),
    Column("领域", "area", _same, _short(100), 12),
    Column("责任领导", "leader", _same, _short(100), 14),
    Column("责任人", "person", _same, _short(100), 14),
    Column("内容", "text", _same, _same, 40),
    Column("目标", "objective", _same, _same, 30),
    Column("验收标准", "criteria", "\n".join, _lines, 30),
    Column("量化目标", "target_value", lambda number: "" if number is None else f"{number:f}", _number, 10),
    Column("计量单位", "target_unit", _same, _short(20), 9),
)
ID, LEVEL = "系统编号", "层级"
STATE = ("办件数", "未签收", "自评进度", "灯")
"""Columns that are only there to be read; an import passes over them, as over any column it does not know."""


def headings() -> list[str]:
    return [ID, LEVEL, *(column.heading for column in COLUMNS)]


def sheet_of(
    plan: Plan, actor: Actor
) -> tuple[list[str], list[list[Any]], list[int], Mapping[int, Sequence[str]]]:
    """The list as headings, rows, widths and choices of cells; with the state where it was issued."""
    items = list(with_details(plan.items.filter(withdrawn_on__isnull=True)).order_by("position"))
    issued = plan.stage != Plan.Stage.DRAFT
    state = _states(plan, items, actor) if issued else {}
    rows = [[item.pk, item.depth, *_cells(item), *state.get(item.pk, ())] for item in items]
    names = headings() + (list(STATE) if issued else [])
    widths = [10, 6, *(column.width for column in COLUMNS), *([10] * len(STATE) if issued else [])]
    choices = {n + 2: column.choices for n, column in enumerate(COLUMNS) if column.choices}
    return names, rows, widths, choices


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be read: the row and column of the file, what stands there, what is expected."""

    row: int
    column: str
    value: str
    what: str


@dataclass
class Line:
    """A row of the file as it was read."""

    row: int
    depth: int
    node: Node
    item_id: int | None = None


@dataclass
class Imported:
    """A spreadsheet as it was read (导入预览). Nothing of it counts while there are faults."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fields: frozenset[str] = frozenset()
    unmatched: list[str] = field(default_factory=list)


def is_list(sheet: Sheet) -> bool:
    """Whether a spreadsheet is one of ours, by its headings."""
    head = _head(sheet)
    return LEVEL in head and "事项" in head


def imported(sheet: Sheet, owner: Unit, known: Iterable[Item] = ()) -> Imported:
    """Read a spreadsheet against the list it is to replace; names are matched to units."""
    head = _head(sheet)
    found = Imported()
    columns = {column: head[column.heading] for column in COLUMNS if column.heading in head}
    missing = [name for name in (LEVEL, "事项") if name not in head]
    if missing:
        told = _("表头缺少这一列。请用导出的表格作模板")
        found.faults = [Fault(1, name, "", told) for name in missing]
        return found
    found.fields = frozenset(column.name for column in columns)
    items = {item.pk: item for item in known}
    seen: set[int] = set()
    above = 0
    for number, cells in enumerate(sheet.rows[1:], 2):
        if not any(cells):
            continue
        if len(found.lines) >= MOST_ROWS:
            told = _("最多导入 %(n)d 条，请分成几份") % {"n": MOST_ROWS}
            found.faults.append(Fault(number, LEVEL, "", told))
            break
        reader = _RowReader(number, cells, head, found.faults)
        depth = reader.depth(above)
        above = depth or above
        item_id = reader.item_id(items, seen)
        said = {column.name: reader.value(column) for column in columns}
        if not str(said.get("title") or "").strip():
            reader.fault("事项", _("不能空着"))
        if sum(bool(said.get(name)) for name in ("due_on", "due_rule", "long_term")) > 1:
            reader.fault("完成时限", _("日期、限时、长期坚持只能填一种，请去掉多余的"))
        if depth and said.get("title"):
            given = {name: value for name, value in said.items() if value is not None}
            found.lines.append(Line(number, depth, Node(**given), item_id))
    if not found.lines and not found.faults:
        found.faults.append(Fault(2, "事项", "", _("表里没有条目")))
    _match(found, owner, items)
    return found


@dataclass(frozen=True)
class Edit:
    """What a spreadsheet changes about one item, field by field, as pages say it."""

    row: int
    title: str
    fields: list[tuple[str, str, str]]  # heading, before, after


@dataclass
class Preview:
    added: list[Line] = field(default_factory=list)
    edited: list[Edit] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)
    moved: int = 0
    same: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.edited or self.removed or self.moved)


def preview(found: Imported, items: Sequence[Item]) -> Preview:
    """What importing would do to the list as it is."""
    known = {item.pk: item for item in items}
    told = Preview()
    columns = [column for column in COLUMNS if column.name in found.fields]
    for line in found.lines:
        if line.item_id is None:
            told.added.append(line)
            continue
        item = known.pop(line.item_id)
        before = node_of(item)
        was = dict(zip((column.name for column in COLUMNS), _cells(item), strict=True))
        fields = [
            (column.heading, str(was[column.name]), _written(column, line.node))
            for column in columns
            if _key(getattr(before, column.name)) != _key(getattr(line.node, column.name))
        ]
        if fields:
            told.edited.append(Edit(line.row, item.title, fields))
        else:
            told.same += 1
    told.removed = list(known.values())
    kept = [(line.item_id, line.depth) for line in found.lines if line.item_id is not None]
    order = [(item.pk, item.depth) for item in items if item.pk not in known]
    told.moved = sum(now != was for now, was in zip(kept, order, strict=True))
    return told


def tree_of_lines(lines: Sequence[Line]) -> list[Node]:
    """The rows as nested nodes, for a plan that begins with them."""
    roots: list[Node] = []
    path: list[Node] = []
    for line in lines:
        node = replace(line.node, children=[])
        del path[line.depth - 1 :]
        (path[-1].children if path else roots).append(node)  # type: ignore[attr-defined]
        path.append(node)
    return roots


class _RowReader:
    """Reads the cells of one row and notes what is wrong with them."""

    def __init__(self, number: int, cells: Sequence[str], head: Mapping[str, int], faults: list[Fault]):
        self.number, self.cells, self.head, self.faults = number, cells, head, faults

    def cell(self, heading: str) -> str:
        at = self.head.get(heading)
        return self.cells[at].strip() if at is not None and at < len(self.cells) else ""

    def fault(self, heading: str, what: str) -> None:
        self.faults.append(Fault(self.number, heading, self.cell(heading)[:60], what))

    def value(self, column: Column) -> Any:
        try:
            return column.read(self.cell(column.heading))
        except Wrong as wrong:
            self.fault(column.heading, str(wrong))
            return None

    def depth(self, above: int) -> int:
        """The level, one below the row above at most; 0 where it makes no sense."""
        said = as_whole(self.cell(LEVEL))
        if said is None or not 1 <= said <= DEEPEST:
            self.fault(LEVEL, _("请填 1 到 %(n)d 的数字") % {"n": DEEPEST})
            return 0
        if said > above + 1:
            self.fault(
                LEVEL,
                _("上一行是第 %(above)d 级，这一行最多是第 %(n)d 级") % {"above": above, "n": above + 1},
            )
        return said

    def item_id(self, items: Mapping[int, Item], seen: set[int]) -> int | None:
        """Which item the row is; a new one has no number."""
        if not self.cell(ID):
            return None
        said = as_whole(self.cell(ID))
        if said is None or said not in items:
            if items:
                self.fault(ID, _("不是本方案的条目；新增的条目请空着"))
            return None
        if said in seen:
            self.fault(ID, _("这个编号在表里出现了两次"))
            return None
        seen.add(said)
        return said


def _head(sheet: Sheet) -> dict[str, int]:
    """Each heading with its column; of two that are the same the first counts."""
    head: dict[str, int] = {}
    for at, name in enumerate(sheet.rows[0] if sheet.rows else ()):
        head.setdefault(name.strip(), at)
    return head


def _match(found: Imported, owner: Unit, items: Mapping[int, Item]) -> None:
    """Give the names their units: what an item had under that name before, else what can be surely matched."""
    names: dict[str, None] = {}
    for line in found.lines:
        names |= dict.fromkeys(aim.written for aim in (*line.node.leads, *line.node.assists))
    aims = aims_for(names, owner)
    for line in found.lines:
        meant = aims | (_called(items[line.item_id]) if line.item_id else {})
        line.node = replace(
            line.node,
            leads=tuple(meant[aim.written] for aim in line.node.leads),
            assists=tuple(meant[aim.written] for aim in line.node.assists),
        )
    found.unmatched = sorted(
        {
            aim.written
            for line in found.lines
            for aim in (*line.node.leads, *line.node.assists)
            if aim.unit_id is None and aim.group_id is None
        }
    )


def _called(item: Item) -> dict[str, Aim]:
    """The item's units by the name under which the file has them."""
    return {
        _name(target): Aim(target.written, target.unit_id, target.group_id) for target in item.targets.all()
    }


def _name(target: Any) -> str:
    return str(target.unit.name if target.unit else target.group.name if target.group else target.written)


def _cells(item: Item) -> list[Any]:
    node = node_of(item)
    by_duty: dict[str, list[str]] = {"lead": [], "assist": []}
    for target in sorted(item.targets.all(), key=lambda one: one.pk):
        by_duty[target.duty].append(_name(target))
    said = {"leads": "、".join(by_duty["lead"]), "assists": "、".join(by_duty["assist"])}
    return [
        said.get(column.name) if column.name in said else column.write(getattr(node, column.name))
        for column in COLUMNS
    ]


def _key(value: Any) -> Any:
    """What makes a value the same as another: of units who they are, not how they are written."""
    units = isinstance(value, tuple) and value and isinstance(value[0], Aim)
    return tuple(aim.key for aim in value) if units else value


def _written(column: Column, node: Node) -> str:
    value = getattr(node, column.name)
    units = column.name in ("leads", "assists")
    return "、".join(aim.written for aim in value) if units else str(column.write(value))


def _states(plan: Plan, items: Sequence[Item], actor: Actor) -> dict[int, tuple[Any, ...]]:
    roots = branches(items, tallies(given_under(plan, actor), clock.now()))
    found = {}
    for root in roots:
        for branch in root.walk():
            tally = branch.tally
            percent = "" if tally.percent is None else f"{tally.percent}%"
            lights = "、".join(
                f"{light.label}{tally.lights[letter]}"
                for letter, light in LIGHTS.items()
                if tally.lights[letter]
            )
            found[branch.item.pk] = (tally.total or "", tally.unsigned or "", percent, lights)
    return found
