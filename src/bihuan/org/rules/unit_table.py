"""What an uploaded table of units would do: which are new, which change and how, which rows are wrong.

Pure: the table and what is known go in, a plan comes out; `actions.import_units` carries it out.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from bihuan.kernel.errors import DomainError
from bihuan.kernel.numbers import as_whole
from bihuan.org.rules.codes import check_code, check_region
from bihuan.org.rules.tables import Column, Row, RowError, Table, day_in, error_at
from bihuan.org.rules.units import STRUCTURAL, check_name, check_place
from bihuan.ui.wording import say_list

COLUMNS = (
    Column("number", "编号", ("系统编号",), width=8),
    Column("code", "代码", ("单位代码", "机构代码", "学校标识码", "标识码"), width=14),
    Column("name", "名称", ("单位名称", "机构名称", "学校名称"), is_required=True, width=32),
    Column("short_name", "简称", ("单位简称",), width=20),
    Column("kind", "类别", ("单位类别", "类型", "单位类型"), is_required=True, width=12),
    Column("parent", "上级", ("上级单位", "上级代码", "隶属"), is_required=True, width=28),
    Column("region_code", "行政区划代码", ("区划代码",), width=14),
    Column("lines", "业务条线", width=20),
    Column("aliases", "别称", width=28),
    Column("sort_order", "排序号", width=8),
    Column("starts_on", "设立日期", width=12),
)
"""Export and import use the same table (features.md R26). A blank cell leaves what is there as it is."""

KINDS: Mapping[str, str] = {
    "行政机关": "authority", "机关": "authority", "教育局": "authority", "教育厅": "authority",
    "高等学校": "institution", "高校": "institution", "大学": "institution", "学院": "institution",
    "学校": "school", "小学": "school", "中学": "school", "初中": "school", "高中": "school",
    "中小学": "school", "中职": "school", "特殊教育学校": "school", "幼儿园": "kindergarten",
    "内设机构": "office", "处室": "office", "科室": "office", "股室": "office",
    "系统外单位": "external", "外单位": "external",
}  # fmt: skip
LABELS = {"authority": "行政机关", "institution": "高等学校", "school": "学校", "kindergarten": "幼儿园"}
LABELS |= {"office": "内设机构", "external": "系统外单位"}

DEEPEST = 30
SEPARATORS = "、,，;；"

Node = tuple[str, int]  # ("unit", its id) or ("row", its number in the file)


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit as the database has it. `is_ours`: within the reach of whoever imports."""

    id: int
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    region_code: str
    sort_order: int
    starts_on: date
    lines: frozenset[str]
    aliases: frozenset[str]
    has_ended: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return next(column.label for column in COLUMNS if column.key == self.field)


@dataclass(slots=True)
class PlannedUnit:
    """A row that may be taken over: the unit it makes (`id` None) or changes, with its parent as a node."""

    row: int
    id: int | None
    values: dict[str, Any]
    parent: Node | None
    differences: tuple[Difference, ...] = ()

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    @property
    def known_id(self) -> int:
        """The id of a unit that is changed; a new one has none yet."""
        if self.id is None:
            raise LookupError(f"row {self.row} makes a new unit")
        return self.id


@dataclass(slots=True)
class UnitPlan:
    """What would happen. `digest` changes whenever anything of it does."""

    added: list[PlannedUnit] = field(default_factory=list)
    changed: list[PlannedUnit] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def digest(self) -> str:
        text = repr([(one.row, one.id, one.parent, one.differences) for one in [*self.added, *self.changed]])
        return hashlib.sha256(f"{text}{self.unchanged}{self.errors}".encode()).hexdigest()


def plan_units(
    table: Table,
    known: Sequence[KnownUnit],
    *,
    lines: frozenset[str],
    today: date,
    may_found_roots: bool = False,
) -> UnitPlan:
    """The plan for a table of units. `lines` are the names of the business lines there are."""
    return _Planner(table, known, lines, today, may_found_roots).plan()


class _Stop(Exception):
    """The row is wrong; the error is noted already."""


class _Planner:
    def __init__(
        self,
        table: Table,
        known: Sequence[KnownUnit],
        lines: frozenset[str],
        today: date,
        may_found_roots: bool,
    ):
        self.table, self.lines, self.today, self.may_found_roots = table, lines, today, may_found_roots
        self.errors = list(table.errors)
        self.units = {unit.id: unit for unit in known}
        self.by_code = {unit.code: unit for unit in known if unit.code}
        self.rows = {row.number: row for row in table.rows}
        self.current_by_name: dict[str, list[KnownUnit]] = defaultdict(list)
        self.below: dict[int | None, dict[str, KnownUnit]] = defaultdict(dict)
        for unit in known:
            if not unit.has_ended:
                self.below[unit.parent_id][unit.name] = unit
                for name in {unit.name, unit.short_name}:
                    self.current_by_name[name].append(unit)
        self.rows_by_name: dict[str, list[int]] = defaultdict(list)
        self.rows_by_code: dict[str, int] = {}
        self.nodes: dict[int, Node] = {}  # row number → what it is
        self.row_of: dict[Node, int] = {}
        self.parents: dict[Node, Node | None] = {}  # as they will be, for nodes in the file
        self.kinds: dict[Node, str] = {}
        self.regions: dict[Node, str] = {}
        self.bad: set[int] = {error.row for error in table.errors}

    def plan(self) -> UnitPlan:
        values = {}
        for row in self.table.rows:
            try:
                values[row.number] = self._values(row)
            except _Stop:
                self.bad.add(row.number)
        self._index()
        for row in self.table.rows:
            self._try(row, partial(self._node_of, row.number, 0))
        self._refuse_rings()
        for row in self.table.rows:
            if row.number in values and row.number in self.nodes:
                node = self.nodes[row.number]
                self.kinds[node] = values[row.number].get("kind", self._known(node, "kind"))
                self.regions[node] = values[row.number].get("region_code", self._known(node, "region_code"))
        plan = UnitPlan()
        for row in self.table.rows:
            if row.number not in self.bad and row.number in self.nodes:
                self._try(row, partial(self._settle, row, values[row.number], plan))
        self._refuse_twins(plan)
        plan.errors = sorted(set(self.errors), key=lambda error: (error.row, error.column))
        return plan

    def _try(self, row: Row, step: Callable[[], object]) -> None:
        try:
            step()
        except _Stop:
            self.bad.add(row.number)

    def _refuse(self, row: Row, key: str, refusal: DomainError | str, code: str = "") -> None:
        self.errors.append(error_at(COLUMNS, row, key, refusal, code))
        self.bad.add(row.number)

    def _stop(self, row: Row, key: str, message: str, code: str) -> NoReturn:
        self._refuse(row, key, message, code)
        raise _Stop

    # cells

    def _values(self, row: Row) -> dict[str, Any]:
        """The cells that say something, in the form in which they are stored."""
        values: dict[str, Any] = {}
        if row.number in self.bad:
            raise _Stop
        if not row["name"]:
            self._stop(row, "name", _("没有填写名称"), "name_missing")
        for key, longest in (("name", 100), ("short_name", 50), ("code", 32)):
            if len(row[key]) > longest:
                self._stop(row, key, _("超过 {count} 个字").format(count=longest), "too_long")
            if row[key]:
                values[key] = row[key]
        self._check(row, "name", lambda: check_name(row["name"]))
        if row["kind"]:
            values["kind"] = KINDS.get(row["kind"]) or self._stop(row, "kind", _kinds(), "kind_unknown")
        if row["sort_order"]:
            if not row["sort_order"].isdecimal() or len(row["sort_order"]) > 8:
                self._stop(row, "sort_order", _("排序号应为不超过 8 位的整数"), "no_number")
            values["sort_order"] = int(row["sort_order"])
        if row["starts_on"]:
            values["starts_on"] = self._date(row)
        if row["lines"]:
            values["lines"] = frozenset(_split(row["lines"]))
            if unknown := values["lines"] - self.lines:
                names = say_list(sorted(unknown))
                self._stop(row, "lines", _("没有业务条线“{names}”").format(names=names), "line_unknown")
        if row["aliases"]:
            values["aliases"] = frozenset(_split(row["aliases"]))
            if any(len(name) > 100 for name in values["aliases"]):
                self._stop(row, "aliases", _("超过 {count} 个字").format(count=100), "too_long")
        if row["region_code"]:
            values["region_code"] = row["region_code"]
            self._check(row, "region_code", lambda: check_region(row["region_code"]))
        return values

    def _date(self, row: Row) -> date:
        day = day_in(row["starts_on"])
        if day is None:
            self._stop(row, "starts_on", _("日期应写作 2026-11-23"), "no_date")
        return day

    def _check(self, row: Row, key: str, check: Callable[[], None]) -> None:
        try:
            check()
        except DomainError as refusal:
            self._refuse(row, refusal.field or key, refusal)
            raise _Stop from refusal

    # who is who

    def _index(self) -> None:
        rows_by_number: dict[str, int] = {}
        for row in self.table.rows:
            for name in {row["name"], row["short_name"]} - {""}:
                self.rows_by_name[name].append(row.number)
            self._index_once(row, "code", row["code"], self.rows_by_code)
            self._index_once(row, "number", row["number"].lstrip("#"), rows_by_number)

    def _index_once(self, row: Row, key: str, text: str, seen: dict[str, int]) -> None:
        if text and seen.setdefault(text, row.number) != row.number:
            self._refuse(row, key, _("与第 {row} 行重复").format(row=seen[text]), "twice_in_file")

    def _node_of(self, number: int, depth: int) -> Node:
        """What a row is: a known unit by number, by code, or by name below its parent; else a new one."""
        if number in self.nodes:
            return self.nodes[number]
        row = self.rows[number]
        unit = self._by_number(row) or self._by_code(row)
        self.nodes[number] = ("unit", unit.id) if unit else ("row", number)  # so that a ring ends here
        parent = self._parent_of(row, depth, unit)
        if unit is None and not row["code"] and (parent is None or parent[0] == "unit"):
            unit = self.below[parent[1] if parent else None].get(row["name"])
        if unit is not None:
            self.nodes[number] = ("unit", unit.id)
            if not unit.is_ours:
                self._stop(row, "name", _("该单位不在您的管理范围内"), "out_of_reach")
        node = self.nodes[number]
        if (taken := self.row_of.setdefault(node, number)) != number:
            self._stop(row, "name", _("与第 {row} 行是同一单位").format(row=taken), "twice_in_file")
        self.parents[node] = parent
        return node

    def _by_number(self, row: Row) -> KnownUnit | None:
        if not row["number"]:
            return None
        key = as_whole(row["number"].lstrip("#"))
        unit = None if key is None else self.units.get(key)
        if unit is None or unit.has_ended:
            self._stop(row, "number", _("没有这个编号的单位；新单位请留空"), "number_unknown")
        return unit

    def _by_code(self, row: Row) -> KnownUnit | None:
        unit = self.by_code.get(row["code"]) if row["code"] else None
        if unit is not None and unit.has_ended:
            message = _("代码曾属于已终止的“{unit}”，不能重复使用").format(unit=unit.name)
            self._stop(row, "code", message, "code_taken")
        return unit

    def _parent_of(self, row: Row, depth: int, unit: KnownUnit | None) -> Node | None:
        text = row["parent"]
        if not text:
            return ("unit", unit.parent_id) if unit and unit.parent_id else None
        if depth > DEEPEST:
            self._stop(row, "parent", _("上级关系成环，或层级超过 {count} 级").format(count=DEEPEST), "ring")
        found = self._named_by_code(text, depth) or self._named(text, row, depth)
        if not found:
            self._stop(row, "parent", _("找不到上级单位；请填其名称、代码或 # 加编号"), "parent_unknown")
        if len(found) > 1:
            message = _("有 {count} 个单位叫“{name}”，请改填代码或 # 加编号").format(
                count=len(found), name=text
            )
            self._stop(row, "parent", message, "parent_ambiguous")
        return found.pop()

    def _named_by_code(self, text: str, depth: int) -> set[Node]:
        if text.startswith("#") and (key := as_whole(text[1:])) is not None:
            unit = self.units.get(key)
        elif text in self.rows_by_code:
            return {self._parent_row(self.rows_by_code[text], depth)}
        else:
            unit = self.by_code.get(text)
        return {("unit", unit.id)} if unit and not unit.has_ended else set()

    def _named(self, text: str, row: Row, depth: int) -> set[Node]:
        rows = [number for number in self.rows_by_name[text] if number != row.number]
        found = {self._parent_row(number, depth) for number in rows}
        return found | {("unit", unit.id) for unit in self.current_by_name[text]} - {self.nodes[row.number]}

    def _parent_row(self, number: int, depth: int) -> Node:
        try:
            return self._node_of(number, depth + 1)
        except _Stop:
            self.bad.add(number)
            return self.nodes.get(number, ("row", number))  # its own row says what is wrong

    def _refuse_rings(self) -> None:
        """Refuse rows whose way up comes back to where it began."""
        safe: set[Node] = set()
        for start in list(self.parents):
            way: list[Node] = []
            at: Node | None = start
            while at is not None and at not in safe and at not in way:
                way.append(at)
                at = self._parent_after(at)
            if at is not None and at in way:
                for node in way[way.index(at) :]:
                    if node in self.row_of:
                        row = self.rows[self.row_of[node]]
                        self._refuse(row, "parent", _("上级关系成环：单位成了自己的上级"), "ring")
            safe.update(way)

    def _parent_after(self, node: Node) -> Node | None:
        if node in self.parents:
            return self.parents[node]
        unit = self.units.get(node[1]) if node[0] == "unit" else None
        return ("unit", unit.parent_id) if unit and unit.parent_id else None

    # what each row does

    def _known(self, node: Node, name: str) -> Any:
        return getattr(self.units[node[1]], name) if node[0] == "unit" and node[1] in self.units else ""

    def _kind_of(self, node: Node) -> str:
        return self.kinds.get(node) or self._known(node, "kind")

    def _region_around(self, node: Node | None) -> str:
        for _turn in range(DEEPEST):
            if node is None:
                break
            if region := self.regions.get(node) or self._known(node, "region_code"):
                return region
            node = self._parent_after(node)
        return ""

    def _settle(self, row: Row, values: dict[str, Any], plan: UnitPlan) -> None:
        node = self.nodes[row.number]
        parent = self.parents[node]
        if parent is not None and parent[0] == "row":  # met while it was not yet known which unit it is
            parent = self.nodes.get(parent[1], parent)
        unit = self.units[node[1]] if node[0] == "unit" else None
        if unit is None:
            self._settle_new(row, values, parent, plan)
        else:
            self._settle_known(row, values, parent, unit, plan)

    def _settle_new(self, row: Row, values: dict[str, Any], parent: Node | None, plan: UnitPlan) -> None:
        if "kind" not in values:
            self._stop(row, "kind", _kinds(), "kind_missing")
        if parent is None and values["kind"] != "external" and not self.may_found_roots:
            self._stop(row, "parent", _("没有填写上级"), "parent_missing")
        if parent is not None and not self._is_ours(parent):
            self._stop(row, "parent", _("上级单位不在您的管理范围内"), "out_of_reach")
        fresh = {
            "code": "", "short_name": row["name"][:50], "region_code": "", "sort_order": 0,
            "starts_on": self.today, "lines": frozenset(), "aliases": frozenset(),
        } | values  # fmt: skip
        self._check_unit(row, fresh, parent)
        plan.added.append(PlannedUnit(row.number, None, fresh, parent))

    def _settle_known(
        self, row: Row, values: dict[str, Any], parent: Node | None, unit: KnownUnit, plan: UnitPlan
    ) -> None:
        if values.get("starts_on", unit.starts_on) != unit.starts_on:
            self._stop(row, "starts_on", _("已有单位的设立日期不能通过导入修改"), "starts_on_fixed")
        kinds = {unit.kind, values.get("kind", unit.kind)}
        if len(kinds) == 2 and kinds & STRUCTURAL:
            self._stop(row, "kind", _("内设机构、系统外单位与其他类别之间不能互改"), "kind_structural")
        present = {key: getattr(unit, key) for key in _COMPARED}
        after = present | values
        if "name" in values and "short_name" not in values and unit.short_name == unit.name[:50]:
            after["short_name"] = values["name"][:50]  # the short name was no other
        differences = [
            Difference(key, _shown(present[key]), _shown(after[key]))
            for key in _COMPARED
            if after[key] != present[key]
        ]
        was = ("unit", unit.parent_id) if unit.parent_id else None
        if parent != was:
            if parent is not None and not self._is_ours(parent):
                self._stop(row, "parent", _("上级单位不在您的管理范围内"), "out_of_reach")
            differences.append(Difference("parent", self._called(was), self._called(parent)))
        if not differences:
            plan.unchanged += 1
            return
        self._check_unit(row, after, parent)
        plan.changed.append(PlannedUnit(row.number, unit.id, after, parent, tuple(differences)))

    def _check_unit(self, row: Row, values: Mapping[str, Any], parent: Node | None) -> None:
        kind, region = values["kind"], values["region_code"]
        self._check(row, "code", lambda: check_code(values["code"], kind=kind, region_code=region))
        self._check(row, "parent", lambda: check_place(kind, self._kind_of(parent) if parent else None))
        self._check(row, "region_code", lambda: check_region(region, within=self._region_around(parent)))

    def _is_ours(self, node: Node) -> bool:
        """Whether a unit may be put below this one: it is in reach, or new below one that is."""
        return node[0] == "row" or self.units[node[1]].is_ours

    def _called(self, node: Node | None) -> str:
        if node is None:
            return "—"
        return self.rows[node[1]]["name"] if node[0] == "row" else self.units[node[1]].name

    def _refuse_twins(self, plan: UnitPlan) -> None:
        """Refuse two units of one name below one parent, in the file or beside those that stay."""
        in_file = {node[1] for node in self.nodes.values() if node[0] == "unit"}
        seats: dict[tuple[Node | None, str], int | None] = {}
        for unit in self.units.values():
            if unit.id not in in_file and not unit.has_ended:
                seats[(("unit", unit.parent_id) if unit.parent_id else None, unit.name)] = None
        for number, node in self.nodes.items():
            if number in self.bad:
                continue
            seat = (self.parents.get(node), self.rows[number]["name"])
            if seat not in seats:
                seats[seat] = number
            elif (other := seats[seat]) is None:
                self._refuse(self.rows[number], "name", _("同一上级下已有同名单位"), "name_beside")
            else:
                message = _("与第 {row} 行重复：同一上级下名称相同").format(row=other)
                self._refuse(self.rows[number], "name", message, "twice_in_file")
        plan.added = [one for one in plan.added if one.row not in self.bad]
        plan.changed = [one for one in plan.changed if one.row not in self.bad]


_COMPARED = ("name", "short_name", "kind", "code", "region_code", "sort_order", "lines", "aliases")


def _kinds() -> str:
    return _("类别应为：{kinds}").format(kinds=say_list(LABELS.values()))


def _split(text: str) -> list[str]:
    for sign in SEPARATORS[1:]:
        text = text.replace(sign, SEPARATORS[0])
    return [part.strip() for part in text.split(SEPARATORS[0]) if part.strip()]


def _shown(value: Any) -> str:
    return "、".join(sorted(value)) if isinstance(value, frozenset) else str(value)
